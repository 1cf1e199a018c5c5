"""Phase diagrams: over two parameters, where an alternative is better and where it is not."""

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd
from contourpy import contour_generator

from sim.comparison import contrast

SHOWN = ["baseline", "alternative", "difference", "lo", "hi", "n", "margin", "verdict", "sd"]


def contrast_points(values: pd.DataFrame, metric: str, keys: Sequence[str]) -> pd.DataFrame:
    """The paired difference of two arms at every point of a design, as in comparisons.

    Parameters
    ----------
    values : a row per point and replication: a column per key, ``replication``,
        ``baseline`` and ``alternative`` (the metric under both arms)
    metric : a name in ``METRICS``
    keys : columns that name a point, one or more

    Returns
    -------
    DataFrame with a row per point: the keys, ``baseline``, ``alternative``,
    ``difference``, ``lo``, ``hi``, ``n``, ``margin``, ``verdict``, ``sd``. Verdicts are
    those of single points: nothing is corrected for the number of points.

    Raises
    ------
    ValueError
        A replication stands twice at a point.
    """
    points = values[list(keys)].drop_duplicates().reset_index(drop=True)
    rows = values.merge(points.assign(point=points.index), on=list(keys))
    if rows.duplicated(["point", "replication"]).any():
        raise ValueError("values: a replication stands twice at a point; allowed: once")
    arms = []
    for arm in ("baseline", "alternative"):
        wide = rows.pivot(index="point", columns="replication", values=arm)
        names = [(metric, f"point {place}") for place in wide.index]
        index = pd.MultiIndex.from_tuples(names, names=["metric", "group"])
        arms.append(wide.set_axis(index, axis=0).astype(np.float64))
    table = contrast(arms[0], arms[1], "baseline", "alternative").table
    return points.join(table[SHOWN])


def zero_contour(
    nodes: pd.DataFrame, x: str, y: str, value: str = "difference", log: Collection[str] = ()
) -> pd.DataFrame:
    """Where a value over a full grid of two keys passes zero, linear between nodes.

    Parameters
    ----------
    nodes : a row per node of the grid: both keys and the value; NaN is left out
    log : keys interpolated on a log scale

    Returns
    -------
    DataFrame with ``line`` (0, 1, ...) and a column per key in its own units, the points
    of each line in order; no row where nothing passes zero.

    Raises
    ------
    ValueError
        A node is missing or stands twice, fewer than two levels of a key, or a log scale
        of a key with values of 0 or below.
    """
    grid = full_grid(nodes, x, y, value)
    scales = {key: np.log if key in log else np.asarray for key in (x, y)}
    back = {key: np.exp if key in log else np.asarray for key in (x, y)}
    for key in log:
        if (nodes[key] <= 0).any():
            raise ValueError(f"{key} = {nodes[key].min():g}: a log scale is allowed above 0 only")
    across, up = scales[x](grid.columns.to_numpy(float)), scales[y](grid.index.to_numpy(float))
    heights = np.ma.masked_invalid(grid.to_numpy(dtype=np.float64))
    lines = contour_generator(across, up, heights).lines(0.0)
    tables = [
        pd.DataFrame({"line": number, x: back[x](points[:, 0]), y: back[y](points[:, 1])})
        for number, points in enumerate(map(np.asarray, lines))
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["line", x, y])


def full_grid(nodes: pd.DataFrame, x: str, y: str, value: str) -> pd.DataFrame:
    """A value with a row per level of y and a column per level of x, both rising.

    Raises
    ------
    ValueError
        A node is missing or stands twice, or fewer than two levels of a key.
    """
    if nodes.duplicated([x, y]).any():
        raise ValueError(f"nodes: a point of {x} and {y} stands twice; allowed: once")
    grid = nodes.pivot(index=y, columns=x, values=value)
    if min(grid.shape) < 2:
        raise ValueError(f"levels of {x} and {y} = {grid.shape[::-1]}: allowed: 2 or more of each")
    if grid.size > len(nodes):
        raise ValueError(f"nodes: {len(nodes)} of {grid.size}; allowed: every level of both keys")
    return grid
