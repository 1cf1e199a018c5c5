"""Claims that are counts: whistles, visits of departments, hazards, riders, members, services."""

from dataclasses import replace

import numpy as np

from experiments.calibrate import HAZARDS_PER_HOUR, PATROL, RIDERS_PER_YEAR
from experiments.claims_of import (
    NOT_IDENTIFIABLE,
    NOTHING,
    Answer,
    Band,
    Check,
    Point,
    count_band,
    number_of,
    share_band,
    swept,
)
from experiments.hypotheses.study import Sample, Words
from sim.case import Case
from sim.metrics import measured
from sim.record import Record
from sim.units import DAY

BEFORE, AFTER = "fragmented_layered", "reform"
YEAR = 365.0  # days


# --- whistles and visits of departments -------------------------------------------------

SPECIALISTS = (0.004, 0.01, 0.02, 0.05, 0.1, 0.25)  # share of cases that only they can close
DEFAULT_SHARE = 0.1
KINDS = ("city_order", "property", "disputes", "hazards", "livelihood")


def _special(share: float) -> str:
    return f"specialists {share:g}"


TO_DEPARTMENTS: dict[str, Words] = {
    _special(share): (
        f"policy={AFTER}",
        *(f"world.demand.specialist_share.{kind}={share}" for kind in KINDS),
    )
    for share in SPECIALISTS
}


def _passed_on(case: Case, record: Record) -> dict[str, float]:
    """The share of cases a department is called to, and how many it attends a day."""
    start, days = case.clock.warmup_days * DAY, case.clock.days
    begun = record.requests.t_attended
    attended = ((begun >= start) & (begun < start + days * DAY)).sum()
    calls = measured(record, "call")
    return {"share": float(calls.t_desk.notna().mean()), "visits": float(attended) / days}


def _whistles(sample: Sample, band: Band) -> Answer:
    return _by_specialists(sample, band, "share")


def _visits(sample: Sample, band: Band) -> Answer:
    return _by_specialists(sample, band, "visits")


def _by_specialists(sample: Sample, band: Band, metric: str) -> Answer:
    points = [Point(share, number_of(sample.of(_special(share), metric))) for share in SPECIALISTS]
    default = next(point.number for point in points if point.value == DEFAULT_SHARE)
    return swept(default, points, band, "world.demand.specialist_share", log=True)


WHISTLES = Check(
    key="whistles",
    article=11 / 1260,  # share · [A] whistles over cases brought to secretaries
    unit="share",
    band=share_band(11, 1260),
    arms=TO_DEPARTMENTS,
    read=_passed_on,
    answer=_whistles,
)

VISITS = Check(
    key="department_visits",
    article=1800 / YEAR,  # 1/day · [A] 1,800 at least; that it was a year is assumed
    unit="per day",
    band=count_band(1800, YEAR),
    arms=TO_DEPARTMENTS,
    read=_passed_on,
    answer=_visits,
)


# --- hazards found on patrol ------------------------------------------------------------

PATROLS = (3, 10, 30, 100)  # volunteers on patrol in the whole city
POSTED = "all volunteers, each in his zone"


def _walkers(count: int) -> str:
    return f"{count} on patrol"


def _patrol(count: int) -> Words:
    heads = f"policy.staffing.heads.volunteer={count}"
    return (f"policy={BEFORE}", *(word for word in PATROL if ".heads." not in word), heads)


def _per_hour(_: Case, record: Record) -> dict[str, float]:
    """Hazards found by volunteers per hour of theirs on patrol."""
    rows, work = measured(record, "latent"), record.work
    found = ((rows.found_by == "volunteer") & (rows.domain == "hazards")).sum()
    staff = work[(work.role == "volunteer").to_numpy()]
    return {"rate": float(found) / (float((staff.paid - staff.travel - staff.service).sum()) / 60)}


def _hazards(sample: Sample, band: Band) -> Answer:
    points = [Point(count, number_of(sample.of(_walkers(count), "rate"))) for count in PATROLS]
    posted = number_of(sample.of(POSTED, "rate"))
    found = swept(posted, points, band, "volunteers on patrol", log=True)
    return replace(found, low=float(np.ceil(found.low - 1e-6)), high=float(np.floor(found.high)))


HAZARDS = Check(
    key="hazards",
    article=HAZARDS_PER_HOUR,
    unit="per hour",
    band=count_band(189, 2100.0),
    clock=("clock=month",),
    arms={POSTED: (f"policy={AFTER}",)} | {_walkers(count): _patrol(count) for count in PATROLS},
    read=_per_hour,
    answer=_hazards,
)


# --- riders ------------------------------------------------------------------------------

RATES = (0.00014, 0.00028, 0.00056)  # 1/h · the default, half and twice of it
DEFAULT_RATE = 0.00028


def _riding(rate: float) -> str:
    return f"rate {rate:g}"


def _by_riders(case: Case, record: Record) -> dict[str, float]:
    """Reports by riders, carried to a year."""
    found = (measured(record, "latent").found_by == "riders").sum()
    return {"reports": float(found) * YEAR / case.clock.days}


def _riders(sample: Sample, _: Band) -> Answer:
    """A count without a period fits every rate, with a period of its own."""
    points = [Point(rate, number_of(sample.of(_riding(rate), "reports"))) for rate in RATES]
    default = next(point.number for point in points if point.value == DEFAULT_RATE)
    means = [point.number.mean for point in points]
    years = sorted(RIDERS_PER_YEAR / mean if mean else np.inf for mean in means)
    return Answer(
        NOT_IDENTIFIABLE, default, "years of the 132 reports", years[0], years[-1], points
    )


RIDERS = Check(
    key="riders",
    article=RIDERS_PER_YEAR,
    unit="per year",
    band=count_band(132),
    clock=("clock=month",),
    arms={
        _riding(rate): (f"policy={AFTER}", f"policy.sensing.riders_per_hour={rate}")
        for rate in RATES
    },
    read=_by_riders,
    answer=_riders,
)


# --- services, and matters handled by members ---------------------------------------------

NEEDS = (0.25, 2.5, 5.0, 10.0)  # 1/(1000 residents day)
DEFAULT_NEEDS = 2.5
SERVICES = 237_000


def _needing(needs: float) -> str:
    return f"needs {needs:g}"


NEEDING: dict[str, Words] = {
    _needing(needs): (f"policy={AFTER}", f"world.demand.needs_per_1000_per_day={needs}")
    for needs in NEEDS
}


def _served(case: Case, record: Record) -> dict[str, float]:
    """Visits begun in the measured days, carried to a year: for city order, and for all."""
    rows = record.requests
    start = case.clock.warmup_days * DAY
    end = start + case.clock.days * DAY
    begun = ((rows.t_arrive >= start) & (rows.t_arrive < end)).to_numpy()
    order = (rows.domain == "city_order").to_numpy()
    yearly = YEAR / case.clock.days
    return {"order": float((begun & order).sum()) * yearly, "all": float(begun.sum()) * yearly}


def _services(sample: Sample, band: Band) -> Answer:
    points = [Point(needs, number_of(sample.of(_needing(needs), "order"))) for needs in NEEDS]
    default = next(point.number for point in points if point.value == DEFAULT_NEEDS)
    return swept(default, points, band, "world.demand.needs_per_1000_per_day", log=False)


CITY_SERVICES = Check(
    key="city_services",
    article=float(SERVICES),  # 1/year · [A] that it was a year is assumed
    unit="per year",
    band=(0.9 * SERVICES, 1.1 * SERVICES),
    arms=NEEDING,
    read=_served,
    answer=_services,
)


def _matters(sample: Sample, _: Band) -> Answer:
    """No member is in the model; what its matters would be of all visits of a year."""
    whole = sample.of(_needing(DEFAULT_NEEDS), "all")
    share = number_of(np.full(len(whole), 217.0) / whole)
    return Answer(NOT_IDENTIFIABLE, NOTHING, "share of a year's visits", share.lo, share.hi)


MEMBERS = Check(
    key="member_matters",
    article=217 / 6000,  # per member · [A] period not stated
    unit="per member",
    band=count_band(217, 6000.0),
    arms={_needing(DEFAULT_NEEDS): NEEDING[_needing(DEFAULT_NEEDS)]},
    read=_served,
    answer=_matters,
)
