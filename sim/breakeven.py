"""Break-even: where along a scalar, such as a multiple of headcount, a difference is zero."""

from collections.abc import Sequence

import pandas as pd

ANSWERS = ("within the range", "not within the range")


def difference_curve(differences: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """The mean paired difference along x.

    Parameters
    ----------
    differences : ``x``, ``replication``, ``difference``, and the columns ``by``
    by : columns that name a curve, such as a role; none: there is one curve

    Returns
    -------
    DataFrame with ``by``, ``x``, ``difference``, ``lo``, ``hi`` (95 % interval of the mean
    paired difference, Student's t), ``n``.
    """
    raise NotImplementedError


def crossings(differences: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """The x at which the mean difference is zero, with its interval, for every curve.

    Parameters
    ----------
    differences : ``x``, ``replication``, ``difference``, and the columns ``by``; a
        replication without a value at some x is left out of its curve
    by : columns that name a curve; none: there is one curve

    Returns
    -------
    DataFrame with a row per curve: ``by``, ``x`` (NaN: not within the range), ``lo``,
    ``hi`` (95 % interval; -inf or inf where it runs beyond the range, NaN where no x of the
    range is in it), ``answer`` (one of ``ANSWERS``), ``left``, ``right`` (mean difference at
    the ends of the range), ``low``, ``high`` (ends of the range), ``n``.

    Raises
    ------
    ValueError
        Fewer than two x or fewer than two complete replications.
    """
    raise NotImplementedError
