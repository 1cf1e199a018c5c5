"""The event loop: events in order of (time, rank, class, number), one at a time."""

import numpy as np

from sim.engine.calendar import class_of, code_of, drop, number_of, rank_of, sooner
from sim.engine.compiled import kernel
from sim.engine.desks import arrive_at_desk
from sim.engine.duty import catch_up, show
from sim.engine.residents import lose_patience, new_day
from sim.engine.routing import begin, open_class, reopen, seek_owner, take_in
from sim.engine.sensing import become_known, find
from sim.engine.shifts import (
    ask_cover,
    end_job,
    end_shift,
    leave_desk,
    look_for_work,
    start_shift,
)
from sim.engine.state import (
    ARRIVAL,
    ASK_COVER,
    AT_DESK,
    BEGIN,
    DESK_DONE,
    DONE,
    FIND,
    GROW,
    IMPATIENT,
    JOB_END,
    KNOWN,
    LOOK_FOR_WORK,
    NEW_DAY,
    RELEASE,
    REOPEN,
    SHIFT_END,
    SHIFT_START,
    TASK_DONE,
    State,
)


@kernel
def advance(s: State, until: float) -> int:
    """Process every event up to and including ``until``.

    Returns ``GROW`` when the heap might overflow: enlarge it and call again.
    """
    margin = 4 * len(s.worker) + 64
    while True:
        if s.run.heap[0] + margin > len(s.heap):
            return GROW
        t, code, source = next_event(s)
        if t > until:
            break
        s.run.now[0] = t
        s.run.events[0] += 1
        take_off(s, source)
        happen(s, t, code)
    s.run.now[0] = until
    return DONE


@kernel
def next_event(s: State) -> tuple[float, int, int]:
    """Time, code and source (0 heap, 1 calendar, 2 arrivals) of the next event."""
    t, code, source = np.inf, 0, 0
    if s.run.heap[0] > 0:
        t, code = s.heap.t[0], s.heap.code[0]
    at = s.run.calendar[0]
    if at < len(s.calendar) and sooner(s.calendar.t[at], s.calendar.code[at], t, code):
        t, code, source = s.calendar.t[at], s.calendar.code[at], 1
    at = s.run.arrival[0]
    if at < len(s.arrivals):
        r = s.arrivals[at]
        arrival = code_of(ARRIVAL, s.request.urgency[r], r)
        if sooner(s.request.t_enter[r], arrival, t, code):
            t, code, source = s.request.t_enter[r], arrival, 2
    return t, code, source


@kernel
def take_off(s: State, source: int) -> None:
    """Remove the next event from where it came."""
    if source == 0:
        s.run.heap[0] = drop(s.heap, s.run.heap[0])
    elif source == 1:
        s.run.calendar[0] += 1
    else:
        s.run.arrival[0] += 1


@kernel
def happen(s: State, t: float, code: int) -> None:
    """Let one event happen."""
    rank, kind, number = rank_of(code), class_of(code), number_of(code)
    if rank == JOB_END:
        end_work(s, kind, number, t)
    elif rank == SHIFT_START:
        start_shift(s, number, t)
    elif rank == SHIFT_END:
        change_shift(s, kind, number, t)
    elif rank == RELEASE:
        release(s, kind, number, t)
    elif rank == ARRIVAL:
        take_in(s, number, t)


@kernel
def end_work(s: State, kind: int, number: int, t: float) -> None:
    """A visit, a task or the work of a desk is done."""
    if kind == TASK_DONE:
        look_for_work(s, number, t)
    elif kind == DESK_DONE:
        leave_desk(s, number, t)
    else:
        end_job(s, number, t)


@kernel
def change_shift(s: State, kind: int, number: int, t: float) -> None:
    """Somebody goes; then, when all have, those who came look about."""
    if kind == LOOK_FOR_WORK:
        look_for_work(s, number, t)
    elif kind == ASK_COVER:
        ask_cover(s, t)
    else:
        end_shift(s, number, t)


@kernel
def release(s: State, kind: int, number: int, t: float) -> None:
    """A delay has passed."""
    if kind < len(s.urgency):
        if number == 0:
            open_class(s, kind, t)
        else:
            seek_owner(s, number - 1, t)
    elif kind == NEW_DAY:
        new_day(s, t)
    elif kind == AT_DESK:
        arrive_at_desk(s, number, t)
    elif kind == REOPEN:
        reopen(s, number, t)
    elif kind == BEGIN:
        begin(s, number, t)
    elif kind == IMPATIENT:
        lose_patience(s, number, t)
    elif kind == KNOWN:
        become_known(s, number, t)
    elif kind == FIND:
        find(s, number, t)


@kernel
def look(s: State, t: float) -> None:
    """Bring everybody up to ``t``: who is free walks, who is on a job may have arrived."""
    for w in range(len(s.worker)):
        r = s.worker.job[w]
        if r >= 0 and s.request.t_there[r] <= t:
            show(s, w, s.request.cell[r], s.request.t_there[r])
        elif r < 0 and s.worker.on_duty[w] == 1:
            catch_up(s, w, t)
