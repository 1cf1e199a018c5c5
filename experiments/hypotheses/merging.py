"""Hypotheses about what merging does to waiting and to work: 1, 3, 4, 5 and 7."""

import numpy as np

from experiments.hypotheses.statistic import Claim, Finding, Floats, change_of, mean_of, ratio_of
from experiments.hypotheses.study import READINGS, Hypothesis, Sample, Words, metrics, policies
from sim.case import Case
from sim.metrics import gini, measured
from sim.record import Record

LAYERED, PARTITION, _ = READINGS
MARGIN_MIN, MARGIN_PERCENT = 1.0, 5.0  # the smallest differences that matter
FRICTIONLESS: Words = ("world.demand.misnamed=0.0", "world.city.disputed_share=0.0")
EMERGENCY = "response_p90_emergency@urgency:emergency"


# --- 1: queues and handoffs at low load ---------------------------------------------

ARMS = (*READINGS, "narrow", "overflow", "chain", "central", "merged")
LOADS = {"default": 2.5, "demand x 2": 5.0}  # 1/(1000 residents day)


def _parts(_: Case, record: Record) -> dict[str, float]:
    """Waiting of the calls, and the share of paid time that requests take."""
    calls, work = measured(record, "call"), record.work
    return {
        "queue_median": float(calls.queue.median()),
        "queue_mean": float(calls.queue.mean()),
        "owner_median": float((calls.unclear + calls.handoff).median()),
        "owner_mean": float((calls.unclear + calls.handoff).mean()),
        "load": float((work.travel + work.service).sum() / work.paid.sum()),
    }


def _spread(sample: Sample, world: str, metric: str) -> Floats:
    """The largest difference between two arms, by replication."""
    rows = sample.all_of([f"{arm}, {world}" for arm in ARMS], metric)
    gaps: Floats = rows.max(axis=0) - rows.min(axis=0)
    return gaps


def _low_load(sample: Sample) -> list[Finding]:
    """Differences between arms, the largest of all pairs; handoff with the unclear part."""
    found = []
    for world in LOADS:
        most = sample.all_of([f"{arm}, {world}" for arm in ARMS], "load").max()
        where = f"{world}, load to {most:.2f}"
        queue = Claim(f"median queue, {where}", "min", high=MARGIN_MIN)
        owner = Claim(f"mean handoff and unclear, {where}", "min", low=MARGIN_MIN)
        mean = Claim(f"mean queue, {where}", "min")
        median = Claim(f"median handoff and unclear, {where}", "min")
        found += [
            mean_of(queue, _spread(sample, world, "queue_median")),
            mean_of(owner, _spread(sample, world, "owner_mean")),
            mean_of(mean, _spread(sample, world, "queue_mean")),
            mean_of(median, _spread(sample, world, "owner_median")),
        ]
    return found


LOW_LOAD = Hypothesis(
    number=1,
    topic="queues and handoffs at low load",
    claim="While requests take less than .3 of paid time, the arms' median queue differs by less "
    "than 1 minute, and what misnaming and unclear areas take by more.",
    replications=12,
    clock=("clock=week", "clock.warmup_days=3"),
    arms={
        f"{arm}, {world}": (f"policy={arm}", f"world.demand.needs_per_1000_per_day={rate}")
        for world, rate in LOADS.items()
        for arm in ARMS
    },
    read=_parts,
    answer=_low_load,
)


# --- 3: merged zones without crossed skills -----------------------------------------


def _narrow(sample: Sample) -> list[Finding]:
    within = {"low": -MARGIN_PERCENT, "high": MARGIN_PERCENT}
    words = {"response_median": "median response", "response_mean": "mean response"}
    found = []
    for metric, name in words.items():
        claim = Claim(f"{name}, narrow against partition", "%", **within)
        found.append(change_of(claim, sample.of(PARTITION, metric), sample.of("narrow", metric)))
    for metric, name in words.items():
        claim = Claim(f"{name}, narrow against layered", "%")
        found.append(change_of(claim, sample.of(LAYERED, metric), sample.of("narrow", metric)))
    for metric, name in words.items():
        claim = Claim(f"{name}, narrow against partition, nothing misnamed or unclear", "%")
        before, after = (f"{arm}, frictionless" for arm in (PARTITION, "narrow"))
        found.append(change_of(claim, sample.of(before, metric), sample.of(after, metric)))
    return found


NARROW = Hypothesis(
    number=3,
    topic="merged zones without crossed skills",
    claim="Merged zones in which everybody keeps to his own domains answer as the partition "
    "does, within 5 %.",
    replications=12,
    clock=("clock=month",),
    arms=policies(LAYERED, PARTITION, "narrow")
    | {f"{arm}, frictionless": (f"policy={arm}", *FRICTIONLESS) for arm in (PARTITION, "narrow")},
    read=metrics("response_median", "response_mean"),
    answer=_narrow,
)


# --- 4: neighbours who help against a merger ----------------------------------------

DOORS = ("part_deferred", "part_off_duty")


def _overflow(sample: Sample) -> list[Finding]:
    before, after = "merged", "overflow"
    whole = sample.of(before, "response_mean")

    def part(name: str, *parts: str) -> Finding:
        more = np.array([sample.of(after, item) - sample.of(before, item) for item in parts])
        return ratio_of(Claim(name, "%"), 100 * more.sum(axis=0), whole)

    claim = Claim("mean response, overflow against merged", "%", high=MARGIN_PERCENT)
    return [
        change_of(claim, whole, sample.of(after, "response_mean")),
        part("of it nobody on duty", "part_off_duty"),
        part("of it closed doors", "part_deferred"),
        part("of it queue and travel", "part_queue", "part_travel"),
    ]


OVERFLOW = Hypothesis(
    number=4,
    topic="neighbours who help, against merging",
    claim="Without misnaming and unclear areas, neighbours who help answer as soon as a merger "
    "in the mean, or sooner (margin 5 %).",
    replications=12,
    clock=("clock=month",),
    arms=policies("overflow", "merged", words=FRICTIONLESS),
    read=metrics("response_mean", "part_queue", "part_travel", *DOORS),
    answer=_overflow,
)


# --- 5: emergencies at three times the demand ---------------------------------------

FRAGMENTED = (*READINGS, "overflow", "central")


def _emergencies(sample: Sample) -> list[Finding]:
    found = []
    for alternative, claimed in (("merged", "low"), ("merged_reserve", "high")):
        for arm in FRAGMENTED:
            name = f"{alternative} minus {arm.removeprefix('fragmented_')}".replace("_", " ")
            claim = Claim(f"emergencies' 90 %, {name}", "min", **{claimed: MARGIN_MIN})
            gaps = sample.of(alternative, EMERGENCY) - sample.of(arm, EMERGENCY)
            found.append(mean_of(claim, gaps))
    return found


EMERGENCIES = Hypothesis(
    number=5,
    topic="emergencies at three times the demand",
    claim="At three times the demand the 90 % point of emergencies is longer in merged than in "
    "every fragmented arm, by more than 1 minute, and in merged with a reserve it is not.",
    replications=12,
    clock=("clock=month",),
    arms=policies(
        *FRAGMENTED, "merged", "merged_reserve", words=("world.demand.needs_per_1000_per_day=7.5",)
    ),
    read=metrics(EMERGENCY, "request_work"),
    answer=_emergencies,
)


# --- 7: what balanced heads alone do to the Gini ------------------------------------

BALANCED, GINI, OTHERS = "fragmented_layered_balanced", "gini_request_work", "gini_without_police"


def _ginis(_: Case, record: Record) -> dict[str, float]:
    """Inequality of request work per paid hour, of all workers and without the police."""
    work = record.work[(record.work.paid > 0).to_numpy()]
    carried = ((work.travel + work.service) / work.paid).to_numpy()
    return {
        GINI: gini(carried),
        OTHERS: gini(carried[(work.role != "police").to_numpy()]),
    }


def _balanced(sample: Sample) -> list[Finding]:
    def share(claim: Claim, arm: str, metric: str) -> Finding:
        before = sample.of(LAYERED, metric)
        return ratio_of(
            claim, before - sample.of(arm, metric), before - sample.of("merged", metric)
        )

    return [
        share(Claim("share of the fall with balanced heads alone", "share", 0.5), BALANCED, GINI),
        share(Claim("the same without the police", "share"), BALANCED, OTHERS),
        share(Claim("share of the fall in merged zones alone (narrow)", "share"), "narrow", GINI),
    ]


HEADS = Hypothesis(
    number=7,
    topic="balanced heads alone",
    claim="At least half (.5) of the fall in the Gini of request work, layered to merged, comes "
    "with balanced heads alone.",
    replications=12,
    clock=("clock=month",),
    arms=policies(LAYERED, BALANCED, "narrow", "merged"),
    read=_ginis,
    answer=_balanced,
)
