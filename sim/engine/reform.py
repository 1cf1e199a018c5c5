"""The day of the reform: a state under one policy becomes a state under another.

Jobs in hand are finished as they are. What waits goes to its new owner in order of report,
and what is in transit will arrive there. Workers take their new posts at their next shift.
Hidden problems keep what has been searched for them.
"""

import numpy as np

from sim.base import DOMAINS, CaseError
from sim.engine import state as st
from sim.engine.build import Plan, build
from sim.engine.calendar import class_of, number_of, push, rank_of
from sim.engine.desks import queue_up, send
from sim.engine.presence import absent_minutes, appear
from sim.engine.queue import class_open, join_queue
from sim.engine.routing import ask_in_order, gather
from sim.engine.sensing import lay_trail
from sim.engine.state import State
from sim.engine.tables import records
from sim.engine.unit import become_free
from sim.units import DAY

_DRAWN = ("t_known", "known_by", "first_trail", "last_trail")
_OF_THE_POST = (
    *("unit", "area", "responder", "switches", "post_first", "post_last", "post_end"),
    *("home_x", "home_y"),
)
_CARRIED = (
    *("now", "arrival", "calendar", "events", "emergencies", "trust", "answers", "in_time"),
)


def change_policy(old: State, before: Plan, after: Plan, t: float) -> State:
    """The state of a run at ``t``, the instant its policy changes.

    Raises
    ------
    CaseError
        The two policies do not employ the same people on the same shifts.
    """
    _same_people(before, after)
    new = build(after)
    for name in _CARRIED:
        new.run[name] = old.run[name]
    new.run.era[0] = old.run.era[0] + 1
    new.run.surge[0] = int(
        new.run.emergencies[0] >= new.run.surge_from[0]
        or (old.run.surge[0] == 1 and new.run.emergencies[0] > new.run.surge_to[0])
    )
    new = new._replace(heap=_events(old))
    new.run.heap[0] = _pending(old, new)
    _carry_requests(old, new, t)
    _carry_workers(old, new, t)
    _carry_searches(old, new, t)
    _carry_desks(old, new, t)
    new.shown[:] = old.shown
    today = int(t // DAY)
    for name in ("readiness", "turnout"):
        new.daily[name][: today + 1] = old.daily[name][: today + 1]
    _requeue(old, new, t)
    return new


def _same_people(before: Plan, after: Plan) -> None:
    same = (
        np.array_equal(before.posting.role, after.posting.role)
        and np.array_equal(before.duty.start, after.duty.start)
        and np.array_equal(before.duty.end, after.duty.end)
    )
    if not same:
        raise CaseError(
            "before.staffing and policy.staffing employ different people or shifts; allowed at a "
            "reform date: the same heads, participation, balance and rotas"
        )


def _events(old: State) -> st.Records:
    return records(len(old.heap) + len(old.request), st.ENTRY)


def _pending(old: State, new: State) -> int:
    """Carry every event to come but the looks of units, which are planned anew."""
    size = 0
    for at in range(int(old.run.heap[0])):
        t, code = old.heap.t[at], int(old.heap.code[at])
        if rank_of(code) == st.RELEASE and class_of(code) == st.FIND:
            continue
        size = push(new.heap, size, t, code)
    return size


def _carry_requests(old: State, new: State, t: float) -> None:
    """The life so far; what is still hidden or to come is drawn for the new policy."""
    drawn = {name: new.request[name].copy() for name in _DRAWN}
    new.request[:] = old.request
    for name in ("first_trail", "last_trail"):
        new.request[name] = drawn[name]
    ahead = (old.request.status == st.UNBORN) | (old.request.status == st.HIDDEN)
    for name in ("t_known", "known_by"):
        new.request[name][ahead] = drawn[name][ahead]
    hidden = np.flatnonzero(old.request.status == st.HIDDEN)
    moved = hidden[drawn["t_known"][hidden] != old.request.t_known[hidden]]
    for r in moved[np.isfinite(drawn["t_known"][moved])]:
        code = st.RELEASE * (1 << 58) + st.KNOWN * (1 << 54) + int(r)
        new.run.heap[0] = push(new.heap, int(new.run.heap[0]), max(t, drawn["t_known"][r]), code)
        new.request.t_known[r] = max(t, drawn["t_known"][r])


def _carry_workers(old: State, new: State, t: float) -> None:
    """Everybody as he is; who is in the middle of a shift has no post until the next one."""
    posts = {name: new.worker[name].copy() for name in _OF_THE_POST}
    new.worker[:] = old.worker
    for name, column in posts.items():
        new.worker[name] = column
    for w in np.flatnonzero(old.worker.on_duty == 1):
        begun = old.duty.start[old.worker.stretch[w]]
        if (t - begun) % DAY != 0.0:  # only a shift of a whole day begins anew within a stretch
            new.worker.post_last[w] = new.worker.post_first[w]
        if old.worker.job[w] < 0:
            become_free(new, int(w), t)
        appear(new, int(w), t)
    new.presence.since = np.where(new.presence["count"] == 0, t, np.inf)


def _carry_searches(old: State, new: State, t: float) -> None:
    """What has been searched for a hidden problem counts on; new units begin with it."""
    new.unit.since = t
    clock = old.unit.clock + (t - old.unit.since) * old.unit.free * old.unit.each
    laid = old.request.status[old.trail.row] == st.HIDDEN
    left = old.trail.target - clock[old.trail.unit]
    known = dict(
        zip(
            zip(old.trail.row[laid].tolist(), old.trail.area[laid].tolist(), strict=True),
            left[laid].tolist(),
            strict=True,
        )
    )
    for node in np.flatnonzero(old.request.status[new.trail.row] == st.HIDDEN):
        name = (int(new.trail.row[node]), int(new.trail.area[node]))
        new.trail.target[node] = known.get(name, new.trail.target[node])
    for r in np.flatnonzero(old.request.status == st.HIDDEN):
        lay_trail(new, int(r), t)


def _carry_desks(old: State, new: State, t: float) -> None:
    """Departments go on; what a leader had before him lies before the new leader."""
    count = len(DOMAINS)
    new.desk[:count] = old.desk[:count]
    signing = (old.request.status == st.REFERRED) & (old.request.desk >= count)
    busy = _being_signed(old)
    for r in np.flatnonzero(signing):
        zone = new.owner[old.request.domain[r], old.request.cell[r]]
        leader = int(new.zone.leader[zone])
        new.request.zone[r], new.request.era[r] = zone, new.run.era[0]
        new.request.desk[r] = leader
        if int(r) in busy:
            new.desk.busy[leader] += 1
    for r in np.flatnonzero(signing):
        if int(r) in busy:
            continue
        if new.run.approval[0] > 0:
            queue_up(new, int(r), int(new.request.desk[r]), t)
        else:
            send(new, int(r), t)


def _being_signed(old: State) -> set[int]:
    """Requests a leader has in hand: their end is on the heap."""
    size = int(old.run.heap[0])
    codes = [int(code) for code in old.heap.code[:size]]
    return {
        number_of(code)
        for code in codes
        if rank_of(code) == st.JOB_END and class_of(code) == st.DESK_DONE
    }


def _requeue(old: State, new: State, t: float) -> None:
    """What waits goes to its new owner in order of report, and asks there at once."""
    new.urgency.waiting = 0
    rows = np.flatnonzero(old.request.status == st.WAITING)
    for r in rows[np.lexsort((rows, old.request.t_reported[rows]))]:
        domain, c = int(old.request.domain[r]), int(old.request.urgency[r])
        waited = absent_minutes(old, int(old.request.zone[r]), domain, c, t)
        zone = int(new.owner[domain, old.request.cell[r]])
        new.request.zone[r], new.request.era[r] = zone, new.run.era[0]
        gone = waited - old.request.absent_mark[r]
        new.request.absent_mark[r] = absent_minutes(new, zone, domain, c, t) - gone
        join_queue(new, int(r))
    for c in range(len(new.urgency)):
        size = 0
        if class_open(new, c, t):
            for zone in range(len(new.zone)):
                size = gather(new, zone, c, size)
        ask_in_order(new, size, t)
