"""What several runs of a process are drawn from alike is drawn once, and lent to each.

The arms of a comparison, and the worlds of a study, have most of their draws in common. A
shelf keeps the last few drawings of one kind, each under everything it was drawn from: specs
by their text without the fields that the drawing never reads, seeds, and earlier drawings by
identity. What is lent is read-only, so no run can leave anything in it for the next.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from sim.base import Spec

_SHELVES: list["Shelf[Any]"] = []
_open = [True]


class Same:
    """A drawing as part of a key: equal to itself alone, and alive as long as the key is."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __hash__(self) -> int:
        """By identity."""
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        """By identity."""
        return isinstance(other, Same) and other.value is self.value


def text(spec: Spec, *without: str) -> str:
    """A spec as part of a key.

    Parameters
    ----------
    without : fields that the drawing does not read
    """
    return spec.model_dump_json(exclude=set(without))


class Shelf[T]:
    """The last few drawings of one kind.

    Parameters
    ----------
    size : drawings that are kept; the one not asked for longest goes first

    Attributes
    ----------
    lent, drawn : how often one was there, and how often it had to be drawn
    """

    def __init__(self, size: int) -> None:
        self.size, self.lent, self.drawn = size, 0, 0
        self._kept: OrderedDict[tuple[Hashable, ...], T] = OrderedDict()
        _SHELVES.append(self)

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: tuple[Hashable, ...], draw: Callable[[], T]) -> T:
        """The drawing of a key; read-only.

        A key with arrays that somebody could still write to says nothing about them: then
        nothing is kept.
        """
        found = self._kept.get(key)
        if found is not None:
            self.lent += 1
            self._kept.move_to_end(key)
            return found
        self.drawn += 1
        made = draw()
        if _open[0] and all(map(_is_frozen, key)):
            _freeze(made)
            self._kept[key] = made
            while len(self._kept) > self.size:
                self._kept.popitem(last=False)
        return made

    def clear(self) -> None:
        """Keep nothing of what was drawn so far."""
        self._kept.clear()
        self.lent = self.drawn = 0


def clear() -> None:
    """Empty every shelf of this process."""
    for shelf in _SHELVES:
        shelf.clear()


def shelves() -> tuple["Shelf[Any]", ...]:
    """Every shelf of this process."""
    return tuple(_SHELVES)


@contextmanager
def nothing_kept() -> Iterator[None]:
    """Every drawing within is drawn afresh."""
    clear()
    _open[0] = False
    try:
        yield
    finally:
        _open[0] = True


def _tables(value: Any) -> Iterator[Any]:
    """The sparse tables in a drawing."""
    if isinstance(value, csr_array):
        yield value
    elif is_dataclass(value):
        for item in fields(value):
            yield from _tables(getattr(value, item.name))


def _arrays(value: Any) -> Iterator[Any]:
    """The arrays in a drawing."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, Same):
        yield from _arrays(value.value)
    elif isinstance(value, csr_array):
        yield from (value.data, value.indices, value.indptr)
    elif is_dataclass(value):
        for item in fields(value):
            yield from _arrays(getattr(value, item.name))
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _arrays(part)


def _is_frozen(value: Any) -> bool:
    return not any(array.flags.writeable for array in _arrays(value))


def _freeze(value: Any) -> None:
    for part in _tables(value):
        part.sort_indices()
    for array in _arrays(value):
        array.flags.writeable = False
