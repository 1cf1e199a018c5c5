"""Residents: how many are old or vulnerable, where they live, and where they are by the hour."""

from copy import deepcopy

import numpy as np
import pytest
from scipy.stats import chisquare

import sim
from sim.units import DAY
from sim.world.people import People, Population, place
from tests.support import case_of, mapping_of, toy
from tests.world import Ints, assert_share, calls_of, drawn

MONDAY, WEDNESDAY, SATURDAY = 0 * DAY, 2 * DAY, 5 * DAY
NOON, NIGHT = 12 * 60.0, 3 * 60.0


def chibi(*words: str) -> sim.Case:
    """A case of Chibi."""
    return case_of("world=chibi", *words)


def shares() -> People:
    """What the config says of its people."""
    return chibi().world.people


@pytest.fixture(scope="module")
def world() -> sim.world.Drawn:
    """Chibi's people on their map."""
    return drawn(chibi())


@pytest.fixture(scope="module")
def people(world: sim.world.Drawn) -> Population:
    """Chibi's people."""
    return world.people


def whereabouts(people: Population, t: float, luck: float = 1.0) -> Ints:
    """Everybody's cell at a moment; with luck 1 nobody is on a visit."""
    who = np.arange(len(people.home))
    return place(shares(), people, who, np.full(who.size, t), np.full(who.size, luck))


@pytest.mark.parametrize("replication", range(3))
def test_in_huazhou_more_than_half_are_elderly(replication: int) -> None:
    """53.7 % of Huazhou's residents are 60 and over, a fifth of everybody else."""
    world = drawn(chibi().replicate(replication))
    here = world.city.community[world.people.home] == world.city.communities.index("华舟社区")
    assert here.sum() > 3000
    assert_share(world.people.elderly[here], 0.537)
    assert_share(world.people.elderly[~here], shares().elderly_share)


@pytest.mark.parametrize("share", [0.04, 0.058, 0.1])
def test_the_vulnerable_are_as_many_as_asked_whatever_the_age(share: float) -> None:
    """5.8 % are vulnerable overall, the elderly six times as often as others."""
    people = drawn(chibi(f"world.people.vulnerable_share={share}")).people
    assert_share(people.vulnerable, share)
    old, young = (people.vulnerable[people.elderly == flag] for flag in (True, False))
    chance = share / (1 + 5 * people.elderly.mean())
    assert_share(old, 6 * chance)
    assert_share(young, chance)


def test_people_live_where_the_map_has_residents(world: sim.world.Drawn) -> None:
    """Homes follow the density of the map in a chi-square test at 1 % over the communities."""
    city = world.city
    expected = np.bincount(city.community, weights=city.density)
    found = np.bincount(city.community[world.people.home])
    assert chisquare(found, expected).pvalue > 0.01


def test_half_of_those_under_60_work_away_from_home(people: Population) -> None:
    """The elderly stay; of the others the employed share has a place of work, by jobs."""
    away = people.work != people.home
    assert not away[people.elderly].any()
    assert_share(away[~people.elderly], shares().employed_share)


def test_the_employed_are_at_work_on_a_weekday_noon(people: Population) -> None:
    """At noon on Monday to Friday everybody is at his place of work, the others at home."""
    for day in range(5):
        assert np.array_equal(whereabouts(people, day * DAY + NOON), people.work)


@pytest.mark.parametrize(
    "t", [MONDAY + NIGHT, WEDNESDAY + 479, WEDNESDAY + 1080, SATURDAY + NOON, SATURDAY + DAY + NOON]
)
def test_people_are_at_home_at_night_and_at_weekends(people: Population, t: float) -> None:
    """Before 8:00, from 18:00 and at weekends those who do not visit are at home."""
    assert np.array_equal(whereabouts(people, t), people.home)


def test_a_few_visit_the_trading_district_in_visiting_hours(world: sim.world.Drawn) -> None:
    """Between 9:00 and 21:00 those whose luck says so are there, unless they are at work."""
    people, district = world.people, world.city.area_names.index("trading_district")
    at_work = people.work != people.home
    on_visit = shares().visit_share / 2
    noon = world.city.area[whereabouts(people, MONDAY + NOON, on_visit)]
    assert (noon[~at_work] == district).all()
    assert np.array_equal(
        whereabouts(people, MONDAY + NOON, on_visit)[at_work], people.work[at_work]
    )
    saturday = world.city.area[whereabouts(people, SATURDAY + 9 * 60, on_visit)]
    assert (saturday == district).all()
    for closed in (9 * 60 - 1.0, 21 * 60.0):
        t = SATURDAY + closed
        assert np.array_equal(whereabouts(people, t, on_visit), people.home)
    assert np.array_equal(whereabouts(people, SATURDAY + NOON, shares().visit_share), people.home)


def test_the_vulnerable_need_three_times_as_much() -> None:
    """Their share of residents' needs is 3 s / (1 + 2 s)."""
    world = drawn(chibi("world.demand.needs_per_1000_per_day=25"), days=14)
    tape = calls_of(world.tape)
    theirs = world.people.vulnerable[tape.resident[tape.resident >= 0]]
    share = world.people.vulnerable.mean()
    assert theirs.size > 70_000
    assert_share(theirs, 3 * share / (1 + 2 * share))
    assert np.array_equal(tape.vulnerable[tape.resident >= 0], theirs)
    assert not tape.vulnerable[tape.resident < 0].any()


def test_the_same_seed_draws_the_same_people() -> None:
    """Seed and replication decide everybody; another replication is another people."""
    one, again, other = (drawn(toy().replicate(number)).people for number in (2, 2, 3))
    assert all(np.array_equal(column, vars(again)[name]) for name, column in vars(one).items())
    assert not np.array_equal(one.home, other.home)


def test_a_community_that_does_not_exist_is_refused() -> None:
    """The error names the key and the communities there are."""
    mapping = deepcopy(mapping_of("world=chibi"))
    mapping["world"]["people"]["elderly_in"] = {"某社区": 0.5}
    with pytest.raises(sim.CaseError, match=r"elderly_in: '某社区' is not one of .*华舟社区"):
        sim.load(mapping)
