"""What a run leaves: times that add up, rows that stay, and an alarm when something is lost."""

from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.engine.build import build
from sim.engine.state import CLOSED, TAKEN, UNBORN, WAITING, State
from sim.record import PARTS, STATUS, TIERS
from sim.runner import proceed, record
from sim.units import DAY
from sim.world.tape import KINDS, KNOWN_BY, LATENT
from tests.policy import POLICIES, planned_toy
from tests.support import lab, toy

BUSY = "world.demand.needs_per_1000_per_day=12"
MIXED = ("world.demand.misnamed=0.2", "world.city.disputed_share=0.1", BUSY)


@lru_cache(maxsize=16)
def ran(name: str) -> sim.Record:
    """A small busy city under a policy, with wrong names and unclear areas; do not change it."""
    return sim.run(planned_toy(name, *MIXED).case)


# --- times add up -------------------------------------------------------------------


@pytest.mark.parametrize("name", POLICIES)
def test_the_parts_of_the_time_add_up_to_closure(name: str) -> None:
    """For every closed request, within a millionth of a minute; and no part is negative."""
    rows = ran(name).requests
    closed = rows[rows.t_close.notna()]
    assert len(closed) > 300
    total = closed[list(PARTS)].sum(axis=1)
    assert np.abs(total - (closed.t_close - closed.t_reported)).max() < 1e-6
    assert closed[list(PARTS)].to_numpy().min() > -1e-6


@pytest.mark.parametrize("name", POLICIES)
def test_a_request_goes_through_its_stages_in_order(name: str) -> None:
    """Reported, ready, dispatched, arrived, served, closed; what has not happened is NaN.

    With a department in between where one is needed; a hidden problem has a beginning as well.
    """
    rows = ran(name).requests
    stages = ["t_reported", "t_ready", "t_dispatch", "t_arrive", "t_served", "t_close"]
    desk = ["t_served", "t_desk", "t_attended"]
    for before, after in [*pairwise(stages), *pairwise(desk)]:
        happened = rows[after].notna()
        assert (rows[after] >= rows[before])[happened].all()
        assert rows[before][happened].notna().all()
    known = {
        "unborn": (False, False),
        "moving": (False, False),
        "waiting": (True, False),
        "taken": (True, True),
        "referred": (True, True),
        "closed": (True, True),
        "hidden": (False, False),
    }
    assert set(rows.status) <= set(known)
    for status, (ready, sent) in known.items():
        mine = rows[rows.status == status]
        assert (mine.t_ready.notna() == ready).all(), status
        assert (mine.t_dispatch.notna() == sent).all(), status
    assert (rows.t_close.notna() == (rows.status == "closed")).all()
    hidden = rows[rows.kind == "latent"]
    assert (hidden.t_onset <= hidden.t_reported.fillna(np.inf)).all()
    assert (hidden.t_reported.isna() == (hidden.status == "hidden")).all()
    assert rows.t_onset.isna().equals(rows.kind != "latent")


@pytest.mark.parametrize("name", POLICIES)
def test_every_need_is_in_the_record_once(name: str) -> None:
    """Reported = moving + waiting + taken + referred + closed + not yet triaged; names are unique.

    What begins unseen is there from its beginning, what follows from a call when it comes.
    """
    planned, rows = planned_toy(name, *MIXED), ran(name).requests
    tape = planned.world.tape
    assert rows.request.is_unique
    assert rows.status.value_counts().sum() == len(rows)
    calls = rows[rows.kind == "call"]
    assert len(calls) == int(tape.reported.sum())
    unborn = calls.t_reported + calls.triage > 5 * DAY
    assert ((calls.status == "unborn") == unborn).all()
    assert (rows.kind == "latent").sum() == (tape.kind == LATENT).sum()
    key = dict(zip(tape.key.tolist(), tape.key[tape.parent].tolist(), strict=True))
    parents = rows.set_index("request").loc[rows.request[rows.kind == "again"].map(key)]
    assert (parents.status == "closed").all()
    assert (rows.status[rows.kind != "call"] != "unborn").all()


@pytest.mark.parametrize("name", POLICIES)
def test_nobody_is_at_two_places(name: str) -> None:
    """A worker sets off to a request only when the one before is done: no arm here pre-empts."""
    rows = ran(name).requests.dropna(subset=["t_dispatch"])
    for _, jobs in rows.groupby("worker"):
        ordered = jobs.sort_values("t_dispatch")
        ends = (ordered.t_arrive + ordered.service).to_numpy()
        assert (ordered.t_dispatch.to_numpy()[1:] >= ends[:-1] - 1e-9).all()


@pytest.mark.parametrize("name", POLICIES)
def test_work_in_the_two_tables_is_the_same(name: str) -> None:
    """Travel, service and requests of a worker are those of his rows, in the measured part."""
    rows, work = ran(name).requests.dropna(subset=["t_dispatch"]), ran(name).work
    start, end = 1 * DAY, 4 * DAY

    def within(a: pd.Series, b: pd.Series) -> pd.Series:
        return (b.clip(start, end) - a.clip(start, end)).groupby(rows.worker).sum()

    for column, found in (
        ("travel", within(rows.t_dispatch, rows.t_arrive)),
        ("service", within(rows.t_arrive, rows.t_arrive + rows.service)),
        ("requests", rows.t_dispatch.between(start, end, inclusive="left").groupby(rows.worker)),
    ):
        total = found if isinstance(found, pd.Series) else found.sum()
        expected = total.reindex(work.worker, fill_value=0)
        assert work[column].to_numpy() == pytest.approx(expected.to_numpy())


@pytest.mark.parametrize("name", POLICIES)
def test_busy_time_fits_into_paid_time_and_overtime(name: str) -> None:
    """Nobody works longer than he is paid for and his overtime."""
    work = ran(name).work
    busy = work.travel + work.service + work.background
    assert (busy <= work.paid + work.overtime + 1e-6).all()
    assert (work[["travel", "service", "background", "overtime", "undone"]] >= 0).all().all()


def test_only_the_measured_part_is_marked_measured() -> None:
    """Calls reported, and problems begun, after the warm-up and before the follow-up.

    What follows from a call is not counted besides it.
    """
    rows = ran("merged").requests
    begins = rows.t_onset.fillna(rows.t_reported)
    own = rows.kind.isin(["call", "latent"])
    assert (rows.measured == own & begins.between(DAY, 4 * DAY, inclusive="left")).all()
    facts = ran("merged").facts
    spans = {name: facts[name] for name in ("measured_min", "follow_up_min", "end_min")}
    assert spans == {"measured_min": 3 * DAY, "follow_up_min": DAY, "end_min": 5 * DAY}


def test_names_in_the_record_are_the_cases() -> None:
    """Lines, roles, communities, tiers, kinds, finders and states carry their names."""
    planned, rows = planned_toy("fragmented_layered", *MIXED), ran("fragmented_layered").requests
    assert tuple(rows.line.cat.categories) == ("party", "public_order", "police", "city_management")
    assert tuple(rows.role.cat.categories) == planned.roles
    assert tuple(rows.community.cat.categories) == planned.world.city.communities
    assert tuple(rows.tier.cat.categories) == TIERS
    assert tuple(rows.status.cat.categories) == STATUS
    assert tuple(rows.kind.cat.categories) == KINDS
    assert tuple(rows.found_by.cat.categories) == (*planned.roles, *KNOWN_BY)
    lit = (rows.kind == "latent") & rows.t_reported.notna()
    assert rows.found_by.notna().equals(lit)
    assert lit.sum() > 10
    assert (rows.role.isna() == rows.t_dispatch.isna()).all()
    assert (rows.tier.isna() == rows.t_dispatch.isna()).all()
    skills = planned.case.policy.staffing.skills
    own = rows[(rows.tier == "own") & rows.role.notna()]
    assert all(skills[row.role].get(row.domain, "none") != "none" for row in own.itertuples())


def test_a_run_without_needs_leaves_empty_tables() -> None:
    """No requests, and work rows all the same."""
    nothing = ("world.demand.needs_per_1000_per_day=0", "world.demand.latent.per_1000_per_day=0")
    record = sim.run(toy(*nothing))
    assert len(record.requests) == 0
    assert len(record.work) == 84
    assert not record.work[["requests", "travel", "service"]].to_numpy().any()


# --- save and load ------------------------------------------------------------------


def test_a_record_survives_being_saved_and_loaded(tmp_path: Path) -> None:
    """Tables to the bit with their types, balance and facts; the folder is made."""
    record = ran("merged")
    record.save(tmp_path / "deep" / "down")
    again = sim.Record.load(tmp_path / "deep" / "down")
    pd.testing.assert_frame_equal(again.requests, record.requests, check_exact=True)
    pd.testing.assert_frame_equal(again.work, record.work, check_exact=True)
    assert again.balance == record.balance
    assert again.facts == record.facts
    assert sorted(path.name for path in (tmp_path / "deep" / "down").iterdir()) == [
        "record.json",
        "requests.parquet",
        "work.parquet",
    ]


def test_saving_again_replaces_what_was_there(tmp_path: Path) -> None:
    """The folder holds the last record."""
    ran("merged").save(tmp_path)
    ran("narrow").save(tmp_path)
    pd.testing.assert_frame_equal(sim.Record.load(tmp_path).work, ran("narrow").work)


# --- conservation -------------------------------------------------------------------


def lose_one(state: State) -> None:
    """Somebody's request is forgotten."""
    state.request.status[np.flatnonzero(state.request.status == CLOSED)[0]] = UNBORN


def forget_a_queue(state: State) -> None:
    """A request waits in no queue."""
    state.request.status[np.flatnonzero(state.request.status == TAKEN)[0]] = WAITING


def queue_a_ghost(state: State) -> None:
    """A queue holds one more than there are."""
    state.queue.length[0, 0] += 1


def send_to_two(state: State) -> None:
    """A worker is sent to a second request while on the first one."""
    worker = np.bincount(state.request.worker[state.request.worker >= 0]).argmax()
    jobs = np.flatnonzero(state.request.worker == worker)
    one, other = jobs[np.argsort(state.request.t_dispatch[jobs])][:2]
    for name in ("t_dispatch", "t_arrive", "t_served", "t_close", "t_ready"):
        state.request[name][other] = state.request[name][one]
    state.request.deferred[other] = state.request.off_duty[other] = 0.0


def wait_less_than_nothing(state: State) -> None:
    """More of the wait is booked than there was."""
    state.request.deferred[np.flatnonzero(state.request.status == CLOSED)[0]] += 1e4


TAMPERED: list[tuple[Callable[[State], None], str]] = [
    (lose_one, "lost or doubled"),
    (forget_a_queue, "queues and the requests' status disagree"),
    (queue_a_ghost, "queues and the requests' status disagree"),
    (send_to_two, "sent to two requests at once"),
    (wait_less_than_nothing, "a waiting time is negative"),
]


@pytest.mark.parametrize(("tamper", "message"), TAMPERED)
def test_a_state_that_violates_conservation_is_no_record(
    tamper: Callable[[State], None], message: str
) -> None:
    """The results of such a run must not be used: it raises instead."""
    planned = planned_toy("merged", *MIXED)
    state = proceed(build(planned), 5 * DAY)
    assert len(record(planned, state).requests) > 300
    tamper(state)
    with pytest.raises(sim.RunError, match=message):
        record(planned, state)


def test_a_full_heap_grows_and_changes_nothing() -> None:
    """However little room the run begins with."""
    planned = planned_toy("merged", *MIXED)
    state = build(planned)
    tight = state._replace(heap=state.heap[: 2 * len(state.worker) + 17])
    again = record(planned, proceed(tight, 5 * DAY))
    pd.testing.assert_frame_equal(again.requests, ran("merged").requests, check_exact=True)


def test_the_same_case_leaves_the_same_record() -> None:
    """And another replication another one."""
    one, again, other = (sim.run(lab("clock=week").replicate(number)) for number in (0, 0, 1))
    assert one.requests.equals(again.requests)
    assert one.work.equals(again.work)
    assert not one.requests.t_reported.equals(other.requests.t_reported)
