"""Designs: points where they are promised, and one line for whatever is wrong."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from experiments.compose import ConfigError
from experiments.designs import (
    Choices,
    Parameter,
    Range,
    from_csv,
    grid,
    latin_hypercube,
    saltelli,
    sobol,
)
from sim.base import Spec
from sim.case import explain

DELAY = Range(low=15, high=960, scale="log")
LOAD = Range(low=0.5, high=2.5, scale="linear")
CREWS = Range(low=1, high=4, scale="integer")
COVER = Choices(values=("on", "off"))
ALL = {"policy.delay_min": DELAY, "world.load": LOAD, "world.crews": CREWS, "world.cover": COVER}


def shares(points: pd.DataFrame) -> np.ndarray:
    """Where the two continuous parameters lie in their ranges, from 0 to 1."""
    delay = np.log(points["policy.delay_min"] / 15) / np.log(960 / 15)
    return np.column_stack([delay, (points["world.load"] - 0.5) / 2])


def test_a_grid_is_every_combination_and_the_last_key_runs_fastest() -> None:
    """Levels reach both ends; on a log scale they have equal ratios."""
    points = grid({"a.x": DELAY, "b.y": LOAD}, {"a.x": 4, "b.y": 3})
    np.testing.assert_allclose(points["a.x"].unique(), [15, 60, 240, 960])
    np.testing.assert_allclose(points["b.y"], [0.5, 1.5, 2.5] * 4)
    assert not points.duplicated().any()


def test_a_grid_takes_choices_whole_and_whole_numbers_once() -> None:
    """Five levels of four whole numbers are four."""
    points = grid({"n": CREWS, "c": COVER}, 5)
    assert list(points.itertuples(index=False, name=None)) == [
        (n, c) for n in (1, 2, 3, 4) for c in ("on", "off")
    ]
    assert points.n.dtype == np.int64


def test_each_slice_of_every_range_has_one_point_of_a_latin_hypercube() -> None:
    """Ten points, ten slices; fixed by the seed."""
    points = latin_hypercube(ALL, 10, 3)
    slices = np.floor(10 * shares(points)).astype(int)
    assert [sorted(column) for column in slices.T] == [list(range(10))] * 2
    pd.testing.assert_frame_equal(points, latin_hypercube(ALL, 10, 3))
    assert not points.equals(latin_hypercube(ALL, 10, 4))


def test_a_sobol_sequence_puts_one_point_into_each_of_n_slices() -> None:
    """It is a net: so also each whole number and each choice comes equally often."""
    points = sobol(ALL, 64, 5)
    slices = np.floor(64 * shares(points)).astype(int)
    assert [sorted(column) for column in slices.T] == [list(range(64))] * 2
    assert set(points["world.crews"].value_counts()) == {16}
    assert set(points["world.cover"].value_counts()) == {32}


def test_twice_the_points_begin_with_the_same_ones() -> None:
    """So that a study can be extended without running anything again."""
    pd.testing.assert_frame_equal(sobol(ALL, 16, 5), sobol(ALL, 32, 5).head(16))
    few, many = saltelli(ALL, 4, 5), saltelli(ALL, 8, 5)
    kept = many[many["sample"] < 4].reset_index(drop=True)
    pd.testing.assert_frame_equal(few, kept)


@pytest.mark.parametrize(("count", "near"), [(100, 128), (3, 4), (1000, 1024), (80, 64)])
def test_other_numbers_than_powers_of_two_are_refused(count: int, near: int) -> None:
    """In one line that names the closest allowed one."""
    for design in (sobol, saltelli):
        with pytest.raises(ConfigError) as error:
            design(ALL, count, 1)
        assert str(error.value) == f"count = {count}: allowed: a power of two; closest: {near}"


@pytest.mark.parametrize("count", [-4, 0, 1, 2**40])
def test_too_few_and_too_many_points_are_refused(count: int) -> None:
    """Before anything is drawn."""
    for design in (sobol, saltelli, latin_hypercube):
        with pytest.raises(ConfigError, match=f"count: {count} points; allowed: 2 to 1048576"):
            design(ALL, count, 1)


def test_a_grid_needs_levels_of_every_range() -> None:
    """Two or more, and not millions of points."""
    with pytest.raises(ConfigError, match=r"levels: none for b\.y; allowed"):
        grid({"a.x": DELAY, "b.y": LOAD}, {"a.x": 3})
    with pytest.raises(ConfigError, match=r"levels = 1 of a\.x: allowed: 2 or more"):
        grid({"a.x": DELAY}, 1)
    with pytest.raises(ConfigError, match="levels: 4000000 points"):
        grid({"a.x": DELAY, "b.y": LOAD}, 2000)


def test_a_saltelli_design_is_a_and_b_and_a_with_one_column_of_b() -> None:
    """One table per key, in the order of the keys."""
    points = saltelli(ALL, 128, 2)
    tables = {
        str(name): part.drop(columns=["matrix", "sample"]).reset_index(drop=True)
        for name, part in points.groupby("matrix", sort=False)
    }
    assert list(tables) == ["A", "B", *(f"AB:{key}" for key in ALL)]
    for key in ALL:
        expected = tables["A"].assign(**{key: tables["B"][key]})
        pd.testing.assert_frame_equal(tables[f"AB:{key}"], expected)
    assert abs(np.corrcoef(shares(tables["A"])[:, 0], shares(tables["B"])[:, 0])[0, 1]) < 0.2
    assert list(points["sample"]) == list(range(128)) * 6


def test_ends_of_ranges_are_met_and_not_passed() -> None:
    """The smallest and the largest share give the ends, in any scale."""
    edge = np.array([0.0, np.nextafter(1.0, 0.0)])
    assert DELAY.at(edge) == pytest.approx([15, 960])
    assert max(DELAY.at(edge)) <= 960
    assert CREWS.at(edge) == [1, 4]
    assert COVER.at(edge) == ["on", "off"]


class Keys(Spec):
    """A config of parameters."""

    parameters: dict[str, Parameter]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"low": 3, "high": 2, "scale": "linear"}', "low = 3, high = 2: low must be below high"),
        ('{"low": 0, "high": 2, "scale": "log"}', "low = 0: a log scale is allowed above 0 only"),
        ('{"low": 1.5, "high": 2, "scale": "integer"}', "scale integer allows whole ends only"),
        ('{"low": 1, "high": 2, "scale": "cubic"}', "scale = 'cubic'"),
        ('{"low": 1, "high": 2}', "scale: missing"),
        ('{"values": [1, 1]}', "allowed: each value once"),
        ('{"values": [1, true]}', "allowed: each value once"),
        ('{"values": []}', "values: 1 or more are needed"),
        ("7", "allowed: {low, high, scale} or {values}"),
        ('"values"', "allowed: {low, high, scale} or {values}"),
    ],
)
def test_a_wrong_parameter_is_told_in_one_line(text: str, words: str) -> None:
    """With its key and what is allowed."""
    with pytest.raises(ValidationError) as error:
        Keys.model_validate_json(f'{{"parameters": {{"world.load": {text}}}}}')
    line = explain(error.value, Keys)
    assert line.startswith("parameters.world.load")
    assert words in line
    assert "\n" not in line


def test_a_right_parameter_is_a_range_or_choices() -> None:
    """Told apart by the key values."""
    text = '{"parameters": {"a": {"values": [3, 2.5, "x", true]}, "b": {"low": 1, "high": 2, '
    found = Keys.model_validate_json(text + '"scale": "log"}}}').parameters
    assert found == {
        "a": Choices(values=(3, 2.5, "x", True)),
        "b": Range(low=1, high=2, scale="log"),
    }


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    """A file of points."""
    path = folder / "points.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_points_are_read_from_a_file(tmp_path: Path) -> None:
    """With a mark of Excel before the header and blank lines between; cells keep their kinds."""
    text = "world.load, world.crews,world.cover,a/b.c\r\n0.5,2,on,true\r\n\r\n1e-3,3,24 h,false\r\n"
    points = from_csv(written(tmp_path, text, "utf-8-sig"))
    assert list(points.columns) == ["world.load", "world.crews", "world.cover", "a/b.c"]
    assert points.to_numpy().tolist() == [[0.5, 2, "on", True], [0.001, 3, "24 h", False]]
    assert isinstance(points["world.crews"].iloc[0], np.int64)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty; allowed: a header"),
        ("a.b\n", "no row below the header"),
        ("a.b,2c\n1,2\n", "row 1, column 2 = '2c': allowed: a dotted key"),
        ("a;b\n1;2\n", "row 1, column 1 = 'a;b': allowed: a dotted key"),
        ("a.b,a.b\n1,2\n", "row 1, column 2 = 'a.b': the key stands twice"),
        ("a.b,c\n1,2\n1,\n", "row 3, column c: empty"),
        ("a.b,c\n1,2\n1,2,3\n", "row 3: 3 cells; allowed: 2"),
        ("a.b,c\n1\n", "row 2: 1 cells; allowed: 2"),
        ("a.b\ninf\n", "row 2, column a.b = 'inf': not a finite number"),
        ("a.b\nnan\n", "row 2, column a.b = 'nan': not a finite number"),
        ('a.b\n"1\n', "cannot be read"),
    ],
)
def test_a_wrong_file_is_told_with_file_row_and_column(
    text: str, words: str, tmp_path: Path
) -> None:
    """The header is row 1."""
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as error:
        from_csv(path)
    assert str(path) in str(error.value)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_in_another_encoding_or_none_is_told(tmp_path: Path) -> None:
    """Excel in China writes GB 18030 unless told otherwise."""
    with pytest.raises(ConfigError, match="not UTF-8 text"):
        from_csv(written(tmp_path, "a.b\n开\n", "gb18030"))
    with pytest.raises(ConfigError, match="cannot be read"):
        from_csv(tmp_path / "none.csv")
