"""Who is posted where, with what skills and on which rota.

Heads, paid hours and rotas belong to the worker's number, never to the layout: worker 17
has the same shifts and the same duties in every arm. A layout only decides his unit.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim import keyed
from sim.base import DOMAINS, CaseError, minute_of_day
from sim.keyed import Floats, Purpose
from sim.policy.layout import Zones
from sim.policy.staffing import Leaders, Post, Practice, Rota, Shift, Staffing, check_staffing
from sim.shelf import Same, Shelf, text
from sim.world import Drawn, Seeds
from sim.world.partition import Graph, contract, lattice_edges, split

Ints = NDArray[np.int64]
__all__ = [
    "Leaders",
    "Post",
    "Posting",
    "Practice",
    "Rota",
    "Shift",
    "Staffing",
    "headcount",
    "post",
]


@dataclass(frozen=True)
class Posting:
    """Everybody's post.

    Attributes
    ----------
    role : role of each worker
    home : home cell of each worker
    unit : unit of each worker, numbered through
    area : row of ``unit_at`` in which a worker looks up his unit
    unit_at : unit by cell, shape (areas, cells)
    zones : zones of each worker, as a table (workers, zones) of 0/1
    """

    role: Ints
    home: Ints
    unit: Ints
    area: Ints
    unit_at: Ints
    zones: Graph

    @property
    def count(self) -> int:
        """How many workers there are."""
        return len(self.role)


def largest_remainder(weight: Floats, total: int) -> Ints:
    """Whole shares of ``total`` in proportion to ``weight``; ties to the lowest number."""
    if weight.sum() <= 0:
        weight = np.ones_like(weight)
    exact = total * weight / weight.sum()
    whole = np.floor(exact + 1e-9).astype(np.int64)
    missing = total - int(whole.sum())
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[:missing]] += 1
    return whole


def own_domains(spec: Staffing, role: str) -> NDArray[np.bool_]:
    """The domains a role counts as its own, shape (domains,)."""
    return np.array([spec.skills.get(role, {}).get(name, "none") == "own" for name in DOMAINS])


def headcount(spec: Staffing, roles: tuple[str, ...], drawn: Drawn) -> Ints:
    """People of each role who take part, after rebalancing [persons]."""
    heads = np.array([spec.heads.get(role, 0) for role in roles], dtype=np.float64)
    heads *= [spec.participation.get(role, 1.0) for role in roles]
    if spec.balance > 0:
        heads = _rebalanced(spec, roles, heads, drawn)
    return largest_remainder(heads, round(heads.sum())) if heads.sum() else heads.astype(np.int64)


def daily_hours(rota: Rota) -> float:
    """Mean paid hours per head and day, days off included [h]."""
    minutes = sum(shift.share * _length(shift) for shift in rota.shifts)
    return minutes * rota.days_on / 7 / 60


def _length(shift: Shift) -> float:
    return (minute_of_day(shift.end) - minute_of_day(shift.start)) % 1440 or 1440.0


def _rebalanced(spec: Staffing, roles: tuple[str, ...], heads: Floats, drawn: Drawn) -> Floats:
    """Move paid hours between roles towards the load of their own domains."""
    moving = np.array([role in spec.balanced for role in roles])
    hours = np.array([daily_hours(spec.rotas[role]) if role in spec.rotas else 1 for role in roles])
    drawing = np.array(
        [[name in spec.balanced.get(role, ()) for name in DOMAINS] for role in roles]
    )
    load = drawn.load.sum(axis=1)
    shared = drawing * (heads * hours)[:, None]
    claim = shared / np.maximum(shared.sum(axis=0), 1e-12) * load
    wanted = claim.sum(axis=1)
    paid = (heads * hours)[moving].sum()
    target = np.where(moving, paid * wanted / max(wanted.sum(), 1e-12) / hours, heads)
    return heads + spec.balance * (target - heads)


_POSTINGS: Shelf[Posting] = Shelf(8)
_UNITS: Shelf[Ints] = Shelf(16)


def post(
    spec: Staffing, zones: Zones, drawn: Drawn, roles: tuple[str, ...], seeds: Seeds
) -> Posting:
    """Post everybody to a unit, in proportion to the expected minutes of own domains."""
    key = (
        text(spec, "slowdown", "practice", "leaders"),
        *map(Same, (zones.owner, zones.line, zones.holds, drawn.load)),
        *(drawn.city.width, drawn.city.cells, roles, seeds.seed, seeds.layout, seeds.rota),
    )
    return _POSTINGS.get(key, lambda: _post(spec, zones, drawn, roles, seeds))


def _post(
    spec: Staffing, zones: Zones, drawn: Drawn, roles: tuple[str, ...], seeds: Seeds
) -> Posting:
    check_staffing(spec, zones, drawn, roles)
    if spec.posts:
        return _explicit(spec, zones, drawn, roles)
    heads = headcount(spec, roles, drawn)
    if not heads.any():
        raise CaseError("policy.staffing.heads: nobody takes part; allowed: 1 person or more")
    plan = _Plan(zones, drawn)
    for number, role in enumerate(roles):
        _post_role(plan, spec, role, number, int(heads[number]), seeds)
    return plan.posting(seeds)


class _Plan:
    """Postings as they are made, role by role."""

    def __init__(self, zones: Zones, drawn: Drawn) -> None:
        self.zones, self.drawn = zones, drawn
        self.load = np.zeros((zones.count, len(DOMAINS)))
        for domain, owner in enumerate(zones.owner):
            self.load[:, domain] = np.bincount(
                owner, weights=drawn.load[domain], minlength=zones.count
            )
        self.role: list[int] = []
        self.unit: list[int] = []
        self.area: list[int] = []
        self.unit_at: list[Ints] = []
        self.unit_zones: list[Ints] = []
        self.weights: list[Floats] = []

    def add_area(self, cell_unit: Ints, members: list[Ints], weight: Floats) -> int:
        """Register the units of one role in one line; returns the first unit's number."""
        first = len(self.unit_zones)
        self.unit_at.append(np.where(cell_unit >= 0, first + cell_unit, -1))
        self.unit_zones.extend(members)
        self.weights.append(weight)
        return first

    def posting(self, seeds: Seeds) -> Posting:
        """The finished table, homes drawn inside each worker's unit."""
        unit = np.array(self.unit, dtype=np.int64)
        area = np.array(self.area, dtype=np.int64)
        luck = keyed.u(keyed.stream(seeds.seed, seeds.rota, Purpose.POST), np.arange(len(unit)))
        home = np.zeros(len(unit), dtype=np.int64)
        for number, cell_unit in enumerate(self.unit_at):
            who = np.flatnonzero(area == number)
            home[who] = _homes(cell_unit, self.weights[number], unit[who], luck[who])
        sizes = [len(self.unit_zones[item]) for item in unit]
        columns = np.concatenate([np.zeros(0, np.int64), *(self.unit_zones[i] for i in unit)])
        start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        table = Graph(
            (np.ones(len(columns), np.int64), columns.astype(np.int64), start),
            shape=(len(unit), self.zones.count),
        )
        stacked = np.array(self.unit_at, dtype=np.int64).reshape(-1, self.drawn.city.cells)
        return Posting(np.array(self.role, dtype=np.int64), home, unit, area, stacked, table)


def _homes(cell_unit: Ints, weight: Floats, unit: Ints, luck: Floats) -> Ints:
    """A cell of each worker's unit, drawn in proportion to the load there."""
    order = np.lexsort((np.arange(len(cell_unit)), cell_unit))
    cumulated = np.cumsum(weight[order] + 1e-9)
    first = np.searchsorted(cell_unit[order], unit, side="left")
    last = np.searchsorted(cell_unit[order], unit, side="right")
    low = np.where(first > 0, cumulated[first - 1], 0.0)
    found = np.searchsorted(cumulated, low + luck * (cumulated[last - 1] - low), side="right")
    return order[np.clip(found, first, last - 1)]


def _post_role(
    plan: _Plan, spec: Staffing, role: str, number: int, heads: int, seeds: Seeds
) -> None:
    """Spread the heads of one role over the units of the lines it works in."""
    zones, own = plan.zones, own_domains(spec, role)
    cell_load = plan.drawn.load[own].sum(axis=0)
    if spec.reach == "city":
        able = np.array([name in spec.skills.get(role, {}) for name in DOMAINS])
        everywhere = np.flatnonzero((zones.holds & able).any(axis=1))
        first = plan.add_area(np.zeros(len(cell_load), np.int64), [everywhere], cell_load)
        options, weight = [(first, len(plan.unit_at) - 1)], np.ones(1)
    else:
        options, weight = _units_of(plan, spec, role, own, cell_load, seeds)
    if heads and not options:
        raise CaseError(
            f"policy.staffing.skills.{role}: {heads} heads and no domain of their own to be "
            "posted for; allowed: own for at least one domain"
        )
    for (unit, area), count in zip(options, largest_remainder(weight, heads), strict=True):
        plan.role.extend([number] * int(count))
        plan.unit.extend([unit] * int(count))
        plan.area.extend([area] * int(count))


def _units_of(
    plan: _Plan, spec: Staffing, role: str, own: NDArray[np.bool_], cell_load: Floats, seeds: Seeds
) -> tuple[list[tuple[int, int]], Floats]:
    """The units of a role as (unit, area) with their expected minutes, line by line."""
    zones = plan.zones
    options: list[tuple[int, int]] = []
    weights: list[Floats] = []
    for line in np.unique(zones.line):
        members = np.flatnonzero(zones.line == line)
        domains = zones.holds[members[0]] & own
        if not domains.any():
            continue
        minutes = plan.load[members][:, domains].sum(axis=1)
        label = _units(plan, members, spec.units.get(role, 0), seeds)
        zone_at = zones.owner[int(np.flatnonzero(domains)[0])]
        first = plan.add_area(
            label[np.searchsorted(members, zone_at)],
            [members[label == unit] for unit in range(int(label.max()) + 1)],
            cell_load,
        )
        count = int(label.max()) + 1
        options.extend((first + unit, len(plan.unit_at) - 1) for unit in range(count))
        weights.append(np.bincount(label, weights=minutes, minlength=count))
    return options, np.concatenate(weights) if weights else np.zeros(0)


def _units(plan: _Plan, members: Ints, units: int, seeds: Seeds) -> Ints:
    """Unit of each zone of a line: itself, or one of ``units`` contiguous groups.

    Groups are equal in zones, not in load: heads follow the load of a unit anyway, and one
    dedicated zone can be heavier than a fair share.
    """
    if units == 0 or units >= len(members):
        return np.arange(len(members))
    key = (Same(plan.zones.owner), Same(plan.zones.holds), members.tobytes(), units)
    return _UNITS.get(
        (*key, plan.drawn.city.width, seeds.seed, seeds.layout),
        lambda: _group(plan, members, units, seeds),
    )


def _group(plan: _Plan, members: Ints, units: int, seeds: Seeds) -> Ints:
    """So many contiguous groups of zones."""
    chance = keyed.small_seed(keyed.stream(seeds.seed, seeds.layout, Purpose.UNITS), units)
    city = plan.drawn.city
    graph = contract(
        lattice_edges(city.width, city.height),
        plan.zones.owner[int(np.flatnonzero(plan.zones.holds[members[0]])[0])],
        plan.zones.count,
    )
    return split(graph, np.ones(plan.zones.count), units, chance, within=members)


def _explicit(spec: Staffing, zones: Zones, drawn: Drawn, roles: tuple[str, ...]) -> Posting:
    count = len(spec.posts)
    rows = np.repeat(np.arange(count), [len(item.zones) for item in spec.posts])
    columns = np.array([zone for item in spec.posts for zone in item.zones])
    table = Graph((np.ones(len(rows), np.int64), (rows, columns)), shape=(count, zones.count))
    return Posting(
        role=np.array([roles.index(item.role) for item in spec.posts]),
        home=np.array([item.home for item in spec.posts]),
        unit=np.arange(count),
        area=np.zeros(count, np.int64),
        unit_at=np.full((1, drawn.city.cells), -1, dtype=np.int64),
        zones=table,
    )
