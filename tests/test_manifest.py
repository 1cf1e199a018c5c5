"""A manifest is short, and makes every case again."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sim
from experiments.assembly import Composer
from experiments.compose import resolve, session
from experiments.folder import read_manifest, whole_manifest, write_manifest
from experiments.kinds import load_study
from experiments.manifest import (
    changed,
    differences,
    digests_of,
    rebuild,
    write_down,
)
from experiments.outcome import MOST_ROWS, read_table, write_tables
from experiments.study import WorldCases, compose_worlds, lay_worlds

NAMES = st.sampled_from(["a", "b", "c.d", ""])
TREES = st.recursive(
    st.one_of(st.integers(0, 3), st.booleans(), st.floats(0, 2), st.lists(st.integers(0, 2))),
    lambda inner: st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
TABLES = st.dictionaries(st.sampled_from(["a", "b"]), TREES, max_size=2)


@given(TABLES, TABLES)
def test_a_mapping_and_the_differences_make_the_other(old: Any, new: Any) -> None:
    """To the type of every number; names with points and tables that shrink included."""
    new = {**dict.fromkeys(old, 0), **new}
    assert json.dumps(changed(old, differences(old, new)), sort_keys=True) == json.dumps(
        new, sort_keys=True
    )


def left(place: Path, *words: str) -> list[WorldCases]:
    """The worlds of a study, with the manifest that its folder would hold, and its files."""
    with session(None):
        study = load_study(resolve(list(words))["study"])
        composer = Composer(list(words))
        worlds = list(compose_worlds(lay_worlds(study, composer), composer))
    for name, path in study.files().items():
        (place / name).write_bytes(path.read_bytes())
    told = {
        "command": ["onegrid", *words],
        "study": study.model_dump(mode="json"),
        "cases": write_down(composer.known),
        "case_digests": digests_of(worlds),
    }
    write_manifest(place, told)
    return worlds


@pytest.mark.parametrize(
    ("words", "kilobytes"),
    [
        pytest.param(("study=shapley",), 80, marks=pytest.mark.slow, id="128 arms"),
        pytest.param(("study=multiverse",), 80, marks=pytest.mark.slow, id="576 worlds"),
        (("study=transition",), 40),  # a policy before
        (("study=sweep", "study.design.count=64", "world.demand.misnamed=0.07"), 40),
    ],
)
def test_a_short_manifest_makes_every_case_again(
    words: tuple[str, ...], kilobytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a config file: nothing is composed a second time."""
    worlds = left(tmp_path, *words)
    assert (tmp_path / "manifest.json").stat().st_size < 1000 * kilobytes
    monkeypatch.setattr("experiments.compose._compose", None)
    _, again = rebuild(tmp_path)
    assert again == worlds
    assert digests_of(again) == read_manifest(tmp_path)["case_digests"]
    last = again[-1]
    assert {arm: sim.digest(case) for arm, case in last.cases.items()} == last.digests


def test_points_of_ones_own_are_kept_with_the_results(tmp_path: Path) -> None:
    points, place = tmp_path / "mine.csv", tmp_path / "left"
    points.write_text("world.demand.misnamed\n0.02\n0.3\n", encoding="utf-8")
    place.mkdir()
    words = ("study=sweep", "study.design.kind=csv", f"study.design.file={points}")
    worlds = left(place, *words, "study.varying={}")
    points.unlink()
    assert rebuild(place)[1] == worlds
    assert worlds[1].cases["merged"].world.demand.misnamed == 0.3


def test_pages_about_results_are_no_results(tmp_path: Path) -> None:
    """They may be written, altered and taken away without a word of the manifest's."""
    (tmp_path / "summary.csv").write_text("a\n1\n", encoding="utf-8")
    page = tmp_path / "report_zh.html"
    page.write_text("<p>", encoding="utf-8")
    write_manifest(tmp_path, {"package_version": "x", "replications": [0]})
    assert list(read_manifest(tmp_path)["outputs"]) == ["summary.csv"]
    page.unlink()
    (tmp_path / "report_en.pdf").write_bytes(b"%PDF")
    assert whole_manifest(tmp_path, "x")
    (tmp_path / "summary.csv").write_text("a\n2\n", encoding="utf-8")
    assert whole_manifest(tmp_path, "x") is None


@pytest.mark.parametrize(("rows", "suffix"), [(MOST_ROWS, "csv"), (MOST_ROWS + 1, "parquet")])
def test_a_long_table_is_parquet(rows: int, suffix: str, tmp_path: Path) -> None:
    table = pd.DataFrame({"n": range(rows), "world": "default"})
    write_tables(tmp_path, {"summary": table})
    assert [path.name for path in tmp_path.iterdir()] == [f"summary.{suffix}"]
    pd.testing.assert_frame_equal(read_table(tmp_path, "summary"), table)
