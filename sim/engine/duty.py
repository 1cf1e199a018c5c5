"""What a worker does between requests: background tasks and patrol.

Neither is an event. They are caught up when somebody looks, with keyed draws, and the
result does not depend on how often that happens.
"""

import numpy as np

from sim.engine.calendar import code_of, schedule
from sim.engine.compiled import kernel
from sim.engine.state import JOB_END, TASK_DONE, State
from sim.keyed import uniform
from sim.units import DAY


@kernel
def measured(s: State, start: float, end: float) -> float:
    """Minutes of ``[start, end)`` that fall in the measured part of the run."""
    return max(0.0, min(end, s.run.measure_to[0]) - max(start, s.run.measure_from[0]))


@kernel
def catch_up(s: State, w: int, t: float) -> None:
    """Advance a worker who is on duty and free of requests to ``t``.

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
    while tick <= last:
        step(s, w, tick)
        tick += 1


@kernel
def step(s: State, w: int, tick: int) -> None:
    """One step inside the unit, or one step home, x first, from outside."""
    if inside(s, w, s.worker.x[w], s.worker.y[w]):
        wander(s, w, tick)
    elif s.worker.x[w] != s.worker.home_x[w]:
        s.worker.x[w] += 1 if s.worker.home_x[w] > s.worker.x[w] else -1
    elif s.worker.y[w] != s.worker.home_y[w]:
        s.worker.y[w] += 1 if s.worker.home_y[w] > s.worker.y[w] else -1
    t = tick * s.run.patrol_min[0]
    if t < s.worker.until[w]:
        show(s, w, s.worker.y[w] * s.run.width[0] + s.worker.x[w], t)


@kernel
def wander(s: State, w: int, tick: int) -> None:
    """One step in a drawn direction, unless it leads out of the unit."""
    x, y = s.worker.x[w], s.worker.y[w]
    luck = uniform(s.run.lucky_patrol[0], s.worker.key[w], np.uint64(tick))
    if luck < 0.25:
        x += 1
    elif luck < 0.5:
        x -= 1
    elif luck < 0.75:
        y += 1
    else:
        y -= 1
    if inside(s, w, x, y):
        s.worker.x[w], s.worker.y[w] = x, y


@kernel
def show(s: State, w: int, cell: int, t: float) -> None:
    """Residents of a cell see a uniform."""
    if s.role.visible[s.worker.role[w]] == 1:
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
