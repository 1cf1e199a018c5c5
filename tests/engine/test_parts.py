"""What follows a visit: the second part of a joint case, and a case that is opened again."""

from typing import Any

import numpy as np
import pandas as pd

from sim.base import DOMAINS
from sim.units import DAY
from tests.policy import hire, line, need, play, post, stage, then

EVERYTHING = dict.fromkeys(DOMAINS, "own")
AGAIN = 1440.0  # closure to reopening [min]


def one_zone(needs: list[dict[str, Any]], *shifts: tuple[str, str, float]) -> dict[str, Any]:
    """One owner of everything and one worker, a minute for every cell of the way."""
    mapping = stage(needs, [post("hand", 0)])
    hire(mapping, "hand", EVERYTHING, shifts or (("00:00", "24:00", 1.0),))
    return mapping


def two_lines(needs: list[dict[str, Any]], delay: float = 60.0, office: int = 0) -> dict[str, Any]:
    """City order has one owner and all else another; a handoff takes a fixed time."""
    mapping = stage(needs, [post("sweeper", 0), post("hand", 1, home=99)])
    mapping["policy"]["layout"]["lines"] = [line("order", "city_order"), line("rest", *DOMAINS[1:])]
    hire(mapping, "sweeper", {"city_order": "own"})
    hire(mapping, "hand", dict.fromkeys(DOMAINS[1:], "own"))
    for row in mapping["policy"]["routing"]["handoff"].values():
        row |= {"median_min": delay, "office_hours": office}
    return mapping


def rows_of(mapping: dict[str, Any], kind: str) -> pd.DataFrame:
    """The requests of one kind in a played scene."""
    rows = play(mapping)
    return rows[rows.kind == kind]


# --- the second part ----------------------------------------------------------------


def test_the_second_part_is_ready_when_the_first_visit_ends() -> None:
    """In the same zone the same worker does it on the spot, and the case is closed with it."""
    rows = play(one_zone([need(600.0, cell=5, part=then("hazards", 20.0))]))
    whole, part = rows.iloc[0], rows.iloc[1]
    assert (whole.t_arrive, whole.t_served, whole.t_close) == (605.0, 635.0, 655.0)
    assert (whole.service, whole.coordination, whole.status) == (30.0, 20.0, "closed")
    assert (part.kind, part.domain, part.handoffs) == ("part", "hazards", 0)
    assert part.t_reported == part.t_ready == part.t_dispatch == 635.0
    assert (part.travel, part.service, part.t_close) == (0.0, 20.0, 655.0)


def test_the_worker_looks_for_other_work_before_the_case_goes_on() -> None:
    """What already waits in his zone comes first."""
    rows = play(one_zone([need(600.0, part=then("hazards", 20.0)), need(610.0, work=50.0)]))
    assert rows.t_dispatch.tolist() == [600.0, 630.0, 680.0]
    assert rows.t_close.tolist() == [700.0, 680.0, 700.0]


def test_another_owner_has_it_after_one_handoff() -> None:
    """An hour later, from the home of the one who comes: eighteen cells to cell 0."""
    rows = play(two_lines([need(600.0, part=then("hazards", 20.0))]))
    whole, part = rows.iloc[0], rows.iloc[1]
    assert (part.t_reported, part.handoff, part.handoffs) == (630.0, 60.0, 1)
    assert (part.t_ready, part.t_arrive, part.t_close) == (690.0, 708.0, 728.0)
    assert (part.worker, part.line) == (1, "rest")
    assert (whole.worker, whole.line, whole.handoffs) == (0, "order", 0)
    assert (whole.t_close, whole.coordination) == (728.0, 98.0)


def test_that_handoff_runs_on_the_clock_of_its_class() -> None:
    """Half an hour of it is left for the morning."""
    rows = play(two_lines([need(990.0, part=then("hazards", 20.0))], office=1))
    assert rows.t_ready.iloc[1] == DAY + 510 + 30


def test_a_second_part_knows_its_owner() -> None:
    """Wrong names are for those who call: parts have one handoff, never more, never none."""
    needs = [need(100.0 * k, work=1.0, part=then("hazards", 1.0)) for k in range(40)]
    mapping = two_lines(needs, delay=5.0)
    mapping["world"]["demand"]["misnamed"] = 0.6
    rows = play(mapping)
    calls, parts = rows[rows.kind == "call"], rows[rows.kind == "part"]
    assert calls.handoffs.max() > 1
    assert (parts.handoffs == 1).all()
    assert np.allclose(parts.t_ready, parts.t_reported + 5.0)


def test_a_second_part_is_disputed_by_nobody() -> None:
    """In an unclear area lines dispute about the call only."""
    mapping = two_lines([need(600.0, part=then("hazards", 20.0))])
    mapping["world"]["city"]["disputed_share"] = 1.0
    mapping["policy"]["layout"]["unclear_share"] = 1.0
    mapping["policy"]["routing"]["unclear"]["routine"] = {"median_min": 100.0, "office_hours": 0}
    rows = play(mapping)
    assert rows.unclear.tolist() == [100.0, 0.0]
    assert rows.t_ready.tolist() == [700.0, 730.0 + 60.0]


def test_a_second_part_is_queued_like_any_request() -> None:
    """It waits for its owner to come on duty, and the whole case with it."""
    mapping = two_lines([need(600.0, part=then("hazards", 20.0))])
    mapping["policy"]["staffing"]["rotas"]["hand"]["shifts"][0]["start"] = "13:00"
    whole, part = (row for _, row in play(mapping).iterrows())
    assert (part.t_ready, part.off_duty, part.t_dispatch) == (690.0, 90.0, 780.0)
    assert whole.t_close == part.t_close == 780.0 + 18 + 20


def test_a_case_whose_second_part_is_open_is_parted() -> None:
    """Its visit has an end, the case has none."""
    mapping = two_lines([need(600.0, part=then("hazards", 20.0))], delay=1e5)
    whole, part = (row for _, row in play(mapping).iterrows())
    assert (whole.status, whole.t_served, part.status) == ("parted", 630.0, "moving")
    assert np.isnan([whole.t_close, whole.coordination, part.t_ready, part.t_close]).all()


def test_a_second_part_that_is_turned_away_leaves_the_case_open() -> None:
    """Nobody of its owner is on duty, and none may wait."""
    mapping = two_lines([need(600.0, part=then("hazards", 20.0))])
    mapping["policy"]["staffing"]["rotas"]["hand"]["shifts"][0]["start"] = "13:00"
    mapping["policy"]["dispatch"]["queue_capacity"] = 0.0
    assert play(mapping).status.tolist() == ["parted", "lost"]


def test_what_is_never_served_has_no_second_part() -> None:
    """It follows a visit, not a call."""
    rows = play(one_zone([need(600.0, part=then("hazards")) | {"t_min": 7 * DAY - 10.0}]))
    assert rows.kind.tolist() == ["call"]


def test_only_the_call_is_counted() -> None:
    """Both are in the record; one is measured."""
    rows = play(one_zone([need(600.0, part=then("hazards"), again=then())]))
    assert rows.kind.tolist() == ["call", "part", "again"]
    assert rows.measured.tolist() == [True, False, False]


# --- opened again -------------------------------------------------------------------


def test_a_closed_case_comes_back_a_day_later() -> None:
    """With fresh work, as a request of its own; the first times stay."""
    rows = play(one_zone([need(600.0, cell=5, again=then("city_order", 45.0))]))
    first, second = rows.iloc[0], rows.iloc[1]
    assert (first.t_reported, first.t_arrive, first.t_close) == (600.0, 605.0, 635.0)
    assert (second.kind, second.t_reported, second.t_ready) == ("again", 635.0 + AGAIN, 635 + AGAIN)
    assert (second.t_arrive, second.t_close) == (635.0 + AGAIN, 680.0 + AGAIN)
    assert (second.cell, second.domain, second.urgency) == (5, "city_order", "routine")


def test_it_comes_back_as_soon_as_the_world_says() -> None:
    """After an hour; at once where that is nothing."""
    for wait in (60.0, 0.0):
        mapping = one_zone([need(600.0, again=then())])
        mapping["world"]["service"]["reopen_after_min"] = wait
        assert play(mapping).t_reported.tolist() == [600.0, 630.0 + wait]


def test_it_comes_back_once() -> None:
    """Nothing follows a reopening."""
    assert len(play(one_zone([need(600.0, again=then())]))) == 2


def test_a_joint_case_comes_back_when_all_of_it_is_closed() -> None:
    """A day after the second part."""
    rows = play(one_zone([need(600.0, part=then("hazards", 20.0), again=then())]))
    assert rows.t_close.iloc[0] == 650.0
    assert rows.t_reported[rows.kind == "again"].tolist() == [650.0 + AGAIN]


def test_a_case_of_a_department_comes_back_when_the_department_has_closed_it() -> None:
    """To the zone, and not to the department."""
    mapping = one_zone([need(600.0, desk_min=60.0, again=then())])
    letter = {"median_min": 10.0, "office_hours": 0}
    mapping["policy"]["whistle"] |= {"letter_sigma": 0.0}
    mapping["policy"]["whistle"]["letter"]["routine"] = letter
    rows = play(mapping)
    assert rows.t_close.iloc[0] == 630.0 + 10.0 + 60.0
    assert rows.t_reported.iloc[1] == 700.0 + AGAIN
    assert rows.t_close.iloc[1] == rows.t_served.iloc[1]


def test_it_goes_straight_to_its_owner() -> None:
    """Who has had it once is named and not disputed again."""
    needs = [need(100.0 * k, work=1.0, again=then("city_order", 1.0)) for k in range(20)]
    mapping = two_lines(needs, delay=5.0)
    mapping["world"]["demand"]["misnamed"] = 0.9
    again = rows_of(mapping, "again")
    assert len(again) == 20
    assert not again.handoffs.any()
    assert (again.t_ready == again.t_reported).all()


def test_what_would_come_back_after_the_end_is_not_there() -> None:
    """Closed on the last day."""
    rows = play(one_zone([need(6 * DAY + 600.0, again=then())]))
    assert rows.kind.tolist() == ["call"]
