"""Who of a unit is free: a list, from which requests choose, and a count.

The reserve counts them, and so does the search for hidden problems. The search rate of a
unit is constant between changes of this count, so its clock is brought up to date here and
nowhere else.
"""

import numpy as np

from sim.engine.calendar import code_of, schedule
from sim.engine.compiled import kernel
from sim.engine.state import FIND, RELEASE, State


@kernel
def become_free(s: State, w: int, t: float) -> None:
    """A worker is on duty and not on a request: first in the list of his unit."""
    u = s.worker.unit[w]
    wind(s, u, t)
    s.unit.free[u] += 1
    following = s.unit.first_free[u]
    s.worker.before[w], s.worker.after[w] = -1, following
    if following >= 0:
        s.worker.before[following] = w
    s.unit.first_free[u] = w
    plan_find(s, u, t)


@kernel
def become_busy(s: State, w: int, t: float) -> None:
    """A worker is so no longer."""
    u = s.worker.unit[w]
    wind(s, u, t)
    s.unit.free[u] -= 1
    before, after = s.worker.before[w], s.worker.after[w]
    if before >= 0:
        s.worker.after[before] = after
    else:
        s.unit.first_free[u] = after
    if after >= 0:
        s.worker.before[after] = before


@kernel
def wind(s: State, u: int, t: float) -> None:
    """Bring a unit's clock to ``t``."""
    s.unit.clock[u] += (t - s.unit.since[u]) * s.unit.free[u] * s.unit.each[u]
    s.unit.since[u] = t


@kernel
def plan_find(s: State, u: int, t: float) -> None:
    """Have a unit look at its next hidden problem when its clock gets there at this rate.

    When the rate falls the look comes early and is planned anew; so only a rise needs this.
    """
    rate = s.unit.free[u] * s.unit.each[u]
    if rate <= 0.0 or s.unit.target[u] == np.inf:
        return
    due = t + max(0.0, s.unit.target[u] - s.unit.clock[u]) / rate
    if due < s.unit.due[u]:
        s.unit.due[u] = due
        schedule(s, due, code_of(RELEASE, FIND, u))
