"""From a report to its owner's door: what a wrong name and an unclear area cost."""

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

import sim
from sim.base import DOMAINS
from sim.policy.routing import Delay
from sim.units import DAY, WEEK, office_clock
from tests.policy import line, need, play, post, stage
from tests.support import case_of, toy
from tests.world import CONFIDENCE, Floats, assert_share

AFTERWARDS = ("clock=month", "clock.warmup_days=0", "clock.follow_up_days=21")
OFTEN = "world.demand.misnamed=0.5"
CLEAR = "world.city.disputed_share=0"
UNCLEAR = "world.city.disputed_share=1"


@lru_cache(maxsize=4)
def chibi(*words: str) -> pd.DataFrame:
    """Four weeks of Chibi's calls in the fragmented city, with time to be handed on."""
    case = case_of("policy=fragmented_layered", *AFTERWARDS, *words)
    rows = sim.run(case).requests
    calls = rows[rows.measured & (rows.kind == "call")]
    return calls.assign(triaged=calls.t_reported + calls.triage)


def handed_once(urgency: str) -> pd.DataFrame:
    """Requests of a class that went through one wrong owner."""
    rows = chibi(OFTEN, CLEAR)
    found = rows[(rows.urgency == urgency) & (rows.handoffs == 1)]
    assert found.t_ready.notna().all()
    return found


def office_minutes(start: pd.Series, end: pd.Series) -> Floats:
    """Office minutes between moments."""
    return np.array([office_clock(b) - office_clock(a) for a, b in zip(start, end, strict=True)])


def assert_median(found: Floats, median: float) -> None:
    """As many lie below the median as a fair coin would have it, with 99 % chance."""
    low, high = binom.interval(CONFIDENCE, found.size, 0.5)
    assert low <= (found <= median).sum() <= high, f"median {np.median(found):.2f}, not {median}"


# --- handoffs -----------------------------------------------------------------------


def test_a_routine_handoff_takes_two_office_hours_in_the_median() -> None:
    """On office hours, lognormal with sigma .7."""
    rows = handed_once("routine")
    delay = office_minutes(rows.triaged, rows.t_ready)
    assert delay.size > 3000
    assert_median(delay, 120.0)
    assert np.log(delay).std() == pytest.approx(0.7, rel=0.04)


def test_two_office_hours_are_thirteen_to_seventeen_of_wall_clock() -> None:
    """In the mean, when requests arrive by the shipped profile (sim/ODD.md, delays)."""
    assert 13.0 < handed_once("routine").handoff.mean() / 60 < 17.0


def test_a_routine_handoff_ends_in_office_hours() -> None:
    """It is over when office time has passed: Monday to Friday, from 8:30 to 17:30."""
    ready = handed_once("routine").t_ready
    assert (ready % WEEK < 5 * DAY).all()
    assert (ready % DAY).between(510, 1050).all()


@pytest.mark.parametrize(("urgency", "median"), [("urgent", 60.0), ("emergency", 10.0)])
def test_urgent_requests_and_emergencies_are_handed_on_round_the_clock(
    urgency: str, median: float
) -> None:
    """60 and 10 minutes in the median, whatever the hour."""
    rows = handed_once(urgency)
    assert_median(rows.handoff.to_numpy(), median)
    night = (rows.triaged % DAY < 360) | (rows.triaged % DAY > 1200)
    assert_median(rows.handoff[night].to_numpy(), median)
    assert (rows.t_ready - rows.triaged).to_numpy() == pytest.approx(rows.handoff.to_numpy())


def test_every_wrong_owner_takes_a_delay_of_its_own() -> None:
    """Urgent requests with k handoffs wait k delays, in the mean 60 e^(.245) each."""
    rows = chibi(OFTEN, CLEAR)
    urgent = rows[(rows.urgency == "urgent") & rows.t_ready.notna()]
    mean = 60.0 * np.exp(0.7**2 / 2)
    for hops in (1, 2, 3):
        found = urgent.handoff[urgent.handoffs == hops]
        error = found.std() / np.sqrt(found.size)
        assert abs(found.mean() - hops * mean) < 2.58 * error


def test_a_wrong_name_is_passed_on_only_if_its_owner_is_another() -> None:
    """Of five wrong names a line of two domains owns one, a line of one domain none."""
    rows = chibi(OFTEN, CLEAR)
    assert_share(rows.handoffs[rows.line == "party"] > 0, 0.5 * 4 / 5)
    assert_share(rows.handoffs[rows.line == "city_management"] > 0, 0.5)


def test_equal_rows_of_owners_make_handoffs_vanish() -> None:
    """In the merged layout nobody is the wrong owner, however often names are wrong."""
    rows = sim.run(toy("policy=merged", "world.demand.misnamed=0.95")).requests
    assert not rows.handoffs.any()
    assert not rows.handoff.any()
    others = sim.run(toy("policy=fragmented_layered", "world.demand.misnamed=0.95")).requests
    assert (others.handoffs > 3).any()


def test_without_wrong_names_nothing_is_handed_on() -> None:
    """Whatever the layout."""
    rows = sim.run(toy("policy=fragmented_layered", "world.demand.misnamed=0")).requests
    assert not rows.handoffs.any()


def test_one_desk_hands_on_round_the_clock() -> None:
    """The central arm's desk needs an hour for a routine request, at any hour."""
    case = case_of("policy=central", *AFTERWARDS, OFTEN, CLEAR)
    rows = sim.run(case).requests
    once = rows[rows.measured & (rows.urgency == "routine") & (rows.handoffs == 1)]
    assert_median(once.handoff.to_numpy(), 60.0)


# --- unclear areas ------------------------------------------------------------------


def test_in_an_unclear_area_lines_dispute_for_eight_office_hours() -> None:
    """In the median, once, before the first owner; urgent requests included."""
    rows = chibi(UNCLEAR, "world.demand.misnamed=0")
    disputed = rows[rows.urgency != "emergency"].dropna(subset=["t_ready"])
    assert len(disputed) > 0.95 * (rows.urgency != "emergency").sum()
    assert (disputed.unclear > 0).all()
    quick = disputed[disputed.t_reported < 14 * DAY]  # of these all but a handful are through
    delay = office_minutes(quick.triaged, quick.t_ready)
    assert_median(delay, 480.0)
    assert not disputed.handoff.any()


def test_emergencies_are_exempt_from_disputes() -> None:
    """Wherever they are, they set off at once."""
    rows = chibi(UNCLEAR, "world.demand.misnamed=0")
    emergencies = rows[rows.urgency == "emergency"]
    assert len(emergencies) > 200
    assert not emergencies.unclear.any()
    assert (emergencies.t_ready == emergencies.triaged).all()


def test_an_unclear_area_delays_once_and_then_names_go_wrong_as_elsewhere() -> None:
    """The delay is the same whether the request is then handed on or not."""
    rows = chibi(UNCLEAR, OFTEN).set_index("request").dropna(subset=["t_ready"])
    straight = chibi(UNCLEAR, "world.demand.misnamed=0").set_index("request")
    assert (rows.handoffs > 1).sum() > 1000
    assert rows.unclear.equals(straight.unclear[rows.index])
    ready = rows.t_reported + rows.triage + rows.unclear + rows.handoff
    assert ready.to_numpy() == pytest.approx(rows.t_ready.to_numpy())


def test_only_disputed_cells_are_unclear() -> None:
    """A request outside them sets off at once."""
    case = toy("policy=fragmented_layered", "world.city.disputed_share=0.3")
    rows = sim.run(case).requests.query("kind == 'call'")
    free = rows.unclear == 0
    assert 0.5 < free[rows.urgency != "emergency"].mean() < 0.9
    cells = set(rows.cell[~free])
    assert not cells & set(rows.cell[free & (rows.urgency != "emergency")])


# --- by hand ------------------------------------------------------------------------


def scene(*needs: dict[str, Any], misnamed: float = 0.0) -> dict[str, Any]:
    """Two lines over one city, with fixed delays: 120 office minutes, 60 and 10 minutes."""
    mapping = stage(list(needs), [post("server", 0, 1)])
    mapping["policy"]["layout"]["lines"] = [
        line("civil", *DOMAINS[:5]),
        line("police", "emergency"),
    ]
    mapping["policy"]["routing"]["handoff"] = {
        "emergency": {"median_min": 10.0, "office_hours": 0},
        "urgent": {"median_min": 60.0, "office_hours": 0},
        "routine": {"median_min": 120.0, "office_hours": 1},
    }
    mapping["world"]["demand"]["misnamed"] = misnamed
    return mapping


FRIDAY_AT_FIVE = 4 * DAY + 17 * 60


def test_a_handoff_on_friday_evening_ends_on_monday() -> None:
    """Half an hour of office time is left on Friday; the other hour and a half is Monday's."""
    needs = [need(FRIDAY_AT_FIVE, domain="emergency", urgency="routine") for _ in range(40)]
    mapping = scene(*needs, misnamed=0.6)
    mapping["clock"]["days"] = 14
    rows = play(mapping)
    once = rows[rows.handoffs == 1]
    assert len(once) > 5
    assert once.t_ready.to_numpy() == pytest.approx(WEEK + 510 + 90)


def test_scheduled_work_knows_its_owner() -> None:
    """Nobody names or disputes it; it falls due, is done, and is not counted among the calls."""
    needs = [need(100.0 * k, kind="recurring", work=5.0) for k in range(30)]
    mapping = scene(*needs, misnamed=0.9)
    mapping["world"]["city"]["disputed_share"] = 1.0
    mapping["policy"]["layout"]["unclear_share"] = 1.0
    mapping["policy"]["routing"]["unclear"]["routine"] = {"median_min": 500.0, "office_hours": 0}
    rows = play(mapping)
    assert not rows[["handoffs", "handoff", "unclear", "triage"]].to_numpy().any()
    assert rows.t_dispatch.tolist() == rows.t_reported.tolist() == [100.0 * k for k in range(30)]
    assert (rows.kind == "recurring").all()
    assert not rows.measured.any()


def test_a_delay_of_nothing_takes_no_time() -> None:
    """A median of 0 hands on at once, at night and at weekends too."""
    mapping = scene(*(need(5.5 * DAY, domain="emergency", urgency="routine") for _ in range(9)))
    mapping["world"]["demand"]["misnamed"] = 0.9
    mapping["policy"]["routing"]["handoff"]["routine"]["median_min"] = 0.0
    rows = play(mapping)
    assert (rows.handoffs > 0).any()
    assert (rows.t_ready == 5.5 * DAY).all()


@pytest.mark.parametrize("table", ["handoff", "unclear"])
def test_a_class_without_a_delay_is_refused(table: str) -> None:
    """Both tables name every class; the error says which one is missing."""
    mapping = scene(need(0.0))
    del mapping["policy"]["routing"][table]["urgent"]
    message = r"policy\.routing: handoff and unclear must name every class; no urgent"
    with pytest.raises(sim.CaseError, match=message):
        play(mapping)


def test_a_negative_delay_is_refused() -> None:
    """The error names key, value and what is allowed."""
    message = r"policy\.routing\.handoff\.urgent\.median_min = -1.*greater than or equal to 0"
    with pytest.raises(sim.CaseError, match=message):
        toy("policy.routing.handoff.urgent.median_min=-1")


def test_the_shipped_delays_are_those_of_the_model() -> None:
    """Routine 2 office hours, urgent 60 min, emergencies 10 min; unclear 8 office hours."""
    routing = toy("policy=fragmented_layered").policy.routing
    assert routing.handoff == {
        "emergency": Delay(median_min=10.0, office_hours=0),
        "urgent": Delay(median_min=60.0, office_hours=0),
        "routine": Delay(median_min=120.0, office_hours=1),
    }
    assert routing.unclear["emergency"].median_min == 0.0
    assert routing.unclear["routine"] == Delay(median_min=480.0, office_hours=1)
    assert (routing.handoff_sigma, routing.unclear_sigma) == (0.7, 1.0)
    assert toy("policy=merged").policy.routing == routing
