"""Executors: the same work for everybody, whoever does it and whoever dies over it."""

import asyncio
import os
import re
import signal
import threading
from pathlib import Path
from time import sleep
from types import SimpleNamespace
from typing import Any

import pytest

from experiments.clusters import MISSED, Renewal
from experiments.executor import Executor, available_cores, load_executor, processes_of
from experiments.spreading import DIED, spread

LOCAL = {"kind": "local", "part": "1/1", "processes": 2, "memory": "auto", "dashboard": 0}
SERIAL = {"kind": "serial", "part": "1/1"}
Task = tuple[int, str]


def local(processes: int = 2) -> Executor:
    return load_executor(LOCAL | {"processes": processes})


def square(number: int) -> tuple[int, int]:
    """Work, and who did it."""
    return number**2, os.getpid()


def deadly(tasks: tuple[Task, ...]) -> list[int]:
    """Work that kills its process: always where a task says so, once where it names a file."""
    for _, order in tasks:
        if order == "die" or (order and Path(order).exists()):
            Path(order).unlink(missing_ok=True)
            os.kill(os.getpid(), signal.SIGKILL)
        sleep(0.02)
    return [number for number, _ in tasks]


def apart(tasks: tuple[Task, ...]) -> list[tuple[Task, ...]]:
    return [(task,) for task in tasks]


def test_serial_does_it_here_and_in_order() -> None:
    done = [each.outcome for each in spread(square, range(5), load_executor(SERIAL))]
    assert done == [(number**2, os.getpid()) for number in range(5)]


@pytest.mark.processes
def test_local_does_the_same_elsewhere_on_both_processes() -> None:
    found = {each.job: each.outcome for each in spread(square, range(40), local())}
    outcomes = [outcome for outcome in found.values() if outcome]
    assert {job: outcome[0] for job, outcome in found.items() if outcome} == {
        number: number**2 for number in range(40)
    }
    assert len({pid for _, pid in outcomes} - {os.getpid()}) == 2


@pytest.mark.processes
def test_a_process_that_dies_is_replaced_and_only_the_guilty_task_is_given_up(
    tmp_path: Path,
) -> None:
    """Ten jobs of two tasks: one task kills every process it meets, one killed one once."""
    once = tmp_path / "once"
    once.touch()
    orders = {7: "die", 12: str(once)}
    jobs = [tuple((n, orders.get(n, "")) for n in (2 * k, 2 * k + 1)) for k in range(10)]
    over = list(spread(deadly, jobs, local(), apart))
    finished = sorted(number for each in over if each.outcome for number in each.outcome)
    assert finished == [number for number in range(20) if number != 7]
    [lost] = [each for each in over if each.outcome is None]
    assert (lost.job, lost.error) == (((7, "die"),), DIED)
    assert "executor.memory" in DIED


@pytest.mark.processes
def test_one_process_is_not_the_driver_and_an_error_of_the_work_is_raised() -> None:
    """A job that is alone might still kill who does it."""
    over = spread(square, [3, "a"], local(1))  # type: ignore[list-item]
    done = next(over)
    assert done.outcome is not None
    assert done.outcome[0] == 9
    assert done.outcome[1] != os.getpid()
    with pytest.raises(TypeError):
        next(over)


@pytest.mark.parametrize("executor", [load_executor(SERIAL), local()])
def test_nothing_to_do_starts_nothing(executor: Executor) -> None:
    before = threading.active_count()
    assert list(spread(square, [], executor)) == []
    assert threading.active_count() == before


def test_zero_processes_means_one_per_core() -> None:
    assert processes_of(local(0)) == available_cores() >= 1
    assert processes_of(local(3)) == 3
    assert processes_of(load_executor(SERIAL)) == 1


def test_a_part_is_counted_from_one() -> None:
    assert load_executor(SERIAL | {"part": "2/5"}).share == (1, 5)


@pytest.mark.processes
def test_the_dashboard_says_where_it_is() -> None:
    """On this machine alone."""
    said: list[str] = []
    executor = load_executor(LOCAL | {"processes": 1, "dashboard": 1})
    assert len(list(spread(square, [1], executor, tell=said.append))) == 1
    assert len(said) == 1
    assert re.fullmatch(r"Dashboard: http://127\.0\.0\.1:\d+/status", said[0])


# --- jobs of SLURM that end -----------------------------------------------------------------


class Jobs:
    """What a renewal sees of a cluster of two jobs with two processes each."""

    def __init__(self) -> None:
        self.status = SimpleNamespace(name="running")
        self.cancelled: list[str] = []
        self.scaled: list[int] = []
        names = ["SLURMCluster-0", "SLURMCluster-1"]
        self.worker_spec = dict.fromkeys(names)
        self.workers = {name: self._job(name) for name in names}
        self.connect("SLURMCluster-0-0", "SLURMCluster-0-1", "SLURMCluster-1-0")

    def _job(self, name: str) -> Any:
        async def close() -> None:
            self.cancelled.append(name)

        return SimpleNamespace(close=close)

    def connect(self, *processes: str) -> None:
        self.scheduler_info = {"workers": {f"tcp://{name}": {"name": name} for name in processes}}

    def scale(self, jobs: int) -> None:
        self.scaled.append(jobs)


def look(renewal: Renewal, times: int) -> None:
    for _ in range(times):
        asyncio.run(renewal.look())


def test_a_job_whose_processes_stay_away_is_submitted_again_once() -> None:
    jobs, said = Jobs(), list[str]()
    renewal = Renewal(jobs, 2, said.append)
    look(renewal, 3)
    jobs.connect("SLURMCluster-0-1")  # one of two is enough
    look(renewal, MISSED - 1)
    assert (jobs.cancelled, jobs.scaled) == ([], [])
    look(renewal, 3 * MISSED)
    assert (jobs.cancelled, jobs.scaled) == (["SLURMCluster-1"], [2])
    assert said == ["1 SLURM jobs have ended and are submitted again"]


def test_a_job_that_comes_back_or_never_came_is_left_alone() -> None:
    jobs = Jobs()
    renewal = Renewal(jobs, 2, lambda _: None)
    jobs.connect("SLURMCluster-0-0")
    look(renewal, 3 * MISSED)  # the other waits in the queue
    jobs.connect()
    look(renewal, MISSED - 1)
    jobs.connect("SLURMCluster-0-0")
    look(renewal, MISSED)
    assert jobs.scaled == []


def test_when_a_cluster_closes_nothing_is_submitted() -> None:
    jobs = Jobs()
    renewal = Renewal(jobs, 2, lambda _: None)
    look(renewal, 1)
    jobs.connect()
    jobs.status.name = "closing"
    look(renewal, 3 * MISSED)
    assert jobs.scaled == []
