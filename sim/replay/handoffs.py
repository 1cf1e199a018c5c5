"""Where a request went before it reached its owner.

The engine counts handoffs and adds up what they take. Each is keyed by request and ordinal, so
its line and its end can be looked up again: by the engine's own functions, hop by hop.
"""

import numpy as np

from sim.engine.delays import delayed, quantile
from sim.engine.routing import by_name, named
from sim.engine.state import Records
from sim.keyed import uniform
from sim.replay.watch import Watched


def handoffs(seen: Watched, row: int, left: float, count: int) -> list[tuple[int, float]]:
    """The handoffs of one request.

    Parameters
    ----------
    row : of the engine's table of requests
    left : when it set off [min]

    Returns
    -------
    for each the line that was not the owner, and when that line had passed it on [min]
    """
    state, t, path = seen.state, left, []
    alone = state.request[row : row + 1].copy()
    urgency = state.urgency[int(alone.urgency[0])]
    for hop in range(count):
        alone.hops[0] = hop
        line = _line(seen, row, hop_of=alone)
        with np.errstate(over="ignore"):
            luck = uniform(state.run.lucky_handoff[0], alone.key[0], np.uint64(hop))
        minutes = urgency.handoff * quantile(state.delay.handoff, luck)
        t = delayed(t, minutes, urgency.handoff_office)
        path.append((line, float(t)))
    return path


def _line(seen: Watched, row: int, hop_of: Records) -> int:
    """The line a hop goes to by mistake, or, for the second half of a case, comes from."""
    state, zones = seen.state, seen.plan.zones
    alone = state._replace(request=hop_of)
    if by_name(alone, 0):
        with np.errstate(over="ignore"):
            domain = named(alone, 0)
        return int(zones.line[state.owner[domain, int(hop_of.cell[0])]])
    zone = int(state.request.zone[int(state.request.parent[row])])
    return int(zones.line[zone]) if zone >= 0 else -1
