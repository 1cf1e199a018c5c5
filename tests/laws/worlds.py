"""Random small worlds and policies, as words of the command line."""

from collections.abc import Mapping

from hypothesis import strategies as st

import sim
from sim.base import CLASSES, DOMAINS
from tests.support import case_of

Words = tuple[str, ...]

ROLES = ("cadre", "police", "city_officer", "property_staff", "volunteer")
LINES = {
    "fragmented_layered": 4,
    "fragmented_partition": 3,
    "fragmented_mixed": 3,
    "narrow": 1,
    "overflow": 4,
    "central": 4,
    "merged": 1,
    "merged_reserve": 1,
    "chain": 4,
    "reform": 1,
}
AREA = "from_centre_m: 200.0, residents_factor: 0.5, jobs_factor: 4.0"
AREAS = (
    f"[{{name: industrial_park, width: 2, height: 2, {AREA}, attracts_visits: false}},"
    f"{{name: trading_district, width: 2, height: 1, {AREA}, attracts_visits: true}}]"
)
TOWN = "[{name: street, communities: [one, two, three]}]"
SMALL = (
    "clock=week",
    "clock.days=1",
    "clock.follow_up_days=1",
    f"world.city.areas={AREAS}",
    f"world.city.streets={TOWN}",
    "world.people.elderly_in={}",
)
CUTTING_IN = ("", "emergency", "emergency, urgent")
ALL_SKILLS = ", ".join(f"{domain}: own" for domain in DOMAINS)


def shares(most: float = 1.0) -> st.SearchStrategy[float]:
    """A share, 0 and the most among them oftener than chance has it."""
    return st.one_of(st.sampled_from([0.0, most]), st.floats(0.0, most)).map(
        lambda share: round(share, 4)
    )


def flags() -> st.SearchStrategy[int]:
    """0 or 1."""
    return st.integers(0, 1)


@st.composite
def worlds(draw: st.DrawFn) -> Words:
    """What the reform does not decide."""
    hours = draw(st.sampled_from([("08:30", "17:00"), ("00:00", "24:00"), ("12:00", "13:00")]))
    yielding = draw(st.lists(st.sampled_from(CLASSES), unique=True))
    return (
        *SMALL,
        f"draws.seed={draw(st.integers(0, 2**63 - 1))}",
        f"clock.warmup_days={draw(flags())}",
        f"world.city.width={draw(st.integers(6, 14))}",
        f"world.city.height={draw(st.integers(5, 12))}",
        f"world.city.residents={draw(st.integers(500, 3000))}",
        f"world.city.disputed_share={draw(shares(0.5))}",
        f"world.demand.needs_per_1000_per_day={draw(st.floats(2, 120)):.3f}",
        f"world.demand.misnamed={draw(shares(0.6))}",
        f"world.demand.urgent_share={draw(shares(0.9))}",
        f"world.service.work.law={draw(st.sampled_from(['lognormal', 'exponential']))}",
        f'world.service.hours.routine={{opens: "{hours[0]}", closes: "{hours[1]}"}}',
        f"world.service.cover.neighbours={draw(flags())}",
        f"world.service.cover.night={draw(flags())}",
        f"world.service.background.share={draw(shares(0.9))}",
        f"world.service.background.interrupted_by=[{', '.join(yielding)}]",
        f"world.service.patrol.steps_per_hour={draw(st.sampled_from([0, 12, 60]))}",
        *draw(followed()),
        *draw(hidden()),
        *draw(reactions()),
    )


@st.composite
def followed(draw: st.DrawFn) -> Words:
    """What follows a visit: a department, a second part, the same trouble again."""
    department = draw(shares(0.6))
    table = ", ".join(f"{domain}: {department}" for domain in DOMAINS)
    return (
        f"world.demand.specialist_share={{{table}}}",
        f"world.demand.joint_share={draw(shares(0.5))}",
        f"world.demand.reopen_share={draw(shares(0.5))}",
        f"world.service.reopen_after_min={draw(st.sampled_from([0, 60, 1440]))}",
        f"world.service.dilution={draw(shares(0.5))}",
    )


@st.composite
def hidden(draw: st.DrawFn) -> Words:
    """Problems that begin unseen, and how soon they show."""
    hours = draw(st.sampled_from([1, 12, 48]))
    return (
        f"world.demand.latent.per_1000_per_day={draw(st.sampled_from([0, 5, 30]))}",
        "world.demand.latent.shares={city_order: 0.5, property: 0.2, hazards: 0.3}",
        f"world.demand.latent.notice_hours={{city_order: {hours}, property: .inf, hazards: 48}}",
        "world.demand.latent.ignition_days={city_order: .inf, property: .inf, hazards: 0.5}",
        f"world.service.patrol.sweep_per_hour={draw(st.sampled_from([0, 5, 60]))}",
    )


@st.composite
def reactions(draw: st.DrawFn) -> Words:
    """Residents who lose patience, and whose trust moves."""
    return (
        f"world.people.reaction.impatient_share={draw(shares())}",
        f"world.people.reaction.patience_median_min={draw(st.sampled_from([5, 120, 1440]))}",
        f"world.people.reaction.abandon_share={draw(shares())}",
        f"world.people.reaction.trust_gain={draw(shares())}",
    )


@st.composite
def heads(draw: st.DrawFn) -> Words:
    """How many people there are, the same in every arm."""
    counts = {role: draw(st.integers(0, 10)) for role in ROLES}
    counts["police"] = max(counts["police"], 3)  # somebody is on duty on every day
    table = ", ".join(f"{role}: {count}" for role, count in counts.items())
    return (f"policy.staffing.heads={{{table}}}", f"policy.staffing.balance={draw(shares())}")


@st.composite
def policies(draw: st.DrawFn) -> Words:
    """What the reform decides."""
    name = draw(st.sampled_from(sorted(LINES)))
    zones = [draw(st.integers(1, 4)) for _ in range(LINES[name])]
    reach = draw(st.sampled_from(["neighbours", "line"]))
    return (
        f"policy={name}",
        *(f"policy.layout.lines.{at}.zones={count}" for at, count in enumerate(zones)),
        f"policy.layout.unclear_share={draw(shares())}",
        f"policy.staffing.units.police={draw(st.integers(0, 2))}",
        f"policy.staffing.slowdown={draw(shares())}",
        f"policy.dispatch.overflow={draw(flags())}",
        f"policy.dispatch.overflow_reach={reach}",
        f"policy.dispatch.reserve={{police: {draw(st.integers(0, 2))}}}",
        f"policy.dispatch.after_job={draw(st.sampled_from(['stay', 'home']))}",
        f"policy.dispatch.ageing_per_h={draw(st.sampled_from([0, 0.5]))}",
        f"policy.dispatch.queue_capacity={draw(st.sampled_from(['.inf', '3']))}",
        f"policy.dispatch.chain={draw(flags())}",
        f"policy.dispatch.preempts=[{draw(st.sampled_from(CUTTING_IN))}]",
        *draw(levers()),
    )


@st.composite
def levers(draw: st.DrawFn) -> Words:
    """Whistle, sensing, surge, leaders and practice."""
    return (
        f"policy.whistle.rate={draw(shares())}",
        f"policy.whistle.report_in_min={draw(st.sampled_from(['.inf', '60']))}",
        f"policy.sensing.beyond_line={draw(flags())}",
        f"policy.sensing.riders_per_hour={draw(st.sampled_from([0, 0.1, 1]))}",
        "policy.surge.roles=[police]",
        f"policy.surge.rate={draw(shares())}",
        f"policy.surge.open_at={draw(st.integers(1, 3))}",
        "policy.surge.close_at=0",
        f"policy.staffing.leaders.approval_min={draw(st.sampled_from([0, 30]))}",
        f"policy.staffing.leaders.zones_each={draw(st.integers(1, 8))}",
        f"policy.staffing.practice.learning_days={draw(st.sampled_from(['.inf', '2']))}",
        f"policy.staffing.practice.dip={draw(shares())}",
    )


def cases() -> st.SearchStrategy[Words]:
    """A world and a policy in it."""
    return st.tuples(worlds(), heads(), policies()).map(lambda parts: sum(parts, ()))


def load(words: Words, changes: Mapping[str, object] | None = None) -> sim.Case:
    """The case of drawn words, with some values set to others."""
    changed = [f"{key}={value}" for key, value in (changes or {}).items()]
    return case_of(*words, *changed)
