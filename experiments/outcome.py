"""From runs to tables: what every kind of study shares."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from experiments.study import Study, WorldCases
from sim.comparison import Comparison, contrast
from sim.figures import Facts
from sim.metrics import HEADLINE, METRICS
from sim.phase import contrast_points

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
MOST_ROWS = 15_000  # of a table in CSV: 2 MB
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


def write_tables(folder: Path, tables: Tables) -> None:
    """Write tables under their names: as CSV, or as Parquet where they are long."""
    for name, table in tables.items():
        if len(table) > MOST_ROWS:
            table.to_parquet(folder / f"{name}.parquet", index=False, compression="zstd")
        else:
            table.to_csv(folder / f"{name}.csv", index=False, float_format="%.6g")


def read_table(folder: Path, name: str) -> pd.DataFrame:
    """A table that :func:`write_tables` has written."""
    path = folder / f"{name}.parquet"
    return pd.read_parquet(path) if path.exists() else pd.read_csv(folder / f"{name}.csv")


def by_point(study: Study, results: Results) -> pd.DataFrame:
    """The headline contrasts at every point of a design, with its options.

    Verdicts are those of single points: nothing is corrected for their number.

    Returns
    -------
    ``baseline_arm``, ``alternative_arm``, ``metric``, ``group``, ``unit``, the columns of
    :func:`sim.phase.contrast_points`, ``world`` and a column per option.
    """
    options = options_of(results)
    tables = []
    for before, after in study.pairs():
        for metric, values in paired_values(results.metrics, before, after).items():
            table = contrast_points(values, metric, ["world"]).merge(options, on="world")
            arms = {"baseline_arm": before, "alternative_arm": after, "metric": metric}
            tables.append(table.assign(**arms, unit=METRICS[metric].unit))
    whole = pd.concat(tables, ignore_index=True)
    first = ["baseline_arm", "alternative_arm", "metric", "unit"]
    return whole[[*first, *(name for name in whole if name not in first)]]


def options_of(results: Results) -> pd.DataFrame:
    """The place of every world in the design: ``world`` and a column per option."""
    rows = [{"world": number, **world.options} for number, world in enumerate(results.worlds)]
    return pd.DataFrame(rows)


def paired_values(metrics: pd.DataFrame, before: str, after: str) -> dict[str, pd.DataFrame]:
    """By headline metric: ``world``, ``replication``, ``baseline``, ``alternative``."""
    chosen = metrics[is_headline(metrics)]
    found = {}
    for metric in HEADLINE:
        rows = chosen[chosen.metric == metric]
        wide = rows.pivot(index=["world", "replication"], columns="arm", values="value")
        pairs = wide[[before, after]].set_axis(["baseline", "alternative"], axis=1)
        found[metric] = pairs.reset_index()
    return found


def paired_differences(metrics: pd.DataFrame, before: str, after: str) -> pd.DataFrame:
    """``metric``, ``world``, ``replication``, ``value``: alternative minus baseline."""
    tables = [
        values.assign(metric=metric, value=values.alternative - values.baseline)
        for metric, values in paired_values(metrics, before, after).items()
    ]
    return pd.concat(tables, ignore_index=True)[["metric", "world", "replication", "value"]]


def seen_enough(rows: pd.DataFrame, key: str) -> bool:
    """Whether two replications or more have a value everywhere: no interval without them.

    Parameters
    ----------
    rows : ``key``, ``replication``, ``value``
    """
    wide = rows.pivot(index=key, columns="replication", values="value")
    return wide.dropna(axis=1).shape[1] >= 2
