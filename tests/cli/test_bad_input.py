"""Whatever is wrong with a command: exit 2, one line a user can act on, nothing written."""

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tests.cli import Answer, ask
from tests.support import AGAIN

JARGON = re.compile(
    r"hydra|omegaconf|pydantic|struct|primary config|interpolation|tuple|validation|pattern",
    re.IGNORECASE,
)
ONE_ZONE = "name: all, zones: 1, dedicated: []"
FOUR_ZONES = "name: all, zones: 4, dedicated: []"
SIX = "city_order, property, disputes, hazards, livelihood, emergency"
TINY = ("world.city.width=3", "world.city.height=1", "world.city.areas=[]")
NEED = "domain: property, urgency: routine, work_min: 3"
SHIFTS = "policy.staffing.rotas.cadre.shifts"


@pytest.fixture(autouse=True)
def _nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every command is given in an empty folder, and none may get as far as running."""

    def refuse(*_: object) -> NoReturn:
        raise AssertionError("the command was taken for good")

    monkeypatch.setattr("experiments.run_study.run_study", refuse)
    monkeypatch.chdir(tmp_path)


def assert_refused(answer: Answer, says: Iterable[str], words: Iterable[str] = ()) -> None:
    """Exit 2 and one line that names key, value and what is allowed, in plain words."""
    assert answer.code == 2, answer.err
    assert answer.out == ""
    assert answer.err.startswith("onegrid: "), answer.err
    assert answer.err.count("\n") == 1, answer.err
    assert answer.err.endswith("\n")
    missing = [part for part in says if part not in answer.err]
    assert not missing, f"{missing} not in: {answer.err}"
    unsaid = answer.err
    for word in words:  # what a user writes may be said back
        unsaid = unsaid.replace(word.partition("=")[0], "").replace(word, "")
    assert not JARGON.search(unsaid), answer.err


def case(words: str | tuple[str, ...], *says: str) -> Any:
    """Words that must be refused, and what the line must say."""
    listed = (words,) if isinstance(words, str) else words
    return pytest.param(listed, says, id=" ".join(listed)[:70])


GROUPS = [
    case("world=atlantis", "world = atlantis", "allowed: chibi, lab"),
    case("world/city=paris", "world/city = paris", "allowed: chibi, lab"),
    case("policy/stafing=merged", "policy/stafing = merged", "allowed", "policy/staffing"),
    case("wrld=chibi", "wrld = chibi", "allowed", "world", "closest: world"),
    case("clock=year", "clock = year", "allowed: month, week"),
    case("study=compar", "study = compar", "allowed", "multiverse", "closest: compare"),
    case("executor=slurn", "executor = slurn", "allowed: local, serial, slurm", "closest: slurm"),
    case("world=null", "world = null", "allowed: chibi, lab"),
    case("world=", "world = ", "allowed: chibi, lab"),
    case(
        "policy/staffing=[fragmented,merged]", "policy/staffing = [fragmented", "allowed", "narrow"
    ),
    case("world=[chibi]", "world = [chibi]", "allowed: chibi, lab"),
    case("+policy/staffing=merged", "+policy/staffing=merged", "policy/staffing=OPTION", "narrow"),
    case("~world", "~world", "world=OPTION", "chibi, lab"),
    case("policy=merged", "policy=merged", "allowed: study.arms.NAME"),
    case(("world=lab", "policy=lab"), "policy=lab", "allowed: study.arms.NAME"),
    case("hydra/launcher=basic", "hydra/launcher = basic", "allowed", "policy/layout"),
    case(
        "hydra.run.dir=away", "hydra.run.dir = away", "allowed: world, policy, before, clock, study"
    ),
    case("policy@other=merged", "policy@other=merged", "'@'", "allowed: key=value"),
    case("world.demand=chibi", "world.demand = chibi", "world/demand=OPTION", ".misnamed"),
    case("world.demand/misnamed=0.1", "world.demand/misnamed = 0.1", "allowed", "world/demand"),
]
KEYS = [
    case("world.demand.misnamd=0.1", "world.demand.misnamd = 0.1", "allowed", "misnamed"),
    case("world.demnd.misnamed=0.1", "world.demnd.misnamed = 0.1", "allowed", "closest: demand"),
    case("+world.demand.misnamd=0.1", "world.demand.misnamd", "allowed", "misnamed"),
    case("+world.demand.misnamed=0.1", "world.demand.misnamed = 0.1", "without +"),
    case("~world.demand.misnamed", "~world.demand.misnamed", "allowed: world.demand.misnamed="),
    case("+foo=bar", "foo = bar", "allowed: world, policy, before, clock, study, executor, draws"),
    case("executor.cores=2", "executor.cores = 2", "allowed at executor: kind, part, processes"),
    case("clock.days.hours=3", "clock.days.hours = 3", "allowed: clock.days="),
    case("policy.layout.lines.9.zones=3", "policy.layout.lines.9.zones = 3", "allowed: 0..0"),
    case("policy.staffing.heads.sheriff=3", "heads.sheriff = 3", "allowed", "cadre, police"),
    case("+policy.staffing.heads.sheriff=3", "heads.sheriff", "allowed", "'cadre', 'police'"),
    case(
        "policy.dispatch.reserve={sheriff: 1}",
        "reserve.sheriff",
        "allowed",
        "'cadre', 'police'",
    ),
    case("study.arms.slow=[policy=merged]", "study.arms.slow", "allowed", "+study.arms.slow="),
]
VALUES = [
    case("world.demand.misnamed=high", "world.demand.misnamed = 'high'", "number"),
    case("world.demand.misnamed=", "world.demand.misnamed = ''", "number"),
    case("world.demand.misnamed=null", "world.demand.misnamed = None", "number"),
    case("world.demand.misnamed=[0.1]", "world.demand.misnamed", "number"),
    case("world.demand.misnamed=1.7", "world.demand.misnamed = 1.7", "0.95"),
    case("world.demand.misnamed=-0.1", "world.demand.misnamed = -0.1", "0"),
    case("world.demand.misnamed=nan", "world.demand.misnamed = nan", "0.95"),
    case("world.demand.triage_median_min=.inf", "triage_median_min = inf", "finite"),
    case("world.city.width=24.5", "world.city.width = 24.5", "integer"),
    case("world.city.width=true", "world.city.width = True", "integer"),
    case("world.city.width=${world.city.height}", "world.city.width = '${world", "integer"),
    case("policy.dispatch.rule=fastest", "policy.dispatch.rule = 'fastest'", "'nearest'"),
    case("world.service.background.interrupted_by=[fire]", "interrupted_by.0 = 'fire'", "'urgent'"),
    case("world.demand.shares.property=0.9", "world.demand", "shares", "sum to 1", "1.7"),
    case("draws.seed=-1", "draws.seed = -1", "0"),
    case("clock.days=0", "clock.days = 0", "1"),
    case("executor.processes=two", "executor.processes = 'two'", "integer"),
    case("executor.memory=lots", "executor.memory = 'lots'", "as in 8GiB"),
    case("executor.part=3/2", "executor.part = '3/2'", "allowed: NUMBER/PARTS, as in 2/5"),
    case("executor.part=0/2", "executor.part = '0/2'", "allowed: NUMBER/PARTS"),
    case("executor.part=half", "executor.part = 'half'", "allowed: NUMBER/PARTS"),
    case(("executor=slurm", "executor.walltime=4h"), "executor.walltime = '4h'", "04:00:00"),
    case(("executor=slurm", "executor.memory=8"), "executor.memory = 8", "string"),
    case("study.keep=some", "study.keep = 'some'", "'all'", "'headline'"),
    case("study.precision=1", "study.precision"),
    case(
        "study.precision={metric: response_mean, group: all, half_width: 1, at_most: 3}",
        "study.precision.at_most = 3",
        "allowed: study.replications (20) or more",
    ),
    case("world.people.elderly_in.华舟社区=7", "world.people.elderly_in.华舟社区 = 7", "1"),
    case(
        f"world.demand.tape=[{{t_min: 1, cell: 9999, {NEED}}}]",
        "world.demand.tape",
        "9999",
        "0..5119",
    ),
]
SWEEPS = [
    case("world.demand.misnamed=0.1,0.2", "misnamed = 0.1,0.2", "allowed: one", "study=multiverse"),
    case("world=chibi,lab", "world = chibi,lab", "allowed: one", "study=multiverse"),
    case("clock.days=range(1,9)", "clock.days = range(1,9)", "allowed: one", "study=multiverse"),
    case("-m", "-m", "study=ladder", "study=multiverse"),
    case(("--multirun", "clock.days=1,2"), "-m", "study=ladder", "study=multiverse"),
]
GRAMMAR = [
    case("world.demand.misnamed", "world.demand.misnamed", "allowed: world.demand.misnamed=value"),
    case("=3", "=3", "no key", "allowed: key=value"),
    case("a==b", "a = =b", "more than one '='", "allowed"),
    case("clock.days==3", "clock.days = =3", "more than one '='", "allowed"),
    case("clock days=3", "clock days=3", "' ' in the key", "allowed: key=value"),
    case('clock.days="3', 'clock.days = "3', "a quote is not closed", "allowed"),
    case("clock.days=[3", "clock.days = [3", "a bracket is not closed", "allowed"),
    case("clock.days={a: 3", "clock.days = {a: 3", "a bracket is not closed", "allowed"),
    case("clock.days=3]", "clock.days = 3]", "a bracket is not closed", "allowed"),
    case("~~clock.days=3", "~~clock.days=3", "~~", "allowed: key=value"),
    case("clock.days=3\nclock.days=4", "clock.days = 3 clock.days=4", "allowed"),
    case(
        "--frobnicate",
        "--frobnicate",
    ),
    case(
        ("--cfg", "hydra"),
        "--cfg",
        "hydra",
        "job",
    ),
    case(
        ("--cfg", "job", "world.demand.misnamed=1.7"),
        "world.demand.misnamed = 1.7",
        "0.95",
    ),
]
LAYOUTS = [
    case(
        f"policy.layout.lines=[{{{ONE_ZONE}, domains: [city_order], cells: []}}]",
        "policy.layout",
        "property has 0 lines",
        "allowed is 1",
    ),
    case(
        f"policy.layout.lines=[{{{ONE_ZONE}, domains: [{SIX}, emergency], cells: []}}]",
        "policy.layout",
        "emergency has 2 lines",
        "allowed is 1",
    ),
    case(
        f"policy.layout.lines=[{{{ONE_ZONE}, domains: [{SIX}], cells: [0, 1]}}]",
        "policy.layout.lines.all.cells",
        "2 entries",
        "allowed: one per cell, 5120",
    ),
    case(
        (*TINY, f"policy.layout.lines=[{{{ONE_ZONE}, domains: [{SIX}], cells: [0, 1, -1]}}]"),
        "policy.layout.lines.all.cells",
        "cell 2 has no owner",
        "allowed: zones numbered from 0",
    ),
    case(
        (*TINY, f"policy.layout.lines=[{{{ONE_ZONE}, domains: [{SIX}], cells: [0, 0, 2]}}]"),
        "policy.layout.lines.all.cells",
        "some zone has no cell",
        "allowed: zones numbered from 0",
    ),
    case(
        f"policy.layout.lines=[{{name: all, zones: 1, dedicated: [moon], domains: [{SIX}], "
        "cells: []}]",
        "dedicated = 'moon'",
        "allowed: ['industrial_park', 'trading_district']",
    ),
    case(
        (
            *TINY,
            f"policy.layout.lines=[{{{FOUR_ZONES}, domains: [{SIX}], cells: []}}]",
        ),
        "policy.layout.lines.all.zones = 4",
        "allowed: 1..3",
    ),
]
STAFF = [
    case(
        "policy.staffing.posts=[{role: police, zones: [999], home: 0}]",
        "policy.staffing.posts.0.zones = 999",
        "allowed: 0..295",
    ),
    case(
        "policy.staffing.posts=[{role: sheriff, zones: [0], home: 0}]",
        "policy.staffing.posts.0.role = 'sheriff'",
        "allowed: ['cadre', 'police'",
    ),
    case(
        "policy.staffing.posts=[{role: police, zones: [0], home: 9999}]",
        "policy.staffing.posts.0.home = 9999",
        "allowed: 0..5119",
    ),
    case(
        f'{SHIFTS}=[{{start: "00:00", end: "25:00", share: 1.0}}]',
        f"{SHIFTS}.0.end = '25:00'",
        '"HH:MM"',
    ),
    case(
        f'{SHIFTS}=[{{start: "8:30", end: "17:00", share: 1.0}}]',
        f"{SHIFTS}.0.start = '8:30'",
        '"HH:MM"',
    ),
    case(
        f'{SHIFTS}=[{{start: "00:00", end: "24:00", share: 0.7}}]',
        SHIFTS,
        "sum to 0.7",
        "allowed: 1",
    ),
    case(
        f'{SHIFTS}=[{{start: "00:00", end: "24:00", share: 1.7}}]', f"{SHIFTS}.0.share = 1.7", "1"
    ),
    case("policy.staffing.rotas.cadre.days_on=8", "policy.staffing.rotas.cadre.days_on = 8", "7"),
    case("~policy.staffing.rotas.cadre", "policy.staffing.rotas.cadre", "missing"),
    case(
        "world.people.work_starts=510",
        "world.people.work_starts = 510",
        '"HH:MM"',
    ),
]
STUDIES = [
    case("study.replications=1", "study.replications = 1", "2"),
    case("study.replications=many", "study.replications = 'many'", "integer"),
    case("study.focus=mergd", "'mergd' is not an arm", "allowed", "merged"),
    case("study.focus=mergd", "study.focus = 'mergd'", "allowed"),
    case("study.baseline=mergd", "study.baseline = 'mergd'", "allowed"),
    case("study.contrasts=[[merged,nobody]]", "study.contrasts.0 = 'nobody'"),
    case("study.baseline=merged", "baseline and focus must be two arms"),
    case("study.contrasts=[[merged]]", "study.contrasts.0", "2"),
    case("study.contrasts=merged", "study.contrasts = 'merged'", "array"),
    case("study.name=a/b", "study.name = 'a/b'"),
    case("study.name=..", "study.name = '..'"),
    case("study.worlds={}", "study.worlds"),
    case("study.arms={merged: [policy=merged]}", "study.baseline = ", "not an arm", "merged"),
    case("study.arms.merged=policy=merged", "study.arms.merged = policy=merged", "'='", "[a, b]"),
    case("study.arms.merged=[policy=mergd]", "policy = mergd", "allowed", "closest: merged"),
    case("study.arms.merged=[policy]", "policy: no value", "allowed: policy=value"),
    case("study.arms.merged=[clock.days=1,plicy=merged]", "plicy = merged", "allowed", "policy"),
    case("study.arms.merged=['clock.days=1,2']", "clock.days = 1,2", "allowed: one"),
    case("study.arms.merged=[policy.staffing.slowdwn=1]", "slowdwn = 1", "closest: slowdown"),
    case(
        "study.arms.merged=[policy=merged,policy.staffing.slowdown=-1]",
        "policy.staffing.slowdown = -1",
        "0",
    ),
    case(
        "study.arms.merged=[policy=merged,policy.staffing.slowdown=-1]",
        "study.arms.merged",
    ),
    case("study.worlds={hot: [world.demand.misnamd=0.1]}", "misnamd = 0.1", "closest: misnamed"),
    case("+study.worlds.hot={}", "study.worlds", "at most 1", "study=ladder"),
    case("study.worlds={hot: {nobody: [clock.days=2]}}", "nobody"),
    case(
        "study.arms.merged=[policy=merged,world.demand.misnamed=0.3]",
        "world.demand.misnamed = 0.3 in merged",
        "allowed: one value for all arms",
    ),
    case("study.worlds={hot: {merged: [clock.days=2]}}", "clock.days = 2 in merged", "allowed"),
]
ALL = [*GROUPS, *KEYS, *VALUES, *SWEEPS, *GRAMMAR, *LAYOUTS, *STAFF, *STUDIES]


@pytest.mark.parametrize(("words", "says"), ALL)
def test_a_wrong_word_is_refused_in_one_line_and_nothing_is_written(
    words: tuple[str, ...],
    says: tuple[str, ...],
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """Key, value and what is allowed; no results, no folder of another tool."""
    assert_refused(ask(capfd, *words), says, words)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("world=atlantis",), ("world = atlantis", "chibi, lab")),
        pytest.param(
            ("world.demand.misnamed=1.7", "clock=week"),
            ("world.demand.misnamed = 1.7", "0.95"),
            marks=AGAIN,
        ),
    ],
    ids=["group", "value"],
)
def test_the_installed_command_refuses_as_its_function_does(
    words: tuple[str, ...], says: tuple[str, ...], tmp_path: Path
) -> None:
    """The console script in a process and a folder of its own."""
    command = Path(sys.executable).with_name("onegrid")
    done = subprocess.run(
        [command, *words], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert_refused(Answer(done.returncode, done.stdout, done.stderr), says)
    assert not list(tmp_path.iterdir())


# --- the results folder -------------------------------------------------------------


def inventory(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, with what it holds."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("below", ["", "results", "results/compare/chibi"])
def test_results_below_a_file_are_refused(
    below: str, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Nobody can write there, not even an administrator."""
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    before = inventory(tmp_path)
    answer = ask(capfd, "clock=week", "--results", str(tmp_path / "taken" / below))
    assert_refused(answer, [str(tmp_path / "taken"), "allowed", "--results"])
    assert inventory(tmp_path) == before


@pytest.mark.skipif(not Path("/proc").exists(), reason="no such folder on this system")
def test_results_where_the_system_allows_none_are_refused_before_the_run(
    capfd: pytest.CaptureFixture[str],
) -> None:
    answer = ask(capfd, "clock=week", "--results", "/proc/onegrid")
    assert_refused(answer, ["/proc/onegrid", "allowed", "--results"])


def test_a_file_in_the_place_of_the_folder_is_refused(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "compare").mkdir()
    (tmp_path / "compare" / "chibi").write_text("mine", encoding="utf-8")
    before = inventory(tmp_path)
    answer = ask(capfd, "clock=week", "--results", str(tmp_path))
    assert_refused(answer, [str(tmp_path / "compare/chibi"), "is a file", "allowed: a folder"])
    assert inventory(tmp_path) == before


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("manifest.json", '{"study_digest": "0123456789abcdef"}', "another study (0123456789ab"),
        ("manifest.json", '{"other": 1}', "something else"),
        ("manifest.json", "no json", "something else"),
        ("thesis.tex", "years of work", "something else"),
    ],
)
def test_a_folder_that_holds_something_else_is_left_alone(
    name: str, content: str, says: str, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Another study, or files that no study made."""
    folder = tmp_path / "compare" / "chibi"
    folder.mkdir(parents=True)
    (folder / name).write_text(content, encoding="utf-8")
    before = inventory(tmp_path)
    answer = ask(capfd, "clock=week", "--results", str(tmp_path))
    assert_refused(answer, [str(folder), says, "allowed: study.name=ANOTHER"])
    assert inventory(tmp_path) == before


# --- a folder of one's own configs --------------------------------------------------


@pytest.mark.parametrize("make", [None, "a file"])
def test_a_config_folder_that_is_none_is_refused(
    make: str | None, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "configs"
    if make:
        folder.write_text(make, encoding="utf-8")
    answer = ask(capfd, "--config-dir", str(folder))
    assert_refused(answer, [f"--config-dir = {folder}", "allowed: a folder"])


OWN = "study.arms={merged: [policy=mine], fragmented_layered: [policy=fragmented_layered]}"
MERGED = "defaults:\n  - merged\n  - _self_\n"
FILES = {
    "unclosed": (MERGED + "staffing: {slowdown: 0.9\n", ["mine.yaml", "line 5", "YAML"]),
    "no option": ("defaults:\n  - layout: moon\n", ["mine.yaml", "policy/layout/moon", "lab"]),
    "no text": ("\0", ["mine.yaml", "allowed: YAML"]),
    "no table": ("- 3\n", ["policy"]),
    "lever missing": ("staffing: {slowdown: 0.9}\n", ["policy.layout", "missing"]),
    "unknown key": (MERGED + "staffing: {slowdwn: 1}\n", ["policy.staffing.slowdwn", "slowdown"]),
    "out of range": (MERGED + "staffing: {balance: 3}\n", ["policy.staffing.balance = 3", "1"]),
    "a number for a table": (MERGED + "staffing: 3\n", ["policy.staffing = 3"]),
}


@pytest.mark.parametrize(("text", "says"), FILES.values(), ids=FILES)
def test_a_wrong_file_of_ones_own_is_refused(
    text: str, says: list[str], capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """By the name of the file where it cannot be read, by its key where it cannot be right."""
    path = tmp_path / "policy" / "mine.yaml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    assert_refused(ask(capfd, OWN, "study.contrasts=[]", "--config-dir", str(tmp_path)), says)
    assert list(tmp_path.rglob("*.*")) == [path]


def test_an_unquoted_time_in_a_file_of_ones_own_is_refused_with_a_hint_to_quote_it(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """YAML reads 17:30 as 1050, in base sixty."""
    path = tmp_path / "policy" / "mine.yaml"
    path.parent.mkdir()
    shift = "{start: 17:30, end: '21:00', share: 1.0}"
    rota = f"staffing: {{rotas: {{volunteer: {{shifts: [{shift}]}}}}}}\n"
    path.write_text(MERGED + rota, encoding="utf-8")
    answer = ask(capfd, OWN, "study.contrasts=[]", "--config-dir", str(tmp_path))
    assert_refused(answer, ["policy.staffing.rotas.volunteer.shifts.0.start = 1050", "quoted"])
