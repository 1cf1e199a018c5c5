"""Phase diagrams: differences at points as in comparisons, and lines where they are zero."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_rel

from sim.phase import contrast_points, full_grid, zero_contour

X, Y = "policy.delay_min", "world.load"


def runs(
    gaps: dict[tuple[float, float], float], count: int = 6, noise: float = 1.0
) -> pd.DataFrame:
    """Paired runs at points with given mean differences."""
    rng = np.random.default_rng(4)
    rows = []
    for (x, y), gap in gaps.items():
        before = 50 + 5 * rng.normal(size=count)
        after = before + gap + noise * rng.normal(size=count)
        part = pd.DataFrame({"baseline": before, "alternative": after})
        rows.append(part.assign(replication=range(count), **{X: x, Y: y}))
    return pd.concat(rows, ignore_index=True)


def surface(xs: np.ndarray, ys: np.ndarray, height: np.ndarray) -> pd.DataFrame:
    """Nodes of a grid with known heights, in no order."""
    across, up = np.meshgrid(xs, ys)
    nodes = pd.DataFrame({X: across.ravel(), Y: up.ravel(), "difference": height.ravel()})
    return nodes.sample(frac=1, random_state=1)


def test_every_point_is_compared_as_by_the_paired_t_test() -> None:
    """Whatever the order of the rows."""
    values = runs({(1.0, 2.0): 3.0, (1.0, 4.0): -2.0, (5.0, 2.0): 0.1})
    found = contrast_points(values.sample(frac=1, random_state=2), "response_mean", [X, Y])
    assert len(found) == 3
    for row in found.to_dict("records"):
        part = values[(values[X] == row[X]) & (values[Y] == row[Y])]
        expected = ttest_rel(part.alternative, part.baseline).confidence_interval(0.95)
        assert (row["lo"], row["hi"]) == pytest.approx((expected.low, expected.high))
        assert row["difference"] == pytest.approx((part.alternative - part.baseline).mean())
        assert row["n"] == 6


def test_verdicts_are_those_of_single_points() -> None:
    """Clear differences either way, a small one that is shown to be small, an unclear one."""
    gaps = {(1.0, 0.0): -20.0, (2.0, 0.0): 20.0, (3.0, 0.0): 0.0, (4.0, 0.0): 0.0}
    values = runs(gaps, count=12)
    unclear = values[X] == 4.0
    values.loc[unclear, "alternative"] += 60 * np.random.default_rng(1).normal(size=12)
    found = contrast_points(values, "response_mean", [X, Y]).set_index(X).verdict
    assert list(found.loc[[1.0, 2.0, 3.0, 4.0]]) == ["better", "worse", "equivalent", "undecided"]


def test_a_point_may_be_named_by_text_and_lack_a_replication() -> None:
    """A choice is a name, and a missing pair counts one less."""
    values = runs({(1.0, 0.0): 1.0, (2.0, 0.0): 1.0}).replace({Y: {0.0: "on"}})
    values.loc[0, "alternative"] = np.nan
    found = contrast_points(values, "response_mean", [X, Y])
    assert list(found[Y]) == ["on", "on"]
    assert list(found.n) == [5, 6]
    with pytest.raises(ValueError, match="a replication stands twice at a point"):
        contrast_points(pd.concat([values, values]), "response_mean", [X])


def test_the_zero_line_of_a_plane_is_exact() -> None:
    """On linear scales, x = 2 y + 1, in the units of both keys."""
    xs, ys = np.linspace(0, 10, 5), np.linspace(0, 3, 4)
    height = xs[None, :] - 2 * ys[:, None] - 1
    line = zero_contour(surface(xs, ys, height), X, Y)
    assert set(line["line"]) == {0}
    np.testing.assert_allclose(line[X], 2 * line[Y] + 1)
    assert (line[Y].min(), line[Y].max()) == pytest.approx((0.0, 3.0))


def test_on_a_log_scale_the_line_is_straight_in_logs() -> None:
    """A power law between few nodes is met exactly, and given back in the key's units."""
    xs, ys = np.array([15.0, 60.0, 240.0, 960.0]), np.array([1.0, 2.0, 3.0])
    height = np.log(xs[None, :]) - np.log(20.0) - ys[:, None]
    line = zero_contour(surface(xs, ys, height), X, Y, log=[X])
    np.testing.assert_allclose(line[X], 20.0 * np.exp(line[Y]))
    both = zero_contour(
        surface(xs, ys, np.log(xs / 100)[None, :] + 0 * ys[:, None]), X, Y, log=[X, Y]
    )
    np.testing.assert_allclose(both[X], 100.0)


def test_separate_lines_are_told_apart() -> None:
    """Two of them where the difference passes zero twice."""
    xs, ys = np.linspace(-3, 3, 13), np.linspace(0, 1, 3)
    height = np.abs(xs)[None, :] - 1.75 + 0 * ys[:, None]
    lines = zero_contour(surface(xs, ys, height), X, Y)
    ends = sorted(part[X].mean() for _, part in lines.groupby("line"))
    assert ends == pytest.approx([-1.75, 1.75])


def test_no_crossing_no_line() -> None:
    """An empty table with its columns."""
    xs, ys = np.linspace(0, 1, 3), np.linspace(0, 1, 3)
    line = zero_contour(surface(xs, ys, np.ones((3, 3))), X, Y)
    assert list(line.columns) == ["line", X, Y]
    assert len(line) == 0


def test_no_value_no_line() -> None:
    """Where nothing is known nothing passes zero."""
    xs, ys = np.linspace(0, 1, 3), np.linspace(0, 1, 3)
    assert len(zero_contour(surface(xs, ys, np.full((3, 3), np.nan)), X, Y)) == 0


def test_nodes_without_a_value_are_left_out() -> None:
    """The line ends where it meets them."""
    xs, ys = np.linspace(0, 4, 5), np.linspace(0, 4, 5)
    height = xs[None, :] - 1.5 + 0 * ys[:, None]
    height[3:] = np.nan
    line = zero_contour(surface(xs, ys, height), X, Y)
    np.testing.assert_allclose(line[X], 1.5)
    assert line[Y].max() == 2.0


def test_a_grid_must_be_full_and_fit_its_scale() -> None:
    """One line each."""
    nodes = surface(np.arange(3.0), np.arange(3.0), np.ones((3, 3)))
    with pytest.raises(ValueError, match="nodes: 8 of 9"):
        zero_contour(nodes.iloc[1:], X, Y)
    with pytest.raises(ValueError, match="stands twice"):
        zero_contour(pd.concat([nodes, nodes]), X, Y)
    with pytest.raises(ValueError, match="= 0: a log scale is allowed above 0 only"):
        zero_contour(nodes, X, Y, log=[Y])
    with pytest.raises(ValueError, match=r"\(1, 3\): allowed: 2 or more of each"):
        full_grid(nodes[nodes[X] == 1], X, Y, "difference")
