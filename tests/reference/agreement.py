"""Both models on one case, and where they differ."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import sim
from sim.engine.build import plan
from tests.reference import tables
from tests.reference.model import simulate

MINUTES = 1e-6  # error of sums of times


@dataclass(frozen=True)
class Pair:
    """The record of the engine and the tables of the reference model, for one case."""

    record: sim.Record
    requests: pd.DataFrame
    work: pd.DataFrame
    facts: dict[str, float]


def both(case: sim.Case) -> Pair:
    """Run a case in the engine and in the reference model."""
    city = simulate(plan(case))
    return Pair(sim.run(case), tables.requests(city), tables.work(city), tables.facts(city))


def differences(pair: Pair) -> list[str]:
    """Every column that differs, with its first rows in order of time; empty when none does."""
    found = []
    for name, ours, theirs in (
        ("requests", pair.requests, pair.record.requests),
        ("work", pair.work, pair.record.work),
    ):
        if list(ours) != list(theirs) or len(ours) != len(theirs):
            found.append(f"{name}: other columns or another number of rows")
            continue
        found += [
            f"{name}.{column}: {differ.sum()} rows, reference against engine "
            f"{_rows(ours[column], theirs[column], differ)}"
            for column in ours
            if (differ := unlike(ours[column], theirs[column])).any()
        ]
    return found + [
        f"facts.{name}: reference {value}, engine {pair.record.facts[name]}"
        for name, value in pair.facts.items()
        if abs(value - pair.record.facts[name]) > MINUTES
    ]


def unlike(ours: pd.Series, theirs: pd.Series) -> NDArray[np.bool_]:
    """Where two columns differ: times beyond the error of sums, everything else at all."""
    if theirs.dtype.kind == "f":
        left, right = ours.to_numpy(np.float64), theirs.to_numpy(np.float64)
        same: NDArray[np.bool_] = np.isclose(left, right, rtol=0, atol=MINUTES, equal_nan=True)
        return ~same
    missing = ours.isna().to_numpy(np.bool_) & theirs.isna().to_numpy(np.bool_)
    differ = ours.astype(object).to_numpy() != theirs.astype(object).to_numpy()
    return np.asarray(differ & ~missing, dtype=np.bool_)


def _rows(ours: pd.Series, theirs: pd.Series, differ: NDArray[np.bool_]) -> str:
    first = np.flatnonzero(differ)[:3].tolist()
    return "; ".join(f"{row}: {ours.iloc[row]} - {theirs.iloc[row]}" for row in first)
