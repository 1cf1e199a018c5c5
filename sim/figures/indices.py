"""Sobol indices: the share of the spread that each parameter carries, alone and in all."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from sim.figures.labels import Labels, bare, fold, parameter_label
from sim.figures.marks import key_below, stroke_handle
from sim.figures.names import named, told
from sim.figures.style import (
    FAINT,
    INK,
    TICK,
    TWO_COLUMNS,
    Drawing,
    Facts,
    caption,
    listed,
    metric_words,
    most_lines,
    number,
    percent,
    sheet,
    styled,
    with_interval,
    write_all,
)

FOLD = 40  # narrow letters of a parameter's name on a line
BAR, PALE, HATCH = "#737373", "#D9D9D9", "//////"
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
    """Two bars per parameter, first and total, the largest total first; last, the noise."""
    total = table[table["index"] == "total"].sort_values("value", ascending=False, kind="stable")
    keys = list(total.parameter)
    names = {key: bare(parameter_label(facts.lang, key, labels)) for key in keys}
    noise = told(facts, "indices.noise_row")
    rows = [fold(name, FOLD) for name in (*names.values(), noise)]
    figure = sheet(TWO_COLUMNS, 30 + max(7.4, 3.4 * most_lines(rows)) * len(rows))
    ax = figure.subplots()
    for place, key in enumerate(keys):
        for row in table[table.parameter == key].to_dict("records"):
            _bar(ax, place + SIDE[row["index"]], row)
    _noise(ax, len(keys), float(table.noise_share.iloc[0]))
    _axes(ax, table, rows)
    ax.set_xlabel(told(facts, "indices.axis"))
    words = metric_words(facts.lang, metric)
    of_what = told(facts, "say.of_what", metric=words, pair=facts.difference)
    figure.suptitle(fold(of_what, 110), x=0.01, ha="left", fontsize=TICK)
    _key(figure, facts)
    title = told(facts, "indices.title")
    text = caption(facts, _sample(facts, table), *_sentences(facts, table, words, names))
    return Drawing("indices", title, figure, table, text)


def _sample(facts: Facts, table: pd.DataFrame) -> str:
    """How many points, and how many replications at each."""
    samples, runs = int(table.samples.iloc[0]), int(table.replications.iloc[0])
    points = samples * (table.parameter.nunique() + 2)
    return told(facts, "indices.n", samples=samples, points=points, n=runs)


def _sentences(
    facts: Facts, table: pd.DataFrame, metric: str, names: dict[str, str]
) -> Iterator[str]:
    yield told(facts, "indices.what", metric=metric, pair=facts.difference)
    share = percent(facts.lang, float(table.noise_share.iloc[0]))
    yield told(facts, "indices.noise", share=share)
    if not table.unstable.any():
        yield told(facts, "indices.stable")
        return
    words = listed(facts.lang, _reasons(facts, table, names), long=True)
    yield told(facts, "indices.unstable_are", told=words)


def _reasons(facts: Facts, table: pd.DataFrame, names: dict[str, str]) -> Iterator[str]:
    """Every reason for not trusting an index, and which indices it is about."""
    each = table[table.unstable].assign(why=table.why.str.split("; ")).explode("why")
    for why, rows in each.groupby("why", sort=False):
        which = [
            f"{names[row['parameter']]} {told(facts, f'indices.{row["index"]}')}"
            for row in rows.to_dict("records")
        ]
        every = told(facts, "indices.all", count=len(table))
        found = every if len(rows) == len(table) else listed(facts.lang, which)
        reason = named(facts.lang, "reason", str(why))
        yield told(facts, "say.colon", what=reason, told=found)


def _bar(ax: Axes, place: float, row: dict[Any, Any]) -> None:
    """One index: bar, interval, the ends of single replications, and all of it in numbers."""
    first = row["index"] == "first"
    face = (PALE if row["unstable"] else BAR) if first else "white"
    hatch = HATCH if row["unstable"] else ""
    how: dict[str, Any] = {"facecolor": face, "edgecolor": BAR, "hatch": hatch}
    ax.barh(place, np.nan_to_num(row["value"]), 0.34, linewidth=0.7, **how)
    ends = [row["least"], row["most"]]
    ax.plot(ends, [place, place], "|", color=FAINT, markersize=4, markeredgewidth=0.8)
    ax.plot([row["lo"], row["hi"]], [place, place], color="black", linewidth=1.0)
    words = with_interval(*(100 * row[name] for name in ("value", "lo", "hi")))
    ax.text(1.01, place, words, transform=ax.get_yaxis_transform(), va="center", fontsize=6)


def _noise(ax: Axes, place: int, share: float) -> None:
    """The noise of replications under the parameters, of a variance of its own."""
    ax.axhline(place - 0.5, color=FAINT, linewidth=0.5)
    ax.barh(place, np.nan_to_num(share), 0.34, facecolor="white", edgecolor=FAINT, linestyle="--")
    words = number(100 * share)
    ax.text(1.01, place, words, transform=ax.get_yaxis_transform(), va="center", fontsize=6)


def _axes(ax: Axes, table: pd.DataFrame, names: list[str]) -> None:
    columns = ["value", "lo", "hi", "least", "most", "noise_share"]
    ends = table[columns].to_numpy(dtype=np.float64)
    low, high = float(np.nanmin(ends, initial=0.0)), float(np.nanmax(ends, initial=0.1))
    ax.set_xlim(max(low, -0.5) - 0.01, min(high, 1.5) + 0.01)
    ax.axvline(0, color=INK, linewidth=0.6)
    ax.xaxis.set_major_formatter(lambda value, _: number(round(100 * value, 6)))
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.spines.left.set_visible(False)


def _key(figure: Figure, facts: Facts) -> None:
    handles: list[Any] = [
        Patch(facecolor=BAR, edgecolor=BAR, label=told(facts, "indices.first")),
        Patch(facecolor="white", edgecolor=BAR, label=told(facts, "indices.total")),
        Patch(facecolor="white", edgecolor=BAR, hatch=HATCH, label=told(facts, "indices.unstable")),
        stroke_handle(told(facts, "indices.ends")),
    ]
    key_below(figure, handles)
