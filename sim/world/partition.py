"""Contiguous, balanced partitions of a graph by METIS (Karypis and Kumar 1998)."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import pymetis
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Graph = csr_array[np.int64]
_SMALL = 12  # nodes per part


@lru_cache(maxsize=4)
def lattice_edges(width: int, height: int) -> Graph:
    """Adjacency of cells that share an edge, shape (cells, cells); not to be written to."""
    cell = np.arange(width * height).reshape(height, width)
    pairs = np.concatenate(
        [
            np.stack([cell[:, :-1].ravel(), cell[:, 1:].ravel()], axis=1),
            np.stack([cell[:-1].ravel(), cell[1:].ravel()], axis=1),
        ]
    )
    return adjacency(pairs, width * height)


def adjacency(pairs: Ints, nodes: int) -> Graph:
    """The symmetric 0/1 adjacency of undirected ``pairs``, shape (nodes, nodes)."""
    both = np.concatenate([pairs, pairs[:, ::-1]])
    ones = np.ones(len(both), dtype=np.int64)
    graph = coo_array((ones, (both[:, 0], both[:, 1])), shape=(nodes, nodes)).tocsr()
    graph.data[:] = 1
    return graph


def contract(graph: Graph, label: Ints, parts: int) -> Graph:
    """Adjacency of the parts of a partition, shape (parts, parts)."""
    edges = graph.tocoo()
    pairs = np.stack([label[edges.coords[0]], label[edges.coords[1]]], axis=1)
    return adjacency(pairs[pairs[:, 0] != pairs[:, 1]], parts)


def split(
    graph: Graph,
    weight: Floats,
    parts: int,
    seed: int,
    *,
    shares: Floats | None = None,
    within: Ints | None = None,
) -> Ints:
    """Label the nodes 0..parts-1, contiguously and with balanced weight.

    Every part has a node, unless there are fewer nodes than parts: then each is a part.

    Parameters
    ----------
    weight : what to balance, by node; a node over the share of a part counts as one share
    shares : the share of the weight each part should get; equal by default, and where one
        is less than a node
    within : the nodes to split; all by default. The labels come in their order.
    """
    if within is not None:
        graph, weight = graph[within][:, within].tocsr(), weight[within]
    nodes = graph.shape[0]
    if parts >= nodes:
        return np.arange(nodes, dtype=np.int64)
    if parts == 1:
        return np.zeros(nodes, dtype=np.int64)
    mean = weight.sum() / nodes
    scaled = np.rint(1000 * weight / mean if mean > 0 else np.ones(nodes)).astype(int) + 10
    if shares is not None and shares.min() * nodes < 1:
        shares = None
    scaled = _levelled(scaled, parts if shares is None else 1 / shares.min())
    small = nodes < _SMALL * parts  # coarsening for k-way leaves METIS too little to halve
    contiguous = 0 if small else _connected(graph)
    options = pymetis.Options(seed=seed % 2**31, contig=contiguous)
    found = pymetis.part_graph(
        parts,
        adjacency=pymetis.CSRAdjacency(graph.indptr, graph.indices),
        vweights=scaled.tolist(),
        tpwgts=None if shares is None else shares.tolist(),
        options=options,
        recursive=small,
        warn_on_copies=False,
    )
    label = np.asarray(found.vertex_part, dtype=np.int64)
    return _mend(graph, scaled.astype(np.float64), label, parts)


def _connected(graph: Graph) -> int:
    return int(connected_components(graph, directed=False)[0] == 1)


def _levelled(weight: Ints, parts: float) -> Ints:
    """Weights with none over the share of a part.

    METIS would give one such node the place of several parts, halve what is left into more
    parts than nodes, and complain on standard output, where results are printed.
    """
    heavy = np.zeros(len(weight), dtype=np.bool_)
    while True:
        share = weight[~heavy].sum() / (parts - heavy.sum())
        over = ~heavy & (weight > share)
        if not over.any():
            return np.where(heavy, int(share), weight)
        heavy |= over


def _mend(graph: Graph, weight: Floats, label: Ints, parts: int) -> Ints:
    """Give stray fragments to a neighbouring part, and empty parts what no other is cut by.

    Every part is then one piece, but where the graph itself falls into pieces that METIS
    gave to one part whole.
    """
    while _joined(graph, weight, label):
        pass
    for empty in np.setdiff1d(np.arange(parts), label):
        label[next(_fragments(graph, weight, label), _leaf(graph, label))] = empty
    return label


def _joined(graph: Graph, weight: Floats, label: Ints) -> bool:
    """Give one fragment to the part around it; false when there is none left to give."""
    for nodes in _fragments(graph, weight, label):
        around = label[graph[nodes].indices]
        around = around[around != label[nodes[0]]]
        if around.size:
            label[nodes] = np.bincount(around).argmax()
            return True
    return False


def _fragments(graph: Graph, weight: Floats, label: Ints) -> Iterator[Ints]:
    """The pieces of parts in several: the lesser ones part by part, then the heaviest."""
    edges = graph.tocoo()
    same = label[edges.coords[0]] == label[edges.coords[1]]
    inside = coo_array(
        (np.ones(same.sum()), (edges.coords[0][same], edges.coords[1][same])), shape=graph.shape
    )
    count, piece = connected_components(inside, directed=False)
    size = np.bincount(piece, weights=weight, minlength=count)
    owner = np.zeros(count, dtype=np.int64)
    owner[piece] = label
    order = np.lexsort((np.arange(count), -size, owner))
    lesser = np.diff(owner[order], prepend=-1) == 0
    heaviest = order[~lesser & np.isin(owner[order], owner[order[lesser]])]
    for fragment in (*order[lesser], *heaviest):
        yield np.flatnonzero(piece == fragment)


def _leaf(graph: Graph, label: Ints) -> Ints:
    """The last node of the largest part without which that part is still one piece."""
    largest = np.flatnonzero(label == np.bincount(label).argmax())
    for node in largest[::-1]:
        rest = largest[largest != node]
        if _connected(graph[rest][:, rest].tocsr()):
            return np.array([node])
    return largest[-1:]  # it is in several pieces anyway
