"""Metrics against hand-made records: what is counted, over whom, and what leaving out would do."""

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.base import CLASSES, DOMAINS
from sim.metrics import HEADLINE, METRICS, curves, gini, measure
from sim.record import PARTS, STATUS, TIERS, class_names, domain_names, named
from sim.units import DAY
from sim.world.tape import KINDS, KNOWN_BY
from tests.support import toy

FACTS = {
    "measured_min": 7 * DAY,
    "follow_up_min": 2 * DAY,
    "end_min": 10 * DAY,
    "trust": 0.7,
    "visible_cells": 0.25,
    "visible_residents": 0.5,
}
UNITS = {"min", "share", "gini", "count", "h"}
NOT_YET = float("nan")


def requests(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """A table of requests: reported at 10:00 of day 1, answered at once, closed in an hour."""
    usual: dict[str, Any] = {
        "t_reported": DAY + 600.0,
        "t_onset": NOT_YET,
        "t_desk": NOT_YET,
        "t_attended": NOT_YET,
        "kind": "call",
        "repeats": 0,
        "outdoor": False,
        "found_by": -1,
        "measured": True,
        "cell": 0,
        "vulnerable": False,
        "elderly": False,
        "home": 0,
        "worker": 0,
        "handoffs": 0,
        "response": 0.0,
        "closure": 60.0,
        "domain": "city_order",
        "urgency": "routine",
        "community": 0,
        "tier": 0,
        "status": "closed",
        **dict.fromkeys(PARTS, 0.0),
    }
    table = pd.DataFrame([usual | row for row in rows])
    table["t_arrive"] = table.t_reported + table.response
    table["t_close"] = table.t_reported + table.closure
    table["kind"] = named([KINDS.index(name) for name in table.kind], KINDS)
    table["found_by"] = named(table.found_by, ("cadre", "police", *KNOWN_BY))
    table["domain"] = domain_names([DOMAINS.index(name) for name in table.domain])
    table["urgency"] = class_names([CLASSES.index(name) for name in table.urgency])
    table["community"] = named(table.community, ("north", "south"))
    table["home"] = named(table.home, ("north", "south"))
    table["tier"] = named(table.tier, TIERS)
    table["status"] = named([STATUS.index(name) for name in table.status], STATUS)
    return table


def work(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """A table of workers with 40 paid hours and no work."""
    usual: dict[str, Any] = dict.fromkeys(
        ("travel", "service", "background", "overtime", "undone"), 0.0
    )
    table = pd.DataFrame([{"role": 0, "paid": 2400.0} | usual | row for row in rows])
    table["role"] = named(table.role, ("cadre", "police"))
    return table


def measured(
    rows: list[dict[str, Any]],
    workers: list[dict[str, Any]] | None = None,
    group: str = "all",
    **facts: float,
) -> dict[str, float]:
    """The metrics of a hand-made record in one group."""
    record = sim.Record(requests(rows), work(workers or [{}]), {}, FACTS | facts)
    table = measure(record)
    return dict(table[table.group == group].set_index("metric").value)


@lru_cache
def ran() -> pd.DataFrame:
    """The metrics of a small busy city."""
    record = sim.run(toy("policy=merged", "world.demand.needs_per_1000_per_day=10"))
    return measure(record)


# --- the list of metrics ------------------------------------------------------------


def test_every_metric_has_a_unit_a_direction_and_words() -> None:
    """And only those units that the comparison knows margins for."""
    for name, metric in METRICS.items():
        assert metric.unit in UNITS, name
        assert metric.better in ("lower", "higher", "neither"), name
        assert metric.words.strip(), name
    assert len({metric.words for metric in METRICS.values()}) == len(METRICS)


def test_what_is_measured_and_what_is_listed_are_the_same() -> None:
    """Every metric of the list is measured, and nothing else is."""
    assert set(ran().metric) == set(METRICS)
    assert set(HEADLINE) <= set(METRICS)
    assert not ran().duplicated(["metric", "group"]).any()


def test_headline_metrics_are_those_fixed_beforehand() -> None:
    """Median, daytime mean, unclosed after a week, Gini, emergencies' 90 % (sim/ODD.md)."""
    assert {name: METRICS[name].unit for name in HEADLINE} == {
        "response_median": "min",
        "response_daytime_mean": "min",
        "unclosed_7d": "share",
        "gini_request_work": "gini",
        "response_p90_emergency": "min",
    }
    assert all(METRICS[name].better == "lower" for name in HEADLINE)


def test_groups_are_domains_classes_communities_residents_and_roles() -> None:
    """By name; each has a count or hours of its own, and the counts add up."""
    groups = set(ran().group)
    assert "all" in groups
    assert {f"domain:{name}" for name in DOMAINS} <= groups
    assert {f"urgency:{name}" for name in CLASSES} <= groups
    assert {"residents:vulnerable", "residents:other", "role:police", "role:cadre"} <= groups
    assert sum(group.startswith("community:") for group in groups) == 29
    counts = ran()[ran().metric == "requests"].set_index("group").value
    for kind in ("domain", "urgency", "community", "residents"):
        parts = counts[counts.index.str.startswith(f"{kind}:")]
        assert parts.sum() == counts["all"] > 300


# --- times --------------------------------------------------------------------------


def test_times_are_from_report() -> None:
    """Median, mean, 90 % and share within the hour of known times."""
    found = measured([{"response": float(t), "closure": 2.0 * t} for t in range(10, 111, 10)])
    assert found["response_median"] == 60.0
    assert found["response_mean"] == 60.0
    assert found["response_p90"] == 100.0
    assert found["response_within_60"] == 6 / 11
    assert found["closure_median"] == found["closure_mean"] == 120.0
    assert found["requests"] == 11


def test_the_daytime_mean_counts_reports_from_nine_to_five() -> None:
    """By the hour of the report, not of the answer; the ends are [9, 17)."""
    moments = {8.99: 1000.0, 9.0: 10.0, 16.99: 20.0, 17.0: 1000.0}
    rows = [{"t_reported": DAY + 60 * hour, "response": time} for hour, time in moments.items()]
    assert measured(rows)["response_daytime_mean"] == 15.0


def test_unanswered_requests_enter_with_the_follow_up() -> None:
    """Leaving requests unanswered never looks fast."""
    answered = [{"response": 10.0}] * 3
    left = {"response": NOT_YET, "closure": NOT_YET, "worker": -1, "status": "waiting", "tier": -1}
    found = measured([*answered, left])
    assert found["response_mean"] == (30 + 2 * DAY) / 4
    assert found["closure_mean"] == (180 + 2 * DAY) / 4
    assert found["response_within_60"] == 0.75
    assert measured([left])["response_median"] == 2 * DAY
    assert found["response_mean"] > measured(answered)["response_mean"]


def test_late_answers_are_cut_at_the_follow_up() -> None:
    """So that late in the run and early in it count alike."""
    rows = [{"response": 10 * DAY, "closure": 11 * DAY}, {"response": 0.0}]
    assert measured(rows)["response_mean"] == DAY


def test_without_a_follow_up_times_are_not_nothing() -> None:
    """A clock may state a follow-up of 0 days; an answer after 50 minutes took 50 minutes."""
    assert measured([{"response": 50.0}], follow_up_min=0.0)["response_mean"] == 50.0


def test_without_a_follow_up_an_unanswered_request_enters_with_what_was_seen_of_it() -> None:
    """Reported a day before the end it took a day or more, never less than an answer to it."""
    left = {"response": NOT_YET, "closure": NOT_YET, "worker": -1, "status": "waiting", "tier": -1}
    late = {"t_reported": 9 * DAY}
    found = measured([left | late, {"response": 3 * DAY}], follow_up_min=0.0)
    assert found["response_mean"] == (DAY + 3 * DAY) / 2
    answered = measured([late | {"response": 0.9 * DAY}], follow_up_min=0.0)
    assert measured([left | late], follow_up_min=0.0)["response_mean"] > answered["response_mean"]


def test_who_does_not_live_in_the_city_has_no_age_and_no_home() -> None:
    """Residents count by home and by age, wherever the need arose; visitors in neither."""
    rows = [
        {"home": 0, "community": 1, "response": 10.0},
        {"home": 1, "community": 1, "elderly": True, "response": 30.0},
        {"home": -1, "community": 1, "response": 500.0},
    ]
    table = measure(sim.Record(requests(rows), work([{}]), {}, FACTS))
    found = table[table.metric == "response_mean"].set_index("group").value
    assert found["community:south"] == pytest.approx(180.0)
    assert (found["home:north"], found["home:south"]) == (10.0, 30.0)
    assert (found["age:under_60"], found["age:60_and_over"]) == (10.0, 30.0)


def test_without_a_follow_up_a_map_shows_times_too() -> None:
    """Its blocks hold the same times as the table."""
    case = toy("policy=merged", "clock.follow_up_days=0", "clock.days=2")
    record = sim.run(case)
    table = measure(record)
    mean = table[(table.metric == "response_mean") & (table.group == "all")].value.iloc[0]
    block = curves(record, case.world.city.width).set_index("curve").loc["block"]
    assert (block.y * block.n).sum() / block.n.sum() == pytest.approx(mean)
    assert mean > 1.0


def test_what_was_reported_outside_the_measured_part_does_not_count() -> None:
    """Warm-up and follow-up are there to fill and to empty the queues."""
    rows = [{"response": 10.0}, {"response": 999.0, "measured": False}]
    found = measured(rows)
    assert found["response_mean"] == 10.0
    assert found["requests"] == 1


def test_emergencies_have_a_90_percent_point_of_their_own() -> None:
    """It is measured in their group and in no other."""
    rows = [
        {"response": float(t), "domain": "emergency", "urgency": "emergency"} for t in range(11)
    ]
    found = measured([*rows, {"response": 500.0}], group="urgency:emergency")
    assert found["response_p90_emergency"] == 9.0
    groups = ran()[ran().metric == "response_p90_emergency"].group
    assert groups.tolist() == ["urgency:emergency"]


def test_parts_are_means_over_closed_requests() -> None:
    """What is not closed yet has no complete parts."""
    rows = [{"queue": 10.0}, {"queue": 30.0}, {"queue": 500.0, "closure": NOT_YET}]
    assert measured(rows)["part_queue"] == 20.0


def test_shares_and_counts_are_over_all_requests() -> None:
    """Handoffs per request, answered by cover or overflow, and turned away."""
    rows = [
        {"handoffs": 2},
        {"tier": 1},
        {"tier": 2},
        {"tier": -1, "status": "lost", "response": NOT_YET, "closure": NOT_YET},
    ]
    found = measured(rows)
    assert (found["handoffs"], found["covered"], found["lost"]) == (0.5, 0.5, 0.25)


def test_what_waits_for_a_department_and_who_calls_again_are_counted_per_request() -> None:
    """A third given up, two calls again over three requests, one waits 20 min at a desk."""
    gone = {"tier": -1, "status": "abandoned", "response": NOT_YET, "closure": NOT_YET}
    desk = {"t_desk": DAY, "t_attended": DAY + 20.0, "triage": 30.0}
    rows = [gone, {"repeats": 2, "triage": 10.0}, desk]
    found = measured(rows)
    assert found["centre_work"] == pytest.approx((3 * 10 + 30) / 60)
    assert found["abandoned"] == found["referred"] == pytest.approx(1 / 3)
    assert found["repeats"] == pytest.approx(2 / 3)
    assert found["desk_wait"] == 20.0


def hidden(after: float, **more: Any) -> dict[str, Any]:
    """A problem that began at 10:00 of day 1 and was found ``after`` so many hours."""
    onset = DAY + 600.0
    return {"kind": "latent", "t_onset": onset, "t_reported": onset + 60 * after} | more


def test_times_to_detection_count_from_the_beginning_of_a_hidden_problem() -> None:
    """One never found counts as long as the follow-up, two days; those outdoors apart."""
    never = hidden(0.0, t_reported=NOT_YET, response=NOT_YET, closure=NOT_YET, status="hidden")
    rows = [{}, hidden(1.0, found_by=0), hidden(4.0, found_by=2, outdoor=True), never]
    found = measured(rows)
    assert found["hidden_problems"] == 3
    assert found["detection_median"] == 240.0
    assert found["detection_mean"] == pytest.approx((60 + 240 + 2 * DAY) / 3)
    assert found["detection_outdoor_mean"] == 240.0
    assert found["latent_issue_hours"] == pytest.approx((2 + 5 + 48) / 3)
    assert found["requests"] == 1


def test_hidden_problems_are_counted_by_who_finds_them() -> None:
    """On patrol, by riders, or by going off; by residents is the rest."""
    finders = [0, 1, 1, 2, 3, 3, 4, -1]
    rows = [hidden(1.0, found_by=who) for who in finders]
    found = measured(rows)
    assert (found["found_by_staff"], found["found_by_riders"]) == (3 / 8, 2 / 8)
    assert found["ignited"] == 1 / 8


def test_what_a_run_says_of_the_whole_city_is_taken_over() -> None:
    """Where uniforms were seen, and trust."""
    found = measured([{}])
    assert (found["visible_cells"], found["visible_residents"]) == (0.25, 0.5)
    assert found["trust"] == 0.7


def test_a_group_without_requests_has_no_times() -> None:
    """NaN, not 0; and a count of 0."""
    found = measured([{}], group="domain:hazards")
    assert found["requests"] == 0
    assert np.isnan(found["response_median"])
    assert np.isnan(found["unclosed_7d"])


# --- product limit ------------------------------------------------------------------


def unclosed(rows: list[tuple[float, float, bool]], end: float = 30 * DAY) -> float:
    """Unclosed after 7 days of rows (report, days to closure or to the end, closed)."""
    table = [
        {"t_reported": t * DAY, "closure": days * DAY if closed else NOT_YET}
        for t, days, closed in rows
    ]
    for row, (t, days, closed) in zip(rows, rows, strict=True):
        assert closed or abs(row[0] * DAY + row[1] * DAY - end) < 1e-6, (t, days)
    return measured(table, end_min=end)["unclosed_7d"]


def test_unclosed_is_the_product_limit_estimate() -> None:
    """Kaplan and Meier by hand: closed on days 1, 3 and 6, in sight for 2, 4 and 8 days.

    (1 - 1/6) (1 - 1/4) (1 - 1/2) = 5/16: at day 1 six are at risk, at 3 four, at 6 two.
    """
    rows = [
        (20.0, 1.0, True),
        (28.0, 2.0, False),
        (20.0, 3.0, True),
        (26.0, 4.0, False),
        (20.0, 6.0, True),
        (22.0, 8.0, False),
    ]
    assert unclosed(rows) == pytest.approx(5 / 16)


def test_unclosed_is_a_plain_share_when_all_were_in_sight_for_a_week() -> None:
    """Closed after more than seven days counts as unclosed, after seven as closed."""
    rows = [(1.0, 7.0, True), (1.0, 7.01, True), (2.0, 28.0, False), (3.0, 0.5, True)]
    assert unclosed(rows) == pytest.approx(0.5)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 29), st.integers(1, 20)), min_size=1, max_size=30),
)
def test_unclosed_agrees_with_the_formula_on_any_data(drawn: list[tuple[int, int]]) -> None:
    """Closed where the closure comes before the end of the run, else seen until then."""
    rows = [(float(t), min(30.0 - t, days + 0.5), days + 0.5 < 30 - t) for t, days in drawn]
    survival = 1.0
    for day in sorted({length for _, length, closed in rows if closed and length <= 7}):
        at_risk = sum(length >= day for _, length, _ in rows)
        survival *= 1 - sum(closed and length == day for _, length, closed in rows) / at_risk
    assert unclosed(rows) == pytest.approx(survival)


def test_leaving_the_long_ones_open_does_not_lower_what_is_unclosed() -> None:
    """Unlike the mean time of the closed ones, which falls."""
    fast = [(20.0, 0.1, True)] * 5
    done, left = [(20.0, 6.9, True)] * 5, [(20.0, 10.0, False)] * 5
    assert unclosed([*fast, *left]) == 0.5 > unclosed([*fast, *done])


@pytest.mark.parametrize("status", ["lost", "abandoned"])
def test_a_request_turned_away_is_not_closed(status: str) -> None:
    """It competes with closure (sim/ODD.md): half of these are never closed.

    Reported so late that a week is not in sight, and those served are closed after a day. One
    given up by its caller is like one turned away.
    """
    gone = {"closure": NOT_YET, "response": NOT_YET, "status": status, "t_reported": 29.5 * DAY}
    served = {"closure": 1.0 * DAY, "t_reported": 20.0 * DAY}
    assert measured([gone] * 5 + [served] * 5, end_min=30 * DAY)["unclosed_7d"] == 0.5


# --- work ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([5.0, 5.0, 5.0], 0.0),
        ([0.0, 0.0, 0.0, 8.0], 0.75),
        ([1.0, 3.0], 0.25),
        ([1.0, 2.0, 3.0, 4.0, 5.0], 4 / 15),
        ([0.0, 0.0], 0.0),
        ([7.0], 0.0),
    ],
)
def test_the_gini_of_known_values(values: list[float], expected: float) -> None:
    """0 when all are equal, (n - 1) / n when one has all, (n + 1) / 3n - ... by hand."""
    assert gini(np.array(values)) == pytest.approx(expected)
    assert gini(np.array(values[::-1])) == pytest.approx(expected)


def test_the_gini_of_nobody_is_not_a_number() -> None:
    """An empty group has no inequality."""
    assert np.isnan(gini(np.array([])))


@settings(deadline=None)
@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=40))
def test_the_gini_is_half_the_relative_mean_difference(values: list[float]) -> None:
    """The definition, by all pairs; it lies in [0, 1) and does not see the unit."""
    array = np.array(values)
    if array.sum() < 1e-3:
        return
    pairs = np.abs(array[:, None] - array[None, :]).mean() / (2 * array.mean())
    assert gini(array) == pytest.approx(pairs, abs=1e-9)
    assert -1e-12 <= gini(array) < 1
    assert gini(3 * array) == pytest.approx(gini(array), abs=1e-9)


def test_the_gini_of_work_is_per_paid_hour() -> None:
    """Half the hours and half the work is equal; who is not paid does not count."""
    rows = [
        {"travel": 60.0, "service": 540.0, "background": 300.0},
        {"travel": 100.0, "service": 200.0, "paid": 1200.0},
        {"travel": 0.0, "service": 0.0, "paid": 0.0},
    ]
    found = measured([{}], rows)
    assert found["gini_request_work"] == pytest.approx(0.0)
    assert found["gini_all_work"] == pytest.approx(gini(np.array([900 / 2400, 300 / 1200])))


def test_workload_is_over_paid_time() -> None:
    """Request work, all work, overtime, what is undone, and paid hours."""
    rows = [
        {"travel": 240.0, "service": 480.0, "background": 480.0, "overtime": 90.0},
        {"undone": 120.0},
    ]
    found = measured([{}], rows)
    assert found["request_work"] == pytest.approx(720 / 4800)
    assert found["utilisation"] == pytest.approx(1200 / 4800)
    assert (found["overtime"], found["undone_background"], found["paid"]) == (1.5, 2.0, 80.0)
    assert found["max_request_work"] == pytest.approx(np.quantile([0.3, 0.0], 0.99))


def test_the_most_loaded_are_told_by_a_point_not_by_a_mean() -> None:
    """Of 201 workers with 0, 1, ... 200 minutes, 99 % have at most 198; and the words say so."""
    rows = [{"service": float(minutes)} for minutes in range(201)]
    assert measured([{}], rows)["max_request_work"] == pytest.approx(198 / 2400)
    assert "99 % point" in METRICS["max_request_work"].words


def test_roles_have_their_own_workload() -> None:
    """A role's figures are over its people only."""
    rows = [{"service": 1200.0}, {"role": 1, "service": 600.0}]
    assert measured([{}], rows, "role:cadre")["request_work"] == 0.5
    assert measured([{}], rows, "role:police")["request_work"] == 0.25


def test_a_role_without_people_has_no_workload() -> None:
    """NaN for shares, 0 for hours."""
    found = measured([{}], [{}], "role:police")
    assert np.isnan(found["request_work"])
    assert found["paid"] == 0


# --- of a run -----------------------------------------------------------------------


def test_metrics_of_a_run_lie_where_they_must() -> None:
    """Shares and Ginis between 0 and 1, times and counts not negative; quantiles in order.

    Only work may exceed paid time, by overtime.
    """
    table = ran().dropna()
    units = table.metric.map(lambda name: METRICS[name].unit)
    over = table.metric.isin(["utilisation", "max_request_work"])
    assert (table.value >= -1e-9).all()
    assert (table.value[units.isin(["share", "gini"]) & ~over] <= 1).all()
    city = table[table.group == "all"].set_index("metric").value
    assert city.response_median <= city.response_p90
    assert city.response_mean <= city.closure_mean
    assert city.gini_all_work < city.gini_request_work


def test_curves_hold_what_the_figures_draw() -> None:
    """Answers within x minutes rise to a share, Lorenz goes from 0 to 1, blocks hold all."""
    case = toy("policy=merged", "world.demand.needs_per_1000_per_day=10")
    record = sim.run(case)
    table = curves(record, case.world.city.width).set_index("curve")
    response, lorenz, block = (table.loc[name] for name in ("response", "lorenz", "block"))
    assert response.y.is_monotonic_increasing
    assert 0.5 < response.y.iloc[-1] <= 1.0
    assert (lorenz.y <= lorenz.x + 1e-12).all()
    assert lorenz.y.iloc[[0, -1]].tolist() == pytest.approx([0.0, 1.0])
    calls = record.requests.measured & (record.requests.kind == "call")
    assert block.n.sum() == calls.sum() == response.n.iloc[0]
    assert (block.x < (24 // 4) * (20 // 4)).all()
    halves = [table.loc[name].set_index("x").n for name in ("block_first", "block_second")]
    assert halves[0].add(halves[1], fill_value=0).tolist() == block.n.tolist()
    middle = record.facts["measured_min"] / 2 + case.clock.warmup_days * DAY
    assert halves[0].sum() == (calls & (record.requests.t_reported < middle)).sum()
    mean = (block.y * block.n).sum() / block.n.sum()
    city = ran()[(ran().metric == "response_mean") & (ran().group == "all")]
    assert mean == pytest.approx(city.value.iloc[0])
