"""Ways on the lattice against exact counts.

Everybody walks one cell of 100 m a minute (6 km/h), so that minutes count cells.
"""

import numpy as np
import pytest

import sim
from tests.support import first
from tests.theory import (
    Floats,
    arrivals,
    confirm,
    confirm_each,
    deterministic,
    lab_case,
    replicated,
)

RESIDENTS = 50_000  # so many that cells are as good as equally likely
REPLICATIONS = 30
SWIFT = 60  # a cell a second, the unit in which the nearest is told (sim/ODD.md)


def lattice(width: int, height: int) -> tuple[str, ...]:
    """Words for a flat lattice on which walking a cell takes a minute."""
    return (
        f"world.city.width={width}",
        f"world.city.height={height}",
        "world.service.roles.server.speed_kmh=6",
        "clock.days=100",
        *arrivals(1 / 30, RESIDENTS),
        *deterministic(1.0),
    )


def posts(homes: list[int]) -> tuple[str, ...]:
    """Words for one worker at each home cell, where he waits between jobs."""
    people = ",".join(f"{{role:server,zones:[0],home:{home}}}" for home in homes)
    return (f"policy.staffing.posts=[{people}]", "policy.dispatch.after_job=home")


def travel(record: sim.Record) -> Floats:
    """Ways of the measured requests [min]."""
    rows = record.requests
    return rows.travel[rows.measured].to_numpy()


def mean_travel(record: sim.Record) -> float:
    """Mean way of the measured requests [min]."""
    return float(travel(record).mean())


def apart(n: int) -> float:
    """Mean distance of two independent uniform cells on a line of n (Larson and Odoni 3.1)."""
    return (n * n - 1) / (3 * n)


def steps(width: int, height: int, home: int) -> Floats:
    """Manhattan distance of every cell from a home [cells]."""
    cell = np.arange(width * height)
    across = np.abs(cell % width - home % width)
    return (across + np.abs(cell // width - home // width)).astype(np.float64)


@pytest.mark.parametrize(
    ("width", "height", "seed"),
    first(1, [(12, 5, 1018), (16, 1, 1016), (1, 16, 1017), (8, 8, 1019)]),
)
def test_the_way_between_uniform_places_is_a_third_of_each_side(
    width: int, height: int, seed: int
) -> None:
    """Somebody who stays at the scene goes (n^2 - 1) / (3 n) cells along each axis.

    Source: Larson and Odoni 1981, 3.1, on a lattice: sum of 2 k (n - k) k / n^2 over k; he is
    where the last request was, and needs no step with chance 1 / cells.
    """
    case = lab_case(seed, *lattice(width, height), "clock.days=300")

    def measure(record: sim.Record) -> list[float]:
        ways = travel(record)
        return [ways.mean(), (ways == 0).mean()]

    theory = [apart(width) + apart(height), 1 / (width * height)]
    samples = replicated(case, REPLICATIONS, measure)
    confirm(theory[0], samples[:, 0], precision=0.01)
    confirm(theory[1], samples[:, 1])


@pytest.mark.again
def test_each_axis_is_walked_by_its_own_side() -> None:
    """On 12 by 5 cells every way is the steps across plus those down, 143/36 and 24/15 in mean.

    Source: as above; the axes are told apart by the cells of successive requests.
    """
    width, height = 12, 5
    case = lab_case(1020, *lattice(width, height))

    def measure(record: sim.Record) -> list[float]:
        rows = record.requests.sort_values("t_dispatch")
        cell = rows.cell.to_numpy()
        across, down = np.abs(np.diff(cell % width)), np.abs(np.diff(cell // width))
        walked = rows.travel.to_numpy()[1:]
        known = np.isfinite(walked)
        assert np.allclose(walked[known], (across + down)[known], atol=1e-6)
        return [across.mean(), down.mean()]

    confirm_each(
        [apart(width), apart(height)], replicated(case, REPLICATIONS, measure), precision=0.02
    )


@pytest.mark.again
def test_start_up_and_detour_lengthen_the_way() -> None:
    """Travel is start-up plus cells x side x detour / speed: 2 + 6.6 x 250 x 1.4 / 200 min.

    Source: sim/ODD.md; the mean of 6.6 cells is 2 (n^2 - 1) / (3 n) for n = 10.
    """
    case = lab_case(
        1021,
        *lattice(10, 10),
        "world.city.cell_m=250",
        "world.city.detour=1.4",
        "world.service.roles.server.speed_kmh=12",
        "world.service.roles.server.startup_min=2",
    )
    theory = 2 + 2 * apart(10) * 250 * 1.4 / 200
    confirm(theory, replicated(case, REPLICATIONS, mean_travel), precision=0.01)


@pytest.mark.parametrize(
    ("home", "seed"), first(1, [(30, 1026), (0, 1022), (11, 1023), (48, 1024), (59, 1025)])
)
def test_from_home_the_way_is_the_mean_over_the_cells(home: int, seed: int) -> None:
    """Somebody who returns home goes the mean distance of all cells from there.

    Source: counting; (n - 1) / 2 along each axis from a corner.
    """
    case = lab_case(seed, *lattice(12, 5), *posts([home]))
    theory = float(steps(12, 5, home).mean())
    assert home not in (0, 11, 48, 59) or theory == 11 / 2 + 4 / 2
    confirm(theory, replicated(case, REPLICATIONS, mean_travel), precision=0.01)


@pytest.mark.again
def test_the_nearest_of_several_homes_answers() -> None:
    """Of workers who are practically never busy, the one with the shortest way goes.

    Source: counting; the mean over the cells of the least distance from four homes.
    """
    homes = [0, 17, 44, 57]
    case = lab_case(1027, *lattice(12, 5), *swift(), *posts(homes))
    away = np.array([steps(12, 5, home) for home in homes])
    theory = float(away.min(axis=0).mean()) / SWIFT
    confirm(theory, replicated(case, REPLICATIONS, mean_travel), precision=0.01)


@pytest.mark.again
def test_equally_near_workers_are_drawn_by_lot() -> None:
    """Two workers at one home answer half of the requests each.

    Source: sim/ODD.md, "a request picks a worker": ties by a keyed draw, not by number.
    """
    case = lab_case(1028, *lattice(12, 5), *swift(), *posts([7, 7]))

    def measure(record: sim.Record) -> float:
        return float((record.requests.worker == 0).mean())

    confirm(0.5, replicated(case, REPLICATIONS, measure), precision=0.01)


@pytest.mark.again
@pytest.mark.parametrize(("heads", "seed"), [(4, 1029), (16, 1030)])
def test_scattered_workers_follow_the_square_root_law(heads: int, seed: int) -> None:
    """The mean way to the nearest of k scattered homes is the sum over d of P(nobody within d).

    Source: Kolesar and Blum 1973; here exact on a lattice: the mean over the cells of
    (1 - |ball of radius d| / cells)^k, which for large cities is .63 sqrt(area / k).
    """
    side = 20
    case = lab_case(
        seed,
        *lattice(side, side),
        *swift(),
        f"policy.staffing.heads.server={heads}",
        "policy.dispatch.after_job=home",
        "clock.days=100",
    )
    samples = replicated(case, 120, mean_travel)
    confirm(nearest_of(heads, side) / SWIFT, samples)


def nearest_of(heads: int, side: int) -> float:
    """Mean way to the nearest of so many uniform homes on a square lattice [cells]."""
    away = np.array([steps(side, side, home) for home in range(side * side)])
    radii = np.arange(2 * side - 1)
    beyond = (away[:, :, None] > radii).mean(axis=1)
    return float((beyond**heads).sum(axis=1).mean())


def swift() -> tuple[str, ...]:
    """Words for people practically never busy: a second a cell and a job, a few jobs a day."""
    return (
        f"world.service.roles.server.speed_kmh={6 * SWIFT}",
        *deterministic(1 / SWIFT),
        *arrivals(1 / 300, RESIDENTS),
        "clock.days=1000",
    )
