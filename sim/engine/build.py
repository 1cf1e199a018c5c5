"""From a case to the engine's tables: the only place that knows both sides."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import keyed
from sim.base import CLASSES, DOMAINS, CaseError, minute_of_day
from sim.case import Case
from sim.engine import state as st
from sim.engine.calendar import code_of
from sim.engine.rules import RULES
from sim.engine.state import State
from sim.keyed import Purpose
from sim.policy.layout import Zones, draw_zones
from sim.policy.rota import Duty, Tasks, draw_duty, draw_tasks
from sim.policy.staffing import Posting, post
from sim.units import DAY
from sim.world import Drawn, draw
from sim.world.demand import Tape
from sim.world.partition import Graph

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Plan:
    """Everything drawn for a case before its run starts."""

    case: Case
    world: Drawn
    zones: Zones
    posting: Posting
    duty: Duty
    tasks: Tasks
    roles: tuple[str, ...]


def plan(case: Case) -> Plan:
    """Draw the world of a case and lay its policy over it."""
    seeds, days = case.draws.seeds, case.clock.total_days
    world, policy = case.world, case.policy
    drawn = draw(world, seeds, days)
    roles = tuple(world.service.roles)
    zones = draw_zones(policy.layout, drawn.city, seeds)
    posting = post(policy.staffing, zones, drawn, roles, seeds)
    rotas = tuple(policy.staffing.rotas[role] for role in roles if role in policy.staffing.rotas)
    staffed = [number for number, role in enumerate(roles) if role in policy.staffing.rotas]
    place = np.full(len(roles), -1, dtype=np.int64)
    place[staffed] = np.arange(len(staffed))
    duty = draw_duty(rotas, place[posting.role], days, seeds)
    carried = np.array([item.background for item in world.service.roles.values()])
    tasks = draw_tasks(world.service.background, carried[posting.role], duty, posting.count, seeds)
    return Plan(case, drawn, zones, posting, duty, tasks, roles)


def build(plan: Plan) -> State:
    """Lay out the engine's state at minute 0."""
    zones, routing = plan.zones, plan.case.policy.routing
    tape, count = plan.world.tape, plan.posting.count
    domains, classes = len(DOMAINS), len(CLASSES)
    arrived = np.flatnonzero(tape.reported)
    order = np.lexsort((arrived, tape.urgency[arrived], tape.t_triaged[arrived]))
    links = _Links()
    run, worker, zone = _run(plan), _workers(plan), _records(zones.count, st.ZONE)
    run.responders_first, run.responders_last = links.add(np.flatnonzero(worker.responder))
    worker.post_first, worker.post_last = links.add_table(plan.posting.zones)
    zone.line = zones.line
    zone.team_first, zone.team_last = links.add_table(Graph(plan.posting.zones.T.tocsr()))
    zone.near_first, zone.near_last = links.add_table(zones.neighbours)
    zone.help_first, zone.help_last = links.add_table(_helpers(plan))
    return State(
        run=run,
        request=_requests(tape),
        worker=worker,
        urgency=_urgency(plan.case),
        role=_roles(plan),
        skill=_skills(plan),
        zone=zone,
        presence=_presence(zones),
        absent=np.zeros((zones.count, domains, classes)),
        line_present=np.zeros((int(zones.line.max()) + 1, domains), dtype=np.int64),
        queue=_queues(zones.count, classes),
        owner=np.ascontiguousarray(zones.owner),
        disputed=zones.disputed,
        links=links.joined(),
        unit_at=np.ascontiguousarray(plan.posting.unit_at),
        unit_free=np.zeros(int(plan.posting.unit.max(initial=0)) + 1, dtype=np.int64),
        preference=_preference(plan),
        delay=_fill(
            st.DELAY,
            handoff=keyed.lognormal_table(routing.handoff_sigma),
            unclear=keyed.lognormal_table(routing.unclear_sigma),
        ),
        task=_fill(st.TASK, t=plan.tasks.t, minutes=plan.tasks.minutes),
        arrivals=arrived[order].astype(np.int64),
        calendar=_calendar(plan),
        heap=_records(4 * count + 1024, st.ENTRY),
        sorter=_records(len(tape) + 1, st.ENTRY),
    )


def grown(state: State) -> State:
    """The same state with twice the room for events."""
    heap = _records(2 * len(state.heap), st.ENTRY)
    heap[: len(state.heap)] = state.heap
    return state._replace(heap=heap)


def _records(count: int | tuple[int, int], dtype: np.dtype[Any]) -> Any:
    return np.zeros(count, dtype=dtype).view(np.recarray)


def _fill(dtype: np.dtype[Any], **columns: Any) -> Any:
    count = len(next(iter(columns.values())))
    records = _records(count, dtype)
    for name, column in columns.items():
        records[name] = column
    return records


class _Links:
    """Sparse tables laid one after another."""

    def __init__(self) -> None:
        self.parts: list[Ints] = []
        self.size = 0

    def add(self, members: Ints) -> tuple[int, int]:
        """Append one row; returns where it starts and ends."""
        first = self.size
        self.parts.append(members)
        self.size += len(members)
        return first, self.size

    def add_table(self, table: Graph) -> tuple[Ints, Ints]:
        """Append a table; returns where each row starts and ends."""
        table.sort_indices()
        first, _ = self.add(table.indices.astype(np.int64))
        starts = first + table.indptr.astype(np.int64)
        return starts[:-1], starts[1:]

    def joined(self) -> Ints:
        """All of them."""
        return np.concatenate(self.parts)


def _presence(zones: Zones) -> Any:
    presence = _records((zones.count, len(DOMAINS)), st.PRESENCE)
    presence.holds = zones.holds
    return presence


def _queues(zones: int, classes: int) -> Any:
    queue = _records((zones, classes), st.QUEUE)
    queue.head, queue.tail = -1, -1
    return queue


def _helpers(plan: Plan) -> Graph:
    if plan.case.policy.dispatch.overflow_reach == "neighbours":
        return plan.zones.neighbours
    return _same_line(plan.zones)


def _same_line(zones: Zones) -> Graph:
    together = zones.line[:, None] == zones.line[None, :]
    np.fill_diagonal(together, val=False)
    return Graph(together.astype(np.int64))


def _run(plan: Plan) -> Any:
    case = plan.case
    seeds, service, dispatch = case.draws.seeds, case.world.service, case.policy.dispatch
    run = _records(1, st.RUN)
    run.width = case.world.city.width
    run.metres = case.world.city.cell_m * case.world.city.detour
    run.measure_from = case.clock.warmup_days * DAY
    run.measure_to = (case.clock.warmup_days + case.clock.days) * DAY
    run.misnamed = case.world.demand.misnamed
    steps = service.patrol_steps_per_hour
    run.patrol_min = 60.0 / steps if steps > 0 else 0.0
    run.cover = service.cover.neighbours
    run.overflow = dispatch.overflow
    run.capacity = dispatch.queue_capacity
    run.pick = RULES.index(dispatch.rule)
    run.return_home = int(dispatch.after_job == "home")
    run.lucky_patrol = keyed.stream(seeds.seed, seeds.rota, Purpose.PATROL)
    for name, purpose in (
        ("lucky_name", Purpose.NAMED),
        ("lucky_handoff", Purpose.HANDOFF),
        ("lucky_unclear", Purpose.UNCLEAR),
        ("lucky_tie", Purpose.TIE),
    ):
        run[name] = keyed.stream(seeds.seed, seeds.demand, purpose)
    return run


def _requests(tape: Tape) -> Any:
    request = _fill(
        st.REQUEST,
        key=tape.key.astype(np.uint64),
        t_reported=tape.t_reported,
        t_triaged=tape.t_triaged,
        cell=tape.cell,
        domain=tape.domain,
        urgency=tape.urgency,
        work=tape.work,
    )
    for name in ("zone", "worker", "tier", "before", "after", "from_cell"):
        request[name] = -1
    for name in ("t_ready", "t_dispatch", "t_arrive", "t_close", "deferred", "off_duty"):
        request[name] = np.nan
    return request


def _workers(plan: Plan) -> Any:
    posting, tasks, width = plan.posting, plan.tasks, plan.case.world.city.width
    worker = _records(posting.count, st.WORKER)
    worker.key = np.arange(posting.count)
    worker.role, worker.unit, worker.area = posting.role, posting.unit, posting.area
    worker.home_x, worker.home_y = posting.home % width, posting.home // width
    worker.x, worker.y = worker.home_x, worker.home_y
    worker.responder = np.isin(
        posting.role, [plan.roles.index(r) for r in plan.case.world.service.cover.responders]
    )
    worker.job = -1
    worker.wake = -1.0
    worker.task, worker.last_task = tasks.first[:-1], tasks.first[1:]
    has_task = worker.task < worker.last_task
    worker.task_left[has_task] = tasks.minutes[worker.task[has_task]]
    return worker


def _urgency(case: Case) -> Any:
    service, routing = case.world.service, case.policy.routing
    rows = _records(len(CLASSES), st.URGENCY)
    for c, name in enumerate(CLASSES):
        if name not in routing.handoff or name not in routing.unclear:
            raise CaseError(f"policy.routing: handoff and unclear must name every class; no {name}")
        hours = service.hours[name]
        rows.opens[c], rows.closes[c] = minute_of_day(hours.opens), minute_of_day(hours.closes)
        rows.interrupts[c] = name in service.background.interrupted_by
        rows.citywide[c] = name == "emergency"
        rows.night[c] = service.cover.night if name == "urgent" else 0
        rows.handoff[c] = routing.handoff[name].median_min
        rows.handoff_office[c] = routing.handoff[name].office_hours
        rows.unclear[c] = routing.unclear[name].median_min
        rows.unclear_office[c] = routing.unclear[name].office_hours
    return rows


def _roles(plan: Plan) -> Any:
    specs = list(plan.case.world.service.roles.values())
    rows = _records(len(specs), st.ROLE)
    rows.metres_per_min = [item.speed_kmh * 1000 / 60 for item in specs]
    rows.startup = [item.startup_min for item in specs]
    reserve = plan.case.policy.dispatch.reserve
    for role, kept in reserve.items():
        if role not in plan.roles:
            raise CaseError(
                f"policy.dispatch.reserve.{role}: not a role; allowed: {list(plan.roles)}"
            )
        rows.reserve[plan.roles.index(role)] = kept
    return rows


def _skills(plan: Plan) -> Any:
    """Who may do what, and how much longer it takes outside one's own domains."""
    staffing = plan.case.policy.staffing
    words = np.array(
        [
            [staffing.skills.get(role, {}).get(name, "none") for name in DOMAINS]
            for role in plan.roles
        ]
    )
    skill = _records((len(plan.roles), len(DOMAINS)), st.SKILL)
    skill.able = words != "none"
    skill.factor = np.where(words == "own", 1.0, 1.0 + staffing.slowdown)
    return skill


def _calendar(plan: Plan) -> Any:
    """Shifts and openings in order."""
    duty, case = plan.duty, plan.case
    opening_t, opening_code = [], []
    for c, name in enumerate(CLASSES):
        hours = case.world.service.hours[name]
        opens = minute_of_day(hours.opens)
        if minute_of_day(hours.closes) - opens >= DAY:
            continue  # a class that never closes never opens
        opening_t.append(opens + DAY * np.arange(case.clock.total_days))
        opening_code.append(np.full(case.clock.total_days, code_of(st.RELEASE, c, 0)))
    t = np.concatenate([duty.start, duty.end, *opening_t])
    code = np.concatenate(
        [
            code_of(st.SHIFT_START, 0, 0) + duty.worker,
            code_of(st.SHIFT_END, 0, 0) + duty.worker,
            *opening_code,
        ]
    )
    order = np.lexsort((code, t))
    return _fill(st.ENTRY, t=t[order], code=code[order])


def _preference(plan: Plan) -> Ints:
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
