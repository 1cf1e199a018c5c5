"""``onegrid claims``: the article's checkable statements as checks, none of them tuned to.

Each is a small study (:mod:`experiments.claims_of`); the words for it are ``claims.KEY`` in the
catalogue. A new claim is a :class:`~experiments.claims_of.Check` in ``CHECKS`` and its words.
"""

import argparse
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from typing import Any

import pandas as pd
from rich.table import Table

from experiments.claims_counts import CITY_SERVICES, HAZARDS, MEMBERS, RIDERS, VISITS, WHISTLES
from experiments.claims_of import Answer, Check, Number
from experiments.claims_residents import EIGHT, FATIGUE, FEES, FOUND_FIRST
from experiments.events import events_of
from experiments.evidence import evidence_of_arms
from experiments.executor import Executor, Local, Serial, processes_of
from experiments.folder import check_folder, filling, write_manifest
from experiments.hypotheses.study import Sample, Words, compose_arms, policies
from experiments.spreading import spread
from experiments.terminal import Screen
from sim.case import Case, digest
from sim.guards import check_null_reform, check_same_twice
from sim.provenance import code_version, commit, package_version, versions
from sim.runner import RunError, run
from sim.words import Lang, say

CHECKS: dict[str, Check] = {
    check.key: check
    for check in (
        *(EIGHT, FOUND_FIRST, FATIGUE, FEES, WHISTLES, RIDERS, HAZARDS, VISITS, MEMBERS),
        CITY_SERVICES,
    )
}
REPLICATIONS = 6
COLUMNS = [
    *("claim", "article", "unit", "article_lo", "article_hi", "model", "lo", "hi", "n", "verdict"),
    *("region", "region_lo", "region_hi"),
]
SWEEP = ["claim", "region", "value", "model", "lo", "hi", "n"]


@dataclass(frozen=True)
class Job:
    """One case in one replication, and the claims that read it."""

    replication: int
    case: Case
    readers: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Outcome:
    """What was read from a job's run, the digest of its events, and its CPU time [s]."""

    rows: list[tuple[str, str, str, int, float]]
    events: str
    cpu: float


def options(parser: argparse.ArgumentParser) -> None:
    """What ``onegrid claims`` takes."""
    parser.add_argument("--results", type=Path, default=Path("results"), help="default: results")


def claims(arguments: argparse.Namespace) -> int:
    """Check every claim and leave the folder; returns the exit code."""
    check_claims(arguments.results, Screen())
    return 0


def check_claims(
    results: Path, screen: Screen, extra: Words = (), most: int = REPLICATIONS, processes: int = 0
) -> Path:
    """Run what the claims need, answer them, and leave their folder; returns it.

    Parameters
    ----------
    results : the folder goes to ``claims/chibi``
    extra : words for every arm, before its own: a smaller city
    most : replications

    Raises
    ------
    ConfigError
        The folder holds something else.
    GuardError
        The engine shows effects where there are none.
    """
    start, clock = datetime.now(UTC), time.perf_counter()
    cases = {key: _compose(check, extra) for key, check in CHECKS.items()}
    whole, folder = _digest(cases, most), results / "claims" / "chibi"
    check_folder(folder, whole)
    _guard(extra)
    executor = _executor(processes)
    outcomes = _run(cases, most, executor, screen)
    answers = {
        key: check.answer(_sample(key, outcomes), check.band) for key, check in CHECKS.items()
    }
    with filling(folder) as draft:
        tables = {"claims": claims_table(answers), "sweep": sweep_table(answers)}
        for name, table in {**tables, **evidence_of_arms(_arms())}.items():
            table.to_csv(draft / f"{name}.csv", index=False, float_format="%.6g")
        what = _what(cases, most, whole, outcomes)
        times = {
            "processes": processes_of(executor),
            "started": start.isoformat(timespec="seconds"),
            "seconds": round(time.perf_counter() - clock, 1),
            "cpu_seconds_of_runs": round(sum(item.cpu for item in outcomes), 1),
        }
        write_manifest(draft, {**what, **times})
    screen.out.print(_shown(answers))
    screen.out.print(f"\n{times['seconds']:.0f} s. Claims, sweep and manifest: {folder}")
    return folder


def run_job(job: Job) -> Outcome:
    """Run a case once and let every claim read from it what it needs."""
    start = process_time()
    case = job.case.replicate(job.replication)
    record = run(case)
    rows = [
        (key, arm, metric, job.replication, value)
        for key, arm in job.readers
        for metric, value in CHECKS[key].read(case, record).items()
    ]
    events = events_of(record) if job.replication == 0 else ""
    return Outcome(rows, events, process_time() - start)


def _compose(check: Check, extra: Words) -> dict[str, Case]:
    return compose_arms((*check.clock, *extra), check.arms)


def _guard(extra: Words) -> None:
    arms = compose_arms(extra, policies("fragmented_layered", "reform"))
    check_same_twice(arms["reform"])
    check_null_reform(list(arms.values()))


def _executor(processes: int) -> Executor:
    if processes == 1:
        return Serial(kind="serial", part="1/1")
    return Local(kind="local", part="1/1", processes=processes, memory="auto", dashboard=0)


def _run(
    cases: dict[str, dict[str, Case]], most: int, executor: Executor, screen: Screen
) -> list[Outcome]:
    """Run each case once a replication, whoever needs it."""
    readers: dict[str, list[tuple[str, str]]] = {}
    by_digest: dict[str, Case] = {}
    for key, arms in cases.items():
        for arm, case in arms.items():
            readers.setdefault(digest(case), []).append((key, arm))
            by_digest[digest(case)] = case
    jobs = [
        Job(replication, by_digest[name], tuple(pairs))
        for replication in range(most)
        for name, pairs in readers.items()
    ]
    outcomes = []
    with screen.progress(len(jobs)) as step:
        for over in spread(run_job, jobs, executor):
            if over.outcome is None:
                raise RunError(over.error)
            outcomes.append(over.outcome)
            step(1)
    return outcomes


def _sample(key: str, outcomes: list[Outcome]) -> Sample:
    """What was read for one claim."""
    rows = sorted(row[1:] for item in outcomes for row in item.rows if row[0] == key)
    return Sample(pd.DataFrame(rows, columns=["arm", "metric", "replication", "value"]))


# --- what is left -----------------------------------------------------------------------


def claims_table(answers: dict[str, Answer]) -> pd.DataFrame:
    """A row per claim: the article's number and band, the model's, and the verdict."""
    rows = []
    for key, answer in answers.items():
        check, number = CHECKS[key], answer.number
        rows.append(
            (
                *(key, check.article, check.unit, *check.band, *_cells(number), answer.verdict),
                *(answer.region, answer.low, answer.high),
            )
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def sweep_table(answers: dict[str, Answer]) -> pd.DataFrame:
    """A row per value of a quantity that was swept."""
    rows = [
        (key, answer.region, point.value, *_cells(point.number))
        for key, answer in answers.items()
        for point in answer.points
    ]
    return pd.DataFrame(rows, columns=SWEEP)


def _cells(number: Number) -> tuple[float, float, float, int]:
    return number.mean, number.lo, number.hi, number.n


def _shown(answers: dict[str, Answer]) -> Table:
    table = Table(title="The article's statements, none of them tuned to")
    for name in ("statement", "article", "model [95 %]", "verdict", "why"):
        table.add_column(name)
    for row in claims_table(answers).to_dict("records"):
        found = f"{row['model']:.3g} \\[{row['lo']:.3g}, {row['hi']:.3g}]" if row["n"] else ""
        table.add_row(
            say("en", f"claims.{row['claim']}.name"),
            f"{row['article']:.3g} {row['unit']}",
            found,
            say("en", f"claims.verdict.{row['verdict']}"),
            sentence("en", row),
            end_section=True,
        )
    return table


def sentence(lang: Lang, row: Mapping[Any, Any]) -> str:
    """The verdict of a row of ``claims.csv`` in words."""
    names = ("model", "lo", "hi", "region_lo", "region_hi")
    numbers = {name: _three(row[name]) for name in names}
    shares = {f"{name}_pct": _three(100 * row[name]) for name in names}
    return say(lang, f"claims.{row['claim']}.{row['verdict']}", **numbers, **shares)


def _three(number: float) -> str:
    """A number to three digits, large ones in full."""
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"


def _arms() -> dict[str, list[str]]:
    """The words of every arm, those of one claim after those of another."""
    return {
        f"{key}: {arm}": [*check.clock, *words]
        for key, check in CHECKS.items()
        for arm, words in check.arms.items()
    }


def _digest(cases: dict[str, dict[str, Case]], most: int) -> str:
    parts = [
        f"{key}:{arm}:{digest(case)}" for key, arms in cases.items() for arm, case in arms.items()
    ]
    return hashlib.sha256("".join([str(most), *parts]).encode()).hexdigest()


def _what(
    cases: dict[str, dict[str, Case]], most: int, whole: str, outcomes: list[Outcome]
) -> dict[str, Any]:
    """What a manifest tells of the runs and of the code that made them."""
    return {
        "study_digest": whole,
        "command": ["onegrid", "claims"],
        "claims": {key: say("en", f"claims.{key}.name") for key in CHECKS},
        "arms": _arms(),
        "case_digests": {
            key: {arm: digest(case) for arm, case in arms.items()} for key, arms in cases.items()
        },
        "events": events_by_arm(outcomes),
        "seed": next(case.draws.seed for arms in cases.values() for case in arms.values()),
        "replications": list(range(most)),
        "guards": {"same_twice": "exactly 0", "null_reform": "identical", "conservation": "holds"},
        "failures": [],
        "code_version": code_version(),
        "package_version": package_version(),
        **commit(),
        "versions": versions(),
        "runs": len(outcomes),
    }


def events_by_arm(outcomes: list[Outcome]) -> dict[str, str]:
    """The digest of each arm in the first replication."""
    found = {
        f"{row[0]}: {row[1]}": item.events for item in outcomes if item.events for row in item.rows
    }
    return dict(sorted(found.items()))
