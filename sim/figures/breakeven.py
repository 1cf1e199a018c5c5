"""Break-even: the difference along a multiple of staffing, and where it is zero, by role."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator

from sim.figures.labels import Labels, difference_label, fold, parameter_label, part_label
from sim.figures.style import (
    FOCUS,
    TICK,
    TWO_COLUMNS,
    Drawing,
    Facts,
    caption,
    head,
    number,
    sheet,
    shown,
    styled,
    write_all,
)
from sim.metrics import METRICS

ACROSS = 3  # panels in a row
MOST_TICKS = 6
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
    words = {"x": "multiple of headcount [×]", **(labels or {})}
    names = [str(name) for name in found[by]]
    down = -(-len(names) // ACROSS)
    figure = sheet(TWO_COLUMNS, 16 + 58 * down)
    axes = figure.subplots(down, min(ACROSS, len(names)), sharey=True, squeeze=False)
    for place, (ax, name) in enumerate(zip(axes.flat, names, strict=False)):
        crossing = found[found[by] == name].iloc[0].to_dict()
        _panel(ax, curves[curves[by] == name], crossing)
        head(ax, chr(97 + place), fold(part_label("en", name, labels), 34))
        ax.set_xlabel(f"{fold(parameter_label('en', x, words), 36)}\n{answer_words(crossing)}")
        ax.set_ylabel(difference_label("en", metric) if place % ACROSS == 0 else "")
    for ax in axes.flat[len(names) :]:
        ax.set_axis_off()
    pair = f"{METRICS[metric].words}, {shown(facts.focus)} minus {shown(facts.baseline)}"
    figure.suptitle(fold(pair, 110), x=0.01, ha="left", fontsize=TICK)
    told = [
        f"({chr(97 + place)}) {part_label('en', name, labels)}: {answer_words(row)}"
        for place, (name, row) in enumerate(zip(names, found.to_dict("records"), strict=True))
    ]
    text = caption(
        facts,
        f"n = {' or '.join(map(str, sorted({int(n) for n in found.n})))} paired replications",
        f"Mean paired difference in {METRICS[metric].words}, {shown(facts.focus)} minus "
        f"{shown(facts.baseline)}, over {parameter_label('en', x, words)}; dark band: 95 % "
        "interval of the mean (Student's t), light band: lowest to highest replication; dot and vertical "
        "band: where the difference is 0 and the 95 % interval of that (paired t test inverted; "
        "between two values that were run, Fieller's interval).",
        f"{'; '.join(told)}.",
    )
    return Drawing("breakeven", "Where the difference is zero", figure, _table(curves, found), text)


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
    levels = np.sort(curve.x.unique())
    ax.xaxis.set_major_locator(FixedLocator(list(levels[:: -(-len(levels) // MOST_TICKS)])))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(lambda value, _: number(value))


def answer_words(row: dict[Any, Any]) -> str:
    """Where a curve passes zero, in words."""
    lo = number(row["lo"]) if np.isfinite(row["lo"]) else f"below {number(row['low'])}"
    hi = number(row["hi"]) if np.isfinite(row["hi"]) else f"above {number(row['high'])}"
    if math.isnan(row["lo"]):
        return f"not within {number(row['low'])} to {number(row['high'])}"
    if math.isnan(row["x"]):
        return f"not within the range; interval {lo} to {hi}"
    return f"{number(row['x'])} [{lo}, {hi}]"
