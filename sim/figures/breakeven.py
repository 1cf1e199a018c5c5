"""Break-even: the difference along a multiple of staffing, and where it is zero, by role."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator
from numpy.typing import NDArray

from sim.figures.labels import Labels, difference_label, fold, parameter_label, part_label
from sim.figures.names import told
from sim.figures.style import (
    FOCUS,
    TICK,
    TWO_COLUMNS,
    Drawing,
    Facts,
    caption,
    head,
    listed,
    metric_words,
    number,
    sheet,
    styled,
    write_all,
)

ACROSS = 3  # panels in a row
CLOSEST = 0.11  # of an axis, between two numbers
SPAN = "#E6E6E6"


def draw_breakeven(
    folder: Path,
    facts: Facts,
    curves: pd.DataFrame,
    found: pd.DataFrame,
    metric: str,
    by: str = "role",
    x: str = "x",
    labels: Labels = None,
) -> list[Path]:
    """Draw and write the figure of break-even staffing.

    Parameters
    ----------
    curves : from :func:`sim.breakeven.difference_curve`
    found : from :func:`sim.breakeven.crossings`
    metric : a name in ``METRICS``
    by : the column of both tables that names a curve
    x : key of the words for what x is, with the unit in brackets
    labels : words for curves and for x

    Returns
    -------
    The .svg file; the .csv and the .txt lie beside it.
    """
    with styled():
        return write_all(
            folder,
            lambda lang: [breakeven(facts.spoken(lang), curves, found, metric, by, x, labels)],
        )


def breakeven(
    facts: Facts,
    curves: pd.DataFrame,
    found: pd.DataFrame,
    metric: str,
    by: str = "role",
    x: str = "x",
    labels: Labels = None,
) -> Drawing:
    """A panel per role: the mean difference, its interval, and where it passes zero."""
    before, words = facts.name(facts.baseline), metric_words(facts.lang, metric)
    label = told(facts, "breakeven.x")
    label = parameter_label(facts.lang, x, labels) if labels and x in labels else label
    names = [str(name) for name in found[by]]
    roles = {name: part_label(facts.lang, name, labels) for name in names}
    down = -(-len(names) // ACROSS)
    figure = sheet(TWO_COLUMNS, 16 + 58 * down)
    axes = figure.subplots(down, min(ACROSS, len(names)), sharey=True, squeeze=False)
    for place, (ax, name) in enumerate(zip(axes.flat, names, strict=False)):
        crossing = found[found[by] == name].iloc[0].to_dict()
        _panel(ax, curves[curves[by] == name], crossing)
        answer = fold(answer_words(facts, crossing), 34)
        head(ax, chr(97 + place), f"{fold(roles[name], 34)}\n{answer}")
        ax.set_xlabel(fold(label, 36))
        ax.set_ylabel(difference_label(facts.lang, metric) if place % ACROSS == 0 else "")
    for ax in axes.flat[len(names) :]:
        ax.set_axis_off()
    of_what = told(facts, "say.of_what", metric=words, pair=facts.difference)
    figure.suptitle(fold(of_what, 110), x=0.01, ha="left", fontsize=TICK)
    what = told(facts, "breakeven.what", metric=words, pair=facts.difference, before=before)
    runs = told(facts, "say.or").join(map(str, sorted({int(n) for n in found.n})))
    sample = told(facts, "shapley.n", n=runs)
    text = caption(facts, sample, what, _answers(facts, found, list(roles.values())))
    title = told(facts, "breakeven.title")
    return Drawing("breakeven", title, figure, _table(curves, found), text)


def _answers(facts: Facts, found: pd.DataFrame, roles: list[str]) -> str:
    """Where every curve passes zero."""
    rows = zip(roles, found.to_dict("records"), strict=True)
    answers = [
        told(facts, "say.colon", what=f"({chr(97 + at)}) {role}", told=answer_words(facts, row))
        for at, (role, row) in enumerate(rows)
    ]
    return listed(facts.lang, answers, long=True) + told(facts, "say.end")


def _table(curves: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """The points of the curves, then a row per crossing."""
    points = curves.assign(what="difference")
    ends = found.rename(columns={"lo": "x_lo", "hi": "x_hi"})
    zeros = ends.drop(columns=["left", "right", "low", "high"]).assign(what="break-even")
    zeros["difference"] = 0.0
    table = pd.concat([points, zeros], ignore_index=True)
    return table[["what", *(name for name in table.columns if name != "what")]]


def _panel(ax: Axes, curve: pd.DataFrame, crossing: dict[Any, Any]) -> None:
    left, right = float(curve.x.min()), float(curve.x.max())
    if not math.isnan(crossing["lo"]):
        ax.axvspan(
            max(crossing["lo"], left), min(crossing["hi"], right), color=SPAN, linewidth=0, zorder=0
        )
    ax.axhline(0, color="black", linewidth=0.6)
    for low, high, alpha in (("least", "most", 0.15), ("lo", "hi", 0.35)):
        ax.fill_between(
            curve.x, curve[low], curve[high], color=FOCUS.color, alpha=alpha, linewidth=0
        )
    ax.plot(curve.x, curve.difference, clip_on=False, **FOCUS.line())
    if not math.isnan(crossing["x"]):
        ax.plot(crossing["x"], 0, "o", color="black", markersize=5, zorder=4)
    ax.set_xlim(left, right)
    ax.xaxis.set_major_locator(FixedLocator(_apart(np.sort(curve.x.unique()))))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(lambda value, _: number(value))


def _apart(levels: NDArray[np.float64]) -> list[float]:
    """The levels, from the lowest, whose numbers do not touch."""
    kept: list[float] = []
    for level in levels:
        if not kept or level - kept[-1] >= CLOSEST * (levels[-1] - levels[0]):
            kept.append(float(level))
    return kept


def answer_words(facts: Facts, row: dict[Any, Any]) -> str:
    """Where a curve passes zero, in words."""
    low, high = number(row["low"]), number(row["high"])
    if math.isnan(row["lo"]):
        return told(facts, "breakeven.never", low=low, high=high)
    below, above = (
        told(facts, f"breakeven.{way}", x=x) for way, x in (("below", low), ("above", high))
    )
    lo = number(row["lo"]) if np.isfinite(row["lo"]) else below
    hi = number(row["hi"]) if np.isfinite(row["hi"]) else above
    if math.isnan(row["x"]):
        return told(facts, "breakeven.open", low=low, high=high, lo=lo, hi=hi)
    return told(facts, "breakeven.level", x=number(row["x"]), lo=lo, hi=hi)
