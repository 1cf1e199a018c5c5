"""How soon requests are answered: the share answered within a time, by arm."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.ticker import NullLocator

from sim.figures.labels import fold
from sim.figures.style import (
    ONE_COLUMN,
    TICK,
    TWO_COLUMNS,
    Drawing,
    Facts,
    bands,
    caption,
    head,
    in_percent,
    look_of,
    metric_rows,
    others_of,
    paired,
    rows_by,
    sheet,
    shown,
    spread,
    with_interval,
)
from sim.units import DAY
from sim.words import say

MOMENTS = {1.0: "1 min", 10.0: "10 min", 60.0: "1 h", 480.0: "8 h", DAY: "1 d", 7 * DAY: "7 d"}
FEW_MOMENTS = {1: tuple(MOMENTS), 2: (1.0, 60.0, DAY), 3: (60.0, DAY)}  # by panels in a row
MARKED = tuple(MOMENTS)[1:-1]
TIME = "report to arrival, log scale [min, h, d]"
SMALL_TIME = "time [min, h, d]"
UPPER = (0.8, 0.88, 0.72, 0.64, 0.56, 0.48)  # heights tried for a name, best first
LOWER = (0.42, 0.34, 0.5, 0.26, 0.58, 0.18)
GAP = 0.04  # of the axes, between a curve and its name
MANY = 7  # small panels in three columns from here on


def response(facts: Facts, metrics: pd.DataFrame, curves: pd.DataFrame) -> Drawing:
    """Share of requests answered within a time, with the spread of replications."""
    chosen = curves[(curves.curve == "response") & (curves.x >= 1)]
    table = spread(chosen, ["arm", "x"], "y").rename(columns={"x": "minutes"})
    others = others_of(facts)
    figure = sheet(TWO_COLUMNS if others else ONE_COLUMN, 84)
    halves = figure.add_gridspec(1, 2, width_ratios=[1, 1.15]) if others else figure.add_gridspec()
    main = figure.add_subplot(halves[0])
    _both_arms(main, facts, table)
    if others:
        _every_other_arm(figure, halves[1], facts, table)
    figure.draw_without_rendering()  # names go where the finished axes leave room
    _name_curves(main, facts, table)
    small = "; b: every other arm in grey against these two" if others else ""
    text = caption(
        facts,
        paired(facts),
        "Share of requests answered within a time after their report, from 1 min to 7 d on a "
        f"log scale: {shown(facts.baseline)} dashed, {shown(facts.focus)} solid{small}.",
        _within_an_hour(facts, metrics),
        f"Lines are means over replications; {say(facts.lang, 'figures.style.bands')}.",
        "Requests that are never answered stay in the total.",
    )
    title = "Requests answered over time since report, by arm"
    return Drawing("response", title, figure, table, text)


def _within_an_hour(facts: Facts, metrics: pd.DataFrame) -> str:
    table = spread(metric_rows(metrics, "response_within_60"), ["arm"], "value")
    means = rows_by(table, "arm")
    words = []
    for arm in (facts.baseline, facts.focus):
        mean, lo, hi = (100 * means[arm][name] for name in ("mean", "lo", "hi"))
        words.append(f"{with_interval(mean, lo, hi, '%')} under {shown(arm)}")
    return f"Answered within an hour: {' and '.join(words)} (mean with its 95 % interval)."


def _both_arms(ax: Axes, facts: Facts, table: pd.DataFrame) -> None:
    for arm in (facts.baseline, facts.focus):
        part = table[table.arm == arm]
        bands(ax, part.minutes, part, look_of(facts, arm))
        _ecdf(ax, facts, table, arm)
    _time_axis(ax, tuple(MOMENTS))
    ax.set(xlabel=TIME, ylabel="requests answered [%]")
    head(ax, "a")


def _every_other_arm(figure: Figure, half: SubplotSpec, facts: Facts, table: pd.DataFrame) -> None:
    """Small multiples: each other arm between the two that the study is about."""
    others = others_of(facts)
    across = min(2 if len(others) < MANY else 3, len(others))
    grid = half.subgridspec(-(-len(others) // across), across)
    for place, arm in enumerate(others):
        ax = figure.add_subplot(grid[place])
        for reference in (facts.baseline, facts.focus):
            _ecdf(ax, facts, table, reference, linewidth=0.6, marker="")
        _ecdf(ax, facts, table, arm, linewidth=1.1, markersize=2.6)
        _time_axis(ax, FEW_MOMENTS[across])
        name = fold(shown(arm), 14)
        ax.text(0.98, 0.04, name, transform=ax.transAxes, ha="right", fontsize=TICK)
        left, bottom = place % across == 0, place + across >= len(others)
        ax.tick_params(labelleft=left, labelbottom=bottom)
        last = place // across == (len(others) - 1) // across
        ax.set_xlabel(SMALL_TIME if last else "", fontsize=TICK)
        ax.set_ylabel("answered [%]" if left else "", fontsize=TICK)
        if place == 0:
            head(ax, "b")


def _ecdf(ax: Axes, facts: Facts, table: pd.DataFrame, arm: str, **changes: object) -> None:
    rows = table[table.arm == arm]
    minutes = rows.minutes.to_numpy()
    marked = [int(np.abs(np.log(minutes / moment)).argmin()) for moment in MARKED]
    how = {**look_of(facts, arm).line(), **changes}
    ax.plot(minutes, rows["mean"], markevery=marked, clip_on=False, **how)


def _time_axis(ax: Axes, labelled: tuple[float, ...]) -> None:
    ax.set_xscale("log")
    ax.set_xticks(list(MOMENTS), [MOMENTS[at] if at in labelled else "" for at in MOMENTS])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xlim(1.0, 7 * DAY)
    in_percent(ax, "y")


def _name_curves(ax: Axes, facts: Facts, table: pd.DataFrame) -> None:
    """Write each name beside its curve: left of the upper one, right of the lower one."""
    curves = {arm: table[table.arm == arm] for arm in (facts.baseline, facts.focus)}
    upper = max(curves, key=lambda arm: float(curves[arm]["mean"].sum()))
    for arm, rows in curves.items():
        name = ax.text(0, 0, fold(shown(arm), 26), color=look_of(facts, arm).text, va="center")
        name.set_in_layout(False)
        box = name.get_window_extent().transformed(ax.transAxes.inverted())
        name.set_transform(ax.transAxes)
        name.set_position(_beside(rows, box.width, box.height, left=arm == upper))


def _beside(rows: pd.DataFrame, wide: float, high: float, *, left: bool) -> tuple[float, float]:
    """Where a name has room beside a curve that rises, in shares of the axes."""
    along = np.log(rows.minutes) / np.log(7 * DAY)
    edge = rows["most" if left else "least"]
    for level in UPPER if left else LOWER:
        nearest = level - high / 2 if left else level + high / 2
        at = float(np.interp(nearest, edge, along))
        start = at - wide - GAP if left else at + GAP
        inside = min(max(start, GAP / 2), max(1 - GAP / 2 - wide, GAP / 2))
        if start == inside:
            break
    return inside, level
