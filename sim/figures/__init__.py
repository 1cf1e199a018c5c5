"""Every figure, drawn once in one style and written with its data and its caption.

The only place that imports matplotlib. The functions ``draw_...`` write ``figN_name.svg``,
the plotted numbers as ``figN_name.csv`` and the caption as ``figN_name.txt``. A new figure
is a function that returns a ``style.Drawing``, and an entry in the list of its kind of
study.
"""

from sim.figures.benchmark import draw_benchmark
from sim.figures.breakeven import draw_breakeven
from sim.figures.compare import draw_compare
from sim.figures.hypotheses import draw_hypotheses
from sim.figures.indices import draw_indices
from sim.figures.phase import draw_phase
from sim.figures.shapley import draw_shapley
from sim.figures.style import Facts
from sim.figures.sweep import draw_sweep
from sim.figures.worlds import draw_ladder, draw_multiverse

__all__ = [
    "Facts",
    "draw_benchmark",
    "draw_breakeven",
    "draw_compare",
    "draw_hypotheses",
    "draw_indices",
    "draw_ladder",
    "draw_multiverse",
    "draw_phase",
    "draw_shapley",
    "draw_sweep",
]
