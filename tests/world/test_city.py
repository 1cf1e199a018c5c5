"""The map: as many residents as there are, where they belong, under names that are real."""

from collections.abc import Callable

import numpy as np
import pytest

import sim
from sim.world.city import Map
from tests.support import case_of, lab, mapping_of, toy
from tests.world import Floats, assert_contiguous, drawn

CHIBI = mapping_of("world=chibi")["world"]["city"]
STREETS = {street["name"]: street["communities"] for street in CHIBI["streets"]}
AREAS = {area["name"]: area for area in CHIBI["areas"]}
REPLICATIONS = range(4)


def chibi(replication: int = 0, *words: str) -> Map:
    """The map of Chibi in one replication."""
    return drawn(case_of("world=chibi", *words).replicate(replication)).city


def places(city: Map) -> tuple[Floats, Floats]:
    """Column and row of every cell."""
    cell = np.arange(city.cells)
    return cell % city.width * 1.0, cell // city.width * 1.0


def same(one: Map, other: Map) -> bool:
    """Whether two maps agree in every array."""
    return all(np.array_equal(left, vars(other)[name]) for name, left in vars(one).items())


@pytest.mark.parametrize("make", [case_of, toy, lab])
def test_every_resident_has_a_place(make: Callable[[], sim.Case]) -> None:
    """Expected residents per cell are positive and add up to the city's."""
    case = make()
    world = drawn(case)
    assert world.city.density.sum() == pytest.approx(case.world.city.residents, rel=1e-12)
    assert (world.city.density > 0).all()
    assert len(world.people.home) == case.world.city.residents
    assert world.city.cells == case.world.city.width * case.world.city.height


@pytest.mark.parametrize("gradient", [1000.0, 2000.0, 4000.0])
def test_density_falls_with_the_distance_from_the_centre(gradient: float) -> None:
    """Without noise and special areas the log of density falls by 1 every e-folding distance."""
    city = chibi(
        0, "world.city.areas=[]", "world.city.roughness=0", f"world.city.gradient_m={gradient}"
    )
    x, y = places(city)
    top = int(city.density.argmax())
    distance = 100.0 * np.hypot(x - x[top], y - y[top])
    slope, _ = np.polyfit(distance, np.log(city.density), 1)
    assert -1 / slope == pytest.approx(gradient, rel=0.02)
    assert 0.4 - 1 / 80 <= x[top] / 80 <= 0.6 + 1 / 80
    assert 0.4 - 1 / 64 <= y[top] / 64 <= 0.6 + 1 / 64


def test_without_gradient_and_noise_all_cells_are_alike() -> None:
    """A gradient of 0 is a flat city."""
    assert np.ptp(drawn(lab()).city.density) == pytest.approx(0.0, abs=1e-9)


def test_density_is_as_rough_as_asked() -> None:
    """Noise between neighbouring cells is lognormal with the sigma given."""
    flat = ("world.city.areas=[]", "world.city.gradient_m=0")
    noise = np.log(chibi(0, *flat, "world.city.roughness=0.5").density)
    error = 0.5 / np.sqrt(2 * noise.size)
    assert noise.std(ddof=1) == pytest.approx(0.5, abs=2.58 * error)


@pytest.mark.parametrize("replication", REPLICATIONS)
def test_communities_bear_their_names_and_are_whole(replication: int) -> None:
    """29 communities in three streets: each one piece, each inside its own street."""
    city = chibi(replication)
    assert len(city.communities) == 29
    assert city.communities == tuple(name for names in STREETS.values() for name in names)
    assert np.array_equal(np.unique(city.community), np.arange(29))
    street_of = np.repeat(np.arange(3), [len(names) for names in STREETS.values()])
    assert np.array_equal(street_of[city.community], city.street)
    assert_contiguous(city.community, city.width)
    assert_contiguous(city.street, city.width)


@pytest.mark.parametrize("replication", REPLICATIONS)
def test_streets_share_the_residents_by_their_communities(replication: int) -> None:
    """A street of k communities holds about k 29ths of the residents."""
    city = chibi(replication)
    held = np.bincount(city.street, weights=city.density) / city.density.sum()
    assert held * 29 == pytest.approx([14, 12, 3], rel=0.06)


@pytest.mark.parametrize("replication", REPLICATIONS)
def test_the_industrial_park_and_the_trading_district_are_placed(replication: int) -> None:
    """Each area is a rectangle of its size, as far from the centre as asked.

    The border may hold it back; a cell is 100 m, so its middle is known to a cell.
    """
    flat = chibi(replication, "world.city.areas=[]", "world.city.roughness=0")
    city = chibi(replication)
    x, y = places(city)
    top = int(flat.density.argmax())
    assert city.area_names == tuple(AREAS)
    for number, area in enumerate(AREAS.values()):
        inside = city.area == number
        assert inside.sum() == area["width"] * area["height"]
        assert np.ptp(x[inside]) + 1 == area["width"]
        assert np.ptp(y[inside]) + 1 == area["height"]
        middle = np.hypot(x[inside].mean() - x[top], y[inside].mean() - y[top])
        at_border = x[inside].min() == 0 or x[inside].max() == city.width - 1
        at_border |= y[inside].min() == 0 or y[inside].max() == city.height - 1
        if not at_border:
            assert 100 * middle == pytest.approx(area["from_centre_m"], abs=200)


def test_areas_change_residents_and_jobs_by_their_factors() -> None:
    """Against the same map without areas, an area has its factor of residents and of jobs."""
    bare, city = chibi(1, "world.city.areas=[]"), chibi(1)
    ratio = city.density / bare.density
    elsewhere = ratio[city.area < 0]
    assert np.ptp(elsewhere) == pytest.approx(0, abs=1e-9)
    for number, area in enumerate(AREAS.values()):
        inside = city.area == number
        assert ratio[inside] / elsewhere[0] == pytest.approx(area["residents_factor"])
        assert city.jobs[inside] == pytest.approx(area["jobs_factor"])
    assert city.jobs[city.area < 0] == pytest.approx(bare.jobs[city.area < 0])


def test_only_the_trading_district_attracts_visits() -> None:
    """Visits go to the cells of areas that attract them, and nowhere else."""
    city = chibi()
    assert np.array_equal(city.visits > 0, city.area == list(AREAS).index("trading_district"))


def test_the_disputed_cells_are_as_many_as_asked_and_nested() -> None:
    """A larger share of disputed cells holds those of a smaller one."""
    few, many = (chibi(0, f"world.city.disputed_share={share}") for share in (0.005, 0.03))
    assert few.disputed.sum() == round(0.005 * 5120)
    assert many.disputed.sum() == round(0.03 * 5120)
    assert not (few.disputed & ~many.disputed).any()


def test_the_same_seed_draws_the_same_map() -> None:
    """Seed and replication decide the map to the bit; either of them moves it."""
    assert same(chibi(3), chibi(3, "policy=fragmented_layered"))
    assert not same(chibi(3), chibi(4))
    assert not same(chibi(3), chibi(3, "draws.seed=7"))


def test_another_replication_keeps_the_map_when_told_to() -> None:
    """With ``redraw.city`` 0 every replication has the first one's map, but its own needs."""
    kept = case_of("world=chibi", "draws.redraw.city=0")
    first, second = (drawn(kept.replicate(number)) for number in (0, 5))
    assert same(first.city, second.city)
    assert same(first.city, chibi(0))
    assert not np.array_equal(first.tape.key, second.tape.key)
