"""Guards hold where they must, and bark where something of the layout is smuggled in."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

import sim
from sim import guards
from sim.case import Case
from sim.guards import GuardError, check_null_reform, check_same_twice, null_of
from sim.runner import run
from tests.policy import POLICIES
from tests.support import TOY, mapping_of, toy

BUSY = "world.demand.needs_per_1000_per_day=12"
LAYOUTS = ("fragmented_layered", "fragmented_partition", "fragmented_mixed", "merged")


def arms(*names: str) -> list[Case]:
    """Shipped policies over a small busy city."""
    return [toy(f"policy={name}", BUSY) for name in names]


# --- null reform --------------------------------------------------------------------


def test_all_shipped_layouts_agree_when_they_have_nothing_to_do() -> None:
    """Layered, partition, mixed and merged leave one record, in every field but the zone."""
    check_null_reform(arms(*LAYOUTS), days=2)


@pytest.mark.parametrize("name", POLICIES)
def test_every_shipped_policy_passes_beside_the_baseline(name: str) -> None:
    """Also with another dispatch, another staffing, another routing."""
    check_null_reform(arms("fragmented_layered", name))
    check_null_reform(arms(name, "fragmented_layered"))


@pytest.mark.parametrize("replication", range(1, 4))
def test_the_null_reform_holds_in_other_replications(replication: int) -> None:
    """On other maps, other partitions, other rosters."""
    check_null_reform([case.replicate(replication) for case in arms(*LAYOUTS)])


def test_the_null_reform_leaves_requests_to_answer() -> None:
    """It would be easy to agree on nothing: requests come, are answered, and queue."""
    base, merged = arms("fragmented_layered", "merged")
    rows = run(null_of(merged, base, 2)).requests
    assert len(rows) > 300
    assert (rows.status == "closed").mean() > 0.8
    assert (rows.queue > 0).any()
    assert not rows.handoffs.any()
    assert not rows.unclear.any()


def test_the_null_reform_keeps_the_layout_and_nothing_else_of_an_arm() -> None:
    """Zones are the arm's, all else is the baseline's without what a layout can act on."""
    base, merged = arms("fragmented_layered", "merged")
    null, plain = null_of(merged, base, 2), null_of(base, base, 2)
    assert null.policy.layout.lines == merged.policy.layout.lines
    assert null.policy.layout.unclear_share == 0
    assert null.policy.model_copy(update={"layout": plain.policy.layout}) == plain.policy
    assert (null.world, null.clock, null.draws) == (plain.world, plain.clock, plain.draws)
    zones = [run(case).requests.zone.nunique() for case in (null, plain)]
    assert zones[0] != zones[1]


def smuggling(**changes: Any) -> Callable[[Case, Case, int], Case]:
    """A null reform that leaves something in: dotted keys with __ for the dots."""

    def spoilt(case: Case, model: Case, days: int) -> Case:
        plain = null_of(case, model, days).model_dump()
        for key, value in changes.items():
            node: Any = plain
            *path, last = key.split("__")
            for part in path:
                node = node[part]
            node[last] = value
        return sim.load(plain)

    return spoilt


CADRES_ONLY = {
    "cadre": {"city_order": "own", "property": "own", "disputes": "cross", "hazards": "cross"},
    "police": {"emergency": "own", "livelihood": "own"},
}
SMUGGLED: dict[str, tuple[dict[str, Any], str]] = {
    "wrong names": ({"world__demand__misnamed": 0.3}, r"requests\.(worker|handoffs|role)"),
    "units": ({"policy__staffing__reach": "unit"}, r"requests\.\w+|work\.unit"),
    "fewer workers": ({"policy__staffing__balance": 0.0}, ""),
}


@pytest.mark.parametrize("key", ["wrong names", "units"])
def test_what_hangs_on_the_layout_does_not_pass(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    """Wrong names are handed on in one layout and not in the other; so are units."""
    changes, what = SMUGGLED[key]
    monkeypatch.setattr(guards, "null_of", smuggling(**changes))
    with pytest.raises(GuardError, match=rf"null reform: layouts 0 and 1 differ in {what}$"):
        check_null_reform(arms("fragmented_layered", "merged"))
