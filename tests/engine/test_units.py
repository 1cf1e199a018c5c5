"""Office hours and opening hours against counting minute by minute."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.units import (
    DAY,
    OFFICE_WEEK,
    WEEK,
    add_office_minutes,
    is_open,
    office_clock,
    open_clock,
)
from tests.engine import patient

MONDAY, FRIDAY, SATURDAY = 0 * DAY, 4 * DAY, 5 * DAY
EIGHT_THIRTY, HALF_PAST_FIVE = 8.5 * 60, 17.5 * 60

minutes_of_three_weeks = st.integers(0, 3 * int(WEEK))
moments = st.floats(0, 60 * DAY)
delays = st.floats(0.01, 20 * DAY)
hours = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda pair: pair[0] < pair[1])


def in_office(minute: int) -> bool:
    """Whether the minute that begins now is one of Monday to Friday 8:30-17:30."""
    weekday, of_day = minute // 1440 % 7, minute % 1440
    return weekday < 5 and EIGHT_THIRTY <= of_day < HALF_PAST_FIVE


def counted(minute: int) -> int:
    """Office minutes before a minute, by counting."""
    return sum(in_office(past) for past in range(minute))


def after_counting(minute: int, wanted: int) -> int:
    """The office minute that begins after ``wanted`` further ones have passed, by walking."""
    while wanted > 0 or not in_office(minute):
        wanted -= in_office(minute)
        minute += 1
    return minute


@patient
@given(minutes_of_three_weeks)
def test_the_office_clock_counts_office_minutes(minute: int) -> None:
    """Office minutes elapsed are those between Monday to Friday 8:30 and 17:30."""
    assert office_clock(float(minute)) == counted(minute)


@patient
@given(st.integers(0, 2 * int(WEEK)), st.integers(1, 4000))
def test_office_minutes_pass_only_in_office_hours(minute: int, delay: int) -> None:
    """A delay ends when so many office minutes have passed, at an office minute."""
    assert add_office_minutes(float(minute), float(delay)) == after_counting(minute, delay)


@patient
@given(moments, delays)
def test_the_office_clock_undoes_the_addition(t: float, delay: float) -> None:
    """Between start and end of a delay exactly the delay passes on the office clock."""
    end = add_office_minutes(t, delay)
    assert end > t
    assert office_clock(end) - office_clock(t) == pytest.approx(delay, abs=1e-6)


@patient
@given(moments)
def test_no_delay_takes_no_time(t: float) -> None:
    """Zero office minutes after any moment is that moment, even at night."""
    assert add_office_minutes(t, 0.0) == t


@patient
@given(st.floats(HALF_PAST_FIVE, 3 * DAY + EIGHT_THIRTY))
def test_the_office_is_closed_on_weekends(since_friday: float) -> None:
    """From Friday 17:30 to Monday 8:30 the office clock stands still."""
    assert office_clock(FRIDAY + since_friday) == OFFICE_WEEK


@pytest.mark.parametrize(
    ("start", "delay", "end"),
    [
        (MONDAY + EIGHT_THIRTY, 120, MONDAY + 10.5 * 60),
        (MONDAY + 3 * 60, 120, MONDAY + 10.5 * 60),
        (MONDAY + 17 * 60, 120, DAY + 10 * 60),
        (MONDAY + EIGHT_THIRTY, 540, DAY + EIGHT_THIRTY),
        (FRIDAY + 16.5 * 60, 120, WEEK + 9.5 * 60),
        (FRIDAY + 16.5 * 60, 60, WEEK + EIGHT_THIRTY),
        (SATURDAY + 12 * 60, 30, WEEK + 9 * 60),
        (MONDAY + EIGHT_THIRTY, OFFICE_WEEK, WEEK + EIGHT_THIRTY),
    ],
)
def test_delays_end_as_a_clerk_would_say(start: float, delay: float, end: float) -> None:
    """Two office hours from Friday 16:30 end on Monday at 9:30, and the like."""
    assert add_office_minutes(start, delay) == end


@patient
@given(st.integers(0, 3 * 1440), hours)
def test_the_opening_clock_counts_open_minutes(minute: int, hour: tuple[int, int]) -> None:
    """Minutes a daily service has been open are those inside its hours, weekends too."""
    opens, closes = hour
    inside = sum(opens <= past % 1440 < closes for past in range(minute))
    assert open_clock(float(minute), float(opens), float(closes)) == inside


@patient
@given(moments, hours)
def test_a_service_is_open_when_its_clock_runs(t: float, hour: tuple[int, int]) -> None:
    """The opening clock moves on from t if and only if the service is open at t."""
    opens, closes = float(hour[0]), float(hour[1])
    passed = open_clock(t + 1e-3, opens, closes) - open_clock(t, opens, closes)
    edge = min(abs(t % DAY - edge) for edge in (opens, closes, 0.0, DAY))
    if edge > 2e-3:
        assert (passed > 0) == is_open(t, opens, closes)


def test_hours_include_their_start_and_exclude_their_end() -> None:
    """A service of 8:30-17:00 is open at 8:30 and closed at 17:00."""
    opens, closes = EIGHT_THIRTY, 17 * 60.0
    assert is_open(SATURDAY + opens, opens, closes)
    assert not is_open(SATURDAY + closes, opens, closes)
    assert is_open(DAY, 0.0, DAY)
