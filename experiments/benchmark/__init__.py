"""``onegrid benchmark``: the engine against references that do the same work, in one run.

:mod:`command` is the order of things, :mod:`rules` the model in plain Python, and each of
:mod:`ticks`, :mod:`events`, :mod:`processes`, :mod:`heap` and ``city.c`` a way to let time
pass. A new reference is a module like these and a line in :mod:`contestants`.
"""

from experiments.benchmark.command import measure_speed, prepare
from experiments.benchmark.equality import UnequalError

__all__ = ["UnequalError", "measure_speed", "prepare"]
