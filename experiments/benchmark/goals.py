"""What was aimed for and what was measured, each goal at its worst; reported either way."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

LINEAR = 1.1  # CPU time per request may grow by so much and still be called linear
RATIOS = {"Mesa ticks, 1 min": 500.0, "SimPy": 15.0, "C, gcc -O3": 0.25}  # at least


@dataclass(frozen=True)
class Goal:
    """A number to reach, at most or (``at_least``) at least."""

    name: str
    target: float
    measured: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether it was reached."""
        return self.measured >= self.target if self.at_least else self.measured <= self.target

    def row(self) -> dict[str, Any]:
        """As a row of a table."""
        bound = "at least" if self.at_least else "at most"
        return {
            "goal": self.name,
            "bound": bound,
            "target": self.target,
            "measured": self.measured,
            "met": self.met,
        }


def goals(
    ratios: pd.DataFrame, stages: pd.DataFrame, growth: pd.DataFrame, memory: pd.DataFrame
) -> list[Goal]:
    """Every goal, at the worst of layouts, with and without patrol; medians of rounds."""
    worst = ratios.groupby("contestant").ratio.min()
    parts = stages.groupby("arm")[["setup", "engine"]].median()
    found = [
        Goal("CPU time of Mesa ticks over the engine's", 500.0, worst["Mesa ticks, 1 min"], True),
        Goal("CPU time of SimPy over the engine's", 15.0, worst["SimPy"], True),
    ]
    if "C, gcc -O3" in worst:
        found.append(Goal("CPU time of the engine over C's", 4.0, 1 / worst["C, gcc -O3"]))
    found += [
        Goal("engine, everything on [CPU s]", 0.25, float(parts.engine.max())),
        Goal(
            "set-up of a replication over its run", 0.5, float((parts.setup / parts.engine).max())
        ),
        *_growth_goals(growth),
    ]
    held = memory[memory.what == "default month"]
    if len(held):
        most = float(held.peak.max())
        loaded = float(memory[memory.what == "nothing"].peak.max())
        found += [
            Goal("peak memory of a month, libraries included [MB]", 300.0, most),
            Goal("peak memory of a month, without libraries [MB]", 300.0, most - loaded),
        ]
    return found


def _growth_goals(growth: pd.DataFrame) -> list[Goal]:
    each = growth.assign(each=growth.cpu / growth.requests)
    median = each.groupby(["growth", "layout"])[["cpu", "each"]].median().groupby("growth").max()
    return [
        Goal("load x 10: CPU time per request", LINEAR, float(median.each["load"])),
        Goal("area x 10: CPU time per request", LINEAR, float(median.each["area"])),
        Goal("density x 10: CPU time", 15.0, float(median.cpu["density"])),
    ]
