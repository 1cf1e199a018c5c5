"""What is drawn once and lent: never another result, never more than a few, never written to."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pytest

import sim
from sim import shelf
from sim.engine.build import Plan, build, plan
from sim.shelf import Same, Shelf
from tests.support import TOY, toy

HEADS = next(word for word in TOY if "heads" in word)
ARMS = {
    "merged": ("policy=merged",),
    "layered": ("policy=fragmented_layered",),
    "other zones": ("policy=merged", "policy.layout.lines.0.zones=9"),
    "no units": ("policy=merged", "policy.staffing.units.police=0"),
    "another rota": ("policy=merged", "policy.staffing.rotas.cadre.days_on=3"),
    "riders": ("policy=merged", "policy.sensing.riders_per_hour=0.5"),
    "changed": (
        *("policy=merged", "before=fragmented_layered", "clock.reform_day=2"),
        HEADS.replace("policy.", "before."),
    ),
}
WORLDS = {
    "needs": "world.demand.needs_per_1000_per_day=9",
    "readiness": "world.demand.readiness=0.5",
    "misnamed": "world.demand.misnamed=0.3",
    "disputed": "world.city.disputed_share=0.3",
    "specialists": "world.demand.specialist_share.hazards=0.6",
    "visits": "world.people.visit_share=0.9",
    "work": "world.service.work.sigma=0.1",
    "background": "world.service.background.share=0.6",
    "officers' work": "world.service.departments.work_sigma=0.1",
    "triage": "world.demand.triage_median_min=50",
    "rough": "world.city.roughness=0.9",
    "detour": "world.city.detour=2.5",
    "old": "world.people.elderly_share=0.5",
    "trust": "world.people.reaction.trust_gain=0.3",
}
CHANGES = {
    **ARMS,
    **{name: ("policy=merged", word) for name, word in WORLDS.items()},
    "another day": ("policy=merged", "clock.days=3"),
    "another seed": ("policy=merged", "draws.seed=5"),
    "another replication": ("policy=merged", "draws.replication=1"),
    "the same demand": ("policy=merged", "draws.replication=1", "draws.redraw.demand=0"),
    "the same city": ("policy=merged", "draws.replication=1", "draws.redraw.city=0"),
    "the same rota": ("policy=merged", "draws.replication=1", "draws.redraw.rota=0"),
    "the same layout": ("policy=merged", "draws.replication=1", "draws.redraw.layout=0"),
}


def changed(name: str) -> sim.Case:
    """A small city with that change; two days."""
    return toy("clock.warmup_days=0", "clock.days=2", *CHANGES[name])


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    """Shelves that nobody has used."""
    shelf.clear()
    yield
    shelf.clear()


def assert_same(one: sim.Record, other: sim.Record) -> None:
    """To the bit."""
    pd.testing.assert_frame_equal(one.requests, other.requests, check_exact=True)
    pd.testing.assert_frame_equal(one.work, other.work, check_exact=True)
    assert (one.balance, one.facts) == (other.balance, other.facts)


@pytest.mark.again
def test_what_is_lent_gives_the_record_that_drawing_afresh_gives() -> None:
    """One change of one thing after the other, each run like what was there before but for that."""
    with shelf.nothing_kept():
        fresh = {name: sim.run(changed(name)) for name in CHANGES}
        loads = {name: plan(changed(name)).world.load for name in CHANGES}
    for name in CHANGES:
        assert_same(sim.run(changed(name)), fresh[name])
        assert np.array_equal(plan(changed(name)).world.load, loads[name])
    assert sum(item.lent for item in shelf.shelves()) > 4 * len(CHANGES)


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("layered", lambda one, other: one.world.tape is other.world.tape),
        ("layered", lambda one, other: one.duty is other.duty),
        ("needs", lambda one, other: one.world.people is other.world.people),
        ("needs", lambda one, other: one.zones.owner is other.zones.owner),
        ("misnamed", lambda one, other: one.world.tape is other.world.tape),
        ("disputed", lambda one, other: one.posting is other.posting),
        ("background", lambda one, other: one.posting is other.posting),
        ("trust", lambda one, other: one.world.tape is other.world.tape),
    ],
)
def test_a_run_that_differs_elsewhere_has_the_same_drawing(
    name: str, same: Callable[[Plan, Plan], bool]
) -> None:
    assert same(plan(changed("merged")), plan(changed(name)))


def test_nothing_is_the_same_where_all_is_drawn_anew() -> None:
    one, other = plan(changed("merged")), plan(changed("another replication"))
    assert one.world.tape is not other.world.tape
    assert not np.array_equal(one.zones.owner, other.zones.owner)
    assert not np.array_equal(one.world.city.density, other.world.city.density)


def test_shelves_hold_no_more_than_they_may() -> None:
    """However many replications a process runs."""
    for replication in range(9):
        build(plan(changed("layered").replicate(replication)))
    held = [(len(item), item.size) for item in shelf.shelves()]
    assert all(count <= size for count, size in held)
    assert sum(count == size for count, size in held) > 5  # or nothing was kept at all


def test_the_one_not_asked_for_longest_goes_first() -> None:
    kept: Shelf[tuple[int]] = Shelf(2)
    for key in (1, 2, 1, 3):
        kept.get((key,), lambda key=key: (key,))  # type: ignore[misc]
    assert (kept.lent, kept.drawn) == (1, 3)
    kept.get((1,), lambda: (0,))
    assert kept.lent == 2
    assert kept.get((2,), lambda: (0,)) == (0,)


def test_what_was_drawn_cannot_be_written_to() -> None:
    drawn = plan(changed("layered"))
    arrays = (
        *(drawn.world.city.density, drawn.world.people.home, drawn.world.tape.t_enter),
        *(drawn.world.load, drawn.zones.owner, drawn.posting.home, drawn.posting.zones.indices),
        *(drawn.duty.start, drawn.tasks.minutes),
    )
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[:] = 0


def test_a_run_may_write_to_its_own_state() -> None:
    """The tables of two states are not the same memory."""
    one, other = build(plan(changed("merged"))), build(plan(changed("merged")))
    for name, mine, its in zip(one._fields, one, other, strict=True):
        assert mine.flags.writeable, name
        assert not np.shares_memory(mine, its), name


def test_a_key_that_may_still_change_keeps_nothing() -> None:
    """Two sums of an array, which was written to in between."""
    kept: Shelf[float] = Shelf(4)
    weights = np.ones(3)
    assert kept.get((Same(weights),), weights.sum) == 3.0
    weights[0] = 5.0
    assert kept.get((Same(weights),), weights.sum) == 7.0
    assert len(kept) == 0
    weights.flags.writeable = False
    kept.get((Same(weights),), weights.sum)
    assert len(kept) == 1


def test_equal_arrays_are_not_the_same_drawing() -> None:
    """Only identity is certain, and cheap to ask for."""
    one, other = np.ones(3), np.ones(3)
    assert Same(one) == Same(one)
    assert Same(one) != Same(other)
