"""``onegrid publish`` and ``reproduce``: run again, compared item by item, differences named."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from experiments import publish, reproduce, verify
from experiments.cli import main
from experiments.compose import ConfigError
from experiments.folder import MANIFEST, read_manifest, write_manifest
from experiments.publish import listed
from experiments.publish_table import BEGIN, END, SAYINGS, sayings, section, table_of
from experiments.reproduce_again import compare_again, compare_first, draw_again
from experiments.reproduce_tiers import (
    EXACT,
    FIGURES,
    FLOATS,
    TOLERANCE,
    compare_files,
    compare_folders,
    compare_manifests,
    compare_tables,
)
from tests.support import TOY

STUDY = "ladder/tiny"
WORDS = [
    *TOY,
    "study=reserve",
    "study.worlds={default: []}",
    "study.arms={fragmented_layered: [policy=fragmented_layered], merged: [policy=merged]}",
    "study.contrasts=[]",
    "study.keep=headline",
    "study.replications=2",
    "study.name=tiny",
    "executor=serial",
]


# --- tables -------------------------------------------------------------------------------


def table(**columns: list[Any]) -> pd.DataFrame:
    """A published table."""
    base = {"arm": ["a", "b", "c"], "n": [1, 2, 3], "value": [1.0, np.nan, 1000.0]}
    return pd.DataFrame({**base, **columns})


def test_equal_tables_do_not_deviate() -> None:
    """Numbers that are missing in both are equal."""
    assert compare_tables(table(), table()) == (0.0, "")


@pytest.mark.parametrize(("apart", "verdict"), [(1e-7, "pass"), (1e-5, "fail")])
def test_the_largest_deviation_is_named_with_column_and_row(apart: float, verdict: str) -> None:
    """Relative to the larger of the two numbers."""
    worst, where = compare_tables(table(), table(value=[1.0, np.nan, 1000.0 * (1 + apart)]))
    assert worst == pytest.approx(apart, rel=1e-3)
    assert (worst <= TOLERANCE) is (verdict == "pass")
    assert where == "value, row 3"


@pytest.mark.parametrize(
    "other",
    [
        table(n=[1, 2, 4]),
        table(arm=["a", "b", "x"]),
        table(value=[1.0, 2.0, 1000.0]),
        table(value=[1.0, np.nan, np.inf]),
        table()[:2],
        table().rename(columns={"n": "m"}),
        table()[["n", "arm", "value"]],
    ],
    ids=["whole number", "text", "gap", "infinite", "rows", "name", "order"],
)
def test_what_is_no_rounding_never_passes(other: pd.DataFrame) -> None:
    """Whatever its size."""
    assert compare_tables(table(), other)[0] == np.inf


def test_noise_around_zero_is_held_against_the_column() -> None:
    """Two zeros with different last digits are the same; two small numbers are not."""
    column = [1e-16, 5.0, 7.0]
    assert compare_tables(table(value=column), table(value=[-3e-16, 5.0, 7.0]))[0] < TOLERANCE
    assert compare_tables(table(value=column), table(value=[1e-4, 5.0, 7.0]))[0] > TOLERANCE


# --- manifests and files ------------------------------------------------------------------

ASKED = {"study_digest": "a", "seed": 1, "events": {"merged": "x", "narrow": "y"}}


def test_what_tells_of_a_moment_is_not_compared() -> None:
    """Times, versions, the machine."""
    other = {**ASKED, "seconds": 3.0, "versions": {"python": "3.12"}, "started": "now"}
    assert all(item.passed for item in compare_manifests(ASKED, other))


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"seed": 2}, "seed"),
        ({"replications": [0]}, "replications"),
        ({"events": {"merged": "x", "narrow": "z"}}, "narrow"),
        ({"events": {"merged": "x"}}, "narrow"),
    ],
)
def test_other_questions_and_other_events_are_named(change: dict[str, Any], where: str) -> None:
    """By key and by arm."""
    wrong = [item for item in compare_manifests(ASKED, {**ASKED, **change}) if not item.passed]
    assert [(item.tier, item.where) for item in wrong] == [(EXACT, where)]


def test_a_study_without_events_does_not_pass() -> None:
    """Nothing that could be compared is no agreement."""
    bare = {key: value for key, value in ASKED.items() if key != "events"}
    assert [item.passed for item in compare_manifests(bare, bare)] == [True, False]


def test_a_picture_is_compared_by_what_it_plots(tmp_path: Path) -> None:
    """Its bytes may differ, the CSV beside it may not; captions are texts."""
    for place, digit in (("one", "1"), ("two", "2")):
        (tmp_path / place / "figures").mkdir(parents=True)
        for name in ("fig1.svg", "fig1.csv", "fig1.txt"):
            (tmp_path / place / "figures" / name).write_text(f"x\n{digit}\n", encoding="utf-8")
    names = ("figures/fig1.svg", "figures/fig1.csv", "figures/fig1.txt")
    items = [compare_files(tmp_path / "one", tmp_path / "two", name) for name in names]
    assert [item.passed for item in items] == [True, False, False]
    assert {item.tier for item in items} == {FIGURES}


# --- a whole study ------------------------------------------------------------------------


def here(words: list[str], results: Path, _: Path | None = None) -> int:
    """The command in this process, which has compiled the engine already."""
    return main([*words, "--results", str(results)])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published folder with a list of one study, run and signed off."""
    folder = tmp_path_factory.mktemp("published")
    (folder / "studies.yaml").write_text(yaml.safe_dump({STUDY: WORDS}), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publish, "run_words", here)
        results = str(folder.parent / "results")
        assert main(["publish", "--published", str(folder), "--results", results]) == 0
    return folder


@pytest.fixture
def again(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Path], tuple[int, list[str]]]:
    """Reproduce a published folder; its exit code and lines."""
    monkeypatch.setattr(reproduce, "run_words", here)

    def run(published: Path) -> tuple[int, list[str]]:
        log = tmp_path / "log.txt"
        done = str(place.parent / "again")  # made once, compared often
        words = ["--published", str(published), "--results", done, "--log", str(log)]
        return main(["reproduce", *words]), log.read_text(encoding="utf-8").splitlines()

    return run


@pytest.fixture
def forged(place: Path, tmp_path: Path) -> Path:
    """A copy of the published folder that may be altered."""
    publish.replace_folder(place, tmp_path / "forged")
    return tmp_path / "forged"


def test_a_published_study_is_whole_and_tells_of_its_events(place: Path) -> None:
    """As verify sees it."""
    assert [item.problems for item in verify.check(place)] == [[]]
    events = read_manifest(place / STUDY)["events"]
    assert sorted(events) == ["fragmented_layered", "merged"]
    assert len(set(events.values())) == 2


def test_what_is_run_again_is_the_same(place: Path, again: Any) -> None:
    """Every item passes, in three tiers, and the last line says so."""
    code, lines = again(place)
    items = [line.split("  ") for line in lines if line.startswith(("PASS  ", "FAIL  "))]
    assert code == 0
    assert {item[0] for item in items} == {"PASS"}
    assert {item[2] for item in items} == {EXACT, FLOATS, FIGURES}
    assert lines[-1].startswith(f"PASS: {len(items)} of {len(items)} items of 1 studies, ")


def test_a_forgery_that_verify_cannot_see_is_seen(forged: Path, again: Any) -> None:
    """A number in a table, with manifest and index made to fit."""
    folder = forged / STUDY
    summary = pd.read_csv(folder / "summary.csv")
    at = int(summary.difference.abs().idxmax())
    summary.loc[at, "difference"] *= 1.001
    summary.to_csv(folder / "summary.csv", index=False)
    told = read_manifest(folder)
    (folder / MANIFEST).unlink()
    write_manifest(folder, told)
    verify.sign_off(forged)
    assert all(not item.problems for item in verify.check(forged))
    code, lines = again(forged)
    failed = [line for line in lines if line.startswith("FAIL  ")]
    assert code == 1
    assert len(failed) == 1
    assert f"{FLOATS}  summary.csv  worst 1.0e-03 (difference, row {at + 1})" in failed[0]
    assert lines[-1].startswith("FAIL: ")


def test_other_events_fail_a_study(forged: Path, again: Any) -> None:
    """Though every table is the same."""
    folder = forged / STUDY
    told = read_manifest(folder)
    told["events"]["merged"] = "0" * 64
    (folder / MANIFEST).write_text(json.dumps(told), encoding="utf-8")
    verify.sign_off(forged)
    code, lines = again(forged)
    failed = [line for line in lines if line.startswith("FAIL  ")]
    assert code == 1
    assert failed == [f"FAIL  {STUDY}  {EXACT}  events of 2 arms (merged)"]


def test_tables_and_figures_come_again_from_the_published_runs(place: Path, tmp_path: Path) -> None:
    """Without running anything."""
    draw_again(place / STUDY, tmp_path)
    items = compare_again(place / STUDY, tmp_path)
    assert {"summary.csv", "figures/fig1_ladder.csv"} <= {item.name for item in items}
    assert [item for item in items if not item.passed] == []


def test_fewer_replications_are_the_first_of_more(place: Path) -> None:
    """Run by run, and one altered value is found."""
    folder = place / STUDY
    item = compare_first(folder, folder, "replications.parquet", 2)
    assert item.passed
    assert not compare_first(folder, folder, "replications.parquet", 1).passed  # rows are missing


def test_a_folder_is_the_same_as_itself(place: Path) -> None:
    """Item by item; what is missing on either side fails."""
    folder = place / STUDY
    assert all(item.passed for item in compare_folders(folder, folder))


# --- what is asked ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["reproduce", "compare/none"], "no such study; allowed: compare/chibi, "),
        (["reproduce", "compare/chibi", "--quick"], "takes no studies"),
        (["publish", "phase"], "no such study; allowed: compare/chibi, "),
        (["reproduce", "--published", "nowhere"], "nowhere/studies.yaml: cannot be read"),
        (["reproduce", "--log", "no/such/folder/log.txt"], "--log = no/such/folder/log.txt"),
    ],
)
def test_a_wrong_word_is_one_line_and_nothing_runs(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2."""
    assert main(words) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_every_published_study_was_made_by_the_command_that_is_listed() -> None:
    """And nothing is published that is not listed."""
    known = listed(verify.PUBLISHED)
    for study in verify.studies_in(verify.PUBLISHED):
        assert read_manifest(verify.PUBLISHED / study)["command"] == ["onegrid", *known[study]]


# --- the table of what the README says ----------------------------------------------------


def test_the_table_beside_the_published_studies_is_what_they_hold_now() -> None:
    """If this fails: ``onegrid publish --index``, and read what has changed."""
    text = (verify.PUBLISHED.parent / "README.md").read_text(encoding="utf-8")
    assert section(verify.PUBLISHED) in text


def test_every_statement_of_the_readme_is_read_from_a_published_study() -> None:
    """None is left out because its study is not there."""
    listed_too = sayings(verify.PUBLISHED)
    assert {item.study for item in listed_too} == set(listed(verify.PUBLISHED))
    assert table_of(verify.PUBLISHED).count("\n") == len(listed_too) + 1


def test_publishing_puts_numbers_and_digests_into_the_table(forged: Path) -> None:
    """As they stand in the file, with the command that makes it."""
    rows = "metric == 'response_median'"
    saying = {
        "says": "it",
        "study": STUDY,
        "file": "summary",
        "rows": rows,
        "columns": ["baseline", "alternative", "difference", "lo", "hi"],
    }
    (forged / SAYINGS).write_text(yaml.safe_dump([saying]), encoding="utf-8")
    readme = forged.parent / "README.md"
    readme.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    assert main(["publish", "--index", "--published", str(forged)]) == 0
    lines = readme.read_text(encoding="utf-8").splitlines()
    row = next(line for line in lines if line.startswith("| it |"))
    held = read_manifest(forged / STUDY)["outputs"]["summary.csv"]
    found = pd.read_csv(forged / STUDY / "summary.csv").query(rows).iloc[0]
    assert f"`{held[:12]}`" in row
    assert f"| {found.baseline:.4g} → {found.alternative:.4g}, {found.difference:.4g} [" in row
    assert (lines[0], lines[-1]) == ("before", "after")
    assert "old" not in lines


@pytest.mark.parametrize(
    ("change", "said"),
    [({"rows": "metric == 'no'"}, "no row"), ({"file": "none"}, "has no table none")],
)
def test_a_statement_that_reads_nothing_is_refused(
    forged: Path, change: dict[str, str], said: str
) -> None:
    """In one line that names it."""
    saying = {"says": "it", "study": STUDY, "file": "summary", "rows": "n > 0", "columns": ["n"]}
    (forged / SAYINGS).write_text(yaml.safe_dump([saying | change]), encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        table_of(forged)


RESULTS_README = verify.PUBLISHED.parent / "README.md"
LINKS = re.findall(r"\]\(([^):]+)\)", RESULTS_README.read_text(encoding="utf-8"))


@pytest.mark.parametrize("link", sorted(set(LINKS)))
def test_a_link_beside_the_published_studies_leads_somewhere(link: str) -> None:
    """To a file or folder, and to a heading where it names one."""
    name, _, anchor = link.partition("#")
    path = RESULTS_README.parent / name if name else RESULTS_README
    assert path.exists()
    if anchor:
        heads = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        slugs = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
        assert anchor in slugs
