"""Laws of every run, over random small worlds and policies.

Whatever is drawn: nobody is lost or doubled, times add up, nobody is in two places, and
what is switched off changes nothing.
"""

from functools import lru_cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import sim
from sim.base import DOMAINS
from sim.engine.build import Plan, plan
from sim.record import PARTS
from sim.units import DAY
from sim.world.tape import CALL, LATENT
from tests.laws.worlds import ALL_SKILLS, ROLES, Words, cases, heads, load, policies, worlds
from tests.policy import line, need, play, post, stage
from tests.support import lab, toy

law = settings(  # of as many worlds as the profile says: see tests/conftest.py
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
MINUTE_ERROR = 1e-6  # of sums of times


@lru_cache(maxsize=4)
def drawn(words: Words) -> Plan:
    """What is drawn for a case before it runs."""
    return plan(load(words))


@lru_cache(maxsize=4)
def run(words: Words) -> sim.Record:
    """The record of a case; do not change it."""
    return sim.run(load(words))


def answered(record: sim.Record) -> pd.DataFrame:
    """The requests that somebody was sent to."""
    return record.requests[record.requests.t_dispatch.notna()]


def assert_close(left: pd.Series, right: pd.Series) -> None:
    """Equal times, up to the error of their sums."""
    assert np.allclose(left, right, rtol=0, atol=MINUTE_ERROR)


def assert_same(one: sim.Record, other: sim.Record) -> None:
    """Equal to the bit, in both tables."""
    assert_frame_equal(one.requests, other.requests, check_exact=True)
    assert_frame_equal(one.work, other.work, check_exact=True)


# --- where requests are -------------------------------------------------------------


def kinds(record: sim.Record, *names: str) -> pd.DataFrame:
    """The requests of some kinds."""
    return record.requests[record.requests.kind.isin(names)]


@law
@given(cases())
def test_every_reported_need_is_somewhere_once(words: Words) -> None:
    """None is lost between the tape and the record, none doubled, none invented.

    Trust decides which calls are made; without it they are those of the base readiness.
    """
    tape, record = drawn(words).world.tape, run(words)
    assert record.requests.request.is_unique
    called = set(kinds(record, "call").request)
    if load(words).world.people.reaction.trust_gain == 0:
        assert called == set(tape.key[tape.reported])
    assert called <= set(tape.key[tape.kind == CALL])
    assert set(kinds(record, "latent").request) == set(tape.key[tape.kind == LATENT])


@law
@given(cases())
def test_what_was_reported_is_closed_given_up_turned_away_or_open(words: Words) -> None:
    """Reported = closed + abandoned + lost + open, for calls and for all the rest."""
    rows, open_ = run(words).requests, ("unborn", "moving", "waiting", "taken")
    still = ("hidden", "referred", "parted", *open_)
    for _, some in rows.groupby("kind", observed=True):
        count = some.status.value_counts()
        ended = count["closed"] + count["abandoned"] + count["lost"]
        assert ended + count[list(still)].sum() == len(some)
        assert some.t_close.notna().sum() == count["closed"]
    assert (rows.kind[rows.status == "hidden"] == "latent").all()
    assert (rows.kind[rows.status == "abandoned"] == "call").all()


@law
@given(cases())
def test_the_status_of_a_request_says_how_far_it_came(words: Words) -> None:
    """Each status has the times that go with it, and none lies after the end."""
    record = run(words)
    rows, end = record.requests, record.facts["end_min"]
    sent, served = rows.t_dispatch.notna(), rows.t_served.notna()
    closed, ready = rows.t_close.notna(), rows.t_ready.notna()
    reached = pd.DataFrame(
        {
            "unborn": rows.t_reported + rows.triage > end,
            "hidden": rows.t_reported.isna(),
            "moving": ~ready,
            "waiting": ready & ~sent,
            "lost": ready & ~sent,
            "abandoned": ~sent,
            "taken": sent & ~served,
            "referred": served & ~closed,
            "parted": served & ~closed,
            "closed": closed & served,
        }
    )
    for status, chosen in rows.groupby("status", observed=True):
        assert reached.loc[chosen.index, str(status)].all(), status
    times = [name for name in rows.columns if name.startswith("t_")]
    assert not (rows[times] > end).any(axis=None)
    assert (rows.worker.ge(0) == sent).all()


@law
@given(cases())
def test_what_follows_begins_when_what_it_follows_has_come_so_far(words: Words) -> None:
    """A second part when the first visit ends; a case opened again so long after closure."""
    tape, record = drawn(words).world.tape, run(words)
    rows = record.requests.set_index("request")
    parent = dict(zip(tape.key.tolist(), tape.key[tape.parent].tolist(), strict=True))
    parts, again = kinds(record, "part"), kinds(record, "again")
    for part in parts.itertuples():
        whole = rows.loc[parent[part.request]]
        assert part.t_reported == whole.t_served
        assert part.t_close == whole.t_close or (np.isnan(part.t_close) and np.isnan(whole.t_close))
        assert whole.status == ("closed" if part.status == "closed" else "parted")
    waited = load(words).world.service.reopen_after_min
    for second in again.itertuples():
        assert second.t_reported == rows.t_close[parent[second.request]] + waited
    assert (rows.status == "parted").sum() <= len(parts)


@law
@given(cases())
def test_a_hidden_problem_comes_to_light_once_and_by_somebody(words: Words) -> None:
    """Found by a role that may report it, noticed, seen by a rider, or gone off."""
    case, rows = load(words), kinds(run(words), "latent")
    lit = rows.t_reported.notna()
    assert rows.found_by.notna().equals(lit)
    assert (rows.t_reported >= rows.t_onset)[lit].all()
    for row in rows[lit].itertuples():
        if row.found_by == "ignition":
            assert (row.domain, row.urgency) == ("emergency", "emergency")
        elif row.found_by == "riders":
            assert row.outdoor
        elif row.found_by != "residents":
            assert row.domain in case.policy.sensing.reports[row.found_by]


@law
@given(cases())
def test_only_a_full_queue_loses_requests(words: Words) -> None:
    lost = (run(words).requests.status == "lost").sum()
    assert lost == 0 or "policy.dispatch.queue_capacity=3" in words


# --- times --------------------------------------------------------------------------


@law
@given(cases())
def test_the_parts_of_a_time_add_up(words: Words) -> None:
    """From report to readiness, to dispatch, to arrival, to closure.

    Where somebody may be called off his job, what that took is in the sum and not in the steps.
    """
    rows = answered(run(words))
    before = rows.t_reported + rows.triage + rows.unclear + rows.handoff
    assert_close(before, rows.t_ready)
    closed = rows[rows.t_close.notna()]
    assert_close(closed.t_reported + closed[list(PARTS)].sum(axis=1), closed.t_close)
    if load(words).policy.dispatch.preempts:
        return
    assert_close(rows.t_ready + rows.deferred + rows.off_duty + rows.queue, rows.t_dispatch)
    there = rows[rows.t_arrive.notna()]
    assert_close(there.t_dispatch + there.travel, there.t_arrive)
    served = rows[rows.t_served.notna()]
    assert_close(served.t_arrive + served.service, served.t_served)


@law
@given(cases())
def test_no_part_of_a_time_is_negative(words: Words) -> None:
    rows = answered(run(words))
    open_ = rows.t_close.isna()
    assert (rows[list(PARTS[:-1])] >= -MINUTE_ERROR).all(axis=None)
    assert (rows.coordination[~open_] >= -MINUTE_ERROR).all()
    assert rows.coordination[open_].isna().all()


@law
@given(cases())
def test_a_part_that_is_switched_off_takes_no_time(words: Words) -> None:
    """Nothing misnamed, no handoff; no dispute, no delay; emergencies are exempt.

    Second parts go to their owner by one handoff, wrong names or not.
    """
    case, rows = load(words), run(words).requests
    if case.world.demand.misnamed == 0:
        assert not rows.handoffs[rows.kind != "part"].any()
    if case.world.city.disputed_share * case.policy.layout.unclear_share == 0:
        assert not rows.unclear.any()
    assert not rows.unclear[rows.urgency == "emergency"].any()
    assert (rows.handoff[rows.handoffs == 0] == 0).all()
    assert not rows.deferred[rows.urgency != "routine"].gt(MINUTE_ERROR).any()
    knows = rows.kind.isin(["part", "again", "recurring"])
    assert not rows.unclear[knows].any()
    assert rows.handoffs[rows.kind == "part"].le(1).all()
    assert not rows.handoffs[rows.kind == "again"].any()
    react = case.world.people.reaction
    if react.impatient_share == 0:
        assert not rows.repeats.any()
        assert not (rows.status == "abandoned").any()
    if react.abandon_share == 0:
        assert not (rows.status == "abandoned").any()


# --- people -------------------------------------------------------------------------


@law
@given(cases())
def test_nobody_is_at_two_requests_at_once(words: Words) -> None:
    """Who is sent has served what he was sent to before, unless he may be called off it."""
    if load(words).policy.dispatch.preempts:
        return
    rows = answered(run(words)).sort_values(["worker", "t_dispatch"])
    free = rows.t_dispatch + rows.travel + rows.service
    again = rows.worker.to_numpy()[1:] == rows.worker.to_numpy()[:-1]
    gap = rows.t_dispatch.to_numpy()[1:] - free.to_numpy()[:-1]
    assert (gap[again] >= -MINUTE_ERROR).all()


@law
@given(cases())
def test_nobody_is_sent_off_shift(words: Words) -> None:
    """Every dispatch falls in a stretch of duty of the one who is sent."""
    duty, rows = drawn(words).duty, answered(run(words))
    if rows.empty:
        return
    horizon = 1e6  # longer than any clock here: stretches of all workers on one axis
    starts = duty.worker * horizon + duty.start
    when = rows.worker.to_numpy() * horizon + rows.t_dispatch.to_numpy()
    stretch = np.searchsorted(starts, when, side="right") - 1
    assert (stretch >= 0).all()
    assert (duty.worker[stretch] == rows.worker.to_numpy()).all()
    assert (rows.t_dispatch.to_numpy() <= duty.end[stretch]).all()


def test_nobody_is_sent_at_the_very_end_of_his_shift() -> None:
    """Duty is [start, end), also where two shifts end together and one leaves work behind.

    The first is busy in his zone, where a second request waits. At 17:30 nobody of the zone
    is on duty any more, and his neighbour, who goes home at 17:30 as well, is no cover.
    """
    late = [need(1000.0, work=100.0), need(1030.0)]
    mapping = stage(
        late, [post("server", 0), post("server", 1)], "world.service.cover.neighbours=1"
    )
    mapping["policy"]["layout"]["lines"] = [line("all", cells=[0] * 50 + [1] * 50)]
    shift = {"start": "08:30", "end": "17:30", "share": 1.0}
    mapping["policy"]["staffing"]["rotas"]["server"]["shifts"] = [shift]
    assert play(mapping).t_dispatch[1] == DAY + 510


def test_a_city_without_anybody_on_duty_answers_nobody() -> None:
    """Its only worker has the days off that are simulated."""
    clock = ("clock=week", "clock.warmup_days=0", "clock.days=1", "clock.follow_up_days=0")
    for seed in range(20):
        words = (*clock, "policy.staffing.rotas.server.days_on=1", f"draws.seed={seed}")
        record = sim.run(lab(*words))
        assert (record.work.paid > 0).any() or record.requests.t_arrive.isna().all()


@law
@given(cases())
def test_nobody_is_sent_to_what_he_cannot_do(words: Words) -> None:
    """By the skills of his role; responders also answer emergencies, and urgent ones at night."""
    case, rows = load(words), answered(run(words))
    skills, responders = case.policy.staffing.skills, case.world.service.cover.responders
    for row in rows.itertuples():
        able = skills[row.role].get(row.domain, "none") != "none"
        called = row.role in responders and row.urgency in ("emergency", "urgent")
        assert able or called, row


@law
@given(cases())
def test_nobody_works_more_than_he_is_there(words: Words) -> None:
    """Way, work and background fit into paid time and overtime."""
    work = run(words).work
    busy = work.travel + work.service + work.background
    assert (busy <= work.paid + work.overtime + MINUTE_ERROR).all()
    assert (work.drop(columns=["role"]) >= 0).all(axis=None)


def test_overtime_counts_while_the_job_goes_on() -> None:
    """A job still in hand when the run ends: its minutes are booked, so must be the overtime."""
    hours = ", ".join(f"{domain}: 300.0" for domain in DOMAINS)
    ends = ("clock.days=1", "clock.follow_up_days=0", f"world.service.work.median_min={{{hours}}}")
    work = sim.run(toy(*ends, "world.demand.needs_per_1000_per_day=30")).work
    busy = work.travel + work.service + work.background
    assert (busy <= work.paid + work.overtime + MINUTE_ERROR).all()


@law
@given(cases())
def test_the_two_tables_of_a_record_agree(words: Words) -> None:
    """Requests begun in the measured part, and who began them."""
    record, case = run(words), load(words)
    start = case.clock.warmup_days * DAY
    rows = answered(record)
    inside = rows.t_dispatch.between(start, start + case.clock.days * DAY, inclusive="left")
    begun = np.bincount(rows.worker[inside], minlength=len(record.work))
    assert (record.work.requests == begun).all()
    role = record.work.role.astype(str).to_numpy()[rows.worker]
    assert (rows.role.astype(str) == role).all()


# --- between arms -------------------------------------------------------------------


@law
@given(worlds(), heads(), policies(), policies())
def test_arms_differ_neither_in_people_nor_in_needs(
    world: Words, people: Words, one: Words, other: Words
) -> None:
    """Heads, paid hours and background duties by worker; needs by name."""
    world = (*world, "world.people.reaction.trust_gain=0")  # or who calls would differ
    left, right = drawn((*world, *people, *one)), drawn((*world, *people, *other))
    assert left.posting.role.tolist() == right.posting.role.tolist()
    for part in ("duty", "tasks"):
        for name, column in vars(getattr(left, part)).items():
            assert np.array_equal(column, vars(getattr(right, part))[name]), name
    rows = [run((*world, *people, *arm)) for arm in (one, other)]
    given_alike = ["request", "t_reported", "measured", "cell", "domain", "urgency", "triage"]
    assert_frame_equal(*(kinds(record, "call")[given_alike] for record in rows))
    begun_alike = ["request", "t_onset", "measured", "cell", "outdoor"]
    assert_frame_equal(*(kinds(record, "latent")[begun_alike] for record in rows))
    assert rows[0].work.paid.tolist() == rows[1].work.paid.tolist()


@law
@given(cases())
def test_first_come_first_served_in_a_zone_and_class(words: Words) -> None:
    """Where anybody of the zone may serve any request, and nobody helps from outside."""
    skills = ", ".join(f"{role}: {{{ALL_SKILLS}}}" for role in ROLES)
    rows = answered(
        run(
            (
                *words,
                f"policy.staffing.skills={{{skills}}}",
                "world.service.cover.neighbours=0",
                "world.service.cover.night=0",
                "policy.dispatch.overflow=0",
                "policy.dispatch.chain=0",
                "policy.dispatch.ageing_per_h=0",
                "policy.dispatch.queue_capacity=.inf",
            )
        )
    )
    for _, queue in rows.sort_values(["t_ready"]).groupby(["zone", "urgency"], observed=True):
        assert queue.t_dispatch.is_monotonic_increasing


# --- what is off --------------------------------------------------------------------

OFF = {
    "no overflow, whatever its reach": (
        ["policy.dispatch.overflow=0"],
        ["policy.dispatch.overflow_reach=neighbours"],
        ["policy.dispatch.overflow_reach=line"],
    ),
    "no reserve, named or not": (
        [],
        ["policy.dispatch.reserve={}"],
        ["policy.dispatch.reserve={police: 0, cadre: 0}"],
    ),
    "no disputed cells, however long disputes take": (
        ["world.city.disputed_share=0.0"],
        ["policy.routing.unclear.routine.median_min=0.0"],
        ["policy.routing.unclear.routine.median_min=9999.0", "policy.routing.unclear_sigma=3.0"],
    ),
    "no dispute left, however long disputes take": (
        ["policy.layout.unclear_share=0.0"],
        ["policy.routing.unclear.urgent.median_min=0.0", "world.city.disputed_share=0.3"],
        ["policy.routing.unclear.urgent.median_min=9999.0", "world.city.disputed_share=0.6"],
    ),
    "nothing misnamed, however long handoffs take": (
        ["world.demand.misnamed=0.0", "world.demand.joint_share=0.0"],
        ["policy.routing.handoff.routine.median_min=0.0"],
        ["policy.routing.handoff.routine.median_min=9999.0", "policy.routing.handoff_sigma=3.0"],
    ),
    "no background work, whoever may interrupt it": (
        ["world.service.background.share=0.0"],
        ["world.service.background.interrupted_by=[]", "world.service.background.task_min=1.0"],
        ["world.service.background.interrupted_by=[emergency, urgent, routine]"],
    ),
    "no limit to queues, or one out of reach": (
        [],
        ["policy.dispatch.queue_capacity=.inf"],
        ["policy.dispatch.queue_capacity=100000"],
    ),
    "no whistle, however soon it is answered": (
        ["policy.whistle.rate=0"],
        ["policy.whistle.report_in_min=1", "policy.whistle.whistle_sigma=0.0"],
        ["policy.whistle.report_in_min=.inf", "policy.whistle.whistle_sigma=2.0"],
    ),
    "no cases for departments, however they are called": (
        [f"world.demand.specialist_share={{{', '.join(f'{name}: 0' for name in DOMAINS)}}}"],
        ["policy.whistle.rate=0", "policy.whistle.letter_sigma=0.0"],
        ["policy.whistle.rate=1", "policy.staffing.leaders.approval_min=30"],
    ),
    "nobody impatient, whatever their patience": (
        ["world.people.reaction.impatient_share=0"],
        ["world.people.reaction.patience_median_min=1", "world.people.reaction.abandon_share=1"],
        ["world.people.reaction.patience_median_min=99", "world.people.reaction.abandon_share=0"],
    ),
    "trust that does not move, whatever it would move": (
        ["world.people.reaction.trust_gain=0"],
        ["world.people.reaction.trust_start=0.1", "world.people.reaction.trust_reports=0"],
        ["world.people.reaction.in_time_min=1", "world.people.reaction.trust_turnout=9"],
    ),
    "nobody who switches, whatever the threshold": (
        ["policy.surge.rate=0"],
        ["policy.surge.open_at=1"],
        ["policy.surge.open_at=99", "policy.surge.roles=[]"],
    ),
    "nothing hidden, whoever looks": (
        ["world.demand.latent.per_1000_per_day=0"],
        ["world.service.patrol.sweep_per_hour=0", "policy.sensing.beyond_line=0"],
        ["world.service.patrol.sweep_per_hour=60", "policy.sensing.riders_per_hour=1"],
    ),
    "no riders, at whatever hour": (
        ["policy.sensing.riders_per_hour=0"],
        [],
        [f"policy.sensing.riders_by_hour=[{', '.join(['1'] * 24)}]"],
    ),
    "no slowdown, however soon one learns": (
        ["policy.staffing.slowdown=0.0"],
        ["policy.staffing.practice.learning_days=0.1"],
        ["policy.staffing.practice.learning_days=.inf"],
    ),
    "no dip, however soon it is over": (
        ["policy.staffing.practice.dip=0.0"],
        ["policy.staffing.practice.dip_days=0.1"],
        ["policy.staffing.practice.dip_days=99"],
    ),
    "leaders who sign at once, however many": (
        ["policy.staffing.leaders.approval_min=0"],
        ["policy.staffing.leaders.zones_each=1"],
        ["policy.staffing.leaders.zones_each=99"],
    ),
    "nothing opened again, however late": (
        ["world.demand.reopen_share=0"],
        ["world.service.reopen_after_min=0"],
        ["world.service.reopen_after_min=99"],
    ),
    "a shift no rebalancing may move": (
        ["policy.staffing.balanced={}"],
        ["policy.staffing.balance=0.0"],
        ["policy.staffing.balance=1.0"],
    ),
}


@pytest.mark.parametrize("name", OFF)
@settings(law, max_examples=6)
@given(words=cases())
def test_what_is_off_changes_nothing(name: str, words: Words) -> None:
    """Two values of a lever that is off give the same record to the bit."""
    off, *values = OFF[name]
    one, other = (run((*words, *off, *value)) for value in values)
    assert_same(one, other)


# --- faster and more ----------------------------------------------------------------


@st.composite
def queues(draw: st.DrawFn) -> Words:
    """One class, one role with every skill, no travel: a queue with several servers."""
    closes, servers = draw(st.sampled_from(["24:00", "16:00"])), draw(st.integers(1, 6))
    load = draw(st.floats(0.5, 1.3))  # a server closes about 33 requests a day
    work = draw(st.sampled_from(["exponential", "lognormal", "deterministic"]))
    return (
        "clock=week",
        "clock.days=4",
        "clock.follow_up_days=3",
        f"draws.seed={draw(st.integers(0, 2**63 - 1))}",
        f"world.service.work.law={work}",
        f"world.service.work.sigma={draw(st.floats(0, 2)):.3f}",
        f'world.service.hours.routine={{opens: "00:00", closes: "{closes}"}}',
        f"world.demand.needs_per_1000_per_day={33 * servers * load:.3f}",
        f"policy.staffing.heads.server={servers}",
    )


def assert_no_wait_is_longer(before: sim.Case, after: sim.Case) -> None:
    """Request by request; one that waits at the end waited longest of all."""
    rows = [sim.run(case).requests.set_index("request") for case in (before, after)]
    waits = [(row.t_dispatch - row.t_ready).fillna(np.inf) for row in rows]
    assert (waits[1] <= waits[0] + MINUTE_ERROR).all()


@law
@given(queues(), st.integers(1, 3))
def test_more_people_never_lengthen_a_wait(words: Words, more: int) -> None:
    """Where it must hold: one class, the same skills, no travel (sim/ODD.md, Monotone)."""
    before = lab(*words)
    count = before.policy.staffing.heads["server"] + more
    assert_no_wait_is_longer(before, lab(*words, f"policy.staffing.heads.server={count}"))


@law
@given(queues(), st.floats(0.3, 0.99))
def test_shorter_work_never_lengthens_a_wait(words: Words, factor: float) -> None:
    """The same jobs, each a little shorter."""
    before = lab(*words)
    median = before.world.service.work.median_min["city_order"] * factor
    after = lab(*words, f"world.service.work.median_min.city_order={median!r}")
    assert_no_wait_is_longer(before, after)
