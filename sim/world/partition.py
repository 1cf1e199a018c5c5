"""Contiguous, balanced partitions of a graph by METIS (Karypis and Kumar 1998)."""

import numpy as np
import pymetis
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Graph = csr_array[np.int64]
_SMALL = 12  # nodes per part


def lattice_edges(width: int, height: int) -> Graph:
    """Adjacency of cells that share an edge, shape (cells, cells)."""
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

    Parameters
    ----------
    weight : what to balance, by node
    shares : the share of the weight each part should get; equal by default
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


def _mend(graph: Graph, weight: Floats, label: Ints, parts: int) -> Ints:
    """Give stray fragments to a neighbouring part and fill empty parts from the largest."""
    edges = graph.tocoo()
    for _ in range(parts + 1):
        same = label[edges.coords[0]] == label[edges.coords[1]]
        inside = coo_array(
            (np.ones(same.sum()), (edges.coords[0][same], edges.coords[1][same])),
            shape=graph.shape,
        )
        count, piece = connected_components(inside, directed=False)
        size = np.bincount(piece, weights=weight, minlength=count)
        owner = np.zeros(count, dtype=np.int64)
        owner[piece] = label
        order = np.lexsort((np.arange(count), -size, owner))
        stray = order[np.flatnonzero(np.diff(owner[order], prepend=-1) == 0)]
        changed = False
        for fragment in stray:
            nodes = np.flatnonzero(piece == fragment)
            around = label[graph[nodes].indices]
            around = around[around != label[nodes[0]]]
            if around.size:
                label[nodes] = np.bincount(around).argmax()
                changed = True
                break
        if not changed:
            break
    for empty in np.setdiff1d(np.arange(parts), label):
        largest = np.bincount(label, minlength=parts).argmax()
        label[np.flatnonzero(label == largest)[-1]] = empty
    return label
