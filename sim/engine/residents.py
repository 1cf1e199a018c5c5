"""Residents who lose patience, and what a day of answers does to their trust."""

import numpy as np

from sim.engine.calendar import code_of, schedule
from sim.engine.compiled import kernel
from sim.engine.delays import quantile
from sim.engine.queue import leave_queue
from sim.engine.state import ABANDONED, IMPATIENT, MOVING, RELEASE, WAITING, State
from sim.engine.surge import emergency_closes
from sim.keyed import uniform
from sim.units import DAY


@kernel
def ready_to_report(s: State, r: int) -> bool:
    """Whether the call is made, given the trust of that day."""
    day = int(s.request.t_reported[r] // DAY)
    return s.request.ready_if[r] < s.daily.readiness[min(day, len(s.daily) - 1)]


@kernel
def start_waiting(s: State, r: int, t: float) -> None:
    """Some callers will lose patience."""
    luck = uniform(s.run.lucky_impatient[0], s.request.key[r], np.uint64(0))
    if luck < s.run.impatient[0]:
        schedule(
            s, max(t, s.request.t_reported[r] + patience(s, r)), code_of(RELEASE, IMPATIENT, r)
        )


@kernel
def patience(s: State, r: int) -> float:
    """How long the caller now waits before he calls again [min]."""
    luck = uniform(s.run.lucky_patience[0], s.request.key[r], np.uint64(s.request.calls[r]))
    return s.run.patience[0] * quantile(s.delay.patience, luck)


@kernel
def lose_patience(s: State, r: int, t: float) -> None:
    """Nobody is on the way: give up, or call again and wait as long once more."""
    if s.request.status[r] != MOVING and s.request.status[r] != WAITING:
        return
    luck = uniform(s.run.lucky_abandon[0], s.request.key[r], np.uint64(s.request.calls[r]))
    if luck >= s.run.abandons[0]:
        s.request.calls[r] += 1
        schedule(s, t + patience(s, r), code_of(RELEASE, IMPATIENT, r))
        return
    if s.request.status[r] == WAITING:
        leave_queue(s, r)
    s.request.status[r] = ABANDONED
    s.run.answers[0] += 1
    if s.urgency.citywide[s.request.urgency[r]] == 1:
        emergency_closes(s, t)


@kernel
def new_day(s: State, t: float) -> None:
    """Trust follows the share of yesterday's answers that came in time."""
    if s.run.answers[0] > 0:
        share = s.run.in_time[0] / s.run.answers[0]
        s.run.trust[0] += s.run.trust_gain[0] * (share - s.run.trust[0])
    s.run.answers[0], s.run.in_time[0] = 0, 0
    day = int(t // DAY)
    if day < len(s.daily):
        change = s.run.trust[0] - s.run.trust_start[0]
        reports = s.run.readiness[0] * (1.0 + s.run.trust_reports[0] * change)
        turnout = 1.0 + s.run.trust_turnout[0] * change
        s.daily.readiness[day] = min(max(reports, 0.0), 1.0)
        s.daily.turnout[day] = min(max(turnout, 0.0), 1.0)
