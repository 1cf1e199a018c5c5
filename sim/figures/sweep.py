"""A sweep: the difference at every point against each parameter, in small panels."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from sim.figures.labels import Labels, bare, difference_label, fold, parameter_label
from sim.figures.marks import MARKS, colour_of, key_below, verdict_handles
from sim.figures.names import shares_told, told
from sim.figures.style import (
    FAINT,
    INK,
    TICK,
    TWO_COLUMNS,
    Drawing,
    Facts,
    caption,
    head,
    metric_words,
    number,
    sheet,
    styled,
    unit_of,
    verdict_seen,
    write_all,
)

ACROSS = 4  # panels in a row
BINS = 8  # of a parameter with more levels
MOST_MARKS = 100  # points of a panel beyond which their marks are one picture


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
    seen = zip(points.verdict, points.lo, points.hi, strict=True)
    table = points.assign(verdict=[verdict_seen(*row) for row in seen])
    across = min(ACROSS, len(keys))
    down = -(-len(keys) // across)
    figure = sheet(TWO_COLUMNS, 24 + 50 * down)
    axes = figure.subplots(down, across, sharey=True, squeeze=False)
    means = []
    for place, (ax, key) in enumerate(zip(axes.flat, keys, strict=False)):
        rows = along(table, key, log=key in log).assign(parameter=key)
        means.append(rows)
        _panel(ax, table, key, rows)
        _axis(ax, table[key], parameter_label(facts.lang, key, labels), log=key in log)
        label = difference_label(facts.lang, metric) if place % across == 0 else ""
        ax.set_ylabel(label, fontsize=TICK)
        head(ax, chr(97 + place) if place < 26 else str(place + 1))
    for ax in axes.flat[len(keys) :]:
        ax.set_axis_off()
    words = metric_words(facts.lang, metric)
    of_what = told(facts, "say.of_what", metric=words, pair=facts.difference)
    figure.suptitle(fold(of_what, 110), x=0.01, ha="left", fontsize=TICK)
    _key(figure, facts, list(dict.fromkeys(table.verdict)))
    text = caption(
        facts,
        told(facts, "sweep.n", n=facts.replications, points=len(table)),
        told(facts, "sweep.what", metric=words, pair=facts.difference, bins=BINS),
        _found(facts, table, metric),
        told(facts, "sweep.single"),
    )
    return Drawing("sweep", told(facts, "sweep.title"), figure, _plotted(table, means, keys), text)


def _plotted(table: pd.DataFrame, means: list[pd.DataFrame], keys: Sequence[str]) -> pd.DataFrame:
    """The points, then the means along every parameter."""
    columns = [*keys, "difference", "lo", "hi", "n", "verdict"]
    parts = [table[columns].assign(what="point"), *(part.assign(what="mean") for part in means)]
    plotted = pd.concat(parts, ignore_index=True)
    front = ["what", "parameter", "level"]
    return plotted[[*front, *columns, "tenth", "ninetieth"]].astype({"n": "Int64"})


def along(table: pd.DataFrame, key: str, *, log: bool) -> pd.DataFrame:
    """The mean difference by level of a parameter, or by groups of as many points each.

    Returns
    -------
    DataFrame with ``level`` (place on the axis), ``difference`` (mean), ``tenth`` and
    ``ninetieth`` (percentiles of the points), rising.
    """
    level, _ = places_of(table[key])
    group = level
    if len(np.unique(level)) > BINS:
        group = np.floor(BINS * (pd.Series(level).rank(method="first") - 0.5) / len(level))
    at = np.log(level) if log else level
    groups = pd.DataFrame({"level": at, "difference": table.difference}).groupby(np.asarray(group))
    rows = groups.mean()
    rows["tenth"] = groups.difference.quantile(0.1)
    rows["ninetieth"] = groups.difference.quantile(0.9)
    return rows.assign(level=np.exp(rows.level) if log else rows.level).reset_index(drop=True)


def places_of(values: pd.Series) -> tuple[Any, list[str]]:
    """Places on an axis: numbers as they are, anything else in its order with its names."""
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return values.to_numpy(dtype=np.float64), []
    codes, names = pd.factorize(values.astype(str))
    return codes.astype(np.float64), [str(name) for name in names]


def _panel(ax: Axes, table: pd.DataFrame, key: str, means: pd.DataFrame) -> None:
    level, _ = places_of(table[key])
    ax.axhline(0, color="black", linewidth=0.6)
    ax.fill_between(means.level, means.tenth, means.ninetieth, color=FAINT, alpha=0.3, linewidth=0)
    many = len(table) > MOST_MARKS
    for verdict, (marker, face) in MARKS.items():
        chosen = (table.verdict == verdict).to_numpy()
        color = colour_of(verdict)
        ax.plot(
            level[chosen],
            table.difference[chosen],
            marker,
            color=color,
            markerfacecolor=face,
            markersize=1.8 if many else 2.4,
            markeredgewidth=0.3 if many else 0.4,
            rasterized=many,
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


def _key(figure: Figure, facts: Facts, verdicts: list[str]) -> None:
    handles = verdict_handles(facts.lang, verdicts)
    mean, middle = told(facts, "sweep.along"), told(facts, "sweep.middle")
    handles.append(Line2D([], [], color=INK, linewidth=1.6, label=mean))
    handles.append(Patch(facecolor=FAINT, alpha=0.3, linewidth=0, label=middle))
    key_below(figure, handles)


def _found(facts: Facts, table: pd.DataFrame, metric: str) -> str:
    ends = (table.difference.min(), table.difference.max())
    low, high = (number(value, signed=True) for value in ends)
    unit = unit_of(facts.lang, metric)
    shares = shares_told(facts, table.verdict)
    unit = f" {unit}" if unit else ""
    return told(facts, "sweep.told", told=shares, low=low, high=high, unit=unit)
