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
    band_words,
    bands,
    caption,
    head,
    in_percent,
    look_of,
    metric_rows,
    most_lines,
    others_of,
    paired,
    rows_by,
    sheet,
    spread,
    with_interval,
)
from sim.units import DAY
from sim.words import say

MOMENTS = {  # number and unit of a time in minutes
    1.0: (1, "min"),
    10.0: (10, "min"),
    60.0: (1, "h"),
    480.0: (8, "h"),
    DAY: (1, "d"),
    7 * DAY: (7, "d"),
}
FEW_MOMENTS = {1: tuple(MOMENTS), 2: (1.0, 60.0, DAY), 3: (60.0, DAY)}  # by panels in a row
MARKED = tuple(MOMENTS)[1:-1]
UPPER = (0.8, 0.88, 0.72, 0.64, 0.56, 0.48)  # heights tried for a name, best first
LOWER = (0.42, 0.34, 0.5, 0.26, 0.58, 0.18)
GAP = 0.04  # of the axes, between a curve and its name
MANY = 7  # small panels in three columns from here on
HEIGHT, ROW, LINE = 84.0, 21.0, 3.0  # mm · the figure, a row of small panels, a line over them
FOLD = {1: 40, 2: 28, 3: 17}  # letters over a small panel, by panels in a row


def response(facts: Facts, metrics: pd.DataFrame, curves: pd.DataFrame) -> Drawing:
    """Share of requests answered within a time, with the spread of replications."""
    chosen = curves[(curves.curve == "response") & (curves.x >= 1)]
    table = spread(chosen, ["arm", "x"], "y").rename(columns={"x": "minutes"})
    others = others_of(facts)
    figure = sheet(TWO_COLUMNS if others else ONE_COLUMN, max(HEIGHT, _rows_high(facts)))
    halves = figure.add_gridspec(1, 2, width_ratios=[1, 1.15]) if others else figure.add_gridspec()
    main = figure.add_subplot(halves[0])
    _both_arms(main, facts, table)
    if others:
        _every_other_arm(figure, halves[1], facts, table)
    figure.draw_without_rendering()  # names go where the finished axes leave room
    _name_curves(main, facts, table)
    arms = {"baseline": facts.name(facts.baseline), "focus": facts.name(facts.focus)}
    text = caption(
        facts,
        paired(facts),
        say(facts.lang, f"figures.response.{'shown_small' if others else 'shown'}", **arms),
        _within_an_hour(facts, metrics, arms),
        say(facts.lang, "figures.response.lines", bands=band_words(facts)),
        say(facts.lang, "figures.response.total"),
    )
    return Drawing("response", say(facts.lang, "figures.response.title"), figure, table, text)


def _within_an_hour(facts: Facts, metrics: pd.DataFrame, arms: dict[str, str]) -> str:
    table = spread(metric_rows(metrics, "response_within_60"), ["arm"], "value")
    means = rows_by(table, "arm")
    words = [
        with_interval(*(100 * means[arm][name] for name in ("mean", "lo", "hi")))
        for arm in (facts.baseline, facts.focus)
    ]
    return say(facts.lang, "figures.response.hour", before=words[0], after=words[1], **arms)


def _both_arms(ax: Axes, facts: Facts, table: pd.DataFrame) -> None:
    for arm in (facts.baseline, facts.focus):
        part = table[table.arm == arm]
        bands(ax, part.minutes, part, look_of(facts, arm))
        _ecdf(ax, facts, table, arm)
    _time_axis(ax, facts, tuple(MOMENTS))
    ax.set_xlabel(say(facts.lang, "figures.response.time"))
    ax.set_ylabel(say(facts.lang, "figures.response.answered"))
    head(ax, "a")


def _every_other_arm(figure: Figure, half: SubplotSpec, facts: Facts, table: pd.DataFrame) -> None:
    """Small multiples: each other arm between the two that the study is about."""
    others, across = others_of(facts), _across(facts)
    grid = half.subgridspec(-(-len(others) // across), across)
    for place, arm in enumerate(others):
        ax = figure.add_subplot(grid[place])
        for reference in (facts.baseline, facts.focus):
            _ecdf(ax, facts, table, reference, linewidth=0.6, marker="")
        _ecdf(ax, facts, table, arm, linewidth=1.1, markersize=2.6)
        _time_axis(ax, facts, FEW_MOMENTS[across])
        left, bottom = place % across == 0, place + across >= len(others)
        ax.tick_params(labelleft=left, labelbottom=bottom)
        last = place // across == (len(others) - 1) // across
        words = {name: say(facts.lang, f"figures.response.small_{name}") for name in ("x", "y")}
        ax.set_xlabel(words["x"] if last else "", fontsize=TICK)
        ax.set_ylabel(words["y"] if left else "", fontsize=TICK)
        head(
            ax,
            "b" if place == 0 else "",
            fold(facts.name(arm), FOLD[across], facts.lang),
            above=2.5,
        )


def _across(facts: Facts) -> int:
    """Small panels in a row."""
    others = others_of(facts)
    return min(2 if len(others) < MANY else 3, len(others))


def _rows_high(facts: Facts) -> float:
    """Height of the small panels with their names over them [mm]."""
    others, across = others_of(facts), _across(facts)
    names = [fold(facts.name(arm), FOLD[across], facts.lang) for arm in others]
    rows = [names[start : start + across] for start in range(0, len(names), across or 1)]
    return 12 + sum(ROW + LINE * most_lines(row) for row in rows)


def _ecdf(ax: Axes, facts: Facts, table: pd.DataFrame, arm: str, **changes: object) -> None:
    rows = table[table.arm == arm]
    minutes = rows.minutes.to_numpy()
    marked = [int(np.abs(np.log(minutes / moment)).argmin()) for moment in MARKED]
    how = {**look_of(facts, arm).line(), **changes}
    ax.plot(minutes, rows["mean"], markevery=marked, clip_on=False, **how)


def _time_axis(ax: Axes, facts: Facts, labelled: tuple[float, ...]) -> None:
    ax.set_xscale("log")
    words = {
        at: say(facts.lang, f"figures.response.at.{unit}", n=n) for at, (n, unit) in MOMENTS.items()
    }
    ax.set_xticks(list(MOMENTS), [words[at] if at in labelled else "" for at in MOMENTS])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xlim(1.0, 7 * DAY)
    in_percent(ax, "y")


def _name_curves(ax: Axes, facts: Facts, table: pd.DataFrame) -> None:
    """Write each name beside its curve: left of the upper one, right of the lower one."""
    curves = {arm: table[table.arm == arm] for arm in (facts.baseline, facts.focus)}
    upper = max(curves, key=lambda arm: float(curves[arm]["mean"].sum()))
    for arm, rows in curves.items():
        name = ax.text(0, 0, fold(facts.name(arm), 26), color=look_of(facts, arm).text, va="center")
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
