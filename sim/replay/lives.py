"""What became of the requests that could be seen in a stretch.

``requests`` holds a column per thing both arms share: ``kind`` (index into ``kinds``), ``cell``,
``vulnerable``, and ``onset`` of what was hidden at first; and what their indices mean: ``kinds``,
``domains``, ``urgencies`` (with ``hours``, minutes of the day between which each is served),
``tiers``, ``finders``. ``lives`` of an arm holds columns in the
same order; a request that was never reported in an arm has null in all of them:
``domain``, ``urgency``, ``line`` and ``role`` are indices, -1 is none; ``reported``, ``triaged``,
``cleared`` (lines agree whose it is), ``ready`` (at its owner's door), ``dispatch``, ``arrive``,
``served``, ``desk`` and ``attended`` (a department has it, an officer begins), ``close`` and
``gone`` (given up or turned away, to the look) are moments; ``deferred`` and ``off_duty`` are
seconds between ready and dispatch, the rest of it is the queue; ``away`` are seconds in which the
one who came was called elsewhere; ``hops`` are the handoffs in order, a line that was not the
owner (-1 not known) and the moment it was passed on, one after the other; ``worker``,
``tier`` (index into ``tiers``), ``from`` the cell he came from; ``repeats`` calls made again;
``found_by`` (index into ``finders``) of what was hidden.
"""

from typing import Any

import numpy as np
import pandas as pd

from sim.base import CLASSES, DOMAINS, minute_of_day
from sim.record import TIERS
from sim.replay.handoffs import handoffs
from sim.replay.watch import Floats, Ints, Watched
from sim.units import DAY
from sim.world.tape import KINDS, KNOWN_BY

SECONDS = 60.0


def union(runs: list[Watched]) -> Ints:
    """Keys of the requests that can be seen in any of the runs, in order of report."""
    rows = pd.concat([_visible(seen) for seen in runs])
    keys = rows.request.to_numpy(dtype=np.int64)
    _, first = np.unique(keys[np.lexsort((keys, rows.t_reported))], return_index=True)
    ordered: Ints = keys[np.lexsort((keys, rows.t_reported))][np.sort(first)]
    return ordered


def _visible(seen: Watched) -> pd.DataFrame:
    """Reported before the stretch ends, and open at its start."""
    rows, moments = seen.record.requests, seen.moments
    gone = seen.gone[_state_rows(seen, rows.request.to_numpy())]
    reported = rows.t_reported <= moments[-1]
    seen_now: pd.DataFrame = rows[reported & ~(rows.t_served <= moments[0]) & (gone != 0)]
    return seen_now


def _state_rows(seen: Watched, keys: Ints) -> Ints:
    """Rows of the engine's table by key."""
    every = seen.state.request.key.astype(np.int64)
    order = np.argsort(every, kind="stable")
    found: Ints = order[np.searchsorted(every, keys, sorter=order)]
    return found


def common(runs: list[Watched], keys: Ints) -> dict[str, Any]:
    """What the arms share of the requests ``keys``; they were drawn from one tape."""
    seen, tape = runs[0], runs[0].plan.world.tape
    row = _state_rows(seen, keys)
    hours = (seen.plan.case.world.service.hours[name] for name in CLASSES)
    hidden = np.where(tape.kind[row] == KINDS.index("latent"), tape.t_enter[row], np.nan)
    return {
        "count": len(keys),
        "kinds": list(KINDS),
        "domains": list(DOMAINS),
        "urgencies": list(CLASSES),
        "hours": [[minute_of_day(span.opens), minute_of_day(span.closes)] for span in hours],
        "tiers": list(TIERS),
        "finders": [*seen.plan.roles, *KNOWN_BY],
        "kind": tape.kind[row].tolist(),
        "cell": tape.cell[row].tolist(),
        "vulnerable": tape.vulnerable[row].astype(int).tolist(),
        "onset": _moments(seen, hidden),
    }


def lives(seen: Watched, keys: Ints) -> dict[str, list[Any]]:
    """What became of the requests ``keys`` in one run, column by column."""
    rows = seen.record.requests.set_index("request").reindex(keys).reset_index()
    told = rows.t_reported.notna().to_numpy()
    state_row = _state_rows(seen, keys)
    moved = seen.state.request[state_row]
    columns: dict[str, Any] = {
        "domain": rows.domain.cat.codes.to_numpy(),
        "urgency": rows.urgency.cat.codes.to_numpy(),
        "line": _owner_lines(seen, rows, moved),
        "worker": rows.worker.fillna(-1).to_numpy(dtype=np.int64),
        "tier": rows.tier.cat.codes.to_numpy(),
        "found_by": rows.found_by.cat.codes.to_numpy(),
        "from": np.where(rows.t_dispatch.notna(), moved.from_cell, -1),
        "repeats": rows.repeats.fillna(0).to_numpy(dtype=np.int64),
    }
    kept = {name: _where(told, values.tolist()) for name, values in columns.items()}
    kept |= {
        name: _where(told, _moments(seen, values)) for name, values in _times(seen, rows).items()
    }
    kept["gone"] = _where(told, _moments(seen, _gone(seen, state_row)))
    kept |= {name: _where(told, values) for name, values in _waits(kept, rows, moved).items()}
    kept["hops"] = _where(told, _hops(seen, rows, state_row))
    return kept


def _where(told: Any, values: list[Any]) -> list[Any]:
    return [value if there else None for value, there in zip(values, told.tolist(), strict=True)]


def _moments(seen: Watched, minutes: Floats) -> list[int | None]:
    """Whole seconds since the start of the stretch; None where it never came."""
    seconds = np.rint((minutes - seen.moments[0]) * SECONDS)
    return [int(value) if np.isfinite(value) else None for value in seconds.tolist()]


def _times(seen: Watched, rows: pd.DataFrame) -> dict[str, Floats]:
    """The moments of a life."""
    triaged = (rows.t_reported + rows.triage).to_numpy()
    end = seen.plan.end_min
    times = {
        "reported": rows.t_reported.to_numpy(),
        "triaged": triaged,
        "cleared": triaged + rows.unclear.fillna(0.0).to_numpy(),
        "ready": rows.t_ready.to_numpy(),
        "dispatch": rows.t_dispatch.to_numpy(),
        "arrive": rows.t_arrive.to_numpy(),
        "served": rows.t_served.to_numpy(),
        "desk": rows.t_desk.to_numpy(),
        "attended": rows.t_attended.to_numpy(),
        "close": rows.t_close.to_numpy(),
    }
    return {name: np.where(values <= end, values, np.nan) for name, values in times.items()}


def _gone(seen: Watched, state_row: Ints) -> Floats:
    look = seen.gone[state_row]
    return np.where(look >= 0, seen.moments[np.maximum(look, 0)], np.nan)


def _owner_lines(seen: Watched, rows: pd.DataFrame, moved: Any) -> Ints:
    """The owner's line; none if a policy before the reform gave it."""
    zone = rows.zone.fillna(-1).to_numpy(dtype=np.int64)
    known = (zone >= 0) & (moved.era == seen.state.run.era[0])
    lines: Ints = np.where(known, seen.plan.zones.line[np.where(known, zone, 0)], -1)
    return lines


def _waits(kept: dict[str, list[Any]], rows: pd.DataFrame, moved: Any) -> dict[str, list[Any]]:
    """Seconds of what lies between two moments, never more than lies between them."""
    found: dict[str, list[Any]] = {"deferred": [], "off_duty": [], "away": []}
    minutes = rows[["deferred", "off_duty"]].fillna(0.0).to_numpy() * SECONDS
    gaps = (rows.t_served - rows.t_dispatch - rows.travel - rows.service).to_numpy() * SECONDS
    for number, (deferred, off_duty) in enumerate(np.rint(minutes).astype(int).tolist()):
        ready, sent = kept["ready"][number], kept["dispatch"][number]
        there, served = kept["arrive"][number], kept["served"][number]
        room = 0 if ready is None or sent is None else sent - ready
        found["deferred"].append(min(deferred, room))
        found["off_duty"].append(min(off_duty, room - found["deferred"][-1]))
        cut = moved.cuts[number] > 0 and there is not None and served is not None
        found["away"].append(min(round(float(gaps[number])), served - there) if cut else 0)
    return found


def _hops(seen: Watched, rows: pd.DataFrame, state_row: Ints) -> list[list[int | None]]:
    """Line and moment of every handoff, one after the other."""
    reform = seen.plan.case.clock.reform_day * DAY if seen.plan.before else -np.inf
    left = (rows.t_reported + rows.triage + rows.unclear.fillna(0.0)).to_numpy()
    count = rows.handoffs.fillna(0).to_numpy(dtype=np.int64)
    known = (left >= reform) & (count > 0)
    found: list[list[int | None]] = [[] for _ in state_row]
    for number in np.flatnonzero(count > 0).tolist():
        path = handoffs(seen, int(state_row[number]), float(left[number]), int(count[number]))
        ends = _moments(seen, np.array([end for _, end in path]))
        lines = [line if known[number] else -1 for line, _ in path]
        found[number] = [item for hop in zip(lines, ends, strict=True) for item in hop]
    return found
