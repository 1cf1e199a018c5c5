"""What the reform does not decide. The world never looks at the policy."""

from dataclasses import dataclass
from typing import Self

from pydantic import model_validator

from sim.base import Spec
from sim.keyed import Floats
from sim.shelf import Same, Shelf, text
from sim.world.city import City, Map, draw_city
from sim.world.demand import Demand, expected_minutes
from sim.world.drawing import draw_tape
from sim.world.people import People, Population, draw_people
from sim.world.service import Service
from sim.world.tape import Tape

__all__ = ["City", "Demand", "Drawn", "People", "Seeds", "Service", "World", "draw"]


class World(Spec):
    """City, people, demand and service: the same in every arm."""

    city: City
    people: People
    demand: Demand
    service: Service

    @model_validator(mode="after")
    def _known_communities(self) -> Self:
        known = [name for street in self.city.streets for name in street.communities]
        for name in self.people.elderly_in:
            if name not in known:
                raise ValueError(f"people.elderly_in: {name!r} is not one of {known}")
        return self


@dataclass(frozen=True)
class Seeds:
    """The base seed and the replication that each part of the world follows."""

    seed: int
    city: int
    layout: int
    rota: int
    demand: int


@dataclass(frozen=True)
class Drawn:
    """One world, drawn.

    Attributes
    ----------
    load : expected minutes of work, shape (domains, cells) [min/day]
    """

    city: Map
    people: Population
    tape: Tape
    load: Floats


_PEOPLE: Shelf[Population] = Shelf(2)
_TAPES: Shelf[Tape] = Shelf(2)
_LOADS: Shelf[Floats] = Shelf(4)


def draw(world: World, seeds: Seeds, days: int) -> Drawn:
    """Draw the world of one replication; what others of it have in common is kept for them."""
    city = draw_city(world.city, seeds.seed, seeds.city)
    people = _people(world, city, seeds)
    return Drawn(city, people, _tape(world, city, people, seeds, days), _load(world, city, people))


def _people(world: World, city: Map, seeds: Seeds) -> Population:
    spec, residents = world.people, world.city.residents
    return _PEOPLE.get(
        (text(spec, "reaction"), *city.key, residents, seeds.seed, seeds.city),
        lambda: draw_people(spec, city, residents, seeds.seed, seeds.city),
    )


def _tape(world: World, city: Map, people: Population, seeds: Seeds, days: int) -> Tape:
    demand, spec, service = world.demand, world.people, world.service
    drawn_from = (
        text(demand, "misnamed"),
        text(spec, "reaction"),
        text(service.work),
        text(service.departments, "busy_share"),
    )
    return _TAPES.get(
        (*drawn_from, city.cells, Same(people), seeds.seed, seeds.demand, days),
        lambda: draw_tape(demand, spec, service, city, people, days, seeds.seed, seeds.demand),
    )


def _load(world: World, city: Map, people: Population) -> Floats:
    demand, spec, work = world.demand, world.people, world.service.work
    needs = (demand.needs_per_1000_per_day, demand.readiness, demand.visitor_share)
    shares, profiles = tuple(demand.shares.items()), tuple(map(text, demand.profiles))
    return _LOADS.get(
        (*needs, shares, profiles, text(spec, "reaction"), text(work), city.cells, Same(people)),
        lambda: expected_minutes(demand, spec, world.service, city, people),
    )
