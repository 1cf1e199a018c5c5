"""Hypothesis 2: larger zones are longer ways, unless several people are posted to each."""

import numpy as np

from experiments.hypotheses.statistic import Claim, Finding, ratio_of
from experiments.hypotheses.study import Hypothesis, Sample, Words, policies
from sim.base import DOMAINS
from sim.case import Case
from sim.engine.build import plan
from sim.metrics import measured
from sim.policy.staffing import Post
from sim.record import Record

BEFORE, AFTER = "fragmented_partition", "merged"
WALKER = "cadre"
COMMUNITY = ("property", "disputes", "hazards", "livelihood")  # of the partition's fine zones
NEEDS = (
    "{city_order: 0.0, property: 0.25, disputes: 0.25, hazards: 0.25, livelihood: 0.25, "
    "emergency: 0.0}"
)
ALWAYS = '{days_on: 7, from_day: -1, shifts: [{start: "00:00", end: "24:00", share: 1.0}]}'
BARE: Words = (  # one kind of need, nothing hidden, nobody lost on the way
    "world.demand.needs_per_1000_per_day=0.25",
    f"world.demand.shares={NEEDS}",
    "world.demand.urgent_share=0.0",
    "world.demand.misnamed=0.0",
    "world.demand.reopen_share=0.0",
    "world.demand.latent.per_1000_per_day=0.0",
    "world.city.disputed_share=0.0",
    'world.service.hours.routine={opens: "00:00", closes: "24:00"}',
    "world.service.cover.neighbours=0",
    "world.service.cover.night=0",
    "world.service.background.share=0.0",
    "world.service.patrol.steps_per_hour=0.0",
    "policy.staffing.heads={cadre: 1}",  # replaced by a post in each zone
    "policy.staffing.participation={}",
    "policy.staffing.balanced={}",
    f"policy.staffing.rotas={{cadre: {ALWAYS}}}",
    "policy.staffing.skills={cadre: {property: own, disputes: own, hazards: own, livelihood: own}}",
    "policy.staffing.units={cadre: 0}",
    "policy.staffing.slowdown=0.0",
)


def one_each(case: Case) -> Case:
    """Where there is one head, one walker in every zone instead, from the middle of its cells."""
    staffing = case.policy.staffing
    if sum(staffing.heads.values()) != 1:
        return case
    owner = plan(case).zones.owner[DOMAINS.index(COMMUNITY[0])]
    posts = []
    for zone in np.unique(owner):
        cells = np.flatnonzero(owner == zone)
        home = int(cells[len(cells) // 2])
        posts.append(Post(role=WALKER, zones=(int(zone),), home=home))
    laid = staffing.model_copy(update={"posts": tuple(posts)})
    policy = case.policy.model_copy(update={"staffing": laid})
    return case.model_copy(update={"policy": policy})


def _ways(case: Case, record: Record) -> dict[str, float]:
    """Mean way of the calls that somebody went to: whole, without setting off, in km."""
    calls = measured(record, "call")
    calls = calls[calls.travel.notna().to_numpy()]
    roles, who = case.world.service.roles, calls.role.astype("object")
    way = calls.travel - who.map({role: item.startup_min for role, item in roles.items()})
    distance = way / 60 * who.map({role: item.speed_kmh for role, item in roles.items()})
    return {
        "travel": float(calls.travel.mean()),
        "way": float(way.mean()),
        "community_km": float(distance[calls.domain.isin(COMMUNITY).to_numpy()].mean()),
    }


def _walking(sample: Sample) -> list[Finding]:
    def times(claim: Claim, arms: str, metric: str) -> Finding:
        after, before = (sample.of(arms.format(arm), metric) for arm in (AFTER, BEFORE))
        return ratio_of(claim, after, before)

    alone = Claim("way, one walker per zone, merged over partition", "ratio", 1.31, 1.41)
    teams = Claim("travel, the shipped teams, merged over partition", "ratio", high=1.0)
    even = Claim("way, one walker per zone, without the two dedicated zones", "ratio")
    whole = Claim("travel, one walker per zone, with a minute for setting off", "ratio")
    far = Claim("distance to community calls, the shipped teams", "ratio")
    undivided = sample.of(f"{AFTER}, undivided", "way")
    return [
        times(alone, "{}, one walker", "way"),
        times(teams, "{}", "travel"),
        ratio_of(even, undivided, sample.of(f"{BEFORE}, one walker", "way")),
        times(whole, "{}, one walker", "travel"),
        times(far, "{}", "community_km"),
    ]


WALKING = Hypothesis(
    number=2,
    topic="ways in larger zones",
    claim="With one walker per zone and nothing else, merging multiplies ways by the square root "
    "of 296 / 160, 1.36, within .05; with the shipped teams by less than 1.",
    replications=12,
    clock=("clock=month",),
    arms=policies(BEFORE, AFTER)
    | {f"{arm}, one walker": (f"policy={arm}", *BARE) for arm in (BEFORE, AFTER)}
    | {f"{AFTER}, undivided": (f"policy={AFTER}", *BARE, "policy.layout.lines.0.dedicated=[]")},
    read=_ways,
    answer=_walking,
    lay=one_each,
)
