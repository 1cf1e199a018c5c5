"""Needs, drawn before the run as a superset that no policy can change.

Every need has a name, (stream, day, hour, ordinal), and every draw about it is keyed by
that name: more demand adds needs and leaves those that were there untouched. A need is
reported if its own number lies below the readiness to report.
"""

from dataclasses import dataclass
from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator
from scipy.special import ndtri
from scipy.stats import gamma, poisson

from sim import keyed
from sim.base import CLASSES, DOMAINS, CaseError, Class, Domain, Name, NonNegative, Share, Spec
from sim.keyed import Floats, Purpose
from sim.world.city import Map
from sim.world.people import People, Population, at_work, place, visiting
from sim.world.service import Service, mean_work, work_minutes

Ints = NDArray[np.int64]


class Profile(Spec):
    """When the needs of some domains arise."""

    name: Name
    domains: tuple[Domain, ...]
    hours: Annotated[tuple[NonNegative, ...], Field(min_length=24, max_length=24)]
    weekdays: Annotated[tuple[NonNegative, ...], Field(min_length=7, max_length=7)]


class Injected(Spec):
    """One need of an injected tape."""

    t_min: NonNegative = Field(description="when it is reported [min]")
    cell: Annotated[int, Field(ge=0)]
    domain: Domain
    urgency: Class
    work_min: NonNegative = Field(description="work of a worker in his own domain [min]")


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


@dataclass(frozen=True)
class Tape:
    """The needs of one replication in order of report. Arrays are by need.

    Attributes
    ----------
    key : the need's name, packed into an integer
    t_reported, t_triaged : [min]
    resident : number of the resident, -1 for a non-resident
    cell, domain, urgency : where, about what, how urgent (indices)
    work : work of a worker in his own domain [min]
    vulnerable : whether the resident is
    reported : whether the need is reported at the base readiness
    """

    key: Ints
    t_reported: Floats
    t_triaged: Floats
    resident: Ints
    cell: Ints
    domain: Ints
    urgency: Ints
    work: Floats
    vulnerable: NDArray[np.bool_]
    reported: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.key)


def draw_tape(
    spec: Demand,
    people_spec: People,
    service: Service,
    city: Map,
    people: Population,
    days: int,
    seed: int,
    replication: int,
) -> Tape:
    """Draw every need of ``days`` days, or lay out the injected ones."""
    if spec.tape:
        return _injected(spec, city.cells)

    def luck(purpose: Purpose, entity: Ints, k: int = 0) -> Floats:
        return keyed.u(keyed.stream(seed, replication, purpose), entity, k)

    key, stream, t = _arrivals(spec, len(people.home), days, seed, replication)
    domain = _domains(spec, stream, luck(Purpose.DOMAIN, key))
    weights = np.cumsum(people.weight)
    resident = np.searchsorted(weights, luck(Purpose.RESIDENT, key) * weights[-1], side="right")
    resident = np.minimum(resident, len(people.home) - 1)
    cell = place(people_spec, people, resident, t, luck(Purpose.VISIT, key))
    stranger = (
        visiting(people_spec, t)
        & (luck(Purpose.VISIT, key, 1) < spec.visitor_share)
        & (people.visited[resident] >= 0)
    )
    cell = np.where(stranger, people.visited[resident], cell)
    triage = spec.triage_median_min * np.exp(spec.triage_sigma * ndtri(luck(Purpose.TRIAGE, key)))
    order = np.lexsort((key, t))
    tape = Tape(
        key=key,
        t_reported=t,
        t_triaged=t + triage,
        resident=np.where(stranger, -1, resident),
        cell=cell,
        domain=domain,
        urgency=_urgency(spec, domain, luck(Purpose.CLASS, key)),
        work=work_minutes(service, domain, luck(Purpose.WORK, key)),
        vulnerable=people.vulnerable[resident] & ~stranger,
        reported=luck(Purpose.READINESS, key) < spec.readiness,
    )
    return Tape(**{name: column[order] for name, column in vars(tape).items()})


def _arrivals(
    spec: Demand, residents: int, days: int, seed: int, replication: int
) -> tuple[Ints, Ints, Floats]:
    """Key, stream and moment of every need: Poisson per hour, under a gamma day level."""
    hour = np.arange(days * 24)
    day = hour // 24
    keys, streams, times = [], [], []
    for number, rate in enumerate(_hourly_rates(spec, residents)):
        level = np.ones(days)
        if spec.day_cv > 0:
            shape = spec.day_cv**-2
            chance = keyed.u(
                keyed.stream(seed, replication, Purpose.DAY_LEVEL), np.arange(days), number
            )
            level = gamma.ppf(chance, shape) / shape
        mean = rate[hour % 168] * level[day]
        draw = keyed.u(keyed.stream(seed, replication, Purpose.COUNT), hour, number)
        count = poisson.ppf(draw, mean).astype(np.int64)
        when = np.repeat(hour, count)
        ordinal = np.arange(len(when)) - np.repeat(np.cumsum(count) - count, count)
        key = (number << 56) | (when << 32) | ordinal
        minute = keyed.u(keyed.stream(seed, replication, Purpose.MINUTE), key)
        keys.append(key)
        streams.append(np.full(len(key), number))
        times.append(60.0 * (when + minute))
    return np.concatenate(keys), np.concatenate(streams), np.concatenate(times)


def _hourly_rates(spec: Demand, residents: int) -> Floats:
    """Mean needs in each hour of the week, shape (profiles, 168) [1/h]."""
    daily = spec.needs_per_1000_per_day * residents / 1000
    rates = []
    for profile in spec.profiles:
        hours = np.array(profile.hours) / sum(profile.hours)
        weekdays = 7 * np.array(profile.weekdays) / sum(profile.weekdays)
        share = sum(spec.shares[domain] for domain in profile.domains)
        rates.append(daily * share * np.outer(weekdays, hours).ravel())
    return np.array(rates)


def _domains(spec: Demand, stream: Ints, luck: Floats) -> Ints:
    """The domain of each need, by the shares within its profile."""
    domain = np.zeros(len(stream), dtype=np.int64)
    for number, profile in enumerate(spec.profiles):
        names = np.array([DOMAINS.index(name) for name in profile.domains])
        shares = np.array([spec.shares[name] for name in profile.domains])
        chosen = stream == number
        if not chosen.any():
            continue
        cumulated = np.cumsum(shares)
        found = np.searchsorted(cumulated, luck[chosen] * cumulated[-1], side="right")
        domain[chosen] = names[np.minimum(found, len(names) - 1)]
    return domain


def _urgency(spec: Demand, domain: Ints, luck: Floats) -> Ints:
    """Class of each need: its domain's, or urgent for a share of the routine ones."""
    usual = np.array([CLASSES.index(spec.urgency[name]) for name in DOMAINS])[domain]
    routine = sum(spec.shares[name] for name in DOMAINS if spec.urgency[name] == "routine")
    chance = min(spec.urgent_share / routine, 1.0) if routine > 0 else 0.0
    raised = (usual == CLASSES.index("routine")) & (luck < chance)
    return np.where(raised, CLASSES.index("urgent"), usual)


def _injected(spec: Demand, cells: int) -> Tape:
    rows = sorted(enumerate(spec.tape), key=lambda row: (row[1].t_min, row[0]))
    outside = [row.cell for _, row in rows if row.cell >= cells]
    if outside:
        raise CaseError(f"world.demand.tape: no cell {outside[0]}; allowed: 0..{cells - 1}")
    t = np.array([row.t_min for _, row in rows])
    return Tape(
        key=np.array([number for number, _ in rows], dtype=np.int64),
        t_reported=t,
        t_triaged=t.copy(),
        resident=np.full(len(rows), -1, dtype=np.int64),
        cell=np.array([row.cell for _, row in rows], dtype=np.int64),
        domain=np.array([DOMAINS.index(row.domain) for _, row in rows], dtype=np.int64),
        urgency=np.array([CLASSES.index(row.urgency) for _, row in rows], dtype=np.int64),
        work=np.array([row.work_min for _, row in rows]),
        vulnerable=np.zeros(len(rows), dtype=np.bool_),
        reported=np.ones(len(rows), dtype=np.bool_),
    )


def expected_minutes(
    spec: Demand, people_spec: People, service: Service, city: Map, people: Population
) -> Floats:
    """Minutes of work that arise per day, shape (domains, cells) [min/day].

    Policy-independent: posting in proportion to load rests on it in every arm.
    """
    daily = spec.needs_per_1000_per_day * len(people.home) / 1000 * spec.readiness
    cells, total = city.cells, people.weight.sum()

    def by_cell(where: Ints, weight: Floats) -> Floats:
        return np.bincount(where, weights=weight / total, minlength=cells)

    away = people.work != people.home
    home_out = by_cell(people.home[away], people.weight[away])
    work_out = by_cell(people.work[away], people.weight[away])
    stay = by_cell(people.home[~away], people.weight[~away])
    can_visit = bool((people.visited >= 0).all())
    visited = by_cell(people.visited, people.weight) if can_visit else np.zeros(cells)
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
