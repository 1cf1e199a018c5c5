"""Where workers were, look by look, in as few letters as that needs.

``tracks`` of an arm
    ``roles``, their names; ``role`` of every worker, an index into them; ``stretches``, one list
    ``[worker, look, cell, steps]`` per time on duty (and overtime): the first look, the cell
    then, and a letter per following look: ``0`` stays, ``1`` one cell on in x, ``2`` one back,
    ``3`` one on in y, ``4`` one back, ``(n)`` is in cell n.
"""

from itertools import pairwise
from typing import Any

import numpy as np

from sim.replay.watch import Ints, Watched


def tracks(seen: Watched) -> dict[str, Any]:
    """The tracks of all workers of a run."""
    width = seen.plan.world.city.width
    letters = {0: "0", 1: "1", -1: "2", width: "3", -width: "4"}
    found = []
    for worker, cells in enumerate(seen.places.T):
        for first, last in _on_duty(cells):
            steps = [
                letters.get(there - here, f"({there})")
                for here, there in pairwise(cells[first:last].tolist())
            ]
            found.append([worker, first, int(cells[first]), "".join(steps)])
    roles = seen.plan.posting.role.tolist()
    return {"roles": list(seen.plan.roles), "role": roles, "stretches": found}


def _on_duty(cells: Ints) -> list[tuple[int, int]]:
    """First look, and the one after the last, of each time somebody is there."""
    there = np.concatenate([[0], (cells >= 0).astype(np.int64), [0]])
    change = np.diff(there)
    starts, ends = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    return list(zip(starts.tolist(), ends.tolist(), strict=True))
