"""Time, and the order of events at one instant."""

from collections.abc import Generator
from enum import IntEnum
from heapq import heappush
from typing import Any

import simpy
from simpy.events import EventPriority

Process = Generator[simpy.Event, Any]


class Rank(IntEnum):
    """What goes first when several things happen at one instant."""

    STEP = 0  # on patrol: whoever looks at an instant sees the step of that instant made
    END = 1  # of a job, a task, or what an officer does
    SHIFT_START = 2
    SHIFT_END = 3
    RELEASE = 4  # a delay has passed, or a class opens
    ARRIVAL = 5
    DUE = 6  # a task that falls due when somebody looks has not begun


# what shares a rank with requests and comes after their classes 0, 1 and 2
TASK_END, DESK_END = 3, 4  # among ends
LOOK_FOR_WORK, ASK_COVER = 1, 2  # among ends of shifts, once all have come and gone
NEW_DAY, AT_DESK, REOPEN, BEGIN, IMPATIENT, KNOWN, FIND = range(3, 10)  # among releases
_FIRST = 2  # SimPy keeps priorities 0 and 1 for what goes on within an instant


class Clock(simpy.Environment):
    """SimPy's time in minutes from Monday 00:00 of day 0, with a rank for every event."""

    def at(self, moment: float, rank: Rank, group: int = 0, number: int = 0) -> simpy.Event:
        """An event at ``moment`` [min]; those of one instant come by (rank, group, number).

        SimPy adds a delay to the time that is now, and the sum can miss ``moment`` by its
        last bit; two events of one instant would fall apart. So the moment is scheduled.
        """
        event = simpy.Event(self)
        event._ok, event._value = True, None
        order = EventPriority(_FIRST + (((rank * 16 + group) << 40) | number))
        heappush(self._queue, (float(moment), order, next(self._eid), event))
        return event

    def run_through(self, end: float) -> None:
        """Let everything happen up to ``end``, and what happens at ``end`` too [min]."""
        while self.peek() <= end:
            self.step()
