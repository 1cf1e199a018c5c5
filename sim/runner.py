"""One case in, one record out."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from sim.case import Case
from sim.engine.build import Plan, build, grown, plan
from sim.engine.loop import advance, look
from sim.engine.reform import change_policy
from sim.engine.state import GROW, TAKEN, UNBORN, UNREPORTED, State
from sim.record import STATUS, TIERS, Record, class_names, domain_names, named
from sim.units import DAY
from sim.world.tape import CALL, KINDS, KNOWN_BY, LATENT, RECURRING

_STRETCH = 2048  # rows of the engine's table, 424 bytes each


class RunError(RuntimeError):
    """A run that violates conservation: its results must not be used."""


def run(case: Case) -> Record:
    """Simulate a case.

    Raises
    ------
    CaseError
        The case is inconsistent; the message names key, value and what is allowed.
    RunError
        The engine lost or doubled something; a defect, never the user's mistake.
    """
    planned = plan(case)
    return record(planned, proceed(begin(planned), planned.end_min))


def begin(planned: Plan) -> State:
    """The state at minute 0 or, where the policy changes in mid-run, on the day it does."""
    if planned.before is None:
        return build(planned)
    t = planned.case.clock.reform_day * DAY
    state = proceed(build(planned.before), float(np.nextafter(t, 0.0)))
    return change_policy(state, planned.before, planned, t)


def proceed(state: State, until: float) -> State:
    """Advance a state to ``until`` [min], with more room for events when needed."""
    with np.errstate(over="ignore"):
        while advance(state, until) == GROW:
            state = grown(state)
        look(state, until)
    return state


def record(planned: Plan, state: State) -> Record:
    """The tables of a state."""
    clock = planned.case.clock
    result = Record(
        requests=_requests(planned, state),
        work=_work(planned, state),
        balance=planned.zones.balance,
        facts={
            "measured_min": clock.days * DAY,
            "follow_up_min": clock.follow_up_days * DAY,
            "end_min": clock.total_days * DAY,
            "trust": float(state.run.trust[0]),
            **_visibility(planned, state),
        },
    )
    check(result, state)
    return result


def _kept(planned: Plan, state: State) -> Any:
    """Rows of the tape that something may be said about."""
    tape, status, end = planned.world.tape, state.request.status, planned.end_min
    calls = (tape.kind == CALL) & (status != UNREPORTED) & ((status != UNBORN) | tape.reported)
    begun = ((tape.kind == LATENT) | (tape.kind == RECURRING)) & (tape.t_enter <= end)
    followed = (tape.parent >= 0) & (status != UNBORN)
    return np.flatnonzero(calls | begun | followed)


def _columns(request: Any, keep: Any) -> Any:
    """Some rows column by column, read in stretches that fit the processor's cache."""
    columns = {name: np.empty(len(keep), request.dtype[name]) for name in request.dtype.names}
    for first in range(0, len(keep), _STRETCH):
        stretch = slice(first, first + _STRETCH)
        rows = request[keep[stretch]]
        for name, column in columns.items():
            column[stretch] = rows[name]
    return SimpleNamespace(**columns)


def _requests(planned: Plan, state: State) -> pd.DataFrame:
    tape, city, clock = planned.world.tape, planned.world.city, planned.case.clock
    keep, end = _kept(planned, state), planned.end_min
    rows = _columns(state.request, keep)
    kind = tape.kind[keep]
    begins = np.where(kind == LATENT, tape.t_enter[keep], rows.t_reported)
    start = clock.warmup_days * DAY
    inside = (begins >= start) & (begins < start + clock.days * DAY)
    role = np.where(rows.worker >= 0, planned.posting.role[rows.worker], -1)
    columns: dict[str, Any] = {
        "request": rows.key.astype(np.int64),
        "kind": named(kind, KINDS),
        "t_onset": np.where(kind == LATENT, tape.t_enter[keep], np.nan),
        "t_reported": rows.t_reported,
        "measured": inside & ((kind == CALL) | (kind == LATENT)),
        "cell": rows.cell,
        "community": named(city.community[rows.cell], city.communities),
        "domain": domain_names(rows.domain),
        "urgency": class_names(rows.urgency),
        "vulnerable": tape.vulnerable[keep],
        **_resident(planned, tape.resident[keep]),
        "zone": rows.zone,
        "line": _lines(planned, rows),
        "worker": rows.worker,
        "role": named(role, planned.roles),
        "tier": named(rows.tier, TIERS),
        "status": named(rows.status, STATUS),
        "handoffs": rows.hops,
        "repeats": rows.calls,
        "outdoor": tape.outdoor[keep],
        "found_by": _found_by(planned, rows, keep),
        "t_ready": rows.t_ready,
        "t_dispatch": rows.t_dispatch,
        "t_arrive": _by(rows.t_arrive, end),
        "t_served": _by(rows.t_served, end),
        "t_desk": rows.t_desk,
        "t_attended": rows.t_attended,
        "t_close": _by(rows.t_close, end),
        **_parts(rows),
    }
    return pd.DataFrame(columns)


def _resident(planned: Plan, who: Any) -> dict[str, Any]:
    """Where the resident lives and whether he is 60 or older; missing for non-residents."""
    people, city = planned.world.people, planned.world.city
    community = np.where(who >= 0, city.community[people.home[who]], -1)
    return {
        "home": named(community, city.communities),
        "elderly": people.elderly[who] & (who >= 0),
    }


def _lines(planned: Plan, rows: Any) -> Any:
    """The owner's line by name, each request under the policy that gave it to him."""
    eras = [planned] if planned.before is None else [planned.before, planned]
    names: list[str] = []
    code = np.full(len(rows.zone), -1)
    for era, item in enumerate(eras):
        lines = [line.name for line in item.case.policy.layout.lines]
        names.extend(name for name in lines if name not in names)
        place = np.array([names.index(name) for name in lines])
        mine = (rows.zone >= 0) & (rows.era == era)
        code[mine] = place[item.zones.line[rows.zone[mine]]]
    return named(code, tuple(names))


def _parts(rows: Any) -> dict[str, Any]:
    """The parts of the time; what an interruption took is waiting."""
    taken = ~np.isnan(rows.t_dispatch)
    waited = rows.t_dispatch - rows.t_ready
    with np.errstate(invalid="ignore"):
        away = (rows.t_served - rows.t_dispatch) - rows.travel - rows.service
    away = np.where((rows.cuts > 0) & np.isfinite(away), away, 0.0)
    return {
        "triage": rows.t_triaged - rows.t_reported,
        "unclear": rows.unclear,
        "handoff": rows.handoff,
        "deferred": rows.deferred,
        "off_duty": rows.off_duty,
        "queue": waited - rows.deferred - rows.off_duty + away,
        "travel": np.where(taken, rows.travel, np.nan),
        "service": np.where(taken, rows.service, np.nan),
        "coordination": rows.t_close - rows.t_served,
    }


def _found_by(planned: Plan, rows: Any, keep: Any) -> Any:
    """Who brought a hidden problem to light; missing for all else."""
    known = (*planned.roles, *KNOWN_BY)
    by_itself = len(planned.roles) + rows.known_by
    lit = (planned.world.tape.kind[keep] == LATENT) & ~np.isnan(rows.t_reported)
    return named(np.where(lit, np.where(rows.finder >= 0, rows.finder, by_itself), -1), known)


def _visibility(planned: Plan, state: State) -> dict[str, float]:
    """Share of cells, and of residents at home, that see a uniform on a measured day."""
    clock, density = planned.case.clock, planned.world.city.density
    begun = int(np.ceil(state.run.now[0] / DAY))
    days = state.shown[clock.warmup_days : min(clock.warmup_days + clock.days, begun)]
    if not len(days):
        return {"visible_cells": float("nan"), "visible_residents": float("nan")}
    return {
        "visible_cells": float(days.mean()),
        "visible_residents": float((days @ density).mean() / density.sum()),
    }


def _by(t: Any, end: float) -> Any:
    """Moments up to the end of the run; later ones have not come yet."""
    return np.where(t <= end, t, np.nan)


def _work(planned: Plan, state: State) -> pd.DataFrame:
    worker, duty, clock = state.worker, planned.duty, planned.case.clock
    start, end = clock.warmup_days * DAY, (clock.warmup_days + clock.days) * DAY
    paid = np.minimum(duty.end, end) - np.maximum(duty.start, start)
    return pd.DataFrame(
        {
            "worker": np.arange(len(worker)),
            "role": named(worker.role, planned.roles),
            "unit": worker.unit,
            "requests": worker.requests,
            "travel": worker.travel,
            "service": worker.service,
            "background": worker.background,
            "overtime": worker.overtime + _overtime_in_hand(state, start, end),
            "paid": np.bincount(duty.worker, np.maximum(paid, 0), minlength=len(worker)),
            "undone": _undone(planned, state),
        }
    )


def _overtime_in_hand(state: State, start: float, end: float) -> Any:
    """Overtime of jobs still in hand, which is otherwise booked when they end [min]."""
    worker = state.worker
    over = (worker.on_duty == 0) & (worker.job >= 0)
    until = min(end, float(state.run.now[0]))
    minutes = until - np.maximum(worker.off_since, start)
    return np.where(over, np.maximum(minutes, 0.0), 0.0)


def _undone(planned: Plan, state: State) -> Any:
    """Background work that fell due and was left, per worker [min]."""
    tasks, worker = planned.tasks, state.worker
    done = np.concatenate([[0.0], np.cumsum(tasks.minutes)])
    left = done[tasks.first[1:]] - done[worker.task]
    started = worker.task < worker.last_task
    head = np.minimum(worker.task, max(len(tasks.minutes) - 1, 0))
    if len(tasks.minutes):
        left = np.where(started, left - tasks.minutes[head] + worker.task_left, left)
    return left


def check(result: Record, state: State) -> None:
    """Conservation: every request is somewhere once, and times add up.

    Raises
    ------
    RunError
    """
    rows, every = result.requests, state.request
    arrived = every.t_enter[state.arrivals] <= state.run.now[0]
    began = ~np.isnan(every.t_enter)
    if int((every.status[began] != UNBORN).sum()) != int(arrived.sum()):
        raise RunError("requests were lost or doubled between report and queue")
    if int((rows.status == "waiting").sum()) != int(state.queue.length.sum()):
        raise RunError("the queues and the requests' status disagree")
    _check_hands(every, state.worker)
    taken = np.flatnonzero(~np.isnan(every.t_dispatch) & (every.cuts == 0))
    order = taken[np.lexsort((every.t_dispatch[taken], every.worker[taken]))]
    if (_same_worker(every, order) & _overlaps(every, order)).any():
        raise RunError("somebody was sent to two requests at once")
    if len(taken) and float(rows.queue.min()) < -1e-6:
        raise RunError("a waiting time is negative")


def _check_hands(every: Any, worker: Any) -> None:
    """Every request in hand is in the hand of the one who was sent, and of nobody else."""
    taken = np.flatnonzero(every.status == TAKEN)
    who = every.worker[taken]
    if not ((worker.job[who] == taken) | (worker.held[who] == taken)).all():
        raise RunError("a request is in nobody's hands")
    for hand in (worker.job, worker.held):
        busy = np.flatnonzero(hand >= 0)
        if not (every.worker[hand[busy]] == busy).all():
            raise RunError("two were sent to one request")


def _same_worker(every: Any, order: Any) -> Any:
    return every.worker[order[1:]] == every.worker[order[:-1]]


def _overlaps(every: Any, order: Any) -> Any:
    return every.t_dispatch[order[1:]] < every.t_served[order[:-1]] - 1e-6
