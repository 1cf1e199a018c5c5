"""Clusters of processes: dask on this machine, or in the jobs of a SLURM cluster."""

import logging
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing import resource_tracker
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from experiments.executor import Local, Slurm, processes_of

if TYPE_CHECKING:
    from distributed import Client

type Tell = Callable[[str], object]

DEATHS = 2  # of processes, until the jobs they had are suspects
LOOPBACK = "127.0.0.1"
QUIET = {  # dask looks at itself all the time, which costs each process some 4 % of its core
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "500ms",
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.admin.system-monitor.gil.enabled": False,
}
SETTINGS = {
    "distributed.logging": {"distributed": "critical", "bokeh": "critical"},
    "distributed.scheduler.allowed-failures": DEATHS - 1,
    **QUIET,
}
LOOK_S = 5.0  # between looks at the jobs of SLURM
MISSED = 4  # looks without any process of a job, until it counts as ended


def silent(_: str) -> None:
    """Say nothing."""


@contextmanager
def client_of(executor: Local | Slurm, jobs: int, tell: Tell) -> Iterator["Client"]:
    """A cluster for a while.

    Parameters
    ----------
    jobs : how many there are to do
    tell : one line for a person
    """
    import dask  # noqa: PLC0415 - half a second, for many runs only
    from distributed import Client  # noqa: PLC0415

    with ExitStack() as stack:
        stack.enter_context(dask.config.set(SETTINGS))
        with _deaf():
            cluster = stack.enter_context(_cluster(executor, jobs, tell))
            client = stack.enter_context(Client(cluster))
        if isinstance(executor, Local) and executor.dashboard:
            tell(f"Dashboard: {client.dashboard_link}")
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
def _cluster(executor: Local | Slurm, jobs: int, tell: Tell) -> Iterator[Any]:
    with ExitStack() as stack:
        if isinstance(executor, Slurm):
            shared = stack.enter_context(TemporaryDirectory(prefix=".onegrid.", dir=Path.home()))
            cluster = _slurm(executor, shared)
            _renew(cluster, executor.jobs, tell)
        else:
            cluster = _local(executor, jobs)
        stack.callback(_close, cluster)
        yield cluster


def _close(cluster: Any) -> None:
    """Let the processes go; on a busy machine some are slow to, and that is no failure."""
    with suppress(TimeoutError):
        cluster.close()


def _local(executor: Local, jobs: int) -> Any:
    from distributed import LocalCluster  # noqa: PLC0415

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
        job_script_prologue=[*_exported(QUIET), *executor.prologue],
        security=None if executor.loopback else Security.temporary(),
        shared_temp_directory=shared,
        log_directory=shared,
        scheduler_options={"dashboard": False, "dashboard_address": f"{LOOPBACK}:0", **host},
        worker_extra_args=["--host", LOOPBACK] if executor.loopback else [],
    )
    cluster.scale(jobs=executor.jobs)
    return cluster


def _exported(settings: Mapping[str, object]) -> list[str]:
    """Settings of dask as a job's shell sets them."""
    names = (key.upper().replace(".", "__").replace("-", "_") for key in settings)
    return [
        f"export DASK_{name}={value}" for name, value in zip(names, settings.values(), strict=True)
    ]


class Renewal:
    """Finds jobs of SLURM that have ended, by their walltime say, and submits them again.

    A job has ended when none of its processes has been connected for a while, though one was.
    One that never started is left alone: what ends at once would be submitted for ever.

    Parameters
    ----------
    count : jobs that there shall be
    """

    def __init__(self, cluster: Any, count: int, tell: Tell) -> None:
        self.cluster, self.count, self.tell = cluster, count, tell
        self.missed: Counter[str] = Counter()
        self.seen: set[str] = set()

    async def look(self) -> None:
        """Look once; to be called in the cluster's own thread."""
        if self.cluster.status.name != "running":
            return
        processes = self.cluster.scheduler_info["workers"].values()
        connected = {_job_of(str(process["name"])) for process in processes}
        self.seen |= connected
        ended = []
        for name in self.seen & set(self.cluster.worker_spec):
            self.missed[name] = 0 if name in connected else self.missed[name] + 1
            if self.missed[name] >= MISSED:
                ended.append(name)
        for name in ended:
            self.seen.discard(name)
            self.missed[name] = 0
            if job := self.cluster.workers.pop(name, None):
                await job.close()
        if ended:
            self.tell(f"{len(ended)} SLURM jobs have ended and are submitted again")
            self.cluster.scale(jobs=self.count)


def _job_of(process: str) -> str:
    """The job's name in that of one of its processes: SLURMCluster-3 in SLURMCluster-3-0."""
    return "-".join(process.split("-")[:2])


def _renew(cluster: Any, count: int, tell: Tell) -> None:
    """Look after the jobs of a cluster as long as it lives."""
    from tornado.ioloop import PeriodicCallback  # noqa: PLC0415 - comes with dask

    looking = PeriodicCallback(Renewal(cluster, count, tell).look, LOOK_S * 1000)
    cluster.periodic_callbacks["renewal"] = looking  # stopped when the cluster is closed
    cluster.loop.add_callback(looking.start)
