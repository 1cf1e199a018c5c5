"""The page without a browser: what is in it, what it may not do, and that it tells the tables."""

import html
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sim.metrics import HEADLINE
from sim.report import report
from sim.report.blocks import Picture, Points, Section, Table
from sim.report.evidence import assumptions, claims
from sim.report.page import sections
from sim.report.saved import open_study
from sim.report.voice import Voice
from sim.report.write import MOST, TEMPLATE, fitted
from sim.words import LANGS, Lang
from tests.report.conftest import lend

ADDRESS = re.compile(r"""(?:https?:)?//[\w.-]+\.\w+|@import|srcset=|<link|<iframe|<img""")
NAMESPACE = re.compile(r"http://www\.w3\.org/[\w/.]+")
SECTIONS = [
    *("finding", "caveats", "tables", "replay", "shape", "scenarios", "parts", "worth"),
    *("winners", "assumptions", "origin"),
]


class Page(HTMLParser):
    """Tags with their attributes, the words between them, and the tables."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.rows: list[list[dict[str, Any]]] = []
        self._hidden = 0
        self.source = path.read_text(encoding="utf-8")
        self.feed(self.source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._hidden += tag in ("style", "script")
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append({"text": "", **dict(attrs)})

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "script")

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        self.words.append(data)
        if self.rows and self.rows[-1] and self.lasttag in ("td", "th"):
            self.rows[-1][-1]["text"] += data

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module", params=LANGS)
def lang(request: pytest.FixtureRequest) -> Lang:
    found: Lang = request.param
    return found


@pytest.fixture(scope="module")
def page(chibi: Path, lang: Lang) -> Page:
    return Page(chibi / f"report_{lang}.html")


def test_the_page_names_no_address_and_loads_nothing(page: Page) -> None:
    assert not ADDRESS.search(NAMESPACE.sub("", page.source))
    policy = next(tag for tag in page.of("meta") if tag.get("http-equiv"))["content"] or ""
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
    outward = [tag["href"] for tag in page.of("a") if not str(tag["href"]).startswith("#")]
    assert all(str(href).startswith("report_") for href in outward)


def test_the_page_is_small_enough(chibi: Path, lang: Lang) -> None:
    assert (chibi / f"report_{lang}.html").stat().st_size < 3_000_000


def test_the_sections_come_in_order_and_the_contents_lead_to_each(page: Page) -> None:
    own = [tag for tag in page.of("section") if str(tag.get("aria-labelledby")).endswith("-title")]
    assert [str(tag["id"]) for tag in own] == SECTIONS
    nav = [str(tag["href"]) for tag in page.of("a") if str(tag["href"])[1:] in SECTIONS]
    assert nav[1:] == [f"#{name}" for name in SECTIONS]


def test_language_and_title_are_named(page: Page, lang: Lang) -> None:
    assert page.of("html")[0]["lang"] == {"en": "en", "zh": "zh-CN"}[lang]
    assert len(page.of("title")) > 1  # the page's and each figure's


def test_every_figure_has_title_description_and_caption(page: Page, chibi: Path) -> None:
    drawings = [tag for tag in page.of("svg") if tag.get("role") == "img"]
    assert len(drawings) >= 5
    ids = [str(tag["id"]) for _, tag in page.tags if tag.get("id")]
    assert len(ids) == len(set(ids))
    for tag in drawings:
        assert tag["aria-labelledby"] in ids
        assert tag["aria-describedby"] in ids
    frames = [tag for tag in page.of("div") if tag.get("class") == "drawing"]
    assert len(frames) == len(drawings)
    assert len(page.of("figure")) == len(page.of("figcaption")) >= len(drawings)
    caption = (chibi / "figures" / "fig1_response.txt").read_text(encoding="utf-8").strip()
    assert page.of("html")[0]["lang"] != "en" or caption in page.text


def test_inner_references_of_figures_lead_somewhere(page: Page) -> None:
    ids = {str(tag["id"]) for _, tag in page.tags if tag.get("id")}
    inner = {str(tag["href"])[1:] for tag in page.of("use")}
    inner |= set(re.findall(r"url\(#([\w-]+)\)", page.source))
    assert inner
    assert inner <= ids


def test_the_first_table_holds_the_numbers_of_the_summary(page: Page, chibi: Path) -> None:
    manifest = json.loads((chibi / "manifest.json").read_text(encoding="utf-8"))["study"]
    summary = pd.read_csv(chibi / "summary.csv")
    pair = (summary.baseline_arm == manifest["baseline"]) & (
        summary.alternative_arm == manifest["focus"]
    )
    rows = summary[pair & summary.headline].set_index("metric")
    shown = [row for row in page.rows if sum("data-value" in cell for cell in row) == 3][:5]
    for metric, row in zip(HEADLINE, shown, strict=True):
        held = [float(cell["data-value"]) for cell in row if "data-value" in cell]
        assert held == list(rows.loc[metric, ["baseline", "alternative", "difference"]])


def test_shown_numbers_are_those_behind_them(page: Page) -> None:
    """Minutes on the page are the file's, rounded to what is shown."""
    row = next(row for row in page.rows if sum("data-value" in cell for cell in row) == 3)
    for cell in row:
        if "data-value" in cell:
            shown = re.search(r"[\N{MINUS SIGN}+]?[\d,.]+", cell["text"])
            assert shown is not None
            number = float(shown[0].replace("\N{MINUS SIGN}", "-").replace(",", ""))
            assert number == pytest.approx(float(cell["data-value"]), abs=0.0501)


def test_the_finding_is_made_from_the_tables(page: Page, chibi: Path) -> None:
    lead = re.search(r'<p class="lead">(.*?)</p>', page.source, re.DOTALL)
    assert lead is not None
    worlds = chibi.parents[1] / "multiverse" / "chibi"
    files = [worlds / "summary.parquet", worlds / "summary.csv"]
    there = next(path for path in files if path.exists())
    table = pd.read_parquet(there) if there.suffix == ".parquet" else pd.read_csv(there)
    rows = table[
        (table.baseline_arm == "fragmented_layered")
        & (table.alternative_arm == "merged")
        & (table.metric == HEADLINE[0])
    ]
    assert str(len(rows)) in lead[1]
    for number in (rows.difference.abs().min(), rows.difference.abs().max()):
        assert f"{number:.1f}" in lead[1]


@pytest.mark.parametrize("lang", LANGS)
def test_another_result_gives_another_sentence(tmp_path: Path, lang: Lang) -> None:
    """Nothing of the finding is written beforehand: turned round, it says the opposite."""
    folder = lend("compare/transition", tmp_path)
    path = folder / "summary.csv"
    table = pd.read_csv(path)
    path.unlink()
    table[["baseline", "alternative"]] = table[["alternative", "baseline"]].to_numpy()
    table[["difference", "lo", "hi"]] = -table[["difference", "hi", "lo"]].to_numpy()
    table["verdict"] = table.verdict.replace({"better": "worse", "worse": "better"})
    table.to_csv(path, index=False)
    text = Page(report(folder, [lang])[0]).text
    assert {"en": "rises from", "zh": "升至"}[lang] in text
    assert {"en": "✗ worse", "zh": "✗ 更差"}[lang] in text


def test_an_interval_that_holds_0_is_no_difference_seen(tmp_path: Path) -> None:
    folder = lend("compare/transition", tmp_path)
    path = folder / "summary.csv"
    table = pd.read_csv(path)
    path.unlink()
    table = table.assign(lo=-1.0, hi=1.0, difference=0.0, verdict="undecided")
    table.to_csv(path, index=False)
    for tested in folder.glob("equity*.csv"):  # has verdicts of its own
        tested.unlink()
    text = Page(report(folder, ["en"])[0]).text
    assert "no difference seen" in text
    assert "better:" not in text
    assert "✓" not in text


def test_markup_in_names_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    folder = lend("compare/transition", tmp_path)
    evil = "<script>alert('x')</script>"
    for name in ("manifest.json", "summary.csv"):
        path = folder / name
        text = path.read_text(encoding="utf-8")
        path.unlink()
        safe = json.dumps(evil)[1:-1] if name.endswith("json") else evil
        path.write_text(text.replace("was_merged", safe), encoding="utf-8")
    source = report(folder, ["en"])[0].read_text(encoding="utf-8")
    assert evil not in source
    assert html.escape(evil, quote=True).replace("&#x27;", "&#39;") in source


def test_a_figure_brings_neither_script_nor_address(tmp_path: Path) -> None:
    folder = lend("compare/transition", tmp_path)
    figures = folder / "figures"
    source = figures.resolve()
    figures.unlink()
    shutil.copytree(source, figures)
    path = figures / "fig1_response.svg"
    text = path.read_text(encoding="utf-8")
    bad = (
        '<script>alert(1)</script><path onload="alert(2)" d="M0 0"/>'
        '<a href="http://bad.example/"><path d="M0 0"/></a><use href="http://bad.example/#a"/>'
    )
    path.write_text(text.replace("</svg>", f"{bad}</svg>"), encoding="utf-8")
    page = report(folder, ["en"])[0].read_text(encoding="utf-8")
    assert "alert" not in page
    assert "bad.example" not in page


def test_what_is_missing_names_the_command_that_fills_it(tmp_path: Path) -> None:
    text = Page(report(lend("compare/transition", tmp_path), ["en"])[0]).text
    for kind in ("multiverse", "shapley", "phase", "breakeven", "ladder"):
        assert re.search(rf"onegrid study={kind} [^.]*study\.name=transition", text), kind


def test_words_stand_out_from_the_paper() -> None:
    """Contrast of every colour of words against white, by WCAG 2, is 4.5 or more."""
    css = (TEMPLATE / "page.css").read_text(encoding="utf-8")
    names = set(re.findall(r"[^-]color: var\(--([\w-]+)\)", css)) - {"paper"}
    assert {"ink", "soft", "baseline", "focus", "better", "worse"} <= names
    for name in names:
        found = re.search(rf"--{name}: #([0-9a-f]{{6}})", css)
        assert found is not None, name
        parts = [int(found[1][at : at + 2], 16) / 255 for at in (0, 2, 4)]
        light = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        contrast = 1.05 / (0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] + 0.05)
        assert contrast >= 4.5, f"{name}: {contrast:.2f}"


def test_claims_are_told_with_their_verdicts(tmp_path: Path) -> None:
    folder = lend("ladder/seeds", tmp_path)
    place = tmp_path / "claims" / "seeds" / "claims.csv"
    place.parent.mkdir(parents=True)
    place.write_text(
        "claim,article,unit,article_lo,article_hi,model,lo,hi,n,verdict,region,region_lo,region_hi\n"
        "hazards,0.09,per hour,0.08,0.1,0.018,0.017,0.019,12,only_if,volunteers on patrol,3,10\n"
        "fees,20,points,,,,,,0,not_identifiable,,,\n",
        encoding="utf-8",
    )
    found = [block for block in claims(Voice("en"), open_study(folder)) if isinstance(block, Table)]
    rows = [[cell.text for cell in row] for row in found[0].rows]
    assert rows[0][2:4] == ["0.018 [0.017, 0.019]", "reproduced only if"]
    assert "3 to 10 people" in rows[0][4]
    assert rows[1][2:4] == ["–", "not identifiable"]


def test_numbers_are_counted_by_grade_and_listed(tmp_path: Path) -> None:
    folder = lend("ladder/seeds", tmp_path)
    (folder / "evidence.csv").unlink(missing_ok=True)
    (folder / "evidence.csv").write_text(
        "key,arms,value,unit,grade,source,low,high,range_grade,range_source,variance_share\n"
        "world.a,all,1,min,G,nobody knows,,,,,\nworld.b,all,2,min,A,the article,1,3,G,,\n"
        "world.c,all,nearest,choice,,,,,,,\n",
        encoding="utf-8",
    )
    made = assumptions(Voice("en"), open_study(folder))
    points = next(block for block in made if isinstance(block, Points))
    assert "guess: 1 numbers (50\N{NO-BREAK SPACE}%)" in points.items
    table = next(block for block in made if isinstance(block, Table))
    assert [row[0].text for row in table.rows] == ["world.a", "world.b", "world.c"]


def test_pages_are_no_part_of_the_manifest(chibi: Path) -> None:
    manifest = json.loads((chibi / "manifest.json").read_text(encoding="utf-8"))
    assert not [name for name in manifest["outputs"] if name.startswith("report_")]


def test_the_largest_figures_are_left_out_of_a_page_that_is_too_large(chibi: Path) -> None:
    voice = Voice("en")
    whole = sections(voice, open_study(chibi))

    def pictures(made: list[Section]) -> list[Picture]:
        return [one for part in made for one in part.blocks if isinstance(one, Picture)]

    total = sum(one.size for one in pictures(whole))
    room = MOST
    while len(pictures(fitted(whole, voice, room))) == len(pictures(whole)):
        room -= total // 4
    small = fitted(whole, voice, room)
    kept = pictures(small)
    gone = [one for one in pictures(whole) if one not in kept]
    assert kept
    assert gone
    assert min(one.size for one in gone) >= max(one.size for one in kept)
    named = " ".join(str(getattr(one, "text", "")) for part in small for one in part.blocks)
    assert all(one.file in named for one in gone)


def test_families_in_which_nobody_is_worse_off_are_told_apart(tmp_path: Path) -> None:
    """Also where the column of names is empty in every row, and so no text."""
    folder = lend("compare/chibi", tmp_path)
    path = folder / "equity_families.csv"
    table = pd.read_csv(path).assign(worse=None, undecided=None)
    path.unlink()  # it is the published one
    table.to_csv(path, index=False)
    text = Page(report(folder, ["en"])[0]).text
    assert "Tested, and not found worse:" in text
    assert "of 29 groups worse off" not in text
