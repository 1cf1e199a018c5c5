"""Closed forms of queueing theory, each with its source.

Throughout: ``a`` is the offered load (arrival rate times mean service), ``c`` the servers.
"""

import numpy as np
from numpy.typing import ArrayLike

from tests.theory import Floats


def erlang_b(c: int, a: float) -> float:
    """Share lost by ``c`` servers without a queue (Erlang 1917), by the usual recursion."""
    lost = 1.0
    for servers in range(1, c + 1):
        lost = a * lost / (servers + a * lost)
    return lost


def erlang_c(c: int, a: float) -> float:
    """Share that waits at ``c`` servers with a queue (Erlang 1917)."""
    lost = erlang_b(c, a)
    return lost / (1 - a / c * (1 - lost))


def pollaczek_khinchine(rate: float, mean: float, second_moment: float) -> float:
    """Mean wait in M/G/1 (Pollaczek 1930, Khinchine 1932), in the unit of ``mean``."""
    return rate * second_moment / (2 * (1 - rate * mean))


def cobham(loads: ArrayLike, residual: float) -> Floats:
    """Mean waits of non-preemptive priority classes, the first class first (Cobham 1954).

    Parameters
    ----------
    loads : load of each class on the servers together, 1 being all they can do
    residual : mean time to the next free server when all are busy, times the chance of it:
        sum of rate x E[S^2] / 2 for one server; C(c, a) x E[S] / c for ``c`` exponential ones
    """
    before = np.concatenate([[0.0], np.cumsum(loads)])
    left: Floats = (1 - before[:-1]) * (1 - before[1:])
    return residual / left


def preemptive(loads: ArrayLike, means: ArrayLike) -> Floats:
    """Mean time in M/M/1 of classes that interrupt later ones, which resume (Kleinrock 1976, 3.4).

    Parameters
    ----------
    loads, means : of each class, the first class first: rate times mean service, mean service
    """
    load, mean = np.asarray(loads, dtype=np.float64), np.asarray(means, dtype=np.float64)
    before = np.concatenate([[0.0], np.cumsum(load)])
    above, with_it = 1 - before[:-1], 1 - before[1:]
    times: Floats = (mean * with_it + np.cumsum(load * mean)) / (above * with_it)
    return times


def conserved(loads: ArrayLike, residual: float) -> float:
    """Sum of load x mean wait in M/G/1, whatever class goes first (Kleinrock 1965).

    No job is broken off, and nobody looks at how long it will be; ``residual`` is the sum of
    rate x E[S^2] / 2.
    """
    load = float(np.sum(loads))
    return load * residual / (1 - load)


def lost_from_one_server(places: int, load: float) -> float:
    """Share lost by M/M/1/K with ``places`` in the system (Kleinrock 1975, 3.6)."""
    return (1 - load) * load**places / (1 - load ** (places + 1))
