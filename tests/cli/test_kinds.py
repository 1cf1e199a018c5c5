"""Every kind of study, from its words to its tables and figures, in a very small city."""

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import sim
from experiments.assembly import Composer
from experiments.compose import resolve, session
from experiments.kinds import KINDS, Kind, load_study
from experiments.kinds.breakeven import Breakeven
from experiments.kinds.shapley import ALL, NONE, Shapley
from experiments.kinds.sobol import Sobol
from experiments.study import WorldCases, plan_worlds
from sim.metrics import HEADLINE
from tests.cli import SMALL, ask
from tests.support import first

MISNAMED = """{keys: [world.demand.misnamed], arms: [], unit: share,
  takes: {low: 0.0, high: 0.1, scale: linear}}"""
SLOWDOWN = """{keys: [policy.staffing.slowdown], arms: [merged], unit: relative,
  takes: {low: 0.0, high: 0.5, scale: linear}}"""
WORDS: dict[str, tuple[str, ...]] = {
    "sweep": ("study.design.count=4",),
    "phase": ("study.levels=3",),
    "breakeven": ("study.multiples=[1.0,2.0]", "study.roles=[all,police]"),
    "shapley": ("study.parts={one grid: [policy/layout=merged], surge: [policy/surge=rapid]}",),
    "sobol": (
        "study.base=4",
        f"study.varying={{misnamed: {MISNAMED}, slowdown: {SLOWDOWN}}}",
    ),
}
FIGURES = {"sobol": "indices"}


def studied(kind: str, *words: str) -> tuple[Kind, list[WorldCases]]:
    """A shipped study and its worlds."""
    given = [f"study={kind}", *WORDS[kind], *words]
    with session(None):
        study = load_study(resolve(given)["study"])
        return study, list(plan_worlds(study, given))


@pytest.fixture(scope="module", params=first(0, WORDS))
def left(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command leaves."""
    from experiments.cli import main  # noqa: PLC0415 - as late as a user does

    place = tmp_path_factory.mktemp(request.param)
    words = [f"study={request.param}", *SMALL, *WORDS[request.param], "study.replications=2"]
    assert main([*words, "--results", str(place)]) == 0
    return place / request.param / "chibi"


def test_every_kind_has_a_shipped_study() -> None:
    with session(None):
        for kind in KINDS:
            assert load_study(resolve([f"study={kind}"])["study"]).kind == kind


def test_it_leaves_tables_figures_and_a_manifest(left: Path) -> None:
    kind = left.parent.name
    names = {path.name for path in left.iterdir()}
    assert {"summary.csv", "replications.parquet", "balance.csv", "manifest.json"} <= names
    drawn = list(left.rglob(f"fig1_{FIGURES.get(kind, kind)}.svg"))
    assert drawn
    for path in drawn:
        assert path.parent.name in HEADLINE
        for suffix in (".csv", ".txt"):
            assert path.with_suffix(suffix).stat().st_size > 0
    manifest = json.loads((left / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["distinct_runs"] <= manifest["runs"]
    outputs = {p.relative_to(left).as_posix() for p in left.rglob("*") if p.is_file()}
    pages = {"report_en.html", "report_zh.html"}  # made from what is saved, at any time again
    assert set(manifest["outputs"]) == outputs - {"manifest.json"} - pages
    assert pages <= outputs


def test_every_run_of_the_plan_is_in_the_table(left: Path) -> None:
    runs = pd.read_parquet(left / "replications.parquet")
    manifest = json.loads((left / "manifest.json").read_text(encoding="utf-8"))
    assert len(runs[["world", "arm", "replication"]].drop_duplicates()) == manifest["runs"]


# --- shapley ----------------------------------------------------------------------------


def test_all_parts_of_the_shipped_reform_are_the_reform() -> None:
    """The coalition of all is ``policy=reform`` to the last key, that of none is where it began."""
    with session(None):
        given = ["study=shapley"]
        study = load_study(resolve(given)["study"])
        composer, arms = Composer(given), study.all_arms()
        cases = {
            name: sim.load(composer.mapping(list(words)))
            for name, words in (
                ("whole", arms[ALL]),
                ("reform", ("policy=reform",)),
                ("nothing", arms[NONE]),
                ("before", ("policy=fragmented_layered",)),
            )
        }
    assert len(arms) == 2 ** len(study.parts)  # type: ignore[attr-defined]
    assert cases["whole"] == cases["reform"]
    assert cases["nothing"] == cases["before"]


@pytest.mark.again
def test_each_part_of_the_shipped_reform_does_something_alone() -> None:
    """It changes the policy, and no two change it to the same."""
    study, worlds = _shipped("shapley")
    assert isinstance(study, Shapley)
    alone = [sim.digest(worlds[0].cases[name]) for name in (NONE, *study.parts)]
    clear = list(study.parts).index("clear areas") + 1
    assert len(set(alone)) == len(alone)
    assert alone[clear] != alone[0]


def _shipped(kind: str) -> tuple[Kind, list[WorldCases]]:
    with session(None):
        study = load_study(resolve([f"study={kind}"])["study"])
        return study, list(plan_worlds(study, [f"study={kind}"]))


def test_more_parts_than_eight_are_sampled() -> None:
    parts = {f"p{n}": f"[policy.staffing.slowdown=0.{n}]" for n in range(1, 10)}
    shown = ", ".join(f"{name}: {words}" for name, words in parts.items())
    with session(None):
        node = resolve(["study=shapley", f"study.parts={{{shown}}}", "study.orders=4"])["study"]
    study = load_study(node)
    arms = study.all_arms()
    assert {NONE, ALL} < set(arms)
    assert len(arms) < 2**9


def test_shapley_starts_from_one_arm(capfd: pytest.CaptureFixture[str]) -> None:
    answer = ask(capfd, "study=shapley", "+study.arms.other=[policy=merged]")
    assert answer.code == 2
    assert answer.err.startswith("onegrid: study.arms: ")


# --- break-even -------------------------------------------------------------------------


def test_a_multiple_of_heads_is_that_many_heads_in_the_baseline_alone() -> None:
    study, worlds = studied("breakeven")
    assert isinstance(study, Breakeven)
    assert len(worlds) == len(study.roles) * len(study.multiples)
    start = worlds[0].cases[study.baseline].policy.staffing.heads
    for world in worlds:
        heads = world.cases[study.baseline].policy.staffing.heads
        assert world.cases[study.focus].policy.staffing.heads == start
        chosen = start if world.options["role"] == "all" else {world.options["role"]}
        for role, count in heads.items():
            times = world.options["multiple"] if role in chosen else 1.0
            assert count == round(start[role] * times)


def test_a_role_nobody_has_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    answer = ask(capfd, "study=breakeven", "study.roles=[rider]")
    assert answer.code == 2
    assert "'rider' has no heads; allowed: all, cadre" in answer.err


# --- designs ----------------------------------------------------------------------------


def test_a_saltelli_design_changes_one_quantity_at_a_time() -> None:
    """The world AB:slowdown of a sample is A's but for the slowdown, which is B's."""
    study, worlds = studied("sobol")
    assert isinstance(study, Sobol)
    table = pd.DataFrame([world.options for world in worlds])
    a, b, ab = (
        table[table.matrix == name].set_index("sample") for name in ("A", "B", "AB:slowdown")
    )
    assert (ab.misnamed == a.misnamed).all()
    assert (ab.slowdown == b.slowdown).all()
    case = worlds[0].cases
    assert case["merged"].policy.staffing.slowdown == table.slowdown[0]
    assert case["fragmented_layered"].policy.staffing.slowdown == 0.15  # the config's
    assert case["merged"].world.demand.misnamed == pytest.approx(table.misnamed[0])


def test_a_phase_grid_crosses_both_quantities() -> None:
    _, worlds = studied("phase")
    found = [(world.options["handoff"], world.options["needs"]) for world in worlds]
    levels = list(itertools.product((0.0, 120.0, 240.0), (1.0, 4.0, 16.0)))
    assert np.array(sorted(found)) == pytest.approx(np.array(levels))
    for world in worlds:
        for case in world.cases.values():
            assert case.world.demand.needs_per_1000_per_day == world.options["needs"]


def test_points_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "points.csv"
    file.write_text("world.demand.misnamed,clock.days\n0.01,3\n0.02,4\n", encoding="utf-8")
    given = ["study=sweep", "study.design.kind=csv", f"study.design.file={file}"]
    with session(None):
        study = load_study(resolve(given)["study"])
        worlds = list(plan_worlds(study, given))
    cases = [world.cases["merged"] for world in worlds]
    found = [(case.world.demand.misnamed, case.clock.days) for case in cases]
    assert found == [(0.01, 3), (0.02, 4)]


BAD: list[tuple[str, tuple[str, ...]]] = [
    ("study.kind = 'guess'", ("study.kind=guess",)),
    ("study.design.file = null", ("study=sweep", "study.design.kind=csv")),
    ("count = 100", ("study=sweep", "study.design.kind=sobol", "study.design.count=100")),
    ("study.varying", ("study=sweep", "study.varying={}")),
    ("study.varying.needs.takes", ("study=phase", "study.varying.needs.takes={values: [a, b]}")),
    ("study.base", ("study=sobol", "study.base=1")),
    ("study.arms", ("study=shapley", "study.arms={}")),
    ("study.orders", ("study=shapley", "study.orders=5")),
    ("executor.kind", ("executor.kind=cloud",)),
    ("executor.part = '3/2'", ("executor.part=3/2",)),
    ("study.precision", ("study.precision={metric: response_median}",)),
]


@pytest.mark.parametrize(("start", "words"), BAD, ids=range(len(BAD)))
def test_what_cannot_be_is_refused_in_one_line(
    start: str, words: tuple[str, ...], capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    answer = ask(capfd, *words, "--results", str(tmp_path))
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"onegrid: {start}"), answer.err
    assert len(answer.err.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_intervals_are_there_for_what_a_study_says(left: Path) -> None:
    """Each row of the main table has its interval around its value."""
    tables: dict[str, Any] = {
        "shapley": ("effects.csv", "value"),
        "sobol": ("indices.csv", "value"),
        "breakeven": ("curve.csv", "difference"),
    }
    name, value = tables.get(left.parent.name, ("summary.csv", "difference"))
    table = pd.read_csv(left / name).dropna(subset=["lo", "hi"])
    assert len(table)
    if left.parent.name != "sobol":  # its interval is of a bootstrap
        slack = 1e-4 * table[value].abs() + 1e-9  # of the six digits written
        assert ((table.lo <= table[value] + slack) & (table[value] <= table.hi + slack)).all()
