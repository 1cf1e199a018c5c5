"""The city as a Mesa model: one step is one tick of the engine, then the deciders decide.

The engine alone makes the run; with no deciders the record is that of :func:`sim.run`, to
the bit, whatever the tick. What decides once an hour or a day is a :class:`Decider` in
plain Python: a new one derives from it, says ``every_min``, writes ``decide``, and acts
through the verbs of :class:`CityModel`.

Only this module, :mod:`sim.agents` and the live view import Mesa.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from numbers import Real
from typing import Any

import mesa
import numpy as np
from mesa.discrete_space import Cell, OrthogonalVonNeumannGrid
from numpy.typing import NDArray

from sim.agents import Resident, Worker, make_views, resident_cells, spread, worker_cells
from sim.base import CLASSES, DOMAINS
from sim.case import Case
from sim.engine.build import Plan, build, plan
from sim.engine.reform import change_policy
from sim.engine.repost import repost
from sim.engine.shifts import set_officers
from sim.engine.state import REFERRED, State
from sim.engine.surge import release_reserve
from sim.record import Record
from sim.runner import proceed, record
from sim.so_far import Tally, facts_so_far, requests_so_far, work_so_far
from sim.units import DAY

Ints = NDArray[np.int64]


class Decider(mesa.Agent["CityModel"]):
    """Somebody who decides at intervals: a branch secretary, a police command, a desk.

    Who needs luck looks it up in :mod:`sim.keyed`; drawing from ``self.random`` would tie
    the result to who draws first.

    Attributes
    ----------
    every_min : how often he decides, a multiple of the tick [min]
    model : the city, with what can be seen of it and the verbs to act on it
    """

    every_min: float

    def decide(self) -> None:
        """Look at ``self.model`` and act; called whenever ``every_min`` have passed."""
        raise NotImplementedError(f"{type(self).__name__} must define decide(self)")


class CityModel(mesa.Model[Any, Any]):
    """A city under a policy, stepped tick by tick.

    One unit of Mesa's time is one tick of ``case.clock.tick_min`` minutes: with quarter
    hours, ``run_for(96)`` runs a day. Each step

    1. advances the engine to the end of the tick,
    2. moves the agents to their cells, once somebody has looked at them,
    3. counts, and lets the collector collect,
    4. lets the deciders that are due decide, in the order they were given,
    5. sets ``running`` to False when the clock has run out. Beyond that, ``run_for`` and
       ``run_until`` do nothing, and ``step`` counts up Mesa's ``time`` and nothing else.

    Parameters
    ----------
    case : what is simulated
    deciders : classes derived from :class:`Decider`; one of each is made
    residents : how many of the population are shown as agents [persons]

    Attributes
    ----------
    plan, state : what was drawn for the case, and the engine's arrays; to be read, not
        written: the verbs write
    tick, horizon : ticks done, and ticks in all; the last one may be cut short
    shown : numbers of the residents who are shown, spread evenly over the population
    tally : counts at the end of the last tick
    collector : a ``mesa.DataCollector`` with one row per tick; its columns are explained
        at ``COLUMNS``

    Raises
    ------
    CaseError, TypeError, ValueError
        The case or an argument is wrong; the message names key, value and what is allowed.

    Notes
    -----
    The agents (``agents``, ``agents_by_type``, ``grid``) are made when somebody first
    looks at them, so a sweep runs without. From then on every step moves them: a cell or
    a neighbourhood that somebody holds would not notice that time has gone on.
    """

    def __init__(
        self, case: Case, deciders: Sequence[type[Decider]] = (), residents: int = 1000
    ) -> None:
        super().__init__(rng=case.draws.seed)  # nobody draws from it: luck is keyed
        self.shown = spread(residents, case.world.city.residents)
        self.case = case
        drawn = plan(case)
        self.plan: Plan = drawn.before or drawn
        self._after = drawn if drawn.before else None
        # at minute 0, so that shifts which begin at midnight have begun
        self.state: State = proceed(build(self.plan), 0.0)
        self.tick = 0
        self.horizon = math.ceil(self.end_min / case.clock.tick_min - 1e-9)
        self.tally = Tally(self.plan)
        self.collector = mesa.DataCollector(model_reporters=COLUMNS)
        self.datacollector = self.collector  # the name under which Mesa's plots look for it
        self._grid: OrthogonalVonNeumannGrid[Cell] | None = None
        self._cells: list[Cell] = []
        self._views: list[Worker | Resident] = []
        self._deciders = [_appoint(kind, self) for kind in deciders]

    @property
    def minute(self) -> float:
        """Minutes since Monday 00:00 of day 0, at the end of the last tick [min]."""
        return float(self.state.run.now[0])

    @property
    def end_min(self) -> float:
        """When the clock has run out [min]."""
        return self.case.clock.total_days * DAY

    def step(self) -> None:
        """One tick: the engine, the agents' cells, the counts, the deciders."""
        if self.tick == self.horizon:
            return  # Mesa's own loops may step a few times too often
        self.tick += 1
        until = self.tick * self.case.clock.tick_min
        self._advance(self.end_min if self.tick == self.horizon else until)
        if self._grid is not None:
            self.look()
        self.tally.count(self.state)
        self.collector.collect(self)
        for decider, ticks in self._deciders:
            if self.tick % ticks == 0:
                decider.decide()
        self.running = self.tick < self.horizon

    def _advance(self, until: float) -> None:
        """Run the engine on, through the day of the reform if it lies between."""
        t = self.case.clock.reform_day * DAY
        if self._after is not None and t <= until:
            state = proceed(self.state, float(np.nextafter(t, 0.0)))
            self.state = change_policy(state, self.plan, self._after, t)
            self.plan, self._after = self._after, None
        self.state = proceed(self.state, until)

    def run_for(self, duration: float) -> None:
        """Run ``duration`` ticks, or up to the end of the clock."""
        self.run_until(self.time + duration)

    def run_until(self, end_time: float) -> None:
        """Run to tick ``end_time``, or up to the end of the clock."""
        end_time = min(end_time, self.horizon)
        if end_time > self.time:  # Mesa warns otherwise
            super().run_until(end_time)

    @property
    def record(self) -> Record:
        """What has happened; at the end of the clock the record of :func:`sim.run`.

        Before the end it holds the requests reported so far; ``t_arrive`` and ``t_close``
        are NaN until they have come, ``travel`` and ``service`` are booked at dispatch.
        ``paid`` and ``undone`` of the work and the facts count up to now; minutes of travel
        and service of a job in hand are booked whole. Metrics cut times at the follow-up so
        far, or before it begins at what was seen of each request: measure at the end.
        """
        whole = record(self.plan, self.state)
        if self.tick == self.horizon:
            return whole
        return replace(
            whole,
            requests=requests_so_far(whole.requests, self.minute),
            work=work_so_far(whole.work, self.plan, self.minute),
            facts={**whole.facts, **facts_so_far(self.case, self.minute)},
        )

    def backlog(self) -> Ints:
        """Requests that wait at this moment, shape (zones, classes) [requests]."""
        return np.array(self.state.queue.length)

    def at_desks(self) -> Ints:
        """Cases before each department at this moment, shape (domains,) [requests]."""
        rows = self.state.request
        there = (rows.status == REFERRED) & ~np.isnan(rows.t_desk)
        return np.bincount(rows.desk[there], minlength=len(DOMAINS))[: len(DOMAINS)]

    def look(self) -> OrthogonalVonNeumannGrid[Cell]:
        """Put every agent into the cell where he is now; returns the grid.

        The first look makes the agents. After it every step looks, so there is no need to.
        """
        if self._grid is None:
            self._grid = self._show()
        workers = worker_cells(self.state)
        residents = resident_cells(self.plan, self.shown, self.minute)
        cells = [*workers.tolist(), *residents.tolist()]
        for view, cell in zip(self._views, cells, strict=True):
            view.cell = self._cells[cell]
        return self._grid

    def _show(self) -> OrthogonalVonNeumannGrid[Cell]:
        city, size = self.plan.world.city, (self.plan.world.city.width, self.plan.world.city.height)
        # Mesa wants a generator and warns without; nobody draws from it
        grid = OrthogonalVonNeumannGrid[Cell](size, torus=False, random=self.random)
        self._cells = [grid[cell % city.width, cell // city.width] for cell in range(city.cells)]
        self._views = make_views(self, self.shown)
        return grid

    @property
    def grid(self) -> OrthogonalVonNeumannGrid[Cell]:
        """The cells (x, y) of the city; ``cell.agents`` are those who are there."""
        return self.look() if self._grid is None else self._grid

    @property  # type: ignore[misc]  # Mesa's has a setter, which only raises
    def agents(self) -> Any:
        """Everybody: workers, the residents shown, and deciders."""
        if self._grid is None:
            self.look()
        return super().agents

    @property
    def agents_by_type(self) -> Any:
        """The same by class, for classes that have anybody."""
        if self._grid is None:
            self.look()
        return super().agents_by_type

    @property
    def agent_types(self) -> list[type]:
        """The classes that have anybody."""
        return list(self.agents_by_type)

    def open_overflow(self, is_open: bool) -> None:  # noqa: FBT001 - open_overflow(True) reads
        """Let others help where the queue is long (``policy.dispatch.overflow``), or not.

        It holds from now on. Requests that already wait are not asked anew: a helper finds
        them when he next ends a job, comes on duty or is woken after a task.
        """
        self.state.run.overflow[0] = int(is_open)

    def keep_reserve(self, role: str, persons: int) -> None:
        """Keep ``persons`` of a role free of non-emergencies in each of its units.

        It holds from now on. Nobody is called off a job, and requests that already wait are
        found as with :meth:`open_overflow`.

        Raises
        ------
        ValueError
            No such role, or not a whole number of persons from 0.
        """
        if role not in self.plan.roles:
            raise ValueError(f"role = {role!r}: allowed: {', '.join(self.plan.roles)}")
        if not isinstance(persons, int | np.integer) or persons < 0:
            raise ValueError(f"persons = {persons!r}: allowed: a whole number from 0")
        self.state.role.reserve[self.plan.roles.index(role)] = persons

    def declare_surge(self, is_on: bool) -> None:  # noqa: FBT001 - declare_surge(True) reads
        """Put those who switch (``policy.surge``) on rapid response, or back on patrol."""
        self.state.run.surge[0] = int(is_on)
        if not is_on:
            release_reserve(self.state, self.minute)

    def keep_officers(self, domain: str, officers: int) -> None:
        """Give a department this many officers from now on; cases in hand are finished.

        Raises
        ------
        ValueError
            No such domain, or not a whole number of officers from 0.
        """
        if domain not in DOMAINS:
            raise ValueError(f"domain = {domain!r}: allowed: {', '.join(DOMAINS)}")
        if not isinstance(officers, int | np.integer) or officers < 0:
            raise ValueError(f"officers = {officers!r}: allowed: a whole number from 0")
        set_officers(self.state, list(DOMAINS).index(domain), int(officers), self.minute)

    def move(self, units: Mapping[int, int]) -> None:
        """Give workers (by number) another unit of their role and line, from their next shift.

        Raises
        ------
        ValueError
            No such worker, or a unit that is not one of his role and line.
        """
        self.state, self.plan = repost(self.state, self.plan, units, self.minute)


def _waiting(urgency: int, model: CityModel) -> int:
    return int(model.state.urgency.waiting[urgency])


def _idle(model: CityModel) -> int:
    worker = model.state.worker
    return int(((worker.on_duty == 1) & (worker.job < 0) & (worker.in_task == 0)).sum())


# What the collector keeps of every tick. Requests reported, closed and lost are counted from
# the start; open are the first less the two others, and those waiting are among them. Busy
# workers are on a request, on duty or in overtime; those in_task or idle are on duty.
COLUMNS: dict[str, Callable[[CityModel], float]] = {
    "minute": lambda model: model.minute,  # end of the tick [min]
    "reported": lambda model: model.tally.reported,  # [requests]
    "closed": lambda model: model.tally.closed,  # [requests]
    "lost": lambda model: model.tally.lost,  # [requests]
    "open": lambda model: len(model.tally.open),  # [requests]
    **{f"waiting_{name}": partial(_waiting, c) for c, name in enumerate(CLASSES)},  # [requests]
    "on_duty": lambda model: int(model.state.worker.on_duty.sum()),  # [workers]
    "busy": lambda model: int((model.state.worker.job >= 0).sum()),  # [workers]
    "in_task": lambda model: int(model.state.worker.in_task.sum()),  # [workers]
    "idle": _idle,  # [workers]
    "mean_response_min": lambda model: model.tally.mean_response_min,  # report to arrival [min]
}


def _appoint(kind: type[Decider], model: CityModel) -> tuple[Decider, int]:
    """Make a decider, and say every how many ticks he decides."""
    if not (isinstance(kind, type) and issubclass(kind, Decider)):
        raise TypeError(f"deciders: {kind!r}: allowed: classes derived from Decider")
    decider, tick = kind(model), model.case.clock.tick_min
    every = getattr(decider, "every_min", None)
    ticks = float(every) / tick if isinstance(every, Real) else 0.0
    if round(ticks) < 1 or abs(ticks - round(ticks)) > 1e-9:
        raise ValueError(
            f"{kind.__name__}.every_min = {every!r}: allowed: a multiple of the tick, {tick:g} min"
        )
    return decider, round(ticks)
