"""The ladder: what a single change of the world does to the difference of focus and baseline."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator

from sim.figures.labels import fold
from sim.figures.style import (
    FOCUS,
    TICK,
    TWO_COLUMNS,
    Drawing,
    Facts,
    caption,
    contrast_rows,
    head,
    most_lines,
    number,
    rows_by,
    sheet,
    shown,
    verdict_seen,
    with_interval,
)
from sim.metrics import METRICS

RUNGS = ("response_median", "response_daytime_mean")
DEFAULT = "default"
FOLD = 44  # letters of a world's name on a line
MARKS = {
    "better": ("o", FOCUS.color),
    "worse": ("X", "black"),
    "equivalent": ("s", "white"),
    "undecided": ("^", "white"),
    "no difference seen": ("D", "white"),
}


def ladder(facts: Facts, summary: pd.DataFrame) -> Drawing:
    """Focus minus baseline in every world, a row each in the study's order."""
    table = _rungs_table(facts, summary)
    worlds = list(dict.fromkeys(table.world))
    threshold = _threshold(table)
    lines = most_lines([fold(world, FOLD) for world in worlds])
    figure = sheet(TWO_COLUMNS, 34 + max(4.8, 3.2 * lines) * len(worlds))
    axes = figure.subplots(1, 2, sharex=True, sharey=True)
    for ax, metric, name in zip(axes, RUNGS, "ab", strict=True):
        _panel(ax, table[table.metric == metric], worlds)
        head(ax, name, METRICS[metric].words, above=13)
        ax.set_xlabel(fold(f"{shown(facts.focus)} minus {shown(facts.baseline)} [min]", 44))
    _scale(axes[0], table, threshold)
    _key(figure, list(dict.fromkeys(table.verdict)))
    text = caption(
        facts,
        f"n = {facts.replications} paired replications in each of {len(worlds)} worlds",
        f"Difference {shown(facts.focus)} minus {shown(facts.baseline)}, one change of the world "
        "at a time: marks are mean paired differences, lines their 95 % interval (Student's t).",
        f"The scale is linear within {number(threshold)} min of 0 and logarithmic beyond, so "
        "that extreme worlds do not hide the rest: equal lengths are not equal minutes.",
        f"Dotted line: the world {_first(worlds)!r} ({_first_words(table, worlds)}).",
        f"{_counts(table)} Undecided: the interval is clear of 0, but the difference is not shown "
        "to matter once Holm's correction is made; no difference seen: it holds 0.",
    )
    title = "Differences of response times, one change of the world at a time"
    return Drawing("ladder", title, figure, table, text)


def _rungs_table(facts: Facts, summary: pd.DataFrame) -> pd.DataFrame:
    chosen = contrast_rows(summary, facts.baseline, facts.focus)
    columns = ["world", "metric", "difference", "lo", "hi", "n", "verdict"]
    table = chosen.loc[chosen.metric.isin(RUNGS), columns].reset_index(drop=True)
    rows = zip(table.verdict, table.lo, table.hi, strict=True)
    return table.assign(verdict=[verdict_seen(*row) for row in rows])


def _first(worlds: list[str]) -> str:
    """The world the others depart from."""
    return DEFAULT if DEFAULT in worlds else worlds[0]


def _first_words(table: pd.DataFrame, worlds: list[str]) -> str:
    rows = rows_by(table[table.world == _first(worlds)], "metric")
    return "; ".join(
        f"{METRICS[metric].words}: "
        + with_interval(row["difference"], row["lo"], row["hi"], "min", signed=True)
        for metric, row in rows.items()
    )


def _counts(table: pd.DataFrame) -> str:
    words = []
    for metric, part in table.groupby("metric", sort=False):
        counts = part.verdict.value_counts(sort=False)
        found = ", ".join(f"{name} in {count}" for name, count in counts.items())
        words.append(f"{METRICS[str(metric)].words}: {found}")
    return f"Verdicts by world: {'; '.join(words)}."


def _threshold(table: pd.DataFrame) -> float:
    """Where the scale turns logarithmic: the power of ten under the median difference [min]."""
    typical = float(table.difference.abs().median())
    return 10.0 ** np.floor(np.log10(typical)) if typical > 0 else 1.0


def _panel(ax: Axes, rows: pd.DataFrame, worlds: list[str]) -> None:
    by_world = rows_by(rows, "world")
    ax.axvline(0, color="black", linewidth=0.6)
    default = by_world[_first(worlds)]["difference"]
    ax.axvline(default, color=FOCUS.color, linewidth=0.8, linestyle=(0, (1, 1.5)))
    for place, world in enumerate(worlds):
        row = by_world[world]
        marker, face = MARKS[row["verdict"]]
        color = FOCUS.color if row["verdict"] == "better" else "black"
        ax.plot([row["lo"], row["hi"]], [place, place], color=color, linewidth=0.9)
        ax.plot(row["difference"], place, marker, color=color, markerfacecolor=face, markersize=4)
    ax.set_yticks(range(len(worlds)), [fold(world, FOLD) for world in worlds])
    ax.set_ylim(len(worlds) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.spines.left.set_visible(False)
    ax.set_axisbelow(True)
    ax.grid(axis="y", color="#E6E6E6", linewidth=0.5)
    for x, words, ha in (
        (0.0, "\N{LEFTWARDS ARROW} faster", "left"),
        (1.0, "slower \N{RIGHTWARDS ARROW}", "right"),
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


def _key(figure: Figure, verdicts: list[str]) -> None:
    """The marks that occur, in words."""
    handles = []
    for words in (name for name in MARKS if name in verdicts):
        marker, face = MARKS[words]
        color = FOCUS.color if words == "better" else "black"
        handles.append(
            Line2D(
                [],
                [],
                marker=marker,
                color=color,
                markerfacecolor=face,
                linewidth=0.9,
                markersize=4,
                label=words,
            )
        )
    figure.legend(
        handles=handles,
        loc="outside lower center",
        ncols=len(handles),
        fontsize=TICK,
        frameon=False,
        handlelength=2.2,
    )
