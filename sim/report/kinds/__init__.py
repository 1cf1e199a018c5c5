"""What each kind of study says on a page: its finding and its tables and figures.

A new kind is a module with ``answers(voice, saved)``, the blocks of the first section, and
``blocks(voice, saved)``, those of its tables and figures; and an entry in ``KIND``.
"""

from collections.abc import Callable
from typing import NamedTuple

from sim.report.blocks import Block
from sim.report.kinds import breakeven, ladder, multiverse, phase, shapley, sobol, sweep
from sim.report.saved import Saved
from sim.report.voice import Voice

type Told = Callable[[Voice, Saved], list[Block]]


class Telling(NamedTuple):
    """How a kind of study is told."""

    answers: Told
    blocks: Told


KIND: dict[str, Telling] = {
    "ladder": Telling(ladder.answers, ladder.blocks),
    "multiverse": Telling(multiverse.answers, multiverse.blocks),
    "sweep": Telling(sweep.answers, sweep.blocks),
    "shapley": Telling(shapley.answers, shapley.blocks),
    "sobol": Telling(sobol.answers, sobol.blocks),
    "phase": Telling(phase.answers, phase.blocks),
    "breakeven": Telling(breakeven.answers, breakeven.blocks),
}
