"""``onegrid benchmark``: check, measure in turns, show, and leave the folder."""

import hashlib
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from experiments import case
from experiments.benchmark import in_c, table
from experiments.benchmark.cases import LAYOUTS, clock, tenfold
from experiments.benchmark.contestants import ENGINE, REFERENCES, Contestant, runnable
from experiments.benchmark.goals import Goal, goals
from experiments.benchmark.growth import growth, stages
from experiments.benchmark.memory import NOTHING, WHOLE, peak_of
from experiments.benchmark.sizes import SIZES, Size
from experiments.benchmark.speed import SETTINGS, check_all, entrants, time_all
from experiments.compose import ConfigError
from experiments.folder import check_folder, filling, write_manifest
from experiments.terminal import Screen
from sim.case import digest
from sim.figures import draw_benchmark
from sim.provenance import code_version, commit, versions


@dataclass(frozen=True)
class Prepared:
    """A benchmark that has been checked and may run."""

    name: str
    size: Size
    references: tuple[Contestant, ...]
    digest: str
    folder: Path


@dataclass(frozen=True)
class Found:
    """What was measured, and what was aimed for."""

    tables: dict[str, pd.DataFrame]
    goals: list[Goal]


def prepare(words: list[str], results: Path) -> Prepared:
    """See that everything is there before anything runs.

    Raises
    ------
    ConfigError
        A word that is not a size, something that is not installed, or a folder that holds
        something else.
    """
    name = words[0] if words else "full"
    if name not in SIZES or len(words) > 1:
        said = " ".join(["benchmark", *words])
        raise ConfigError(f"{said}: no such size; allowed: {', '.join(SIZES)}")
    size, references = SIZES[name], runnable()
    parts = [digest(setting.case(size)) for setting in SETTINGS]
    whole = hashlib.sha256("".join([name, *parts]).encode()).hexdigest()
    folder = results / "benchmark" / ("chibi" if name == "full" else name)
    check_folder(folder, whole)
    return Prepared(name, size, references, whole, folder)


def measure_speed(prepared: Prepared, screen: Screen) -> Path:
    """Check, measure, show, and leave the folder; returns it.

    Raises
    ------
    UnequalError
        A reference does other work than the engine: nothing is timed, nothing written.
    """
    start, begun = datetime.now(UTC), time.perf_counter()
    found = _measure(prepared, screen)
    with filling(prepared.folder) as draft:
        for name, item in found.tables.items():
            item.to_csv(draft / f"{name}.csv", index=False, float_format="%.6g")
        marks = table.points(found.tables["ratios"], found.tables["growth"])
        draw_benchmark(draft / "figures", marks, prepared.digest)
        seconds = time.perf_counter() - begun
        times = {"started": start.isoformat(timespec="seconds"), "seconds": round(seconds, 1)}
        write_manifest(draft, {**_what(prepared), **times})
    _show(found, screen)
    screen.out.print(f"\n{seconds:.0f} s. Tables, figure and manifest: {prepared.folder}")
    return prepared.folder


def _measure(prepared: Prepared, screen: Screen) -> Found:
    size, references = prepared.size, prepared.references
    if len(references) < len(REFERENCES):
        screen.say("There is no gcc: the reference in C is left out.")
    entered = {setting: entrants(setting, size, references) for setting in SETTINGS}
    ticks = check_all(entered, screen)
    ratios = time_all(entered, size, screen)
    screen.say("Timing a month with everything on, and ten times as much of it.")
    whole = stages(size.words, size.rounds)
    grown = growth(size.words, size.grown_days, max(2, size.rounds - 2))
    held = _memory(prepared, screen)
    aims = goals(ratios, whole, grown, held)
    tables = {"ratios": ratios, "ticks": ticks, "stages": whole, "growth": grown, "memory": held}
    tables["goals"] = pd.DataFrame([goal.row() for goal in aims])
    return Found(tables, aims)


def _memory(prepared: Prepared, screen: Screen) -> pd.DataFrame:
    """What processes of their own hold: each contestant's plain case, and the default month."""
    rows: list[tuple[str, str, float]] = []
    if prepared.size.memory:
        screen.say("Starting a process for each contestant, to see what it holds.")
        plain = SETTINGS[0].case(prepared.size)
        rows.append((NOTHING, "nothing", peak_of(NOTHING, plain)))
        for item in (ENGINE, *prepared.references):
            days = min(item.days, prepared.size.days)
            short = plain.model_copy(
                update={"clock": plain.clock.model_copy(update={"days": days})}
            )
            rows.append((item.name, f"plain, {days} days", peak_of(item.name, short)))
        month = case(f"policy={LAYOUTS[0]}", *prepared.size.words)
        rows.append((WHOLE, "default month", peak_of(WHOLE, month)))
        week = case(f"policy={LAYOUTS[0]}", *clock(7), *prepared.size.words)
        rows.append((WHOLE, "default week, area x 10", peak_of(WHOLE, tenfold(week, "area"))))
    return pd.DataFrame(rows, columns=["contestant", "what", "peak"])


def _show(found: Found, screen: Screen) -> None:
    tables = found.tables
    screen.out.print(table.ratios_table(tables["ratios"], tables["ticks"]))
    screen.out.print(table.stages_table(tables["stages"]))
    screen.out.print(table.growth_table(tables["growth"]))
    if len(tables["memory"]):
        screen.out.print(table.memory_table(tables["memory"]))
    screen.out.print(table.goals_table(found.goals))


def _what(prepared: Prepared) -> dict[str, Any]:
    """What a manifest tells of the runs and of the code that made them."""
    words = [] if prepared.name == "full" else [prepared.name]
    cases = {str(setting): digest(setting.case(prepared.size)) for setting in SETTINGS}
    return {
        "study_digest": prepared.digest,
        "command": ["onegrid", "benchmark", *words],
        "case_digests": cases,
        "rounds": prepared.size.rounds,
        "references": [item.name for item in prepared.references],
        "checked": "worker, t_dispatch, t_arrive, t_close of every request equal the engine's",
        "code_version": code_version(),
        **commit(),
        "versions": {**versions(), "simpy": version("simpy"), "gcc": _gcc()},
    }


def _gcc() -> str:
    """The first line of what the compiler says of itself."""
    found = in_c.compiler()
    if found is None:
        return ""
    done = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
    return done.stdout.partition("\n")[0]
