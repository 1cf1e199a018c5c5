"""Where a city is answered sooner or later: a map of differences by block of cells."""

from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure

from sim.figures.labels import fold
from sim.figures.style import (
    FAINT,
    INK,
    ONE_COLUMN,
    TICK,
    Drawing,
    Facts,
    caption,
    metric_rows,
    number,
    paired,
    percent,
    sheet,
    spread,
    with_interval,
)
from sim.metrics import BLOCK
from sim.words import say, term

ENOUGH = 30  # requests in each arm, all replications together
BAR = 27  # letters along the colour bar
CLIP = 0.98  # of the blocks keep their own colour


def block_map(
    facts: Facts, metrics: pd.DataFrame, curves: pd.DataFrame, width: int, cell_m: float
) -> Drawing:
    """Difference of the mean response by block, focus minus baseline, pooled."""
    across = -(-width // BLOCK)
    table = _pooled(facts, curves, across)
    limit = _limit(table)
    table["drawn"] = table.difference.where(table.enough).clip(-limit, limit)
    down = int(table.row.max()) + 1
    inner = ONE_COLUMN - 22
    figure = sheet(ONE_COLUMN, max(inner * down * BLOCK / width + 16, 40))
    ax = figure.add_subplot()
    _colour_bar(figure, ax, facts, _blocks(ax, table, width, limit))
    _scale_bar(ax, facts, width, down * BLOCK, cell_m)
    cut = int((table.difference.abs() > limit).where(table.enough, other=False).sum())
    few, slower = int((~table.enough).sum()), int((table.drawn > 0).sum())
    say_here = partial(say, facts.lang)
    focus = facts.name(facts.focus)
    text = caption(
        facts,
        paired(facts),
        say_here("figures.blocks.shown", block=BLOCK, minus=facts.difference),
        say_here(
            "figures.blocks.colours",
            limit=number(limit),
            clip=percent(facts.lang, CLIP),
            cut=cut,
            blocks=len(table),
        ),
        say_here("figures.blocks.slower", focus=focus, slower=slower),
        say_here("figures.blocks.few", enough=ENOUGH, few=few),
        say_here(
            "figures.blocks.known",
            overall=_overall(facts, metrics),
            reach=_single(facts, curves),
        ),
        say_here("figures.blocks.synthetic"),
    )
    return Drawing("map", say_here("figures.blocks.title"), figure, table, text)


def _pooled(facts: Facts, curves: pd.DataFrame, across: int) -> pd.DataFrame:
    """A row per block: its place, both means [min], their difference, both numbers."""
    blocks = curves[(curves.curve == "block") & curves.arm.isin([facts.baseline, facts.focus])]
    heavy = blocks.assign(minutes=blocks.y * blocks.n)
    sums = heavy.groupby(["x", "arm"])[["minutes", "n"]].sum().unstack(fill_value=0)
    down = int(sums.index.max()) // across + 1
    block = np.arange(across * down)
    sums = sums.reindex(block, fill_value=0)
    count = sums["n"]
    mean = sums["minutes"] / count.where(count > 0)
    table = pd.DataFrame({"block": block, "column": block % across, "row": block // across})
    for name, arm in (("baseline", facts.baseline), ("focus", facts.focus)):
        table[f"{name}_mean"] = mean[arm].to_numpy()
        table[f"{name}_n"] = count[arm].to_numpy()
    table["difference"] = table.focus_mean - table.baseline_mean
    table["enough"] = (table.baseline_n >= ENOUGH) & (table.focus_n >= ENOUGH)
    return table


def _limit(table: pd.DataFrame) -> float:
    """Where the colours end, the same on both sides of 0 [min]."""
    sizes = table.difference[table.enough].abs()
    limit = float(sizes.quantile(CLIP)) if len(sizes) else 0.0
    return limit if limit > 0 else 1.0


def _overall(facts: Facts, metrics: pd.DataFrame) -> str:
    rows = metric_rows(metrics, "response_mean")
    wide = rows.pivot(index="replication", columns="arm", values="value")
    difference = (wide[facts.focus] - wide[facts.baseline]).rename("value").reset_index()
    row = spread(difference.assign(all=0), ["all"], "value").iloc[0]
    unit = term(facts.lang, "unit", "min")
    return with_interval(row["mean"], row.lo, row.hi, unit, signed=True)


def _single(facts: Facts, curves: pd.DataFrame) -> str:
    """How far a single block's difference is known, either way [min]."""
    blocks = curves[curves.curve == "block"]
    wide = blocks.pivot(index=["replication", "x"], columns="arm", values="y")
    difference = (wide[facts.focus] - wide[facts.baseline]).rename("value").reset_index()
    known = spread(difference, ["x"], "value")
    return number(float(((known.hi - known.lo) / 2).median()))


def _blocks(ax: Axes, table: pd.DataFrame, width: int, limit: float) -> QuadMesh:
    across, down = -(-width // BLOCK), int(table.row.max()) + 1
    grid = table.drawn.to_numpy().reshape(down, across)
    ax.patch.set(facecolor="white", edgecolor="#B5B5B5", hatch="/////")
    edges = np.minimum(np.arange(across + 1) * BLOCK, width)
    mesh = ax.pcolormesh(
        edges,
        np.arange(down + 1) * BLOCK,
        np.ma.masked_invalid(grid),
        cmap="PuOr",
        vmin=-limit,
        vmax=limit,
    )
    slower = table[table.drawn > 0]
    ax.plot(
        (edges[slower.column] + edges[slower.column + 1]) / 2,
        (slower.row + 0.5) * BLOCK,
        "+",
        color="black",
        markersize=3,
        markeredgewidth=0.6,
    )
    ax.set(xticks=[], yticks=[], xlim=(0, width), ylim=(down * BLOCK, 0), aspect="equal")
    ax.spines[:].set(visible=True, color=FAINT)
    return mesh


def _colour_bar(figure: Figure, ax: Axes, facts: Facts, mesh: QuadMesh) -> None:
    bar = figure.colorbar(mesh, ax=ax, aspect=16, pad=0.03, extend="both", shrink=0.8)
    bar.outline.set_visible(False)
    bar.set_label(f"{fold(facts.difference, BAR, facts.lang)} [{term(facts.lang, 'unit', 'min')}]")
    faster, slower = (say(facts.lang, f"figures.style.way.min.{end}") for end in ("low", "high"))
    bar.ax.set_title(slower, fontsize=TICK, color=INK)
    bar.ax.set_xlabel(faster, fontsize=TICK, color=INK, labelpad=11)


def _scale_bar(ax: Axes, facts: Facts, width: int, height: int, cell_m: float) -> None:
    """A bar of a round number of km, about a quarter of the map."""
    km = width * cell_m / 1000 / 4
    power = 10.0 ** np.floor(np.log10(km))
    length = max(step for step in (1, 2, 5) if step * power <= km) * power
    cells = length * 1000 / cell_m
    y = height * 1.035
    ax.plot([0, cells], [y, y], color=INK, linewidth=1.6, clip_on=False, solid_capstyle="butt")
    words = say(facts.lang, "figures.blocks.km", km=number(length))
    ax.text(cells + 0.02 * width, y, words, va="center", fontsize=TICK)
