"""Executors: the same work for everybody, whoever does it and whoever dies over it."""

import os
import signal
import threading
from pathlib import Path
from time import sleep

import pytest

from experiments.executor import (
    DIED,
    Executor,
    available_cores,
    load_executor,
    processes_of,
    spread,
)

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


def test_local_does_the_same_elsewhere_on_both_processes() -> None:
    found = {each.job: each.outcome for each in spread(square, range(40), local())}
    outcomes = [outcome for outcome in found.values() if outcome]
    assert {job: outcome[0] for job, outcome in found.items() if outcome} == {
        number: number**2 for number in range(40)
    }
    assert len({pid for _, pid in outcomes} - {os.getpid()}) == 2


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
