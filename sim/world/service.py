"""How work is done, whoever owns it: job lengths, hours, cover, background duties, roles.

These are the silences that decide a comparison of layouts. They belong to the world, so
every arm shares them.
"""

from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator
from scipy.special import ndtri

from sim.base import (
    CLASSES,
    DOMAINS,
    Class,
    Domain,
    Name,
    NonNegative,
    Positive,
    Share,
    Spec,
    TimeOfDay,
    minute_of_day,
)
from sim.keyed import Floats

Ints = NDArray[np.int64]


class Work(Spec):
    """The law of job lengths; each domain has its own median."""

    law: Literal["lognormal", "exponential", "deterministic"]
    sigma: NonNegative = Field(description="of a lognormal [ln]")
    median_min: dict[Domain, Positive] = Field(description="median of the law [min]")


class Hours(Spec):
    """Daily hours in which a class is served."""

    opens: TimeOfDay
    closes: TimeOfDay

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if minute_of_day(self.opens) >= minute_of_day(self.closes):
            raise ValueError(f"opens {self.opens} must be before closes {self.closes}")
        return self


class Cover(Spec):
    """Who comes when nobody of the owner is on duty."""

    neighbours: Annotated[int, Field(ge=0, le=1)] = Field(
        description="1: neighbouring zones of the same domains take the request"
    )
    night: Annotated[int, Field(ge=0, le=1)] = Field(
        description="1: responders take urgent requests outside all shifts of the line"
    )
    responders: tuple[Name, ...] = Field(description="roles that answer emergencies citywide")


class Background(Spec):
    """Duties that nobody reports: visits, data entry, patrol logs."""

    share: Annotated[float, Field(ge=0, le=0.95)] = Field(description="of paid hours")
    task_min: Positive = Field(description="mean length of a task, exponential [min]")
    interrupted_by: tuple[Class, ...] = Field(description="classes that interrupt a task")


class Departments(Spec):
    """The desks that close what a grid worker cannot: one per domain, on office hours."""

    busy_share: Annotated[float, Field(gt=0, lt=1)] = Field(
        description="officers are hired to be busy with this share of their time"
    )
    travel_min: NonNegative = Field(description="of an officer, there and back [min]")
    work_median_min: dict[Domain, Positive] = Field(description="on the spot, lognormal [min]")
    work_sigma: NonNegative = Field(description="[ln]")


class Patrol(Spec):
    """How workers walk and look when nobody needs them."""

    steps_per_hour: Annotated[float, Field(ge=0, le=60)] = Field(
        description="cells an idle worker walks; 0 stands still [1/h]"
    )
    sweep_per_hour: NonNegative = Field(description="cells an idle worker searches [1/h]")


class Role(Spec):
    """How the people of a role get about, and what they see."""

    speed_kmh: Annotated[float, Field(gt=0, description="[km/h]; .inf travels in no time")]
    startup_min: NonNegative = Field(description="from dispatch to setting off [min]")
    background: Share = Field(description="of the background share this role carries")
    sweep: NonNegative = Field(description="cells searched against the patrol's own figure")
    visible: Annotated[int, Field(ge=0, le=1)] = Field(description="1: in uniform, seen")
    turnout: Annotated[int, Field(ge=0, le=1)] = Field(
        description="1: comes of free will, so residents' trust moves who turns up"
    )


class Service(Spec):
    """The working of the service."""

    work: Work
    hours: dict[Class, Hours]
    cover: Cover
    background: Background
    departments: Departments
    patrol: Patrol
    dilution: Share = Field(
        description="longer work where many share an owner's work: x (1 + d (1 - 1/m))"
    )
    reopen_after_min: NonNegative = Field(description="closure to reopening [min]")
    roles: dict[Name, Role] = Field(min_length=1)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if unserved := set(CLASSES) - set(self.hours):
            raise ValueError(f"hours must name every class; missing: {sorted(unserved)}")
        if untimed := set(DOMAINS) - set(self.work.median_min):
            raise ValueError(f"work.median_min must name every domain; missing: {sorted(untimed)}")
        if desks := set(DOMAINS) - set(self.departments.work_median_min):
            raise ValueError(
                f"departments.work_median_min must name every domain; missing: {sorted(desks)}"
            )
        unknown = set(self.cover.responders) - set(self.roles)
        if unknown:
            raise ValueError(f"cover.responders: {sorted(unknown)} not among {sorted(self.roles)}")
        return self


def work_minutes(spec: Service, domain: Ints, luck: Floats) -> Floats:
    """Job lengths at the quantiles ``luck`` [min]."""
    median: Floats = np.array([spec.work.median_min[name] for name in DOMAINS])[domain]
    if spec.work.law == "lognormal":
        factor: Floats = np.exp(spec.work.sigma * ndtri(luck))
        return median * factor
    if spec.work.law == "exponential":
        waits: Floats = -np.log(luck) / np.log(2)
        return median * waits
    return median


def mean_work(spec: Service, domain: Domain) -> float:
    """Mean job length of a domain under the law [min]."""
    factor = {
        "lognormal": float(np.exp(spec.work.sigma**2 / 2)),
        "exponential": 1 / float(np.log(2)),
        "deterministic": 1.0,
    }
    return spec.work.median_min[domain] * factor[spec.work.law]


def desk_minutes(spec: Service, domain: Ints, luck: Floats) -> Floats:
    """Office minutes a department spends on a case, travel included [min]."""
    desks = spec.departments
    median: Floats = np.array([desks.work_median_min[name] for name in DOMAINS])[domain]
    return desks.travel_min + median * np.exp(desks.work_sigma * ndtri(luck))


def mean_desk_work(spec: Service, domain: Domain) -> float:
    """Mean office minutes a department spends on a case, travel included [min]."""
    desks = spec.departments
    return desks.travel_min + desks.work_median_min[domain] * float(np.exp(desks.work_sigma**2 / 2))
