"""The city as a Mesa model: one step is one tick of the engine, then the deciders decide.

The engine alone makes the run; with no deciders the record is that of :func:`sim.run`, to
the bit, whatever the tick. What decides once an hour or a day is a :class:`Decider` in
plain Python: a new one derives from it, says ``every_min``, writes ``decide``, and acts
through the verbs of :class:`CityModel`.

Only this module, :mod:`sim.agents` and the live view import Mesa.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from numbers import Real
from typing import Any

import mesa
import numpy as np
import pandas as pd
from mesa.discrete_space import Cell, OrthogonalVonNeumannGrid
from numpy.typing import NDArray

from sim.agents import Resident, Worker, make_views, resident_cells, spread, worker_cells
from sim.base import CLASSES
from sim.case import Case
from sim.engine.build import Plan, build, plan
from sim.engine.state import CLOSED, LOST, State
from sim.record import Record
from sim.runner import proceed, record
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
        self.plan: Plan = plan(case)
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
        self.state = proceed(self.state, self.end_min if self.tick == self.horizon else until)
        if self._grid is not None:
            self.look()
        self.tally.count(self.state)
        self.collector.collect(self)
        for decider, ticks in self._deciders:
            if self.tick % ticks == 0:
                decider.decide()
        self.running = self.tick < self.horizon

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
        far, which is 0 before it begins: measure at the end.
        """
        whole = record(self.plan, self.state)
        if self.tick == self.horizon:
            return whole
        return replace(
            whole,
            requests=_requests_so_far(whole.requests, self.minute),
            work=_work_so_far(whole.work, self.plan, self.minute),
            facts=_facts_so_far(self.case, self.minute),
        )

    def backlog(self) -> Ints:
        """Requests that wait at this moment, shape (zones, classes) [requests]."""
        return np.array(self.state.queue.length)

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


class Tally:
    """Counts of requests, kept up tick by tick: a tick costs what is open, not the past.

    Attributes
    ----------
    reported, closed, lost : up to now [requests]
    open : numbers of those reported and neither closed nor lost
    reached : requests at which somebody has arrived [requests]
    response : from report to arrival, summed over those reached [min]
    """

    def __init__(self, planned: Plan) -> None:
        self._coming = np.flatnonzero(planned.world.tape.reported)
        self._t_reported = planned.world.tape.t_reported[self._coming]
        self.open = self._coming[:0]
        self.reported, self.closed, self.lost, self.reached = 0, 0, 0, 0
        self.response, self._response_of_closed = 0.0, 0.0

    def count(self, s: State) -> None:
        """Bring the counts up to the moment of the state."""
        now, before = s.run.now[0], self.reported
        self.reported = int(np.searchsorted(self._t_reported, now, side="right"))
        self.open = np.concatenate([self.open, self._coming[before : self.reported]])
        rows = s.request[self.open]
        reached, closed = rows.t_arrive <= now, rows.status == CLOSED
        response = np.where(reached, rows.t_arrive - rows.t_reported, 0.0)
        self.reached = self.closed + int(reached.sum())
        self.response = self._response_of_closed + float(response.sum())
        self._response_of_closed += float(response[closed].sum())
        self.closed += int(closed.sum())
        self.lost += int((rows.status == LOST).sum())
        self.open = self.open[~closed & (rows.status != LOST)]

    @property
    def mean_response_min(self) -> float:
        """Mean time from report to arrival; NaN before the first arrival [min]."""
        return self.response / self.reached if self.reached else math.nan


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


def _requests_so_far(requests: pd.DataFrame, minute: float) -> pd.DataFrame:
    """Without those still to be reported and what is still to come to the others."""
    rows = requests.iloc[: int(np.searchsorted(requests.t_reported, minute, side="right"))]
    return rows.assign(
        t_arrive=rows.t_arrive.where(rows.t_arrive <= minute),
        t_close=rows.t_close.where(rows.t_close <= minute),
    )


def _work_so_far(work: pd.DataFrame, planned: Plan, minute: float) -> pd.DataFrame:
    """Without the hours still to be paid and the tasks still to fall due."""
    duty, tasks, clock = planned.duty, planned.tasks, planned.case.clock
    start = np.maximum(duty.start, clock.warmup_days * DAY)
    end = np.minimum(duty.end, min(minute, (clock.warmup_days + clock.days) * DAY))
    paid = np.bincount(duty.worker, np.maximum(end - start, 0.0), minlength=len(work))
    ahead = np.where(tasks.t > minute, tasks.minutes, 0.0)
    owner = np.repeat(np.arange(len(work)), np.diff(tasks.first))
    undone = work.undone - np.bincount(owner, ahead, minlength=len(work))
    return work.assign(paid=paid, undone=undone.clip(lower=0.0))


def _facts_so_far(case: Case, minute: float) -> dict[str, float]:
    start, length = case.clock.warmup_days * DAY, case.clock.days * DAY
    return {
        "measured_min": min(max(minute - start, 0.0), length),
        "follow_up_min": max(minute - start - length, 0.0),
        "end_min": minute,
    }
