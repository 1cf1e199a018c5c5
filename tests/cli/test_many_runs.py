"""The command over a ledger: refused, extended, shared out, put together, looked at."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import sim
from experiments import compose
from experiments.finished import finished_by
from experiments.kinds import Kind
from experiments.prepared import Prepared, prepare
from sim.ledger import Ledger
from sim.rows import failure_of
from tests.cli import Answer, ask
from tests.support import TOY, first

RUN = "experiments.execute.run"
WORDS = (
    *TOY,
    "clock.warmup_days=1",
    "clock.days=1",
    "study.arms={fragmented_layered: [policy=fragmented_layered], merged: [policy=merged]}",
    "study.contrasts=[]",
    "study.keep=headline",
    "study.replications=3",
    "study.replay=null",
    "executor=serial",
)
Runs = list[tuple[str, int]]


@pytest.fixture(autouse=True)
def _unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    """No figures, guards or texts of pages: other tests look at them."""
    monkeypatch.setattr("experiments.kinds.compare.draw_compare", lambda *_: None)
    monkeypatch.setattr("experiments.kinds.ladder.draw_ladder", lambda *_: None)
    monkeypatch.setattr("experiments.run_study._guard", lambda *_: None)
    monkeypatch.setattr("experiments.report.report", _pages)


def _pages(folder: Path, langs: Sequence[str]) -> list[Path]:
    pages = [folder / f"report_{lang}.html" for lang in langs]
    for page in pages:
        page.touch()
    return pages


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Runs:
    """Case and replication of every run that is made."""
    found: Runs = []

    def run(case: sim.Case) -> sim.Record:
        found.append((sim.digest(case), case.draws.replication))
        return sim.run(case)

    monkeypatch.setattr(RUN, run)
    return found


@pytest.fixture
def study(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> "Study":
    return Study(tmp_path, capfd)


class Study:
    """A toy study in a place of its own."""

    def __init__(self, place: Path, capfd: pytest.CaptureFixture[str]) -> None:
        self.results, self.capfd = place, capfd
        self.folder = place / "compare" / "chibi"
        self.ledger = Ledger(place / "compare" / "chibi.ledger")

    def ask(self, *words: str) -> Answer:
        return ask(self.capfd, *WORDS, *words, "--results", str(self.results))

    def run(self, *words: str) -> Answer:
        answer = self.ask(*words)
        assert answer.code == 0, answer.err
        return answer

    def of_ledger(self, *words: str | Path) -> Answer:
        return ask(self.capfd, "ledger", *map(str, words))

    def files(self) -> dict[str, bytes]:
        """Every file of the place, but for the empty lock."""
        found = (path for path in self.results.rglob("*") if path.is_file())
        return {str(path): path.read_bytes() for path in found if path.name != "lock"}

    def tables(self) -> dict[str, bytes]:
        names = ("summary.csv", "replications.parquet", "balance.csv")
        return {name: (self.folder / name).read_bytes() for name in names}


# --- the same folder ----------------------------------------------------------------


def test_the_same_command_runs_nothing_and_touches_nothing(study: Study, made: Runs) -> None:
    study.run()
    before = study.files()
    assert len(made) == 2 * 3
    study.run()
    assert len(made) == 2 * 3
    assert study.files() == before


@pytest.fixture
def composed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is composed beyond the command itself, one entry per study."""
    found: list[str] = []

    def seen(study: Kind, *rest: Any, **more: Any) -> Prepared:
        found.append(study.name)
        return prepare(study, *rest, **more)

    monkeypatch.setattr("experiments.prepared.prepare", seen)
    return found


def test_the_same_command_composes_nothing(study: Study, composed: list[str]) -> None:
    """Ten thousand worlds would take seconds; the same thing in other words is looked into."""
    first = study.run().out.splitlines()
    again = study.run().out.splitlines()
    assert composed == ["chibi"]
    assert again[1].startswith("All 6 runs were there. ")
    assert again[2:] == [line for line in first if line.startswith("Page: ")]
    for _ in range(2):
        study.run("world.demand.misnamed=0.02", "world.demand.misnamed=0.04")
    assert len(composed) == 2


@pytest.mark.parametrize(
    "lost", first(1, ["chibi.ledger/*.parquet", "chibi/report_zh.html", "chibi/summary.csv"])
)
def test_what_is_not_whole_is_looked_into(study: Study, composed: list[str], lost: str) -> None:
    study.run()
    next(study.folder.parent.glob(lost)).unlink()
    study.run()
    assert len(composed) == 2
    study.run()
    assert len(composed) == 2


def test_a_file_of_ones_own_that_changed_is_looked_into(
    study: Study, composed: list[str], tmp_path: Path
) -> None:
    own = tmp_path / "own/policy/mine.yaml"
    own.parent.mkdir(parents=True)
    words = ("study.arms.merged=[policy=mine]", "--config-dir", str(tmp_path / "own"))
    own.write_text("defaults: [merged]\n", encoding="utf-8")
    study.run(*words)
    study.run(*words)
    assert len(composed) == 1
    own.write_text("defaults: [narrow]\n", encoding="utf-8")
    compose._compose.cache_clear()  # as in another process
    answer = study.ask(*words)
    assert (answer.code, "--fresh" in answer.err) == (2, True)


@pytest.mark.parametrize(
    "name", first(1, sorted(compose.groups()["study"], key="mechanisms".__ne__))
)
def test_a_shipped_study_that_was_not_run_has_nothing_to_show(name: str, tmp_path: Path) -> None:
    """Whatever its values are: none is too long, or too odd, to be asked whether it is a file."""
    words = [f"study={name}"]
    with compose.session(None):
        assert finished_by(compose.resolve(words), words, tmp_path) == []


def test_a_changed_table_or_a_lost_one_is_written_anew(study: Study, made: Runs) -> None:
    study.run()
    before = study.tables()
    (study.folder / "summary.csv").write_text("better\n", encoding="utf-8")
    (study.folder / "replications.parquet").unlink()
    study.run()
    assert study.tables() == before
    assert len(made) == 2 * 3


CHANGES = {"study": "world.demand.misnamed=0.2", "code": ""}


def other(study: Study, key: str, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """A finished study; then the words, or the code, of another one in the same folder."""
    study.run()
    if key == "code":
        for place in ("plan", "prepared", "finished"):
            monkeypatch.setattr(f"experiments.{place}.code_version", lambda: "f" * 16)
    return tuple(word for word in (CHANGES[key],) if word)


@pytest.mark.parametrize("key", CHANGES)
def test_another_study_or_code_in_the_folder_is_refused_with_the_choice(
    key: str, study: Study, made: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = other(study, key, monkeypatch)
    before = study.files()
    answer = study.ask(*words)
    assert answer.code == 2
    assert answer.err.count("\n") == 1
    for choice in ("study.name=ANOTHER", "--extend", "--fresh"):
        assert choice in answer.err
    assert study.files() == before
    assert len(made) == 2 * 3


@pytest.mark.parametrize("key", first(1, CHANGES))
def test_fresh_puts_the_old_runs_aside(
    key: str, study: Study, made: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = other(study, key, monkeypatch)
    old = study.ledger.read()
    study.run(*words, "--fresh")
    assert len(made) == 2 * 2 * 3
    [aside] = study.results.glob("compare/chibi.ledger.*")
    pd.testing.assert_frame_equal(Ledger(aside).read().to_pandas(), old.to_pandas())
    assert study.ledger.status().finished == 2 * 3


def test_extend_uses_the_runs_that_still_hold(study: Study, made: Runs) -> None:
    """A third arm moves nobody: only its own runs are made."""
    study.run()
    before = set(made)
    made.clear()
    arm = "+study.arms.overflow=[policy=overflow]"
    assert study.ask(arm).code == 2
    study.run(arm, "--extend")
    assert len(made) == 3
    assert not set(made) & before
    assert study.ledger.status().finished == 3 * 3


def test_other_code_makes_every_run_anew_also_where_it_extends(
    study: Study, made: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An id holds the code: what other code computed is never shown as this code's."""
    study.run(*other(study, "code", monkeypatch), "--extend")
    assert len(made) == 2 * 2 * 3


def test_a_damaged_shard_is_reported_and_computed_again(study: Study, made: Runs) -> None:
    study.run()
    before = study.tables()
    [shard] = study.ledger.paths()
    shard.write_bytes(shard.read_bytes()[:-1])
    answer = study.run()
    assert "1 damaged shards were set aside" in answer.err
    assert len(made) == 2 * 2 * 3
    assert study.tables() == before


# --- replications -------------------------------------------------------------------


def test_more_replications_extend_and_fewer_are_shown_without_a_run(
    study: Study, made: Runs
) -> None:
    study.run()
    three = study.tables()
    study.run("study.replications=5")
    assert len(made) == 2 * 5
    assert {replication for _, replication in made[6:]} == {3, 4}
    rows = pd.read_parquet(study.folder / "replications.parquet")
    assert set(rows.replication) == set(range(5))
    study.run()
    assert len(made) == 2 * 5
    assert study.tables() == three


def precision(half_width: float, at_most: int = 12) -> str:
    inner = f"half_width: {half_width}, at_most: {at_most}"
    return f"study.precision={{metric: response_mean, group: all, {inner}}}"


def half_width_of(study: Study) -> float:
    """As the summary states it."""
    rows = pd.read_csv(study.folder / "summary.csv").set_index(["metric", "group"])
    row = rows.loc["response_mean", "all"]
    return float(row.hi - row.lo) / 2


@pytest.mark.again
def test_replications_go_on_until_the_interval_is_narrow(study: Study, made: Runs) -> None:
    """Half as many again and one at a time: 3, 5, 8, 12; no run twice."""
    widths = {}
    for count in (3, 5, 8, 12):
        study.run(f"study.replications={count}")
        widths[count] = half_width_of(study)
    earlier = min(widths[3], widths[5])
    assert widths[8] < earlier, widths
    target = 0.5 * (widths[8] + earlier)
    made.clear()
    fresh = Study(study.results / "fresh", study.capfd)
    answer = fresh.run(precision(target))
    assert len(made) == len(set(made)) == 2 * 8
    assert "Not yet precise: 5 replications" in answer.err
    assert half_width_of(fresh) == widths[8]
    fresh.run(precision(target))
    assert len(made) == 2 * 8
    fresh.run(precision(1e-6, at_most=10))
    assert len(made) == len(set(made)) == 2 * 10  # not narrow, but at most ten


def test_a_precision_of_what_no_run_leaves_is_refused(study: Study) -> None:
    answer = study.ask("study.precision={metric: happiness, group: all, half_width: 1, at_most: 9}")
    assert answer.code == 2
    assert "study.precision.metric = 'happiness' in group 'all'" in answer.err
    assert answer.err.count("\n") == 1


# --- several machines ---------------------------------------------------------------


def test_parts_of_two_machines_together_are_the_whole(
    study: Study, made: Runs, tmp_path: Path
) -> None:
    """Merged, then the same command without a part: nothing is run, the tables are the same."""
    study.run()
    assert len(made) == 2 * 3
    here, there = (Study(tmp_path / name, study.capfd) for name in ("here", "there"))
    for machine, part in ((here, "1/2"), (there, "2/2")):
        answer = machine.run(f"executor.part={part}")
        assert f"Part {part[0]} of 2 is finished" in answer.out
        assert not machine.folder.exists()
    assert len(made) == 2 * 2 * 3
    answer = study.of_ledger("merge", here.ledger.folder, there.ledger.folder)
    assert (answer.code, answer.out.splitlines()[1]) == (0, "6 runs finished, 0 failed")
    here.run()
    assert len(made) == 2 * 2 * 3
    assert here.tables() == study.tables()


def test_what_a_part_lacks_the_whole_command_runs(study: Study, made: Runs) -> None:
    study.run("executor.part=1/2", precision(1e-6))
    assert 0 < len(made) < 2 * 3
    study.run()
    assert len(made) == len(set(made)) == 2 * 3


# --- onegrid ledger -----------------------------------------------------------------


def test_the_ledger_tells_what_is_there(study: Study) -> None:
    study.run()
    for place in (study.ledger.folder, study.folder):  # the results' folder will do
        answer = study.of_ledger("status", place)
        assert (answer.code, answer.err) == (0, "")
        first, second, *identity = answer.out.splitlines()
        assert first == "6 runs finished, 0 failed"
        assert second.startswith("1 shards, ")
        assert second.endswith(" MB; 0 set aside as damaged")
        manifest = json.loads((study.folder / "manifest.json").read_text(encoding="utf-8"))
        assert identity == [
            f"study {manifest['study_digest']}",
            f"code {manifest['code_version']}",
        ]
    assert study.of_ledger("failures", study.folder).out == "no run failed\n"


def test_the_ledger_lists_failures_with_their_errors(study: Study) -> None:
    study.run()
    with study.ledger.claim(study.ledger.identity or {}):
        study.ledger.append(failure_of("0123", "RunError: lost"))
    assert study.of_ledger("failures", study.folder).out == "0123  RunError: lost\n"
    assert study.of_ledger("status", study.folder).out.startswith("6 runs finished, 1 failed\n")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "ledger : no such command; allowed: onegrid ledger status FOLDER"),
        (("stauts", "x"), "ledger stauts: no such command; allowed: onegrid ledger status FOLDER"),
        (("status",), "ledger status: 0 folders; allowed: onegrid ledger status FOLDER"),
        (("status", "a", "b"), "ledger status: 2 folders; allowed"),
        (("merge", "a"), "ledger merge: 1 folders; allowed"),
        (("status", "nowhere"), "nowhere: no ledger; allowed: a folder NAME.ledger"),
    ],
)
def test_a_wrong_word_is_refused_in_one_line(
    words: tuple[str, ...], says: str, study: Study
) -> None:
    answer = study.of_ledger(*words)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"onegrid: {says}")
    assert answer.err.count("\n") == 1


def test_ledgers_of_two_studies_are_not_merged(study: Study, tmp_path: Path) -> None:
    study.run()
    different = Study(tmp_path / "other", study.capfd)
    different.run("world.demand.misnamed=0.2")
    before = study.files()
    answer = study.of_ledger("merge", study.ledger.folder, different.ledger.folder)
    assert answer.code == 2
    assert "holds runs of another study" in answer.err
    assert answer.err.count("\n") == 1
    assert study.files() == before


def test_two_commands_do_not_write_into_one_ledger(study: Study) -> None:
    study.run()
    with study.ledger.claim(study.ledger.identity or {}):
        for words in (("study.replications=4",), ("world.demand.misnamed=0.2", "--fresh")):
            answer = study.ask(*words)
            assert (answer.code, answer.out) == (2, "")
            assert "another process is writing; allowed: wait for it" in answer.err
            assert answer.err.count("\n") == 1
