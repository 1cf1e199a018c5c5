"""``onegrid report``: pages from saved results, in the languages that can be written."""

import json
import os
from pathlib import Path

import pytest

from experiments.report import leave_pages
from experiments.terminal import Screen
from sim.report import pdf, write
from tests.cli import ask
from tests.report.conftest import lend

STUDY = "ladder/seeds"
SHELL = ("<!DOCTYPE html>", "</html>")


def test_pages_are_written_and_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = lend(STUDY, tmp_path)
    answer = ask(capfd, "report", str(folder))
    pages = [folder / "report_en.html", folder / "report_zh.html"]
    assert answer.code == 0, answer.err
    assert answer.out.split() == [str(page) for page in pages]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert text.startswith(SHELL[0])
        assert text.rstrip().endswith(SHELL[1])


def test_one_language_leaves_the_other_alone(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = lend(STUDY, tmp_path)
    assert ask(capfd, "report", str(folder), "--lang", "zh").code == 0
    assert not (folder / "report_en.html").exists()
    assert 'href="report_en.html"' not in (folder / "report_zh.html").read_text(encoding="utf-8")


def test_without_the_font_it_is_english_and_said_once(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "font_path", lambda: None)
    monkeypatch.setattr(write, "font_part", lambda _: None)
    folder = lend(STUDY, tmp_path)
    answer = ask(capfd, "report", str(folder))
    assert answer.code == 0
    assert answer.err.count("zhplot") == 1
    assert sorted(path.name for path in folder.glob("report_*")) == ["report_en.html"]


def test_without_chromium_the_html_is_there_and_one_line_says_so(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "browser", lambda: None)
    folder = lend(STUDY, tmp_path)
    answer = ask(capfd, "report", str(folder), "--lang=en", "--pdf")
    assert answer.code == 2
    assert answer.err.count("\n") == 1
    assert "no Chromium" in answer.err
    assert (folder / "report_en.html").exists()


@pytest.mark.skipif(pdf.browser() is None, reason="chromium is not installed")
def test_a_pdf_lies_beside_the_page(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = lend(STUDY, tmp_path)
    answer = ask(capfd, "report", str(folder), "--lang=en", "--pdf")
    assert answer.code == 0, answer.err
    assert (folder / "report_en.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        (None, "manifest.json"),
        ("{", "manifest.json"),
        ("[]", "kind None"),
        ('{"study": {"kind": "poem"}}', "kind 'poem'"),
        ('{"study": {"kind": "ladder"}}', "'study_digest'"),
    ],
)
def test_a_folder_without_a_study_is_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], manifest: str | None, says: str
) -> None:
    if manifest is not None:
        (tmp_path / "manifest.json").write_text(manifest, encoding="utf-8")
    before = sorted(tmp_path.iterdir())
    answer = ask(capfd, "report", str(tmp_path))
    assert answer.code == 2
    assert answer.err.startswith("onegrid: report ")
    assert answer.err.count("\n") == 1
    assert says in answer.err
    assert "allowed" in answer.err
    assert sorted(tmp_path.iterdir()) == before


def test_no_folder_and_a_missing_one_are_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    for words in ([], ["nowhere"]):
        answer = ask(capfd, "report", *words)
        assert answer.code == 2
        assert answer.err.count("\n") == 1
        assert "allowed" in answer.err


def test_a_finished_study_writes_its_pages_once(tmp_path: Path) -> None:
    folder = lend(STUDY, tmp_path)
    manifest = folder / "manifest.json"
    content = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.unlink()
    manifest.write_text(json.dumps(content), encoding="utf-8")
    page = folder / "report_en.html"
    leave_pages(folder, Screen())
    made = page.stat().st_mtime_ns
    leave_pages(folder, Screen())
    assert page.stat().st_mtime_ns == made
    os.utime(manifest, ns=(made + 10**9, made + 10**9))  # other results
    leave_pages(folder, Screen())
    assert page.stat().st_mtime_ns > made
