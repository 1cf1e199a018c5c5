"""Moving people between the units of their role while the clock runs."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from sim.engine.build import Plan, link
from sim.engine.presence import disappear
from sim.engine.state import State
from sim.engine.unit import become_busy, become_free
from sim.policy.posting import Posting
from sim.world.partition import Graph


def repost(s: State, plan: Plan, moves: Mapping[int, int], t: float) -> tuple[State, Plan]:
    """Give workers another unit of their role and line, from their next shift on.

    Parameters
    ----------
    moves : unit by worker; a unit must be one of the worker's own area

    Raises
    ------
    ValueError
        No such worker, or not a unit of his area.
    """
    for w, u in moves.items():
        _check(plan.posting, w, u)
        if s.worker.on_duty[w] == 1:
            disappear(s, w, t)
            if s.worker.job[w] < 0:
                become_busy(s, w, t)
                s.worker.unit[w] = u
                become_free(s, w, t)
    away = s.worker.post_last != s.worker.post_end
    away[[w for w in moves if s.worker.on_duty[w] == 1]] = True
    posting = _moved(plan, moves)
    after = replace(plan, posting=posting)
    s.worker.unit[:] = posting.unit
    width = plan.world.city.width
    s.worker.home_x[:], s.worker.home_y[:] = posting.home % width, posting.home // width
    links = link(after, s.run, s.worker, s.zone, s.unit)
    s.worker.post_last[away] = s.worker.post_first[away]
    return s._replace(links=links), after


def _check(posting: Posting, w: int, u: int) -> None:
    if not 0 <= w < posting.count:
        raise ValueError(f"worker = {w}: allowed: 0..{posting.count - 1}")
    units = np.unique(posting.unit_at[posting.area[w]])
    if u not in units[units >= 0]:
        raise ValueError(f"unit = {u}: allowed for worker {w}: {units[units >= 0].tolist()}")


def _moved(plan: Plan, moves: Mapping[int, int]) -> Posting:
    """The postings after the moves; a mover's home is in the middle of his new unit."""
    posting, zones = plan.posting, plan.zones
    unit, home = posting.unit.copy(), posting.home.copy()
    rows = np.split(posting.zones.indices, posting.zones.indptr[1:-1])
    for w, u in moves.items():
        cells = np.flatnonzero(posting.unit_at[posting.area[w]] == u)
        domain = int(np.flatnonzero(zones.holds[rows[w]].any(axis=0))[0])
        unit[w], home[w] = u, cells[len(cells) // 2]
        rows[w] = np.unique(zones.owner[domain, cells])
    start = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    indices = np.concatenate(rows)
    table = Graph(
        (np.ones(len(indices), dtype=np.int64), indices, start), shape=posting.zones.shape
    )
    return replace(posting, unit=unit, home=home, zones=table)
