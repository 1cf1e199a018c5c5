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
from matplotlib.ticker import NullLocator
from matplotlib.transforms import offset_copy
from numpy.typing import NDArray

from sim.figures.labels import Labels, difference_label, fold, parameter_label
from sim.figures.marks import MARKS, key_below, verdict_handles
from sim.figures.names import counts, shares_told, told
from sim.figures.style import (
    TWO_COLUMNS,
    Drawing,
    Facts,
    caption,
    metric_words,
    number,
    sheet,
    styled,
    unit_label,
    unit_of,
    verdict_seen,
    with_interval,
    write_all,
)

Floats = NDArray[np.float64]

FOLD = 50
DARK = 0.6  # of the colour scale; beyond, black signs cannot be read
MOST_NUMBERS = 10  # levels of a quantity beyond which fields are too narrow for numbers


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
    """A field per node: colour and number its difference, mark its verdict, line where it is 0."""
    seen = zip(nodes.verdict, nodes.lo, nodes.hi, strict=True)
    nodes = nodes.assign(verdict=[verdict_seen(*row) for row in seen])
    words = [parameter_label(facts.lang, key, labels) for key in (x, y)]
    figure = sheet(TWO_COLUMNS, 108)
    ax = figure.subplots()
    mesh = _fields(ax, nodes, x, y, log)
    for _, line in contour.groupby("line"):
        ax.plot(line[x], line[y], color="black", linewidth=1.6)
    _axes(ax, nodes, (x, y), log, words)
    _node_words(ax, nodes, x, y)
    _colour_bar(figure, ax, facts, metric, mesh)
    _key(figure, facts, nodes, lines=len(contour) > 0)
    text = caption(
        facts,
        told(facts, "phase.n", n=counts(facts, nodes.n.astype(int)), nodes=len(nodes)),
        told(
            facts,
            "phase.what",
            metric=metric_words(facts.lang, metric),
            pair=facts.difference,
            x=words[0],
            y=words[1],
            unit=_in_unit(facts, metric),
        ),
        told(facts, "phase.no_contour" if contour.empty else "phase.contour"),
        _verdict_told(facts, nodes, metric),
        told(facts, "phase.single"),
    )
    title = told(facts, "phase.title")
    return Drawing("phase", title, figure, _table(nodes, contour, x, y), text)


def _table(nodes: pd.DataFrame, contour: pd.DataFrame, x: str, y: str) -> pd.DataFrame:
    """The nodes, then the points of the lines."""
    table = pd.concat(
        [nodes.assign(what="node"), contour.assign(what="zero contour")], ignore_index=True
    )
    front = ["what", "line", x, y]
    table = table.reindex(columns=[*front, *(name for name in nodes.columns if name not in front)])
    return table.astype({"line": "Int64", "n": "Int64"})


def _in_unit(facts: Facts, metric: str) -> str:
    unit = unit_label(facts.lang, metric)
    return f" [{unit}]"


def edges_of(levels: Floats, *, log: bool) -> Floats:
    """Where the fields of rising levels end: half way between them, and as far beyond."""
    at = np.log(levels) if log else levels
    middle = (at[1:] + at[:-1]) / 2
    edges = np.concatenate([[2 * at[0] - middle[0]], middle, [2 * at[-1] - middle[-1]]])
    return np.exp(edges) if log else edges


def _fields(ax: Axes, nodes: pd.DataFrame, x: str, y: str, log: Collection[str]) -> QuadMesh:
    grid = nodes.pivot(index=y, columns=x, values="difference")
    across = edges_of(grid.columns.to_numpy(dtype=np.float64), log=x in log)
    up = edges_of(grid.index.to_numpy(dtype=np.float64), log=y in log)
    limit = float(nodes.difference.abs().max()) or 1.0
    values = np.ma.masked_invalid(grid.to_numpy(dtype=np.float64))
    mesh = ax.pcolormesh(across, up, values, cmap="PuOr", vmin=-limit, vmax=limit)
    ax.set(xlim=(across[0], across[-1]), ylim=(up[0], up[-1]))
    return mesh


def _node_words(ax: Axes, nodes: pd.DataFrame, x: str, y: str) -> None:
    """The verdict of every node as a mark, and over it the difference while there is room."""
    figure = ax.get_figure(root=True)
    below = offset_copy(ax.transData, fig=figure, y=-4.5, units="points")
    known = nodes.dropna(subset="difference")
    dark = known.difference.abs() > DARK * (known.difference.abs().max() or 1.0)
    for (verdict, deep), rows in known.groupby([known.verdict, dark], sort=False):
        marker, face = MARKS[str(verdict)]
        ink = "white" if deep else "black"
        face = "none" if face == "white" else ink
        how: dict[str, Any] = {"color": ink, "mfc": face, "mew": 0.6, "markersize": 3.2, "ls": ""}
        ax.plot(rows[x], rows[y], marker=marker, transform=below, **how)
    if max(nodes[x].nunique(), nodes[y].nunique()) > MOST_NUMBERS:
        return
    for row, deep in zip(known.to_dict("records"), dark, strict=True):
        ax.annotate(
            number(row["difference"]),
            (row[x], row[y]),
            (0, 2.5),
            textcoords="offset points",
            ha="center",
            fontsize=5.5,
            color="white" if deep else "black",
        )


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
    lines = [fold(metric_words(facts.lang, metric), 44), fold(facts.difference, 44)]
    bar.set_label("\n".join([*lines, difference_label(facts.lang, metric)]))
    bar.ax.yaxis.set_major_formatter(lambda value, _: number(value))


def _key(figure: Figure, facts: Facts, nodes: pd.DataFrame, *, lines: bool) -> None:
    handles = verdict_handles(facts.lang, list(dict.fromkeys(nodes.verdict)))
    for handle in handles:
        handle.set(color="black", markerfacecolor=_key_face(handle))
    if lines:
        words = told(facts, "say.zero")
        handles.append(Line2D([], [], color="black", linewidth=1.6, label=words))
    key_below(figure, handles)


def _key_face(handle: Line2D) -> Any:
    """Marks lie on colours, so they are black and white alone."""
    face = handle.get_markerfacecolor()
    return face if face == "white" else "black"


def _verdict_told(facts: Facts, nodes: pd.DataFrame, metric: str) -> str:
    known = nodes.dropna(subset="difference")
    rows = known.sort_values("difference", kind="stable").to_dict("records")
    unit = unit_of(facts.lang, metric)
    low, high = (
        with_interval(row["difference"], row["lo"], row["hi"], unit, signed=True)
        for row in (rows[0], rows[-1])
    )
    shares = shares_told(facts, nodes.verdict)
    return told(facts, "phase.verdicts", told=shares, low=low, high=high)
