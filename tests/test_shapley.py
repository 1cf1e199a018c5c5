"""Shapley values of textbook games, of their definition, and their intervals."""

from collections.abc import Callable
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, ttest_1samp

from sim.shapley import Shapley, _crossed, coalitions, exact, needed, orders, sampled

Game = Callable[[frozenset[str]], float]


def members(parts: tuple[str, ...], number: int) -> frozenset[str]:
    """The parts of a coalition."""
    return frozenset(part for place, part in enumerate(parts) if number >> place & 1)


def played(parts: tuple[str, ...], *games: Game) -> pd.DataFrame:
    """Values of every coalition; each game is a replication."""
    rows = [
        (number, replication, float(game(members(parts, number))))
        for number in range(2 ** len(parts))
        for replication, game in enumerate(games)
    ]
    return pd.DataFrame(rows, columns=["coalition", "replication", "value"])


def effect(result: Shapley, what: str = "shapley") -> dict[str, float]:
    """One kind of effect by part."""
    rows = result.effects[result.effects.what == what]
    return dict(zip(rows.part, rows.value, strict=True))


def pair(result: Shapley, one: str, other: str) -> float:
    """The interaction of two parts."""
    rows = result.interactions
    return float(rows[(rows.part == one) & (rows.other == other)].value.iloc[0])


def value_of(parts: str, game: Game) -> dict[str, float]:
    """Shapley values of a game without luck; parts are letters."""
    return effect(exact(tuple(parts), played(tuple(parts), game, game)))


def random_games(
    parts: tuple[str, ...], count: int, seed: int
) -> list[dict[frozenset[str], float]]:
    """Games without any structure."""
    rng = np.random.default_rng(seed)
    subsets = [members(parts, number) for number in range(2 ** len(parts))]
    return [dict(zip(subsets, rng.normal(size=len(subsets)), strict=True)) for _ in range(count)]


# --- textbook games -----------------------------------------------------------------


def test_the_glove_game() -> None:
    """Two left gloves, one right: 1/6, 1/6 and 4/6 (Shapley and Shubik 1969)."""
    found = value_of("LMR", lambda have: float("R" in have and len(have) > 1))
    assert found == pytest.approx({"L": 1 / 6, "M": 1 / 6, "R": 4 / 6})


def test_the_airport_game() -> None:
    """A runway's pieces are shared by those who need them (Littlechild and Owen 1973)."""
    cost = {"a": 8.0, "b": 11.0, "c": 13.0, "d": 18.0}
    found = value_of("abcd", lambda flying: max((cost[one] for one in flying), default=0.0))
    assert found == pytest.approx({"a": 2.0, "b": 3.0, "c": 4.0, "d": 9.0})


def test_a_weighted_vote() -> None:
    """50, 49 and 1 votes of which 51 decide have the power 2/3, 1/6 and 1/6."""
    votes = {"a": 50, "b": 49, "c": 1}
    found = value_of("abc", lambda side: float(sum(votes[one] for one in side) >= 51))
    assert found == pytest.approx({"a": 2 / 3, "b": 1 / 6, "c": 1 / 6})


def test_parts_that_add_up_have_no_interaction() -> None:
    """First, last and Shapley value are the same, and no pair adds anything."""
    adds = {"a": 3.0, "b": -1.0, "c": 0.5}
    game: Game = lambda on: 7 + sum(adds[one] for one in on)  # noqa: E731 - a game is a formula
    result = exact(tuple("abc"), played(tuple("abc"), game, game))
    for what in ("shapley", "first", "last"):
        assert effect(result, what) == pytest.approx(adds)
    np.testing.assert_allclose(result.interactions.value, 0.0, atol=1e-12)


@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_a_unanimity_game(size: int) -> None:
    """t players are needed: 1/t each, and 1/(t - 1) per pair (Grabisch and Roubens 1999)."""
    parts = tuple("abcdefg")
    needed_ones = frozenset(parts[:size])
    game: Game = lambda on: float(needed_ones <= on)  # noqa: E731
    result = exact(parts, played(parts, game, game))
    assert effect(result) == pytest.approx(
        {part: (1 / size if part in needed_ones else 0.0) for part in parts}
    )
    assert pair(result, "a", "b") == pytest.approx(1 / (size - 1))
    assert pair(result, "a", "g") == pytest.approx(0.0)


# --- the definition -----------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_values_are_what_parts_add_averaged_over_all_orders(count: int) -> None:
    """The definition, order by order, in games without structure."""
    parts = tuple("abcde"[:count])
    games = random_games(parts, 3, count)
    result = exact(parts, played(parts, *(game.__getitem__ for game in games)))
    for replication, game in enumerate(games):
        for part in parts:
            added = []
            for order in permutations(parts):
                before = frozenset(order[: order.index(part)])
                added.append(game[before | {part}] - game[before])
            rows = result.each[
                (result.each.replication == replication) & (result.each.part == part)
            ]
            assert rows.value.iloc[0] == pytest.approx(np.mean(added))


def test_interactions_are_the_definitions() -> None:
    """The change that one part makes to what another adds, pair glued or apart in all orders."""
    parts = tuple("abcd")
    game = random_games(parts, 1, 4)[0]
    result = exact(parts, played(parts, game.__getitem__, game.__getitem__))
    for row in result.interactions.to_dict("records"):
        one, other = row["part"], row["other"]
        rest = [part for part in parts if part not in (one, other)]
        changes = []
        for order in permutations([*rest, "pair"]):
            before = frozenset(order[: order.index("pair")])
            both = game[before | {one, other}] + game[before]
            changes.append(both - game[before | {one}] - game[before | {other}])
        assert row["value"] == pytest.approx(np.mean(changes))


def test_values_add_up_in_every_replication() -> None:
    """To the whole reform minus the baseline, up to rounding."""
    parts = tuple("abcdefgh")
    values = played(parts, *(game.__getitem__ for game in random_games(parts, 4, 8)))
    result = exact(parts, values)
    wide = values.pivot(index="coalition", columns="replication", values="value")
    sums = result.each.groupby("replication").value.sum()
    np.testing.assert_allclose(sums, wide.loc[255] - wide.loc[0], rtol=0, atol=1e-13)
    ends = result.ends.set_index("what").value
    assert ends["difference"] == pytest.approx(ends["all"] - ends["none"])


def test_first_and_last_effects() -> None:
    """A part against none, and all against all but the part."""
    parts = tuple("abc")
    game = random_games(parts, 1, 1)[0]
    result = exact(parts, played(parts, game.__getitem__, game.__getitem__))
    everyone = frozenset(parts)
    for part in parts:
        assert effect(result, "first")[part] == pytest.approx(
            game[frozenset(part)] - game[frozenset()]
        )
        assert effect(result, "last")[part] == pytest.approx(
            game[everyone] - game[everyone - {part}]
        )


# --- intervals and input ------------------------------------------------------------


def test_intervals_are_those_of_values_by_replication() -> None:
    """Student's t over the values that each replication has by itself."""
    parts = tuple("abc")
    result = exact(parts, played(parts, *(game.__getitem__ for game in random_games(parts, 6, 3))))
    row = result.effects[(result.effects.what == "shapley") & (result.effects.part == "b")].iloc[0]
    each = result.each[result.each.part == "b"].value
    expected = ttest_1samp(each, 0.0).confidence_interval(0.95)
    assert (row.lo, row.hi) == pytest.approx((expected.low, expected.high))
    assert row.n == 6


def test_a_replication_that_lacks_a_coalition_is_left_out_of_all() -> None:
    """So that every value is over the same luck."""
    parts = tuple("abc")
    games = [game.__getitem__ for game in random_games(parts, 4, 5)]
    values = played(parts, *games)
    values.loc[(values.coalition == 5) & (values.replication == 1), "value"] = np.nan
    whole = exact(parts, played(parts, games[0], games[2], games[3]))
    pd.testing.assert_frame_equal(exact(parts, values).effects, whole.effects)


def test_coalitions_are_numbered_by_their_bits() -> None:
    """The smallest first, each with what is in it."""
    table = coalitions(["a", "b", "c"])
    assert list(table.coalition) == [0, 1, 2, 4, 3, 5, 6, 7]
    row = table[table.coalition == 5].iloc[0]
    assert (row["size"], row.a, row.b, row.c) == (2, True, False, True)


def test_what_cannot_be_shared_out_is_refused() -> None:
    """In one line each."""
    parts = tuple("ab")
    game: Game = lambda on: float(len(on))  # noqa: E731
    values = played(parts, game, game)
    with pytest.raises(ValueError, match=r"coalition 3 \(a \+ b\): no value"):
        exact(parts, values[values.coalition != 3])
    with pytest.raises(ValueError, match="complete replications = 1: allowed: 2 or more"):
        exact(parts, values[values.replication == 0])
    with pytest.raises(ValueError, match="stands twice"):
        exact(parts, pd.concat([values, values]))
    with pytest.raises(ValueError, match="'a' stands twice"):
        coalitions(["a", "a"])
    with pytest.raises(ValueError, match="parts: 9; allowed: 1 to 8, or sampled orders"):
        coalitions(list("abcdefghi"))
    for count in (2, 5):
        with pytest.raises(ValueError, match=f"orders = {count}: allowed: an even number"):
            orders(parts, count, 1)


# --- sampled orders -----------------------------------------------------------------


def test_orders_come_with_their_reverse_and_more_begin_with_the_same() -> None:
    """So that a study can be extended."""
    few, many = orders(tuple("abcdefghij"), 6, 3), orders(tuple("abcdefghij"), 12, 3)
    assert many[:6] == few
    assert all(one == other[::-1] for one, other in zip(few[0::2], few[1::2], strict=True))
    assert all(sorted(order) == list(range(10)) for order in few)


def test_needed_coalitions_are_enough_and_none_is_idle() -> None:
    """Those passed on the way, the parts alone, and all but one part."""
    parts = tuple("abcdefghij")
    chosen = orders(parts, 4, 1)
    numbers = set(needed(parts, chosen).coalition)
    passed = {sum(1 << place for place in order[:step]) for order in chosen for step in range(11)}
    edges = {1 << place for place in range(10)} | {1023 - (1 << place) for place in range(10)}
    assert numbers == passed | edges


def test_all_orders_give_the_exact_values() -> None:
    """The estimator is the definition once nothing is left out."""
    parts = tuple("abcd")
    values = played(parts, *(game.__getitem__ for game in random_games(parts, 3, 6)))
    found = [order for order in permutations(range(4)) if order < order[::-1]]
    every = [one for order in found for one in (order, order[::-1])]
    whole, part = exact(parts, values), sampled(parts, values, every)
    assert effect(part) == pytest.approx(effect(whole))
    for what in ("first", "last"):
        assert effect(part, what) == pytest.approx(effect(whole, what))
    merged = whole.each.merge(part.each, on=["replication", "part"])
    np.testing.assert_allclose(merged.value_x, merged.value_y)
    assert (part.orders, len(part.interactions)) == (24, 0)


def test_sampled_values_add_up_in_every_replication() -> None:
    """Every single order does."""
    parts = tuple("abcdefghij")
    chosen = orders(parts, 6, 2)
    numbers = needed(parts, chosen).coalition
    rng = np.random.default_rng(1)
    rows = [(number, run, rng.normal()) for number in numbers for run in range(3)]
    values = pd.DataFrame(rows, columns=["coalition", "replication", "value"])
    wide = values.pivot(index="coalition", columns="replication", values="value")
    sums = sampled(parts, values, chosen).each.groupby("replication").value.sum()
    np.testing.assert_allclose(sums, wide.loc[1023] - wide.loc[0], atol=1e-12)


def test_where_orders_do_not_matter_the_error_is_that_of_replications() -> None:
    """In a game that adds up, sampled and exact intervals are the same."""
    parts = tuple("abc")
    games = [
        lambda on, luck=luck: sum(luck * (ord(one) - 90) for one in on) for luck in (1.0, 2.0, 4.0)
    ]
    values = played(parts, *games)
    columns = ["value", "lo", "hi", "se"]
    one, other = exact(parts, values), sampled(parts, values, orders(parts, 8, 1))
    pd.testing.assert_frame_equal(one.effects[columns], other.effects[columns])


@pytest.mark.parametrize("spreads", [(1.0, 0.0, 1.0), (0.0, 1.0, 1.0), (1.0, 1.0, 0.3)])
def test_intervals_over_orders_and_replications_cover(spreads: tuple[float, float, float]) -> None:
    """Rows and columns crossed, both random: at least about 95 of 100 intervals hold the truth."""
    rng = np.random.default_rng(9)
    held = 0
    for _ in range(600):
        rows, columns = rng.normal(size=(12, 1)), rng.normal(size=(1, 6))
        rest = rng.normal(size=(12, 6))
        row = _crossed(spreads[0] * rows + spreads[1] * columns + spreads[2] * rest)
        held += row["lo"] <= 0 <= row["hi"]
    assert held >= binom.ppf(0.001, 600, 0.94)
