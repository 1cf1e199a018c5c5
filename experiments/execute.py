"""Run a study's jobs on one or several processes.

A job is one replication of one world: all its arms, one after the other in one process,
so that they share the drawn city and the tape.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from time import process_time

import pandas as pd

from sim.case import Case
from sim.metrics import HEADLINE, curves, measure
from sim.runner import run


@dataclass(frozen=True)
class Job:
    """One replication of one world."""

    world: int
    replication: int
    cases: dict[str, Case]
    headline_only: bool


@dataclass(frozen=True)
class Outcome:
    """What a job leaves: metrics and curves by arm, and its CPU time [s]."""

    world: int
    replication: int
    metrics: pd.DataFrame
    curves: pd.DataFrame
    balance: pd.DataFrame
    cpu: float


def run_job(job: Job) -> Outcome:
    """Run every arm of a job."""
    start = process_time()
    metrics, drawn, balance = [], [], []
    for arm, case in job.cases.items():
        record = run(case.replicate(job.replication))
        table = measure(record)
        if job.headline_only:
            keep = table.group.isin(["all", "urgency:emergency"]) & table.metric.isin(
                [*HEADLINE, "response_mean", "utilisation", "request_work"]
            )
            table = table[keep]
        else:
            drawn.append(curves(record, case.world.city.width).assign(arm=arm))
        metrics.append(table.assign(arm=arm))
        balance.append(pd.DataFrame({"line": record.balance, "arm": arm}).rename_axis("name"))
    where = {"world": job.world, "replication": job.replication}
    return Outcome(
        job.world,
        job.replication,
        pd.concat(metrics, ignore_index=True).assign(**where),
        pd.concat(drawn, ignore_index=True).assign(**where) if drawn else pd.DataFrame(),
        pd.concat(balance).reset_index().assign(**where),
        process_time() - start,
    )


def run_jobs(jobs: list[Job], processes: int) -> Iterator[Outcome]:
    """Run jobs and yield outcomes as they are done, in any order."""
    return spread(run_job, jobs, processes)


def spread[J, O](work: Callable[[J], O], jobs: Sequence[J], processes: int) -> Iterator[O]:
    """Do some work for every job, on so many processes, and yield what is done, in any order.

    Parameters
    ----------
    work : a function of a module, so that other processes find it
    processes : 0 is one per core
    """
    processes = min(processes or available_cores(), len(jobs))
    if processes == 1:
        yield from map(work, jobs)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        waiting = [pool.submit(work, job) for job in jobs]
        try:
            for done in as_completed(waiting):
                yield done.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def available_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
