"""What becomes of a case when the visit is over, and when it is closed."""

from tests.reference.clock import REOPEN, Clock, Process, Rank
from tests.reference.departments import Departments
from tests.reference.request import Request
from tests.reference.routing import Office


class Cases:
    """Takes a case on from the end of the visit."""

    departments: Departments

    def __init__(self, clock: Clock, reopen_after_min: float, office: Office) -> None:
        self.clock, self.reopen_after_min, self.office = clock, reopen_after_min, office

    def go_on(self, request: Request) -> None:
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
        if request.kind == "part" and request.parent is not None:
            self.close(request.parent)
        if request.again is not None:
            self.clock.process(self._reopen(request.again))

    def _reopen(self, again: Request) -> Process:
        moment = self.clock.now + self.reopen_after_min
        yield self.clock.at(moment, Rank.RELEASE, REOPEN, again.number)
        self.office.follow(again)
