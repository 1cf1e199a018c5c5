"""Shapley values: from the baseline to the whole reform, part by part, and which go together."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from sim.figures.labels import Labels, fold, part_label
from sim.figures.marks import key_below, stroke_handle, strokes
from sim.figures.names import told
from sim.figures.style import (
    FAINT,
    FOCUS,
    TWO_COLUMNS,
    Drawing,
    Facts,
    caption,
    head,
    listed,
    metric_words,
    most_lines,
    number,
    sheet,
    styled,
    unit_label,
    unit_of,
    with_interval,
    write_all,
)
from sim.metrics import METRICS
from sim.shapley import Shapley

FOLD = 24  # narrow letters of a part's name on a line
ALONE = {"first": ">", "last": "<"}  # a part added before all others, and after them
DARK = 0.72  # of the colour scale; beyond, black letters cannot be read
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
WORSE = "#F2D9C4"


def draw_shapley(
    folder: Path, facts: Facts, result: Shapley, metric: str, labels: Labels = None
) -> list[Path]:
    """Draw and write the figure of the parts of a reform.

    Parameters
    ----------
    result : from :func:`sim.shapley.exact` or :func:`sim.shapley.sampled`
    metric : a name in ``METRICS``, whose values were shared out
    labels : words for parts; their own names where there are none

    Returns
    -------
    The .svg file; the .csv and the .txt lie beside it.
    """
    with styled():
        return write_all(folder, lambda lang: [shapley(facts.spoken(lang), result, metric, labels)])


def shapley(facts: Facts, result: Shapley, metric: str, labels: Labels = None) -> Drawing:
    """A waterfall of the parts, and beside it the matrix of their interactions."""
    table = _table(result)
    names = {part: part_label(facts.lang, part, labels) for part in result.parts}
    lines = most_lines([fold(name, FOLD) for name in names.values()])
    figure = sheet(TWO_COLUMNS, 36 + max(6.4, 3.4 * lines) * (len(names) + 2))
    if len(result.interactions):
        left, right = figure.subplots(1, 2, width_ratios=[2.6, 1 + 0.2 * len(names)])
        _matrix(right, facts, result, metric)
    else:
        left = figure.subplots()
    _waterfall(left, table, names, metric)
    head(left, "a", fold(metric_words(facts.lang, metric), 60))
    left.set_xlabel(f"[{unit_label(facts.lang, metric)}]")
    _ends(left, facts, table, len(names))
    _key(figure, facts, metric)
    text = caption(
        facts,
        told(facts, "shapley.n", n=int(result.ends.n.iloc[0])),
        told(
            facts,
            "shapley.what",
            metric=metric_words(facts.lang, metric),
            before=facts.name(facts.baseline),
            after=facts.name(facts.focus),
            how=_how(facts, result),
        ),
        _effects_told(facts, result, names, metric),
        *_pairs_told(facts, result, names, metric),
        told(facts, "shapley.adds_up"),
    )
    return Drawing("shapley", told(facts, "shapley.title"), figure, table, text)


def _how(facts: Facts, result: Shapley) -> str:
    if result.orders:
        return told(facts, "shapley.sampled", count=result.orders)
    return told(facts, "shapley.every", count=2 ** len(result.parts))


def _table(result: Shapley) -> pd.DataFrame:
    """Rows of the waterfall, of single effects, of replications and of pairs, each with what."""
    ends = result.ends[result.ends.what != "difference"]
    main = result.effects[result.effects.what == "shapley"]
    none = float(ends.value.iloc[0])
    start = pd.Series(none + np.concatenate([[0.0], main.value.cumsum()[:-1]]), main.part)
    effects = result.effects.assign(start=result.effects.part.map(start))
    each = result.each.assign(what="replication", start=result.each.part.map(start))
    pairs = result.interactions.assign(what="interaction")
    parts = [frame for frame in (ends, effects, pairs, each) if len(frame)]
    names = ["what", "part", "other", "replication", "start", "value", "lo", "hi", "n"]
    table = pd.concat(parts, ignore_index=True).reindex(columns=names)
    table["drawn"] = table.start.fillna(0.0) + table.value
    return table.astype({"replication": "Int64", "n": "Int64"})


def _waterfall(ax: Axes, table: pd.DataFrame, names: dict[str, str], metric: str) -> None:
    single = len(names) + 1
    for place, part in enumerate(names, start=1):
        rows = table[table.part == part].set_index("what")
        row = rows.loc["shapley"].to_dict()
        _bar(ax, place, row, metric)
        strokes(ax, rows.loc[["replication"], "drawn"].to_numpy(dtype=np.float64), place, 0.2)
        ends = [row["start"] + row["lo"], row["start"] + row["hi"]]
        ax.plot(ends, [place, place], color="black", linewidth=1.0)
        _alone(ax, place + 0.4, rows.drawn)
        ax.plot([row["drawn"]] * 2, [place, min(place + 1, single)], color=FAINT, linewidth=0.5)
        words = with_interval(row["value"], row["lo"], row["hi"], signed=True)
        ax.text(1.01, place, words, transform=ax.get_yaxis_transform(), va="center", fontsize=6)
    ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.xaxis.set_major_formatter(lambda value, _: number(value))
    ax.tick_params(axis="y", length=0)
    ax.spines.left.set_visible(False)
    letters = [f"{chr(65 + place)}  {name}" for place, name in enumerate(names.values())]
    ax.set_yticks(range(single + 1), ["", *(fold(name, FOLD) for name in letters), ""])
    ax.set_ylim(single + 0.6, -0.6)


def _alone(ax: Axes, place: float, drawn: pd.Series) -> None:
    """From what a part adds by itself to what it adds when all others are there."""
    ends = [drawn[what] for what in ALONE]
    ax.plot(ends, [place, place], color="black", linewidth=0.5, linestyle=(0, (1, 1.2)))
    for what, marker in ALONE.items():
        ax.plot(drawn[what], place, marker, color="black", mfc="white", mew=0.6)


def _bar(ax: Axes, place: int, row: dict[Any, Any], metric: str) -> None:
    """From what was there before a part to what is with it."""
    face, hatch = _look(row["value"], metric)
    how: dict[str, Any] = {"facecolor": face, "hatch": hatch, "edgecolor": FOCUS.color}
    ax.barh(place, row["value"], 0.56, left=row["start"], linewidth=0.6, **how)


def _look(value: float, metric: str) -> tuple[str, str]:
    better = METRICS[metric].better
    if better == "neither":
        return "#D9D9D9", ""
    return (FOCUS.color, "") if (value < 0) == (better == "lower") else (WORSE, "////")


def _ends(ax: Axes, facts: Facts, table: pd.DataFrame, parts: int) -> None:
    """The baseline above the parts and the whole reform below them."""
    for what, place, arm in (("none", 0, facts.baseline), ("all", parts + 1, facts.focus)):
        row = table[table.what == what].iloc[0]
        ax.plot([row.lo, row.hi], [place, place], color="black", linewidth=1.0)
        ax.plot(row.value, place, "D", color="black", markersize=4)
        until = place + 1 if what == "none" else place
        ax.plot([row.value] * 2, [place, until], color=FAINT, linewidth=0.5)
        words = f"{number(row.value)} [{number(row.lo)}, {number(row.hi)}]"
        ax.text(1.01, place, words, transform=ax.get_yaxis_transform(), va="center", fontsize=6)
        labels = [label.get_text() for label in ax.get_yticklabels()]
        labels[place] = fold(facts.name(arm), FOLD)
        ax.set_yticks(range(parts + 2), labels)


def _matrix(ax: Axes, facts: Facts, result: Shapley, metric: str) -> None:
    """A field per pair of parts: how much more the two add together."""
    count = len(result.parts)
    place = {part: at for at, part in enumerate(result.parts)}
    limit = float(result.interactions.value.abs().max()) or 1.0
    factor, decimals, unit = _scale(limit, unit_label(facts.lang, metric))
    cells = np.full((count, count), np.nan)
    for row in result.interactions.to_dict("records"):
        x, y = place[row["part"]], place[row["other"]]
        cells[y, x] = row["value"]
        words = _signed(row["value"] / factor, decimals)
        words = f"({words})" if row["lo"] <= 0 <= row["hi"] else words
        ink = "white" if abs(row["value"]) > DARK * limit else "black"
        ax.text(x, y, words, ha="center", va="center", fontsize=6 if count < 7 else 5, color=ink)
    edges = np.arange(count + 1) - 0.5
    ax.pcolormesh(edges, edges, np.ma.masked_invalid(cells), cmap="PuOr", vmin=-limit, vmax=limit)
    letters = [chr(65 + at) for at in range(count)]
    ax.set(xlim=(-0.5, count - 1.5), ylim=(count - 0.5, 0.5))
    ax.set_xticks(range(count - 1), letters[:-1])
    ax.set_yticks(range(1, count), letters[1:])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    width = 24 if count < 5 else 32
    head(ax, "b", fold(told(facts, "shapley.matrix", unit=unit), width))
    if METRICS[metric].better != "neither":
        way = "help" if METRICS[metric].better == "lower" else "hinder"
        lines = told(facts, f"shapley.{way}").split("\n")
        ax.set_xlabel("\n".join(fold(line, width + 2) for line in lines), fontsize=6)


def _signed(value: float, decimals: int) -> str:
    """A number with its sign; what rounds to 0 has none."""
    words = f"{value:+.{decimals}f}".replace("-", "\N{MINUS SIGN}")
    return words if words.strip("+\N{MINUS SIGN}0.") else "0"


def _scale(limit: float, unit: str) -> tuple[float, int, str]:
    """By what numbers are divided, their decimals and their unit, so that they are short."""
    power = int(np.floor(np.log10(limit)))
    if -2 < power < 4:
        return 1.0, max(0, 1 - power), unit
    return 10.0**power, 1, f"10{str(power).translate(RAISED)} {unit}"


def _key(figure: Figure, facts: Facts, metric: str) -> None:
    """Bars and triangles in words."""
    handles: list[Any] = []
    if METRICS[metric].better != "neither":
        better = Patch(facecolor=FOCUS.color, label=told(facts, "shapley.better"))
        worse = Patch(facecolor=WORSE, hatch="////", label=told(facts, "shapley.worse"))
        for handle in (better, worse):
            handle.set_edgecolor(FOCUS.color)
        handles = [better, worse]
    for what, marker in ALONE.items():
        look: dict[str, Any] = {"marker": marker, "color": "black", "mfc": "white"}
        handles.append(Line2D([], [], ls="", label=told(facts, f"shapley.{what}"), **look))
    key_below(figure, [*handles, stroke_handle(told(facts, "say.one_replication"))])


def _effects_told(facts: Facts, result: Shapley, names: dict[str, str], metric: str) -> str:
    unit = unit_of(facts.lang, metric)
    whole = result.ends[result.ends.what == "difference"].iloc[0]
    rows = result.effects[result.effects.what == "shapley"].to_dict("records")
    words = [
        f"({chr(65 + place)}) {names[row['part']]} "
        + with_interval(row["value"], row["lo"], row["hi"], unit, signed=True)
        for place, row in enumerate(rows)
    ]
    total = with_interval(whole.value, whole.lo, whole.hi, unit, signed=True)
    return told(facts, "shapley.whole", total=total, parts=listed(facts.lang, words, long=True))


def _pairs_told(facts: Facts, result: Shapley, names: dict[str, str], metric: str) -> Iterator[str]:
    if result.interactions.empty:
        yield told(facts, "shapley.no_pairs")
        return
    clear = result.interactions[(result.interactions.lo > 0) | (result.interactions.hi < 0)]
    yield told(facts, "shapley.pairs", clear=len(clear), total=len(result.interactions))
    if len(clear):
        row = clear.sort_values("value", key=np.abs, kind="stable").to_dict("records")[-1]
        unit = unit_of(facts.lang, metric)
        size = with_interval(row["value"], row["lo"], row["hi"], unit, signed=True)
        one, other = names[row["part"]], names[row["other"]]
        yield told(facts, "shapley.largest", one=one, other=other, size=size)
