"""Guards hold where they must, and bark where something of the layout is smuggled in."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

import sim
from sim import guards
from sim.case import Case
from sim.guards import (
    GuardError,
    check_null_reform,
    check_one_world,
    check_same_twice,
    null_of,
)
from sim.runner import run
from tests.policy import POLICIES
from tests.support import mapping_of, toy

BUSY = "world.demand.needs_per_1000_per_day=12"
LAYOUTS = ("fragmented_layered", "fragmented_partition", "fragmented_mixed", "merged")


CALLS_ONLY = ("world.demand.latent.per_1000_per_day=0", "world.demand.reopen_share=0")


def arms(*names: str, words: tuple[str, ...] = ()) -> list[Case]:
    """Shipped policies over a small busy city."""
    return [toy(f"policy={name}", BUSY, *words) for name in names]


# --- one world ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("world.demand.misnamed=0.3", "world.demand.misnamed = 0.3 in mine, 0.04 in base"),
        ("world.service.hours.urgent.closes=22:00", "world.service.hours.urgent.closes = '22:00'"),
        ("world.people.elderly_in={}", "world.people.elderly_in."),
        ("clock.days=2", "clock.days = 2 in mine, 3 in base"),
        ("draws.seed=7", "draws.seed = 7 in mine"),
    ],
)
def test_arms_of_two_worlds_are_refused(word: str, says: str) -> None:
    """Their difference would be that of the worlds; one line names key, values and arms."""
    base, other = toy("policy=fragmented_layered"), toy("policy=merged", word)
    with pytest.raises(sim.CaseError) as caught:
        check_one_world({"base": base, "same": toy("policy=merged"), "mine": other})
    assert str(caught.value).startswith(says)
    assert "allowed: one value for all arms" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_null_reform_does_not_hide_another_world() -> None:
    """It takes the world of the first arm, so it would agree on what the others do not have."""
    worlds = [toy("policy=fragmented_layered"), toy("policy=merged", "world.demand.misnamed=0.3")]
    for cases in (worlds, worlds[::-1]):
        with pytest.raises(sim.CaseError, match=r"world\.demand\.misnamed = 0\.\d+ in arm 1"):
            check_null_reform(cases)


def test_a_comparison_of_two_worlds_is_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_: Case) -> sim.Record:
        raise AssertionError("it ran")

    monkeypatch.setattr(guards, "run", never)
    with pytest.raises(sim.CaseError, match=r"clock\.days = 2 in alternative, 3 in baseline"):
        sim.compare(toy(), toy("clock.days=2"), replications=2)


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


Spoil = Callable[[dict[str, Any], Case], None]


def wrong_names(plain: dict[str, Any], _arm: Case) -> None:
    """Requests are misnamed: layouts of several lines hand them on, and that takes time."""
    plain["world"]["demand"]["misnamed"] = 0.3


def names_without_delay(plain: dict[str, Any], arm: Case) -> None:
    """Requests are misnamed and handed on at once."""
    wrong_names(plain, arm)
    plain["policy"]["routing"] = mapping_of("policy/routing=none")["policy"]["routing"]


def units(plain: dict[str, Any], _arm: Case) -> None:
    """People are posted to the units of their layout."""
    plain["policy"]["staffing"]["reach"] = "unit"


def patrol_in_units(plain: dict[str, Any], arm: Case) -> None:
    """And walk about in them."""
    units(plain, arm)
    plain["world"]["service"]["patrol"]["steps_per_hour"] = 12.0


def unclear_areas(plain: dict[str, Any], arm: Case) -> None:
    """Each layout keeps its own share of a city in dispute."""
    plain["world"]["city"]["disputed_share"] = 0.5
    plain["policy"]["layout"]["unclear_share"] = arm.policy.layout.unclear_share


def own_skills(plain: dict[str, Any], arm: Case) -> None:
    """Each arm keeps the skills of its people."""
    plain["policy"]["staffing"]["skills"] = arm.policy.staffing.model_dump()["skills"]


def short_queues(plain: dict[str, Any], _arm: Case) -> None:
    """A zone turns requests away, and small zones do so later than large ones."""
    plain["policy"]["dispatch"]["queue_capacity"] = 1.0


def joint_cases(plain: dict[str, Any], _arm: Case) -> None:
    """Cases have a second part, which is handed on where it has another owner."""
    plain["world"]["demand"]["joint_share"] = 0.5


def leaders(plain: dict[str, Any], _arm: Case) -> None:
    """Leaders of eight zones each sign what goes to a department."""
    plain["policy"]["staffing"]["leaders"]["approval_min"] = 20.0


def walking(plain: dict[str, Any], _arm: Case) -> None:
    """Everybody walks about in the one unit there is."""
    plain["world"]["service"]["patrol"]["steps_per_hour"] = 12.0


def helping(plain: dict[str, Any], _arm: Case) -> None:
    """Neighbours help, who are posted everywhere already."""
    plain["policy"]["dispatch"]["overflow"] = 1


def chained(plain: dict[str, Any], _arm: Case) -> None:
    """Zones have a backup, who is posted there already."""
    plain["policy"]["dispatch"]["chain"] = 1


def cutting_in(plain: dict[str, Any], _arm: Case) -> None:
    """Emergencies call people off their jobs."""
    plain["policy"]["dispatch"]["preempts"] = ["emergency"]


def diluted(plain: dict[str, Any], _arm: Case) -> None:
    """Work is longer where many share it, and here everybody shares everything."""
    plain["world"]["service"]["dilution"] = 0.5


def rapid(plain: dict[str, Any], _arm: Case) -> None:
    """Police turn to emergencies when one is open."""
    plain["policy"]["surge"] |= {"rate": 0.5, "roles": ["police"], "open_at": 1, "close_at": 0}


def restless(plain: dict[str, Any], _arm: Case) -> None:
    """Callers lose patience, and all of them their trust."""
    reaction = plain["world"]["people"]["reaction"]
    reaction |= {"impatient_share": 0.5, "patience_median_min": 60.0, "trust_gain": 0.5}


def crossing(plain: dict[str, Any], _arm: Case) -> None:
    """Some skills are crossed, the same in every arm."""
    plain["policy"]["staffing"]["skills"]["cadre"]["hazards"] = "cross"


def smuggle(spoil: Spoil) -> Callable[[Case, Case, int], Case]:
    """A null reform that leaves something in."""

    def spoilt(case: Case, model: Case, days: int) -> Case:
        plain = null_of(case, model, days).model_dump()
        spoil(plain, case)
        return sim.load(plain)

    return spoilt


@pytest.mark.parametrize(
    ("spoil", "field"),
    [
        (wrong_names, "requests.worker"),
        (names_without_delay, "requests.handoffs"),
        (units, "requests.worker"),
        (patrol_in_units, "requests.worker"),
        (unclear_areas, "requests.worker"),
        (own_skills, "requests.worker"),
        (short_queues, "requests.worker"),
        (joint_cases, "requests.t_reported"),
        (leaders, "requests.t_desk"),
    ],
)
def test_what_a_layout_can_act_on_does_not_pass(
    monkeypatch: pytest.MonkeyPatch, spoil: Spoil, field: str
) -> None:
    """The guard says which layouts differ, and in which field first."""
    monkeypatch.setattr(guards, "null_of", smuggle(spoil))
    with pytest.raises(GuardError) as caught:
        check_null_reform(arms("fragmented_layered", "merged", words=CALLS_ONLY))
    assert str(caught.value) == f"null reform: layouts 0 and 1 differ in {field}"


def test_looking_in_units_for_hidden_problems_does_not_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a patrol finds, and when, hangs on where its people are posted."""
    monkeypatch.setattr(guards, "null_of", smuggle(units))
    with pytest.raises(GuardError, match=r"differ in requests\.t_reported$"):
        check_null_reform(arms("fragmented_layered", "merged", words=CALLS_ONLY[1:]))


@pytest.mark.parametrize(
    "spoil", [walking, helping, chained, cutting_in, diluted, rapid, restless, crossing]
)
def test_what_a_layout_cannot_act_on_passes(monkeypatch: pytest.MonkeyPatch, spoil: Spoil) -> None:
    """The guard does not bark at what is the same in every layout."""
    monkeypatch.setattr(guards, "null_of", smuggle(spoil))
    check_null_reform(arms("fragmented_layered", "merged"))


def test_a_row_more_is_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of rows is compared before their fields."""

    def shorter(case: Case) -> sim.Record:
        record = run(case)
        lines = len(case.policy.layout.lines)
        return replace(record, requests=record.requests.iloc[lines:])

    monkeypatch.setattr(guards, "run", shorter)
    with pytest.raises(GuardError, match=r"differ in the number of requests \(\d+ and \d+\)"):
        check_null_reform(arms("fragmented_layered", "merged"))


def test_a_layout_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Arms that share a layout share their null run."""
    seen: list[Case] = []

    def watched(case: Case) -> sim.Record:
        seen.append(case)
        return run(case)

    monkeypatch.setattr(guards, "run", watched)
    check_null_reform(arms("fragmented_layered", "overflow", "central", "merged"))
    assert len(seen) == 2


# --- A/A ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["fragmented_layered", "merged_reserve"])
def test_the_same_case_twice_is_the_same(name: str) -> None:
    """Two runs of one case in one process agree to the bit."""
    check_same_twice(*arms(name))


def perturbed(table: str, column: str, by: float) -> Callable[[Case], sim.Record]:
    """A run whose every second record is off in one number."""
    calls: list[Case] = []

    def spoilt(case: Case) -> sim.Record:
        record = run(case)
        calls.append(case)
        if len(calls) % 2:
            return record
        frame: pd.DataFrame = getattr(record, table).copy()
        row = frame[column].first_valid_index()
        frame.loc[row, column] += by
        return replace(record, **{table: frame})

    return spoilt


@pytest.mark.parametrize(
    ("table", "column", "by"),
    [
        ("requests", "t_dispatch", 1e-9),
        ("requests", "queue", 5.0),
        ("requests", "zone", 1),
        ("work", "background", 1e-6),
        ("work", "requests", 1),
    ],
)
def test_a_run_that_is_not_repeated_exactly_is_caught(
    monkeypatch: pytest.MonkeyPatch, table: str, column: str, by: float
) -> None:
    """One number in one row suffices, zones included; the error names table and column."""
    monkeypatch.setattr(guards, "run", perturbed(table, column, by))
    with pytest.raises(GuardError) as caught:
        check_same_twice(*arms("merged"))
    message = f"A/A: the same case run twice differs in {table}.{column}"
    assert str(caught.value) == message


def test_something_that_did_not_happen_the_second_time_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A time against none is a difference; none against none is not."""
    monkeypatch.setattr(guards, "run", perturbed("requests", "t_close", float("nan")))
    with pytest.raises(GuardError, match=r"differs in requests\.t_close$"):
        check_same_twice(*arms("merged"))


def test_no_comparison_is_made_of_arms_that_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """``compare`` returns no effect: it raises before the first replication."""
    monkeypatch.setattr(guards, "null_of", smuggle(wrong_names))
    with pytest.raises(GuardError, match="null reform"):
        sim.compare(*arms("fragmented_layered", "merged"), replications=2)
    monkeypatch.undo()
    monkeypatch.setattr(guards, "run", perturbed("work", "paid", 1.0))
    with pytest.raises(GuardError, match="A/A"):
        sim.compare(*arms("fragmented_layered", "merged"), replications=2)
