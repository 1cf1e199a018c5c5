"""Coming on duty, going off, and the end of a job.

At one instant everybody comes and goes first; then those who came look for work, and then
the requests that those who went have left ask who stands in.
"""

import numpy as np

from sim.engine.calendar import code_of, schedule
from sim.engine.compiled import kernel
from sim.engine.desks import next_at_desk, refer, send
from sim.engine.duty import leave_off, measured
from sim.engine.picking import look_about, pick_before_going_back
from sim.engine.presence import appear, disappear
from sim.engine.queue import class_open
from sim.engine.routing import ask_in_order, gather_uncovered, hand_on
from sim.engine.sending import finish_job, go_back
from sim.engine.state import CLOSED, RELEASE, REOPEN, TAKEN, State
from sim.engine.surge import emergency_closes
from sim.engine.unit import become_busy, become_free
from sim.keyed import uniform
from sim.units import DAY
from sim.world.tape import PART


@kernel
def start_shift(s: State, w: int, t: float) -> None:
    """Come on duty; a job still running is no longer overtime, and one begins after it."""
    if not turns_up(s, w, t):
        return
    s.worker.on_duty[w] = 1
    s.worker.until[w] = s.duty.end[s.worker.stretch[w]]
    s.worker.post_last[w] = s.worker.post_end[w]
    appear(s, w, t)
    if s.worker.job[w] >= 0:
        s.worker.overtime[w] += measured(s, s.worker.off_since[w], t)
        s.worker.late[w] = 1
    else:
        start_at_home(s, w, t)


@kernel
def turns_up(s: State, w: int, t: float) -> bool:
    """Whether he comes: those who come of free will may not."""
    day = min(int(t // DAY), len(s.daily) - 1)
    if s.role.turnout[s.worker.role[w]] == 0 or s.daily.turnout[day] >= 1.0:
        return True
    luck = uniform(s.run.lucky_turnout[0], s.worker.key[w], np.uint64(day))
    return luck < s.daily.turnout[day]


@kernel
def start_at_home(s: State, w: int, t: float) -> None:
    """Begin the shift, free, in one's home cell."""
    s.worker.late[w] = 0
    s.worker.x[w], s.worker.y[w] = s.worker.home_x[w], s.worker.home_y[w]
    s.worker.seen[w] = t
    become_free(s, w, t)


@kernel
def look_for_work(s: State, w: int, t: float) -> None:
    """Take what waits, once everybody who changes shifts at this instant has."""
    if s.worker.on_duty[w] == 1 and s.worker.job[w] < 0:
        look_about(s, w, t)


@kernel
def end_shift(s: State, w: int, t: float) -> None:
    """Go off duty; a job in hand is finished first, a task in hand is left."""
    s.worker.stretch[w] += 1
    if s.worker.on_duty[w] == 0:
        return
    s.worker.on_duty[w], s.worker.late[w], s.worker.off_since[w] = 0, 0, t
    if s.worker.job[w] < 0:
        leave_off(s, w, t)
        become_busy(s, w, t)
    disappear(s, w, t)


@kernel
def ask_cover(s: State, t: float) -> None:
    """All have gone who go now: requests left without anybody ask those who stand in."""
    for c in range(len(s.urgency)):
        if s.urgency.waiting[c] > 0 and class_open(s, c, t):
            size = 0
            for zone in range(len(s.zone)):
                size = gather_uncovered(s, zone, c, size)
            ask_in_order(s, size, t)


@kernel
def end_job(s: State, r: int, t: float) -> None:
    """The visit is over: the worker goes on to what is next, and so does the case."""
    w = s.request.worker[r]
    if s.request.status[r] != TAKEN or s.worker.job[w] != r or s.request.t_served[r] != t:
        return  # he was called off, and came back later
    finish_job(s, r, t)
    free_worker(s, w, t)
    if s.urgency.citywide[s.request.urgency[r]] == 1:
        emergency_closes(s, t)
    look_for_work(s, w, t)
    go_on(s, r, t)


@kernel
def free_worker(s: State, w: int, t: float) -> None:
    """To what would call him off again, to the job he was called off, to his shift, or home."""
    if s.worker.held[w] >= 0:
        become_free(s, w, t)
        if not pick_before_going_back(s, w, t):
            become_busy(s, w, t)
            go_back(s, w, t)
    elif s.worker.late[w] == 1:
        start_at_home(s, w, t)
    elif s.worker.on_duty[w] == 1:
        become_free(s, w, t)
    else:
        s.worker.overtime[w] += measured(s, s.worker.off_since[w], t)


@kernel
def go_on(s: State, r: int, t: float) -> None:
    """To a specialist, to the owner of the second part, or closed."""
    if s.request.specialist[r] == 1:
        refer(s, r, t)
    elif s.request.part[r] >= 0:
        hand_on(s, r, t)
    else:
        close(s, r, t)


@kernel
def close(s: State, r: int, t: float) -> None:
    """Closed, with the case it was a part of; some come back a day later."""
    s.request.status[r], s.request.t_close[r] = CLOSED, t
    if s.request.kind[r] == PART:
        r = s.request.parent[r]
        s.request.status[r], s.request.t_close[r] = CLOSED, t
    if s.request.again[r] >= 0:
        schedule(s, t + s.run.reopen_after[0], code_of(RELEASE, REOPEN, s.request.again[r]))


@kernel
def leave_desk(s: State, r: int, t: float) -> None:
    """A leader has signed, or a department has closed the case."""
    d = s.request.desk[r]
    next_at_desk(s, d, t)
    if d < s.owner.shape[0]:
        close(s, r, t)
    else:
        send(s, r, t)


@kernel
def set_officers(s: State, d: int, officers: int, t: float) -> None:
    """A department gets or gives officers; those who come take what waits."""
    s.desk.officers[d] = officers
    while s.desk.busy[d] < officers and s.desk.whistle_head[d] + s.desk.letter_head[d] > -2:
        s.desk.busy[d] += 1
        next_at_desk(s, d, t)
