"""Mesa's own event list: workers are agents, and every event is a bound method.

One unit of Mesa's time is a day: its default step would else fire every minute. Events hold
weak references, so whoever waits for one is kept in a table.
"""

from typing import Any

import mesa

from experiments.benchmark.given import Given
from experiments.benchmark.rules import City, Worker
from sim.units import DAY


class Officer(mesa.Agent[Any], Worker):
    """A worker whose visits end by an event."""

    city: "EventCity"

    def finish_visit(self) -> None:
        """The visit is over."""
        self.city.finish(self, self.city.t_served[self.job])


class Handoff:
    """A request on its way to the next hand."""

    __slots__ = ("__weakref__", "city", "r", "until")

    def __init__(self, city: "EventCity", r: int, until: float) -> None:
        self.city, self.r, self.until = city, r, until

    def arrive(self) -> None:
        """It is there."""
        del self.city.passing[self.r]
        self.city.seek(self.r, self.until)


class EventCity(City):
    """The model's schedule holds visits, handoffs, and the next arrival and change of shifts."""

    def __init__(self, given: Given) -> None:
        self.model: Any = mesa.Model(rng=0)  # nobody draws from it: luck is keyed
        self.passing: dict[int, Handoff] = {}
        super().__init__(given)

    def make(self, number: int) -> Any:
        """A worker without a post."""
        del number
        officer = Officer(self.model)
        officer.city = self
        return officer

    def run(self, until: float) -> None:
        """Let everything happen up to ``until`` [min]."""
        self.draw()
        self.turns, self.calls = iter(self.given.agenda), iter(self.given.arrivals)
        self.next_turn()
        self.next_call()
        self.model.run_until(until / DAY)

    def next_turn(self) -> None:
        """Schedule the next moment of the calendar."""
        self.turn, self.codes = next(self.turns, (-1.0, []))
        if self.codes:
            self.model.schedule_event(self.turn_over, at=self.turn / DAY)

    def turn_over(self) -> None:
        """Shifts change or a class opens."""
        t, codes = self.turn, self.codes
        self.next_turn()
        self.change(codes, t)

    def next_call(self) -> None:
        """Schedule the next request to come."""
        self.r = next(self.calls, -1)
        if self.r >= 0:
            self.model.schedule_event(self.take_call, at=self.given.t_enter[self.r] / DAY)

    def take_call(self) -> None:
        """A request comes."""
        r = self.r
        self.next_call()
        self.seek(r, self.given.t_enter[r])

    def sent(self, r: int, w: Any) -> None:
        """A visit begins."""
        self.model.schedule_event(w.finish_visit, at=self.t_served[r] / DAY)

    def passed_on(self, r: int, until: float) -> None:
        """A handoff begins."""
        self.passing[r] = Handoff(self, r, until)
        self.model.schedule_event(self.passing[r].arrive, at=until / DAY)
