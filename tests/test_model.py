"""The Mesa model: one step is one tick, and without deciders it is the engine alone."""

from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import sim
from sim.model import COLUMNS, CityModel, Decider
from tests.support import toy

DAY = 1440.0
BUSY = ("world.demand.needs_per_1000_per_day=12", "world.service.background.share=0.2")


def assert_same_record(one: sim.Record, other: sim.Record) -> None:
    """Equal to the bit."""
    assert_frame_equal(one.requests, other.requests, check_exact=True)
    assert_frame_equal(one.work, other.work, check_exact=True)
    assert one.balance == other.balance
    assert one.facts == other.facts


@pytest.mark.parametrize("tick", [7, 15, 90.5, 1440, 10_000])
def test_the_record_is_that_of_the_engine_alone_whatever_the_tick(tick: float) -> None:
    """Also with a tick that does not divide the clock, or outlasts it."""
    case = toy(*BUSY, f"clock.tick_min={tick}")
    model = CityModel(case, residents=0)
    model.run_for(model.horizon)
    assert not model.running
    assert_same_record(model.record, sim.run(case))


def calls(requests: pd.DataFrame) -> pd.DataFrame:
    """What residents reported."""
    return requests[requests.kind == "call"]


def test_looking_changes_nothing() -> None:
    """The record of a run watched at every tick, and read now and then, is the same."""
    case = toy(*BUSY)
    model = CityModel(case, residents=500)
    while model.running:
        model.step()
        assert model.agents
        if model.tick % 96 == 0:
            assert len(calls(model.record.requests)) == model.tally.reported
    assert_same_record(model.record, sim.run(case))


def test_one_unit_of_time_is_one_tick() -> None:
    """Mesa's step, run_for and run_until move the clock by whole ticks."""
    model = CityModel(toy(), residents=0)
    assert (model.time, model.tick, model.minute) == (0, 0, 0)
    model.step()
    assert (model.time, model.tick, model.minute) == (1, 1, 15)
    model.run_for(3)
    assert (model.time, model.tick, model.minute) == (4, 4, 60)
    model.run_until(8)
    assert (model.time, model.tick, model.minute) == (8, 8, 120)
    model.run_for(0.5)
    assert (model.tick, model.minute) == (8, 120)
    model.run_for(0.5)
    assert (model.tick, model.minute) == (9, 135)


def test_a_run_stops_at_the_end_of_the_clock_and_stays_there() -> None:
    """Too long a duration is cut, and nothing happens afterwards, not even a warning."""
    model = CityModel(toy(), residents=0)
    model.run_for(10**9)
    assert (model.time, model.minute, model.running) == (480, 5 * DAY, False)
    before, rows = model.record, len(model.collector.get_model_vars_dataframe())
    model.step()
    model.run_for(5)
    model.run_until(3)
    assert (model.tick, model.minute, model.running) == (480, 5 * DAY, False)
    assert len(model.collector.get_model_vars_dataframe()) == rows == 480
    assert_same_record(model.record, before)


def test_stepping_while_running_reaches_the_end() -> None:
    """Mesa's usual loop ends by itself."""
    model = CityModel(toy("clock.tick_min=1000"), residents=0)
    model.run_model()
    assert (model.tick, model.minute) == (8, 5 * DAY)


def test_shifts_that_begin_at_midnight_have_begun_at_the_start() -> None:
    """The first look, before any step, shows the night shift at work."""
    model = CityModel(toy(), residents=0)
    assert model.state.worker.on_duty.sum() > 0


def test_a_record_before_the_end_is_that_of_a_shorter_run() -> None:
    """What has happened by the end of day 2 is what a run of two days leaves.

    But for shifts that begin at that very moment: they are of the longer run only, so here
    none does.
    """
    day = "{start: '06:00', end: '18:00', share: 0.5}"
    night = "{start: '18:00', end: '06:00', share: 0.5}"
    shifts = f"policy.staffing.rotas.police.shifts=[{day}, {night}]"
    without_tasks = (*BUSY, "world.service.background.share=0", shifts)
    model = CityModel(toy(*without_tasks), residents=0)
    model.run_for(2 * 96)
    so_far = model.record
    short = sim.run(toy(*without_tasks, "clock.days=1", "clock.follow_up_days=0"))
    assert_frame_equal(so_far.requests, short.requests, check_exact=True)
    unbooked = ["worker", "role", "unit", "requests", "overtime", "paid", "undone"]
    assert_frame_equal(so_far.work[unbooked], short.work[unbooked], check_exact=True)
    assert so_far.facts == short.facts


def test_a_record_before_the_end_counts_the_tasks_that_have_fallen_due() -> None:
    """Done or undone, every task due up to now is there, and none that comes later."""
    model = CityModel(toy("clock.warmup_days=0"), residents=0)
    model.run_for(150)
    work, tasks = model.record.work, model.plan.tasks
    due = np.where(tasks.t <= model.minute, tasks.minutes, 0.0)
    by_worker = [due[a:b].sum() for a, b in zip(tasks.first[:-1], tasks.first[1:], strict=True)]
    np.testing.assert_allclose(work.background + work.undone, by_worker, atol=1e-6)


@pytest.mark.parametrize("wrong", [12_001, -1, 2.5])
def test_residents_who_cannot_be_shown_are_refused(wrong: float) -> None:
    """The message names the argument, its value and what is allowed."""
    with pytest.raises(ValueError, match=rf"residents = {wrong}: .* from 0 to 12000"):
        CityModel(toy(), residents=wrong)  # type: ignore[arg-type]


def test_a_model_without_residents_shows_workers_only() -> None:
    """Nought is a number of residents."""
    model = CityModel(toy(), residents=0)
    assert len(model.agents) == 84


def test_a_run_that_nobody_looks_at_makes_no_agents() -> None:
    """Counting, collecting and deciding need none."""
    model = CityModel(toy(), deciders=[Clerk], residents=100)
    model.run_for(96)
    assert model._grid is None  # the property would make them
    assert len(model.agents) == 185


# --- the collector ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def busy() -> CityModel:
    """A toy city with long queues, run to the end."""
    model = CityModel(toy(*BUSY, "policy.dispatch.queue_capacity=3"), residents=0)
    model.run_for(model.horizon)
    return model


@pytest.fixture(scope="module")
def collected(busy: CityModel) -> pd.DataFrame:
    """What its collector kept."""
    frame: pd.DataFrame = busy.collector.get_model_vars_dataframe()
    return frame


def test_the_collector_keeps_one_row_per_tick(busy: CityModel, collected: pd.DataFrame) -> None:
    """With the columns that are documented, under the name Mesa's plots use as well."""
    assert list(collected.columns) == list(COLUMNS)
    assert collected.minute.tolist() == [15.0 * (n + 1) for n in range(480)]
    assert busy.datacollector is busy.collector


def test_collected_requests_add_up(collected: pd.DataFrame) -> None:
    """Reported is closed, lost or open at every tick, and some of the open ones wait."""
    rows = collected
    assert (rows.open == rows.reported - rows.closed - rows.lost).all()
    waiting = rows.waiting_emergency + rows.waiting_urgent + rows.waiting_routine
    assert (waiting <= rows.open).all()
    for grows in (rows.minute, rows.reported, rows.closed, rows.lost):
        assert grows.is_monotonic_increasing
    assert rows.lost.iloc[-1] > 0
    assert waiting.max() > 5


def test_collected_workers_add_up(collected: pd.DataFrame) -> None:
    """On duty is idle, in a task or on a request; who works overtime is busy besides."""
    rows = collected
    on_a_request = rows.on_duty - rows.idle - rows.in_task
    assert (on_a_request >= 0).all()
    assert (rows.busy >= on_a_request).all()
    assert rows.busy.max() > 5


def test_collected_figures_are_those_of_the_record(
    busy: CityModel, collected: pd.DataFrame
) -> None:
    """Recounting the record at any tick gives what was collected then."""
    requests = calls(busy.record.requests)
    closed = requests.status == "closed"
    for row in collected.iloc[[0, 40, 95, 200, 333, 479]].itertuples():
        assert row.reported == (requests.t_reported <= row.minute).sum()
        assert row.closed == (closed & (requests.t_close <= row.minute)).sum()
        reached = requests[requests.t_arrive <= row.minute]
        mean = (reached.t_arrive - reached.t_reported).mean()
        assert row.mean_response_min == pytest.approx(mean, rel=1e-12, nan_ok=True)
    last, requests = collected.iloc[-1], busy.record.requests
    assert last.lost == (calls(requests).status == "lost").sum()
    assert (
        last.waiting_routine
        == ((requests.status == "waiting") & (requests.urgency == "routine")).sum()
    )


# --- deciders -----------------------------------------------------------------------------


class Clerk(Decider):
    """Writes down when he is called, and does nothing."""

    every_min = 60.0
    log: ClassVar[list[tuple[str, float]]] = []

    def decide(self) -> None:
        """Note name and time."""
        self.log.append((type(self).__name__, self.model.minute))


class Secretary(Clerk):
    """The same, twice a day."""

    every_min = 720.0


def test_deciders_are_called_when_due_in_the_order_given() -> None:
    """After the tick at each multiple of their interval, first come first."""
    Clerk.log.clear()
    model = CityModel(toy(), deciders=[Secretary, Clerk], residents=0)
    model.run_for(96)
    hours = [("Clerk", 60.0 * hour) for hour in range(1, 25)]
    hours.insert(11, ("Secretary", 720.0))
    hours.insert(24, ("Secretary", 1440.0))
    assert Clerk.log == hours
    assert {type(agent) for agent in model.agents} >= {Secretary, Clerk}


def test_a_decider_who_does_nothing_changes_nothing() -> None:
    """Being there is no act."""
    case = toy(*BUSY)
    model = CityModel(case, deciders=[Clerk, Secretary], residents=0)
    model.run_for(model.horizon)
    assert_same_record(model.record, sim.run(case))


class Opener(Decider):
    """Opens overflow at the first tick."""

    every_min = 15.0

    def decide(self) -> None:
        """Open, again and again."""
        self.model.open_overflow(is_open=True)


class Latecomer(Opener):
    """Opens overflow at the end of day 1."""

    every_min = DAY


FRAGMENTED = (
    "world.demand.needs_per_1000_per_day=30",
    "policy=fragmented_layered",
    "policy.dispatch.overflow_reach=line",
)


def test_overflow_opened_at_once_is_the_overflow_of_the_policy() -> None:
    """A verb does what the lever does: the same record, to the bit."""
    opened = CityModel(toy(*FRAGMENTED), deciders=[Opener], residents=0)
    opened.run_for(opened.horizon)
    assert_same_record(opened.record, sim.run(toy(*FRAGMENTED, "policy.dispatch.overflow=1")))
    assert (opened.record.requests.tier == "overflow").sum() > 50


def test_overflow_opened_later_changes_what_comes_later_only() -> None:
    """Nobody helps out before the decision, many do after it."""
    model = CityModel(toy(*FRAGMENTED), deciders=[Latecomer], residents=0)
    model.run_for(model.horizon)
    before, after = sim.run(toy(*FRAGMENTED)).requests, model.record.requests
    columns = ["request", "t_dispatch", "t_arrive", "worker", "tier"]
    early = [rows.loc[rows.t_dispatch <= DAY, columns] for rows in (before, after)]
    assert_frame_equal(*(rows.reset_index(drop=True) for rows in early), check_exact=True)
    helped = after.t_dispatch[after.tier == "overflow"]
    assert len(helped) > 5
    assert helped.min() > DAY


def test_overflow_can_be_closed_again() -> None:
    """The verb goes both ways."""
    model = CityModel(toy(*FRAGMENTED, "policy.dispatch.overflow=1"), residents=0)
    model.open_overflow(is_open=False)
    model.run_for(model.horizon)
    assert_same_record(model.record, sim.run(toy(*FRAGMENTED)))


def test_a_reserve_kept_from_the_start_is_the_reserve_of_the_policy() -> None:
    """So is the other verb."""
    model = CityModel(toy(*BUSY), residents=0)
    model.keep_reserve("police", 1)
    model.run_for(model.horizon)
    reserved = sim.run(toy(*BUSY, "+policy.dispatch.reserve.police=1"))
    assert_same_record(model.record, reserved)
    assert not model.record.requests.equals(sim.run(toy(*BUSY)).requests)


@pytest.mark.parametrize(
    ("role", "persons", "message"),
    [
        ("rider", 1, r"role = 'rider': allowed: cadre, police, "),
        ("police", -1, r"persons = -1: allowed: a whole number from 0"),
        ("police", 0.5, r"persons = 0.5: allowed: a whole number from 0"),
    ],
)
def test_a_reserve_that_makes_no_sense_is_refused(role: str, persons: int, message: str) -> None:
    """The message names the argument, its value and what is allowed."""
    with pytest.raises(ValueError, match=message):
        CityModel(toy(), residents=0).keep_reserve(role, persons)


def test_the_backlog_is_what_waits_by_zone_and_class() -> None:
    """The same requests as in the record, and a copy: changing it changes nothing."""
    model = CityModel(toy(*BUSY), residents=0)
    model.run_for(96 + 40)
    waiting = model.record.requests.query("status == 'waiting'")
    backlog = model.backlog()
    counted = np.zeros_like(backlog)
    np.add.at(counted, (waiting.zone, waiting.urgency.cat.codes), 1)
    assert backlog.sum() > 0
    assert (backlog == counted).all()
    backlog[:] = 0
    assert model.backlog().sum() > 0


class Hasty(Clerk):
    """Wants to decide within a tick."""

    every_min = 20.0


class Timeless(Decider):
    """Does not say when."""


@pytest.mark.parametrize(("kind", "value"), [(Hasty, "20.0"), (Timeless, "None")])
def test_an_interval_that_is_no_multiple_of_the_tick_is_refused(
    kind: type[Decider], value: str
) -> None:
    """The message names class, value and tick."""
    message = rf"{kind.__name__}.every_min = {value}: allowed: a multiple of the tick, 15 min"
    with pytest.raises(ValueError, match=message):
        CityModel(toy(), deciders=[kind], residents=0)


def test_only_deciders_can_decide() -> None:
    """An instance, or another class, is refused by name."""
    with pytest.raises(
        TypeError, match=r"deciders: .*int.*: allowed: classes derived from Decider"
    ):
        CityModel(toy(), deciders=[int], residents=0)  # type: ignore[list-item]


def test_a_decider_must_say_how_he_decides() -> None:
    """Forgetting it is an error at the first call, not silence."""

    class Silent(Decider):
        every_min = 15.0

    model = CityModel(toy(), deciders=[Silent], residents=0)
    with pytest.raises(NotImplementedError, match="Silent must define decide"):
        model.step()
