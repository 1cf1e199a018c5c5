"""What must hold before any effect may be shown.

One world: arms differ in their policy and in nothing else. A/A: the same case twice differs
by nothing. Before the reform date: up to the day on which the policy changes, nothing shows
that it will. Null reform: take away everything a layout can act on and all layouts give the
same record, in every field but the zone.
"""

from collections.abc import Iterator, Mapping, Sequence
from textwrap import shorten
from typing import Any

import pandas as pd

from sim.base import DOMAINS, CaseError
from sim.case import Case, load
from sim.record import Record
from sim.runner import run
from sim.units import DAY


class GuardError(RuntimeError):
    """A comparison that would show effects of the program, not of the reform."""


_OF_THE_ZONE = ["zone", "line"]


def check_one_world(arms: Mapping[str, Case]) -> None:
    """Refuse arms that differ in world, clock or draws: policy would not be what differs.

    The day of a reform is part of the policy: arms may have their own.

    Raises
    ------
    CaseError
        One line: the first key that differs, both values and their arms.
    """
    (first, model), *others = arms.items()
    for name, case in others:
        for part in ("world", "clock", "draws"):
            one, other = getattr(model.earlier, part), getattr(case.earlier, part)
            if one == other:
                continue
            key, left, right = next(_unequal(part, one.model_dump(), other.model_dump()))
            raise CaseError(
                f"{key} = {right} in {name}, {left} in {first}; allowed: one value for all arms, "
                "which differ in their policy"
            )


def _unequal(key: str, one: Any, other: Any) -> Iterator[tuple[str, str, str]]:
    """Keys under which two nested mappings differ, with both values."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in {**one, **other}:
            yield from _unequal(f"{key}.{name}", one.get(name), other.get(name))
    elif one != other:
        yield key, _shown(one), _shown(other)


def _shown(value: Any) -> str:
    """A value in a line: a long table is cut."""
    return shorten(repr(value), 60, placeholder=" ...")


def check_same_twice(case: Case) -> None:
    """Run a case twice: every field of both tables must be equal to the bit.

    Raises
    ------
    GuardError
    """
    first, second = run(case), run(case)
    if difference := _first_difference(first, second, drop=[]):
        raise GuardError(f"A/A: the same case run twice differs in {difference}")


def check_before_reform(case: Case) -> None:
    """What was closed before the policy changed is what it is without the change, to the bit.

    Raises
    ------
    GuardError
    """
    if case.before is None:
        return
    pair = [run(item).requests for item in (case, case.earlier)]
    closed = [rows[rows.t_close < case.clock.reform_day * DAY] for rows in pair]
    if difference := _unequal_column(
        "requests", *(rows.astype("object").reset_index(drop=True) for rows in closed)
    ):
        raise GuardError(f"before the reform date: {difference} differs")


def check_null_reform(cases: Sequence[Case], days: int = 1) -> None:
    """Strip cases of all that a layout can act on: their records must then agree.

    Raises
    ------
    GuardError
    CaseError
        The cases are not of one world, so that stripping one would not strip the others.
    """
    check_one_world({f"arm {number}": case for number, case in enumerate(cases)})
    records = [run(null_of(case, cases[0], days)) for case in _one_per_layout(cases)]
    for number, record in enumerate(records[1:], start=1):
        if difference := _first_difference(records[0], record, drop=_OF_THE_ZONE):
            raise GuardError(f"null reform: layouts 0 and {number} differ in {difference}")


def _one_per_layout(cases: Sequence[Case]) -> list[Case]:
    found: dict[str, Case] = {}
    for case in cases:
        found.setdefault(case.policy.layout.model_dump_json(), case)
    return list(found.values())


def null_of(case: Case, model: Case, days: int) -> Case:
    """The layout of ``case`` under a policy and a world that leave it nothing to do.

    Parameters
    ----------
    model : the arm whose other levers all take; the world is the same in every arm
    """
    plain: dict[str, Any] = {**model.model_dump(), "before": None}
    plain["clock"]["reform_day"] = float("inf")
    plain["world"]["demand"].update(misnamed=0.0, joint_share=0.0)
    plain["world"]["service"]["patrol"]["steps_per_hour"] = 0.0
    plain["world"]["service"]["dilution"] = 0.0
    plain["clock"].update(warmup_days=0, days=days, follow_up_days=1)
    policy = plain["policy"]
    policy["layout"] = {**case.policy.layout.model_dump(), "unclear_share": 0.0}
    policy["dispatch"].update(
        rule="nearest", overflow=0, chain=0, reserve={}, ageing_per_h=0, queue_capacity=1e9
    )
    policy["sensing"]["beyond_line"] = 1
    staffing = policy["staffing"]
    staffing["leaders"]["approval_min"] = 0.0
    everything = dict.fromkeys(DOMAINS, "own")
    staffing.update(reach="city", posts=[], skills=dict.fromkeys(staffing["heads"], everything))
    return load(plain)


def _first_difference(one: Record, other: Record, drop: list[str]) -> str:
    """The first field in which two records differ, or an empty string."""
    pairs = (
        ("requests", one.requests.drop(columns=drop), other.requests.drop(columns=drop)),
        ("work", one.work, other.work),
    )
    for name, left, right in pairs:
        if difference := _unequal_column(name, left, right):
            return difference
    return ""


def _unequal_column(name: str, left: pd.DataFrame, right: pd.DataFrame) -> str:
    """The first column in which two tables differ, or an empty string."""
    if len(left) != len(right):
        return f"the number of {name} ({len(left)} and {len(right)})"
    for column in left.columns:
        if not _equal(left[column], right[column]):
            return f"{name}.{column}"
    return ""


def _equal(left: pd.Series, right: pd.Series) -> bool:
    return bool(((left == right) | (left.isna() & right.isna())).all())
