"""The same case is the same result: whoever runs it, in what order, with what beside it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import sim
from experiments.execute import Outcome
from experiments.executor import Executor
from experiments.plan import Job
from experiments.spreading import Done, spread
from tests.cli import ARMS, SMALL, ask
from tests.support import first
from tests.twins import POLICIES, digest_of, digests, process, replications, tiny

INERT = "+study.arms.inert=[policy=central]"
LABELS = ["arm", "replication", "metric", "group"]
WAYS = {
    "compiled, hashes in another order": {"PYTHONHASHSEED": "0"},
    "as plain Python, hashes in yet another order": {
        "NUMBA_DISABLE_JIT": "1",
        "PYTHONHASHSEED": "1",
    },
}
Run = Callable[..., bytes]


@pytest.fixture(scope="module")
def here() -> dict[str, str]:
    """The digests of this process."""
    return digests()


@pytest.mark.parametrize("way", first(0, WAYS))
def test_another_process_gives_the_same_records_to_the_bit(way: str, here: dict[str, str]) -> None:
    """Every policy's requests and work, and a study from its words to its metrics."""
    printed, _ = process(**WAYS[way]).communicate(timeout=300)
    assert json.loads(printed) == here


def test_the_policies_compared_are_different_ones(here: dict[str, str]) -> None:
    """Or the comparison above would say nothing."""
    assert len(set(here.values())) == len(POLICIES) + 2


def test_the_policies_compared_use_every_mechanism() -> None:
    """Delays, queues, closed doors, cover, overflow, full queues: none may differ unseen."""
    rows = pd.concat([sim.run(tiny(name)).requests for name in POLICIES])
    assert set(rows.tier.dropna()) == {"own", "cover", "overflow"}
    assert set(rows.status) >= {"moving", "waiting", "closed", "lost"}
    for part in ("unclear", "handoff", "deferred", "off_duty", "queue", "travel"):
        assert (rows[part] > 0).sum() > 20, part


@pytest.mark.parametrize("name", POLICIES)
def test_a_run_leaves_nothing_behind_for_the_next(name: str, here: dict[str, str]) -> None:
    """After all the others, and after another replication of itself."""
    case = tiny(name)
    assert digest_of(sim.run(case.replicate(5))) != here[name]
    assert digest_of(sim.run(case)) == here[name]


# --- a study's replications ---------------------------------------------------------


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """The command at toy size, without figures; what it writes as replications.parquet."""
    monkeypatch.setattr("experiments.kinds.compare.draw_compare", lambda *_: [])

    def command(name: str, *words: str) -> bytes:
        given = (*SMALL, *ARMS, f"study.name={name}", *words, "--results", str(tmp_path))
        assert ask(capfd, *given).code == 0
        return (tmp_path / "compare" / name / "replications.parquet").read_bytes()

    return command


@pytest.mark.processes
def test_processes_and_the_order_of_jobs_change_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One process, two, and one that takes the jobs from the last to the first."""

    def from_the_last(
        work: Callable[[Job], Outcome], jobs: list[Job], executor: Executor, *more: Any
    ) -> list[Done[Job, Outcome]]:
        return list(spread(work, jobs[::-1], executor, *more))

    alone = run("alone")
    assert run("together", "executor=local", "executor.processes=2") == alone
    monkeypatch.setattr("experiments.run_study.spread", from_the_last)
    assert run("backwards") == alone


def assert_kept(before: pd.DataFrame, after: pd.DataFrame) -> None:
    """Every number there was is still there, to the bit; what is new may be besides."""
    kept = after.set_index(LABELS).loc[pd.MultiIndex.from_frame(before[LABELS])]
    assert len(after) > len(before)
    assert_frame_equal(kept, before.set_index(LABELS), check_exact=True)


def test_more_replications_keep_the_earlier_ones() -> None:
    assert_kept(replications(), replications("study.replications=3"))


def test_a_new_arm_moves_nobodys_numbers() -> None:
    """Wherever it stands among the others."""
    other = [f"'{word}'" for word in (*POLICIES["merged"], "policy.staffing.slowdown=0.5")]
    arm = f"[{','.join(other)}]"
    assert_kept(replications(), replications(f"+study.arms.other={arm}"))
    first = f"study.arms={{other: {arm}, central: [policy=central], fragmented_layered: "
    assert_kept(replications(), replications(f"{first}[policy=fragmented_layered]}}"))


def test_an_inert_arm_is_its_twin_and_moves_nobody() -> None:
    """A second arm of the same policy has its numbers, and leaves them alone."""
    after = replications(INERT)
    assert_kept(replications(), after)
    twin = after[after.arm == "inert"].drop(columns="arm").reset_index(drop=True)
    model = after[after.arm == "central"].drop(columns="arm").reset_index(drop=True)
    assert_frame_equal(twin, model, check_exact=True)


def test_another_seed_is_another_world() -> None:
    before, after = replications(), replications("draws.seed=7")
    assert not before.value.equals(after.value)


# --- slow ---------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.timeout(1300)
def test_no_index_is_out_of_bounds(here: dict[str, str], tmp_path: Path) -> None:
    """Compiled code reads garbage beyond an array without a word; checked, it would fail."""
    checked = process(NUMBA_BOUNDSCHECK="1", NUMBA_CACHE_DIR=str(tmp_path))
    printed, _ = checked.communicate(timeout=1200)
    assert checked.returncode == 0
    assert json.loads(printed) == here
