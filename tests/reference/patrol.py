"""Patrol: idle workers walk their unit, cell by cell."""

from itertools import count

from sim.keyed import Purpose
from sim.units import DAY
from tests.reference.clock import Clock, Process, Rank
from tests.reference.lattice import Lattice
from tests.reference.luck import Luck
from tests.reference.worker import Worker

_DIRECTIONS = ((1, 0), (-1, 0), (0, 1), (0, -1))


class Patrol:
    """At each global multiple of a step, every idle worker walks one cell.

    ``seen`` holds the days and cells at which a uniform was on patrol.
    """

    def __init__(self, clock: Clock, luck: Luck, workers: list[Worker], lattice: Lattice) -> None:
        self.clock, self.luck, self.workers, self.lattice = clock, luck, workers, lattice
        self.seen: set[tuple[int, int]] = set()

    def walk(self, step_min: float) -> Process:
        """Walk for ever."""
        for tick in count():
            yield self.clock.at(tick * step_min, Rank.STEP)
            for worker in self.workers:
                if worker.idle:
                    worker.cell = self.next_cell(worker, tick)
                    if worker.visible:
                        self.seen.add((int(self.clock.now // DAY), worker.cell))

    def next_cell(self, worker: Worker, tick: int) -> int:
        """Where a step takes him: about his unit, or towards home when outside it."""
        if worker.cell not in worker.beat:
            return self.lattice.along(worker.cell, worker.home, 1)
        u = self.luck.u(Purpose.PATROL, worker.number, tick)
        cell = self.lattice.beside(worker.cell, _DIRECTIONS[int(4 * u)])
        return worker.cell if cell is None or cell not in worker.beat else cell
