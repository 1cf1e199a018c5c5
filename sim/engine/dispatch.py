"""A request picks a worker, and a worker picks a request."""

from sim.engine.calendar import code_of, schedule
from sim.engine.compiled import kernel
from sim.engine.duty import catch_up, lay_down, measured, wake_after_task
from sim.engine.presence import absent_minutes, open_minutes
from sim.engine.queue import class_open, earlier, first_for, leave_queue, waiting_in
from sim.engine.rules import cost, travel_minutes
from sim.engine.state import COVER, JOB_END, OVERFLOW, OWN, TAKEN, WAITING, State
from sim.keyed import uniform

# --- a request picks a worker -------------------------------------------------------


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
    w = s.run.best[0]
    if w >= 0:
        if tier == OWN and not posted(s, w, zone):
            tier = COVER
        dispatch(s, r, w, tier, t)
    return w


@kernel
def posted(s: State, w: int, zone: int) -> bool:
    """Whether a zone is among a worker's own."""
    for at in range(s.worker.post_first[w], s.worker.post_last[w]):
        if s.links[at] == zone:
            return True
    return False


@kernel
def offer_team(s: State, r: int, zone: int, t: float) -> None:
    """Consider everybody posted to a zone."""
    domain = s.request.domain[r]
    for at in range(s.zone.team_first[zone], s.zone.team_last[zone]):
        w = s.links[at]
        if s.skill.able[s.worker.role[w], domain]:
            offer(s, r, w, t)


@kernel
def offer_responders(s: State, r: int, t: float) -> None:
    """Consider the responders, wherever in the city they are."""
    for at in range(s.run.responders_first[0], s.run.responders_last[0]):
        offer(s, r, s.links[at], t)


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
        w = s.links[at]
        if s.skill.able[s.worker.role[w], domain] and not has_own_waiting(s, w, t):
            offer(s, r, w, t)


@kernel
def offer(s: State, r: int, w: int, t: float) -> None:
    """Keep a worker as the best so far if he is available and cheaper."""
    if not available(s, w, s.request.urgency[r], t):
        return
    price = cost(s, r, w)
    best = s.run.best[0]
    if best < 0 or price < s.run.best_cost[0]:
        s.run.best[0], s.run.best_cost[0] = w, price
    elif price == s.run.best_cost[0] and w != best and tie(s, r, w) < tie(s, r, best):
        s.run.best[0] = w


@kernel
def tie(s: State, r: int, w: int) -> float:
    """A number per request and worker, so that no rank of a worker draws the work."""
    return uniform(s.run.lucky_tie[0], s.request.key[r], s.worker.key[w])


@kernel
def available(s: State, w: int, c: int, t: float) -> bool:
    """On duty, not on a request, idle or in a task this class interrupts, not reserved."""
    if s.worker.on_duty[w] == 0 or s.worker.job[w] >= 0 or reserved(s, w, c):
        return False
    catch_up(s, w, t)
    return s.worker.in_task[w] == 0 or s.urgency.interrupts[c] == 1


@kernel
def reserved(s: State, w: int, c: int) -> bool:
    """Whether taking a request of this class would break the reserve of the unit."""
    if s.urgency.citywide[c] == 1:
        return False
    return s.unit_free[s.worker.unit[w]] - 1 < s.role.reserve[s.worker.role[w]]


@kernel
def night_open(s: State, zone: int, domain: int, c: int) -> bool:
    """Whether responders take this class because the owner's whole line is off."""
    return s.urgency.night[c] == 1 and s.line_present[s.zone.line[zone], domain] == 0


@kernel
def overflow_open(s: State, r: int, zone: int, t: float) -> bool:
    """Whether another request than this one already waits in the zone."""
    if s.run.overflow[0] == 0:
        return False
    return waiting_in(s, zone, t) - int(s.request.status[r] == WAITING) >= 1


@kernel
def has_own_waiting(s: State, w: int, t: float) -> bool:
    """Whether a request of his own zones waits for this worker."""
    for at in range(s.worker.post_first[w], s.worker.post_last[w]):
        for c in range(len(s.urgency)):
            if s.queue.length[s.links[at], c] > 0 and class_open(s, c, t):
                if first_for(s, s.links[at], c, s.worker.role[w]) >= 0:
                    return True
    return False


@kernel
def wake_later(s: State, r: int, t: float) -> None:
    """Wake those whose task alone keeps them from a waiting request, when it ends."""
    zone, domain, c = s.request.zone[r], s.request.domain[r], s.request.urgency[r]
    if s.urgency.interrupts[c] == 1:
        return
    wake_team(s, zone, domain, t)
    if s.urgency.citywide[c] == 1 or night_open(s, zone, domain, c):
        for at in range(s.run.responders_first[0], s.run.responders_last[0]):
            wake(s, s.links[at], t)
    if s.presence.count[zone, domain] == 0 and s.run.cover[0] == 1:
        for at in range(s.zone.near_first[zone], s.zone.near_last[zone]):
            wake_team(s, s.links[at], domain, t)
    if overflow_open(s, r, zone, t):
        for at in range(s.zone.help_first[zone], s.zone.help_last[zone]):
            wake_team(s, s.links[at], domain, t)


@kernel
def wake_team(s: State, zone: int, domain: int, t: float) -> None:
    """Wake a zone's skilled workers after their tasks."""
    for at in range(s.zone.team_first[zone], s.zone.team_last[zone]):
        if s.skill.able[s.worker.role[s.links[at]], domain]:
            wake(s, s.links[at], t)


@kernel
def wake(s: State, w: int, t: float) -> None:
    """Wake one worker after his task, if it is a task that keeps him."""
    if s.worker.on_duty[w] == 1 and s.worker.job[w] < 0:
        catch_up(s, w, t)
        if s.worker.in_task[w] == 1:
            wake_after_task(s, w)


# --- a worker picks a request -------------------------------------------------------


@kernel
def pick_next(s: State, w: int, t: float) -> bool:
    """Dispatch a free worker to the smallest (class, tier, ready, number) that waits."""
    for c in range(len(s.urgency)):
        if s.urgency.waiting[c] == 0 or not class_open(s, c, t):
            continue
        if not available(s, w, c, t):
            continue
        tier = OWN
        r = own_request(s, w, c)
        if r < 0:
            tier = COVER
            r = request_to_cover(s, w, c)
        if r < 0 and s.run.overflow[0] == 1 and not has_own_waiting(s, w, t):
            tier = OVERFLOW
            r = request_to_help(s, w, c, t)
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
        for zone in range(len(s.zone)):
            best = earlier(s, best, s.queue.head[zone, c])
    if s.urgency.night[c] == 1 and s.worker.responder[w] == 1:
        for zone in range(len(s.zone)):
            if s.queue.length[zone, c] > 0:
                best = earlier(s, best, first_at_night(s, zone, c))
    return best


@kernel
def first_uncovered(s: State, zone: int, c: int, w: int) -> int:
    """The first request of a zone with nobody eligible on duty that suits a worker."""
    r = s.queue.head[zone, c]
    while r >= 0:
        domain = s.request.domain[r]
        if s.presence.count[zone, domain] == 0 and s.skill.able[s.worker.role[w], domain]:
            return r
        r = s.request.after[r]
    return -1


@kernel
def first_at_night(s: State, zone: int, c: int) -> int:
    """The first request of a zone whose whole line has gone home."""
    r = s.queue.head[zone, c]
    while r >= 0 and s.line_present[s.zone.line[zone], s.request.domain[r]] > 0:
        r = s.request.after[r]
    return r


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


# --- sending him --------------------------------------------------------------------


@kernel
def dispatch(s: State, r: int, w: int, tier: int, t: float) -> None:
    """Send a worker to a request: book the waits, the way and the work."""
    zone, domain, c = s.request.zone[r], s.request.domain[r], s.request.urgency[r]
    if s.request.status[r] == WAITING:
        leave_queue(s, r)
    lay_down(s, w, t)
    travel = travel_minutes(s, r, w)
    service = s.request.work[r] * s.skill.factor[s.worker.role[w], domain]
    s.request.status[r] = TAKEN
    s.request.worker[r], s.request.tier[r] = w, tier
    s.request.from_cell[r] = s.worker.y[w] * s.run.width[0] + s.worker.x[w]
    ready = s.request.t_ready[r]
    s.request.deferred[r] = (t - ready) - open_minutes(s, c, ready, t)
    s.request.off_duty[r] = absent_minutes(s, zone, domain, c, t) - s.request.absent_mark[r]
    s.request.t_dispatch[r] = t
    s.request.t_arrive[r] = t + travel
    s.request.t_close[r] = t + travel + service
    s.worker.job[w] = r
    s.worker.requests[w] += int(s.run.measure_from[0] <= t < s.run.measure_to[0])
    s.worker.travel[w] += measured(s, t, t + travel)
    s.worker.service[w] += measured(s, t + travel, t + travel + service)
    s.unit_free[s.worker.unit[w]] -= 1
    schedule(s, s.request.t_close[r], code_of(JOB_END, c, r))


@kernel
def finish_job(s: State, r: int, t: float) -> None:
    """Free the worker where the work was done, or at home."""
    w = s.request.worker[r]
    s.worker.job[w] = -1
    s.worker.seen[w] = t
    cell, width = s.request.cell[r], s.run.width[0]
    s.worker.x[w], s.worker.y[w] = cell % width, cell // width
    if s.run.return_home[0] == 1:
        s.worker.x[w], s.worker.y[w] = s.worker.home_x[w], s.worker.home_y[w]
