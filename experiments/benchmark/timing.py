"""CPU time of the engine and the references: in turns, so that a busy moment hits both."""

import gc
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import process_time

from experiments.benchmark.contestants import ENGINE, Contestant, Prepare
from sim.engine.state import State

ENOUGH = 0.03  # s · a shorter run of the engine is repeated within a round
MOST = 20


@dataclass(frozen=True)
class Entrant:
    """A reference on its horizon: the state the engine and it begin with."""

    contestant: Contestant
    state: State
    until: float
    requests: int


@dataclass
class Times:
    """CPU times by round: the reference's and the engine's on the same work [s]."""

    theirs: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)

    @property
    def ratios(self) -> list[float]:
        """How many times as long as the engine, by round."""
        return [theirs / ours for theirs, ours in zip(self.theirs, self.ours, strict=True)]


def race(entrants: Sequence[Entrant], rounds: int, step: Callable[[], None]) -> list[Times]:
    """Time every entrant and, right before it, the engine on the same work, round by round."""
    found = [Times() for _ in entrants]
    repeats = [_repeats(cpu(ENGINE.prepare, item.state, item.until, 2)) for item in entrants]
    for _ in range(rounds):
        for item, times, count in zip(entrants, found, repeats, strict=True):
            times.ours.append(cpu(ENGINE.prepare, item.state, item.until, count))
            times.theirs.append(cpu(item.contestant.prepare, item.state, item.until, 1))
            step()
    return found


def cpu(prepare: Prepare, s: State, until: float, count: int) -> float:
    """Mean CPU time of so many runs, set-up not counted [s]."""
    spent = 0.0
    for _ in range(count):
        ready = prepare(s, until)
        with undisturbed():
            start = process_time()
            ready.run()
            spent += process_time() - start
    return spent / count


@contextmanager
def undisturbed() -> Iterator[None]:
    """No collection of garbage while the clock runs, as in ``timeit``."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _repeats(seconds: float) -> int:
    return min(MOST, max(1, math.ceil(ENOUGH / max(seconds, 1e-6))))
