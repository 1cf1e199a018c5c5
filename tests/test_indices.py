"""Sobol indices of models whose indices are known, with replication noise and without."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, sobol_indices

from experiments.designs import Parameters, Range, saltelli
from sim.indices import sobol_table
from tests.world import Floats

ISHIGAMI: Parameters = {f"p.x{i}": Range(low=-np.pi, high=np.pi, scale="linear") for i in (1, 2, 3)}
UNIT: Parameters = {f"p.x{i}": Range(low=0, high=1, scale="linear") for i in (1, 2, 3)}
SLOPES = np.array([3.0, 2.0, 1.0])


def ishigami(x: Floats) -> Floats:
    """Ishigami and Homma (1990), a = 7 and b = 0.1."""
    return np.sin(x[:, 0]) * (1 + 0.1 * x[:, 2] ** 4) + 7 * np.sin(x[:, 1]) ** 2


def known() -> tuple[Floats, Floats]:
    """First and total indices of the Ishigami function in closed form (Saltelli 2000)."""
    a, b, pi = 7.0, 0.1, np.pi
    v1, v2 = (1 + b * pi**4 / 5) ** 2 / 2, a**2 / 8
    v13 = b**2 * pi**8 * (1 / 18 - 1 / 50)
    total = v1 + v2 + v13
    return np.array([v1, v2, 0]) / total, np.array([v1 + v13, v2, v13]) / total


def linear(x: Floats) -> Floats:
    """Indices are squared slopes over their sum."""
    return x @ SLOPES


def values_of(rows: Floats) -> pd.DataFrame:
    """A row per replication, a column per point, as a tidy table."""
    wide = pd.DataFrame(rows).rename_axis(index="replication", columns="point")
    return wide.melt(ignore_index=False, value_name="value").reset_index()


def analysed(
    design: pd.DataFrame, rows: Floats, seed: int = 1, **how: float
) -> tuple[Floats, Floats, pd.DataFrame]:
    """First indices, total indices, and the whole table."""
    table = sobol_table(design, values_of(rows), seed=seed, resamples=199, **how)
    first, total = (table[table["index"] == name].value.to_numpy() for name in ("first", "total"))
    return first, total, table


def points_of(design: pd.DataFrame) -> Floats:
    """The parameters alone."""
    return design.drop(columns=["matrix", "sample"]).to_numpy(dtype=np.float64)


def test_the_ishigami_function() -> None:
    """Without noise, close to the closed form, which the intervals hold."""
    design = saltelli(ISHIGAMI, 1024, 4)
    y = ishigami(points_of(design))
    first, total, table = analysed(design, np.stack([y, y]))
    for found, expected in zip((first, total), known(), strict=True):
        np.testing.assert_allclose(found, expected, atol=0.03)
    expected = np.stack(known(), axis=1).ravel()
    assert ((table.lo <= expected) & (expected <= table.hi)).all()
    assert list(table.parameter) == ["p.x1", "p.x1", "p.x2", "p.x2", "p.x3", "p.x3"]
    assert not table.unstable.any()


def test_replications_that_agree_give_the_indices_of_scipy() -> None:
    """No noise, nothing to correct: value, plain, least and most are the same."""
    design = saltelli(ISHIGAMI, 64, 1)
    y = ishigami(points_of(design))
    _, _, table = analysed(design, np.stack([y, y + 5, y - 3]))
    parts = y.reshape(5, 1, 64)
    tables = {"f_A": parts[0], "f_B": parts[1], "f_AB": parts[2:]}
    found = sobol_indices(func=tables, n=64)
    expected = np.stack([found.first_order, found.total_order], axis=1).ravel()
    for column in ("value", "plain", "least", "most"):
        np.testing.assert_allclose(table[column], expected, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(table.noise_share, 0.0, atol=1e-12)


@pytest.mark.parametrize("model", [ishigami, linear])
def test_noise_is_taken_out(model: type) -> None:
    """Where it is a third of what is seen, the corrected indices still are the known ones."""
    parameters = ISHIGAMI if model is ishigami else UNIT
    squares = SLOPES**2 / (SLOPES**2).sum()
    expected = known() if model is ishigami else (squares, squares)
    design = saltelli(parameters, 1024, 4)
    y = model(points_of(design))
    count, share = 3, 1 / 3
    spread = np.sqrt(np.var(y) * count * share / (1 - share))
    noise = spread * np.random.default_rng(5).normal(size=(count, len(y)))
    first, total, table = analysed(design, y + noise)
    np.testing.assert_allclose(first, expected[0], atol=0.07)
    np.testing.assert_allclose(total, expected[1], atol=0.07)
    assert table.noise_share[0] == pytest.approx(share, abs=0.03)
    plain = table[table["index"] == "total"].plain
    np.testing.assert_allclose(plain, (1 - share) * expected[1] + share, atol=0.07)
    assert table.why.str.contains("noise share above 0.2").all()


def test_luck_that_all_points_share_changes_nothing() -> None:
    """A replication that is worse everywhere is not noise between points."""
    design = saltelli(UNIT, 64, 1)
    rng = np.random.default_rng(1)
    rows = linear(points_of(design)) + 0.3 * rng.normal(size=(3, len(design)))
    luck = np.array([[-900.0], [0.0], [500.0]])
    one, other = analysed(design, rows)[2], analysed(design, rows + luck)[2]
    pd.testing.assert_frame_equal(one, other, rtol=1e-6)


def test_luck_that_goes_with_a_parameter_is_noise_too() -> None:
    """Two replications with slopes 1/2 and 2: x1 is as strong as x2."""
    design = saltelli({key: UNIT[key] for key in ("p.x1", "p.x2")}, 1024, 2)
    x = points_of(design)
    first, total, table = analysed(design, np.array([[0.5], [2.0]]) * x[:, 0] + x[:, 1])
    np.testing.assert_allclose([first, total], 0.5, atol=0.03)
    plain = 1.25**2 / (1.25**2 + 1)
    np.testing.assert_allclose(table.plain, [plain, plain, 1 - plain, 1 - plain], atol=0.03)
    assert table.noise_share[0] == pytest.approx(1 - 2 / (1.25**2 + 1), abs=0.01)


def test_corrected_indices_are_right_on_average_and_plain_ones_are_not() -> None:
    """Over many studies with much noise."""
    design = saltelli(UNIT, 128, 7)
    y = linear(points_of(design))
    rng = np.random.default_rng(11)
    expected = SLOPES**2 / (SLOPES**2).sum()
    found, plain = [], []
    for _ in range(20):
        rows = y + np.sqrt(np.var(y)) * rng.normal(size=(4, len(y)))
        table = sobol_table(design, values_of(rows), seed=1, resamples=9)
        total = table[table["index"] == "total"]
        found.append(total.value)
        plain.append(total.plain)
    np.testing.assert_allclose(np.mean(found, axis=0), expected, atol=0.04)
    assert (np.mean(plain, axis=0) - expected > 0.05).all()


@pytest.mark.again
def test_intervals_cover() -> None:
    """The known total index lies in about 95 of 100 intervals, noise or not."""
    expected = SLOPES**2 / (SLOPES**2).sum()
    rng = np.random.default_rng(2)
    held, count = np.zeros(3), 50
    for seed in range(count):
        design = saltelli(UNIT, 128, seed)
        y = linear(points_of(design))
        rows = y + 0.5 * rng.normal(size=(3, len(y)))
        table = sobol_table(design, values_of(rows), seed=seed, resamples=199)
        total = table[table["index"] == "total"]
        held += (total.lo <= expected).to_numpy() & (expected <= total.hi).to_numpy()
    assert (held >= binom.ppf(0.001, count, 0.92)).all()


def test_single_replications_show_their_spread() -> None:
    """Least and most are scipy's indices of single replications."""
    design = saltelli(UNIT, 64, 1)
    rng = np.random.default_rng(8)
    rows = linear(points_of(design)) + 0.5 * rng.normal(size=(4, len(design)))
    _, _, table = analysed(design, rows)
    parts = np.moveaxis(rows.reshape(4, 5, 64), 1, 0)
    found = sobol_indices(func={"f_A": parts[0], "f_B": parts[1], "f_AB": parts[2:]}, n=64)
    rows_of = np.stack([found.first_order, found.total_order], axis=2).reshape(4, -1)
    np.testing.assert_allclose(table.least, rows_of.min(axis=0), rtol=1e-9)
    np.testing.assert_allclose(table.most, rows_of.max(axis=0), rtol=1e-9)


def test_what_is_unstable_says_why() -> None:
    """Few samples are wide, much noise is said, and both reasons are joined."""
    design = saltelli(UNIT, 16, 1)
    y = linear(points_of(design))
    rng = np.random.default_rng(8)
    _, _, few = analysed(design, np.stack([y, y]))
    wide = few.hi - few.lo > 0.2
    assert wide.any()
    assert (few.unstable == wide).all()
    assert set(few.why[wide]) == {"interval wider than 0.2"}
    _, _, noisy = analysed(design, y + 2 * rng.normal(size=(2, len(y))), noise_limit=0.1)
    assert noisy.unstable.all()
    assert (noisy.why.str.endswith("noise share above 0.1")).all()


def test_a_parameter_without_effect_is_stable_at_zero() -> None:
    """Its products are all zero, and so is its interval."""
    design = saltelli(UNIT, 64, 1)
    y = points_of(design)[:, 0]
    _, _, table = analysed(design, np.stack([y, y]))
    idle = table[table.parameter == "p.x3"]
    assert idle[["value", "lo", "hi"]].to_numpy().tolist() == [[0.0] * 3] * 2
    assert not idle.unstable.any()


def test_where_nothing_varies_there_is_no_index() -> None:
    """NaN, and said; not an error, since other metrics of the study may vary."""
    design = saltelli(UNIT, 16, 1)
    _, _, table = analysed(design, np.full((2, len(design)), 4.0))
    assert table.value.isna().all()
    assert table.why.str.startswith("nothing varies but noise").all()


def test_one_parameter_alone() -> None:
    """It carries everything."""
    design = saltelli({"p.x1": UNIT["p.x1"]}, 256, 1)
    y = points_of(design)[:, 0]
    first, total, _ = analysed(design, np.stack([y, y]))
    assert (first[0], total[0]) == pytest.approx((1.0, 1.0), abs=0.02)


def test_the_seed_decides_the_interval() -> None:
    """The same seed, the same table."""
    design = saltelli(UNIT, 32, 1)
    y = linear(points_of(design))
    rows = np.stack([y, y])
    pd.testing.assert_frame_equal(analysed(design, rows)[2], analysed(design, rows)[2])
    assert not analysed(design, rows)[2].lo.equals(analysed(design, rows, seed=2)[2].lo)


def test_a_replication_that_lacks_a_point_is_left_out() -> None:
    """And fewer than two whole ones are refused, with a point that lacks one."""
    design = saltelli(UNIT, 32, 1)
    y = linear(points_of(design))
    rows = y + np.random.default_rng(1).normal(size=(4, len(y)))
    holed = rows.copy()
    holed[2, 7] = np.nan
    pd.testing.assert_frame_equal(analysed(design, holed)[2], analysed(design, rows[[0, 1, 3]])[2])
    values = values_of(rows)
    with pytest.raises(ValueError, match="replications = 1: allowed: 2 or more; point 9 lacks"):
        sobol_table(design, values[(values.replication == 0) | (values.point < 9)], seed=1)
    with pytest.raises(ValueError, match="stands twice"):
        sobol_table(design, pd.concat([values, values]), seed=1)
