"""Queues: one per zone, class and domain, first come first served; links run through requests."""

from sim.engine.compiled import kernel
from sim.engine.state import WAITING, State
from sim.units import is_open


@kernel
def class_open(s: State, c: int, t: float) -> bool:
    """Whether a class is served at ``t``."""
    return is_open(t, s.urgency.opens[c], s.urgency.closes[c])


@kernel
def join_queue(s: State, r: int) -> None:
    """Put a request last in its queue; of those ready at one instant, the lower number first."""
    zone, c, domain = s.request.zone[r], s.request.urgency[r], s.request.domain[r]
    last, following = s.queue.tail[zone, c, domain], -1
    while last >= 0 and earlier(s, last, r) == r:
        last, following = s.request.before[last], last
    s.request.before[r], s.request.after[r] = last, following
    if last >= 0:
        s.request.after[last] = r
    else:
        s.queue.head[zone, c, domain] = r
    if following >= 0:
        s.request.before[following] = r
    else:
        s.queue.tail[zone, c, domain] = r
    s.queue.length[zone, c] += 1
    s.urgency.waiting[c] += 1
    s.request.status[r] = WAITING


@kernel
def leave_queue(s: State, r: int) -> None:
    """Take a request out of its queue."""
    zone, c, domain = s.request.zone[r], s.request.urgency[r], s.request.domain[r]
    before, after = s.request.before[r], s.request.after[r]
    if before >= 0:
        s.request.after[before] = after
    else:
        s.queue.head[zone, c, domain] = after
    if after >= 0:
        s.request.before[after] = before
    else:
        s.queue.tail[zone, c, domain] = before
    s.queue.length[zone, c] -= 1
    s.urgency.waiting[c] -= 1


@kernel
def waiting_in(s: State, zone: int, t: float) -> int:
    """Requests of open classes that wait in a zone."""
    count = 0
    for c in range(len(s.urgency)):
        if s.queue.length[zone, c] > 0 and class_open(s, c, t):
            count += s.queue.length[zone, c]
    return count


@kernel
def first_for(s: State, zone: int, c: int, role: int) -> int:
    """The first request of a class in a zone that a role has the skill for, or -1."""
    best = -1
    for domain in range(s.owner.shape[0]):
        if s.skill.able[role, domain]:
            best = earlier(s, best, s.queue.head[zone, c, domain])
    return best


@kernel
def earlier(s: State, r: int, other: int) -> int:
    """Of two requests (or -1), the one ready first; ties to the lower number."""
    if r < 0:
        return other
    if other < 0:
        return r
    if s.request.t_ready[r] != s.request.t_ready[other]:
        return r if s.request.t_ready[r] < s.request.t_ready[other] else other
    return min(r, other)
