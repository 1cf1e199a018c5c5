"""A study on a real cluster, killed in its midst and resumed: the tables of one process."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from experiments.cli import main
from sim.ledger import Ledger
from tests.runs import command, kill, ledger_of, run, sweep, tables, wait_for_shards
from tests.slurm.node import CannotStartError, jobs, missing, slurm, wait_for_no_jobs

POINTS = 16  # 64 runs
WORDS = (
    "executor=slurm",
    "executor.jobs=1",
    "executor.processes=2",
    "executor.memory=2GiB",
    "executor.walltime=00:10:00",
)
LOOPBACK = "executor.loopback=1"
TLS = "executor.interface=lo"

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(bool(missing()), reason=f"no SLURM here: {', '.join(missing())}"),
]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with ExitStack() as stack:
        try:
            found = stack.enter_context(slurm(tmp_path_factory.mktemp("slurm")))
        except CannotStartError as error:
            pytest.skip(f"SLURM does not start here: {error}")
        yield found


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The tables of the study, run by run in this process."""
    place = tmp_path_factory.mktemp("alone")
    assert main(sweep(POINTS, place, "executor=serial")) == 0
    return tables(place)


def test_a_driver_killed_in_mid_run_is_resumed(
    cluster: dict[str, str], alone: dict[str, bytes], tmp_path: Path
) -> None:
    """Over TLS. Its SLURM jobs end with it; what they had finished is not run again."""
    words = sweep(POINTS, tmp_path, *WORDS, TLS)
    with command(words, pace=0.5, around=cluster) as running:
        wait_for_shards(running, tmp_path, 2)
        kill(running)
        running.wait(60)
    wait_for_no_jobs(cluster, 120)
    kept = Ledger(ledger_of(tmp_path)).status()
    assert 0 < kept.finished < 4 * POINTS
    code, err = run(words, around=cluster)
    assert (code, "Traceback" in err, "Warning" in err) == (0, False, False), err
    assert Ledger(ledger_of(tmp_path)).status().finished == 4 * POINTS
    assert tables(tmp_path) == alone
    wait_for_no_jobs(cluster)


def test_a_job_that_ends_is_submitted_again(
    cluster: dict[str, str], alone: dict[str, bytes], tmp_path: Path
) -> None:
    """On loopback. As by its walltime: one command goes on with a new job, to the same tables."""
    words = sweep(POINTS, tmp_path, *WORDS, LOOPBACK)
    with command(words, pace=1.0, around=cluster) as running:
        wait_for_shards(running, tmp_path, 1)
        [first] = jobs(cluster)
        subprocess.run(["scancel", first.split()[0]], env=cluster, check=True)
        _, err = running.communicate(timeout=400)
    assert (running.returncode, "Traceback" in err) == (0, False), err
    assert "1 SLURM jobs have ended and are submitted again" in err
    assert Ledger(ledger_of(tmp_path)).status().finished == 4 * POINTS
    assert tables(tmp_path) == alone
    wait_for_no_jobs(cluster)
