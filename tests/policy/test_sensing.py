"""Reporting beyond one's own domains: a lever that none can pull yet."""

import pytest

import sim
from experiments.compose import groups
from sim.policy.sensing import Sensing
from tests.policy import POLICIES
from tests.support import mapping_of, toy


@pytest.mark.parametrize("name", POLICIES)
def test_the_lever_is_off_in_every_arm(name: str) -> None:
    """Off is a rate of 0, which each policy states."""
    assert mapping_of(f"policy={name}")["policy"]["sensing"] == {"rate": 0.0}


def test_off_is_the_one_option_that_ships() -> None:
    """``own``, and the lever says nothing but its rate."""
    assert groups()["policy/sensing"] == ["own"]
    assert toy("policy/sensing=own").policy.sensing == Sensing(rate=0.0)


@pytest.mark.parametrize("rate", ["0.1", "1", "-0.1", ".inf"])
def test_only_0_is_allowed(rate: str) -> None:
    """A rate that has no mechanism is refused, not ignored."""
    with pytest.raises(sim.CaseError, match=r"policy\.sensing\.rate = .*equal to 0") as caught:
        toy(f"policy.sensing.rate={rate}")
    assert "\n" not in str(caught.value)


def test_the_lever_must_be_stated() -> None:
    """There is no silent default."""
    mapping = toy().model_dump(mode="json")
    del mapping["policy"]["sensing"]
    with pytest.raises(sim.CaseError, match=r"policy\.sensing: missing; it must be given"):
        sim.load(mapping)
