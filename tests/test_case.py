"""A case is validated as a whole: what is wrong is named, what is right has one digest."""

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

import sim
from sim.case import Clock, Draws, Redraw
from sim.world import Seeds
from tests.support import mapping_of, toy

Path = tuple[str | int, ...]


def chibi() -> dict[str, Any]:
    """The default mapping; yours to change."""
    return deepcopy(mapping_of())


def leaves(node: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value of a mapping that is not a table or a list, with the path to it."""
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in items:
        if isinstance(value, dict | list):
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key), value


def tables(node: Any, path: Path = ()) -> Iterator[Path]:
    """The path to every table with fixed keys."""
    if isinstance(node, dict):
        yield path
        for key, value in node.items():
            yield from tables(value, (*path, key))


def changed(path: Path, value: Any) -> dict[str, Any]:
    """The default mapping with one value in another's place."""
    mapping = chibi()
    node: Any = mapping
    for part in path[:-1]:
        node = node[part]
    node[path[-1]] = value
    return mapping


def dotted(path: Path) -> str:
    """A path as messages show it."""
    return ".".join(str(part) for part in path)


def refusal(mapping: Any) -> str:
    """The line with which a mapping is refused."""
    with pytest.raises(sim.CaseError) as caught:
        sim.load(mapping)
    line = str(caught.value)
    assert "\n" not in line
    assert len(line) < 700
    return line


# --- what is refused ----------------------------------------------------------------


@pytest.mark.parametrize("table", ["", "world", "world.city", "policy.layout", "clock", "draws"])
def test_an_unknown_key_is_refused_and_the_known_ones_listed(table: str) -> None:
    """Also at the top and inside nested specs."""
    path: Path = (*table.split("."), "colour") if table else ("colour",)
    line = refusal(changed(path, 1))
    assert line.startswith(f"{dotted(path)}: unknown key; allowed: ")
    node: Any = mapping_of()
    for part in path[:-1]:
        node = node[part]
    assert line.partition("allowed: ")[2].split(", ") == sorted(node)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (
            ("world", "service", "roles", "cadre", "wings"),
            "background, speed_kmh, startup_min, sweep, turnout, visible",
        ),
        (("policy", "layout", "lines", 0, "wings"), "cells, dedicated, domains, name, zones"),
        (("policy", "staffing", "rotas", "police", "wings"), "days_on, from_day, shifts"),
        (("policy", "routing", "handoff", "urgent", "wings"), "median_min, office_hours"),
    ],
)
def test_an_unknown_key_in_a_row_of_a_table_lists_the_keys_of_a_row(
    path: Path, allowed: str
) -> None:
    """Tables by name and lists of specs too."""
    assert refusal(changed(path, 1)) == f"{dotted(path)}: unknown key; allowed: {allowed}"


@pytest.mark.parametrize("key", ["world", "policy", "clock", "draws"])
def test_what_is_missing_is_named(key: str) -> None:
    """Nothing has a silent default."""
    mapping = chibi()
    del mapping[key]
    assert refusal(mapping) == f"{key}: missing; it must be given"


def test_no_value_of_a_case_may_be_left_out() -> None:
    """Of every table of levers and world, any fixed key that is taken out is missed.

    A share of hidden problems is missed in their sum.
    """
    free = ("reserve", "participation", "elderly_in", "balanced", "skills", "units", "heads")
    free = (*free, "specialist_share")  # as skills: what is missing is none
    refused = 0
    for path, _ in leaves(chibi()):
        if any(part in free for part in path) or isinstance(path[-1], int):
            continue
        mapping: Any = chibi()
        node = mapping
        for part in path[:-1]:
            node = node[part]
        del node[path[-1]]
        with pytest.raises(sim.CaseError, match=r"missing|latent: shares must sum to 1"):
            sim.load(mapping)
        refused += 1
    assert refused > 80


def test_a_value_of_the_wrong_type_is_refused_wherever_it_stands() -> None:
    """Words where numbers belong, numbers where words belong, flags nowhere but where meant."""
    for path, value in leaves(chibi()):
        wrong: Any = "many" if isinstance(value, bool | int | float) else 3
        line = refusal(changed(path, wrong))
        start = f"{dotted(path)} = {wrong!r}: "
        allowed = ("input should be ", "a quoted time of day")
        assert line.startswith(tuple(start + says for says in allowed)), line


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), -1.0])
def test_no_number_may_be_below_its_bounds_or_undefined(value: float) -> None:
    """Every float of a case has a lower bound, and none may be NaN."""
    for path, old in leaves(chibi()):
        if isinstance(old, float):
            assert refusal(changed(path, value)).startswith(f"{dotted(path)}"), path


OUT_OF_RANGE: list[tuple[Path, Any, str]] = [
    (("clock", "days"), 0, "greater than or equal to 1"),
    (("clock", "warmup_days"), 3651, "less than or equal to 3650"),
    (("clock", "tick_min"), 0, "greater than 0"),
    (("draws", "seed"), 2**63, "less than 9223372036854775808"),
    (("draws", "seed"), -1, "greater than or equal to 0"),
    (("draws", "replication"), 2**31, "less than 2147483648"),
    (("draws", "redraw", "city"), 2, "less than or equal to 1"),
    (("world", "city", "width"), 1001, "less than or equal to 1000"),
    (("world", "city", "detour"), 0.9, "greater than or equal to 1"),
    (("world", "people", "elderly_share"), 1.01, "less than or equal to 1"),
    (("world", "service", "background", "share"), 0.96, "less than or equal to 0.95"),
    (("world", "demand", "misnamed"), 0.96, "less than or equal to 0.95"),
    (("policy", "staffing", "balance"), 1.5, "less than or equal to 1"),
    (("policy", "layout", "lines", 0, "zones"), 5001, "less than or equal to 5000"),
    (("policy", "dispatch", "overflow"), 2, "less than or equal to 1"),
    (("policy", "dispatch", "rule"), "random", "'nearest' or 'preference'"),
]


@pytest.mark.parametrize(
    ("path", "value", "allowed"), OUT_OF_RANGE, ids=[dotted(row[0]) for row in OUT_OF_RANGE]
)
def test_a_value_out_of_range_is_refused_with_the_range(
    path: Path, value: Any, allowed: str
) -> None:
    """Key, value and what is allowed, in one line."""
    line = refusal(changed(path, value))
    assert line.startswith(f"{dotted(path)} = {value!r}: input should be ")
    assert line.endswith(allowed)


@pytest.mark.parametrize("mapping", [{}, [], None, {"world": object()}, {1: 2}, {"world": {1, 2}}])
def test_what_is_no_mapping_is_refused(mapping: Any) -> None:
    """In one line too, whatever somebody hands in."""
    assert refusal(mapping)


def test_a_case_cannot_be_changed() -> None:
    """Specs are frozen; tables in them are hashed by value."""
    case = toy()
    with pytest.raises(ValueError, match="frozen"):
        case.clock = case.clock  # type: ignore[misc]
    assert hash(case) == hash(toy())


# --- digest -------------------------------------------------------------------------


def shuffled(node: Any, rng: random.Random) -> Any:
    """The same mapping with the keys of every table in another order."""
    if isinstance(node, list):
        return [shuffled(item, rng) for item in node]
    if not isinstance(node, dict):
        return node
    keys = list(node)
    rng.shuffle(keys)
    return {key: shuffled(node[key], rng) for key in keys}


@pytest.mark.parametrize("seed", range(5))
def test_the_digest_does_not_hang_on_the_order_of_keys(seed: int) -> None:
    """Nor on how a number is written."""
    mapping = shuffled(chibi(), random.Random(seed))  # noqa: S311 not for secrets
    assert json.dumps(mapping) != json.dumps(chibi())
    assert sim.digest(sim.load(mapping)) == sim.digest(sim.load(chibi()))


def test_a_whole_number_and_its_decimal_form_are_one_value() -> None:
    """``1`` and ``1.0`` of a share give one digest."""
    digests = {
        sim.digest(sim.load(changed(("world", "demand", "readiness"), value))) for value in (1, 1.0)
    }
    assert len(digests) == 1


def test_every_value_counts_in_the_digest() -> None:
    """Whatever number is changed, the digest changes."""
    seen = {sim.digest(sim.load(chibi()))}
    changes = 0
    for path, value in leaves(chibi()):
        if not isinstance(value, float) or value in (0.0, float("inf")):
            continue
        try:
            case = sim.load(changed(path, value * 0.999))
        except sim.CaseError:
            continue  # shares that must sum to 1
        seen.add(sim.digest(case))
        changes += 1
    assert changes > 60
    assert len(seen) == changes + 1


def test_the_digest_is_the_same_on_every_day() -> None:
    """64 hexadecimal digits, of values only."""
    digest = sim.digest(toy())
    assert digest == sim.digest(toy())
    assert len(digest) == 64
    assert digest != sim.digest(toy().replicate(1))


def test_a_case_survives_being_written_and_read() -> None:
    """What it dumps loads into an equal case, infinite capacities included."""
    case = toy()
    assert case.policy.dispatch.queue_capacity == float("inf")
    assert sim.load(case.model_dump()) == case
    assert sim.digest(sim.load(case.model_dump())) == sim.digest(case)


# --- replications -------------------------------------------------------------------


def test_a_replication_changes_the_number_and_nothing_else() -> None:
    """The other case is left as it was."""
    case = toy()
    other = case.replicate(7)
    assert case.draws.replication == 0
    assert other.draws.replication == 7
    assert (other.world, other.policy, other.clock) == (case.world, case.policy, case.clock)
    assert other.replicate(0) == case


@pytest.mark.parametrize("number", [-1, 2**31, 1.5])
def test_a_replication_that_cannot_be_is_refused(number: Any) -> None:
    """As the same number in a config is: key, value and what is allowed."""
    with pytest.raises(sim.CaseError, match=rf"^draws\.replication = {number}: input should be"):
        toy().replicate(number)


@pytest.mark.parametrize("part", ["city", "layout", "rota", "demand"])
def test_a_replication_redraws_what_it_is_told_to(part: str) -> None:
    """What is kept follows replication 0, what is redrawn follows the replication."""
    flags = dict.fromkeys(("city", "layout", "rota", "demand"), 0) | {part: 1}
    draws = Draws(seed=11, replication=5, redraw=Redraw(**flags))
    expected = {name: 5 * flag for name, flag in flags.items()}
    assert draws.seeds == Seeds(seed=11, **expected)


def test_the_days_of_a_clock_add_up() -> None:
    """Warm-up, measured part and follow-up."""
    never = float("inf")
    clock = Clock(warmup_days=7, days=28, follow_up_days=6, reform_day=never, tick_min=15.0)
    assert clock.total_days == 41
