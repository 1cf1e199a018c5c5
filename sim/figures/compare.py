"""The figures of a comparison: every arm in one world, over paired replications."""

from pathlib import Path

import pandas as pd

from sim.equity import equity_tables
from sim.figures.blocks import block_map
from sim.figures.equity import winners
from sim.figures.pairs import pairs
from sim.figures.parts import waiting
from sim.figures.response import response
from sim.figures.style import Drawing, Facts, styled, write_all
from sim.figures.workload import workload


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
    summary : the study's contrasts, as ``sim.comparison`` leaves them
    metrics : ``metric``, ``group``, ``value``, ``arm``, ``replication``
    curves : ``curve``, ``x``, ``y``, ``n``, ``arm``, ``replication``
    width : cells across the map
    cell_m : side of a cell [m]

    Returns
    -------
    The .svg files in order; the .csv and the .txt of each lie beside it.
    """
    with styled():
        return write_all(
            folder,
            lambda lang: compare_drawings(
                study_facts.spoken(lang), summary, metrics, curves, width, cell_m
            ),
        )


def compare_drawings(
    facts: Facts,
    summary: pd.DataFrame,
    metrics: pd.DataFrame,
    curves: pd.DataFrame,
    width: int,
    cell_m: float,
) -> list[Drawing]:
    """The figures of a comparison, not yet written; parameters as in :func:`draw_compare`.

    Where the runs left totals alone, and no curves, there is the figure of pairs.
    """
    if curves.empty:
        return [pairs(facts, summary, metrics)]
    fair = equity_tables(metrics, curves, facts.baseline, facts.focus)
    return [
        response(facts, metrics, curves),
        waiting(facts, metrics),
        block_map(facts, metrics, curves, width, cell_m),
        workload(facts, metrics, curves),
        pairs(facts, summary, metrics),
        *([winners(facts, fair["equity"])] if fair else []),
    ]
