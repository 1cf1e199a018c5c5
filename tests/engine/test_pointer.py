"""A named tuple of arrays by pointer: compiled code reads and writes the caller's arrays."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numba
import numpy as np
import pytest

from sim.engine.pointer import Borrowed, by_pointer

compiler = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")

Arrays = Any
ROW = np.dtype([("n", "i8"), ("x", "f8")])


@by_pointer
class Tables(NamedTuple):
    """Arrays of every kind that a state has."""

    rows: Arrays
    flat: Arrays
    grid: Arrays
    cube: Arrays
    flags: Arrays


def tables() -> Tables:
    """Small ones, no two of one length."""
    return Tables(
        np.zeros(3, dtype=ROW).view(np.recarray),
        np.arange(5),
        np.arange(12.0).reshape(3, 4),
        np.arange(24).reshape(2, 3, 4),
        np.zeros(7, dtype=np.bool_),
    )


def compiled(function: Callable[..., Any]) -> Any:
    """As the engine compiles a mechanism, kept nowhere."""
    return numba.njit(_nrt=False, no_cfunc_wrapper=True, error_model="numpy")(function)


def sizes(s: Tables) -> tuple[int, ...]:
    """Lengths and shapes."""
    last = len(s.flags)
    return (
        *(len(s.rows), len(s.flat), s.grid.shape[0], s.grid.shape[1], s.grid.size),
        *(s.cube.shape[0], s.cube.shape[1], s.cube.shape[2], last),
    )


def items(s: Tables) -> tuple[int, float, float, int, float]:
    """One item of each."""
    return s.flat[4], s.grid[2, 1], s.grid[0, 3], s.cube[1, 2, 3], s.rows.x[2]


def change(s: Tables, n: int) -> None:
    """One item of each is written to."""
    s.rows.n[1] = n
    s.rows[2].x = 0.5 * n
    s.flat[0] += n
    s.grid[1, 2] = n
    s.cube[1, 0, 2] = n
    s.flags[6] = True


def test_lengths_and_shapes_are_those_of_the_arrays() -> None:
    assert compiled(sizes)(tables()) == (3, 5, 3, 4, 12, 2, 3, 4, 7)


def test_every_item_is_where_it_is_uncompiled() -> None:
    given = tables()
    given.rows.x[2] = 2.5
    assert compiled(items)(given) == items(given) == (4, 9.0, 3.0, 23, 2.5)


def test_what_compiled_code_writes_is_in_the_callers_arrays() -> None:
    """And nowhere else."""
    mine, its = tables(), tables()
    change(mine, 3)
    compiled(change)(its, 3)
    for name, one, other in zip(Tables._fields, mine, its, strict=True):
        assert one.tobytes() == other.tobytes(), name
    assert its.rows.n.tolist() == [0, 3, 0]


def test_a_function_hands_the_pointer_to_the_next() -> None:
    """Three calls deep, and back."""
    inner = numba.njit(_nrt=False)(change)

    def middle(s: Tables, n: int) -> int:
        inner(s, n)
        inner(s, n)
        return s.flat[0]  # type: ignore[no-any-return]

    middle_compiled = numba.njit(_nrt=False)(middle)

    def outer(s: Tables) -> int:
        return middle_compiled(s, 4) + s.rows.n[1]  # type: ignore[no-any-return]

    assert compiled(outer)(tables()) == 2 * 4 + 4


def test_a_slice_is_read_with_its_own_strides() -> None:
    """Every other column of a wider array; what lies between is neither read nor written."""
    wide = np.arange(24.0).reshape(3, 8)
    given = tables()._replace(grid=wide[:, ::2], flat=np.arange(10)[::2])
    assert compiled(items)(given) == items(given)
    untouched = wide[:, 1::2].copy()
    compiled(change)(given, 5)
    assert wide[1, 4] == 5.0
    assert (wide[:, 1::2] == untouched).all()


@compiler
def test_another_tuple_with_the_same_types_needs_no_other_code() -> None:
    """Longer arrays included: their lengths are read, not compiled in."""
    function = compiled(sizes)
    function(tables())
    assert function(tables()._replace(flat=np.arange(99)))[1] == 99
    assert len(function.signatures) == 1


def test_tuples_of_other_types_are_other_types() -> None:
    """Or code compiled for one would read the other wrongly."""
    one = numba.typeof(tables())
    other = numba.typeof(tables()._replace(flat=np.arange(5.0)))
    assert isinstance(one, Borrowed)
    assert one == numba.typeof(tables())
    assert one != other


@compiler
def test_a_member_that_is_not_there_is_refused() -> None:
    with pytest.raises(numba.TypingError, match="nothing"):
        compiled(lambda s: s.nothing)(tables())


@pytest.mark.parametrize("member", [3, np.zeros((1, 1, 1, 1))])
def test_what_no_description_fits_is_refused(member: Any) -> None:
    """Numbers, and arrays of four dimensions."""
    with pytest.raises(TypeError, match=r"flat: .*; allowed: an array of at most 3"):
        numba.typeof(tables()._replace(flat=member))
