"""From runs to the tables a study leaves: what is compared with what, per kind of study."""

from pathlib import Path
from typing import Any

import pandas as pd

from experiments.study import Study, WorldCases
from sim.comparison import Comparison, contrast
from sim.figures import Facts, draw_compare, draw_ladder, draw_multiverse
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


def summary_of(comparisons: list[Comparison]) -> pd.DataFrame:
    """The contrasts one below the other."""
    tables = [
        item.table.assign(baseline_arm=item.baseline, alternative_arm=item.alternative)
        for item in comparisons
    ]
    return pd.concat(tables, ignore_index=True)[SUMMARY]


def by_world(study: Study, worlds: list[WorldCases], metrics: pd.DataFrame) -> pd.DataFrame:
    """The headline contrasts in every world, with the option of each factor."""
    tables = []
    for number, part in metrics.groupby("world"):
        world = worlds[int(str(number))]
        table = summary_of(compare_arms(study, part))
        chosen = table[
            table.headline | table.metric.isin(["response_mean"]) & (table.group == "all")
        ]
        tables.append(chosen.assign(world=world.name, **world.options))
    return pd.concat(tables, ignore_index=True)


def best_shares(worlds: list[WorldCases], metrics: pd.DataFrame) -> pd.DataFrame:
    """Share of worlds in which each arm has the best mean, per headline metric; ties split."""
    headline = metrics[
        metrics.metric.isin(HEADLINE) & metrics.group.isin(["all", "urgency:emergency"])
    ]
    headline = headline[
        (headline.metric == "response_p90_emergency") == (headline.group == "urgency:emergency")
    ]
    means = headline.groupby(["metric", "world", "arm"], sort=False).value.mean().unstack()
    best = means.eq(means.min(axis=1), axis=0)
    shares = best.div(best.sum(axis=1), axis=0).groupby("metric", sort=False).mean()
    return shares.assign(worlds=len(worlds)).reset_index()


def carried_by(study: Study, table: pd.DataFrame) -> pd.DataFrame:
    """Which open choice carries the result: the share of the variance between worlds.

    First-order share of each factor over the full grid, by the means of its options
    (balanced analysis of variance), for the focus against the baseline.
    """
    focus = table[(table.baseline_arm == study.baseline) & (table.alternative_arm == study.focus)]
    rows: list[tuple[Any, ...]] = []
    for metric, part in focus.groupby("metric", sort=False):
        relative = part.difference
        total = relative.var(ddof=0)
        for factor in study.factors:
            means = relative.groupby(part[factor], sort=False).mean()
            share = means.var(ddof=0) / total if total > 0 else 0.0
            rows.extend((metric, factor, share, option, mean) for option, mean in means.items())
    names = ["metric", "factor", "share_of_variance", "option", "mean_difference"]
    return pd.DataFrame(rows, columns=names)


def write_outcome(
    folder: Path,
    study: Study,
    worlds: list[WorldCases],
    metrics: pd.DataFrame,
    curves: pd.DataFrame,
    balance: pd.DataFrame,
    digest: str,
) -> dict[str, Any]:
    """Write every table and figure of a study; returns the tables by name."""
    metrics.to_parquet(folder / "replications.parquet", index=False)
    balance.to_csv(folder / "balance.csv", index=False, float_format="%.6g")
    tables: dict[str, Any] = {"metrics": metrics, "curves": curves}
    facts = Facts(study.baseline, study.focus, tuple(study.arms), study.replications, digest)
    figures = folder / "figures"
    if study.kind == "compare":
        curves.to_parquet(folder / "curves.parquet", index=False)
        tables["comparisons"] = compare_arms(study, metrics)
        tables["summary"] = summary_of(tables["comparisons"])
        city = next(iter(worlds[0].cases.values())).world.city
        draw_compare(figures, facts, tables["summary"], metrics, curves, city.width, city.cell_m)
    else:
        tables["summary"] = by_world(study, worlds, metrics)
    if study.kind == "ladder":
        draw_ladder(figures, facts, tables["summary"])
    if study.kind == "multiverse":
        tables["best"] = best_shares(worlds, metrics)
        tables["carried"] = carried_by(study, tables["summary"])
        tables["best"].to_csv(folder / "best.csv", index=False, float_format="%.6g")
        tables["carried"].to_csv(folder / "carried.csv", index=False, float_format="%.6g")
        draw_multiverse(figures, facts, tables["summary"], tables["best"], tables["carried"])
    tables["summary"].to_csv(folder / "summary.csv", index=False, float_format="%.6g")
    return tables
