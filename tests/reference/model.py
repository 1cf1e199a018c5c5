"""A city put together from a plan, and run to its end."""

from functools import partial

import numpy as np

from sim.base import CLASSES
from sim.engine.build import Plan
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
from tests.reference.spans import daily
from tests.reference.surge import Alarm
from tests.reference.worker import Worker


def simulate(plan: Plan) -> "City":
    """Run the plan of a case to its end."""
    city = City(plan)
    city.come_to_life()
    city.clock.run_through(city.end)
    return city


class City:
    """Everybody and everything of a run, introduced to each other."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.end = plan, plan.end_min
        case = plan.case
        world, policy, service = case.world, case.policy, case.world.service
        reaction, staffing = world.people.reaction, policy.staffing
        clock, luck = Clock(), Luck(case.draws.seeds)
        self.clock, self.luck = clock, luck

        self.zones = lay_out(plan)
        self.workers = hire(plan, clock, luck, self.zones)
        owner = [[self.zones[number] for number in row] for row in plan.zones.owner.tolist()]
        self.requests = write_down(plan, owner)
        self.hours = [daily(service.hours[name], case.clock.total_days) for name in CLASSES]

        self.trust = Trust(luck, reaction, world.demand.readiness)
        self.patience = Patience(clock, luck, reaction, self.give_up)
        self.patrol = Patrol(clock, luck, self.workers, map_of(plan))
        self.desk = Desk(
            clock,
            luck,
            policy.dispatch,
            service.cover,
            Pace(staffing.slowdown, staffing.practice, service.dilution),
            self.hours,
            self.workers,
            self.zones,
            sent=self.trust.answered,
        )
        self.alarm = Alarm(policy.surge, self.workers, self.desk.offer)
        self.desk.settled = self.alarm.settled
        self.desk.leaves_to_others = self.alarm.leaves_to_others
        self.office = Office(
            clock,
            luck,
            policy.routing,
            owner,
            frozenset(np.flatnonzero(plan.zones.disputed).tolist()),
            world.demand.misnamed,
            is_made=self.trust.is_made,
            begun=self.begun,
            deliver=self.desk.receive,
        )
        self.cases = Cases(clock, service.reopen_after_min, self.office)
        self.cases.departments = Departments(
            clock,
            luck,
            policy.whistle,
            staffing.leaders,
            officers(world.demand, service, len(plan.world.people.home)).tolist(),
            self.cases.close,
        )

    def come_to_life(self) -> None:
        """Start everything that happens by itself."""
        clock, service = self.clock, self.plan.case.world.service
        hide(self.plan, clock, self.luck, self.workers, self.requests, self.office.take_in)
        for worker in self.workers:
            if service.roles[worker.role].turnout:
                worker.comes = partial(self.trust.turns_up, clock)
            worker.called_again = self.desk.call_again
            worker.look_for_work, worker.visit_over = self.desk.offer, self.visit_over
            worker.start()
        for request in self.requests:
            if request.kind == "call":
                clock.process(self.office.call(request))
            elif request.kind == "recurring":
                clock.process(self.office.fall_due(request))
        for urgency in range(len(CLASSES)):
            clock.process(self._open_daily(urgency))
        clock.process(self._notice_departures())
        clock.process(self.trust.live(clock, self.plan.case.clock.total_days))
        if service.patrol.steps_per_hour:
            clock.process(self.patrol.walk(60 / service.patrol.steps_per_hour))

    # --- what concerns several ----------------------------------------------------------

    def begun(self, request: Request) -> None:
        """A request begins: it counts, and its caller waits."""
        self.alarm.begun(request)
        self.patience.begun(request)

    def give_up(self, request: Request) -> None:
        """A caller gives up."""
        self.trust.given_up()
        self.desk.withdraw(request)

    def visit_over(self, worker: Worker, request: Request) -> None:
        """First the worker, then the state of alarm, then his next job, then the case."""
        worker.put_down_job()
        self.alarm.settled(request)
        self.desk.offer(worker)
        self.cases.go_on(request)

    # --- what happens by the clock ------------------------------------------------------

    def _open_daily(self, urgency: int) -> Process:
        """A class opens: a release with number 0."""
        for start, _ in self.hours[urgency].spans:
            yield self.clock.at(start, Rank.RELEASE, urgency)
            self.desk.open_class(urgency)

    def _notice_departures(self) -> Process:
        """When all have come and gone, zones may have lost their last one."""
        for end in sorted({end for worker in self.workers for _, end in worker.duty.spans}):
            yield self.clock.at(end, Rank.SHIFT_END, ASK_COVER)
            self.desk.cover_for_absent()
