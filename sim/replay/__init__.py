"""One stretch of one run, kept so that it can be watched: two layouts on one clock.

:func:`record_pair` runs both arms of a replication, looks at them every few minutes and returns
a plain mapping that JSON can hold. Looking changes nothing: the engine is advanced from one look
to the next and ends where it would have ended.

The mapping (``FORMAT`` says which one)
    ``start_min`` of the stretch, from Monday 00:00 of day 0; ``every_min`` between looks;
    ``looks``; ``replication``; ``ground``, see :mod:`sim.replay.ground`; ``requests``, what both
    arms share; ``arms``, for each its name, ``lines`` and zones, the ``tracks`` of its workers
    (:mod:`sim.replay.tracks`) and the ``lives`` of the requests (:mod:`sim.replay.lives`).
    Times are whole seconds since the start of the stretch, and null where they never came.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from sim.base import Spec, TimeOfDay, minute_of_day
from sim.case import Case, Clock
from sim.replay.ground import ground, lines
from sim.replay.lives import common, lives, union
from sim.replay.tracks import tracks
from sim.replay.watch import Watched, watch
from sim.units import DAY

__all__ = ["FORMAT", "Stretch", "record_pair", "write"]

FORMAT = 1


class Stretch(Spec):
    """What part of which run is kept."""

    replication: Annotated[int, Field(ge=0, lt=2**31)] = Field(description="which run")
    measured_day: Annotated[int, Field(ge=0, le=3650)] = Field(
        description="day on which it starts, counted from the first measured one [days]"
    )
    starts: TimeOfDay = Field(description="when it starts on that day")
    hours: Annotated[float, Field(gt=0, le=336)] = Field(
        description="how long it is, at most to the end of the run [h]"
    )
    every_min: Annotated[float, Field(ge=1, le=60)] = Field(
        description="time between two looks at where workers are [min]"
    )

    def start_min(self, clock: Clock) -> float:
        """Minutes from Monday 00:00 of day 0 to its start [min]."""
        return (clock.warmup_days + self.measured_day) * DAY + minute_of_day(self.starts)

    def moments(self, clock: Clock) -> list[float]:
        """When somebody looks [min]."""
        start = self.start_min(clock)
        length = min(60.0 * self.hours, clock.total_days * DAY - start)
        return [start + self.every_min * look for look in range(int(length / self.every_min) + 1)]


@dataclass(frozen=True)
class _Arm:
    name: str
    seen: Watched


def record_pair(cases: Mapping[str, Case], stretch: Stretch) -> dict[str, Any]:
    """Run every case of a replication and keep what can be seen of it in a stretch.

    Parameters
    ----------
    cases : by arm, the baseline first; one world

    Returns
    -------
    The mapping described at the top of this module; the same cases give the same mapping.
    """
    clock = next(iter(cases.values())).clock
    moments = stretch.moments(clock)
    arms = [
        _Arm(name, watch(case.replicate(stretch.replication), np.array(moments)))
        for name, case in cases.items()
    ]
    first = arms[0].seen.plan
    keys = union([arm.seen for arm in arms])
    return {
        "format": FORMAT,
        "replication": stretch.replication,
        "start_min": moments[0],
        "every_min": stretch.every_min,
        "looks": len(moments),
        "ground": ground(first),
        "requests": common([arm.seen for arm in arms], keys),
        "arms": [_arm(arm, keys) for arm in arms],
    }


def _arm(arm: _Arm, keys: Any) -> dict[str, Any]:
    return {
        "name": arm.name,
        "lines": lines(arm.seen.plan),
        "tracks": tracks(arm.seen),
        "lives": lives(arm.seen, keys),
    }


def write(path: Path, replay: Mapping[str, Any]) -> None:
    """Write a replay: the same one gives the same bytes."""
    text = json.dumps(replay, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
