"""Spatial queues against the hypercube model (Larson 1974).

A state says which units are busy; its balance equations are solved here, not looked up.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pytest

import sim
from tests.theory import (
    Floats,
    arrivals,
    confirm,
    confirm_each,
    exponential,
    lab_mapping,
    replicated,
)
from tests.theory.formulas import erlang_b, erlang_c

MEAN = 10.0  # service [min]
REPLICATIONS = 30

# Larson and Odoni 1981, 5.4.3, ten atoms gathered by their order of dispatch: arrivals per
# mean service time, and units in order of preference. Atoms 1 and 2; 4; 3, 5 and 6; 7 to 10.
CITY = (
    (0.50, (0, 1, 2)),
    (0.25, (0, 2, 1)),
    (0.35, (1, 0, 2)),
    (0.40, (2, 0, 1)),
)
CELLS_PER_ARRIVAL = 20  # 30 equal cells carry the 1.5 arrivals
BUSY = (0.5574, 0.4734, 0.4693)  # as published
DELAYED, INTER = 0.23684, 0.43529

Streams = Sequence[tuple[float, tuple[int, ...]]]


class Hypercube(NamedTuple):
    """What the balance equations say.

    Attributes
    ----------
    busy : workload of each unit
    full : chance that all units are busy
    inter : share of dispatches to another unit's area
    """

    busy: Floats
    full: float
    inter: float


def first_free(order: Sequence[int], state: int) -> int:
    """The first unit in order of preference whose bit is not set."""
    return next(unit for unit in order if not state >> unit & 1)


def rates(streams: Streams, units: int) -> Floats:
    """Transition rates between the states without a queue; jobs end at rate 1."""
    flow = np.zeros((2**units, 2**units))
    for state in range(2**units - 1):
        for rate, order in streams:
            flow[state, state | 1 << first_free(order, state)] += rate
    for state in range(2**units):
        for unit in range(units):
            if state >> unit & 1:
                flow[state, state ^ 1 << unit] += 1.0
    return flow


def balanced(flow: Floats) -> Floats:
    """Stationary chances of a Markov process with these rates."""
    size = len(flow)
    equations = np.vstack([flow.T - np.diag(flow.sum(axis=1)), np.ones(size)])
    right = np.append(np.zeros(size), 1.0)
    return np.asarray(np.linalg.lstsq(equations, right, rcond=None)[0])


def solve(streams: Streams, units: int, *, queue: bool) -> Hypercube:
    """The hypercube with an infinite queue or with none.

    A queue multiplies the chance of the full state by 1 / (1 - rho), and whoever leaves it
    goes to any unit with equal chance (jobs end at equal rates).
    """
    total = sum(rate for rate, _ in streams)
    chance = balanced(rates(streams, units))
    chance[-1] *= 1 / (1 - total / units) if queue else 1.0
    chance /= chance.sum()
    states = np.arange(2**units)
    busy = np.array([chance[states >> unit & 1 == 1].sum() for unit in range(units)])
    away = sum(
        rate / total * chance[state]
        for rate, order in streams
        for state in states[:-1]
        if first_free(order, state) != order[0]
    )
    full = float(chance[-1])
    inter = away + full * (units - 1) / units if queue else away / (1 - full)
    return Hypercube(busy, full, float(inter))


def orders(streams: Streams) -> list[list[int]]:
    """The order of preference of every cell."""
    cells = [round(rate * CELLS_PER_ARRIVAL) for rate, _ in streams]
    return [list(order) for (_, order), n in zip(streams, cells, strict=True) for _ in range(n)]


def spatial(seed: int, streams: Streams, *words: str) -> sim.Case:
    """A strip of cells, each with its order of preference, and units that travel in no time."""
    preference = orders(streams)
    mapping = lab_mapping(
        seed,
        f"world.city.width={len(preference)}",
        "world.city.height=1",
        *arrivals(sum(rate for rate, _ in streams) / MEAN, residents=50_000),
        *exponential(MEAN),
        "clock.days=150",
        "policy.dispatch.rule=preference",
        "policy.dispatch.after_job=home",
        *words,
    )
    mapping["policy"]["dispatch"]["preference"] = preference
    units = sorted({unit for order in preference for unit in order})
    mapping["policy"]["staffing"]["posts"] = [
        {"role": "server", "zones": [0], "home": unit} for unit in units
    ]
    return sim.load(mapping)


def busy(record: sim.Record) -> Floats:
    """Share of the measured time each unit was busy."""
    return np.asarray(record.work.service / record.facts["measured_min"])


def answered(record: sim.Record, streams: Streams) -> tuple[float, float, float]:
    """Shares of the measured requests lost and delayed, and of dispatches to other areas."""
    rows = record.requests[record.requests.measured]
    area = np.array([order[0] for order in orders(streams)])[rows.cell]
    taken = rows.worker.to_numpy() >= 0
    away = (rows.worker.to_numpy() != area)[taken].mean()
    return float((rows.status == "lost").mean()), float((rows.queue > 0).mean()), float(away)


def test_three_units_work_as_larson_and_odoni_published() -> None:
    """With an infinite queue, units are busy .5574, .4734 and .4693 of the time.

    Source: Larson and Odoni 1981, Urban Operations Research, 5.4.3 and 5.4.4: delayed .23684
    (Erlang C), dispatched to another area .43529, which they add up from rounded shares.
    """
    theory = solve(CITY, 3, queue=True)
    assert theory.busy == pytest.approx(BUSY, abs=5e-5)
    assert theory.full == pytest.approx(DELAYED, abs=5e-6)
    assert theory.full == pytest.approx(erlang_c(3, 1.5))
    assert theory.inter == pytest.approx(INTER, abs=5e-5)
    case = spatial(1037, CITY)

    def measure(record: sim.Record) -> list[float]:
        _, delayed, away = answered(record, CITY)
        return [*busy(record), delayed, away]

    samples = replicated(case, REPLICATIONS, measure)
    confirm_each([*theory.busy, theory.full, theory.inter], samples, precision=0.02)


@pytest.mark.again
def test_three_units_without_a_queue_work_as_the_balance_equations_say() -> None:
    """Without a queue the same city loses B(3, 1.5) and shifts work between areas less.

    Source: Larson 1974; Larson and Odoni 1981, problem 5.7.
    """
    theory = solve(CITY, 3, queue=False)
    assert theory.full == pytest.approx(erlang_b(3, 1.5))
    case = spatial(1038, CITY, "policy.dispatch.queue_capacity=0")

    def measure(record: sim.Record) -> list[float]:
        lost, _, away = answered(record, CITY)
        return [*busy(record), lost, away]

    samples = replicated(case, REPLICATIONS, measure)
    confirm_each([*theory.busy, theory.full, theory.inter], samples, precision=0.02)


@pytest.mark.again
def test_a_fixed_order_loads_the_units_one_after_another() -> None:
    """If all cells prefer units in one order, unit k carries a (B(k - 1, a) - B(k, a)).

    Source: ordered hunting, Erlang 1917; Cooper 1981, 3.3. Four units, none may wait.
    """
    load = 3.0
    streams = [(load, (2, 0, 3, 1))]
    carried = [load * (erlang_b(k, load) - erlang_b(k + 1, load)) for k in range(4)]
    case = spatial(1039, streams, "policy.dispatch.queue_capacity=0")
    samples = replicated(case, REPLICATIONS, busy)
    confirm_each(carried, samples[:, [2, 0, 3, 1]], precision=0.02)
    assert solve(streams, 4, queue=False).busy[[2, 0, 3, 1]] == pytest.approx(carried)


@pytest.mark.again
def test_units_that_nobody_prefers_come_last() -> None:
    """A unit missing from a cell's list is sent only when all those on it are busy.

    Source: ordered hunting; a unit behind one other carries a (B(1, a) - B(2, a)).
    """
    load = 1.0
    mapping = spatial(1040, [(load, (1, 0))]).model_dump(mode="json")
    mapping["policy"]["dispatch"]["queue_capacity"] = 0.0
    mapping["policy"]["dispatch"]["preference"] = [[1]] * CELLS_PER_ARRIVAL
    mapping["world"]["service"]["roles"]["server"]["speed_kmh"] = float("inf")
    carried = load * (erlang_b(1, load) - erlang_b(2, load))

    def measure(record: sim.Record) -> float:
        return float(busy(record)[0])

    confirm(carried, replicated(sim.load(mapping), REPLICATIONS, measure), precision=0.02)
