"""Those who decide by the hour or the day, and what their verbs do."""

import numpy as np
import pytest

import sim
from sim.base import DOMAINS
from sim.deciders import BranchSecretary, DepartmentDesk, PoliceCommand
from sim.model import CityModel, Decider
from sim.units import DAY
from tests.policy import need, post, stage
from tests.support import toy

BUSY = ("policy=merged", "clock.days=6", "world.demand.needs_per_1000_per_day=12")


def run_with(*deciders: type[Decider], words: tuple[str, ...] = ()) -> CityModel:
    """A small busy city with somebody who decides, at the end of its clock."""
    model = CityModel(toy(*BUSY, *words), deciders=deciders, residents=0)
    model.run_until(model.horizon)
    return model


def test_a_secretary_moves_volunteers_to_the_longest_queue() -> None:
    """Some are in another unit at the end, everybody still in one of his role."""
    model = run_with(BranchSecretary)
    fresh = CityModel(toy(*BUSY), residents=0)
    moved = model.state.worker.unit != fresh.state.worker.unit
    volunteer = model.plan.roles.index("volunteer")
    assert moved.any()
    assert set(model.state.worker.role[moved]) == {volunteer}
    units = model.plan.posting.unit_at[model.plan.posting.area[moved]]
    assert all(u in row for u, row in zip(model.state.worker.unit[moved], units, strict=True))


def test_who_was_moved_serves_his_new_zones_from_the_next_shift() -> None:
    """A server moved on the first morning is at work elsewhere the next day."""
    mapping = stage([need(600.0), need(DAY + 600.0)], [post("server", 0)])
    mapping["policy"]["staffing"].update(posts=[], heads={"server": 2})
    mapping["policy"]["layout"]["lines"][0].update(zones=2)
    mapping["clock"].update(days=2)
    model = CityModel(sim.load(mapping), residents=0)
    units = sorted({int(u) for u in model.state.worker.unit})
    assert len(units) == 2
    w = int(np.flatnonzero(model.state.worker.unit == units[0])[0])
    model.move({w: units[1]})
    model.run_until(model.horizon)
    zone = int(
        model.plan.zones.owner[0, np.flatnonzero(model.plan.posting.unit_at[0] == units[1])[0]]
    )
    assert model.plan.posting.zones[[w]].indices.tolist() == [zone]


def test_a_unit_of_another_role_is_refused() -> None:
    """One line that names the worker and the units he may be moved to."""
    model = CityModel(toy(*BUSY), residents=0)
    police = int(np.flatnonzero(model.state.worker.role == model.plan.roles.index("police"))[0])
    with pytest.raises(ValueError, match="allowed for worker"):
        model.move({0: int(model.state.worker.unit[police])})
    with pytest.raises(ValueError, match="allowed: 0"):
        model.move({10**6: 0})


def test_police_command_calls_a_surge_and_ends_it() -> None:
    """With emergencies waiting those who switch take nothing else; later they do again."""
    words = ("policy/surge=rapid", "policy.surge.open_at=9999", "policy.surge.rate=1.0")

    class Eager(PoliceCommand):
        call_at = 0

    calm, eager = run_with(words=words), run_with(Eager, words=words)
    role = [model.record.requests for model in (calm, eager)]
    routine = [((rows.role == "police") & (rows.urgency != "emergency")).sum() for rows in role]
    assert routine[0] > 0
    assert routine[1] < routine[0]
    eager.declare_surge(is_on=False)
    assert eager.state.run.surge[0] == 0


def test_a_department_lends_an_officer_to_another() -> None:
    """Where only one is left, cases pile up; the next day somebody else's officer is there."""
    words = (
        (
            "world.demand.specialist_share={city_order: 0.9, property: 0.1, disputes: 0.1, "
            "hazards: 0.1, livelihood: 0.1, emergency: 0.0}"
        ),
        "policy.whistle.letter.routine.median_min=0",
        "policy.staffing.heads.city_officer=40",
    )
    model = CityModel(toy(*BUSY, *words), deciders=[DepartmentDesk], residents=0)
    for name in DOMAINS:
        model.keep_officers(name, 1 if name == "city_order" else 2)
    model.run_until(model.horizon)
    officers = model.state.desk.officers[: len(DOMAINS)]
    assert officers.sum() == 11
    assert officers[0] > 1
    assert officers.min() >= 1


def test_who_is_taken_away_finishes_and_takes_no_more() -> None:
    """Two officers, three cases; after one has left, the third waits for the other."""
    fast = "policy.whistle.letter.routine.median_min=0"
    cases = [{**need(600.0 + w, work=10.0, cell=w), "desk_min": 60.0 + 30.0 * w} for w in range(3)]
    mapping = stage(cases, [post("server", 0, home=w) for w in range(3)], fast)
    model = CityModel(sim.load(mapping), residents=0)
    model.keep_officers("city_order", 2)
    model.run_for(4 * 11)  # 11:00: two cases in hand since 10:10 and 10:11
    model.keep_officers("city_order", 1)
    model.run_until(model.horizon)
    assert model.record.requests.t_attended.tolist() == [610.0, 611.0, 701.0]


def test_officers_who_come_take_what_waits() -> None:
    """A desk without officers attends nothing; with one it begins at that moment."""
    fast = "policy.whistle.letter.routine.median_min=0"
    mapping = stage([{**need(600.0, work=10.0), "desk_min": 30.0}], [post("server", 0)], fast)
    mapping["clock"].update(days=2)
    model = CityModel(sim.load(mapping), residents=0)
    model.keep_officers("city_order", 0)
    model.run_for(4 * 12)  # noon: the case lies there since 10:10
    assert model.at_desks().tolist() == [1, 0, 0, 0, 0, 0]
    model.keep_officers("city_order", 1)
    model.run_until(model.horizon)
    assert model.record.requests.t_attended[0] == 720.0


@pytest.mark.parametrize(
    ("domain", "officers"), [("nowhere", 1), ("hazards", -1), ("hazards", 0.5)]
)
def test_a_wrong_desk_is_refused(domain: str, officers: float) -> None:
    """The domain and what is allowed are named."""
    model = CityModel(toy(*BUSY), residents=0)
    with pytest.raises(ValueError, match="allowed"):
        model.keep_officers(domain, officers)  # type: ignore[arg-type]


def test_nobody_who_decides_is_the_engine_alone() -> None:
    """Deciders that never act leave the record of the engine."""

    class Idle(PoliceCommand):
        call_at = 10**9

    rows = run_with(Idle).record.requests
    assert rows.equals(sim.run(toy(*BUSY)).requests)
