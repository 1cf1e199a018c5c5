"""The event heap and the codes that break its ties."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.engine.calendar import class_of, code_of, drop, number_of, push, rank_of
from sim.engine.state import ARRIVAL, ENTRY
from tests.engine import patient

Entry = tuple[float, int]

ranks = st.integers(0, ARRIVAL)
classes = st.integers(0, 3)
numbers = st.integers(0, 2**54 - 1)
codes = st.builds(code_of, ranks, classes, st.integers(0, 3))
times = st.one_of(st.sampled_from([0.0, 1.0, 480.0]), st.floats(0, 1e6))
entries = st.tuples(times, codes)


def empty(room: int) -> Any:
    """A heap with room for so many entries."""
    return np.zeros(room, dtype=ENTRY).view(np.recarray)


def pushed(items: list[Entry]) -> tuple[Any, int]:
    """A heap that holds these entries, and its size."""
    heap, size = empty(len(items) + 1), 0
    for t, code in items:
        size = push(heap, size, t, code)
    return heap, size


def first(heap: Any) -> Entry:
    """The entry that comes off next."""
    return float(heap.t[0]), int(heap.code[0])


@patient
@given(st.lists(entries, max_size=60))
def test_entries_come_off_in_order_of_time_and_code(items: list[Entry]) -> None:
    """Whatever the order of pushing, dropping yields the sorted list."""
    heap, size = pushed(items)
    assert size == len(items)
    off = []
    while size > 0:
        off.append(first(heap))
        size = drop(heap, size)
    assert off == sorted(items)


@patient
@given(st.lists(st.one_of(st.none(), entries), max_size=80))
def test_pushing_and_dropping_may_alternate(moves: list[Entry | None]) -> None:
    """After any mix of pushes and drops (None) the first entry is the smallest held."""
    heap, size = empty(len(moves) + 1), 0
    held: list[Entry] = []
    for move in moves:
        if move is not None:
            size = push(heap, size, *move)
            held.append(move)
        elif held:
            held.remove(first(heap))
            size = drop(heap, size)
        assert size == len(held)
        assert not held or first(heap) == min(held)


@patient
@given(ranks, classes, numbers)
def test_a_code_gives_back_what_it_packs(rank: int, urgency: int, number: int) -> None:
    """Rank, class and number survive the packing, up to 2^54 numbers."""
    code = code_of(rank, urgency, number)
    assert (rank_of(code), class_of(code), number_of(code)) == (rank, urgency, number)


@patient
@given(st.tuples(ranks, classes, numbers), st.tuples(ranks, classes, numbers))
def test_codes_are_ordered_by_rank_then_class_then_number(
    one: tuple[int, int, int], other: tuple[int, int, int]
) -> None:
    """Comparing codes is comparing (rank, class, number), as sim/ODD.md orders events."""
    assert (code_of(*one) < code_of(*other)) == (one < other)
