"""Two cities under two policies, stepped on one clock."""

import copy
from collections.abc import Mapping
from typing import Any, NamedTuple

import mesa
import numpy as np

from sim.case import Case, load
from sim.model import CityModel
from sim.world.tape import CALL

OPENS_MIN = 9 * 60.0  # the view begins when everything is open [min]


class Dial(NamedTuple):
    """A number that a visitor may turn, the same in both cities."""

    key: str
    low: float
    high: float
    step: float


DIALS = {
    "misnamed": Dial("world.demand.misnamed", 0.0, 0.3, 0.01),
    "handoff_min": Dial("policy.routing.handoff.routine.median_min", 0.0, 480.0, 30.0),
    "needs": Dial("world.demand.needs_per_1000_per_day", 0.5, 16.0, 0.5),
    "background": Dial("world.service.background.share", 0.0, 0.8, 0.05),
    "slowdown": Dial("policy.staffing.slowdown", 0.0, 0.6, 0.05),
}


def value_at(case: Case, key: str) -> float:
    """The number under a dotted key."""
    node: Any = case
    for name in key.split("."):
        node = node[name] if isinstance(node, Mapping) else getattr(node, name)
    return float(node)


def turned(case: Case, values: Mapping[str, float], start: Mapping[str, float]) -> Case:
    """A case with the dials that were moved; one left alone leaves each city its own value."""
    plain = copy.deepcopy(case.model_dump(mode="json"))
    for name, value in values.items():
        if value == start[name]:
            continue
        *path, last = DIALS[name].key.split(".")
        node = plain
        for part in path:
            node = node[part]
        node[last] = value
    return load(plain)


class PairModel(mesa.Model[Any, Any]):
    """Both cities; a step is a tick of each.

    Parameters
    ----------
    cases : the baseline and the alternative, of one world
    scenario : what Mesa's button Reset hands to every model; nothing here
    dials : values by name (see ``DIALS``); what is not given stays as the cases have it

    Attributes
    ----------
    cities : the two models
    minutes, medians : after every tick the time [min] and both running medians [min]: half of
        the calls so far were answered within as long; NaN while half wait
    """

    def __init__(
        self, cases: tuple[Case, Case], *, scenario: object = None, **dials: float
    ) -> None:
        del scenario
        super().__init__(rng=cases[0].draws.seed)  # nobody draws from it: luck is keyed
        start = dials_of(cases)
        self.cities = [CityModel(turned(case, start | dials, start), residents=0) for case in cases]
        self.minutes: list[float] = []
        self.medians: list[tuple[float, float]] = []
        while self.cities[0].minute < OPENS_MIN and all(city.running for city in self.cities):
            self._tick()

    @property
    def minute(self) -> float:
        """Minutes since Monday 00:00 of day 0 [min]."""
        return self.cities[0].minute

    def step(self) -> None:
        """One tick of both."""
        self._tick()
        self.running = all(city.running for city in self.cities)

    def _tick(self) -> None:
        for city in self.cities:
            city.step()
        self.minutes.append(self.minute)
        first, second = (running_median(city) for city in self.cities)
        self.medians.append((first, second))


def dials_of(cases: tuple[Case, Case]) -> dict[str, float]:
    """Where the dials stand at first: as in the alternative."""
    return {name: value_at(cases[1], dial.key) for name, dial in DIALS.items()}


def running_median(city: CityModel) -> float:
    """Within how long half of the calls so far were answered [min].

    A call not yet answered counts as one that takes longest, so that waiting never looks fast;
    NaN while half of them wait.
    """
    tape, rows, now = city.plan.world.tape, city.state.request, city.minute
    called = (tape.kind == CALL) & tape.reported & (tape.t_reported <= now)
    arrive, report = rows.t_arrive[called], rows.t_reported[called]
    response = np.sort(np.where(arrive <= now, arrive - report, np.inf))
    middle = response[(len(response) - 1) // 2] if len(response) else np.nan
    return float(middle) if np.isfinite(middle) else float("nan")
