"""Many runs, as a user's machine meets them: commands in processes of their own, and their ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.support import TOY

ROOT = Path(__file__).parents[2]
PATCH = Path(__file__).parent / "patch"
NAME = "toy"
SWEEP = (
    "study=sweep",
    f"study.name={NAME}",
    *TOY,
    "clock.warmup_days=1",
    "clock.days=1",
    "study.replications=2",
)
TABLES = ("summary.csv", "replications.parquet", "balance.csv")


def sweep(points: int, place: Path, *words: str) -> list[str]:
    """The words of a sweep over so many points, four runs each, with its results in a place."""
    return [*SWEEP, f"study.design.count={points}", *words, "--results", str(place)]


def tables(place: Path) -> dict[str, bytes]:
    """What a sweep has found, to the bit."""
    return {name: (place / "sweep" / NAME / name).read_bytes() for name in TABLES}


def ledger_of(place: Path) -> Path:
    """The folder of its runs."""
    return place / "sweep" / f"{NAME}.ledger"


@contextmanager
def command(
    words: list[str],
    pace: float = 0.0,
    strike: Path | None = None,
    around: Mapping[str, str] = os.environ,
) -> Iterator[subprocess.Popen[str]]:
    """``onegrid`` in a session of its own; whatever is left of it is killed at the end.

    Parameters
    ----------
    pace, strike : see ``patch/sitecustomize.py``
    around : the environment
    """
    path = os.pathsep.join([str(PATCH), str(ROOT)])
    given = {"PYTHONPATH": path, "PACE": str(pace), "STRIKE": str(strike or "/nowhere")}
    running = subprocess.Popen(
        [sys.executable, "-m", "experiments.cli", *words],
        cwd=ROOT,
        env={**around, **given},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield running
    finally:
        for process in members(running):
            process.kill()
        running.communicate(timeout=60)


def run(
    words: list[str],
    pace: float = 0.0,
    strike: Path | None = None,
    around: Mapping[str, str] = os.environ,
) -> tuple[int, str]:
    """Run a command to its end: exit code and what it says on the error stream."""
    with command(words, pace, strike, around) as running:
        _, err = running.communicate(timeout=900)
    return running.returncode, err


def members(running: subprocess.Popen[str]) -> list[psutil.Process]:
    """The processes of a command that live, by its session."""
    found = []
    for process in psutil.process_iter():
        try:
            ours = os.getsid(process.pid) == running.pid
            if ours and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (OSError, psutil.Error):
            continue
    return found


def workers(running: subprocess.Popen[str]) -> list[psutil.Process]:
    """The processes that a command has given its runs to."""
    return [
        process
        for process in members(running)
        if process.pid != running.pid and "spawn_main" in " ".join(process.cmdline())
    ]


def wait_until(true: Callable[[], bool], what: str, seconds: float = 120.0) -> None:
    """Wait for something that takes a while."""
    for _ in range(int(seconds / 0.05)):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError(f"in vain: {what}")


def wait_for_shards(running: subprocess.Popen[str], place: Path, more: int) -> None:
    """Wait until a command has written so many shards more than there are."""
    before = len(list(ledger_of(place).glob("*.parquet")))

    def written() -> bool:
        assert running.poll() is None, running.communicate()
        return len(list(ledger_of(place).glob("*.parquet"))) >= before + more

    wait_until(written, f"{more} shards more")


def kill(process: psutil.Process | subprocess.Popen[str]) -> None:
    """What an operating system that is out of memory does."""
    process.send_signal(signal.SIGKILL)
