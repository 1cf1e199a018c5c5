"""The benchmark: how many times as long as the engine each reference takes, and its growth."""

import math
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from sim.figures.marks import key_below
from sim.figures.names import named
from sim.figures.style import (
    BASELINE,
    FAINT,
    FOCUS,
    TICK,
    TWO_COLUMNS,
    Drawing,
    head,
    listed,
    number,
    sheet,
    styled,
    write_all,
)
from sim.words import Lang, say, term

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
        return write_all(folder, lambda lang: [benchmark(points, digest, lang)])


def benchmark(points: pd.DataFrame, digest: str, lang: Lang = "en") -> Drawing:
    """Ratios on the left, growth on the right; marks are medians, lines the range of rounds."""
    figure = sheet(TWO_COLUMNS, 82)
    left, right = figure.subplots(1, 2, width_ratios=[1.7, 1])
    _ratios(left, lang, points[points.panel == "ratio"])
    _growth(right, lang, points[points.panel == "growth"])
    handles = [
        Line2D([], [], label=term(lang, "arm", layout), **{**look.line(), "linestyle": ""})
        for layout, look in LOOKS.items()
    ]
    key_below(figure, handles)
    rounds = sorted({int(count) for count in points.rounds})
    counted = say(lang, "studies.say.or").join(map(str, rounds))
    words = say(lang, "studies.benchmark.what", rounds=counted, digest=digest[:12])
    title = say(lang, "studies.benchmark.title")
    return Drawing("benchmark", title, figure, points, words)


def _ratios(ax: Axes, lang: Lang, rows: pd.DataFrame) -> None:
    keys = list(zip(rows.name, rows.patrol, strict=True))
    places = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    for (_, row), key in zip(rows.iterrows(), keys, strict=True):
        place = places[key]
        _mark(ax, row, place)
        if not math.isnan(row.target):
            ax.plot([row.target, row.target], [place - 0.35, place + 0.35], color="black", lw=0.9)
    ax.axvline(1.0, color=FAINT, linewidth=0.6)
    ax.set_xscale("log")
    ax.xaxis.set_minor_locator(NullLocator())
    ax.margins(x=0.12)
    names = [_name(lang, name, patrol=bool(patrol)) for name, patrol in places]
    _finish(ax, names, say(lang, "studies.benchmark.ratio"))
    head(ax, "a")


def _name(lang: Lang, contestant: str, *, patrol: bool) -> str:
    words = [contestant] if patrol else [contestant, "no patrol"]
    return listed(lang, (named(lang, "contestant", each) for each in words))


def _growth(ax: Axes, lang: Lang, rows: pd.DataFrame) -> None:
    places = {name: place for place, name in enumerate(dict.fromkeys(rows.name))}
    for _, row in rows.iterrows():
        _mark(ax, row, places[row["name"]])
    ax.axvline(LINEAR, color=FAINT, linewidth=0.8, linestyle="--")
    ax.set_xlim(0.0, 1.2 * max(LINEAR, float(rows.hi.max())))
    names = [named(lang, "contestant", str(name)) for name in places]
    tenfold = [say(lang, "studies.benchmark.tenfold", name=name) for name in names]
    _finish(ax, tenfold, say(lang, "studies.benchmark.growth"))
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
        bbox={"facecolor": "white", "linewidth": 0, "pad": 0.4},  # over the stroke of a goal
    )


def _finish(ax: Axes, names: list[str], label: str) -> None:
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xlabel(label)
    ax.xaxis.set_major_formatter(lambda value, _: number(value))
    ax.tick_params(axis="y", length=0)
    ax.spines.left.set_visible(False)
