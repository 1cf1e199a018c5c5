"""The figures over worlds: one change at a time, and every combination of open choices."""

from pathlib import Path

import pandas as pd

from sim.figures.ladder import ladder
from sim.figures.multiverse import best_arm, every_world, what_carries
from sim.figures.style import Drawing, Facts, styled, write_all


def draw_ladder(folder: Path, facts: Facts, summary: pd.DataFrame) -> list[Path]:
    """Draw and write the figure of a ladder.

    Parameters
    ----------
    summary : the contrasts of every world, with a column ``world``

    Returns
    -------
    The .svg file; the .csv and the .txt lie beside it.
    """
    with styled():
        return write_all(folder, lambda lang: [ladder(facts.spoken(lang), summary)])


def draw_multiverse(
    folder: Path, facts: Facts, summary: pd.DataFrame, best: pd.DataFrame, carried: pd.DataFrame
) -> list[Path]:
    """Draw and write the figures of a multiverse.

    Parameters
    ----------
    summary : the contrasts of every world, with a column ``world``
    best : ``metric``, a column per arm with its share of worlds, ``worlds``
    carried : ``metric``, ``factor``, ``share_of_variance``, ``option``, ``mean_difference``

    Returns
    -------
    The .svg files in order; the .csv and the .txt of each lie beside it.
    """
    with styled():
        return write_all(
            folder, lambda lang: multiverse_drawings(facts.spoken(lang), summary, best, carried)
        )


def multiverse_drawings(
    facts: Facts, summary: pd.DataFrame, best: pd.DataFrame, carried: pd.DataFrame
) -> list[Drawing]:
    """The figures of a multiverse, not yet written."""
    return [
        every_world(facts, summary),
        best_arm(facts, best),
        what_carries(facts, carried, int(best.worlds.iloc[0])),
    ]
