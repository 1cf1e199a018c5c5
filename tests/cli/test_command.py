"""The command from its help to its results: what it prints, what it leaves, when it stops."""

import json
import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd
import pytest
import yaml

import sim
from experiments import cli
from experiments.assembly import Composer
from experiments.compose import CASE, groups, resolve, session
from experiments.executor import load_executor, processes_of
from experiments.folder import filling
from experiments.kinds import load_study
from experiments.manifest import rebuild
from experiments.own_words import COMMANDS
from experiments.prepared import Prepared, prepare
from sim.provenance import sha256
from tests.cli import ARMS, SMALL, Answer, ask
from tests.support import TOY

RUN = "experiments.execute.run"  # one run of one arm
WRITE = "experiments.written.write_tables"
SUMMARY = {
    "metric",
    "group",
    "unit",
    "baseline",
    "alternative",
    "difference",
    "lo",
    "hi",
    "n",
    "verdict",
}
STOPPED = "onegrid: stopped; what is finished is kept, the same command goes on"
ALONE = (  # commands that are no study
    *("calibrate", "hypotheses", "ledger", "benchmark", "report", "view"),
    *COMMANDS,
)


def examples() -> list[list[str]]:
    """The commands of the help, as a shell reads them, without their first word."""
    text = cli.EXAMPLES.replace("\\\n", " ")
    lines = re.findall(r"^  onegrid.*$", text, re.MULTILINE)
    return [shlex.split(line, comments=True)[1:] for line in lines]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("results")


@pytest.fixture(scope="module")
def told(results: Path) -> Answer:
    """The help's second example, run at toy size."""
    words = [*examples()[1], *SMALL, *ARMS, "--results", str(results)]
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = cli.main(words)
    return Answer(code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def folder(results: Path, told: Answer) -> Path:
    """What that run left."""
    assert told.code == 0, told.err
    return results / "compare" / "quick"


@pytest.fixture(scope="module")
def manifest(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return read


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> list[Prepared]:
    """What the command was about to run, instead of running it."""
    caught: list[Prepared] = []

    def catch(study: Prepared, _: object) -> None:
        caught.append(study)

    monkeypatch.setattr("experiments.run_study.run_study", catch)
    return caught


def files(place: Path) -> dict[str, bytes]:
    """Every file below a folder, with what it holds."""
    found = [path for path in place.rglob("*") if path.is_file()]
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in found}


def again(results: Path) -> list[str]:
    """The words of the study that was run."""
    return [*examples()[1], *SMALL, *ARMS, "--results", str(results)]


def stop(*_: object) -> NoReturn:
    """What Ctrl-C does."""
    raise KeyboardInterrupt


def fail(*_: object) -> NoReturn:
    """A run where there should be none, or one that goes wrong."""
    raise sim.RunError("two of them are wrong")


def ledger_of(folder: Path) -> Path:
    """The ledger of a results folder."""
    return folder.with_name(f"{folder.name}.ledger")


def stop_writing(folder: Path, *_: object) -> NoReturn:
    """Ctrl-C with half of the results written."""
    (folder / "summary.csv").write_text("half", encoding="utf-8")
    raise KeyboardInterrupt


# --- cheap answers ------------------------------------------------------------------


def test_the_help_names_every_group_and_every_option(capfd: pytest.CaptureFixture[str]) -> None:
    answer = ask(capfd, "--help")
    assert (answer.code, answer.err) == (0, "")
    for group, options in groups().items():
        lines = rf"^  {group} .*\n\s+{', '.join(options)}$"
        assert re.search(lines, answer.out, re.MULTILINE), group


def test_the_help_gives_five_examples(capfd: pytest.CaptureFixture[str]) -> None:
    answer = ask(capfd, "--help")
    assert len(examples()) >= 5
    assert cli.EXAMPLES in answer.out


@pytest.mark.parametrize(
    "words", [row for row in examples() if not row or row[0] not in ALONE], ids=" ".join
)
def test_an_example_of_the_help_could_be_run(words: list[str], tmp_path: Path) -> None:
    """It composes, in every arm and world, and nothing about it is wrong."""
    with session(None):
        resolved = resolve(words)
        study, executor = load_study(resolved["study"]), load_executor(resolved["executor"])
        ready = prepare(study, [*words, *TOY], tmp_path, executor)
    assert len(ready.plan.worlds[0].cases) == len(study.all_arms())
    assert not list(tmp_path.iterdir())


def test_the_version_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    assert ask(capfd, "--version") == Answer(0, f"onegrid {sim.__version__}\n", "")


@pytest.mark.parametrize("words", [[], ["world=lab", "study=multiverse", "executor=serial"]])
def test_the_printed_config_loads_back_and_is_complete(
    words: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    """YAML out, the same mapping in; times stay text, and no spec misses a key."""
    answer = ask(capfd, "--cfg", "job", *words)
    assert (answer.code, answer.err) == (0, "")
    printed = yaml.safe_load(answer.out)
    with session(None):
        assert printed == resolve(words)
    case = sim.load({key: printed.pop(key) for key in CASE})
    assert case.clock.days == 28
    assert load_study(printed.pop("study")).arms
    assert processes_of(load_executor(printed.pop("executor"))) >= 1
    assert not printed


def test_the_printed_config_is_readable(capfd: pytest.CaptureFixture[str]) -> None:
    """Chinese names as they are, and overrides in their place."""
    out = ask(capfd, "--cfg", "job", "world.demand.misnamed=0.10").out
    assert "华舟社区" in out
    assert "misnamed: 0.1\n" in out


# --- what words mean ----------------------------------------------------------------


@pytest.mark.parametrize(
    "word",
    [
        "policy.staffing.slowdown=0.4",
        "policy/staffing=narrow",
        "world.service.hours.routine.closes=17:30",
        'world.service.hours.routine={opens: "10:00", closes: "12:00"}',
        "world.service.background.interrupted_by=[]",
        "policy.dispatch.reserve={police: 1}",
        "+policy.dispatch.reserve.police=1",
        "~policy.staffing.participation.volunteer",
        "policy.dispatch.queue_capacity=.inf",
        "policy.dispatch.queue_capacity=1e3",
        "policy.layout.lines.0.zones=80",
        "world.people.elderly_in={华舟社区: 0.4}",
    ],
)
def test_a_word_means_the_same_on_the_command_line_and_in_an_arm(word: str) -> None:
    """Also a time without quotes, and a table, which replaces the one before."""
    with session(None):
        before = Composer([]).mapping([])
        given = Composer([word]).mapping([])
        assert Composer([]).mapping([word]) == given
    assert sim.load(given)
    assert (given != before) == (word != "policy.dispatch.queue_capacity=.inf")


def test_a_table_is_replaced_not_merged() -> None:
    """So that an empty one takes away what was there."""
    with session(None):
        case = resolve(["policy=merged_reserve", "policy.dispatch.reserve={}"])
    assert case["policy"]["dispatch"]["reserve"] == {}


def test_the_last_word_wins() -> None:
    words = ["world=lab", "clock.days=3", "world=chibi", "clock.days=4"]
    with session(None):
        case = resolve(words)
    assert case["world"]["city"]["width"] == 80
    assert case["clock"]["days"] == 4


def test_one_word_does_not_reach_into_another() -> None:
    """A word is read once and used often; what is set inside its table stays there."""
    table = 'world.service.hours.routine={opens: "10:00", closes: "12:00"}'
    with session(None):
        resolve([table, "world.service.hours.routine.closes=13:00"])
        hours = resolve([table])["world"]["service"]["hours"]["routine"]
    assert hours == {"opens": "10:00", "closes": "12:00"}


# --- a folder of one's own configs --------------------------------------------------


def own_policy(place: Path, name: str, slowdown: float) -> Path:
    """A folder with a policy file of one's own."""
    (place / "policy").mkdir(parents=True)
    lines = ["defaults:", "  - fragmented_mixed", "  - _self_", "staffing:"]
    text = "\n".join([*lines, f"  slowdown: {slowdown}", ""])
    (place / "policy" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return place


def test_a_policy_of_ones_own_is_an_arm(
    prepared: list[Prepared], capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Laid over a shipped one, in a folder whose name a shell would have to quote."""
    own = own_policy(tmp_path / "it's mine", "mine", 0.9)
    words = ("+study.arms.mine=[policy=mine]", "study.focus=mine", "--config-dir", str(own))
    assert ask(capfd, *SMALL, *ARMS, *words, "--results", str(tmp_path)).code == 0
    cases = prepared[0].plan.worlds[0].cases
    assert cases["mine"].policy.staffing.slowdown == 0.9
    assert len(cases["mine"].policy.layout.lines) == 3  # as in fragmented_mixed
    assert cases["merged"].policy.staffing.slowdown == 0.15


def test_a_file_of_ones_own_comes_before_the_shipped_one_of_its_name(
    prepared: list[Prepared], capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    own = own_policy(tmp_path / "own", "merged", 0.8)
    words = (*SMALL, *ARMS, "--results", str(tmp_path))
    assert ask(capfd, *words, "--config-dir", str(own)).code == 0
    assert prepared[0].plan.worlds[0].cases["merged"].policy.staffing.slowdown == 0.8


def test_a_file_of_ones_own_is_forgotten_afterwards(
    prepared: list[Prepared], capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    own = own_policy(tmp_path / "own", "merged", 0.7)
    words = (*SMALL, *ARMS, "--results", str(tmp_path))
    assert ask(capfd, *words, "--config-dir", str(own)).code == 0
    assert ask(capfd, *words).code == 0
    found = [study.plan.worlds[0].cases["merged"].policy.staffing.slowdown for study in prepared]
    assert found == [0.7, 0.15]


# --- a whole study ------------------------------------------------------------------


def test_a_study_tells_what_it_found_and_where_it_is(told: Answer, folder: Path) -> None:
    assert "merged" in told.out
    assert str(folder) in told.out
    assert "Guards hold" in told.err
    assert "\x1b" not in told.out + told.err  # nobody watches: no colours, no progress bar


def test_the_summary_has_every_contrast_with_its_interval_and_verdict(folder: Path) -> None:
    summary = pd.read_csv(folder / "summary.csv")
    assert set(summary.columns) >= SUMMARY
    assert set(summary.verdict) <= {"better", "worse", "equivalent", "undecided"}
    assert (summary.headline.sum(), summary.n.max()) == (4 * 5, 3)  # four contrasts
    known = summary.dropna(subset=["lo", "hi"])
    assert ((known.lo <= known.difference) & (known.difference <= known.hi)).all()
    gap = summary.alternative - summary.baseline - summary.difference
    assert (gap.abs() <= 1e-3 + 1e-4 * summary.baseline.abs()).sum() >= 0.9 * len(summary)


def test_the_replications_hold_every_metric_of_every_run(folder: Path) -> None:
    runs = pd.read_parquet(folder / "replications.parquet")
    names = ["arm", "metric", "group", "replication"]
    assert not runs.duplicated(names).any()
    assert set(runs.arm) == {"fragmented_layered", "merged", "overflow", "narrow"}
    assert set(runs.replication) == {0, 1, 2}
    assert len(set(runs.groupby(["arm", "replication"]).size())) == 1


def test_the_manifest_makes_every_case_again_with_the_digest_it_states(
    folder: Path,
    manifest: dict[str, Any],
) -> None:
    stated = manifest["case_digests"]["default"]
    assert set(stated) == {"fragmented_layered", "merged", "overflow", "narrow"}
    _, [world] = rebuild(folder)
    for arm, case in world.cases.items():
        assert sim.digest(case) == stated[arm]
        assert case.draws.seed == manifest["seed"]


def test_the_manifest_says_with_what_the_study_was_made(manifest: dict[str, Any]) -> None:
    assert load_study(manifest["study"]).replications == 3
    assert manifest["replications"] == [0, 1, 2]
    assert re.fullmatch("[0-9a-f]{16}", manifest["code_version"])
    assert re.fullmatch("[0-9a-f]{64}", manifest["study_digest"])
    assert {"python", "platform", "numpy", "numba", "pandas"} <= set(manifest["versions"])
    assert datetime.fromisoformat(manifest["started"]).tzinfo is not None
    assert manifest["seconds"] > 0
    assert manifest["runs"] == 4 * 3
    assert manifest["failures"] == []
    assert manifest["command"][:2] == ["onegrid", *examples()[1][:1]]


def test_the_manifest_holds_the_digest_of_every_other_file(
    folder: Path, manifest: dict[str, Any]
) -> None:
    made = [name for name in files(folder) if not name.startswith("report_")]  # pages come after
    outputs = {name: sha256(folder / name) for name in made if name != "manifest.json"}
    assert manifest["outputs"] == outputs
    assert {"summary.csv", "replications.parquet", "balance.csv", "curves.parquet"} <= set(outputs)


def test_every_figure_comes_with_its_numbers_and_its_caption(folder: Path) -> None:
    names = {path.name for path in folder.glob("figures/*")}
    drawn = {name.removesuffix(".zh.svg") for name in names if name.endswith(".zh.svg")}
    assert drawn
    kinds = ("csv", "svg", "txt", "zh.svg", "zh.txt")
    assert names == {f"{name}.{kind}" for name in drawn for kind in kinds}


def test_the_same_command_again_runs_nothing_and_changes_no_file(
    results: Path,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Neither runs nor guards; nothing else is left beside the results and the runs."""
    before = files(results)
    for place in ("sim.guards.run", RUN):
        monkeypatch.setattr(place, fail)
    assert ask(capfd, *again(results)).code == 0
    assert files(results) == before
    assert list(results.iterdir()) == [folder.parent]
    assert sorted(folder.parent.iterdir()) == [folder, ledger_of(folder)]


@pytest.mark.again
@pytest.mark.parametrize(
    "name",
    [
        "summary.csv",
        pytest.param("replications.parquet", marks=pytest.mark.slow),
        pytest.param("figures/*.svg", marks=pytest.mark.slow),
    ],
)
def test_a_table_that_was_changed_is_written_anew_from_the_ledger(
    name: str,
    results: Path,
    folder: Path,
    manifest: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """To the bit, and without a run."""
    monkeypatch.setattr(RUN, fail)
    path = next(folder.glob(name))
    good = path.read_bytes()
    path.write_bytes(good.replace(b"9", b"8"))
    assert path.read_bytes() != good
    assert ask(capfd, *again(results)).code == 0
    assert path.read_bytes() == good
    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert told["outputs"] == manifest["outputs"]
    assert told["study_digest"] == manifest["study_digest"]


def run_toy(capfd: pytest.CaptureFixture[str], place: Path, *words: str) -> None:
    """A toy study that must neither fail nor warn: warnings are errors here."""
    assert ask(capfd, *SMALL, *ARMS, *words, "--results", str(place)).code == 0
    assert (place / "compare" / "chibi" / "manifest.json").exists()


@pytest.mark.again
def test_intervals_wider_than_an_axis_leave_the_figures_whole(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Two replications: the 95 % interval is 13 standard errors wide on either side."""
    two = "study.arms={fragmented_layered: [policy=fragmented_layered], merged: [policy=merged]}"
    run_toy(capfd, tmp_path, two, "study.contrasts=[]", "study.replications=2")


@pytest.mark.again
def test_a_community_without_requests_is_no_reason_to_warn(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    run_toy(capfd, tmp_path, "world.demand.needs_per_1000_per_day=2.5", "clock.days=1")


# --- when it stops ------------------------------------------------------------------


@pytest.fixture
def small(tmp_path: Path) -> Iterator[tuple[str, ...]]:
    """A toy study in an empty folder; afterwards only a ledger is there, and no table."""
    yield (*SMALL, *ARMS, "--results", str(tmp_path / "results"))
    ledger = tmp_path / "results" / "compare" / "chibi.ledger"
    assert list(ledger.parent.iterdir()) == [ledger]
    assert not list(ledger.glob(".*"))


@pytest.mark.parametrize(
    ("place", "stopped"), [("sim.guards.run", stop), (RUN, stop), (WRITE, stop_writing)]
)
def test_ctrl_c_leaves_no_table_and_says_how_to_go_on(
    place: str,
    stopped: Callable[..., NoReturn],
    small: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """In the guards, in a run, or while the results are written."""
    monkeypatch.setattr(place, stopped)
    answer = ask(capfd, *small)
    assert (answer.code, answer.out) == (130, "")
    assert answer.err.splitlines()[-1] == STOPPED
    assert "Traceback" not in answer.err


def test_ctrl_c_keeps_the_results_of_an_earlier_run(
    results: Path,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("experiments.run_study.is_whole", lambda *_: False)
    for place in ("prepared", "finished"):
        monkeypatch.setattr(f"experiments.{place}.whole_manifest", lambda *_: None)
    monkeypatch.setattr(WRITE, stop_writing)
    before = files(results)
    assert ask(capfd, *again(results)).code == 130
    assert files(results) == before
    assert sorted(folder.parent.iterdir()) == [folder, ledger_of(folder)]


@pytest.mark.parametrize(("moves", "left"), [(0, "old"), (1, "old"), (2, "new")])
def test_ctrl_c_while_results_are_replaced_leaves_the_old_ones_or_the_new(
    moves: int, left: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Before the first move, between the two, and after the second."""
    folder = tmp_path / "chibi"
    folder.mkdir()
    (folder / "summary.csv").write_text("old", encoding="utf-8")
    move, made = Path.replace, []

    def move_and_stop(source: Path, target: Path) -> Path:
        if moves:
            move(source, target)
        made.append(target)
        if len(made) == max(moves, 1):
            raise KeyboardInterrupt
        return target

    monkeypatch.setattr(Path, "replace", move_and_stop)
    with pytest.raises(KeyboardInterrupt), filling(folder) as draft:
        (draft / "summary.csv").write_text("new", encoding="utf-8")
    assert files(tmp_path) == {"chibi/summary.csv": left.encode()}
    assert list(tmp_path.iterdir()) == [folder]


def drifting(run: Callable[[sim.Case], sim.Record]) -> Callable[[sim.Case], sim.Record]:
    """An engine that answers somebody a second later at every run."""
    calls: list[sim.Case] = []

    def run_drifting(case: sim.Case) -> sim.Record:
        calls.append(case)
        record = run(case)
        record.requests.loc[record.requests.t_arrive.idxmin(), "t_arrive"] += len(calls) / 60
        return record

    return run_drifting


def test_no_effect_is_shown_when_the_same_arm_twice_differs(
    small: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sim.guards.run", drifting(sim.run))
    answer = ask(capfd, *small)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == (
        "onegrid: no effect is shown: A/A: the same case run twice differs in requests.t_arrive\n"
    )


@pytest.mark.parametrize("error", [sim.GuardError, sim.RunError])
def test_no_effect_is_shown_when_a_run_cannot_be_trusted(
    error: type[RuntimeError],
    small: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def go_wrong(case: sim.Case) -> sim.Record:
        if case.draws.replication == 1:
            raise error("two of them are wrong")
        return sim.run(case)

    monkeypatch.setattr(RUN, go_wrong)
    answer = ask(capfd, *small)
    assert (answer.code, answer.out) == (1, "")
    last = answer.err.splitlines()[-1]
    assert last.startswith(
        "onegrid: no effect is shown: 4 runs failed, the first: fragmented_layered, default, "
        f"replication 1: {error.__name__}: two of them are wrong; the others are kept in "
    )
    assert "the same command tries again" in last
    assert "Traceback" not in answer.err
