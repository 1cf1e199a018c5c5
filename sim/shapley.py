"""Shapley values of the parts of a reform: what each part adds, over all orders of adding.

A coalition is a set of parts, numbered by its bits: part i of the list is in coalition c
where ``c >> i & 1``; 0 is the baseline and ``2**k - 1`` the whole reform. Up to
``MOST_PARTS`` parts every coalition is run and values are exact (Shapley 1953); beyond,
orders of adding the parts are sampled (Castro, Gomez and Tejada 2009), each with its
reverse (Mitchell et al. 2022). A change of estimator is a change of :func:`exact` or
:func:`sampled`; both return the same tables.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

MOST_PARTS = 8
Order = tuple[int, ...]


@dataclass(frozen=True)
class Shapley:
    """What the parts of a reform add to a value.

    Attributes
    ----------
    parts : in the study's order
    effects : a row per part and ``what``: ``part``, ``what`` (``shapley``, ``first``: the
        part alone against none, ``last``: all against all but the part), ``value``,
        ``lo``, ``hi`` (95 % interval, Student's t), ``se`` (standard error), ``n``
        (replications)
    interactions : a row per pair: ``part``, ``other``, ``value``, ``lo``, ``hi``, ``se``,
        ``n``; above 0 the two together add more than apart; no row where sampled
    ends : ``what`` (``none``, ``all``, ``difference``), ``value``, ``lo``, ``hi``, ``se``,
        ``n``
    each : Shapley values by replication: ``replication``, ``part``, ``value``; in every
        replication they add up to ``all`` minus ``none``
    orders : orders sampled; 0 where exact
    """

    parts: tuple[str, ...]
    effects: pd.DataFrame
    interactions: pd.DataFrame
    ends: pd.DataFrame
    each: pd.DataFrame
    orders: int


def coalitions(parts: Sequence[str]) -> pd.DataFrame:
    """Every coalition of up to ``MOST_PARTS`` parts.

    Returns
    -------
    DataFrame with ``coalition`` (its number), ``size`` (parts in it) and a column of truth
    values per part; the smallest coalitions first.

    Raises
    ------
    ValueError
        No part, a part named twice, or more parts than are run exactly.
    """
    raise NotImplementedError


def exact(parts: Sequence[str], values: pd.DataFrame) -> Shapley:
    """Shapley values and interactions from the values of every coalition.

    Parameters
    ----------
    values : ``coalition``, ``replication``, ``value``; a replication without a value of
        some coalition is left out of all

    Raises
    ------
    ValueError
        A coalition is missing, stands twice, or fewer than two replications are complete.
    """
    raise NotImplementedError


def orders(parts: Sequence[str], count: int, seed: int) -> tuple[Order, ...]:
    """Orders of adding the parts, each followed by its reverse.

    Parameters
    ----------
    count : orders, an even number of 4 or more
    seed : of the study; more orders begin with the same ones

    Returns
    -------
    Tuples of places in ``parts``.

    Raises
    ------
    ValueError
        The count is odd or below 4.
    """
    raise NotImplementedError


def needed(parts: Sequence[str], chosen: Sequence[Order]) -> pd.DataFrame:
    """The coalitions that sampled orders pass, and those of first and last effects.

    Returns
    -------
    As :func:`coalitions`, each coalition once.
    """
    raise NotImplementedError


def sampled(parts: Sequence[str], values: pd.DataFrame, chosen: Sequence[Order]) -> Shapley:
    """Shapley values from sampled orders, with a standard error by order and replication.

    Parameters
    ----------
    values : as for :func:`exact`, over the coalitions of :func:`needed`
    chosen : from :func:`orders`

    Raises
    ------
    ValueError
        As :func:`exact`.
    """
    raise NotImplementedError
