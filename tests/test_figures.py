"""Figures say what they show: data beside every drawing, units, captions, stable bytes."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from io import StringIO
from pathlib import Path
from xml.sax.saxutils import escape

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from scipy import stats

import sim.figures
from sim.comparison import HEADLINE_GROUP, contrast
from sim.figures import Facts, draw_compare, draw_ladder, draw_multiverse
from sim.figures.blocks import ENOUGH
from sim.figures.compare import compare_drawings
from sim.figures.labels import fold
from sim.figures.ladder import ladder
from sim.figures.multiverse import every_world
from sim.figures.parts import waiting
from sim.figures.slim import slim
from sim.figures.style import (
    NO_FONT,
    Drawing,
    chinese_font,
    contrast_rows,
    look_of,
    number,
    spread,
    styled,
    verdict_seen,
    write_all,
)
from sim.figures.workload import workload
from sim.figures.worlds import multiverse_drawings
from sim.metrics import ECDF_MIN, HEADLINE, LORENZ, METRICS
from sim.record import PARTS
from sim.words import LANGS, Lang
from tests.support import first

BASELINE, FOCUS, CENTRAL = "split_<in$four>", "merged & $x^2$", "central"
DIGEST = "0123456789abcdef" * 4
WIDTH, CELL_M, REPLICATIONS = 22, 100.0, 4
KNOWN = (
    "fragmented_layered",
    "fragmented_partition",
    "fragmented_mixed",
    "narrow",
    "overflow",
    "central",
    "chain",
    "merged_reserve",
    "reform",
    "reform_plus",
    "merged",
)
KINDS = ("csv", "svg", "txt", "zh.svg", "zh.txt")
COMPARE = ("fig1_response", "fig2_waiting", "fig3_map", "fig4_workload", "fig5_pairs")
LADDER = ("fig1_ladder",)
MULTIVERSE = ("fig1_worlds", "fig2_best", "fig3_carried")
PLOTTED = {
    "response": ["mean"],
    "waiting": ["mean"],
    "map": ["drawn"],
    "workload": ["mean"],
    "pairs": ["baseline", "focus"],
    "ladder": ["difference", "lo", "hi"],
    "worlds": ["difference"],
    "best": ["share_of_worlds"],
    "carried": ["share_of_variance"],
}


def facts_of(*arms: str) -> Facts:
    """A study of some arms, the first the baseline, the last the focus."""
    return Facts(arms[0], arms[-1], arms, REPLICATIONS, DIGEST)


FACTS = facts_of(BASELINE, "narrow", CENTRAL, FOCUS)


def metrics_of(facts: Facts, scale: float = 1.0) -> pd.DataFrame:
    """Metrics as a study leaves them: later arms are a little better, replications differ."""
    rng = np.random.default_rng(7)
    rows = []
    for replication in range(facts.replications):
        for place, arm in enumerate(facts.arms):
            for metric in METRICS:
                base = 0.5 if METRICS[metric].unit in ("share", "gini") else 40.0 * scale
                value = base * (1 - 0.1 * place) * (1 + 0.02 * rng.random())
                rows.append((metric, HEADLINE_GROUP.get(metric, "all"), value, arm, replication))
    return pd.DataFrame(rows, columns=["metric", "group", "value", "arm", "replication"])


def curves_of(facts: Facts) -> pd.DataFrame:
    """Curves as a study leaves them, on a map of 6 by 5 blocks, the last cut by the edge."""
    rng = np.random.default_rng(8)
    blocks = np.arange(30.0)
    parts = []
    for replication in range(facts.replications):
        for place, arm in enumerate(facts.arms):
            luck = 1 + 0.05 * rng.random()
            answered = 1 - np.exp(-ECDF_MIN / (200.0 / (1 + place) * luck))
            shares = LORENZ ** (1 + 2 / (1 + place))
            response = 100 - 10 * place + 30 * rng.standard_normal(30)
            for curve, x, y, n in (
                ("response", ECDF_MIN, answered, 900),
                ("lorenz", LORENZ, shares, 80),
                ("block", blocks, response, np.where(blocks == 4, 7, 25)),
            ):
                part = pd.DataFrame({"curve": curve, "x": x, "y": y, "n": n})
                parts.append(part.assign(arm=arm, replication=replication))
    return pd.concat(parts, ignore_index=True)


def summary_of(facts: Facts, metrics: pd.DataFrame) -> pd.DataFrame:
    """Every arm against the baseline, and the focus against every other arm."""
    wide = {
        arm: table.pivot(index=["metric", "group"], columns="replication", values="value")
        for arm, table in metrics.groupby("arm", sort=False)
    }
    pairs = [(facts.baseline, arm) for arm in facts.arms[1:]]
    pairs += [(arm, facts.focus) for arm in facts.arms[1:-1]]
    tables = [
        contrast(wide[before], wide[after], before, after).table.assign(
            baseline_arm=before, alternative_arm=after
        )
        for before, after in pairs
    ]
    return pd.concat(tables, ignore_index=True)


def worlds_of(facts: Facts) -> pd.DataFrame:
    """Summaries of four worlds, of which one is extreme and one is turned around."""
    worlds = {"default": 1.0, "costs $5 < $7": 1.3, "hardly any": 0.1, "extreme": 90.0}
    tables = []
    for name, scale in worlds.items():
        summary = summary_of(facts, metrics_of(facts, scale))
        if name == "hardly any":
            summary[["difference", "lo", "hi"]] *= -1
            summary.loc[summary.verdict == "better", "verdict"] = "worse"
        tables.append(summary.assign(world=name))
    return pd.concat(tables, ignore_index=True)


def best_of(facts: Facts) -> pd.DataFrame:
    """Shares of worlds that differ between arms and metrics and add up to one."""
    shares = np.random.default_rng(9).dirichlet(np.ones(len(facts.arms)), len(HEADLINE))
    return pd.DataFrame(shares, columns=list(facts.arms)).assign(metric=HEADLINE, worlds=4)


def carried_of() -> pd.DataFrame:
    """Two choices of two options; of one metric nothing varies."""
    rows = [
        (metric, factor, share * (metric != "unclosed_7d"), option, 1.0)
        for metric in HEADLINE
        for factor, share in (("cover", 0.6), ("price in $ < 10", 0.25))
        for option in ("on", "off")
    ]
    names = ["metric", "factor", "share_of_variance", "option", "mean_difference"]
    return pd.DataFrame(rows, columns=names)


def all_drawings(facts: Facts) -> list[Drawing]:
    """Every figure of every kind of study, not yet written."""
    metrics, worlds = metrics_of(facts), worlds_of(facts)
    summary, curves = summary_of(facts, metrics), curves_of(facts)
    return [
        *compare_drawings(facts, summary, metrics, curves, WIDTH, CELL_M),
        ladder(facts, worlds),
        *multiverse_drawings(facts, worlds, best_of(facts), carried_of()),
    ]


def write_everything(folder: Path) -> list[Path]:
    """Every figure of every kind of study, as the studies write them."""
    metrics, worlds = metrics_of(FACTS), worlds_of(FACTS)
    summary, curves = summary_of(FACTS, metrics), curves_of(FACTS)
    return [
        *draw_compare(folder / "compare", FACTS, summary, metrics, curves, WIDTH, CELL_M),
        *draw_ladder(folder / "ladder", FACTS, worlds),
        *draw_multiverse(folder / "multiverse", FACTS, worlds, best_of(FACTS), carried_of()),
    ]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The .svg files."""
    return write_everything(tmp_path_factory.mktemp("figures"))


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The files of the same drawn once more, by a user whose own settings are strange."""
    folder = tmp_path_factory.mktemp("second")
    with (
        mpl.rc_context({"font.size": 20.0, "axes.grid": True, "svg.hashsalt": None}),
        styled(),
    ):
        found = all_drawings(FACTS)
        first, last = len(COMPARE), len(COMPARE) + len(LADDER)
        kinds = (found[:first], found[first:last], found[last:])
        return [
            path
            for i, kind in enumerate(kinds)
            for path in write_all(folder / str(i), lambda _, kind=kind: kind)
        ]


@pytest.fixture(scope="module")
def drawings() -> dict[str, Drawing]:
    """The drawings by name, laid out."""
    with styled():
        found = all_drawings(FACTS)
        for item in found:
            item.figure.draw_without_rendering()
    return {item.name: item for item in found}


def test_every_figure_has_its_data_and_its_caption(written: list[Path]) -> None:
    """Beside every .svg lie its .csv, its .txt and its Chinese form, and nothing else."""
    assert [path.stem for path in written] == [*COMPARE, *LADDER, *MULTIVERSE]
    for folder in {path.parent for path in written}:
        stems = sorted(path.stem for path in written if path.parent == folder)
        files = sorted(path.name for path in folder.iterdir())
        assert files == [f"{stem}.{kind}" for stem in stems for kind in KINDS]


COUNTED = (f"{REPLICATIONS} paired replications", f"{REPLICATIONS} 对重复试验")
ENDS: dict[Lang, str] = {
    "en": f"; study {DIGEST[:12]}.\n",
    "zh": f"；研究编号 {DIGEST[:12]}。\n",
}
INTERVAL: dict[Lang, str] = {
    "en": r"95 % interval|no interval",
    "zh": r"95% ?置信区间|没有置信区间|无区间",
}


@pytest.mark.parametrize("lang", LANGS)
def test_captions_name_n_interval_and_digest(lang: Lang, written: list[Path]) -> None:
    """Each caption is one paragraph that says how many, how sure, and of which study."""
    for path in written:
        text = path.with_suffix({"en": ".txt", "zh": ".zh.txt"}[lang]).read_text(encoding="utf-8")
        assert text.count("\n") == 1
        assert text.endswith(ENDS[lang])
        assert "n = " in text
        assert any(count in text for count in COUNTED), path
        assert re.search(INTERVAL[lang], text), path
        assert "split <in$four>" in text or FOCUS in text
        assert "nan" not in text
        assert "?" not in text


def foreign(text: str) -> list[str]:
    """English words in a Chinese text, besides names and what is written so in Chinese too."""
    for known in (*FACTS.arms, "split <in$four>", "price in $ < 10", DIGEST[:12], "Holm"):
        text = text.replace(known, "")
    return re.findall(r"[A-Za-z]{2,}", text)


def test_chinese_captions_are_chinese_throughout(written: list[Path]) -> None:
    """No English is left in them, and no sign that belongs between English words."""
    for path in written:
        text = path.with_suffix(".zh.txt").read_text(encoding="utf-8")
        assert foreign(text) == []
        assert not re.search(r"[\u4e00-\u9fff][,;:.(]", text), path
        assert "\u2212一" not in text


def test_a_figure_is_a_document_with_a_title_and_no_date(written: list[Path]) -> None:
    """The .svg is well-formed, has a title for screen readers and nothing that changes."""
    for path in written:
        text = path.read_text(encoding="utf-8")
        root = ET.fromstring(text)
        assert root.findtext("{http://www.w3.org/2000/svg}title")
        assert "<dc:date>" not in text
        assert "Matplotlib" not in text
        assert root.attrib["width"].endswith("pt")
        millimetres = float(root.attrib["width"][:-2]) / 72 * 25.4
        assert round(millimetres, 1) in (89.0, 183.0)


def test_names_from_configs_are_shown_as_they_are(written: list[Path]) -> None:
    """Dollar signs, angle brackets and ampersands in names are neither markup nor maths."""
    texts = "".join(path.read_text(encoding="utf-8") for path in written)
    for name in ("split <in$four>", FOCUS, "costs $5 < $7", "price in $ < 10"):
        assert f"<!-- {escape(name)} -->" in texts


@pytest.mark.again
def test_drawn_twice_the_bytes_are_the_same(written: list[Path], second: list[Path]) -> None:
    """Bytes depend on the data alone, not on the run or on a user's settings."""
    for one, other in zip(written, second, strict=True):
        for kind in (".svg", ".csv", ".txt"):
            assert one.with_suffix(kind).read_bytes() == other.with_suffix(kind).read_bytes()


@pytest.fixture(scope="module", params=LANGS)
def known(request: pytest.FixtureRequest) -> tuple[Facts, list[Drawing]]:
    """The figures of a comparison of as many arms as are published, by their names."""
    facts = facts_of(*KNOWN).spoken(request.param)
    metrics = metrics_of(facts)
    with styled():
        summary = summary_of(facts, metrics)
        return facts, compare_drawings(facts, summary, metrics, curves_of(facts), WIDTH, CELL_M)


def test_totals_alone_leave_the_figure_of_pairs() -> None:
    """``study.keep=headline`` keeps no curves."""
    facts = FACTS
    metrics = metrics_of(facts)
    with styled():
        [drawing] = compare_drawings(
            facts, summary_of(facts, metrics), metrics, pd.DataFrame(), WIDTH, CELL_M
        )
    assert drawing.name.endswith("pairs")


def test_known_names_fit_in_both_languages(known: tuple[Facts, list[Drawing]]) -> None:
    """No text is cut or covered, and none is a name from a config."""
    for drawing in known[1]:
        with styled():
            assert cut_or_covered(drawing.figure) == [], drawing.name
        for text in texts_of(drawing.figure):
            assert not any(arm in text.get_text() for arm in KNOWN if "_" in arm)


def test_chinese_figures_are_chinese_throughout(known: tuple[Facts, list[Drawing]]) -> None:
    """No English word is left on them, and every axis with numbers has a unit."""
    facts, drawings = known
    for drawing in drawings:
        for text in texts_of(drawing.figure):
            assert bool(foreign(text.get_text())) <= (facts.lang == "en"), text.get_text()
        assert units_missing(drawing.figure) == [], drawing.name
        assert foreign(drawing.title) == [] or facts.lang == "en"


def test_no_figure_of_a_comparison_is_heavy(known: tuple[Facts, list[Drawing]]) -> None:
    """The page holds a dozen of them in three megabytes."""
    for drawing in known[1]:
        file = StringIO()
        with styled():
            drawing.figure.savefig(file, format="svg")
        assert len(slim(file.getvalue()).encode()) < 150_000, drawing.name


def test_numbers_must_not_differ_between_languages(tmp_path: Path) -> None:
    """A figure whose table depends on the language is refused."""
    with styled():
        drawing = workload(FACTS, metrics_of(FACTS), curves_of(FACTS))
        other = replace(drawing, plotted=drawing.plotted.assign(verdict="更好"))
        with pytest.raises(ValueError, match="workload: numbers differ between languages"):
            write_all(tmp_path, lambda lang: [drawing if lang == "en" else other])


def test_without_a_chinese_font_figures_are_english_and_it_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Rather English words than boxes."""
    monkeypatch.setattr("sim.figures.style.font_path", lambda: None)
    chinese_font.cache_clear()
    asked = []
    try:
        with styled():
            assert mpl.rcParams["font.family"] == ["DejaVu Sans"]
            for _ in range(2):
                write_all(tmp_path, lambda lang: asked.append(lang) or [])
    finally:
        chinese_font.cache_clear()
    assert asked == ["en", "en"] * 2
    assert caplog.messages == [NO_FONT]


def test_drawing_leaves_the_settings_as_they_were() -> None:
    """A notebook's own style survives drawing."""
    before = dict(mpl.rcParams)
    with styled():
        assert mpl.rcParams["svg.hashsalt"] == "onegrid"
    assert dict(mpl.rcParams) == before


def test_pyplot_is_not_used() -> None:
    """No module here imports pyplot, whose figures would outlive the drawing."""
    folder = Path(sim.figures.__file__).parent
    sources = list(folder.glob("*.py"))
    assert len(sources) > 3
    for path in sources:
        text = path.read_text(encoding="utf-8")
        assert "import pyplot" not in text
        assert "matplotlib.pyplot" not in text


def colours_of(mesh: QuadMesh) -> np.ndarray:
    """The numbers behind the colours of a map; blank blocks have none."""
    values = mesh.get_array()
    assert values is not None
    return np.ma.masked_invalid(values).compressed()


def numbers_in(figure: Figure) -> np.ndarray:
    """Every number that an artist of a figure holds."""
    found = []
    for ax in figure.axes:
        for line in ax.lines:
            found += [np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)]
        found += [np.array([box.get_width()]) for box in ax.patches if isinstance(box, Rectangle)]
        found += [colours_of(item) for item in ax.collections if isinstance(item, QuadMesh)]
    return np.concatenate([part.ravel() for part in found])


@pytest.mark.parametrize("name", PLOTTED)
def test_the_table_holds_what_is_drawn(
    name: str, drawings: dict[str, Drawing], written: list[Path]
) -> None:
    """Every number of the .csv is in the drawing, and the .csv is the drawing's table."""
    drawing = drawings[name]
    path = next(path for path in written if path.stem.endswith(f"_{name}"))
    table = pd.read_csv(path.with_suffix(".csv"))
    assert list(table.columns) == list(drawing.plotted.columns)
    drawn = numbers_in(drawing.figure)
    for column in PLOTTED[name]:
        values = drawing.plotted[column].to_numpy(float)
        np.testing.assert_allclose(table[column], values, rtol=1e-5, atol=1e-9)
        seen = np.unique(values[~np.isnan(values)])
        if name == "waiting":  # totals are drawn as text, their intervals as lines
            seen = drawing.plotted.loc[drawing.plotted.part != "total", column].to_numpy(float)
        assert np.isclose(seen[:, None], drawn[None, :], rtol=1e-9).any(axis=1).all()


def is_number(text: str) -> bool:
    """Whether a tick label is a number without a unit."""
    try:
        float(text.replace("\N{MINUS SIGN}", "-"))
    except ValueError:
        return False
    return True


def unit_words(ax: Axes, which: str) -> str:
    """What labels an axis: its own words, those of an axis it shares, or of its part."""
    shared = ax.get_shared_x_axes() if which == "x" else ax.get_shared_y_axes()
    words = [getattr(other, f"get_{which}label")() for other in shared.get_siblings(ax)]
    part = ax.get_figure(root=False)
    assert part is not None
    return " ".join([*words, getattr(part, f"get_sup{which}label")()])


def units_missing(figure: Figure) -> list[str]:
    """The labels of axes whose ticks are numbers and whose label has no unit in brackets."""
    wrong, checked = [], 0
    for ax in figure.axes:
        for which, axis in (("x", ax.xaxis), ("y", ax.yaxis)):
            if ax.axison and any(is_number(tick.get_text()) for tick in axis.get_ticklabels()):
                words = unit_words(ax, which)
                wrong += [] if re.search(r"\[.+\]", words) else [f"{which}: {words}"]
                checked += 1
    return wrong if checked else ["no axis with numbers"]


@pytest.mark.parametrize("name", PLOTTED)
def test_every_axis_with_numbers_has_a_unit(name: str, drawings: dict[str, Drawing]) -> None:
    """An axis whose ticks are numbers has a label with the unit in brackets."""
    assert units_missing(drawings[name].figure) == []


def outside(ax: Axes) -> set[Text]:
    """Tick labels beyond the ends of an axis, which exist but are not drawn."""
    found = set()
    for axis, place in ((ax.xaxis, 0), (ax.yaxis, 1)):
        low, high = sorted(axis.get_view_interval())
        for label in axis.get_ticklabels():
            if not low <= label.get_position()[place] <= high or not ax.axison:
                found.add(label)
    return found


def texts_of(figure: Figure) -> list[Text]:
    """Every text that can be read on a figure."""
    unseen = {text for ax in figure.axes for text in outside(ax)}
    texts = [item for item in figure.findobj(Text) if isinstance(item, Text)]
    return [
        item
        for item in texts
        if item not in unseen and item.get_visible() and item.get_text().strip()
    ]


def cut_or_covered(figure: Figure) -> list[str]:
    """Texts that leave the sheet, and pairs of texts that lie on one another."""
    figure.draw_without_rendering()
    boxes = []
    for item in texts_of(figure):
        text, box = item.get_text(), Text.get_window_extent(item)  # without an arrow
        empty = (len(text) - len(text.lstrip("\n"))) / (text.count("\n") + 1)
        boxes.append((text, Bbox([box.min, (box.x1, box.y1 - empty * box.height)])))
    sheet = figure.bbox
    wrong = [
        text
        for text, box in boxes
        if min(box.x0, box.y0) < -1 or box.x1 > sheet.x1 + 1 or box.y1 > sheet.y1 + 1
    ]
    for place, (text, box) in enumerate(boxes):
        for other, second in boxes[:place]:
            wide = min(box.x1, second.x1) - max(box.x0, second.x0)
            high = min(box.y1, second.y1) - max(box.y0, second.y0)
            if wide > 1 and high > 3:
                wrong.append(f"{text!r} on {other!r}")
    return wrong


def test_no_text_is_cut_or_covered(drawings: dict[str, Drawing]) -> None:
    """Every text can be read: none leaves the sheet, none lies on another."""
    assert {name: cut_or_covered(item.figure) for name, item in drawings.items()} == {
        name: [] for name in drawings
    }


LONG = "a very long name of an arm that somebody wrote in a config"


@pytest.mark.parametrize(
    "arms",
    [(f"{LONG} before", f"{LONG} after"), ("before", *(f"arm_{i}" for i in range(8)), "after")],
    ids=["two long names", "ten arms"],
)
def test_nor_with_long_names_or_many_arms(arms: tuple[str, ...]) -> None:
    """Whatever the number and the length of the names, every text can be read."""
    with styled():
        for drawing in all_drawings(facts_of(*arms)):
            assert cut_or_covered(drawing.figure) == [], drawing.name


def test_a_layout_looks_the_same_everywhere() -> None:
    """Baseline open and dashed, focus filled and solid, no two arms of five alike."""
    before, after = look_of(FACTS, BASELINE), look_of(FACTS, FOCUS)
    assert (before.color, before.text, before.filled) == ("#D55E00", "#B54A00", False)
    assert (after.color, after.dash, after.filled) == ("#0072B2", "-", True)
    facts = facts_of("a", "b", "c", "d", "e", "f", "g")
    looks = [look_of(facts, arm) for arm in facts.arms]
    assert len({(look.color, str(look.dash), look.marker) for look in looks}) == len(looks)


def test_the_spread_is_students_interval() -> None:
    """The interval of the mean is SciPy's, the range is the lowest and highest run's."""
    values = np.array([3.0, 4.0, 8.0, 5.0])
    row = spread(pd.DataFrame({"arm": "a", "value": values}), ["arm"], "value").iloc[0]
    low, high = stats.t.interval(0.95, 3, values.mean(), stats.sem(values))
    assert (row["mean"], row.least, row.most, row.n) == (5.0, 3.0, 8.0, 4)
    np.testing.assert_allclose([row.lo, row.hi], [low, high])


def test_one_replication_has_no_interval() -> None:
    """A single run gives a mean and an unknown interval, without a warning."""
    row = spread(pd.DataFrame({"arm": ["a"], "value": [3.0]}), ["arm"], "value").iloc[0]
    assert row["mean"] == 3.0
    assert np.isnan(row.lo)
    assert np.isnan(row.hi)


def test_blocks_are_pooled_by_requests_and_rare_ones_left_blank(
    drawings: dict[str, Drawing],
) -> None:
    """A block's difference is that of its request-weighted means; few requests, no colour."""
    table = drawings["map"].plotted.set_index("block")
    block = curves_of(FACTS).query("curve == 'block' and x == 9")
    means = {
        arm: np.average(part.y, weights=part.n) for arm, part in block.groupby("arm", sort=False)
    }
    assert table.difference[9] == pytest.approx(means[FOCUS] - means[BASELINE])
    assert table.baseline_n[4] == 7 * REPLICATIONS < ENOUGH
    assert np.isnan(table.drawn[4])
    assert table.drawn.drop(4).notna().all()
    assert (table.row[9], table.column[9]) == (1, 3)
    assert "left blank (hatched): 1." in drawings["map"].caption


def test_map_colours_are_symmetric_and_clipped(drawings: dict[str, Drawing]) -> None:
    """Both directions end at the same distance from 0, and the caption counts what lies beyond."""
    drawing = drawings["map"]
    mesh = next(item for item in drawing.figure.axes[0].collections if isinstance(item, QuadMesh))
    low, high = mesh.get_clim()
    assert low is not None
    assert high is not None
    assert low == -high < 0
    assert drawing.plotted.drawn.abs().max() == pytest.approx(high)
    beyond = int((drawing.plotted.difference[drawing.plotted.enough].abs() > high).sum())
    assert f"{beyond} of 30 blocks lie beyond" in drawing.caption


def test_parts_add_up_to_the_total(drawings: dict[str, Drawing]) -> None:
    """The stacked parts of an arm end at its total."""
    means = drawings["waiting"].plotted.pivot(index="arm", columns="part", values="mean")
    np.testing.assert_allclose(means[list(PARTS)].sum(axis=1), means.total)


@pytest.mark.parametrize("apart", first(1, [0.02, 0.0, 0.2, 5.0]))
def test_totals_in_words_stay_on_the_sheet(apart: float, tmp_path: Path) -> None:
    """Also where two replications make an interval that is longer than the axis."""
    metrics = metrics_of(FACTS)
    metrics = metrics[metrics.replication < 2]
    metrics.loc[metrics.replication == 1, "value"] *= 1 + apart
    with styled():
        drawing = waiting(FACTS, metrics)
        write_all(tmp_path, lambda _: [drawing])
        renderer, sheet = FigureCanvasAgg(drawing.figure).get_renderer(), drawing.figure.bbox
        totals = [text for text in drawing.figure.axes[0].texts if " min [" in text.get_text()]
        ends = [text.get_window_extent(renderer).x1 for text in totals]
    assert len(totals) == len(FACTS.arms)
    assert max(ends) <= sheet.x1


def test_worlds_are_sorted_within_each_contrast(drawings: dict[str, Drawing]) -> None:
    """A specification curve rises, for the baseline and for the rival."""
    table = drawings["worlds"].plotted
    assert set(table.against) == {BASELINE, CENTRAL}
    for _, part in table.groupby(["metric", "against"]):
        assert part.difference.is_monotonic_increasing
        assert len(part) == 4


def test_without_a_rival_only_the_baseline_is_drawn() -> None:
    """A study without the rival's arm has one curve."""
    facts = facts_of("before", "after")
    with styled():
        drawing = every_world(facts, worlds_of(facts))
    assert set(drawing.plotted.against) == {"before"}


def test_the_ladder_keeps_the_order_and_marks_what_is_not_better(
    drawings: dict[str, Drawing],
) -> None:
    """Rows are in the study's order and a verdict that is not better has its own marker."""
    ax = drawings["ladder"].figure.axes[0]
    assert ax.get_yticklabels()[0].get_text() == "default"
    table = drawings["ladder"].plotted.query("metric == 'response_median'")
    markers = [str(line.get_marker()) for line in ax.lines if line.get_marker() != "None"]
    assert len(markers) == len(table) == 4
    for marker, verdict in zip(markers, table.verdict, strict=True):
        assert (marker == "o") == (verdict == "better")


def test_what_no_choice_carries_alone_is_shown(drawings: dict[str, Drawing]) -> None:
    """The shares and the rest add up to one; where nothing varies nothing is shared."""
    total = drawings["carried"].plotted.groupby("metric").share_of_variance.sum()
    assert total.drop("unclosed_7d").to_numpy() == pytest.approx(1.0)
    assert total["unclosed_7d"] == 0.0


@pytest.mark.parametrize(
    ("verdict", "low", "high", "words"),
    [
        ("better", -3.0, -1.0, "better"),
        ("undecided", -3.0, 1.0, "no difference seen"),
        ("undecided", -3.0, -1.0, "undecided"),
        ("equivalent", -0.5, 0.5, "equivalent"),
    ],
)
def test_an_interval_that_holds_0_shows_no_difference(
    verdict: str, low: float, high: float, words: str
) -> None:
    """An undecided verdict is said by what its interval shows."""
    assert verdict_seen(verdict, low, high) == words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-12.14, "\N{MINUS SIGN}12.1"),
        (1176.7, "1177"),
        (-0.00018, "\N{MINUS SIGN}0.00018"),
        (-0.0, "0"),
    ],
)
def test_numbers_have_three_digits_and_a_real_minus(value: float, text: str) -> None:
    """No exponents, no hyphens for minus, no negative zero."""
    assert number(value) == text


def test_units_stay_with_their_numbers() -> None:
    """A line does not break between a number and its unit."""
    assert "90\N{NO-BREAK SPACE}%" in fold("report to arrival, 90 %, emergencies", 21)


def test_contrast_rows_are_the_headline() -> None:
    """The rows of a contrast are its five headline metrics, in their own groups."""
    rows = contrast_rows(summary_of(FACTS, metrics_of(FACTS)), BASELINE, FOCUS)
    assert sorted(rows.metric) == sorted(HEADLINE)
