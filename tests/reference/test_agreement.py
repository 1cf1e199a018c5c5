"""The engine and the reference model agree element by element.

Every request (who came, as what, when, after how many handoffs, and each part of the time)
and every worker's minutes, in small cities under every shipped policy.
"""

from copy import deepcopy
from dataclasses import replace
from functools import lru_cache
from typing import Any

import pytest

import sim
from tests.policy import POLICIES
from tests.reference.agreement import Pair, both, differences
from tests.reference.words import BUSY, OVERFLOW, ROUND_THE_CLOCK
from tests.support import first, mapping_of, toy

STANDING = "world.service.patrol.steps_per_hour=0"
WORLDS: dict[str, tuple[str, ...]] = {
    "as shipped": (),
    "nobody patrols": (STANDING,),
    "no cover at all": ("world.service.cover.neighbours=0", "world.service.cover.night=0"),
    "neighbours only": ("world.service.cover.night=0",),
    "night only": ("world.service.cover.neighbours=0",),
    "routine round the clock": (ROUND_THE_CLOCK,),
    "no background duties": ("world.service.background.share=0",),
    "many background duties": ("world.service.background.share=0.7",),
    "nothing interrupts": ("world.service.background.interrupted_by=[]",),
    "everything interrupts": (
        "world.service.background.interrupted_by=[emergency,urgent,routine]",
    ),
    "many misnamed, much unclear": (
        "world.demand.misnamed=0.3",
        "world.city.disputed_share=0.2",
    ),
    "back home after a job": ("policy.dispatch.after_job=home",),
    "neighbours help": (OVERFLOW,),
    "the whole line helps": (OVERFLOW, "policy.dispatch.overflow_reach=line"),
    "a police reserve": ("policy.dispatch.reserve={police: 1}",),
    "short queues": ("policy.dispatch.queue_capacity=2",),
}
LOADS: dict[str, tuple[str, ...]] = {
    "busy": (BUSY,),
    "busy, neighbours help": (BUSY, OVERFLOW),
    "busy, the whole line helps": (BUSY, OVERFLOW, "policy.dispatch.overflow_reach=line"),
    "busy, a police reserve": (BUSY, "policy.dispatch.reserve={police: 1}"),
    "busy, ageing": (BUSY, "policy.dispatch.ageing_per_h=0.5"),
    "busy, ageing, the line helps": (BUSY, OVERFLOW, "policy.dispatch.ageing_per_h=2"),
    "busy, short queues": (BUSY, "policy.dispatch.queue_capacity=2"),
    "busy, round the clock": (BUSY, ROUND_THE_CLOCK, "world.service.background.share=0.2"),
}
SERVERS = 3


def case(policy: str, *words: str) -> sim.Case:
    """A toy city under a shipped policy."""
    return toy(f"policy={policy}", *words)


@lru_cache(maxsize=2)
def busy(policy: str) -> Pair:
    """Both models in a busy toy city."""
    return both(case(policy, BUSY, "clock.days=1"))


def lab(seed: int, *words: str) -> dict[str, Any]:
    """A laboratory with a few servers and more work than they can do; yours to change."""
    return deepcopy(
        mapping_of(
            "world=lab",
            "policy=lab",
            "clock=week",
            f"policy.staffing.heads.server={SERVERS}",
            "world.demand.needs_per_1000_per_day=120",
            "world.demand.urgent_share=0.3",
            f"draws.seed={seed}",
            *words,
        )
    )


# --- everything that ships ----------------------------------------------------------


@pytest.mark.parametrize("policy", POLICIES)
def test_they_agree_under_every_shipped_policy(policy: str) -> None:
    assert not differences(both(case(policy)))


@pytest.mark.parametrize("policy", first(2, POLICIES))
def test_they_agree_when_nobody_patrols(policy: str) -> None:
    assert not differences(both(case(policy, STANDING).replicate(1)))


@pytest.mark.parametrize("world", first(3, WORLDS))
@pytest.mark.parametrize("policy", first(1, ["merged", "fragmented_layered"]))
def test_they_agree_in_every_kind_of_world(policy: str, world: str) -> None:
    assert not differences(both(case(policy, *WORLDS[world]).replicate(2)))


@pytest.mark.parametrize("load", first(2, LOADS))
def test_they_agree_under_load(load: str) -> None:
    policy = "fragmented_mixed" if "line" in load else "merged"
    assert not differences(both(case(policy, "clock.days=1", *LOADS[load])))


@pytest.mark.again
def test_they_agree_when_cadres_answer_emergencies_too() -> None:
    assert not differences(both(case("merged", "policy/staffing=merged_first_aid", BUSY)))


# --- laboratories -------------------------------------------------------------------


@pytest.mark.parametrize("after_job", ["stay", "home"])
@pytest.mark.parametrize("capacity", [".inf", "2", "0"])
def test_they_agree_on_lists_of_preference(after_job: str, capacity: str) -> None:
    mapping = lab(
        7,
        f"policy.dispatch.after_job={after_job}",
        f"policy.dispatch.queue_capacity={capacity}",
    )
    orders = [[(cell + turn) % SERVERS for turn in range(SERVERS)] for cell in range(100)]
    mapping["policy"]["dispatch"] |= {"rule": "preference", "preference": orders}
    assert not differences(both(sim.load(mapping)))


@pytest.mark.parametrize("speed_kmh", [6.0, float("inf")])
@pytest.mark.parametrize("law", ["deterministic", "exponential"])
def test_they_agree_when_many_things_happen_at_one_instant(law: str, speed_kmh: float) -> None:
    """Whole minutes everywhere: jobs end, requests arrive and doors open together."""
    mapping = lab(8, f"world.service.work.law={law}", ROUND_THE_CLOCK.replace("00:00", "01:00"))
    mapping["world"]["service"]["roles"]["server"]["speed_kmh"] = speed_kmh
    classes = ("emergency", "urgent", "routine")
    mapping["world"]["demand"]["tape"] = [
        {
            "t_min": float(10 * (number // 4)),
            "cell": number * 37 % 100,
            "domain": "city_order",
            "urgency": classes[number * 5 % 3],
            "work_min": 10.0 + 10 * (number % 3),
        }
        for number in range(200)
    ]
    assert not differences(both(sim.load(mapping)))


def scene(needs: list[tuple[float, int, float]], zones: int, always: int) -> dict[str, Any]:
    """A strip of zones of one cell each, with cover, and one worker in each.

    ``needs`` are (reported, cell, work). All work by day but the one in zone ``always``.
    """
    mapping = lab(9, f"world.city.width={zones}", "world.city.height=1", "clock.warmup_days=0")
    service, staffing = mapping["world"]["service"], mapping["policy"]["staffing"]
    service["cover"]["neighbours"] = 1
    service["roles"]["day"] = service["roles"]["server"]
    rota = {"shifts": [{"start": "08:00", "end": "18:00", "share": 1.0}]}
    staffing["rotas"]["day"] = staffing["rotas"]["server"] | rota
    staffing["skills"]["day"] = staffing["skills"]["server"]
    staffing["posts"] = [
        {"role": "server" if zone == always else "day", "zones": [zone], "home": zone}
        for zone in range(zones)
    ]
    mapping["policy"]["layout"]["lines"][0] |= {"zones": zones, "cells": list(range(zones))}
    mapping["world"]["demand"]["tape"] = [
        {"t_min": t, "cell": cell, "domain": "city_order", "urgency": "urgent", "work_min": work}
        for t, cell, work in needs
    ]
    return mapping


def test_somebody_late_for_his_shift_is_on_duty_and_busy() -> None:
    """His job ends at 9:40; since 8:00 he is on duty, so nobody stands in for him."""
    pair = both(sim.load(scene([(1020.0, 0, 1000.0), (1950.0, 0, 30.0)], 2, 1)))
    assert not differences(pair)
    assert pair.requests.t_dispatch[1] == 2020.0
    assert pair.requests.queue[1] == 70.0


def test_whoever_waits_longest_asks_first_when_several_leave() -> None:
    """Two zones lose their last worker at 18:00; the one who stands in has two neighbours."""
    needs = [(900.0, 0, 300.0), (910.0, 2, 300.0), (1020.0, 2, 30.0), (1050.0, 0, 30.0)]
    pair = both(sim.load(scene(needs, 3, 1)))
    assert pair.requests.t_dispatch[2] == 1080.0
    assert pair.requests.worker[2] == 1
    assert not differences(pair)


# --- that agreement means something -------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "word"),
    first(
        2,
        [
            ("merged", "policy.staffing.slowdown=0.16"),
            ("merged", "policy.dispatch.reserve={police: 1}"),
            ("merged", "world.service.background.interrupted_by=[emergency]"),
            ("fragmented_layered", "world.demand.misnamed=0.05"),
        ],
    ),
)
def test_a_small_change_of_the_case_shows_in_the_comparison(policy: str, word: str) -> None:
    """Were one of the two models to miss a rule, the tests above would fail."""
    plain = busy(policy)
    changed = sim.run(case(policy, BUSY, "clock.days=1", word))
    assert not differences(plain)
    assert differences(replace(plain, record=changed))


# --- more of everything ---------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("world", WORLDS | LOADS)
@pytest.mark.parametrize("policy", POLICIES)
def test_they_agree_in_more_worlds(policy: str, world: str) -> None:
    every = WORLDS | LOADS
    assert not differences(both(case(policy, *every[world]).replicate(3)))
