"""Queues of one zone against the closed forms."""

import numpy as np
import pytest

import sim
from sim.base import CLASSES
from sim.units import DAY
from tests.support import AGAIN
from tests.theory import (
    Floats,
    arrivals,
    confirm,
    confirm_each,
    deterministic,
    exponential,
    lab_case,
    lognormal,
    replicated,
    servers,
)
from tests.theory.formulas import (
    cobham,
    erlang_b,
    erlang_c,
    lost_from_one_server,
    pollaczek_khinchine,
)

MEAN = 10.0  # service [min]
REPLICATIONS = 30
THREE = ("emergency", "property", "city_order")  # a domain for each class, most urgent first


def waits(record: sim.Record) -> Floats:
    """Waiting times of the measured requests [min]."""
    rows = record.requests
    return rows.queue[rows.measured].to_numpy()


def mean_wait(record: sim.Record) -> float:
    """Mean waiting time of the measured requests [min]."""
    return float(waits(record).mean())


def wait_by_class(record: sim.Record) -> list[float]:
    """Mean waiting time of each class, emergencies first [min]."""
    rows = record.requests[record.requests.measured]
    return [float(rows.queue[rows.urgency == name].mean()) for name in CLASSES]


def lost_share(record: sim.Record) -> float:
    """Share of the measured requests that found no place."""
    rows = record.requests[record.requests.measured]
    return float((rows.status == "lost").mean())


def utilisation(record: sim.Record) -> Floats:
    """Share of the measured time each worker spent in service."""
    return np.asarray(record.work.service / record.facts["measured_min"])


@pytest.mark.parametrize(
    ("count", "seed"),
    [
        pytest.param(1, 1001, marks=AGAIN),
        pytest.param(2, 1002, marks=pytest.mark.slow),
        pytest.param(4, 1003, marks=pytest.mark.slow),
        (8, 1004),
    ],
)
def test_first_come_first_served_waits_like_mmc(count: int, seed: int) -> None:
    """Waits in M/M/c are 0 or exponential: P(W > t) = C(c, a) exp(-(c mu - lambda) t).

    Source: Erlang C, Kleinrock 1975, 3.5 and 5.5. The tail tells first come first served
    from any other order, which the mean cannot.
    """
    load, mean = 0.7, MEAN * min(count, 4)
    case = lab_case(seed, *servers(count), *exponential(mean), *arrivals(load * count / mean))
    relaxation = mean / (count * (1 - load))
    chance = erlang_c(count, load * count)

    def measure(record: sim.Record) -> list[float]:
        w = waits(record)
        return [w.mean(), (w > 0).mean(), (w > relaxation).mean()]

    theory = [chance * relaxation, chance, chance * float(np.exp(-1))]
    confirm_each(theory, replicated(case, REPLICATIONS, measure))


@pytest.mark.again
def test_equal_servers_share_the_work_equally() -> None:
    """With ties among idle servers drawn by lot, each of c servers is busy a / c of the time.

    Source: symmetry; U = lambda E[S] / c (utilisation law, Denning and Buzen 1978).
    """
    load, count = 0.5, 4
    case = lab_case(1005, *servers(count), *exponential(MEAN * count), *arrivals(load / MEAN))
    confirm_each([load] * count, replicated(case, REPLICATIONS, utilisation), precision=0.01)


@pytest.mark.again
def test_deterministic_jobs_wait_half_as_long_as_exponential_ones() -> None:
    """The mean wait in M/D/1 is rho E[S] / (2 (1 - rho)).

    Source: Pollaczek-Khinchine, Kleinrock 1975, 5.6.
    """
    load = 0.7
    case = lab_case(1006, *deterministic(MEAN), *arrivals(load / MEAN))
    theory = pollaczek_khinchine(load / MEAN, MEAN, MEAN**2)
    assert theory == pytest.approx(load * MEAN / (2 * (1 - load)))
    confirm(theory, replicated(case, REPLICATIONS, mean_wait))


@pytest.mark.again
def test_unequal_jobs_wait_by_their_second_moment() -> None:
    """The mean wait in M/G/1 is lambda E[S^2] / (2 (1 - rho)), here for lognormal jobs.

    Source: Pollaczek-Khinchine, Kleinrock 1975, 5.6; E[S^2] = E[S]^2 exp(sigma^2).
    """
    load, sigma = 0.6, 1.0
    case = lab_case(1007, *lognormal(MEAN, sigma), *arrivals(load / MEAN))
    theory = pollaczek_khinchine(load / MEAN, MEAN, MEAN**2 * float(np.exp(sigma**2)))
    confirm(theory, replicated(case, REPLICATIONS, mean_wait))


@pytest.mark.again
@pytest.mark.parametrize(
    ("jobs", "seed"),
    [
        pytest.param(exponential(4 * MEAN), 1008, marks=pytest.mark.slow),
        (lognormal(4 * MEAN, 1.0), 1009),
    ],
)
def test_without_a_queue_the_lost_share_is_erlang_b(jobs: tuple[str, ...], seed: int) -> None:
    """Four servers that nobody may wait for lose B(4, 3) = .2061, whatever the law of jobs.

    Source: Erlang 1917; insensitivity, Sevastyanov 1957.
    """
    capacity = "policy.dispatch.queue_capacity=0"
    case = lab_case(seed, *servers(4), *jobs, *arrivals(0.75 / MEAN), capacity)
    confirm(erlang_b(4, 3.0), replicated(case, REPLICATIONS, lost_share), precision=0.02)


@pytest.mark.again
def test_a_short_queue_loses_what_mm1k_loses() -> None:
    """One server with two waiting places loses (1 - rho) rho^3 / (1 - rho^4).

    Source: M/M/1/K, Kleinrock 1975, 3.6.
    """
    load = 0.8
    capacity = "policy.dispatch.queue_capacity=2"
    case = lab_case(1010, *exponential(MEAN), *arrivals(load / MEAN), capacity)
    theory = lost_from_one_server(3, load)
    confirm(theory, replicated(case, REPLICATIONS, lost_share), precision=0.02)


@pytest.mark.again
def test_classes_wait_by_cobhams_formula() -> None:
    """Three classes with jobs of their own wait W0 / ((1 - s[k-1]) (1 - s[k])).

    Source: Cobham 1954; Kleinrock 1976, 3.2; s[k] is the load of classes 1..k and W0 the
    sum of lambda E[S^2] / 2.
    """
    rate, shares, means = 1 / 20, np.array([0.2, 0.3, 0.5]), np.array([8.0, 20.0, 12.0])
    case = lab_case(
        1011,
        *arrivals(rate),
        *(f"world.demand.shares.{name}={share}" for name, share in zip(THREE, shares, strict=True)),
        *(
            word
            for name, mean in zip(THREE, means, strict=True)
            for word in exponential(mean, name)
        ),
        "world.demand.urgency.property=urgent",
    )
    loads = rate * shares * means
    theory = cobham(loads, float(loads @ means))
    confirm_each(theory, replicated(case, 40, wait_by_class))


@pytest.mark.again
def test_classes_before_several_servers_wait_by_cobhams_formula() -> None:
    """Three classes with equal jobs wait at c servers as Cobham says, W0 = C(c, a) E[S] / c.

    Source: Cobham 1954, multiple channels. Urgent requests are drawn out of the routine ones.
    """
    count, load = 3, 0.8
    case = lab_case(
        1012,
        *servers(count),
        *arrivals(load / MEAN),
        *exponential(MEAN * count),
        *exponential(MEAN * count, "emergency"),
        "world.demand.shares.emergency=0.2",
        "world.demand.shares.city_order=0.8",
        "world.demand.urgent_share=0.3",
    )
    residual = erlang_c(count, load * count) * MEAN
    theory = cobham([0.2 * load, 0.3 * load, 0.5 * load], residual)
    confirm_each(theory, replicated(case, REPLICATIONS, wait_by_class))


@pytest.mark.again
def test_those_present_are_those_who_came_times_how_long_they_stay() -> None:
    """Little's law: numbers seen at fixed moments are the rate times the mean stay.

    Source: Little 1961, L = lambda W, for the queue and for the servers. The left side is
    counted at every tenth minute, the right side is averaged over requests.
    """
    load, count = 0.8, 2
    case = lab_case(1013, *servers(count), *exponential(MEAN * count), *arrivals(load / MEAN))

    def measure(record: sim.Record) -> list[float]:
        rows = record.requests
        mine = rows[rows.measured]
        rate = len(mine) / record.facts["measured_min"]
        queued = present(record, "t_ready", "t_dispatch") / (rate * mine.queue.mean())
        served = present(record, "t_arrive", "t_close") / (rate * mine.service.mean())
        return [queued, served]

    confirm_each([1.0, 1.0], replicated(case, REPLICATIONS, measure), precision=0.01)


def present(record: sim.Record, since: str, until: str) -> float:
    """Mean number of requests between two of their times, at every tenth measured minute."""
    rows, facts = record.requests, record.facts
    end = facts["end_min"] - facts["follow_up_min"]
    moments = np.arange(end - facts["measured_min"], end, 10.0)
    came = np.searchsorted(np.sort(rows[since].dropna()), moments, side="right")
    left = np.searchsorted(np.sort(rows[until].dropna()), moments, side="right")
    return float((came - left).mean())


@pytest.mark.again
def test_zones_are_queues_of_their_own() -> None:
    """Two zones with one worker each are two M/M/1 queues: Wq = rho E[S] / (1 - rho).

    Source: Poisson splitting, Kleinrock 1975, 2.5 and 3.2; the loads are .35 and .7.
    """
    case = unequal_zones(1014)

    def measure(record: sim.Record) -> list[float]:
        rows = record.requests[record.requests.measured]
        return [float(rows.queue[rows.zone == zone].mean()) for zone in (0, 1)]

    theory = [load * MEAN / (1 - load) for load in (0.35, 0.7)]
    confirm_each(theory, replicated(case, REPLICATIONS, measure))


def unequal_zones(seed: int) -> sim.Case:
    """A strip of three cells: the first is one zone, the others are the second."""
    return lab_case(
        seed,
        "world.city.width=3",
        "world.city.height=1",
        *arrivals(1.05 / MEAN, residents=30_000),
        *exponential(MEAN),
        "policy.layout.lines.0.cells=[0,1,1]",
        "policy.staffing.posts=[{role:server,zones:[0],home:0},{role:server,zones:[1],home:1}]",
    )


@pytest.mark.again
def test_reported_needs_are_a_poisson_process() -> None:
    """Needs per day have the mean and the variance of a Poisson law.

    Source: Kleinrock 1975, 2.4; every formula above rests on it.
    """
    rate = 30.0
    case = lab_case(1015, *arrivals(rate / DAY), *exponential(MEAN), "clock.days=600")

    def measure(record: sim.Record) -> list[float]:
        rows = record.requests[record.requests.measured]
        count = np.bincount((rows.t_reported // DAY).astype(int))[10:]
        return [count.mean(), count.var(ddof=1)]

    confirm_each([rate, rate], replicated(case, REPLICATIONS, measure))
