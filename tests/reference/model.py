"""A city put together from a plan, and run to its end."""

from dataclasses import dataclass

import numpy as np

from sim.base import CLASSES, DOMAINS
from sim.engine.build import Plan
from sim.units import DAY
from tests.reference.clock import Clock, Process, Rank
from tests.reference.desk import Desk
from tests.reference.luck import Luck
from tests.reference.patrol import Patrol
from tests.reference.request import Request
from tests.reference.routing import Office
from tests.reference.spans import Spans, daily
from tests.reference.worker import Gait, Task, Worker
from tests.reference.zone import Line, Zone

KMH = 1000 / 60  # metres per minute


@dataclass(frozen=True)
class City:
    """Everybody and everything of a run."""

    plan: Plan
    zones: list[Zone]
    workers: list[Worker]
    requests: list[Request]
    hours: list[Spans]


def simulate(plan: Plan) -> City:
    """Run the plan of a case to its end."""
    case, clock, luck = plan.case, Clock(), Luck(plan.case.draws.seeds)
    service, days = case.world.service, case.clock.total_days
    zones = lay_out(plan)
    workers = hire(plan, clock, zones)
    owner = [[zones[number] for number in row] for row in plan.zones.owner.tolist()]
    requests = write_down(plan, owner)
    hours = [daily(service.hours[name], days) for name in CLASSES]
    width = plan.world.city.width

    def steps(a: int, b: int) -> int:
        """Cells between two cells, along the streets."""
        return abs(a % width - b % width) + abs(a // width - b // width)

    desk = Desk(clock, luck, case.policy.dispatch, service.cover, hours, workers, zones, steps)
    office = Office(
        clock,
        luck,
        case.policy.routing,
        owner,
        frozenset(np.flatnonzero(plan.zones.disputed).tolist()),
        case.world.demand.misnamed,
        desk.receive,
    )
    for worker in workers:
        worker.free_again = desk.offer
        worker.start()
    for request in requests:
        clock.process(office.pass_on(request))
    for urgency, opening in enumerate(hours):
        clock.process(open_daily(clock, opening, urgency, desk))
    clock.process(notice_departures(clock, workers, desk))
    if service.patrol.steps_per_hour:
        beats = Patrol(clock, luck, workers, width, plan.world.city.height)
        clock.process(beats.walk(60 / service.patrol.steps_per_hour))
    clock.run_through(days * DAY)
    return City(plan, zones, workers, requests, hours)


# --- who and what there is --------------------------------------------------------------


def lay_out(plan: Plan) -> list[Zone]:
    """The zones of every line, and which of them are neighbours."""
    lines = [
        Line(line.name, frozenset(map(DOMAINS.index, line.domains)))
        for line in plan.case.policy.layout.lines
    ]
    zones = [Zone(number, lines[line]) for number, line in enumerate(plan.zones.line.tolist())]
    edges = plan.zones.neighbours.tocoo()
    for one, other in zip(edges.coords[0].tolist(), edges.coords[1].tolist(), strict=True):
        zones[one].neighbours.add(zones[other])
    return zones


def hire(plan: Plan, clock: Clock, zones: list[Zone]) -> list[Worker]:
    """Everybody with post, skills, shifts and duties; zones learn who is posted to them."""
    workers = [_worker(plan, clock, zones, number) for number in range(plan.posting.count)]
    for worker in workers:
        for zone in worker.zones:
            zone.workers.add(worker)
            zone.line.workers.add(worker)
    for zone in zones:
        zone.man()
    for line in {zone.line for zone in zones}:
        line.man()
    return workers


def _worker(plan: Plan, clock: Clock, zones: list[Zone], number: int) -> Worker:
    posting, policy, service = plan.posting, plan.case.policy, plan.case.world.service
    role = plan.roles[int(posting.role[number])]
    city, unit = plan.case.world.city, int(posting.unit[number])
    posted = posting.zones.indices[posting.zones.indptr[number] : posting.zones.indptr[number + 1]]
    skills = policy.staffing.skills.get(role, {})
    gait = service.roles[role]
    return Worker(
        clock=clock,
        number=number,
        role=role,
        home=int(posting.home[number]),
        unit=unit,
        beat=frozenset(np.flatnonzero(posting.unit_at[posting.area[number]] == unit).tolist()),
        zones=frozenset(zones[zone] for zone in posted.tolist()),
        skills={DOMAINS.index(name): skill for name, skill in skills.items() if skill != "none"},
        gait=Gait(gait.startup_min, city.cell_m * city.detour / (gait.speed_kmh * KMH)),
        slowdown=policy.staffing.slowdown,
        responder=role in service.cover.responders,
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


def write_down(plan: Plan, owner: list[list[Zone]]) -> list[Request]:
    """The needs that are reported, in their order on the tape."""
    tape = plan.world.tape
    return [
        Request(
            number=number,
            key=int(tape.key[number]),
            cell=int(tape.cell[number]),
            domain=int(tape.domain[number]),
            urgency=int(tape.urgency[number]),
            work=float(tape.work[number]),
            t_reported=float(tape.t_reported[number]),
            t_triaged=float(tape.t_triaged[number]),
            zone=owner[tape.domain[number]][tape.cell[number]],
        )
        for number in np.flatnonzero(tape.reported).tolist()
    ]


# --- what happens by the clock ----------------------------------------------------------


def open_daily(clock: Clock, hours: Spans, urgency: int, desk: Desk) -> Process:
    """A class opens: a release with number 0."""
    for start, _ in hours.spans:
        yield clock.at(start, Rank.RELEASE, urgency)
        desk.ask_again()


def notice_departures(clock: Clock, workers: list[Worker], desk: Desk) -> Process:
    """When all shifts that end at an instant have ended, zones may have lost their last one."""
    for end in sorted({end for worker in workers for _, end in worker.duty.spans}):
        yield clock.at(end, Rank.SHIFT_END, 1)
        desk.ask_again()
