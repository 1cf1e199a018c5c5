"""Marks that mean the same in every figure: verdicts, and single replications as strokes."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from sim.figures.labels import columns_of
from sim.figures.style import FAINT, FOCUS, TICK, verdict_words
from sim.words import Lang

LINE, SIGN = 124, 8  # narrow letters · on a line of a key, and those a sign takes

MARKS = {
    "better": ("o", FOCUS.color),
    "worse": ("X", "black"),
    "equivalent": ("s", "white"),
    "undecided": ("^", "white"),
    "no difference seen": ("D", "white"),
}


def colour_of(verdict: str) -> str:
    """The colour of a verdict's mark and line."""
    return FOCUS.color if verdict == "better" else "black"


def verdict_handles(lang: Lang, verdicts: list[str], *, line: bool = False) -> list[Any]:
    """The marks that occur, for a key."""
    return [
        Line2D(
            [],
            [],
            marker=MARKS[name][0],
            color=colour_of(name),
            markerfacecolor=MARKS[name][1],
            linewidth=0.9 if line else 0,
            markersize=4,
            label=verdict_words(lang, name),
        )
        for name in MARKS
        if name in verdicts
    ]


def strokes(ax: Axes, values: NDArray[np.float64], place: float, half: float) -> None:
    """An upright stroke per value, as one path: thousands of marks would make a large file."""
    x = np.column_stack([values, values, np.full(len(values), np.nan)]).ravel()
    y = np.tile([place - half, place + half, np.nan], len(values))
    ax.plot(x, y, color=FAINT, linewidth=0.5, solid_capstyle="butt")


def stroke_handle(label: str) -> Line2D:
    """What a stroke means, for a key."""
    return Line2D([], [], marker="|", color=FAINT, ls="", label=label)


def key_below(figure: Figure, handles: list[Any]) -> None:
    """What signs mean, under the panels, on as many lines as fit."""
    longest = max(columns_of(handle.get_label()) for handle in handles)
    needed = sum(columns_of(handle.get_label()) + SIGN for handle in handles)
    columns = len(handles) if needed <= LINE else max(1, LINE // (longest + SIGN))
    figure.legend(
        handles=handles,
        loc="outside lower center",
        ncols=columns,
        fontsize=TICK,
        frameon=False,
        handlelength=2.2,
    )
