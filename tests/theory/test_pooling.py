"""What a merger of equal queues may cost, at the break-even."""

import pytest
from scipy.optimize import brentq

import sim
from tests.theory import arrivals, confirm, exponential, lab_case, replicated, servers
from tests.theory.formulas import erlang_c

MEAN = 10.0  # service of a specialist [min]
UNITS = 4
REPLICATIONS = 30


def sojourn(load: float, slowdown: float) -> float:
    """Mean sojourn in M/M/4 at a load per unit and with slower work [specialist's job]."""
    mean = 1 + slowdown
    return mean + erlang_c(UNITS, UNITS * load * mean) * mean / (UNITS * (1 - load * mean))


def break_even(load: float) -> float:
    """The slowdown at which four pooled units are as quick as four separate ones."""
    return float(
        brentq(lambda s: sojourn(load, s) - 1 / (1 - load), 0.0, (1 / load - 1) * (1 - 1e-9))
    )


def mean_sojourn(record: sim.Record) -> float:
    """Mean time from report to closure of the measured requests [min]."""
    rows = record.requests
    return float((rows.t_close - rows.t_reported)[rows.measured].mean())


@pytest.mark.parametrize(("load", "tolerated"), [(0.5, 0.431), (0.8, 0.168)])
def test_the_break_even_is_the_published_one(load: float, tolerated: float) -> None:
    """M/M/4 with jobs longer by s* has the mean sojourn of M/M/1 (sim/ODD.md)."""
    assert break_even(load) == pytest.approx(tolerated, abs=5e-4)


@pytest.mark.again
@pytest.mark.parametrize(("load", "seed"), [(0.5, 1041), (0.8, 1042)])
def test_four_zones_of_specialists_are_as_quick_as_mm1(load: float, seed: int) -> None:
    """Four cells with a worker each answer and close in E[S] / (1 - rho).

    Source: M/M/1, Kleinrock 1975, 3.2; what the merger is held against (Smith and Whitt 1981).
    """
    confirm(MEAN / (1 - load), replicated(separate(seed, load), REPLICATIONS, mean_sojourn))


@pytest.mark.parametrize(("load", "seed"), [(0.5, 1043), (0.8, 1044)])
@pytest.mark.again
def test_pooled_generalists_at_the_break_even_are_no_quicker(load: float, seed: int) -> None:
    """The same four workers in one zone, slower by s*, close in E[S] / (1 - rho) too.

    Source: M/M/4 (Erlang C) with E[S] (1 + s*), s* = .431 at load .5 and .168 at .8.
    """
    case = pooled(seed, load, break_even(load))
    confirm(MEAN / (1 - load), replicated(case, REPLICATIONS, mean_sojourn))


def separate(seed: int, load: float) -> sim.Case:
    """Four cells, each a zone with a worker of its own."""
    return lab_case(
        seed,
        *square(load),
        *servers(UNITS),
        "policy.layout.lines.0.cells=[0,1,2,3]",
        "clock.days=30",
    )


def pooled(seed: int, load: float, slowdown: float) -> sim.Case:
    """The same four workers in one zone, outside their own domains."""
    return lab_case(
        seed,
        *square(load),
        *servers(UNITS),
        "policy.staffing.reach=city",
        "policy.staffing.skills.server.city_order=cross",
        f"policy.staffing.slowdown={slowdown!r}",
        "clock.days=140",  # slowed down, they are at .93 of what they can do
    )


def square(load: float) -> tuple[str, ...]:
    """Words for two by two cells, each with a load of its own."""
    return (
        "world.city.width=2",
        "world.city.height=2",
        *arrivals(UNITS * load / MEAN, residents=40_000),
        *exponential(MEAN),
    )
