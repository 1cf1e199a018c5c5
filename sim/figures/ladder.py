"""The ladder: what a single change of the world does to the difference of focus and baseline."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullLocator

from sim.figures.labels import fold
from sim.figures.marks import MARKS, colour_of, key_below, verdict_handles
from sim.figures.names import named, told
from sim.figures.style import (
    FOCUS,
    TICK,
    TWO_COLUMNS,
    Drawing,
    Facts,
    caption,
    contrast_rows,
    head,
    listed,
    metric_words,
    most_lines,
    number,
    rows_by,
    sheet,
    unit_label,
    unit_of,
    verdict_seen,
    verdict_words,
    with_interval,
)
from sim.words import say

RUNGS = ("response_median", "response_daytime_mean")
DEFAULT = "default"
FOLD = 38  # letters of a world's name on a line


def ladder(facts: Facts, summary: pd.DataFrame) -> Drawing:
    """Focus minus baseline in every world, a row each in the study's order."""
    table = _rungs_table(facts, summary)
    worlds = list(dict.fromkeys(table.world))
    names = {world: named(facts.lang, "world", world) for world in worlds}
    folded = [fold(name, FOLD) for name in names.values()]
    threshold = _threshold(table)
    figure = sheet(TWO_COLUMNS, 34 + max(4.8, 3.2 * most_lines(folded)) * len(worlds))
    axes = figure.subplots(1, 2, sharex=True, sharey=True)
    for ax, metric, letter in zip(axes, RUNGS, "ab", strict=True):
        _panel(ax, facts, table[table.metric == metric], worlds)
        ax.set_yticks(range(len(worlds)), folded)
        head(ax, letter, fold(metric_words(facts.lang, metric), 32), above=13)
        ax.set_xlabel(fold(f"{facts.difference} [{unit_label(facts.lang, metric)}]", 32))
    _scale(axes[0], table, threshold)
    key_below(figure, verdict_handles(facts.lang, list(dict.fromkeys(table.verdict)), line=True))
    first = _first(worlds)
    text = caption(
        facts,
        told(facts, "ladder.n", n=facts.replications, worlds=len(worlds)),
        told(facts, "ladder.what", pair=facts.difference),
        told(facts, "ladder.scale", threshold=number(threshold)),
        told(facts, "ladder.dotted", world=names[first], told=_first_told(facts, table, first)),
        told(facts, "ladder.verdicts", told=_counts_told(facts, table)),
        told(facts, "ladder.note"),
    )
    return Drawing("ladder", told(facts, "ladder.title"), figure, table, text)


def _rungs_table(facts: Facts, summary: pd.DataFrame) -> pd.DataFrame:
    chosen = contrast_rows(summary, facts.baseline, facts.focus)
    columns = ["world", "metric", "difference", "lo", "hi", "n", "verdict"]
    table = chosen.loc[chosen.metric.isin(RUNGS), columns].reset_index(drop=True)
    rows = zip(table.verdict, table.lo, table.hi, strict=True)
    return table.assign(verdict=[verdict_seen(*row) for row in rows])


def _first(worlds: list[str]) -> str:
    """The world the others depart from."""
    return DEFAULT if DEFAULT in worlds else worlds[0]


def _first_told(facts: Facts, table: pd.DataFrame, first: str) -> str:
    rows = rows_by(table[table.world == first], "metric")
    words = [
        told(facts, "say.colon", what=metric_words(facts.lang, metric), told=found)
        for metric, row in rows.items()
        for unit in [unit_of(facts.lang, metric)]
        for found in [with_interval(row["difference"], row["lo"], row["hi"], unit, signed=True)]
    ]
    return listed(facts.lang, words, long=True)


def _counts_told(facts: Facts, table: pd.DataFrame) -> str:
    words = []
    for metric, part in table.groupby("metric", sort=False):
        numbers = part.verdict.value_counts(sort=False)
        found = [
            told(facts, "say.verdict_in", verdict=verdict, count=count)
            for name, count in numbers.items()
            for verdict in [verdict_words(facts.lang, str(name))]
        ]
        what = metric_words(facts.lang, str(metric))
        words.append(told(facts, "say.colon", what=what, told=listed(facts.lang, found)))
    return listed(facts.lang, words, long=True)


def _threshold(table: pd.DataFrame) -> float:
    """Where the scale turns logarithmic: the power of ten under the median difference [min]."""
    typical = float(table.difference.abs().median())
    return 10.0 ** np.floor(np.log10(typical)) if typical > 0 else 1.0


def _panel(ax: Axes, facts: Facts, rows: pd.DataFrame, worlds: list[str]) -> None:
    by_world = rows_by(rows, "world")
    ax.axvline(0, color="black", linewidth=0.6)
    default = by_world[_first(worlds)]["difference"]
    ax.axvline(default, color=FOCUS.color, linewidth=0.8, linestyle=(0, (1, 1.5)))
    for place, world in enumerate(worlds):
        row = by_world[world]
        (marker, face), color = MARKS[row["verdict"]], colour_of(row["verdict"])
        ax.plot([row["lo"], row["hi"]], [place, place], color=color, linewidth=0.9)
        ax.plot(row["difference"], place, marker, color=color, markerfacecolor=face, markersize=4)
    ax.set_ylim(len(worlds) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.spines.left.set_visible(False)
    ax.set_axisbelow(True)
    ax.grid(axis="y", color="#E6E6E6", linewidth=0.5)
    ways = [say(facts.lang, f"figures.style.way.min.{end}") for end in ("low", "high")]
    for x, words, ha in (
        (0.0, f"\N{LEFTWARDS ARROW} {ways[0]}", "left"),
        (1.0, f"{ways[1]} \N{RIGHTWARDS ARROW}", "right"),
    ):
        ax.text(x, 1.0, words, transform=ax.transAxes, ha=ha, va="bottom", fontsize=TICK)


def _scale(ax: Axes, table: pd.DataFrame, threshold: float) -> None:
    """One scale for both panels, linear near 0, with all intervals inside."""
    ends = table[["difference", "lo", "hi"]].to_numpy().ravel()
    low = 1.6 * float(np.nanmax(-ends, initial=threshold))
    high = 1.6 * float(np.nanmax(ends, initial=threshold))
    ax.set_xscale("symlog", linthresh=threshold, linscale=0.8)
    powers = threshold * 10.0 ** np.arange(np.floor(np.log10(max(low, high) / threshold)) + 1)
    ax.xaxis.set_major_locator(FixedLocator([*-powers[::-1], 0.0, *powers]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(lambda value, _: number(value))
    ax.set_xlim(-low, high)
