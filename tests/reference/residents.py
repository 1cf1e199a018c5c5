"""Residents: who calls again, who gives up, and what trust does to calls and turnout."""

from collections.abc import Callable
from itertools import count

from sim.keyed import Purpose
from sim.units import DAY
from sim.world.people import Reaction
from tests.reference.clock import IMPATIENT, NEW_DAY, Clock, Process, Rank
from tests.reference.luck import Lognormal, Luck
from tests.reference.request import Request
from tests.reference.worker import Worker


class Patience:
    """Of callers who lose it, some give up and the others call again, as long as it takes."""

    def __init__(
        self, clock: Clock, luck: Luck, reaction: Reaction, abandon: Callable[[Request], None]
    ) -> None:
        self.clock, self.luck, self.reaction, self.abandon = clock, luck, reaction, abandon
        self._lengths = Lognormal(luck, Purpose.PATIENCE, reaction.patience_sigma)

    def begun(self, request: Request) -> None:
        """The caller waits from the moment at which he called."""
        u = self.luck.u(Purpose.IMPATIENT, request.key)
        if request.kind == "call" and u < self.reaction.impatient_share:
            self.clock.process(self._wait(request))

    def _wait(self, request: Request) -> Process:
        since = request.t_reported
        for n in count():
            over = since + self._lengths.minutes(self.reaction.patience_median_min, request.key, n)
            since = max(over, self.clock.now)
            yield self.clock.at(since, Rank.RELEASE, IMPATIENT, request.number)
            if not request.not_taken_yet:
                return
            if self.luck.u(Purpose.ABANDON, request.key, n) < self.reaction.abandon_share:
                self.abandon(request)
                return
            request.repeats += 1


class Trust:
    """The share of answers expected in time: what a day brings moves it at midnight.

    ``answers`` are dispatches and requests given up since the last midnight.
    """

    def __init__(self, luck: Luck, reaction: Reaction, readiness: float) -> None:
        self.luck, self.reaction, self._base = luck, reaction, readiness
        self.level = reaction.trust_start
        self.answers = self.in_time = 0
        self._of_day = [self.level]

    def live(self, clock: Clock, days: int) -> Process:
        """Take stock at every midnight."""
        for day in range(1, days):
            yield clock.at(day * DAY, Rank.RELEASE, NEW_DAY)
            if self.answers:
                surprise = self.in_time / self.answers - self.level
                self.level += self.reaction.trust_gain * surprise
            self._of_day.append(self.level)
            self.answers = self.in_time = 0

    def answered(self, request: Request) -> None:
        """Somebody sets out, and is expected to arrive in time or not."""
        self.answers += 1
        self.in_time += request.t_arrive - request.t_reported <= self.reaction.in_time_min

    def given_up(self) -> None:
        """An answer that did not come in time."""
        self.answers += 1

    def is_made(self, request: Request) -> bool:
        """Whether a call is made: trust of the day on which it would be."""
        per_trust = self.reaction.trust_reports
        ready = self._base * self._factor(int(request.t_reported // DAY), per_trust)
        return request.ready_if < min(max(ready, 0.0), 1.0)

    def turns_up(self, clock: Clock, worker: Worker) -> bool:
        """Whether somebody who comes of free will comes to the shift that starts now."""
        day = int(clock.now // DAY)
        turnout = self._factor(day, self.reaction.trust_turnout)
        return turnout >= 1 or self.luck.u(Purpose.TURNOUT, worker.number, day) < turnout

    def _factor(self, day: int, per_trust: float) -> float:
        level = self._of_day[min(day, len(self._of_day) - 1)]
        return 1 + per_trust * (level - self.reaction.trust_start)
