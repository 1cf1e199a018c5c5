"""Dispatch rules: a rule is a cost; the available worker with the smallest cost goes.

A new rule is one compiled function ``(state, request, worker, x, y) -> int`` here, where
``x, y`` is where the worker is; a line in
:func:`cost`, and its name in ``RULES`` and in :class:`sim.policy.dispatch.Dispatch`.
"""

from sim.engine.compiled import kernel
from sim.engine.state import State

RULES = ("nearest", "preference")


@kernel
def travel_minutes(s: State, r: int, w: int) -> float:
    """Start-up and way of a worker from where he is to the request [min]."""
    return way_minutes(s, r, w, s.worker.x[w], s.worker.y[w])


@kernel
def way_minutes(s: State, r: int, w: int, x: int, y: int) -> float:
    """Start-up and way from a place to the request [min]."""
    cell, width = s.request.cell[r], s.run.width[0]
    steps = abs(cell % width - x) + abs(cell // width - y)
    role = s.worker.role[w]
    return s.role.startup[role] + steps * s.run.metres[0] / s.role.metres_per_min[role]


@kernel
def nearest(s: State, r: int, w: int, x: int, y: int) -> int:
    """Travel time in whole seconds."""
    return int(60.0 * way_minutes(s, r, w, x, y) + 0.5)


@kernel
def preference(s: State, r: int, w: int) -> int:
    """Rank in the fixed list of the request's cell."""
    return s.preference[s.request.cell[r], w]


@kernel
def cost(s: State, r: int, w: int, x: int, y: int) -> int:
    """The cost under the rule of this run."""
    if s.run.pick[0] == 1:
        return preference(s, r, w)
    return nearest(s, r, w, x, y)
