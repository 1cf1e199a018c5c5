"""What a worker does between requests: background tasks and patrol.

Neither is an event. They are caught up when somebody looks, with keyed draws, and the
result does not depend on how often that happens.
"""

import numpy as np

from sim.engine.calendar import code_of, schedule
from sim.engine.compiled import kernel
from sim.engine.state import JOB_END, TASK_DONE, State
from sim.keyed import of_entity, quarter
from sim.units import DAY


@kernel
def measured(s: State, start: float, end: float) -> float:
    """Minutes of ``[start, end)`` that fall in the measured part of the run."""
    return max(0.0, min(end, s.run.measure_to[0]) - max(start, s.run.measure_from[0]))


@kernel
def catch_up(s: State, w: int, t: float) -> None:
    """Advance a worker who is on duty and free of requests to ``t``."""
    pass_time(s, w, t, walking=True)


@kernel
def leave_off(s: State, w: int, t: float) -> None:
    """The shift is over, and the worker goes home.

    Where he walked since somebody last looked matters only if residents saw his uniform.
    """
    pass_time(s, w, t, walking=in_uniform(s, w))
    s.worker.x[w], s.worker.y[w] = s.worker.home_x[w], s.worker.home_y[w]
    lay_down(s, w, t)


@kernel
def pass_time(s: State, w: int, t: float, walking: bool) -> None:  # noqa: FBT001 - no keywords only in compiled code
    """Tasks and, in between, patrol up to ``t``.

    A task that begins exactly at ``t`` has not begun: the worker counts as idle.
    """
    now = s.worker.seen[w]
    while now < t:
        if s.worker.in_task[w] == 1:
            if s.worker.task_end[w] > t:
                break
            now = s.worker.task_end[w]
            finish_task(s, w)
            continue
        task = s.worker.task[w]
        due = s.task.t[task] if task < s.worker.last_task[w] else np.inf
        if due <= now:
            s.worker.in_task[w] = 1
            s.worker.task_start[w] = now
            s.worker.task_end[w] = now + s.worker.task_left[w]
        else:
            if walking:
                walk(s, w, now, min(due, t))
            now = min(due, t)
    s.worker.seen[w] = t


@kernel
def finish_task(s: State, w: int) -> None:
    """Book the task in hand and turn to the next in line."""
    s.worker.background[w] += measured(s, s.worker.task_start[w], s.worker.task_end[w])
    s.worker.in_task[w] = 0
    s.worker.task[w] += 1
    if s.worker.task[w] < s.worker.last_task[w]:
        s.worker.task_left[w] = s.task.minutes[s.worker.task[w]]


@kernel
def lay_down(s: State, w: int, t: float) -> None:
    """Interrupt the task in hand; its remainder stays first in line."""
    if s.worker.in_task[w] == 1:
        s.worker.background[w] += measured(s, s.worker.task_start[w], t)
        s.worker.task_left[w] = s.worker.task_end[w] - t
        s.worker.in_task[w] = 0


@kernel
def wake_after_task(s: State, w: int) -> None:
    """Have a worker look for requests when the task in hand ends, or else the one to come."""
    end = s.worker.task_end[w]
    if s.worker.in_task[w] == 0:
        task = s.worker.task[w]
        if task >= s.worker.last_task[w]:
            return
        end = max(s.task.t[task], s.worker.seen[w]) + s.worker.task_left[w]
    if s.worker.wake[w] != end:
        s.worker.wake[w] = end
        schedule(s, end, code_of(JOB_END, TASK_DONE, w))


@kernel
def walk(s: State, w: int, start: float, end: float) -> None:
    """Patrol: one step at each multiple of the step time in ``(start, end]``."""
    if s.run.patrol_min[0] <= 0.0:
        return
    tick = int(start // s.run.patrol_min[0]) + 1
    last = int(end // s.run.patrol_min[0])
    while tick <= last and not inside(s, w, s.worker.x[w], s.worker.y[w]):
        step_home(s, w, tick)
        tick += 1
    if tick <= last:
        wander(s, w, tick, last)


@kernel
def step_home(s: State, w: int, tick: int) -> None:
    """One step home, x first, from outside the unit."""
    if s.worker.x[w] != s.worker.home_x[w]:
        s.worker.x[w] += 1 if s.worker.home_x[w] > s.worker.x[w] else -1
    elif s.worker.y[w] != s.worker.home_y[w]:
        s.worker.y[w] += 1 if s.worker.home_y[w] > s.worker.y[w] else -1
    t = tick * s.run.patrol_min[0]
    if t < s.worker.until[w]:
        show(s, w, s.worker.y[w] * s.run.width[0] + s.worker.x[w], t)


@kernel
def wander(s: State, w: int, tick: int, last: int) -> None:
    """A step in a drawn direction at each tick up to the last, unless it leads out of the unit.

    Most of a run's time passes here: no branch hangs on what is drawn.
    """
    width, cells, unit = s.run.width[0], s.unit_at.shape[1], s.worker.unit[w]
    area, x, y = s.worker.area[w], s.worker.x[w], s.worker.y[w]
    mine = of_entity(s.run.lucky_patrol[0], s.worker.key[w])
    seen = in_uniform(s, w)
    while tick <= last:
        way = quarter(mine, np.uint64(tick))
        to_x, to_y = x + int(way == 0) - int(way == 1), y + int(way == 2) - int(way == 3)
        cell = to_y * width + to_x
        if 0 <= to_x < width and 0 <= cell < cells:
            stays = int(s.unit_at[area, cell] == unit)
            x, y = x + stays * (to_x - x), y + stays * (to_y - y)
        t = tick * s.run.patrol_min[0]
        if seen and t < s.worker.until[w]:
            show(s, w, y * width + x, t)
        tick += 1
    s.worker.x[w], s.worker.y[w] = x, y


@kernel
def in_uniform(s: State, w: int) -> bool:
    """Whether residents who see him see a uniform."""
    return s.role.visible[s.worker.role[w]] == 1


@kernel
def show(s: State, w: int, cell: int, t: float) -> None:
    """Residents of a cell see a uniform."""
    if in_uniform(s, w):
        day = int(t // DAY)
        if day < s.shown.shape[0]:
            s.shown[day, cell] = True


@kernel
def inside(s: State, w: int, x: int, y: int) -> bool:
    """Whether a place lies in the worker's unit."""
    width = s.run.width[0]
    if x < 0 or x >= width or y < 0 or y * width + x >= s.unit_at.shape[1]:
        return False
    return s.unit_at[s.worker.area[w], y * width + x] == s.worker.unit[w]
