"""The headline metrics replication by replication: every pair, and the mean difference."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.ticker import MaxNLocator

from sim.figures.labels import columns_of, fold
from sim.figures.style import (
    FAINT,
    TICK,
    TWO_COLUMNS,
    Drawing,
    Facts,
    caption,
    contrast_rows,
    head,
    listed,
    look_of,
    metric_rows,
    metric_words,
    most_lines,
    number,
    paired,
    rows_by,
    sheet,
    unit_label,
    unit_of,
    verdict_seen,
    verdict_words,
    with_interval,
)
from sim.metrics import HEADLINE
from sim.words import say

MANY = 200  # pairs; more lines cannot be told apart and make the file heavy
BESIDE = ("difference", "lo", "hi", "margin", "verdict")
SIDE_BY_SIDE = 15  # letters of two names that fit under a panel


def pairs(facts: Facts, summary: pd.DataFrame, metrics: pd.DataFrame) -> Drawing:
    """Baseline and focus of each replication, joined, for each headline metric."""
    table = _pairs_table(facts, summary, metrics)
    figure = sheet(TWO_COLUMNS, 66 + 3 * most_lines(_names(facts)))
    for place, metric in enumerate(HEADLINE):
        ax = figure.add_subplot(1, len(HEADLINE), place + 1)
        head(ax, "abcde"[place], fold(metric_words(facts.lang, metric), 18, facts.lang))
        _panel(ax, facts, table[table.metric == metric])
    means = rows_by(table[table.what == "mean"], "metric")
    sentences = [
        say(
            facts.lang,
            "figures.pairs.shown",
            baseline=facts.name(facts.baseline),
            focus=facts.name(facts.focus),
        ),
        say(
            facts.lang,
            "figures.pairs.means",
            minus=facts.difference,
            told=listed(facts.lang, [_told(facts, row) for row in means.values()], long=True),
        ),
        say(facts.lang, "figures.pairs.verdicts"),
    ]
    if facts.replications > MANY:
        sentences.insert(1, say(facts.lang, "figures.pairs.first", many=MANY))
    text = caption(facts, paired(facts), *sentences)
    return Drawing("pairs", say(facts.lang, "figures.pairs.title"), figure, table, text)


def _told(facts: Facts, row: dict[Any, Any]) -> str:
    """One metric's difference and verdict."""
    return say(
        facts.lang,
        "figures.pairs.told",
        metric=metric_words(facts.lang, row["metric"]),
        difference=_difference_words(facts, row),
        verdict=verdict_words(facts.lang, row["verdict"]),
    )


def _pairs_table(facts: Facts, summary: pd.DataFrame, metrics: pd.DataFrame) -> pd.DataFrame:
    """The first pairs of each metric and, as a row of its own, their mean and verdict."""
    means = contrast_rows(summary, facts.baseline, facts.focus)
    means = means.rename(columns={"alternative": "focus"}).assign(what="mean")
    rows = zip(means.verdict, means.lo, means.hi, strict=True)
    means["verdict"] = [verdict_seen(*row) for row in rows]
    names = ["metric", "what", "replication", "baseline", "focus", *BESIDE]
    tables = []
    for metric in HEADLINE:
        wide = metric_rows(metrics, metric).pivot(
            index="replication", columns="arm", values="value"
        )
        both = wide[[facts.baseline, facts.focus]].set_axis(["baseline", "focus"], axis=1)
        each = both.reset_index().head(MANY).assign(what="replication", metric=metric)
        each["difference"] = each.focus - each.baseline
        tables += [each, means[means.metric == metric]]
    return pd.concat(tables, ignore_index=True)[names].astype({"replication": "Int64"})


def _difference_words(facts: Facts, row: dict[Any, Any]) -> str:
    unit = unit_of(facts.lang, row["metric"])
    return with_interval(row["difference"], row["lo"], row["hi"], unit, signed=True)


def _panel(ax: Axes, facts: Facts, rows: pd.DataFrame) -> None:
    each, mean = rows[rows.what == "replication"], rows_by(rows, "what")["mean"]
    low, high = (mean["baseline"] + side * mean["margin"] for side in (-1, 1))
    ax.axhspan(low, high, color="#E6E6E6", linewidth=0)
    lines = [[(0, a), (1, b)] for a, b in zip(each.baseline, each.focus, strict=True)]
    ax.add_collection(LineCollection(lines, colors=FAINT, linewidths=0.5))
    ax.plot([0, 1], [mean["baseline"], mean["focus"]], color="black", linewidth=1.8, zorder=2.5)
    for x, name, arm in ((0, "baseline", facts.baseline), (1, "focus", facts.focus)):
        how = {**look_of(facts, arm).line(), "linestyle": "none"}
        ax.plot([x] * len(each), each[name], zorder=3, clip_on=False, **how)
    top = max(0.0, *each[["baseline", "focus"]].max(), high)
    ax.set(xlim=(-0.4, 1.4), ylim=(0, 1.06 * top or 1.0))
    ax.set_ylabel(f"[{unit_label(facts.lang, mean['metric'])}]", labelpad=2)
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.yaxis.set_major_formatter(lambda value, _: number(value))
    words = _difference_words(facts, mean).replace(" [", "\n[")
    ax.set_xlabel(f"{words}\n{verdict_words(facts.lang, mean['verdict'])}", fontsize=TICK)
    _name_both(ax, facts)


def _name_both(ax: Axes, facts: Facts) -> None:
    ax.set_xticks([0, 1], _names(facts))
    for label, arm in zip(ax.get_xticklabels(), (facts.baseline, facts.focus), strict=True):
        label.set_color(look_of(facts, arm).text)


def _names(facts: Facts) -> list[str]:
    """Both names, the second below the first where they would touch."""
    names = [fold(facts.name(arm), 13, facts.lang) for arm in (facts.baseline, facts.focus)]
    if sum(max(map(columns_of, name.split("\n"))) for name in names) > SIDE_BY_SIDE:
        names[1] = "\n" * (names[0].count("\n") + 1) + names[1]
    return names
