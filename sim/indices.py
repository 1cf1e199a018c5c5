"""Sobol indices of parameters: which of them the spread of a result comes from.

The result of interest is the mean over replications, f(x) = E[Y(x)], of which R runs per
point give a noisy value (the index of a quantity of interest of a stochastic simulator:
Zhu and Sudret 2021). Its variance over points is overstated by the noise divided by R, and
so are numerators of indices. Each is a mean of products; taking every product between two
different replications instead of within one leaves out exactly that part, whatever luck
the replications share over points:

    mean over r != s of u_r v_s = mean(u) mean(v) - cov(u, v) / R,

with the covariance over the R replications of a point. The products are those of Saltelli
et al. (2010), as in ``scipy.stats.sobol_indices``, which gives the indices of the mean
without the correction and those of single replications.
"""

import warnings
from collections.abc import Collection

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import DegenerateDataWarning, bootstrap, sobol_indices

from sim.comparison import LEVEL

Floats = NDArray[np.float64]

WIDEST = 0.2  # interval of a stable index
NOISE_LIMIT = 0.2  # share of the variance of means over points that is replication noise
BATCH = 64  # resamples at a time, so that memory stays small
INDICES = ("first", "total")


def sobol_table(
    design: pd.DataFrame,
    values: pd.DataFrame,
    *,
    seed: int,
    resamples: int = 999,
    noise_limit: float = NOISE_LIMIT,
) -> pd.DataFrame:
    """First and total Sobol indices of every parameter.

    An index is unstable where its interval is wider than ``WIDEST``, where the first index
    lies above the total one beyond the intervals of both, or where the share of noise is
    above its limit.

    Parameters
    ----------
    design : points of a Saltelli design in its order: ``matrix`` (``A``, ``B`` or
        ``AB:KEY``) and ``sample``; other columns are not read
    values : ``point`` (row of the design, from 0), ``replication``, ``value``; replications
        share their luck over points; one that lacks a point is left out
    seed : of the bootstrap
    resamples : of the bootstrap over samples

    Returns
    -------
    DataFrame with a row per parameter and index: ``parameter``, ``index`` (``first`` or
    ``total``), ``value`` (corrected for noise), ``lo``, ``hi`` (95 % bootstrap interval,
    BCa, over samples, the replications kept), ``plain`` (of the mean over replications, not
    corrected), ``least``, ``most`` (lowest and highest index of a single replication),
    ``noise_share``, ``samples``, ``replications``, ``unstable``, ``why`` (reasons, joined
    by ``"; "``; empty where stable). Where nothing varies but noise, values are NaN.

    Raises
    ------
    ValueError
        A point stands twice in a replication, or fewer than two replications have every
        point.
    """
    first, second, mixed = _matrices(design, values)
    names = dict.fromkeys(design.matrix[~design.matrix.isin(["A", "B"])])
    keys = [str(name).removeprefix("AB:") for name in names]
    plain, each = _plain(first, second, mixed)
    products = _Products(first, second, mixed)
    estimate = products.indices(products.samples)
    low, high = _intervals(products, estimate, seed, resamples)
    table = pd.DataFrame({"parameter": np.tile(keys, 2), "index": np.repeat(INDICES, len(keys))})
    table["value"], table["lo"], table["hi"] = estimate, low, high
    table["plain"], table["least"], table["most"] = plain, each.min(axis=0), each.max(axis=0)
    table["noise_share"] = _noise_share(products, first, second)
    table["samples"], table["replications"] = first.shape[1], first.shape[0]
    table["why"] = _reasons(table, noise_limit)
    table.insert(len(table.columns) - 1, "unstable", table.why != "")
    order = np.arange(2 * len(keys)).reshape(2, -1).T.ravel()
    return table.iloc[order].reset_index(drop=True)


def share_of(
    design: pd.DataFrame,
    values: pd.DataFrame,
    parameters: Collection[str],
    *,
    seed: int,
    resamples: int = 999,
) -> tuple[float, float, float]:
    """What several parameters hold of the variance, each alone: the sum of their first indices.

    Interactions are nobody's share. The interval is that of the sum, not a sum of intervals.

    Parameters
    ----------
    design, values, seed, resamples : as for :func:`sobol_table`

    Returns
    -------
    The sum and the ends of its 95 % interval (bootstrap over samples, percentiles).
    """
    names = dict.fromkeys(design.matrix[~design.matrix.isin(["A", "B"])])
    chosen = np.array([str(name).removeprefix("AB:") in parameters for name in names])
    products = _Products(*_matrices(design, values))
    whole = products.indices(products.samples)
    if np.isnan(whole).any():
        return float("nan"), float("nan"), float("nan")
    rng, count = np.random.default_rng(seed), len(products.samples)
    drawn = [products.indices(rng.integers(count, size=count)) for _ in range(resamples)]
    sums = np.array([item[: len(chosen)][chosen].sum() for item in drawn])
    low, high = np.nanquantile(sums, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(whole[: len(chosen)][chosen].sum()), float(low), float(high)


def _matrices(design: pd.DataFrame, values: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    """Values of A and B, (replications, samples), and of AB, (parameters, ., .)."""
    if values.duplicated(["point", "replication"]).any():
        raise ValueError("values: a point stands twice in a replication; allowed: once")
    wide = values.pivot(index="point", columns="replication", values="value")
    wide = wide.reindex(np.arange(len(design)))
    whole = wide.dropna(axis=1)
    if whole.shape[1] < 2:
        point = wide.index[wide.isna().any(axis=1)]
        lacking = f"; point {point[0]} lacks one" if len(point) else ""
        raise ValueError(f"replications = {whole.shape[1]}: allowed: 2 or more{lacking}")
    samples = int((design.matrix == "A").sum())
    cube = whole.to_numpy(dtype=np.float64).T.reshape(whole.shape[1], -1, samples)
    cube = cube - cube[:, :2].mean(axis=(1, 2), keepdims=True)
    return cube[:, 0], cube[:, 1], np.moveaxis(cube[:, 2:], 1, 0)


def _plain(first: Floats, second: Floats, mixed: Floats) -> tuple[Floats, Floats]:
    """Indices of the mean over replications, and of each replication: first, then total."""
    one, other, both = (
        np.concatenate([table.mean(axis=-2, keepdims=True), table], axis=-2)
        for table in (first, second, mixed)
    )
    found = sobol_indices(func={"f_A": one, "f_B": other, "f_AB": both}, n=first.shape[1])
    shape = (first.shape[0] + 1, len(mixed))
    rows = np.hstack([found.first_order.reshape(shape), found.total_order.reshape(shape)])
    return rows[0], rows[1:]


class _Products:
    """What indices are ratios of, sample by sample, with noise left out."""

    def __init__(self, first: Floats, second: Floats, mixed: Floats) -> None:
        apart = mixed - first
        self.samples = np.arange(first.shape[1])
        self._first = _cross(second, apart)
        self._total = _cross(apart, apart) / 2
        self._square = (_cross(first, first) + _cross(second, second)) / 2
        self._middle = (first + second) / 2

    def variance(self, samples: NDArray[np.intp]) -> Floats:
        """Variance over the points of A and B in some samples, of the mean without noise."""
        middle = self._middle[:, samples].mean(axis=-1)
        variance: Floats = self._square[samples].mean(axis=-1) - _cross(middle, middle, axis=0)
        return variance

    def indices(self, samples: NDArray[np.intp], axis: int = -1) -> Floats:
        """First, then total indices, from samples along the last axis."""
        parts = np.concatenate([self._first, self._total])[:, samples].mean(axis=axis)
        variance = self.variance(samples)
        positive = np.where(variance > 0, variance, np.nan)
        ratio: Floats = parts / positive
        return ratio


def _cross(one: Floats, other: Floats, axis: int = -2) -> Floats:
    """Mean product of two different replications."""
    count = one.shape[axis]
    within = (one * other).sum(axis=axis)
    cross: Floats = (one.sum(axis=axis) * other.sum(axis=axis) - within) / (count * (count - 1))
    return cross


def _intervals(
    products: _Products, estimate: Floats, seed: int, resamples: int
) -> tuple[Floats, Floats]:
    """Ends of bootstrap intervals over samples; an index that never varies is its own."""
    if np.isnan(estimate).any():
        return estimate, estimate
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore", DegenerateDataWarning)
        found = bootstrap(
            (products.samples,),
            products.indices,
            n_resamples=resamples,
            batch=BATCH,
            vectorized=True,
            confidence_level=LEVEL,
            method="BCa",
            rng=np.random.default_rng(seed),
        )
    low, high = found.confidence_interval
    same = np.ptp(found.bootstrap_distribution, axis=-1) == 0
    return np.where(same, estimate, low), np.where(same, estimate, high)


def _noise_share(products: _Products, first: Floats, second: Floats) -> float:
    """Share of noise in the variance over points of the mean over replications."""
    seen = float(np.var([first.mean(axis=0), second.mean(axis=0)]))
    real = float(products.variance(products.samples))
    return float(np.clip(1 - real / seen, 0, 1)) if seen > 0 else float("nan")


def _reasons(table: pd.DataFrame, noise_limit: float) -> list[str]:
    """Why an index is unstable, empty where it is not."""
    lower = table[table["index"] == "first"].set_index("parameter").lo
    upper = table[table["index"] == "total"].set_index("parameter").hi
    crossed = table.parameter.map(lower > upper)
    found = []
    for row, above in zip(table.to_dict("records"), crossed, strict=True):
        reasons = {
            "nothing varies but noise": bool(np.isnan(row["value"])),
            f"interval wider than {WIDEST:g}": row["hi"] - row["lo"] > WIDEST,
            "first above total": above,
            f"noise share above {noise_limit:g}": row["noise_share"] > noise_limit,
        }
        found.append("; ".join(words for words, holds in reasons.items() if holds))
    return found
