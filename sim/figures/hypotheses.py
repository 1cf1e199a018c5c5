"""The hypotheses: each interval against the range that was claimed, on scales of their own."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator

from sim.figures.labels import fold
from sim.figures.marks import key_below, stroke_handle, strokes
from sim.figures.names import named, told
from sim.figures.style import (
    FOCUS,
    TICK,
    TWO_COLUMNS,
    Drawing,
    Facts,
    caption,
    head,
    listed,
    most_lines,
    number,
    sheet,
    styled,
    with_interval,
    write_all,
)
from sim.words import term

FOLD = 52  # letters of a quantity on a line
LINE, PANEL = 2.9, 11.5  # mm · a line of words, and what a panel has besides its rows
RANGE = "#DCE6EE"
MARKS = {
    "holds": ("o", FOCUS.color, FOCUS.color),
    "fails": ("X", "black", "black"),
    "undecided": ("^", "black", "white"),
}


def draw_hypotheses(folder: Path, facts: Facts, claims: pd.DataFrame) -> list[Path]:
    """Draw and write the figure of the hypotheses.

    Parameters
    ----------
    claims : a row per quantity and replication: ``number``, ``topic``, ``answer``,
        ``quantity``, ``unit``, ``low``, ``high`` (the range claimed), ``estimate``, ``lo``,
        ``hi``, ``n``, ``verdict``, ``replication``, ``value``

    Returns
    -------
    The .svg file; the .csv and the .txt lie beside it.
    """
    with styled():
        return write_all(folder, lambda lang: [hypotheses(facts.spoken(lang), claims)])


def hypotheses(facts: Facts, claims: pd.DataFrame) -> Drawing:
    """A panel per hypothesis, a row per quantity: range, interval, replications."""
    parts = [part for _, part in claims.groupby("number", sort=True)]
    heights = [_rows_mm(facts, part) for part in parts]
    figure = sheet(TWO_COLUMNS, 10 + PANEL * len(parts) + sum(heights))
    axes = figure.subplots(len(parts), 1, height_ratios=heights, squeeze=False)
    for ax, part in zip(axes.flat, parts, strict=True):
        _panel(ax, facts, part)
    _key(figure, facts, set(claims.verdict))
    runs = told(facts, "say.or").join(map(str, sorted({int(count) for count in claims.n})))
    text = caption(
        facts,
        told(facts, "hypotheses.n", n=runs),
        told(facts, "hypotheses.what"),
        told(facts, "hypotheses.rule"),
        told(facts, "hypotheses.answers", told=_answers(facts, claims)),
    )
    return Drawing("hypotheses", told(facts, "hypotheses.title"), figure, claims, text)


def _quantities(facts: Facts, part: pd.DataFrame) -> list[str]:
    """The names of a panel's rows, on lines that fit."""
    return [fold(named(facts.lang, "claim", str(name)), FOLD) for name in part.quantity.unique()]


def _rows_mm(facts: Facts, part: pd.DataFrame) -> float:
    names = _quantities(facts, part)
    return LINE * max(1.2, most_lines(names)) * len(names)


def _answers(facts: Facts, claims: pd.DataFrame) -> str:
    """What became of every hypothesis."""
    rows = claims.drop_duplicates("number").to_dict("records")
    words = (f"{row['number']} {_answer(facts, row)}" for row in rows)
    return listed(facts.lang, words, long=True)


def _answer(facts: Facts, row: dict[Any, Any]) -> str:
    """What a hypothesis is about, and what became of it."""
    topic = named(facts.lang, "topic", str(row["topic"]))
    return told(facts, "say.colon", what=topic, told=named(facts.lang, "claim", str(row["answer"])))


def _panel(ax: Axes, facts: Facts, part: pd.DataFrame) -> None:
    """One hypothesis; its quantities share a unit."""
    rows = part.drop_duplicates("quantity").to_dict("records")
    left, right = _limits(part)
    for place, row in enumerate(rows):
        values = part.loc[part.quantity == row["quantity"], "value"]
        _row(ax, place, row, values.to_numpy(dtype=np.float64), left, right)
    words = f"\N{EN SPACE}{_answer(facts, rows[0])}"
    head(ax, str(rows[0]["number"]), words, above=2.5)
    ax.set_yticks(range(len(rows)), _quantities(facts, part))
    ax.set(xlim=(left, right), ylim=(len(rows) - 0.5, -0.5))
    ax.set_xlabel(f"[{term(facts.lang, 'unit', str(rows[0]['unit']))}]", labelpad=0.5)
    ax.xaxis.set_major_locator(MaxNLocator(7))
    ax.xaxis.set_major_formatter(lambda value, _: number(value))
    ax.tick_params(axis="y", length=0)
    ax.spines.left.set_visible(False)


def _row(ax: Axes, place: int, row: dict[Any, Any], values: Any, left: float, right: float) -> None:
    """One quantity: the range behind, then its replications, its interval, its estimate."""
    low, high = max(row["low"], left), min(row["high"], right)
    ax.add_patch(Rectangle((low, place - 0.4), high - low, 0.8, color=RANGE, linewidth=0, zorder=0))
    for end in (row["low"], row["high"]):
        if np.isfinite(end):
            ax.plot([end, end], [place - 0.4, place + 0.4], color="black", linewidth=0.8)
    strokes(ax, values, place, 0.3)
    marker, color, face = MARKS[row["verdict"]]
    ax.plot([row["lo"], row["hi"]], [place, place], color=color, linewidth=1.1)
    ax.plot(row["estimate"], place, marker, color=color, markerfacecolor=face, markersize=4)
    words = with_interval(row["estimate"], row["lo"], row["hi"])
    ax.text(1.01, place, words, transform=ax.get_yaxis_transform(), va="center", fontsize=TICK - 1)


def _limits(part: pd.DataFrame) -> tuple[float, float]:
    """The ends of a scale that shows every interval, every replication and every threshold."""
    known = part[["low", "high", "estimate", "lo", "hi", "value"]].to_numpy(dtype=np.float64)
    known = known[np.isfinite(known)]
    low, high = float(known.min(initial=0.0)), float(known.max(initial=0.0))
    if (known > 0).all() and low < known.min():
        low = float(known.min())  # a scale of ratios need not reach 0
    room = 0.05 * (high - low) or 1.0
    return low - room, high + room


def _key(figure: Figure, facts: Facts, verdicts: set[str]) -> None:
    """The marks that occur, the range and the strokes, in words."""
    handles: list[Any] = [Patch(color=RANGE, label=named(facts.lang, "claim", "claimed"))]
    for name, (marker, color, face) in MARKS.items():
        if name in verdicts:
            look: dict[str, Any] = {"marker": marker, "color": color, "markerfacecolor": face}
            label = named(facts.lang, "claim", name)
            handles.append(Line2D([], [], linewidth=1.1, markersize=4, label=label, **look))
    key_below(figure, [*handles, stroke_handle(told(facts, "say.one_replication"))])
