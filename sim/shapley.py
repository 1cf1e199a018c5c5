"""Shapley values of the parts of a reform: what each part adds, over all orders of adding.

A coalition is a set of parts, numbered by its bits: part i of the list is in coalition c
where ``c >> i & 1``; 0 is the baseline and ``2**k - 1`` the whole reform. Up to
``MOST_PARTS`` parts every coalition is run and values are exact (Shapley 1953); beyond,
orders of adding the parts are sampled (Castro, Gomez and Tejada 2009), each with its
reverse (Mitchell et al. 2022). :func:`exact` and :func:`sampled` return the same tables.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.comparison import mean_intervals, reach_of

Floats = NDArray[np.float64]
Order = tuple[int, ...]

MOST_PARTS = 8
ROUNDING = 1e-12  # of the largest value: below, a sum of differences is none
WHAT = ("shapley", "first", "last")


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
    _check_parts(parts, MOST_PARTS)
    return _members(parts, range(2 ** len(parts)))


def exact(parts: Sequence[str], values: pd.DataFrame) -> Shapley:
    """Shapley values and interactions from the values of every coalition.

    The interaction of two parts is the Shapley interaction index (Grabisch and Roubens
    1999): how much more one adds once the other is there, averaged over coalitions of the
    rest with weights ``s! (k - s - 2)! / (k - 1)!``.

    Parameters
    ----------
    values : ``coalition``, ``replication``, ``value``; a replication without a value of
        some coalition is left out of all

    Raises
    ------
    ValueError
        A coalition is missing, stands twice, or fewer than two replications are complete.
    """
    wide = _complete(parts, coalitions(parts), values)
    table = wide.to_numpy(dtype=np.float64)
    each = _unrounded(_value_weights(len(parts)) @ table, table)
    pairs = list(combinations(range(len(parts)), 2))
    together = _unrounded(_pair_weights(len(parts), pairs) @ table, table)
    names = [(parts[i], parts[j]) for i, j in pairs]
    interactions = pd.DataFrame(names, columns=["part", "other"])
    interactions = interactions.join(mean_intervals(together))
    return _result(parts, wide, each, mean_intervals(each), interactions, 0)


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
        The count is odd or below 4, or a part is named twice.
    """
    _check_parts(parts, len(parts))
    if count < 4 or count % 2:
        raise ValueError(f"orders = {count}: allowed: an even number of 4 or more")
    rng = np.random.default_rng(seed)
    found: list[Order] = []
    for _ in range(count // 2):
        one = tuple(int(place) for place in rng.permutation(len(parts)))
        found += [one, one[::-1]]
    return tuple(found)


def needed(parts: Sequence[str], chosen: Sequence[Order]) -> pd.DataFrame:
    """The coalitions that sampled orders pass, and those of first and last effects.

    Returns
    -------
    As :func:`coalitions`, each coalition once.
    """
    every = 2 ** len(parts) - 1
    found = {0, every}
    for place in range(len(parts)):
        found |= {1 << place, every - (1 << place)}
    for order in chosen:
        found.update(_passed(order))
    return _members(parts, sorted(found))


def sampled(parts: Sequence[str], values: pd.DataFrame, chosen: Sequence[Order]) -> Shapley:
    """Shapley values from sampled orders, with a standard error by order and replication.

    What a part adds varies over pairs of orders (each order with its reverse) and over
    replications, which are crossed: every replication passes every order. The variance of
    the grand mean is (MS_orders + MS_replications - MS_rest) / (cells), at least that of
    either alone, with Satterthwaite's degrees of freedom (Searle, Casella and McCulloch
    1992).

    Parameters
    ----------
    values : as for :func:`exact`, over the coalitions of :func:`needed`
    chosen : from :func:`orders`

    Raises
    ------
    ValueError
        As :func:`exact`.
    """
    wide = _complete(parts, needed(parts, chosen), values)
    added = np.stack([_added(wide, order) for order in chosen])  # orders, parts, replications
    pairs = (added[0::2] + added[1::2]) / 2
    each: Floats = added.mean(axis=0)
    shares = pd.DataFrame([_crossed(pairs[:, place]) for place in range(len(parts))])
    none = pd.DataFrame(columns=["part", "other", "value", "lo", "hi", "se", "n"])
    return _result(parts, wide, each, shares, none, len(chosen))


def _check_parts(parts: Sequence[str], most: int) -> None:
    if not 1 <= len(parts) <= most:
        raise ValueError(f"parts: {len(parts)}; allowed: 1 to {most}, or sampled orders")
    if twice := [part for part in parts if list(parts).count(part) > 1]:
        raise ValueError(f"parts = {list(parts)}: {twice[0]!r} stands twice; allowed: once")


def _members(parts: Sequence[str], numbers: Sequence[int]) -> pd.DataFrame:
    """What is in each coalition, the smallest first."""
    ordered = sorted(numbers, key=lambda number: (number.bit_count(), number))
    frame = pd.DataFrame({"coalition": ordered, "size": [item.bit_count() for item in ordered]})
    for place, part in enumerate(parts):
        frame[part] = [bool(number >> place & 1) for number in ordered]
    return frame


def _complete(parts: Sequence[str], wanted: pd.DataFrame, values: pd.DataFrame) -> pd.DataFrame:
    """Values with a row per coalition, by number, and a column per complete replication."""
    if values.duplicated(["coalition", "replication"]).any():
        raise ValueError("values: a coalition stands twice in a replication; allowed: once")
    wide = values.pivot(index="coalition", columns="replication", values="value")
    numbers = sorted(wanted.coalition)
    if missing := [number for number in numbers if number not in wide.index]:
        names = [part for place, part in enumerate(parts) if missing[0] >> place & 1]
        raise ValueError(f"coalition {missing[0]} ({' + '.join(names) or 'none'}): no value")
    wide = wide.loc[numbers].dropna(axis=1)
    if wide.shape[1] < 2:
        raise ValueError(f"complete replications = {wide.shape[1]}: allowed: 2 or more")
    return wide


def _value_weights(count: int) -> Floats:
    """Weights of the coalitions in each Shapley value: a row per part."""
    weights = np.zeros((count, 2**count))
    for part, number in np.ndindex(count, 2**count):
        if not number >> part & 1:
            size = number.bit_count()
            share = 1 / (count * comb(count - 1, size))  # s! (k - s - 1)! / k!
            weights[part, number | 1 << part] += share
            weights[part, number] -= share
    return weights


def _pair_weights(count: int, pairs: Sequence[tuple[int, int]]) -> Floats:
    """Weights of the coalitions in each interaction index: a row per pair."""
    weights = np.zeros((len(pairs), 2**count))
    for row, (one, other) in enumerate(pairs):
        for number in _without(count, one, other):
            share = 1 / ((count - 1) * comb(count - 2, number.bit_count()))
            weights[row, number | 1 << one | 1 << other] += share
            weights[row, [number | 1 << one, number | 1 << other]] -= share
            weights[row, number] += share
    return weights


def _unrounded(sums: Floats, terms: Floats) -> Floats:
    """Sums, with 0 for what only rounding has left of their terms."""
    return np.where(np.abs(sums) <= ROUNDING * np.abs(terms).max(), 0.0, sums)


def _without(count: int, one: int, other: int) -> Iterator[int]:
    both = 1 << one | 1 << other
    return (number for number in range(2**count) if not number & both)


def _passed(order: Order) -> list[int]:
    """The coalitions on the way from none to all."""
    passed = [0]
    for place in order:
        passed.append(passed[-1] | 1 << place)
    return passed


def _added(wide: pd.DataFrame, order: Order) -> Floats:
    """What each part adds when it comes in this order: parts by replications."""
    steps = np.diff(wide.loc[_passed(order)].to_numpy(dtype=np.float64), axis=0)
    added: Floats = np.empty_like(steps)
    added[list(order)] = steps
    return added


def _crossed(cells: Floats) -> dict[str, float]:
    """Mean of rows crossed with columns, both random, and its interval."""
    rows, columns = cells.shape
    mean = float(cells.mean())
    by_row, by_column = cells.mean(axis=1), cells.mean(axis=0)
    rest = cells - by_row[:, None] - by_column + mean
    squares = np.array([columns * by_row.var(ddof=1), rows * by_column.var(ddof=1)])
    free = np.array([rows - 1, columns - 1, (rows - 1) * (columns - 1)])
    left = (rest**2).sum() / free[2]
    variance = max(squares.sum() - left, squares.max()) / cells.size
    terms = np.append(squares, left) / cells.size
    spread = (terms**2 / free).sum()
    degrees = max(variance**2 / spread, 1.0) if spread > 0 else 1.0
    error = np.sqrt(variance)
    reach = float(reach_of(error, np.float64(degrees)))
    return {"value": mean, "lo": mean - reach, "hi": mean + reach, "se": error, "n": columns}


def _result(
    parts: Sequence[str],
    wide: pd.DataFrame,
    each: Floats,
    shares: pd.DataFrame,
    interactions: pd.DataFrame,
    count: int,
) -> Shapley:
    every = 2 ** len(parts) - 1
    alone = [wide.loc[1 << place] - wide.loc[0] for place in range(len(parts))]
    added = [wide.loc[every] - wide.loc[every - (1 << place)] for place in range(len(parts))]
    tables = [shares, *(mean_intervals(np.array(rows)) for rows in (alone, added))]
    named = [
        table.assign(part=list(parts), what=what) for table, what in zip(tables, WHAT, strict=True)
    ]
    effects = pd.concat(named, ignore_index=True)
    ends = np.array([wide.loc[0], wide.loc[every], wide.loc[every] - wide.loc[0]])
    shown = mean_intervals(ends)
    shown.insert(0, "what", ["none", "all", "difference"])
    runs = pd.DataFrame(each.T, columns=list(parts)).assign(replication=wide.columns)
    runs = runs.melt("replication", var_name="part", value_name="value")
    columns = ["part", "what", "value", "lo", "hi", "se", "n"]
    return Shapley(tuple(parts), effects[columns], interactions, shown, runs, count)
