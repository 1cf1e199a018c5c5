"""Figures over worlds: one change at a time, and every combination of open choices."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from sim.figures.style import (
    DIRECTIONS,
    FAINT,
    FOCUS,
    INK,
    TICK,
    TWO_COLUMNS,
    Drawing,
    Facts,
    caption,
    contrast_rows,
    folded,
    in_percent,
    letter,
    look_of,
    number,
    percent,
    sheet,
    shown,
    styled,
    unit_label,
    unit_of,
    verdict_words,
    with_interval,
    write_all,
)
from sim.metrics import HEADLINE, METRICS

RUNGS = ("response_median", "response_daytime_mean")
DEFAULT = "default"
MARKS = {
    "better": ("o", FOCUS.color),
    "worse": ("X", "black"),
    "equivalent": ("s", "white"),
    "no difference seen": ("D", "white"),
    "undecided": ("^", "white"),
}
REST = "choices together, and luck"


def draw_ladder(folder: Path, facts: Facts, summary: pd.DataFrame) -> list[Path]:
    """Draw and write the figure of a ladder; ``summary`` has a column ``world``.

    Returns
    -------
    The .svg file; the .csv and the .txt lie beside it.
    """
    with styled():
        return write_all(folder, [ladder(facts, summary)])


def draw_multiverse(
    folder: Path, facts: Facts, summary: pd.DataFrame, best: pd.DataFrame, carried: pd.DataFrame
) -> list[Path]:
    """Draw and write the figures of a multiverse.

    Parameters
    ----------
    summary : the contrasts of every world, with a column ``world``
    best : ``metric``, a column per arm with its share of worlds, ``worlds``
    carried : ``metric``, ``factor``, ``share_of_variance``, ``option``, ``mean_difference``

    Returns
    -------
    The .svg files in order; the .csv and the .txt of each lie beside it.
    """
    with styled():
        drawn = [
            every_world(facts, summary),
            best_arm(facts, best),
            what_carries(facts, carried, int(best.worlds.iloc[0])),
        ]
        return write_all(folder, drawn)


def ladder(facts: Facts, summary: pd.DataFrame) -> Drawing:
    """Focus minus baseline in every world, a row each, for two times."""
    chosen = contrast_rows(summary, facts.baseline, facts.focus)
    table = chosen[chosen.metric.isin(RUNGS)][
        ["world", "metric", "unit", "difference", "lo", "hi", "n", "verdict"]
    ].assign(words=lambda part: [verdict_words(*row) for row in _verdicts(part)])
    worlds = list(dict.fromkeys(table.world))
    first = DEFAULT if DEFAULT in worlds else worlds[0]
    threshold = _threshold(table.difference)
    figure = sheet(TWO_COLUMNS, 34 + 4.6 * len(worlds))
    shared: Axes | None = None
    for place, metric in enumerate(RUNGS):
        ax = figure.add_subplot(1, 2, place + 1, sharex=shared, sharey=shared)
        _rungs(ax, facts, table[table.metric == metric], worlds, first)
        letter(ax, "ab"[place])
        ax.set_title(METRICS[metric].words)
        ax.tick_params(labelleft=place == 0)
        shared = ax
    _symlog(shared, table, threshold)
    _key(figure, list(dict.fromkeys(table.words)))
    default = table[table.world == first].itertuples()
    text = caption(
        facts,
        f"n = {facts.replications} paired replications in each of {len(worlds)} worlds",
        f"{shown(facts.focus)} minus {shown(facts.baseline)}, one change of the world at a "
        "time: dots are mean paired differences, lines their 95 % interval (Student's t).",
        f"The scale is linear within {number(threshold)} min of 0 and logarithmic beyond, so "
        "that extreme worlds do not hide the rest; equal lengths are not equal minutes.",
        f"Dotted line: the world {first!r}, "
        + "; ".join(
            f"{METRICS[row.metric].words}: "
            f"{with_interval(row.difference, row.lo, row.hi, 'min', signed=True)}"
            for row in default
        )
        + ".",
        _counts(table),
    )
    return Drawing("ladder", "Differences, one change of the world at a time", figure, table, text)
