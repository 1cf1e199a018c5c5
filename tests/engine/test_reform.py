"""The day of the reform: what goes on as it was, and what the new policy takes over."""

from copy import deepcopy
from typing import Any

import numpy as np
import pandas as pd
import pytest

import sim
from sim.base import DOMAINS
from sim.guards import check_before_reform
from sim.units import DAY
from tests.policy import line, need, play, post, stage
from tests.support import TOY, toy

DATE = 3
HALVES = [0] * 50 + [1] * 50  # north and south of the laboratory
CHANGED = (
    "clock.days=6",
    "world.demand.misnamed=0.1",
    "world.city.disputed_share=0.05",
    "world.demand.needs_per_1000_per_day=8",
)
HEADS = TOY[-1].replace("policy.", "before.")


def reformed(*words: str) -> sim.Case:
    """A small layered city that merges on the third day."""
    return toy("policy=merged", "before=fragmented_layered", HEADS, *CHANGED, *words)


def at(day: int, *words: str) -> sim.Case:
    """The same, on a given day."""
    return reformed(f"clock.reform_day={day}", *words)


def scene(needs: list[dict[str, Any]], day: float = 1.0, **policy: Any) -> dict[str, Any]:
    """One server per half before, one zone for both after; the reform comes on a day."""
    mapping = stage(needs, [post("server", 0), post("server", 1, home=99)])
    mapping["clock"].update(days=3, reform_day=day)
    before = deepcopy(mapping["policy"])
    before["layout"]["lines"] = [line("halves", cells=HALVES)]
    mapping["before"] = before
    mapping["policy"]["staffing"]["posts"] = [post("server", 0), post("server", 0, home=99)]
    mapping["policy"]["layout"]["lines"] = [line("whole")]
    mapping["policy"].update(policy)
    return mapping


# --- before it ----------------------------------------------------------------------


def test_before_the_date_nothing_shows_that_it_will_come() -> None:
    """What was closed by then is the same to the bit as without a reform."""
    check_before_reform(at(DATE))
    rows = sim.run(at(DATE)).requests
    assert (rows.t_close < DATE * DAY).sum() > 50


def test_lines_are_named_as_they_were_when_they_owned_the_request() -> None:
    """Before the date a line of four, after it the one that merged them."""
    rows = sim.run(at(DATE)).requests
    early = rows[rows.t_dispatch < DATE * DAY].line
    late = rows[rows.t_ready >= DATE * DAY].line
    assert set(early.dropna()) <= {"party", "public_order", "police", "city_management"}
    assert set(late.dropna()) == {"comprehensive"}


# --- on the day ---------------------------------------------------------------------


def test_what_waits_goes_to_its_new_owner_who_may_be_free() -> None:
    """A second request of the north waits for its busy server; merged, the south comes."""
    rows = play(scene([need(1430.0, work=100.0), need(1435.0, work=10.0)]))
    assert rows.worker.tolist() == [0, 1]
    assert rows.t_dispatch.tolist() == [1430.0, DAY]
    assert rows.t_ready[1] == 1435.0  # waiting since then, not since the reform


def test_a_job_in_hand_is_finished_as_it_was_begun() -> None:
    """Nobody is called off, and the end of the job does not move."""
    rows = play(scene([need(1430.0, work=100.0)]))
    assert rows.t_close[0] == 1530.0
    assert rows.line[0] == "halves"


def test_a_worker_in_the_middle_of_a_shift_takes_his_post_at_the_next_one() -> None:
    """A shift from 22 to 6 runs on without a post; at 22 he serves the whole."""
    mapping = scene([need(1500.0), need(2 * DAY - 60.0)])
    night = [{"start": "22:00", "end": "06:00", "share": 1.0}]
    for policy in ("before", "policy"):
        mapping[policy]["staffing"]["rotas"]["server"]["shifts"] = night
    rows = play(mapping)
    assert rows.t_dispatch[0] == DAY + 22 * 60  # not at 1500, though somebody is there
    assert rows.t_dispatch[1] == 2 * DAY - 60.0


def test_what_is_in_transit_arrives_at_the_new_owner() -> None:
    """A request handed from line to line on the day is ready in the merged zone."""
    rows = sim.run(at(DATE)).requests
    moving = rows[(rows.t_reported < DATE * DAY) & (rows.t_ready > DATE * DAY)]
    assert len(moving) > 0
    assert (moving.line == "comprehensive").all()


def test_the_same_policy_again_changes_nothing() -> None:
    """A reform that is none: every call is answered as without it."""
    same = sim.run(toy("policy=fragmented_layered", *CHANGED)).requests
    again = toy(
        "policy=fragmented_layered",
        "before=fragmented_layered",
        HEADS,
        *CHANGED,
        f"clock.reform_day={DATE}",
    )
    rows = sim.run(again).requests.set_index("request")
    assert np.allclose(rows.t_arrive.reindex(same.request), same.t_arrive, equal_nan=True)


def test_hidden_problems_keep_what_has_been_searched() -> None:
    """A patrol that goes on under another name finds them at the minute it would have."""
    hidden = [{**need(600.0 + 7 * n, cell=n), "kind": "latent"} for n in range(40)]
    looking = (
        "policy.staffing.heads.server=1",
        "+policy.sensing.reports.server=[city_order]",
        "world.service.patrol.sweep_per_hour=6",
        "clock.days=6",
    )
    plain = stage(hidden, [], *looking)
    again = {**deepcopy(plain), "before": deepcopy(plain["policy"])}
    again["clock"]["reform_day"] = 1.0
    found = [play(mapping).t_reported for mapping in (plain, again)]
    late = found[0] > DAY
    assert late.sum() > 5
    assert np.allclose(found[0], found[1], equal_nan=True, atol=1e-6)


def test_practice_begins_with_the_reform() -> None:
    """The dip is full on the day and gone where its end lies far behind."""
    needs = [need(DAY + 600.0, work=60.0), need(2 * DAY + 600.0, work=60.0)]
    mapping = scene(needs)
    practice = {"learning_days": float("inf"), "dip": 0.5, "dip_days": 0.1}
    mapping["policy"]["staffing"]["practice"] = practice
    rows = play(mapping)
    assert rows.service[0] == pytest.approx(90.0)
    assert rows.service[1] == pytest.approx(60.0 * (1 + 0.5 * np.exp(-10)))


def test_leaders_letters_are_signed_by_the_new_leader() -> None:
    """What lay before a leader on the day is signed and leaves for its department."""
    words = ("policy.staffing.leaders.approval_min=30", "before.staffing.leaders.approval_min=30")
    rows = sim.run(at(DATE, *words)).requests
    sent = rows[(rows.t_served < DATE * DAY) & (rows.t_desk > DATE * DAY)]
    assert len(sent) > 0
    lost = rows[(rows.status == "referred") & (rows.t_served < DATE * DAY)]
    assert lost.t_desk.notna().all()


# --- what is refused ----------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ("before=fragmented_layered", HEADS),
        ("clock.reform_day=2",),
        ("before=fragmented_layered", HEADS, "clock.reform_day=0"),
        ("before=fragmented_layered", HEADS, "clock.reform_day=2.5"),
        ("before=fragmented_layered", HEADS, "clock.reform_day=99"),
    ],
)
def test_a_date_and_a_policy_before_it_belong_together(words: tuple[str, ...]) -> None:
    """One without the other, or a day outside the run, is refused in one line."""
    with pytest.raises(sim.CaseError, match=r"clock\.reform_day") as error:
        toy("policy=merged", *words)
    assert "\n" not in str(error.value)


def test_a_reform_that_hires_is_refused() -> None:
    """On its day the same people go on working; more of them is another comparison."""
    with pytest.raises(sim.CaseError, match="same heads"):
        sim.run(at(DATE, "policy.staffing.heads.cadre=31"))


def test_every_domain_is_owned_after_it() -> None:
    """No request is left with an owner who is gone."""
    rows = sim.run(at(DATE)).requests
    waiting = rows[rows.status == "waiting"]
    assert isinstance(waiting, pd.DataFrame)
    assert set(waiting.line) <= {"comprehensive"}
    assert set(rows.domain) <= set(DOMAINS)
