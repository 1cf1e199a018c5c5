"""Who carries the work: the share of request work done by the least loaded workers."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from sim.figures.labels import fold
from sim.figures.style import (
    FAINT,
    ONE_COLUMN,
    TICK,
    Drawing,
    Facts,
    band_words,
    bands,
    caption,
    in_percent,
    look_of,
    metric_rows,
    number,
    paired,
    rows_by,
    sheet,
    spread,
    with_interval,
)
from sim.words import say

MARKED = (20, 40, 60, 75, 88)  # of the hundredths of workers


def workload(facts: Facts, metrics: pd.DataFrame, curves: pd.DataFrame) -> Drawing:
    """Lorenz curves of request work per paid hour, baseline and focus."""
    both = [facts.baseline, facts.focus]
    chosen = curves[(curves.curve == "lorenz") & curves.arm.isin(both)]
    table = spread(chosen, ["arm", "x"], "y").rename(columns={"x": "workers_share"})
    gini = spread(metric_rows(metrics, "gini_request_work"), ["arm"], "value")
    means = rows_by(gini, "arm")
    words = {arm: _gini_words(means[arm]) for arm in both}
    figure = sheet(ONE_COLUMN, ONE_COLUMN)
    _lorenz(figure.add_subplot(), facts, table, words)
    people = number(float(chosen.n.mean()))
    arms = {"baseline": facts.name(facts.baseline), "focus": facts.name(facts.focus)}
    before, after = words.values()
    text = caption(
        facts,
        paired(facts),
        say(facts.lang, "figures.workload.shown", **arms),
        say(facts.lang, "figures.workload.gini", before=before, after=after, **arms),
        say(facts.lang, "figures.workload.people", people=people),
        say(facts.lang, "figures.workload.lines", bands=band_words(facts)),
    )
    return Drawing("workload", say(facts.lang, "figures.workload.title"), figure, table, text)


def _gini_words(row: dict[Any, Any]) -> str:
    return with_interval(row["mean"], row["lo"], row["hi"])


def _lorenz(ax: Axes, facts: Facts, table: pd.DataFrame, words: dict[str, str]) -> None:
    ax.plot([0, 1], [0, 1], color=FAINT, linewidth=0.7)
    equal = say(facts.lang, "figures.workload.equal")
    ax.text(0.85, 0.87, equal, ha="right", fontsize=TICK, color="#595959")
    for arm in words:
        rows = table[table.arm == arm]
        look = look_of(facts, arm)
        bands(ax, rows.workers_share, rows, look)
        ax.plot(rows.workers_share, rows["mean"], markevery=list(MARKED), **look.line())
    _name_curves(ax, facts, table, words)
    in_percent(ax, "x")
    in_percent(ax, "y")
    ax.set_xlabel(say(facts.lang, "figures.workload.workers"))
    ax.set_ylabel(say(facts.lang, "figures.workload.work"))
    ax.set_aspect("equal")


def _name_curves(ax: Axes, facts: Facts, table: pd.DataFrame, words: dict[str, str]) -> None:
    """Name the more equal curve above the diagonal, the other below its curve."""
    height = {arm: float(table[table.arm == arm]["mean"].sum()) for arm in words}
    upper = max(height, key=lambda arm: height[arm])
    for arm, gini in words.items():
        place, at, ha = (
            ((0.04, 0.97), 0.6, "left") if arm == upper else ((0.99, 0.015), 0.8, "right")
        )
        rows = table[table.arm == arm]
        row = rows.iloc[(rows.workers_share - at).abs().argmin()]
        look = look_of(facts, arm)
        index = say(facts.lang, "figures.workload.index", gini=gini)
        ax.annotate(
            f"{fold(facts.name(arm), 18, facts.lang)}\n{index}",
            (float(row.workers_share), float(row["mean"])),
            place,
            textcoords="axes fraction",
            ha=ha,
            va="top" if arm == upper else "bottom",
            color=look.text,
            fontsize=TICK,
            arrowprops={"arrowstyle": "-", "color": look.color, "linewidth": 0.5, "shrinkB": 2},
        )
