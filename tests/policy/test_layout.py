"""Layouts: every cell has one owner per domain, zones are whole, and the names are as counted."""

import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.base import DOMAINS
from sim.engine.build import plan
from sim.policy.layout import Zones, draw_zones
from sim.units import DAY
from sim.world.city import Map, draw_city
from sim.world.partition import lattice_edges, split
from tests.policy import POLICIES, line, planned, planned_toy, stage
from tests.support import case_of, toy
from tests.world import assert_contiguous

READINGS = {
    "fragmented_layered": [74, 74, 74, 74],
    "fragmented_partition": [296, 29, 12],
    "fragmented_mixed": [148, 74, 74],
    "merged": [162],
}


@lru_cache(maxsize=16)
def drawn(name: str, replication: int = 0) -> tuple[Zones, Map]:
    """The zones and the map of a shipped policy at full size."""
    return laid(case_of(f"policy={name}").replicate(replication))


def laid(case: sim.Case) -> tuple[Zones, Map]:
    """The zones of a case over its map; nobody lives there yet."""
    seeds = case.draws.seeds
    city = draw_city(case.world.city, seeds.seed, seeds.city)
    return draw_zones(case.policy.layout, city, seeds), city


def split_lab(lines: list[dict[str, Any]], *words: str) -> Zones:
    """The zones of a layout laid over ten by ten cells."""
    mapping = stage([], [], *words)
    mapping["policy"]["layout"]["lines"] = lines
    mapping["policy"]["staffing"]["skills"] = {"server": dict.fromkeys(DOMAINS, "own")}
    return plan(sim.load(mapping)).zones


def assert_one_owner(zones: Zones, city: Map) -> None:
    """Hold the table of owners against what zones hold."""
    assert zones.owner.shape == (len(DOMAINS), city.cells)
    assert zones.owner.min() >= 0
    assert zones.owner.max() == zones.count - 1
    for domain in range(len(DOMAINS)):
        used = np.unique(zones.owner[domain])
        assert np.array_equal(used, np.flatnonzero(zones.holds[:, domain]))
    for number in np.unique(zones.line):
        members = zones.line == number
        assert (zones.holds[members] == zones.holds[members][0]).all()
    assert (np.bincount(zones.owner.ravel(), minlength=zones.count) > 0).all()


@pytest.mark.parametrize("name", POLICIES)
def test_every_cell_has_one_owner_per_domain(name: str) -> None:
    """In every arm, and in the four readings at full size: owners are zones that hold it."""
    small = planned_toy(name)
    assert_one_owner(small.zones, small.world.city)
    if name in READINGS:
        assert_one_owner(*drawn(name))


@pytest.mark.parametrize("replication", range(3))
@pytest.mark.parametrize("name", READINGS)
def test_a_reading_has_the_zones_it_is_named_for(name: str, replication: int) -> None:
    """296 layered, 296 and beats and squads, 296 mixed, 160 and two dedicated ones."""
    zones, _ = drawn(name, replication)
    assert np.bincount(zones.line).tolist() == READINGS[name]
    assert zones.count == {"fragmented_partition": 337, "merged": 162}.get(name, 296)


@pytest.mark.parametrize("replication", range(3))
@pytest.mark.parametrize("name", READINGS)
def test_zones_are_whole(name: str, replication: int) -> None:
    """Every zone of every line is one piece, joined over cell edges."""
    zones, city = drawn(name, replication)
    for row in np.unique(zones.owner, axis=0):
        assert_contiguous(row, city.width)


@pytest.mark.parametrize("replication", range(6))
def test_zones_of_a_few_cells_are_whole_too(replication: int) -> None:
    """On a lattice of 480 cells, where a zone has one to three, none falls apart."""
    for name in READINGS:
        zones, city = laid(toy(f"policy={name}").replicate(replication))
        for row in np.unique(zones.owner, axis=0):
            assert_contiguous(row, city.width)


@settings(deadline=None, max_examples=150)
@given(
    st.tuples(st.integers(1, 16), st.integers(1, 16)),
    st.floats(0, 1),
    st.floats(0, 12),
    st.integers(0, 2**31 - 1),
)
def test_any_lattice_is_cut_into_as_many_whole_parts_as_asked(
    size: tuple[int, int], share: float, steepness: float, seed: int
) -> None:
    """However few the cells of a part are, and however much more one cell weighs than another."""
    width, height = size
    cells = width * height
    parts = max(1, round(share * cells))
    luck = np.random.default_rng(seed).random(cells)
    weight = np.exp(steepness * (luck - np.arange(cells) / cells))
    label = split(lattice_edges(width, height), weight, parts, seed)
    assert np.unique(label).tolist() == list(range(parts))
    assert_contiguous(label, width)


@pytest.mark.parametrize("shares", [(0.5, 0.3, 0.2), (0.98, 0.01, 0.01)])
def test_parts_of_unequal_shares_are_whole_too(shares: tuple[float, ...]) -> None:
    """Also where a share is less than a cell."""
    label = split(lattice_edges(6, 5), np.ones(30), 3, 1, shares=np.array(shares))
    assert np.unique(label).tolist() == [0, 1, 2]
    assert_contiguous(label, 6)
    if min(shares) > 1 / 30:
        assert sorted(np.bincount(label)) == pytest.approx([6, 9, 15], abs=1)


def test_a_part_beyond_a_gap_is_whole_where_it_can_be() -> None:
    """Two islands of six and three cells: two parts are the islands, three cut the larger."""
    islands = np.array([0, 1, 2, 3, 4, 5, 8, 9, 10])
    for parts, seed in ((2, 1), (2, 2), (3, 1), (3, 2), (5, 3), (8, 4)):
        label = np.full(11, -1)
        label[islands] = split(lattice_edges(11, 1), np.ones(11), parts, seed, within=islands)
        assert np.unique(label[islands]).tolist() == list(range(parts))
        assert_contiguous(label, 11)


@pytest.mark.again
def test_nothing_is_printed_where_zones_are_small() -> None:
    """METIS writes its complaints where a command prints its results."""
    code = (
        "from tests.policy.test_layout import READINGS, laid, toy\n"
        "for name in READINGS:\n"
        "    for number in range(3):\n"
        "        laid(toy(f'policy={name}').replicate(number))\n"
    )
    words = [sys.executable, "-c", code]
    root = Path(__file__).parents[2]
    done = subprocess.run(words, cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == ""


@pytest.mark.parametrize("zones", [1, 57, 99, 100])
def test_as_many_zones_are_drawn_as_are_asked(zones: int) -> None:
    """Up to one per cell."""
    drawn_zones = split_lab([line("all", zones=zones)])
    assert drawn_zones.count == zones
    assert (np.bincount(drawn_zones.owner[0], minlength=zones) > 0).all()


PARK = {
    "name": "park",
    "width": 4,
    "height": 10,
    "from_centre_m": 0.0,
    "residents_factor": 1.0,
    "jobs_factor": 1.0,
    "attracts_visits": False,
}


def with_areas(lines: list[dict[str, Any]], *areas: dict[str, Any]) -> Zones:
    """The zones of a layout over ten by ten cells with special areas."""
    mapping = stage([], [])
    mapping["world"]["city"]["areas"] = [PARK | area for area in areas]
    mapping["policy"]["layout"]["lines"] = lines
    mapping["policy"]["staffing"]["skills"] = {"server": dict.fromkeys(DOMAINS, "own")}
    return plan(sim.load(mapping)).zones


def test_a_dedicated_area_that_others_cover_leaves_no_empty_zone() -> None:
    """The drawn zones are all there, and every zone has cells."""
    kiosk = {"name": "kiosk", "width": 1, "height": 1}
    two = [{**line("all", zones=3), "dedicated": ["kiosk", "park", "park"]}]
    for areas, count in ((({}, kiosk), 4), ((kiosk, {}), 5)):
        zones = with_areas(two, *areas)
        assert zones.count == count
        assert (np.bincount(zones.owner[0], minlength=count) > 0).all()


@pytest.mark.parametrize(
    ("wide", "says"), [(4, r"60 cells .* 1\.\.60$"), (10, r"0 cells .* leave")]
)
def test_more_zones_than_cells_beside_dedicated_areas_are_refused(wide: int, says: str) -> None:
    lines = [{**line("all", zones=61), "dedicated": ["park"]}]
    with pytest.raises(sim.CaseError, match=rf"lines\.all\.zones = 61: there are {says}"):
        with_areas(lines, {"width": wide})


@pytest.mark.parametrize("name", READINGS)
def test_the_balance_reported_is_the_heaviest_zone_over_the_mean(name: str) -> None:
    """By residents, per line; the record carries it."""
    zones, city = drawn(name)
    names = [row.name for row in case_of(f"policy={name}").policy.layout.lines]
    for number, line_name in enumerate(names):
        members = np.flatnonzero(zones.line == number)
        owner = zones.owner[int(np.flatnonzero(zones.holds[members[0]])[0])]
        residents = np.array([city.density[owner == zone].sum() for zone in members])
        assert zones.balance[line_name] == pytest.approx(residents.max() / residents.mean())
        assert residents.sum() == pytest.approx(252600)
    record = sim.run(toy(f"policy={name}"))
    assert record.balance == planned_toy(name).zones.balance


@pytest.mark.parametrize("name", ["fragmented_layered", "fragmented_mixed"])
def test_drawn_zones_are_balanced(name: str) -> None:
    """Without dedicated areas the heaviest of 74 or 148 zones is within 20 % of the mean."""
    zones, _ = drawn(name)
    assert max(zones.balance.values()) < 1.2


def test_the_same_seed_draws_the_same_zones() -> None:
    """Seed and replication decide the layout; another replication is another one."""
    case = case_of("policy=merged")
    one, again, other = (laid(case.replicate(number))[0] for number in (1, 1, 2))
    assert np.array_equal(one.owner, again.owner)
    assert not np.array_equal(one.owner, other.owner)


def test_another_replication_keeps_the_layout_when_told_to() -> None:
    """With city and layout kept, every replication has the first one's zones."""
    case = toy("policy=merged", "draws.redraw.city=0", "draws.redraw.layout=0")
    first, second = (laid(case.replicate(number))[0].owner for number in (0, 3))
    assert np.array_equal(first, second)
    moved, _ = laid(toy("policy=merged", "draws.redraw.city=0").replicate(3))
    assert not np.array_equal(first, moved.owner)


@pytest.mark.parametrize("replication", range(3))
def test_dedicated_areas_are_zones_of_their_own(replication: int) -> None:
    """The park and the trading district are the two zones beyond the 160, cell by cell."""
    zones, city = drawn("merged", replication)
    for number, area in enumerate(("industrial_park", "trading_district")):
        inside = city.area == city.area_names.index(area)
        assert (zones.owner[:, inside] == 160 + number).all()
        assert not (zones.owner[:, ~inside] == 160 + number).any()


def border(zones: Zones, city: Map) -> set[tuple[int, int]]:
    """Pairs of zones of a line with a common cell edge, counted cell by cell."""
    pairs = set()
    for row in np.unique(zones.owner, axis=0):
        at = row.reshape(city.height, city.width)
        for one, other in ((at[:, :-1], at[:, 1:]), (at[:-1], at[1:])):
            pairs |= {
                pair
                for a, b in zip(one.ravel().tolist(), other.ravel().tolist(), strict=True)
                if a != b
                for pair in ((a, b), (b, a))
            }
    return pairs


@pytest.mark.parametrize("name", READINGS)
def test_neighbours_share_a_cell_edge_and_the_same_domains(name: str) -> None:
    """They are of one line, and they are all there are."""
    planned_case = planned_toy(name)
    zones = planned_case.zones
    found = zones.neighbours.tocoo()
    assert set(zip(*(axis.tolist() for axis in found.coords), strict=True)) == border(
        zones, planned_case.world.city
    )
    one, other = found.coords
    assert (zones.holds[one] == zones.holds[other]).all()
    assert np.array_equal(zones.line[one], zones.line[other])


@pytest.mark.parametrize(("share", "left"), [(0.0, 0), (1.0, 154), (0.5, 77)])
def test_a_layout_leaves_its_share_of_the_disputed_cells(share: float, left: int) -> None:
    """None, all, or half of the cells that the world draws as open to dispute."""
    words = ("world.city.disputed_share=0.03", f"policy.layout.unclear_share={share}")
    planned_case = planned("fragmented_layered", *words)
    assert planned_case.world.city.disputed.sum() == 154
    assert planned_case.zones.disputed.sum() == left
    assert not (planned_case.zones.disputed & ~planned_case.world.city.disputed).any()


def test_a_larger_unclear_share_holds_the_smaller_one() -> None:
    """So that a sweep of the share changes cells one way only."""
    disputed = [
        planned_toy(
            "merged", "world.city.disputed_share=0.2", f"policy.layout.unclear_share={share}"
        ).zones.disputed
        for share in (0.25, 0.75)
    ]
    assert disputed[0].sum() < disputed[1].sum()
    assert not (disputed[0] & ~disputed[1]).any()


def test_the_cells_left_in_dispute_lie_anywhere() -> None:
    """Half of the disputed cells are a draw among them, not the upper half of the map."""
    words = ("world.city.disputed_share=0.2", "policy.layout.unclear_share=0.5")
    planned_case = planned("fragmented_layered", *words)
    kept = planned_case.zones.disputed
    dropped = planned_case.world.city.disputed & ~kept
    row = np.arange(kept.size) // planned_case.world.city.width
    assert row[kept].mean() == pytest.approx(row[dropped].mean(), abs=4)


def test_no_dispute_is_left_after_the_merger() -> None:
    """The shipped readings before the reform keep all disputed cells, the merged one none."""
    for name in READINGS:
        zones, city = planned(name).zones, planned(name).world.city
        assert zones.disputed.sum() == (0 if name == "merged" else city.disputed.sum())
    assert planned("merged").world.city.disputed.sum() == 26


def test_zones_can_be_given_cell_by_cell() -> None:
    """``cells`` replaces the drawn zones of its line, and only of its line."""
    columns = [cell % 10 // 5 for cell in range(100)]
    rows = [cell // 50 for cell in range(100)]
    lines = [
        line("civil", *DOMAINS[:5], zones=77, cells=columns),
        line("police", "emergency", cells=rows),
    ]
    zones = split_lab(lines)
    assert zones.count == 4
    assert zones.owner[:5].tolist() == [columns] * 5
    assert zones.owner[5].tolist() == [2 + row for row in rows]
    assert zones.neighbours.toarray().tolist() == [
        [0, 1, 0, 0],
        [1, 0, 0, 0],
        [0, 0, 0, 1],
        [0, 0, 1, 0],
    ]
    assert zones.balance == pytest.approx({"civil": 1.0, "police": 1.0})


def test_a_request_belongs_to_the_owner_of_its_domain_and_cell() -> None:
    """In a record, the zone that answers for a request is the one the table names."""
    planned_case = planned_toy("fragmented_layered", "world.demand.needs_per_1000_per_day=10")
    rows = sim.run(planned_case.case).requests.dropna(subset=["t_ready"])
    owner = planned_case.zones.owner[rows.domain.cat.codes, rows.cell]
    assert np.array_equal(rows.zone, owner)
    names = [row.name for row in planned_case.case.policy.layout.lines]
    assert rows.line.tolist() == [names[number] for number in planned_case.zones.line[owner]]
    assert (rows.t_ready <= 5 * DAY).all()


ONE = [0] * 100
WRONG: dict[str, tuple[list[dict[str, Any]], str]] = {
    "a domain without a line": (
        [line("all", *DOMAINS[:5])],
        r"lines: every cell needs one owner per domain; emergency has 0 lines, allowed is 1",
    ),
    "a domain with two lines": (
        [line("all"), line("police", "emergency")],
        r"emergency has 2 lines, allowed is 1",
    ),
    "a cell without owner": (
        [line("all", cells=[*ONE[:42], -1, *ONE[43:]])],
        r"policy\.layout\.lines\.all\.cells: cell 42 has no owner; allowed: zones numbered from 0",
    ),
    "a zone without cells": (
        [line("all", cells=[*ONE[:99], 2])],
        r"lines\.all\.cells: some zone has no cell; allowed: zones numbered from 0",
    ),
    "too few cells": (
        [line("all", cells=[0, 1])],
        r"lines\.all\.cells has 2 entries; allowed: one per cell, 100",
    ),
    "more zones than cells": (
        [line("all", zones=101)],
        r"policy\.layout\.lines\.all\.zones = 101: there are 100 cells .* allowed: 1\.\.100$",
    ),
    "an area that is not": (
        [{**line("all"), "dedicated": ["harbour"]}],
        r"lines\.all\.dedicated = 'harbour': not an area of world\.city\.areas; allowed: \[\]",
    ),
    "no domain": ([{**line("all"), "domains": []}], r"lines\.0\.domains: .*1 or more"),
    "an unknown domain": (
        [{**line("all"), "domains": ["weather"]}],
        r"lines\.0\.domains\.0 = 'weather': input should be 'city_order'",
    ),
    "no zone": ([{**line("all"), "zones": 0}], r"lines\.0\.zones = 0: .*greater than or equal"),
}


@pytest.mark.parametrize(("lines", "message"), WRONG.values(), ids=WRONG.keys())
def test_a_layout_that_cannot_be_is_refused_in_one_line(
    lines: list[dict[str, Any]], message: str
) -> None:
    """The error names key, value and what is allowed."""
    with pytest.raises(sim.CaseError, match=message) as caught:
        split_lab(lines)
    assert "policy.layout" in str(caught.value)
    assert "\n" not in str(caught.value)
