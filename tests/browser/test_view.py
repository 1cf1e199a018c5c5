"""The live view through a browser: it draws, it goes on, and it asks no other machine."""

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("solara", reason="the live view is an extra")
sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium")
SECOND = 1000  # ms
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The command as a user starts it: its address, and the file of what it says."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    said = tmp_path_factory.mktemp("view") / "said"
    words = ["view", "clock=week", "--lang", "zh", "--port", str(port)]
    with said.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "experiments.cli", *words], stdout=file, stderr=file
        )
    try:
        for _ in range(600):
            if "Ctrl-C" in said.read_text(encoding="utf-8") or process.poll() is not None:
                break
            try:
                process.wait(0.5)
            except subprocess.TimeoutExpired:
                continue
        assert process.poll() is None, said.read_text(encoding="utf-8")
        yield f"http://127.0.0.1:{port}/", said
    finally:
        process.kill()
        process.wait()


def test_both_maps_are_drawn_and_go_on_without_a_network(server: tuple[str, Path]) -> None:
    """Every request to another machine is refused, and there is none; nor does the server ask."""
    address, said = server
    outside: list[str] = []

    def gate(route: "sync_api.Route") -> None:
        if route.request.url.startswith((address, "data:", "blob:")):
            route.continue_()
            return
        outside.append(route.request.url)
        route.abort()

    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        page = browser.new_page(viewport={"width": 1500, "height": 1050})
        page.route("**/*", gate)
        page.goto(address)
        picture = page.locator("img").first
        picture.wait_for(timeout=120 * SECOND)
        first = picture.get_attribute("src")
        width = picture.evaluate("image => image.naturalWidth")
        assert width > SECOND  # both maps side by side
        assert page.get_by_text("每千名居民每日诉求数").count()
        page.get_by_role("button", name="▶").click()
        page.get_by_text("Time: 3.0").wait_for(timeout=120 * SECOND)
        page.get_by_role("button", name="❚❚").click()
        assert page.locator("img").first.get_attribute("src") != first
        page.get_by_role("button", name="Reset").click()
        page.get_by_text("Time: 0.0").wait_for(timeout=120 * SECOND)
        browser.close()
    assert outside == []
    assert "Could not load" not in said.read_text(encoding="utf-8")
    assert "Traceback" not in said.read_text(encoding="utf-8")
