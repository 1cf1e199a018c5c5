"""Agents are views: they show what the engine's arrays say, in the right cell."""

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from sim.agents import (
    Cadre,
    Inspector,
    Officer,
    PropertyStaff,
    Resident,
    Volunteer,
    Worker,
    spread,
)
from sim.model import CityModel
from tests.support import lab, toy

SIX = (Cadre, Officer, Inspector, PropertyStaff, Volunteer, Resident)
WORKERS = SIX[:5]
HOUR, DAY = 60.0, 1440.0


def workers(model: CityModel) -> list[Worker]:
    """Everybody who works, by number."""
    found = [agent for agent in model.agents if isinstance(agent, Worker)]
    return sorted(found, key=lambda agent: agent.number)


def residents(model: CityModel) -> list[Resident]:
    """Every resident who is shown."""
    return list(model.agents_by_type[Resident])


def at(agent: Any) -> tuple[int, int]:
    """The coordinates (x, y) of an agent."""
    x, y = agent.cell.coordinate
    return x, y


def where(agents: Sequence[Worker | Resident]) -> list[tuple[int, int]]:
    """The coordinates of some agents."""
    return [at(agent) for agent in agents]


def run_to(model: CityModel, minute: float) -> None:
    """Run a model to a moment."""
    model.run_until(minute / model.case.clock.tick_min)
    assert model.minute == minute


@pytest.fixture(scope="module")
def week() -> CityModel:
    """A week of a toy city; tests run it on and on, so each begins later than the last."""
    return CityModel(toy("clock.days=5"), residents=600)


def test_there_are_six_classes_of_agents() -> None:
    """Each role of the default world has its class, and residents have theirs."""
    model = CityModel(toy(), residents=50)
    assert set(model.agents_by_type) == set(SIX) == set(model.agent_types)
    heads = [len(model.agents_by_type[kind]) for kind in SIX]
    assert heads == [30, 20, 12, 16, 6, 50]
    assert {agent.role for agent in model.agents_by_type[Inspector]} == {"city_officer"}


def test_a_role_without_a_class_is_shown_as_a_worker() -> None:
    """No role has to be known beforehand."""
    model = CityModel(lab(), residents=0)
    assert list(model.agents_by_type) == [Worker]
    assert workers(model)[0].role == "server"


LONE = (
    "world.service.roles.server.speed_kmh=6",  # one cell of 100 m a minute
    "world.service.roles.server.startup_min=1",
    "policy.staffing.posts=[{role:server,zones:[0],home:0}]",
    "clock.tick_min=1",
)


def lone(tape: str, *words: str) -> CityModel:
    """One worker at the corner of a lattice, 10 by 10, and the requests given."""
    return CityModel(lab(*LONE, f"world.demand.tape=[{tape}]", *words), residents=0)


def test_a_worker_under_way_is_shown_part_way_along_x_first() -> None:
    """The whole log of one job: the start-up, each cell of the way, the work, the end."""
    model = lone("{t_min:10,cell:23,domain:property,urgency:routine,work_min:4}")
    (worker,) = workers(model)
    log = []
    for _ in range(22):
        model.step()
        log.append((model.minute, worker.activity, worker.request, at(worker)))
    assert log[8:] == [
        (9, "idle", None, (0, 0)),
        (10, "travelling", 0, (0, 0)),
        (11, "travelling", 0, (0, 0)),
        (12, "travelling", 0, (1, 0)),
        (13, "travelling", 0, (2, 0)),
        (14, "travelling", 0, (3, 0)),
        (15, "travelling", 0, (3, 1)),
        (16, "serving", 0, (3, 2)),
        (17, "serving", 0, (3, 2)),
        (18, "serving", 0, (3, 2)),
        (19, "serving", 0, (3, 2)),
        (20, "idle", None, (3, 2)),
        (21, "idle", None, (3, 2)),
        (22, "idle", None, (3, 2)),
    ]


def test_the_way_back_leads_along_x_first_too() -> None:
    """A second job to the west and north starts where the first one ended."""
    first = "{t_min:0,cell:23,domain:property,urgency:routine,work_min:4}"
    second = "{t_min:20,cell:1,domain:property,urgency:routine,work_min:4}"
    model = lone(f"{first},{second}")
    (worker,) = workers(model)
    run_to(model, 21)
    path = [at(worker)]
    while worker.activity == "travelling":
        model.step()
        path.append(at(worker))
    assert path == [(3, 2), (2, 2), (1, 2), (1, 1), (1, 0)]


def test_who_travels_in_no_time_waits_at_the_start_until_he_has_started_up() -> None:
    """An infinite speed is no division by nothing."""
    tape = "{t_min:10,cell:23,domain:property,urgency:routine,work_min:4}"
    model = lone(tape, "world.service.roles.server.speed_kmh=inf")
    (worker,) = workers(model)
    run_to(model, 10)
    assert (worker.activity, at(worker)) == ("travelling", (0, 0))
    run_to(model, 11)
    assert (worker.activity, at(worker)) == ("serving", (3, 2))


def test_a_job_that_outlasts_the_shift_is_finished_on_the_spot_then_he_is_at_home() -> None:
    """Overtime is shown where it is worked."""
    shift = "policy.staffing.rotas.server.shifts=[{start:'00:00',end:'00:15',share:1.0}]"
    tape = "{t_min:10,cell:23,domain:property,urgency:routine,work_min:4}"
    model = lone(tape, shift)
    (worker,) = workers(model)
    run_to(model, 19)
    assert not model.state.worker.on_duty[0]
    assert (worker.activity, worker.request, at(worker)) == ("serving", 0, (3, 2))
    run_to(model, 20)
    assert (worker.activity, worker.request, at(worker)) == ("off duty", None, (0, 0))


def shown_by_hand(model: CityModel, w: int) -> tuple[int, int]:
    """Where a worker is who is not under way, one field at a time."""
    one, width = model.state.worker[w], model.plan.case.world.city.width
    if one.job >= 0:
        cell = int(model.state.request.cell[one.job])
        return cell % width, cell // width
    if one.on_duty:
        return int(one.x), int(one.y)
    home = int(model.plan.posting.home[w])
    return home % width, home // width


@pytest.mark.parametrize("clock", [0.0, 3.25, 8.5, 10.75, 13.0, 18.0, 22.0])
def test_workers_are_in_the_cell_the_state_says(week: CityModel, clock: float) -> None:
    """Idle, in a task, serving or at home: the grid shows what the arrays hold."""
    run_to(week, clock * HOUR)
    still = [worker for worker in workers(week) if worker.activity != "travelling"]
    assert where(still) == [shown_by_hand(week, worker.number) for worker in still]
    assert all(worker in week.grid[at(worker)].agents for worker in workers(week))


def test_workers_walk_their_zones_and_sleep_at_home(week: CityModel) -> None:
    """Through one working day people of every role change cells; at night most are home."""
    seen: dict[int, set[tuple[int, int]]] = {worker.number: set() for worker in workers(week)}
    for hour in np.arange(24.0, 48.0, 0.5):
        run_to(week, hour * HOUR)
        for worker in workers(week):
            seen[worker.number].add(at(worker))
            if worker.activity == "off duty":
                home = week.plan.posting.home[worker.number]
                width = week.plan.world.city.width
                assert at(worker) == (home % width, home // width)
    for kind in WORKERS:
        moved = max(len(seen[worker.number]) for worker in week.agents_by_type[kind])
        assert moved > 1, kind
    off = [worker.activity == "off duty" for worker in week.agents_by_type[Cadre]]
    assert all(off)


def shares(model: CityModel) -> tuple[float, float]:
    """Shares at home and at work of those residents who work elsewhere than they live."""
    people, width = model.plan.world.people, model.plan.world.city.width
    away = [one for one in residents(model) if people.home[one.number] != people.work[one.number]]
    cell = np.array([y * width + x for x, y in where(away)])
    number = np.array([one.number for one in away])
    at_home, at_work = cell == people.home[number], cell == people.work[number]
    return float(at_home.mean()), float(at_work.mean())


def test_residents_commute_on_weekdays_and_not_at_the_weekend(week: CityModel) -> None:
    """At work on Wednesday and Friday noon, at home at night and on Sunday."""
    for day, hour, at_home, at_work in (
        (2, 6.0, 1.0, 0.0),
        (2, 12.0, 0.0, 1.0),
        (2, 20.0, 0.9, 0.0),
        (4, 12.0, 0.0, 1.0),
        (5, 12.0, 0.9, 0.0),
        (6, 23.0, 1.0, 0.0),
    ):
        run_to(week, day * DAY + hour * HOUR)
        home, work = shares(week)
        assert home >= at_home
        assert abs(work - at_work) < 0.05, (day, hour)


def test_residents_go_out_in_visiting_hours() -> None:
    """Some of those who are not at work are where people go, another lot each hour."""
    model = CityModel(toy("world.people.visit_share=0.5"), residents=400)
    people, width = model.plan.world.people, model.plan.world.city.width

    def out() -> set[int]:
        return {
            one.number
            for one, (x, y) in zip(residents(model), where(residents(model)), strict=True)
            if y * width + x == people.visited[one.number] != people.home[one.number]
        }

    run_to(model, 19 * HOUR)
    evening = out()
    run_to(model, 19.75 * HOUR)
    assert out() == evening
    run_to(model, 20 * HOUR)
    assert len(evening) > 150
    assert 50 < len(evening & out()) < 150
    run_to(model, 22 * HOUR)
    assert not out()


def test_where_somebody_is_does_not_hang_on_who_looks_or_how_often() -> None:
    """One look at the end shows the same as a look at every tick, in any sample."""
    watched, unwatched = CityModel(toy(), residents=300), CityModel(toy(), residents=600)
    watched.look()
    for model in (watched, unwatched):
        run_to(model, 19.25 * HOUR)
    assert where(workers(watched)) == where(workers(unwatched))
    both = {one.number: at(one) for one in residents(unwatched)}
    assert all(both[one.number] == at(one) for one in residents(watched))


def test_requests_of_a_resident_are_those_reported_up_to_now() -> None:
    """Everybody's together are all that residents have reported, and no more."""
    model = CityModel(toy(), residents=12_000)
    tape = model.plan.world.tape
    run_to(model, 30 * HOUR)
    mine = [(one.number, one.requests) for one in residents(model)]
    told = sorted(number for _, numbers in mine for number in numbers)
    by_residents = (tape.resident >= 0) & tape.reported & (tape.t_reported <= 30 * HOUR)
    assert told == np.flatnonzero(by_residents).tolist()
    assert len(told) > 20
    assert all((tape.resident[numbers] == number).all() for number, numbers in mine)


def test_residents_say_who_they_are() -> None:
    """Age and vulnerability are those of the population."""
    model = CityModel(toy(), residents=200)
    people = model.plan.world.people
    for one in residents(model):
        assert one.elderly == people.elderly[one.number]
        assert one.vulnerable == people.vulnerable[one.number]


def test_cells_and_agents_agree_even_for_a_cell_held_for_hours() -> None:
    """Who holds a cell sees who is there now, not who was there when he took it."""
    model = CityModel(toy(), residents=300)
    held = list(model.grid)
    for _ in range(40):
        model.step()
    there = {agent: cell for cell in held for agent in cell.agents}
    assert len(there) == 384
    assert all(agent.cell is cell for agent, cell in there.items())
    assert sum(1 for _ in model.grid.agents) == 384


def test_an_agent_moved_by_hand_is_back_at_the_next_look() -> None:
    """A view cannot leave the arrays for long."""
    model = CityModel(toy(), residents=10)
    one = workers(model)[0]
    right = one.cell
    one.cell = model.grid[0, 0] if right is not model.grid[0, 0] else model.grid[1, 1]
    model.look()
    assert one.cell is right


def test_nobody_draws_from_a_generator() -> None:
    """Neither Mesa's nor Python's nor NumPy's: all luck is looked up."""
    model = CityModel(toy(), residents=200)

    def states() -> str:
        ours = model.random.getstate(), model.rng.bit_generator.state
        return repr((*ours, random.getstate(), np.random.get_state()))  # noqa: NPY002

    before = states()
    model.look()
    model.run_for(50)
    assert states() == before


@pytest.mark.parametrize(("shown", "population"), [(0, 5), (1, 5), (3, 5), (5, 5), (1000, 252_600)])
def test_a_sample_is_spread_evenly(shown: int, population: int) -> None:
    """As many as asked, nobody twice, gaps that differ by one at most."""
    chosen = spread(shown, population)
    assert len(chosen) == shown
    assert set(chosen) <= set(range(population))
    gaps = np.diff(chosen)
    assert shown < 2 or 1 <= gaps.min() <= gaps.max() <= gaps.min() + 1
