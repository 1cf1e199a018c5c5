"""Sending somebody: the waits, the way and the work are booked; and calling him off again."""

import numpy as np

from sim.engine.calendar import code_of, schedule
from sim.engine.compiled import kernel
from sim.engine.duty import lay_down, measured, show
from sim.engine.presence import absent_minutes, open_minutes
from sim.engine.queue import leave_queue
from sim.engine.rules import travel_minutes
from sim.engine.state import JOB_END, TAKEN, WAITING, State
from sim.engine.unit import become_busy, become_free
from sim.units import DAY


@kernel
def dispatch(s: State, r: int, w: int, tier: int, t: float) -> None:
    """Send a worker to a request: book the waits, the way and the work."""
    zone, domain, c = s.request.zone[r], s.request.domain[r], s.request.urgency[r]
    if s.request.status[r] == WAITING:
        leave_queue(s, r)
    lay_down(s, w, t)
    s.request.status[r] = TAKEN
    s.request.worker[r], s.request.tier[r] = w, tier
    s.request.from_cell[r] = s.worker.y[w] * s.run.width[0] + s.worker.x[w]
    ready = s.request.t_ready[r]
    s.request.deferred[r] = (t - ready) - open_minutes(s, c, ready, t)
    s.request.off_duty[r] = absent_minutes(s, zone, domain, c, t) - s.request.absent_mark[r]
    s.request.t_dispatch[r] = t
    s.request.t_arrive[r] = t + travel_minutes(s, r, w)
    s.request.work_left[r] = minutes_of_work(s, r, w, t)
    s.worker.requests[w] += int(s.run.measure_from[0] <= t < s.run.measure_to[0])
    s.run.answers[0] += 1
    s.run.in_time[0] += int(s.request.t_arrive[r] - s.request.t_reported[r] <= s.run.in_time_min[0])
    set_out(s, r, w, t)
    become_busy(s, w, t)


@kernel
def minutes_of_work(s: State, r: int, w: int, t: float) -> float:
    """The need's work, longer in foreign domains, among many owners, and after a reform."""
    domain, day = s.request.domain[r], min(int(t // DAY), len(s.daily) - 1)
    slower = 1.0 + s.skill.extra[s.worker.role[w], domain] * s.daily.learning[day]
    shared = s.presence.dilution[s.request.zone[r], domain]
    return s.request.work[r] * slower * shared * s.daily.dip[day]


@kernel
def set_out(s: State, r: int, w: int, t: float) -> None:
    """Go to a request and do what is left of its work; the first arrival stands."""
    travel = travel_minutes(s, r, w)
    there = t + travel
    s.request.t_left[r], s.request.t_there[r] = t, there
    if np.isnan(s.request.t_arrive[r]):
        s.request.t_arrive[r] = there
    s.request.t_served[r] = there + s.request.work_left[r]
    s.request.travel[r] += travel
    s.request.service[r] += s.request.work_left[r]
    s.worker.job[w] = r
    s.worker.travel[w] += measured(s, t, there)
    s.worker.service[w] += measured(s, there, s.request.t_served[r])
    schedule(s, s.request.t_served[r], code_of(JOB_END, s.request.urgency[r], r))


@kernel
def call_off(s: State, w: int, t: float) -> None:
    """Take a worker off his job; he keeps what is left of it and will go back."""
    r = s.worker.job[w]
    there, served = s.request.t_there[r], s.request.t_served[r]
    x, y = whereabouts(s, w, t)
    s.worker.x[w], s.worker.y[w], s.worker.seen[w] = x, y, t
    start = max(t, there)
    s.request.work_left[r] = served - start
    s.request.service[r] -= served - start
    s.worker.service[w] -= measured(s, start, served)
    if t < there:
        s.request.travel[r] -= there - t
        s.worker.travel[w] -= measured(s, t, there)
        if s.request.t_arrive[r] == there:
            s.request.t_arrive[r] = np.nan
    else:
        show(s, w, s.request.cell[r], there)
    s.request.t_served[r] = np.inf
    s.request.cuts[r] += 1
    s.worker.job[w], s.worker.held[w] = -1, r
    become_free(s, w, t)


@kernel
def whereabouts(s: State, w: int, t: float) -> tuple[int, int]:
    """Where somebody on a job is: at the scene, or on his way, along x first."""
    r, width = s.worker.job[w], s.run.width[0]
    x, y = s.worker.x[w], s.worker.y[w]
    to_x, to_y = s.request.cell[r] % width, s.request.cell[r] // width
    left, there = s.request.t_left[r], s.request.t_there[r]
    if t >= there:
        return to_x, to_y
    across, along = abs(to_x - x), abs(to_y - y)
    done = int((across + along) * (t - left) / (there - left))
    first = min(done, across)
    then = min(done - first, along)
    return x + first * (1 if to_x > x else -1), y + then * (1 if to_y > y else -1)


@kernel
def finish_job(s: State, r: int, t: float) -> None:
    """Free the worker where the work was done, or at home, unless a job is waiting for him."""
    w = s.request.worker[r]
    show(s, w, s.request.cell[r], s.request.t_there[r])
    s.worker.job[w] = -1
    s.worker.seen[w] = t
    cell, width = s.request.cell[r], s.run.width[0]
    s.worker.x[w], s.worker.y[w] = cell % width, cell // width
    if s.run.return_home[0] == 1 and s.worker.held[w] < 0:
        s.worker.x[w], s.worker.y[w] = s.worker.home_x[w], s.worker.home_y[w]


@kernel
def go_back(s: State, w: int, t: float) -> None:
    """Return to the job one was called off."""
    r = s.worker.held[w]
    s.worker.held[w] = -1
    set_out(s, r, w, t)
