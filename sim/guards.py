"""What must hold before any effect may be shown.

A/A: the same case twice differs by nothing. Null reform: take away everything a layout
can act on and all layouts give the same record, in every field but the zone.
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from sim.base import DOMAINS
from sim.case import Case, load
from sim.record import Record
from sim.runner import run


class GuardError(RuntimeError):
    """A comparison that would show effects of the program, not of the reform."""


_OF_THE_ZONE = ["zone", "line"]


def check_same_twice(case: Case) -> None:
    """Run a case twice: every field of both tables must be equal to the bit.

    Raises
    ------
    GuardError
    """
    first, second = run(case), run(case)
    if difference := _first_difference(first, second, drop=[]):
        raise GuardError(f"A/A: the same case run twice differs in {difference}")


def check_null_reform(cases: Sequence[Case], days: int = 1) -> None:
    """Strip cases of all that a layout can act on: their records must then agree.

    Raises
    ------
    GuardError
    """
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
    """The layout of ``case`` under a policy and a world that leave it nothing to do."""
    plain: dict[str, Any] = model.model_dump()
    plain["world"]["demand"]["misnamed"] = 0.0
    plain["world"]["service"]["patrol_steps_per_hour"] = 0.0
    plain["clock"].update(warmup_days=0, days=days, follow_up_days=1)
    policy = plain["policy"]
    policy["layout"] = {**case.policy.layout.model_dump(), "unclear_share": 0.0}
    policy["dispatch"].update(rule="nearest", overflow=0, reserve={}, queue_capacity=1e9)
    staffing = policy["staffing"]
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
        if len(left) != len(right):
            return f"the number of {name} ({len(left)} and {len(right)})"
        for column in left.columns:
            if not _equal(left[column], right[column]):
                return f"{name}.{column}"
    return ""


def _equal(left: pd.Series, right: pd.Series) -> bool:
    return bool(((left == right) | (left.isna() & right.isna())).all())
