"""Hidden problems: found by a patrol, noticed by residents, reported by riders, or ignited."""

import numpy as np

from sim.engine.calendar import code_of, schedule
from sim.engine.compiled import kernel
from sim.engine.state import BEGIN, HIDDEN, KNOWN, MOVING, RELEASE, State
from sim.engine.unit import plan_find, wind
from sim.world.tape import IGNITED

NEAR = 1e-9  # of a threshold: what a clock may lack when the event it planned comes


@kernel
def hide(s: State, r: int, t: float) -> None:
    """A problem begins, and nobody knows of it."""
    s.request.status[r] = HIDDEN
    lay_trail(s, r, t)
    if s.request.t_known[r] < np.inf:
        schedule(s, s.request.t_known[r], code_of(RELEASE, KNOWN, r))


@kernel
def lay_trail(s: State, r: int, t: float) -> None:
    """It enters the trail of every unit that may find it."""
    for node in range(s.request.first_trail[r], s.request.last_trail[r]):
        u = s.trail.unit[node]
        wind(s, u, t)
        s.trail.target[node] += s.unit.clock[u]
        s.trail.next[node] = s.unit.head[u]
        s.unit.head[u] = node
        s.unit.target[u] = min(s.unit.target[u], s.trail.target[node])
        plan_find(s, u, t)


@kernel
def find(s: State, u: int, t: float) -> None:
    """A unit's clock may have reached its next problem."""
    if s.unit.due[u] != t:
        return  # planned anew since
    s.unit.due[u] = np.inf
    wind(s, u, t)
    reached = s.unit.clock[u] + NEAR
    previous, node = -1, s.unit.head[u]
    s.unit.target[u] = np.inf
    while node >= 0:
        r, after = s.trail.row[node], s.trail.next[node]
        if s.request.status[r] == HIDDEN and s.trail.target[node] <= reached:
            s.request.finder[r] = s.unit.role[u]
            come_to_light(s, r, t)
        if s.request.status[r] == HIDDEN:
            s.unit.target[u] = min(s.unit.target[u], s.trail.target[node])
            previous = node
        elif previous >= 0:
            s.trail.next[previous] = after
        else:
            s.unit.head[u] = after
        node = after
    plan_find(s, u, t)


@kernel
def become_known(s: State, r: int, t: float) -> None:
    """Nobody on patrol found it first: it is noticed, reported in passing, or ignites."""
    if s.request.status[r] != HIDDEN or s.request.t_known[r] != t:
        return
    if s.request.known_by[r] == IGNITED:
        s.request.domain[r] = s.request.then_domain[r]
        s.request.urgency[r] = s.request.then_urgency[r]
        s.request.work[r] = s.request.then_work[r]
        s.request.specialist[r] = 0
    come_to_light(s, r, t)


@kernel
def come_to_light(s: State, r: int, t: float) -> None:
    """From now on it is a request like any other: triaged, named, handed to its owner."""
    s.request.status[r] = MOVING
    s.request.t_reported[r] = t
    s.request.t_triaged[r] = t + s.request.triage[r]
    schedule(s, s.request.t_triaged[r], code_of(RELEASE, BEGIN, r))
