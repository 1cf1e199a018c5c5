"""A city put together from a plan, and run to its end."""

from dataclasses import dataclass

import numpy as np

from sim.base import CLASSES, DOMAINS
from sim.engine.build import Plan
from sim.units import DAY
from sim.world.demand import officers
from tests.reference.cases import Cases
from tests.reference.clock import ASK_COVER, Clock, Process, Rank
from tests.reference.departments import Departments
from tests.reference.desk import Desk
from tests.reference.luck import Luck
from tests.reference.patrol import Patrol
from tests.reference.practice import Pace
from tests.reference.request import Request
from tests.reference.residents import Patience, Trust
from tests.reference.routing import Office
from tests.reference.settle import hide, hire, lay_out, map_of, write_down
from tests.reference.spans import Spans, daily
from tests.reference.surge import Alarm
from tests.reference.worker import Worker
from tests.reference.zone import Zone


@dataclass(frozen=True)
class City:
    """Everybody and everything of a run."""

    plan: Plan
    zones: list[Zone]
    workers: list[Worker]
    requests: list[Request]
    hours: list[Spans]
    patrol: Patrol
    trust: Trust

    @property
    def end(self) -> float:
        """When the run is over [min]."""
        return self.plan.end_min


def simulate(plan: Plan) -> City:
    """Run the plan of a case to its end."""
    case, clock, luck = plan.case, Clock(), Luck(plan.case.draws.seeds)
    world, policy, days = case.world, case.policy, case.clock.total_days
    reaction = world.people.reaction
    zones = lay_out(plan)
    workers = hire(plan, clock, luck, zones)
    owner = [[zones[number] for number in row] for row in plan.zones.owner.tolist()]
    requests = write_down(plan, owner)
    hours = [daily(world.service.hours[name], days) for name in CLASSES]
    trust = Trust(luck, reaction, world.demand.readiness)
    staffing = policy.staffing
    pace = Pace(staffing.slowdown, staffing.practice, world.service.dilution)
    desk = Desk(
        clock,
        luck,
        policy.dispatch,
        world.service.cover,
        pace,
        hours,
        workers,
        zones,
        trust.answered,
    )
    alarm = Alarm(policy.surge, workers, desk.offer)

    def abandon(request: Request) -> None:
        trust.given_up()
        desk.withdraw(request)

    patience = Patience(clock, luck, reaction, abandon)

    def begun(request: Request) -> None:
        alarm.begun(request)
        patience.begun(request)

    office = Office(
        clock,
        luck,
        policy.routing,
        owner,
        frozenset(np.flatnonzero(plan.zones.disputed).tolist()),
        world.demand.misnamed,
        is_made=trust.is_made,
        begun=begun,
        deliver=desk.receive,
    )
    cases = Cases(clock, world.service)
    desks = officers(world.demand, world.service, len(plan.world.people.home)).tolist()
    departments = Departments(clock, luck, policy.whistle, staffing.leaders, desks, cases.close)
    desk.alarm = cases.alarm = alarm
    cases.desk, cases.departments, cases.office = desk, departments, office
    hide(plan, clock, luck, workers, requests, office.take_in)
    patrol = Patrol(clock, luck, workers, map_of(plan))

    for worker in workers:
        volunteer = world.service.roles[worker.role].turnout
        if volunteer:
            worker.comes = lambda who: trust.turns_up(who, int(clock.now // DAY))
        worker.look_for_work, worker.visit_over = desk.offer, cases.visit_over
        worker.start()
    for request in requests:
        if request.kind == "call":
            clock.process(office.call(request))
        elif request.kind == "recurring":
            clock.process(office.fall_due(request))
    for urgency, opening in enumerate(hours):
        clock.process(open_daily(clock, opening, urgency, desk))
    clock.process(notice_departures(clock, workers, desk))
    clock.process(trust.live(clock, days))
    if world.service.patrol.steps_per_hour:
        clock.process(patrol.walk(60 / world.service.patrol.steps_per_hour))
    clock.run_through(days * DAY)
    return City(plan, zones, workers, requests, hours, patrol, trust)


# --- what happens by the clock ----------------------------------------------------------


def open_daily(clock: Clock, hours: Spans, urgency: int, desk: Desk) -> Process:
    """A class opens: a release with number 0."""
    for start, _ in hours.spans:
        yield clock.at(start, Rank.RELEASE, urgency)
        desk.open_class(urgency)


def notice_departures(clock: Clock, workers: list[Worker], desk: Desk) -> Process:
    """When all have come and gone, zones may have lost their last one."""
    for end in sorted({end for worker in workers for _, end in worker.duty.spans}):
        yield clock.at(end, Rank.SHIFT_END, ASK_COVER)
        desk.cover_for_absent()
