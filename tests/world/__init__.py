"""What the tests of a drawn world share: drawing it, and saying how sure one may be."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse.csgraph import connected_components
from scipy.stats import binom

import sim
from sim.world import Drawn, draw
from sim.world.partition import Graph, lattice_edges
from sim.world.tape import CALL, Tape

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CONFIDENCE = 0.99


def drawn(case: sim.Case, days: int = 7) -> Drawn:
    """The world of a case over so many days."""
    return draw(case.world, case.draws.seeds, days)


def calls_of(tape: Tape) -> Tape:
    """What residents call for, without what lies hidden, recurs or follows."""
    return kind_of(tape, CALL)


def kind_of(tape: Tape, kind: int) -> Tape:
    """The needs of one kind."""
    return Tape(**{name: column[tape.kind == kind] for name, column in vars(tape).items()})


def surely(share: float, count: int) -> tuple[float, float]:
    """The shares between which a share of ``count`` draws lies with 99 % chance."""
    low, high = binom.interval(CONFIDENCE, count, share)
    return low / count, high / count


def assert_share(found: ArrayLike, share: float) -> None:
    """Hold the share of true values among independent draws against its chance."""
    flags = np.asarray(found)
    low, high = surely(share, flags.size)
    assert low <= flags.mean() <= high, f"{flags.mean():.5f} of {flags.size}, expected {share:.5f}"


def pieces(label: ArrayLike, width: int) -> int:
    """How many connected pieces a labelled lattice falls into; labels below 0 are outside."""
    numbers = np.asarray(label)
    edges = lattice_edges(width, numbers.size // width).tocoo()
    one, other = edges.coords
    same = (numbers[one] == numbers[other]) & (numbers[one] >= 0)
    graph = Graph((edges.data[same], (one[same], other[same])), shape=edges.shape)
    _, piece = connected_components(graph, directed=False)
    return np.unique(piece[numbers >= 0]).size


def assert_contiguous(label: ArrayLike, width: int) -> None:
    """Every label of a lattice is one piece, joined over cell edges."""
    numbers = np.asarray(label)
    assert pieces(numbers, width) == np.unique(numbers[numbers >= 0]).size
