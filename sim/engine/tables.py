"""The rows of the engine's state, table by table, from what was drawn for a case."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim import keyed
from sim.base import CLASSES, DOMAINS, CaseError, minute_of_day
from sim.case import Case
from sim.engine import state as st
from sim.engine.calendar import code_of
from sim.engine.rules import RULES
from sim.keyed import Floats, Purpose
from sim.policy.layout import ring
from sim.policy.sensing import rider_times
from sim.shelf import Same, Shelf
from sim.units import DAY
from sim.world.demand import officers
from sim.world.tape import RIDER, Tape

if TYPE_CHECKING:
    from sim.engine.build import Plan

Ints = NDArray[np.int64]


def records(count: int | tuple[int, int], dtype: np.dtype[Any]) -> Any:
    """A table of zeros whose columns are attributes."""
    return np.zeros(count, dtype=dtype).view(np.recarray)


def fill(dtype: np.dtype[Any], **columns: Any) -> Any:
    """A table with these columns; the others are zeros."""
    rows = records(len(next(iter(columns.values()))), dtype)
    for name, column in columns.items():
        rows[name] = column
    return rows


def presence(plan: "Plan") -> Any:
    """Who owns what, and how much ownership is diluted there by the number of owners."""
    able = (_words(plan) != "none")[plan.posting.role]
    sharing = np.maximum(plan.posting.zones.T @ able.astype(np.int64), 1)
    rows = records((plan.zones.count, len(DOMAINS)), st.PRESENCE)
    rows.holds = plan.zones.holds
    rows.dilution = 1.0 + plan.case.world.service.dilution * (1.0 - 1.0 / sharing)
    return rows


def run(plan: "Plan") -> Any:
    """The one row of what holds throughout."""
    case = plan.case
    service, dispatch = case.world.service, case.policy.dispatch
    row = records(1, st.RUN)
    row.width = case.world.city.width
    row.metres = case.world.city.cell_m * case.world.city.detour
    row.measure_from = case.clock.warmup_days * DAY
    row.measure_to = (case.clock.warmup_days + case.clock.days) * DAY
    row.misnamed = case.world.demand.misnamed
    steps = service.patrol.steps_per_hour
    row.patrol_min = 60.0 / steps if steps > 0 else 0.0
    row.cover = service.cover.neighbours
    row.reopen_after = service.reopen_after_min
    row.overflow, row.chain = dispatch.overflow, dispatch.chain
    row.capacity = dispatch.queue_capacity
    row.ageing = dispatch.ageing_per_h
    row.pick = RULES.index(dispatch.rule)
    row.return_home = int(dispatch.after_job == "home")
    row.surge_from = case.policy.surge.open_at
    row.surge_to = case.policy.surge.close_at
    row.whistled = case.policy.whistle.rate
    row.report_in = case.policy.whistle.report_in_min
    row.approval = case.policy.staffing.leaders.approval_min
    _react(row, case)
    _seed(row, case)
    return row


def _react(row: Any, case: Case) -> None:
    """Residents' patience and trust."""
    reaction = case.world.people.reaction
    row.impatient = reaction.impatient_share
    row.patience = reaction.patience_median_min
    row.abandons = reaction.abandon_share
    row.in_time_min = reaction.in_time_min
    row.readiness = case.world.demand.readiness
    row.trust = row.trust_start = reaction.trust_start
    row.trust_gain = reaction.trust_gain
    row.trust_reports = reaction.trust_reports
    row.trust_turnout = reaction.trust_turnout


_LUCKY = {
    "name": Purpose.NAMED,
    "handoff": Purpose.HANDOFF,
    "unclear": Purpose.UNCLEAR,
    "tie": Purpose.TIE,
    "letter": Purpose.LETTER,
    "whistle": Purpose.WHISTLE,
    "impatient": Purpose.IMPATIENT,
    "patience": Purpose.PATIENCE,
    "abandon": Purpose.ABANDON,
}


def _seed(row: Any, case: Case) -> None:
    """The streams of luck the engine looks numbers up in."""
    seeds = case.draws.seeds
    for name, purpose in _LUCKY.items():
        row[f"lucky_{name}"] = keyed.stream(seeds.seed, seeds.demand, purpose)
    row.lucky_patrol = keyed.stream(seeds.seed, seeds.rota, Purpose.PATROL)
    row.lucky_turnout = keyed.stream(seeds.seed, seeds.rota, Purpose.TURNOUT)


def delays(case: Case) -> Any:
    """Quantiles of every lognormal delay of median 1."""
    routing, whistle = case.policy.routing, case.policy.whistle
    sigma = {
        "handoff": routing.handoff_sigma,
        "unclear": routing.unclear_sigma,
        "letter": whistle.letter_sigma,
        "whistle": whistle.whistle_sigma,
        "patience": case.world.people.reaction.patience_sigma,
    }
    rows = _DELAYS.get(
        tuple(sigma.items()),
        lambda: fill(st.DELAY, **{k: keyed.lognormal_table(v) for k, v in sigma.items()}),
    )
    return rows.copy()


def daily(case: Case) -> Any:
    """What changes from day to day; a policy in force from the start is as old as the run."""
    practice = case.policy.staffing.practice
    day = np.arange(case.clock.total_days + 1, dtype=np.float64)
    if case.before is not None:
        day = np.maximum(day - case.clock.reform_day, 0.0)
    rows = records(len(day), st.DAILY)
    rows.learning = np.exp(-day / practice.learning_days)
    rows.dip = 1.0 + practice.dip * np.exp(-day / practice.dip_days)
    rows.readiness = case.world.demand.readiness
    rows.turnout = 1.0
    return rows


def zones(plan: "Plan") -> Any:
    """Zones with their leaders and, where a chain closes, their backups."""
    rows = records(plan.zones.count, st.ZONE)
    rows.line = plan.zones.line
    span = plan.case.policy.staffing.leaders.zones_each
    rows.leader = len(DOMAINS) + np.arange(plan.zones.count) // span
    rows.backup, rows.ward = ring(plan.zones, plan.world.city.width)
    return rows


def desks(plan: "Plan") -> Any:
    """Departments by domain, and behind them one desk per leader."""
    world, span = plan.case.world, plan.case.policy.staffing.leaders.zones_each
    leaders = -(-plan.zones.count // span)
    rows = records(len(DOMAINS) + leaders, st.DESK)
    rows.officers = 1
    rows.officers[: len(DOMAINS)] = officers(world.demand, world.service, world.city.residents)
    for name in ("whistle_head", "whistle_tail", "letter_head", "letter_tail"):
        rows[name] = -1
    return rows


_NOT_YET = (
    *("t_ready", "t_dispatch", "t_left", "t_there", "t_arrive", "t_served", "t_desk"),
    *("t_attended", "t_close", "deferred", "off_duty"),
)


_REQUESTS: Shelf[Any] = Shelf(2)
_DELAYS: Shelf[Any] = Shelf(8)


def requests(plan: "Plan") -> Any:
    """Every row of the tape, before anything has happened to it."""
    case, city = plan.case, plan.world.city
    since = 0.0 if case.before is None else case.clock.reform_day * DAY
    sensing, seeds = case.policy.sensing, case.draws.seeds
    riders = (sensing.riders_per_hour, sensing.riders_by_hour, since, seeds.seed, seeds.demand)
    drawn_from = riders if sensing.riders_per_hour > 0 else ()
    rows = _REQUESTS.get(
        (Same(plan.world.tape), Same(city.density), Same(city.jobs), *drawn_from),
        lambda: _unborn(plan.world.tape, rider_times(sensing, plan.world, seeds, since)),
    )
    return rows.copy()


def _unborn(tape: Tape, riders: Floats) -> Any:
    rows = fill(
        st.REQUEST,
        key=tape.key.astype(np.uint64),
        kind=tape.kind,
        t_enter=tape.t_enter,
        t_reported=tape.t_reported,
        triage=tape.triage,
        t_triaged=tape.t_reported + tape.triage,
        cell=tape.cell,
        domain=tape.domain,
        urgency=tape.urgency,
        work=tape.work,
        ready_if=tape.ready_if,
        specialist=tape.desk_work > 0,
        desk_work=tape.desk_work,
        parent=tape.parent,
        part=tape.part,
        again=tape.again,
        t_known=np.minimum(tape.t_known, riders),
        known_by=np.where(riders < tape.t_known, RIDER, tape.known_by),
        then_work=tape.ignites_work,
    )
    rows.then_domain = DOMAINS.index("emergency")
    rows.then_urgency = CLASSES.index("emergency")
    for name in ("zone", "worker", "tier", "before", "after", "from_cell", "desk", "finder"):
        rows[name] = -1
    for name in _NOT_YET:
        rows[name] = np.nan
    return rows


def workers(plan: "Plan") -> Any:
    """Everybody, off duty and at home."""
    posting, tasks, width = plan.posting, plan.tasks, plan.case.world.city.width
    rows = records(posting.count, st.WORKER)
    rows.key = np.arange(posting.count)
    rows.role, rows.unit, rows.area = posting.role, posting.unit, posting.area
    rows.home_x, rows.home_y = posting.home % width, posting.home // width
    rows.x, rows.y = rows.home_x, rows.home_y
    responders = plan.case.world.service.cover.responders
    rows.responder = np.isin(posting.role, [plan.roles.index(role) for role in responders])
    rows.switches = _switching(plan)
    rows.job = rows.held = -1
    rows.wake = -1.0
    rows.stretch = np.searchsorted(plan.duty.worker, rows.key.astype(np.int64))
    rows.task, rows.last_task = tasks.first[:-1], tasks.first[1:]
    has_task = rows.task < rows.last_task
    rows.task_left[has_task] = tasks.minutes[rows.task[has_task]]
    return rows


def _switching(plan: "Plan") -> Any:
    """Who turns to rapid response in a surge."""
    surge, seeds = plan.case.policy.surge, plan.case.draws.seeds
    for role in surge.roles:
        if role not in plan.roles:
            raise CaseError(
                f"policy.surge.roles = {role!r}: not a role; allowed: {list(plan.roles)}"
            )
    stream = keyed.stream(seeds.seed, seeds.rota, Purpose.SWITCH)
    luck = keyed.u(stream, np.arange(plan.posting.count))
    chosen = np.isin(plan.posting.role, [plan.roles.index(role) for role in surge.roles])
    return chosen & (luck < surge.rate)


def _words(plan: "Plan") -> Any:
    """Skills in words, shape (roles, domains)."""
    table = plan.case.policy.staffing.skills
    return np.array(
        [[table.get(role, {}).get(name, "none") for name in DOMAINS] for role in plan.roles]
    )


def skills(plan: "Plan") -> Any:
    """Who may do what, and how much longer it takes outside one's own domains."""
    words = _words(plan)
    rows = records((len(plan.roles), len(DOMAINS)), st.SKILL)
    rows.able = words != "none"
    rows.extra = np.where(words != "own", plan.case.policy.staffing.slowdown, 0.0)
    return rows


def calendar(plan: "Plan") -> Any:
    """Shifts, openings and days in order."""
    duty, case = plan.duty, plan.case
    days = case.clock.total_days
    ends = np.unique(duty.end)
    t: list[Any] = [duty.start, duty.start, duty.end, ends]
    code: list[Any] = []
    for rank, turn in (
        (st.SHIFT_START, 0),
        (st.SHIFT_END, st.LOOK_FOR_WORK),
        (st.SHIFT_END, 0),
    ):
        code.append(code_of(rank, turn, 0) + duty.worker)
    code.append(np.full(len(ends), code_of(st.SHIFT_END, st.ASK_COVER, 0)))
    for c, name in enumerate(CLASSES):
        hours = case.world.service.hours[name]
        opens = minute_of_day(hours.opens)
        if minute_of_day(hours.closes) - opens >= DAY:
            continue  # a class that never closes never opens
        t.append(opens + DAY * np.arange(days))
        code.append(np.full(days, code_of(st.RELEASE, c, 0)))
    if case.world.people.reaction.trust_gain > 0:
        t.append(DAY * np.arange(1.0, days))
        code.append(np.full(days - 1, code_of(st.RELEASE, st.NEW_DAY, 0)))
    moments, codes = np.concatenate(t), np.concatenate(code)
    order = np.lexsort((codes, moments))
    return fill(st.ENTRY, t=moments[order], code=codes[order])


def queues(zones: int, classes: int) -> Any:
    """Nobody waits."""
    queue = records((zones, classes), st.QUEUE)
    for name in ("head", "tail", "vain"):
        queue[name] = -1
    return queue


def urgency(case: Case) -> Any:
    """Hours and delays of every class."""
    service, routing, whistle = case.world.service, case.policy.routing, case.policy.whistle
    rows = records(len(CLASSES), st.URGENCY)
    for c, name in enumerate(CLASSES):
        if name not in routing.handoff or name not in routing.unclear:
            raise CaseError(f"policy.routing: handoff and unclear must name every class; no {name}")
        if name not in whistle.letter or name not in whistle.whistle:
            raise CaseError(f"policy.whistle: letter and whistle must name every class; no {name}")
        hours = service.hours[name]
        rows.opens[c], rows.closes[c] = minute_of_day(hours.opens), minute_of_day(hours.closes)
        rows.interrupts[c] = name in service.background.interrupted_by
        rows.preempts[c] = name in case.policy.dispatch.preempts
        rows.citywide[c] = name == "emergency"
        rows.night[c] = service.cover.night if name == "urgent" else 0
        rows.handoff[c] = routing.handoff[name].median_min
        rows.handoff_office[c] = routing.handoff[name].office_hours
        rows.unclear[c] = routing.unclear[name].median_min
        rows.unclear_office[c] = routing.unclear[name].office_hours
        rows.letter[c] = whistle.letter[name].median_min
        rows.letter_office[c] = whistle.letter[name].office_hours
        rows.whistle[c] = whistle.whistle[name].median_min
        rows.whistle_office[c] = whistle.whistle[name].office_hours
    return rows


def roles(plan: "Plan") -> Any:
    """How the people of each role get about."""
    specs = list(plan.case.world.service.roles.values())
    rows = records(len(specs), st.ROLE)
    rows.metres_per_min = [item.speed_kmh * 1000 / 60 for item in specs]
    rows.startup = [item.startup_min for item in specs]
    rows.visible = [item.visible for item in specs]
    rows.turnout = [item.turnout for item in specs]
    reserve = plan.case.policy.dispatch.reserve
    for role, kept in reserve.items():
        if role not in plan.roles:
            raise CaseError(
                f"policy.dispatch.reserve.{role}: not a role; allowed: {list(plan.roles)}"
            )
        rows.reserve[plan.roles.index(role)] = kept
    return rows


def preference(plan: "Plan") -> Ints:
    """Rank of every worker in the list of every cell; those not on it come last."""
    dispatch, workers = plan.case.policy.dispatch, plan.posting.count
    if dispatch.rule != "preference":
        return np.zeros((1, 1), dtype=np.int64)
    cells = plan.world.city.cells
    if len(dispatch.preference) != cells:
        raise CaseError(
            f"policy.dispatch.preference has {len(dispatch.preference)} rows; "
            f"allowed: one per cell, {cells}"
        )
    rank = np.full((cells, workers), workers, dtype=np.int64)
    for cell, row in enumerate(dispatch.preference):
        for place, who in enumerate(row):
            if not 0 <= who < workers:
                raise CaseError(
                    f"policy.dispatch.preference.{cell}: no worker {who}; allowed: 0..{workers - 1}"
                )
            rank[cell, who] = place
    return rank
