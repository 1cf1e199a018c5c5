"""OneGrid: what merging a city's governance grids does, for whom, and when it does not.

>>> import sim
>>> case = sim.load(mapping)            # doctest: +SKIP
>>> record = sim.run(case)              # doctest: +SKIP
>>> record.requests, record.work        # doctest: +SKIP

A public name is imported when it is first asked for (PEP 562), so that whoever needs a
small part of the package does not wait for the engine and its compiler. A new one goes
into all three lists below.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.base import CaseError
    from sim.case import Case, digest, load
    from sim.comparison import Comparison, compare
    from sim.guards import GuardError
    from sim.record import Record
    from sim.runner import RunError, run

__all__ = [
    "Case",
    "CaseError",
    "Comparison",
    "GuardError",
    "Record",
    "RunError",
    "compare",
    "digest",
    "load",
    "run",
]
__version__ = "0.1.0"

_HOME = {
    "Case": "sim.case",
    "CaseError": "sim.base",
    "Comparison": "sim.comparison",
    "GuardError": "sim.guards",
    "Record": "sim.record",
    "RunError": "sim.runner",
    "compare": "sim.comparison",
    "digest": "sim.case",
    "load": "sim.case",
    "run": "sim.runner",
}

if not TYPE_CHECKING:  # a type checker would take every name for one there is

    def __getattr__(name: str) -> Any:
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(import_module(_HOME[name]), name)
        globals()[name] = found  # next time it is simply there
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
