"""Words that switch mechanisms on, alone and at random."""

from random import Random

from tests.policy import POLICIES

BUSY = "world.demand.needs_per_1000_per_day=25"
ROUND_THE_CLOCK = 'world.service.hours.routine={opens: "00:00", closes: "24:00"}'
BUSIER = "world.demand.needs_per_1000_per_day=10"
MANY_EMERGENCIES = (
    "world.demand.shares={city_order: .2, property: .2, disputes: .1, hazards: .1, "
    "livelihood: .1, emergency: .3}"
)
SPECIALISTS = (
    "world.demand.specialist_share={city_order: .5, property: .5, disputes: .5, hazards: .5, "
    "livelihood: .5, emergency: .3}"
)
RECURRING = (
    "world.demand.recurring=[{name: visits, domain: livelihood, per_day: 20.5, starts: '09:00', "
    "ends: '15:00', work_min: 10.0, fixed: 1, vulnerable: 1}, {name: rounds, domain: hazards, "
    "per_day: 7.3, starts: '00:00', ends: '24:00', work_min: 25.0, fixed: 0, vulnerable: 0}]"
)
LEADERS = ("policy.staffing.leaders.approval_min=30", "policy.staffing.leaders.zones_each=3")
WHISTLES = ("policy.whistle.rate=0.5", "policy.whistle.report_in_min=200")
REOPENED = ("world.demand.reopen_share=0.5", "world.service.reopen_after_min=300")
HIDDEN = "world.demand.latent.per_1000_per_day=6"
IGNITING = "world.demand.latent.ignition_days={city_order: 1, property: 1, hazards: 1}"
RIDERS = "policy.sensing.riders_per_hour=0.02"
IMPATIENT = (
    "world.people.reaction.impatient_share=0.6",
    "world.people.reaction.patience_median_min=60",
    "world.people.reaction.abandon_share=0.4",
)
TRUST = (
    "world.demand.readiness=0.7",
    "world.people.reaction.trust_gain=0.5",
    "world.people.reaction.trust_start=0.9",
    "world.people.reaction.in_time_min=15",
)
SURGE = ("policy/surge=rapid", "policy.surge.open_at=2")
PRACTICE = (
    "policy.staffing.practice.learning_days=2",
    "policy.staffing.practice.dip=0.5",
    "policy.staffing.practice.dip_days=3",
)
OVERFLOW = "policy.dispatch.overflow=1"

MECHANISMS: dict[str, tuple[str, ...]] = {
    "dilution": ("world.service.dilution=0.3",),
    "learning and a dip": PRACTICE,
    "letters and whistles": (SPECIALISTS, *WHISTLES),
    "leaders who sign": (SPECIALISTS, *WHISTLES, *LEADERS),
    "joint cases": ("world.demand.joint_share=0.4",),
    "reopening": REOPENED,
    "everything after the visit": (
        *(SPECIALISTS, *WHISTLES, *LEADERS, *REOPENED, "world.demand.joint_share=0.4"),
    ),
    "a chain": (BUSY, "clock.days=1", "policy.dispatch.chain=1"),
    "pre-emption": (BUSY, "clock.days=1", "policy.dispatch.preempts=[emergency, urgent]"),
    "a surge": (*(*SURGE, MANY_EMERGENCIES, BUSIER),),
    "much hidden": (HIDDEN, IGNITING),
    "riders": (HIDDEN, RIDERS),
    "anyone reports anything": (HIDDEN, RIDERS, "policy/sensing=anything"),
    "residents who lose patience": (*IMPATIENT, BUSY, "clock.days=1"),
    "trust": TRUST,
    "scheduled work": (RECURRING,),
}

# of each row one word or group of words, or none; an empty group twice makes it rarer
CHOICES: tuple[tuple[tuple[str, ...], ...], ...] = (
    ((), (BUSY,), (BUSIER,)),
    ((), (SPECIALISTS,)),
    ((), ("world.demand.joint_share=0.4",)),
    ((), REOPENED),
    ((), (HIDDEN,)),
    ((), (IGNITING,)),
    ((), ("policy/sensing=anything",), ("policy/sensing=own", "policy.sensing.beyond_line=1")),
    ((), (RIDERS,)),
    ((), LEADERS),
    ((), WHISTLES, ("policy/whistle=whistle",)),
    ((), (), ("policy.dispatch.chain=1",)),
    ((), (), (OVERFLOW,), (OVERFLOW, "policy.dispatch.overflow_reach=line")),
    (
        (),
        (),
        ("policy.dispatch.preempts=[emergency]",),
        ("policy.dispatch.preempts=[emergency, urgent]",),
    ),
    ((), (), ("policy.dispatch.reserve={police: 1}",), ("policy.dispatch.reserve={cadre: 1}",)),
    ((), (), ("policy.dispatch.queue_capacity=2",)),
    ((), (), ("policy.dispatch.ageing_per_h=1",), ("policy.dispatch.ageing_per_h=0.1",)),
    ((), (), ("policy.dispatch.after_job=home",)),
    ((), (), SURGE),
    ((), (MANY_EMERGENCIES,)),
    ((), IMPATIENT),
    ((), TRUST),
    ((), PRACTICE),
    ((), (RECURRING,)),
    ((), ("world.demand.misnamed=0.3", "world.city.disputed_share=0.2")),
    ((), (), (ROUND_THE_CLOCK,)),
    ((), (), ("world.service.cover.neighbours=0",), ("world.service.cover.night=0",)),
    ((), (), ("world.service.background.share=0",), ("world.service.background.share=0.8",)),
    (
        (),
        ("world.service.background.interrupted_by=[]",),
        ("world.service.background.interrupted_by=[emergency, urgent, routine]",),
    ),
)


def any_words(seed: int) -> tuple[str, ...]:
    """A shipped policy in some world, for one measured day."""
    draw = Random(seed)  # noqa: S311 - a choice of tests, no secret
    policy = f"policy={draw.choice(POLICIES)}"
    chosen = [word for row in CHOICES for word in draw.choice(row)]
    return policy, *chosen, f"draws.seed={seed}", "clock.days=1"
