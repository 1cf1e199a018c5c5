"""The Chinese font: found without importing its package, and cut to what a text needs."""

import io
import sys
from importlib import metadata

import pytest
from fontTools.ttLib import TTFont

from sim.words import font


def test_the_font_is_found_and_its_package_is_not_imported() -> None:
    path = font.font_path()
    assert path is not None
    assert path.name.endswith(".ttf")
    assert font.PACKAGE not in sys.modules


def test_the_part_holds_the_signs_of_the_text_and_few_others() -> None:
    found = font.font_part(["多格合一", "24.8"])
    assert found is not None
    kind, file = found
    assert kind in ("woff", "woff2")
    with TTFont(io.BytesIO(file)) as part:
        signs = set(part.getBestCmap())
    assert signs == {ord(sign) for sign in "多格合一24.8"}
    assert len(file) < 10_000


def test_a_missing_font_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "files", missing)
    font.font_path.cache_clear()
    try:
        assert font.font_path() is None
        assert font.font_part(["多"]) is None
    finally:
        font.font_path.cache_clear()
