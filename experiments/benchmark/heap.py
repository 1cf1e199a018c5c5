"""A bare loop over a heap of tuples: what plain Python can do."""

from heapq import heappop, heappush, heapreplace
from typing import Any

from experiments.benchmark.rules import City
from sim.engine.state import ARRIVAL, JOB_END, RELEASE, SHIFT_START

_NEVER = (float("inf"), ARRIVAL, 0, 0)


class HeapCity(City):
    """Events are tuples (t, rank, class, number); of arrivals and calendar only the next."""

    def run(self, until: float) -> None:
        """Let everything happen up to ``until`` [min]."""
        self.draw()
        turns, calls = iter(self.given.agenda), iter(self.given.arrivals)
        heap = self.heap = [self._call(calls), _NEVER]
        turn, codes = next(turns, (float("inf"), []))
        heappush(heap, (turn, SHIFT_START, 0, 0))
        while heap[0][0] <= until:
            t, rank, _, number = heap[0]
            if rank == JOB_END:
                heappop(heap)
                self.finish(self.worker[self.who[number]], t)
            elif rank == ARRIVAL:
                heapreplace(heap, self._call(calls))
                self.seek(number, t)
            elif rank == RELEASE:
                heappop(heap)
                self.seek(number, t)
            else:
                now = codes
                turn, codes = next(turns, (float("inf"), []))
                heapreplace(heap, (turn, SHIFT_START, 0, 0))
                self.change(now, t)

    def _call(self, calls: Any) -> tuple[float, int, int, int]:
        """The next request to come."""
        r = next(calls, -1)
        return _NEVER if r < 0 else (self.given.t_enter[r], ARRIVAL, self.given.urgency[r], r)

    def sent(self, r: int, w: Any) -> None:
        """A visit begins."""
        del w
        heappush(self.heap, (self.t_served[r], JOB_END, self.given.urgency[r], r))

    def passed_on(self, r: int, until: float) -> None:
        """A handoff begins."""
        heappush(self.heap, (until, RELEASE, self.given.urgency[r], r))
