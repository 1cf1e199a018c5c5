"""``onegrid calibrate``: two search rates from the two counts the article gives.

A volunteer patrol reported 189 hazards in 2,100 hours (.0900 an hour), riders 132 problems,
by order of magnitude in a year. What somebody finds per hour is his sweep times the stock of
hidden problems where he walks, and that stock hangs on who else looks. So each stock is taken
from a named arm: the volunteers' from before the reform, the riders' from after it, in both
without those to be calibrated. The rates follow by division. Then each arm is run with them,
the volunteers in the strength of the article's patrol: what differs from the count is the
residual. The patrol roams the whole city there: confined to a zone, one person finds in an
evening most of what is hidden in it, and no sweep reaches the article's count. With every
volunteer on patrol, each in his own zone, the stock is used up, and an hour finds far less: the
last row. The count can hold for a patrol that picks its places, not for all volunteers.

Nothing else is fitted, and nothing to an outcome of the reform.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments import case
from experiments.events import events_of
from experiments.folder import check_folder, filling, write_manifest
from experiments.terminal import Screen
from sim.case import Case, digest
from sim.engine.build import Plan, plan
from sim.metrics import measured
from sim.provenance import code_version, commit, package_version, versions
from sim.record import Record
from sim.runner import run
from sim.units import DAY

Floats = NDArray[np.float64]

BEFORE, AFTER = "fragmented_layered", "reform"
PATROL = (  # 2,100 hours are what three people walk in a year of evenings
    "policy.staffing.heads.volunteer=3",
    "policy.staffing.participation.volunteer=1.0",
    "policy.staffing.units.volunteer=1",
    "policy.sensing.beyond_line=1",
    (
        "policy.sensing.reports={cadre: [disputes, hazards], city_officer: [city_order], "
        "property_staff: [property], volunteer: [hazards]}"
    ),
)
REPLICATIONS = 8
HAZARDS_PER_HOUR = 189 / 2100  # 1/h · [A] reported by a volunteer patrol, over its hours
RIDERS_PER_YEAR = 132.0  # 1/year · [A] problems reported by riders and couriers; period not stated
COLUMNS = ["quantity", "unit", "target", "reached", "lo", "hi", "residual", "arm", "n"]


def calibrate(results: Path, screen: Screen) -> Path:
    """Find the rates, check them, and leave the table; returns its file."""
    start = datetime.now(UTC)
    before = _each(BEFORE, *PATROL)
    asked, folder = digest(before[0][0]), results / "calibration" / "chibi"
    check_folder(folder, asked)
    sweep = HAZARDS_PER_HOUR / np.array([_hazards_per_sweep(c, r) for c, r in before])
    factor = sweep / before[0][0].world.service.patrol.sweep_per_hour
    set_sweep = f"world.service.roles.volunteer.sweep={factor.mean():.3g}"
    after = _each(AFTER, set_sweep)
    rate = RIDERS_PER_YEAR / (365 * 24) / np.array([_seen_by_riders(c, r) for c, r in after])
    set_rate = f"policy.sensing.riders_per_hour={rate.mean():.3g}"
    patrol, everybody = _each(BEFORE, *PATROL, set_sweep), _each(AFTER, set_sweep, set_rate)
    hazards, riders = _found_per_hour(patrol), _riders_per_year(everybody)
    rows = [
        _row("world.service.roles.volunteer.sweep", "ratio", np.nan, factor, BEFORE),
        _row("policy.sensing.riders_per_hour", "1/h", np.nan, rate, AFTER),
        _row("hazards per patrol hour", "1/h", HAZARDS_PER_HOUR, hazards, f"{BEFORE} + patrol"),
        _row("riders' reports", "1/year", RIDERS_PER_YEAR, riders, AFTER),
        _row("hazards per hour, all", "1/h", np.nan, _found_per_hour(everybody), AFTER),
    ]
    runs = {"before": before, "after": after, "patrol": patrol, "everybody": everybody}
    with filling(folder) as draft:
        table = pd.DataFrame(rows, columns=COLUMNS)
        table.to_csv(draft / "rates.csv", index=False, float_format="%.6g")
        write_manifest(draft, {**_what(asked, runs), "started": start.isoformat("T", "seconds")})
    for name, unit, target, reached, lo, hi, _, arm, count in rows:
        aim = "" if np.isnan(target) else f", target {target:.4g}"
        screen.say(f"{name}: {reached:.4g} [{lo:.4g}, {hi:.4g}] {unit}{aim} ({arm}, n = {count})")
    screen.say(f"Table and manifest: {folder}")
    return folder / "rates.csv"


def _what(asked: str, runs: dict[str, list[tuple[Case, Record]]]) -> dict[str, Any]:
    """What a manifest tells of the runs and of the code that made them."""
    return {
        "study_digest": asked,
        "command": ["onegrid", "calibrate"],
        "case_digests": {name: digest(pairs[0][0]) for name, pairs in runs.items()},
        "events": {name: events_of(pairs[0][1]) for name, pairs in runs.items()},
        "seed": runs["before"][0][0].draws.seed,
        "replications": list(range(REPLICATIONS)),
        "failures": [],
        "code_version": code_version(),
        "package_version": package_version(),
        **commit(),
        "versions": versions(),
    }


def _each(arm: str, *words: str) -> list[tuple[Case, Record]]:
    """Replications of an arm; without words nobody who is to be calibrated looks."""
    off = ("world.service.roles.volunteer.sweep=0.0", "policy.sensing.riders_per_hour=0.0")
    first = case(f"policy={arm}", *off, *words)
    return [(c, run(c)) for c in (first.replicate(number) for number in range(REPLICATIONS))]


def _row(name: str, unit: str, target: float, values: Floats, arm: str) -> list[Any]:
    """Mean and 95 % interval (normal) over the replications."""
    mean, reach = float(values.mean()), 1.96 * float(values.std(ddof=1)) / len(values) ** 0.5
    return [name, unit, target, mean, mean - reach, mean + reach, mean - target, arm, len(values)]


def _hidden_minutes(c: Case, record: Record) -> tuple[pd.DataFrame, Floats]:
    """Hidden problems and how long each was hidden in the measured part [min]."""
    start = c.clock.warmup_days * DAY
    end = start + c.clock.days * DAY
    rows = record.requests[(record.requests.kind == "latent").to_numpy()]
    until = rows.t_reported.fillna(np.inf).clip(upper=end)
    return rows, (until - rows.t_onset.clip(lower=start)).clip(lower=0.0).to_numpy()


def _hazards_per_sweep(c: Case, record: Record) -> float:
    """Hidden hazards per cell where volunteers walk: what one cell of sweep finds."""
    rows, minutes = _hidden_minutes(c, record)
    hazard = (rows.domain == "hazards").to_numpy()
    weight = _walked(plan(c))[rows.cell.to_numpy()]
    return float((minutes * weight)[hazard].sum()) / (c.clock.days * DAY)


def _walked(planned: Plan) -> Floats:
    """Share of the volunteers who walk a cell, by cell: each spreads over his unit's cells."""
    posting = planned.posting
    who = np.flatnonzero(posting.role == planned.roles.index("volunteer"))
    weight = np.zeros(planned.world.city.cells)
    for w in who:
        mine = posting.unit_at[posting.area[w]] == posting.unit[w]
        weight[mine] += 1.0 / (mine.sum() * len(who))
    return weight


def _seen_by_riders(c: Case, record: Record) -> float:
    """Problems in the street, weighed by how many riders pass: what a rate of 1 would report."""
    rows, minutes = _hidden_minutes(c, record)
    city = plan(c).world.city
    traffic = (city.density / city.density.mean() + city.jobs / city.jobs.mean()) / 2
    weight = traffic[rows.cell.to_numpy()] * rows.outdoor.to_numpy()
    return float((minutes * weight).sum()) / (c.clock.days * DAY)


def _found_per_hour(runs: list[tuple[Case, Record]]) -> Floats:
    """Hazards found by volunteers per hour on patrol."""
    found = []
    for _, record in runs:
        rows, work = measured(record, "latent"), record.work
        mine = (rows.found_by == "volunteer") & (rows.domain == "hazards")
        staff = work[(work.role == "volunteer").to_numpy()]
        hours = (staff.paid - staff.travel - staff.service).sum() / 60
        found.append(float(mine.sum()) / float(hours))
    return np.array(found)


def _riders_per_year(runs: list[tuple[Case, Record]]) -> Floats:
    """Reports by riders, carried to a year."""
    return np.array(
        [
            float((measured(record, "latent").found_by == "riders").sum()) * 365 / c.clock.days
            for c, record in runs
        ]
    )
