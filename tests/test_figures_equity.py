"""The figure of winners and losers, and letters in fewer bytes."""

import re
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.equity import equity
from sim.figures.equity import PANELS, SIGNS, group_words, winners
from sim.figures.letters import STEP, shorten_letters
from sim.figures.style import TWO_COLUMNS, Drawing, Facts, number, sheet, styled, write_all
from sim.metrics import METRICS

DIGEST = "0123456789abcdef" * 4
FACTS = Facts("fragmented_layered", "merged", ("fragmented_layered", "merged"), 6, DIGEST)
SIGNS_OF_NAMES = (
    "周画岭夏龙铺鲫鱼桥砂子望山黄翔木田畈斋公营里金鸡铁大凤凰北站炭素汪家堡赤马港泉门红旗"
)
NAMES = [f"{SIGNS_OF_NAMES[n]}{SIGNS_OF_NAMES[n + 10]}社区" for n in range(28)] + ["<b>$x^2$ & 区"]
GROUPS = {
    "residents": ("vulnerable", "other"),
    "age": ("60_and_over", "under_60"),
    "community": tuple(NAMES),
    "domain": ("city_order", "emergency"),
    "urgency": ("emergency", "routine"),
    "role": ("cadre", "police"),
}


@lru_cache
def table() -> pd.DataFrame:
    """Everybody gains but one community and the police; of one community it is open."""
    rng = np.random.default_rng(3)
    rows = []
    for kind, names in GROUPS.items():
        metrics = ("request_work", "overtime") if kind == "role" else ("response_median",)
        for name in names:
            gain = -0.5 * rng.random() - 0.1
            gain = 0.2 if name in ("police", NAMES[4]) else gain
            luck = 0.8 if name == NAMES[9] else 0.01
            for metric in metrics:
                base = 0.4 if METRICS[metric].unit == "share" else 40.0
                for replication in range(FACTS.replications):
                    after = base * (1 + gain + luck * rng.standard_normal())
                    for arm, y in zip(FACTS.arms, (base, after), strict=True):
                        rows.append((metric, f"{kind}:{name}", y, arm, replication))
    metrics = pd.DataFrame(rows, columns=["metric", "group", "value", "arm", "replication"])
    return equity(metrics, curves(), *FACTS.arms)


def curves() -> pd.DataFrame:
    """Sixty blocks in both halves."""
    rng = np.random.default_rng(4)
    parts = [
        pd.DataFrame({"x": np.arange(60.0), "y": 90 + 20 * rng.random(60), "n": 9}).assign(
            curve=curve, arm=arm, replication=replication
        )
        for replication in range(FACTS.replications)
        for arm in FACTS.arms
        for curve in ("block_first", "block_second")
    ]
    return pd.concat(parts, ignore_index=True)


@lru_cache
def drawn(lang: str) -> Drawing:
    """The figure, not yet written."""
    with styled():
        return winners(FACTS.spoken(lang), table())  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The figure as a study writes it."""
    path = tmp_path_factory.mktemp("figures")
    with styled():
        write_all(path, lambda lang: [winners(FACTS.spoken(lang), table())])
    return path


def test_every_group_has_its_row_its_interval_and_its_margin() -> None:
    """Five panels; communities by how much they gain; the table holds what is drawn."""
    figure, plotted = drawn("en").figure, drawn("en").plotted
    assert len(figure.axes) == len(PANELS)
    for ax, panel in zip(figure.axes, PANELS, strict=True):
        rows = plotted[plotted.panel == panel.name]
        labels = [label.get_text() for label in ax.get_yticklabels()]
        assert labels == [group_words("en", group) for group in rows.group]
        points = np.concatenate([np.ravel(line.get_xdata()) for line in ax.lines])
        seen = panel.factor * rows.difference.to_numpy()
        assert np.isclose(seen[:, None], points[None, :]).any(axis=1).all()
        spans = [seg[:, 0] for item in ax.collections for seg in item.get_segments()]
        ends = panel.factor * rows[["lo", "hi"]].to_numpy()
        np.testing.assert_allclose(sorted(map(tuple, spans)), sorted(map(tuple, ends)))
    places = plotted[plotted.panel == "community"].difference
    assert places.is_monotonic_increasing
    assert len(places) == 29


def test_who_loses_is_seen_by_shape_and_named_in_the_caption() -> None:
    """In both languages, with the correction; one who is undecided is named as such."""
    losing = SIGNS["worse"].marker
    for panel, expected in (("community", 1), ("role", 1), ("people", 0)):
        ax = drawn("en").figure.axes[[item.name for item in PANELS].index(panel)]
        marks = [
            line for line in ax.lines if line.get_marker() == losing and not line.get_clip_on()
        ]
        points = [line for line in ax.lines if line.get_marker() == losing and line.get_clip_on()]
        assert sum(len(line.get_xdata()) for line in points) == expected
        assert len(marks) == (panel == "community")  # the key
    text = drawn("en").caption
    assert f"Median response, communities: made worse: {NAMES[4]}." in text
    assert f"Median response, communities: undecided: {NAMES[9]}." in text
    assert "Request work, roles of workers: made worse: police and auxiliaries." in text
    assert "vulnerable residents and others: none made worse by as much as matters" in text
    assert "变差的有民警与辅警" in drawn("zh").caption


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            "en",
            ("95 % interval", "Holm's correction", "n = 6 paired replications", "29 communities"),
        ),
        ("zh", ("95%置信区间", "Holm 校正", "n = 6 对重复试验", "29 个社区")),
    ],
)
def test_the_caption_says_how_many_how_sure_and_of_which_study(
    lang: str, words: tuple[str, ...]
) -> None:
    """Also what regression to the mean does without any reform."""
    text = drawn(lang).caption
    assert all(word in text for word in (*words, DIGEST[:12]))
    regression = table().set_index("group").difference["no_reform:5"]
    assert f"{number(regression, signed=True)} " in text


def test_every_axis_has_its_unit_and_says_which_way_is_which() -> None:
    """Both ends in words around the unit in brackets."""
    for lang in ("en", "zh"):
        for ax in drawn(lang).figure.axes:
            assert re.fullmatch(r"\S+ ← \[.+\] → \S+", ax.get_xlabel().split("\n")[0])


def test_both_forms_are_light_and_as_wide_as_a_page(folder: Path) -> None:
    """29 names in Chinese characters, below 150 kB."""
    for path in folder.glob("*.svg"):
        assert path.stat().st_size < 150_000
        width = re.search(r'width="([\d.]+)pt"', path.read_text(encoding="utf-8"))
        assert width
        assert float(width[1]) / 72 * 25.4 == pytest.approx(TWO_COLUMNS, abs=0.1)


def test_names_from_configs_stay_text(folder: Path) -> None:
    """Markup in the name of a community is shown, not obeyed."""
    text = (folder / "fig1_winners.svg").read_text(encoding="utf-8")
    assert "<!-- &lt;b>$x^2$ &amp; 区 -->" in text or "<!-- &lt;b&gt;$x^2$ &amp; 区 -->" in text
    assert "<b>" not in text


def points_of(outline: str) -> list[tuple[float, float]]:
    """Where the steps of an outline end, in its own raster."""
    x, y, start, found = 0.0, 0.0, (0.0, 0.0), []
    for letter, words in re.findall(r"([MLQCmlqchvz])([^MLQCmlqchvz]*)", outline):
        numbers = [float(word) for word in re.findall(r"-?\d+", words)]
        if letter in "zZ":
            x, y = start
            continue
        if letter == "h":
            x += numbers[0]
        elif letter == "v":
            y += numbers[0]
        elif letter.islower():
            x, y = x + numbers[-2], y + numbers[-1]
        else:
            x, y = numbers[-2:]
        start = (x, y) if letter in "mM" else start
        found.append((x, y))
    return found


def test_letters_lose_bytes_and_keep_their_points(tmp_path: Path) -> None:
    """Every point of every letter stays within half a step of the coarser raster."""
    figure = sheet(60, 20)
    with styled():
        figure.text(0.1, 0.5, "鲫鱼桥社区 gains 12.5 %")
        figure.savefig(tmp_path / "letters.svg")
    before = (tmp_path / "letters.svg").read_text(encoding="utf-8")
    after = shorten_letters(before)
    assert len(after) < 0.6 * len(before)
    outlines = [re.findall(r'<path id="[^"]+" d="([^"]*)"', text) for text in (before, after)]
    assert len(outlines[0]) == len(outlines[1]) > 10
    for fine, coarse in zip(*outlines, strict=True):
        one, other = np.array(points_of(fine)), STEP * np.array(points_of(coarse))
        assert one.shape == other.shape
        assert np.abs(one - other).max() <= STEP / 2
    assert after.count('transform="scale(.5)"') == len(outlines[1])
    assert shorten_letters(after) == after
