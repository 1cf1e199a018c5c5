"""Hypothesis 6: how much slower pooled generalists may be, by load, in the laboratory.

Four cells with a specialist each, four M/M/1, against the same four people in one zone, an
M/M/4 in which every job is longer by the slowdown. Both serve the same requests with the
same work, so that little luck is left in the difference.
"""

import numpy as np

from experiments.hypotheses.statistic import Claim, Finding, Floats, Ints, resampled, root_of
from experiments.hypotheses.study import Hypothesis, Sample, Words
from sim.case import Case
from sim.record import Record
from sim.units import DAY

MEAN_MIN, UNITS, RESIDENTS = 10.0, 4, 40_000
EXPECTED = {0.1: 0.11, 0.3: 0.37, 0.5: 0.43, 0.8: 0.17, 0.9: 0.08}  # slowdown by load: theory
NEAR = 0.02  # how far from theory an answer may lie
STEPS = (0.7, 0.85, 1.0, 1.15, 1.3)  # slowdowns that are tried, over the one expected
LOW, TOP, HIGH = 0.1, 0.5, 0.9  # loads at which a hump rises and falls


def _lab(load: float) -> Words:
    """Two by two cells, each with a load of its own for one person."""
    rate = 1000 * DAY * UNITS * load / MEAN_MIN / RESIDENTS
    return (
        "world=lab",
        "policy=lab",
        "world.city.width=2",
        "world.city.height=2",
        f"world.city.residents={RESIDENTS}",
        f"world.demand.needs_per_1000_per_day={rate!r}",
        "world.service.work.law=exponential",
        f"world.service.work.median_min.city_order={MEAN_MIN * float(np.log(2))!r}",
        f"policy.staffing.heads={{server: {UNITS}}}",
    )


def _apart(load: float) -> Words:
    return (*_lab(load), "policy.layout.lines.0.cells=[0,1,2,3]")


def _pooled(load: float, step: float) -> Words:
    return (
        *_lab(load),
        "policy.staffing.reach=city",
        "policy.staffing.skills.server.city_order=cross",
        f"policy.staffing.slowdown={EXPECTED[load] * step!r}",
    )


def _sojourn(_: Case, record: Record) -> dict[str, float]:
    """Mean time from report to closure."""
    rows = record.requests[record.requests.measured.to_numpy()]
    return {"sojourn": float((rows.t_close - rows.t_reported).mean())}


def _gaps(sample: Sample, load: float) -> Floats:
    """Pooled minus apart, by replication and slowdown [min]."""
    pooled = sample.all_of([f"{load}, pooled, {step}" for step in STEPS], "sojourn")
    return (pooled - sample.of(f"{load}, apart", "sojourn")).T


def _pooling(sample: Sample) -> list[Finding]:
    gaps = {load: _gaps(sample, load) for load in EXPECTED}

    def even(load: float, rows: Ints) -> float:
        return root_of(gaps[load][rows], EXPECTED[load] * np.array(STEPS))

    def borne(load: float) -> Finding:
        low, high = EXPECTED[load] - NEAR, EXPECTED[load] + NEAR
        claim = Claim(f"slowdown borne at load {load:g}", "relative", low, high)
        return resampled(claim, sample.count, lambda rows: even(load, rows))

    def step(words: str, load: float) -> Finding:
        claim = Claim(f"{words} between loads {TOP:g} and {load:g}", "relative", low=0.0)
        return resampled(claim, sample.count, lambda rows: even(TOP, rows) - even(load, rows))

    return [*(borne(load) for load in EXPECTED), step("rise", LOW), step("fall", HIGH)]


POOLING = Hypothesis(
    number=6,
    topic="slowdown that pooling bears, by load",
    claim="The slowdown at which four pooled workers are no quicker than four apart rises and "
    "falls with load: .11 / .37 / .43 / .17 / .08 at loads .1 / .3 / .5 / .8 / .9, within .02.",
    replications=12,
    clock=("clock.warmup_days=10", "clock.days=200", "clock.follow_up_days=3"),
    arms={f"{load}, apart": _apart(load) for load in EXPECTED}
    | {f"{load}, pooled, {step}": _pooled(load, step) for load in EXPECTED for step in STEPS},
    read=_sojourn,
    answer=_pooling,
)
