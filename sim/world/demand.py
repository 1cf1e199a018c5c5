"""What residents need, what lies hidden, and what recurs: rates, shares and profiles.

:mod:`sim.world.tape` draws from this the needs of a run.
"""

from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sim.base import (
    DOMAINS,
    Class,
    Domain,
    Name,
    NonNegative,
    Positive,
    Share,
    Spec,
    TimeOfDay,
)
from sim.keyed import Floats
from sim.units import OFFICE_WEEK
from sim.world.city import Map
from sim.world.people import People, Population, at_work, visiting
from sim.world.service import Service, mean_desk_work, mean_work

Ints = NDArray[np.int64]


class Profile(Spec):
    """When the needs of some domains arise."""

    name: Name
    domains: tuple[Domain, ...]
    hours: Annotated[tuple[NonNegative, ...], Field(min_length=24, max_length=24)]
    weekdays: Annotated[tuple[NonNegative, ...], Field(min_length=7, max_length=7)]


class Follow(Spec):
    """Work that follows from an injected need."""

    domain: Domain
    work_min: NonNegative = Field(description="of a worker in his own domain [min]")


class Injected(Spec):
    """One need of an injected tape."""

    t_min: NonNegative = Field(description="when it is reported [min]")
    cell: Annotated[int, Field(ge=0)]
    domain: Domain
    urgency: Class
    work_min: NonNegative = Field(description="work of a worker in his own domain [min]")
    kind: Literal["call", "latent", "recurring"] = "call"
    desk_min: NonNegative = Field(default=0.0, description="work of a department [min]")
    part: Follow | None = Field(default=None, description="second part of a joint case")
    again: Follow | None = Field(default=None, description="reopening after closure")
    known_after_min: Annotated[float, Field(ge=0)] = Field(
        default=float("inf"), description="a hidden problem shows by itself [min]"
    )
    known_by: Literal["residents", "riders", "ignition"] = "residents"
    outdoor: Annotated[int, Field(ge=0, le=1)] = 0


class Latent(Spec):
    """Problems nobody has reported yet: they wait in a cell until found, or ignite."""

    per_1000_per_day: NonNegative = Field(description="[problems per 1000 residents per day]")
    shares: dict[Domain, Share] = Field(description="share of hidden problems by domain")
    notice_hours: dict[Domain, Annotated[float, Field(gt=0)]] = Field(
        description="mean time until residents notice and call; .inf never [h]"
    )
    ignition_days: dict[Domain, Annotated[float, Field(gt=0)]] = Field(
        description="mean time until it becomes an emergency; .inf never [days]"
    )
    outdoor_share: dict[Domain, Share] = Field(description="what riders can see in passing")

    @model_validator(mode="after")
    def _sums_to_one(self) -> Self:
        if abs(sum(self.shares.values()) - 1) > 1e-9:
            raise ValueError(f"shares must sum to 1, not {sum(self.shares.values()):g}")
        for name in ("notice_hours", "ignition_days", "outdoor_share"):
            if missing := set(self.shares) - set(getattr(self, name)):
                raise ValueError(f"{name} must name every domain of shares; missing: {missing}")
        return self


class Recurring(Spec):
    """Scheduled work nobody calls for: meals in a canteen, visits to vulnerable people."""

    name: Name
    domain: Domain
    per_day: NonNegative = Field(description="[tasks per day]")
    starts: TimeOfDay
    ends: TimeOfDay
    work_min: Positive = Field(description="of one worker in his own domain [min]")
    fixed: Annotated[int, Field(ge=0, le=1)] = Field(description="1: at the same places daily")
    vulnerable: Annotated[int, Field(ge=0, le=1)] = Field(description="1: at vulnerable homes")


class Demand(Spec):
    """How many needs, of what kind, when, and how they reach an owner."""

    needs_per_1000_per_day: NonNegative = Field(description="[needs per 1000 residents per day]")
    readiness: Share = Field(description="share of needs that are reported")
    shares: dict[Domain, NonNegative] = Field(description="share of needs by domain")
    urgent_share: Share = Field(description="urgent among all needs; emergencies are a domain")
    urgency: dict[Domain, Class] = Field(description="class of a need that is not urgent")
    day_cv: Annotated[float, Field(ge=0, le=2)] = Field(description="of the day multiplier")
    visitor_share: Share = Field(description="of needs in visiting hours, by non-residents")
    misnamed: Annotated[float, Field(ge=0, le=0.95)] = Field(
        description="chance per hop of naming a wrong domain"
    )
    triage_median_min: NonNegative = Field(description="report to triaged, median [min]")
    triage_sigma: NonNegative = Field(description="of the log of triage time [ln]")
    specialist_share: dict[Domain, Share] = Field(
        description="of needs that a department must close after the visit"
    )
    joint_share: Share = Field(description="of needs with a second part in another domain")
    reopen_share: Share = Field(description="of closed calls that come back a day later")
    latent: Latent
    recurring: tuple[Recurring, ...]
    profiles: tuple[Profile, ...] = Field(min_length=1)
    tape: tuple[Injected, ...] = Field(description="replaces the drawn needs when not empty")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for name, table in (("shares", self.shares), ("urgency", self.urgency)):
            missing = set(DOMAINS) - set(table)
            if missing:
                raise ValueError(f"{name} must name every domain; missing: {sorted(missing)}")
        if abs(sum(self.shares.values()) - 1) > 1e-9:
            raise ValueError(f"shares must sum to 1, not {sum(self.shares.values()):g}")
        covered = sorted(domain for profile in self.profiles for domain in profile.domains)
        if covered != sorted(DOMAINS):
            raise ValueError("profiles must hold every domain exactly once")
        if any(min(sum(p.hours), sum(p.weekdays)) <= 0 for p in self.profiles):
            raise ValueError("a profile needs hours and weekdays with a positive sum")
        return self


def hourly_rates(spec: Demand, residents: int) -> Floats:
    """Mean needs in each hour of the week, shape (profiles, 168) [1/h]."""
    daily = spec.needs_per_1000_per_day * residents / 1000
    rates = []
    for profile in spec.profiles:
        hours = np.array(profile.hours) / sum(profile.hours)
        weekdays = 7 * np.array(profile.weekdays) / sum(profile.weekdays)
        share = sum(spec.shares[domain] for domain in profile.domains)
        rates.append(daily * share * np.outer(weekdays, hours).ravel())
    return np.array(rates)


def expected_minutes(
    spec: Demand, people_spec: People, service: Service, city: Map, people: Population
) -> Floats:
    """Minutes of work that arise per day, shape (domains, cells) [min/day].

    Policy-independent: posting in proportion to load rests on it in every arm.
    """
    daily = spec.needs_per_1000_per_day * len(people.home) / 1000 * spec.readiness
    cells, weight = city.cells, people.weight / people.weight.sum()

    def by_cell(where: Ints, counted: Floats) -> Floats:
        return np.bincount(where, weights=counted, minlength=cells)

    away = people.work != people.home
    leaving = weight * away
    home_out = by_cell(people.home, leaving)
    work_out = by_cell(people.work, leaving)
    stay = by_cell(people.home, weight * ~away)
    can_visit = bool(people.visited.min() >= 0)
    visited = by_cell(people.visited, weight) if can_visit else np.zeros(cells)
    minutes = np.zeros((len(DOMAINS), cells))
    t: Floats = np.arange(30.0, 168 * 60.0, 60.0)
    for profile in spec.profiles:
        rate = np.outer(profile.weekdays, profile.hours).ravel()
        rate = rate / rate.sum()
        busy = at_work(people_spec, t)
        shopping = visiting(people_spec, t) * can_visit
        out = (rate * busy).sum()
        trip = people_spec.visit_share
        home = stay * (1 - trip * (rate * shopping).sum())
        home += home_out * (1 - out - trip * (rate * shopping * ~busy).sum())
        where = home + work_out * out
        where = where + visited * max(0.0, 1.0 - where.sum())
        strangers = spec.visitor_share * (rate * shopping).sum()
        where = where * (1 - strangers) + visited * strangers
        for domain in profile.domains:
            number = DOMAINS.index(domain)
            minutes[number] = daily * spec.shares[domain] * mean_work(service, domain) * where
    return minutes


def officers(spec: Demand, service: Service, residents: int) -> Ints:
    """Officers of each department, so that the expected load keeps them busy by the share.

    Policy-independent: all cases that need a specialist, called or hidden, over office time.
    """
    office = OFFICE_WEEK / 7
    found = []
    for name in DOMAINS:
        needs = spec.needs_per_1000_per_day * spec.shares[name] * spec.readiness
        needs += spec.latent.per_1000_per_day * spec.latent.shares.get(name, 0.0)
        cases = needs * residents / 1000 * spec.specialist_share.get(name, 0.0)
        load = cases * mean_desk_work(service, name) / office
        found.append(int(np.ceil(load / service.departments.busy_share)))
    return np.maximum(np.array(found, dtype=np.int64), 1)
