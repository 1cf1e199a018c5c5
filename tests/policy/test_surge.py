"""Police between patrol and rapid response: a lever that none can pull yet."""

import pytest

import sim
from experiments.compose import groups
from sim.policy.surge import Surge
from tests.policy import POLICIES
from tests.support import mapping_of, toy


@pytest.mark.parametrize("name", POLICIES)
def test_the_lever_is_off_in_every_arm(name: str) -> None:
    """Off is a rate of 0, which each policy states."""
    assert mapping_of(f"policy={name}")["policy"]["surge"] == {"rate": 0.0}


def test_off_is_the_one_option_that_ships() -> None:
    """``never``, and the lever says nothing but its rate."""
    assert groups()["policy/surge"] == ["never"]
    assert toy("policy/surge=never").policy.surge == Surge(rate=0.0)


@pytest.mark.parametrize("rate", ["0.1", "1", "-0.1", ".inf"])
def test_only_0_is_allowed(rate: str) -> None:
    """A rate that has no mechanism is refused, not ignored."""
    with pytest.raises(sim.CaseError, match=r"policy\.surge\.rate = .*equal to 0") as caught:
        toy(f"policy.surge.rate={rate}")
    assert "\n" not in str(caught.value)


def test_the_lever_must_be_stated() -> None:
    """There is no silent default."""
    mapping = toy().model_dump(mode="json")
    del mapping["policy"]["surge"]
    with pytest.raises(sim.CaseError, match=r"policy\.surge: missing; it must be given"):
        sim.load(mapping)
