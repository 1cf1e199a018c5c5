"""From report to the owner's door: disputes, misnaming, handoffs, and the queue."""

import numpy as np

from sim.engine.calendar import code_of, drop, number_of, push, schedule
from sim.engine.compiled import kernel
from sim.engine.dispatch import find_worker, wake_later
from sim.engine.presence import absent_minutes
from sim.engine.queue import class_open, join_queue
from sim.engine.state import LOST, MOVING, RELEASE, State
from sim.keyed import uniform
from sim.units import add_office_minutes


@kernel
def take_in(s: State, r: int, t: float) -> None:
    """A triaged request sets off, or waits until lines agree whose it is."""
    s.request.status[r] = MOVING
    c = s.request.urgency[r]
    if s.disputed[s.request.cell[r]] and s.urgency.unclear[c] > 0.0:
        luck = uniform(s.run.lucky_unclear[0], s.request.key[r], np.uint64(0))
        minutes = s.urgency.unclear[c] * quantile(s.delay.unclear, luck)
        until = delayed(t, minutes, s.urgency.unclear_office[c])
        s.request.unclear[r] = until - t
        schedule(s, until, code_of(RELEASE, c, r + 1))
        return
    seek_owner(s, r, t)


@kernel
def seek_owner(s: State, r: int, t: float) -> None:
    """Hand the request to the owner it names; a wrong one passes it on after a delay."""
    domain, cell, c = s.request.domain[r], s.request.cell[r], s.request.urgency[r]
    owner = s.owner[domain, cell]
    if s.owner[named(s, r), cell] == owner:
        be_ready(s, r, owner, t)
        return
    luck = uniform(s.run.lucky_handoff[0], s.request.key[r], np.uint64(s.request.hops[r]))
    minutes = s.urgency.handoff[c] * quantile(s.delay.handoff, luck)
    until = delayed(t, minutes, s.urgency.handoff_office[c])
    s.request.hops[r] += 1
    s.request.handoff[r] += until - t
    schedule(s, until, code_of(RELEASE, c, r + 1))


@kernel
def named(s: State, r: int) -> int:
    """The domain named at this hop: right, or any of the others with equal chance."""
    domain, wrong = s.request.domain[r], s.run.misnamed[0]
    luck = uniform(s.run.lucky_name[0], s.request.key[r], np.uint64(s.request.hops[r]))
    if luck >= wrong:
        return domain
    others = s.owner.shape[0] - 1
    other = min(int(luck / wrong * others), others - 1)
    return other if other < domain else other + 1


@kernel
def quantile(table: np.ndarray, luck: float) -> float:
    """A number from a table of quantiles."""
    return table[int(luck * len(table))]


@kernel
def delayed(t: float, minutes: float, office: int) -> float:
    """The moment after a delay, on office hours or round the clock."""
    if office == 1:
        return add_office_minutes(t, minutes)
    return t + minutes


@kernel
def be_ready(s: State, r: int, zone: int, t: float) -> None:
    """At the owner's: a worker is sent, or the request queues, or it is lost."""
    domain, c = s.request.domain[r], s.request.urgency[r]
    s.request.zone[r], s.request.t_ready[r] = zone, t
    s.request.absent_mark[r] = absent_minutes(s, zone, domain, c, t)
    opened = class_open(s, c, t)
    if opened and find_worker(s, r, t) >= 0:
        return
    waiting = 0
    for other in range(len(s.urgency)):
        waiting += s.queue.length[zone, other]
    if waiting >= s.run.capacity[0]:
        s.request.status[r] = LOST
        return
    join_queue(s, r)
    if opened:
        wake_later(s, r, t)


@kernel
def open_class(s: State, c: int, t: float) -> None:
    """A class opens: whatever waits asks for a worker, in order of readiness."""
    if s.urgency.waiting[c] == 0:
        return
    size = 0
    for zone in range(len(s.zone)):
        size = gather(s, zone, c, size)
    ask_in_order(s, size, t)


@kernel
def gather(s: State, zone: int, c: int, size: int) -> int:
    """Add a queue's requests to the sorter; returns its new size."""
    r = s.queue.head[zone, c]
    while r >= 0:
        size = push(s.sorter, size, s.request.t_ready[r], code_of(0, c, r))
        r = s.request.after[r]
    return size


@kernel
def gather_uncovered(s: State, zone: int, c: int, size: int) -> int:
    """Add the requests of a queue for which nobody eligible is on duty."""
    r = s.queue.head[zone, c]
    while r >= 0:
        if s.presence.count[zone, s.request.domain[r]] == 0:
            size = push(s.sorter, size, s.request.t_ready[r], code_of(0, c, r))
        r = s.request.after[r]
    return size


@kernel
def ask_in_order(s: State, size: int, t: float) -> None:
    """Let the gathered requests ask for a worker, the earliest ready first."""
    while size > 0:
        r = number_of(s.sorter.code[0])
        size = drop(s.sorter, size)
        if find_worker(s, r, t) < 0:
            wake_later(s, r, t)
