"""Phase diagrams: over two parameters, where an alternative is better and where it is not."""

from collections.abc import Collection, Sequence

import pandas as pd


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
    """
    raise NotImplementedError


def zero_contour(
    nodes: pd.DataFrame, x: str, y: str, value: str = "difference", log: Collection[str] = ()
) -> pd.DataFrame:
    """Where a value over a full grid of two keys passes zero.

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
    raise NotImplementedError
