"""A smaller file shows the same picture."""

import io
import re

import numpy as np
import pytest
from matplotlib.figure import Figure

from sim.figures.slim import slim


def svg_of(figure: Figure) -> str:
    """A figure as matplotlib writes it."""
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


def longest(svg: str) -> str:
    """The path of most signs."""
    return max(re.findall(r' d="([^"]*)"', svg), key=len)


def points(path: str) -> np.ndarray:
    """Where a path of straight lines goes, told in absolute or in relative places."""
    here, found = np.zeros(2), []
    for command, text in re.findall(r"([MLl])([^MLlz]*)", path):
        step = np.array([float(word) for word in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", text)])
        here = here + step if command == "l" else step
        found.append(here)
    return np.array(found)


def test_a_curve_stays_where_it_was() -> None:
    """Every point of the curve lies within a sixteenth of a point of the one that is left."""
    figure = Figure(figsize=(4, 3))
    x = np.linspace(0, 10, 120)
    figure.subplots().plot(x, np.sin(x / 2) + np.exp(-x))
    before = svg_of(figure)
    after = slim(before)
    old, new = points(longest(before)), points(longest(after))
    assert len(new) < 0.9 * len(old)
    between = np.interp(old[:, 0], new[:, 0], new[:, 1])
    steep = np.abs(np.gradient(old[:, 1], old[:, 0]))
    assert (np.abs(between - old[:, 1]) / np.hypot(1, steep)).max() < 1 / 16


def test_rounding_does_not_add_up() -> None:
    """The last of many points that are told from the one before is as exact as the first."""
    line = "".join(
        f"L {place + 0.004:f} {(-1) ** place * 5 + 0.004:f} \n" for place in range(1, 300)
    )
    after = slim(f'<path d="M 0 0 \n{line}" style="fill: none"/>')
    np.testing.assert_allclose(points(longest(after))[-1], [299.0, -5.0], atol=0.01)


def test_a_dotted_hatch_has_a_stroke_for_every_dot() -> None:
    """As many dots, as large, in the same places, and a twentieth of the size."""
    figure = Figure()
    figure.subplots().bar([0], [1], hatch="....", facecolor="white")
    before = svg_of(figure)
    after = slim(before)
    dots = re.findall(r"\dh0", after)  # an id may begin with h0, too
    assert len(dots) == before.count("C ", before.index("<pattern")) / 8
    assert len(after) < len(before) / 5
    assert "stroke-linecap: round" in after
    assert "M3 72h0" in after


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ('<use x="12.345678" y="-0.001"/>', '<use x="12.35" y="0"/>'),
        ('transform="translate(3.10001 4.5) scale(0.07 -0.07)"', None),
        ("<!-- 1.23456 -->", "<!-- 1.23456 -->"),
    ],
)
def test_only_places_are_rounded(text: str, short: str | None) -> None:
    """Neither scales nor words are."""
    assert slim(text) == (short or 'transform="translate(3.1 4.5) scale(0.07 -0.07)"')
