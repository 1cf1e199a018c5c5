"""The keyed numbers, looked up by what they are for."""

import numpy as np

from sim import keyed
from sim.keyed import Purpose
from sim.policy.routing import Delay
from sim.units import add_office_minutes
from sim.world import Seeds

_ROTA = (Purpose.PATROL, Purpose.TURNOUT, Purpose.SWITCH)
_DEMAND = (
    *(Purpose.NAMED, Purpose.HANDOFF, Purpose.UNCLEAR, Purpose.TIE, Purpose.LETTER),
    *(Purpose.WHISTLE, Purpose.IMPATIENT, Purpose.PATIENCE, Purpose.ABANDON, Purpose.TRAIL),
)


class Luck:
    """``u(purpose, entity, k)``: the same number whoever asks, whenever he asks."""

    def __init__(self, seeds: Seeds) -> None:
        self._streams: dict[Purpose, np.uint64] = {
            purpose: keyed.stream(seeds.seed, replication, purpose)
            for replication, purposes in ((seeds.rota, _ROTA), (seeds.demand, _DEMAND))
            for purpose in purposes
        }

    def u(self, purpose: Purpose, entity: int, k: int = 0) -> float:
        """The number in (0, 1) for the ``k``-th draw about ``entity``."""
        return float(keyed.u(self._streams[purpose], entity, k))


class Lognormal:
    """Lognormal lengths of time of one kind, given as medians."""

    def __init__(self, luck: Luck, purpose: Purpose, sigma: float) -> None:
        self._luck, self._purpose = luck, purpose
        self._table = keyed.lognormal_table(sigma)

    def minutes(self, median: float, entity: int, k: int = 0) -> float:
        """The ``k``-th length of ``entity`` [min]."""
        place = int(self._luck.u(self._purpose, entity, k) * len(self._table))
        return median * float(self._table[place])

    def over(
        self, delay: Delay, now: float, entity: int, k: int = 0, limit: float = np.inf
    ) -> float:
        """When the ``k``-th delay of ``entity`` is over that begins now, cut to a limit [min]."""
        minutes = min(self.minutes(delay.median_min, entity, k), limit)
        return add_office_minutes(now, minutes) if delay.office_hours else now + minutes
