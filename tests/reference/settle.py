"""Who and what there is at the beginning, read from a plan."""

from collections.abc import Callable, Iterable
from math import log

import numpy as np

from sim.base import CLASSES, DOMAINS
from sim.engine.build import Plan
from sim.keyed import Purpose
from sim.policy.layout import ring
from sim.policy.sensing import reporting, rider_times
from sim.world.tape import KINDS, KNOWN_BY
from tests.reference.clock import Clock, Process
from tests.reference.lattice import Lattice
from tests.reference.luck import Luck
from tests.reference.request import Request
from tests.reference.search import Hidden, Unit
from tests.reference.spans import Spans
from tests.reference.worker import Gait, Task, Worker
from tests.reference.zone import Line, Zone

KMH = 1000 / 60  # metres per minute


def map_of(plan: Plan) -> Lattice:
    """The lattice of the city."""
    return Lattice(plan.world.city.width, plan.world.city.height)


# --- zones ------------------------------------------------------------------------------


def lay_out(plan: Plan) -> list[Zone]:
    """The zones of every line, which of them are neighbours, and the one backup of each."""
    lines = [
        Line(line.name, frozenset(map(DOMAINS.index, line.domains)))
        for line in plan.case.policy.layout.lines
    ]
    zones = [Zone(number, lines[line]) for number, line in enumerate(plan.zones.line.tolist())]
    edges = plan.zones.neighbours.tocoo()
    for one, other in zip(edges.coords[0].tolist(), edges.coords[1].tolist(), strict=True):
        zones[one].neighbours.add(zones[other])
    backups, _ = ring(plan.zones, plan.world.city.width)
    for zone, backup in zip(zones, backups.tolist(), strict=True):
        zone.backup = zones[backup] if backup >= 0 else None
    return zones


# --- people -----------------------------------------------------------------------------


def hire(plan: Plan, clock: Clock, luck: Luck, zones: list[Zone]) -> list[Worker]:
    """Everybody with post, skills, shifts and duties; zones learn who is posted to them."""
    workers = [_worker(plan, clock, luck, zones, n) for n in range(plan.posting.count)]
    for worker in workers:
        for zone in worker.zones:
            zone.workers.add(worker)
            zone.line.workers.add(worker)
    return workers


def _worker(plan: Plan, clock: Clock, luck: Luck, zones: list[Zone], number: int) -> Worker:
    posting, policy, service = plan.posting, plan.case.policy, plan.case.world.service
    role = plan.roles[int(posting.role[number])]
    city, unit = plan.case.world.city, int(posting.unit[number])
    posted = posting.zones.indices[posting.zones.indptr[number] : posting.zones.indptr[number + 1]]
    skills = policy.staffing.skills.get(role, {})
    gait = service.roles[role]
    switches = luck.u(Purpose.SWITCH, number) < policy.surge.rate
    return Worker(
        clock=clock,
        lattice=map_of(plan),
        number=number,
        role=role,
        home=int(posting.home[number]),
        unit=unit,
        beat=frozenset(np.flatnonzero(posting.unit_at[posting.area[number]] == unit).tolist()),
        zones=frozenset(zones[zone] for zone in posted.tolist()),
        skills={DOMAINS.index(name): skill for name, skill in skills.items() if skill != "none"},
        gait=Gait(gait.startup_min, city.cell_m * city.detour / (gait.speed_kmh * KMH)),
        responder=role in service.cover.responders,
        switches=switches and role in policy.surge.roles,
        visible=bool(gait.visible),
        yields_to=frozenset(map(CLASSES.index, service.background.interrupted_by)),
        duty=_shifts(plan, number),
        tasks=_tasks(plan, number),
        returns_home=policy.dispatch.after_job == "home",
    )


def _shifts(plan: Plan, number: int) -> Spans:
    mine = plan.duty.worker == number
    return Spans(zip(plan.duty.start[mine].tolist(), plan.duty.end[mine].tolist(), strict=True))


def _tasks(plan: Plan, number: int) -> list[Task]:
    mine = slice(plan.tasks.first[number], plan.tasks.first[number + 1])
    due, minutes = plan.tasks.t[mine].tolist(), plan.tasks.minutes[mine].tolist()
    return [Task(t, length, length) for t, length in zip(due, minutes, strict=True)]


# --- requests ---------------------------------------------------------------------------


def write_down(plan: Plan, owner: list[list[Zone]]) -> list[Request]:
    """Everything on the tape, and what follows from what."""
    tape = plan.world.tape
    requests = [
        Request(
            number=number,
            key=int(tape.key[number]),
            kind=KINDS[tape.kind[number]],
            cell=int(tape.cell[number]),
            domain=int(tape.domain[number]),
            urgency=int(tape.urgency[number]),
            work=float(tape.work[number]),
            desk_work=float(tape.desk_work[number]),
            ready_if=float(tape.ready_if[number]),
            t_enter=float(tape.t_enter[number]),
            t_reported=float(tape.t_reported[number]),
            triage=float(tape.triage[number]),
            t_triaged=float(tape.t_triaged[number]),
            zone=owner[tape.domain[number]][tape.cell[number]],
        )
        for number in range(len(tape))
    ]
    for relation in ("parent", "part", "again"):
        for request, number in zip(requests, getattr(tape, relation).tolist(), strict=True):
            if number >= 0:
                setattr(request, relation, requests[number])
    return requests


# --- hidden problems --------------------------------------------------------------------


def hide(
    plan: Plan,
    clock: Clock,
    luck: Luck,
    workers: list[Worker],
    requests: list[Request],
    take_in: Callable[[Request], Process],
) -> None:
    """Lay out what is hidden, and those who may come across it."""

    def threshold(request: Request, unit: Unit) -> float:
        return -log(luck.u(Purpose.TRAIL, request.key, unit.luck_number))

    hidden = Hidden(clock, threshold, take_in)
    hidden.units = patrols(plan, clock, workers, hidden.found)
    tape = plan.world.tape
    seeds = plan.case.draws.seeds
    rider = rider_times(plan.case.policy.sensing, plan.world, seeds).tolist()
    for request in requests:
        if request.kind == "latent":
            known, by = float(tape.t_known[request.number]), KNOWN_BY[tape.known_by[request.number]]
            if rider[request.number] < known:
                known, by = rider[request.number], "riders"
            work = float(tape.ignites_work[request.number])
            clock.process(hidden.begin(request, known, by, work))


def patrols(
    plan: Plan, clock: Clock, workers: list[Worker], found: Callable[[Request, str], None]
) -> list[Unit]:
    """Every unit that has cells to look around in, with what it may report."""
    reports = reporting(plan.case.policy.sensing, plan.roles)
    firsts = first_areas(plan)
    units = []
    for number in sorted({worker.unit for worker in workers}):
        team = [worker for worker in workers if worker.unit == number]
        role = plan.roles.index(team[0].role)
        area = int(plan.posting.area[team[0].number])
        if not team[0].beat:
            continue
        domains = set(np.flatnonzero(reports[role]).tolist())
        if not plan.case.policy.sensing.beyond_line:
            domains &= _owned(team)
        unit = Unit(
            clock,
            team,
            each=_searched(plan, team[0]),
            domains=frozenset(domains),
            luck_number=64 * role + area - firsts[role],
            found=found,
        )
        for worker in team:
            worker.freedom_changed = unit.recount
        units.append(unit)
    return units


def _owned(team: Iterable[Worker]) -> set[int]:
    """What the line of a team's zones owns."""
    return {domain for worker in team for zone in worker.zones for domain in zone.line.domains}


def _searched(plan: Plan, worker: Worker) -> float:
    """Cells one worker searches while free, over the cells of his unit [1/min].

    Background duties take their share of the time evenly.
    """
    service = plan.case.world.service
    role = service.roles[worker.role]
    walking = 1 - service.background.share * role.background
    return walking * service.patrol.sweep_per_hour / 60 * role.sweep / len(worker.beat)


def first_areas(plan: Plan) -> list[int]:
    """The first area of each role: one for every line in which it has domains of its own."""
    staffing, lines = plan.case.policy.staffing, plan.case.policy.layout.lines
    firsts, so_far = [], 0
    for role in plan.roles:
        firsts.append(so_far)
        own = {name for name, skill in staffing.skills.get(role, {}).items() if skill == "own"}
        everywhere = staffing.reach == "city"
        so_far += 1 if everywhere else sum(not own.isdisjoint(line.domains) for line in lines)
    return firsts
