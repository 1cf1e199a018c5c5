"""What is claimed, what was found, and whether the one holds by the interval of the other.

A claim is a range for one quantity, fixed before it was looked at. It holds when the 95 %
interval lies inside the range, fails when it lies outside, and is undecided when it lies
across a limit. A quantity without a range is context: it says why, and decides nothing.
"""

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import inf, isfinite, isnan

import numpy as np
from numpy.typing import NDArray
from scipy.stats import DegenerateDataWarning, bootstrap
from scipy.stats import t as student

from sim.comparison import LEVEL

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HOLDS, FAILS, UNDECIDED, CONTEXT = "holds", "fails", "undecided", "context"
RESAMPLES = 4999
LUCK = 9  # of the resampling; any


@dataclass(frozen=True)
class Claim:
    """What is said of one quantity: it lies from ``low`` to ``high``."""

    quantity: str
    unit: str
    low: float = -inf
    high: float = inf

    @property
    def threshold(self) -> str:
        """The range in words; empty for context."""
        if isfinite(self.low) and isfinite(self.high):
            return f"{self.low:g} to {self.high:g}"
        if isfinite(self.high):
            return f"below {self.high:g}"
        return f"above {self.low:g}" if isfinite(self.low) else ""


@dataclass(frozen=True)
class Finding:
    """An estimate with its 95 % interval, and the quantity in each replication."""

    claim: Claim
    estimate: float
    lo: float
    hi: float
    points: Floats

    @property
    def verdict(self) -> str:
        """Holds, fails or undecided, by the interval against the claim; or context."""
        if not self.claim.threshold:
            return CONTEXT
        if isnan(self.lo) or isnan(self.hi):
            return UNDECIDED
        if self.claim.low <= self.lo and self.hi <= self.claim.high:
            return HOLDS
        outside = self.hi < self.claim.low or self.lo > self.claim.high
        return FAILS if outside else UNDECIDED


def answer(findings: Iterable[Finding]) -> str:
    """The answer to all claims of a hypothesis: one that fails fails it."""
    verdicts = {item.verdict for item in findings} - {CONTEXT}
    for first in (FAILS, UNDECIDED):
        if first in verdicts:
            return first
    return HOLDS


def mean_of(claim: Claim, values: Floats) -> Finding:
    """The mean of independent values, such as paired differences, with Student's t."""
    mean = float(values.mean())
    error = float(values.std(ddof=1)) / len(values) ** 0.5
    reach = float(student.ppf(0.5 + LEVEL / 2, len(values) - 1)) * error
    return Finding(claim, mean, mean - reach, mean + reach, values)


def ratio_of(claim: Claim, top: Floats, bottom: Floats) -> Finding:
    """The ratio of two means over the same replications, with bootstrap percentiles."""
    return resampled(claim, len(top), lambda rows: _over(top[rows].mean(), bottom[rows].mean()))


def change_of(claim: Claim, before: Floats, after: Floats) -> Finding:
    """The change from one mean to another over the same replications [%]."""

    def change(rows: Ints) -> float:
        return 100 * (_over(after[rows].mean(), before[rows].mean()) - 1)

    return resampled(claim, len(before), change)


def _over(top: float, bottom: float) -> float:
    return float(top / bottom) if bottom else float("nan")


def root_of(gaps: Floats, grid: Floats) -> float:
    """Where the mean of rising curves crosses 0, linear between the points of the grid.

    Parameters
    ----------
    gaps : a curve per row, shape (curves, points); a mean that does not cross within the
        grid is taken to cross at its nearer end
    """
    return float(np.interp(0.0, gaps.mean(axis=0), grid))


def resampled(claim: Claim, count: int, statistic: Callable[[Ints], float]) -> Finding:
    """A statistic of whole replications, with the percentile interval of their bootstrap.

    Parameters
    ----------
    statistic : of the numbers of the replications it may use, some of them twice
    """
    every = np.arange(count)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DegenerateDataWarning)  # an unknown one is undecided
        found = bootstrap(
            (every,),
            statistic,
            n_resamples=RESAMPLES,
            confidence_level=LEVEL,
            method="percentile",
            vectorized=False,
            rng=np.random.default_rng(LUCK),
        ).confidence_interval
    points = np.array([statistic(every[[row]]) for row in every])
    return Finding(claim, statistic(every), float(found.low), float(found.high), points)
