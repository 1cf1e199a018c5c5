"""Coming on duty, going off, and the end of a job."""

from sim.engine.compiled import kernel
from sim.engine.dispatch import finish_job, pick_next
from sim.engine.duty import catch_up, lay_down, measured
from sim.engine.presence import appear, disappear
from sim.engine.queue import class_open
from sim.engine.routing import ask_in_order, gather_uncovered
from sim.engine.state import CLOSED, State


@kernel
def start_shift(s: State, w: int, t: float) -> None:
    """Come on duty at home; a job still running delays it."""
    if s.worker.job[w] >= 0:
        s.worker.late[w] = 1
        return
    s.worker.on_duty[w], s.worker.late[w] = 1, 0
    s.worker.x[w], s.worker.y[w] = s.worker.home_x[w], s.worker.home_y[w]
    s.worker.seen[w] = t
    s.unit_free[s.worker.unit[w]] += 1
    appear(s, w, t)
    pick_next(s, w, t)


@kernel
def end_shift(s: State, w: int, t: float) -> None:
    """Go off duty; a job in hand is finished first, a task in hand is left."""
    s.worker.late[w] = 0
    if s.worker.on_duty[w] == 0:
        return
    s.worker.on_duty[w], s.worker.off_since[w] = 0, t
    if s.worker.job[w] < 0:
        catch_up(s, w, t)
        lay_down(s, w, t)
        s.unit_free[s.worker.unit[w]] -= 1
    disappear(s, w, t)
    ask_cover(s, w, t)


@kernel
def ask_cover(s: State, w: int, t: float) -> None:
    """Requests that lost their last eligible worker ask those who stand in."""
    for c in range(len(s.urgency)):
        if s.urgency.waiting[c] == 0 or not class_open(s, c, t):
            continue
        size = 0
        if s.urgency.night[c] == 1:
            for zone in range(len(s.zone)):
                size = gather_uncovered(s, zone, c, size)
        else:
            for at in range(s.worker.post_first[w], s.worker.post_last[w]):
                size = gather_uncovered(s, s.links[at], c, size)
        ask_in_order(s, size, t)


@kernel
def end_job(s: State, r: int, t: float) -> None:
    """A request is closed and its worker free: to the next one, to a shift, or home."""
    s.request.status[r] = CLOSED
    w = s.request.worker[r]
    finish_job(s, r, t)
    if s.worker.on_duty[w] == 1:
        s.unit_free[s.worker.unit[w]] += 1
        pick_next(s, w, t)
        return
    s.worker.overtime[w] += measured(s, s.worker.off_since[w], t)
    if s.worker.late[w] == 1:
        start_shift(s, w, t)


@kernel
def end_task(s: State, w: int, t: float) -> None:
    """A task that kept a worker from a request may have ended: let him look."""
    if s.worker.on_duty[w] == 1 and s.worker.job[w] < 0:
        pick_next(s, w, t)
