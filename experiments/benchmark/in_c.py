"""The plain model in C: compiled into a temporary folder and called in this process."""

import ctypes
import shutil
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from experiments.benchmark.given import Outcome, eligible, posts, stretches
from sim.engine.state import State

SOURCE = Path(__file__).with_name("city.c")
FLAGS = ("-O3", "-std=c11", "-ffp-contract=off", "-fPIC", "-shared")

# in the order of the struct City of the source
COUNTS = (
    *("requests", "workers", "zones", "domains", "classes", "cells", "width"),
    *("arrivals", "calendar", "delays"),
)
NUMBERS = ("patrol_min", "metres", "misnamed")
STREAMS = ("lucky_name", "lucky_handoff", "lucky_tie", "lucky_patrol")
TABLES = (
    *("key", "t_enter", "work", "cell", "domain", "urgency", "arrival"),
    *("worker_key", "role", "unit", "area", "home_x", "home_y"),
    *("stretch", "post_first", "post", "duty_end"),
    *("team_first", "team", "owner", "unit_at"),
    *("opens", "closes", "handoff", "office"),
    *("delay", "startup", "metres_per_min", "slower", "dilution", "able"),
    *("calendar_t", "calendar_code"),
    *("who", "t_dispatch", "t_arrive", "t_close"),
)
FIELDS: list[tuple[str, Any]] = [
    *((name, ctypes.c_int64) for name in COUNTS),
    *((name, ctypes.c_double) for name in NUMBERS),
    *((name, ctypes.c_uint64) for name in STREAMS),
    *((name, ctypes.c_void_p) for name in TABLES),
]


class _City(ctypes.Structure):
    _fields_ = FIELDS


def compiler() -> str | None:
    """The C compiler of this machine."""
    return shutil.which("gcc")


@lru_cache(maxsize=1)
def library() -> Any:
    """The compiled source.

    Raises
    ------
    RuntimeError
        There is no compiler, or it refuses the source.
    """
    found = compiler()
    if found is None:
        raise RuntimeError("no gcc")
    with tempfile.TemporaryDirectory(prefix="onegrid.") as folder:
        target = Path(folder) / "city.so"
        words = [found, *FLAGS, str(SOURCE), "-o", str(target), "-lm"]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"gcc: {done.stderr.strip()}")
        loaded = ctypes.CDLL(str(target))  # stays loaded when the file is gone
    loaded.simulate.argtypes = [ctypes.POINTER(_City), ctypes.c_double]
    loaded.simulate.restype = None
    return loaded


class CCity:
    """The tables as arrays, and the call."""

    def __init__(self, s: State) -> None:
        self.call = library().simulate
        self.tables = _tables(s)
        zones, domains = s.presence.shape
        counts = (
            *(len(s.request), len(s.worker), zones, domains, len(s.urgency)),
            *(s.unit_at.shape[1], int(s.run.width[0])),
            *(len(s.arrivals), len(s.calendar), len(s.delay)),
        )
        self.city = _City()
        for name, count in zip(COUNTS, counts, strict=True):
            setattr(self.city, name, count)
        for name in NUMBERS:
            setattr(self.city, name, float(s.run[name][0]))
        for name in STREAMS:
            setattr(self.city, name, int(s.run[name][0]))
        for name in TABLES:
            setattr(self.city, name, self.tables[name].ctypes.data)

    def run(self, until: float) -> None:
        """Let everything happen up to ``until`` [min]."""
        self.call(ctypes.byref(self.city), until)

    def outcome(self) -> Outcome:
        """What happened to every request."""
        found = self.tables
        return Outcome(found["who"], found["t_dispatch"], found["t_arrive"], found["t_close"])


def _tables(s: State) -> dict[str, Any]:
    """Every table by name, contiguous."""
    team, post, nothing = eligible(s), posts(s), np.full(len(s.request), np.nan)
    found = {
        **{name: s.request[name] for name in TABLES[:6]},
        **{name: s.worker[name] for name in ("role", "unit", "area", "home_x", "home_y")},
        **{name: s.urgency[name] for name in ("opens", "closes", "handoff")},
        **{name: s.role[name] for name in ("startup", "metres_per_min")},
        "arrival": s.arrivals,
        "worker_key": s.worker.key,
        "stretch": stretches(s),
        "post_first": post.first,
        "post": post.members,
        "duty_end": s.duty.end,
        "team_first": team.first,
        "team": team.members,
        "owner": s.owner,
        "unit_at": s.unit_at,
        "office": s.urgency.handoff_office,
        "delay": s.delay.handoff,
        "slower": 1.0 + s.skill.extra * s.daily.learning[0],
        "dilution": s.presence.dilution,
        "able": s.skill.able.astype(np.int64),
        "calendar_t": s.calendar.t,
        "calendar_code": s.calendar.code,
        "who": np.full(len(s.request), -1),
        **{name: nothing.copy() for name in ("t_dispatch", "t_arrive", "t_close")},
    }
    return {name: np.ascontiguousarray(found[name]).copy() for name in TABLES}
