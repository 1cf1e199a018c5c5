"""A state counted anew, by other means than the engine's: from who is posted where and free.

The engine keeps counts (who is present, how many wait, who is free) as events happen. Here
they are taken from the tables of a plan and the status of every request and worker.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.base import CLASSES, DOMAINS, minute_of_day
from sim.engine.build import Plan
from sim.engine.state import MOVING, TAKEN, UNBORN, WAITING, State
from sim.units import is_open

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
EMERGENCY, URGENT = CLASSES.index("emergency"), CLASSES.index("urgent")


@dataclass(frozen=True)
class Watch:
    """What a plan says once and for all.

    Attributes
    ----------
    team : who is posted to a zone, shape (workers, zones)
    able : who can do a domain, shape (workers, domains)
    responder : who answers emergencies anywhere
    near : zones that cover for each other, shape (zones, zones)
    reserve : how many a worker's unit keeps free, by worker
    """

    plan: Plan
    team: Bools
    able: Bools
    responder: Bools
    near: Bools
    reserve: Ints

    @classmethod
    def over(cls, plan: Plan) -> "Watch":
        """The watch over a plan."""
        policy, service = plan.case.policy, plan.case.world.service
        words = [
            [policy.staffing.skills.get(role, {}).get(name, "none") for name in DOMAINS]
            for role in plan.roles
        ]
        kept = np.array([policy.dispatch.reserve.get(role, 0) for role in plan.roles])
        answers = np.array([role in service.cover.responders for role in plan.roles])
        return cls(
            plan,
            plan.posting.zones.toarray() > 0,
            (np.array(words) != "none")[plan.posting.role],
            answers[plan.posting.role],
            plan.zones.neighbours.toarray() > 0,
            kept[plan.posting.role],
        )

    def open_classes(self, t: float) -> Bools:
        """Which classes are served at a moment."""
        hours = [self.plan.case.world.service.hours[name] for name in CLASSES]
        return np.array(
            [is_open(t, minute_of_day(row.opens), minute_of_day(row.closes)) for row in hours]
        )

    def available(self, s: State, urgency: int) -> Bools:
        """Who may be sent to a request of a class: on duty, free, not kept by task or reserve."""
        free = (s.worker.on_duty == 1) & (s.worker.job < 0)
        name = CLASSES[urgency]
        if name not in self.plan.case.world.service.background.interrupted_by:
            free = free & (s.worker.in_task == 0)
        if urgency != EMERGENCY:
            others = free_by_unit(s)[s.worker.unit] - 1
            free = free & (others >= self.reserve)
        return np.asarray(free)

    def present(self, s: State) -> Ints:
        """Eligible workers on duty, shape (zones, domains)."""
        on_duty = self.team & (s.worker.on_duty == 1)[:, None]
        return np.asarray((on_duty.T.astype(np.int64) @ self.able) * self.plan.zones.holds)

    def idle_for(self, s: State, r: int, t: float) -> Iterator[tuple[str, Bools]]:
        """Those who might take a waiting request now, by the rule that lets them."""
        zone, domain, c = (int(s.request[name][r]) for name in ("zone", "domain", "urgency"))
        free, able = self.available(s, c), self.able[:, domain]
        present = self.present(s)
        yield "own", self.team[:, zone] & able & free
        if c == EMERGENCY:
            yield "responder", self.responder & free
        cover = self.plan.case.world.service.cover
        if present[zone, domain] == 0 and cover.neighbours:
            yield "neighbour", (self.team & self.near[zone]).any(axis=1) & able & free
        same_line = self.plan.zones.line == self.plan.zones.line[zone]
        if c == URGENT and cover.night and not present[same_line, domain].any():
            yield "night", self.responder & free
        if self.plan.case.policy.dispatch.overflow and self.waiting(s, zone, t) > 1:
            yield "overflow", self.helpers(zone) & able & free & ~self.engaged(s, t)

    def helpers(self, zone: int) -> Bools:
        """Those whose zones help a zone that overflows."""
        if self.plan.case.policy.dispatch.overflow_reach == "neighbours":
            return np.asarray((self.team & self.near[zone]).any(axis=1))
        others = self.plan.zones.line == self.plan.zones.line[zone]
        others[zone] = False
        return np.asarray((self.team & others).any(axis=1))

    def waiting(self, s: State, zone: int, t: float) -> int:
        """Requests of open classes that wait in a zone."""
        here = (s.request.status == WAITING) & (s.request.zone == zone)
        return int(self.open_classes(t)[s.request.urgency[here]].sum())

    def engaged(self, s: State, t: float) -> Bools:
        """Who has a request of his own zones and skills that waits in open hours."""
        wanted = np.zeros((self.team.shape[1], len(DOMAINS)), dtype=np.bool_)
        here = s.request.status == WAITING
        here &= self.open_classes(t)[s.request.urgency]
        wanted[s.request.zone[here], s.request.domain[here]] = True
        return np.asarray(((self.team.astype(np.int64) @ wanted) * self.able).any(axis=1))


def free_by_unit(s: State) -> Ints:
    """On duty and not on a request, by unit."""
    free = (s.worker.on_duty == 1) & (s.worker.job < 0)
    return np.bincount(s.worker.unit[free], minlength=len(s.unit_free))


def waiting_for(s: State) -> Ints:
    """Numbers of the requests that wait."""
    return np.flatnonzero(s.request.status == WAITING)


def assert_counts(watch: Watch, s: State) -> None:
    """Hold the engine's counts against those taken anew."""
    zones, classes = s.queue.shape
    queued = np.zeros((zones, classes), dtype=np.int64)
    waits = waiting_for(s)
    np.add.at(queued, (s.request.zone[waits], s.request.urgency[waits]), 1)
    assert np.array_equal(s.queue.length, queued)
    assert np.array_equal(s.urgency.waiting, queued.sum(axis=0))
    assert np.array_equal(s.unit_free, free_by_unit(s))
    present = watch.present(s)
    assert np.array_equal(s.presence.count, present)
    by_line = np.zeros_like(s.line_present)
    np.add.at(by_line, s.zone.line, present)
    assert np.array_equal(s.line_present, by_line)
    assert_jobs(s)


def assert_jobs(s: State) -> None:
    """A worker's job is his, and a request that is taken is somebody's job."""
    at_work = np.flatnonzero(s.worker.job >= 0)
    jobs = s.worker.job[at_work]
    assert np.array_equal(np.sort(jobs), np.flatnonzero(s.request.status == TAKEN))
    assert np.array_equal(s.request.worker[jobs], at_work)


def assert_links(s: State) -> None:
    """Every queue holds its requests in order of readiness, linked both ways."""
    for zone, c in zip(*np.nonzero(s.queue.length), strict=True):
        members = list(_walk(s, int(s.queue.head[zone, c]), "after"))
        assert len(members) == s.queue.length[zone, c]
        assert members == list(_walk(s, int(s.queue.tail[zone, c]), "before"))[::-1]
        assert (s.request.zone[members] == zone).all()
        assert (s.request.urgency[members] == c).all()
        assert (np.diff(s.request.t_ready[members]) >= 0).all()


def _walk(s: State, r: int, link: str) -> Iterator[int]:
    while r >= 0:
        yield r
        r = int(s.request[link][r])


def assert_stages(s: State, t: float) -> None:
    """Nobody is anywhere before his time."""
    born = s.request.t_triaged <= t
    reported = np.zeros(len(s.request), dtype=np.bool_)
    reported[s.arrivals] = True
    assert np.array_equal(s.request.status != UNBORN, born & reported)
    assert np.isnan(s.request.t_ready[s.request.status == MOVING]).all()
    assert np.isnan(s.request.t_dispatch[s.request.status <= WAITING]).all()


def idle_beside_waiting(watch: Watch, s: State, t: float) -> list[dict[str, Any]]:
    """Waiting requests of open classes that somebody could take this very moment."""
    found = []
    is_served = watch.open_classes(t)
    for r in waiting_for(s):
        if not is_served[s.request.urgency[r]]:
            continue
        for rule, who in watch.idle_for(s, int(r), t):
            if who.any():
                found.append({"t": t, "request": int(r), "rule": rule, "worker": int(who.argmax())})
    return found
