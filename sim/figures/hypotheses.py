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
from sim.figures.style import (
    FAINT,
    FOCUS,
    TICK,
    TWO_COLUMNS,
    Drawing,
    Facts,
    caption,
    head,
    most_lines,
    number,
    sheet,
    styled,
    with_interval,
    write_all,
)

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
    heights = [_rows_mm(part) for part in parts]
    figure = sheet(TWO_COLUMNS, 10 + PANEL * len(parts) + sum(heights))
    axes = figure.subplots(len(parts), 1, height_ratios=heights, squeeze=False)
    for ax, part in zip(axes.flat, parts, strict=True):
        _panel(ax, part)
    _key(figure, set(claims.verdict))
    counts = sorted({int(count) for count in claims.n})
    sample = f"n = {' or '.join(map(str, counts))} paired replications, as points.csv tells"
    text = caption(
        facts,
        sample,
        "Every hypothesis against the range that was claimed before it was looked at (shaded; "
        "its ends are the black strokes): marks are estimates, lines their 95 % interval "
        "(Student's t for mean differences, bootstrap percentiles for ratios and changes), grey "
        "strokes single replications.",
        "A claim holds when the interval lies in the range, fails when it lies outside, and is "
        "undecided when it lies across an end; a hypothesis with several claims fails with one "
        "of them. Every panel has its own scale.",
        _words(claims),
    )
    title = "Ten hypotheses, each interval against the range that was claimed"
    return Drawing("hypotheses", title, figure, claims, text)


def _rows_mm(part: pd.DataFrame) -> float:
    names = [fold(name, FOLD) for name in part.quantity.unique()]
    return LINE * max(1.2, most_lines(names)) * len(names)


def _words(claims: pd.DataFrame) -> str:
    answers = claims.drop_duplicates("number")
    rows = zip(answers.number, answers.topic, answers.answer, strict=True)
    return f"Answers: {'; '.join(f'{at} {topic}: {found}' for at, topic, found in rows)}."


def _panel(ax: Axes, part: pd.DataFrame) -> None:
    """One hypothesis; its quantities share a unit."""
    rows = part.drop_duplicates("quantity").to_dict("records")
    left, right = _limits(part)
    for place, row in enumerate(rows):
        values = part.loc[part.quantity == row["quantity"], "value"]
        _row(ax, place, row, values.to_numpy(dtype=np.float64), left, right)
    first = rows[0]
    words = f"\N{EN SPACE}{first['topic']}: {first['answer']}"
    head(ax, str(first["number"]), words, above=2.5)
    ax.set_yticks(range(len(rows)), [fold(str(row["quantity"]), FOLD) for row in rows])
    ax.set(xlim=(left, right), ylim=(len(rows) - 0.5, -0.5))
    ax.set_xlabel(f"[{first['unit']}]", labelpad=0.5)
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
    ax.plot(
        values, np.full(len(values), place), "|", color=FAINT, markersize=5, markeredgewidth=0.5
    )
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


def _key(figure: Figure, verdicts: set[str]) -> None:
    """The marks that occur, the range and the strokes, in words."""
    handles: list[Any] = [Patch(color=RANGE, label="claimed")]
    for name, (marker, color, face) in MARKS.items():
        if name in verdicts:
            look: dict[str, Any] = {"marker": marker, "color": color, "markerfacecolor": face}
            handles.append(Line2D([], [], linewidth=1.1, markersize=4, label=name, **look))
    strokes = Line2D([], [], marker="|", color=FAINT, linestyle="", label="one replication")
    figure.legend(
        handles=[*handles, strokes],
        loc="outside lower center",
        ncols=len(handles) + 1,
        fontsize=TICK,
        frameon=False,
        handlelength=2.2,
    )
