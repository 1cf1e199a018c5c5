"""SimPy: a process per request, one for arrivals, one for the roster."""

from collections.abc import Generator
from math import inf, nextafter
from typing import Any

import simpy

from experiments.benchmark.rules import City

Process = Generator[simpy.Event, Any]


class SimpyCity(City):
    """Requests are processes; one that waits is woken by whoever takes it."""

    def run(self, until: float) -> None:
        """Let everything happen up to ``until`` [min]."""
        self.draw()
        self.environment = simpy.Environment()
        self.call: dict[int, simpy.Event] = {}
        self.later: dict[int, float] = {}
        self.environment.process(self.source())
        self.environment.process(self.roster())
        self.environment.run(until=nextafter(until, inf))

    def source(self) -> Process:
        """Requests come."""
        environment, moment = self.environment, self.given.t_enter
        for r in self.given.arrivals:
            yield environment.timeout(moment[r] - environment.now)
            environment.process(self.request(r))

    def roster(self) -> Process:
        """Shifts change and classes open."""
        environment = self.environment
        for t, codes in self.given.agenda:
            yield environment.timeout(t - environment.now)
            self.change(codes, t)

    def request(self, r: int) -> Process:
        """From hand to hand, then the wait for somebody, then the visit."""
        environment = self.environment
        self.seek(r, environment.now)
        while r in self.later:
            yield environment.timeout(self.later.pop(r) - environment.now)
            self.seek(r, environment.now)
        if self.who[r] < 0:
            self.call[r] = environment.event()
            yield self.call[r]
        yield environment.timeout(self.t_served[r] - environment.now)
        self.finish(self.worker[self.who[r]], environment.now)

    def sent(self, r: int, w: Any) -> None:
        """A visit begins: a request that waited goes on."""
        del w
        if r in self.call:
            self.call.pop(r).succeed()

    def passed_on(self, r: int, until: float) -> None:
        """A handoff begins."""
        self.later[r] = until
