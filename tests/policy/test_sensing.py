"""Who finds hidden problems, and when: patrols by random search, riders, residents, ignition.

A patrol searches cells at a rate; a problem has a threshold of its own, -ln u in searched
shares of the unit, and is found when the unit's search since its beginning has reached it.
"""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import sim
from experiments.compose import groups
from sim import keyed
from sim.base import DOMAINS, Domain
from sim.keyed import Purpose
from sim.units import DAY
from tests.policy import POLICIES, hire, line, need, play, stage
from tests.support import mapping_of, toy
from tests.world import Floats

ALL_DAY = ("00:00", "24:00", 1.0)
FLAT = [1.0] * 24
CELLS = 100
LOOKER, WATCHER = 1, 2  # numbers of the roles, in the order in which they are hired
ANYTHING = ("reform", "reform_plus")


def hidden(t: float, cell: int = 0, domain: Domain = "city_order", **more: Any) -> dict[str, Any]:
    """A problem that begins unseen at ``t`` and never shows by itself."""
    return need(t, cell, domain, kind="latent", **more)


def patrol(
    needs: list[dict[str, Any]],
    *,
    heads: int = 1,
    cells_per_hour: float = 60.0,
    shifts: tuple[tuple[str, str, float], ...] = (ALL_DAY,),
    reports: tuple[Domain, ...] = ("city_order", "hazards"),
) -> dict[str, Any]:
    """People who look about and report, and whom nothing they find keeps from looking on."""
    mapping = stage(needs, [])
    hire(mapping, "looker", {"livelihood": "own"}, shifts)
    mapping["policy"]["staffing"] |= {"heads": {"looker": heads}, "units": {}}
    mapping["policy"]["sensing"] = {
        "reports": {"looker": list(reports)},
        "beyond_line": 1,
        "riders_per_hour": 0.0,
        "riders_by_hour": FLAT,
    }
    mapping["world"]["service"]["patrol"]["sweep_per_hour"] = cells_per_hour
    return mapping


def threshold(mapping: dict[str, Any], keys: Any, role: int = LOOKER, area: int = 0) -> Floats:
    """How much of a unit must be searched to find each problem [searches of the whole unit]."""
    draws = mapping["draws"]
    stream = keyed.stream(draws["seed"], draws["replication"], Purpose.TRAIL)
    share: Floats = -np.log(keyed.u(stream, keys, 64 * role + area))
    return share


def found(mapping: dict[str, Any], minutes: float, onset: float = 0.0) -> float:
    """When problem 0 is found if searching the whole unit takes so long [min]."""
    return onset + minutes * float(threshold(mapping, [0])[0])


# --- by patrols ---------------------------------------------------------------------


def test_a_problem_is_found_when_its_share_has_been_searched() -> None:
    """A cell a minute: a hundred minutes for the city, times the problem's own threshold."""
    mapping = patrol([hidden(30.0, cell=7)])
    row = play(mapping).iloc[0]
    assert (row.kind, row.t_onset, row.found_by) == ("latent", 30.0, "looker")
    assert row.t_reported == pytest.approx(found(mapping, 100.0, 30.0))
    assert row.t_ready == row.t_reported


def test_each_is_found_for_itself_however_many_there_are() -> None:
    """Forty that begin one after the other, each at its own threshold since its own beginning."""
    onsets = [17.0 * k for k in range(40)]
    mapping = patrol([hidden(t, cell=k) for k, t in enumerate(onsets)])
    expected = onsets + 100.0 * threshold(mapping, np.arange(40))
    rows = play(mapping)
    assert expected.max() < 7 * DAY
    assert rows.t_reported.tolist() == pytest.approx(expected.tolist())
    assert not rows.t_reported.is_monotonic_increasing


@pytest.mark.parametrize(("heads", "speed", "role"), [(2, 60.0, 1.0), (1, 30.0, 1.0), (3, 60, 0.5)])
def test_people_and_pace_multiply(heads: int, speed: float, role: float) -> None:
    """Twice the people find in half the time; half the pace takes twice as long."""
    mapping = patrol([hidden(30.0)], heads=heads, cells_per_hour=speed)
    mapping["world"]["service"]["roles"]["looker"]["sweep"] = role
    minutes = CELLS / (heads * speed / 60 * role)
    assert play(mapping).t_reported[0] == pytest.approx(found(mapping, minutes, 30.0))


def test_background_duties_take_their_share_of_the_search() -> None:
    """Half of the time of those who carry them."""
    mapping = patrol([hidden(30.0)])
    mapping["world"]["service"]["background"]["share"] = 0.5
    assert play(mapping).t_reported[0] == pytest.approx(found(mapping, 100.0, 30.0))
    mapping["world"]["service"]["roles"]["looker"]["background"] = 1.0
    assert play(mapping).t_reported[0] == pytest.approx(found(mapping, 200.0, 30.0))


def test_nobody_looks_before_his_shift() -> None:
    """What began at night is found from half past eight on."""
    mapping = patrol([hidden(30.0)], shifts=(("08:30", "23:00", 1.0),), cells_per_hour=600.0)
    assert found(mapping, 10.0) < 800
    assert play(mapping).t_reported[0] == pytest.approx(found(mapping, 10.0, 510.0))


def test_a_search_goes_on_where_the_shift_left_it() -> None:
    """An hour a day: what has been searched of it yesterday counts today."""
    mapping = patrol([hidden(30.0)], shifts=(("10:00", "11:00", 1.0),))
    minutes = found(mapping, 100.0)
    days, rest = divmod(minutes, 60.0)
    assert days >= 1
    assert play(mapping).t_reported[0] == pytest.approx(DAY * days + 600.0 + rest)


def test_who_joins_in_makes_it_quicker_from_then_on() -> None:
    """One of two is on a request for the first hour."""
    mapping = patrol([hidden(0.0), need(0.0, domain="livelihood", work=60.0)], heads=2)
    mapping["world"]["service"]["roles"]["looker"]["speed_kmh"] = float("inf")
    alone = found(mapping, 100.0)
    assert alone > 60.0
    assert play(mapping).t_reported[0] == pytest.approx(60.0 + (alone - 60.0) / 2)


def test_who_is_on_a_request_does_not_look() -> None:
    """An hour of work in between is an hour later."""
    mapping = patrol([hidden(30.0), need(40.0, domain="livelihood", work=60.0)])
    mapping["world"]["service"]["roles"]["looker"]["speed_kmh"] = float("inf")
    assert found(mapping, 100.0, 30.0) > 40.0
    assert play(mapping).t_reported[0] == pytest.approx(found(mapping, 100.0, 90.0))


def test_who_answers_what_he_finds_does_not_look_meanwhile() -> None:
    """Of forty problems he serves each for a minute, and finds all later ones a minute later."""
    needs = [hidden(0.0, domain="livelihood", work=1.0) for _ in range(40)]
    mapping = patrol(needs, reports=("livelihood",))
    mapping["world"]["service"]["roles"]["looker"]["speed_kmh"] = float("inf")
    searched = 100.0 * np.sort(threshold(mapping, np.arange(40)))
    rows = play(mapping)
    assert (rows.t_dispatch == rows.t_reported).all()
    assert np.sort(rows.t_reported).tolist() == pytest.approx((searched + np.arange(40)).tolist())


def test_who_finds_need_not_be_who_answers() -> None:
    """A clerk who never looks about takes what the patrol reports."""
    mapping = patrol([hidden(30.0, cell=7)])
    hire(mapping, "clerk", {"city_order": "own"}, speed_kmh=float("inf"))
    mapping["policy"]["staffing"]["heads"]["clerk"] = 1
    row = play(mapping).iloc[0]
    assert (row.found_by, row.role) == ("looker", "clerk")
    assert row.t_dispatch == row.t_reported == pytest.approx(found(mapping, 100.0, 30.0))
    assert row.t_close == pytest.approx(row.t_reported + 30.0)


def test_nobody_finds_what_he_does_not_report() -> None:
    """A domain that is not in his table stays hidden."""
    row = play(patrol([hidden(30.0)], reports=("hazards",))).iloc[0]
    assert row.status == "hidden"
    assert np.isnan([row.t_reported, row.t_ready]).all()
    assert pd.isna(row.found_by)


def test_at_a_sweep_of_0_nobody_finds_anything() -> None:
    """However many walk about."""
    mapping = patrol([hidden(30.0)], heads=3, cells_per_hour=0.0)
    mapping["world"]["service"]["patrol"]["steps_per_hour"] = 12.0
    assert play(mapping).status[0] == "hidden"


# --- units, lines, roles ------------------------------------------------------------


def test_a_unit_finds_what_is_in_it_and_the_smaller_it_is_the_sooner() -> None:
    """One man for 60 cells finds nothing in the other 40."""
    mapping = patrol([hidden(0.0, cell=10), hidden(0.0, cell=90)])
    mapping["policy"]["layout"]["lines"] = [line("all", cells=[0] * 60 + [1] * 40)]
    rows = play(mapping).sort_values("t_reported")  # what is not found comes last
    there, elsewhere = rows.iloc[0], rows.iloc[1]
    cells = 60.0 if there.cell < 60 else 40.0
    key = 0 if there.cell < 60 else 1
    assert elsewhere.status == "hidden"
    assert there.t_reported == pytest.approx(cells * threshold(mapping, [key])[0])


def two_lines(beyond: int) -> dict[str, Any]:
    """Lookers of a line that owns livelihood alone, who know a hazard when they see one."""
    mapping = patrol([hidden(0.0, domain="hazards")])
    others = [name for name in DOMAINS if name != "livelihood"]
    mapping["policy"]["layout"]["lines"] = [line("care", "livelihood"), line("rest", *others)]
    mapping["policy"]["sensing"]["beyond_line"] = beyond
    return mapping


def test_beyond_their_line_people_report_only_where_they_may() -> None:
    """What their line does not own is not theirs to see, unless anybody reports anything."""
    assert play(two_lines(0)).status[0] == "hidden"
    mapping = two_lines(1)
    row = play(mapping).iloc[0]
    assert (row.found_by, row.line) == ("looker", "rest")
    assert row.t_reported == pytest.approx(found(mapping, 100.0))


def test_what_a_line_owns_is_reported_either_way() -> None:
    """Beyond one's line includes one's line."""
    mapping = patrol([hidden(0.0)])
    found_at = []
    for beyond in (0, 1):
        mapping["policy"]["sensing"]["beyond_line"] = beyond
        found_at.append(play(mapping).t_reported[0])
    assert found_at == pytest.approx([found(mapping, 100.0)] * 2)


def test_two_roles_look_for_themselves_and_the_first_wins() -> None:
    """Each has a threshold of its own for every problem."""
    mapping = patrol([hidden(0.0, cell=k) for k in range(30)])
    hire(mapping, "watcher", {"livelihood": "own"})
    mapping["policy"]["staffing"]["heads"]["watcher"] = 2
    mapping["policy"]["sensing"]["reports"]["watcher"] = ["city_order"]
    keys = np.arange(30)
    one = 100.0 * threshold(mapping, keys)
    other = 50.0 * threshold(mapping, keys, WATCHER)
    rows = play(mapping)
    assert rows.t_reported.tolist() == pytest.approx(np.minimum(one, other).tolist())
    assert (rows.found_by == np.where(one < other, "looker", "watcher")).all()
    assert rows.found_by.nunique() == 2


def test_a_role_in_two_lines_has_a_threshold_for_each() -> None:
    """Two men, one in each line over the whole city, each with his own clock and threshold."""
    mapping = patrol([hidden(0.0, cell=k) for k in range(30)], heads=2)
    mapping["policy"]["staffing"]["skills"]["looker"] = {"livelihood": "own", "disputes": "own"}
    others = [name for name in DOMAINS if name != "livelihood"]
    mapping["policy"]["layout"]["lines"] = [line("care", "livelihood"), line("rest", *others)]
    keys = np.arange(30)
    expected = 100.0 * np.minimum(threshold(mapping, keys), threshold(mapping, keys, LOOKER, 1))
    assert play(mapping).t_reported.tolist() == pytest.approx(expected.tolist())


# --- by themselves ------------------------------------------------------------------


def shows(after: float, by: str, **more: Any) -> dict[str, Any]:
    """A problem since minute 0 that shows by itself after so long."""
    return hidden(0.0, known_after_min=after, known_by=by, **more)


@pytest.mark.parametrize(("after", "who"), [(0.5, "residents"), (2.0, "looker")])
def test_whoever_is_first_reports_it(after: float, who: str) -> None:
    """Residents notice it after half, or after twice, of what the patrol needs."""
    minutes = found(patrol([]), 100.0)
    mapping = patrol([shows(after * minutes, "residents")])
    row = play(mapping).iloc[0]
    assert row.found_by == who
    assert row.t_reported == pytest.approx(min(after, 1.0) * minutes)


def test_what_residents_notice_is_handled_like_a_call() -> None:
    """Ready at once, served by whoever can."""
    mapping = patrol([shows(600.0, "residents", cell=5)], cells_per_hour=0.0)
    hire(mapping, "clerk", {"city_order": "own"}, speed_kmh=float("inf"))
    mapping["policy"]["staffing"]["heads"]["clerk"] = 1
    row = play(mapping).iloc[0]
    assert (row.t_onset, row.t_reported, row.t_close) == (0.0, 600.0, 630.0)
    assert (row.status, row.measured, row.domain) == ("closed", True, "city_order")


def test_what_ignites_is_an_emergency() -> None:
    """Domain and class change, and with them the owner."""
    mapping = patrol([shows(600.0, "ignition", domain="hazards")], cells_per_hour=0.0)
    mapping["policy"]["layout"]["lines"] = [
        line("civil", *DOMAINS[:5]),
        line("police", "emergency"),
    ]
    hire(mapping, "officer", {"emergency": "own"}, speed_kmh=float("inf"))
    mapping["policy"]["staffing"]["heads"]["officer"] = 1
    row = play(mapping).iloc[0]
    assert (row.domain, row.urgency, row.line) == ("emergency", "emergency", "police")
    assert (row.found_by, row.t_reported, row.t_close) == ("ignition", 600.0, 630.0)


def test_what_is_found_in_time_does_not_ignite() -> None:
    """It is a hazard still, and stays one."""
    minutes = found(patrol([]), 100.0)
    row = play(patrol([shows(minutes + 1, "ignition", domain="hazards")])).iloc[0]
    assert (row.domain, row.urgency, row.found_by) == ("hazards", "routine", "looker")


def test_what_ignites_needs_no_department() -> None:
    """Whatever the hazard would have needed."""
    mapping = patrol([shows(600.0, "ignition", domain="hazards", desk_min=60.0)])
    mapping["policy"]["sensing"]["reports"] = {}
    hire(mapping, "officer", {"emergency": "own"}, speed_kmh=float("inf"))
    mapping["policy"]["staffing"]["heads"]["officer"] = 1
    row = play(mapping).iloc[0]
    assert row.t_close == row.t_served == 630.0


def test_what_is_found_may_be_misnamed() -> None:
    """Whoever reports it names a domain as callers do."""
    mapping = patrol([hidden(0.0, cell=k) for k in range(60)], cells_per_hour=600.0)
    mapping["policy"]["layout"]["lines"] = [line(name, name) for name in DOMAINS]
    mapping["policy"]["staffing"]["heads"] = {"looker": 1}
    mapping["world"]["demand"]["misnamed"] = 0.5
    rows = play(mapping)
    assert 15 < (rows.handoffs > 0).sum() < 45


def test_a_hidden_problem_is_triaged_when_it_is_reported() -> None:
    """Not when it begins."""
    mapping = patrol([], cells_per_hour=600.0)
    mapping["world"]["demand"] |= {"needs_per_1000_per_day": 0.0, "triage_median_min": 7.0}
    mapping["world"]["demand"]["latent"]["per_1000_per_day"] = 20.0
    rows = play(mapping)
    rows = rows[rows.t_ready.notna()]
    assert len(rows) > 50
    assert (rows.t_reported > rows.t_onset).all()
    assert (rows.t_ready - rows.t_reported).to_numpy() == pytest.approx(7.0)


# --- riders -------------------------------------------------------------------------


def ridden(
    needs: list[dict[str, Any]], by_hour: list[float], per_hour: float = 0.5
) -> dict[str, Any]:
    """Riders pass everywhere alike; nobody else looks."""
    mapping = patrol(needs, cells_per_hour=0.0)
    mapping["policy"]["sensing"] |= {"riders_per_hour": per_hour, "riders_by_hour": by_hour}
    return mapping


def rider_hours(mapping: dict[str, Any], count: int) -> Floats:
    """Hours of mean traffic until a rider reports each of so many problems [h]."""
    draws = mapping["draws"]
    stream = keyed.stream(draws["seed"], draws["replication"], Purpose.RIDER)
    hours: Floats = -np.log(keyed.u(stream, np.arange(count))) / 0.5
    return hours


def test_a_rider_reports_what_can_be_seen_from_the_street() -> None:
    """At the rate per hour, each at his own threshold; indoors never."""
    needs = [hidden(100.0, cell=k, outdoor=1) for k in range(20)]
    mapping = ridden([*needs, hidden(100.0)], FLAT)
    rows = play(mapping)
    expected = 100.0 + 60.0 * rider_hours(mapping, 20)
    assert expected.max() < 7 * DAY
    assert rows.t_reported[:20].tolist() == pytest.approx(expected.tolist())
    assert (rows.found_by[:20] == "riders").all()
    assert rows.status[20] == "hidden"


def test_riders_are_on_the_road_by_the_hour() -> None:
    """Twice as many up to noon, and none after it: what is left begins anew at midnight."""
    mapping = ridden([hidden(600.0, outdoor=1) for _ in range(20)], [1.0] * 12 + [0.0] * 12)
    hours = rider_hours(mapping, 20)
    today, later = 600.0 + 60.0 * hours / 2, DAY + 60.0 * (hours - 4.0) / 2
    expected = np.where(hours < 4.0, today, later)
    assert 0 < (hours < 4.0).sum() < 20
    assert hours.max() < 4.0 + 24.0
    assert play(mapping).t_reported.tolist() == pytest.approx(expected.tolist())


def test_at_a_rate_of_0_no_rider_reports() -> None:
    """Whatever the hours."""
    rows = play(ridden([hidden(600.0, outdoor=1)] * 5, FLAT, per_hour=0.0))
    assert (rows.status == "hidden").all()


def test_riders_who_are_never_on_the_road_report_nothing() -> None:
    """Hours of nought are no hours."""
    assert play(ridden([hidden(600.0, outdoor=1)], [0.0] * 24)).status[0] == "hidden"


def test_a_rider_is_one_of_several_who_may_be_first() -> None:
    """Riders, residents and a patrol compete for every problem."""
    needs = [shows(90.0, "residents", cell=k, outdoor=1) for k in range(40)]
    mapping = ridden(needs, FLAT)
    mapping["world"]["service"]["patrol"]["sweep_per_hour"] = 60.0
    riders = 60.0 * rider_hours(mapping, 40)
    looked = 100.0 * threshold(mapping, np.arange(40))
    times = np.array([looked, np.full(40, 90.0), riders])
    rows = play(mapping)
    assert rows.t_reported.tolist() == pytest.approx(times.min(axis=0).tolist())
    names = np.array(["looker", "residents", "riders"])[times.argmin(axis=0)]
    assert (rows.found_by.astype(str) == names).all()
    assert set(names) == {"looker", "residents", "riders"}


# --- what ships ---------------------------------------------------------------------


def test_where_nothing_is_hidden_nobody_who_looks_changes_anything() -> None:
    """Off is a rate of 0: calls are answered the same, whoever would report what."""
    calls = ("world.demand.latent.per_1000_per_day=0", "clock.days=1")
    one, other = (
        sim.run(toy("policy=merged", f"policy/sensing={name}", *calls))
        for name in ("nobody", "anything")
    )
    pd.testing.assert_frame_equal(one.work, other.work, check_exact=True)
    pd.testing.assert_frame_equal(one.requests, other.requests, check_exact=True)


@pytest.mark.parametrize("name", POLICIES)
def test_anything_is_reported_in_the_package_only(name: str) -> None:
    """Elsewhere everybody reports what his own line is there for."""
    sensing = mapping_of(f"policy={name}")["policy"]["sensing"]
    assert sensing["beyond_line"] == (1 if name in ANYTHING else 0)
    every = set(DOMAINS[:5])
    for role, domains in sensing["reports"].items():
        assert set(domains) <= every
        assert (set(domains) == every) == (name in ANYTHING), role


def test_three_options_ship() -> None:
    """Nobody, one's own, anything."""
    assert groups()["policy/sensing"] == ["anything", "nobody", "own"]
    assert toy("policy/sensing=nobody").policy.sensing.reports == {}


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("policy.sensing.riders_per_hour=-1", r"riders_per_hour = -1: .*greater than or equal"),
        ("policy.sensing.beyond_line=2", r"beyond_line = 2: .*less than or equal to 1"),
        ("policy.sensing.riders_by_hour=[1,1]", r"riders_by_hour: 24 or more are needed"),
        ("policy.sensing.reports.cadre=[weather]", r"sensing\.reports\.cadre\.0 = 'weather'"),
    ],
)
def test_a_sensing_that_cannot_be_is_refused_in_one_line(word: str, message: str) -> None:
    """The error names key, value and what is allowed."""
    with pytest.raises(sim.CaseError, match=message) as caught:
        toy(word)
    assert "\n" not in str(caught.value)


def test_those_who_report_must_be_roles() -> None:
    """The error names the stranger and the roles there are."""
    mapping = patrol([hidden(0.0)])
    mapping["policy"]["sensing"]["reports"] = {"knight": ["hazards"]}
    with pytest.raises(sim.CaseError, match=r"sensing\.reports\.knight: not a role; allowed"):
        play(mapping)


def test_the_lever_must_be_stated() -> None:
    """There is no silent default."""
    mapping = toy().model_dump(mode="json")
    del mapping["policy"]["sensing"]
    with pytest.raises(sim.CaseError, match=r"policy\.sensing: missing; it must be given"):
        sim.load(mapping)
