"""How work is done: job lengths, hours, who comes when nobody is there, and how waits are told."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import sim
from sim.base import DOMAINS, Domain
from sim.units import DAY
from sim.world.service import Service, mean_work, work_minutes
from tests.policy import hire, line, need, planned_toy, play, post, stage
from tests.support import lab, mapping_of, toy
from tests.world import Floats

OFFICE_HOURS = (("08:30", "17:00", 1.0),)
LAWS = {
    "lognormal": ("world.service.work.law=lognormal", "world.service.work.sigma=1.0"),
    "exponential": ("world.service.work.law=exponential",),
    "deterministic": ("world.service.work.law=deterministic",),
}
WEST, EAST = [0] * 50, [1] * 50
CRASH: dict[str, Any] = {"domain": "emergency", "urgency": "emergency"}


# --- job lengths --------------------------------------------------------------------


def lengths(spec: Service, domain: Domain, luck: Floats) -> Floats:
    """Job lengths of one domain at some quantiles."""
    return work_minutes(spec, np.full(luck.size, DOMAINS.index(domain)), luck)


@pytest.mark.parametrize("law", LAWS)
def test_half_of_the_jobs_take_no_longer_than_the_median(law: str) -> None:
    """Whatever the law, the figure in the config is the median of its domain."""
    spec = lab(*LAWS[law], "world.service.work.median_min.hazards=12").world.service
    assert lengths(spec, "hazards", np.array([0.5]))[0] == pytest.approx(12)
    assert lengths(spec, "disputes", np.array([0.5]))[0] == pytest.approx(30)


@pytest.mark.parametrize("law", LAWS)
def test_the_stated_mean_is_the_mean_of_the_law(law: str) -> None:
    """``mean_work`` is the integral of the quantiles: median, median / ln 2, median e^(1/2)."""
    spec = lab(*LAWS[law]).world.service
    middle = (np.arange(2_000_000) + 0.5) / 2_000_000
    drawn = lengths(spec, "property", middle)
    assert mean_work(spec, "property") == pytest.approx(drawn.mean(), rel=1e-3)
    factor = {"lognormal": np.exp(0.5), "exponential": 1 / np.log(2), "deterministic": 1.0}
    assert mean_work(spec, "property") == pytest.approx(30 * factor[law])


def test_no_two_quantiles_have_the_same_length() -> None:
    """Lengths are strictly monotone in the luck and positive; deterministic ones stay."""
    luck = np.linspace(0.001, 0.999, 500)
    for law, words in LAWS.items():
        found = lengths(lab(*words).world.service, "property", luck)
        signs = {0.0} if law == "deterministic" else {1.0} if law == "lognormal" else {-1.0}
        assert set(np.sign(np.diff(found))) == signs
        assert (found > 0).all()


# --- hours --------------------------------------------------------------------------


def shop(needs: list[dict[str, Any]], *shifts: tuple[str, str, float]) -> dict[str, Any]:
    """One worker over the whole city; routine requests are served 8:30 to 17:00."""
    mapping = stage(needs, [post("clerk", 0)])
    mapping["world"]["service"]["hours"]["routine"] = {"opens": "08:30", "closes": "17:00"}
    everything = dict.fromkeys(DOMAINS, "own")
    hire(mapping, "clerk", everything, shifts or (("00:00", "24:00", 1.0),), speed_kmh=1e9)
    return mapping


@pytest.mark.parametrize(
    ("t", "opens"), [(20.0 * 60, DAY + 510), (120.0, 510), (1020.0, DAY + 510)]
)
def test_a_routine_request_at_night_waits_until_opening(t: float, opens: float) -> None:
    """A free worker is there all night; the wait is booked as deferred, not as a queue."""
    row = play(shop([need(t)])).iloc[0]
    assert row.t_dispatch == opens
    assert row.deferred == opens - t
    assert row.off_duty == row.queue == 0


@pytest.mark.parametrize("urgency", ["urgent", "emergency"])
def test_urgent_requests_and_emergencies_are_served_at_night(urgency: Any) -> None:
    """Their doors are open round the clock."""
    row = play(shop([need(1200.0, urgency=urgency)])).iloc[0]
    assert row.t_dispatch == 1200.0


def test_a_request_at_the_moment_of_opening_is_served() -> None:
    """Hours are closed at the end: at 8:30 sharp served, at 17:00 sharp not."""
    rows = play(shop([need(510.0, work=1.0), need(1020.0)]))
    assert rows.t_dispatch.tolist() == [510.0, DAY + 510]


def test_queued_work_keeps_its_place_overnight_and_dispatched_work_is_finished() -> None:
    """At closing a job in hand goes on; what waits is served in its order in the morning."""
    needs = [need(1000.0, work=60.0), need(1005.0), need(1010.0), need(100.0 + DAY)]
    rows = play(shop(needs))
    assert rows.t_close[0] == 1060.0
    assert rows.t_dispatch.tolist() == [1000.0, DAY + 510, DAY + 540, DAY + 570]


def test_a_request_that_waits_for_three_reasons_books_each_minute_once() -> None:
    """Deferred before off duty before queue (sim/ODD.md, stages).

    On duty 10:00 to 16:00, served 8:30 to 17:00, ready at 15:45 behind a job that ends at
    17:00: a quarter of an hour in the queue, an hour and another one and a half without
    anybody on duty, the night deferred.
    """
    mapping = shop([need(930.0, work=90.0), need(945.0)], ("10:00", "16:00", 1.0))
    row = play(mapping).iloc[1]
    assert row.t_dispatch == DAY + 600
    assert (row.queue, row.off_duty, row.deferred) == (15.0, 60.0 + 90.0, 15.5 * 60)


def by_the_minute(t: float, until: float, shifts: list[tuple[int, int]]) -> dict[str, int]:
    """Why a routine request waited, minute by minute."""
    parts = {"deferred": 0, "off_duty": 0, "queue": 0}
    for minute in range(int(t), int(until)):
        clock = minute % 1440
        on_duty = any(start <= clock < end for start, end in shifts)
        open_now = 510 <= clock < 1020
        parts["deferred" if not open_now else "queue" if on_duty else "off_duty"] += 1
    return parts


@pytest.mark.parametrize("seed", range(6))
def test_every_minute_of_waiting_has_one_reason(seed: int) -> None:
    """Over random busy days, parts agree with a count of the minutes one by one."""
    rng = np.random.default_rng(seed)
    start, end = int(rng.integers(5, 14)), int(rng.integers(14, 24))
    needs = [need(float(t), work=float(rng.integers(5, 200))) for t in rng.integers(0, 4000, 12)]
    mapping = shop(needs, (f"{start:02d}:00", f"{end:02d}:00", 1.0))
    rows = play(mapping)
    served = rows[rows.t_dispatch.notna()]
    assert len(served) > 3
    for row in served.itertuples():
        expected = by_the_minute(row.t_ready, row.t_dispatch, [(start * 60, end * 60)])
        assert {name: getattr(row, name) for name in expected} == pytest.approx(expected)


def test_hours_that_close_before_they_open_are_refused() -> None:
    """The error names both ends."""
    mapping = stage([], [])
    mapping["world"]["service"]["hours"]["routine"] = {"opens": "17:00", "closes": "08:30"}
    with pytest.raises(sim.CaseError, match=r"hours\.routine: opens 17:00 must be before"):
        sim.load(mapping)


# --- cover --------------------------------------------------------------------------


def two_zones(needs: list[dict[str, Any]], *words: str, near: bool = True) -> dict[str, Any]:
    """West with a day worker, east with one round the clock, and their border.

    When not ``near``, an empty zone lies between them.
    """
    mapping = stage(needs, [post("day", 0, home=0), post("round", 1, home=99)], *words)
    cells = [*WEST, *EAST] if near else [*[0] * 40, *[2] * 20, *[1] * 40]
    mapping["policy"]["layout"]["lines"] = [line("all", cells=cells)]
    hire(mapping, "day", dict.fromkeys(DOMAINS, "own"), OFFICE_HOURS)
    hire(mapping, "round", dict.fromkeys(DOMAINS, "own"))
    return mapping


COVER = "world.service.cover.neighbours=1"


def test_a_neighbour_comes_when_nobody_is_on_duty() -> None:
    """With cover the neighbour goes at once; without it the request waits for the shift."""
    covered = play(two_zones([need(1200.0)], COVER)).iloc[0]
    assert (covered.worker, covered.tier, covered.t_dispatch) == (1, "cover", 1200.0)
    alone = play(two_zones([need(1200.0)])).iloc[0]
    assert (alone.worker, alone.tier, alone.t_dispatch) == (0, "own", DAY + 510)
    assert alone.off_duty == DAY + 510 - 1200
    assert alone.queue == alone.deferred == 0


def test_a_busy_worker_is_on_duty() -> None:
    """Cover is for the absent: behind a busy worker a request waits, in the queue."""
    row = play(two_zones([need(600.0, work=60.0), need(610.0)], COVER)).iloc[1]
    assert (row.worker, row.t_dispatch) == (0, 660.0)
    assert (row.queue, row.off_duty) == (50.0, 0.0)


def test_only_neighbours_cover() -> None:
    """Zones that share no edge do not stand in for each other."""
    row = play(two_zones([need(1200.0)], COVER, near=False)).iloc[0]
    assert (row.worker, row.t_dispatch) == (0, DAY + 510)


def test_a_covering_neighbour_must_have_the_skill() -> None:
    """Whoever cannot do it at all does not stand in."""
    mapping = two_zones([need(1200.0)], COVER)
    mapping["policy"]["staffing"]["skills"]["round"]["city_order"] = "none"
    assert play(mapping).iloc[0].worker == 0


def test_a_request_left_by_the_last_worker_is_covered() -> None:
    """When the last one on duty goes home, idle neighbours are asked for what waits."""
    row = play(two_zones([need(1010.0, work=60.0), need(1015.0)], COVER)).iloc[1]
    assert (row.worker, row.tier, row.t_dispatch) == (1, "cover", 1020.0)
    assert row.queue == 5.0


def test_a_neighbour_who_becomes_free_looks_next_door() -> None:
    """A neighbour busy at the time comes after his job; the wait is for want of duty."""
    needs = [need(1190.0, cell=99, work=60.0), need(1200.0)]
    row = play(two_zones(needs, COVER)).iloc[1]
    assert (row.worker, row.tier, row.t_dispatch) == (1, "cover", 1250.0)
    assert (row.off_duty, row.queue) == (50.0, 0.0)


def test_the_own_zone_comes_before_cover() -> None:
    """Of two requests of a class, a neighbour takes his own first, though it came later."""
    needs = [need(1190.0, cell=99, work=60.0), need(1200.0), need(1210.0, cell=99)]
    rows = play(two_zones(needs, COVER))
    assert rows.t_dispatch.tolist() == [1190.0, 1280.0, 1250.0]


# --- night and emergencies ----------------------------------------------------------


def with_police(needs: list[dict[str, Any]], *words: str) -> dict[str, Any]:
    """A line of clerks by day, and police round the clock in two far beats."""
    posts = [post("clerk", 0, home=0), post("police", 1, home=40), post("police", 2, home=99)]
    mapping = stage(needs, posts, *words)
    mapping["policy"]["layout"]["lines"] = [
        line("civil", *DOMAINS[:5], cells=[0] * 100),
        line("police", "emergency", cells=[*WEST, *EAST]),
    ]
    hire(mapping, "clerk", dict.fromkeys(DOMAINS[:5], "own"), OFFICE_HOURS)
    hire(mapping, "police", {"emergency": "own"}, responder=True)
    mapping["policy"]["staffing"]["slowdown"] = 0.5
    return mapping


NIGHT = "world.service.cover.night=1"


def test_at_night_urgent_requests_go_to_the_police() -> None:
    """Outside all shifts of the line the nearest responder goes, slower than its own people."""
    row = play(with_police([need(1200.0, cell=95, urgency="urgent")], NIGHT)).iloc[0]
    assert (row.worker, row.tier, row.t_dispatch) == (2, "cover", 1200.0)
    assert row.service == 1.5 * 30.0


def test_without_night_cover_urgent_requests_wait_for_the_line() -> None:
    """The wait is for want of duty."""
    row = play(with_police([need(1200.0, cell=95, urgency="urgent")])).iloc[0]
    assert (row.worker, row.tier, row.t_dispatch) == (0, "own", DAY + 510)
    assert row.off_duty == DAY + 510 - 1200


def test_by_day_urgent_requests_are_not_for_the_police() -> None:
    """While anybody of the line is on duty, be he busy, the police stay out of it."""
    needs = [need(600.0, cell=5, work=60.0), need(610.0, cell=5, urgency="urgent")]
    row = play(with_police(needs, NIGHT)).iloc[1]
    assert (row.worker, row.t_dispatch, row.queue) == (0, 665.0, 55.0)


def test_routine_requests_wait_for_the_line_at_night() -> None:
    """Night cover is for urgent requests only."""
    assert play(with_police([need(1200.0)], NIGHT)).iloc[0].worker == 0


def test_what_waits_when_the_line_goes_home_goes_to_the_police() -> None:
    """An urgent request still queued at the end of the last shift is taken at once."""
    needs = [need(1000.0, work=60.0), need(1010.0, cell=95, urgency="urgent")]
    row = play(with_police(needs, NIGHT)).iloc[1]
    assert (row.worker, row.tier, row.t_dispatch, row.queue) == (2, "cover", 1020.0, 10.0)


def test_an_emergency_goes_to_the_nearest_responder_anywhere() -> None:
    """Whatever his beat: cell 50 is in the second beat, and nearer to the first one's man."""
    rows = play(with_police([need(600.0, cell=50, **CRASH), need(900.0, cell=40, **CRASH)]))
    assert rows.worker.tolist() == [1, 1]
    assert rows.zone.tolist() == [2, 1]
    assert rows.tier.tolist() == ["cover", "own"]


def test_an_emergency_goes_to_the_nearest_available_responder() -> None:
    """When the nearest is on a request, the other one goes, across the city."""
    rows = play(with_police([need(600.0, cell=40, **CRASH), need(605.0, cell=41, **CRASH)]))
    assert rows.worker.tolist() == [1, 2]
    assert rows.t_dispatch.tolist() == [600.0, 605.0]


def test_a_responder_who_becomes_free_looks_in_his_beat_first_and_then_anywhere() -> None:
    """Of waiting emergencies the own beat's come first, then whichever waited longest."""
    needs = [
        need(600.0, cell=40, work=30.0, **CRASH),
        need(600.0, cell=99, work=200.0, **CRASH),
        need(610.0, cell=99, work=10.0, **CRASH),
        need(611.0, cell=40, work=10.0, **CRASH),
        need(612.0, cell=98, work=10.0, **CRASH),
    ]
    rows = play(with_police(needs))
    assert rows.worker.tolist() == [1, 2, 1, 1, 1]
    assert rows.t_dispatch[3] == rows.t_close[0]
    assert rows.t_dispatch[2] == rows.t_close[3]
    assert rows.t_dispatch[4] == rows.t_close[2]


def test_in_a_city_emergencies_wait_only_while_every_responder_is_busy() -> None:
    """At any moment an emergency waits, everybody of the emergency role on duty has a job."""
    plan = planned_toy("merged", "world.demand.needs_per_1000_per_day=60")
    rows = sim.run(plan.case).requests
    late = rows[(rows.urgency == "emergency") & (rows.t_dispatch > rows.t_ready)]
    assert len(late) > 10
    for t in (late.t_ready + late.t_dispatch) / 2:
        busy = (rows.t_dispatch <= t) & (rows.t_arrive + rows.service > t)
        on_duty = plan.duty.worker[(plan.duty.start <= t) & (t < plan.duty.end)]
        police = on_duty[plan.posting.role[on_duty] == plan.roles.index("police")]
        assert np.isin(police, rows.worker[busy]).all()


# --- ways and duties ----------------------------------------------------------------


def test_travel_is_starting_up_and_the_way() -> None:
    """Start-up plus Manhattan distance times detour over the role's speed."""
    mapping = two_zones([need(600.0, cell=23)], "world.city.detour=1.2")
    mapping["world"]["service"]["roles"]["day"]["startup_min"] = 2.5
    row = play(mapping).iloc[0]
    assert row.travel == pytest.approx(2.5 + (3 + 2) * 100 * 1.2 / (6000 / 60))
    assert row.t_arrive == pytest.approx(600.0 + row.travel)
    assert row.t_close == pytest.approx(row.t_arrive + 30.0)


def duties(*words: str) -> pd.DataFrame:
    """The requests of a city in which nobody walks about or looks for hidden problems."""
    still = ("world.service.patrol.steps_per_hour=0", "world.demand.latent.per_1000_per_day=0")
    return sim.run(toy("policy=merged", *still, *words)).requests


def test_duties_that_everything_interrupts_move_nothing() -> None:
    """If every class interrupts them they are free: the record is that of a city without."""
    every = "world.service.background.interrupted_by=[emergency,urgent,routine]"
    none = duties("world.service.background.share=0")
    assert duties("world.service.background.share=0.8", every).equals(none)
    assert not duties("world.service.background.share=0.8").equals(none)


def test_only_what_may_interrupt_a_duty_does() -> None:
    """By default routine requests wait for a task to end, urgent ones and emergencies do not."""
    free, busy = (duties(f"world.service.background.share={share}") for share in (0, 0.8))
    for frame in (free, busy):
        frame["late"] = frame.queue > 0
    late = [frame.groupby("urgency", observed=True).late.mean() for frame in (free, busy)]
    assert late[1]["routine"] > late[0]["routine"] + 0.2
    assert late[1]["urgent"] < late[0]["urgent"] + 0.1


def test_duties_take_their_share_of_paid_hours() -> None:
    """Without requests, those who carry them spend the share on them; volunteers nothing."""
    record = sim.run(toy("policy=merged", "world.demand.needs_per_1000_per_day=0", "clock.days=21"))
    work = record.work.groupby("role", observed=True)[["background", "paid"]].sum()
    share = work.background / work.paid
    assert share["volunteer"] == 0
    assert share.drop("volunteer").to_numpy() == pytest.approx(0.5, rel=0.08)


@pytest.mark.parametrize("table", ["hours", "work.median_min"])
def test_tables_that_leave_something_out_are_refused(table: str) -> None:
    """Every class has hours and every domain a median."""
    mapping = stage([], [])
    service: Any = mapping["world"]["service"]
    node = service["hours"] if table == "hours" else service["work"]["median_min"]
    missing = next(iter(node))
    del node[missing]
    with pytest.raises(sim.CaseError, match=rf"world\.service: {table} must name .*'{missing}'"):
        sim.load(mapping)


def test_responders_must_be_roles() -> None:
    """The error names the stranger and the roles there are."""
    mapping = stage([], [])
    mapping["world"]["service"]["cover"]["responders"] = ["sheriff"]
    with pytest.raises(sim.CaseError, match=r"cover\.responders: \['sheriff'\] not among"):
        sim.load(mapping)


def test_the_shipped_hours_are_what_the_model_says() -> None:
    """Routine 8:30 to 17:00, urgent and emergency round the clock; police answer emergencies."""
    service = mapping_of("world=chibi")["world"]["service"]
    hours = {name: (row["opens"], row["closes"]) for name, row in service["hours"].items()}
    assert hours["routine"] == ("08:30", "17:00")
    assert hours["urgent"] == hours["emergency"] == ("00:00", "24:00")
    assert service["cover"]["responders"] == ["police"]


def test_nobody_starts_a_job_after_his_shift() -> None:
    """In a city every dispatch falls into a stretch of duty of the one who goes."""
    plan = planned_toy("merged")
    rows = sim.run(plan.case).requests.dropna(subset=["t_dispatch"])
    duty = pd.DataFrame(vars(plan.duty)).groupby("worker")
    for worker, jobs in rows.groupby("worker"):
        shifts = duty.get_group(worker)
        for t in jobs.t_dispatch:
            assert ((shifts.start <= t) & (t < shifts.end)).any()
