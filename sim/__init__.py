"""OneGrid: what merging a city's governance grids does, for whom, and when it does not.

>>> import sim
>>> case = sim.load(mapping)            # doctest: +SKIP
>>> record = sim.run(case)              # doctest: +SKIP
>>> record.requests, record.work        # doctest: +SKIP
"""

from sim.base import CaseError
from sim.case import Case, digest, load
from sim.compare import Comparison, compare
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
