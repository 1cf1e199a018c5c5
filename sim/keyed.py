"""The only source of randomness: a number is looked up by name, never drawn in turn.

``u(seed, replication, purpose, entity, k)`` is a hash, so no order of events, number of
processes or change elsewhere in the model can move it. The same functions serve NumPy
arrays and the compiled engine, with the same bits.

A new random mechanism adds a member to :class:`Purpose` (append only: the numbers are
part of every published result) and says which of the four seeds it belongs to.
"""

from enum import IntEnum
from typing import Any

import numpy as np
from numba.extending import register_jitable
from numpy.typing import NDArray
from scipy.special import ndtri

Uint64 = NDArray[np.uint64]
Floats = NDArray[np.float64]

_U11, _U27, _U30, _U31 = (np.uint64(n) for n in (11, 27, 30, 31))
_M1 = np.uint64(0xBF58476D1CE4E5B9)
_M2 = np.uint64(0x94D049BB133111EB)
_ENTITY = np.uint64(0x9E3779B97F4A7C15)
_COUNT = np.uint64(0xD1B54A32D192ED03)
_UNIT = 2.0**-53
# the first of 2**53 steps that are 1/4, 1/2 and 3/4; half a step before 3/4 is rounded up to it
_QUARTERS = (np.uint64(1 << 51), np.uint64(1 << 52), np.uint64((3 << 51) - 1))
_PIECE = 1 << 13  # numbers drawn at a time
ATOMS = 1 << 14  # quantiles in a table of a distribution


class Purpose(IntEnum):
    """What a number is for. The hundreds say which seed it follows."""

    # city
    CENTRE = 100
    ROUGHNESS = 101
    AREA = 102
    DISPUTED = 103
    HOME = 104
    AGE = 105
    VULNERABLE = 106
    EMPLOYED = 107
    WORKPLACE = 108
    COMMUNITY = 109
    # layout
    PARTITION = 200
    UNITS = 201
    # rota
    SHIFT = 300
    POST = 301
    TASK_COUNT = 302
    TASK_TIME = 303
    TASK_LENGTH = 304
    PATROL = 305
    TURNOUT = 306
    SWITCH = 307
    # demand
    DAY_LEVEL = 400
    COUNT = 401
    MINUTE = 402
    RESIDENT = 403
    VISIT = 404
    DOMAIN = 405
    CLASS = 406
    WORK = 407
    TRIAGE = 408
    READINESS = 409
    NAMED = 410
    HANDOFF = 411
    UNCLEAR = 412
    TIE = 413
    WHEREABOUTS = 414
    SPECIALIST = 415
    DESK_WORK = 416
    NOTICE = 417
    IGNITION = 418
    OUTDOOR = 419
    RECURRING = 420
    JOINT = 421
    REOPEN = 422
    LETTER = 423
    WHISTLE = 424
    IMPATIENT = 425
    PATIENCE = 426
    ABANDON = 427
    TRAIL = 428
    RIDER = 429


@register_jitable
def mix(h: Any) -> Any:
    """Scramble 64 bits (the splitmix64 finaliser: Steele, Lea and Flood 2014)."""
    h = (h ^ (h >> _U30)) * _M1
    h = (h ^ (h >> _U27)) * _M2
    return h ^ (h >> _U31)


@register_jitable
def uniform(stream: Any, entity: Any, k: Any) -> Any:
    """The number in (0, 1) that belongs to ``(stream, entity, k)``; all three uint64."""
    h = mix(of_entity(stream, entity) ^ ((k + _M1) * _COUNT))
    return (h >> _U11) * _UNIT + 0.5 * _UNIT


@register_jitable
def of_entity(stream: Any, entity: Any) -> Any:
    """What the numbers of one entity have in common."""
    return mix(stream + entity * _ENTITY)


@register_jitable
def quarter(entity: Any, k: Any) -> Any:
    """Which quarter of (0, 1), 0 to 3, the number ``k`` of an entity lies in.

    Parameters
    ----------
    entity : of :func:`of_entity`
    """
    h = mix(entity ^ ((k + _M1) * _COUNT)) >> _U11
    return int(h >= _QUARTERS[0]) + int(h >= _QUARTERS[1]) + int(h >= _QUARTERS[2])


def stream(seed: int, replication: int, purpose: Purpose) -> np.uint64:
    """The 64-bit stream of one purpose in one replication."""
    h = 0
    for part in (seed, replication, int(purpose)):
        with np.errstate(over="ignore"):
            h = int(mix(np.uint64(((h ^ part) * int(_ENTITY) + int(_COUNT)) % 2**64)))
    return np.uint64(h)


def u(stream: np.uint64, entity: Any, k: Any = 0) -> Floats:
    """Numbers in (0, 1) for arrays of entities (any integers >= 0) and counters ``k``."""
    names, count = np.asarray(entity, dtype=np.uint64), np.asarray(k, dtype=np.uint64)
    with np.errstate(over="ignore"):
        if names.ndim == 1 and len(names) > _PIECE and count.shape in ((), names.shape):
            return _in_pieces(stream, names, count)
        numbers: Floats = uniform(stream, names, count)
    return numbers


def _in_pieces(stream: np.uint64, entity: Uint64, k: Uint64) -> Floats:
    """:func:`uniform`, a piece at a time in one place that stays in the processor's cache."""
    numbers = np.empty(len(entity))
    place, spare = np.empty(_PIECE, dtype=np.uint64), np.empty(_PIECE, dtype=np.uint64)
    single = (k + _M1) * _COUNT if k.ndim == 0 else None
    for first in range(0, len(entity), _PIECE):
        part = slice(first, first + _PIECE)
        h = np.multiply(entity[part], _ENTITY, out=place[: len(entity[part])])
        other = spare[: len(h)]
        h += stream
        _mix_in_place(h, other)
        if single is None:
            np.add(k[part], _M1, out=other)
            other *= _COUNT
            h ^= other
        else:
            h ^= single
        _mix_in_place(h, other)
        h >>= _U11
        found = np.multiply(h, _UNIT, out=numbers[part])
        found += 0.5 * _UNIT
    return numbers


def _mix_in_place(h: Uint64, other: Uint64) -> None:
    """:func:`mix` without new arrays."""
    for shift, factor in ((_U30, _M1), (_U27, _M2)):
        h ^= np.right_shift(h, shift, out=other)
        h *= factor
    h ^= np.right_shift(h, _U31, out=other)


def small_seed(stream: np.uint64, k: int = 0) -> int:
    """A 31-bit seed for a library that insists on one (METIS)."""
    return int(u(stream, k) * (2**31 - 1))


def lognormal_table(sigma: float) -> Floats:
    """Quantiles of a lognormal of median 1, one per equal slice of probability.

    The engine looks a delay up here instead of computing it: exp and the inverse normal
    differ in their last bit between compiled and uncompiled code.
    """
    table: Floats = np.exp(sigma * ndtri((np.arange(ATOMS) + 0.5) / ATOMS))
    return table
