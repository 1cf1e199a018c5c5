"""The page in a browser that is offline: what a reader sees, tabs to and prints."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from pypdf import PdfReader

from sim.metrics import HEADLINE
from sim.report.pdf import print_pdf
from sim.words import LANGS
from tests.report.conftest import chibi

__all__ = ["chibi"]  # a fixture of the other layer
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]
DRAWN = """() => {
  const words = document.querySelector("main").textContent + document.title;
  const signs = [...new Set(words)].filter(sign => /\\p{Script=Han}/u.test(sign));
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 40;
  const pen = canvas.getContext("2d", {willReadFrequently: true});
  const picture = (sign, family) => {
    pen.clearRect(0, 0, 40, 40);
    pen.font = `32px ${family}`;
    pen.fillText(sign, 2, 32);
    return pen.getImageData(0, 0, 40, 40).data.join();
  };
  const box = picture("\\u{F8FF}", "'OneGrid Sans'"), empty = picture(" ", "'OneGrid Sans'");
  const bad = signs.filter(sign => [box, empty].includes(picture(sign, "'OneGrid Sans'")));
  return {count: signs.length, bad: bad.join("")};
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=CHROMIUM)
        yield started
        started.close()


@pytest.fixture(params=LANGS)
def page(browser: Browser, chibi: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The page on a desktop; at the end nothing may have been asked for or complained about."""
    context = browser.new_context(offline=True, viewport={"width": 1200, "height": 900})
    opened, heard = context.new_page(), list[str]()
    opened.on("console", lambda message: heard.append(message.text))
    opened.on("pageerror", lambda error: heard.append(str(error)))
    opened.on("request", lambda asked: heard.append(asked.url))
    opened.goto((chibi / f"report_{request.param}.html").as_uri())
    opened.evaluate("document.fonts.ready")
    yield opened
    beyond = [text for text in heard if not text.startswith(("file:", "data:"))]
    context.close()
    assert not beyond


def test_a_reader_sees_the_numbers_of_the_summary(page: Page, chibi: Path) -> None:
    summary = pd.read_csv(chibi / "summary.csv")
    summary = summary[
        (summary.baseline_arm == "fragmented_layered") & (summary.alternative_arm == "merged")
    ]
    rows = page.locator("#tables table").first.locator("tbody tr")
    assert rows.count() == len(HEADLINE)
    row = summary[(summary.metric == HEADLINE[0]) & (summary.group == "all")].iloc[0]
    seen = rows.first.inner_text()
    for number in (row.baseline, row.alternative, abs(row.difference)):
        assert f"{number:.1f}" in seen
    large = page.locator(".numbers .big").first.inner_text()
    assert re.findall(r"[\d.]+", large) == [f"{row.baseline:.1f}", f"{row.alternative:.1f}"]


def test_every_chinese_sign_is_drawn(page: Page) -> None:
    found = page.evaluate(DRAWN)
    assert found["count"] > 20
    assert found["bad"] == ""


def test_the_page_is_used_without_a_mouse(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    box = page.locator(".skip").bounding_box()
    assert box is not None
    assert box["x"] >= 0  # seen when it has the focus
    page.keyboard.press("Enter")
    assert page.url.endswith("#finding")
    fold = page.locator("details > summary").first
    fold.focus()
    style = "element => getComputedStyle(element).outlineStyle"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert fold.evaluate(style) == "solid"
    page.keyboard.press("Enter")
    assert page.locator("details").first.get_attribute("open") is not None


def test_nothing_moves_or_sounds_on_its_own(page: Page) -> None:
    assert page.locator("[autoplay], audio, video, marquee").count() == 0
    assert page.evaluate("document.getAnimations().length") == 0


def test_a_phone_scrolls_one_way_only(browser: Browser, chibi: Path) -> None:
    for lang in LANGS:
        phone = browser.new_page(viewport={"width": 360, "height": 780})
        phone.goto((chibi / f"report_{lang}.html").as_uri())
        assert phone.evaluate("document.documentElement.scrollWidth") <= 360
        phone.close()


@pytest.mark.again
def test_the_page_prints_to_a4_with_every_table_open(browser: Browser, chibi: Path) -> None:
    """A word that stands in a folded table alone is on paper, and not in what the screen shows."""
    path, folded = chibi / "report_zh.html", "replications.parquet"
    page = browser.new_page()
    page.goto(path.as_uri())
    assert folded not in page.locator("main").inner_text()
    page.close()
    printed = PdfReader(print_pdf(path))
    assert 8 <= len(printed.pages) <= 60
    width, height = (float(side) for side in printed.pages[0].mediabox[2:])
    assert (width, height) == pytest.approx((595, 842), abs=2)
    assert any(folded in sheet.extract_text() for sheet in reversed(printed.pages))
