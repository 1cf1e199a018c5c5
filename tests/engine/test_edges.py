"""Scenes at the edge of a rule, where breaking it would show nowhere else.

:mod:`tests.mutation` found that no other test, or none that is quick, would have noticed.
"""

from copy import deepcopy
from typing import Any

import numpy as np
import pytest

import sim
from sim import keyed
from sim.base import CLASSES, DOMAINS
from sim.engine.build import plan
from sim.keyed import Purpose
from sim.units import DAY
from tests.policy import hire, line, need, play, post, stage
from tests.support import lab

EVERYTHING = dict.fromkeys(DOMAINS, "own")
WEST, EAST = [0] * 50, [1] * 50
BY_DAY = ("08:00", "17:00", 1.0)


def halves(needs: list[dict[str, Any]], posts: list[dict[str, Any]]) -> dict[str, Any]:
    """A west zone of cells 0 to 49 and an east zone of cells 50 to 99; nobody needs a way."""
    mapping = stage(needs, posts)
    mapping["policy"]["layout"]["lines"] = [line("all", cells=[*WEST, *EAST])]
    return mapping


def two_lines(needs: list[dict[str, Any]]) -> dict[str, Any]:
    """City order has one owner and all else another, with one server for both."""
    mapping = stage(needs, [post("server", 0, 1)])
    mapping["policy"]["layout"]["lines"] = [line("order", "city_order"), line("rest", *DOMAINS[1:])]
    return mapping


def disputed(mapping: dict[str, Any], minutes: float) -> dict[str, Any]:
    """The same where lines dispute for so long about every cell."""
    mapping["world"]["city"]["disputed_share"] = 1.0
    mapping["policy"]["layout"]["unclear_share"] = 1.0
    mapping["policy"]["routing"]["unclear"] = delays(minutes)
    return mapping


def delays(minutes: float) -> dict[str, Any]:
    """The same median for every class, round the clock."""
    return {name: {"median_min": minutes, "office_hours": 0} for name in CLASSES}


# --- at one instant -----------------------------------------------------------------


def test_whose_job_ends_with_his_shift_takes_nothing_more() -> None:
    """Both end at 17:00; what waits is the next morning's."""
    mapping = stage([need(960.0, work=60.0), need(970.0)], [post("clerk", 0)])
    hire(mapping, "clerk", EVERYTHING, (BY_DAY,), speed_kmh=1e9)
    assert play(mapping).t_dispatch.tolist() == pytest.approx([960.0, DAY + 480])


def test_whoever_relieves_a_colleague_comes_before_the_neighbour() -> None:
    """At 18:00 one comes and one goes: the zone is never without anybody, so nobody covers."""
    posts = [post("early", 0), post("late", 0), post("server", 1)]
    mapping = halves([need(600.0, work=600.0), need(700.0)], posts)
    mapping["world"]["service"]["cover"]["neighbours"] = 1
    hire(mapping, "early", EVERYTHING, (("08:00", "18:00", 1.0),))
    hire(mapping, "late", EVERYTHING, (("18:00", "24:00", 1.0),))
    row = play(mapping).iloc[1]
    assert (row.worker, row.tier, row.t_dispatch) == (1, "own", 1080.0)


# --- which comes first --------------------------------------------------------------


def test_of_his_zones_a_worker_serves_the_one_that_has_waited_longest() -> None:
    """Not the one with the lower number, nor the one that came last."""
    needs = [need(600.0, work=60.0), need(620.0), need(610.0, cell=99), need(630.0, cell=99)]
    rows = play(halves(needs, [post("server", 0, 1)]))
    assert rows.t_dispatch.tolist() == [600.0, 690.0, 660.0, 720.0]


def test_a_backup_who_becomes_free_serves_his_own_zone_first_whatever_is_urgent() -> None:
    """A routine request of his own zone goes before an urgent one of his ward's."""
    needs = [
        need(600.0, work=300.0),
        need(600.0, cell=99, work=60.0),
        need(610.0, cell=99),
        need(620.0, urgency="urgent"),
    ]
    mapping = halves(needs, [post("server", 0), post("server", 1)])
    mapping["policy"]["dispatch"]["chain"] = 1
    rows = play(mapping)
    assert rows.worker.tolist() == [0, 1, 1, 1]
    assert rows.t_dispatch.tolist() == [600.0, 600.0, 660.0, 690.0]


# --- who stands in ------------------------------------------------------------------


def test_a_request_that_waits_alone_when_its_doors_open_is_no_overflow() -> None:
    """At 8:30 the east is idle and the west busy until 9:10; nothing else waits there."""
    needs = [need(500.0, work=50.0, urgency="urgent"), need(400.0)]
    mapping = halves(needs, [post("server", 0), post("server", 1)])
    mapping["world"]["service"]["hours"]["routine"] = {"opens": "08:30", "closes": "17:00"}
    mapping["policy"]["dispatch"]["overflow"] = 1
    row = play(mapping).loc[1]
    assert (row.worker, row.tier, row.t_dispatch) == (0, "own", 550.0)


def test_police_stay_out_while_anybody_of_the_line_is_on_duty() -> None:
    """At night the zone's own clerk is at home, but one of another zone is there."""
    posts = [post("clerk", 0), post("watch", 1), post("police", 2)]
    mapping = stage([need(1200.0, urgency="urgent")], posts, "world.service.cover.night=1")
    mapping["policy"]["layout"]["lines"] = [
        line("civil", *DOMAINS[:5], cells=[*WEST, *EAST]),
        line("police", "emergency"),
    ]
    hire(mapping, "clerk", EVERYTHING, (BY_DAY,))
    hire(mapping, "watch", EVERYTHING)
    hire(mapping, "police", {"emergency": "own"}, responder=True)
    assert play(mapping).t_dispatch[0] == DAY + 480


# --- background tasks ---------------------------------------------------------------


def test_an_interrupted_task_is_taken_up_again() -> None:
    """However often requests interrupt: minutes done and minutes left are the minutes drawn."""
    case = lab(
        "world.service.background.share=0.4",
        "world.service.background.interrupted_by=[routine]",
        "world.service.roles.server.background=1",
        "clock=week",
        "clock.warmup_days=0",
        "clock.follow_up_days=0",
    )
    work = sim.run(case).work
    assert work.requests[0] > 100
    assert work.background[0] + work.undone[0] == pytest.approx(plan(case).tasks.minutes.sum())


@pytest.mark.parametrize("seed", range(4))
def test_a_request_that_may_not_interrupt_a_task_is_taken_when_it_ends(seed: int) -> None:
    """Reported at 20:00 to a server who has tasks for nine tenths of his day."""
    mapping = stage([need(1200.0)], [post("server", 0)], "world.service.background.share=0.9")
    mapping["world"]["service"]["roles"]["server"]["background"] = 1.0
    mapping["draws"]["seed"] = seed
    case = sim.load(mapping)
    tasks, free = plan(case).tasks, 0.0
    for due, minutes in zip(tasks.t, tasks.minutes, strict=True):
        if max(free, due) >= 1200.0:
            break
        free = max(free, due) + minutes
    assert sim.run(case).requests.t_dispatch[0] == pytest.approx(max(free, 1200.0))


# --- names and owners ---------------------------------------------------------------


def test_a_wrong_name_is_never_right_and_every_handoff_takes_its_own_time() -> None:
    """Hops and delays are those drawn for the request and the hop, one by one."""
    mapping = two_lines([need(600.0) for _ in range(20)])
    mapping["policy"]["routing"] |= {"handoff": delays(60.0), "handoff_sigma": 0.7}
    mapping["world"]["demand"]["misnamed"] = 0.6
    draws = mapping["draws"]
    name, delay = (
        keyed.stream(draws["seed"], draws["replication"], purpose)
        for purpose in (Purpose.NAMED, Purpose.HANDOFF)
    )
    table = keyed.lognormal_table(0.7)
    rows = play(mapping)
    for number, row in zip(range(20), rows.itertuples(), strict=True):
        hops = int(np.argmin(keyed.u(name, number, np.arange(99)) < 0.6))
        luck = keyed.u(delay, number, np.arange(hops))
        minutes = 60.0 * table[(luck * len(table)).astype(int)].sum()
        assert row.handoffs == hops
        assert row.handoff == pytest.approx(minutes)
    assert rows.handoffs.max() > 3


def test_scheduled_work_knows_its_owner() -> None:
    """Where every cell is disputed and nearly every name wrong, nobody has to name it."""
    mapping = disputed(two_lines([need(600.0, kind="recurring")]), 60.0)
    mapping["world"]["demand"]["misnamed"] = 0.9
    mapping["policy"]["routing"]["handoff"] = delays(60.0)
    assert play(mapping).t_ready[0] == 600.0


# --- trust --------------------------------------------------------------------------


def test_an_answer_is_in_time_by_when_it_was_asked_for() -> None:
    """Two hours are the limit, and lines disputed for three: half the way from .8 to 0."""
    mapping = disputed(stage([need(600.0)], [post("server", 0)]), 180.0)
    mapping["world"]["people"]["reaction"] |= {"trust_start": 0.8, "trust_gain": 0.5}
    assert sim.run(sim.load(mapping)).facts["trust"] == pytest.approx(0.4)


# --- the day of the reform ----------------------------------------------------------


def test_what_waits_where_zones_change_hands_goes_to_the_new_owner() -> None:
    """East and west are swapped: the idle worker of the west takes what waited in the east."""
    needs = [need(600.0, cell=99, work=5 * DAY), need(700.0, cell=98)]
    mapping = halves(needs, [post("server", 0), post("server", 1)])
    mapping["before"] = deepcopy(mapping["policy"])
    mapping["clock"]["reform_day"] = 1.0
    mapping["policy"]["layout"]["lines"] = [line("all", cells=[*EAST, *WEST])]
    rows = play(mapping)
    assert rows.worker.tolist() == [1, 0]
    assert rows.t_dispatch.tolist() == [600.0, DAY]
