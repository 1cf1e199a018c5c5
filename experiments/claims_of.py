"""What a claim of the article is held against: a small study of its own, and the answer to it.

A claim is a number with a band within which it may be taken to be the same. The model's number
with its 95 % interval is set against the band: *reproduced* where they meet at the default. If
they do not, one quantity that nobody knows is swept, and the claim is reproduced *only if* it
lies where the model meets the band. *Not reproduced* is a claim that no swept value gives, and
*not identifiable* one that the model, or the article, has nothing to say about. Nothing is tuned.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.stats import beta, chi2

from experiments.hypotheses.statistic import Claim, Floats, mean_of
from experiments.hypotheses.study import Sample, Words
from sim.case import Case
from sim.comparison import LEVEL
from sim.record import Record

REPRODUCED, ONLY_IF = "reproduced", "only_if"
NOT_REPRODUCED, NOT_IDENTIFIABLE = "not_reproduced", "not_identifiable"
NAN = float("nan")
TAIL = (1 - LEVEL) / 2

type Band = tuple[float, float]


@dataclass(frozen=True)
class Number:
    """What the model says: a mean over replications with its 95 % interval."""

    mean: float
    lo: float
    hi: float
    n: int


NOTHING = Number(NAN, NAN, NAN, 0)  # where the model has no such number


@dataclass(frozen=True)
class Point:
    """The model's number at one value of the quantity that is swept."""

    value: float
    number: Number


@dataclass(frozen=True)
class Answer:
    """What became of a claim.

    Attributes
    ----------
    region : the quantity on which it depends, empty where none was swept
    low, high : where it has to lie
    points : the sweep
    """

    verdict: str
    number: Number
    region: str = ""
    low: float = NAN
    high: float = NAN
    points: Sequence[Point] = field(default=())


@dataclass(frozen=True)
class Check:
    """A claim of the article as a check.

    Attributes
    ----------
    key : its words are ``claims.KEY`` in the catalogue
    article, unit : the article's number
    band : within which a number is taken to be the same
    clock : words for every arm
    arms : words by arm
    read : what is kept of a run
    answer : from that to the verdict
    """

    key: str
    article: float
    unit: str
    band: Band
    arms: dict[str, Words]
    read: Callable[[Case, Record], dict[str, float]]
    answer: Callable[[Sample, Band], Answer]
    clock: Words = ("clock=month", "clock.days=14")


def share_band(count: int, of: int) -> Band:
    """What share a count speaks for: Clopper and Pearson's 95 % interval."""
    low, high = beta.ppf(TAIL, count, of - count + 1), beta.ppf(1 - TAIL, count + 1, of - count)
    return float(low), float(high)


def count_band(count: int, per: float = 1.0) -> Band:
    """What rate a count speaks for: the exact 95 % interval of a Poisson count, over ``per``."""
    low, high = chi2.ppf(TAIL, 2 * count) / 2, chi2.ppf(1 - TAIL, 2 * count + 2) / 2
    return float(low) / per, float(high) / per


def number_of(values: Floats) -> Number:
    """The mean of a value per replication, with Student's interval."""
    found = mean_of(Claim("", ""), values)
    return Number(found.estimate, found.lo, found.hi, len(values))


def meets(number: Number, band: Band) -> bool:
    """Whether an interval and a band share a point."""
    return number.lo <= band[1] and number.hi >= band[0]


def swept(
    default: Number, points: Sequence[Point], band: Band, region: str, *, log: bool
) -> Answer:
    """The answer from the default and a sweep of one quantity.

    The region is where the curve of means lies inside the band, straight lines between the
    points that were run.

    Parameters
    ----------
    log : whether the lines are straight over the logarithm of the quantity
    """
    if meets(default, band):
        return Answer(REPRODUCED, default, region, NAN, NAN, points)
    low, high = crossing(points, band, log=log)
    verdict = NOT_REPRODUCED if np.isnan(low) else ONLY_IF
    return Answer(verdict, default, region, low, high, points)


def crossing(points: Sequence[Point], band: Band, *, log: bool) -> Band:
    """The lowest and highest value at which the curve of means lies inside the band; or NaN."""
    scale: Any = np.log if log else np.asarray
    back: Any = np.exp if log else np.asarray
    x = scale(np.array([point.value for point in points]))
    y = np.array([point.number.mean for point in points])
    fine = np.unique(np.concatenate([x, np.linspace(x[0], x[-1], 20_001)]))
    curve = np.interp(fine, x, y)
    inside = fine[(curve >= band[0]) & (curve <= band[1])]
    if not inside.size:
        return NAN, NAN
    return float(back(inside[0])), float(back(inside[-1]))
