"""Departments: letters and whistles, leaders who sign them, officers who attend."""

from collections import deque
from collections.abc import Callable

import simpy

from sim.base import CLASSES
from sim.keyed import Purpose
from sim.policy.staffing import Leaders
from sim.policy.whistle import Whistle
from sim.units import add_office_minutes
from tests.reference.clock import AT_DESK, DESK_END, Clock, Process, Rank
from tests.reference.luck import Lognormal, Luck
from tests.reference.request import Request


class Desk:
    """Officers with two queues, each first come first served: whistled cases go first."""

    def __init__(self, clock: Clock, officers: int) -> None:
        self.clock, self.free = clock, officers
        self.queues: tuple[deque[simpy.Event], ...] = (deque(), deque())

    def wait(self, *, whistled: bool) -> Process:
        """Until an officer is free."""
        if self.free:
            self.free -= 1
        else:
            turn = self.clock.event()
            self.queues[not whistled].append(turn)
            yield turn

    def attend(self, request: Request, minutes: float) -> Process:
        """An officer takes so much office time; then it is the next one's turn."""
        end = add_office_minutes(self.clock.now, minutes)
        yield self.clock.at(end, Rank.END, DESK_END, request.number)
        waiting = next((queue for queue in self.queues if queue), None)
        if waiting is None:
            self.free += 1
        else:
            waiting.popleft().succeed()


class Departments:
    """What a grid worker cannot close is signed, sent, and attended by a department.

    Parameters
    ----------
    officers : by domain
    close : what happens to a case that has been attended
    """

    def __init__(
        self,
        clock: Clock,
        luck: Luck,
        whistle: Whistle,
        leaders: Leaders,
        officers: list[int],
        close: Callable[[Request], None],
    ) -> None:
        self.clock, self.luck, self.whistle, self.span = clock, luck, whistle, leaders
        self.close = close
        self.desks = [Desk(clock, number) for number in officers]
        self.leaders: dict[int, Desk] = {}
        self._letters = Lognormal(luck, Purpose.LETTER, whistle.letter_sigma)
        self._whistles = Lognormal(luck, Purpose.WHISTLE, whistle.whistle_sigma)

    def refer(self, request: Request) -> None:
        """The visit is over and a department must go on."""
        request.status = "referred"
        self.clock.process(self._see_to(request))

    def _see_to(self, request: Request) -> Process:
        whistled = self.luck.u(Purpose.WHISTLE, request.key, 1) < self.whistle.rate
        if self.span.approval_min > 0:
            leader = self._leader(request)
            yield from leader.wait(whistled=whistled)
            yield from leader.attend(request, self.span.approval_min)
        yield self.clock.at(
            self._there(request, whistled=whistled), Rank.RELEASE, AT_DESK, request.number
        )
        request.t_desk = self.clock.now
        desk = self.desks[request.domain]
        yield from desk.wait(whistled=whistled)
        request.t_attended = self.clock.now
        yield from desk.attend(request, request.desk_work)
        self.close(request)

    def _leader(self, request: Request) -> Desk:
        """One leader signs for so many zones in a row."""
        number = request.zone.number // self.span.zones_each
        return self.leaders.setdefault(number, Desk(self.clock, 1))

    def _there(self, request: Request, *, whistled: bool) -> float:
        """When the department has it: a whistle must be answered within the limit."""
        name, now, limit = CLASSES[request.urgency], self.clock.now, self.whistle.report_in_min
        if whistled:
            return self._whistles.over(self.whistle.whistle[name], now, request.key, 0, limit)
        return self._letters.over(self.whistle.letter[name], now, request.key)
