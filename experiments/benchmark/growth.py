"""The engine alone: what it costs with everything on, and how that grows."""

from dataclasses import dataclass
from time import process_time

import numpy as np
import pandas as pd

from experiments import case
from experiments.benchmark.cases import DEFAULTS, GROWTH, LAYOUTS, clock, tenfold
from experiments.benchmark.contestants import ENGINE
from experiments.benchmark.sizes import Words
from experiments.benchmark.timing import cpu, undisturbed
from sim.case import Case
from sim.engine.build import build, plan
from sim.engine.state import State
from sim.metrics import measure
from sim.runner import begin, proceed, record

STAGES = ("setup", "engine", "record", "measure")


@dataclass(frozen=True)
class Sized:
    """A state to run, and how many requests it holds."""

    state: State
    until: float
    requests: int


def sized(base: Case) -> Sized:
    """Plan a case."""
    planned = plan(base)
    state = build(planned)
    return Sized(state, planned.end_min, arrived(state, planned.end_min))


def arrived(s: State, until: float) -> int:
    """Needs that come up to a moment."""
    return int((s.request.t_enter[s.arrivals] <= until).sum())


def growth(words: Words, days: int, rounds: int) -> pd.DataFrame:
    """CPU time of the engine on the default case and ten times as much, in turns.

    Returns
    -------
    A row per layout, kind of growth and round: ``layout``, ``growth``, ``requests`` (growth
    of the requests), ``cpu`` (of the CPU time), ``seconds`` (of the larger run).
    """
    rows = []
    for layout in LAYOUTS:
        base = case(f"policy={layout}", *clock(days), *words)
        small = sized(base)
        for how in GROWTH:
            large = sized(tenfold(base, how))
            for number in range(rounds):
                before = cpu(ENGINE.prepare, small.state, small.until, 3)
                after = cpu(ENGINE.prepare, large.state, large.until, 1)
                more = large.requests / small.requests
                rows.append((layout, how, number, more, after / before, after))
    columns = ["layout", "growth", "round", "requests", "cpu", "seconds"]
    return pd.DataFrame(rows, columns=columns)


def stages(words: Words, rounds: int) -> pd.DataFrame:
    """CPU time of the parts of a whole run, everything on, for further replications.

    Returns
    -------
    A row per arm and replication: ``arm``, ``replication``, ``requests``, and the CPU time of
    each of ``STAGES`` [s].
    """
    rows = []
    for arm in DEFAULTS:
        base = case(f"policy={arm}", *words)
        _stages(base)  # what does not change between replications is now there
        rows += [(arm, n, *_stages(base.replicate(n))) for n in range(1, rounds + 1)]
    return pd.DataFrame(rows, columns=["arm", "replication", "requests", *STAGES])


def _stages(base: Case) -> tuple[float, ...]:
    """Requests, then the CPU time of each stage."""
    marks = []
    with undisturbed():
        marks.append(process_time())
        planned = plan(base)
        state = begin(planned)
        marks.append(process_time())
        state = proceed(state, planned.end_min)
        marks.append(process_time())
        result = record(planned, state)
        marks.append(process_time())
        measure(result)
        marks.append(process_time())
    return len(result.requests), *np.diff(marks).tolist()
