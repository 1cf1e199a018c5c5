"""Hidden problems: found by those who walk past, noticed, reported by riders, or ignited.

Random search (Koopman 1956): every unit has a clock that runs with the cells its free
workers search, and every problem has an exponential threshold on the clock of every unit
that might find it. The clock runs at a constant rate between two changes of the number of
free workers, so the moment of a find is known exactly until the next change.
"""

import math
from collections.abc import Callable
from heapq import heappop, heappush

from sim.base import CLASSES, DOMAINS
from tests.reference.clock import FIND, KNOWN, Clock, Process, Rank
from tests.reference.request import Request
from tests.reference.worker import Worker

EMERGENCY_CLASS, EMERGENCY = CLASSES.index("emergency"), DOMAINS.index("emergency")
Found = Callable[[Request, str], None]


class Unit:
    """Who patrols together.

    Attributes
    ----------
    each : cells one free worker searches, over the cells of the unit [1/min]
    domains : what they may report
    luck_number : the k with which thresholds are drawn
    clock_reads : search done so far
    """

    def __init__(
        self,
        clock: Clock,
        workers: list[Worker],
        each: float,
        domains: frozenset[int],
        luck_number: int,
        found: Found,
    ) -> None:
        self.clock, self.workers, self.each, self.found = clock, workers, each, found
        self.domains, self.luck_number = domains, luck_number
        self.cells = workers[0].beat
        self.clock_reads, self.since, self.rate = 0.0, 0.0, 0.0
        self._trail: list[tuple[float, int, Request]] = []
        self._plans = 0

    def may_find(self, request: Request) -> bool:
        """Whether it lies in the unit's cells and among its domains."""
        return request.cell in self.cells and request.domain in self.domains

    def lay(self, request: Request, threshold: float) -> None:
        """A problem begins: it is found when the clock has run on by the threshold."""
        self._read()
        heappush(self._trail, (self.clock_reads + threshold, request.number, request))
        self._plan()

    def recount(self, _: Worker) -> None:
        """Somebody is no longer or again free to look around."""
        self._read()
        self.rate = self.each * sum(worker.free_of_requests for worker in self.workers)
        self._plan()

    def _read(self) -> None:
        now = self.clock.now
        self.clock_reads += self.rate * (now - self.since)
        self.since = now

    def _plan(self) -> None:
        """Look ahead to the next find, should nothing change; what was planned is void."""
        self._plans += 1
        while self._trail and self._trail[0][2].status != "hidden":
            heappop(self._trail)
        if self._trail and self.rate > 0:
            target, _, request = self._trail[0]
            due = self.since + max(0.0, target - self.clock_reads) / self.rate
            self.clock.process(self._come_across(request, due, self._plans))

    def _come_across(self, request: Request, due: float, plan: int) -> Process:
        yield self.clock.at(due, Rank.RELEASE, FIND, request.number)
        if plan != self._plans:
            return
        self._read()
        if request.status == "hidden":
            self.found(request, self.workers[0].role)
        self._plan()


class Hidden:
    """Everything that is hidden at first.

    Parameters
    ----------
    threshold : of a request on the clock of a unit
    take_in : what happens to a problem that has come to light
    """

    def __init__(
        self,
        clock: Clock,
        threshold: Callable[[Request, Unit], float],
        take_in: Callable[[Request], Process],
    ) -> None:
        self.clock, self.threshold, self.take_in = clock, threshold, take_in
        self.units: list[Unit] = []

    def begin(self, request: Request, known: float, known_by: str, ignites_work: float) -> Process:
        """A problem begins; if nobody comes across it, it is known by itself in the end."""
        yield self.clock.at(request.t_enter, Rank.ARRIVAL, request.urgency, request.number)
        request.status = "hidden"
        for unit in self.units:
            if unit.may_find(request):
                unit.lay(request, self.threshold(request, unit))
        if math.isinf(known):
            return
        yield self.clock.at(known, Rank.RELEASE, KNOWN, request.number)
        if request.status != "hidden":
            return
        if known_by == "ignition":
            request.domain, request.urgency = EMERGENCY, EMERGENCY_CLASS
            request.work, request.desk_work = ignites_work, 0.0
        self.found(request, known_by)

    def found(self, request: Request, by: str) -> None:
        """It is reported now, and goes its way."""
        request.found_by, request.status = by, "moving"
        self.clock.process(self.take_in(request))
