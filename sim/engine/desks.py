"""Departments and leaders: desks with officers, on office hours, first come first served.

A case that needs a specialist leaves the zone after the visit: a leader signs it, a letter
or a whistle carries it, an officer of the department goes and closes it.
"""

import numpy as np

from sim.engine.calendar import code_of, schedule
from sim.engine.compiled import kernel
from sim.engine.delays import delayed, quantile
from sim.engine.state import AT_DESK, DESK_DONE, JOB_END, REFERRED, RELEASE, State
from sim.keyed import uniform
from sim.units import add_office_minutes


@kernel
def refer(s: State, r: int, t: float) -> None:
    """The visit is over, the case is not: a leader signs it, if leaders take time for that."""
    s.request.status[r] = REFERRED
    if s.run.approval[0] > 0.0:
        queue_up(s, r, s.zone.leader[s.request.zone[r]], t)
    else:
        send(s, r, t)


@kernel
def send(s: State, r: int, t: float) -> None:
    """By letter or by whistle to the department of the domain."""
    c = s.request.urgency[r]
    s.request.desk[r] = s.request.domain[r]
    if whistled(s, r):
        luck = uniform(s.run.lucky_whistle[0], s.request.key[r], np.uint64(0))
        minutes = s.urgency.whistle[c] * quantile(s.delay.whistle, luck)
        until = delayed(t, min(minutes, s.run.report_in[0]), s.urgency.whistle_office[c])
    else:
        luck = uniform(s.run.lucky_letter[0], s.request.key[r], np.uint64(0))
        minutes = s.urgency.letter[c] * quantile(s.delay.letter, luck)
        until = delayed(t, minutes, s.urgency.letter_office[c])
    schedule(s, until, code_of(RELEASE, AT_DESK, r))


@kernel
def whistled(s: State, r: int) -> bool:
    """Whether the zone whistles for this case."""
    luck = uniform(s.run.lucky_whistle[0], s.request.key[r], np.uint64(1))
    return luck < s.run.whistled[0]


@kernel
def arrive_at_desk(s: State, r: int, t: float) -> None:
    """The letter has come, or the whistle was heard."""
    s.request.t_desk[r] = t
    queue_up(s, r, s.request.desk[r], t)


@kernel
def queue_up(s: State, r: int, d: int, t: float) -> None:
    """An officer takes the case, or it waits; whistled cases wait before letters."""
    s.request.desk[r] = d
    if s.desk.busy[d] < s.desk.officers[d]:
        attend(s, r, t)
        return
    s.request.after[r] = -1
    if whistled(s, r):
        last = s.desk.whistle_tail[d]
        s.desk.whistle_tail[d] = r
        if last < 0:
            s.desk.whistle_head[d] = r
    else:
        last = s.desk.letter_tail[d]
        s.desk.letter_tail[d] = r
        if last < 0:
            s.desk.letter_head[d] = r
    if last >= 0:
        s.request.after[last] = r


@kernel
def attend(s: State, r: int, t: float) -> None:
    """An officer turns to a case; the work pauses outside office hours."""
    d = s.request.desk[r]
    s.desk.busy[d] += 1
    minutes = s.run.approval[0]
    if d < s.owner.shape[0]:
        minutes = s.request.desk_work[r]
        s.request.t_attended[r] = t
    schedule(s, add_office_minutes(t, minutes), code_of(JOB_END, DESK_DONE, r))


@kernel
def next_at_desk(s: State, d: int, t: float) -> None:
    """An officer is free again and takes the next case, unless he is needed elsewhere."""
    s.desk.busy[d] -= 1
    if s.desk.busy[d] >= s.desk.officers[d]:
        return
    r = s.desk.whistle_head[d]
    if r >= 0:
        s.desk.whistle_head[d] = s.request.after[r]
        if s.request.after[r] < 0:
            s.desk.whistle_tail[d] = -1
    else:
        r = s.desk.letter_head[d]
        if r < 0:
            return
        s.desk.letter_head[d] = s.request.after[r]
        if s.request.after[r] < 0:
            s.desk.letter_tail[d] = -1
    attend(s, r, t)
