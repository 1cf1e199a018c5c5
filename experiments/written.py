"""What a study leaves in its folder: tables, figures, and the manifest that tells of them."""

import platform
import shutil
import time
from datetime import datetime
from typing import Any

import pandas as pd
import pyarrow as pa

from experiments.events import first_events
from experiments.evidence import evidence_of
from experiments.executor import processes_of
from experiments.folder import filling, write_manifest
from experiments.manifest import digests_of, write_down
from experiments.outcome import Results, Tables, write_tables
from experiments.prepared import Prepared
from sim.figures import Facts
from sim.provenance import code_version, commit, package_version, versions
from sim.rows import frame_of

GUARDS = {
    "same_twice": "exactly 0",
    "null_reform": "identical",
    "before_reform": "identical",
    "conservation": "holds",
}


def frames_of(prepared: Prepared, rows: pa.Table, replications: int) -> dict[str, pd.DataFrame]:
    """The tables of all runs, in the order of the plan."""
    table = prepared.plan.table(replications)
    names = {
        "metrics": {"name": "metric"},
        "curves": {"name": "curve", "value": "y"},
        "balance": {"value": "line"},
        "cost": {},
        "events": {},
    }
    return {name: _placed(table, rows, name, renamed) for name, renamed in names.items()}


def _placed(
    table: pd.DataFrame, rows: pa.Table, name: str, renamed: dict[str, str]
) -> pd.DataFrame:
    frame = frame_of(rows, name).drop(columns="table")
    if frame.empty:  # only headlines are kept
        return pd.DataFrame()
    words = frame.select_dtypes("category").columns
    frame = frame.astype(dict.fromkeys(words, "str")).dropna(axis=1, how="all")
    placed = table.merge(frame, on="run", how="inner").drop(columns="run")
    first = [column for column in placed if column not in ("world", "arm", "replication")]
    return placed[[*first, "arm", "world", "replication"]].rename(columns=renamed)


def write_results(
    prepared: Prepared, rows: pa.Table, replications: int, start: datetime, clock: float
) -> Tables:
    """Write every table and figure, whole or not at all."""
    study, frames = prepared.study, frames_of(prepared, rows, replications)
    facts = Facts(
        study.baseline, study.focus, tuple(study.all_arms()), replications, prepared.digest
    )
    results = Results(
        prepared.plan.worlds, frames["metrics"], frames["curves"], frames["balance"], facts
    )
    tables = study.tables(results)
    ledger = evidence_of(study, prepared.composer, tables)
    with filling(prepared.folder) as folder:
        for name in ("metrics", "curves"):
            file = {"metrics": "replications", "curves": "curves"}[name]
            if len(frames[name]):
                frames[name].to_parquet(folder / f"{file}.parquet", index=False, compression="zstd")
        write_tables(folder, {"balance": frames["balance"], **ledger, **tables})
        for name, path in study.files().items():
            shutil.copyfile(path, folder / name)
        study.draw(folder / "figures", results, tables)
        study.leave(folder, results)
        write_manifest(
            folder,
            {
                **tell(prepared, replications),
                "events": first_events(frames["events"]),
                "started": start.isoformat(timespec="seconds"),
                "seconds": round(time.perf_counter() - clock, 1),
                "cpu_seconds_of_runs": round(float(frames["cost"]["value"].sum()), 1),
            },
        )
    return tables


def tell(prepared: Prepared, replications: int) -> dict[str, Any]:
    """What a manifest tells of the runs and of the code that made them."""
    study, worlds = prepared.study, prepared.plan.worlds
    cases = worlds[0].cases
    table = prepared.plan.table(replications)
    return {
        "study_digest": prepared.digest,
        "command": ["onegrid", *prepared.composer.words],
        "study": study.model_dump(mode="json"),
        "cases": write_down(prepared.composer.known),
        "case_digests": digests_of(worlds),
        "seed": next(iter(cases.values())).draws.seed,
        "replications": list(range(replications)),
        "guards": GUARDS,
        "failures": [],
        "code_version": code_version(),
        "package_version": package_version(),
        **commit(),
        "versions": versions(),
        "runs": len(table),
        "distinct_runs": int(table.run.nunique()),
        "processes": processes_of(prepared.executor),
        "machine": platform.machine(),
    }
