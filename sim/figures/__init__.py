"""Every figure, drawn once in one style and written with its data and its caption.

The only place that imports matplotlib. ``draw_compare``, ``draw_ladder``,
``draw_multiverse``, ``draw_hypotheses`` and ``draw_benchmark`` write ``figN_name.svg``, the
plotted numbers as ``figN_name.csv`` and the caption as ``figN_name.txt``. A new figure is a
function that returns a ``style.Drawing``, and an entry in the list of its kind of study.
"""

from sim.figures.benchmark import draw_benchmark
from sim.figures.compare import draw_compare
from sim.figures.hypotheses import draw_hypotheses
from sim.figures.style import Facts
from sim.figures.worlds import draw_ladder, draw_multiverse

__all__ = [
    "Facts",
    "draw_benchmark",
    "draw_compare",
    "draw_hypotheses",
    "draw_ladder",
    "draw_multiverse",
]
