"""Who is posted where: the same people in every arm, in proportion to the expected work."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import sim
from sim.base import DOMAINS, minute_of_day
from sim.engine.build import Plan, plan
from sim.policy.posting import daily_hours, headcount, largest_remainder, own_domains
from sim.policy.rota import Duty
from sim.units import DAY, WEEK
from tests.policy import (
    POLICIES,
    SAME_PEOPLE,
    hire,
    line,
    need,
    planned,
    planned_toy,
    play,
    post,
    stage,
)
from tests.support import case_of, mapping_of
from tests.world import Floats, Ints, assert_contiguous

HEADS = {"cadre": 300, "police": 200, "city_officer": 90, "property_staff": 150, "volunteer": 83}
FIXED = "policy.staffing.balance=0"
BALANCED = "policy.staffing.balance=1"


def paid_by_role(drawn: Plan) -> Floats:
    """Paid hours of each role over the run [h]."""
    hours = (drawn.duty.end - drawn.duty.start) / 60
    return np.bincount(
        drawn.posting.role[drawn.duty.worker], weights=hours, minlength=len(drawn.roles)
    )


def heads_by_role(drawn: Plan) -> dict[str, int]:
    """People of each role that anybody holds."""
    count = np.bincount(drawn.posting.role, minlength=len(drawn.roles)).tolist()
    return {role: heads for role, heads in zip(drawn.roles, count, strict=True) if heads}


def units_of(drawn: Plan, role: int) -> tuple[Ints, Floats]:
    """Heads and expected minutes of own domains of each unit of a role, manned or not."""
    own = own_domains(drawn.case.policy.staffing, drawn.roles[role])
    posting, table = drawn.posting, drawn.posting.zones.tocsr()
    who = np.flatnonzero(posting.role == role)
    heads, minutes = [], []
    for area in np.unique(posting.area[who]):
        somebody = who[posting.area[who] == area][0]
        held = own & drawn.zones.holds[table[[somebody]].indices[0]]
        at = posting.unit_at[area]
        units = np.unique(at)
        heads.append(np.bincount(posting.unit[who], minlength=units.max() + 1)[units])
        minutes.append(np.bincount(at, weights=drawn.world.load[held].sum(axis=0))[units])
    return np.concatenate(heads), np.concatenate(minutes)


# --- the same people in every arm ---------------------------------------------------


@pytest.mark.parametrize("name", SAME_PEOPLE)
def test_every_arm_of_chibi_has_the_same_heads_and_paid_hours_per_role(name: str) -> None:
    """Heads as given and hours to the minute are those of the baseline, with the same balance."""
    balance = case_of(f"policy={name}").policy.staffing.balance
    baseline = planned("fragmented_layered", f"policy.staffing.balance={balance}")
    arm = planned(name)
    assert heads_by_role(arm) == heads_by_role(baseline)
    assert np.array_equal(paid_by_role(arm), paid_by_role(baseline))
    if balance == 0:
        assert heads_by_role(arm) == HEADS


@pytest.mark.parametrize("words", [(FIXED,), (BALANCED,)])
@pytest.mark.parametrize("name", SAME_PEOPLE)
def test_a_worker_is_the_same_person_in_every_arm(name: str, words: tuple[str, ...]) -> None:
    """Worker i has the same role, the same shifts and the same tasks, whatever the layout."""
    baseline, arm = planned("fragmented_layered", *words), planned(name, *words)
    assert np.array_equal(arm.posting.role, baseline.posting.role)
    for table in ("duty", "tasks"):
        for column, values in vars(getattr(arm, table)).items():
            assert np.array_equal(values, getattr(getattr(baseline, table), column)), column


def test_rotas_and_heads_of_the_shipped_arms_come_from_one_file() -> None:
    """No arm states heads, rotas, participation or what may be balanced of its own."""
    tables = ("heads", "participation", "balanced", "rotas")
    staffing = [mapping_of(f"policy={name}")["policy"]["staffing"] for name in SAME_PEOPLE]
    for table in tables:
        assert all(item[table] == staffing[0][table] for item in staffing), table


def test_the_package_with_its_people_adds_those_the_article_names() -> None:
    """59 secretaries, 29 posted cadres, 137 organisations x .3, volunteers at .85 instead of .3."""
    more = {"secretary": 59, "posted_cadre": 29, "social_organisation": 41, "volunteer": 236}
    assert heads_by_role(planned("reform_plus")) == HEADS | more


def test_participation_takes_its_share_of_heads() -> None:
    """278 volunteers of whom .30 take part are 83."""
    assert heads_by_role(planned("merged"))["volunteer"] == 83
    all_of_them = planned("merged", "policy.staffing.participation={volunteer: 1.0}")
    assert heads_by_role(all_of_them)["volunteer"] == 278


# --- posting ------------------------------------------------------------------------


@pytest.mark.parametrize("words", [(FIXED,), (BALANCED,)])
@pytest.mark.parametrize("name", POLICIES)
def test_heads_follow_the_expected_work(name: str, words: tuple[str, ...]) -> None:
    """Each unit's heads are within 1 of its exact share of the role's own work."""
    drawn = planned(name, *words)
    for role in np.unique(drawn.posting.role).tolist():
        heads, minutes = units_of(drawn, role)
        own = own_domains(drawn.case.policy.staffing, drawn.roles[role])
        assert minutes.sum() == pytest.approx(drawn.world.load[own].sum())
        assert heads.sum() == (drawn.posting.role == role).sum()
        assert (np.abs(heads - heads.sum() * minutes / minutes.sum()) < 1).all()


def test_the_largest_remainders_get_what_is_left() -> None:
    """Whole parts first, then one each by remainder; ties go to the lowest number."""
    assert largest_remainder(np.array([5.0, 3.0, 2.0]), 11).tolist() == [6, 3, 2]
    assert largest_remainder(np.array([1.0, 1.0, 1.0]), 5).tolist() == [2, 2, 1]
    assert largest_remainder(np.array([0.0, 0.0]), 3).tolist() == [2, 1]
    assert largest_remainder(np.array([47.0, 16.0, 15.8, 12.0, 6.1, 3.1]), 10).tolist() == [
        5,
        2,
        1,
        1,
        1,
        0,
    ]


@pytest.mark.parametrize("name", ["fragmented_layered", "fragmented_mixed", "merged"])
def test_everybody_lives_in_his_unit(name: str) -> None:
    """Home cells lie in the unit; the unit is the cells of the zones he is posted to."""
    drawn = planned(name)
    posting, width = drawn.posting, drawn.world.city.width
    assert (posting.unit_at[posting.area, posting.home] == posting.unit).all()
    assert posting.home.max() < width * drawn.world.city.height
    zones = posting.zones.tocsr()
    own = [own_domains(drawn.case.policy.staffing, role) for role in drawn.roles]
    for worker in range(0, posting.count, 7):
        mine = zones[[worker]].indices
        domain = int(np.flatnonzero(drawn.zones.holds[mine[0]] & own[posting.role[worker]])[0])
        inside = np.isin(drawn.zones.owner[domain], mine)
        assert np.array_equal(inside, posting.unit_at[posting.area[worker]] == posting.unit[worker])


@pytest.mark.parametrize("name", POLICIES)
def test_units_are_whole(name: str) -> None:
    """The cells of a unit are one piece, so that patrol can walk it."""
    drawn = planned(name)
    for row in drawn.posting.unit_at:
        assert_contiguous(row, drawn.world.city.width)


def test_units_are_as_many_as_asked() -> None:
    """29 for police and city management, 74 for property staff, one per zone for cadres."""
    drawn = planned("merged")
    manned = {
        role: np.unique(drawn.posting.unit[drawn.posting.role == number]).size
        for number, role in enumerate(drawn.roles)
    }
    assert (manned["police"], manned["city_officer"], manned["property_staff"]) == (29, 29, 74)
    kinds = [np.unique(row[row >= 0]).size for row in drawn.posting.unit_at]
    assert kinds == [162, 29, 29, 74, 74]


def test_a_unit_of_one_zone_is_that_zone() -> None:
    """Where a line has a unit per zone everybody is posted to exactly one."""
    drawn = planned("fragmented_layered")
    assert (drawn.posting.zones.sum(axis=1) == 1).all()


def test_citywide_people_are_posted_to_every_zone_they_can_work_in() -> None:
    """With reach ``city`` a role's unit is every zone that owns a domain it has a skill for."""
    drawn = planned_toy("fragmented_layered", "policy.staffing.reach=city")
    table = drawn.posting.zones.toarray()
    for number, role in enumerate(drawn.roles):
        skills = drawn.case.policy.staffing.skills.get(role, {})
        able = drawn.zones.holds[:, [DOMAINS.index(name) for name in skills]].any(axis=1)
        assert (table[drawn.posting.role == number] == able).all()


def test_homes_follow_the_work_inside_a_unit() -> None:
    """In a unit that is the whole city, the park's share of homes is its share of the work."""
    drawn = planned("merged", "policy.staffing.reach=city", "policy.staffing.heads.cadre=20000")
    cadres = drawn.posting.role == drawn.roles.index("cadre")
    own = own_domains(drawn.case.policy.staffing, "cadre")
    work = drawn.world.load[own].sum(axis=0)
    community = drawn.world.city.community
    expected = np.bincount(community, weights=work) / work.sum()
    found = np.bincount(community[drawn.posting.home[cadres]], minlength=29) / cadres.sum()
    assert np.abs(found - expected).max() < 0.01


# --- balance ------------------------------------------------------------------------


def planned_hours(name: str, balance: float) -> tuple[Ints, Floats]:
    """Heads of each role after balancing, and their mean paid hours a day [h]."""
    drawn = planned(name)
    spec = drawn.case.policy.staffing.model_copy(update={"balance": balance})
    heads = headcount(spec, drawn.roles, drawn.world)
    hours = [daily_hours(spec.rotas[role]) if role in spec.rotas else 0.0 for role in drawn.roles]
    return heads, heads * np.array(hours)


@pytest.mark.parametrize("balance", [0.5, 1.0])
def test_balancing_moves_hours_and_keeps_their_sum(balance: float) -> None:
    """Within one head per role; roles that may not move keep their heads."""
    before, paid = planned_hours("merged", 0.0)
    after, moved = planned_hours("merged", balance)
    assert not np.array_equal(before, after)
    assert moved.sum() == pytest.approx(paid.sum(), abs=2 * (paid / np.maximum(before, 1)).max())
    roles = planned("merged").roles
    for role in ("police", "volunteer"):
        assert after[roles.index(role)] == before[roles.index(role)]


@pytest.mark.parametrize("name", SAME_PEOPLE)
def test_balancing_is_the_same_in_every_arm(name: str) -> None:
    """It rests on the lines' load, which no policy can change."""
    assert np.array_equal(*(planned_hours(arm, 1.0)[0] for arm in ("fragmented_layered", name)))


def test_balanced_hours_are_in_proportion_to_the_load_they_serve() -> None:
    """One role per domain group: hours per minute of work are equal, within one head."""
    drawn = planned("merged")
    words = {"cadre": ["livelihood", "disputes", "hazards", "property"]}
    spec = drawn.case.policy.staffing.model_copy(
        update={"balance": 1.0, "balanced": {**words, "city_officer": ["city_order"]}}
    )
    heads = headcount(spec, drawn.roles, drawn.world)
    load = drawn.world.load.sum(axis=1)
    wanted = {
        "cadre": load[1:5].sum(),
        "city_officer": load[DOMAINS.index("city_order")],
    }
    per_head = {role: daily_hours(spec.rotas[role]) for role in wanted}
    rate = {
        role: heads[drawn.roles.index(role)] * per_head[role] / minutes
        for role, minutes in wanted.items()
    }
    slack = max(per_head[role] / minutes for role, minutes in wanted.items())
    assert rate["cadre"] == pytest.approx(rate["city_officer"], abs=2 * slack)


# --- rotas --------------------------------------------------------------------------


def starts(duty: Duty) -> pd.DataFrame:
    """Worker, weekday and hours of every stretch of duty that begins within the run."""
    table = pd.DataFrame(vars(duty))
    table["day"] = (table.start // DAY).astype(int)
    return table[table.start > 0]


def test_everybody_works_five_days_of_any_seven() -> None:
    """Days off recur every week, whatever the role."""
    drawn = planned("merged", "clock.days=21", "clock.follow_up_days=7")
    table = starts(drawn.duty)
    worked = pd.crosstab(table.worker, table.day).reindex(columns=range(1, 29), fill_value=0)
    assert worked.to_numpy().max() == 1
    sliding = worked.T.rolling(7).sum().dropna()
    assert (sliding == 5).all().all()
    assert len(worked) == drawn.posting.count


def test_shifts_are_staffed_by_their_shares() -> None:
    """Each shift has its share of the role's people, within two heads."""
    drawn = planned("merged")
    table = starts(drawn.duty).drop_duplicates("worker")
    role = drawn.posting.role[table.worker]
    rotas = drawn.case.policy.staffing.rotas
    for name, heads in HEADS.items():
        mine = table[role == drawn.roles.index(name)]
        minute = (mine.start % DAY).to_numpy()
        for shift in rotas[name].shifts:
            if shift.start != "00:00":
                found = (minute == minute_of_day(shift.start)).sum()
                assert abs(found - shift.share * heads) <= 2
        lengths = {minute_of_day(s.end) - minute_of_day(s.start) for s in rotas[name].shifts}
        assert set((mine.end - mine.start).tolist()) <= lengths


def test_days_off_are_spread_over_the_week() -> None:
    """On every day five sevenths of a role are on duty, within 2 %."""
    drawn = planned("merged")
    table = starts(drawn.duty)
    week = table[table.day.between(1, 7)]
    count = week.groupby("day").worker.nunique()
    assert count.to_numpy() == pytest.approx(drawn.posting.count * 5 / 7, rel=0.02)


def test_a_shift_may_run_past_midnight() -> None:
    """One that ends before it starts: whoever began the evening before is there at day 0."""
    mapping = stage([need(30.0), need(400.0)], [post("watch", 0)])
    night = (("22:00", "06:00", 1.0),)
    hire(mapping, "watch", dict.fromkeys(DOMAINS, "own"), night, speed_kmh=1e9)
    rows = play(mapping)
    assert rows.t_dispatch.tolist() == [30.0, 22 * 60.0]
    assert sim.run(sim.load(mapping)).work.paid[0] == 7 * 8 * 60.0


def test_paid_hours_are_the_hours_on_duty_in_the_measured_part() -> None:
    """A week at five shifts of eight is 40 hours; overtime comes on top."""
    drawn = planned("merged")
    work = sim.run(drawn.case).work
    cadres = work[work.role == "cadre"]
    assert (cadres.paid == 45 * 60.0).all()
    assert (work[work.role == "police"].paid == 40 * 60.0).all()
    assert (work.overtime >= 0).all()
    assert work.paid.sum() <= len(work) * WEEK


def test_work_outside_ones_own_domains_takes_longer() -> None:
    """By the slowdown, and only there."""
    mapping = stage([need(0.0), need(600.0, domain="hazards")], [post("hand", 0)])
    hire(mapping, "hand", {"city_order": "own", "hazards": "cross"}, speed_kmh=1e9)
    mapping["policy"]["staffing"]["slowdown"] = 0.4
    assert play(mapping).service.tolist() == pytest.approx([30.0, 42.0])


@pytest.mark.parametrize("shift", ["08:30", "18:00"])
def test_days_on_may_begin_on_a_fixed_day(shift: str) -> None:
    """Monday to Friday for everybody, or the weekend; the first of seven is day 0."""
    for from_day, days_on, on in ((0, 5, [0, 1, 2, 3, 4]), (5, 2, [5, 6]), (6, 2, [0, 6])):
        mapping = stage([], [post("hand", 0)] * 20)
        hire(mapping, "hand", {"city_order": "own"}, ((shift, "24:00", 1.0),))
        mapping["policy"]["staffing"]["rotas"]["hand"] |= {"from_day": from_day, "days_on": days_on}
        duty = plan(sim.load(mapping)).duty
        table = pd.DataFrame({"worker": duty.worker, "day": (duty.start // DAY).astype(int)})
        assert (pd.crosstab(table.worker, table.day).columns == on).all()
        assert len(table) == 20 * len(on)


def test_posted_cadres_work_from_monday_to_friday_and_organisations_at_weekends() -> None:
    """All of them, in the arm that has them."""
    drawn = planned("reform_plus")
    table = starts(drawn.duty)
    days = {"posted_cadre": {0, 1, 2, 3, 4}, "social_organisation": {5, 6}}
    for role, expected in days.items():
        mine = drawn.posting.role[table.worker] == drawn.roles.index(role)
        worked = table[mine]
        assert set(worked.day % 7) == expected
        assert worked.worker.nunique() == (drawn.posting.role == drawn.roles.index(role)).sum()


# --- practice, dip, dilution --------------------------------------------------------


def one_a_day(*, days: int = 5, **practice: float) -> dict[str, Any]:
    """A request of half an hour outside the worker's own domain at noon of every day."""
    needs = [need(DAY * day + 720.0, domain="hazards") for day in range(days)]
    mapping = stage(needs, [post("hand", 0)])
    hire(mapping, "hand", {"city_order": "own", "hazards": "cross"}, speed_kmh=float("inf"))
    mapping["policy"]["staffing"]["slowdown"] = 0.4
    mapping["policy"]["staffing"]["practice"] |= practice
    return mapping


def test_the_slowdown_fades_with_practice() -> None:
    """By e to the minus day over two days: 30 x (1 + .4 e^(-d/2)), noon or not."""
    found = play(one_a_day(learning_days=2.0)).service
    expected = [30.0 * (1 + 0.4 * np.exp(-day / 2)) for day in range(5)]
    assert found.tolist() == pytest.approx(expected)


def test_without_learning_it_stays() -> None:
    """An infinite time is none, and the default."""
    assert play(one_a_day()).service.tolist() == pytest.approx([42.0] * 5)


def test_one_learns_by_the_day() -> None:
    """At one minute to midnight as at noon; the day of dispatch counts, not that of the report."""
    mapping = one_a_day(learning_days=2.0, days=0)
    late = [need(DAY - 1.0, domain="hazards", work=10.0), need(DAY - 0.5, domain="hazards")]
    mapping["world"]["demand"]["tape"] = late
    found = play(mapping).service.tolist()
    assert found == pytest.approx([14.0, 30.0 * (1 + 0.4 * np.exp(-0.5))])


def test_nobody_learns_what_he_can() -> None:
    """Work in one's own domains takes its time from the first day on."""
    mapping = one_a_day(learning_days=2.0)
    mapping["policy"]["staffing"]["skills"]["hand"]["hazards"] = "own"
    assert play(mapping).service.tolist() == [30.0] * 5


def test_right_after_a_reform_everybody_is_slower() -> None:
    """Also in his own domains: 30 x (1 + .3 e^(-d/2))."""
    mapping = one_a_day(dip=0.3, dip_days=2.0)
    mapping["policy"]["staffing"]["skills"]["hand"]["hazards"] = "own"
    expected = [30.0 * (1 + 0.3 * np.exp(-day / 2)) for day in range(5)]
    assert play(mapping).service.tolist() == pytest.approx(expected)


def test_without_a_dip_its_length_says_nothing() -> None:
    """Off is a dip of 0."""
    assert play(one_a_day(dip=0.0, dip_days=0.1)).service.tolist() == pytest.approx([42.0] * 5)


def team(own: int, other: int, dilution: float) -> dict[str, Any]:
    """So many posted to a zone who have the skill, and so many who have not."""
    mapping = stage([need(720.0)], [post("hand", 0)] * own + [post("other", 0)] * other)
    hire(mapping, "hand", {"city_order": "own"}, speed_kmh=float("inf"))
    hire(mapping, "other", {"hazards": "own"})
    mapping["world"]["service"]["dilution"] = dilution
    return mapping


@pytest.mark.parametrize(
    ("own", "minutes"), [(1, 30.0), (2, 30 * 1.15), (3, 30 * 1.2), (10, 30 * 1.27)]
)
def test_work_that_many_share_takes_longer(own: int, minutes: float) -> None:
    """By d (1 - 1/m), here d = .3, for m with the skill, whoever else is posted there."""
    assert play(team(own, 4, 0.3)).service[0] == pytest.approx(minutes)


def test_those_who_share_it_need_not_be_on_duty() -> None:
    """Two of three are at home."""
    mapping = team(1, 0, 0.3)
    hire(mapping, "night", {"city_order": "cross"}, (("22:00", "06:00", 1.0),))
    mapping["policy"]["staffing"]["posts"] += [post("night", 0)] * 2
    assert play(mapping).service[0] == pytest.approx(36.0)


def test_at_a_dilution_of_0_nobody_shares() -> None:
    """Whoever is posted."""
    assert play(team(10, 0, 0.0)).service[0] == 30.0


def test_what_makes_work_longer_multiplies() -> None:
    """30 x (1 + .4 e^(-1/2)) x (1 + .3 x 1/2) x (1 + .2 e^-1) on day 1."""
    mapping = one_a_day(learning_days=2.0, dip=0.2, dip_days=1.0)
    mapping["policy"]["staffing"]["posts"] *= 2
    mapping["world"]["service"]["dilution"] = 0.3
    expected = 30.0 * (1 + 0.4 * np.exp(-0.5)) * 1.15 * (1 + 0.2 * np.exp(-1))
    assert play(mapping).service[1] == pytest.approx(expected)


def test_who_stands_in_for_a_zone_works_as_if_it_were_his() -> None:
    """Dilution is that of the zone, not of who comes: two owners at home, a neighbour alone."""
    mapping = team(2, 0, 0.3)
    mapping["policy"]["layout"]["lines"] = [line("all", cells=[0] * 50 + [1] * 50)]
    shift = {"start": "22:00", "end": "24:00", "share": 1.0}
    mapping["policy"]["staffing"]["rotas"]["hand"]["shifts"] = [shift]
    hire(mapping, "neighbour", {"city_order": "own"}, speed_kmh=float("inf"))
    mapping["policy"]["staffing"]["posts"].append(post("neighbour", 1))
    mapping["world"]["service"]["cover"]["neighbours"] = 1
    row = play(mapping).iloc[0]
    assert (row.role, row.tier) == ("neighbour", "cover")
    assert row.service == pytest.approx(30 * 1.15)


# --- explicit posts and errors ------------------------------------------------------


def posted(posts: list[dict[str, Any]]) -> Plan:
    """A stage of two zones with explicit posts, drawn."""
    mapping = stage([], posts)
    mapping["policy"]["layout"]["lines"] = [line("all", cells=[0] * 50 + [1] * 50)]
    return plan(sim.load(mapping))


def test_posts_can_be_given_one_by_one() -> None:
    """Role, zones and home as stated, in the order stated; heads are not looked at."""
    drawn = posted([post("server", 1, home=77), post("server", 0, 1, home=3)])
    assert drawn.posting.count == 2
    assert drawn.posting.home.tolist() == [77, 3]
    assert drawn.posting.zones.toarray().tolist() == [[0, 1], [1, 1]]
    assert drawn.posting.unit.tolist() == [0, 1]


WRONG_POSTS: dict[str, tuple[dict[str, Any], str]] = {
    "role": (post("wizard", 0), r"posts\.0\.role = 'wizard': allowed: \['server'\]"),
    "zone": (post("server", 0, 2), r"posts\.0\.zones = 2: no such zone; allowed: 0\.\.1"),
    "home": (post("server", 0, home=100), r"posts\.0\.home = 100: no such cell; allowed: 0\.\.99"),
    "no zones": (post("server"), r"posts\.0\.zones: .*1 or more"),
}


@pytest.mark.parametrize(("item", "message"), WRONG_POSTS.values(), ids=WRONG_POSTS.keys())
def test_a_post_that_cannot_be_is_refused_in_one_line(item: dict[str, Any], message: str) -> None:
    """The error names key, value and what is allowed."""
    with pytest.raises(sim.CaseError, match=rf"policy\.staffing\.{message}") as caught:
        posted([item])
    assert "\n" not in str(caught.value)


def without_rota(staffing: dict[str, Any]) -> None:
    """Take away the rota of a role that has heads."""
    staffing["rotas"] = {}


def with_stranger(staffing: dict[str, Any]) -> None:
    """Give skills to a role that the world does not know."""
    staffing["skills"]["wizard"] = {"hazards": "own"}


def with_short_shares(staffing: dict[str, Any]) -> None:
    """Let the shares of a rota's shifts add up to less than everybody."""
    staffing["rotas"]["server"]["shifts"][0]["share"] = 0.9


def with_eight_days(staffing: dict[str, Any]) -> None:
    """Work eight days of seven."""
    staffing["rotas"]["server"]["days_on"] = 8


def with_odd_time(staffing: dict[str, Any]) -> None:
    """Start a shift at a time that no clock shows."""
    staffing["rotas"]["server"]["shifts"][0]["start"] = "25:00"


def with_bare_time(staffing: dict[str, Any]) -> None:
    """Start a shift at what unquoted YAML makes of 8:30."""
    staffing["rotas"]["server"]["shifts"][0]["start"] = 510


WRONG = {
    without_rota: r"rotas\.server is missing; server has heads",
    with_stranger: r"skills\.wizard: not a role; allowed: \['server'\]",
    with_short_shares: r"rotas\.server\.shifts: shares sum to 0\.9; allowed: 1",
    with_eight_days: r"rotas\.server\.days_on = 8: .*less than or equal to 7",
    with_odd_time: r'rotas\.server\.shifts\.0\.start = \'25:00\': a quoted time of day "HH:MM"',
    with_bare_time: r"rotas\.server\.shifts\.0\.start = 510: .*quoted",
}


@pytest.mark.parametrize(
    ("spoil", "message"), WRONG.items(), ids=lambda item: getattr(item, "__name__", "")
)
def test_a_staffing_that_cannot_be_is_refused_in_one_line(spoil: Any, message: str) -> None:
    """The error names key, value and what is allowed."""
    mapping = stage([], [])
    spoil(mapping["policy"]["staffing"])
    with pytest.raises(sim.CaseError, match=rf"policy\.staffing\.{message}") as caught:
        plan(sim.load(mapping))
    assert "\n" not in str(caught.value)


def test_nobody_is_lost_for_want_of_a_domain_of_his_own() -> None:
    """Heads whose skills are all crossed cannot be posted by load: they are refused."""
    mapping = stage([], [])
    mapping["policy"]["staffing"]["heads"] = {"server": 3}
    mapping["policy"]["staffing"]["skills"]["server"] = dict.fromkeys(DOMAINS, "cross")
    with pytest.raises(sim.CaseError, match=r"skills\.server: 3 heads and no domain .*; allowed:"):
        plan(sim.load(mapping))


def test_a_post_of_a_role_without_rota_is_refused() -> None:
    """As heads without a rota are."""
    mapping = stage([need(0.0)], [post("ghost", 0), post("server", 0)])
    hire(mapping, "ghost", {"city_order": "own"})
    del mapping["policy"]["staffing"]["rotas"]["ghost"]
    with pytest.raises(sim.CaseError):
        sim.run(sim.load(mapping))


def test_a_city_without_workers_is_refused() -> None:
    """With heads of 0 and no posts there is nobody to simulate."""
    with pytest.raises(sim.CaseError, match=r"policy\.staffing\.heads: .*allowed: 1 person"):
        sim.run(case_of("world=lab", "policy=lab", "policy.staffing.heads.server=0"))
