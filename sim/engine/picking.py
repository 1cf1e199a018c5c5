"""A worker who is free picks a request: the smallest (class, tier, ready, number)."""

from sim.engine.compiled import kernel
from sim.engine.duty import catch_up, wake_after_task
from sim.engine.eligible import (
    available,
    has_own_waiting,
    here,
    leaves_to_others,
    may_be_kept,
)
from sim.engine.queue import class_open, earlier, first_for, waiting_in
from sim.engine.sending import dispatch
from sim.engine.state import CHAIN, COVER, OVERFLOW, OWN, State


@kernel
def pick_next(s: State, w: int, t: float) -> bool:
    """Dispatch a free worker to the smallest (class, tier, ready, number) that waits."""
    for rank in range(len(s.urgency)):
        tier, r = CHAIN, -1
        for c in range(rank, ageing_into(s, rank)):
            if s.urgency.waiting[c] == 0 or not class_open(s, c, t):
                continue
            if not available(s, w, c, t):
                continue
            step, found = first_of_class(s, w, c, rank, t)
            if found >= 0 and (r < 0 or step < tier):
                tier, r = step, found
            elif found >= 0 and step == tier:
                r = earlier(s, r, found)
        if r >= 0:
            dispatch(s, r, w, tier, t)
            return True
    return False


@kernel
def ageing_into(s: State, rank: int) -> int:
    """One more than the last class whose requests may have moved up into a class."""
    if s.run.ageing[0] == 0.0 or s.urgency.citywide[rank] == 1:
        return rank + 1
    return len(s.urgency)


@kernel
def first_of_class(s: State, w: int, c: int, rank: int, t: float) -> tuple[int, int]:
    """Tier and number of the first request of a class, if it has moved up to ``rank``; or -1."""
    r = moved_up(s, own_request(s, w, c), rank, t)
    if r >= 0:
        return OWN, r
    r = moved_up(s, request_to_cover(s, w, c), rank, t)
    if r >= 0:
        return COVER, r
    helps = s.run.overflow[0] == 1 or s.run.chain[0] == 1
    if helps and has_own_waiting(s, w, t):
        helps = False
    if helps and s.run.overflow[0] == 1:
        r = moved_up(s, request_to_help(s, w, c, t), rank, t)
        if r >= 0:
            return OVERFLOW, r
    if helps and s.run.chain[0] == 1:
        r = moved_up(s, request_of_ward(s, w, c), rank, t)
    return CHAIN, r


@kernel
def moved_up(s: State, r: int, rank: int, t: float) -> int:
    """A request that waiting has brought up to a class, or that was of it; else -1."""
    if r < 0 or s.request.urgency[r] <= rank:
        return r
    steps = int((t - s.request.t_ready[r]) / 60.0 * s.run.ageing[0])
    return r if s.request.urgency[r] - steps <= rank else -1


@kernel
def look_about(s: State, w: int, t: float) -> None:
    """Take what waits; kept from it by something else than a task, look again after the next."""
    if pick_next(s, w, t) or not anything_waits(s, t):
        return
    catch_up(s, w, t)
    if s.worker.in_task[w] == 1 or may_be_kept(s, w):
        wake_after_task(s, w)


@kernel
def anything_waits(s: State, t: float) -> bool:
    """Whether a request of an open class waits anywhere."""
    for c in range(len(s.urgency)):
        if s.urgency.waiting[c] > 0 and class_open(s, c, t):
            return True
    return False


@kernel
def pick_before_going_back(s: State, w: int, t: float) -> bool:
    """Dispatch him to what waits and could have called him off the job he was called off."""
    for c in range(s.request.urgency[s.worker.held[w]]):
        if s.urgency.waiting[c] == 0 or s.urgency.preempts[c] == 0 or not class_open(s, c, t):
            continue
        if not here(s, w, t) or leaves_to_others(s, w, c):
            continue
        tier = OWN
        r = own_request(s, w, c)
        if r < 0 and s.urgency.citywide[c] == 1 and s.worker.responder[w] == 1:
            tier = COVER
            r = first_anywhere(s, c)
        if r >= 0:
            dispatch(s, r, w, tier, t)
            return True
    return False


@kernel
def own_request(s: State, w: int, c: int) -> int:
    """The first request of a class in the worker's own zones, or -1."""
    best = -1
    role = s.worker.role[w]
    for at in range(s.worker.post_first[w], s.worker.post_last[w]):
        if s.queue.length[s.links[at], c] > 0:
            best = earlier(s, best, first_for(s, s.links[at], c, role))
    return best


@kernel
def request_to_cover(s: State, w: int, c: int) -> int:
    """The first request of a class for which this worker stands in, or -1."""
    best = -1
    if s.run.cover[0] == 1:
        for at in range(s.worker.post_first[w], s.worker.post_last[w]):
            zone = s.links[at]
            for other in range(s.zone.near_first[zone], s.zone.near_last[zone]):
                if s.queue.length[s.links[other], c] > 0:
                    best = earlier(s, best, first_uncovered(s, s.links[other], c, w))
    if s.urgency.citywide[c] == 1 and s.worker.responder[w] == 1:
        best = earlier(s, best, first_anywhere(s, c))
    if s.urgency.night[c] == 1 and s.worker.responder[w] == 1:
        for zone in range(len(s.zone)):
            if s.queue.length[zone, c] > 0:
                best = earlier(s, best, first_at_night(s, zone, c))
    return best


@kernel
def first_anywhere(s: State, c: int) -> int:
    """The first request of a class in the city, or -1."""
    best = -1
    for zone in range(len(s.zone)):
        if s.queue.length[zone, c] > 0:
            for domain in range(s.owner.shape[0]):
                best = earlier(s, best, s.queue.head[zone, c, domain])
    return best


@kernel
def first_uncovered(s: State, zone: int, c: int, w: int) -> int:
    """The first request of a zone with nobody eligible on duty that suits a worker."""
    best = -1
    for domain in range(s.owner.shape[0]):
        if s.presence.count[zone, domain] == 0 and s.skill.able[s.worker.role[w], domain]:
            best = earlier(s, best, s.queue.head[zone, c, domain])
    return best


@kernel
def first_at_night(s: State, zone: int, c: int) -> int:
    """The first request of a zone whose whole line has gone home."""
    best = -1
    for domain in range(s.owner.shape[0]):
        if s.line_present[s.zone.line[zone], domain] == 0:
            best = earlier(s, best, s.queue.head[zone, c, domain])
    return best


@kernel
def request_to_help(s: State, w: int, c: int, t: float) -> int:
    """The first request of an overflowing zone that this worker may help, or -1."""
    best = -1
    for at in range(s.worker.post_first[w], s.worker.post_last[w]):
        zone = s.links[at]
        for other in range(s.zone.help_first[zone], s.zone.help_last[zone]):
            helped = s.links[other]
            if s.queue.length[helped, c] > 0 and waiting_in(s, helped, t) >= 2:
                best = earlier(s, best, first_for(s, helped, c, s.worker.role[w]))
    return best


@kernel
def request_of_ward(s: State, w: int, c: int) -> int:
    """The first request of a zone that this worker's zone backs up, or -1."""
    best = -1
    for at in range(s.worker.post_first[w], s.worker.post_last[w]):
        ward = s.zone.ward[s.links[at]]
        if ward >= 0 and s.queue.length[ward, c] > 0:
            best = earlier(s, best, first_for(s, ward, c, s.worker.role[w]))
    return best
