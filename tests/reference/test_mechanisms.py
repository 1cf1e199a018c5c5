"""The engine and the reference model agree with every mechanism on, alone and together."""

import pytest

import sim
from tests.policy import POLICIES
from tests.reference.agreement import both, differences
from tests.reference.scenes import scene
from tests.reference.words import BUSIER, BUSY, HIDDEN, MANY_EMERGENCIES, MECHANISMS, any_words
from tests.support import first, toy

DEMAND = {BUSY, BUSIER, HIDDEN, MANY_EMERGENCIES, "clock.days=1"}
FULL = (BUSY, HIDDEN, MANY_EMERGENCIES, *(word for name in MECHANISMS for word in MECHANISMS[name]))


@pytest.mark.parametrize("mechanism", first(4, MECHANISMS))
def test_they_agree_with_every_mechanism_on(mechanism: str) -> None:
    assert not differences(both(toy("policy=reform", *MECHANISMS[mechanism])))


@pytest.mark.parametrize("policy", first(1, ["reform_plus", "central", "merged_reserve"]))
def test_they_agree_with_all_of_them_on(policy: str) -> None:
    assert not differences(both(toy(f"policy={policy}", *FULL).replicate(1)))


@pytest.mark.parametrize("seed", first(4, range(16)))
def test_they_agree_when_everything_happens_in_whole_minutes(seed: int) -> None:
    assert not differences(both(sim.load(scene(seed))))


@pytest.mark.parametrize("seed", first(1, range(4)))
def test_they_agree_in_any_world(seed: int) -> None:
    assert not differences(both(toy(*any_words(seed))))


def test_they_agree_where_more_than_a_task_keeps_somebody_back() -> None:
    """From helping, by a request of his own; it is taken while he is in his next task."""
    words = (
        "policy=merged_reserve",
        "policy/sensing=anything",
        "policy.dispatch.overflow=1",
        "policy.dispatch.overflow_reach=line",
        "world.demand.needs_per_1000_per_day=10",
        "world.demand.latent.per_1000_per_day=6",
        "world.service.background.interrupted_by=[emergency,urgent,routine]",
        "draws.seed=193",
        "clock.days=1",
        "clock.follow_up_days=1",
    )
    assert not differences(both(toy(*words)))


# --- that agreement means something -----------------------------------------------------


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_every_mechanism_leaves_its_mark(mechanism: str) -> None:
    """Without a difference to the world without it, agreement would say nothing."""
    words = MECHANISMS[mechanism]
    plain = sim.run(toy("policy=merged", *(word for word in words if word in DEMAND)))
    marked = sim.run(toy("policy=merged", *words))
    assert not plain.requests.equals(marked.requests)


# --- more of everything -----------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("policy", POLICIES)
def test_they_agree_with_every_mechanism_under_every_policy(policy: str, mechanism: str) -> None:
    assert not differences(both(toy(f"policy={policy}", *MECHANISMS[mechanism]).replicate(2)))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4, 200))
def test_they_agree_in_many_worlds(seed: int) -> None:
    assert not differences(both(toy(*any_words(seed))))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(16, 200))
def test_they_agree_in_many_scenes(seed: int) -> None:
    assert not differences(both(sim.load(scene(seed))))
