"""Who may report what: patrols that look beyond their own domains, and riders on their way.

A hidden problem is found by random search (Koopman 1956): every unit has a clock that runs
with the cells its free workers search, and every problem has an exponential threshold on
it. Who finds need not be who answers.
"""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim import keyed
from sim.base import DOMAINS, CaseError, Domain, Name, NonNegative, Spec
from sim.keyed import Floats, Purpose
from sim.units import DAY
from sim.world import Drawn, Seeds
from sim.world.tape import LATENT

Bools = NDArray[np.bool_]


class Sensing(Spec):
    """Who reports what he comes across."""

    reports: dict[Name, tuple[Domain, ...]] = Field(description="domains each role reports")
    beyond_line: Annotated[int, Field(ge=0, le=1)] = Field(
        description="1: also domains that the line of his zones does not own"
    )
    riders_per_hour: NonNegative = Field(
        description="chance per hour that a rider reports one outdoor problem; 0: none [1/h]"
    )
    riders_by_hour: Annotated[tuple[NonNegative, ...], Field(min_length=24, max_length=24)] = Field(
        description="riders on the road by hour of day, relative"
    )


def reporting(spec: Sensing, roles: tuple[str, ...]) -> Bools:
    """What each role may report, shape (roles, domains)."""
    for role in spec.reports:
        if role not in roles:
            raise CaseError(f"policy.sensing.reports.{role}: not a role; allowed: {list(roles)}")
    return np.array([[name in spec.reports.get(role, ()) for name in DOMAINS] for role in roles])


def rider_times(spec: Sensing, drawn: Drawn, seeds: Seeds, since: float = 0.0) -> Floats:
    """When a rider would report each hidden problem, by row of the tape [min]; inf: never.

    Riders pass where people live and work: the chance per hour follows the hour of day and the
    cell's share of residents and jobs. The time is the exponential threshold
    carried through that intensity, from ``since`` on, when riders begin to report.
    """
    tape = drawn.tape
    found = np.full(len(tape), np.inf)
    rows = np.flatnonzero((tape.kind == LATENT) & tape.outdoor)
    if spec.riders_per_hour <= 0 or not len(rows) or sum(spec.riders_by_hour) <= 0:
        return found
    luck = keyed.u(keyed.stream(seeds.seed, seeds.demand, Purpose.RIDER), tape.key[rows])
    rate = spec.riders_per_hour * _traffic(drawn)[tape.cell[rows]]
    with np.errstate(divide="ignore"):
        wanted = -np.log(luck) / rate
    begin = np.maximum(tape.t_enter[rows], since)
    found[rows] = _after(begin, wanted, np.array(spec.riders_by_hour))
    return found


def _traffic(drawn: Drawn) -> Floats:
    """Riders per cell against the mean: half follows residents, half jobs."""
    city = drawn.city
    parts = [city.density / city.density.mean(), city.jobs / city.jobs.mean()]
    return np.mean(parts, axis=0)


def _after(t: Floats, hours: Floats, by_hour: Floats) -> Floats:
    """The moment when so many hours of mean traffic have passed after ``t`` [min]."""
    level = by_hour / by_hour.mean()
    edges = np.concatenate([[0.0], np.cumsum(level)])
    start = 24 * (t // DAY) + np.interp((t % DAY) / 60, np.arange(25), edges)
    end = start + hours
    whole = np.where(np.isfinite(end), end, 0.0)
    moment = DAY * (whole // 24) + 60 * np.interp(whole % 24, edges, np.arange(25))
    return np.where(np.isfinite(end), moment, np.inf)
