"""Departments and leaders: desks with officers, office hours, whistles before letters."""

from typing import Any

import numpy as np
import pytest

from sim.base import CLASSES, DOMAINS
from sim.engine.build import plan
from sim.units import DAY
from sim.world.demand import officers
from tests.policy import hire, line, need, play, post, stage
from tests.support import case_of, lab, mapping_of

EVERYTHING = dict.fromkeys(DOMAINS, "own")
AT_ONCE = {name: {"median_min": 0.0, "office_hours": 0} for name in CLASSES}


def town(needs: list[dict[str, Any]], *words: str, clerks: int = 8) -> dict[str, Any]:
    """Clerks who are everywhere at once, and departments that hear of a case when it is served."""
    mapping = stage(needs, [post("clerk", 0)] * clerks, *words)
    hire(mapping, "clerk", EVERYTHING, speed_kmh=float("inf"))
    mapping["policy"]["whistle"] |= {"letter": AT_ONCE, "whistle": AT_ONCE}
    return mapping


def case_at(t: float, minutes: float, **more: Any) -> dict[str, Any]:
    """A case that comes to its department at ``t`` and needs an officer for so long [min]."""
    return need(t - 1.0, work=1.0, desk_min=minutes, **more)


# --- officers -----------------------------------------------------------------------


def test_an_officer_takes_one_case_after_the_other() -> None:
    """First come first served, each for as long as it takes."""
    rows = play(town([case_at(600, 50), case_at(610, 20), case_at(605, 30)]))
    assert rows.t_desk.tolist() == [600.0, 610.0, 605.0]
    assert rows.t_attended.tolist() == [600.0, 680.0, 650.0]
    assert rows.t_close.tolist() == [650.0, 700.0, 680.0]


def test_cases_of_one_moment_are_taken_in_order_of_their_number() -> None:
    """As requests are."""
    rows = play(town([case_at(600, 10) for _ in range(4)]))
    assert rows.t_attended.tolist() == [600.0, 610.0, 620.0, 630.0]


def test_two_officers_take_two_cases() -> None:
    """The third waits for the first who is free."""
    mapping = town([case_at(600, 50), case_at(600, 20), case_at(605, 30)])
    mapping["world"]["demand"]["specialist_share"]["city_order"] = 0.3  # hires two: see below
    rows = play(mapping)
    assert rows.t_attended.tolist() == [600.0, 600.0, 620.0]
    assert rows.t_close.tolist() == [650.0, 620.0, 650.0]


def test_every_domain_has_a_desk_of_its_own() -> None:
    """A queue before one keeps no other waiting."""
    rows = play(town([case_at(600, 500), case_at(601, 5, domain="hazards")]))
    assert rows.t_close.tolist() == [DAY + 560, 606.0]


def test_desk_work_pauses_outside_office_hours() -> None:
    """Ten hours from 9:30 on Tuesday: eight that day, two the next."""
    rows = play(town([case_at(DAY + 570, 600), case_at(DAY + 571, 1)]))
    assert rows.t_close[0] == 2 * DAY + 630
    assert rows.t_attended[1] == 2 * DAY + 630


def test_a_case_that_comes_on_saturday_is_done_on_monday() -> None:
    """The desk is closed at weekends, although the zones are not."""
    mapping = town([case_at(5 * DAY + 600, 45)])
    mapping["clock"]["days"] = 14
    assert play(mapping).t_close[0] == 7 * DAY + 510 + 45


@pytest.mark.parametrize("seed", range(4))
def test_whistled_cases_are_taken_before_letters(seed: int) -> None:
    """Each of the two in order of arrival; a case in hand is finished first.

    Ten cases come within ten minutes; one that was whistled for is told by a delay of its own.
    """
    mapping = town([need(600.0 + k, work=1.0, desk_min=20.0) for k in range(10)], clerks=10)
    mapping["draws"]["seed"] = seed
    heard = {name: {"median_min": 0.25, "office_hours": 0} for name in CLASSES}
    mapping["policy"]["whistle"] |= {"rate": 0.5, "whistle": heard, "whistle_sigma": 0.0}
    rows = play(mapping)
    whistled = rows.t_desk - rows.t_served == 0.25
    assert 0 < whistled.sum() < 10
    first = int(rows.t_desk.argmin())
    later = [k for k in range(10) if k != first]
    order = sorted(later, key=lambda k: (not whistled[k], rows.t_desk[k]))
    assert np.argsort(rows.t_attended).tolist() == [first, *order]
    assert rows.t_attended.max() == rows.t_desk.min() + 9 * 20.0


# --- how many there are -------------------------------------------------------------


def test_officers_are_hired_for_the_expected_load() -> None:
    """24 cases a day x .3 of 40 minutes in 385.7 office minutes are .747 of one, busy .6 of it."""
    case = lab("world.demand.specialist_share.city_order=0.3")
    hired = officers(case.world.demand, case.world.service, 1000)
    assert hired.tolist() == [2, 1, 1, 1, 1, 1]


def test_hidden_problems_and_the_way_of_the_officer_are_work_too() -> None:
    """10 a day called and 5 hidden, all for the department, 40 + 20 minutes each: 4 of them."""
    words = (
        "world.demand.needs_per_1000_per_day=10",
        "world.demand.latent.per_1000_per_day=5",
        "world.demand.latent.shares={city_order: 1.0}",
        "world.demand.latent.notice_hours={city_order: 48.0}",
        "world.demand.latent.ignition_days={city_order: .inf}",
        "world.demand.latent.outdoor_share={city_order: 1.0}",
        "world.demand.specialist_share.city_order=1.0",
        "world.service.departments.travel_min=20.0",
    )
    case = lab(*words)
    assert 3 < 15 * 60 / (2700 / 7) / 0.6 < 4
    assert officers(case.world.demand, case.world.service, 1000)[0] == 4


@pytest.mark.parametrize("name", ["merged", "narrow", "reform_plus"])
def test_no_policy_hires_officers(name: str) -> None:
    """Every arm has the same departments."""
    base, arm = (
        plan(case_of(f"policy={policy}", "clock=week")) for policy in ("fragmented_layered", name)
    )
    counts = [
        officers(item.case.world.demand, item.case.world.service, 252_600) for item in (base, arm)
    ]
    assert np.array_equal(*counts)
    assert counts[0][DOMAINS.index("emergency")] == 1


def test_desks_are_busy_with_their_share() -> None:
    """In Chibi the expected load is at most .6 of the officers' time, and with one less above."""
    world = mapping_of("world=chibi")["world"]
    case = case_of("world=chibi")
    hired = officers(case.world.demand, case.world.service, 252_600)
    demand, desks = world["demand"], world["service"]["departments"]
    for number, name in enumerate(DOMAINS[:5]):
        daily = demand["needs_per_1000_per_day"] * demand["shares"][name]
        daily += demand["latent"]["per_1000_per_day"] * demand["latent"]["shares"].get(name, 0.0)
        mean = desks["travel_min"] + desks["work_median_min"][name] * np.exp(1 / 2)
        load = 252.6 * daily * demand["specialist_share"][name] * mean / (2700 / 7)
        assert load / hired[number] <= 0.6
        assert hired[number] == 1 or load / (hired[number] - 1) > 0.6


# --- leaders ------------------------------------------------------------------------


def two_zones(needs: list[dict[str, Any]], zones_each: int, minutes: float) -> dict[str, Any]:
    """West and east with clerks of their own, and leaders who sign what leaves for a department."""
    mapping = town(needs)
    mapping["policy"]["layout"]["lines"] = [line("all", cells=[0] * 50 + [1] * 50)]
    mapping["policy"]["staffing"]["posts"] = [post("clerk", k % 2) for k in range(8)]
    mapping["policy"]["staffing"]["leaders"] = {"zones_each": zones_each, "approval_min": minutes}
    return mapping


def test_a_leader_signs_a_case_before_it_leaves() -> None:
    """Half an hour of office time, then the letter; the department's work comes on top."""
    row = play(two_zones([case_at(600, 20)], 8, 30.0)).iloc[0]
    assert (row.t_served, row.t_desk, row.t_close) == (600.0, 630.0, 650.0)


@pytest.mark.parametrize(("zones_each", "second"), [(1, 630.0), (2, 660.0)])
def test_a_leader_of_many_zones_signs_one_case_after_the_other(
    zones_each: int, second: float
) -> None:
    """Two zones under one leader wait for each other, under two leaders they do not."""
    rows = play(two_zones([case_at(600, 1, cell=0), case_at(600, 1, cell=99)], zones_each, 30.0))
    assert rows.t_desk.tolist() == [630.0, second]


def test_leaders_sign_in_office_hours() -> None:
    """A case of half past five waits for the morning, half done."""
    row = play(two_zones([case_at(1040, 1)], 8, 30.0)).iloc[0]
    assert row.t_desk == DAY + 510 + 20


def test_a_leader_who_takes_no_time_is_no_delay_at_night() -> None:
    """Off is 0 minutes: the letter leaves at once."""
    row = play(two_zones([case_at(1300, 1)], 8, 0.0)).iloc[0]
    assert row.t_desk == 1300.0


def test_leaders_sign_only_what_goes_to_a_department() -> None:
    """All else is closed when the visit ends."""
    rows = play(two_zones([need(600.0), need(600.0, cell=99)], 1, 300.0))
    assert rows.t_close.tolist() == [630.0, 630.0]
