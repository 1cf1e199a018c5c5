"""Hypothesis 10: how far complaints fall because people report less, at the same service.

Trust follows the share of answers in time, and readiness to report follows trust. The arm is
the same throughout, nothing about the service is changed: calls made with that reaction are
held against those made without it, in the second half of the measured days, when trust has
had a month to settle.
"""

from itertools import product
from math import inf

import numpy as np

from experiments.hypotheses.statistic import Claim, Finding, change_of, mean_of
from experiments.hypotheses.study import Hypothesis, Sample, Words
from sim.case import Case
from sim.metrics import measured
from sim.record import Record
from sim.units import DAY

ARM = "fragmented_layered"
CLAIMED = -60.0  # % · the fall that is to be explained
GAINS = (0.02, 0.1, 0.5)  # 1/day · how fast trust follows
STARTS = (0.4, 0.7, 1.0)  # share of answers expected in time
WEIGHTS = (0.5, 1.0, 1.5, 2.0)  # relative change of readiness per unit of trust
READY = (1.0, 0.5)  # share of needs reported at first
Cell = tuple[float, float, float, float]
GRID: list[Cell] = list(product(GAINS, STARTS, WEIGHTS, READY))


def _name(gain: float, start: float, weight: float, ready: float) -> str:
    return f"gain {gain:g}, start {start:g}, weight {weight:g}, readiness {ready:g}"


def _words(gain: float, start: float, weight: float, ready: float) -> Words:
    reaction = "world.people.reaction"
    return (
        f"policy={ARM}",
        f"{reaction}.trust_gain={gain}",
        f"{reaction}.trust_start={start}",
        f"{reaction}.trust_reports={weight}",
        f"world.demand.readiness={ready}",
    )


def _unmoved(ready: float) -> str:
    return f"trust unmoved, readiness {ready:g}"


def _calls(case: Case, record: Record) -> dict[str, float]:
    """Calls made in the second half of the measured days, answers in time, trust at the end."""
    rows = measured(record, "call")
    half = (case.clock.warmup_days + case.clock.days / 2) * DAY
    rows = rows[(rows.t_reported >= half).to_numpy()]
    limit = case.world.people.reaction.in_time_min
    return {
        "calls": float(len(rows)),
        "in_time": float((rows.t_arrive - rows.t_reported <= limit).mean()),
        "trust": float(record.facts["trust"]),
    }


def _fatigue(sample: Sample) -> list[Finding]:
    calls = {
        at: (sample.of(_unmoved(at[-1]), "calls"), sample.of(_name(*at), "calls")) for at in GRID
    }
    mean = {at: float(after.mean() / before.mean()) for at, (before, after) in calls.items()}

    def change(words: str, at: Cell, high: float = inf) -> Finding:
        return change_of(Claim(f"{words} ({_name(*at)})", "%", high=high), *calls[at])

    def least(words: str, place: int, value: float) -> Finding:
        return change(
            f"lowest with {words} {value:g}",
            min((at for at in GRID if at[place] == value), key=mean.__getitem__),
        )

    deep = np.array([after <= (1 + CLAIMED / 100) * before for before, after in calls.values()])
    share = Claim(f"of {len(GRID)} combinations with {CLAIMED:g} % or less", "share")
    return [
        change("lowest change of calls", min(GRID, key=mean.__getitem__), CLAIMED),
        change("highest change of calls", max(GRID, key=mean.__getitem__)),
        mean_of(share, deep.mean(axis=0)),
        *(least("weight", 2, weight) for weight in WEIGHTS),
        *(least("start", 1, start) for start in STARTS),
        *(least("gain", 0, gain) for gain in GAINS),
    ]


FATIGUE = Hypothesis(
    number=10,
    topic="reporting fatigue alone",
    claim="Reporting fatigue alone, at unchanged service, can make calls fall by 60 % (no answer "
    "was expected; asked are the range it spans, and whether -60 % lies in it).",
    replications=4,
    clock=("clock=month", "clock.days=56"),
    arms={_name(*at): _words(*at) for at in GRID}
    | {_unmoved(ready): (f"policy={ARM}", f"world.demand.readiness={ready}") for ready in READY},
    read=_calls,
    answer=_fatigue,
)
