"""From a case to the engine's state: the only place that knows both sides."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.base import CLASSES, DOMAINS
from sim.case import Case
from sim.engine import state as st
from sim.engine import tables, trails
from sim.engine.state import State
from sim.policy.layout import Zones, draw_zones
from sim.policy.posting import Posting, post
from sim.policy.rota import Duty, Tasks, draw_duty, draw_tasks
from sim.units import DAY
from sim.world import Drawn, draw
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
    before: "Plan | None" = None

    @property
    def end_min(self) -> float:
        """When the clock has run out [min]."""
        return self.case.clock.total_days * DAY


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
    before = None if case.before is None else plan(case.earlier)
    return Plan(case, drawn, zones, posting, duty, tasks, roles, before)


def build(plan: Plan) -> State:
    """Lay out the engine's state at minute 0."""
    zones, tape, count = plan.zones, plan.world.tape, plan.posting.count
    domains, classes = len(DOMAINS), len(CLASSES)
    arrived = np.flatnonzero(~np.isnan(tape.t_enter))
    order = np.lexsort((arrived, tape.urgency[arrived], tape.t_enter[arrived]))
    run, worker, zone = tables.run(plan), tables.workers(plan), tables.zones(plan)
    request, unit = tables.requests(plan), trails.units(plan)
    return State(
        run=run,
        request=request,
        worker=worker,
        urgency=tables.urgency(plan.case),
        role=tables.roles(plan),
        skill=tables.skills(plan),
        zone=zone,
        unit=unit,
        trail=trails.trails(plan, request),
        desk=tables.desks(plan),
        daily=tables.daily(plan.case),
        presence=tables.presence(plan),
        absent=np.zeros((zones.count, domains, classes)),
        line_present=np.zeros((int(zones.line.max()) + 1, domains), dtype=np.int64),
        queue=tables.queues(zones.count, classes),
        owner=zones.owner.copy(),
        disputed=zones.disputed.copy(),
        shown=np.zeros((plan.case.clock.total_days, plan.world.city.cells), dtype=np.bool_),
        links=link(plan, run, worker, zone, unit),
        unit_at=plan.posting.unit_at.copy(),
        preference=tables.preference(plan),
        delay=tables.delays(plan.case),
        duty=tables.fill(st.STRETCH, start=plan.duty.start, end=plan.duty.end),
        task=tables.fill(st.TASK, t=plan.tasks.t, minutes=plan.tasks.minutes),
        arrivals=arrived[order].astype(np.int64),
        calendar=tables.calendar(plan),
        heap=tables.records(4 * count + 1024, st.ENTRY),
        sorter=tables.records(zones.count * domains + 1, st.ENTRY),
    )


def link(
    plan: Plan, run: st.Records, worker: st.Records, zone: st.Records, unit: st.Records
) -> Ints:
    """Who is posted where and who stands in for whom; tells the other tables where to look."""
    links = _Links()
    everyone = np.arange(plan.posting.count)
    posted = (np.ones(len(everyone), dtype=np.int64), (plan.posting.unit, everyone))
    members = Graph(posted, shape=(len(unit), len(everyone)))
    responders = np.unique(plan.posting.unit[worker.responder == 1])
    run.responders_first, run.responders_last = links.add(responders)
    unit.member_first, unit.member_last = links.add_table(members)
    unit.role[plan.posting.unit] = plan.posting.role
    worker.post_first, worker.post_last = links.add_table(plan.posting.zones)
    worker.post_end = worker.post_last
    zone.team_first, zone.team_last = links.add_table(_teams(members, plan))
    zone.near_first, zone.near_last = links.add_table(plan.zones.neighbours)
    zone.help_first, zone.help_last = links.add_table(_helpers(plan))
    return links.joined()


def grown(state: State) -> State:
    """The same state with twice the room for events."""
    heap = tables.records(2 * len(state.heap), st.ENTRY)
    heap[: len(state.heap)] = state.heap
    return state._replace(heap=heap)


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


def _teams(members: Graph, plan: Plan) -> Graph:
    """The units of a zone, shape (zones, units)."""
    return Graph((members @ plan.posting.zones).T.tocsr())


def _helpers(plan: Plan) -> Graph:
    if plan.case.policy.dispatch.overflow_reach == "neighbours":
        return plan.zones.neighbours
    return _same_line(plan.zones)


def _same_line(zones: Zones) -> Graph:
    together = zones.line[:, None] == zones.line[None, :]
    np.fill_diagonal(together, val=False)
    return Graph(together.astype(np.int64))
