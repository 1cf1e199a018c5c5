"""However a study ends, the same command goes on, and its tables are those of no end at all."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from experiments.cli import main
from sim.ledger import Ledger
from tests.cli import ask
from tests.runs import (
    command,
    kill,
    ledger_of,
    members,
    run,
    sweep,
    tables,
    wait_for_shards,
    wait_until,
    workers,
)

POINTS = 6  # 24 runs
LOCAL = ("executor=local", "executor.processes=2")
SERIAL = "executor=serial"
GOES_ON = "what is finished is kept, the same command goes on"


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The tables of a study that nothing happened to, run by run in this process."""
    place = tmp_path_factory.mktemp("undisturbed")
    assert main(sweep(POINTS, place, SERIAL)) == 0
    return tables(place)


def finished(place: Path) -> int:
    """Runs that are safe."""
    return Ledger(ledger_of(place)).status().finished


@pytest.mark.processes
def test_a_worker_and_then_the_driver_are_killed(
    undisturbed: dict[str, bytes], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The study goes on without the worker; of the driver's processes none outlives it."""
    with command(sweep(POINTS, tmp_path, *LOCAL), pace=1.0) as running:
        wait_for_shards(running, tmp_path, 1)
        kill(workers(running)[0])
        wait_for_shards(running, tmp_path, 2)
        kill(running)
        running.wait(60)
        wait_until(lambda: not members(running), "the end of the workers", 30)
    kept = finished(tmp_path)
    assert 0 < kept < 4 * POINTS
    assert ask(capfd, *sweep(POINTS, tmp_path, SERIAL)).code == 0
    assert finished(tmp_path) == 4 * POINTS
    assert tables(tmp_path) == undisturbed


@pytest.mark.processes
def test_ctrl_c_says_one_line_and_stops_everybody(
    undisturbed: dict[str, bytes], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A terminal sends it to every process of the group at once."""
    with command(sweep(POINTS, tmp_path, *LOCAL), pace=1.0) as running:
        wait_for_shards(running, tmp_path, 1)
        os.killpg(running.pid, signal.SIGINT)
        _, err = running.communicate(timeout=60)
        assert running.returncode == 130
        assert err.splitlines()[-1] == f"onegrid: stopped; {GOES_ON}"
        assert "Traceback" not in err
        assert len(err.splitlines()) <= 3  # that it compiles, that the guards hold, that it stops
        wait_until(lambda: not members(running), "the end of the workers", 30)
    assert 0 < finished(tmp_path) < 4 * POINTS
    assert ask(capfd, *sweep(POINTS, tmp_path, SERIAL)).code == 0
    assert tables(tmp_path) == undisturbed


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with little room."""
    place = tmp_path / "disk"
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    if not shutil.which("mount") or subprocess.run(words, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def grow(place: Path, size: str) -> None:
    """Give a small disk more room."""
    subprocess.run(["mount", "-o", f"remount,size={size}", str(place)], check=True)


@pytest.mark.processes
def test_a_full_disk_loses_nothing(
    undisturbed: dict[str, bytes],
    small_disk: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """First for the runs, then for the tables; each time one line, and then it goes on."""
    monkeypatch.setattr("experiments.run_study.FLUSH_S", 0.0)
    words = sweep(POINTS, small_disk, SERIAL)
    for size in ("64k", "200k"):
        grow(small_disk, size)
        answer = ask(capfd, *words)
        assert answer.code == 1, answer.err
        assert answer.err.splitlines()[-1].endswith(f"No space left on device; {GOES_ON}")
        assert "Traceback" not in answer.err
        assert not list(small_disk.rglob("*.tmp"))
    assert finished(small_disk) > 0
    grow(small_disk, "64m")
    assert ask(capfd, *words).code == 0
    assert tables(small_disk) == undisturbed


# --- the size of a real study -------------------------------------------------------


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_two_thousand_runs_killed_four_ways(tmp_path: Path, small_disk: Path) -> None:
    """A run that raises, a worker killed, the driver killed, a full disk: the same tables."""
    points, alone, strike = 500, tmp_path / "alone", tmp_path / "strike"
    assert run(sweep(points, alone, SERIAL))[0] == 0
    words = sweep(points, small_disk, *LOCAL)
    strike.write_text("raise", encoding="utf-8")
    grow(small_disk, "64m")
    with command(words, strike=strike) as running:
        wait_for_shards(running, small_disk, 2)
        kill(workers(running)[0])
        wait_for_shards(running, small_disk, 3)
        kill(running)
        running.wait(60)
        wait_until(lambda: not members(running), "the end of the workers", 30)
    used = sum(path.stat().st_size for path in small_disk.rglob("*") if path.is_file())
    grow(small_disk, f"{used // 1024 + 100}k")
    code, err = run(words, strike=strike)
    assert (code, GOES_ON in err) == (1, True), err
    grow(small_disk, "64m")
    code, err = run(words, strike=strike)
    assert code == 1
    assert "runs failed, the first: " in err
    assert "RuntimeError: struck" in err
    assert Ledger(ledger_of(small_disk)).status().failed > 0
    strike.unlink()
    code, err = run(words)
    assert code == 0, err
    assert Ledger(ledger_of(small_disk)).status().finished == 4 * points
    assert tables(small_disk) == tables(alone)
