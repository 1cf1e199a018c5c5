"""What the reform does not decide. The world never looks at the policy."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from pydantic import model_validator

from sim.base import Spec
from sim.keyed import Floats
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


@lru_cache(maxsize=2)
def _draw_place(city: City, people: People, seed: int, replication: int) -> tuple[Map, Population]:
    drawn = draw_city(city, seed, replication)
    return drawn, draw_people(people, drawn, city.residents, seed, replication)


@lru_cache(maxsize=2)
def draw(world: World, seeds: Seeds, days: int) -> Drawn:
    """Draw the world of one replication; kept for the other arms of the same one."""
    city, people = _draw_place(world.city, world.people, seeds.seed, seeds.city)
    tape = draw_tape(
        world.demand,
        world.people,
        world.service,
        city,
        people,
        days,
        seeds.seed,
        seeds.demand,
    )
    load = expected_minutes(world.demand, world.people, world.service, city, people)
    return Drawn(city, people, tape, load)
