"""What a process does for a study: run cases, and keep what they leave as rows of the ledger."""

from dataclasses import dataclass
from time import process_time

import pandas as pd
import pyarrow as pa

from experiments.events import events_table
from experiments.plan import Job
from sim.case import Case
from sim.metrics import HEADLINE, curves, measure
from sim.rows import failure_of, rows_of
from sim.runner import run

KEPT = (*HEADLINE, "response_mean", "utilisation", "request_work", "overtime", "paid")
GROUPS = ("all", "urgency:emergency")


@dataclass(frozen=True)
class Outcome:
    """Rows for the ledger, and the CPU time they took [s]."""

    rows: pa.Table
    cpu: float


def run_job(job: Job) -> Outcome:
    """Run every case of a job; one that fails leaves its error."""
    start = process_time()
    parts = []
    for name, case in job.runs:
        try:
            parts.append(rows_of(name, leave(case.replicate(job.replication), job.keep)))
        except Exception as error:  # noqa: BLE001 - whatever it is, the other runs go on
            parts.append(failure_of(name, f"{type(error).__name__}: {error}"))
    return Outcome(pa.concat_tables(parts).unify_dictionaries(), process_time() - start)


def leave(case: Case, keep: str) -> dict[str, pd.DataFrame]:
    """The tables that a run leaves in the ledger."""
    start = process_time()
    record = run(case)
    metrics = measure(record)
    if keep == "headline":
        metrics = metrics[metrics.metric.isin(KEPT) & metrics.group.isin(GROUPS)]
    tables = {"metrics": metrics.rename(columns={"metric": "name"})}
    if keep == "all":
        lines = curves(record, case.world.city.width)
        tables["curves"] = lines.rename(columns={"curve": "name", "y": "value"})
    balance = pd.Series(record.balance, dtype=float)
    tables["balance"] = pd.DataFrame({"name": balance.index, "value": balance.to_numpy()})
    if case.draws.replication == 0:
        tables["events"] = events_table(record)
    tables["cost"] = pd.DataFrame({"name": ["cpu_s"], "value": [process_time() - start]})
    return tables
