"""What the time from report to closure is made of, so that closed doors are not congestion."""

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.ticker import MaxNLocator

from sim.figures.labels import columns_of, fold
from sim.figures.style import (
    INK,
    TICK,
    TWO_COLUMNS,
    Drawing,
    Facts,
    caption,
    listed,
    look_of,
    metric_rows,
    most_lines,
    number,
    paired,
    sheet,
    spread,
    with_interval,
)
from sim.record import PARTS
from sim.words import say, term

CLOSED = "deferred"
CLOSED_FACE = "#EFEFEF"
DESKS = "coordination"
DESKS_FACE = "#F6F2E7"
HATCHES = {CLOSED: "////", DESKS: "...."}
ROOM = 0.03  # of the axis: narrower segments carry no number
WIDE = 1.28  # length of the axis over the longest bar: the totals in words stand behind it
LAST = 1.05 / WIDE  # of the axis: words begin here at the latest, or they fall off it
NARROW = 11  # letters of a part's name on a line
LETTER = 0.0105  # of the axis: width of a letter of such a name
DARK = 0.45  # mean of red, green and blue: numbers on darker segments are white


def waiting(facts: Facts, metrics: pd.DataFrame) -> Drawing:
    """Mean minutes in each part of the time to closure, stacked, by arm."""
    table = _parts_table(facts, metrics)
    names = [fold(facts.name(arm), 24, facts.lang) for arm in facts.arms]
    figure = sheet(TWO_COLUMNS, 26 + max(8.5, 1 + 3.2 * most_lines(names)) * len(names))
    ax = figure.add_subplot()
    longest = float(table["mean"].max()) or 1.0
    wide = WIDE * longest
    for place, arm in enumerate(facts.arms):
        _bar(ax, facts, place, table[table.arm == arm], wide)
    ax.set(ylim=(len(facts.arms) - 0.5, -0.62))
    ax.set_xticks(MaxNLocator(6).tick_values(0, longest))
    ax.set_xlim(0, wide)
    _name_parts(ax, facts, table[table.arm == facts.arms[0]], wide)
    ax.set_xlabel(say(facts.lang, "figures.parts.time"))
    ax.set_yticks(range(len(facts.arms)), names)
    for label, arm in zip(ax.get_yticklabels(), facts.arms, strict=True):
        label.set_color(look_of(facts, arm).text)
    ax.tick_params(axis="y", length=0)
    ax.spines.left.set_visible(False)
    text = caption(
        facts,
        paired(facts),
        say(facts.lang, "figures.parts.shown"),
        _closed_words(facts, table),
        say(facts.lang, "figures.parts.left_out"),
    )
    return Drawing("waiting", say(facts.lang, "figures.parts.title"), figure, table, text)


def _parts_table(facts: Facts, metrics: pd.DataFrame) -> pd.DataFrame:
    """Rows of arm and part, and the total of each arm."""
    rows = [metric_rows(metrics, f"part_{name}").assign(part=name) for name in PARTS]
    parts = pd.concat(rows)
    total = parts.groupby(["arm", "replication"], sort=False)["value"].sum().reset_index()
    table = spread(pd.concat([parts, total.assign(part="total")]), ["arm", "part"], "value")
    order = pd.MultiIndex.from_product([facts.arms, [*PARTS, "total"]], names=["arm", "part"])
    return table.set_index(["arm", "part"]).reindex(order).reset_index()


def _closed_words(facts: Facts, table: pd.DataFrame) -> str:
    means = table.set_index(["arm", "part"])["mean"]
    words = [
        say(
            facts.lang,
            "figures.parts.under",
            arm=facts.name(arm),
            closed=number(means[arm, CLOSED]),
            total=number(means[arm, "total"]),
        )
        for arm in (facts.baseline, facts.focus)
    ]
    closed, desks = (term(facts.lang, "part", name) for name in (CLOSED, DESKS))
    told = listed(facts.lang, words, long=True)
    return say(facts.lang, "figures.parts.closed", closed=closed, desks=desks, told=told)


def _faces() -> dict[str, str]:
    """A colour per part; what no grid can change stands apart in hatched greys."""
    ramp = colormaps["viridis"](np.linspace(0.08, 1.0, len(PARTS)))
    faces = {name: to_hex(color) for name, color in zip(PARTS, ramp, strict=True)}
    return {**faces, CLOSED: CLOSED_FACE, DESKS: DESKS_FACE}


def _bar(ax: Axes, facts: Facts, place: int, rows: pd.DataFrame, wide: float) -> None:
    faces, left = _faces(), 0.0
    for part, mean in zip(PARTS, rows["mean"], strict=False):
        face = faces[part]
        hatch = HATCHES.get(part)
        ax.barh(
            place,
            mean,
            0.62,
            left,
            color=face,
            hatch=hatch,
            edgecolor="white",
            linewidth=0.5,
            hatchcolor="#B5B5B5",
        )
        if mean > ROOM * wide:
            dark = float(np.mean(to_rgb(face))) < DARK
            ax.text(
                left + mean / 2,
                place,
                f"{mean:.0f}",
                ha="center",
                va="center",
                fontsize=TICK,
                color="white" if dark else "black",
                bbox={"facecolor": face, "linewidth": 0, "pad": 1.0} if hatch else None,
            )
        left += mean
    _total(ax, facts, place, rows.iloc[-1], wide)


def _total(ax: Axes, facts: Facts, place: int, total: pd.Series, wide: float) -> None:
    """The total's range, its interval, and both in words behind them.

    With two replications an interval may be many times as long as the axis: its words then
    stand on it, and say where it ends.
    """
    ax.plot([total.least, total.most], [place, place], color="#8C8C8C", linewidth=0.7)
    ax.plot(
        [total.lo, total.hi], [place, place], color="black", linewidth=1.6, solid_capstyle="butt"
    )
    unit = term(facts.lang, "unit", "min")
    words = with_interval(total["mean"], total.lo, total.hi, unit)
    end = max(total.hi, total.most, total["mean"])
    paper = {"facecolor": "white", "linewidth": 0, "pad": 1.0} if end > LAST * wide else None
    where = min(end, LAST * wide) + 0.012 * wide
    ax.text(where, place, words, va="center", fontsize=TICK, bbox=paper)


def _name_parts(ax: Axes, facts: Facts, rows: pd.DataFrame, wide: float) -> None:
    """Write the parts above the first bar, each led to its segment, none over another."""
    means = rows["mean"].to_numpy()[: len(PARTS)]
    centres = np.cumsum(means) - means / 2
    names = [fold(term(facts.lang, "part", part), NARROW, facts.lang) for part in PARTS]
    half = [LETTER * wide * (1 + max(map(columns_of, name.split("\n")))) / 2 for name in names]
    at = centres.copy()
    for i in range(1, len(at)):
        at[i] = max(at[i], at[i - 1] + half[i - 1] + half[i])
    at -= max(0.0, at[-1] + half[-1] - wide)
    for name, centre, place in zip(names, centres, at, strict=True):
        ax.annotate(
            name,
            (centre, -0.31),
            (place, -0.72),
            ha="center",
            va="bottom",
            fontsize=TICK,
            color=INK,
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "relpos": (0.5, 0.0),
                "color": "#8C8C8C",
                "linewidth": 0.5,
                "shrinkA": 0,
                "shrinkB": 0,
            },
        )
