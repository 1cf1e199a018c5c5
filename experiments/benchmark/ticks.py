"""Naive Mesa: everybody is stepped every tick, and every request on its way is looked at.

At a tick what has fallen due since the last one happens, in the engine's order: visits end,
shifts change, classes open and handoffs arrive, requests come. So when every time is a whole
number of ticks the results are the engine's; else they are rounded up, and drift apart.
Requests that wait stand in queues here too: to have each ask anew at every tick, as a more
naive program would, would cost more.
"""

from typing import Any

import mesa

from experiments.benchmark.given import Given
from experiments.benchmark.rules import City, Worker

_NEAR = 1e-9  # min · what a sum of times may lack of a whole tick


class Stepper(mesa.Agent[Any], Worker):
    """A worker who looks at his watch every tick."""

    city: "TickCity"
    starts: list[float]  # of his shifts
    alarm: float  # when one begins or ends next

    def watch(self) -> None:
        """Set when his shift next begins or ends."""
        stretch = self.stretch
        if self.until >= 0:
            self.alarm = self.until
        else:
            self.alarm = self.starts[stretch] if stretch < len(self.starts) else float("inf")

    def step(self) -> None:
        """End a visit, or take a step of patrol; come and go by the clock."""
        city = self.city
        if self.job >= 0:
            if city.t_served[self.job] <= city.now + _NEAR:
                city.done.append(self)
        elif self.until > city.now and city.stepping:
            city.walk(self, city.patrol_tick)
        if self.alarm <= city.now:
            city.changing.append(self)


class TickModel(mesa.Model[Any, Any]):
    """Steps the city; Mesa asks for a model to derive from."""

    city: "TickCity"

    def step(self) -> None:
        """One tick."""
        self.city.tick()


class TickCity(City):
    """The city in steps of so many minutes.

    Parameters
    ----------
    minutes : length of a tick; steps of patrol are a multiple of it [min]
    """

    def __init__(self, given: Given, minutes: float) -> None:
        self.minutes, self.ticks = minutes, 0
        self.model: Any = TickModel(rng=0)  # nobody draws from it: luck is keyed
        self.model.city = self
        super().__init__(given)
        self.open = [False] * given.classes
        self.moving: list[tuple[float, int]] = []
        self.next_call = 0

    def make(self, number: int) -> Any:
        """A worker without a post, who knows when his shifts begin."""
        first, last = self.given.stretch[number], self.given.stretch[number + 1]
        stepper = Stepper(self.model)
        stepper.city, stepper.starts = self, self.given.duty_start[first:last].tolist()
        return stepper

    def run(self, until: float) -> None:
        """Let everything happen up to ``until`` [min]."""
        self.draw()
        for w in self.worker:
            w.watch()
        self.model.run_for(int(until // self.minutes) + 1)  # the first tick is minute 0

    def tick(self) -> None:
        """Everybody steps; then what has fallen due happens, in order."""
        self.now = t = self.ticks * self.minutes
        self.ticks += 1
        patrol = self.given.patrol_min
        self.stepping = patrol > 0 and t % patrol == 0
        self.patrol_tick = int(t // patrol) if patrol > 0 else 0
        self.done: list[Any] = []
        self.changing: list[Any] = []
        self.model.agents.do("step")
        for w in sorted(self.done, key=self.rank) if self.done else ():
            self.finish(w, t)
        if self.changing:
            self.change_shifts(t)
        self.release(t)
        self.take_in(t)

    def rank(self, w: Any) -> tuple[int, int]:
        """Visits that end at one tick, by class and number."""
        return self.given.urgency[w.job], w.job

    def change_shifts(self, t: float) -> None:
        """Some come, some go; then those who came look for work."""
        coming = [w for w in self.changing if w.until < 0]
        going = [w for w in self.changing if w.until >= 0]
        for w in coming:
            self.come(w, t)
        for w in going:
            self.go(w)
        for w in self.changing:
            w.watch()
        for w in coming:
            if w.until > t and w.job < 0:
                self.pick_next(w, t)

    def release(self, t: float) -> None:
        """Classes open, and handoffs arrive."""
        due = sorted((self.given.urgency[r], r) for until, r in self.moving if until <= t + _NEAR)
        self.moving = [item for item in self.moving if item[0] > t + _NEAR]
        for c in range(self.given.classes):
            opened = self.is_open(c, t)
            if opened and not self.open[c]:
                self.open_class(c, t)
            self.open[c] = opened
            for kind, r in due:
                if kind == c:
                    self.seek(r, t)

    def take_in(self, t: float) -> None:
        """Requests come."""
        arrivals, moment = self.given.arrivals, self.given.t_enter
        while self.next_call < len(arrivals) and moment[arrivals[self.next_call]] <= t + _NEAR:
            self.next_call += 1
            self.seek(arrivals[self.next_call - 1], t)

    def sent(self, r: int, w: Any) -> None:
        """A visit begins; he will notice himself when it is over."""

    def passed_on(self, r: int, until: float) -> None:
        """A handoff begins."""
        self.moving.append((until, r))
