"""Who is seen: people of the city as Mesa agents, views on the engine's arrays.

A view owns nothing but its number and its cell on the grid. What he does is read from the
state, which only the engine writes; where he is follows from it by :func:`worker_cells`
and :func:`resident_cells`. So looking, or not looking, cannot change a run.

A new role needs nothing here: its people are shown as :class:`Worker`. To give them a name
of their own, derive a class and add its line to ``ROLES``.
"""

from typing import Literal, Protocol

import numpy as np
from mesa.discrete_space import CellAgent
from numpy.typing import NDArray

from sim import keyed
from sim.engine.build import Plan
from sim.engine.sending import whereabouts
from sim.engine.state import State
from sim.keyed import Purpose
from sim.world.people import place

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Activity = Literal["off duty", "idle", "task", "travelling", "serving"]


class City(Protocol):
    """What a view reads of its model."""

    plan: Plan
    state: State


class Worker(CellAgent):
    """Somebody who answers requests.

    Attributes
    ----------
    number : his row in the state's ``worker`` and in the record's ``work``
    cell : the cell of the grid where he is (see :func:`worker_cells`)
    """

    model: City

    def __init__(self, model: City, number: int) -> None:
        super().__init__(model)
        self.number = number

    @property
    def role(self) -> str:
        """His role, as the configs name it."""
        return self.model.plan.roles[int(self.model.state.worker.role[self.number])]

    @property
    def unit(self) -> int:
        """Number of the unit he is posted to."""
        return int(self.model.state.worker.unit[self.number])

    @property
    def request(self) -> int | None:
        """Number of the request in hand (a row of the state's ``request``), or None."""
        job = int(self.model.state.worker.job[self.number])
        return job if job >= 0 else None

    @property
    def activity(self) -> Activity:
        """What he is doing; a job that outlasts his shift keeps him travelling or serving."""
        state, request = self.model.state, self.request
        if request is not None:
            under_way = state.run.now[0] < state.request.t_arrive[request]
            return "travelling" if under_way else "serving"
        if not state.worker.on_duty[self.number]:
            return "off duty"
        return "task" if state.worker.in_task[self.number] else "idle"


class Cadre(Worker):
    """A community cadre (社区干部)."""


class Officer(Worker):
    """A police officer or auxiliary (民警、辅警)."""


class Inspector(Worker):
    """A city-management officer (城管)."""


class PropertyStaff(Worker):
    """One of the property company's staff (物业)."""


class Volunteer(Worker):
    """A volunteer of a branch (志愿者)."""


ROLES: dict[str, type[Worker]] = {
    "cadre": Cadre,
    "police": Officer,
    "city_officer": Inspector,
    "property_staff": PropertyStaff,
    "volunteer": Volunteer,
}


class Resident(CellAgent):
    """One of the residents, at home, at work or where people go.

    Attributes
    ----------
    number : his place in the arrays of the population
    cell : the cell of the grid where he is (see :func:`resident_cells`)
    """

    model: City

    def __init__(self, model: City, number: int) -> None:
        super().__init__(model)
        self.number = number

    @property
    def elderly(self) -> bool:
        """Whether he is 60 or older."""
        return bool(self.model.plan.world.people.elderly[self.number])

    @property
    def vulnerable(self) -> bool:
        """Whether he counts as vulnerable."""
        return bool(self.model.plan.world.people.vulnerable[self.number])

    @property
    def requests(self) -> Ints:
        """Numbers of the requests he has reported up to now, earliest first."""
        tape, now = self.model.plan.world.tape, self.model.state.run.now[0]
        his = (tape.resident == self.number) & tape.reported & (tape.t_reported <= now)
        return np.flatnonzero(his)


def make_views(model: City, residents: Ints) -> list[Worker | Resident]:
    """Make an agent of every worker, by number, then of each of the ``residents``."""
    classes = [ROLES.get(role, Worker) for role in model.plan.roles]
    return [
        *(classes[role](model, number) for number, role in enumerate(model.plan.posting.role)),
        *(Resident(model, number) for number in residents.tolist()),
    ]


def worker_cells(s: State) -> Ints:
    """The cell of every worker at the moment of the state, shape (workers,).

    Off duty he is at home; idle or in a task where the engine has him; on a request on his
    way to it, then at it, even when his shift is over. The engine brings who is free up to
    the moment in :func:`sim.engine.loop.look`, so call it after that.
    """
    worker = s.worker
    x = np.where(worker.on_duty == 1, worker.x, worker.home_x)
    y = np.where(worker.on_duty == 1, worker.y, worker.home_y)
    busy = np.flatnonzero(worker.job >= 0)
    x[busy], y[busy] = _on_request(s, busy)
    cell: Ints = y * s.run.width[0] + x
    return cell


def _on_request(s: State, who: Ints) -> tuple[Ints, Ints]:
    """Where those on a request are, as the engine would find them."""
    places = [whereabouts(s, int(w), s.run.now[0]) for w in who]
    x, y = np.array(places, dtype=np.int64).reshape(-1, 2).T
    return x, y


def resident_cells(plan: Plan, who: Ints, t: float) -> Ints:
    """The cell of each of the residents ``who`` at ``t`` [min], shape of ``who``.

    Home and work follow the city's hours. Whether somebody goes out is looked up by
    resident and hour, so it does not hang on who looks or how often.
    """
    seeds = plan.case.draws.seeds
    stream = keyed.stream(seeds.seed, seeds.demand, Purpose.WHEREABOUTS)
    luck = keyed.u(stream, who, int(t // 60))
    return place(plan.case.world.people, plan.world.people, who, np.full(len(who), t), luck)


def spread(residents: int, population: int) -> Ints:
    """Numbers of the residents who are shown, spread evenly over ``range(population)``.

    Homes are drawn by number, so an even spread over the numbers is a fair sample.

    Raises
    ------
    ValueError
        There are not so many.
    """
    if not isinstance(residents, int | np.integer) or not 0 <= residents <= population:
        raise ValueError(
            f"residents = {residents!r}: allowed: a whole number from 0 to {population}, "
            "the population of the city"
        )
    return np.arange(residents) * population // max(residents, 1)
