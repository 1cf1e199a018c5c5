"""The plain model in ordinary Python: what the four Python references have in common.

It holds no queue of events. A reference adds how time passes: it calls :meth:`City.take_in`
when a request comes, :meth:`City.seek` when a handoff is over, :meth:`City.finish` when a
visit is, and :meth:`City.change` when shifts change or a class opens, and it says in
``sent`` and ``passed_on`` what is to be done about a visit and a handoff that begin.

Written as somebody would who wants it quick in plain Python: lists and slots, teams looked
up, patrol made up for when somebody looks, luck drawn in bulk with NumPy where that is known
beforehand. Keyed numbers are the engine's own.
"""

from collections import deque
from typing import Any

import numpy as np

from experiments.benchmark.given import Given, Outcome
from sim import keyed
from sim.engine.state import LOOK_FOR_WORK, RELEASE, SHIFT_END, SHIFT_START
from sim.units import DAY, add_office_minutes

_ALL = 2**64 - 1
_M1, _M2 = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_ENTITY, _COUNT = 0x9E3779B97F4A7C15, 0xD1B54A32D192ED03
_DX, _DY = (1, -1, 0, 0), (0, 0, 1, -1)
_NUMBER, _CLASS = (1 << 54) - 1, 15


def luck(stream: int, entity: int, k: int) -> float:
    """:func:`sim.keyed.uniform` on Python's integers."""
    h = (stream + entity * _ENTITY) & _ALL
    h = ((h ^ (h >> 30)) * _M1) & _ALL
    h = ((h ^ (h >> 27)) * _M2) & _ALL
    h = h ^ (h >> 31) ^ (((k + _M1) * _COUNT) & _ALL)
    h = ((h ^ (h >> 30)) * _M1) & _ALL
    h = ((h ^ (h >> 27)) * _M2) & _ALL
    return ((h ^ (h >> 31)) >> 11) * 2.0**-53 + 2.0**-54


class Worker:
    """Somebody who is sent: where he is, until when he is on duty, and what he is on."""

    __slots__ = (
        *("number", "key", "role", "unit", "cells", "zones", "home_x", "home_y", "x", "y"),
        *("ends", "bases", "stretch", "until", "late", "job", "tick", "base"),
    )

    def post(self, given: Given, number: int, bases: list[int]) -> "Worker":
        """Take what a table says of worker ``number``; returns himself."""
        row = given.worker[number]
        first, last = given.stretch[number], given.stretch[number + 1]
        self.number, self.key, self.role = number, int(row["key"]), int(row["role"])
        self.unit, self.cells = int(row["unit"]), given.unit_at[int(row["area"])]
        self.zones = given.posts.row(number)
        self.home_x, self.home_y = int(row["home_x"]), int(row["home_y"])
        self.x, self.y = self.home_x, self.home_y
        self.ends: list[float] = given.duty_end[first:last].tolist()
        self.bases = bases[first:last]  # of his stretches in the table of steps
        self.stretch, self.until, self.late = 0, -1.0, False
        self.job, self.tick, self.base = -1, 0, 0
        return self


class City:
    """Requests, teams and queues; time is passed in."""

    def __init__(self, given: Given) -> None:
        self.given = given
        self.tables()
        self.worker = [
            self.make(number).post(given, number, self.bases) for number in range(len(given.worker))
        ]
        self.team = [
            [[self.worker[w] for w in team] for team in by_domain] for by_domain in given.eligible
        ]
        self.queue = [[deque[int]() for _ in range(given.classes)] for _ in range(given.zones)]
        self.waiting = [0] * given.classes
        count, nan = len(given.key), float("nan")
        self.zone, self.hops, self.who = [-1] * count, [0] * count, [-1] * count
        self.t_ready, self.t_dispatch, self.t_arrive = [nan] * count, [nan] * count, [nan] * count
        self.t_served, self.t_close = [nan] * count, [nan] * count

    def tables(self) -> None:
        """Where each stretch's steps of patrol lie in the table that :meth:`draw` fills."""
        given, step = self.given, self.given.patrol_min
        self.bases, self.count = [0] * len(given.duty_start), np.zeros(0, np.int64)
        if step > 0:
            first = (given.duty_start // step).astype(np.int64)
            self.count = (given.duty_end // step).astype(np.int64) + 1 - first
            self.bases = (np.cumsum(self.count) - self.count - first).tolist()

    def draw(self) -> None:
        """Draw in bulk what is known to be needed: the first names, and steps of patrol."""
        given, count = self.given, self.count
        self.named: list[float] = keyed.u(np.uint64(given.lucky_name), given.keys).tolist()
        if not len(count):
            return
        who = np.repeat(np.arange(len(given.worker)), np.diff(given.stretch))
        tick = np.arange(count.sum()) - np.repeat(np.array(self.bases), count)
        walks = keyed.u(np.uint64(given.lucky_patrol), np.repeat(who, count), tick)
        self.steps = (4.0 * walks).astype(np.int8).tobytes()

    # --- what a reference adds --------------------------------------------------------

    def make(self, number: int) -> Any:
        """A worker without a post; ``number`` tells which."""
        del number
        return Worker()

    def sent(self, r: int, w: Any) -> None:
        """A visit begins, which is over at ``t_served[r]``."""
        raise NotImplementedError

    def passed_on(self, r: int, until: float) -> None:
        """A handoff begins, which is over at ``until``."""
        raise NotImplementedError

    # --- requests ---------------------------------------------------------------------

    def seek(self, r: int, t: float) -> None:
        """Hand a request to the owner it names; a wrong one passes it on after a delay."""
        given = self.given
        owner, cell = given.owner, given.cell[r]
        zone = owner[given.domain[r]][cell]
        if owner[self.name(r)][cell] == zone:
            self.be_ready(r, zone, t)
        else:
            self.passed_on(r, self.delayed(r, t))

    def name(self, r: int) -> int:
        """The domain named at this hop."""
        given, hop = self.given, self.hops[r]
        domain: int = given.domain[r]
        chance = luck(given.lucky_name, given.key[r], hop) if hop else self.named[r]
        if chance >= given.misnamed:
            return domain
        others = given.domains - 1
        other = min(int(chance / given.misnamed * others), others - 1)
        return other if other < domain else other + 1

    def delayed(self, r: int, t: float) -> float:
        """When a handoff that begins now is over."""
        given, c = self.given, self.given.urgency[r]
        chance = luck(given.lucky_handoff, given.key[r], self.hops[r])
        self.hops[r] += 1
        minutes = given.handoff[c] * given.delays[int(chance * len(given.delays))]
        return add_office_minutes(t, minutes) if given.office[c] == 1 else t + minutes

    def be_ready(self, r: int, zone: int, t: float) -> None:
        """At the owner's: somebody is sent, or the request queues."""
        c = self.given.urgency[r]
        self.zone[r], self.t_ready[r] = zone, t
        if self.is_open(c, t) and self.find_worker(r, t):
            return
        line, at = self.queue[zone][c], 0
        while at < len(line) and (self.t_ready[line[-1 - at]], line[-1 - at]) > (t, r):
            at += 1
        line.insert(len(line) - at, r)
        self.waiting[c] += 1

    def is_open(self, c: int, t: float) -> bool:
        """Whether a class is served."""
        return self.given.opens[c] <= t % DAY < self.given.closes[c]

    def find_worker(self, r: int, t: float) -> bool:
        """Send the nearest free one of the team in whole seconds, ties by lot."""
        given, x, y = self.given, self.given.x[r], self.given.y[r]
        startup, pace, metres = given.startup, given.metres_per_min, given.metres
        tick = int(t // given.patrol_min) if given.patrol_min > 0 else 0
        best, least = None, 0
        for w in self.team[self.zone[r]][given.domain[r]]:
            if w.until <= t or w.job >= 0:
                continue
            if w.tick < tick:
                self.walk(w, tick)
            steps = abs(x - w.x) + abs(y - w.y)
            price = int(60.0 * (startup[w.role] + steps * metres / pace[w.role]) + 0.5)
            if best is None or price < least:
                best, least = w, price
            elif price == least and self.lot(r, w) < self.lot(r, best):
                best = w
        if best is not None:
            self.send(r, best, t)
        return best is not None

    def lot(self, r: int, w: Any) -> float:
        """A number per request and worker."""
        return luck(self.given.lucky_tie, self.given.key[r], w.key)

    def send(self, r: int, w: Any, t: float) -> None:
        """Book the way and the work."""
        given, domain = self.given, self.given.domain[r]
        steps = abs(given.x[r] - w.x) + abs(given.y[r] - w.y)
        travel = given.startup[w.role] + steps * given.metres / given.metres_per_min[w.role]
        slower, shared = given.slower[w.role][domain], given.dilution[self.zone[r]][domain]
        w.job, self.who[r] = r, w.number
        self.t_dispatch[r], self.t_arrive[r] = t, t + travel
        self.t_served[r] = t + travel + given.work[r] * slower * shared
        self.sent(r, w)

    # --- workers ----------------------------------------------------------------------

    def finish(self, w: Any, t: float) -> None:
        """The visit is over; he stays where it was, or his shift begins at home."""
        given, r = self.given, w.job
        self.t_close[r] = t
        w.job, w.x, w.y = -1, given.x[r], given.y[r]
        self.be_free(w, t)
        if w.late:
            w.late, w.x, w.y = False, w.home_x, w.home_y
        if w.until > t:
            self.pick_next(w, t)

    def be_free(self, w: Any, t: float) -> None:
        """From now on he walks."""
        step = self.given.patrol_min
        w.tick = int(t // step) if step > 0 else 0

    def come(self, w: Any, t: float) -> None:
        """Come on duty, at home unless on a job."""
        w.until, w.base = w.ends[w.stretch], w.bases[w.stretch]
        w.late = w.job >= 0
        if not w.late:
            w.x, w.y = w.home_x, w.home_y
            self.be_free(w, t)

    def go(self, w: Any) -> None:
        """Go off duty; a job in hand is finished."""
        w.stretch += 1
        w.until, w.late = -1.0, False

    def pick_next(self, w: Any, t: float) -> None:
        """Send a free worker to the smallest (class, ready, number) that waits for him."""
        for c, count in enumerate(self.waiting):
            if count and self.is_open(c, t):
                r = self.first_for(w, c)
                if r >= 0:
                    if self.given.patrol_min > 0:
                        self.walk(w, int(t // self.given.patrol_min))
                    self.queue[self.zone[r]][c].remove(r)
                    self.waiting[c] -= 1
                    self.send(r, w, t)
                    return

    def first_for(self, w: Any, c: int) -> int:
        """The first request of a class in his zones that he has the skill for, or -1."""
        able, domain, ready, best = self.given.able[w.role], self.given.domain, self.t_ready, -1
        for zone in w.zones:
            for r in self.queue[zone][c]:
                if able[domain[r]]:
                    if best < 0 or (ready[r], r) < (ready[best], best):
                        best = r
                    break
        return best

    def walk(self, w: Any, tick: int) -> None:
        """Patrol up to a step: home first, from outside the unit, then wherever luck leads."""
        width, height, cells, unit = self.given.width, self.given.height, w.cells, w.unit
        x, y, now = w.x, w.y, w.tick
        while now < tick and cells[y * width + x] != unit and (x, y) != (w.home_x, w.home_y):
            now += 1
            if x != w.home_x:
                x += 1 if w.home_x > x else -1
            else:
                y += 1 if w.home_y > y else -1
        if cells[y * width + x] == unit:
            for way in self.steps[w.base + now + 1 : w.base + tick + 1]:
                nx, ny = x + _DX[way], y + _DY[way]
                if 0 <= nx < width and 0 <= ny < height and cells[ny * width + nx] == unit:
                    x, y = nx, ny
        w.x, w.y, w.tick = x, y, tick

    # --- calendar ---------------------------------------------------------------------

    def change(self, codes: list[int], t: float) -> None:
        """Shifts that change and classes that open at one moment, in the engine's order."""
        for code in codes:
            rank, kind, number = code >> 58, (code >> 54) & _CLASS, code & _NUMBER
            if rank == SHIFT_START:
                self.come(self.worker[number], t)
            elif rank == SHIFT_END and kind == 0:
                self.go(self.worker[number])
            elif rank == SHIFT_END and kind == LOOK_FOR_WORK:
                w = self.worker[number]
                if w.until > t and w.job < 0:
                    self.pick_next(w, t)
            elif rank == RELEASE and kind < self.given.classes:
                self.open_class(kind, t)

    def open_class(self, c: int, t: float) -> None:
        """What waits asks for a worker, the earliest ready first."""
        asking = sorted((self.t_ready[r], r) for lines in self.queue for r in lines[c])
        for _, r in asking:
            if self.find_worker(r, t):
                self.queue[self.zone[r]][c].remove(r)
                self.waiting[c] -= 1

    def outcome(self) -> Outcome:
        """What happened to every request."""
        return Outcome(
            np.array(self.who, dtype=np.int64),
            np.array(self.t_dispatch),
            np.array(self.t_arrive),
            np.array(self.t_close),
        )
