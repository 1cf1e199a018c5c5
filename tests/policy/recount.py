"""A state counted anew, by other means than the engine's: from who is posted where and free.

The engine keeps counts (who is present, how many wait, who is free) as events happen. Here
they are taken from the tables of a plan and the status of every request and worker.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.base import CLASSES, DOMAINS, minute_of_day
from sim.engine.build import Plan
from sim.engine.state import MOVING, TAKEN, UNBORN, WAITING, State
from sim.policy.layout import ring
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
    beside, helping, backing : whose zones cover a zone, help it, or are its one backup in a
        chain, shape (workers, zones)
    reserve : how many a worker's unit keeps free, by worker
    """

    plan: Plan
    team: Bools
    able: Bools
    responder: Bools
    beside: Bools
    helping: Bools
    backing: Bools
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
            *_reach(plan),
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
            free = free & ~self.reserved(s)
        return np.asarray(free)

    def reserved(self, s: State) -> Bools:
        """Who is kept for emergencies: the last free of a unit, and those on rapid response."""
        others = free_by_unit(s)[s.worker.unit] - 1
        rapid = (s.run.surge[0] == 1) & (s.worker.switches == 1)
        return np.asarray((others < self.reserve) | rapid)

    def present(self, s: State) -> Ints:
        """Eligible workers on duty, shape (zones, domains)."""
        on_duty = self.team & (s.worker.on_duty == 1)[:, None]
        return np.asarray((on_duty.T.astype(np.int64) @ self.able) * self.plan.zones.holds)

    def served(self, s: State, t: float) -> Ints:
        """Requests that wait although their class is open."""
        waits = np.flatnonzero(s.request.status == WAITING)
        return waits[self.open_classes(t)[s.request.urgency[waits]]]

    def allowed(self, s: State, r: Ints, t: float) -> Iterator[tuple[str, Bools]]:
        """Who may take waiting requests, rule by rule, shape (workers, requests)."""
        zone, domain, c = s.request.zone[r], s.request.domain[r], s.request.urgency[r]
        able, present = self.able[:, domain], self.present(s)
        policy, cover = self.plan.case.policy.dispatch, self.plan.case.world.service.cover
        absent = present[zone, domain] == 0
        yield "own", self.team[:, zone] & able
        yield "responder", self.responder[:, None] & (c == EMERGENCY)
        if cover.neighbours:
            yield "neighbour", self.beside[:, zone] & able & absent
        if cover.night:
            gone = self.by_line(present)[self.plan.zones.line[zone], domain] == 0
            yield "night", self.responder[:, None] & gone & (c == URGENT)
        if policy.overflow:
            here = np.bincount(s.request.zone[self.served(s, t)], minlength=self.team.shape[1])
            helping = self.helping[:, zone] & able & (here[zone] > 1)
            yield "overflow", helping & ~self.engaged(s, t)[:, None]
        if policy.chain:
            yield "chain", self.backing[:, zone] & able & ~self.engaged(s, t)[:, None]

    def by_line(self, present: Ints) -> Ints:
        """Eligible workers on duty, shape (lines, domains)."""
        counts = np.zeros((int(self.plan.zones.line.max()) + 1, len(DOMAINS)), dtype=np.int64)
        np.add.at(counts, self.plan.zones.line, present)
        return counts

    def engaged(self, s: State, t: float) -> Bools:
        """Who has a request of his own zones and skills that waits in open hours."""
        wanted = np.zeros((self.team.shape[1], len(DOMAINS)), dtype=np.bool_)
        r = self.served(s, t)
        wanted[s.request.zone[r], s.request.domain[r]] = True
        return np.asarray(((self.team.astype(np.int64) @ wanted) * self.able).any(axis=1))


def free_by_unit(s: State) -> Ints:
    """On duty and not on a request, by unit."""
    free = (s.worker.on_duty == 1) & (s.worker.job < 0)
    return np.bincount(s.worker.unit[free], minlength=len(s.unit))


def _reach(plan: Plan) -> tuple[Bools, Bools, Bools]:
    """Whose zones border on a zone, whose zones help it, and whose are its backup."""
    team = plan.posting.zones.toarray()
    near = team @ plan.zones.neighbours.toarray() > 0
    backup, _ = ring(plan.zones, plan.world.city.width)
    backing = (team > 0)[:, backup] & (backup >= 0)
    if plan.case.policy.dispatch.overflow_reach == "neighbours":
        return near, near, backing
    line = plan.zones.line
    others = (line[:, None] == line) & ~np.eye(line.size, dtype=np.bool_)
    return near, team @ others > 0, backing


def assert_counts(watch: Watch, s: State) -> None:
    """Hold the engine's counts against those taken anew."""
    zones, classes = s.queue.shape
    queued = np.zeros((zones, classes), dtype=np.int64)
    waits = np.flatnonzero(s.request.status == WAITING)
    np.add.at(queued, (s.request.zone[waits], s.request.urgency[waits]), 1)
    assert np.array_equal(s.queue.length, queued)
    assert np.array_equal(s.urgency.waiting, queued.sum(axis=0))
    assert np.array_equal(s.unit.free, free_by_unit(s))
    present = watch.present(s)
    assert np.array_equal(s.presence.count, present)
    assert np.array_equal(s.line_present, watch.by_line(present))
    assert s.run.emergencies[0] == open_emergencies(s)
    assert_jobs(s)


def open_emergencies(s: State) -> int:
    """Emergencies triaged and neither served nor given up nor turned away."""
    rows = s.request
    going_on = np.isin(rows.status, (MOVING, WAITING, TAKEN)) & (rows.urgency == EMERGENCY)
    return int((going_on & (rows.t_triaged <= s.run.now[0])).sum())


def assert_jobs(s: State) -> None:
    """A job in hand or kept is one man's, and a request that is taken is such a job."""
    taken = []
    for column in ("job", "held"):
        at_work = np.flatnonzero(s.worker[column] >= 0)
        jobs = s.worker[column][at_work]
        assert np.array_equal(s.request.worker[jobs], at_work)
        taken.append(jobs)
    found = np.sort(np.concatenate(taken))
    assert np.array_equal(found, np.flatnonzero(s.request.status == TAKEN))


def assert_links(s: State) -> None:
    """Every queue holds its requests in order of readiness, linked both ways."""
    assert np.array_equal(s.queue.head >= 0, s.queue.tail >= 0)
    found = np.zeros_like(s.queue.length)
    for zone, c, domain in zip(*np.nonzero(s.queue.head >= 0), strict=True):
        members = list(_walk(s, int(s.queue.head[zone, c, domain]), "after"))
        assert members == list(_walk(s, int(s.queue.tail[zone, c, domain]), "before"))[::-1]
        assert (s.request.zone[members] == zone).all()
        assert (s.request.urgency[members] == c).all()
        assert (s.request.domain[members] == domain).all()
        assert (np.diff(s.request.t_ready[members]) >= 0).all()
        found[zone, c] += len(members)
    assert np.array_equal(found, s.queue.length)


def _walk(s: State, r: int, link: str) -> Iterator[int]:
    while r >= 0:
        yield r
        r = int(s.request[link][r])


def assert_stages(s: State, t: float) -> None:
    """Nobody is anywhere before his time; what follows from another comes when it comes."""
    enters = ~np.isnan(s.request.t_enter)
    assert np.array_equal(s.request.status[enters] != UNBORN, s.request.t_enter[enters] <= t)
    assert np.isnan(s.request.t_ready[s.request.status == MOVING]).all()
    assert np.isnan(s.request.t_dispatch[s.request.status <= WAITING]).all()


def idle_beside_waiting(watch: Watch, s: State, t: float) -> list[tuple[str, int, int]]:
    """Rule, request and worker wherever somebody could take a waiting request this moment."""
    found = []
    r = watch.served(s, t)
    if not r.size:
        return []
    free = np.array([watch.available(s, c) for c in range(len(CLASSES))]).T
    for rule, who in watch.allowed(s, r, t):
        idle, waits = np.nonzero(who & free[:, s.request.urgency[r]])
        found += [(rule, int(r[k]), int(w)) for w, k in zip(idle, waits, strict=True)]
    return found
