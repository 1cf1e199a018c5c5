"""Figures of a comparison in one world: how fast, what waiting is made of, who carries it."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.gridspec import GridSpec

from sim.compare import HEADLINE_GROUP
from sim.figures.blocks import block_map
from sim.figures.parts import waiting
from sim.figures.style import (
    BANDS,
    FAINT,
    INK,
    LABEL,
    ONE_COLUMN,
    TICK,
    TWO_COLUMNS,
    Drawing,
    Facts,
    axis_words,
    caption,
    contrast_rows,
    folded,
    in_percent,
    letter,
    look_of,
    metric_rows,
    number,
    others_of,
    paired,
    percent,
    sheet,
    shown,
    spread,
    styled,
    unit_of,
    verdict_words,
    with_interval,
    write_all,
)
from sim.metrics import HEADLINE, METRICS
from sim.units import DAY

MOMENTS = {
    1.0: "1 min",
    10.0: "10 min",
    60.0: "1 h",
    480.0: "8 h",
    DAY: "1 d",
    7 * DAY: "7 d",
}
FEW_MOMENTS = (1.0, 60.0, DAY)
PAIRS_SHOWN = 200  # lines; more cannot be told apart and make the file heavy


def draw_compare(
    folder: Path,
    study_facts: Facts,
    summary: pd.DataFrame,
    metrics: pd.DataFrame,
    curves: pd.DataFrame,
    width: int,
    cell_m: float,
) -> list[Path]:
    """Draw and write the figures of a comparison.

    Parameters
    ----------
    summary : the study's contrasts (``sim.compare``)
    metrics : ``metric``, ``group``, ``value``, ``arm``, ``replication``
    curves : ``curve``, ``x``, ``y``, ``n``, ``arm``, ``replication``
    width : cells across the map
    cell_m : side of a cell [m]

    Returns
    -------
    The .svg files in order; the .csv and .txt of each lie beside it.
    """
    with styled():
        drawings = compare_drawings(study_facts, summary, metrics, curves, width, cell_m)
        return write_all(folder, drawings)


def compare_drawings(
    facts: Facts,
    summary: pd.DataFrame,
    metrics: pd.DataFrame,
    curves: pd.DataFrame,
    width: int,
    cell_m: float,
) -> list[Drawing]:
    """The figures of a comparison, not yet written."""
    return [
        response(facts, metrics, curves),
        waiting(facts, metrics),
        block_map(facts, metrics, curves, width, cell_m),
        workload(facts, metrics, curves),
        pairs(facts, summary, metrics),
    ]


def response(facts: Facts, metrics: pd.DataFrame, curves: pd.DataFrame) -> Drawing:
    """Share of requests answered within a time, with the spread of replications."""
    chosen = curves[(curves.curve == "response") & (curves.x >= 1)]
    table = spread(chosen, ["arm", "x"], "y").rename(columns={"x": "minutes"})
    others = [arm for arm in others_of(facts) if arm in set(table.arm)]
    figure = sheet(TWO_COLUMNS if others else ONE_COLUMN, 84)
    grid = figure.add_gridspec(1, 2, width_ratios=[1, 1.05 if others else 1e-6])
    main = figure.add_subplot(grid[0])
    both = [facts.baseline, facts.focus]
    for arm in both:
        _ecdf(main, facts, table, arm)
    _time_axis(main, tuple(MOMENTS))
    main.set_ylabel("requests answered [%]")
    main.set_xlabel("report to arrival, log scale [min, h, d]")
    if others:
        letter(main, "a")
        _small_ecdfs(figure.add_subplot, grid[1].subgridspec(-(-len(others) // 2), 2), facts, table)
    figure.draw_without_rendering()
    _name_two_curves(main, facts, table)
    within = spread(metric_rows(metrics, "response_within_60"), ["arm"], "value").set_index("arm")
    hour = [
        f"{percent(row['mean'])} [{percent(row.lo)}, {percent(row.hi)}] under {shown(arm)}"
        for arm, row in within.loc[both].iterrows()
    ]
    text = caption(
        facts,
        paired(facts),
        "Share of requests answered within a time after their report, from 1 min to 7 d on a "
        f"log scale: {shown(facts.baseline)} dashed, {shown(facts.focus)} solid"
        + (f"; small panels: each other arm (black) against these two." if others else "."),
        f"Within an hour {hour[0]} and {hour[1]}.",
        f"Lines are means over replications; {BANDS}.",
        "A request never answered counts in every share and in no time.",
    )
    return Drawing(
        "response", "Requests answered over time since report, by arm", figure, table, text
    )
