"""The engine against theory, through configuration only.

A test simulates a laboratory case in independent replications, takes the 99 % t-interval of
their means, and asks two things of it: it holds the formula's number, and it is narrow. A
new test takes the next free seed, so that no two tests share their luck.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

import sim
from sim.units import DAY
from tests.support import mapping_of

Floats = NDArray[np.float64]

CONFIDENCE = 0.99
CLOCK = ("clock.warmup_days=10", "clock.days=300", "clock.follow_up_days=3")


def lab_mapping(seed: int, *words: str) -> dict[str, Any]:
    """The mapping of a laboratory case over most of a year; yours to change."""
    return deepcopy(mapping_of("world=lab", "policy=lab", *CLOCK, f"draws.seed={seed}", *words))


def lab_case(seed: int, *words: str) -> sim.Case:
    """A laboratory case over most of a year."""
    return sim.load(lab_mapping(seed, *words))


def arrivals(per_min: float, residents: int = 1000) -> tuple[str, ...]:
    """Words for Poisson needs at a rate [1/min], spread over so many residents."""
    return (
        f"world.city.residents={residents}",
        f"world.demand.needs_per_1000_per_day={1000 * DAY * per_min / residents!r}",
    )


def exponential(mean_min: float, domain: str = "city_order") -> tuple[str, ...]:
    """Words for exponential jobs of a given mean [min]."""
    return _jobs("exponential", mean_min * float(np.log(2)), domain)


def deterministic(minutes: float, domain: str = "city_order") -> tuple[str, ...]:
    """Words for jobs that all take equally long [min]."""
    return _jobs("deterministic", minutes, domain)


def lognormal(mean_min: float, sigma: float, domain: str = "city_order") -> tuple[str, ...]:
    """Words for lognormal jobs of a given mean [min] and spread [ln]."""
    median = mean_min / float(np.exp(sigma**2 / 2))
    return (*_jobs("lognormal", median, domain), f"world.service.work.sigma={sigma}")


def _jobs(law: str, median_min: float, domain: str) -> tuple[str, ...]:
    return (
        f"world.service.work.law={law}",
        f"world.service.work.median_min.{domain}={float(median_min)!r}",
    )


def servers(count: int) -> tuple[str, ...]:
    """Words for so many people, always on duty."""
    return (f"policy.staffing.heads.server={count}",)


def replicated(case: sim.Case, count: int, measure: Callable[[sim.Record], ArrayLike]) -> Floats:
    """What is measured in ``count`` independent replications, one row each."""
    rows = [measure(sim.run(case.replicate(number))) for number in range(count)]
    return np.array(rows, dtype=np.float64)


def interval(samples: Floats) -> tuple[float, float]:
    """Mean and half-width of the 99 % t-interval of independent samples."""
    spread = float(samples.std(ddof=1)) / np.sqrt(samples.size)
    quantile = float(student.ppf((1 + CONFIDENCE) / 2, samples.size - 1))
    return float(samples.mean()), quantile * spread


def confirm(theory: float, samples: Floats, precision: float = 0.05) -> None:
    """Hold a formula's number against samples.

    Parameters
    ----------
    precision : widest half-width of the interval that still says something, over ``theory``
    """
    mean, half = interval(samples)
    found = f"{mean:.6g} +- {half:.3g}"
    assert half < precision * abs(theory), f"{found} is too vague to confirm {theory:.6g}"
    assert abs(mean - theory) <= half, f"{found} does not hold {theory:.6g}"


def confirm_each(theory: ArrayLike, samples: Floats, precision: float = 0.05) -> None:
    """Hold several numbers against the columns of ``samples``."""
    numbers = np.asarray(theory, dtype=np.float64)
    for number, column in zip(numbers, samples.T, strict=True):
        confirm(float(number), column, precision)
