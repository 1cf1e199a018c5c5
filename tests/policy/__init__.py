"""A stage for a few workers and a few requests, and the arms that ship.

A test sets the scene as data: which cells are whose, who is posted where on which shift,
and what happens when. The engine plays it, and the test reads what became of whom.
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from functools import lru_cache
from typing import Any

import pandas as pd

import sim
from experiments.compose import CONFIGS
from sim.base import DOMAINS, Class, Domain
from sim.engine.build import Plan, plan
from tests.support import case_of, mapping_of, toy

POLICIES = tuple(
    sorted(path.stem for path in (CONFIGS / "policy").glob("*.yaml") if path.stem != "lab")
)
SAME_PEOPLE = tuple(name for name in POLICIES if name != "reform_plus")  # which adds some
ALWAYS = (("00:00", "24:00", 1.0),)
STAGE = ("world=lab", "policy=lab", "clock=week", "clock.warmup_days=0", "clock.follow_up_days=0")


def need(
    t: float,
    cell: int = 0,
    domain: Domain = "city_order",
    urgency: Class = "routine",
    work: float = 30.0,
    **more: Any,
) -> dict[str, Any]:
    """A request reported at ``t`` [min] with so much work [min], or another need of the tape."""
    return {"t_min": t, "cell": cell, "domain": domain, "urgency": urgency, "work_min": work} | more


def then(domain: Domain = "city_order", work: float = 30.0) -> dict[str, Any]:
    """What follows from a need: its second part, or its reopening."""
    return {"domain": domain, "work_min": work}


def post(role: str, *zones: int, home: int = 0) -> dict[str, Any]:
    """A worker posted to zones, with a home cell."""
    return {"role": role, "zones": list(zones), "home": home}


def line(name: str, *domains: Domain, zones: int = 1, cells: Iterable[int] = ()) -> dict[str, Any]:
    """A line of the layout; ``cells`` names the zone of every cell."""
    return {
        "name": name,
        "domains": list(domains or DOMAINS),
        "zones": zones,
        "dedicated": [],
        "cells": list(cells),
    }


def stage(needs: list[dict[str, Any]], posts: list[dict[str, Any]], *words: str) -> dict[str, Any]:
    """A laboratory mapping with these requests and these workers; yours to change."""
    mapping = deepcopy(mapping_of(*STAGE, *words))
    mapping["world"]["demand"]["tape"] = needs
    mapping["policy"]["staffing"]["posts"] = posts
    return mapping


def hire(
    mapping: dict[str, Any],
    role: str,
    skills: Mapping[Domain, str],
    shifts: Iterable[tuple[str, str, float]] = ALWAYS,
    *,
    speed_kmh: float = 6.0,
    responder: bool = False,
) -> None:
    """Put a role on the stage: what it can do, when it works, and how fast it moves."""
    service, staffing = mapping["world"]["service"], mapping["policy"]["staffing"]
    service["roles"][role] = {
        "speed_kmh": speed_kmh,
        "startup_min": 0.0,
        "background": 0.0,
        "sweep": 1.0,
        "visible": 0,
        "turnout": 0,
    }
    rota = [{"start": start, "end": end, "share": share} for start, end, share in shifts]
    staffing["rotas"][role] = {"shifts": rota, "days_on": 7, "from_day": -1}
    staffing["skills"][role] = dict(skills)
    if responder:
        service["cover"]["responders"] = [*service["cover"]["responders"], role]


def play(mapping: dict[str, Any]) -> pd.DataFrame:
    """The requests of a played scene, in the order in which they were written down."""
    return sim.run(sim.load(mapping)).requests.set_index("request").sort_index()


@lru_cache(maxsize=32)
def planned(name: str, *words: str) -> Plan:
    """Chibi at full size under a shipped policy, drawn but not run."""
    return plan(case_of(f"policy={name}", "clock=week", *words))


@lru_cache(maxsize=64)
def planned_toy(name: str, *words: str) -> Plan:
    """A small city under a shipped policy, drawn but not run."""
    return plan(toy(f"policy={name}", *words))
