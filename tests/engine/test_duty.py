"""Patrol and background duties: advanced when somebody looks, whoever looks how often."""

from functools import lru_cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.engine.build import Plan, build, plan
from sim.engine.loop import advance, look
from sim.engine.state import DONE, State
from sim.runner import proceed, record
from sim.units import DAY
from tests.support import lab, toy

END = 5 * DAY  # toy: one day of warm-up, three measured, one of follow-up
NOBODY_INTERRUPTS = "world.service.background.interrupted_by=[]"

CASES = {
    "merged": ("policy=merged",),
    "fragmented": ("policy=fragmented_layered",),
    "one desk": ("policy=central",),
    "overflow": ("policy=overflow", NOBODY_INTERRUPTS),
    "reserve": ("policy=merged_reserve",),
    "busy duties": ("policy=merged", "world.service.background.share=0.9"),
    "quick patrol": ("policy=merged", "world.service.patrol.steps_per_hour=60"),
}


@lru_cache
def planned(name: str) -> Plan:
    """A small city under a policy, drawn once."""
    return plan(toy(*CASES[name]))


@lru_cache
def at_once(name: str) -> State:
    """That city's end, nobody having looked before."""
    return proceed(build(planned(name)), END)


def looked_at(name: str, moments: list[float]) -> State:
    """The same end, everybody looked at in between."""
    state = build(planned(name))
    for moment in [*moments, END]:
        state = proceed(state, moment)
    return state


def assert_same(name: str, state: State) -> None:
    """Hold a state against the undisturbed one, to the bit."""
    expected = at_once(name)
    for part in ("request", "worker", "presence", "queue"):
        assert getattr(state, part).tobytes() == getattr(expected, part).tobytes(), part
    assert state.run.events[0] == expected.run.events[0]
    one, other = record(planned(name), state), record(planned(name), expected)
    pd.testing.assert_frame_equal(one.requests, other.requests, check_exact=True)
    pd.testing.assert_frame_equal(one.work, other.work, check_exact=True)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("step", [15.0, 7.3])
def test_looking_often_changes_nothing(name: str, step: float) -> None:
    """One advance over five days and hundreds of small ones leave the same record."""
    assert_same(name, looked_at(name, list(np.arange(step, END, step))))


@pytest.mark.parametrize("name", ["merged", "fragmented"])
@settings(deadline=None, max_examples=20)
@given(st.lists(st.floats(0, END), max_size=30).map(sorted))
def test_looking_at_any_moment_changes_nothing(name: str, moments: list[float]) -> None:
    """Whenever somebody looks, also twice at once, the record stays the same."""
    assert_same(name, looked_at(name, moments))


def test_looking_at_the_very_moment_of_an_event_changes_nothing() -> None:
    """A look when a job ends, a task falls due or a request comes in leaves no trace."""
    name = "overflow"
    request, task = at_once(name).request, at_once(name).task
    moments = np.concatenate([request.t_ready, request.t_close, task.t])
    moments = np.unique(moments[moments < END])
    assert len(moments) > 1000
    assert_same(name, looked_at(name, list(moments)))


def test_looking_twice_sees_the_same() -> None:
    """A second look at one moment moves nobody."""
    state = proceed(build(planned("merged")), 2 * DAY + 600)
    before = state.worker.tobytes()
    look(state, 2 * DAY + 600)
    assert state.worker.tobytes() == before


def test_stepping_without_looking_changes_nothing() -> None:
    """It is the events, not the calls to the loop, that move the state."""
    state = build(planned("merged"))
    with np.errstate(over="ignore"):
        for moment in np.arange(10.0, END, 10.0):
            assert advance(state, moment) == DONE
    assert_same("merged", proceed(state, END))


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_background_work_is_done_or_left(share: float) -> None:
    """Without requests, minutes worked and minutes left are the minutes drawn."""
    case = lab(
        "world.demand.needs_per_1000_per_day=0",
        f"world.service.background.share={share}",
        "world.service.roles.server.background=1",
        "policy.staffing.heads.server=20",
        "clock.warmup_days=0",
        "clock.follow_up_days=0",
    )
    drawn, horizon = plan(case), case.clock.total_days * DAY
    work = record(drawn, proceed(build(drawn), horizon)).work
    minutes = np.add.reduceat(drawn.tasks.minutes, drawn.tasks.first[:-1])
    assert minutes.mean() == pytest.approx(share * horizon, rel=0.05)
    assert np.allclose(work.background + work.undone, minutes)
    assert (work.background <= work.paid).all()
    assert work.background.mean() == pytest.approx(share * horizon, rel=0.05)


def test_patrol_stays_in_the_unit() -> None:
    """Whoever is on duty and free, looked at every ten minutes, is a step from where he was."""
    case = lab(
        "world.demand.needs_per_1000_per_day=0",
        "world.service.patrol.steps_per_hour=6",
        "policy.layout.lines.0.zones=4",
        "policy.staffing.heads.server=12",
        "clock=week",
    )
    drawn = plan(case)
    state = proceed(build(drawn), 0.0)
    moved = 0
    for moment in np.arange(10.0, 2 * DAY, 10.0):
        x, y = state.worker.x.copy(), state.worker.y.copy()
        state = proceed(state, moment)
        away = np.abs(state.worker.x - x) + np.abs(state.worker.y - y)
        assert away.max() <= 1
        moved += int(away.sum())
        cell = state.worker.y * case.world.city.width + state.worker.x
        assert (state.unit_at[state.worker.area, cell] == state.worker.unit).all()
    assert moved > 12 * 100
