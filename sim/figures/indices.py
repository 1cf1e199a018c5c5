"""Sobol indices: the share of the spread that each parameter carries, alone and in all."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.figures.labels import Labels, bare, fold, parameter_label
from sim.figures.style import (
    FAINT,
    INK,
    TICK,
    TWO_COLUMNS,
    Drawing,
    Facts,
    caption,
    most_lines,
    number,
    percent,
    sheet,
    shown,
    styled,
    write_all,
)
from sim.metrics import METRICS

FOLD = 40  # narrow letters of a parameter's name on a line
BAR = "#737373"
FACES = {"first": BAR, "total": "white"}
SIDE = {"first": -0.2, "total": 0.2}


def draw_indices(
    folder: Path, facts: Facts, table: pd.DataFrame, metric: str, labels: Labels = None
) -> list[Path]:
    """Draw and write the figure of Sobol indices.

    Parameters
    ----------
    table : from :func:`sim.indices.sobol_table`, of the paired difference
    metric : a name in ``METRICS``, whose difference was analysed
    labels : words for parameters; their keys' last names where there are none

    Returns
    -------
    The .svg file; the .csv and the .txt lie beside it.
    """
    with styled():
        return write_all(folder, lambda lang: [indices(facts.spoken(lang), table, metric, labels)])


def indices(facts: Facts, table: pd.DataFrame, metric: str, labels: Labels = None) -> Drawing:
    """Two bars per parameter, first and total, the largest total first."""
    total = table[table["index"] == "total"].sort_values("value", ascending=False, kind="stable")
    keys = list(total.parameter)
    names = {key: parameter_label("en", key, labels) for key in keys}
    lines = most_lines([fold(bare(name), FOLD) for name in names.values()])
    figure = sheet(TWO_COLUMNS, 30 + max(7.4, 3.4 * lines) * len(keys))
    ax = figure.subplots()
    for place, key in enumerate(keys):
        for row in table[table.parameter == key].to_dict("records"):
            _bar(ax, place + SIDE[row["index"]], row)
    _axes(ax, table, [fold(bare(names[key]), FOLD) for key in keys])
    pair = f"{METRICS[metric].words}, {shown(facts.focus)} minus {shown(facts.baseline)}"
    figure.suptitle(fold(pair, 110), x=0.01, ha="left", fontsize=TICK)
    _key(figure)
    row = table.iloc[0]
    text = caption(
        facts,
        f"n = {int(row.samples)} base samples ({int(row.samples) * (len(keys) + 2)} points) with "
        f"{int(row.replications)} paired replications at each",
        f"Sobol indices of the mean paired difference in {METRICS[metric].words}, "
        f"{shown(facts.focus)} minus {shown(facts.baseline)}: the share of its variance over the "
        "ranges that a parameter carries alone (first, filled) and together with others (total, "
        "open). Lines: 95 % interval (bootstrap over samples, the replications kept); grey "
        "strokes: indices of single replications, noise included.",
        f"Replication noise is {percent('en', row.noise_share)} of the variance over points of the "
        "mean over replications, and is taken out of the bars.",
        _unstable_words(table, names),
    )
    title = "Share of the variance that each parameter carries"
    return Drawing("indices", title, figure, table, text)


def _bar(ax: Axes, place: float, row: dict[Any, Any]) -> None:
    hatch = "//////" if row["unstable"] else ""
    face = "white" if row["unstable"] and row["index"] == "first" else FACES[row["index"]]
    how: dict[str, Any] = {"facecolor": face, "edgecolor": BAR, "hatch": hatch}
    ax.barh(place, np.nan_to_num(row["value"]), 0.34, linewidth=0.7, **how)
    ends = [row["least"], row["most"]]
    ax.plot(ends, [place, place], "|", color=FAINT, markersize=4, markeredgewidth=0.8)
    ax.plot([row["lo"], row["hi"]], [place, place], color="black", linewidth=1.0)


def _axes(ax: Axes, table: pd.DataFrame, names: list[str]) -> None:
    ends = table[["value", "lo", "hi", "least", "most"]].to_numpy(dtype=np.float64)
    low, high = float(np.nanmin(ends, initial=0.0)), float(np.nanmax(ends, initial=0.1))
    ax.set_xlim(max(low, -0.5) - 0.01, min(high, 1.5) + 0.01)
    ax.axvline(0, color=INK, linewidth=0.6)
    ax.xaxis.set_major_formatter(lambda value, _: number(round(100 * value, 6)))
    ax.set_xlabel("variance of the difference over the ranges [%]")
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.spines.left.set_visible(False)


def _key(figure: Figure) -> None:
    handles: list[Any] = [
        Patch(facecolor=FACES["first"], edgecolor=BAR, label="first"),
        Patch(facecolor=FACES["total"], edgecolor=BAR, label="total"),
        Patch(facecolor="white", edgecolor=BAR, hatch="//////", label="unstable"),
        Line2D([], [], marker="|", color=FAINT, ls="", label="lowest and highest replication"),
    ]
    figure.legend(
        handles=handles,
        loc="outside lower center",
        ncols=len(handles),
        fontsize=TICK,
        frameon=False,
    )


def _unstable_words(table: pd.DataFrame, names: dict[str, str]) -> str:
    rows = table[table.unstable].to_dict("records")
    if not rows:
        return "No index is unstable."
    told = [f"{bare(names[row['parameter']])}, {row['index']} ({row['why']})" for row in rows]
    return f"Unstable, hatched: {'; '.join(told)}."
