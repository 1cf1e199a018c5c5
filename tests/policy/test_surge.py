"""Police between patrol and rapid response: who switches, when, and what it leaves waiting."""

from typing import Any

import pandas as pd
import pytest

import sim
from experiments.compose import groups
from sim.base import DOMAINS
from sim.engine.build import build, plan
from sim.runner import proceed
from tests.policy import POLICIES, hire, need, play, post, stage, then
from tests.support import mapping_of, toy
from tests.world import assert_share

EVERYTHING = dict.fromkeys(DOMAINS, "own")
CRASH: dict[str, Any] = {"domain": "emergency", "urgency": "emergency"}
SWITCHING = ("reform", "reform_plus")


def crash(t: float, work: float = 100.0, **more: Any) -> dict[str, Any]:
    """An emergency that begins at ``t`` and is served for so long [min]."""
    return need(t, work=work, **CRASH, **more)


def station(
    needs: list[dict[str, Any]],
    *,
    officers: int = 3,
    rate: float = 1.0,
    open_at: int = 2,
    close_at: int = 0,
    clerks: int = 0,
) -> dict[str, Any]:
    """Police who can do everything, all of whom switch while two emergencies or more are open."""
    posts = [post("police", 0)] * officers + [post("clerk", 0)] * clerks
    mapping = stage(needs, posts)
    hire(mapping, "police", EVERYTHING, speed_kmh=float("inf"), responder=True)
    hire(mapping, "clerk", dict.fromkeys(DOMAINS[:5], "own"), speed_kmh=float("inf"))
    surge = {"rate": rate, "roles": ["police"], "open_at": open_at, "close_at": close_at}
    mapping["policy"]["surge"] = surge
    return mapping


# --- while it lasts -----------------------------------------------------------------


def test_while_many_emergencies_are_open_routine_work_waits() -> None:
    """The third officer is free from the start; he takes the request when the last one is over."""
    rows = play(station([crash(600), crash(601), need(610.0)]))
    assert rows.t_dispatch.tolist() == [600.0, 601.0, 701.0]


def test_at_a_rate_of_0_nobody_switches() -> None:
    """The free officer goes at once."""
    rows = play(station([crash(600), crash(601), need(610.0)], rate=0.0))
    assert rows.t_dispatch[2] == 610.0


@pytest.mark.parametrize(("close_at", "over"), [(0, 720.0), (1, 701.0), (2, 700.0)])
def test_it_ends_when_few_enough_are_open(close_at: int, over: float) -> None:
    """Of three, the first is served at 700, the second at 701, the last at 720."""
    needs = [crash(600), crash(601), crash(605, work=115.0), need(610.0)]
    mapping = station(needs, officers=4, open_at=3, close_at=close_at)
    assert play(mapping).t_dispatch[3] == over


@pytest.mark.parametrize(("open_at", "sent"), [(1, 700.0), (2, 610.0)])
def test_it_begins_with_as_many_as_the_threshold_says(open_at: int, sent: float) -> None:
    """One emergency is a surge at a threshold of one, and none at two."""
    rows = play(station([crash(600), need(610.0)], officers=2, open_at=open_at))
    assert rows.t_dispatch[1] == sent


def test_between_the_thresholds_it_stays_as_it_is() -> None:
    """Two open: none after one, still on after three."""
    rising = [crash(600), crash(601), need(610.0)]
    assert play(station(rising, officers=4, open_at=3, close_at=1)).t_dispatch[2] == 610.0
    falling = [crash(600, 10.0), crash(601), crash(602, 150.0), need(620.0)]
    assert play(station(falling, officers=4, open_at=3, close_at=1)).t_dispatch[3] == 701.0


def test_emergencies_are_served_as_ever() -> None:
    """That is what it is for."""
    rows = play(station([crash(600), crash(601), crash(650)]))
    assert rows.t_dispatch.tolist() == [600.0, 601.0, 650.0]


def test_urgent_requests_wait_as_well() -> None:
    """Everything but emergencies."""
    rows = play(station([crash(600), crash(601), need(610.0, urgency="urgent")]))
    assert rows.t_dispatch[2] == 701.0


def test_other_roles_go_on() -> None:
    """A clerk takes what the police leave."""
    rows = play(station([crash(600), crash(601), need(610.0), need(611.0)], clerks=1))
    assert rows.role[2] == "clerk"
    assert rows.t_dispatch[2:].tolist() == [610.0, 640.0]


def test_a_job_in_hand_is_finished() -> None:
    """Who is out on routine work when it begins stays; only then he does nothing else."""
    needs = [need(590.0, work=50.0), crash(600), crash(601), need(610.0)]
    rows = play(station(needs))
    assert rows.t_close[0] == 640.0
    assert rows.t_dispatch[3] == 701.0


def test_when_it_ends_those_who_had_switched_take_what_waits_in_order_of_number() -> None:
    """The most urgent and oldest first, one each."""
    needs = [crash(600), crash(600), need(610.0), need(620.0, urgency="urgent"), need(615.0)]
    rows = play(station(needs))
    assert rows.t_dispatch[2:].tolist() == [700.0, 700.0, 700.0]
    assert rows.worker[[3, 2, 4]].tolist() == [0, 1, 2]


def test_a_waiting_emergency_counts_until_it_is_served() -> None:
    """With two officers the third emergency begins when the first two end, and ends at 800."""
    needs = [crash(600), crash(600), crash(601), need(610.0)]
    rows = play(station(needs, officers=2, open_at=3, close_at=0))
    assert rows.t_dispatch.tolist() == [600.0, 600.0, 700.0, 800.0]


# --- what counts as open ------------------------------------------------------------


def test_an_emergency_counts_from_triage() -> None:
    """One that is still being triaged is nobody's yet."""
    mapping = station([])
    mapping["world"]["demand"] |= {
        "shares": dict.fromkeys(DOMAINS, 0.0) | {"emergency": 1.0},
        "triage_median_min": 3.0,
    }
    state = build(plan(sim.load(mapping)))
    reported = float(state.request.t_reported.min())
    for t, open_now in ((reported - 0.1, 0), (reported + 2.9, 0), (reported + 3.1, 1)):
        state = proceed(state, t)
        assert state.run.emergencies[0] == open_now


def test_both_parts_of_an_emergency_count_once_each() -> None:
    """After a joint one nothing is open, so that the next one alone is a surge again.

    It is served from 600 to 620 and from 620 to 650; the next begins at 700.
    """
    joint = crash(600, work=20.0, part=then("disputes", 30.0))
    rows = play(station([joint, crash(700), need(710.0)], officers=2, open_at=1))
    assert rows.t_close[0] == 650.0
    assert rows.t_dispatch[2] == 800.0


def test_the_second_part_of_an_emergency_is_open_as_the_first_was() -> None:
    """Between 620 and 650 it keeps the other officer from routine work."""
    joint = crash(600, work=20.0, part=then("disputes", 30.0))
    rows = play(station([joint, need(630.0)], officers=2, open_at=1))
    assert rows.t_dispatch[1] == 650.0


def test_a_problem_that_ignites_is_an_emergency_from_then_on() -> None:
    """Hidden since 500, on fire at 600, served for 100 minutes."""
    fire = need(500.0, domain="hazards", work=100.0, kind="latent", known_after_min=100.0)
    fire |= {"known_by": "ignition"}
    rows = play(station([fire, need(550.0), need(610.0)], open_at=1))
    assert rows.t_dispatch[:3].tolist() == [600.0, 550.0, 700.0]


def test_an_emergency_that_is_turned_away_is_not_open() -> None:
    """With no place to wait the second is lost at once; when the first is over, so is the surge."""
    mapping = station([crash(600), crash(601), need(750.0)], officers=1, open_at=2)
    mapping["policy"]["dispatch"]["queue_capacity"] = 0.0
    rows = play(mapping)
    assert rows.status.tolist() == ["closed", "lost", "closed"]
    assert rows.t_dispatch[2] == 750.0


def test_an_emergency_that_is_given_up_is_not_open() -> None:
    """Its caller loses patience at 631, and so one who comes at 640 may take what waits."""
    mapping = station([crash(600), crash(601), need(635.0)], officers=1, open_at=2, close_at=1)
    hire(mapping, "late", EVERYTHING, (("10:40", "24:00", 1.0),), speed_kmh=float("inf"))
    mapping["policy"]["staffing"]["posts"].append(post("late", 0))
    mapping["policy"]["surge"]["roles"] = ["police", "late"]
    reaction = mapping["world"]["people"]["reaction"]
    reaction |= {"impatient_share": 1.0, "abandon_share": 1.0}
    reaction |= {"patience_median_min": 30.0, "patience_sigma": 0.0}
    rows = play(mapping)
    assert rows.status.tolist() == ["closed", "abandoned", "closed"]
    assert rows.t_dispatch[2] == 640.0


# --- who switches -------------------------------------------------------------------


def switching(rate: float, roles: tuple[str, ...] = ("police",)) -> pd.Series:
    """Whether each of 400 officers and 400 clerks switches."""
    mapping = station([], officers=400, clerks=400, rate=rate)
    mapping["policy"]["surge"]["roles"] = list(roles)
    return pd.Series(build(plan(sim.load(mapping))).worker.switches == 1)


@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
def test_the_rate_is_the_share_of_the_people_named(rate: float) -> None:
    """In a 99 % interval, and nobody of another role."""
    found = switching(rate)
    assert_share(found[:400], rate)
    assert not found[400:].any()
    assert switching(rate, ()).sum() == 0


def test_who_switches_at_a_low_rate_does_at_a_high_one() -> None:
    """The rate moves a threshold, not the luck; a role's people are the same beside another."""
    low, high = switching(0.3), switching(0.6)
    assert (high | ~low).all()
    assert switching(0.3, ("police", "clerk"))[:400].equals(low[:400])


# --- what ships ---------------------------------------------------------------------


@pytest.mark.parametrize("name", POLICIES)
def test_the_lever_belongs_to_the_package(name: str) -> None:
    """Off is a rate of 0, which each policy states."""
    surge = mapping_of(f"policy={name}")["policy"]["surge"]
    assert surge["rate"] == (0.5 if name in SWITCHING else 0.0)


def test_two_options_ship() -> None:
    """Never, and half the police at three emergencies until one is left."""
    assert groups()["policy/surge"] == ["never", "rapid"]
    rapid = toy("policy/surge=rapid").policy.surge
    assert (rapid.rate, rapid.roles, rapid.open_at, rapid.close_at) == (0.5, ("police",), 3, 1)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("rate=1.5",), r"surge\.rate = 1\.5: .*less than or equal to 1"),
        (("open_at=0", "close_at=0"), r"surge\.open_at = 0: .*greater than or equal to 1"),
        (("open_at=2", "close_at=2"), r"surge: close_at = 2: allowed: below open_at 2"),
    ],
)
def test_a_surge_that_cannot_be_is_refused_in_one_line(
    words: tuple[str, ...], message: str
) -> None:
    """The error names key, value and what is allowed."""
    with pytest.raises(sim.CaseError, match=message) as caught:
        toy(*(f"policy.surge.{word}" for word in words))
    assert "\n" not in str(caught.value)


def test_those_who_switch_must_be_roles() -> None:
    """The error names the stranger and the roles there are."""
    mapping = station([])
    mapping["policy"]["surge"]["roles"] = ["knight"]
    with pytest.raises(
        sim.CaseError, match=r"policy\.surge\.roles = 'knight': not a role; allowed"
    ):
        play(mapping)


def test_the_lever_must_be_stated() -> None:
    """There is no silent default."""
    mapping = toy().model_dump(mode="json")
    del mapping["policy"]["surge"]
    with pytest.raises(sim.CaseError, match=r"policy\.surge: missing; it must be given"):
        sim.load(mapping)
