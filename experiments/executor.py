"""Where runs are executed: in this process, on this machine's cores, or on a cluster."""

import json
import logging
import os
import re
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from multiprocessing import resource_tracker
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError

from experiments.compose import ConfigError
from sim.base import Spec
from sim.case import explain

if TYPE_CHECKING:
    from distributed import Client

AHEAD = 3  # jobs per process that are handed out before one is done
DEATHS = 2  # of processes, until the jobs they had are suspects
LOOPBACK = "127.0.0.1"
PART = re.compile(r"[1-9]\d{0,4}/[1-9]\d{0,4}")
WALLTIME = re.compile(r"(\d+-)?\d+:\d\d:\d\d")
MEMORY = re.compile(r"\d+(\.\d+)? ?([kKMGT]i?)?B")
DIED = (
    "its process died again and again: out of memory? (executor.memory, fewer executor.processes)"
)


def _is_part(text: str) -> str:
    number, of = (int(word) for word in text.split("/")) if PART.fullmatch(text) else (1, 0)
    if number > of:
        raise ValueError("allowed: NUMBER/PARTS, as in 2/5")
    return text


def _is_walltime(text: str) -> str:
    if not WALLTIME.fullmatch(text):
        raise ValueError("allowed: HH:MM:SS or D-HH:MM:SS, as in 04:00:00")
    return text


def _is_memory(text: str) -> str:
    if not MEMORY.fullmatch(text):
        raise ValueError("allowed: a number and a unit, as in 8GiB")
    return text


def _is_local_memory(text: str) -> str:
    return text if text == "auto" else _is_memory(text)


Memory = Annotated[str, AfterValidator(_is_memory)]
LocalMemory = Annotated[str, AfterValidator(_is_local_memory)]


class _Executor(Spec):
    """What executors share."""

    part: Annotated[str, AfterValidator(_is_part)] = Field(
        description="which part of the runs is done here, as in 2/5; merge the ledgers afterwards"
    )

    @property
    def share(self) -> tuple[int, int]:
        """Number of the part, from 0, and the number of parts."""
        number, _, of = self.part.partition("/")
        return int(number) - 1, int(of)


class Serial(_Executor):
    """One run after the other, in this process."""

    kind: Literal["serial"]


class Local(_Executor):
    """Processes of this machine (dask's LocalCluster)."""

    kind: Literal["local"]
    processes: Annotated[int, Field(ge=0, le=1024)] = Field(description="0: one per core")
    memory: LocalMemory = Field(
        description="limit of a process, as in 4GiB; auto: its share of the whole"
    )
    dashboard: Annotated[int, Field(ge=0, le=1)] = Field(
        description="1: dask's dashboard, on this machine only"
    )


class Slurm(_Executor):
    """Jobs of a SLURM cluster (dask-jobqueue's SLURMCluster), spoken to over TLS."""

    kind: Literal["slurm"]
    jobs: Annotated[int, Field(ge=1, le=10_000)] = Field(description="SLURM jobs")
    processes: Annotated[int, Field(ge=1, le=1024)] = Field(description="processes of each job")
    memory: Memory = Field(description="of each job, as in 8GiB")
    walltime: Annotated[str, AfterValidator(_is_walltime)] = Field(
        description="of each job, as in 04:00:00"
    )
    partition: str | None = Field(description="queue; null: the cluster's default")
    account: str | None = Field(description="who pays; null: the cluster's default")
    interface: str | None = Field(description="network between nodes, as in ib0; null: the default")
    loopback: Annotated[int, Field(ge=0, le=1)] = Field(
        description="1: everything on this machine, without TLS"
    )
    directives: tuple[str, ...] = Field(description="further lines for #SBATCH")
    prologue: tuple[str, ...] = Field(description="commands before a worker starts, as in module")


type Executor = Serial | Local | Slurm
KINDS: dict[str, type[Serial | Local | Slurm]] = {"serial": Serial, "local": Local, "slurm": Slurm}


def load_executor(node: Any) -> Executor:
    """Validate the config's ``executor``."""
    kind = node.get("kind") if isinstance(node, dict) else None
    if kind not in KINDS:
        raise ConfigError(f"executor.kind = {kind!r}: no such kind; allowed: {', '.join(KINDS)}")
    try:
        return KINDS[kind].model_validate_json(json.dumps(node))
    except ValidationError as error:
        raise ConfigError(f"executor.{explain(error, KINDS[kind])}") from None


def processes_of(executor: Executor) -> int:
    """How many processes share the runs."""
    match executor:
        case Local():
            return executor.processes or available_cores()
        case Slurm():
            return executor.jobs * executor.processes
    return 1


@dataclass(frozen=True)
class Done[J, O]:
    """A job that is over: what it left, or why nothing is left."""

    job: J
    outcome: O | None
    error: str = ""


def spread[J, O](
    work: Callable[[J], O],
    jobs: Sequence[J],
    executor: Executor,
    apart: Callable[[J], Sequence[J]] = lambda job: [job],
) -> Iterator[Done[J, O]]:
    """Do some work for every job and yield what is done, in any order.

    A process that dies is replaced and its jobs given to others. Jobs that were there when
    several died are done again at the end, one at a time, so that the guilty one is found;
    it is given up, with an error.

    Parameters
    ----------
    work : a function of a module, so that other processes find it
    apart : the jobs into which a job can be split when it is done again
    """
    if not jobs:
        return
    if isinstance(executor, Serial):
        for job in jobs:
            yield Done(job, work(job))
        return
    with _client(executor, len(jobs)) as client:
        suspects: list[J] = []
        for done in _handed_out(client, work, jobs, AHEAD * processes_of(executor)):
            if done.outcome is None:
                suspects.extend(apart(done.job))
            else:
                yield done
        yield from _handed_out(client, work, suspects, 1)


def _handed_out[J, O](
    client: "Client", work: Callable[[J], O], jobs: Iterable[J], ahead: int
) -> Iterator[Done[J, O]]:
    """Keep so many jobs handed out and yield what comes back."""
    from distributed import KilledWorker, as_completed  # noqa: PLC0415 - half a second

    waiting = iter(jobs)
    given: dict[Any, J] = {}

    def give(job: J) -> Any:
        future = client.submit(work, job, pure=False)
        given[future.key] = job
        return future

    running = as_completed([give(job) for job in islice(waiting, ahead)])
    for future in running:
        job = given.pop(future.key)
        error = future.exception()
        if isinstance(error, KilledWorker):
            yield Done(job, None, DIED)
        elif error is not None:
            raise error
        else:
            yield Done(job, future.result())
        future.release()
        for following in islice(waiting, 1):
            running.add(give(following))


@contextmanager
def _client(executor: Executor, jobs: int) -> Iterator["Client"]:
    """A cluster for a while."""
    import dask  # noqa: PLC0415 - half a second, for many runs only
    from distributed import Client  # noqa: PLC0415

    settings = {
        "distributed.logging": {"distributed": "critical", "bokeh": "critical"},
        "distributed.scheduler.allowed-failures": DEATHS - 1,
    }
    with ExitStack() as stack:
        stack.enter_context(dask.config.set(settings))
        with _deaf():
            client = stack.enter_context(Client(stack.enter_context(_cluster(executor, jobs))))
        yield client


@contextmanager
def _deaf() -> Iterator[None]:
    """Threads and processes that begin meanwhile do not hear Ctrl-C: they are told to stop."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # which else would undo it
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _cluster(executor: Executor, jobs: int) -> Iterator[Any]:
    with ExitStack() as stack:
        if isinstance(executor, Slurm):
            shared = stack.enter_context(TemporaryDirectory(prefix=".onegrid.", dir=Path.home()))
            cluster = _slurm(executor, shared)
        else:
            cluster = _local(executor, jobs)
        stack.callback(_close, cluster)
        yield cluster


def _close(cluster: Any) -> None:
    """Let the processes go; on a busy machine some are slow to, and that is no failure."""
    with suppress(TimeoutError):
        cluster.close()


def _local(executor: Executor, jobs: int) -> Any:
    from distributed import LocalCluster  # noqa: PLC0415

    assert isinstance(executor, Local)  # noqa: S101 - serial needs none
    return LocalCluster(
        n_workers=min(processes_of(executor), jobs),
        threads_per_worker=1,
        host=LOOPBACK,
        dashboard_address=f"{LOOPBACK}:0",
        scheduler_kwargs={"dashboard": bool(executor.dashboard)},
        worker_dashboard_address=None,
        memory_limit=executor.memory,
        silence_logs=logging.CRITICAL,
    )


def _slurm(executor: Slurm, shared: str) -> Any:
    """A cluster of SLURM jobs.

    Parameters
    ----------
    shared : a folder that all nodes see, for the keys of this connection
    """
    from dask_jobqueue.slurm import SLURMCluster  # noqa: PLC0415
    from distributed.security import Security  # noqa: PLC0415

    host = {"host": LOOPBACK} if executor.loopback else {}
    cluster = SLURMCluster(
        queue=executor.partition,
        account=executor.account,
        cores=executor.processes,
        processes=executor.processes,
        memory=executor.memory,
        walltime=executor.walltime,
        interface=executor.interface,
        job_extra_directives=list(executor.directives),
        job_script_prologue=list(executor.prologue),
        security=None if executor.loopback else Security.temporary(),
        shared_temp_directory=shared,
        log_directory=shared,
        scheduler_options={"dashboard": False, "dashboard_address": f"{LOOPBACK}:0", **host},
        worker_extra_args=["--host", LOOPBACK] if executor.loopback else [],
    )
    cluster.scale(jobs=executor.jobs)
    return cluster


def available_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
