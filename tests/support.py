"""What tests share: composing a case from words, as the command line does."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import pytest

import sim
from experiments.compose import CASE, resolve, session

AGAIN = pytest.mark.again  # what more of the same would show; see pyproject
TOY = (
    "clock=week",
    "clock.days=3",
    "clock.follow_up_days=1",
    "world.city.width=24",
    "world.city.height=20",
    "world.city.residents=12000",
    "policy.staffing.heads={cadre:30,police:20,city_officer:12,property_staff:16,volunteer:20}",
)


@lru_cache(maxsize=256)
def mapping_of(*words: str) -> dict[str, Any]:
    """The resolved mapping of a case; do not change it in place."""
    with session(None):
        resolved = resolve(list(words))
    return {key: resolved[key] for key in CASE}


def first(few: int, values: Iterable[Any]) -> list[Any]:
    """Values of a parameter: a few in every run of the tests, the others with ``-m again``."""
    return [
        value
        if number < few
        else pytest.param(*(value if isinstance(value, tuple) else (value,)), marks=AGAIN)
        for number, value in enumerate(values)
    ]


def case_of(*words: str) -> sim.Case:
    """A case from overrides of the default config."""
    return sim.load(mapping_of(*words))


def toy(*words: str) -> sim.Case:
    """A small city that runs in milliseconds."""
    return case_of(*TOY, *words)


def lab(*words: str) -> sim.Case:
    """A laboratory: one zone, one role, no frictions, unless the words say otherwise."""
    return case_of("world=lab", "policy=lab", *words)
