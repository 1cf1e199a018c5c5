"""``onegrid hypotheses``: run the small studies, answer, and leave the folder."""

import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from typing import Any

import pandas as pd

from experiments.compose import ConfigError
from experiments.events import events_of
from experiments.evidence import evidence_of_arms
from experiments.executor import Executor, Local, Serial, processes_of
from experiments.folder import check_folder, filling, write_manifest
from experiments.hypotheses.study import READINGS, Sample, Words, compose, compose_arms, policies
from experiments.hypotheses.table import Findings, answers_of, plotted, points_of, table_of
from experiments.hypotheses.ten import TEN
from experiments.spreading import spread
from experiments.terminal import Screen
from sim.case import Case, digest
from sim.figures import Facts, draw_hypotheses
from sim.guards import check_null_reform, check_same_twice
from sim.provenance import code_version, commit, versions
from sim.runner import RunError, run

BASELINE, FOCUS = "fragmented_layered", "merged"


@dataclass(frozen=True)
class Job:
    """One replication of all arms of a hypothesis."""

    number: int
    replication: int
    cases: dict[str, Case]


@dataclass(frozen=True)
class Outcome:
    """What was read from a job's runs, the digests of their events, and their CPU time [s]."""

    number: int
    replication: int
    rows: list[tuple[str, str, float]]
    events: dict[str, str]
    cpu: float


@dataclass(frozen=True)
class Prepared:
    """Hypotheses that have been composed and checked, and may run.

    Attributes
    ----------
    cases : by the number of the hypothesis, then by arm
    counts : replications of each
    extra : words for every arm, before its own
    """

    cases: dict[int, dict[str, Case]]
    counts: dict[int, int]
    extra: Words
    digest: str
    folder: Path
    processes: int


def chosen(words: list[str]) -> list[int]:
    """The numbers asked for, all when none is.

    Raises
    ------
    ConfigError
        A word that is not the number of a hypothesis.
    """
    for word in words:
        if not word.isdecimal() or int(word) not in TEN:
            raise ConfigError(
                f"hypotheses {word}: no such hypothesis; allowed: {min(TEN)} to {max(TEN)}"
            )
    return sorted({int(word) for word in words}) or list(TEN)


def _some(numbers: Iterable[int]) -> list[str]:
    """Numbers as words of the command; all of them need none."""
    words = [str(number) for number in numbers]
    return words if len(words) < len(TEN) else []


def prepare(
    numbers: list[int],
    results: Path,
    extra: Words = (),
    most: int = 100_000,
    processes: int = 0,
) -> Prepared:
    """Compose and check everything before anything runs.

    Parameters
    ----------
    results : the folder goes to ``hypotheses/chibi``, with the numbers where not all are asked
    extra : words for every arm, before its own: a smaller city
    most : replications at most

    Raises
    ------
    CaseError
        A case that cannot be right, or a folder that holds something else.
    """
    cases = {number: compose(TEN[number], extra) for number in numbers}
    counts = {number: min(TEN[number].replications, most) for number in numbers}
    whole = _digest(cases, counts)
    folder = results / "hypotheses" / "_".join(["chibi", *_some(numbers)])
    check_folder(folder, whole)
    return Prepared(cases, counts, extra, whole, folder, processes)


def answer_hypotheses(prepared: Prepared, screen: Screen) -> Path:
    """Run prepared hypotheses, answer them and leave their folder; returns the folder.

    Raises
    ------
    GuardError
        The engine fails A/A or the null reform; nothing is answered.
    """
    start, clock = datetime.now(UTC), time.perf_counter()
    _guard(prepared.extra)
    screen.say("Guards hold: the same arm twice differs by 0; with nothing to act on, so do all.")
    outcomes = _run(prepared, screen)
    runs = _runs(outcomes)
    findings = {
        number: TEN[number].answer(Sample(runs[runs.number == number])) for number in prepared.cases
    }
    with filling(prepared.folder) as draft:
        _write(draft, prepared, runs, findings)
        seconds = time.perf_counter() - clock
        times = {
            "started": start.isoformat(timespec="seconds"),
            "events": {arm: one for item in outcomes for arm, one in item.events.items()},
            "seconds": round(seconds, 1),
            "cpu_seconds_of_runs": round(sum(item.cpu for item in outcomes), 1),
        }
        write_manifest(draft, {**_what(prepared), **times})
    screen.out.print(table_of(answers_of(findings)))
    screen.out.print(f"\n{seconds:.0f} s. Answers, points, figure and manifest: {prepared.folder}")
    return prepared.folder


def run_job(job: Job) -> Outcome:
    """Run every arm of a job and keep what its hypothesis reads."""
    start, hypothesis = process_time(), TEN[job.number]
    rows: list[tuple[str, str, float]] = []
    events: dict[str, str] = {}
    for arm, case in job.cases.items():
        laid = hypothesis.lay(case.replicate(job.replication))
        record = run(laid)
        if job.replication == 0:
            events[f"{job.number}: {arm}"] = events_of(record)
        found = hypothesis.read(laid, record)
        rows.extend((arm, metric, value) for metric, value in found.items())
    return Outcome(job.number, job.replication, rows, events, process_time() - start)


def _guard(extra: Words) -> None:
    """The engine shows no effect where there is none."""
    arms = compose_arms(extra, policies(*READINGS, FOCUS))
    check_same_twice(arms[FOCUS])
    check_null_reform(list(arms.values()))


def _run(prepared: Prepared, screen: Screen) -> list[Outcome]:
    jobs = [
        Job(number, replication, prepared.cases[number])
        for number, count in prepared.counts.items()
        for replication in range(count)
    ]
    jobs.sort(key=lambda job: -len(job.cases))  # the longest first, so that none is left alone
    outcomes: list[Outcome] = []
    with screen.progress(sum(len(job.cases) for job in jobs)) as step:
        for over in spread(run_job, jobs, _executor(prepared.processes)):
            if over.outcome is None:
                raise RunError(over.error)
            outcomes.append(over.outcome)
            step(len(over.job.cases))
    return sorted(outcomes, key=lambda item: (item.number, item.replication))


def _executor(processes: int) -> Executor:
    """On this machine: so many processes, 0 for one per core."""
    if processes == 1:
        return Serial(kind="serial", part="1/1")
    return Local(kind="local", part="1/1", processes=processes, memory="auto", dashboard=0)


def _runs(outcomes: list[Outcome]) -> pd.DataFrame:
    """What was read from every run, a row each."""
    rows = [
        (item.number, arm, metric, item.replication, value)
        for item in outcomes
        for arm, metric, value in item.rows
    ]
    return pd.DataFrame(rows, columns=["number", "arm", "metric", "replication", "value"])


def _write(folder: Path, prepared: Prepared, runs: pd.DataFrame, findings: Findings) -> None:
    """Everything but the manifest."""
    runs.to_parquet(folder / "replications.parquet", index=False)
    arms = {
        f"{number}: {arm}": words
        for number, own in _arms(prepared).items()
        for arm, words in own.items()
    }
    tables = {"answers": answers_of(findings), "points": points_of(findings)}
    tables |= evidence_of_arms(arms)
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, float_format="%.6g")
    most = max(prepared.counts.values())
    facts = Facts(BASELINE, FOCUS, (BASELINE, FOCUS), most, prepared.digest)
    draw_hypotheses(folder / "figures", facts, plotted(findings))


def _digest(cases: dict[int, dict[str, Case]], counts: dict[int, int]) -> str:
    """Digest of everything that will be run."""
    parts = [f"{number}:{counts[number]}" for number in cases]
    parts += [f"{arm}:{digest(case)}" for arms in cases.values() for arm, case in arms.items()]
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def _arms(prepared: Prepared) -> dict[str, dict[str, list[str]]]:
    """The words of every arm, by the number of the hypothesis."""
    return {
        str(number): {
            arm: [*TEN[number].clock, *prepared.extra, *words]
            for arm, words in TEN[number].arms.items()
        }
        for number in prepared.cases
    }


def _what(prepared: Prepared) -> dict[str, Any]:
    """What a manifest tells of the runs and of the code that made them."""
    cases, counts = prepared.cases, prepared.counts
    return {
        "study_digest": prepared.digest,
        "command": ["onegrid", "hypotheses", *_some(cases)],
        "hypotheses": {str(number): TEN[number].claim for number in cases},
        "arms": _arms(prepared),
        "case_digests": {
            str(number): {arm: digest(case) for arm, case in found.items()}
            for number, found in cases.items()
        },
        "seed": next(case.draws.seed for found in cases.values() for case in found.values()),
        "replications": {str(number): count for number, count in counts.items()},
        "guards": {"same_twice": "exactly 0", "null_reform": "identical", "conservation": "holds"},
        "failures": [],
        "code_version": code_version(),
        **commit(),
        "versions": versions(),
        "runs": sum(len(found) * counts[number] for number, found in cases.items()),
        "processes": processes_of(_executor(prepared.processes)),
    }
