"""The tape: what is hidden, recurs and follows comes at the rates given and moves nothing else."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import binom, chisquare, kstest, poisson

import sim
from sim.base import CLASSES, DOMAINS
from sim.units import DAY
from sim.world import Drawn
from sim.world.tape import AGAIN, CALL, IGNITED, LATENT, NOTICED, PART, RECURRING, Tape
from tests.policy import POLICIES, need, stage, then
from tests.support import case_of, mapping_of
from tests.world import calls_of, drawn, kind_of

CHIBI = mapping_of("world=chibi")["world"]
SURE = 0.999
ALONE = ("world.demand.needs_per_1000_per_day=0", "world.demand.day_cv=0")
CANTEEN = (
    "{name: canteen, domain: livelihood, per_day: 2.4, starts: '11:00', ends: '12:30',"
    " work_min: 20.0, fixed: 1, vulnerable: 0}"
)
VISITS = (
    "{name: visits, domain: disputes, per_day: 30.0, starts: '09:00', ends: '17:00',"
    " work_min: 40.0, fixed: 0, vulnerable: 1}"
)
LINKS = ("parent", "part", "again")  # where on the tape another need stands


def world_of(days: int, *words: str) -> Drawn:
    """Chibi over so many days."""
    return drawn(case_of("world=chibi", *words), days)


def tape_of(days: int, *words: str) -> Tape:
    """The tape of Chibi over so many days."""
    return world_of(days, *words).tape


def assert_chance(found: Any, share: float) -> None:
    """Hold the share of true values among independent draws against its chance, at 99.9 %."""
    flags = np.asarray(found)
    low, high = binom.interval(SURE, flags.size, share)
    assert low <= flags.sum() <= high, f"{flags.mean():.5f} of {flags.size}, expected {share:.5f}"


def assert_count(found: int, mean: float) -> None:
    """Hold a Poisson count against its mean, at 99.9 %."""
    low, high = poisson.interval(SURE, mean)
    assert low <= found <= high, f"{found}, expected {mean:.1f}"


def assert_same(one: Tape, other: Tape) -> None:
    """Hold every column of two tapes against each other, to the bit, but for their links."""
    for name, column in vars(one).items():
        if name not in LINKS:
            assert np.array_equal(column, vars(other)[name], equal_nan=column.dtype.kind == "f"), (
                name
            )


def code(name: str) -> int:
    """The number of a domain."""
    return next(number for number, domain in enumerate(DOMAINS) if domain == name)


# --- hidden problems ----------------------------------------------------------------


def test_hidden_problems_begin_at_the_rate_given() -> None:
    """.534 per thousand residents and day, as many by night as by day."""
    days = 140
    tape = kind_of(tape_of(days, *ALONE), LATENT)
    assert_count(len(tape), 0.534 * 252.6 * days)
    hour = (tape.t_enter % DAY // 60).astype(int)
    assert chisquare(np.bincount(hour, minlength=24)).pvalue > 1 - SURE
    assert np.isnan(tape.t_reported).all()
    assert not tape.reported.any()


def test_hidden_problems_have_the_domains_given() -> None:
    """City order .80, property .08, hazards .12, all of them routine."""
    tape = kind_of(tape_of(140, *ALONE), LATENT)
    for name, share in CHIBI["demand"]["latent"]["shares"].items():
        assert_chance(tape.domain == code(name), share)
    assert (tape.urgency == CLASSES.index("routine")).all()


def test_residents_notice_after_an_exponential_time() -> None:
    """Two days in the mean where nothing ignites (Kolmogorov and Smirnov)."""
    tape = kind_of(tape_of(140, *ALONE), LATENT)
    order = tape.domain == code("city_order")
    waits = (tape.t_known - tape.t_enter)[order] / 60
    assert (tape.known_by[order] == NOTICED).all()
    assert kstest(waits, "expon", args=(0, 48.0)).pvalue > 1 - SURE


def test_hazards_ignite_or_are_noticed_whichever_is_first() -> None:
    """Two exponentials of 48 and 480 hours: one in eleven ignites, after 43.6 hours in the mean."""
    words = ("world.demand.latent.shares={city_order: 0.0, property: 0.0, hazards: 1.0}",)
    tape = kind_of(tape_of(140, *ALONE, *words), LATENT)
    assert_chance(tape.known_by == IGNITED, 1 / 11)
    waits = (tape.t_known - tape.t_enter) / 60
    assert kstest(waits, "expon", args=(0, 480 / 11)).pvalue > 1 - SURE
    late = waits > np.median(waits)
    assert_chance(tape.known_by[late] == IGNITED, 1 / 11)


def test_the_emergency_a_hazard_becomes_has_work_of_its_own() -> None:
    """By the law of emergencies, and not by that of the hazard."""
    tape = kind_of(tape_of(140, *ALONE), LATENT)
    assert_chance(tape.ignites_work < 18.0, 0.5)
    assert np.log(tape.ignites_work).std() == pytest.approx(1.0, rel=0.03)
    ordered = tape.domain == code("city_order")
    found = np.corrcoef(np.log(tape.work[ordered]), np.log(tape.ignites_work[ordered]))[0, 1]
    assert abs(found) < 3.3 / np.sqrt(ordered.sum())


def test_riders_can_see_what_is_outdoors() -> None:
    """All of city order, half of the rest."""
    tape = kind_of(tape_of(140, *ALONE), LATENT)
    ordered = tape.domain == code("city_order")
    assert tape.outdoor[ordered].all()
    assert_chance(tape.outdoor[~ordered], 0.5)


def test_problems_arise_where_people_are() -> None:
    """By cell in proportion to those at home, at night and without visitors."""
    still = ("visit_share=0", "workdays=0")
    words = ("world.demand.visitor_share=0", *(f"world.people.{word}" for word in still))
    world = world_of(140, *ALONE, *words)
    tape = kind_of(world.tape, LATENT)
    weight = np.bincount(world.people.home, weights=world.people.weight)
    place = world.city.community
    share = np.bincount(place, weights=weight) / weight.sum()
    count = np.bincount(place[tape.cell], minlength=share.size)
    assert chisquare(count, share * len(tape)).pvalue > 1 - SURE


def test_more_hidden_problems_keep_those_that_were_there() -> None:
    """Name and every attribute."""
    few, many = (
        kind_of(tape_of(28, f"world.demand.latent.per_1000_per_day={rate}"), LATENT)
        for rate in (0.3, 0.6)
    )
    kept = np.isin(many.key, few.key)
    assert_count(len(many), 2 * 0.3 * 252.6 * 28)
    assert kept.sum() == len(few) < len(many)
    assert_same(few, Tape(**{name: column[kept] for name, column in vars(many).items()}))


# --- departments --------------------------------------------------------------------


def test_a_tenth_needs_a_department_and_no_emergency_does() -> None:
    """In every domain by its share; as many of the hidden as of the called."""
    tape = tape_of(70, "world.demand.specialist_share.hazards=0.4")
    for kind in (CALL, LATENT):
        rows = kind_of(tape, kind)
        needed = rows.desk_work > 0
        assert_chance(needed[rows.domain == code("city_order")], 0.1)
        assert_chance(needed[rows.domain == code("hazards")], 0.4)
        assert not needed[rows.domain == code("emergency")].any()


def test_officers_take_their_way_and_their_work() -> None:
    """40 minutes of way, and a lognormal of median 60 (40 for city order)."""
    rows = calls_of(tape_of(70, "world.demand.specialist_share.disputes=1.0"))
    minutes = rows.desk_work[rows.domain == code("disputes")]
    assert minutes.min() > 40.0
    assert_chance(minutes < 100.0, 0.5)
    assert np.log(minutes - 40).std() == pytest.approx(1.0, rel=0.03)
    order = rows.desk_work[(rows.domain == code("city_order")) & (rows.desk_work > 0)]
    assert_chance(order < 80.0, 0.5)


# --- second parts -------------------------------------------------------------------


def joint() -> Tape:
    """Chibi for ten weeks with three joint cases in ten."""
    return tape_of(70, "world.demand.joint_share=0.3")


def test_so_many_cases_are_joint_as_the_share_says() -> None:
    """Of calls that need no department and are no emergency; nothing else has a second part."""
    tape = joint()
    alone = (tape.kind == CALL) & (tape.desk_work == 0) & (tape.domain != code("emergency"))
    assert_chance(tape.part[alone] >= 0, 0.3)
    assert (tape.part[~alone] == -1).all()


def test_a_second_part_is_where_and_as_urgent_as_the_first() -> None:
    """Of the same resident, and it has no beginning of its own."""
    tape = joint()
    whole = np.flatnonzero(tape.part >= 0)
    part = tape.part[whole]
    assert (tape.kind[part] == PART).all()
    assert np.array_equal(tape.parent[part], whole)
    for name in ("cell", "urgency", "resident", "vulnerable"):
        assert np.array_equal(getattr(tape, name)[part], getattr(tape, name)[whole]), name
    assert np.isnan([tape.t_enter[part], tape.t_reported[part]]).all()
    assert (tape.desk_work[part] == 0).all()
    assert np.isin(tape.kind[tape.parent >= 0], (PART, AGAIN)).all()


@pytest.mark.parametrize("domain", DOMAINS[:5])
def test_a_second_part_is_about_any_of_the_others(domain: str) -> None:
    """Never the same and never an emergency, all the others alike."""
    tape = joint()
    whole = np.flatnonzero((tape.part >= 0) & (tape.domain == code(domain)))
    found = np.bincount(tape.domain[tape.part[whole]], minlength=len(DOMAINS))
    assert found[code(domain)] == found[code("emergency")] == 0
    assert chisquare(found[found > 0]).pvalue > 1 - SURE
    assert (found > 0).sum() == 4


def test_a_second_part_has_work_of_its_own() -> None:
    """By the law of its domain, whatever the first part took."""
    tape = joint()
    part = tape.part[tape.part >= 0]
    median = np.array([CHIBI["service"]["work"]["median_min"][name] for name in DOMAINS])
    ratio = np.log(tape.work[part] / median[tape.domain[part]])
    assert_chance(ratio < 0, 0.5)
    first = np.log(tape.work[tape.part >= 0] / median[tape.domain[tape.part >= 0]])
    assert abs(np.corrcoef(ratio, first)[0, 1]) < 3.3 / np.sqrt(part.size)


# --- reopenings ---------------------------------------------------------------------


def test_so_many_calls_come_back_as_the_share_says() -> None:
    """Of calls, joint or for a department or neither; nothing else comes back."""
    tape = tape_of(70, "world.demand.reopen_share=0.2", "world.demand.joint_share=0.3")
    call = tape.kind == CALL
    assert_chance(tape.again[call] >= 0, 0.2)
    assert_chance(tape.again[call & (tape.part >= 0)] >= 0, 0.2)
    assert_chance(tape.again[call & (tape.desk_work > 0)] >= 0, 0.2)
    assert (tape.again[~call] == -1).all()


def test_what_comes_back_is_the_same_trouble_with_fresh_work() -> None:
    """Same domain, class, place and resident."""
    tape = tape_of(70, "world.demand.reopen_share=0.2")
    first = np.flatnonzero(tape.again >= 0)
    again = tape.again[first]
    assert (tape.kind[again] == AGAIN).all()
    assert np.array_equal(tape.parent[again], first)
    for name in ("cell", "urgency", "domain", "resident", "vulnerable"):
        assert np.array_equal(getattr(tape, name)[again], getattr(tape, name)[first]), name
    one, other = np.log(tape.work[first]), np.log(tape.work[again])
    order = tape.domain[first] == code("city_order")
    assert abs(np.corrcoef(one[order], other[order])[0, 1]) < 3.3 / np.sqrt(order.sum())
    assert_chance(tape.work[again][order] < 12.0, 0.5)


# --- scheduled work -----------------------------------------------------------------


def test_tasks_recur_as_often_as_stated_and_in_their_hours() -> None:
    """2.4 a day are two or three, three in .4 of the days; at any moment from 11:00 to 12:30."""
    days = 350
    tape = kind_of(tape_of(days, f"world.demand.recurring=[{CANTEEN}]"), RECURRING)
    count = np.bincount((tape.t_enter // DAY).astype(int), minlength=days)
    assert set(count.tolist()) == {2, 3}
    assert_chance(count == 3, 0.4)
    share = (tape.t_enter % DAY - 660.0) / 90.0
    assert kstest(share, "uniform").pvalue > 1 - SURE
    assert (tape.work == 20.0).all()
    assert (tape.domain == code("livelihood")).all()
    assert (tape.urgency == CLASSES.index("routine")).all()
    assert np.array_equal(tape.t_reported, tape.t_enter)


def test_fixed_tasks_are_at_the_same_places_every_day() -> None:
    """The first at one, the second at another, at somebody's home."""
    world = world_of(28, f"world.demand.recurring=[{CANTEEN}]")
    tape = kind_of(world.tape, RECURRING)
    ordinal = tape.key & 0xFFFFFFFF
    for number in range(3):
        assert np.unique(tape.cell[ordinal == number]).size == 1
    assert np.unique(tape.cell).size == 3
    assert np.array_equal(tape.cell, world.people.home[tape.resident])


def test_tasks_for_the_vulnerable_are_at_their_homes() -> None:
    """At other ones every day, each as likely as any other."""
    world = world_of(70, f"world.demand.recurring=[{VISITS}]")
    tape = kind_of(world.tape, RECURRING)
    assert len(tape) == 70 * 30
    assert world.people.vulnerable[tape.resident].all()
    assert tape.vulnerable.all()
    place = world.city.community
    where = np.bincount(place[world.people.home[world.people.vulnerable]])
    count = np.bincount(place[tape.cell], minlength=where.size)
    assert chisquare(count, where / where.sum() * len(tape)).pvalue > 1 - SURE


def test_where_nobody_is_vulnerable_there_is_nobody_to_visit() -> None:
    """No task, and no error."""
    words = ("world.people.vulnerable_share=0", f"world.demand.recurring=[{VISITS}]")
    assert (tape_of(7, *words).kind != RECURRING).all()


def test_two_kinds_of_tasks_do_not_share_their_luck() -> None:
    """The second in the list is drawn for itself, and the first stays as it was."""
    one = kind_of(tape_of(14, f"world.demand.recurring=[{VISITS}]"), RECURRING)
    second = VISITS.replace("name: visits", "name: rounds")
    both = kind_of(tape_of(14, f"world.demand.recurring=[{VISITS}, {second}]"), RECURRING)
    first = np.isin(both.key, one.key)
    assert_same(one, Tape(**{name: column[first] for name, column in vars(both).items()}))
    minutes = [np.sort(both.t_enter[chosen] % DAY) for chosen in (first, ~first)]
    assert not np.isclose(minutes[0][:200], minutes[1][:200]).any()


# --- nothing else moves -------------------------------------------------------------

TURNED_ON = {
    "hidden problems": ("world.demand.latent.per_1000_per_day=5",),
    "faster notice": ("world.demand.latent.notice_hours.city_order=1",),
    "second parts": ("world.demand.joint_share=0.5",),
    "reopenings": ("world.demand.reopen_share=0.5",),
    "scheduled work": (f"world.demand.recurring=[{CANTEEN}, {VISITS}]",),
}


@pytest.mark.parametrize("words", TURNED_ON.values(), ids=TURNED_ON.keys())
def test_calls_stay_as_they_were(words: tuple[str, ...]) -> None:
    """Every column of every call, whatever is turned on besides."""
    assert_same(calls_of(tape_of(14)), calls_of(tape_of(14, *words)))


@pytest.mark.parametrize("kind", [LATENT, RECURRING])
def test_what_calls_bring_moves_nothing_that_begins_by_itself(kind: int) -> None:
    """More calls, joint ones and reopenings leave hidden problems and tasks alone."""
    tasks = f"world.demand.recurring=[{VISITS}]"
    more = ("needs_per_1000_per_day=9", "joint_share=0.5", "reopen_share=0.5", "urgent_share=0.4")
    base = tape_of(14, tasks)
    other = tape_of(14, tasks, *(f"world.demand.{word}" for word in more))
    assert_same(kind_of(base, kind), kind_of(other, kind))


def test_departments_change_what_they_are_about_and_nothing_else() -> None:
    """Their share moves who needs one; times, places, classes and work stay."""
    few = calls_of(tape_of(14))
    shares = ", ".join(f"{name}: 0.6" for name in DOMAINS[:5])
    many = calls_of(tape_of(14, f"world.demand.specialist_share={{{shares}}}"))
    for name, column in vars(few).items():
        if name not in (*LINKS, "desk_work"):
            assert np.array_equal(column, vars(many)[name]), name
    needed = few.desk_work > 0
    assert np.array_equal(few.desk_work[needed], many.desk_work[needed])
    assert (many.desk_work > 0).sum() > 4 * needed.sum()


def test_second_parts_and_reopenings_are_drawn_apart() -> None:
    """Whether one comes says nothing about the other, and more of one moves none of the other."""
    shares = ("world.demand.joint_share=0.3", "world.demand.reopen_share=0.3")
    both, parts = tape_of(28, *shares), tape_of(28, shares[0])
    assert np.array_equal(both.key[both.kind == PART], parts.key[parts.kind == PART])
    alone = (both.kind == CALL) & (both.desk_work == 0)
    assert_chance(both.again[both.part >= 0] >= 0, 0.3)
    assert_chance(both.again[alone & (both.part < 0)] >= 0, 0.3)


def test_every_need_has_a_name_of_its_own() -> None:
    """Over all kinds."""
    words = [word for words in TURNED_ON.values() for word in words]
    tape = tape_of(28, *words)
    assert set(tape.kind.tolist()) == {CALL, LATENT, RECURRING, PART, AGAIN}
    assert np.unique(tape.key).size == len(tape)
    assert (tape.key >= 0).all()


def test_what_has_a_moment_comes_first_and_in_order() -> None:
    """What follows stands behind it."""
    tape = tape_of(28, "world.demand.joint_share=0.3")
    own = ~np.isnan(tape.t_enter)
    assert own[: own.sum()].all()
    assert (np.diff(tape.t_enter[own]) >= 0).all()
    assert np.array_equal(own, tape.parent < 0)


@pytest.mark.parametrize("name", POLICIES)
def test_no_policy_changes_the_tape(name: str) -> None:
    """Every column of every need, whatever the arm."""
    words = ("world.demand.joint_share=0.3", f"world.demand.recurring=[{VISITS}]")
    base, arm = (drawn(case_of(f"policy={policy}", *words), 3).tape for policy in ("merged", name))
    assert_same(base, arm)


# --- written down -------------------------------------------------------------------


def test_what_is_written_down_is_on_the_tape() -> None:
    """A call with all that may follow, a problem that shows, a task; in order of time."""
    rows = [
        need(50.0, cell=7, part=then("hazards", 3.0), again=then("property", 4.0), desk_min=9.0),
        need(20.0, kind="latent", known_after_min=5.0, known_by="riders", outdoor=1),
        need(30.0, kind="recurring"),
    ]
    tape = drawn(sim.load(stage(rows, []))).tape
    assert tape.kind.tolist() == [LATENT, RECURRING, CALL, PART, AGAIN]
    assert tape.key[:3].tolist() == [1, 2, 0]
    assert (tape.t_known[0], tape.known_by[0], tape.outdoor[0]) == (25.0, 1, True)
    assert tape.reported.tolist() == [False, False, True, False, False]
    assert np.isnan(tape.t_reported).tolist() == [True, False, False, True, True]
    assert (tape.part[2], tape.again[2], tape.desk_work[2]) == (3, 4, 9.0)
    assert tape.parent.tolist() == [-1, -1, -1, 2, 2]
    assert tape.domain[3:].tolist() == [code("hazards"), code("property")]
    assert tape.work[3:].tolist() == [3.0, 4.0]
    assert tape.cell[3:].tolist() == [7, 7]


WRONG: dict[str, tuple[str, str]] = {
    "shares of hidden problems": (
        "world.demand.latent.shares.hazards=0.5",
        r"latent: shares must sum to 1, not 1\.38",
    ),
    "no time to notice": (
        "world.demand.latent.notice_hours.hazards=0",
        r"notice_hours\.hazards = 0: .*greater than 0",
    ),
    "more than all": ("world.demand.joint_share=1.1", r"joint_share = 1\.1: .*less than or equal"),
    "a visit without time": (
        f"world.demand.recurring=[{CANTEEN.replace('20.0', '0')}]",
        r"recurring\.0\.work_min = 0: .*greater than 0",
    ),
}


@pytest.mark.parametrize(("word", "message"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_drawn_is_refused_in_one_line(word: str, message: str) -> None:
    """The error names the key and what is allowed."""
    with pytest.raises(sim.CaseError, match=message) as caught:
        case_of(word)
    assert "\n" not in str(caught.value)


def test_a_hidden_domain_needs_all_its_tables() -> None:
    """The error names the table and what is missing."""
    mapping = stage([], [])
    del mapping["world"]["demand"]["latent"]["ignition_days"]["hazards"]
    with pytest.raises(sim.CaseError, match=r"ignition_days must name every domain of shares"):
        sim.load(mapping)
