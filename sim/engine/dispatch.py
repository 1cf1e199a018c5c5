"""A request that is ready picks a worker: the best available one of the first tier."""

from sim.engine.compiled import kernel
from sim.engine.duty import catch_up, wake_after_task
from sim.engine.eligible import (
    available,
    has_own_waiting,
    here,
    leaves_to_others,
    may_be_kept,
    night_open,
)
from sim.engine.queue import waiting_in
from sim.engine.rules import cost
from sim.engine.sending import call_off, dispatch, whereabouts
from sim.engine.state import CHAIN, COVER, OVERFLOW, OWN, WAITING, State
from sim.keyed import uniform


@kernel
def find_worker(s: State, r: int, t: float) -> int:
    """Dispatch the best available worker of the first tier that has one; else -1."""
    zone, domain, c = s.request.zone[r], s.request.domain[r], s.request.urgency[r]
    s.run.best[0] = -1
    offer_team(s, r, zone, t)
    if s.urgency.citywide[c] == 1:
        offer_responders(s, r, t)
    tier = OWN
    if s.run.best[0] < 0 and s.presence.count[zone, domain] == 0:
        tier = COVER
        offer_cover(s, r, zone, t)
    if s.run.best[0] < 0 and overflow_open(s, r, zone, t):
        tier = OVERFLOW
        for at in range(s.zone.help_first[zone], s.zone.help_last[zone]):
            offer_helpers(s, r, s.links[at], t)
    if s.run.best[0] < 0 and s.run.chain[0] == 1 and s.zone.backup[zone] >= 0:
        tier = CHAIN
        offer_helpers(s, r, s.zone.backup[zone], t)
    if s.run.best[0] < 0 and s.urgency.preempts[c] == 1:
        tier = OWN
        offer_busy(s, r, zone, t)
    w = s.run.best[0]
    if w >= 0:
        if tier == OWN and not owns(s, r, w):
            tier = COVER
        if s.worker.job[w] >= 0:
            call_off(s, w, t)
        dispatch(s, r, w, tier, t)
    return w


@kernel
def owns(s: State, r: int, w: int) -> bool:
    """Whether a request is of a worker's own zones and within his skills."""
    for at in range(s.worker.post_first[w], s.worker.post_last[w]):
        if s.links[at] == s.request.zone[r]:
            return s.skill.able[s.worker.role[w], s.request.domain[r]] == 1
    return False


@kernel
def at_post(s: State, w: int) -> bool:
    """Whether a worker has taken his post: after a reform, from his next shift on."""
    return s.worker.post_last[w] == s.worker.post_end[w]


@kernel
def offer_team(s: State, r: int, zone: int, t: float) -> None:
    """Consider everybody posted to a zone who is free."""
    domain = s.request.domain[r]
    for at in range(s.zone.team_first[zone], s.zone.team_last[zone]):
        if s.skill.able[s.unit.role[s.links[at]], domain]:
            w = s.unit.first_free[s.links[at]]
            while w >= 0:
                if at_post(s, w):
                    offer(s, r, w, t)
                w = s.worker.after[w]


@kernel
def offer_responders(s: State, r: int, t: float) -> None:
    """Consider the responders who are free, wherever in the city they are."""
    for at in range(s.run.responders_first[0], s.run.responders_last[0]):
        w = s.unit.first_free[s.links[at]]
        while w >= 0:
            offer(s, r, w, t)
            w = s.worker.after[w]


@kernel
def offer_cover(s: State, r: int, zone: int, t: float) -> None:
    """Consider neighbours, and responders when the whole line has gone home."""
    if s.run.cover[0] == 1:
        for at in range(s.zone.near_first[zone], s.zone.near_last[zone]):
            offer_team(s, r, s.links[at], t)
    if night_open(s, zone, s.request.domain[r], s.request.urgency[r]):
        offer_responders(s, r, t)


@kernel
def offer_helpers(s: State, r: int, zone: int, t: float) -> None:
    """Consider a zone's team, less those whom a request of their own keeps."""
    domain = s.request.domain[r]
    for at in range(s.zone.team_first[zone], s.zone.team_last[zone]):
        if s.skill.able[s.unit.role[s.links[at]], domain]:
            w = s.unit.first_free[s.links[at]]
            while w >= 0:
                if at_post(s, w) and not has_own_waiting(s, w, t):
                    offer(s, r, w, t)
                w = s.worker.after[w]


@kernel
def offer(s: State, r: int, w: int, t: float) -> None:
    """Keep a worker as the best so far if he is available and cheaper."""
    if available(s, w, s.request.urgency[r], t):
        bid(s, r, w, cost(s, r, w, s.worker.x[w], s.worker.y[w]))


@kernel
def bid(s: State, r: int, w: int, price: int) -> None:
    """Keep the cheapest, ties by lot."""
    best = s.run.best[0]
    if best < 0 or price < s.run.best_cost[0]:
        s.run.best[0], s.run.best_cost[0] = w, price
    elif price == s.run.best_cost[0] and w != best and tie(s, r, w) < tie(s, r, best):
        s.run.best[0] = w


@kernel
def offer_busy(s: State, r: int, zone: int, t: float) -> None:
    """Consider those of the team and the responders who are on a job of a lower class."""
    domain, c = s.request.domain[r], s.request.urgency[r]
    for at in range(s.zone.team_first[zone], s.zone.team_last[zone]):
        if s.skill.able[s.unit.role[s.links[at]], domain]:
            for member in range(s.unit.member_first[s.links[at]], s.unit.member_last[s.links[at]]):
                if at_post(s, s.links[member]):
                    offer_off_job(s, r, s.links[member], t)
    if s.urgency.citywide[c] == 1:
        for at in range(s.run.responders_first[0], s.run.responders_last[0]):
            for member in range(s.unit.member_first[s.links[at]], s.unit.member_last[s.links[at]]):
                offer_off_job(s, r, s.links[member], t)


@kernel
def offer_off_job(s: State, r: int, w: int, t: float) -> None:
    """Consider a worker from where his job has taken him; nobody leaves two jobs."""
    job = s.worker.job[w]
    if job < 0 or s.worker.held[w] >= 0 or not here(s, w, t):
        return
    if leaves_to_others(s, w, s.request.urgency[r]):
        return
    if s.request.urgency[job] > s.request.urgency[r]:
        x, y = whereabouts(s, w, t)
        bid(s, r, w, cost(s, r, w, x, y))


@kernel
def tie(s: State, r: int, w: int) -> float:
    """A number per request and worker, so that no rank of a worker draws the work."""
    return uniform(s.run.lucky_tie[0], s.request.key[r], s.worker.key[w])


@kernel
def overflow_open(s: State, r: int, zone: int, t: float) -> bool:
    """Whether another request than this one already waits in the zone."""
    if s.run.overflow[0] == 0:
        return False
    return waiting_in(s, zone, t) - int(s.request.status[r] == WAITING) >= 1


@kernel
def wake_later(s: State, r: int, t: float) -> None:
    """Wake those whose task alone keeps them from a waiting request, when it ends."""
    zone, domain, c = s.request.zone[r], s.request.domain[r], s.request.urgency[r]
    if s.urgency.interrupts[c] == 1:
        return
    wake_team(s, zone, domain, t)
    if s.urgency.citywide[c] == 1 or night_open(s, zone, domain, c):
        for at in range(s.run.responders_first[0], s.run.responders_last[0]):
            wake_unit(s, s.links[at], t)
    if s.presence.count[zone, domain] == 0 and s.run.cover[0] == 1:
        for at in range(s.zone.near_first[zone], s.zone.near_last[zone]):
            wake_team(s, s.links[at], domain, t)
    if overflow_open(s, r, zone, t):
        for at in range(s.zone.help_first[zone], s.zone.help_last[zone]):
            wake_team(s, s.links[at], domain, t)
    if s.run.chain[0] == 1 and s.zone.backup[zone] >= 0:
        wake_team(s, s.zone.backup[zone], domain, t)


@kernel
def wake_team(s: State, zone: int, domain: int, t: float) -> None:
    """Wake a zone's skilled workers after their tasks."""
    for at in range(s.zone.team_first[zone], s.zone.team_last[zone]):
        if s.skill.able[s.unit.role[s.links[at]], domain]:
            wake_unit(s, s.links[at], t)


@kernel
def wake_unit(s: State, u: int, t: float) -> None:
    """Wake the free of a unit after their tasks, if a task keeps them, or may with nothing else."""
    w = s.unit.first_free[u]
    while w >= 0:
        catch_up(s, w, t)
        if s.worker.in_task[w] == 1 or may_be_kept(s, w):
            wake_after_task(s, w)
        w = s.worker.after[w]
