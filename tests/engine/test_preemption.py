"""Called off a job: who is, what he leaves behind, and how he comes back to it."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import sim
from sim.base import DOMAINS
from sim.units import DAY
from tests.policy import hire, line, need, play, post, stage

EVERYTHING = dict.fromkeys(DOMAINS, "own")
CRASH: dict[str, Any] = {"domain": "emergency", "urgency": "emergency"}


def beat(
    needs: list[dict[str, Any]],
    *homes: int,
    preempts: tuple[str, ...] = ("emergency",),
    shift: tuple[str, str, float] = ("00:00", "24:00", 1.0),
    startup: float = 0.0,
) -> dict[str, Any]:
    """Officers of one zone, a minute for every cell; emergencies call them off other work."""
    mapping = stage(needs, [post("officer", 0, home=home) for home in homes or (0,)])
    hire(mapping, "officer", EVERYTHING, (shift,))
    mapping["world"]["service"]["roles"]["officer"]["startup_min"] = startup
    mapping["policy"]["dispatch"]["preempts"] = list(preempts)
    return mapping


def crash(t: float, cell: int = 0, work: float = 10.0) -> dict[str, Any]:
    """An emergency."""
    return need(t, cell=cell, work=work, **CRASH)


def times(row: pd.Series) -> list[float]:
    """Dispatch, arrival, end of the visit."""
    return [row.t_dispatch, row.t_arrive, row.t_served]


# --- from the scene -----------------------------------------------------------------


def test_an_emergency_calls_an_officer_off_his_job() -> None:
    """Ten of thirty minutes are done at cell 5 when he goes to cell 8; three cells there and back.

    The first arrival stands, all work is done, and the rest is waiting.
    """
    rows = play(beat([need(600.0, cell=5), crash(615.0, cell=8)]))
    job, alarm = rows.iloc[0], rows.iloc[1]
    assert times(alarm) == [615.0, 618.0, 628.0]
    assert times(job) == [600.0, 605.0, 651.0]
    assert (job.t_close, job.travel, job.service) == (651.0, 8.0, 30.0)
    assert job.queue == pytest.approx(13.0)  # away from 615 to 631, of which 3 back to cell 5
    assert (alarm.travel, alarm.service, alarm.queue, alarm.tier) == (3.0, 10.0, 0.0, "own")


def test_all_minutes_are_booked_once() -> None:
    """Ways 5, 3 and 3, work 30 and 10, in both tables; the parts add up to closure."""
    record = sim.run(sim.load(beat([need(600.0, cell=5), crash(615.0, cell=8)])))
    work = record.work.iloc[0]
    assert (work.travel, work.service, work.requests) == (11.0, 40.0, 2)
    rows = record.requests
    waits = rows[["deferred", "off_duty", "queue", "travel", "service", "coordination"]]
    assert waits.sum(axis=1).tolist() == pytest.approx((rows.t_close - rows.t_reported).tolist())


def test_without_pre_emption_the_emergency_waits() -> None:
    """Off is a table without classes."""
    rows = play(beat([need(600.0, cell=5), crash(615.0, cell=8)], preempts=()))
    assert times(rows.iloc[1]) == [635.0, 638.0, 648.0]
    assert times(rows.iloc[0]) == [600.0, 605.0, 635.0]


def test_who_has_finished_at_that_very_moment_is_not_called_off() -> None:
    """The end of a job is before an arrival."""
    rows = play(beat([need(600.0, cell=5), crash(635.0, cell=8)]))
    assert rows.t_close.tolist() == [635.0, 648.0]
    assert rows.travel[0] == 5.0


def test_he_may_be_called_off_again_and_again() -> None:
    """Back at 631 with twenty minutes left, off again at 640 with eleven, back at 656."""
    rows = play(beat([need(600.0, cell=5), crash(615.0, cell=8), crash(640.0, cell=8)]))
    assert times(rows.iloc[2]) == [640.0, 643.0, 653.0]
    assert times(rows.iloc[0]) == [600.0, 605.0, 656.0 + 11.0]
    assert (rows.travel[0], rows.service[0]) == (11.0, 30.0)


# --- from the way -------------------------------------------------------------------


def test_who_is_on_his_way_turns_round_where_he_is() -> None:
    """After four of nine cells he is three from the emergency; his home is one from it."""
    rows = play(beat([need(600.0, cell=9), crash(604.0, cell=1)]))
    job, alarm = rows.iloc[0], rows.iloc[1]
    assert times(alarm) == [604.0, 607.0, 617.0]
    assert times(job) == [600.0, 625.0, 655.0]  # nobody had arrived before
    assert (job.travel, job.service) == (4.0 + 8.0, 30.0)
    assert job.queue == pytest.approx(655.0 - 600.0 - 42.0)


@pytest.mark.parametrize(("t", "place"), [(602.5, 2), (604.0, 13), (605.9, 23), (606.0, 33)])
def test_he_walks_along_x_first(t: float, place: int) -> None:
    """Towards cell 43: three cells along the street, then four up; begun ones do not count.

    The emergency is where he is, so that he needs no way.
    """
    alarm = play(beat([need(600.0, cell=43), crash(t, cell=place)])).iloc[1]
    assert alarm.travel == 0.0


def test_starting_up_is_a_part_of_the_way() -> None:
    """Four of eleven minutes, two of them starting up: three of nine cells; and it comes again."""
    rows = play(beat([need(600.0, cell=9), crash(604.0, cell=2)], startup=2.0))
    assert times(rows.iloc[1]) == [604.0, 607.0, 617.0]
    assert times(rows.iloc[0]) == [600.0, 617.0 + 2.0 + 7.0, 656.0]
    assert rows.travel[0] == 4.0 + 9.0


def test_who_arrives_at_that_very_moment_has_arrived() -> None:
    """All of his work is left, and his arrival stands."""
    rows = play(beat([need(600.0, cell=5), crash(605.0, cell=8)]))
    assert times(rows.iloc[0]) == [600.0, 605.0, 605.0 + 3 + 10 + 3 + 30]


def test_the_first_arrival_stands_when_he_is_called_off_on_his_way_back() -> None:
    """At the scene from 605 to 615; on his way back at 630 he is at cell 6, and goes to cell 8."""
    needs = [need(600.0, cell=5), crash(615.0, cell=8), crash(630.0, cell=8)]
    rows = play(beat(needs))
    assert times(rows.iloc[2]) == [630.0, 632.0, 642.0]
    assert times(rows.iloc[0]) == [600.0, 605.0, 642.0 + 3 + 20]
    assert rows.travel[0] == 5.0 + 2.0 + 3.0


# --- who is called off --------------------------------------------------------------


def test_a_free_one_is_sent_first_however_far() -> None:
    """Nobody is called off while somebody is free."""
    rows = play(beat([need(600.0, cell=5), crash(615.0, cell=8)], 0, 99))
    assert (rows.worker[1], rows.travel[1]) == (1, 1.0 + 9.0)
    assert times(rows.iloc[0]) == [600.0, 605.0, 635.0]


def test_of_those_who_are_busy_the_nearest_is_called_off() -> None:
    """From where their jobs have taken them, not from home: cells 5 and 99."""
    rows = play(beat([need(600.0, cell=5), need(600.0, cell=99), crash(630.0, cell=98)], 0, 90))
    assert rows.worker.tolist() == [0, 1, 1]
    assert rows.t_arrive[2] == 631.0
    assert rows.t_served[0] == 635.0
    assert rows.t_served[1] == 609.0 + 30.0 + 10.0 + 2.0


def test_nobody_is_called_off_an_emergency() -> None:
    """Nor off anything that is as urgent."""
    rows = play(beat([crash(600.0, cell=5, work=30.0), crash(615.0, cell=8)]))
    assert times(rows.iloc[1]) == [635.0, 638.0, 648.0]


def test_only_the_classes_named_call_somebody_off() -> None:
    """Here urgent requests do and emergencies do not: they wait until all that is done.

    Off at 610 with 25 minutes left, the urgent one from 613 to 643, back at 646, done at 671.
    """
    needs = [need(600.0, cell=5), need(610.0, cell=8, urgency="urgent"), crash(620.0, cell=5)]
    rows = play(beat(needs, preempts=("urgent",)))
    assert rows.t_dispatch.tolist() == [600.0, 610.0, 671.0]


def test_an_emergency_calls_off_urgent_work_too() -> None:
    """Any lower class."""
    rows = play(beat([need(600.0, cell=5, urgency="urgent"), crash(615.0, cell=8)]))
    assert rows.t_dispatch[1] == 615.0


def test_nobody_holds_two_jobs() -> None:
    """An urgent call took him off routine work; no emergency takes him off that as well.

    Off at 610 with 25 minutes left, at the urgent one from 613 to 643.
    """
    needs = [need(600.0, cell=5), need(610.0, cell=8, urgency="urgent"), crash(620.0, cell=8)]
    rows = play(beat(needs, preempts=("emergency", "urgent")))
    assert times(rows.iloc[1]) == [610.0, 613.0, 643.0]
    assert rows.t_dispatch[2] >= 643.0


def test_an_emergency_that_waits_is_served_before_he_goes_back() -> None:
    """It could call him off the next moment: 628 to 638, back at cell 5 at 641, done at 661.

    Else the one who waits longest is passed over for routine work (preemptive-resume:
    test_priorities holds it against the formula).
    """
    rows = play(beat([need(600.0, cell=5), crash(615.0, cell=8), crash(620.0, cell=8)]))
    assert times(rows.iloc[2]) == [628.0, 628.0, 638.0]
    assert times(rows.iloc[0]) == [600.0, 605.0, 661.0]


def test_he_goes_back_before_anything_else() -> None:
    """An older urgent request waits until he has finished what he was called off."""
    needs = [need(600.0, cell=5), need(602.0, urgency="urgent"), crash(615.0, cell=8)]
    rows = play(beat(needs))
    assert rows.t_served[0] == 651.0
    assert rows.t_dispatch[1] == 651.0


def test_who_lacks_the_skill_is_not_called_off() -> None:
    """Unless he answers emergencies everywhere."""
    mapping = beat([need(600.0, cell=5), crash(615.0, cell=8)])
    mapping["policy"]["staffing"]["skills"]["officer"] = {"city_order": "own"}
    assert np.isnan(play(mapping).t_dispatch[1])
    mapping["world"]["service"]["cover"]["responders"] = ["officer"]
    assert play(mapping).t_dispatch[1] == 615.0


def test_a_responder_is_called_off_wherever_he_is() -> None:
    """From another zone: he stands in, and goes back to his own."""
    mapping = beat([need(600.0, cell=90), crash(615.0, cell=40)], 90)
    mapping["policy"]["layout"]["lines"] = [line("all", cells=[0] * 50 + [1] * 50)]
    mapping["policy"]["staffing"]["posts"] = [post("officer", 1, home=90)]
    assert np.isnan(play(mapping).t_dispatch[1])
    mapping["world"]["service"]["cover"]["responders"] = ["officer"]
    rows = play(mapping)
    assert times(rows.iloc[1]) == [615.0, 620.0, 630.0]
    assert rows.tier[1] == "cover"
    assert rows.t_served[0] == 630.0 + 5 + 15


# --- shifts -------------------------------------------------------------------------


def test_he_goes_back_after_his_shift_and_that_is_overtime() -> None:
    """On duty to 10:20; called off at 615, back at 631, done at 651."""
    mapping = beat([need(600.0, cell=5), crash(615.0, cell=8)], shift=("08:00", "10:20", 1.0))
    rows = play(mapping)
    assert times(rows.iloc[0]) == [600.0, 605.0, 651.0]
    assert sim.run(sim.load(mapping)).work.overtime[0] == 31.0


def test_who_is_off_duty_is_not_called_off() -> None:
    """His shift was over at 10:10, and his job is not."""
    mapping = beat([need(600.0, cell=5), crash(615.0, cell=8)], shift=("08:00", "10:10", 1.0))
    rows = play(mapping)
    assert rows.t_served[0] == 635.0
    assert rows.t_dispatch[1] == DAY + 480.0


def test_a_shift_that_begins_finds_him_still_at_it() -> None:
    """Off from 10:20 to 10:40: the overtime ends where his next shift begins, and he comes late."""
    needs = [need(600.0, cell=5), crash(615.0, cell=8), need(645.0, cell=5)]
    mapping = beat(needs)
    mapping["policy"]["staffing"]["posts"] = [post("officer", 0), post("other", 0, home=99)]
    hire(mapping, "other", {"livelihood": "own"})
    hire(mapping, "officer", EVERYTHING, (("10:40", "10:20", 1.0),))
    rows = play(mapping)
    assert rows.t_served[0] == 651.0
    assert rows.t_dispatch[2] == 651.0
    assert sim.run(sim.load(mapping)).work.overtime[0] == 20.0


def test_nobody_else_helps_who_was_called_off() -> None:
    """He keeps his job, and it is in nobody's queue."""
    mapping = beat([need(600.0, cell=5), crash(615.0, cell=8, work=500.0)], 0)
    mapping["policy"]["staffing"]["posts"].append(post("late", 0, home=5))
    hire(mapping, "late", {"city_order": "own"}, (("11:00", "24:00", 1.0),))
    rows = play(mapping)
    assert rows.worker.tolist() == [0, 0]
    assert rows.t_served[0] == 618.0 + 500 + 3 + 20


def test_a_job_whose_worker_was_called_off_is_still_taken_at_the_end() -> None:
    """Neither served nor waiting; what was done of it is booked."""
    mapping = beat([need(600.0, cell=5), crash(615.0, cell=8, work=1e5)])
    record = sim.run(sim.load(mapping))
    row = record.requests.iloc[0]
    assert (row.status, row.t_arrive, row.travel, row.service) == ("taken", 605.0, 5.0, 10.0)
    assert np.isnan([row.t_served, row.t_close]).all()
