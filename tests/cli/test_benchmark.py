"""``onegrid benchmark``: every reference does the engine's work; one that does not is refused."""

import ctypes
import json
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.benchmark import command, contestants, in_c, memory, speed
from experiments.benchmark.cases import GROWTH, LAYOUTS, NO_PATROL, in_whole_ticks, plain, tenfold
from experiments.benchmark.contestants import ENGINE, REFERENCES, Contestant, Ready
from experiments.benchmark.equality import UnequalError, check, outcome_of
from experiments.benchmark.goals import Goal
from experiments.benchmark.rules import luck
from experiments.benchmark.sizes import SIZES, TOY, Size
from experiments.benchmark.timing import Entrant, race
from sim import keyed
from sim.engine.build import build, plan
from sim.engine.state import State
from sim.figures.benchmark import benchmark
from sim.figures.style import styled
from sim.units import DAY
from tests.cli import ask
from tests.test_figures import cut_or_covered

DAYS = 2
BUSY = "world.demand.needs_per_1000_per_day=60"  # queues, at home and at the doors
no_gcc = pytest.mark.skipif(in_c.compiler() is None, reason="no gcc")
EVERY = [
    pytest.param(item, id=item.name, marks=[no_gcc] if item.name.startswith("C,") else [])
    for item in REFERENCES
]


@lru_cache(maxsize=8)
def start(layout: str, *words: str) -> State:
    """A toy city before its run."""
    return build(plan(plain(layout, DAYS, *TOY, *words)))


def by_name(name: str) -> Contestant:
    """A reference."""
    return next(item for item in REFERENCES if item.name == name)


# --- the same work --------------------------------------------------------------------


@pytest.mark.parametrize("words", [(), (BUSY,), NO_PATROL], ids=["default", "busy", "no patrol"])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("reference", EVERY)
def test_a_reference_does_the_engine_s_work(
    reference: Contestant, layout: str, words: tuple[str, ...]
) -> None:
    """Worker, dispatch, arrival and close of every request, hundreds of them."""
    s = start(layout, *words)
    check(reference, s, DAYS * DAY)
    assert (outcome_of(ENGINE, s, DAYS * DAY).worker >= 0).sum() > 100


def test_there_is_something_to_be_unequal_in() -> None:
    """Handoffs, queues and patrol occur, so that who leaves one out is found."""
    s = start("fragmented_layered", BUSY)
    found = contestants.copied(s)
    contestants.proceed(found, DAYS * DAY)
    rows = found.request
    assert (rows.hops > 0).sum() > 20
    assert (rows.t_dispatch > rows.t_ready + 1.0).sum() > 100
    homes = found.worker.home_y * found.run.width[0] + found.worker.home_x
    taken = rows.worker >= 0
    assert (rows.from_cell[taken] != homes[rows.worker[taken]]).mean() > 0.5


@pytest.mark.parametrize("minutes", [1.0, 5.0])
def test_whole_ticks_are_whole(minutes: float) -> None:
    found = outcome_of(ENGINE, in_whole_ticks(start("merged"), minutes), DAYS * DAY)
    for times in (found.t_dispatch, found.t_arrive, found.t_close):
        known = times[~np.isnan(times)]
        assert len(known) > 200
        assert (known % minutes == 0).all()


# --- refused --------------------------------------------------------------------------


def wrong(s: State, until: float) -> Ready:
    """The farthest rather than the nearest is sent, to one request."""
    honest = contestants.heap(s, until)

    def outcome() -> contestants.Outcome:
        found = honest.outcome()
        found.worker[int(s.arrivals[7])] += 1
        return found

    return Ready(honest.run, outcome)


def late(s: State, until: float) -> Ready:
    """Everybody comes a second late."""
    honest = contestants.heap(s, until)

    def outcome() -> contestants.Outcome:
        found = honest.outcome()
        return contestants.Outcome(
            found.worker, found.t_dispatch, found.t_arrive + 1 / 60, found.t_close
        )

    return Ready(honest.run, outcome)


@pytest.mark.parametrize(("prepare", "column"), [(wrong, "worker"), (late, "t_arrive")])
def test_a_reference_that_does_other_work_is_refused(
    prepare: contestants.Prepare, column: str
) -> None:
    with pytest.raises(UnequalError, match=f"cheat differs from the engine in {column} of"):
        check(Contestant("cheat", prepare, DAYS), start("merged"), DAYS * DAY)


@pytest.mark.parametrize(
    ("layout", "word"),
    [
        ("merged", "world.service.patrol.steps_per_hour=6"),
        ("merged", "policy.staffing.slowdown=0.2"),
        ("merged", "world.service.hours.routine.closes='16:30'"),
        ("fragmented_layered", "world.demand.misnamed=0.10"),
    ],
)
def test_another_case_is_other_work(layout: str, word: str) -> None:
    """Were a reference to miss a rule, the tests above would fail."""
    changed = start(layout, word)
    cheat = Contestant("cheat", lambda _, until: contestants.heap(changed, until), DAYS)
    with pytest.raises(UnequalError):
        check(cheat, start(layout), DAYS * DAY)


def test_the_command_stops_before_it_times_and_writes_nothing(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cheat = Contestant("cheat", wrong, DAYS)
    monkeypatch.setattr(command, "runnable", lambda: (cheat,))
    monkeypatch.setattr(speed, "race", lambda *_: pytest.fail("it was timed"))
    answer = ask(capfd, "benchmark", "quick", "--results", str(tmp_path))
    assert answer.code == 1
    assert "nothing was timed: cheat differs from the engine in worker of 1 of" in answer.err
    assert "Traceback" not in answer.err
    assert not list(tmp_path.rglob("*.csv"))


# --- the command ----------------------------------------------------------------------


@pytest.mark.again
def test_the_command_leaves_tables_a_figure_and_a_manifest(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tiny = Size(SIZES["quick"].words, 1, 1, 2, memory=False)
    monkeypatch.setitem(SIZES, "quick", tiny)
    answer = ask(capfd, "benchmark", "quick", "--results", str(tmp_path))
    assert answer.code == 0, answer.err
    assert "Goals" in answer.out
    folder = tmp_path / "benchmark" / "quick"
    ratios = pd.read_csv(folder / "ratios.csv")
    assert {"engine", "SimPy", "Mesa events", "Python heap"} <= set(ratios.contestant)
    assert ((ratios.lo <= ratios.ratio) & (ratios.ratio <= ratios.hi)).all()
    growth = pd.read_csv(folder / "growth.csv")
    assert growth.requests.between(8, 12).all()
    assert (folder / "figures" / "fig1_benchmark.svg").exists()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["command"] == ["onegrid", "benchmark", "quick"]
    assert "goals.csv" in manifest["outputs"]


@pytest.mark.parametrize("words", [["quick", "full"], ["huge"], ["3"]])
def test_another_word_is_refused_in_one_line(
    capfd: pytest.CaptureFixture[str], words: list[str]
) -> None:
    answer = ask(capfd, "benchmark", *words)
    assert answer.code == 2
    assert answer.err == (
        f"onegrid: benchmark {' '.join(words)}: no such size; allowed: full, quick\n"
    )


def test_without_simpy_one_line_says_what_to_install(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contestants, "find_spec", lambda _: None)
    answer = ask(capfd, "benchmark", "quick")
    assert answer.code == 2
    assert answer.err == (
        'onegrid: benchmark: SimPy is missing; allowed: pip install "onegrid[benchmark]"\n'
    )


def test_without_a_compiler_c_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_c, "compiler", lambda: None)
    names = [item.name for item in contestants.runnable()]
    assert names == [item.name for item in REFERENCES if item.name != "C, gcc -O3"]


# --- the figure -----------------------------------------------------------------------


def marks() -> pd.DataFrame:
    """Made-up marks of every panel."""
    rows = [
        ("ratio", name, layout, True, middle, 0.9 * middle, 1.2 * middle, 5, target)
        for layout in LAYOUTS
        for name, middle, target in (("SimPy", 14.0, 15.0), ("C, gcc -O3", 0.2, 0.25))
    ]
    rows += [("growth", how, "merged", True, 9.0, 8.0, 11.0, 3, np.nan) for how in GROWTH]
    columns = ["panel", "name", "layout", "patrol", "median", "lo", "hi", "rounds", "target"]
    return pd.DataFrame(rows, columns=columns)


def test_the_figure_draws_every_mark_with_its_range_and_its_goal() -> None:
    points = marks()
    with styled():
        drawing = benchmark(points, "0" * 64)
        assert cut_or_covered(drawing.figure) == []
    for ax, panel in zip(drawing.figure.axes, ("ratio", "growth"), strict=True):
        drawn = np.concatenate([np.asarray(line.get_xdata(), float) for line in ax.lines])
        part = points[points.panel == panel]
        for column in ("median", "lo", "hi", "target"):
            values = part[column].dropna().to_numpy(float)
            assert np.isclose(values[:, None], drawn[None, :]).any(axis=1).all()
        assert "ratio" in ax.get_xlabel()
    assert "3 or 5 interleaved rounds" in drawing.caption


# --- parts ----------------------------------------------------------------------------


def test_luck_is_the_engine_s_bit_for_bit() -> None:
    for number in range(200):
        stream, entity, k = number * 2**55 + 7, number * 977, number % 5
        with np.errstate(over="ignore"):
            expected = keyed.uniform(np.uint64(stream % 2**64), np.uint64(entity), np.uint64(k))
        assert luck(stream % 2**64, entity, k) == expected


@no_gcc
def test_the_struct_in_c_has_the_fields_of_the_one_in_python() -> None:
    """By name and in order; a field more on one side would shift all that follow."""
    text = in_c.SOURCE.read_text(encoding="ascii")
    inside = text.split("is that of FIELDS in in_c.py. */")[1].split("} City;")[0]
    lines = [line for line in inside.splitlines() if line.strip().endswith(";")]
    named = [
        word.strip(" *")
        for line in lines
        for word in line.strip().removeprefix("const ").split(" ", 1)[1].rstrip(";").split(",")
    ]
    assert named == [name for name, _ in in_c.FIELDS]
    assert ctypes.sizeof(in_c._City) == 8 * len(named)


def test_the_engine_runs_right_before_each_reference_in_every_round(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order: list[str] = []

    def note(name: str, s: State, until: float) -> Ready:
        del s, until
        return Ready(partial(order.append, name), lambda: pytest.fail("not asked"))

    engine = Contestant("engine", partial(note, "engine"), 1)
    monkeypatch.setattr("experiments.benchmark.timing.ENGINE", engine)
    monkeypatch.setattr("experiments.benchmark.timing.MOST", 1)
    rivals = [Contestant(name, partial(note, name), 1) for name in ("a", "b")]
    s = start("merged")
    found = race([Entrant(item, s, DAY, 1) for item in rivals], 3, lambda: None)
    assert order[4:] == ["engine", "a", "engine", "b"] * 3
    assert [len(times.ratios) for times in found] == [3, 3]


@pytest.mark.parametrize(("how", "people", "cells"), [("load", 1, 1), ("density", 10, 1)])
def test_ten_times_as_much_is_ten_times_as_much(how: str, people: int, cells: int) -> None:
    small = plain("merged", DAYS, *TOY)
    base, grown = plan(small), plan(tenfold(small, how))
    assert grown.posting.count == people * base.posting.count
    assert grown.world.city.cells == cells * base.world.city.cells
    assert len(grown.world.tape) == pytest.approx(10 * len(base.world.tape), rel=0.15)
    assert grown.zones.count == base.zones.count


def test_ten_times_the_area_has_ten_times_of_everything() -> None:
    small = plain("fragmented_layered", DAYS, *TOY)
    base, grown = plan(small), plan(tenfold(small, "area"))
    assert grown.zones.count == 10 * base.zones.count
    assert grown.posting.count == 10 * base.posting.count
    assert grown.world.city.cells == 10 * base.world.city.cells


@pytest.mark.parametrize(
    ("goal", "met"),
    [
        (Goal("x", 15.0, 14.9, at_least=True), False),
        (Goal("x", 15.0, 15.0, at_least=True), True),
        (Goal("x", 4.0, 4.1), False),
        (Goal("x", 4.0, 4.0), True),
    ],
)
def test_a_goal_is_met_or_not(goal: Goal, *, met: bool) -> None:
    assert goal.met is met


def test_peak_memory_sees_what_is_held() -> None:
    before = memory.peak()
    block = np.ones(30_000_000 // 8)
    assert memory.peak() >= before
    assert memory.peak() > 30.0 + block[:0].sum()
