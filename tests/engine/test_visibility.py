"""Where residents see a uniform: cells of patrol steps and of arrivals, day by day."""

from typing import Any

import numpy as np
import pytest

import sim
from sim import keyed
from sim.base import DOMAINS
from sim.keyed import Purpose
from sim.units import DAY
from tests.policy import hire, line, need, play, post, stage

EVERYTHING = dict.fromkeys(DOMAINS, "own")
CELL_DAYS = 100 * 7
NOBODY_CALLS = "world.demand.needs_per_1000_per_day=0"


def watched(needs: list[dict[str, Any]], *, visible: int = 1) -> dict[str, Any]:
    """An officer at cell 0 who goes where he is called and stands still otherwise."""
    mapping = stage(needs, [post("officer", 0)], NOBODY_CALLS)
    hire(mapping, "officer", EVERYTHING)
    mapping["world"]["service"]["roles"]["officer"]["visible"] = visible
    return mapping


def seen(mapping: dict[str, Any]) -> float:
    """Cells in which a uniform was seen, summed over the days."""
    facts = sim.run(sim.load(mapping)).facts
    assert facts["visible_residents"] == pytest.approx(facts["visible_cells"])  # uniform density
    return float(facts["visible_cells"]) * CELL_DAYS


def test_an_officer_is_seen_where_he_arrives() -> None:
    """Two cells on one day, one of them on another as well; twice in a cell is once."""
    needs = [
        need(600.0, cell=5),
        need(700.0, cell=42),
        need(800.0, cell=5),
        need(DAY + 9.0, cell=5),
    ]
    assert seen(watched(needs)) == pytest.approx(3)


def test_who_wears_no_uniform_is_not_seen() -> None:
    """Off is a flag of 0."""
    assert seen(watched([need(600.0, cell=5)], visible=0)) == 0


def test_he_is_seen_on_the_day_of_his_arrival() -> None:
    """Called at 23:58, five minutes away; on the next day he is called there again."""
    needs = [need(DAY - 2.0, cell=5, work=1.0), need(DAY + 600.0, cell=5)]
    assert seen(watched(needs)) == pytest.approx(1)


def test_nobody_is_seen_who_stands_still() -> None:
    """Neither at home nor at the scene of yesterday."""
    assert seen(watched([])) == 0
    assert seen(watched([need(600.0, cell=5, work=2 * DAY)])) == pytest.approx(1)


def test_only_measured_days_count() -> None:
    """Not the warm-up, not the follow-up; the share is of the days in between."""
    mapping = watched([need(600.0), need(DAY + 600.0, cell=7), need(5 * DAY, cell=9)])
    mapping["clock"] |= {"warmup_days": 1, "days": 2, "follow_up_days": 4}
    assert sim.run(sim.load(mapping)).facts["visible_cells"] == pytest.approx(1 / 200)


def test_residents_count_where_they_live() -> None:
    """In a city with a gradient the centre's cells hold more of them."""
    mapping = watched([need(600.0, cell=44)])
    mapping["world"]["city"]["gradient_m"] = 200.0
    mapping["clock"]["days"] = 1
    facts = sim.run(sim.load(mapping)).facts
    assert facts["visible_cells"] == pytest.approx(0.01)
    assert facts["visible_residents"] > 0.02


@pytest.mark.parametrize("seed", range(3))
def test_a_patrol_is_seen_wherever_it_walks(seed: int) -> None:
    """Every quarter of an hour a step by luck, or none at the edge; walked here once more."""
    mapping = stage([], [], NOBODY_CALLS, f"draws.seed={seed}")
    hire(mapping, "officer", EVERYTHING)
    mapping["policy"]["staffing"] |= {"heads": {"officer": 1}, "units": {}}
    mapping["world"]["service"]["roles"]["officer"]["visible"] = 1
    mapping["world"]["service"]["patrol"]["steps_per_hour"] = 4.0
    x, y = home_of(seed)
    steps = {0: (1, 0), 1: (-1, 0), 2: (0, 1), 3: (0, -1)}
    shown = set()
    stream = keyed.stream(seed, 0, Purpose.PATROL)
    for tick in range(1, 7 * 96):
        east, north = steps[int(4 * keyed.u(stream, 0, tick))]
        if 0 <= x + east < 10 and 0 <= y + north < 10:
            x, y = x + east, y + north
        shown.add((tick * 15 // 1440, x, y))
    assert seen(mapping) == pytest.approx(len(shown))


def home_of(seed: int) -> tuple[int, int]:
    """Home of the one officer: a cell of the uniform city at his keyed number."""
    luck = float(keyed.u(keyed.stream(seed, 0, Purpose.POST), 0))
    cell = int(luck * 100)
    return cell % 10, cell // 10


def test_a_day_off_is_a_day_unseen() -> None:
    """Who is not on duty walks nowhere."""
    mapping = stage([], [], NOBODY_CALLS)
    hire(mapping, "officer", EVERYTHING)
    mapping["policy"]["staffing"] |= {"heads": {"officer": 1}, "units": {}}
    mapping["policy"]["staffing"]["rotas"]["officer"] |= {"days_on": 1, "from_day": 2}
    mapping["world"]["service"]["roles"]["officer"]["visible"] = 1
    mapping["world"]["service"]["patrol"]["steps_per_hour"] = 4.0
    days = np.flatnonzero(shown_days(mapping))
    assert days.tolist() == [2]


def shown_days(mapping: dict[str, Any]) -> list[bool]:
    """On which days anybody was seen."""
    found = []
    for day in range(7):
        mapping["clock"] |= {"warmup_days": day, "days": 1, "follow_up_days": 6 - day}
        found.append(sim.run(sim.load(mapping)).facts["visible_cells"] > 0)
    return found


def test_who_is_called_off_on_his_way_is_not_seen_where_he_was_going() -> None:
    """At 23:52 he turns round to cell 2, and reaches cell 9 on the next day only."""
    crash = {"domain": "emergency", "urgency": "emergency"}
    needs = [need(DAY - 10.0, cell=9, work=1.0), need(DAY - 8.0, cell=2, work=60.0, **crash)]
    mapping = watched(needs)
    mapping["policy"]["dispatch"]["preempts"] = ["emergency"]
    mapping["clock"] |= {"days": 1, "follow_up_days": 1}
    assert play(mapping).t_arrive.tolist() == [DAY - 8 + 60 + 7, DAY - 8.0]
    assert sim.run(sim.load(mapping)).facts["visible_cells"] == pytest.approx(1 / 100)


def test_who_is_still_at_work_at_the_end_was_seen() -> None:
    """He arrived five minutes before midnight."""
    mapping = watched([need(DAY - 10.0, cell=5, work=60.0)])
    mapping["clock"]["days"] = 1
    assert sim.run(sim.load(mapping)).facts["visible_cells"] == pytest.approx(1 / 100)


def test_he_is_seen_on_his_way_home() -> None:
    """From cell 5 in explicit posts of no unit: four cells a step each, and home."""
    mapping = watched([need(600.0, cell=5, work=1.0)])
    mapping["world"]["service"]["patrol"]["steps_per_hour"] = 60.0
    mapping["clock"]["days"] = 1
    assert sim.run(sim.load(mapping)).facts["visible_cells"] == pytest.approx(6 / 100)


def test_a_uniform_is_seen_in_another_zone_as_well() -> None:
    """Wherever his line sends him."""
    mapping = watched([need(600.0, cell=99)])
    mapping["policy"]["layout"]["lines"] = [line("all", cells=[0] * 50 + [1] * 50)]
    mapping["policy"]["staffing"]["posts"] = [post("officer", 0, 1)]
    assert seen(mapping) == pytest.approx(1)
