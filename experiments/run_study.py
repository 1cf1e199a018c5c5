"""The way of a study: compose, check, guard, run, compare, write."""

import platform
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.execute import Job, Outcome, available_cores, run_jobs
from experiments.folder import check_folder, filling, write_manifest
from experiments.outcome import write_outcome
from experiments.study import Study, WorldCases, plan_worlds, study_digest
from experiments.terminal import Screen
from sim.case import digest
from sim.engine.build import build, plan
from sim.engine.compiled import is_cached
from sim.guards import (
    check_before_reform,
    check_null_reform,
    check_one_world,
    check_same_twice,
)
from sim.provenance import code_version, commit, versions


@dataclass(frozen=True)
class Prepared:
    """A study that has been composed and checked, and may run."""

    study: Study
    worlds: list[WorldCases]
    digest: str
    folder: Path
    processes: int
    words: list[str]


def prepare(study: Study, words: list[str], results: Path, processes: int) -> Prepared:
    """Compose and check everything that can be wrong before anything runs.

    Raises
    ------
    CaseError
        One line: key, value, what is allowed.
    """
    worlds = list(plan_worlds(study, words))
    for world in worlds:
        check_one_world(world.cases)
    for case in worlds[0].cases.values():
        build(plan(case))  # finds what only shows once a layout is drawn: posts, areas, preferences
    whole = study_digest(study, worlds)
    folder = results / study.kind / study.name
    check_folder(folder, whole)
    return Prepared(study, worlds, whole, folder, processes, words)


def run_study(prepared: Prepared, screen: Screen) -> Path:
    """Run a prepared study and leave its folder; returns the folder."""
    start, clock = datetime.now(UTC), time.perf_counter()
    first = prepared.worlds[0].cases
    if not is_cached():
        screen.say("Compiling the engine, once per version: about a minute ...")
    baseline = first[prepared.study.baseline]
    check_same_twice(baseline)
    check_null_reform(list(first.values()))
    for case in first.values():
        check_before_reform(case)
    screen.say("Guards hold: the same arm twice differs by 0; with nothing to act on, so do all.")
    outcomes = _run(prepared, screen)
    metrics = pd.concat([item.metrics for item in outcomes], ignore_index=True)
    curves = pd.concat([item.curves for item in outcomes], ignore_index=True)
    balance = pd.concat([item.balance for item in outcomes], ignore_index=True)
    with filling(prepared.folder) as folder:
        tables = write_outcome(
            folder, prepared.study, prepared.worlds, metrics, curves, balance, prepared.digest
        )
        seconds = time.perf_counter() - clock
        write_manifest(folder, _manifest(prepared, start, seconds, outcomes))
    screen.outcome(prepared.study, tables, prepared.folder, seconds, len(outcomes))
    return prepared.folder


def _run(prepared: Prepared, screen: Screen) -> list[Outcome]:
    study = prepared.study
    headline_only = study.kind == "multiverse"
    jobs = [
        Job(number, replication, world.cases, headline_only)
        for replication in range(study.replications)  # outermost: worlds share its city
        for number, world in enumerate(prepared.worlds)
    ]
    outcomes: list[Outcome] = []
    with screen.progress(len(jobs), len(study.arms)) as step:
        for outcome in run_jobs(jobs, prepared.processes):
            outcomes.append(outcome)
            step()
    return sorted(outcomes, key=lambda item: (item.world, item.replication))


def _manifest(
    prepared: Prepared, start: datetime, seconds: float, outcomes: list[Outcome]
) -> dict[str, Any]:
    study, worlds = prepared.study, prepared.worlds
    cases = {arm: case.model_dump(mode="json") for arm, case in worlds[0].cases.items()}
    return {
        "study_digest": prepared.digest,
        "command": ["onegrid", *prepared.words],
        "study": study.model_dump(mode="json"),
        "cases": cases,
        "case_digests": {
            world.name: {arm: digest(case) for arm, case in world.cases.items()} for world in worlds
        },
        "seed": next(iter(worlds[0].cases.values())).draws.seed,
        "replications": list(range(study.replications)),
        "guards": {
            "same_twice": "exactly 0",
            "null_reform": "identical",
            "before_reform": "identical",
            "conservation": "holds",
        },
        "failures": [],
        "code_version": code_version(),
        **commit(),
        "versions": versions(),
        "started": start.isoformat(timespec="seconds"),
        "seconds": round(seconds, 1),
        "cpu_seconds_of_runs": round(sum(item.cpu for item in outcomes), 1),
        "runs": len(outcomes) * len(study.arms),
        "processes": prepared.processes or available_cores(),
        "machine": platform.machine(),
    }
