"""The map below a replay: where people live, what places are called, whose zones are where.

``ground``
    ``width``, ``height`` [cells], ``cell_m`` [m]; ``communities`` and ``areas`` by name;
    ``community`` and ``area`` of every cell as runs ``[number, cells, number, cells, ...]`` row by
    row, -1 is none; ``density``, a digit per cell from 0 (empty) to 9 (densest).
``lines`` of an arm
    for each its ``name``, ``domains``, how many ``zones``, and ``zone`` of every cell as runs.
"""

from itertools import groupby
from typing import Any

import numpy as np

from sim.base import DOMAINS
from sim.engine.build import Plan
from sim.replay.watch import Ints


def ground(plan: Plan) -> dict[str, Any]:
    """The city of a run."""
    city = plan.world.city
    level = np.sqrt(city.density / city.density.max())  # eyes tell small densities apart so
    return {
        "width": city.width,
        "height": city.height,
        "cell_m": plan.case.world.city.cell_m,
        "communities": list(city.communities),
        "community": _runs(city.community),
        "areas": list(city.area_names),
        "area": _runs(city.area),
        "density": "".join(map(str, np.rint(9 * level).astype(np.int64).tolist())),
    }


def lines(plan: Plan) -> list[dict[str, Any]]:
    """The lines of a layout with their zones."""
    found = []
    for number, line in enumerate(plan.case.policy.layout.lines):
        zones = np.flatnonzero(plan.zones.line == number)
        owner = plan.zones.owner[DOMAINS.index(line.domains[0])]
        found.append(
            {
                "name": line.name,
                "domains": list(line.domains),
                "zones": len(zones),
                "zone": _runs(owner - int(zones[0])),
            }
        )
    return found


def _runs(numbers: Ints) -> list[int]:
    """Equal neighbours counted: number, how often, number, how often."""
    return [n for value, run in groupby(numbers.tolist()) for n in (value, len(list(run)))]
