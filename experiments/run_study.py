"""The way of a prepared study: guard, run what is missing, and have it written."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from experiments.compose import ConfigError
from experiments.execute import run_job
from experiments.folder import is_whole
from experiments.outcome import compare_arms
from experiments.plan import Job
from experiments.prepared import Prepared
from experiments.report import leave_pages
from experiments.spreading import spread
from experiments.terminal import Screen
from experiments.written import frames_of, write_results
from sim.engine.compiled import is_cached
from sim.guards import check_before_reform, check_null_reform, check_same_twice
from sim.ledger import Ledger, LedgerError
from sim.provenance import package_version
from sim.rows import failure_of, runs_in
from sim.runner import RunError

FLUSH_S = 1.0  # at most this much of what is finished can be lost
GROWTH = 1.5  # more replications at a time, until precise


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
        runs, fresh = prepared.finished, 0
        if not runs:
            rows, replications, fresh = _run_all(prepared, screen)
            part, parts = prepared.executor.share
            if parts > 1:
                _say_part(prepared, screen, part, parts)
                return prepared.ledger.folder
            if fresh or not is_whole(prepared.folder, package_version(), replications):
                tables = write_results(prepared, rows, replications, start, clock)
                prepared.study.show(screen, tables)
                prepared.ledger.compact()
            runs = len(prepared.plan.table(replications))
        prepared.ledger.seal(**prepared.seal)
        seconds = time.perf_counter() - clock
        made = f"{runs} runs ({fresh} of them now)" if fresh else f"All {runs} runs were there"
        screen.out.print(
            f"\n{made}, {seconds:.0f} s. Tables, figures and manifest: {prepared.folder}",
            soft_wrap=True,
        )
        leave_pages(prepared.folder, screen)
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
        for over in spread(run_job, jobs, prepared.executor, Job.apart, screen.say):
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
    metrics = frames_of(prepared, rows, replications)["metrics"]
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
