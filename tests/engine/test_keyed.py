"""Keyed luck: the same bits everywhere, and as good as independent."""

from itertools import product
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare, kstest

from sim.keyed import (
    ATOMS,
    Purpose,
    lognormal_table,
    mix,
    of_entity,
    quarter,
    small_seed,
    stream,
    u,
    uniform,
)
from tests.engine import patient

COUNT = 50_000
M1, M2, COUNTED = (
    np.uint64(n) for n in (0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD1B54A32D192ED03)
)
RARE = 1e-3  # chance at which a fair generator would fail one of these tests

words = st.integers(0, 2**64 - 1)
seeds = st.integers(0, 2**63 - 1)
triples = st.tuples(seeds, st.integers(0, 2**31 - 1), st.sampled_from(Purpose))


@numba.njit
def looked_up(stream: Any, entity: Any, k: Any) -> Any:
    """``uniform`` as the compiled engine calls it."""
    return uniform(stream, entity, k)


@patient
@given(words, words, words)
def test_compiled_and_numpy_forms_agree_to_the_bit(name: int, entity: int, k: int) -> None:
    """The engine and the tape look up exactly the same numbers, strictly inside (0, 1)."""
    with np.errstate(over="ignore"):
        compiled = looked_up(np.uint64(name), np.uint64(entity), np.uint64(k))
    assert compiled == u(np.uint64(name), np.uint64(entity), np.uint64(k))
    assert 0.0 < compiled < 1.0


@numba.njit
def quarter_of(stream: Any, entity: Any, k: Any) -> Any:
    """``quarter`` as the compiled engine calls it."""
    return quarter(of_entity(stream, entity), k)


@patient
@given(words, words, words)
def test_the_quarter_is_that_of_the_number(name: int, entity: int, k: int) -> None:
    """Compiled and not, a direction is what comparing the number itself would give."""
    with np.errstate(over="ignore"):
        parts = (np.uint64(name), np.uint64(entity), np.uint64(k))
        place = int(sum(u(*parts) >= edge for edge in (0.25, 0.5, 0.75)))
        assert quarter_of(*parts) == quarter(of_entity(*parts[:2]), parts[2]) == place


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_the_quarter_is_that_of_the_number_at_the_edges(quarters: int) -> None:
    """Where rounding decides: scrambled bits are chosen, and the counter that leads to them."""
    edge = quarters << 62
    for bits in (edge - (1 << 12), edge - (1 << 11), edge - 1, edge, edge + (1 << 11)):
        with np.errstate(over="ignore"):
            before = unmixed(bits)
            number = uniform_of(before)
            assert mix(np.uint64(before)) == np.uint64(bits)
            counted = np.uint64(before) ^ ((np.uint64(0) + M1) * COUNTED)
            assert quarter(counted, np.uint64(0)) == sum(number >= e for e in (0.25, 0.5, 0.75))


def uniform_of(before: int) -> float:
    """The number in (0, 1) of bits that are yet to be scrambled."""
    return float((mix(np.uint64(before)) >> np.uint64(11)) * 2.0**-53 + 2.0**-54)


def unmixed(h: int) -> int:
    """The bits that ``mix`` scrambles to these."""
    word = 1 << 64
    for shift, factor in ((31, int(M2)), (27, int(M1)), (30, 1)):
        found = h
        for _ in range(3):
            found = h ^ (found >> shift)
        h = found * pow(factor, -1, word) % word
    return h


@pytest.mark.parametrize("length", [8191, 8192, 8193, 30_000])
def test_many_numbers_at_once_are_the_same_numbers(length: int) -> None:
    """Arrays are drawn in pieces: also where a last piece is short, with one counter or many."""
    name, entity = stream(7, 3, Purpose.HOME), np.arange(length) * 7919
    for k in (0, 12, np.arange(length) % 13):
        with np.errstate(over="ignore"):
            alone = uniform(name, entity.astype(np.uint64), np.asarray(k, dtype=np.uint64))
        assert (u(name, entity, k) == alone).all()


def sequences() -> dict[str, Any]:
    """Numbers as the model looks them up: by entity, by counter, by packed key, by day."""
    name, run = stream(7, 0, Purpose.WORK), np.arange(COUNT)
    return {
        "entities": u(name, run),
        "counters": u(name, 3, run),
        "packed keys": u(name, (2 << 56) | (run // 40 << 32) | run % 40),
        "ticks": u(name, run % 250, run // 250),
        "replications": np.array([u(stream(7, r, Purpose.WORK), 0) for r in range(5000)]),
        "seeds": np.array([u(stream(s, 0, Purpose.WORK), 0) for s in range(5000)]),
    }


@pytest.mark.parametrize("way", sequences())
def test_numbers_are_uniform(way: str) -> None:
    """However entities are numbered, their numbers pass a Kolmogorov-Smirnov test."""
    assert kstest(sequences()[way], "uniform").pvalue > RARE


@pytest.mark.parametrize("way", sequences())
def test_successive_numbers_are_independent(way: str) -> None:
    """Pairs of neighbours fill a square of 16 by 16 evenly (chi-square)."""
    numbers = sequences()[way]
    assert evenness(numbers[:-1:2], numbers[1::2]) > RARE


@pytest.mark.parametrize(
    "other",
    [(8, 0, Purpose.WORK), (7, 1, Purpose.WORK), (7, 0, Purpose.CLASS), (7, 0, Purpose.TRIAGE)],
)
def test_streams_are_independent(other: tuple[int, int, Purpose]) -> None:
    """The same entities in streams of another seed, replication or purpose pair up evenly."""
    run = np.arange(COUNT)
    assert evenness(u(stream(7, 0, Purpose.WORK), run), u(stream(*other), run)) > RARE


def evenness(one: Any, other: Any) -> float:
    """p-value of the chi-square test that pairs fill the unit square evenly."""
    side = 16
    box = (side * one).astype(int) * side + (side * other).astype(int)
    return float(chisquare(np.bincount(box, minlength=side * side)).pvalue)


@patient
@given(st.lists(st.integers(0, 2**62), min_size=1, max_size=30), st.randoms())
def test_order_and_company_do_not_matter(entities: list[int], luck: Any) -> None:
    """An entity's number is the same alone, in any order, and among any others."""
    name = stream(7, 0, Purpose.TIE)
    shuffled = luck.sample(entities, len(entities))
    together = dict(zip(shuffled, u(name, shuffled), strict=True))
    assert all(together[entity] == u(name, entity) for entity in entities)


@patient
@given(triples, triples)
def test_different_names_give_different_streams(one: Any, other: Any) -> None:
    """Two streams are equal only if seed, replication and purpose are."""
    assert (stream(*one) == stream(*other)) == (one == other)


def test_small_names_never_collide() -> None:
    """Ten thousand streams of small seeds and replications are all different."""
    found = {int(stream(*name)) for name in product(range(20), range(20), Purpose)}
    assert len(found) == 400 * len(Purpose)


def test_purposes_keep_their_numbers() -> None:
    """The numbers are part of every published result: none is used twice."""
    assert len({int(purpose) for purpose in Purpose}) == len(Purpose.__members__)


@patient
@given(triples, st.integers(0, 2**20))
def test_seeds_for_libraries_have_31_bits(name: Any, k: int) -> None:
    """METIS gets a seed it accepts."""
    assert 0 <= small_seed(stream(*name), k) < 2**31


@pytest.mark.parametrize("sigma", [0.0, 0.7, 1.0])
def test_the_table_of_delays_is_lognormal(sigma: float) -> None:
    """Quantiles rise, the median is 1, and the mean is exp(sigma^2 / 2) within .1 %."""
    table = lognormal_table(sigma)
    assert table.shape == (ATOMS,)
    assert (np.diff(table) >= 0).all()
    assert np.median(table) == pytest.approx(1.0, abs=1e-3)
    assert table.mean() == pytest.approx(np.exp(sigma**2 / 2), rel=1e-3)
