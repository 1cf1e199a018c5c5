"""Classes that interrupt others, and what no order of classes can change."""

import numpy as np
import pytest

import sim
from tests.support import first
from tests.theory import (
    arrivals,
    confirm,
    confirm_each,
    exponential,
    lab_case,
    lognormal,
    replicated,
)
from tests.theory.formulas import cobham, conserved, pollaczek_khinchine, preemptive

REPLICATIONS = 30
RATE = 1 / 20
SHARES = np.array([0.6, 0.4])
MEANS = np.array([10.0, 20.0])  # of emergencies, and of the routine work they interrupt [min]
LOADS = RATE * SHARES * MEANS


def two_classes(seed: int, *words: str) -> sim.Case:
    """Emergencies and routine work before one server."""
    return lab_case(
        seed,
        *arrivals(RATE),
        f"world.demand.shares.emergency={SHARES[0]}",
        f"world.demand.shares.city_order={SHARES[1]}",
        *words,
    )


def stays(record: sim.Record) -> list[float]:
    """Mean time from report to closure of emergencies and of routine requests [min]."""
    rows = record.requests[record.requests.measured]
    stay = rows.t_close - rows.t_reported
    return [float(stay[rows.urgency == name].mean()) for name in ("emergency", "routine")]


@pytest.mark.again
def test_the_first_class_does_not_notice_those_it_interrupts() -> None:
    """It stays 1 / (mu - lambda), as if it were alone; the other waits for all of it.

    Source: M/M/1 preemptive-resume, Kleinrock 1976, 3.4: T1 = E[S1] / (1 - s1) and
    T2 = (E[S2] (1 - s) + sum of lambda E[S^2] / 2) / ((1 - s1) (1 - s)), s1 = .3, s = .7.
    """
    theory = preemptive(LOADS, MEANS)
    assert theory[0] == pytest.approx(1 / (1 / MEANS[0] - RATE * SHARES[0]))
    assert theory[1] == pytest.approx((20 * 0.3 + 3.0 + 8.0) / (0.7 * 0.3))
    jobs = (*exponential(MEANS[0], "emergency"), *exponential(MEANS[1]))
    case = two_classes(1061, *jobs, "policy.dispatch.preempts=[emergency]")
    confirm_each(theory, replicated(case, REPLICATIONS, stays))


@pytest.mark.again
def test_a_class_that_interrupts_nothing_waits_for_the_job_in_hand() -> None:
    """The same jobs without pre-emption stay a wait of Cobham's and a service.

    Source: Cobham 1954; the residual is the sum of lambda E[S^2] / 2, 11 minutes.
    """
    jobs = (*exponential(MEANS[0], "emergency"), *exponential(MEANS[1]))
    case = two_classes(1062, *jobs)
    theory = cobham(LOADS, float(LOADS @ MEANS)) + MEANS
    assert theory[0] > 1.5 * preemptive(LOADS, MEANS)[0]
    confirm_each(theory, replicated(case, REPLICATIONS, stays))


@pytest.mark.again
def test_the_work_in_the_system_is_the_same_with_and_without_interruptions() -> None:
    """With equal exponential jobs the mean stay over all classes is that of M/M/1.

    Source: conservation, Kleinrock 1976, 3.4: the order of service cannot change the number
    present where what is left of a job is as long as a fresh one.
    """
    mean, load = 10.0, 0.75
    case = lab_case(
        1063,
        *arrivals(load / mean),
        *exponential(mean),
        *exponential(mean, "emergency"),
        "world.demand.shares.emergency=0.3",
        "world.demand.shares.city_order=0.7",
        "world.demand.urgent_share=0.3",
        "policy.dispatch.preempts=[emergency]",
    )

    def measure(record: sim.Record) -> float:
        rows = record.requests[record.requests.measured]
        return float((rows.t_close - rows.t_reported).mean())

    confirm(mean / (1 - load), replicated(case, REPLICATIONS, measure))


ORDERS = {
    "first come": ("routine", "routine"),
    "short jobs first": ("emergency", "routine"),
    "long jobs first": ("routine", "emergency"),
}


@pytest.mark.parametrize(("order", "seed"), first(1, zip(ORDERS, (1064, 1065, 1066), strict=True)))
def test_no_order_of_classes_changes_the_weighted_sum_of_waits(order: str, seed: int) -> None:
    """Sum of rho W is rho W0 / (1 - rho), whoever goes first: one class gains what others lose.

    Source: Kleinrock 1965, the conservation law of non-preemptive M/G/1; lognormal jobs.
    """
    sigma = 0.8
    second = MEANS**2 * float(np.exp(sigma**2))
    short, long = ORDERS[order]
    case = two_classes(
        seed,
        *lognormal(MEANS[0], sigma, "emergency"),
        *lognormal(MEANS[1], sigma),
        f"world.demand.urgency.emergency={short}",
        f"world.demand.urgency.city_order={long}",
    )
    residual = float(RATE * SHARES @ second) / 2

    def measure(record: sim.Record) -> float:
        rows = record.requests[record.requests.measured]
        waits = [rows.queue[rows.domain == name].mean() for name in ("emergency", "city_order")]
        return float(LOADS @ np.array(waits))

    law = float(LOADS.sum()) * pollaczek_khinchine(RATE, *moments(second))
    assert conserved(LOADS, residual) == pytest.approx(law)
    confirm(conserved(LOADS, residual), replicated(case, REPLICATIONS, measure))


def moments(second: np.ndarray) -> tuple[float, float]:
    """First and second moment of a job of any class."""
    return float(SHARES @ MEANS), float(SHARES @ second)
