"""The event heap: entries (t, code), the smallest first.

A code packs what breaks a tie at one instant, in this order: rank of the event, class,
number. So two events never compare equal and the order never hangs on insertion.
"""

from typing import Any

from sim.engine.compiled import kernel
from sim.engine.state import State

_RANK = 1 << 58
_CLASS = 1 << 54


@kernel
def code_of(rank: int, urgency: int, number: int) -> int:
    """Pack a tie-break."""
    return rank * _RANK + urgency * _CLASS + number


@kernel
def rank_of(code: int) -> int:
    """The rank in a code."""
    return code // _RANK


@kernel
def class_of(code: int) -> int:
    """The class in a code."""
    return (code % _RANK) // _CLASS


@kernel
def number_of(code: int) -> int:
    """The number in a code."""
    return code % _CLASS


@kernel
def sooner(t: float, code: int, other_t: float, other_code: int) -> bool:
    """Whether one entry comes before another."""
    return t < other_t or (t == other_t and code < other_code)


@kernel
def push(heap: Any, size: int, t: float, code: int) -> int:
    """Add an entry; returns the new size."""
    at = size
    while at > 0:
        parent = (at - 1) // 2
        if not sooner(t, code, heap.t[parent], heap.code[parent]):
            break
        heap.t[at] = heap.t[parent]
        heap.code[at] = heap.code[parent]
        at = parent
    heap.t[at] = t
    heap.code[at] = code
    return size + 1


@kernel
def drop(heap: Any, size: int) -> int:
    """Remove the first entry; returns the new size."""
    size -= 1
    t, code = heap.t[size], heap.code[size]
    at, child = 0, 1
    while child < size:
        other = child + 1
        if other < size and sooner(
            heap.t[other], heap.code[other], heap.t[child], heap.code[child]
        ):
            child = other
        if not sooner(heap.t[child], heap.code[child], t, code):
            break
        heap.t[at] = heap.t[child]
        heap.code[at] = heap.code[child]
        at = child
        child = 2 * at + 1
    heap.t[at] = t
    heap.code[at] = code
    return size


@kernel
def schedule(s: State, t: float, code: int) -> None:
    """Put an event on the run's heap."""
    s.run.heap[0] = push(s.heap, s.run.heap[0], t, code)
