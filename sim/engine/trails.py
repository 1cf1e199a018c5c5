"""Who may find what: units with their search rates, and the trail of every hidden problem."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim import keyed
from sim.engine import state as st
from sim.engine.tables import fill, records
from sim.keyed import Purpose
from sim.policy.sensing import reporting
from sim.world.tape import LATENT

if TYPE_CHECKING:
    from sim.engine.build import Plan

Ints = NDArray[np.int64]


def units(plan: "Plan") -> Any:
    """Who patrols together, and how fast one of them searches their cells."""
    posting, service = plan.posting, plan.case.world.service
    count = 1 + max(int(posting.unit.max(initial=0)), int(posting.unit_at.max(initial=0)))
    rows = records(count, st.UNIT)
    rows.head = rows.role = rows.first_free = -1
    rows.target = rows.due = np.inf
    rows.role[posting.unit] = posting.role
    inside = posting.unit_at[posting.unit_at >= 0]
    cells = np.bincount(inside, minlength=len(rows))
    free = [1.0 - service.background.share * item.background for item in service.roles.values()]
    sweep = [item.sweep for item in service.roles.values()]
    per_min = service.patrol.sweep_per_hour / 60 * np.array(free) * np.array(sweep)
    searching = (rows.role >= 0) & (cells > 0)
    rows.each = np.where(searching, per_min[rows.role] / np.maximum(cells, 1), 0.0)
    return rows


def trails(plan: "Plan", request: Any) -> Any:
    """For every hidden problem, the units that may find it, each with its threshold."""
    posting, tape, sensing = plan.posting, plan.world.tape, plan.case.policy.sensing
    able, seeds = reporting(sensing, plan.roles), plan.case.draws.seeds
    stream = keyed.stream(seeds.seed, seeds.demand, Purpose.TRAIL)
    rows = np.flatnonzero(tape.kind == LATENT)
    parts: list[tuple[Ints, Ints, Ints, Any]] = []
    areas_of: dict[int, int] = {}
    for area, unit_at in enumerate(posting.unit_at):
        who = np.flatnonzero(posting.area == area)
        if not len(who):
            continue
        role = int(posting.role[who[0]])
        nth = areas_of[role] = areas_of.get(role, -1) + 1
        held = plan.zones.holds[posting.zones[[int(who[0])]].indices].any(axis=0)
        reported = able[role] & (held | bool(sensing.beyond_line))
        found = rows[reported[tape.domain[rows]] & (unit_at[tape.cell[rows]] >= 0)]
        threshold = -np.log(keyed.u(stream, tape.key[found], 64 * role + nth))
        name = np.full(len(found), 64 * role + nth)
        parts.append((found, unit_at[tape.cell[found]], name, threshold))
    return _in_order(parts, request)


def _in_order(parts: list[tuple[Ints, Ints, Ints, Any]], request: Any) -> Any:
    """The trail sorted by request; says in the requests where theirs begins and ends."""
    row = np.concatenate([np.zeros(0, np.int64), *(part[0] for part in parts)])
    unit = np.concatenate([np.zeros(0, np.int64), *(part[1] for part in parts)])
    area = np.concatenate([np.zeros(0, np.int64), *(part[2] for part in parts)])
    target = np.concatenate([np.zeros(0), *(part[3] for part in parts)])
    order = np.argsort(row, kind="stable")
    everyone = np.arange(len(request))
    request.first_trail = np.searchsorted(row[order], everyone, side="left")
    request.last_trail = np.searchsorted(row[order], everyone, side="right")
    rows = fill(st.TRAIL, row=row[order], unit=unit[order], area=area[order], target=target[order])
    rows.next = -1
    return rows
