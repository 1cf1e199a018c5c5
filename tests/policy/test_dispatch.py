"""Who goes, which request comes next, and that nobody idles beside a request he could take."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chisquare

import sim
from sim.base import DOMAINS
from sim.engine.build import Plan, build
from sim.runner import proceed, record
from sim.units import DAY
from tests.policy import POLICIES, hire, line, need, planned_toy, play, post, stage
from tests.policy.recount import (
    State,
    Watch,
    assert_counts,
    assert_links,
    assert_stages,
    idle_beside_waiting,
)
from tests.support import first
from tests.world import assert_share

BUSY = "world.demand.needs_per_1000_per_day=6"
EVERYTHING = dict.fromkeys(DOMAINS, "own")


def patrol(needs: list[dict[str, Any]], *homes: int, speed_kmh: float = 6.0) -> dict[str, Any]:
    """One zone of ten by ten cells and workers with homes in it."""
    mapping = stage(needs, [post("runner", 0, home=home) for home in homes])
    hire(mapping, "runner", EVERYTHING, speed_kmh=speed_kmh)
    return mapping


# --- a request picks a worker -------------------------------------------------------


@pytest.mark.parametrize("cell", [0, 12, 44, 57, 93, 99])
def test_the_nearest_goes(cell: int) -> None:
    """The worker with the fewest steps to the request; no ties among these."""
    homes = (1, 38, 63, 95)
    steps = [abs(cell % 10 - h % 10) + abs(cell // 10 - h // 10) for h in homes]
    row = play(patrol([need(600.0, cell=cell)], *homes)).iloc[0]
    assert steps.count(min(steps)) == 1
    assert row.worker == int(np.argmin(steps))
    assert row.travel == pytest.approx(min(steps))


def test_the_nearest_in_time_goes() -> None:
    """A fast one from afar before a slow one next door."""
    mapping = patrol([need(600.0, cell=4)], 3)
    hire(mapping, "rider", EVERYTHING, speed_kmh=60.0)
    mapping["policy"]["staffing"]["posts"].append(post("rider", 0, home=9))
    row = play(mapping).iloc[0]
    assert (row.worker, row.role) == (1, "rider")
    assert row.travel == pytest.approx(0.5)


def test_busy_workers_are_passed_over() -> None:
    """The next nearest goes while the nearest is on a request."""
    rows = play(patrol([need(600.0, cell=0), need(605.0, cell=1)], 0, 9))
    assert rows.worker.tolist() == [0, 1]


def test_a_worker_without_the_skill_does_not_go() -> None:
    """However near; and one with a crossed skill does."""
    mapping = patrol([need(600.0, cell=0, domain="hazards")], 0, 9)
    hire(mapping, "porter", {"city_order": "own"})
    mapping["policy"]["staffing"]["posts"][0] = post("porter", 0, home=0)
    assert play(mapping).worker[0] == 1
    mapping["policy"]["staffing"]["skills"]["porter"]["hazards"] = "cross"
    assert play(mapping).worker[0] == 0


def ties(count: int, homes: tuple[int, ...], speed_kmh: float = 6.0) -> pd.Series:
    """Who goes to so many requests far apart in time, everybody back home in between."""
    needs = [need(10.0 * k, cell=55, work=0.1) for k in range(count)]
    mapping = patrol(needs, *homes, speed_kmh=speed_kmh)
    mapping["policy"]["dispatch"]["after_job"] = "home"
    return play(mapping).worker


def test_a_tie_is_drawn_by_lot() -> None:
    """Of two workers at the same distance each goes to half of the requests."""
    assert_share(ties(600, (45, 65)) == 0, 0.5)


def test_a_tie_of_many_is_won_by_all_alike() -> None:
    """Five workers at one home share the requests evenly in a chi-square test at 1 %."""
    count = ties(900, (55,) * 5).value_counts()
    assert len(count) == 5
    assert chisquare(count).pvalue > 0.01


def test_travel_counts_in_whole_seconds() -> None:
    """A tenth of a second is no advantage: the tie is drawn by lot."""
    assert_share(ties(600, (54, 58), speed_kmh=3600.0) == 0, 0.5)
    assert (ties(50, (54, 58), speed_kmh=60.0) == 0).all()


def test_the_lot_is_drawn_anew_for_every_request_and_replication() -> None:
    """It hangs on request, worker and seed: no fixed order, and the same again next time."""
    needs = [need(10.0 * k, cell=55, work=0.1) for k in range(60)]
    mapping = patrol(needs, 55, 55)
    first, again, other = (
        sim.run(sim.load(mapping).replicate(k)).requests.worker for k in (0, 0, 1)
    )
    assert first.equals(again)
    assert not first.equals(other)


# --- a worker picks a request -------------------------------------------------------


def test_a_free_worker_takes_the_most_urgent_and_then_the_oldest() -> None:
    """Classes in order; first come first served within a class."""
    needs = [
        need(600.0, work=60.0),
        need(610.0),
        need(620.0, urgency="urgent"),
        need(605.0),
        need(630.0, urgency="emergency"),
        need(615.0, urgency="urgent"),
    ]
    rows = play(patrol(needs, 0))
    assert np.argsort(rows.t_dispatch).tolist() == [0, 4, 5, 2, 3, 1]


def long_job_then(urgency: str, ageing_per_h: float) -> list[int]:
    """Who is served in which order: a routine request waits 190 min, something else 100 or less."""
    needs = [need(600.0, work=200.0), need(610.0), need(700.0, urgency=urgency)]
    mapping = patrol(needs, 0)
    mapping["policy"]["dispatch"]["ageing_per_h"] = ageing_per_h
    return list(np.argsort(play(mapping).t_dispatch))


@pytest.mark.parametrize(
    ("ageing_per_h", "order"), [(0.0, [0, 2, 1]), (0.3, [0, 2, 1]), (0.4, [0, 1, 2])]
)
def test_who_waits_long_enough_comes_before_a_more_urgent_class(
    ageing_per_h: float, order: list[int]
) -> None:
    """After an hour over the rate a routine request ranks as urgent, and is the older one."""
    assert long_job_then("urgent", ageing_per_h) == order


def test_no_waiting_comes_before_an_emergency() -> None:
    """However fast requests age."""
    assert long_job_then("emergency", 1000.0) == [0, 2, 1]


def test_requests_that_are_ready_at_one_moment_are_served_in_order_of_their_number() -> None:
    """Of a class; the class comes first."""
    needs = [need(600.0), need(600.0), need(600.0, urgency="urgent"), need(600.0)]
    assert np.argsort(play(patrol(needs, 0)).t_dispatch).tolist() == [2, 0, 1, 3]


def test_a_worker_skips_what_he_cannot_do() -> None:
    """The head of the queue waits for somebody else without holding up those behind it."""
    needs = [need(600.0, work=60.0), need(601.0, domain="hazards"), need(602.0)]
    mapping = stage(needs, [post("porter", 0), post("expert", 0)])
    hire(mapping, "porter", {"city_order": "own"})
    hire(mapping, "expert", {"hazards": "own"}, (("12:00", "24:00", 1.0),))
    rows = play(mapping)
    assert rows.worker.tolist() == [0, 1, 0]
    assert rows.t_dispatch.tolist() == [600.0, 720.0, 660.0]


@pytest.mark.parametrize(("place", "travel"), [("stay", 1.0), ("home", 6.0)])
def test_after_a_job_a_worker_stays_or_is_home(place: str, travel: float) -> None:
    """The next way begins where the lever says: beside the last request, or at home."""
    mapping = patrol([need(600.0, cell=5), need(700.0, cell=6)], 0)
    mapping["policy"]["dispatch"]["after_job"] = place
    assert play(mapping).travel.tolist() == pytest.approx([5.0, travel])


# --- preference, capacity -----------------------------------------------------------


def by_list(needs: list[dict[str, Any]], order: list[int]) -> dict[str, Any]:
    """Three workers and one order of preference for every cell."""
    mapping = patrol(needs, 0, 5, 9)
    mapping["policy"]["dispatch"] |= {"rule": "preference", "preference": [order] * 100}
    return mapping


def test_a_fixed_list_beats_distance() -> None:
    """The first available on the cell's list goes; those not on it come last."""
    needs = [need(600.0 + k, cell=0) for k in range(4)]
    rows = play(by_list(needs, [2, 0]))
    assert rows.worker.tolist() == [2, 0, 1, 0]
    assert rows.t_dispatch[3] == rows.t_close[1]


def test_a_list_that_does_not_fit_is_refused() -> None:
    """One row per cell, and only workers that exist."""
    mapping = by_list([], [0])
    mapping["policy"]["dispatch"]["preference"] = [[0]]
    with pytest.raises(sim.CaseError, match=r"preference has 1 rows; allowed: one per cell, 100"):
        sim.run(sim.load(mapping))
    with pytest.raises(sim.CaseError, match=r"preference\.0: no worker 3; allowed: 0\.\.2"):
        sim.run(sim.load(by_list([], [3])))


@pytest.mark.parametrize(("capacity", "lost"), [(0, 3), (1, 2), (2, 1), (3, 0)])
def test_beyond_its_capacity_a_zone_turns_requests_away(capacity: int, lost: int) -> None:
    """The last ones to come are lost: never answered, and not in the queue."""
    mapping = patrol([need(600.0 + k) for k in range(4)], 0)
    mapping["policy"]["dispatch"]["queue_capacity"] = float(capacity)
    rows = play(mapping)
    assert (rows.status == "lost").tolist() == [False] * (4 - lost) + [True] * lost
    assert rows.t_dispatch.isna().tolist() == [False] * (4 - lost) + [True] * lost
    assert (rows.status[: 4 - lost] == "closed").all()


# --- overflow -----------------------------------------------------------------------


def three_zones(needs: list[dict[str, Any]], reach: str = "neighbours") -> dict[str, Any]:
    """West, middle and east, a worker each; helpers come when another request waits."""
    posts = [post("runner", 0, home=0), post("runner", 1, home=45), post("runner", 2, home=99)]
    mapping = stage(needs, posts)
    mapping["policy"]["layout"]["lines"] = [line("all", cells=[0] * 40 + [1] * 20 + [2] * 40)]
    mapping["policy"]["dispatch"] |= {"overflow": 1, "overflow_reach": reach}
    hire(mapping, "runner", EVERYTHING)
    return mapping


def test_neighbours_help_only_where_another_request_waits() -> None:
    """The first to wait waits alone, also when the neighbour is back; those after it do not."""
    needs = [need(600.0, work=99.0), need(610.0), need(620.0), need(670.0)]
    rows = play(three_zones(needs))
    assert rows.worker.tolist() == [0, 0, 1, 1]
    assert rows.tier.tolist() == ["own", "own", "overflow", "overflow"]
    assert rows.t_dispatch[2:].tolist() == [620.0, 670.0]
    assert rows.t_dispatch[1] == rows.t_close[0]


def test_without_overflow_nobody_helps() -> None:
    """The rate of the lever is 0 in the arms that do without."""
    mapping = three_zones([need(600.0, work=99.0), need(610.0), need(620.0)])
    mapping["policy"]["dispatch"]["overflow"] = 0
    assert play(mapping).worker.tolist() == [0, 0, 0]


def test_a_helper_who_becomes_free_takes_what_waited_longest() -> None:
    """As long as two wait there and none in his own zone."""
    needs = [
        need(600.0, work=500.0),
        need(601.0, cell=45, work=60.0),
        need(602.0, cell=45, work=60.0),
        need(610.0),
        need(620.0),
    ]
    rows = play(three_zones(needs))
    assert rows.worker.tolist() == [0, 1, 1, 1, 0]
    assert rows.t_dispatch[2] == rows.t_close[1]
    assert rows.t_dispatch[3] == rows.t_close[2]
    assert rows.tier.tolist() == ["own", "own", "own", "overflow", "own"]


@pytest.mark.parametrize(("reach", "helper"), [("neighbours", 0), ("line", 2)])
def test_one_desk_sends_anybody_of_the_line(reach: str, helper: int) -> None:
    """With reach ``line`` the far zone helps too, with ``neighbours`` only the next one."""
    needs = [need(600.0, work=99.0), need(601.0, cell=45, work=400.0), need(610.0), need(620.0)]
    rows = play(three_zones(needs, reach))
    assert rows.worker[3] == helper


def test_a_request_that_joins_another_opens_help_for_that_one_too() -> None:
    """No request waits while an available worker may take it (sim/ODD.md).

    The second request is about something the neighbour cannot do, but now that two wait he
    may take the first one.
    """
    needs = [need(600.0, work=500.0), need(610.0), need(620.0, domain="hazards")]
    mapping = three_zones(needs)
    hire(mapping, "porter", {"city_order": "own"})
    mapping["policy"]["staffing"]["posts"][1] = post("porter", 1, home=45)
    mapping["policy"]["staffing"]["posts"].pop()
    mapping["policy"]["layout"]["lines"] = [line("all", cells=[0] * 40 + [1] * 60)]
    rows = play(mapping)
    assert (rows.worker[1], rows.t_dispatch[1]) == (1, 620.0)


# --- chain --------------------------------------------------------------------------


def chained(needs: list[dict[str, Any]], chain: int = 1) -> dict[str, Any]:
    """West is backed up by the middle, the middle by the east, the east by the west."""
    mapping = three_zones(needs)
    mapping["policy"]["dispatch"] |= {"overflow": 0, "chain": chain}
    return mapping


def test_a_backup_comes_when_a_zone_has_nobody_free() -> None:
    """At once, to the first that would wait, from nine cells off; each zone has one backup only."""
    needs = [need(600.0, work=99.0), need(610.0, work=99.0), need(620.0)]
    rows = play(chained(needs))
    assert rows.worker.tolist() == [0, 1, 0]
    assert rows.tier.tolist() == ["own", "chain", "own"]
    assert rows.t_dispatch.tolist() == [600.0, 610.0, 699.0]
    assert rows.travel[1] == pytest.approx(5.0 + 4.0)


@pytest.mark.parametrize(("cell", "helper"), [(0, 1), (45, 2), (99, 0)])
def test_the_backups_close_a_ring(cell: int, helper: int) -> None:
    """The last is backed up by the first."""
    rows = play(chained([need(600.0, cell=cell, work=99.0), need(610.0, cell=cell)]))
    assert (rows.worker[1], rows.tier[1]) == (helper, "chain")


def test_without_a_chain_nobody_backs_up() -> None:
    """Off is a flag of 0."""
    rows = play(chained([need(600.0, work=99.0), need(610.0)], chain=0))
    assert (rows.worker[1], rows.t_dispatch[1]) == (0, 699.0)


def test_a_backup_serves_his_own_zone_first() -> None:
    """He ends his job at 660, then does what waits at home, and only then goes to his ward."""
    needs = [
        need(600.0, work=500.0),
        need(600.0, cell=45, work=60.0),
        need(600.0, cell=99, work=500.0),
        need(605.0),
        need(610.0, cell=45, work=60.0),
    ]
    rows = play(chained(needs))
    assert rows.worker[[3, 4]].tolist() == [1, 1]
    assert rows.t_dispatch[4] == 660.0
    assert (rows.t_dispatch[3], rows.tier[3]) == (720.0, "chain")


def test_a_backup_with_a_request_of_his_own_waiting_is_kept_by_it() -> None:
    """Even if it is one he may not start: he is in reserve, and his ward has an emergency."""
    alarm = need(610.0, domain="emergency", urgency="emergency")
    for own, sent in (([], 610.0), ([need(605.0, cell=45)], 699.0)):
        busy = [need(600.0, work=99.0), alarm, need(600.0, cell=99, work=500.0)]
        mapping = chained([*busy, *own])
        hire(mapping, "guard", EVERYTHING)
        mapping["policy"]["staffing"]["posts"][1] = post("guard", 1, home=45)
        mapping["policy"]["dispatch"]["reserve"] = {"guard": 1}
        assert play(mapping).t_dispatch[1] == sent


def test_a_backup_must_have_the_skill() -> None:
    """Else the request waits for its own people."""
    mapping = chained([need(600.0, work=99.0), need(610.0, domain="hazards")])
    hire(mapping, "porter", {"city_order": "own"})
    mapping["policy"]["staffing"]["posts"][1] = post("porter", 1, home=45)
    rows = play(mapping)
    assert (rows.worker[1], rows.t_dispatch[1]) == (0, 699.0)


def test_cover_and_overflow_come_before_the_chain() -> None:
    """The backup of the east is the west, but its neighbour stands in, or helps where two wait."""
    mapping = chained([need(600.0, cell=99)])
    mapping["policy"]["staffing"]["posts"].pop()
    assert play(mapping).tier.tolist() == ["chain"]
    mapping["world"]["service"]["cover"]["neighbours"] = 1
    assert play(mapping)[["worker", "tier"]].to_numpy().tolist() == [[1, "cover"]]
    busy = [need(600.0, cell=99, work=500.0), need(601.0, work=9.0), need(601.0, cell=45, work=9.0)]
    mapping = chained([*busy, need(602.0, cell=99), need(603.0, cell=99), need(604.0, cell=99)])
    mapping["policy"]["dispatch"]["overflow"] = 1
    assert set(play(mapping).tier[3:]) == {"chain", "overflow"}


def test_a_line_of_one_zone_has_no_backup() -> None:
    """It waits for its own."""
    mapping = patrol([need(600.0, work=99.0), need(610.0)], 0)
    mapping["policy"]["dispatch"]["chain"] = 1
    assert play(mapping).t_dispatch[1] == 699.0


# --- reserve ------------------------------------------------------------------------


def beat(needs: list[dict[str, Any]], officers: int = 2) -> dict[str, Any]:
    """A unit of police over the whole city that keeps one of its people free.

    Explicit posts are units of their own, so the unit comes from heads.
    """
    mapping = stage(needs, [])
    hire(mapping, "police", EVERYTHING, responder=True)
    mapping["policy"]["staffing"] |= {"heads": {"police": officers}, "units": {}}
    mapping["policy"]["dispatch"]["reserve"] = {"police": 1}
    return mapping


def test_the_last_free_officer_is_kept_for_emergencies() -> None:
    """The second urgent request waits beside an idle officer, an emergency does not."""
    needs = [
        need(600.0, urgency="urgent", work=60.0),
        need(610.0, urgency="urgent"),
        need(620.0, domain="emergency", urgency="emergency"),
    ]
    rows = play(beat(needs))
    assert rows.t_dispatch[0] == 600.0
    assert rows.t_dispatch[1] > 650.0
    assert rows.t_dispatch[2] == 620.0
    assert rows.worker[2] != rows.worker[0]


def test_a_unit_of_one_takes_emergencies_only() -> None:
    """With nobody else free he never starts anything else."""
    rows = play(beat([need(600.0), need(610.0, urgency="emergency")], officers=1))
    assert rows.t_dispatch.notna().tolist() == [False, True]


def test_an_officer_who_becomes_free_releases_the_reserve() -> None:
    """Then two are free again, and one of them goes to what waits."""
    needs = [need(600.0, urgency="urgent", work=60.0), need(610.0, urgency="urgent")]
    rows = play(beat(needs))
    assert rows.t_dispatch[1] == rows.t_close[0]


def free_of_requests(plan: Plan, rows: pd.DataFrame, unit: int, t: float) -> int:
    """People of a unit on duty without a request just after ``t``.

    At one instant shifts start before others end (sim/ODD.md), so those who leave count.
    """
    duty, members = plan.duty, np.flatnonzero(plan.posting.unit == unit)
    on_duty = duty.worker[(duty.start <= t) & (t <= duty.end)]
    busy = rows.worker[(rows.t_dispatch <= t) & (t < rows.t_arrive + rows.service)]
    return int(np.setdiff1d(np.intersect1d(members, on_duty), busy).size)


def test_in_a_city_every_police_unit_keeps_one_free() -> None:
    """Whenever an officer sets off to anything but an emergency, another of his unit is free."""
    more = ("policy.staffing.heads.police=80", "policy.staffing.units.police=8")
    plan = planned_toy("merged_reserve", "world.demand.needs_per_1000_per_day=30", *more)
    rows = sim.run(plan.case).requests
    police = rows[(rows.role == "police") & (rows.urgency != "emergency")]
    police = police.dropna(subset=["t_dispatch"])
    assert len(police) > 100
    for row in police.itertuples():
        assert free_of_requests(plan, rows, plan.posting.unit[row.worker], row.t_dispatch) >= 1


def test_the_reserve_names_roles_that_exist() -> None:
    """The error names the stranger and the roles there are."""
    mapping = stage([], [])
    mapping["policy"]["dispatch"]["reserve"] = {"knight": 1}
    with pytest.raises(sim.CaseError, match=r"reserve\.knight: not a role; allowed: \['server'\]"):
        sim.run(sim.load(mapping))


# --- at every moment ----------------------------------------------------------------


def moments(plan: Plan, start: float, end: float, step: float) -> Iterator[tuple[float, State]]:
    """The state of a plan, moment by moment."""
    state = proceed(build(plan), start)
    for t in np.arange(start, end, step):
        state = proceed(state, float(t))
        yield float(t), state


@pytest.mark.parametrize("name", first(4, POLICIES))
def test_at_every_moment_counts_are_right_and_nobody_idles(name: str) -> None:
    """Every two minutes of a busy day, in every arm.

    Queues, presence and free people equal a recount; and no request of an open class waits
    while an available worker of its own team may take it, or a responder, a neighbour, or
    the police at night by the rules of the world.
    """
    plan = planned_toy(name, BUSY)
    watch = Watch.over(plan)
    waited = 0
    for t, state in moments(plan, DAY, 2 * DAY, 2.0):
        assert_counts(watch, state)
        assert_stages(state, t)
        if t % 60 == 0:
            assert_links(state)
        idle = idle_beside_waiting(watch, state, t)
        assert not [item for item in idle if item[0] != "overflow"], (t, idle)
        waited += int(watch.served(state, t).size)
    assert waited > 1000


@pytest.mark.parametrize(
    "words",
    [
        ("world.service.background.interrupted_by=[emergency,urgent,routine]",),
        ("world.service.background.interrupted_by=[]", "world.service.background.share=0.9"),
        ("world.service.cover.neighbours=0", "world.service.cover.night=0"),
        ('world.service.hours.routine={opens: "00:00", closes: "24:00"}',),
    ],
    ids=["free duties", "duties first", "no cover", "round the clock"],
)
def test_nobody_idles_in_other_worlds_either(words: tuple[str, ...]) -> None:
    """Whatever interrupts duties, whoever covers, whenever the doors are open."""
    plan = planned_toy("merged_reserve", BUSY, *words)
    watch = Watch.over(plan)
    for t, state in moments(plan, DAY, 1.8 * DAY, 3.1):
        assert_counts(watch, state)
        assert not idle_beside_waiting(watch, state, t)


AT_ONCE = (
    "world.demand.joint_share=0.4",
    "world.demand.reopen_share=0.3",
    "world.demand.shares.emergency=0.12",
    "world.demand.shares.city_order=0.25",
    "world.demand.latent.per_1000_per_day=6",
    "world.people.reaction.impatient_share=0.5",
    "world.people.reaction.patience_median_min=60",
    "world.people.reaction.trust_gain=0.5",
    "policy.dispatch.preempts=[emergency, urgent]",
    "policy.dispatch.queue_capacity=1",
    "policy.surge.roles=[police]",
    "policy.surge.rate=0.5",
    "policy.surge.open_at=3",
    "policy.surge.close_at=1",
    "policy.staffing.leaders.approval_min=20",
)


@pytest.mark.parametrize("name", ["chain", "central", "reform"])
def test_counts_are_right_with_every_mechanism_at_work(name: str) -> None:
    """Parts, reopenings, hidden problems, impatience, surge and pre-emption all at once."""
    plan = planned_toy(name, BUSY, *AT_ONCE)
    watch, surged = Watch.over(plan), 0
    for t, state in moments(plan, DAY, 2 * DAY, 3.7):
        assert_counts(watch, state)
        assert_stages(state, t)
        surged += int(state.run.surge[0])
    assert 0 < surged < DAY / 3.7
    assert (state.request.cuts > 0).any()
    assert {"abandoned", "parted", "lost"} <= set(record(plan, state).requests.status)
