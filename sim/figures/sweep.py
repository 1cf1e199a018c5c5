"""A sweep: the difference at every point against each parameter, in small panels."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from sim.figures.labels import Labels, bare, difference_label, fold, parameter_label
from sim.figures.ladder import MARKS
from sim.figures.style import (
    FAINT,
    FOCUS,
    INK,
    TICK,
    TWO_COLUMNS,
    Drawing,
    Facts,
    caption,
    head,
    number,
    percent,
    sheet,
    shown,
    styled,
    unit_of,
    verdict_seen,
    write_all,
)
from sim.metrics import METRICS

ACROSS = 4  # panels in a row
BINS = 8  # of a parameter with more levels


def draw_sweep(
    folder: Path,
    facts: Facts,
    points: pd.DataFrame,
    metric: str,
    keys: Sequence[str],
    log: Collection[str] = (),
    labels: Labels = None,
) -> list[Path]:
    """Draw and write the figure of a sweep.

    Parameters
    ----------
    points : from :func:`sim.phase.contrast_points`: a row per point of the design
    metric : a name in ``METRICS``
    keys : the parameters that were swept, a panel each
    log : those of them on a log scale
    labels : words for the parameters, with the unit in brackets

    Returns
    -------
    The .svg file; the .csv and the .txt lie beside it.
    """
    with styled():
        return write_all(
            folder, lambda lang: [sweep(facts.spoken(lang), points, metric, keys, log, labels)]
        )


def sweep(
    facts: Facts,
    points: pd.DataFrame,
    metric: str,
    keys: Sequence[str],
    log: Collection[str] = (),
    labels: Labels = None,
) -> Drawing:
    """A panel per parameter: a mark per point, and the mean along the parameter."""
    words = zip(points.verdict, points.lo, points.hi, strict=True)
    table = points.assign(verdict=[verdict_seen(*row) for row in words])
    across = min(ACROSS, len(keys))
    down = -(-len(keys) // across)
    figure = sheet(TWO_COLUMNS, 24 + 50 * down)
    axes = figure.subplots(down, across, sharey=True, squeeze=False)
    means = []
    for place, (ax, key) in enumerate(zip(axes.flat, keys, strict=False)):
        rows = along(table, key, log=key in log).assign(parameter=key)
        means.append(rows)
        _panel(ax, table, key, rows)
        _axis(ax, table[key], parameter_label("en", key, labels), log=key in log)
        ax.set_ylabel(difference_label("en", metric) if place % across == 0 else "", fontsize=TICK)
        head(ax, chr(97 + place) if place < 26 else str(place + 1))
    for ax in axes.flat[len(keys) :]:
        ax.set_axis_off()
    pair = f"{METRICS[metric].words}, {shown(facts.focus)} minus {shown(facts.baseline)}"
    figure.suptitle(fold(pair, 110), x=0.01, ha="left", fontsize=TICK)
    _key(figure, list(dict.fromkeys(table.verdict)))
    text = caption(
        facts,
        f"n = {facts.replications} paired replications at each of {len(table)} points",
        f"Mean paired difference in {METRICS[metric].words}, {shown(facts.focus)} minus "
        f"{shown(facts.baseline)}, at every point against each parameter; thin lines: the "
        "point's 95 % interval of the mean difference (Student's t); thick line: mean over the "
        f"points of a level, or of an {BINS}th of the points where there are more levels: all "
        "other parameters vary along with it.",
        _words(table, metric),
        "Verdicts are those of single points, not corrected for their number.",
    )
    columns = [*keys, "difference", "lo", "hi", "n", "verdict"]
    parts = [table[columns].assign(what="point"), *(part.assign(what="mean") for part in means)]
    plotted = pd.concat(parts, ignore_index=True)
    front = ["what", "parameter", "level"]
    plotted = plotted[[*front, *columns]].astype({"n": "Int64"})
    return Drawing("sweep", "The difference against each parameter", figure, plotted, text)


def along(table: pd.DataFrame, key: str, *, log: bool) -> pd.DataFrame:
    """The mean difference by level of a parameter, or by groups of as many points each.

    Returns
    -------
    DataFrame with ``level`` (place on the axis) and ``difference``, rising.
    """
    level, _ = places_of(table[key])
    group = level
    if len(np.unique(level)) > BINS:
        group = np.floor(BINS * (pd.Series(level).rank(method="first") - 0.5) / len(level))
    rows = pd.DataFrame({"level": np.log(level) if log else level, "difference": table.difference})
    means = rows.groupby(np.asarray(group)).mean()
    return means.assign(level=np.exp(means.level) if log else means.level).reset_index(drop=True)


def places_of(values: pd.Series) -> tuple[Any, list[str]]:
    """Places on an axis: numbers as they are, anything else in its order with its names."""
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return values.to_numpy(dtype=np.float64), []
    codes, names = pd.factorize(values.astype(str))
    return codes.astype(np.float64), [str(name) for name in names]


def _panel(ax: Axes, table: pd.DataFrame, key: str, means: pd.DataFrame) -> None:
    level, _ = places_of(table[key])
    ax.axhline(0, color="black", linewidth=0.6)
    lines = [[(x, low), (x, high)] for x, low, high in zip(level, table.lo, table.hi, strict=True)]
    ax.add_collection(LineCollection(lines, colors=FAINT, linewidths=0.3, alpha=0.6))
    for verdict, (marker, face) in MARKS.items():
        chosen = (table.verdict == verdict).to_numpy()
        color = FOCUS.color if verdict == "better" else "black"
        ax.plot(
            level[chosen],
            table.difference[chosen],
            marker,
            color=color,
            markerfacecolor=face,
            markersize=2.4,
            markeredgewidth=0.4,
            alpha=0.8,
        )
    ax.plot(means.level, means.difference, color=INK, linewidth=1.6)


def _axis(ax: Axes, values: pd.Series, label: str, *, log: bool) -> None:
    _, names = places_of(values)
    if log:
        ax.set_xscale("log")
        wide = values.max() > 300 * values.min()
        ax.xaxis.set_major_locator(LogLocator(subs=(1,) if wide else (1, 3), numticks=6))
        ax.xaxis.set_minor_locator(NullLocator())
    elif names:
        short = [fold(name, 10) for name in names]
        ax.set_xticks(range(len(names)), short, rotation=90 if len(names) > 3 else 0)
        ax.set_xlim(-0.5, len(names) - 0.5)
    else:
        whole = pd.api.types.is_integer_dtype(values)
        ax.xaxis.set_major_locator(MaxNLocator(4, integer=whole))
    if not names:
        ax.xaxis.set_major_formatter(lambda value, _: number(value))
    ax.yaxis.set_major_formatter(lambda value, _: number(value))
    ax.set_xlabel(fold(bare(label) if names else label, 26))


def _key(figure: Figure, verdicts: list[str]) -> None:
    handles = []
    for words in (name for name in MARKS if name in verdicts):
        marker, face = MARKS[words]
        color = FOCUS.color if words == "better" else "black"
        handles.append(Line2D([], [], marker=marker, color=color, mfc=face, ls="", label=words))
    handles.append(Line2D([], [], color=INK, linewidth=1.6, label="mean along the parameter"))
    figure.legend(
        handles=handles,
        loc="outside lower center",
        ncols=len(handles),
        fontsize=TICK,
        frameon=False,
    )


def _words(table: pd.DataFrame, metric: str) -> str:
    shares = table.verdict.value_counts(normalize=True, sort=False)
    told = ", ".join(f"{name} at {percent('en', float(share))}" for name, share in shares.items())
    low, high = (
        number(value, signed=True) for value in (table.difference.min(), table.difference.max())
    )
    unit = f" {unit_of('en', metric)}" if unit_of("en", metric) else ""
    return f"Of the points {told}; the difference runs from {low} to {high}{unit}."
