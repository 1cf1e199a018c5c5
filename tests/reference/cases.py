"""What becomes of a case when the visit is over, and when it is closed."""

from sim.world.service import Service
from tests.reference.clock import REOPEN, Clock, Process, Rank
from tests.reference.departments import Departments
from tests.reference.desk import Desk
from tests.reference.request import Request
from tests.reference.routing import Office
from tests.reference.surge import Alarm
from tests.reference.worker import Worker


class Cases:
    """Takes a case on from the end of the visit."""

    def __init__(self, clock: Clock, service: Service) -> None:
        self.clock, self.reopen_after_min = clock, service.reopen_after_min
        self.alarm: Alarm
        self.desk: Desk
        self.departments: Departments
        self.office: Office

    def visit_over(self, worker: Worker, request: Request) -> None:
        """First the worker, then the state of alarm, then his next job, then the case."""
        worker.put_down_job()
        self.alarm.settled(request)
        self.desk.offer(worker)
        self._go_on(request)

    def _go_on(self, request: Request) -> None:
        """A department closes it, or its second part begins, or it is closed."""
        if request.desk_work > 0:
            self.departments.refer(request)
        elif request.part is not None:
            request.status = "parted"
            self.office.follow(request.part, request.zone)
        else:
            self.close(request)

    def close(self, request: Request) -> None:
        """Closed; with the second part the whole is, and some come back later."""
        request.status, request.t_close = "closed", self.clock.now
        if request.parent is not None and request.kind == "part":
            self.close(request.parent)
        if request.again is not None:
            self.clock.process(self._reopen(request.again))

    def _reopen(self, again: Request) -> Process:
        moment = self.clock.now + self.reopen_after_min
        yield self.clock.at(moment, Rank.RELEASE, REOPEN, again.number)
        self.office.follow(again)
