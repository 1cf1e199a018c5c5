"""``onegrid hypotheses``: run the small studies, answer, and leave the folder."""

import hashlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from typing import Any

import pandas as pd

from experiments.compose import ConfigError
from experiments.execute import available_cores, spread
from experiments.folder import check_folder, filling, write_manifest
from experiments.hypotheses.statistic import CONTEXT, Finding, answer
from experiments.hypotheses.study import READINGS, Sample, Words, compose, compose_arms, policies
from experiments.hypotheses.table import ANSWERS, table_of
from experiments.hypotheses.ten import TEN
from experiments.hypotheses.why import WHY
from experiments.terminal import Screen
from sim.case import Case, digest
from sim.figures import Facts, draw_hypotheses
from sim.guards import check_null_reform, check_same_twice
from sim.provenance import code_version, commit, versions
from sim.runner import run

BASELINE, FOCUS = "fragmented_layered", "merged"


@dataclass(frozen=True)
class Job:
    """One replication of all arms of a hypothesis."""

    number: int
    replication: int
    cases: dict[str, Case]


@dataclass(frozen=True)
class Outcome:
    """What was read from a job's runs, and its CPU time [s]."""

    number: int
    replication: int
    rows: list[tuple[str, str, float]]
    cpu: float


def run_job(job: Job) -> Outcome:
    """Run every arm of a job and keep what its hypothesis reads."""
    start, hypothesis = process_time(), TEN[job.number]
    rows: list[tuple[str, str, float]] = []
    for arm, case in job.cases.items():
        laid = hypothesis.lay(case.replicate(job.replication))
        found = hypothesis.read(laid, run(laid))
        rows.extend((arm, metric, value) for metric, value in found.items())
    return Outcome(job.number, job.replication, rows, process_time() - start)


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


def answer_hypotheses(
    numbers: list[int],
    results: Path,
    screen: Screen,
    extra: Words = (),
    replications: int | None = None,
    processes: int = 0,
) -> Path:
    """Answer hypotheses and leave ``hypotheses/chibi``, or a folder named after the numbers.

    Parameters
    ----------
    extra : words for every arm, before its own: a smaller city
    replications : at most so many

    Raises
    ------
    CaseError
        A case that cannot be right, or a folder that holds something else.
    GuardError
        The engine fails A/A or the null reform; nothing is run.
    """
    start, clock = datetime.now(UTC), time.perf_counter()
    cases = {number: compose(TEN[number], extra) for number in numbers}
    counts = {
        number: min(TEN[number].replications, replications or TEN[number].replications)
        for number in numbers
    }
    whole = _digest(cases, counts)
    name = "_".join(["chibi", *(str(number) for number in numbers if len(numbers) < len(TEN))])
    folder = results / "hypotheses" / name
    check_folder(folder, whole)
    _guard(extra)
    screen.say("Guards hold: the same arm twice differs by 0; with nothing to act on, so do all.")
    outcomes = _run(cases, counts, processes, screen)
    runs = _runs(outcomes)
    findings = {
        number: TEN[number].answer(Sample(runs[runs.number == number].drop(columns="number")))
        for number in numbers
    }
    answers, points = answers_of(findings), points_of(findings)
    with filling(folder) as draft:
        runs.to_parquet(draft / "replications.parquet", index=False)
        answers.to_csv(draft / "answers.csv", index=False, float_format="%.6g")
        points.to_csv(draft / "points.csv", index=False, float_format="%.6g")
        facts = Facts(BASELINE, FOCUS, (BASELINE, FOCUS), max(counts.values()), whole)
        draw_hypotheses(draft / "figures", facts, plotted(findings))
        words = [str(number) for number in numbers]
        write_manifest(
            draft,
            {
                "study_digest": whole,
                "command": ["onegrid", "hypotheses", *(words if len(words) < len(TEN) else [])],
                **_what(cases, counts, extra),
                "started": start.isoformat(timespec="seconds"),
                "seconds": round(time.perf_counter() - clock, 1),
                "cpu_seconds_of_runs": round(sum(item.cpu for item in outcomes), 1),
                "processes": processes or available_cores(),
            },
        )
    screen.out.print(table_of(answers))
    seconds = time.perf_counter() - clock
    screen.out.print(
        f"\n{sum(len(cases[job.number]) for job in outcomes)} runs in {seconds:.0f} s. {folder}"
    )
    return folder


def _guard(extra: Words) -> None:
    """The engine shows no effect where there is none."""
    arms = compose_arms(extra, policies(*READINGS, FOCUS))
    check_same_twice(arms[FOCUS])
    check_null_reform(list(arms.values()))


def _run(
    cases: dict[int, dict[str, Case]], counts: dict[int, int], processes: int, screen: Screen
) -> list[Outcome]:
    jobs = [
        Job(number, replication, cases[number])
        for number, count in counts.items()
        for replication in range(count)
    ]
    jobs.sort(key=lambda job: -len(job.cases))  # the longest first, so that none is left alone
    outcomes: list[Outcome] = []
    with screen.progress(len(jobs), round(sum(len(job.cases) for job in jobs) / len(jobs))) as step:
        for outcome in spread(run_job, jobs, processes):
            outcomes.append(outcome)
            step()
    return sorted(outcomes, key=lambda item: (item.number, item.replication))


def _runs(outcomes: list[Outcome]) -> pd.DataFrame:
    """What was read from every run, a row each."""
    rows = [
        (item.number, arm, metric, item.replication, value)
        for item in outcomes
        for arm, metric, value in item.rows
    ]
    return pd.DataFrame(rows, columns=["number", "arm", "metric", "replication", "value"])


def answers_of(findings: dict[int, list[Finding]]) -> pd.DataFrame:
    """Every quantity with its interval and verdict, and the answer to the whole hypothesis."""
    rows = [
        (
            number,
            TEN[number].claim,
            item.claim.quantity,
            item.claim.unit,
            item.claim.threshold,
            item.estimate,
            item.lo,
            item.hi,
            len(item.points),
            item.verdict,
            answer(found),
            WHY[number],
        )
        for number, found in findings.items()
        for item in found
    ]
    return pd.DataFrame(rows, columns=ANSWERS)


def points_of(findings: dict[int, list[Finding]]) -> pd.DataFrame:
    """Every quantity in every replication."""
    rows = [
        (number, item.claim.quantity, item.claim.unit, replication, value)
        for number, found in findings.items()
        for item in found
        for replication, value in enumerate(item.points)
    ]
    return pd.DataFrame(rows, columns=["number", "quantity", "unit", "replication", "value"])


def plotted(findings: dict[int, list[Finding]]) -> pd.DataFrame:
    """What the figure shows: the quantities with a claim, in every replication."""
    table = points_of(findings)
    facts = pd.DataFrame(
        [
            (
                number,
                TEN[number].topic,
                answer(found),
                item.claim.quantity,
                item.claim.low,
                item.claim.high,
                item.estimate,
                item.lo,
                item.hi,
                len(item.points),
                item.verdict,
            )
            for number, found in findings.items()
            for item in found
            if item.verdict != CONTEXT
        ],
        columns=[
            *("number", "topic", "answer", "quantity", "low", "high"),
            *("estimate", "lo", "hi", "n", "verdict"),
        ],
    )
    return facts.merge(table, on=["number", "quantity"], how="left")


def _digest(cases: dict[int, dict[str, Case]], counts: dict[int, int]) -> str:
    """Digest of everything that will be run."""
    parts = [f"{number}:{counts[number]}" for number in cases]
    parts += [f"{arm}:{digest(case)}" for arms in cases.values() for arm, case in arms.items()]
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def _what(
    cases: dict[int, dict[str, Case]], counts: dict[int, int], extra: Words
) -> dict[str, Any]:
    """What a manifest tells of the runs and of the code that made them."""
    return {
        "hypotheses": {str(number): TEN[number].claim for number in cases},
        "arms": {
            str(number): {
                arm: [*TEN[number].clock, *extra, *words] for arm, words in TEN[number].arms.items()
            }
            for number in cases
        },
        "case_digests": {
            str(number): {arm: digest(case) for arm, case in arms.items()}
            for number, arms in cases.items()
        },
        "seed": next(case.draws.seed for arms in cases.values() for case in arms.values()),
        "replications": {str(number): count for number, count in counts.items()},
        "runs": sum(len(arms) * counts[number] for number, arms in cases.items()),
        "guards": {"same_twice": "exactly 0", "null_reform": "identical", "conservation": "holds"},
        "code_version": code_version(),
        **commit(),
        "versions": versions(),
    }
