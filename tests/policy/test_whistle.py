"""Letters and whistles: how a case reaches the department that must close it, and when."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import sim
from experiments.compose import groups
from sim.base import CLASSES, DOMAINS
from sim.units import DAY, WEEK
from tests.policy import POLICIES, hire, need, play, post, stage
from tests.support import mapping_of, toy
from tests.world import assert_share

EVERYTHING = dict.fromkeys(DOMAINS, "own")
WHISTLING = ("reform", "reform_plus")


def called(
    needs: list[dict[str, Any]],
    *,
    rate: float = 0.0,
    letter: float = 120.0,
    whistle: float = 30.0,
    report_in: float = float("inf"),
    office: int = 1,
) -> dict[str, Any]:
    """A clerk whose cases need a department, called with fixed delays [min]."""
    mapping = stage(needs, [post("clerk", 0)])
    hire(mapping, "clerk", EVERYTHING)
    mapping["policy"]["whistle"] = {
        "rate": rate,
        "letter": {name: {"median_min": letter, "office_hours": office} for name in CLASSES},
        "letter_sigma": 0.0,
        "whistle": {name: {"median_min": whistle, "office_hours": office} for name in CLASSES},
        "whistle_sigma": 0.0,
        "report_in_min": report_in,
    }
    return mapping


def many(count: int, **more: Any) -> list[dict[str, Any]]:
    """So many short cases for a department, ten minutes apart."""
    return [need(10.0 * k, work=0.1, desk_min=0.1, **more) for k in range(count)]


def on_the_way(rows: pd.DataFrame) -> pd.Series:
    """From the end of the visit to the department [min]."""
    return rows.t_desk - rows.t_served


# --- by letter ----------------------------------------------------------------------


def test_a_case_for_a_department_goes_there_by_letter_and_is_closed_there() -> None:
    """Five minutes of way and thirty of work, two office hours of letter, an hour of an officer."""
    row = play(called([need(600.0, cell=5, desk_min=60.0)])).iloc[0]
    assert (row.t_arrive, row.t_served) == (605.0, 635.0)
    assert (row.t_desk, row.t_attended, row.t_close) == (755.0, 755.0, 815.0)
    assert (row.status, row.service, row.coordination) == ("closed", 30.0, 180.0)


def test_a_case_that_needs_no_department_is_closed_when_the_visit_ends() -> None:
    """However departments are called."""
    row = play(called([need(600.0, cell=5)], rate=1.0)).iloc[0]
    assert row.t_close == row.t_served == 635.0
    assert row.coordination == 0.0
    assert np.isnan(row.t_desk)


def test_a_letter_of_the_afternoon_arrives_in_the_morning() -> None:
    """Served at 16:30: an hour of office time is left, the other one is the next day's."""
    row = play(called([need(960.0, desk_min=60.0)])).iloc[0]
    assert row.t_desk == DAY + 570
    assert row.t_close == DAY + 630


def test_a_letter_of_friday_evening_arrives_on_monday() -> None:
    """Twenty minutes are Friday's, a hundred are Monday's."""
    mapping = called([need(4 * DAY + 1000, desk_min=60.0)])
    mapping["clock"]["days"] = 14
    assert play(mapping).t_desk[0] == WEEK + 510 + 100


def test_a_letter_may_run_round_the_clock() -> None:
    """Without office hours it arrives at night; the officer begins in the morning."""
    row = play(called([need(960.0, desk_min=60.0)], office=0)).iloc[0]
    assert row.t_desk == row.t_attended == 1110.0
    assert row.t_close == DAY + 570


def test_every_class_has_its_own_letter() -> None:
    """Urgent ones half as long as routine ones."""
    mapping = called([need(600.0, desk_min=1.0), need(640.0, urgency="urgent", desk_min=1.0)])
    mapping["policy"]["whistle"]["letter"]["urgent"]["median_min"] = 60.0
    assert on_the_way(play(mapping)).tolist() == [120.0, 60.0]


def test_a_letter_takes_its_median_in_half_of_the_cases() -> None:
    """Lognormal with the spread given; every case draws its own."""
    mapping = called(many(600), letter=5.0, office=0)
    mapping["policy"]["whistle"]["letter_sigma"] = 0.7
    delay = on_the_way(play(mapping))
    assert_share(delay <= 5.0, 0.5)
    assert np.log(delay).std() == pytest.approx(0.7, rel=0.08)  # 2.58 standard errors: 7.4 %


def test_the_clerk_is_free_when_his_visit_ends() -> None:
    """He does not wait for the department."""
    rows = play(called([need(600.0, desk_min=60.0), need(610.0)]))
    assert rows.t_dispatch[1] == rows.t_served[0] == 630.0
    assert rows.t_close[1] < rows.t_close[0]


def test_what_the_department_has_not_closed_is_open_at_the_end() -> None:
    """Referred, with an end of the visit and none of the case."""
    row = play(called([need(7 * DAY - 100, desk_min=60.0)])).iloc[0]
    assert row.status == "referred"
    assert row.t_served == 7 * DAY - 70
    assert np.isnan([row.t_desk, row.t_attended, row.t_close, row.coordination]).all()


# --- by whistle ---------------------------------------------------------------------


def test_a_whistle_is_heard_after_its_own_delay() -> None:
    """Half an hour instead of two hours."""
    row = play(called([need(600.0, cell=5, desk_min=60.0)], rate=1.0)).iloc[0]
    assert (row.t_desk, row.t_close) == (665.0, 725.0)


@pytest.mark.parametrize(("rate", "heard"), [(1.0, 60.0), (0.0, 240.0)])
def test_a_limit_to_report_in_holds_for_whistles_only(rate: float, heard: float) -> None:
    """Four hours are cut to one for who was whistled for, and for no letter."""
    mapping = called([need(600.0, desk_min=1.0)], rate=rate, letter=240, whistle=240, report_in=60)
    assert on_the_way(play(mapping))[0] == heard


def test_a_limit_that_is_kept_anyway_changes_nothing() -> None:
    """Half an hour is less than an hour."""
    mapping = called([need(600.0, desk_min=1.0)], rate=1.0, report_in=60.0)
    assert on_the_way(play(mapping))[0] == 30.0


@pytest.mark.parametrize("rate", [0.2, 0.7])
def test_the_rate_is_the_share_of_cases_that_are_whistled_for(rate: float) -> None:
    """In a 99 % interval; the others go by letter."""
    delay = on_the_way(play(called(many(600), rate=rate, letter=7.0, whistle=3.0, office=0)))
    whistled = np.isclose(delay, 3.0)
    assert np.isclose(delay[~whistled], 7.0).all()
    assert_share(whistled, rate)


def test_who_is_whistled_for_at_a_low_rate_is_at_a_high_one() -> None:
    """The rate moves a threshold, not the luck."""
    low, high = (
        np.isclose(on_the_way(play(called(many(200), rate=rate, letter=7.0, office=0))), 30.0)
        for rate in (0.3, 0.6)
    )
    assert (high | ~low).all()
    assert high.sum() > low.sum() > 0


def test_at_a_rate_of_0_nobody_hears_of_the_whistle() -> None:
    """The record is the same to the bit whatever a whistle would do."""
    one, other = (
        play(called(many(50), whistle=whistle, report_in=limit))
        for whistle, limit in ((1.0, 1.0), (999.0, float("inf")))
    )
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_a_whistle_is_for_departments_only() -> None:
    """Cases that need none are the same with and without it."""
    needs = [need(10.0 * k, cell=k) for k in range(40)]
    pd.testing.assert_frame_equal(play(called(needs)), play(called(needs, rate=1.0)))


# --- what ships ---------------------------------------------------------------------


@pytest.mark.parametrize("name", POLICIES)
def test_letters_are_the_rule_and_the_whistle_belongs_to_the_package(name: str) -> None:
    """Off is a rate of 0, which each policy states."""
    rate = mapping_of(f"policy={name}")["policy"]["whistle"]["rate"]
    assert rate == (1.0 if name in WHISTLING else 0.0)


def test_the_two_options_differ_in_rate_and_limit_only() -> None:
    """A day of office time, nine hours; letters take as long in the median, whistles four."""
    assert groups()["policy/whistle"] == ["letter", "whistle"]
    letter, whistle = (
        toy(f"policy/whistle={name}").policy.whistle for name in ("letter", "whistle")
    )
    assert whistle.model_copy(update={"rate": 0.0, "report_in_min": float("inf")}) == letter
    assert whistle.report_in_min == letter.letter["routine"].median_min == 540.0
    assert letter.whistle["routine"].median_min == 240.0


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("policy.whistle.rate=-0.1", r"whistle\.rate = -0\.1: .*greater than or equal to 0"),
        ("policy.whistle.rate=1.5", r"whistle\.rate = 1\.5: .*less than or equal to 1"),
        ("policy.whistle.report_in_min=0", r"report_in_min = 0: .*greater than 0"),
        ("policy.whistle.letter.urgent.median_min=-1", r"letter\.urgent\.median_min = -1"),
    ],
)
def test_a_whistle_that_cannot_be_is_refused_in_one_line(word: str, message: str) -> None:
    """The error names key, value and what is allowed."""
    with pytest.raises(sim.CaseError, match=message) as caught:
        toy(word)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("table", ["letter", "whistle"])
def test_a_class_that_cannot_be_called_is_refused(table: str) -> None:
    """Both tables name every class; the error says which one is missing."""
    mapping = called([need(0.0)])
    del mapping["policy"]["whistle"][table]["urgent"]
    message = r"policy\.whistle: letter and whistle must name every class; no urgent"
    with pytest.raises(sim.CaseError, match=message):
        play(mapping)


def test_the_lever_must_be_stated() -> None:
    """There is no silent default."""
    mapping = toy().model_dump(mode="json")
    del mapping["policy"]["whistle"]
    with pytest.raises(sim.CaseError, match=r"policy\.whistle: missing; it must be given"):
        sim.load(mapping)
