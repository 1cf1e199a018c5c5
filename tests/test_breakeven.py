"""Break-even: crossings that are found, intervals that cover, and answers outside the range."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, t, ttest_1samp

from sim.breakeven import ANSWERS, _crossing, crossings, difference_curve
from tests.world import Floats

X = np.array([0.8, 0.9, 1.0, 1.1, 1.2, 1.4])


def tidy(x: Floats, each: Floats) -> pd.DataFrame:
    """A row of values per x, a column per replication, as a tidy table."""
    wide = pd.DataFrame(each, index=pd.Index(x, name="x"))
    wide = wide.rename_axis(columns="replication")
    return wide.melt(ignore_index=False, value_name="difference").reset_index()


def found(x: Floats, each: Floats) -> pd.Series:
    """The only crossing."""
    return crossings(tidy(x, each)).iloc[0]


def alike(mean: list[float], spread: float = 0.01) -> Floats:
    """Three replications about a mean curve."""
    return np.array(mean)[:, None] + spread * np.array([-1.0, 0.0, 1.0])


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_straight_line_is_met_exactly(sign: float) -> None:
    """Rising or falling, whatever the order of the rows."""
    each = sign * (X - 1.07)[:, None] * np.array([8.0, 10.0, 12.0])
    table = tidy(X, each).sample(frac=1, random_state=3)
    row = crossings(table).iloc[0]
    assert (row.x, row.lo, row.hi) == pytest.approx((1.07, 1.07, 1.07))
    assert row.answer == "within the range"
    assert (row.left, row.right) == pytest.approx((sign * -2.7, sign * 3.3))
    assert (row.low, row.high, row.n) == (0.8, 1.4, 3)


def test_between_two_values_the_interval_is_fiellers() -> None:
    """Ratio of paired means, by Fieller's (1954) formula in its usual form."""
    rng = np.random.default_rng(3)
    left, right = -4 + rng.normal(size=9), 6 + rng.normal(size=9)
    row = found(np.array([1.0, 2.0]), np.stack([left, right]))
    top, bottom = -left, right - left  # x - 1 is the ratio of their means
    ratio = top.mean() / bottom.mean()
    reach = t.ppf(0.975, 8) ** 2 / 9
    a, b, c = np.var(top, ddof=1), np.cov(top, bottom)[0, 1], np.var(bottom, ddof=1)
    g = reach * c / bottom.mean() ** 2
    root = math.sqrt(a - 2 * ratio * b + ratio**2 * c - g * (a - b**2 / c))
    middle = ratio - g * b / c
    half = math.sqrt(reach) / bottom.mean() * root
    assert row.x == pytest.approx(1 + ratio)
    assert row.lo == pytest.approx(1 + (middle - half) / (1 - g))
    assert row.hi == pytest.approx(1 + (middle + half) / (1 - g))


def test_at_the_ends_of_the_interval_the_t_test_just_rejects() -> None:
    """Along each replication's own curve, linear between the values that were run."""
    rng = np.random.default_rng(5)
    each = 10 * (X - 1.07)[:, None] + rng.normal(size=(6, 8)) + rng.normal(size=8)
    row = found(X, each)
    for end in (row.lo, row.hi):
        at = [np.interp(end, X, curve) for curve in each.T]
        assert ttest_1samp(at, 0.0).pvalue == pytest.approx(0.05)
    assert row.lo < row.x < row.hi


@pytest.mark.parametrize("count", [4, 8, 20])
def test_intervals_cover(count: int) -> None:
    """95 of 100 hold the truth, with luck that is shared along x and luck that is not."""
    rng = np.random.default_rng(count)
    held, studies = 0, 400
    for _ in range(studies):
        slopes = 10 * (1 + 0.3 * rng.normal(size=count))
        luck = rng.normal(size=count) + 0.4 * rng.normal(size=(6, count))
        row = _crossing(pd.DataFrame((X - 1.07)[:, None] * slopes + luck, index=X))
        held += row.lo <= 1.07 <= row.hi
    assert binom.ppf(0.001, studies, 0.95) <= held <= binom.ppf(0.9999, studies, 0.96)


def test_no_crossing_is_an_answer() -> None:
    """Not within the range, with the ends of the curve to tell on which side."""
    row = found(X, alike([-6.0, -5.0, -4.0, -3.0, -2.0, -1.0]))
    assert row.answer == "not within the range"
    assert np.isnan([row.x, row.lo, row.hi]).all()
    assert (row.left, row.right) == pytest.approx((-6.0, -1.0))
    row = found(X, alike([6.0, 5.0, 4.0, 3.0, 2.0, 1.0]))
    assert row.answer == ANSWERS[1]
    assert np.isnan(row.x)


def test_an_interval_may_run_beyond_the_range() -> None:
    """Where the last value is not told from zero, the interval has no end there."""
    row = found(X, alike([-6.0, -5.0, -4.0, -3.0, -2.0, -0.1], spread=1.0))
    assert np.isnan(row.x)
    assert row.hi == math.inf
    assert 1.1 < row.lo < 1.4
    row = found(X, alike([-0.1, 1.0, 2.0, 3.0, 4.0, 5.0], spread=0.3))
    assert row.lo == -math.inf
    assert row.x == pytest.approx(0.8 + 0.1 * 0.1 / 1.1)


def test_a_curve_that_wavers_is_made_monotone_first() -> None:
    """Neighbours out of order are pooled: -3, (2, -1 -> 0.5, 0.5), 4."""
    row = found(np.array([1.0, 2.0, 3.0, 4.0]), alike([-3.0, 2.0, -1.0, 4.0]))
    assert row.x == pytest.approx(1 + 3 / 3.5)
    assert row.lo < 1.61 < row.x  # the raw curve passes zero first at 1.6
    assert row.hi > 3.19  # and last at 3.2


def test_a_difference_that_is_zero_everywhere() -> None:
    """The middle of the range, and an interval without ends."""
    row = found(X, np.zeros((6, 3)))
    assert (row.x, row.lo, row.hi) == (pytest.approx(1.1), -math.inf, math.inf)
    row = found(np.arange(4.0), alike([-1.0, 0.0, 0.0, 1.0]))
    assert row.x == pytest.approx(1.5)


def test_every_role_has_its_own() -> None:
    """In the order of the table."""
    parts = [
        tidy(X, 10 * (X - zero)[:, None] + np.array([-0.1, 0.0, 0.1])).assign(role=role)
        for role, zero in (("police", 1.25), ("grid", 0.85), ("city", 1.9))
    ]
    table = crossings(pd.concat(parts), by=["role"])
    assert list(table.role) == ["police", "grid", "city"]
    np.testing.assert_allclose(table.x, [1.25, 0.85, np.nan])


def test_the_curve_has_the_interval_of_the_t_test() -> None:
    """At each x by itself; a replication that lacks an x is left out of all."""
    rng = np.random.default_rng(6)
    each = rng.normal(size=(6, 7))
    each[2, 4] = np.nan
    whole = np.delete(each, 4, axis=1)
    curve = difference_curve(tidy(X, each).dropna())
    low, high = ttest_1samp(whole, 0.0, axis=1).confidence_interval(0.95)
    np.testing.assert_allclose(curve[["lo", "hi"]], np.stack([low, high], axis=1))
    np.testing.assert_allclose(curve.least, whole.min(axis=1))
    np.testing.assert_allclose(curve.x, X)
    assert set(curve.n) == {6}
    pd.testing.assert_series_equal(found(X, each), found(X, whole))


def test_too_little_to_tell_is_refused() -> None:
    """One line each, which names the curve."""
    table = tidy(X, alike([-3.0, -2.0, -1.0, 0.0, 1.0, 2.0])).assign(role="police")
    with pytest.raises(ValueError, match="values of x of police = 1: allowed: 2 or more"):
        crossings(table[table.x == 1.0], by=["role"])
    with pytest.raises(ValueError, match="complete replications = 1: allowed: 2 or more"):
        crossings(table[table.replication == 0])
    with pytest.raises(ValueError, match="stands twice at one x"):
        crossings(pd.concat([table, table]))
