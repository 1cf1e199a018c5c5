"""Who runs: the engine and the references, each ready to be timed.

A new reference is a function ``(state, until) -> Ready``: whatever it does before it
returns is set-up and is not timed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import Any

from experiments.benchmark import in_c
from experiments.benchmark.given import Given, Outcome
from experiments.benchmark.heap import HeapCity
from experiments.compose import ConfigError
from sim.engine.state import State
from sim.runner import proceed


@dataclass(frozen=True)
class Ready:
    """A run that only has to be started.

    Attributes
    ----------
    run : the loop, which is timed
    outcome : what it led to
    """

    run: Callable[[], object]
    outcome: Callable[[], Outcome]


Prepare = Callable[[State, float], Ready]


def copied(s: State) -> State:
    """The same state in arrays of its own."""
    return s._replace(**{name: getattr(s, name).copy() for name in s._fields})


def engine(s: State, until: float) -> Ready:
    """The compiled loop."""
    held = [copied(s)]

    def run() -> None:
        held[0] = proceed(held[0], until)

    def outcome() -> Outcome:
        rows = held[0].request
        return Outcome(rows.worker, rows.t_dispatch, rows.t_arrive, rows.t_close)

    return Ready(run, outcome)


def in_compiled_c(s: State, until: float) -> Ready:
    """C, compiled with -O3."""
    city = in_c.CCity(s)
    return Ready(partial(city.run, until), city.outcome)


def heap(s: State, until: float) -> Ready:
    """Python over a heap of tuples."""
    return _ready(HeapCity(Given(s)), until)


def simpy(s: State, until: float) -> Ready:
    """SimPy's processes."""
    from experiments.benchmark.processes import SimpyCity  # noqa: PLC0415 - may be missing

    return _ready(SimpyCity(Given(s)), until)


def mesa_events(s: State, until: float) -> Ready:
    """Mesa's event list."""
    from experiments.benchmark.events import EventCity  # noqa: PLC0415 - two seconds

    return _ready(EventCity(Given(s)), until)


def mesa_ticks(s: State, until: float, minutes: float) -> Ready:
    """Mesa's steps, every so many minutes."""
    from experiments.benchmark.ticks import TickCity  # noqa: PLC0415 - two seconds

    return _ready(TickCity(Given(s), minutes), until)


def _ready(city: Any, until: float) -> Ready:
    return Ready(partial(city.run, until), city.outcome)


@dataclass(frozen=True)
class Contestant:
    """A reference.

    Attributes
    ----------
    name : as the tables call it
    tick_min : 0 where it has no ticks [min]
    days : horizon of its timing in a full benchmark: the slow ones run less [days]
    """

    name: str
    prepare: Prepare
    days: int
    tick_min: float = 0.0


REFERENCES = (
    Contestant("Mesa ticks, 1 min", partial(mesa_ticks, minutes=1.0), 2, 1.0),
    Contestant("Mesa ticks, 5 min", partial(mesa_ticks, minutes=5.0), 7, 5.0),
    Contestant("Mesa events", mesa_events, 14),
    Contestant("SimPy", simpy, 14),
    Contestant("Python heap", heap, 14),
    Contestant("C, gcc -O3", in_compiled_c, 28),
)
ENGINE = Contestant("engine", engine, 28)
CONTESTANTS = {item.name: item for item in (ENGINE, *REFERENCES)}


def runnable() -> tuple[Contestant, ...]:
    """The references that can run here.

    Raises
    ------
    ConfigError
        SimPy is not installed; a compiler may be missing.
    """
    if find_spec("simpy") is None:
        raise ConfigError('benchmark: SimPy is missing; allowed: pip install "onegrid[benchmark]"')
    without = () if in_c.compiler() else (in_compiled_c,)
    return tuple(item for item in REFERENCES if item.prepare not in without)
