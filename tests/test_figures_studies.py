"""Figures of sweeps, Shapley values, indices, phases and break-even say what they show."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from matplotlib.collections import QuadMesh
from matplotlib.patches import Rectangle

from experiments.designs import Choices, Parameters, Range, grid, saltelli, sobol
from sim.breakeven import crossings, difference_curve
from sim.figures import (
    Facts,
    draw_breakeven,
    draw_indices,
    draw_phase,
    draw_shapley,
    draw_sweep,
)
from sim.figures.breakeven import answer_words, breakeven
from sim.figures.indices import indices
from sim.figures.labels import bare, columns_of, fold, parameter_label
from sim.figures.marks import MARKS
from sim.figures.names import named
from sim.figures.phase import edges_of, phase
from sim.figures.shapley import shapley
from sim.figures.style import Drawing, number, styled
from sim.figures.sweep import along, sweep
from sim.indices import sobol_table
from sim.phase import contrast_points, zero_contour
from sim.shapley import Shapley, coalitions, exact, needed, orders, sampled
from tests.test_figures import colours_of, cut_or_covered, is_number, numbers_in, unit_words

DIGEST = "0123456789abcdef" * 4
FACTS = Facts("split_<in$four>", "merged & $x^2$", ("split_<in$four>", "merged & $x^2$"), 5, DIGEST)
DELAY, LOAD = "policy.routing.handoff.median_min", "world.demand.calls_per_day"
SWEPT: Parameters = {
    DELAY: Range(low=30, high=960, scale="log"),
    "world.demand.misnamed_share": Range(low=0, high=0.2, scale="linear"),
    "world.crews": Range(low=1, high=5, scale="integer"),
    "world.service.cover": Choices(values=("on", "off", "only at night $")),
    LOAD: Range(low=0.5, high=2, scale="linear"),
}
PARTS = ("one desk", "crews < $5", "handoff", "cover at night")
WIDE = "\N{MOUSE FACE}"  # as wide as a Chinese character, and in the font that is always there
LONG = "a very long name of a thing that somebody wrote in a config"


def reform(parts: tuple[str, ...], scale: float = 1.0) -> Shapley:
    """A reform whose parts differ, interact a little, and do not all help."""
    rng = np.random.default_rng(1)
    count = len(parts)
    few = count <= 8
    chosen = orders(parts, 8, 1)
    wanted = coalitions(parts) if few else needed(parts, chosen)
    adds, pairs = rng.normal(-3, 3, count), np.triu(rng.normal(size=(count, count)), 1)
    rows = []
    for chosen_parts in wanted.coalition:
        on = np.array([chosen_parts >> place & 1 for place in range(count)])
        for run in range(5):
            value = 60 + run + on @ adds * (1 + 0.05 * run) + on @ pairs @ on + 0.3 * rng.normal()
            rows.append((chosen_parts, run, scale * value))
    values = pd.DataFrame(rows, columns=["coalition", "replication", "value"])
    return exact(parts, values) if few else sampled(parts, values, chosen)


def shares(count: int = 5) -> pd.DataFrame:
    """Indices of a linear model with noise, some of them unstable."""
    keys = [f"world.part{place}.thing_min" for place in range(count)]
    design = saltelli({key: Range(low=0, high=1, scale="linear") for key in keys}, 64, 1)
    x = design[keys].to_numpy()
    rng = np.random.default_rng(2)
    rows = x @ np.arange(count, 0, -1) + 0.8 * rng.normal(size=(3, len(x)))
    wide = pd.DataFrame(rows).rename_axis(index="replication", columns="point")
    values = wide.melt(ignore_index=False, value_name="value").reset_index()
    return sobol_table(design, values, seed=1, resamples=49)


def points_of(design: pd.DataFrame, slope: float = -6.0) -> pd.DataFrame:
    """Differences that fall with the delay and rise with the load."""
    rng = np.random.default_rng(3)
    gap = slope * np.log2(design[DELAY] / 60) + 14 * (design[LOAD] - 0.5)
    parts = []
    for run in range(5):
        noise = 2 * rng.normal(size=len(design))
        arms = {"baseline": 40.0 + run, "alternative": 40.0 + run + gap + noise}
        parts.append(design.assign(replication=run, **arms))
    return contrast_points(pd.concat(parts), "response_mean", list(design.columns))


def plane() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Nodes over delay and load, and the line between better and worse."""
    nodes = points_of(grid({DELAY: SWEPT[DELAY], LOAD: SWEPT[LOAD]}, 6))
    return nodes, zero_contour(nodes, DELAY, LOAD, log=[DELAY])


def staffing(roles: tuple[str, ...]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Curves of which all but the last pass zero within the range."""
    rng = np.random.default_rng(4)
    rows = [
        (role, x, run, 40 * (x - (1.13 + (0.1 if role != roles[-1] else 9.0))) + rng.normal())
        for role in roles
        for x in (1.0, 1.1, 1.2, 1.3, 1.4)
        for run in range(5)
    ]
    table = pd.DataFrame(rows, columns=["role", "x", "replication", "difference"])
    return difference_curve(table, ["role"]), crossings(table, ["role"])


def all_drawings(
    facts: Facts = FACTS,
    parts: tuple[str, ...] = PARTS,
    roles: tuple[str, ...] = ("grid", "police", "city < $"),
    labels: dict[str, str] | None = None,
) -> dict[str, Drawing]:
    """Every figure by name, laid out."""
    with styled():
        return {
            "shapley": shapley(facts, reform(parts), "response_mean", labels),
            "indices": indices(facts, shares(), "response_mean", labels),
            "phase": phase(
                facts, *plane(), "response_mean", x=DELAY, y=LOAD, log=[DELAY], labels=labels
            ),
            "breakeven": breakeven(facts, *staffing(roles), "response_mean", labels=labels),
            "sweep": sweep(
                facts, points_of(sobol(SWEPT, 32, 3)), "response_mean", list(SWEPT), [DELAY], labels
            ),
        }


@pytest.fixture(scope="module")
def drawings() -> dict[str, Drawing]:
    """Drawn once for all tests that only look."""
    return all_drawings()


KINDS = [".csv", ".svg", ".txt", ".zh.svg", ".zh.txt"]
NAMES = ["shapley", "indices", "phase", "breakeven", "sweep"]


def write(folder: Path) -> list[Path]:
    """Every figure as a study writes it, each in a folder of its own."""
    design = sobol(SWEPT, 32, 3)
    paths = [
        draw_shapley(folder / "shapley", FACTS, reform(PARTS), "response_mean"),
        draw_indices(folder / "indices", FACTS, shares(), "response_mean"),
        draw_phase(
            folder / "phase", FACTS, *plane(), "response_mean", x=DELAY, y=LOAD, log=[DELAY]
        ),
        draw_breakeven(folder / "breakeven", FACTS, *staffing(("a", "b")), "response_mean"),
        draw_sweep(
            folder / "sweep", FACTS, points_of(design), "response_mean", list(SWEPT), [DELAY]
        ),
    ]
    return [path for found in paths for path in found]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The .svg files."""
    return write(tmp_path_factory.mktemp("figures"))


def test_every_figure_has_its_data_and_its_caption(written: list[Path]) -> None:
    """Beside every .svg a .csv and a .txt, and both languages."""
    assert [path.stem for path in written] == [f"fig1_{name}" for name in NAMES]
    for path in written:
        assert sorted("".join(item.suffixes) for item in path.parent.iterdir()) == KINDS


@pytest.mark.again
def test_drawn_again_nothing_differs(written: list[Path], tmp_path: Path) -> None:
    for one, other in zip(written, write(tmp_path), strict=True):
        for kind in KINDS:
            assert one.with_suffix(kind).read_bytes() == other.with_suffix(kind).read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_captions_name_n_interval_and_digest(name: str, drawings: dict[str, Drawing]) -> None:
    """One paragraph that says how many, how sure, and of which study."""
    text = drawings[name].caption
    assert text.endswith(f"study {DIGEST[:12]}.")
    assert re.search(r"n = \d+ ", text)
    assert "paired replications" in text
    assert "95 % interval" in text
    assert FACTS.focus in text
    for wrong in ("nan", "unknown", "\n", "inf ", "  "):
        assert wrong not in text, wrong


@pytest.fixture(scope="module")
def chinese() -> dict[str, Drawing]:
    """The same in Chinese."""
    return all_drawings(FACTS.spoken("zh"))


@pytest.mark.parametrize("name", NAMES)
def test_chinese_figures_say_the_same_of_the_same_table(
    name: str, drawings: dict[str, Drawing], chinese: dict[str, Drawing]
) -> None:
    """Number of replications, kind of interval, digest and units; every text can be read."""
    drawing = chinese[name]
    pd.testing.assert_frame_equal(drawing.plotted, drawings[name].plotted)
    text = drawing.caption
    assert re.search(r"n = .*\d+ 对重复试验", text)
    assert "95%置信区间" in text
    assert text.endswith(f"研究编号 {DIGEST[:12]}。")
    assert re.search("[\u4e00-\u9fff]", drawing.title)
    for wrong in ("nan", "?", "\n", "minus", "paired", "一−", "−一"):
        assert wrong not in text, wrong
    assert cut_or_covered(drawing.figure) == []
    words = [unit_words(ax, which) for ax in drawing.figure.axes for which in "xy"]
    assert any(re.search(r"\[.+\]", each) for each in words)
    assert not any(re.search(r"\[(min|share|value)\]", each) for each in words)


@pytest.mark.parametrize(
    ("kind", "name", "en", "zh"),
    [
        ("world", "misnamed .10", "named wrongly: 0.10", "类别误报率 0.10"),
        (
            "world",
            "demand x 2.5, background .30",
            "demand × 2.5, background tasks take 0.30",
            "诉求量 × 2.5、日常任务占工时 0.30",
        ),
        ("claim", "# a year against none", "# a year against none", "每年 # 件比没有"),
        ("world", "my_own world, 3", "my own world, 3", "my own world, 3"),
    ],
)
def test_names_from_configs_keep_their_numbers(kind: str, name: str, en: str, zh: str) -> None:
    """Known names are translated around their numbers, others are shown as they are."""
    if "#" in name:
        name, en, zh = (each.replace("#", "1,320") for each in (name, en, zh))
    assert (named("en", kind, name), named("zh", kind, name)) == (en, zh)


def test_every_name_of_the_shipped_studies_has_words() -> None:
    """Parts, worlds, open quantities and choices: none is shown in English on a Chinese figure."""
    for path in sorted((Path(__file__).parents[1] / "configs" / "study").glob("*.yaml")):
        config = yaml.safe_load(path.read_bytes())
        lists = {"lever": "parts", "world": "worlds", "quantity": "varying"}
        names = [(kind, name) for kind, key in lists.items() for name in config.get(key) or {}]
        names += [("quantity", name) for name in config.get("factors") or {}]
        for kind, name in names:
            assert re.search("[\u4e00-\u9fff]", named("zh", kind, str(name))), (path.name, name)
            assert not re.search("[a-z]{3}", named("zh", kind, str(name))), (path.name, name)


@pytest.mark.parametrize("name", NAMES)
def test_no_text_is_cut_or_covered(name: str, drawings: dict[str, Drawing]) -> None:
    """Every text can be read."""
    assert cut_or_covered(drawings[name].figure) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_axis_with_numbers_has_a_unit(name: str, drawings: dict[str, Drawing]) -> None:
    """In brackets, on the axis or on one that shares it."""
    checked = 0
    for ax in drawings[name].figure.axes:
        for which, axis in (("x", ax.xaxis), ("y", ax.yaxis)):
            if ax.axison and any(is_number(tick.get_text()) for tick in axis.get_ticklabels()):
                assert re.search(r"\[.+\]", unit_words(ax, which)), (which, unit_words(ax, which))
                checked += 1
    assert checked


@pytest.mark.parametrize("name", NAMES)
def test_the_table_holds_what_is_drawn(name: str, drawings: dict[str, Drawing]) -> None:
    """Every number of the table is in the drawing."""
    plotted = drawings[name].plotted
    columns = {
        "shapley": ["drawn"],
        "indices": ["value", "lo", "hi", "least", "most"],
        "phase": ["difference"],
        "breakeven": ["difference", "x"],
        "sweep": ["difference"],
    }[name]
    if name == "shapley":  # pairs are colours and words
        plotted = plotted[plotted.what != "interaction"]
    drawn = numbers_in(drawings[name].figure)
    for column in columns:
        values = plotted[column].dropna().to_numpy(float)
        assert len(values) > 4
        assert np.isclose(values[:, None], drawn[None, :], rtol=1e-9, atol=1e-12).any(axis=1).all()


@pytest.mark.parametrize("sign", ["word ", WIDE], ids=["narrow", "wide"])
def test_long_names_fit_in_any_script(sign: str) -> None:
    """Latin words and signs as wide as Chinese ones."""
    long = (LONG if sign != WIDE else WIDE * 24).strip()
    facts = Facts(f"{long} before", f"{long} after", ("a", "b"), 5, DIGEST)
    parts = tuple(f"{long} {place}" for place in range(4))
    keys = [*SWEPT, *(f"world.part{place}.thing_min" for place in range(5)), "x"]
    labels = dict.fromkeys(keys, f"{long} [min]")
    roles = tuple(f"{long} {place}" for place in range(4))
    for name, drawing in all_drawings(facts, parts, roles, labels).items():
        assert cut_or_covered(drawing.figure) == [], name


@pytest.mark.parametrize("count", [2, 8, 10])
@pytest.mark.parametrize("scale", [1.0, 1e-4])
def test_any_number_of_parts_fits(count: int, scale: float) -> None:
    """Two, as many as are exact, and more, of large and of small values."""
    parts = tuple(f"part number {place}" for place in range(count))
    with styled():
        drawing = shapley(FACTS, reform(parts, scale), "unclosed_7d")
    assert cut_or_covered(drawing.figure) == []
    assert ("sampled orders" in drawing.caption) == (count == 10)
    assert len(drawing.figure.axes) == (1 if count == 10 else 2)


def test_many_parameters_and_roles_fit() -> None:
    """Sixteen parameters; a single role and seven."""
    with styled():
        found = [indices(FACTS, shares(16), "gini_request_work")]
        found += [
            breakeven(
                FACTS, *staffing(tuple(f"role {place}" for place in range(count))), "handoffs"
            )
            for count in (1, 7)
        ]
        found.append(sweep(FACTS, points_of(sobol(SWEPT, 32, 3)), "unclosed_7d", [DELAY]))
    assert [cut_or_covered(drawing.figure) for drawing in found] == [[]] * len(found)


def test_the_waterfall_ends_at_the_whole_reform(drawings: dict[str, Drawing]) -> None:
    """Each bar starts where the one before ended, from the baseline to all parts."""
    table = drawings["shapley"].plotted
    steps = table[table.what == "shapley"]
    ends = table.set_index("what").value
    assert steps.start.iloc[0] == pytest.approx(ends["none"])
    np.testing.assert_allclose(steps.start.iloc[1:], steps.drawn.iloc[:-1])
    assert steps.drawn.iloc[-1] == pytest.approx(ends["all"])


def test_unstable_indices_are_hatched(drawings: dict[str, Drawing]) -> None:
    """Those and no others, and the caption says why."""
    drawing = drawings["indices"]
    bars = [box for box in drawing.figure.axes[0].patches if isinstance(box, Rectangle)]
    hatched = sorted(box.get_width() for box in bars if box.get_hatch())
    unstable = drawing.plotted[drawing.plotted.unstable]
    assert 0 < len(unstable) < len(drawing.plotted)
    assert hatched == pytest.approx(sorted(unstable.value))
    assert all(reason in drawing.caption for why in unstable.why for reason in why.split("; "))
    assert "Replication noise is" in drawing.caption


def test_phase_colours_are_symmetric_and_unclear_fields_are_marked(
    drawings: dict[str, Drawing],
) -> None:
    """Zero is the middle colour; undecided and equivalent nodes carry signs."""
    drawing = drawings["phase"]
    ax = drawing.figure.axes[0]
    low, high = next(item for item in ax.collections if isinstance(item, QuadMesh)).get_clim()
    nodes = drawing.plotted[drawing.plotted.what == "node"]
    assert low is not None
    assert high is not None
    assert low == -high == -nodes.difference.abs().max()
    marked: dict[str, int] = {}
    for line in ax.lines:
        sign, count = str(line.get_marker()), len(np.asarray(line.get_xdata()))
        marked[sign] = marked.get(sign, 0) + count
    counts = nodes.verdict.value_counts()
    assert len(counts) > 2
    assert all(marked[MARKS[str(name)][0]] == count for name, count in counts.items())
    written = {text.get_text() for text in ax.texts}
    assert {number(value) for value in nodes.difference} <= written


def test_a_node_without_a_value_is_left_blank() -> None:
    """Neither colour nor words know it."""
    nodes, line = plane()
    holed = nodes.assign(difference=nodes.difference.where(nodes.index != 3))
    with styled():
        drawing = phase(FACTS, holed, line, "response_mean", x=DELAY, y=LOAD, log=[DELAY])
    mesh = next(item for item in drawing.figure.axes[0].collections if isinstance(item, QuadMesh))
    assert len(colours_of(mesh)) == len(nodes) - 1
    assert "unknown" not in drawing.caption


def test_fields_end_half_way_between_levels() -> None:
    """On the scale of the axis."""
    np.testing.assert_allclose(edges_of(np.array([1.0, 2.0, 4.0]), log=False), [0.5, 1.5, 3, 5])
    edges = edges_of(np.array([1.0, 4.0, 16.0]), log=True)
    np.testing.assert_allclose(edges, [0.5, 2, 8, 32])


def test_without_a_crossing_nothing_is_marked(drawings: dict[str, Drawing]) -> None:
    """The last role never breaks even: no dot, no band, and the axis says so."""
    axes = drawings["breakeven"].figure.axes
    last, first = axes[2], axes[0]
    assert any("not level within 1 to 1.4" in text.get_text() for text in last.texts)
    assert [len(ax.patches) for ax in (first, last)] == [1, 0]
    assert [sum(line.get_color() == "black" for line in ax.lines) for ax in (first, last)] == [2, 1]


@pytest.mark.parametrize(
    ("x", "lo", "hi", "words"),
    [
        (1.128, 1.1, 1.16, "level at 1.13 [1.1, 1.16]"),
        (1.39, 1.35, np.inf, "level at 1.39 [1.35, above 1.4]"),
        (np.nan, np.nan, np.nan, "not level within 1 to 1.4"),
        (np.nan, 1.38, np.inf, "not level within 1 to 1.4, interval 1.38 to above 1.4"),
        (1.1, -np.inf, np.inf, "level at 1.1 [below 1, above 1.4]"),
    ],
)
def test_answers_in_words(x: float, lo: float, hi: float, words: str) -> None:
    """Nothing infinite and nothing unknown is shown."""
    row = {"x": x, "lo": lo, "hi": hi, "low": 1.0, "high": 1.4}
    assert answer_words(FACTS, row) == words
    assert not re.search("[a-z]", answer_words(FACTS.spoken("zh"), row))


def test_the_mean_along_a_parameter() -> None:
    """By level where there are few, else by groups of as many points each."""
    few = pd.DataFrame({"k": [2, 1, 2, 1], "difference": [1.0, 5.0, 3.0, 7.0]})
    found = along(few, "k", log=False)
    assert found[["level", "difference"]].to_numpy().tolist() == [[1.0, 6.0], [2.0, 2.0]]
    np.testing.assert_allclose(found.iloc[0, 2:].to_numpy(float), [5.2, 6.8])
    many = pd.DataFrame({"k": np.exp(np.arange(64.0)), "difference": np.arange(64.0)})
    found = along(many.sample(frac=1, random_state=1), "k", log=True)
    np.testing.assert_allclose(found.difference, 8 * np.arange(8) + 3.5)
    np.testing.assert_allclose(np.log(found.level), 8 * np.arange(8) + 3.5)
    named = pd.DataFrame({"k": ["b", "a", "b"], "difference": [1.0, 5.0, 3.0]})
    assert along(named, "k", log=False).difference.tolist() == [2.0, 5.0]


@pytest.mark.parametrize(
    ("key", "label"),
    [
        (DELAY, "routing handoff median [min]"),
        ("world.demand.calls_per_day", "world demand calls [per day]"),
        ("policy.routing.share", "policy routing [share]"),
        ("world.crews", "world crews [value]"),
        ("policy/staffing", "policy staffing [value]"),
    ],
)
def test_parameters_are_named_by_their_keys(key: str, label: str) -> None:
    """The last names, and the unit that the suffix tells."""
    assert parameter_label("en", key) == label
    assert parameter_label("en", key, {key: "words [h]"}) == "words [h]"
    assert bare(label) == label[: label.index(" [")]


@pytest.mark.parametrize("width", [7, 12, 40])
@pytest.mark.parametrize(
    "text",
    [
        "report to arrival, 90 %, emergencies",
        "部门之间移交延迟的中位数（常规事项）[min]",
        "多格合一 merged 网格 after 7 d",
        "Donaudampfschifffahrtsgesellschaft",
    ],
)
def test_folded_lines_are_no_wider_than_asked_and_lose_nothing(text: str, width: int) -> None:
    """A Chinese sign counts two; no line begins with a closing mark."""
    lines = fold(text, width).split("\n")
    assert max(map(columns_of, lines)) <= width
    kept = "".join("".join(lines).split())
    assert kept == "".join(text.split())
    if width > 7:
        assert not any(line[0] in "）)，" or line[-1] in "（(" for line in lines)


def test_units_stay_with_their_numbers() -> None:
    """As in every other figure."""
    assert "90\N{NO-BREAK SPACE}%" in fold("report to arrival, 90 %, emergencies", 21)
