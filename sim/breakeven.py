"""Break-even: where along a scalar, such as a multiple of headcount, a difference is zero.

The estimate is the zero of the mean curve, made monotone by isotonic regression (pooled
adjacent violators: Barlow et al. 1972) and linear between the values of x that were run.
The interval holds every x at which a paired t test, with each replication's own curve
linear between its values, does not reject a difference of zero; between two neighbouring x
that is Fieller's interval (1954). It needs no choice of a bracket and keeps the dependence
that common luck makes along x.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from sim.comparison import mean_intervals, reach_of

Floats = NDArray[np.float64]

ANSWERS = ("within the range", "not within the range")


class Crossing(NamedTuple):
    """Where a curve passes zero; see :func:`crossings` for the fields."""

    x: float
    lo: float
    hi: float
    answer: str
    left: float
    right: float
    low: float
    high: float
    n: int


def difference_curve(differences: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """The mean paired difference along x.

    Parameters
    ----------
    differences : ``x``, ``replication``, ``difference``, and the columns ``by``
    by : columns that name a curve, such as a role; none: there is one curve

    Returns
    -------
    DataFrame with ``by``, ``x``, ``difference``, ``lo``, ``hi`` (95 % interval of the mean
    paired difference, Student's t), ``n``, ``least``, ``most`` (of the replications).

    Raises
    ------
    ValueError
        As :func:`crossings`.
    """
    tables = []
    for name, wide in _curves(differences, by):
        rows = mean_intervals(wide.to_numpy(dtype=np.float64)).drop(columns="se")
        rows = rows.rename(columns={"value": "difference"})
        rows["least"], rows["most"] = wide.min(axis=1).to_numpy(), wide.max(axis=1).to_numpy()
        rows.insert(0, "x", wide.index.to_numpy())
        tables.append(_named(rows, by, name))
    return pd.concat(tables, ignore_index=True)


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
        A replication stands twice at an x, fewer than two x, or fewer than two complete
        replications.
    """
    tables = [
        _named(pd.DataFrame([_crossing(wide)]), by, name) for name, wide in _curves(differences, by)
    ]
    return pd.concat(tables, ignore_index=True)


def _curves(
    differences: pd.DataFrame, by: Sequence[str]
) -> Iterator[tuple[tuple[Any, ...], pd.DataFrame]]:
    """Each curve with a row per x, rising, and a column per complete replication."""
    groups = differences.groupby(list(by), sort=False) if by else [((), differences)]
    for name, rows in groups:
        where = f" of {', '.join(map(str, name))}" if by else ""
        if rows.duplicated(["x", "replication"]).any():
            raise ValueError(f"x{where}: a replication stands twice at one x; allowed: once")
        wide = rows.pivot(index="x", columns="replication", values="difference").dropna(axis=1)
        for count, words in zip(wide.shape, ("values of x", "complete replications"), strict=True):
            if count < 2:
                raise ValueError(f"{words}{where} = {count}: allowed: 2 or more")
        yield name, wide


def _named(rows: pd.DataFrame, by: Sequence[str], name: tuple[Any, ...]) -> pd.DataFrame:
    for place, (key, value) in enumerate(zip(by, name, strict=True)):
        rows.insert(place, key, value)
    return rows


def _crossing(wide: pd.DataFrame) -> Crossing:
    x, each = wide.index.to_numpy(dtype=np.float64), wide.to_numpy(dtype=np.float64)
    mean = each.mean(axis=1)
    at = _zero(x, mean)
    lo, hi = _accepted(x, each)
    if not math.isnan(at):
        lo, hi = float(np.fmin(lo, at)), float(np.fmax(hi, at))
    answer = ANSWERS[1 if math.isnan(at) else 0]
    return Crossing(at, lo, hi, answer, mean[0], mean[-1], x[0], x[-1], each.shape[1])


def _zero(x: Floats, mean: Floats) -> float:
    """Where the monotone mean is zero, the middle where it is zero over a stretch."""
    rising = bool(np.polyfit(x, mean, 1)[0] >= 0)
    fitted = np.asarray(isotonic_regression(mean, increasing=rising).x, dtype=np.float64)
    fitted = fitted if rising else -fitted
    if fitted[0] > 0 or fitted[-1] < 0:
        return math.nan
    return (_reaches(x, fitted) - _reaches(-x[::-1], -fitted[::-1])) / 2  # from both ends


def _reaches(x: Floats, rising: Floats) -> float:
    """Where a rising curve that starts at or below zero first reaches zero."""
    reached = int(np.argmax(rising >= 0))
    if reached == 0:
        return float(x[0])
    before, after = rising[reached - 1], rising[reached]
    return float(x[reached - 1] + (x[reached] - x[reached - 1]) * before / (before - after))


def _accepted(x: Floats, each: Floats) -> tuple[float, float]:
    """Ends of what a paired t test does not reject, infinite beyond the range."""
    reach = float(reach_of(np.float64(1 / math.sqrt(each.shape[1])), each.shape[1] - 1))
    holds = np.abs(each.mean(axis=1)) <= reach * each.std(axis=1, ddof=1)
    found = list(x[holds])
    for place in range(len(x) - 1):
        shares = _shares(each[place], each[place + 1], reach)
        found += [x[place] + (x[place + 1] - x[place]) * share for share in shares]
    lo = -math.inf if holds[0] else min(found, default=math.nan)
    hi = math.inf if holds[-1] else max(found, default=math.nan)
    return float(lo), float(hi)


def _shares(left: Floats, right: Floats, reach: float) -> list[float]:
    """Shares of the way between two x at which zero is just not rejected.

    Along the way mean and variance of the replications' values are polynomials; these are
    the roots of the squared mean minus the squared reach times the variance.
    """
    step = right - left
    spread = np.cov(left, step) * reach**2
    middle, slope = left.mean(), step.mean()
    square = np.polynomial.Polynomial(
        [
            middle**2 - spread[0, 0],
            2 * (middle * slope - spread[0, 1]),
            slope**2 - spread[1, 1],
        ]
    )
    roots = [float(root.real) for root in square.trim().roots() if root.imag == 0]
    return [root for root in roots if 0 < root < 1]
