"""Winners and losers: communities, people, needs and workers, each with interval and margin."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.equity import NO_REFORM, equity_families
from sim.figures.labels import fold
from sim.figures.style import (
    BETWEEN,
    INK,
    TICK,
    TWO_COLUMNS,
    Drawing,
    Facts,
    caption,
    chinese_font,
    head,
    listed,
    number,
    paired,
    sheet,
)
from sim.words import Lang, catalogue, say, term

MARGIN_FACE = "#E3E3E3"
ROW_MM = 3.35  # room of one group
NAMED = 6  # more undecided groups are counted, not named


class Panel(NamedTuple):
    """Which groups in which metric, and how they are shown."""

    name: str
    kinds: tuple[str, ...]
    metric: str
    axis: str
    factor: float = 1.0


PANELS = (
    Panel("community", ("community",), "response_median", "min"),
    Panel("people", ("residents", "age", "domain", "urgency"), "response_median", "min"),
    Panel("waited", ("waited",), "response_mean", "min"),
    Panel("role", ("role",), "request_work", "paid", 100.0),
    Panel("overtime", ("role",), "overtime", "h"),
)


class Sign(NamedTuple):
    """How a verdict looks, by colour and by shape."""

    marker: str
    color: str
    filled: bool


SIGNS = {  # the colours of the difference map: faster, slower
    "better": Sign("<", "#B35806", filled=True),
    "no_worse": Sign("s", "#595959", filled=False),
    "undecided": Sign("o", "#595959", filled=False),
    "worse": Sign(">", "#542788", filled=True),
}


def winners(facts: Facts, table: pd.DataFrame) -> Drawing:
    """Who gains and who loses, group by group.

    Parameters
    ----------
    table : as :func:`sim.equity.equity` leaves it, of the focus against the baseline
    """
    plotted = pd.concat([_rows(panel, table) for panel in PANELS], ignore_index=True)
    parts = {panel.name: plotted[plotted.panel == panel.name] for panel in PANELS}
    figure = sheet(TWO_COLUMNS, 34 + ROW_MM * max(len(parts["community"]), 28))
    halves = figure.add_gridspec(1, 2, width_ratios=(1, 1.02))
    stacked = halves[1].subgridspec(
        4, 1, height_ratios=[1.6 + len(parts[panel.name]) for panel in PANELS[1:]]
    )
    places = [halves[0], *(stacked[place] for place in range(4))]
    for letter, place, panel in zip("abcde", places, PANELS, strict=True):
        ax = figure.add_subplot(place)
        _draw(ax, facts, panel, parts[panel.name])
        head(ax, letter, say(facts.lang, f"equity.panel.{panel.name}"))
    _key(figure.axes[0], facts)
    words = _caption(facts, table, len(parts["community"]))
    return Drawing("winners", say(facts.lang, "equity.title"), figure, plotted, words)


def _rows(panel: Panel, table: pd.DataFrame) -> pd.DataFrame:
    """The rows of a panel from above to below; communities by how much they gain."""
    chosen = table[table.kind.isin(panel.kinds) & (table.metric == panel.metric)]
    order = {kind: place for place, kind in enumerate(panel.kinds)}
    rows = chosen.sort_values("kind", key=lambda kinds: kinds.map(order), kind="stable")
    if panel.name == "community":
        rows = rows.sort_values("difference", kind="stable")
    return rows.assign(panel=panel.name)[["panel", *table.columns]]


def _draw(ax: Axes, facts: Facts, panel: Panel, rows: pd.DataFrame) -> None:
    """One panel: a row per group."""
    spans = panel.factor * rows[["difference", "lo", "hi", "margin"]]
    edges = np.arange(len(rows) + 1) - 0.5
    ax.stairs(
        spans.margin,
        edges,
        baseline=-spans.margin,
        orientation="horizontal",
        fill=True,
        color=MARGIN_FACE,
        linewidth=0,
    )
    looks = rows.verdict.map(_shown_as)
    for name, sign in SIGNS.items():
        places = np.flatnonzero(looks == name)
        part = spans.iloc[places]
        ax.hlines(places, part.lo, part.hi, color=sign.color, linewidth=0.9, zorder=2)
        _points(ax, sign, part.difference, places)
    ax.axvline(0, color=INK, linewidth=0.7, zorder=1)
    seen = [0.0, *spans.lo, *spans.hi]
    low, high = min(seen), max(seen)
    room = 0.04 * (high - low) or 1.0
    ax.set(xlim=(low - room, high + room), ylim=(len(rows) - 0.4, -0.6))
    ax.set_yticks(range(len(rows)), [group_words(facts.lang, group) for group in rows.group])
    ax.tick_params(axis="y", length=0)
    ax.spines.left.set_visible(False)
    ax.xaxis.set_major_locator(MaxNLocator(6))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    words = say(facts.lang, f"equity.axis.{panel.axis}")
    if panel is PANELS[0]:  # the rest say the same
        words += "\n" + fold(facts.difference, 66)
    ax.set_xlabel(words, labelpad=1, fontsize=TICK)


def _points(ax: Axes, sign: Sign, x: Any, y: Any, **where: Any) -> None:
    """Signs of one verdict."""
    look: dict[str, Any] = {
        "color": sign.color,
        "markerfacecolor": sign.color if sign.filled else "white",
    }
    ax.plot(x, y, sign.marker, markersize=3.6, zorder=3, **look, **where)


def _shown_as(verdict: str) -> str:
    return "no_worse" if verdict in ("equivalent", "not_worse") else verdict


def group_words(lang: Lang, group: str) -> str:
    """What a group is called; a community by its own name."""
    kind, _, name = group.partition(":")
    key = f"equity.group.{kind}.{name}"
    if key in catalogue():
        return say(lang, key)
    words = term(lang, kind, name)
    return words if words.isascii() or chinese_font() else ascii(words)


def _key(ax: Axes, facts: Facts) -> None:
    """Below the first panel: what the signs and the grey bars mean."""
    for place, name in enumerate((*SIGNS, "margin")):
        x, y = (0.0, 0.36, 0.72)[place % 3], -0.122 - 0.024 * (place // 3)
        if name == "margin":
            words = say(facts.lang, "equity.margin_key")
            box = Rectangle((x - 0.02, y - 0.008), 0.04, 0.016, color=MARGIN_FACE, linewidth=0)
            box.set(transform=ax.transAxes, clip_on=False)
            ax.add_artist(box)
        else:
            words = say(facts.lang, f"equity.verdict.{name}")
            _points(ax, SIGNS[name], x, y, transform=ax.transAxes, clip_on=False)
        ax.text(x + 0.035, y, words, transform=ax.transAxes, fontsize=TICK, va="center")


def _caption(facts: Facts, table: pd.DataFrame, communities: int) -> str:
    """What is seen, what is tested, what came of it."""
    lang = facts.lang
    alone = table[(table.kind == NO_REFORM) & table.group.str.endswith(":5")].difference
    fields: dict[str, object] = {
        "difference": facts.difference,
        "communities": communities,
        "regression": number(float(alone.iloc[0]), signed=True) if len(alone) else "?",
        "conclusions": _conclusions(lang, table),
    }
    sentences = [
        say(lang, f"equity.caption.{name}", **fields) for name in ("seen", "groups", "tested")
    ]
    return caption(facts, paired(facts), *sentences)


def _conclusions(lang: Lang, table: pd.DataFrame) -> str:
    """A sentence or two for each family that is drawn."""
    drawn = {(kind, panel.metric) for panel in PANELS for kind in panel.kinds}
    rows = equity_families(table).to_dict("records")
    chosen = [row for row in rows if (row["family"], row["metric"]) in drawn]
    return BETWEEN[lang].join(words for row in chosen for words in _conclusion(lang, row))


def _conclusion(lang: Lang, row: dict[Any, Any]) -> Iterator[str]:
    """Nobody is made worse; or who is, and of whom that is undecided."""
    words = {
        "metric": say(lang, f"equity.metric.{row['metric']}"),
        "family": say(lang, f"equity.kind.{row['family']}"),
    }
    if row["conclusion"] == "none_worse":
        yield say(lang, "equity.caption.none_worse", **words)
    for name, key in (("worse", "some_worse"), ("undecided", "undecided")):
        if row[name]:
            names = _named(lang, row[name], row["groups"])
            yield say(lang, f"equity.caption.{key}", names=names, **words)


def _named(lang: Lang, groups: str, of: int) -> str:
    """Groups by name, or their number where they are many."""
    names = groups.split("; ")
    if len(names) > NAMED:
        return say(lang, "equity.caption.count", count=len(names), groups=of)
    return listed(lang, [group_words(lang, name) for name in names])
