"""Residents who wait: calls made again, requests given up, and what a day does to trust."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import sim
from sim.base import DOMAINS
from sim.engine.build import build, plan
from sim.runner import proceed
from sim.units import DAY
from tests.policy import hire, line, need, play, post, stage, then
from tests.world import assert_share

EVERYTHING = dict.fromkeys(DOMAINS, "own")
ALL_DAY = ("00:00", "24:00", 1.0)


def waiting_room(
    needs: list[dict[str, Any]],
    *words: str,
    shift: tuple[str, str, float] = ALL_DAY,
    **reaction: float,
) -> dict[str, Any]:
    """One worker; every caller is impatient after an hour unless the scene says otherwise."""
    mapping = stage(needs, [post("hand", 0)], *words)
    hire(mapping, "hand", EVERYTHING, (shift,), speed_kmh=float("inf"))
    mapping["world"]["people"]["reaction"] |= {
        "impatient_share": 1.0,
        "patience_median_min": 60.0,
        "patience_sigma": 0.0,
        "abandon_share": 0.0,
        **reaction,
    }
    return mapping


AFTERNOON = ("14:00", "24:00", 1.0)


# --- calls made again ---------------------------------------------------------------


def test_who_loses_patience_calls_again() -> None:
    """Waiting from 10:00 to 14:00 with an hour's patience each time: at 11, 12 and 13.

    At 14:00 somebody sets out before he would have called once more.
    """
    row = play(waiting_room([need(600.0)], shift=AFTERNOON)).iloc[0]
    assert (row.t_dispatch, row.repeats) == (840.0, 3)


def test_nobody_calls_again_once_somebody_is_on_his_way() -> None:
    """However long way and work take."""
    row = play(waiting_room([need(600.0, work=500.0)])).iloc[0]
    assert (row.t_dispatch, row.repeats, row.status) == (600.0, 0, "closed")


def test_calling_again_changes_nothing_else() -> None:
    """The request keeps its place and its times."""
    needs = [need(600.0 + k, work=200.0) for k in range(6)]
    patient = play(waiting_room(needs, impatient_share=0.0))
    again = play(waiting_room(needs))
    assert again.repeats.tolist() == [0, 3, 6, 9, 13, 16]
    pd.testing.assert_frame_equal(again.drop(columns="repeats"), patient.drop(columns="repeats"))


def test_patience_runs_from_the_report() -> None:
    """Triage is part of the wait: after 59 minutes of it one more is enough.

    Nobody is ever there; on the last day those reported more than an hour before the end have
    given up, the others have not.
    """
    away = ("00:00", "00:01", 1.0)
    mapping = waiting_room([], "clock.days=1", shift=away, abandon_share=1.0)
    mapping["world"]["demand"] |= {"needs_per_1000_per_day": 2400.0, "triage_median_min": 59.0}
    rows = play(mapping)
    assert ((rows.t_reported > DAY - 70) & (rows.t_reported < DAY - 60)).sum() > 5
    assert (rows.status == "abandoned").equals(rows.t_reported < DAY - 60)


def test_patience_takes_its_median_in_half_of_the_cases() -> None:
    """Lognormal; every caller has his own. Of those who wait as long as the median half give up."""
    needs = [need(DAY - 60.0) for _ in range(600)]
    away = ("00:00", "01:00", 1.0)
    mapping = waiting_room(needs, "clock.days=1", shift=away, patience_sigma=1.0, abandon_share=1.0)
    assert_share(play(mapping).status == "abandoned", 0.5)


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_so_many_are_impatient_as_the_share_says(share: float) -> None:
    """The others wait without a word."""
    needs = [need(10.0 + k / 10) for k in range(600)]
    away = ("00:00", "00:01", 1.0)
    rows = play(waiting_room(needs, "clock.days=1", shift=away, impatient_share=share))
    assert_share(rows.repeats > 0, share)


# --- given up -----------------------------------------------------------------------


def test_who_gives_up_leaves_the_queue() -> None:
    """After an hour; the next one has his place."""
    needs = [need(600.0, work=100.0), need(605.0), need(690.0)]
    rows = play(waiting_room(needs, abandon_share=1.0))
    assert rows.status.tolist() == ["closed", "abandoned", "closed"]
    assert rows.t_dispatch[2] == 700.0
    assert np.isnan(rows.loc[1, ["t_dispatch", "t_arrive", "t_close"]].astype(float)).all()
    assert rows.t_ready[1] == 605.0
    assert rows.worker[1] == -1


def test_giving_up_competes_with_being_answered() -> None:
    """Who is served after 59 minutes is served; who would be after 61 is not."""
    needs = [need(600.0, work=100.0), need(641.0), need(639.0)]
    rows = play(waiting_room(needs, abandon_share=1.0))
    assert rows.status.tolist() == ["closed", "closed", "abandoned"]


def test_at_the_very_moment_the_answer_comes_first() -> None:
    """The end of a job is before a release."""
    rows = play(waiting_room([need(600.0, work=100.0), need(640.0)], abandon_share=1.0))
    assert rows.t_dispatch[1] == 700.0


def test_who_gives_up_on_the_way_is_not_served_later() -> None:
    """Lines dispute for a hundred minutes; his hour is over before."""
    mapping = waiting_room([need(600.0), need(900.0)], abandon_share=1.0)
    mapping["world"]["city"]["disputed_share"] = 1.0
    mapping["policy"]["layout"]["unclear_share"] = 1.0
    mapping["policy"]["routing"]["unclear"]["routine"] = {"median_min": 100.0, "office_hours": 0}
    rows = play(mapping)
    assert rows.status.tolist() == ["abandoned", "abandoned"]
    assert rows.t_ready.isna().all()


def test_who_gives_up_makes_room_for_another() -> None:
    """One may wait: the second does until 665, so that the third at 664 is lost, at 666 not."""
    for t, status in ((664.0, "lost"), (666.0, "closed")):
        mapping = waiting_room([need(600.0, work=100.0), need(605.0), need(t)], abandon_share=1.0)
        mapping["policy"]["dispatch"]["queue_capacity"] = 1.0
        assert play(mapping).status.tolist() == ["closed", "abandoned", status]


def test_nothing_follows_what_was_given_up() -> None:
    """Neither a second part nor the same trouble again."""
    needs = [need(600.0, work=100.0), need(605.0, part=then("hazards"), again=then())]
    rows = play(waiting_room(needs, abandon_share=1.0))
    assert rows.kind.tolist() == ["call", "call"]


def test_every_time_patience_runs_out_some_give_up() -> None:
    """With a share of .3 the number of calls made again is geometric: 0 in .3, 1 in .21."""
    needs = [need(10.0 + k / 10) for k in range(600)]
    away = ("00:00", "00:01", 1.0)
    rows = play(waiting_room(needs, shift=away, abandon_share=0.3))
    assert (rows.status == "abandoned").all()
    assert_share(rows.repeats == 0, 0.3)
    assert_share(rows.repeats == 1, 0.7 * 0.3)
    assert_share(rows.repeats >= 3, 0.7**3)


def test_only_those_who_call_lose_patience() -> None:
    """Tasks, hidden problems that were noticed, second parts and reopenings wait for ever."""
    hidden = {"kind": "latent", "known_after_min": 0.0, "known_by": "residents"}
    needs = [
        need(600.0, kind="recurring"),
        need(600.0, **hidden),
        need(100.0, work=10.0, part=then("hazards", 10.0), again=then()),
    ]
    mapping = waiting_room(needs, shift=("01:00", "02:01", 1.0), abandon_share=1.0)
    mapping["policy"]["staffing"]["skills"]["hand"] = {"city_order": "own"}
    mapping["world"]["service"]["reopen_after_min"] = 60.0
    rows = play(mapping)
    assert dict(zip(rows.kind, rows.status, strict=True)) == {
        "recurring": "closed",
        "latent": "closed",
        "call": "parted",
        "part": "waiting",
    }
    assert not rows.repeats.any()


def test_without_impatience_nothing_depends_on_it() -> None:
    """Off is a share of 0."""
    needs = [need(600.0 + k, work=200.0) for k in range(6)]
    one, other = (
        play(waiting_room(needs, impatient_share=0.0, **more))
        for more in (
            {"patience_median_min": 1.0, "abandon_share": 1.0},
            {"patience_median_min": 9e9, "abandon_share": 0.0},
        )
    )
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    assert (one.status == "closed").all()


# --- trust --------------------------------------------------------------------------


def believing(needs: list[dict[str, Any]], **reaction: float) -> dict[str, Any]:
    """Patient residents whose trust starts at .7 and moves half-way a day; in time is 30 min."""
    usual = {"trust_start": 0.7, "trust_gain": 0.5, "in_time_min": 30.0, "impatient_share": 0.0}
    return waiting_room(needs, **{**usual, **reaction})


def trust(mapping: dict[str, Any]) -> float:
    """Trust at the end of a scene."""
    return float(sim.run(sim.load(mapping)).facts["trust"])


def test_trust_moves_towards_the_share_of_answers_that_came_in_time() -> None:
    """One of two: from .7 to .7 + .5 (.5 - .7); and then it stays, for nobody calls."""
    late = [need(600.0, work=31.0), need(600.0, work=10.0)]
    assert trust(believing(late)) == pytest.approx(0.6)


def test_an_answer_at_the_limit_is_in_time() -> None:
    """Both arrive within half an hour: .7 + .5 (1 - .7)."""
    assert trust(believing([need(600.0, work=30.0), need(600.0)])) == pytest.approx(0.85)


def test_every_day_counts_for_itself() -> None:
    """One of four in time, a day without calls, one of one: .7, .475, .475, .7375.

    Tasks nobody called for are answers too.
    """
    late = [need(601.0 + k, work=1.0) for k in range(3)]
    needs = [need(600.0, kind="recurring", work=99.0), *late, need(2 * DAY + 600.0)]
    assert trust(believing(needs)) == pytest.approx(0.7375)


def test_a_request_that_is_given_up_is_an_answer_too_late() -> None:
    """One served at once, one given up after an hour: .7 + .5 (.5 - .7)."""
    needs = [need(600.0, work=100.0), need(605.0)]
    mapping = believing(needs, impatient_share=1.0, abandon_share=1.0)
    assert trust(mapping) == pytest.approx(0.6)


def test_trust_counts_on_the_day_somebody_sets_out() -> None:
    """Called on Monday evening, answered on Tuesday morning: Monday is not blamed."""
    mapping = believing([need(1400.0)], in_time_min=30.0)
    hire(mapping, "hand", EVERYTHING, (("08:00", "20:00", 1.0),), speed_kmh=float("inf"))
    for days, expected in ((2, 0.7), (3, 0.35)):
        mapping["clock"]["days"] = days
        assert trust(mapping) == pytest.approx(expected)


def test_who_loses_trust_does_not_call() -> None:
    """Readiness is 1 + 100 (.6833 - .7), cut to 0: two of three answers came in time.

    What counts is the trust of the midnight before the report.
    """
    late = [need(600.0, work=31.0), need(600.0, work=10.0)]
    needs = [*late, need(DAY - 0.5), need(DAY + 0.5), need(3 * DAY)]
    rows = play(believing(needs, trust_reports=100.0))
    assert rows.index.tolist() == [0, 1, 2]


def test_readiness_is_the_share_of_needs_that_are_called_for() -> None:
    """All answers come too late: trust is .7, .35 and .175, readiness 1, .65 and .475.

    Who calls at a low readiness calls at a high one.
    """
    mapping = believing([], in_time_min=1.0, trust_reports=1.0)
    mapping["world"]["demand"] |= {"needs_per_1000_per_day": 480.0, "triage_median_min": 5.0}
    fewer = play(mapping)
    mapping["world"]["people"]["reaction"]["trust_gain"] = 0.0
    every = play(mapping)
    called = pd.Series(every.index.isin(fewer.index), index=every.index)
    for day, readiness in enumerate((1.0, 0.65, 0.475)):
        assert_share(called[every.t_reported // DAY == day], readiness)
    assert fewer.index.isin(every.index).all()


def test_readiness_never_leaves_0_to_1() -> None:
    """More trust than at first cannot make more calls than there are needs."""
    needs = [need(600.0), need(DAY + 600.0), need(2 * DAY + 600.0)]
    assert len(play(believing(needs, trust_reports=50.0))) == 3


def test_trust_that_does_not_move_changes_nothing() -> None:
    """Off is a gain of 0, whatever was expected."""
    needs = [need(600.0 + k, work=200.0) for k in range(6)]
    one, other = (
        play(believing(needs, trust_gain=0.0, **more))
        for more in ({"trust_start": 0.0}, {"trust_start": 1.0, "trust_reports": 99.0})
    )
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    assert trust(believing(needs, trust_gain=0.0)) == 0.7


# --- turnout ------------------------------------------------------------------------


def volunteers(trust_turnout: float, *, free: int = 1, heads: int = 1) -> dict[str, Any]:
    """Volunteers from 9:00 to 12:00, and a hand who answers one of two requests in time."""
    late = [need(600.0, work=31.0), need(600.0, work=10.0)]
    mapping = believing([*late, need(DAY + 600.0, domain="hazards")], trust_turnout=trust_turnout)
    mapping["policy"]["staffing"]["posts"] += [post("volunteer", 0)] * heads
    mapping["policy"]["staffing"]["skills"]["hand"] = {"city_order": "own"}
    hire(mapping, "volunteer", {"hazards": "own"}, (("09:00", "12:00", 1.0),))
    mapping["world"]["service"]["roles"]["volunteer"]["turnout"] = free
    mapping["world"]["people"]["reaction"]["trust_reports"] = 0.0
    return mapping


@pytest.mark.parametrize(("change", "free", "day"), [(0.0, 1, 1), (10.0, 1, None), (10.0, 0, 1)])
def test_who_comes_of_free_will_stays_away_when_trust_is_lost(
    change: float, free: int, day: int | None
) -> None:
    """Turnout is 1 + 10 (.6 - .7) = 0; who is paid to come does."""
    row = play(volunteers(change, free=free)).iloc[2]
    assert (row.t_dispatch // DAY == day) if day else np.isnan(row.t_dispatch)


def test_turnout_is_the_share_of_those_who_come() -> None:
    """1 + 6 (.6 - .7) = .4 on Tuesday; on Monday everybody came. Each day has its own luck."""
    mapping = volunteers(6.0, heads=600)
    mapping["world"]["demand"]["tape"].pop()
    state = build(plan(sim.load(mapping)))
    came = {}
    for day in range(3):
        state = proceed(state, day * DAY + 595.0)
        came[day] = np.array(state.worker.on_duty[1:] == 1)
        state = proceed(state, day * DAY + 800.0)
        assert not state.worker.on_duty[1:].any()
    assert came[0].all()
    assert_share(came[1], 0.4)
    assert_share(came[2][came[1]], 0.4)


def test_more_trust_than_expected_brings_nobody_else() -> None:
    """Everybody who is on the list comes already."""
    mapping = volunteers(5.0)
    mapping["world"]["demand"]["tape"][0]["work_min"] = 1.0
    assert play(mapping).t_dispatch[2] == DAY + 600.0


def test_a_zone_whose_volunteers_stay_away_is_covered_by_its_neighbour() -> None:
    """Nobody of the owner is on duty, as after hours."""
    mapping = volunteers(10.0)
    mapping["policy"]["layout"]["lines"] = [line("all", cells=[0] * 50 + [1] * 50)]
    mapping["policy"]["staffing"]["posts"] = [post("hand", 0), post("volunteer", 0)]
    mapping["policy"]["staffing"]["posts"].append(post("neighbour", 1, home=99))
    hire(mapping, "neighbour", {"hazards": "own"}, speed_kmh=float("inf"))
    mapping["world"]["service"]["cover"]["neighbours"] = 1
    row = play(mapping).iloc[2]
    assert (row.t_dispatch, row.tier, row.role) == (DAY + 600.0, "cover", "neighbour")
