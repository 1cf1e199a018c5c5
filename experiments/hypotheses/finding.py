"""Hypotheses about how hidden problems come to light: 8 and 9."""

from experiments.hypotheses.statistic import Claim, Finding, change_of
from experiments.hypotheses.study import Hypothesis, Sample, metrics
from sim.case import Case
from sim.metrics import measured
from sim.record import Record

MARGIN_PERCENT = 5.0


# --- 8: anyone reports anything -----------------------------------------------------

OWN, ANYTHING = "merged", "merged, anything"


def _anything(sample: Sample) -> list[Finding]:
    detection = Claim("median time to detection, anything against own domains", "%", high=-50.0)
    response = Claim(
        "median response, anything against own domains", "%", -MARGIN_PERCENT, MARGIN_PERCENT
    )
    return [
        change_of(claim, sample.of(OWN, metric), sample.of(ANYTHING, metric))
        for claim, metric in ((detection, "detection_median"), (response, "response_median"))
    ]


ANYONE = Hypothesis(
    number=8,
    topic="anyone reports anything",
    claim="That anyone reports anything cuts the median time to detection by more than half "
    "(50 %), and changes the median response by less than 5 %.",
    replications=12,
    clock=("clock=month",),
    arms={
        OWN: ("policy=merged",),
        ANYTHING: ("policy=merged", "policy/sensing=anything"),
    },
    read=metrics("detection_median", "response_median", "found_by_staff"),
    answer=_anything,
)


# --- 9: riders, as many as there are and ten times as many --------------------------

RATE = 0.00028  # 1/h · 132 reports a year in the arm reform (onegrid calibrate)
RIDERS = {"none": 0.0, "132 a year": RATE, "1,320 a year": 10 * RATE}


def _outdoor(case: Case, record: Record) -> dict[str, float]:
    """Mean time to detection in the street, and riders' reports carried to a year."""
    rows = measured(record, "latent")
    longest = float(record.facts["follow_up_min"])
    hidden = (rows.t_reported - rows.t_onset).fillna(longest).clip(upper=longest)
    outdoor, hazard = rows.outdoor.to_numpy(), (rows.domain == "hazards").to_numpy()
    riders = (rows.found_by == "riders").sum()
    return {
        "detection": float(hidden[outdoor].mean()),
        "detection_hazards": float(hidden[outdoor & hazard].mean()),
        "riders_per_year": float(riders) * 365 / case.clock.days,
    }


def _riders(sample: Sample) -> list[Finding]:
    none, few, many = (f"reform, riders {name}" for name in RIDERS)
    hidden, hazards = "detection", "detection_hazards"
    more = Claim("mean detection outdoors, 1,320 against 132 a year", "%", high=-MARGIN_PERCENT)
    some = Claim(
        "mean detection outdoors, 132 a year against none", "%", -MARGIN_PERCENT, MARGIN_PERCENT
    )
    alone = Claim("the same of 1,320, hazards alone", "%")
    own = Claim("the same of 1,320, where patrols report their own domains only", "%")
    own_few, own_many = (f"merged, riders {name}" for name in list(RIDERS)[1:])
    return [
        change_of(more, sample.of(few, hidden), sample.of(many, hidden)),
        change_of(some, sample.of(none, hidden), sample.of(few, hidden)),
        change_of(alone, sample.of(few, hazards), sample.of(many, hazards)),
        change_of(own, sample.of(own_few, hidden), sample.of(own_many, hidden)),
    ]


PASSING = Hypothesis(
    number=9,
    topic="riders, ten times as many",
    claim="With 1,320 rider reports a year instead of 132 the mean time to detection outdoors "
    "falls by more than 5 %; with 132 instead of none it changes by less.",
    replications=12,
    clock=("clock=month",),
    arms={
        f"{arm}, riders {name}": (f"policy={arm}", f"policy.sensing.riders_per_hour={rate}")
        for arm in ("reform", "merged")
        for name, rate in RIDERS.items()
        if (arm, name) != ("merged", "none")
    },
    read=_outdoor,
    answer=_riders,
)
