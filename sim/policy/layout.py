"""Who owns what, where: ``owner[domain, cell] -> zone``, as data.

A layout is a set of lines. Each line owns some domains over the whole city through its
own partition into zones. A merged layout is a layout of one line; nothing downstream can
tell. A new layout is a new file in ``configs/policy/layout``.
"""

from dataclasses import dataclass, replace
from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sim import keyed
from sim.base import DOMAINS, CaseError, Domain, Name, Share, Spec
from sim.keyed import Purpose
from sim.shelf import Same, Shelf, text
from sim.world import Seeds
from sim.world.city import Map
from sim.world.partition import Graph, contract, lattice_edges, split

Ints = NDArray[np.int64]


class Line(Spec):
    """A chain of command with zones of its own."""

    name: Name
    domains: tuple[Domain, ...] = Field(min_length=1)
    zones: Annotated[int, Field(ge=1, le=5000)] = Field(description="drawn zones [zones]")
    dedicated: tuple[Name, ...] = Field(
        description="areas that are one zone each, besides; one that others cover has none"
    )
    cells: tuple[int, ...] = Field(description="zone of every cell; replaces the drawn ones")


class Layout(Spec):
    """The lines, and how much of the disputed cells they leave in dispute."""

    lines: tuple[Line, ...] = Field(min_length=1)
    unclear_share: Share = Field(description="of the world's disputed cells, left in dispute")

    @model_validator(mode="after")
    def _one_owner(self) -> Self:
        owned = [domain for line in self.lines for domain in line.domains]
        for domain in DOMAINS:
            if owned.count(domain) != 1:
                raise ValueError(
                    f"lines: every cell needs one owner per domain; {domain} has "
                    f"{owned.count(domain)} lines, allowed is 1"
                )
        return self


@dataclass(frozen=True)
class Zones:
    """A drawn layout.

    Attributes
    ----------
    owner : zone by domain and cell, shape (domains, cells)
    line : line of each zone
    holds : whether a zone owns a domain, shape (zones, domains)
    neighbours : for each zone, the zones of its line that share a cell edge
    disputed : cells left in dispute
    balance : heaviest zone over the mean of its line, by residents, per line name
    """

    owner: Ints
    line: Ints
    holds: NDArray[np.bool_]
    neighbours: Graph
    disputed: NDArray[np.bool_]
    balance: dict[str, float]

    @property
    def count(self) -> int:
        """How many zones there are."""
        return len(self.line)


_LAYOUTS: Shelf[Zones] = Shelf(8)
_PARTITIONS: Shelf[Ints] = Shelf(16)
_RINGS: Shelf[tuple[Ints, Ints]] = Shelf(8)


def _partition(line: Line, city: Map, seeds: Seeds, number: int) -> Ints:
    """Zone of every cell within one line, from 0; its name and its domains do not matter."""
    return _PARTITIONS.get(
        (text(line, "name", "domains"), number, *city.key, seeds.seed, seeds.layout),
        lambda: _draw_partition(line, city, seeds, number),
    )


def _draw_partition(line: Line, city: Map, seeds: Seeds, number: int) -> Ints:
    if line.cells:
        return np.array(line.cells, dtype=np.int64)
    chance = keyed.small_seed(
        keyed.stream(seeds.seed, seeds.layout, Purpose.PARTITION), 1000 * line.zones + number
    )
    names = dict(zip(city.area_names, range(len(city.area_names)), strict=True))
    dedicated = [names[name] for name in dict.fromkeys(line.dedicated)]
    inside = np.flatnonzero(~np.isin(city.area, dedicated))
    graph = lattice_edges(city.width, city.height)
    label = np.zeros(city.cells, dtype=np.int64)
    label[inside] = split(graph, city.density, line.zones, chance, within=inside)
    for area in dedicated:
        label[city.area == area] = label.max() + 1
    return label


def draw_zones(spec: Layout, city: Map, seeds: Seeds) -> Zones:
    """Draw the zones of every line and lay their domains over the city."""
    zones = _LAYOUTS.get(
        (text(spec, "unclear_share"), *city.key, seeds.seed, seeds.layout),
        lambda: _draw_zones(spec, city, seeds),
    )
    disputed = np.zeros(city.cells, dtype=np.bool_)
    disputed[city.disputed_cells[: round(spec.unclear_share * len(city.disputed_cells))]] = True
    return replace(zones, disputed=disputed, balance=dict(zones.balance))


def _draw_zones(spec: Layout, city: Map, seeds: Seeds) -> Zones:
    """The zones with nothing in dispute."""
    _check(spec, city)
    owner = np.full((len(DOMAINS), city.cells), -1, dtype=np.int64)
    lines, holds, balance = [], [], {}
    first = 0
    for number, line in enumerate(spec.lines):
        label = _partition(line, city, seeds, number)
        count = int(label.max()) + 1
        own = np.array([domain in line.domains for domain in DOMAINS])
        owner[own] = first + label
        lines.append(np.full(count, number))
        holds.append(np.tile(own, (count, 1)))
        residents = np.bincount(label, weights=city.density, minlength=count)
        balance[line.name] = float(residents.max() / residents.mean())
        first += count
    line_of = np.concatenate(lines)
    return Zones(
        owner,
        line_of,
        np.concatenate(holds),
        _neighbours(owner, spec, city, first),
        np.zeros(city.cells, dtype=np.bool_),
        balance,
    )


def _neighbours(owner: Ints, spec: Layout, city: Map, zones: int) -> Graph:
    graph = lattice_edges(city.width, city.height)
    total = Graph((zones, zones), dtype=np.int64)
    for line in spec.lines:
        total = total + contract(graph, owner[DOMAINS.index(line.domains[0])], zones)
    return Graph(total)


def ring(zones: Zones, width: int) -> tuple[Ints, Ints]:
    """See :func:`_close_ring`; kept for the runs that share the zones."""
    key = (*map(Same, (zones.owner, zones.line, zones.holds)), width)
    return _RINGS.get(key, lambda: _close_ring(zones, width))


def _close_ring(zones: Zones, width: int) -> tuple[Ints, Ints]:
    """The one backup of each zone and the one zone it backs up; -1 where a line has one zone.

    The zones of a line, row by row and to and fro, close a ring: the cheapest flexibility
    that connects everybody (Jordan and Graves 1995).
    """
    backup = np.full(zones.count, -1, dtype=np.int64)
    ward = np.full(zones.count, -1, dtype=np.int64)
    cells = np.arange(zones.owner.shape[1])
    for line in np.unique(zones.line):
        members = np.flatnonzero(zones.line == line)
        if len(members) < 2:
            continue
        owner = zones.owner[int(np.flatnonzero(zones.holds[members[0]])[0])] - members[0]
        size = np.maximum(np.bincount(owner, minlength=len(members)), 1)
        x = np.bincount(owner, weights=cells % width, minlength=len(members)) / size
        y = np.bincount(owner, weights=cells // width, minlength=len(members)) / size
        row = np.floor(y / np.sqrt(len(cells) / len(members)))
        order = members[np.lexsort((np.where(row % 2 == 0, x, -x), row))]
        backup[order] = np.roll(order, -1)
        ward[order] = np.roll(order, 1)
    return backup, ward


def _check(spec: Layout, city: Map) -> None:
    for line in spec.lines:
        for name in line.dedicated:
            if name not in city.area_names:
                raise CaseError(
                    f"policy.layout.lines.{line.name}.dedicated = {name!r}: not an area of "
                    f"world.city.areas; allowed: {list(city.area_names)}"
                )
        if not line.cells:
            _check_drawn(line, city)
        if line.cells and len(line.cells) != city.cells:
            raise CaseError(
                f"policy.layout.lines.{line.name}.cells has {len(line.cells)} entries; "
                f"allowed: one per cell, {city.cells}"
            )
        legal = set(range(max(line.cells, default=0) + 1))
        if line.cells and set(line.cells) != legal:
            wrong = sorted(set(line.cells) - legal)
            cell = line.cells.index(wrong[0]) if wrong else -1
            reason = f"cell {cell} has no owner" if wrong else "some zone has no cell"
            raise CaseError(
                f"policy.layout.lines.{line.name}.cells: {reason}; allowed: zones numbered "
                "from 0 without a gap"
            )


def _check_drawn(line: Line, city: Map) -> None:
    """Every zone that is drawn needs a cell."""
    dedicated = [city.area_names.index(name) for name in line.dedicated]
    free = int((~np.isin(city.area, dedicated)).sum())
    if line.zones > free:
        allowed = f"1..{free}" if free else "dedicated areas that leave cells"
        raise CaseError(
            f"policy.layout.lines.{line.name}.zones = {line.zones}: there are {free} cells "
            f"outside dedicated areas; allowed: {allowed}"
        )
