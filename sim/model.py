"""The city as a Mesa model: one step is one tick of the engine, then the deciders decide.

The engine alone makes the run; with no deciders the record is that of :func:`sim.run`, to
the bit, whatever the tick. What decides once an hour or a day is a :class:`Decider` in
plain Python. A new one derives from it, says ``every_min`` and writes ``decide``; it acts
through the verbs of :class:`CityModel`.

Only this module and :mod:`sim.agents` import Mesa.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from numbers import Integral
from typing import Any

import mesa
import numpy as np
import pandas as pd
from mesa.discrete_space import OrthogonalVonNeumannGrid
from numpy.typing import NDArray

from sim.agents import ROLES, Resident, Worker, resident_cells, spread, worker_cells
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

    Attributes
    ----------
    every_min : how often he decides, a multiple of the tick [min]
    model : the city, with what can be seen of it and the verbs to act on it
    """

    every_min: float

    def decide(self) -> None:
        """Look at ``self.model`` and act on it; called at each multiple of ``every_min``."""
        raise NotImplementedError(f"{type(self).__name__} must say how it decides: decide(self)")


class CityModel(mesa.Model):
    """A city under a policy, stepped tick by tick.

    One unit of Mesa's time is one tick of ``case.clock.tick_min`` minutes: ``run_for(96)``
    runs a day of quarter hours. Each step

    1. advances the engine to the end of the tick,
    2. moves the agents to their cells, once somebody has looked at them,
    3. counts, and lets the collector collect,
    4. lets the deciders that are due decide, in the order they were given,
    5. sets ``running`` to False at the end of the clock. Beyond it, ``step``, ``run_for``
       and ``run_until`` do nothing: loops of Mesa may call ``step`` a few times too often.

    Parameters
    ----------
    case : what is simulated
    deciders : classes derived from :class:`Decider`; one of each is made
    residents : how many of the population are shown as agents [persons]

    Attributes
    ----------
    plan, state : what was drawn for the case, and the engine's arrays; read only
    tick, horizon : ticks done, and ticks in all; the last may be a shorter one
    shown : numbers of the residents who are shown, spread evenly over the population
    tally : counts at the end of the last tick
    collector : a ``mesa.DataCollector`` with one row per tick and the columns ``minute``
        at the end of the tick [min]; ``reported``, ``closed``, ``lost`` up to then and
        ``open``, which is the first less the two others [requests];
        ``waiting_emergency``, ``waiting_urgent``, ``waiting_routine`` [requests];
        ``on_duty``, ``busy`` on a request (overtime counts), ``in_task``, ``idle``
        [workers]; ``mean_response_min``, from report to arrival over all who have been
        reached, NaN before the first [min]

    Raises
    ------
    CaseError
        The case is inconsistent; the message names key, value and what is allowed.
    TypeError, ValueError
        A wrong argument; the message names it, its value and what is allowed.

    Notes
    -----
    The agents (``agents``, ``agents_by_type``, ``grid``) are made when they are first
    looked at, and from then on every step ends with :meth:`look`: at Chibi's size with
    1000 residents a step takes 0.1 ms before and 0.6 ms after.
    """

    def __init__(
        self, case: Case, deciders: Sequence[type[Decider]] = (), residents: int = 1000
    ) -> None:
        super().__init__(rng=case.draws.seed)  # nobody draws from it: luck is keyed
        self.case = case
        self.shown = spread(_allowed(residents, case.world.city.residents), self.population)
        self.plan = plan(case)
        # shifts that begin at midnight begin before anybody looks
        self.state = proceed(build(self.plan), 0.0)
        self.tick = 0
        self.horizon = math.ceil(self.end_min / case.clock.tick_min - 1e-9)
        self.tally = Tally(self.plan)
        self.collector = mesa.DataCollector(model_reporters=COLUMNS)
        self.datacollector = self.collector  # the name under which Mesa's plots look for it
        self._grid: Any = None
        self._views: list[Worker | Resident] = []
        self._deciders = [_appoint(kind, self) for kind in deciders]
