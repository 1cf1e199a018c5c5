"""Scenes of a few requests, each for one rule of the engine, with every number by hand.

Workers move a cell a minute where the way matters, and at once where it does not.
"""

from copy import deepcopy
from typing import Any

import numpy as np
import pytest

import sim
from sim import keyed
from sim.base import DOMAINS
from sim.engine.build import plan
from sim.keyed import Purpose
from sim.units import DAY
from tests.policy import hire, line, need, play, post, stage, then
from tests.support import lab

EVERYTHING = dict.fromkeys(DOMAINS, "own")
WEST, EAST = [0] * 50, [1] * 50
AT_ONCE = {"median_min": 0.0, "office_hours": 0}


def delays(minutes: float) -> dict[str, Any]:
    """The same delay for every class, round the clock."""
    return dict.fromkeys(("emergency", "urgent", "routine"), AT_ONCE | {"median_min": minutes})


def halves(needs: list[dict[str, Any]], posts: list[dict[str, Any]]) -> dict[str, Any]:
    """A west zone of cells 0 to 49 and an east zone of cells 50 to 99."""
    mapping = stage(needs, posts)
    mapping["policy"]["layout"]["lines"] = [line("all", cells=[*WEST, *EAST])]
    return mapping


# --- shifts -------------------------------------------------------------------------


def test_whoever_relieves_a_colleague_comes_before_the_neighbour() -> None:
    """At 18:00 one comes and one goes: the zone is never without anybody, so nobody covers."""
    needs = [need(600.0, work=600.0), need(700.0)]
    mapping = halves(needs, [post("early", 0), post("late", 0), post("server", 1)])
    mapping["world"]["service"]["cover"]["neighbours"] = 1
    hire(mapping, "early", EVERYTHING, (("08:00", "18:00", 1.0),))
    hire(mapping, "late", EVERYTHING, (("18:00", "24:00", 1.0),))
    row = play(mapping).iloc[1]
    assert (row.worker, row.tier, row.t_dispatch) == (1, "own", 1080.0)


def test_a_job_that_runs_into_the_next_shift_is_overtime_up_to_that_shift() -> None:
    """From 17:00 to 8:00; the rest of it, to 9:00, is paid."""
    mapping = stage([need(960.0, work=1020.0)], [post("clerk", 0)])
    hire(mapping, "clerk", EVERYTHING, (("08:00", "17:00", 1.0),), speed_kmh=1e9)
    record = sim.run(sim.load(mapping))
    assert record.requests.t_close.tolist() == pytest.approx([DAY + 540])
    assert record.work.overtime.tolist() == pytest.approx([15 * 60.0])


def test_police_stay_out_while_anybody_of_the_line_is_on_duty() -> None:
    """At night the zone's own clerk is at home, but the clerk of another zone is there."""
    posts = [post("clerk", 0), post("watch", 1), post("police", 2)]
    mapping = stage([need(1200.0, urgency="urgent")], posts, "world.service.cover.night=1")
    mapping["policy"]["layout"]["lines"] = [
        line("civil", *DOMAINS[:5], cells=[*WEST, *EAST]),
        line("police", "emergency"),
    ]
    hire(mapping, "clerk", EVERYTHING, (("08:00", "17:00", 1.0),))
    hire(mapping, "watch", EVERYTHING)
    hire(mapping, "police", {"emergency": "own"}, responder=True)
    assert play(mapping).t_dispatch[0] == DAY + 480


# --- helping without leaving one's own ----------------------------------------------


def chained(needs: list[dict[str, Any]], helper: str = "server") -> dict[str, Any]:
    """Two zones that back each other up, one worker in each."""
    mapping = halves(needs, [post("server", 0), post(helper, 1)])
    mapping["policy"]["dispatch"]["chain"] = 1
    return mapping


def test_a_backup_goes_to_his_ward() -> None:
    """The second request of the west is the east's at once."""
    rows = play(chained([need(600.0, work=300.0), need(610.0)]))
    assert rows.worker.tolist() == [0, 1]
    assert rows.tier.tolist() == ["own", "chain"]
    assert rows.t_dispatch[1] == 610.0


def test_a_backup_who_becomes_free_serves_his_own_zone_first() -> None:
    """A routine request of his own zone goes before an urgent one of his ward's."""
    needs = [
        need(600.0, work=300.0),
        need(600.0, cell=99, work=60.0),
        need(610.0, cell=99),
        need(620.0, urgency="urgent"),
    ]
    rows = play(chained(needs))
    assert rows.worker.tolist() == [0, 1, 1, 1]
    assert rows.t_dispatch.tolist() == [600.0, 600.0, 660.0, 690.0]


def test_a_backup_with_a_request_of_his_own_waiting_is_not_sent_to_his_ward() -> None:
    """Not even to an emergency, though he is idle: he is kept from his own by the reserve."""
    needs = [
        need(600.0, work=60.0, urgency="emergency"),
        need(610.0, cell=99),
        need(620.0, urgency="emergency"),
    ]
    mapping = chained(needs, "guard")
    hire(mapping, "guard", EVERYTHING)
    mapping["policy"]["dispatch"]["reserve"] = {"guard": 1}
    rows = play(mapping)
    assert rows.worker.tolist() == [0, 0, 0]
    assert rows.t_dispatch.tolist() == [600.0, 690.0, 660.0]


# --- background tasks ---------------------------------------------------------------


def test_an_interrupted_task_is_taken_up_again() -> None:
    """However often requests interrupt: minutes done and minutes left are the minutes drawn."""
    case = lab(
        "world.demand.needs_per_1000_per_day=24",
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
    """The server is at work on tasks without a break from the first day's morning on."""
    mapping = stage([need(1200.0)], [post("server", 0)], "world.service.background.share=0.9")
    mapping["world"]["service"]["roles"]["server"]["background"] = 1.0
    mapping["draws"]["seed"] = seed
    case = sim.load(mapping)
    tasks, now = plan(case).tasks, 0.0
    for due, minutes in zip(tasks.t, tasks.minutes, strict=True):
        if max(now, due) >= 1200.0:
            break
        now = max(now, due) + minutes
    assert sim.run(case).requests.t_dispatch[0] == pytest.approx(max(now, 1200.0))


# --- wrong names --------------------------------------------------------------------


def test_every_wrong_name_is_passed_on_and_every_handoff_takes_its_own_time() -> None:
    """A line of one domain is never named by mistake; hops and delays are those drawn."""
    mapping = stage([need(600.0) for _ in range(20)], [post("server", 0, 1)])
    mapping["policy"]["layout"]["lines"] = [
        line("one", "city_order"),
        line("other", *(name for name in DOMAINS if name != "city_order")),
    ]
    mapping["policy"]["routing"] |= {"handoff": delays(60.0), "handoff_sigma": 0.7}
    mapping["world"]["demand"]["misnamed"] = 0.6
    seeds = sim.load(mapping).draws.seeds
    name, delay = (
        keyed.stream(seeds.seed, seeds.demand, purpose)
        for purpose in (Purpose.NAMED, Purpose.HANDOFF)
    )
    quantiles = keyed.lognormal_table(0.7)
    rows = play(mapping)
    for request, row in rows.iterrows():
        hops = int(np.argmin(keyed.u(name, request, np.arange(99)) < 0.6))
        luck = keyed.u(delay, request, np.arange(hops))
        minutes = 60.0 * quantiles[(luck * len(quantiles)).astype(int)]
        assert (row.handoffs, row.handoff) == (hops, pytest.approx(minutes.sum()))
    assert rows.handoffs.max() > 3


# --- what follows from a visit ------------------------------------------------------


def test_the_second_part_of_a_joint_case_is_handed_to_its_owner() -> None:
    """One handoff of an hour to the other line; both are closed when the part is."""
    mapping = stage([need(600.0, part=then("hazards", 20.0))], [post("server", 0, 1)])
    mapping["policy"]["layout"]["lines"] = [
        line("one", "city_order"),
        line("other", *(name for name in DOMAINS if name != "city_order")),
    ]
    mapping["policy"]["routing"]["handoff"] = delays(60.0)
    rows = play(mapping)
    assert rows.kind.tolist() == ["call", "part"]
    assert rows.t_ready.tolist() == [600.0, 690.0]
    assert rows.handoffs.tolist() == [0, 1]
    assert rows.t_close.tolist() == [710.0, 710.0]


def test_a_second_part_in_the_same_zone_is_not_handed_on() -> None:
    """One owner of both: ready when the first visit ends."""
    mapping = stage([need(600.0, part=then("hazards", 20.0))], [post("server", 0)])
    mapping["policy"]["routing"]["handoff"] = delays(60.0)
    assert play(mapping).t_ready.tolist() == [600.0, 630.0]


def test_a_closed_case_comes_back_a_day_later() -> None:
    """Closed at 10:30, back at 10:30, with work of its own."""
    rows = play(stage([need(600.0, again=then(work=5.0))], [post("server", 0)]))
    assert rows.t_reported.tolist() == [600.0, DAY + 630]
    assert rows.t_close.tolist() == [630.0, DAY + 635]


def test_scheduled_work_knows_its_owner() -> None:
    """In a disputed cell, where every name is wrong: nobody has to name it."""
    words = ("world.city.disputed_share=1", "world.demand.misnamed=0.9")
    mapping = stage([need(600.0, kind="recurring")], [post("server", 0, 1)], *words)
    mapping["policy"]["layout"]["unclear_share"] = 1.0
    mapping["policy"]["layout"]["lines"] = [line("one", "city_order"), line("rest", *DOMAINS[1:])]
    mapping["policy"]["routing"] |= {"handoff": delays(60.0), "unclear": delays(60.0)}
    assert play(mapping).t_ready[0] == 600.0


# --- how long a job takes -----------------------------------------------------------


def test_practice_wears_the_slowdown_off() -> None:
    """Half as long again at first, and 1/e of that a day later."""
    needs = [need(600.0, domain="hazards"), need(DAY + 600, domain="hazards")]
    mapping = stage(needs, [post("hand", 0)])
    hire(mapping, "hand", {"hazards": "cross", "city_order": "own"}, speed_kmh=1e9)
    mapping["policy"]["staffing"]["slowdown"] = 0.5
    mapping["policy"]["staffing"]["practice"]["learning_days"] = 1.0
    assert play(mapping).service.tolist() == pytest.approx([45.0, 30 + 15 * np.exp(-1)])


def test_ownership_is_diluted_by_those_who_have_the_skill() -> None:
    """Two of three: 20 % times a half."""
    mapping = stage([need(600.0)], [post("server", 0), post("server", 0), post("porter", 0)])
    hire(mapping, "porter", {"hazards": "own"})
    mapping["world"]["service"]["dilution"] = 0.2
    assert play(mapping).service[0] == pytest.approx(33.0)


# --- called off ---------------------------------------------------------------------


def called_off(t: float, cell: int) -> Any:
    """A runner sent to cell 5 at 10:00, and an emergency of 10 minutes."""
    needs = [need(600.0, cell=5), need(t, cell=cell, work=10.0, urgency="emergency")]
    mapping = stage(needs, [post("runner", 0)])
    hire(mapping, "runner", EVERYTHING)
    mapping["policy"]["dispatch"]["preempts"] = ["emergency"]
    return play(mapping)


def test_whoever_is_called_off_at_the_scene_returns_to_what_is_left() -> None:
    """There from 10:05 to 10:10, away for 4 + 10 + 4 minutes, then the other 25."""
    rows = called_off(610.0, 9)
    assert rows.t_arrive.tolist() == pytest.approx([605.0, 614.0])
    assert rows.t_close.tolist() == pytest.approx([653.0, 624.0])
    assert rows.travel.tolist() == pytest.approx([5.0 + 4.0, 4.0])
    assert rows.service.tolist() == pytest.approx([30.0, 10.0])


def test_whoever_is_called_off_on_his_way_goes_from_where_he_is() -> None:
    """At 10:03 he is in cell 3, where the emergency is; two more steps when it is over."""
    rows = called_off(603.0, 3)
    assert rows.t_arrive.tolist() == pytest.approx([615.0, 603.0])
    assert rows.travel.tolist() == pytest.approx([3.0 + 2.0, 0.0])
    assert rows.t_close.tolist() == pytest.approx([645.0, 613.0])


# --- rapid response -----------------------------------------------------------------


def test_in_a_surge_those_who_switch_wait_for_emergencies_and_then_take_what_waits() -> None:
    """On with the second emergency at 10:00, off at 10:20 when one is left."""
    needs = [
        need(600.0, work=20.0, urgency="emergency"),
        need(600.0, work=300.0, urgency="emergency"),
        need(610.0),
    ]
    mapping = stage(needs, [post("police", 0) for _ in range(3)])
    hire(mapping, "police", EVERYTHING, speed_kmh=1e9)
    surge = {"rate": 1.0, "roles": ["police"], "open_at": 2, "close_at": 1}
    mapping["policy"]["surge"] = surge
    assert play(mapping).t_dispatch.tolist() == pytest.approx([600.0, 600.0, 620.0])


# --- departments --------------------------------------------------------------------


def referred(needs: list[dict[str, Any]], *, letter: float = 0.0) -> dict[str, Any]:
    """A visit without work for each of these cases, and one officer for them all."""
    mapping = stage(needs, [post("server", 0)])
    mapping["policy"]["whistle"] |= {
        "letter": delays(letter),
        "letter_sigma": 0.0,
        "whistle": delays(60.0),
        "whistle_sigma": 0.0,
    }
    return mapping


def case_for(t: float, minutes: float) -> dict[str, Any]:
    """A case that a department works on for so long."""
    return need(t, work=0.0, desk_min=minutes)


def test_letters_are_opened_in_the_order_in_which_they_come() -> None:
    """Three in ten minutes, an hour of work each."""
    rows = play(referred([case_for(600.0 + 5 * k, 60.0) for k in range(3)]))
    assert rows.t_desk.tolist() == [600.0, 605.0, 610.0]
    assert rows.t_attended.tolist() == [600.0, 660.0, 720.0]
    assert rows.t_close.tolist() == [660.0, 720.0, 780.0]


def test_whistled_cases_go_before_letters() -> None:
    """They come half an hour after the letters, and are attended before all but the first."""
    mapping = referred([case_for(510.0, 40.0) for _ in range(12)], letter=30.0)
    mapping["policy"]["whistle"]["rate"] = 0.5
    rows = play(mapping).sort_values("t_attended")
    came = rows.t_desk.tolist()
    assert {540.0, 570.0} == set(came)
    assert came == [540.0, *sorted(came[1:], reverse=True)]


def test_a_leader_signs_before_the_letter_is_sent() -> None:
    """Half an hour each, one at a time; the letter then takes no time."""
    mapping = referred([case_for(600.0, 10.0), case_for(610.0, 10.0)])
    mapping["policy"]["staffing"]["leaders"]["approval_min"] = 30.0
    assert play(mapping).t_desk.tolist() == [630.0, 660.0]


def test_a_whistled_department_reports_in_within_the_limit() -> None:
    """After 20 minutes, though it would take an hour."""
    mapping = referred([case_for(600.0, 10.0)])
    mapping["policy"]["whistle"] |= {"rate": 1.0, "report_in_min": 20.0}
    assert play(mapping).t_desk[0] == 620.0


# --- hidden problems ----------------------------------------------------------------


def searched(needs: list[dict[str, Any]], cells_per_hour: float = 60.0) -> dict[str, Any]:
    """One server searches the hundred cells of his unit: a cell a minute, 1 % of them.

    Explicit posts search nothing, so he comes from heads.
    """
    mapping = stage(needs, [])
    mapping["policy"]["sensing"] |= {"reports": {"server": ["city_order"]}}
    mapping["world"]["service"]["patrol"]["sweep_per_hour"] = cells_per_hour
    return mapping


def effort(mapping: dict[str, Any], number: int) -> float:
    """Minutes of search at 1 % a minute until the problem of this number is found."""
    seeds = sim.load(mapping).draws.seeds
    stream = keyed.stream(seeds.seed, seeds.demand, Purpose.TRAIL)
    return -float(np.log(keyed.u(stream, number))) * 100.0


def hidden(t: float, **more: Any) -> dict[str, Any]:
    """A problem nobody knows of, without work."""
    return need(t, kind="latent", work=0.0) | more


def test_every_hidden_problem_is_found_when_its_own_share_has_been_searched() -> None:
    """An exponential threshold each, counted from when it began."""
    mapping = searched([hidden(100.0 * k) for k in range(6)])
    expected = [100.0 * k + effort(mapping, k) for k in range(6)]
    assert play(mapping).t_reported.tolist() == pytest.approx(expected)


def test_nobody_searches_while_on_a_request() -> None:
    """Half an hour of work puts the find off by half an hour."""
    mapping = searched([hidden(0.0), need(1.0)])
    assert effort(mapping, 0) > 1.0
    assert play(mapping).t_reported[0] == pytest.approx(effort(mapping, 0) + 30.0)


def test_what_is_found_is_not_reported_again() -> None:
    """Residents would have noticed it five days later."""
    mapping = searched([hidden(0.0, known_after_min=5 * DAY)])
    row = play(mapping).iloc[0]
    assert row.t_reported == pytest.approx(effort(mapping, 0))
    assert row.t_close == row.t_reported < 5 * DAY


def test_what_ignites_is_an_emergency() -> None:
    """Of that domain and class, after an hour."""
    needs = [need(600.0, kind="latent", known_after_min=60.0, known_by="ignition")]
    row = play(stage(needs, [post("server", 0)])).iloc[0]
    assert (row.t_reported, row.domain, row.urgency) == (660.0, "emergency", "emergency")


# --- residents ----------------------------------------------------------------------


def impatient(needs: list[dict[str, Any]], abandons: float) -> dict[str, Any]:
    """Everybody waits an hour; a clerk comes at 8:00."""
    mapping = stage(needs, [post("clerk", 0)])
    hire(mapping, "clerk", EVERYTHING, (("08:00", "17:00", 1.0),))
    mapping["world"]["people"]["reaction"] |= {
        "impatient_share": 1.0,
        "patience_median_min": 60.0,
        "patience_sigma": 0.0,
        "abandon_share": abandons,
    }
    return mapping


def test_who_loses_patience_calls_again_and_waits_anew() -> None:
    """Every hour from 2:30 until the clerk comes at 8:00."""
    row = play(impatient([need(90.0)], 0.0)).iloc[0]
    assert (row.repeats, row.t_dispatch, row.status) == (6, 480.0, "closed")


def test_who_gives_up_is_not_served() -> None:
    """Neither from the queue, where the clerk would have found him, nor on his way there."""
    row = play(impatient([need(90.0)], 1.0)).iloc[0]
    assert (row.status, row.worker, row.repeats) == ("abandoned", -1, 0)
    mapping = impatient([need(500.0)], 1.0)
    mapping["world"]["city"]["disputed_share"] = 1.0
    mapping["policy"]["layout"]["unclear_share"] = 1.0
    mapping["policy"]["routing"]["unclear"] = delays(100.0)
    row = play(mapping).iloc[0]
    assert (row.status, row.worker) == ("abandoned", -1)
    assert np.isnan(row.t_ready)


def mistrusted(*roles: str) -> dict[str, Any]:
    """One answer, three hours after the report because lines dispute it, and trust follows."""
    mapping = stage([need(600.0), need(DAY + 600)], [post(role, 0) for role in roles])
    mapping["world"]["city"]["disputed_share"] = 1.0
    mapping["policy"]["layout"]["unclear_share"] = 1.0
    mapping["policy"]["routing"]["unclear"] = delays(180.0)
    mapping["world"]["people"]["reaction"] |= {"trust_start": 0.8, "trust_gain": 0.5}
    mapping["clock"]["days"] = 2
    return mapping


def test_trust_follows_the_share_of_answers_that_came_in_time() -> None:
    """Half the way from .8 to 0, on the one midnight of the run."""
    assert sim.run(sim.load(mistrusted("server"))).facts["trust"] == pytest.approx(0.4)


def test_without_trust_nobody_comes_of_free_will() -> None:
    """Trust falls by .4, turnout by three times that: to 0 on the second day."""
    mapping = mistrusted("friend")
    hire(mapping, "friend", EVERYTHING, (("08:00", "20:00", 1.0),))
    mapping["world"]["service"]["roles"]["friend"]["turnout"] = 1
    mapping["world"]["people"]["reaction"]["trust_turnout"] = 3.0
    assert play(mapping).worker.tolist() == [0, -1]


# --- the day of the reform ----------------------------------------------------------


def reformed(mapping: dict[str, Any]) -> dict[str, Any]:
    """The same policy before the end of the first day, to be changed afterwards."""
    mapping["before"] = deepcopy(mapping["policy"])
    mapping["clock"]["reform_day"] = 1.0
    return mapping


def test_what_waits_at_the_reform_goes_to_its_new_owner() -> None:
    """East and west change hands: the idle worker of the west takes what waited in the east."""
    needs = [need(600.0, cell=99, work=5 * DAY), need(700.0, cell=98)]
    mapping = reformed(halves(needs, [post("server", 0), post("server", 1)]))
    mapping["policy"]["layout"]["lines"] = [line("all", cells=[*EAST, *WEST])]
    rows = play(mapping)
    assert rows.worker.tolist() == [1, 0]
    assert rows.t_dispatch.tolist() == [600.0, DAY]


def test_at_the_reform_nobody_takes_a_new_post_in_the_middle_of_his_shift() -> None:
    """On duty from 22:00 to 6:00, moved at midnight: he begins in the east at 22:00."""
    mapping = halves([need(DAY + 60, cell=99)], [post("watch", 0)])
    hire(mapping, "watch", EVERYTHING, (("22:00", "06:00", 1.0),))
    reformed(mapping)["policy"]["staffing"]["posts"] = [post("watch", 1)]
    assert play(mapping).t_dispatch[0] == DAY + 22 * 60


def test_what_has_been_searched_counts_on_after_a_reform() -> None:
    """A reform that changes nothing: found when it would have been found without."""
    mapping = searched([hidden(0.0)], cells_per_hour=1.0)
    without = play(mapping).t_reported[0]
    assert DAY < without
    assert play(reformed(mapping)).t_reported[0] == pytest.approx(without)


def test_the_dip_begins_with_the_reform() -> None:
    """None before it, half as long again on its day, and 1/e of that a day later."""
    mapping = reformed(stage([need(600.0 + DAY * k) for k in range(3)], [post("server", 0)]))
    mapping["policy"]["staffing"]["practice"] |= {"dip": 0.5, "dip_days": 1.0}
    expected = [30.0, 45.0, 30 + 15 * np.exp(-1)]
    assert play(mapping).service.tolist() == pytest.approx(expected)
