"""Hidden problems against the theory of random search (Koopman 1956).

A patrol that searches a unit at random finds a problem after an exponential time, whose mean
is the unit's cells over the cells it sweeps. Nothing here keeps a patrol from looking on: what
is found is turned away at once.
"""

from typing import Any

import numpy as np
import pytest
from scipy.stats import kstest

import sim
from tests.theory import Floats, confirm, confirm_each, exponential, lab_mapping, replicated
from tests.theory import arrivals as calls

CELLS = 100
SWEEP = 60.0  # cells an hour, so that the city takes a patrol 100 minutes
REPLICATIONS = 20
FLAT = [1.0] * 24


def search(seed: int, *words: str, patrols: int = 1) -> dict[str, Any]:
    """A city with a hazard every six minutes, and patrols that report them."""
    mapping = lab_mapping(seed, "clock.days=60", *words)
    world, policy = mapping["world"], mapping["policy"]
    world["demand"]["needs_per_1000_per_day"] = 0.0
    world["demand"]["latent"]["per_1000_per_day"] = 240.0
    world["service"]["patrol"]["sweep_per_hour"] = SWEEP
    policy["sensing"] |= {"reports": {"server": ["hazards"]}, "riders_by_hour": FLAT}
    policy["staffing"]["heads"] = {"server": patrols}
    policy["staffing"]["skills"]["server"] = {"city_order": "own"}
    policy["dispatch"]["queue_capacity"] = 0.0
    return mapping


def detection(record: sim.Record) -> Floats:
    """From the beginning of each measured problem to its report [min]."""
    rows = record.requests
    rows = rows[rows.measured & (rows.kind == "latent")]
    return (rows.t_reported - rows.t_onset).to_numpy()


def mean_detection(record: sim.Record) -> float:
    """Their mean; all are found long before the end."""
    return float(detection(record).mean())


def test_one_patrol_finds_a_problem_in_the_time_it_takes_to_search_the_city() -> None:
    """Cells over sweep rate, 100 minutes in the mean.

    Source: Koopman 1956, random search: the chance of not having found it falls by e with
    every search of the whole area.
    """
    case = sim.load(search(1071))
    confirm(CELLS / (SWEEP / 60), replicated(case, REPLICATIONS, mean_detection), precision=0.02)


def test_the_time_to_detection_is_exponential() -> None:
    """In a test of Kolmogorov and Smirnov at 1 %.

    Source: Koopman 1956.
    """
    found = np.concatenate(
        [detection(sim.run(sim.load(search(1072)).replicate(number))) for number in range(2)]
    )
    assert found.size > 25_000
    assert kstest(found, "expon", args=(0, CELLS / (SWEEP / 60))).pvalue > 0.01


@pytest.mark.again
@pytest.mark.parametrize(("patrols", "seed"), [(2, 1073), (5, 1074)])
def test_patrols_search_independently(patrols: int, seed: int) -> None:
    """n of them find it in an n-th of the time, as often looking where others have looked.

    Source: Koopman 1956; rates of independent searchers add.
    """
    case = sim.load(search(seed, patrols=patrols))
    samples = replicated(case, REPLICATIONS, mean_detection)
    confirm(CELLS / (patrols * SWEEP / 60), samples, precision=0.02)


def test_zones_are_searched_by_their_own_patrols() -> None:
    """Two halves with one patrol each take half as long each.

    Source: Koopman 1956, per unit; four cells in zones of one and three take 1 and 3 minutes.
    """
    mapping = search(1075, "world.city.width=4", "world.city.height=1", patrols=2)
    mapping["policy"]["layout"]["lines"][0]["cells"] = [0, 1, 1, 1]

    def measure(record: sim.Record) -> list[float]:
        rows = record.requests[record.requests.measured]
        took = rows.t_reported - rows.t_onset
        return [float(took[rows.cell == 0].mean()), float(took[rows.cell > 0].mean())]

    confirm_each([1.0, 3.0], replicated(sim.load(mapping), REPLICATIONS, measure))


@pytest.mark.again
@pytest.mark.parametrize(("share", "seed"), [(0.5, 1076), (0.8, 1077)])
def test_background_duties_stretch_the_search(share: float, seed: int) -> None:
    """By 1 / (1 - share) of the time of those who carry them.

    Source: Koopman 1956 with the sweep rate that is left.
    """
    mapping = search(seed)
    mapping["world"]["service"]["background"]["share"] = share
    mapping["world"]["service"]["roles"]["server"]["background"] = 1.0
    samples = replicated(sim.load(mapping), REPLICATIONS, mean_detection)
    confirm(CELLS / (SWEEP / 60) / (1 - share), samples, precision=0.03)


def test_whoever_is_first_finds_it_in_proportion_to_his_rate() -> None:
    """A patrol, residents, riders and ignition with means of 100 and three times 300 minutes.

    Source: competing exponentials (Ross 2014, 5.2): shares 1/2, 1/6, 1/6, 1/6, mean 50.
    """
    mapping = search(1078)
    latent = mapping["world"]["demand"]["latent"]
    latent |= {"notice_hours": {"hazards": 5.0}, "ignition_days": {"hazards": 300 / 1440}}
    mapping["policy"]["sensing"]["riders_per_hour"] = 0.2

    def measure(record: sim.Record) -> list[float]:
        rows = record.requests
        by = rows.found_by[rows.measured & (rows.kind == "latent")].astype(str)
        shares = [(by == name).mean() for name in ("server", "residents", "riders", "ignition")]
        return [mean_detection(record), *shares]

    samples = replicated(sim.load(mapping), REPLICATIONS, measure)
    confirm_each([50.0, 1 / 2, 1 / 6, 1 / 6, 1 / 6], samples, precision=0.03)


@pytest.mark.again
def test_a_patrol_that_answers_calls_searches_in_between() -> None:
    """Busy half of the time it needs twice as long, and the busy period it is found in.

    Source: E[T] = E[X] / (1 - rho) + rho E[S] / (1 - rho)^2 for a search of X free minutes
    by an M/M/1 server: X idle minutes are broken by lambda X busy periods of mean
    E[S] / (1 - rho), and the residual busy period has mean E[S] / (1 - rho)^2 (Kleinrock
    1975, 5.8; arrivals see time averages, Wolff 1982).
    """
    load, mean = 0.5, 10.0
    mapping = search(1079, *exponential(mean))
    rate = calls(load / mean)[1].rpartition("=")[2]
    mapping["world"]["demand"]["needs_per_1000_per_day"] = float(rate)
    mapping["world"]["demand"]["latent"]["per_1000_per_day"] = 48.0
    mapping["policy"]["dispatch"]["queue_capacity"] = float("inf")
    theory = 100.0 / (1 - load) + load * mean / (1 - load) ** 2
    assert theory == pytest.approx(220.0)
    confirm(theory, replicated(sim.load(mapping), 30, mean_detection), precision=0.03)
