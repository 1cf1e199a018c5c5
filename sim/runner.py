"""One case in, one record out."""

from typing import Any

import numpy as np
import pandas as pd

from sim.case import Case
from sim.engine.build import Plan, build, grown, plan
from sim.engine.loop import advance, look
from sim.engine.state import GROW, State
from sim.record import STATUS, TIERS, Record, class_names, domain_names, named
from sim.units import DAY


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
    state = proceed(build(planned), case.clock.total_days * DAY)
    return record(planned, state)


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
    requests = _requests(planned, state)
    result = Record(
        requests=requests,
        work=_work(planned, state),
        balance=planned.zones.balance,
        facts={
            "measured_min": clock.days * DAY,
            "follow_up_min": clock.follow_up_days * DAY,
            "end_min": clock.total_days * DAY,
        },
    )
    check(result, state)
    return result


def _requests(planned: Plan, state: State) -> pd.DataFrame:
    tape, city, clock = planned.world.tape, planned.world.city, planned.case.clock
    keep = tape.reported
    rows = state.request[keep]
    start, end = clock.warmup_days * DAY, (clock.warmup_days + clock.days) * DAY
    waited = rows.t_dispatch - rows.t_ready
    lines = tuple(line.name for line in planned.case.policy.layout.lines)
    line = np.where(rows.zone >= 0, planned.zones.line[rows.zone], -1)
    role = np.where(rows.worker >= 0, planned.posting.role[rows.worker], -1)
    columns: dict[str, Any] = {
        "request": rows.key.astype(np.int64),
        "t_reported": rows.t_reported,
        "measured": (rows.t_reported >= start) & (rows.t_reported < end),
        "cell": rows.cell,
        "community": named(city.community[rows.cell], city.communities),
        "domain": domain_names(rows.domain),
        "urgency": class_names(rows.urgency),
        "vulnerable": tape.vulnerable[keep],
        "zone": rows.zone,
        "line": named(line, lines),
        "worker": rows.worker,
        "role": named(role, planned.roles),
        "tier": named(rows.tier, TIERS),
        "status": named(rows.status, STATUS),
        "handoffs": rows.hops,
        "t_ready": rows.t_ready,
        "t_dispatch": rows.t_dispatch,
        "t_arrive": _by(rows.t_arrive, clock.total_days * DAY),
        "t_close": _by(rows.t_close, clock.total_days * DAY),
        "triage": rows.t_triaged - rows.t_reported,
        "unclear": rows.unclear,
        "handoff": rows.handoff,
        "deferred": rows.deferred,
        "off_duty": rows.off_duty,
        "queue": waited - rows.deferred - rows.off_duty,
        "travel": rows.t_arrive - rows.t_dispatch,
        "service": rows.t_close - rows.t_arrive,
    }
    return pd.DataFrame(columns)


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
    closes = state.request.t_close[np.where(over, worker.job, 0)] if over.any() else end
    until = np.minimum(np.minimum(closes, end), state.run.now[0])
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
    rows = result.requests
    arrived = state.request.t_triaged[state.arrivals] <= state.run.now[0]
    if int((rows.status != "unborn").sum()) != int(arrived.sum()):
        raise RunError("requests were lost or doubled between report and queue")
    if int((rows.status == "waiting").sum()) != int(state.queue.length.sum()):
        raise RunError("the queues and the requests' status disagree")
    taken = rows[rows.t_dispatch.notna()].sort_values(["worker", "t_dispatch"])
    ends = taken.t_dispatch + taken.travel + taken.service
    overlap = (taken.worker.to_numpy()[1:] == taken.worker.to_numpy()[:-1]) & (
        taken.t_dispatch.to_numpy()[1:] < ends.to_numpy()[:-1] - 1e-6
    )
    if overlap.any():
        raise RunError("somebody was sent to two requests at once")
    if len(taken) and float(taken.queue.min()) < -1e-6:
        raise RunError("a waiting time is negative")
