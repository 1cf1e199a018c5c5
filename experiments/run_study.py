"""The way of a study: compose, check, guard, run what is missing, compare, write."""

import platform
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pyarrow as pa

from experiments.compose import ConfigError
from experiments.events import first_events
from experiments.evidence import evidence_of
from experiments.execute import run_job
from experiments.executor import Executor, processes_of, spread
from experiments.folder import check_folder, filling, is_whole, write_manifest
from experiments.kinds import Kind
from experiments.outcome import Results, Tables, compare_arms, write_csv
from experiments.plan import Job, Plan
from experiments.study import plan_worlds, study_digest
from experiments.terminal import Screen
from sim.case import digest
from sim.engine.build import build, plan
from sim.engine.compiled import is_cached
from sim.figures import Facts
from sim.guards import (
    check_before_reform,
    check_null_reform,
    check_one_world,
    check_same_twice,
)
from sim.ledger import Ledger, LedgerError, OtherStudyError, failure_of, frame_of, runs_in
from sim.provenance import code_version, commit, package_version, versions
from sim.runner import RunError

FLUSH_S = 1.0  # at most this much of what is finished can be lost
GUARDS = {
    "same_twice": "exactly 0",
    "null_reform": "identical",
    "before_reform": "identical",
    "conservation": "holds",
}
GROWTH = 1.5  # more replications at a time, until precise
type OnChange = Literal["refuse", "extend", "fresh"]


@dataclass(frozen=True)
class Prepared:
    """A study that has been composed and checked, and may run."""

    study: Kind
    plan: Plan
    digest: str
    folder: Path
    ledger: Ledger
    executor: Executor
    words: list[str]

    @property
    def identity(self) -> dict[str, str]:
        """What the ledger is made with."""
        return {"study": self.digest, "code": code_version()}


def prepare(
    study: Kind,
    words: list[str],
    results: Path,
    executor: Executor,
    on_change: OnChange = "refuse",
) -> Prepared:
    """Compose and check everything that can be wrong before anything runs.

    Parameters
    ----------
    on_change : what to do with runs of another study or of other code in the same place

    Raises
    ------
    CaseError
        One line: key, value, what is allowed.
    """
    worlds = list(plan_worlds(study, words))
    for world in worlds:
        check_one_world(world.cases)
    whole = study_digest(study, worlds)
    folder = results / study.kind / study.name
    ledger = Ledger(folder.with_name(f"{study.name}.ledger"))
    check_folder(folder, whole, refuse=on_change == "refuse")
    prepared = Prepared(study, Plan(study, worlds), whole, folder, ledger, executor, words)
    other = _holds_other(prepared, on_change)
    if other or not ledger.paths():
        for case in worlds[0].cases.values():
            build(plan(case))  # finds what shows once a layout is drawn: posts, areas, preferences
    if other:
        _make_room(prepared, on_change)
    return prepared


def _holds_other(prepared: Prepared, on_change: OnChange) -> bool:
    """Whether the ledger is of another study or code, where that is not refused."""
    try:
        prepared.ledger.check(prepared.identity)
    except OtherStudyError as error:
        if on_change == "refuse":
            raise ConfigError(
                f"{error}; allowed: study.name=ANOTHER, --extend (use the runs that still "
                "hold), or --fresh (put them aside)"
            ) from None
        return True
    except LedgerError as error:
        raise ConfigError(str(error)) from None
    return False


def _make_room(prepared: Prepared, on_change: OnChange) -> None:
    """Put another study's runs aside, or take them over."""
    try:
        if on_change == "fresh":
            prepared.ledger.put_aside()
        else:
            prepared.ledger.adopt(prepared.identity)
    except LedgerError as error:
        raise ConfigError(str(error)) from None


def run_study(prepared: Prepared, screen: Screen) -> Path:
    """Run what is missing of a prepared study and leave its folder; returns the folder.

    Raises
    ------
    GuardError
        The engine shows effects where there are none.
    RunError
        Runs have failed; the others are kept.
    LedgerError
        The ledger is locked, or cannot be written.
    """
    start, clock = datetime.now(UTC), time.perf_counter()
    with prepared.ledger.claim(prepared.identity):
        rows, replications, fresh = _run_all(prepared, screen)
        part, parts = prepared.executor.share
        if parts > 1:
            _say_part(prepared, screen, part, parts)
            return prepared.ledger.folder
        if fresh or not is_whole(prepared.folder, package_version(), replications):
            tables = _write(prepared, rows, replications, start, clock)
            prepared.study.show(screen, tables)
            prepared.ledger.compact()
        seconds = time.perf_counter() - clock
        runs = len(prepared.plan.table(replications))
        made = f"{runs} runs ({fresh} of them now)" if fresh else f"All {runs} runs were there"
        screen.out.print(
            f"\n{made}, {seconds:.0f} s. Tables, figures and manifest: {prepared.folder}",
            soft_wrap=True,
        )
    return prepared.folder


def _say_part(prepared: Prepared, screen: Screen, part: int, parts: int) -> None:
    screen.out.print(
        f"Part {part + 1} of {parts} is finished: {prepared.ledger.folder}\nWhen all are: "
        f"onegrid ledger merge {prepared.ledger.folder} OTHER ..., then the same command "
        "without executor.part",
        soft_wrap=True,
    )


# --- running ------------------------------------------------------------------------------


def _run_all(prepared: Prepared, screen: Screen) -> tuple[pa.Table, int, int]:
    """Run until nothing is missing and all is precise; the rows, replications, runs made now."""
    study, made = prepared.study, 0
    replications = study.replications
    rows = _read(prepared, screen)
    guarded = False
    while True:
        done = set(runs_in(rows).query("error == ''").run)
        jobs = prepared.plan.jobs(replications, done, prepared.executor.share)
        if jobs:
            if not guarded:
                _guard(prepared, screen)
                guarded = True
            made += _run(prepared, jobs, len(done), screen)
            rows = _read(prepared, screen)
            _check_failures(prepared, rows, replications)
        wanted = _more(prepared, rows, replications)
        if wanted == replications:
            return rows, replications, made
        screen.say(f"Not yet precise: {wanted} replications")
        replications = wanted


def _read(prepared: Prepared, screen: Screen) -> pa.Table:
    ledger = prepared.ledger
    ledger.set_aside.clear()
    rows = ledger.read()
    if ledger.set_aside:
        screen.say(
            f"{len(ledger.set_aside)} damaged shards were set aside ({ledger.folder}/damaged); "
            "their runs are computed again"
        )
    return rows


def _guard(prepared: Prepared, screen: Screen) -> None:
    """The engine shows no effect where there is none."""
    first = prepared.plan.worlds[0].cases
    if not is_cached():
        screen.say("Compiling the engine, once per version: about a minute ...")
    check_same_twice(first[prepared.study.baseline])
    check_null_reform(list(first.values()))
    for case in first.values():
        check_before_reform(case)
    screen.say("Guards hold: the same arm twice differs by 0; with nothing to act on, so do all.")


def _run(prepared: Prepared, jobs: list[Job], done: int, screen: Screen) -> int:
    """Run jobs; what is finished goes to the ledger every second, and whatever happens."""
    runs = sum(len(job.runs) for job in jobs)
    desk = _Desk(prepared.ledger)
    with screen.progress(runs + done, done) as step, desk:
        for over in spread(run_job, jobs, prepared.executor, Job.apart):
            if over.outcome is None:
                for name, _ in over.job.runs:
                    desk.take(failure_of(name, over.error))
            else:
                desk.take(over.outcome.rows)
            step(len(over.job.runs))
    return runs


class _Desk:
    """Rows on their way to the ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, self.rows, self.since = ledger, list[pa.Table](), time.monotonic()

    def take(self, rows: pa.Table) -> None:
        """Keep rows; write what has come together when it is time."""
        self.rows.append(rows)
        if time.monotonic() - self.since >= FLUSH_S:
            self.flush()

    def flush(self) -> None:
        """Write what has come together."""
        rows, self.rows = self.rows, []
        self.since = time.monotonic()
        if rows:
            self.ledger.append(pa.concat_tables(rows))

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None or not issubclass(kind, LedgerError):
            self.flush()


def _check_failures(prepared: Prepared, rows: pa.Table, replications: int) -> None:
    """Show nothing while a run is missing: who fails is not drawn by lot."""
    failed = runs_in(rows).query("error != ''")
    table = prepared.plan.table(replications)
    wanted = table[table.run.isin(failed.run)]
    if wanted.empty:
        return
    first = wanted.iloc[0]
    error = failed.set_index("run").error[first.run]
    world = prepared.plan.worlds[first.world].name
    raise RunError(
        f"{failed.run.isin(wanted.run).sum()} runs failed, the first: {first.arm}, {world}, "
        f"replication {first.replication}: {error}; the others are kept in "
        f"{prepared.ledger.folder}, the same command tries again "
        f"(onegrid ledger failures {prepared.ledger.folder} lists them)"
    )


def _more(prepared: Prepared, rows: pa.Table, replications: int) -> int:
    """How many replications are wanted, by what has been seen."""
    precision, parts = prepared.study.precision, prepared.executor.share[1]
    if precision is None or parts > 1 or replications >= precision.at_most:
        return replications
    metrics = _frames(prepared, rows, replications)["metrics"]
    chosen = metrics[(metrics.metric == precision.metric) & (metrics.group == precision.group)]
    if chosen.empty:
        raise ConfigError(
            f"study.precision.metric = {precision.metric!r} in group {precision.group!r}: no run "
            "leaves it; allowed: a metric and group of summary.csv"
        )
    first = (compare_arms(prepared.study, part)[0].table for _, part in chosen.groupby("world"))
    widest = max(float((table.hi - table.lo).max()) / 2 for table in first)
    if widest <= precision.half_width:
        return replications
    return min(int(replications * GROWTH) + 1, precision.at_most)


# --- what is left -------------------------------------------------------------------------


def _frames(prepared: Prepared, rows: pa.Table, replications: int) -> dict[str, pd.DataFrame]:
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


def _write(
    prepared: Prepared, rows: pa.Table, replications: int, start: datetime, clock: float
) -> Tables:
    """Write every table and figure, whole or not at all."""
    study, frames = prepared.study, _frames(prepared, rows, replications)
    facts = Facts(
        study.baseline, study.focus, tuple(study.all_arms()), replications, prepared.digest
    )
    results = Results(
        prepared.plan.worlds, frames["metrics"], frames["curves"], frames["balance"], facts
    )
    tables = study.tables(results)
    ledger = evidence_of(study, prepared.words, tables)
    with filling(prepared.folder) as folder:
        for name in ("metrics", "curves"):
            file = {"metrics": "replications", "curves": "curves"}[name]
            if len(frames[name]):
                frames[name].to_parquet(folder / f"{file}.parquet", index=False, compression="zstd")
        write_csv(folder, {"balance": frames["balance"], "evidence": ledger, **tables})
        study.draw(folder / "figures", results, tables)
        write_manifest(
            folder,
            {
                **_what(prepared, replications),
                "events": first_events(frames["events"]),
                "started": start.isoformat(timespec="seconds"),
                "seconds": round(time.perf_counter() - clock, 1),
                "cpu_seconds_of_runs": round(float(frames["cost"]["value"].sum()), 1),
            },
        )
    return tables


def _what(prepared: Prepared, replications: int) -> dict[str, Any]:
    """What a manifest tells of the runs and of the code that made them."""
    study, worlds = prepared.study, prepared.plan.worlds
    cases = worlds[0].cases
    table = prepared.plan.table(replications)
    return {
        "study_digest": prepared.digest,
        "command": ["onegrid", *prepared.words],
        "study": study.model_dump(mode="json"),
        "cases": {arm: case.model_dump(mode="json") for arm, case in cases.items()},
        "case_digests": {
            world.name: {arm: digest(case) for arm, case in world.cases.items()} for world in worlds
        },
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
