"""Needs: as many as the rate says, when the profiles say, and the same in every arm."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import chisquare
from scipy.stats import t as student

import sim
from sim.base import CLASSES, DOMAINS
from sim.units import DAY, WEEK
from sim.world.demand import expected_minutes
from sim.world.tape import Tape
from tests.policy import POLICIES, need, stage
from tests.support import case_of, mapping_of, toy
from tests.world import CONFIDENCE, assert_share, calls_of, drawn

CHIBI = mapping_of("world=chibi")["world"]["demand"]
DAILY = 2.5 * 252.6
ADMINISTRATIVE, EMERGENCY = CHIBI["profiles"]


ROWS = ("parent", "part", "again")  # where on the tape another need stands


def tape_of(days: int, *words: str) -> Tape:
    """The calls of Chibi over so many days."""
    return calls_of(drawn(case_of("world=chibi", *words), days).tape)


def assert_same_needs(one: Tape, other: Tape, but: tuple[str, ...] = ()) -> None:
    """Hold every column of two tapes against each other, to the bit."""
    for name, column in vars(one).items():
        if name not in (*but, *ROWS):
            assert np.array_equal(column, vars(other)[name]), name


def among(tape: Tape, names: Tape) -> Tape:
    """Those needs of a tape that another one holds by name, in its own order."""
    kept = np.isin(tape.key, names.key)
    return Tape(**{name: column[kept] for name, column in vars(tape).items()})


def test_needs_are_as_many_as_the_rate_says() -> None:
    """The 99 % interval of weekly totals holds 7 x 2.5 per thousand residents."""
    weeks = 52
    tape = tape_of(7 * weeks)
    totals = np.bincount((tape.t_reported // WEEK).astype(int), minlength=weeks)
    assert totals.size == weeks
    half = student.ppf((1 + CONFIDENCE) / 2, weeks - 1) * totals.std(ddof=1) / np.sqrt(weeks)
    assert half < 0.03 * totals.mean()
    assert abs(totals.mean() - 7 * DAILY) <= half


@pytest.mark.parametrize("profile", [ADMINISTRATIVE, EMERGENCY], ids=lambda item: item["name"])
def test_needs_follow_the_hours_of_the_week(profile: dict[str, Any]) -> None:
    """Counts in the 168 hours of the week agree with the profile in a chi-square test at 1 %."""
    rate = 2.5 if profile is ADMINISTRATIVE else 25.0
    words = ("world.demand.day_cv=0", f"world.demand.needs_per_1000_per_day={rate}")
    tape = tape_of(7 * 12, *words)
    about = np.isin(tape.domain, [DOMAINS.index(name) for name in profile["domains"]])
    hour = (tape.t_reported[about] % WEEK // 60).astype(int)
    week = np.outer(profile["weekdays"], profile["hours"]).ravel()
    expected = hour.size * week / week.sum()
    assert hour.size > 8000
    assert chisquare(np.bincount(hour, minlength=168), expected).pvalue > 0.01


def test_days_differ_more_than_chance_would_have_it() -> None:
    """Levels of days vary by .14 of their mean, beyond the Poisson part of daily counts."""
    days = 980
    tape = tape_of(days, "world.demand.profiles.0.weekdays=[1,1,1,1,1,1,1]")
    administrative = tape.domain != DOMAINS.index("emergency")
    counts = np.bincount((tape.t_reported[administrative] // DAY).astype(int), minlength=days)
    cv = np.sqrt(counts.var(ddof=1) - counts.mean()) / counts.mean()
    assert cv == pytest.approx(CHIBI["day_cv"], rel=0.08)  # 2.58 standard errors are 6 %


def test_without_day_levels_counts_are_poisson() -> None:
    """With a spread of 0 the variance of counts is their mean: the 99 % interval of 1."""
    days = 490
    flat = "world.demand.profiles.0.weekdays=[1,1,1,1,1,1,1]"
    tape = tape_of(days, flat, "world.demand.day_cv=0")
    administrative = tape.domain != DOMAINS.index("emergency")
    counts = np.bincount((tape.t_reported[administrative] // DAY).astype(int), minlength=days)
    assert counts.var(ddof=1) / counts.mean() == pytest.approx(1, abs=2.58 * np.sqrt(2 / days))


def test_domains_have_their_shares() -> None:
    """Counts by domain agree with the shares in a chi-square test at 1 %."""
    domain = tape_of(70, "world.demand.day_cv=0").domain
    expected = domain.size * np.array([CHIBI["shares"][name] for name in DOMAINS])
    assert chisquare(np.bincount(domain, minlength=len(DOMAINS)), expected).pvalue > 0.01


def test_classes_have_their_shares() -> None:
    """.02 are emergencies, all of that domain; .15 are urgent, whatever the domain."""
    tape = tape_of(70, "world.demand.day_cv=0")
    emergency = tape.urgency == CLASSES.index("emergency")
    urgent = tape.urgency == CLASSES.index("urgent")
    assert_share(emergency, 0.02)
    assert_share(urgent, 0.15)
    assert np.array_equal(emergency, tape.domain == DOMAINS.index("emergency"))
    for number, name in enumerate(DOMAINS):
        if name != "emergency":
            assert_share(urgent[tape.domain == number], 0.15 / 0.98)


def test_triage_takes_as_long_as_a_dispatch_centre_does() -> None:
    """Report to triaged is lognormal with median 1.117 min and sigma .811."""
    tape = tape_of(70)
    triage = tape.t_triaged - tape.t_reported
    assert_share(triage < 1.117, 0.5)
    assert np.log(triage).std() == pytest.approx(0.811, rel=0.02)


def test_strangers_need_help_only_in_visiting_hours() -> None:
    """3 % of the needs in visiting hours are non-residents', in the trading district."""
    world = drawn(case_of("world=chibi"), 140)
    tape = calls_of(world.tape)
    minute = tape.t_reported % DAY
    visiting = (minute >= 9 * 60) & (minute < 21 * 60)
    stranger = tape.resident < 0
    assert_share(stranger[visiting], 0.03)
    assert not stranger[~visiting].any()
    district = world.city.area_names.index("trading_district")
    assert (world.city.area[tape.cell[stranger]] == district).all()


def test_needs_arise_where_the_resident_is() -> None:
    """At night at home, at noon of a weekday at work, by the draw of a visit elsewhere."""
    world = drawn(case_of("world=chibi", "world.people.visit_share=0"), 28)
    tape, people = calls_of(world.tape), world.people
    known = tape.resident >= 0
    cell, who, t = tape.cell[known], tape.resident[known], tape.t_reported[known]
    minute, weekday = t % DAY, t // DAY % 7
    working = (weekday < 5) & (minute >= 8 * 60) & (minute < 18 * 60)
    assert np.array_equal(cell, np.where(working, people.work[who], people.home[who]))


def test_needs_come_in_order_of_entry() -> None:
    """The tape is sorted by the moment of triage; names are unique."""
    tape = tape_of(28)
    assert (np.diff(tape.t_enter) >= 0).all()
    assert np.array_equal(tape.t_enter, tape.t_triaged)
    assert np.unique(tape.key).size == len(tape)
    assert tape.t_reported.min() >= 0
    assert tape.t_reported.max() < 28 * DAY


@pytest.mark.parametrize("rate", [3.0, 6.25, 15.0])
def test_more_demand_keeps_every_need_that_was_there(rate: float) -> None:
    """A higher rate adds needs; those of the lower one keep name and every attribute."""
    few = tape_of(14)
    many = tape_of(14, f"world.demand.needs_per_1000_per_day={rate}")
    assert len(many) > 1.1 * len(few)
    assert_same_needs(few, among(many, few))


def test_more_days_keep_every_need_that_was_there() -> None:
    """A longer tape holds the shorter one, and adds only what is reported later."""
    week, month = tape_of(7), tape_of(28)
    assert_same_needs(week, among(month, week))
    assert (month.t_reported < WEEK).sum() == len(week)


def test_a_change_of_one_domain_leaves_other_streams_alone() -> None:
    """More routine needs do not renumber the emergencies."""
    usual = tape_of(14)
    other = tape_of(
        14,
        "world.demand.shares.city_order=0.05",
        "world.demand.shares.disputes=0.50",
        "world.demand.urgent_share=0.5",
    )
    emergencies = [
        Tape(**{k: v[item.domain == DOMAINS.index("emergency")] for k, v in vars(item).items()})
        for item in (usual, other)
    ]
    assert len(emergencies[0]) > 100
    assert_same_needs(*emergencies)


def test_fewer_reports_thin_the_needs_and_change_none() -> None:
    """Readiness decides who reports and nothing else; who reports at .3 reports at .6."""
    every, most, few = (tape_of(28, f"world.demand.readiness={r}") for r in (1.0, 0.6, 0.3))
    assert every.reported.all()
    for share, tape in ((0.6, most), (0.3, few)):
        assert_same_needs(every, tape, but=("reported",))
        assert_share(tape.reported, share)
    assert not (few.reported & ~most.reported).any()


def test_who_reports_hangs_on_nothing_else() -> None:
    """Among the reported needs domains, classes, places and times are mixed as among all."""
    tape = tape_of(70, "world.demand.readiness=0.4")
    early = tape.t_reported % DAY < 12 * 60
    long = tape.work > np.median(tape.work)
    named = (tape.domain == 0, tape.urgency == 1, tape.vulnerable, early, long)
    for flags in named:
        assert_share(tape.reported[flags], 0.4)
    assert abs(np.corrcoef(tape.reported, tape.t_triaged - tape.t_reported)[0, 1]) < 0.02


def test_draws_about_a_need_are_independent() -> None:
    """Work, triage, class and resident are not drawn from one number."""
    tape = tape_of(70)
    about = [tape.urgency == 1, np.log(tape.work), np.log(tape.t_triaged - tape.t_reported)]
    about += [tape.resident, tape.t_reported % 60]
    city_order = tape.domain == 0  # medians differ between domains
    found = np.corrcoef([np.asarray(row, dtype=np.float64)[city_order] for row in about])
    assert np.abs(found - np.eye(len(about))).max() < 0.03


def test_who_does_not_report_is_not_in_the_record() -> None:
    """A record holds the reported needs, and the same row for each as with full readiness."""
    alone = (
        "world.demand.misnamed=0",
        "world.demand.needs_per_1000_per_day=0.3",
        "world.demand.reopen_share=0",
        "world.demand.latent.per_1000_per_day=0",
    )
    every, few = (sim.run(toy(*alone, f"world.demand.readiness={r}")) for r in (1.0, 0.5))
    fixed = ["request", "t_reported", "cell", "domain", "urgency", "vulnerable", "triage"]
    kept = every.requests[every.requests.request.isin(few.requests.request)]
    assert 0 < len(few.requests) < len(every.requests)
    assert kept[fixed].reset_index(drop=True).equals(few.requests[fixed])


@pytest.mark.parametrize("name", POLICIES)
def test_no_policy_changes_a_need(name: str) -> None:
    """Whatever the arm: the same requests, in the same places, at the same moments."""
    fixed = [
        "request",
        "t_reported",
        "cell",
        "community",
        "domain",
        "urgency",
        "vulnerable",
        "triage",
    ]
    rows = [sim.run(toy(f"policy={arm}")).requests for arm in ("fragmented_layered", name)]
    base, other = (item[item.kind == "call"][fixed].reset_index(drop=True) for item in rows)
    assert base.equals(other)


def test_the_expected_load_is_the_mean_of_what_is_drawn() -> None:
    """Minutes of work per day, by domain and by kind of place, are those posting rests on.

    Over 40 weeks of short-tailed work, within 2 % by domain and 6 % in the special areas.
    """
    short = ("world.service.work.sigma=0.2", "world.demand.day_cv=0")
    case = case_of("world=chibi", *short)
    days = 280
    world = drawn(case, days)
    spec, tape = case.world, calls_of(world.tape)
    load = expected_minutes(spec.demand, spec.people, spec.service, world.city, world.people)
    assert np.array_equal(load, world.load)
    by_domain = np.bincount(tape.domain, weights=tape.work) / days
    assert by_domain == pytest.approx(load.sum(axis=1), rel=0.06)
    assert by_domain.sum() == pytest.approx(load.sum(), rel=0.02)
    place = world.city.area + 1
    found = np.bincount(place[tape.cell], weights=tape.work) / days
    assert found == pytest.approx(np.bincount(place, weights=load.sum(axis=0)), rel=0.06)


def test_an_injected_tape_replaces_the_needs() -> None:
    """Injected needs come in order of time, with what they were given and no triage."""
    rows = [need(50.0, cell=7, domain="hazards", urgency="urgent", work=3.0), need(20.0, cell=2)]
    tape = drawn(sim.load(stage(rows, []))).tape
    assert tape.t_reported.tolist() == tape.t_triaged.tolist() == [20.0, 50.0]
    assert tape.key.tolist() == [1, 0]
    assert tape.cell.tolist() == [2, 7]
    assert tape.domain.tolist() == [DOMAINS.index("city_order"), DOMAINS.index("hazards")]
    assert tape.urgency.tolist() == [CLASSES.index("routine"), CLASSES.index("urgent")]
    assert tape.work[1] == 3.0
    assert tape.reported.all()


def test_an_injected_need_must_be_in_the_city() -> None:
    """The error names the cell and the cells there are."""
    with pytest.raises(sim.CaseError, match=r"demand\.tape: .*100.*; allowed: 0\.\.99"):
        drawn(sim.load(stage([need(1.0, cell=100)], [])))


WRONG: dict[str, tuple[str, str]] = {
    "shares do not sum": ("world.demand.shares.hazards=0.5", "shares must sum to 1, not 1.42"),
    "a domain twice": (
        "world.demand.profiles.1.domains=[emergency,hazards]",
        "profiles must hold every domain exactly once",
    ),
    "a flat profile": (
        "world.demand.profiles.0.weekdays=[0,0,0,0,0,0,0]",
        "hours and weekdays with a positive sum",
    ),
    "23 hours": ("world.demand.profiles.0.hours=[1,1]", "profiles.0.hours: 24 or more"),
    "a sure mistake": ("world.demand.misnamed=1", r"misnamed = 1.*less than or equal to 0\.95"),
    "negative": ("world.demand.needs_per_1000_per_day=-1", "greater than or equal to 0"),
}


@pytest.mark.parametrize(("word", "message"), WRONG.values(), ids=WRONG.keys())
def test_a_demand_that_cannot_be_is_refused_in_one_line(word: str, message: str) -> None:
    """The error names the key and what is allowed."""
    with pytest.raises(sim.CaseError, match=message) as caught:
        case_of(word)
    assert "world.demand" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_domain_is_named() -> None:
    """Tables by domain must hold all six."""
    mapping = stage([], [])
    del mapping["world"]["demand"]["urgency"]["hazards"]
    with pytest.raises(sim.CaseError, match=r"urgency must name every domain.*\['hazards'\]"):
        sim.load(mapping)


def test_levels_of_days_are_shared_by_nobody_else() -> None:
    """Each profile has its own levels: administrative and emergency days are uncorrelated."""
    days = 700
    tape = tape_of(days, "world.demand.needs_per_1000_per_day=5", "world.demand.day_cv=0.5")
    week = (tape.t_reported // WEEK).astype(int)
    emergency = tape.domain == DOMAINS.index("emergency")
    totals = [np.bincount(week[chosen], minlength=100) for chosen in (emergency, ~emergency)]
    limit = student.ppf((1 + CONFIDENCE) / 2, 98) / np.sqrt(98)
    assert abs(np.corrcoef(*totals)[0, 1]) < limit
