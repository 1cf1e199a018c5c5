"""The replay in a browser that is offline: it moves, listens to keys, and tells lives."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from sim.replay import Stretch, record_pair, write
from sim.report.replay import replay_block
from sim.words import LANGS, say
from tests.support import toy

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]
STRETCH = Stretch(replication=0, measured_day=0, starts="08:00", hours=12.0, every_min=5.0)
MARKUP = "<img src=x onerror=alert(1)>"
NOON = 4 * 3600


@pytest.fixture(scope="module")
def replay() -> dict[str, Any]:
    """Of a small and busy city, one community of which has markup for a name."""
    busy = ("world.demand.needs_per_1000_per_day=20", "world.demand.misnamed=0.3")
    names = ("fragmented_layered", "merged")
    kept = record_pair({name: toy(*busy, f"policy={name}") for name in names}, STRETCH)
    kept["ground"]["communities"][0] = MARKUP
    kept["arms"][0]["name"] = MARKUP
    return kept


@pytest.fixture(scope="module")
def pages(replay: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page in each language that holds nothing but the replay."""
    folder = tmp_path_factory.mktemp("replay")
    write(folder / "replay.json", replay)
    for lang in LANGS:
        head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        block = replay_block(folder, lang)
        html = f'<!DOCTYPE html><html lang="{lang}"><head>{head}</head><body>{block}</body></html>'
        (folder / f"{lang}.html").write_text(html, encoding="utf-8")
    return {lang: folder / f"{lang}.html" for lang in LANGS}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=CHROMIUM)
        yield started
        started.close()


@pytest.fixture
def page(
    browser: Browser, pages: dict[str, Path], request: pytest.FixtureRequest
) -> Iterator[Page]:
    """A desktop that complains about every error and every request for anything but the file."""
    lang = getattr(request, "param", "en")
    context = browser.new_context(offline=True, viewport={"width": 1200, "height": 900})
    opened, complaints = context.new_page(), list[str]()
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("request", lambda asked: complaints.append(asked.url))
    opened.on("dialog", lambda dialog: complaints.append(dialog.message))
    opened.goto(pages[lang].as_uri())
    opened.wait_for_selector(".replay[data-ready]")
    yield opened
    assert complaints == [pages[lang].as_uri()]
    context.close()


def pixels(page: Page) -> list[str]:
    """Digests of what both maps show."""
    shots = page.evaluate(
        "() => [...document.querySelectorAll('.replay-map > canvas')].map(c => c.toDataURL())"
    )
    return [hashlib.sha256(shot.encode()).hexdigest() for shot in shots]


def second(page: Page) -> float:
    return float(page.input_value(".replay-slider"))


def go_to(page: Page, moment: float) -> None:
    page.evaluate(
        """moment => { const slider = document.querySelector('.replay-slider');
        slider.value = moment; slider.dispatchEvent(new Event('input')); }""",
        moment,
    )


def waiting(replay: dict[str, Any], arm: int, moment: float) -> list[int]:
    """Requests that are reported and nobody is there."""
    lives = replay["arms"][arm]["lives"]
    return [
        number
        for number, reported in enumerate(lives["reported"])
        if reported is not None
        and reported <= moment
        and not (lives["arrive"][number] is not None and lives["arrive"][number] <= moment)
        and not (lives["gone"][number] is not None and lives["gone"][number] <= moment)
    ]


def test_nothing_moves_before_somebody_asks(page: Page) -> None:
    before = pixels(page)
    page.wait_for_timeout(200)
    assert (second(page), pixels(page)) == (0.0, before)
    assert before[0] != before[1]


def test_play_moves_both_maps_and_pause_holds_them(page: Page) -> None:
    before = pixels(page)
    page.click(".replay-play")
    page.wait_for_function("() => document.querySelector('.replay-slider').value > 600")
    page.click(".replay-play")
    held, after = second(page), pixels(page)
    assert all(one != other for one, other in zip(before, after, strict=True))
    page.wait_for_timeout(150)
    assert (second(page), pixels(page)) == (held, after)


def test_keys_play_step_and_return(page: Page) -> None:
    page.focus(".replay-arm1 canvas")
    for key, expected in {"ArrowRight": 900.0, "End": 12 * 3600.0, "Home": 0.0}.items():
        page.keyboard.press(key)
        assert second(page) == expected
    speed = page.input_value(".replay-speed select")
    page.keyboard.press("+")
    assert float(page.input_value(".replay-speed select")) > float(speed)
    page.keyboard.press(" ")
    page.wait_for_function("() => document.querySelector('.replay-slider').value > 60")
    page.keyboard.press(" ")
    held = second(page)
    page.wait_for_timeout(150)
    assert second(page) == held


def test_counts_below_the_maps_are_those_of_the_record(page: Page, replay: dict[str, Any]) -> None:
    go_to(page, NOON)
    for arm in (0, 1):
        lives, within = replay["arms"][arm]["lives"], f".replay-arm{arm} "
        assert page.inner_text(within + "[data-count=waiting]") == str(
            len(waiting(replay, arm, NOON))
        )
        there = [
            number
            for number, moment in enumerate(lives["arrive"])
            if moment is not None and moment <= NOON and lives["reported"][number] >= 0
        ]
        assert page.inner_text(within + "[data-count=answered]") == str(len(there)) != "0"


@pytest.mark.parametrize("arm", [0, 1])
def test_a_click_on_a_request_opens_its_life_in_both_layouts(
    page: Page, replay: dict[str, Any], arm: int
) -> None:
    """The one with no other mark in sight, so that it is clear which is meant."""
    go_to(page, NOON)
    ground, cells = replay["ground"], replay["requests"]["cell"]
    shown = [
        i for i, when in enumerate(replay["arms"][arm]["lives"]["reported"]) if when is not None
    ]
    alone = next(
        i
        for i in waiting(replay, arm, NOON)
        if all(cells[i] != cells[other] for other in shown if other != i)
    )
    box = page.locator(f".replay-arm{arm} canvas").bounding_box()
    assert box is not None
    size = box["width"] / ground["width"]
    x, y = cells[alone] % ground["width"], cells[alone] // ground["width"]
    page.mouse.click(box["x"] + (x + 0.5) * size, box["y"] + (y + 0.5) * size)
    life = page.locator(".replay-life")
    assert life.is_visible()
    domain = replay["requests"]["domains"][replay["arms"][arm]["lives"]["domain"][alone]]
    assert say("en", f"terms.domain.{domain}") in life.locator("h4").inner_text()
    assert life.locator(".replay-paths > div").count() == 2
    assert life.locator(".replay-paths .before li").count() >= 2
    page.keyboard.press("Escape")
    assert life.is_hidden()


@pytest.mark.parametrize("page", LANGS, indirect=True)
def test_the_next_one_where_it_mattered_says_why(page: Page) -> None:
    """By key and by button; a different one each time; no placeholder is left open."""
    page.focus(".replay-arm0 canvas")
    page.keyboard.press("n")
    first = page.inner_text(".replay-life")
    page.click(".replay-life .more button:last-child")
    other = page.inner_text(".replay-life")
    assert first != other
    for text in (first, other, page.inner_text(".replay")):
        assert "{" not in text
        assert "undefined" not in text
        assert "NaN" not in text


def test_a_life_is_found_by_keys_alone(page: Page) -> None:
    """Open the list, go to the first entry, Enter."""
    go_to(page, NOON)
    page.focus(".replay-list summary")
    page.keyboard.press("Enter")
    page.wait_for_selector(".replay-list li button")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator(".replay-life .why").is_visible()


def test_the_parts_shown_until_somebody_is_there_sum_up(page: Page) -> None:
    """For every request of the tour in turn: minutes of the stages add up to the total."""
    for _ in range(12):
        page.click(".replay-next")
        rows = page.evaluate(
            """() => [...document.querySelectorAll('.replay-life tbody tr')].map(
            row => [row.className, row.cells[1] ? row.cells[1].innerText : ''])"""
        )
        total = next(number for number, (kind, _) in enumerate(rows) if kind == "sum")
        parts = sum(minutes(text) for _, text in rows[:total])
        assert abs(parts - minutes(rows[total][1])) <= 0.02 * parts + total


def minutes(text: str) -> float:
    """Minutes of a duration in English words."""
    unit = {"d": 1440.0, "h": 60.0, "min": 1.0}
    words = text.replace("under 1 min", "0.5 min").split()
    return sum(float(n) * unit[name] for n, name in zip(words[0::2], words[1::2], strict=False))


def test_names_from_configs_are_shown_as_text(page: Page) -> None:
    assert page.inner_text(".replay-arm0 .replay-name") == MARKUP
    assert page.locator(".replay img").count() == 0


def test_who_asks_for_little_motion_gets_stills(browser: Browser, pages: dict[str, Path]) -> None:
    """Twice a second, not thirty times."""
    context = browser.new_context(offline=True, reduced_motion="reduce")
    page = context.new_page()
    page.goto(pages["en"].as_uri())
    page.wait_for_selector(".replay[data-ready]")
    page.evaluate(
        """() => { window.seen = new Set(); const slider = document.querySelector('.replay-slider');
        const look = () => { seen.add(slider.value); requestAnimationFrame(look); }; look(); }"""
    )
    page.click(".replay-play")
    page.wait_for_timeout(1300)
    assert 2 <= page.evaluate("seen.size") <= 4
    context.close()


@pytest.mark.parametrize("lang", LANGS)
def test_a_phone_shows_everything_in_one_column(
    browser: Browser, pages: dict[str, Path], lang: str
) -> None:
    context = browser.new_context(offline=True, viewport={"width": 375, "height": 800})
    page = context.new_page()
    page.goto(pages[lang].as_uri())
    page.wait_for_selector(".replay[data-ready]")
    page.click(".replay-next")
    first, second_map = (page.locator(f".replay-arm{arm} canvas").bounding_box() for arm in (0, 1))
    assert first is not None
    assert second_map is not None
    assert second_map["y"] > first["y"] + first["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    context.close()
