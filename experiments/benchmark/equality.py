"""Whether two runs led to the same: nothing is timed before it is known."""

from dataclasses import dataclass

import numpy as np

from experiments.benchmark.cases import in_whole_ticks
from experiments.benchmark.contestants import ENGINE, Contestant
from experiments.benchmark.given import Outcome
from sim.engine.state import State

EXACT = 1e-6  # min · error of sums of times
TIMES = ("t_dispatch", "t_arrive", "t_close")


class UnequalError(RuntimeError):
    """A reference that does other work than the engine: its time says nothing."""


@dataclass(frozen=True)
class Drift:
    """How far rounding to ticks leads from the engine.

    Attributes
    ----------
    near : share of requests dispatched within one tick of the engine's time
    response : mean time from report to arrival over the engine's, less 1
    """

    near: float
    response: float


def check(contestant: Contestant, s: State, until: float) -> None:
    """Hold a reference against the engine, request by request.

    Worker, dispatch, arrival and close of every request must be the same, patrol included.
    Steps of so many minutes are held to it where every time is a whole number of them.

    Raises
    ------
    UnequalError
        They differ; says in what, how often, and where first.
    """
    if contestant.tick_min > 0:
        s = in_whole_ticks(s, contestant.tick_min)
    ours, theirs = outcome_of(ENGINE, s, until), outcome_of(contestant, s, until)
    for name in ("worker", *TIMES):
        left, right = getattr(ours, name), getattr(theirs, name)
        differ = ~np.isclose(left, right, rtol=0.0, atol=EXACT, equal_nan=True)
        if differ.any():
            first = int(np.flatnonzero(differ)[0])
            raise UnequalError(
                f"{contestant.name} differs from the engine in {name} of {differ.sum()} of "
                f"{len(differ)} requests; the first is {first}: {right[first]:g}, not "
                f"{left[first]:g}"
            )


def drift(contestant: Contestant, s: State, until: float) -> Drift:
    """What ticks do to the times of a case whose times are not whole ticks."""
    ours, theirs = outcome_of(ENGINE, s, until), outcome_of(contestant, s, until)
    both = ~np.isnan(ours.t_arrive) & ~np.isnan(theirs.t_arrive)
    apart = np.abs(theirs.t_dispatch[both] - ours.t_dispatch[both])
    waited = (ours.t_arrive - s.request.t_reported)[both].mean()
    longer = (theirs.t_arrive - ours.t_arrive)[both].mean()
    near = float((apart <= contestant.tick_min + EXACT).mean())
    return Drift(near, float(longer / waited))


def outcome_of(contestant: Contestant, s: State, until: float) -> Outcome:
    """Run a contestant once."""
    ready = contestant.prepare(s, until)
    ready.run()
    return ready.outcome()
