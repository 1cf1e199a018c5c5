"""When everybody is on duty, and the background tasks that fall into each shift.

Both hang on the worker's number alone. Neighbours on the list take different shifts and
different days off, so every small team is as well covered as its size allows.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim import keyed
from sim.base import minute_of_day
from sim.keyed import Floats, Purpose
from sim.policy.staffing import Rota
from sim.shelf import Same, Shelf, text
from sim.units import DAY
from sim.world import Seeds
from sim.world.service import Background

Ints = NDArray[np.int64]
_GOLDEN = 0.6180339887498949  # spreads successive numbers most evenly over (0, 1)


@dataclass(frozen=True)
class Duty:
    """Stretches of duty ``[start, end)``, sorted by worker and time; no two touch."""

    worker: Ints
    start: Floats
    end: Floats


@dataclass(frozen=True)
class Tasks:
    """Background tasks sorted by worker and time.

    Attributes
    ----------
    first : worker w's tasks are first[w]..first[w + 1] - 1
    t, minutes : when each falls due and how long it takes [min]
    """

    first: Ints
    t: Floats
    minutes: Floats


_DUTIES: Shelf[Duty] = Shelf(4)
_TASKS: Shelf[Tasks] = Shelf(4)


def draw_duty(rotas: tuple[Rota, ...], role: Ints, days: int, seeds: Seeds) -> Duty:
    """Lay everybody's shifts over ``days`` days, starting the evening before day 0."""
    key = (tuple(map(text, rotas)), role.tobytes(), days, seeds.seed, seeds.rota)
    return _DUTIES.get(key, lambda: _lay_shifts(rotas, role, days, seeds))


def _lay_shifts(rotas: tuple[Rota, ...], role: Ints, days: int, seeds: Seeds) -> Duty:
    stream = keyed.stream(seeds.seed, seeds.rota, Purpose.SHIFT)
    workers, starts, ends = [], [], []
    for number, rota in enumerate(rotas):
        who = np.flatnonzero(role == number)
        place = np.arange(len(who))
        spread = (float(keyed.u(stream, number)) + place * _GOLDEN) % 1.0
        limits = np.cumsum([shift.share for shift in rota.shifts])
        shift = np.minimum(np.searchsorted(limits, spread, side="right"), len(limits) - 1)
        turn = int(7 * keyed.u(stream, number, 1))
        day = np.arange(-1, days)
        first = place + turn if rota.from_day < 0 else np.full(len(place), 7 - rota.from_day)
        on = (day[None, :] + first[:, None]) % 7 < rota.days_on
        opens = np.array([minute_of_day(item.start) for item in rota.shifts])
        closes = np.array([minute_of_day(item.end) for item in rota.shifts])
        length = np.where(closes > opens, closes - opens, closes - opens + DAY)
        row, column = np.nonzero(on)
        start = DAY * day[column] + opens[shift[row]]
        workers.append(who[row])
        starts.append(start)
        ends.append(start + length[shift[row]])
    return _joined(np.concatenate(workers), np.concatenate(starts), np.concatenate(ends), days)


def _joined(worker: Ints, start: Floats, end: Floats, days: int) -> Duty:
    """Cut to the horizon and join shifts that touch, so that duty has no seams."""
    start, end = np.maximum(start, 0.0), np.minimum(end, days * DAY)
    keep = end > start
    worker, start, end = worker[keep], start[keep], end[keep]
    if not len(worker):  # everybody is off for as long as is simulated
        return Duty(worker, start, end)
    order = np.lexsort((start, worker))
    worker, start, end = worker[order], start[order], end[order]
    touches = np.zeros(len(worker), dtype=np.bool_)
    touches[1:] = (worker[1:] == worker[:-1]) & (start[1:] <= end[:-1])
    opening = np.flatnonzero(~touches)
    closing = np.append(opening[1:], len(worker)) - 1
    return Duty(worker[opening], start[opening], end[closing.astype(np.int64)])


def draw_tasks(spec: Background, carried: Floats, duty: Duty, workers: int, seeds: Seeds) -> Tasks:
    """Background tasks of every stretch of duty, keyed by worker, stretch and ordinal.

    Parameters
    ----------
    carried : the share of the background load each worker's role carries, by worker
    """
    load = (spec.share, spec.task_min, carried.tobytes(), Same(duty), workers)
    return _TASKS.get(
        (*load, seeds.seed, seeds.rota),
        lambda: _draw_tasks(spec, carried, duty, workers, seeds),
    )


def _draw_tasks(spec: Background, carried: Floats, duty: Duty, workers: int, seeds: Seeds) -> Tasks:

    def luck(purpose: Purpose, entity: Ints, k: Ints | int = 0) -> Floats:
        return keyed.u(keyed.stream(seeds.seed, seeds.rota, purpose), entity, k)

    name = (duty.worker << 32) | np.floor(duty.start).astype(np.int64)
    length = duty.end - duty.start
    mean = length * spec.share * carried[duty.worker] / spec.task_min
    count = np.floor(mean + luck(Purpose.TASK_COUNT, name)).astype(np.int64)
    count[mean <= 0] = 0
    stretch = np.repeat(np.arange(len(count)), count)
    ordinal = np.arange(len(stretch)) - np.repeat(np.cumsum(count) - count, count)
    moment = luck(Purpose.TASK_TIME, name[stretch], ordinal)
    moment = np.sort(stretch + moment) - stretch  # sorted within each stretch
    minutes = -spec.task_min * np.log(luck(Purpose.TASK_LENGTH, name[stretch], ordinal))
    owner = duty.worker[stretch]
    first = np.searchsorted(owner, np.arange(workers + 1))
    return Tasks(first, duty.start[stretch] + length[stretch] * moment, minutes)
