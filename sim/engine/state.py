"""The state of a run: record arrays, so that compiled and plain Python read the same.

Times are minutes, places are cells, workers, zones and requests are numbers. ``inf`` and
``nan`` mean "not yet"; -1 means "nobody". Mechanisms change the state in place; only
:func:`sim.engine.build.build` makes one.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.base import DOMAINS
from sim.engine.pointer import by_pointer

Records = Any  # np.recarray: attribute access is its point, and no stub knows the fields
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# life of a request
UNBORN, MOVING, WAITING, TAKEN, CLOSED, LOST = range(6)
HIDDEN, REFERRED, PARTED, ABANDONED, UNREPORTED = range(6, 11)
# who took it: the owner's team, cover, overflow, the backup of a chain
OWN, COVER, OVERFLOW, CHAIN = range(4)
# order of events at one instant
JOB_END, SHIFT_START, SHIFT_END, RELEASE, ARRIVAL = range(5)
# the class of an event that is not a request's: it shares a rank and comes after the classes
TASK_DONE, DESK_DONE = 3, 4  # with the ends of jobs
LOOK_FOR_WORK, ASK_COVER = 1, 2  # with the ends of shifts, once all have come and gone
NEW_DAY, AT_DESK, REOPEN, BEGIN, IMPATIENT, KNOWN, FIND = range(3, 10)  # with the releases
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
        ("era", "i8"),
        ("emergencies", "i8"),
        ("surge", "i8"),
        ("rounds", "i8"),
        ("trust", "f8"),
        ("answers", "i8"),
        ("in_time", "i8"),
        # what holds throughout
        ("width", "i8"),
        ("metres", "f8"),
        ("measure_from", "f8"),
        ("measure_to", "f8"),
        ("misnamed", "f8"),
        ("patrol_min", "f8"),
        ("cover", "i8"),
        ("overflow", "i8"),
        ("chain", "i8"),
        ("capacity", "f8"),
        ("ageing", "f8"),
        ("pick", "i8"),
        ("return_home", "i8"),
        ("responders_first", "i8"),
        ("responders_last", "i8"),
        ("surge_from", "f8"),
        ("surge_to", "f8"),
        ("whistled", "f8"),
        ("report_in", "f8"),
        ("approval", "f8"),
        ("impatient", "f8"),
        ("patience", "f8"),
        ("abandons", "f8"),
        ("in_time_min", "f8"),
        ("readiness", "f8"),
        ("trust_start", "f8"),
        ("trust_gain", "f8"),
        ("trust_reports", "f8"),
        ("trust_turnout", "f8"),
        ("reopen_after", "f8"),
        ("lucky_patrol", "u8"),
        ("lucky_name", "u8"),
        ("lucky_handoff", "u8"),
        ("lucky_unclear", "u8"),
        ("lucky_tie", "u8"),
        ("lucky_letter", "u8"),
        ("lucky_whistle", "u8"),
        ("lucky_impatient", "u8"),
        ("lucky_patience", "u8"),
        ("lucky_abandon", "u8"),
        ("lucky_turnout", "u8"),
    ]
)
REQUEST = np.dtype(
    [
        # the need, as drawn
        ("key", "u8"),
        ("kind", "i8"),
        ("t_enter", "f8"),
        ("t_reported", "f8"),
        ("triage", "f8"),
        ("t_triaged", "f8"),
        ("cell", "i8"),
        ("domain", "i8"),
        ("urgency", "i8"),
        ("work", "f8"),
        ("ready_if", "f8"),
        ("specialist", "i8"),
        ("desk_work", "f8"),
        ("parent", "i8"),
        ("part", "i8"),
        ("again", "i8"),
        # a hidden problem: when it shows by itself, how, and what it then is
        ("t_known", "f8"),
        ("known_by", "i8"),
        ("then_domain", "i8"),
        ("then_urgency", "i8"),
        ("then_work", "f8"),
        ("first_trail", "i8"),
        ("last_trail", "i8"),
        ("finder", "i8"),
        # its life
        ("status", "i8"),
        ("zone", "i8"),
        ("era", "i8"),
        ("worker", "i8"),
        ("tier", "i8"),
        ("hops", "i8"),
        ("calls", "i8"),
        ("cuts", "i8"),
        ("before", "i8"),
        ("after", "i8"),
        ("from_cell", "i8"),
        ("desk", "i8"),
        ("absent_mark", "f8"),
        ("t_ready", "f8"),
        ("t_dispatch", "f8"),
        ("t_left", "f8"),
        ("t_there", "f8"),
        ("t_arrive", "f8"),
        ("t_served", "f8"),
        ("t_desk", "f8"),
        ("t_attended", "f8"),
        ("t_close", "f8"),
        ("unclear", "f8"),
        ("handoff", "f8"),
        ("deferred", "f8"),
        ("off_duty", "f8"),
        ("travel", "f8"),
        ("service", "f8"),
        ("work_left", "f8"),
    ]
)
WORKER = np.dtype(
    [
        ("key", "u8"),
        # what the choice of a worker looks at, side by side
        ("role", "i8"),
        ("unit", "i8"),
        ("after", "i8"),
        ("post_last", "i8"),
        ("post_end", "i8"),
        ("x", "i8"),
        ("y", "i8"),
        ("on_duty", "i8"),
        ("until", "f8"),
        ("job", "i8"),
        ("in_task", "i8"),
        ("seen", "f8"),
        ("task_end", "f8"),
        ("task", "i8"),
        ("last_task", "i8"),
        ("task_left", "f8"),
        # the rest
        ("area", "i8"),
        ("responder", "i8"),
        ("switches", "i8"),
        ("post_first", "i8"),
        ("before", "i8"),
        ("home_x", "i8"),
        ("home_y", "i8"),
        ("late", "i8"),
        ("held", "i8"),
        ("stretch", "i8"),
        ("task_start", "f8"),
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
        ("preempts", "i8"),
        ("citywide", "i8"),
        ("night", "i8"),
        ("handoff", "f8"),
        ("handoff_office", "i8"),
        ("unclear", "f8"),
        ("unclear_office", "i8"),
        ("letter", "f8"),
        ("letter_office", "i8"),
        ("whistle", "f8"),
        ("whistle_office", "i8"),
        ("waiting", "i8"),
    ]
)
ROLE = np.dtype(
    [
        ("metres_per_min", "f8"),
        ("startup", "f8"),
        ("reserve", "i8"),
        ("visible", "i8"),
        ("turnout", "i8"),
    ]
)
SKILL = np.dtype([("able", "?"), ("extra", "f8")])
ZONE = np.dtype(
    [
        ("line", "i8"),
        ("leader", "i8"),
        ("backup", "i8"),
        ("ward", "i8"),
        ("team_first", "i8"),
        ("team_last", "i8"),
        ("near_first", "i8"),
        ("near_last", "i8"),
        ("help_first", "i8"),
        ("help_last", "i8"),
    ]
)
UNIT = np.dtype(
    [
        ("free", "i8"),  # on duty and not on a request
        ("first_free", "i8"),
        ("member_first", "i8"),
        ("member_last", "i8"),
        ("role", "i8"),
        ("each", "f8"),  # search rate of one free worker [1/min]
        ("clock", "f8"),  # search done so far
        ("since", "f8"),  # up to when it is counted
        ("head", "i8"),  # first hidden problem on this unit's trail
        ("target", "f8"),  # where on the clock the next one is found
        ("due", "f8"),  # when it will look at the next one
    ]
)
TRAIL = np.dtype([("row", "i8"), ("unit", "i8"), ("area", "i8"), ("target", "f8"), ("next", "i8")])
DESK = np.dtype(
    [
        ("officers", "i8"),
        ("busy", "i8"),
        ("whistle_head", "i8"),
        ("whistle_tail", "i8"),
        ("letter_head", "i8"),
        ("letter_tail", "i8"),
    ]
)
DAILY = np.dtype([("learning", "f8"), ("dip", "f8"), ("readiness", "f8"), ("turnout", "f8")])
PRESENCE = np.dtype([("holds", "?"), ("count", "i8"), ("since", "f8"), ("dilution", "f8")])
QUEUE = np.dtype(
    [
        ("head", "i8", (len(DOMAINS),)),
        ("tail", "i8", (len(DOMAINS),)),
        ("vain", "i8", (len(DOMAINS),)),
        ("length", "i8"),
    ]
)
DELAY = np.dtype(
    [("handoff", "f8"), ("unclear", "f8"), ("letter", "f8"), ("whistle", "f8"), ("patience", "f8")]
)
ENTRY = np.dtype([("t", "f8"), ("code", "i8")])
STRETCH = np.dtype([("start", "f8"), ("end", "f8")])
TASK = np.dtype([("t", "f8"), ("minutes", "f8")])


@by_pointer
class State(NamedTuple):
    """Everything the compiled loop reads and writes; few members compile fast.

    ``links`` holds the sparse tables one after another: the units of a zone's team are
    ``links[zone.team_first : zone.team_last]``, a worker's zones are
    ``links[worker.post_first : worker.post_last]``, and so on.
    """

    run: Records  # one row: where the run is, and what holds throughout
    request: Records
    worker: Records
    urgency: Records  # by class: hours, delays, and how many wait
    role: Records
    skill: Records  # (roles, domains): able at all, and how much longer it takes at first
    zone: Records
    unit: Records  # who patrols together: how many are free, and what they have searched
    trail: Records  # what each unit may find, linked by unit
    desk: Records  # departments by domain, then leaders
    daily: Records  # by day: practice, the dip after a reform, residents' trust
    presence: Records  # (zones, domains): owned here, eligible on duty, absent since
    absent: Floats  # (zones, domains, classes): open minutes with nobody on duty
    line_present: Ints  # (lines, domains): eligible on duty
    queue: Records  # (zones, classes): by domain; links run through requests
    owner: Ints  # (domains, cells) -> zone
    disputed: Bools  # by cell
    shown: Bools  # (days, cells): where somebody in uniform was seen
    links: Ints
    unit_at: Ints  # (areas, cells) -> unit
    preference: Ints  # (cells, workers) -> rank
    delay: Records  # quantiles of delays of median 1
    duty: Records  # stretches by worker and time
    task: Records  # background tasks by worker and time
    arrivals: Ints  # requests in order of entry
    calendar: Records  # shifts, openings and days in order
    heap: Records  # ends of jobs and tasks, releases
    sorter: Records  # scratch: the next of every queue to be asked in order
