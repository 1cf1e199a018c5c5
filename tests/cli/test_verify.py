"""``onegrid verify``: whatever is altered, missing or added shows, without running anything."""

from pathlib import Path

import pytest

from experiments.cli import main
from experiments.folder import write_manifest
from experiments.verify import INDEX, PUBLISHED, check, sign_off

TABLE, FIGURE, PLOTTED = "summary.csv", "figures/fig1_a.svg", "figures/fig1_a.csv"
STUDY = "compare/one"


def leave(folder: Path) -> None:
    """A study's folder with a table, a figure and a manifest."""
    (folder / "figures").mkdir(parents=True)
    for name in (TABLE, FIGURE, PLOTTED):
        (folder / name).write_text(f"{name}\n1\n", encoding="utf-8")
    write_manifest(folder, {"study_digest": "abc", "seed": 1})


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """Two published studies, signed off."""
    for study in (STUDY, "phase/two"):
        leave(tmp_path / study)
    sign_off(tmp_path)
    return tmp_path


def test_what_was_signed_off_passes(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line per study, a count, exit code 0."""
    assert main(["verify", str(published)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [f"PASS  {STUDY}  3 files", "PASS  phase/two  3 files"]
    assert lines[2].startswith("2 of 2 ")


@pytest.mark.parametrize("name", [TABLE, FIGURE, PLOTTED, "manifest.json"])
def test_an_altered_byte_is_caught_and_named(
    published: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a table, a figure, the numbers behind a figure, and the manifest itself."""
    path = published / STUDY / name
    path.write_bytes(path.read_bytes().replace(b"1", b"2", 1))
    assert main(["verify", str(published)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"FAIL  {STUDY}")
    assert f"{name}: altered" in lines[0]
    assert lines[1].startswith("PASS  phase/two")


def test_a_manifest_made_to_fit_an_altered_table_is_caught(published: Path) -> None:
    """The index holds the digest of the manifest, so both would have to be forged."""
    folder = published / STUDY
    (folder / TABLE).write_text("better\n", encoding="utf-8")
    (folder / "manifest.json").unlink()
    write_manifest(folder, {"study_digest": "abc", "seed": 1})
    assert [item.problems for item in check(published)] == [["manifest.json: altered"], []]
    assert check(folder)[0].problems == []  # alone, it fits


@pytest.mark.parametrize("name", [TABLE, FIGURE, PLOTTED, "manifest.json"])
def test_a_missing_file_is_caught(published: Path, name: str) -> None:
    """Whichever it is."""
    (published / STUDY / name).unlink()
    problems = [problem for item in check(published) for problem in item.problems]
    assert f"{name}: missing" in problems


def test_a_file_that_was_added_is_caught(published: Path) -> None:
    """Inside a study and beside the studies."""
    (published / STUDY / "more.csv").write_text("1\n", encoding="utf-8")
    (published / "phase" / "stray.csv").write_text("1\n", encoding="utf-8")
    found = {item.study: item.problems for item in check(published)}
    assert found[STUDY] == ["more.csv: not in the manifest"]
    assert found["."] == ["phase/stray.csv: belongs to no study"]


def test_a_page_is_signed_off_with_the_study(published: Path) -> None:
    """No manifest holds its digest, since it is made of the rest; the index does."""
    page = published / STUDY / "report_en.html"
    page.write_text("merging is better", encoding="utf-8")
    sign_off(published)
    assert all(not item.problems for item in check(published))
    page.write_text("merging is worse", encoding="utf-8")
    altered = check(published)[0].problems
    page.unlink()
    assert altered == check(published)[0].problems == ["pages: not those that were signed off"]


def test_a_study_that_nobody_signed_off_is_caught(published: Path) -> None:
    """One that was added, and one that was signed off and is gone."""
    leave(published / "ladder/three")
    (published / STUDY).rename(published / "compare/other")
    found = {item.study: item.problems for item in check(published)}
    assert found["ladder/three"] == found["compare/other"] == [f"manifest.json: not in {INDEX}"]
    assert found[STUDY] == ["manifest.json: missing"]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ("index", "index.csv: missing; allowed: "),
        ("table", "index.csv: cannot be read; allowed: "),
        ("all", "no study; allowed: "),
    ],
)
def test_where_there_is_nothing_to_check_one_line_says_so(
    published: Path, spoil: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, and what is allowed."""
    folder = published
    if spoil == "index":
        (published / INDEX).unlink()
    elif spoil == "table":
        (published / INDEX).write_text("nonsense\n", encoding="utf-8")
    else:
        folder = published / "nowhere"
    assert main(["verify", str(folder)]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_an_option_it_does_not_have_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """In one line."""
    assert main(["verify", "--quick"]) == 2
    assert capsys.readouterr().err == (
        "onegrid: verify: unrecognized arguments: --quick; allowed: see --help\n"
    )


def test_the_published_studies_are_as_signed_off() -> None:
    """Every file of every one of them."""
    assert [item for item in check(PUBLISHED) if item.problems] == []
