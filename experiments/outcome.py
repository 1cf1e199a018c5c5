"""From runs to tables: what every kind of study shares."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from experiments.study import Study, WorldCases
from sim.comparison import Comparison, contrast
from sim.figures import Facts
from sim.metrics import HEADLINE

SUMMARY = [
    "baseline_arm",
    "alternative_arm",
    "metric",
    "group",
    "unit",
    "baseline",
    "alternative",
    "difference",
    "lo",
    "hi",
    "n",
    "verdict",
    "margin",
    "headline",
    "sd",
    "pairing",
]
SHOWN_TOO = ("response_mean",)  # beside the headline, in every world


@dataclass(frozen=True)
class Results:
    """What the runs of a study have left, and the worlds they were run in.

    Attributes
    ----------
    metrics : metric, group, value, arm, world, replication
    curves : curve, x, y, n, arm, world, replication; empty where only headlines are kept
    balance : name, line, arm, world, replication
    """

    worlds: list[WorldCases]
    metrics: pd.DataFrame
    curves: pd.DataFrame
    balance: pd.DataFrame
    facts: Facts


type Tables = dict[str, pd.DataFrame]


def compare_arms(study: Study, metrics: pd.DataFrame) -> list[Comparison]:
    """Every contrast of a study in one world."""
    wide = {
        arm: table.pivot(index=["metric", "group"], columns="replication", values="value")
        for arm, table in metrics.groupby("arm", sort=False)
    }
    order = metrics[["metric", "group"]].drop_duplicates()
    index = pd.MultiIndex.from_frame(order)
    return [
        contrast(wide[before].reindex(index), wide[after], before, after)
        for before, after in study.pairs()
    ]


def summary_of(comparisons: Iterable[Comparison]) -> pd.DataFrame:
    """The contrasts one below the other."""
    tables = [
        item.table.assign(baseline_arm=item.baseline, alternative_arm=item.alternative)
        for item in comparisons
    ]
    return pd.concat(tables, ignore_index=True)[SUMMARY]


def by_world(study: Study, results: Results) -> pd.DataFrame:
    """The headline contrasts in every world, with its place in the design."""
    tables = []
    for number, part in results.metrics.groupby("world", sort=False):
        world = results.worlds[int(str(number))]
        table = summary_of(compare_arms(study, part))
        chosen = table[table.headline | table.metric.isin(SHOWN_TOO) & (table.group == "all")]
        tables.append(chosen.assign(world=world.name, **world.options))
    return pd.concat(tables, ignore_index=True)


def is_headline(metrics: pd.DataFrame) -> pd.Series:
    """Which rows hold a headline metric in the group it is a headline of."""
    emergency = metrics.metric == "response_p90_emergency"
    group = emergency.map({True: "urgency:emergency", False: "all"})
    return metrics.metric.isin(HEADLINE) & (metrics.group == group)


def write_csv(folder: Path, tables: Tables) -> None:
    """Write tables under their names."""
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, float_format="%.6g")
