"""Residents as arrays: where they live and work, who is old, who is vulnerable."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim import keyed
from sim.base import Name, NonNegative, Positive, Share, Spec, TimeOfDay, minute_of_day
from sim.keyed import Floats, Purpose
from sim.units import DAY
from sim.world.city import Map

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
_SLICES = 1 << 17  # a power of two: the edges are exact, and so is the slice of a number


class Reaction(Spec):
    """What residents do when they wait, and what they make of it."""

    impatient_share: Share = Field(description="callers who lose patience; 0: nobody")
    patience_median_min: Positive = Field(description="until a caller loses it, lognormal [min]")
    patience_sigma: NonNegative = Field(description="[ln]")
    abandon_share: Share = Field(description="give up when patience runs out; others call again")
    trust_start: Share = Field(description="share of answers expected in time")
    trust_gain: Share = Field(description="how far a day's experience moves trust; 0: not at all")
    in_time_min: Positive = Field(description="an answer counts as in time up to [min]")
    trust_reports: NonNegative = Field(description="readiness to report per unit of trust")
    trust_turnout: NonNegative = Field(description="turnout of volunteers per unit of trust")


class People(Spec):
    """Shares of the population and the hours at which it moves."""

    elderly_share: Share = Field(description="residents aged 60 and over")
    elderly_in: dict[Name, Share] = Field(description="communities with another such share")
    vulnerable_share: Share = Field(description="vulnerable residents")
    vulnerable_if_elderly: Annotated[float, Field(ge=1, le=50)] = Field(
        description="chance of being vulnerable, elderly against others"
    )
    employed_share: Share = Field(description="of those under 60, working away from home")
    work_starts: TimeOfDay
    work_ends: TimeOfDay
    workdays: Annotated[int, Field(ge=0, le=7, description="[days of the week, from Monday]")]
    visit_share: Share = Field(description="of those not at work, at a place of visits")
    visits_start: TimeOfDay
    visits_end: TimeOfDay
    vulnerable_demand: NonNegative = Field(description="needs per head, vulnerable to others")
    reaction: Reaction


@dataclass(frozen=True)
class Population:
    """Every resident. Arrays are by resident.

    Attributes
    ----------
    home, work : cell; work is home for those who do not work away
    elderly, vulnerable : flags
    weight : needs per head, relative
    visited : cell this resident visits, -1 when the city has no such place
    """

    home: Ints
    work: Ints
    elderly: Bools
    vulnerable: Bools
    weight: Floats
    visited: Ints


def draw_people(spec: People, city: Map, residents: int, seed: int, replication: int) -> Population:
    """Draw the residents of one replication."""
    who = np.arange(residents)

    def luck(purpose: Purpose, k: int = 0) -> Floats:
        return keyed.u(keyed.stream(seed, replication, purpose), who, k)

    home = _pick(city.density, luck(Purpose.HOME))
    elderly_share = np.full(len(city.communities), spec.elderly_share)
    for name, share in spec.elderly_in.items():
        elderly_share[city.communities.index(name)] = share
    elderly = luck(Purpose.AGE) < elderly_share[city.community[home]]
    lift = np.where(elderly, spec.vulnerable_if_elderly, 1.0)
    vulnerable = luck(Purpose.VULNERABLE) < spec.vulnerable_share * lift / lift.mean()
    works = ~elderly & (luck(Purpose.EMPLOYED) < spec.employed_share)
    work = np.where(works, _pick(city.jobs, luck(Purpose.WORKPLACE)), home)
    visited = np.full(residents, -1, dtype=np.int64)
    if city.visits.sum() > 0:
        visited = _pick(city.visits, luck(Purpose.WORKPLACE, 1))
    weight = np.where(vulnerable, spec.vulnerable_demand, 1.0)
    return Population(home, work, elderly, vulnerable, weight, visited)


def _pick(weight: Floats, luck: Floats) -> Ints:
    """Cells drawn in proportion to ``weight``.

    A slice of luck that lies in one cell needs no search; of so many slices, most do.
    """
    cumulated = np.cumsum(weight)
    edges = np.linspace(0.0, 1.0, _SLICES + 1) * cumulated[-1]
    known = np.searchsorted(cumulated, edges, side="right")
    piece = np.minimum((luck * _SLICES).astype(np.int64), _SLICES - 1)
    found = np.where(known[1:] == known[:-1], known[:-1], -1)[piece]
    unsure = np.flatnonzero(found < 0)
    found[unsure] = np.searchsorted(cumulated, luck[unsure] * cumulated[-1], side="right")
    cells: Ints = np.minimum(found, len(weight) - 1)
    return cells


def at_work(spec: People, t: Floats) -> Bools:
    """Whether the employed are at work at ``t`` [min]."""
    minute, weekday = t % DAY, (t // DAY) % 7
    starts, ends = minute_of_day(spec.work_starts), minute_of_day(spec.work_ends)
    inside: Bools = (weekday < spec.workdays) & (minute >= starts) & (minute < ends)
    return inside


def visiting(spec: People, t: Floats) -> Bools:
    """Whether places of visits are frequented at ``t`` [min]."""
    minute = t % DAY
    starts, ends = minute_of_day(spec.visits_start), minute_of_day(spec.visits_end)
    inside: Bools = (minute >= starts) & (minute < ends)
    return inside


def place(spec: People, people: Population, who: Ints, t: Floats, luck: Floats) -> Ints:
    """The cell where each of ``who`` is at ``t``; ``luck`` decides on a visit."""
    working = at_work(spec, t) & (people.work[who] != people.home[who])
    visits = visiting(spec, t) & ~working & (luck < spec.visit_share) & (people.visited[who] >= 0)
    cell = np.where(working, people.work[who], people.home[who])
    return np.where(visits, people.visited[who], cell)
