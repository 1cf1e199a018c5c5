"""The state of a run: record arrays, so that compiled and plain Python read the same.

Times are minutes, places are cells, workers, zones and requests are numbers. ``inf`` and
``nan`` mean "not yet"; -1 means "nobody". Mechanisms change the state in place; only
:func:`sim.engine.build.build` makes one.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Records = Any  # np.recarray: attribute access is its point, and no stub knows the fields
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# life of a request
UNBORN, MOVING, WAITING, TAKEN, CLOSED, LOST = range(6)
# who took it: the owner's team, cover, overflow
OWN, COVER, OVERFLOW = range(3)
# order of events at one instant
JOB_END, SHIFT_START, SHIFT_END, RELEASE, ARRIVAL = range(5)
TASK_END_CLASS = 3  # the end of a task shares the rank of the end of a job
# what advance() returns
DONE, GROW = range(2)

RUN = np.dtype(
    [
        # where the run is
        ("now", "f8"),
        ("arrival", "i8"),
        ("calendar", "i8"),
        ("heap", "i8"),
        ("events", "i8"),
        ("best", "i8"),
        ("best_cost", "i8"),
        # what holds throughout
        ("width", "i8"),
        ("metres", "f8"),
        ("measure_from", "f8"),
        ("measure_to", "f8"),
        ("misnamed", "f8"),
        ("patrol_min", "f8"),
        ("cover", "i8"),
        ("overflow", "i8"),
        ("capacity", "f8"),
        ("pick", "i8"),
        ("return_home", "i8"),
        ("responders_first", "i8"),
        ("responders_last", "i8"),
        ("lucky_patrol", "u8"),
        ("lucky_name", "u8"),
        ("lucky_handoff", "u8"),
        ("lucky_unclear", "u8"),
        ("lucky_tie", "u8"),
    ]
)
REQUEST = np.dtype(
    [
        # the need, as drawn
        ("key", "u8"),
        ("t_reported", "f8"),
        ("t_triaged", "f8"),
        ("cell", "i8"),
        ("domain", "i8"),
        ("urgency", "i8"),
        ("work", "f8"),
        # its life
        ("status", "i8"),
        ("zone", "i8"),
        ("worker", "i8"),
        ("tier", "i8"),
        ("hops", "i8"),
        ("before", "i8"),
        ("after", "i8"),
        ("from_cell", "i8"),
        ("absent_mark", "f8"),
        ("t_ready", "f8"),
        ("t_dispatch", "f8"),
        ("t_arrive", "f8"),
        ("t_close", "f8"),
        ("unclear", "f8"),
        ("handoff", "f8"),
        ("deferred", "f8"),
        ("off_duty", "f8"),
    ]
)
WORKER = np.dtype(
    [
        ("key", "u8"),
        ("role", "i8"),
        ("unit", "i8"),
        ("area", "i8"),
        ("responder", "i8"),
        ("post_first", "i8"),
        ("post_last", "i8"),
        ("home_x", "i8"),
        ("home_y", "i8"),
        ("x", "i8"),
        ("y", "i8"),
        ("on_duty", "i8"),
        ("late", "i8"),
        ("job", "i8"),
        ("in_task", "i8"),
        ("task", "i8"),
        ("last_task", "i8"),
        ("task_left", "f8"),
        ("task_start", "f8"),
        ("task_end", "f8"),
        ("seen", "f8"),
        ("wake", "f8"),
        ("off_since", "f8"),
        ("requests", "i8"),
        ("travel", "f8"),
        ("service", "f8"),
        ("background", "f8"),
        ("overtime", "f8"),
    ]
)
URGENCY = np.dtype(
    [
        ("opens", "f8"),
        ("closes", "f8"),
        ("interrupts", "i8"),
        ("citywide", "i8"),
        ("night", "i8"),
        ("handoff", "f8"),
        ("handoff_office", "i8"),
        ("unclear", "f8"),
        ("unclear_office", "i8"),
        ("waiting", "i8"),
    ]
)
ROLE = np.dtype([("metres_per_min", "f8"), ("startup", "f8"), ("reserve", "i8")])
SKILL = np.dtype([("able", "?"), ("factor", "f8")])
ZONE = np.dtype(
    [
        ("line", "i8"),
        ("team_first", "i8"),
        ("team_last", "i8"),
        ("near_first", "i8"),
        ("near_last", "i8"),
        ("help_first", "i8"),
        ("help_last", "i8"),
    ]
)
PRESENCE = np.dtype([("holds", "?"), ("count", "i8"), ("since", "f8")])
QUEUE = np.dtype([("head", "i8"), ("tail", "i8"), ("length", "i8")])
DELAY = np.dtype([("handoff", "f8"), ("unclear", "f8")])
ENTRY = np.dtype([("t", "f8"), ("code", "i8")])
TASK = np.dtype([("t", "f8"), ("minutes", "f8")])


class State(NamedTuple):
    """Everything the compiled loop reads and writes; few members compile fast.

    ``links`` holds the sparse tables one after another: a zone's team is
    ``links[zone.team_first : zone.team_last]``, a worker's zones are
    ``links[worker.post_first : worker.post_last]``, and so on.
    """

    run: Records  # one row: where the run is, and what holds throughout
    request: Records
    worker: Records
    urgency: Records  # by class: hours, delays, and how many wait
    role: Records
    skill: Records  # (roles, domains): able at all, and how much longer it takes
    zone: Records
    presence: Records  # (zones, domains): owned here, eligible on duty, absent since
    absent: Floats  # (zones, domains, classes): open minutes with nobody on duty
    line_present: Ints  # (lines, domains): eligible on duty
    queue: Records  # (zones, classes): links run through requests
    owner: Ints  # (domains, cells) -> zone
    disputed: Bools  # by cell
    links: Ints
    unit_at: Ints  # (areas, cells) -> unit
    unit_free: Ints  # by unit: on duty and not on a request
    preference: Ints  # (cells, workers) -> rank
    delay: Records  # quantiles of delays of median 1
    task: Records  # background tasks by worker and time
    arrivals: Ints  # requests in order of the end of triage
    calendar: Records  # shifts and openings in order
    heap: Records  # ends of jobs and tasks, releases
    sorter: Records  # scratch: requests to be asked in order
