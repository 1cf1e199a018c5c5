"""The benchmark: how many times as long as the engine each reference takes, and its growth."""

import math
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from sim.figures.style import (
    BASELINE,
    FAINT,
    FOCUS,
    TICK,
    TWO_COLUMNS,
    Drawing,
    head,
    number,
    sheet,
    shown,
    styled,
    write_all,
)

LOOKS = {"merged": FOCUS, "fragmented_layered": BASELINE}
LINEAR = 10.0


def draw_benchmark(folder: Path, points: pd.DataFrame, digest: str) -> list[Path]:
    """Draw and write the figure of a benchmark.

    Parameters
    ----------
    points : a row per mark: ``panel`` (ratio or growth), ``name``, ``layout``, ``patrol``,
        ``median``, ``lo``, ``hi`` (range over rounds), ``rounds``, ``target`` (NaN: none)

    Returns
    -------
    The .svg file; the .csv and the .txt lie beside it.
    """
    with styled():
        return write_all(folder, lambda _: [benchmark(points, digest)])


def benchmark(points: pd.DataFrame, digest: str) -> Drawing:
    """Ratios on the left, growth on the right; marks are medians, lines the range of rounds."""
    figure = sheet(TWO_COLUMNS, 82)
    left, right = figure.subplots(1, 2, width_ratios=[1.7, 1])
    _ratios(left, points[points.panel == "ratio"])
    _growth(right, points[points.panel == "growth"])
    handles = [
        Line2D([], [], label=shown(layout), **{**look.line(), "linestyle": ""})
        for layout, look in LOOKS.items()
    ]
    figure.legend(
        handles=handles, loc="outside lower center", ncols=2, fontsize=TICK, frameon=False
    )
    rounds = sorted({int(count) for count in points.rounds})
    words = (
        "a: CPU time of each reference over that of the engine on the same work (log scale; "
        "with patrol and, where marked, without), black strokes: the goal. b: CPU time of the "
        "engine, everything on, on ten times as much over that on the city as it is; dashed: ten "
        "times. Marks are medians, lines the range of "
        f"{' or '.join(map(str, rounds))} interleaved rounds; benchmark {digest[:12]}."
    )
    return Drawing("benchmark", "CPU time of the references and growth", figure, points, words)


def _ratios(ax: Axes, rows: pd.DataFrame) -> None:
    places = {key: place for place, key in enumerate(dict.fromkeys(_names(rows)))}
    for (_, row), name in zip(rows.iterrows(), _names(rows), strict=True):
        place = places[name]
        _mark(ax, row, place)
        if not math.isnan(row.target):
            ax.plot([row.target, row.target], [place - 0.35, place + 0.35], color="black", lw=0.9)
    ax.axvline(1.0, color=FAINT, linewidth=0.6)
    ax.set_xscale("log")
    ax.xaxis.set_minor_locator(NullLocator())
    ax.margins(x=0.12)
    _finish(ax, list(places), "CPU time over the engine's, log scale [ratio]")
    head(ax, "a")


def _names(rows: pd.DataFrame) -> list[str]:
    patrol = ["" if on else ", no patrol" for on in rows.patrol]
    return [f"{name}{words}" for name, words in zip(rows.name, patrol, strict=True)]


def _growth(ax: Axes, rows: pd.DataFrame) -> None:
    places = {name: place for place, name in enumerate(dict.fromkeys(rows.name))}
    for _, row in rows.iterrows():
        _mark(ax, row, places[row["name"]])
    ax.axvline(LINEAR, color=FAINT, linewidth=0.8, linestyle="--")
    ax.set_xlim(0.0, 1.2 * max(LINEAR, float(rows.hi.max())))
    _finish(ax, [f"{name} x 10" for name in places], "CPU time over that of one [ratio]")
    head(ax, "b")


def _mark(ax: Axes, row: Any, place: int) -> None:
    """One median with its range, layouts side by side."""
    look = LOOKS[str(row["layout"])]
    at = place + (0.17 if row["layout"] == "merged" else -0.17)
    ax.plot([row["lo"], row["hi"]], [at, at], color=look.color, linewidth=1.1)
    ax.plot(row["median"], at, **{**look.line(), "linestyle": ""})
    left = row["median"] < 1.0  # the goal of what is quicker than the engine lies to the right
    ax.annotate(
        number(row["median"]),
        (row["lo"] if left else row["hi"], at),
        (-4 if left else 4, 0),
        textcoords="offset points",
        ha="right" if left else "left",
        va="center",
        fontsize=TICK - 1,
        color=look.text,
    )


def _finish(ax: Axes, names: list[str], label: str) -> None:
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xlabel(label)
    ax.xaxis.set_major_formatter(lambda value, _: number(value))
    ax.tick_params(axis="y", length=0)
    ax.spines.left.set_visible(False)
