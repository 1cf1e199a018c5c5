"""What a notebook shows of a comparison and of a figure."""

import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd

from sim.comparison import MEANING, Comparison, contrast
from sim.figures.style import Drawing, sheet, styled
from sim.metrics import HEADLINE, METRICS

MARKUP = "<script>alert(1)</script> & co"


def comparison() -> Comparison:
    """All headline metrics, each a little better; the alternative's name is markup."""
    index = pd.MultiIndex.from_tuples(
        [(name, "all") for name in HEADLINE[:-1]] + [(HEADLINE[-1], "urgency:emergency")],
        names=["metric", "group"],
    )
    before = np.full((len(HEADLINE), 5), 50.0) + np.random.default_rng(1).random((5, 5))
    stacks = [pd.DataFrame(values, index=index) for values in (before, before - 9)]
    return contrast(stacks[0], stacks[1], "before", MARKUP)


def test_a_comparison_is_a_table_with_the_numbers_and_what_the_verdict_means() -> None:
    """A row per headline metric: both values, the difference with its interval, n, words."""
    found = comparison()
    root = ET.fromstring(found._repr_html_())
    rows = root.findall("tbody/tr")
    assert [row.findtext("th") for row in rows] == [METRICS[name].words for name in HEADLINE]
    for row, name in zip(rows, HEADLINE, strict=True):
        told = found.row(name)
        cells = ["".join(cell.itertext()) for cell in row.findall("td")]
        assert cells[0].startswith(f"{told.baseline:.3g}")
        assert cells[2].startswith(f"{told.difference:+.3g}".replace("-", "\N{MINUS SIGN}"))
        assert cells[3] == "5"
        assert cells[4] == f"{told.verdict}: {MEANING[told.verdict]}"
    assert "95 % interval" in (root.findtext("caption") or "")
    assert "n = 5 paired replications" in (root.findtext("caption") or "")


def test_names_with_markup_are_escaped() -> None:
    """In the table and below the figure."""
    assert "<script>" not in comparison()._repr_html_()
    assert MARKUP in "".join(ET.fromstring(comparison()._repr_html_()).itertext())
    drawing = Drawing("one", "title", sheet(89, 40), pd.DataFrame(), MARKUP)
    assert "<script>" not in drawing._repr_html_()


def test_a_drawing_is_its_own_svg_with_its_caption_however_often_it_is_shown() -> None:
    """No file, no prolog; twice the same bytes; the user's settings stay."""
    with styled():
        figure = sheet(89, 40)
        figure.add_subplot().plot([1, 2, 3])
    drawing = Drawing("one", "A line", figure, pd.DataFrame(), "n = 3; study 0123.")
    shown = drawing._repr_html_()
    root = ET.fromstring(shown)
    assert root.tag == "figure"
    assert [part.tag.rpartition("}")[2] for part in root] == ["svg", "figcaption"]
    assert root.findtext("figcaption") == "n = 3; study 0123."
    assert drawing._repr_html_() == shown
