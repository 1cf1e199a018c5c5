"""Claims about what residents see: smoke in eight minutes, complaints, fees."""

import numpy as np

from experiments.claims_of import (
    NOT_IDENTIFIABLE,
    NOTHING,
    Answer,
    Band,
    Check,
    Point,
    number_of,
    swept,
)
from experiments.hypotheses.study import Sample, Words
from sim.case import Case
from sim.engine.build import plan
from sim.metrics import measured
from sim.record import Record
from sim.units import DAY

BEFORE, AFTER = "fragmented_layered", "reform"
DISTRICT = "trading_district"


# --- smoke in eight minutes -------------------------------------------------------------


WORK = (10.0, 14.0, 18.0, 30.0, 60.0)  # min · [L] median on the scene; 18 is the default
DEFAULT_WORK = 18.0
QUICK = 0.05  # share of emergencies that is as good as a selected case


def _working(minutes: float) -> str:
    return f"median {minutes:g} min"


def _quickest(_: Case, record: Record) -> dict[str, float]:
    """The time within which the quickest twentieth of emergencies is over, from the report on."""
    rows = measured(record, "call")
    rows = rows[(rows.urgency == "emergency").to_numpy()]
    minutes = (rows.t_served - rows.t_reported).fillna(np.inf)
    return {"minutes": float(np.quantile(minutes, QUICK))}


def _eight(sample: Sample, band: Band) -> Answer:
    """One selected case is no mean: it is plausible where one in twenty is as quick."""
    points = [Point(work, number_of(sample.of(_working(work), "minutes"))) for work in WORK]
    default = next(point.number for point in points if point.value == DEFAULT_WORK)
    return swept(default, points, band, "world.service.work.median_min.emergency", log=True)


EIGHT = Check(
    key="eight_minutes",
    article=8.0,  # min · [A] one case
    unit="min",
    band=(0.0, 8.0),
    arms={
        _working(work): (f"policy={AFTER}", f"world.service.work.median_min.emergency={work}")
        for work in WORK
    },
    read=_quickest,
    answer=_eight,
)


# --- complaints in the trading district ---------------------------------------------------

# needs that are called about and problems hidden at first [1/(1000 residents day)]
MIXES = ((2.5, 0.534), (2.5, 5.34), (0.5, 5.34), (0.05, 5.34))


def _mix(arm: str, needs: float, hidden: float) -> str:
    return f"{arm}, {needs:g} called about, {hidden:g} hidden"


def _mixed(needs: float, hidden: float) -> dict[str, Words]:
    words = (
        f"world.demand.needs_per_1000_per_day={needs}",
        f"world.demand.latent.per_1000_per_day={hidden}",
    )
    return {_mix(arm, needs, hidden): (f"policy={arm}", *words) for arm in (BEFORE, AFTER)}


def _complaints(case: Case, record: Record) -> dict[str, float]:
    """Complaints from the trading district: calls, calls again, hidden problems noticed."""
    city = plan(case).world.city
    inside = city.area == city.area_names.index(DISTRICT)
    calls, hidden = measured(record, "call"), measured(record, "latent")
    calls, hidden = calls[inside[calls.cell]], hidden[inside[hidden.cell]]
    noticed = float((hidden.found_by == "residents").sum())
    return {"calls": float((1 + calls.repeats).sum()), "noticed": noticed}


def _found_first(sample: Sample, band: Band) -> Answer:
    """Problems that staff find are not complained about: how much of all must have been such."""
    points = []
    for mix in MIXES:
        before, after = (
            {name: sample.of(_mix(arm, *mix), name) for name in ("calls", "noticed")}
            for arm in (BEFORE, AFTER)
        )
        whole = before["calls"] + before["noticed"]
        change = 100 * ((after["calls"] + after["noticed"]) / whole - 1)
        share = float((before["noticed"] / whole).mean())
        points.append(Point(share, number_of(change)))
    ordered = sorted(points, key=lambda point: point.value)
    return swept(points[0].number, ordered, band, "hidden share of complaints", log=False)


FOUND_FIRST = Check(
    key="complaints_found_first",
    article=-60.0,  # % · [A] trading district, no control
    unit="%",
    band=(-65.0, -55.0),
    arms={name: words for mix in MIXES for name, words in _mixed(*mix).items()},
    read=_complaints,
    answer=_found_first,
)

WEIGHTS = (0.5, 1.0, 1.5, 2.0, 3.0)  # relative change of readiness per unit of trust
STILL = "trust unmoved"


def _tired(weight: float) -> str:
    return f"weight {weight:g}"


def _late_calls(case: Case, record: Record) -> dict[str, float]:
    """The same in the second half of the measured days, when trust has settled."""
    city = plan(case).world.city
    inside = city.area == city.area_names.index(DISTRICT)
    rows = measured(record, "call")
    half = (case.clock.warmup_days + case.clock.days / 2) * DAY
    late = inside[rows.cell] & (rows.t_reported >= half).to_numpy()
    return {"calls": float((1 + rows[late].repeats).sum())}


def _fatigue(sample: Sample, band: Band) -> Answer:
    """People who no longer expect an answer call less, at unchanged service."""
    still = sample.of(STILL, "calls")
    points = [
        Point(weight, number_of(100 * (sample.of(_tired(weight), "calls") / still - 1)))
        for weight in WEIGHTS
    ]
    nothing = number_of(np.zeros(len(still)))  # the default: trust does not move
    return swept(nothing, points, band, "world.people.reaction.trust_reports", log=False)


FATIGUE = Check(
    key="complaints_fatigue",
    article=-60.0,  # % · [A] trading district, no control
    unit="%",
    band=(-65.0, -55.0),
    clock=("clock=month", "clock.days=42"),
    arms={STILL: (f"policy={BEFORE}",)}
    | {
        _tired(weight): (
            f"policy={BEFORE}",
            "world.people.reaction.trust_gain=0.5",
            "world.people.reaction.trust_start=1.0",
            f"world.people.reaction.trust_reports={weight}",
        )
        for weight in WEIGHTS
    },
    read=_late_calls,
    answer=_fatigue,
)


# --- fees --------------------------------------------------------------------------------


def _unread(_: Case, __: Record) -> dict[str, float]:
    return {}


def _unknown(_: Sample, __: Band) -> Answer:
    return Answer(NOT_IDENTIFIABLE, NOTHING)


FEES = Check(
    key="fees",
    article=20.0,  # percentage points · [A] one community, no control
    unit="points",
    band=(15.0, 25.0),
    arms={},
    read=_unread,
    answer=_unknown,
)
