"""A phase diagram: over two parameters, where the focus is better and where it is worse."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import NullLocator
from numpy.typing import NDArray

from sim.figures.labels import Labels, difference_label, fold, parameter_label
from sim.figures.style import (
    TICK,
    TWO_COLUMNS,
    Drawing,
    Facts,
    caption,
    number,
    percent,
    sheet,
    shown,
    styled,
    unit_of,
    with_interval,
    write_all,
)
from sim.metrics import METRICS

Floats = NDArray[np.float64]

HATCHES = {"undecided": "/////", "equivalent": "...."}
FOLD = 50


def draw_phase(
    folder: Path,
    facts: Facts,
    nodes: pd.DataFrame,
    contour: pd.DataFrame,
    metric: str,
    x: str,
    y: str,
    log: Collection[str] = (),
    labels: Labels = None,
) -> list[Path]:
    """Draw and write a phase diagram.

    Parameters
    ----------
    nodes : from :func:`sim.phase.contrast_points` over a full grid of both keys
    contour : from :func:`sim.phase.zero_contour`
    metric : a name in ``METRICS``
    x, y : keys of the two parameters
    log : those of them on a log scale
    labels : words for the parameters, with the unit in brackets

    Returns
    -------
    The .svg file; the .csv and the .txt lie beside it.
    """
    with styled():
        return write_all(
            folder,
            lambda lang: [phase(facts.spoken(lang), nodes, contour, metric, x, y, log, labels)],
        )


def phase(
    facts: Facts,
    nodes: pd.DataFrame,
    contour: pd.DataFrame,
    metric: str,
    x: str,
    y: str,
    log: Collection[str] = (),
    labels: Labels = None,
) -> Drawing:
    """A field per node, coloured by its difference, with the line where it is zero."""
    words = [parameter_label("en", key, labels) for key in (x, y)]
    figure = sheet(TWO_COLUMNS, 104)
    ax = figure.subplots()
    mesh = _fields(ax, nodes, x, y, log)
    for _, line in contour.groupby("line"):
        ax.plot(line[x], line[y], color="black", linewidth=1.6)
    _axes(ax, nodes, (x, y), log, words)
    _colour_bar(figure, ax, facts, metric, mesh)
    _key(figure, list(dict.fromkeys(nodes.verdict)), lines=len(contour) > 0)
    text = caption(
        facts,
        f"n = {_counts(nodes)} paired replications at each of {len(nodes)} nodes",
        f"Mean paired difference in {METRICS[metric].words}, {shown(facts.focus)} minus "
        f"{shown(facts.baseline)}, over {words[0]} and {words[1]}; colours are centred on 0 and "
        "end at the largest difference either way; hatched fields are undecided, dotted ones "
        "equivalent, by the node's 95 % interval of the mean difference (Student's t).",
        _contour_words(contour),
        _verdict_words(nodes, metric),
        "Verdicts are those of single nodes, not corrected for their number.",
    )
    table = pd.concat(
        [nodes.assign(what="node"), contour.assign(what="zero contour")], ignore_index=True
    )
    front = ["what", "line", x, y]
    table = table.reindex(columns=[*front, *(name for name in nodes.columns if name not in front)])
    title = "Where the difference is for the better, over two parameters"
    return Drawing("phase", title, figure, table.astype({"line": "Int64", "n": "Int64"}), text)


def _counts(nodes: pd.DataFrame) -> str:
    return " to ".join(str(count) for count in sorted({int(nodes.n.min()), int(nodes.n.max())}))


def edges_of(levels: Floats, *, log: bool) -> Floats:
    """Where the fields of rising levels end: half way between them, and as far beyond."""
    at = np.log(levels) if log else levels
    middle = (at[1:] + at[:-1]) / 2
    edges = np.concatenate([[2 * at[0] - middle[0]], middle, [2 * at[-1] - middle[-1]]])
    return np.exp(edges) if log else edges


def _fields(ax: Axes, nodes: pd.DataFrame, x: str, y: str, log: Collection[str]) -> QuadMesh:
    grid = nodes.pivot(index=y, columns=x, values="difference")
    verdicts = nodes.pivot(index=y, columns=x, values="verdict").to_numpy()
    across = edges_of(grid.columns.to_numpy(dtype=np.float64), log=x in log)
    up = edges_of(grid.index.to_numpy(dtype=np.float64), log=y in log)
    limit = float(nodes.difference.abs().max()) or 1.0
    values = np.ma.masked_invalid(grid.to_numpy(dtype=np.float64))
    mesh = ax.pcolormesh(across, up, values, cmap="PuOr", vmin=-limit, vmax=limit)
    for (row, column), verdict in np.ndenumerate(verdicts):
        if verdict in HATCHES:
            _hatch(ax, across[column : column + 2], up[row : row + 2], HATCHES[verdict])
    ax.set(xlim=(across[0], across[-1]), ylim=(up[0], up[-1]))
    return mesh


def _hatch(ax: Axes, x: Floats, y: Floats, hatch: str) -> None:
    """Signs over one field."""
    corner, wide, high = (float(x[0]), float(y[0])), float(np.ptp(x)), float(np.ptp(y))
    ax.add_patch(Rectangle(corner, wide, high, fill=False, hatch=hatch, linewidth=0, ec="#595959"))


def _axes(
    ax: Axes, nodes: pd.DataFrame, keys: tuple[str, str], log: Collection[str], words: list[str]
) -> None:
    """A tick at every level while there is room."""
    for name, axis, key, label in zip("xy", (ax.xaxis, ax.yaxis), keys, words, strict=True):
        levels = np.sort(nodes[key].unique()).astype(np.float64)
        if key in log:
            limits = axis.get_view_interval()
            ax.set(**{f"{name}scale": "log"})
            ax.set(**{f"{name}lim": tuple(limits)})
        shown_levels = levels[:: -(-len(levels) // 9)]
        axis.set_major_locator(NullLocator())
        axis.set_minor_locator(NullLocator())
        axis.set_ticks(list(shown_levels), [number(level) for level in shown_levels])
        ax.set(**{f"{name}label": fold(label, FOLD)})


def _colour_bar(figure: Figure, ax: Axes, facts: Facts, metric: str, mesh: QuadMesh) -> None:
    bar = figure.colorbar(mesh, ax=ax, aspect=22, pad=0.02)
    bar.outline.set_visible(False)
    pair = f"{shown(facts.focus)} minus {shown(facts.baseline)}"
    bar.set_label(
        f"{fold(METRICS[metric].words, 44)}\n{fold(pair, 44)}\n{difference_label('en', metric)}"
    )
    bar.ax.yaxis.set_major_formatter(lambda value, _: number(value))


def _key(figure: Figure, verdicts: list[str], *, lines: bool) -> None:
    handles: list[Any] = [
        Patch(facecolor="white", edgecolor="#595959", hatch=HATCHES[name], label=name)
        for name in HATCHES
        if name in verdicts
    ]
    if lines:
        handles.append(Line2D([], [], color="black", linewidth=1.6, label="no difference"))
    if handles:
        figure.legend(
            handles=handles,
            loc="outside lower center",
            ncols=len(handles),
            fontsize=TICK,
            frameon=False,
        )


def _contour_words(contour: pd.DataFrame) -> str:
    if contour.empty:
        return "The difference does not pass 0 within the ranges."
    return "Black line: where the difference is 0, linear between nodes."


def _verdict_words(nodes: pd.DataFrame, metric: str) -> str:
    shares = nodes.verdict.value_counts(normalize=True, sort=False)
    told = ", ".join(f"{name} at {percent('en', float(share))}" for name, share in shares.items())
    known = nodes.dropna(subset="difference")
    rows = known.sort_values("difference", kind="stable").to_dict("records")
    low, high = (
        with_interval(row["difference"], row["lo"], row["hi"], unit_of("en", metric), signed=True)
        for row in (rows[0], rows[-1])
    )
    return f"Of the nodes {told}; the difference runs from {low} to {high}."
