"""The city: a lattice of cells with residents, streets, communities and special areas.

Its geography is synthetic. Sizes, names and totals are Chibi's; where things lie is
drawn from the city seed, so that no result hangs on one invented map.
"""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.special import ndtri

from sim import keyed
from sim.base import Name, NonNegative, Positive, Share, Spec
from sim.keyed import Floats, Purpose
from sim.shelf import Same, Shelf, text
from sim.world.partition import lattice_edges, split

Ints = NDArray[np.int64]


class Street(Spec):
    """A street (街道) and the communities (社区) it holds."""

    name: Name
    communities: tuple[Name, ...] = Field(min_length=1)


class Area(Spec):
    """A rectangle with a character of its own: an industrial park, a trading district."""

    name: Name
    width: Annotated[int, Field(ge=1, description="[cells]")]
    height: Annotated[int, Field(ge=1, description="[cells]")]
    from_centre_m: NonNegative = Field(description="distance of its middle from the centre [m]")
    residents_factor: NonNegative = Field(description="residents per cell against the gradient")
    jobs_factor: NonNegative = Field(description="jobs per cell against the city's mean")
    attracts_visits: bool = Field(description="visits and non-residents' needs arise here")


class City(Spec):
    """Size, density and special places of the lattice."""

    width: Annotated[int, Field(ge=1, le=1000, description="[cells]")]
    height: Annotated[int, Field(ge=1, le=1000, description="[cells]")]
    cell_m: Positive = Field(description="side of a cell [m]")
    detour: Annotated[float, Field(ge=1, le=3, description="walked over Manhattan distance")]
    residents: Annotated[int, Field(ge=1, le=20_000_000, description="[persons]")]
    gradient_m: NonNegative = Field(description="e-folding distance of density; 0 is flat [m]")
    roughness: Annotated[float, Field(ge=0, le=2, description="sigma of density noise [ln]")]
    streets: tuple[Street, ...] = Field(min_length=1)
    areas: tuple[Area, ...]
    disputed_share: Share = Field(description="cells over which lines may dispute")


@dataclass(frozen=True, eq=False)
class Map:
    """One drawn city. Arrays are by cell, row by row; cell = y * width + x.

    Attributes
    ----------
    density : residents expected per cell, summing to ``residents``
    community, street : number of each, in the order of the spec
    area : number of the special area, -1 outside
    jobs, visits : weights of cells as places of work and of visits
    disputed : whether a cell was drawn as open to dispute between lines
    disputed_cells : those cells, in the order in which they were drawn
    """

    width: int
    height: int
    density: Floats
    community: Ints
    street: Ints
    area: Ints
    jobs: Floats
    visits: Floats
    disputed: NDArray[np.bool_]
    communities: tuple[str, ...]
    area_names: tuple[str, ...]
    disputed_cells: Ints

    @property
    def cells(self) -> int:
        """How many cells the lattice has."""
        return self.width * self.height

    @property
    def key(self) -> tuple[Hashable, ...]:
        """All but what is disputed, as parts of a key."""
        arrays = (self.density, self.community, self.street, self.area, self.jobs, self.visits)
        return (self.width, self.communities, self.area_names, *map(Same, arrays))


_GROUNDS: Shelf[Map] = Shelf(2)


def draw_city(spec: City, seed: int, replication: int) -> Map:
    """Draw the map of one replication; how much of it is disputed changes nothing else."""
    ground = _GROUNDS.get(
        (text(spec, "disputed_share", "detour"), seed, replication),
        lambda: _draw_ground(spec, seed, replication),
    )
    cells = ground.disputed_cells[: round(spec.disputed_share * ground.cells)]
    disputed = np.zeros(ground.cells, dtype=np.bool_)
    disputed[cells] = True
    return replace(ground, disputed=disputed, disputed_cells=cells)


def _draw_ground(spec: City, seed: int, replication: int) -> Map:
    """The map with every cell open to dispute."""

    def luck(purpose: Purpose, entity: object, k: int = 0) -> Floats:
        return keyed.u(keyed.stream(seed, replication, purpose), entity, k)

    cells = spec.width * spec.height
    x, y = np.arange(cells) % spec.width, np.arange(cells) // spec.width
    centre = 0.4 + 0.2 * luck(Purpose.CENTRE, [0, 1])
    distance = spec.cell_m * np.hypot(x - centre[0] * spec.width, y - centre[1] * spec.height)
    gradient = np.exp(-distance / spec.gradient_m) if spec.gradient_m else np.ones(cells)
    noise = ndtri(luck(Purpose.ROUGHNESS, np.arange(cells)))
    density = gradient * np.exp(spec.roughness * noise)
    area = _place_areas(spec, centre, luck(Purpose.AREA, np.arange(len(spec.areas))))
    jobs = density / density.mean()
    for number, item in enumerate(spec.areas):
        density = np.where(area == number, density * item.residents_factor, density)
        jobs = np.where(area == number, item.jobs_factor, jobs)
    attracting = [number for number, item in enumerate(spec.areas) if item.attracts_visits]
    density *= spec.residents / density.sum()
    street, community = _name_places(spec, density, seed, replication)
    rank = np.argsort(luck(Purpose.DISPUTED, np.arange(cells)))
    return Map(
        spec.width,
        spec.height,
        density,
        community,
        street,
        area,
        jobs,
        np.isin(area, attracting).astype(np.float64),
        np.ones(cells, dtype=np.bool_),
        tuple(name for item in spec.streets for name in item.communities),
        tuple(item.name for item in spec.areas),
        rank,
    )


def _place_areas(spec: City, centre: Floats, angles: Floats) -> Ints:
    """Lay each rectangle at its distance from the centre, in a drawn direction."""
    area = np.full((spec.height, spec.width), -1, dtype=np.int64)
    for number, item in enumerate(spec.areas):
        turn = 2 * np.pi * angles[number]
        reach = item.from_centre_m / spec.cell_m
        left = centre[0] * spec.width + reach * np.cos(turn) - item.width / 2
        top = centre[1] * spec.height + reach * np.sin(turn) - item.height / 2
        x = int(np.clip(round(left), 0, max(spec.width - item.width, 0)))
        y = int(np.clip(round(top), 0, max(spec.height - item.height, 0)))
        block = area[y : y + item.height, x : x + item.width]
        block[block < 0] = number
    return area.ravel()


def _name_places(spec: City, density: Floats, seed: int, replication: int) -> tuple[Ints, Ints]:
    """Split the city into streets and each street into its communities."""
    chance = keyed.small_seed(keyed.stream(seed, replication, Purpose.COMMUNITY))
    edges = lattice_edges(spec.width, spec.height)
    counts = [len(item.communities) for item in spec.streets]
    street = split(edges, density, len(counts), chance, shares=np.array(counts) / sum(counts))
    community = np.zeros(density.size, dtype=np.int64)
    first = 0
    for number, count in enumerate(counts):
        inside = np.flatnonzero(street == number)
        part = split(edges, density, count, chance + 1 + number, within=inside)
        community[inside] = first + part
        first += count
    return street, community
