"""What the time from report to closure is made of, so that closed doors are not congestion."""

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.ticker import MaxNLocator

from sim.figures.labels import fold
from sim.figures.style import (
    INK,
    TICK,
    TWO_COLUMNS,
    Drawing,
    Facts,
    caption,
    look_of,
    metric_rows,
    most_lines,
    number,
    paired,
    sheet,
    shown,
    spread,
    with_interval,
)
from sim.record import PARTS

WORDS = {
    "triage": "triage",
    "unclear": "unclear\nowner",
    "handoff": "handoff",
    "deferred": "closed\ndoors",
    "off_duty": "nobody\non duty",
    "queue": "queue",
    "travel": "travel",
    "service": "service",
    "coordination": "depart-\nments",
}
CLOSED = "deferred"
CLOSED_FACE = "#EFEFEF"
DESKS = "coordination"
DESKS_FACE = "#F6F2E7"
HATCHES = {CLOSED: "////", DESKS: "...."}
ROOM = 0.03  # of the axis: narrower segments carry no number
WIDE = 1.28  # length of the axis over the longest bar: the totals in words stand behind it
LAST = 1.05 / WIDE  # of the axis: words begin here at the latest, or they fall off it
DARK = 0.45  # mean of red, green and blue: numbers on darker segments are white


def waiting(facts: Facts, metrics: pd.DataFrame) -> Drawing:
    """Mean minutes in each part of the time to closure, stacked, by arm."""
    table = _parts_table(facts, metrics)
    names = [fold(shown(arm), 24) for arm in facts.arms]
    figure = sheet(TWO_COLUMNS, 26 + max(8.5, 1 + 3.2 * most_lines(names)) * len(names))
    ax = figure.add_subplot()
    longest = float(table["mean"].max()) or 1.0
    wide = WIDE * longest
    for place, arm in enumerate(facts.arms):
        _bar(ax, place, table[table.arm == arm], wide)
    ax.set(ylim=(len(facts.arms) - 0.5, -0.62))
    ax.set_xticks(MaxNLocator(6).tick_values(0, longest))
    ax.set_xlim(0, wide)
    _name_parts(ax, table[table.arm == facts.arms[0]], wide)
    ax.set_xlabel("mean time from report to closure [min]")
    ax.set_yticks(range(len(facts.arms)), names)
    for label, arm in zip(ax.get_yticklabels(), facts.arms, strict=True):
        label.set_color(look_of(facts, arm).text)
    ax.tick_params(axis="y", length=0)
    ax.spines.left.set_visible(False)
    text = caption(
        facts,
        paired(facts),
        "Mean time from report to closure, split into its parts in the order a request meets "
        "them; black bars and brackets: the total with its 95 % interval of the mean (Student's "
        "t); thin grey lines: lowest to highest replication.",
        _closed_words(facts, table),
        "Requests that were not closed within the follow-up have no parts and are left out.",
    )
    return Drawing("waiting", "What the time to closure is made of, by arm", figure, table, text)


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
        f"{number(means[arm, CLOSED])} of {number(means[arm, 'total'])} min under {shown(arm)}"
        for arm in (facts.baseline, facts.focus)
    ]
    return (
        "Closed doors (hatched) is waiting for the opening hours of the request's class, not "
        f"congestion: {words[0]}, {words[1]}. Departments (dotted) is what cases that need a "
        "specialist spend between the visit and closure, spread over all requests."
    )


def _faces() -> dict[str, str]:
    """A colour per part; what no grid can change stands apart in hatched greys."""
    ramp = colormaps["viridis"](np.linspace(0.08, 1.0, len(PARTS)))
    faces = {name: to_hex(color) for name, color in zip(PARTS, ramp, strict=True)}
    return {**faces, CLOSED: CLOSED_FACE, DESKS: DESKS_FACE}


def _bar(ax: Axes, place: int, rows: pd.DataFrame, wide: float) -> None:
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
    _total(ax, place, rows.iloc[-1], wide)


def _total(ax: Axes, place: int, total: pd.Series, wide: float) -> None:
    """The total's range, its interval, and both in words behind them.

    With two replications an interval may be many times as long as the axis: its words then
    stand on it, and say where it ends.
    """
    ax.plot([total.least, total.most], [place, place], color="#8C8C8C", linewidth=0.7)
    ax.plot(
        [total.lo, total.hi], [place, place], color="black", linewidth=1.6, solid_capstyle="butt"
    )
    words = with_interval(total["mean"], total.lo, total.hi, "min")
    end = max(total.hi, total.most, total["mean"])
    paper = {"facecolor": "white", "linewidth": 0, "pad": 1.0} if end > LAST * wide else None
    where = min(end, LAST * wide) + 0.012 * wide
    ax.text(where, place, words, va="center", fontsize=TICK, bbox=paper)


def _name_parts(ax: Axes, rows: pd.DataFrame, wide: float) -> None:
    """Write the parts above the first bar, each led to its segment, none over another."""
    means = rows["mean"].to_numpy()[: len(PARTS)]
    centres = np.cumsum(means) - means / 2
    gap = 0.075 * wide
    at = centres.copy()
    for i in range(1, len(at)):
        at[i] = max(at[i], at[i - 1] + gap)
    at -= max(0.0, at[-1] - wide + gap / 2)
    for part, centre, place in zip(PARTS, centres, at, strict=True):
        ax.annotate(
            WORDS[part],
            (centre, -0.31),
            (place, -0.72),
            ha="center",
            va="bottom",
            fontsize=TICK,
            color=INK,
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "color": "#8C8C8C",
                "linewidth": 0.5,
                "shrinkA": 0,
                "shrinkB": 0,
            },
        )
