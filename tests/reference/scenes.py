"""Small scenes in whole minutes, where many things happen at one instant.

Everything is a multiple of ten minutes: visits end, shifts change, doors open, letters
arrive and callers give up together, and only the order of events tells who comes.
"""

from random import Random
from typing import Any

from sim.base import Class, Domain
from tests.policy import hire, line, need, post, stage, then

CELLS, NEEDS, DAYS = 6, 60, 2
DOMAINS: tuple[Domain, ...] = ("city_order", "hazards", "property")
URGENCIES: tuple[Class, ...] = ("emergency", "urgent", "routine", "routine")
NO_TIME = float("inf")  # [km/h]
ROTAS = (
    (("08:00", "18:00", 1.0),),
    (("00:00", "12:00", 0.5), ("12:00", "24:00", 0.5)),
    (("10:00", "20:00", 0.5), ("20:00", "10:00", 0.5)),
)


def scene(seed: int) -> dict[str, Any]:
    """A strip of cells, one or two lines, a handful of workers, and everything switched on."""
    draw = Random(seed)  # noqa: S311 - a choice of tests, no secret
    mapping = stage(
        [any_need(draw) for _ in range(NEEDS)],
        [],
        f"world.city.width={CELLS}",
        "world.city.height=1",
        f"clock.days={DAYS}",
        f"draws.seed={seed}",
    )
    lines = [line("one", zones=3, cells=[0, 0, 1, 1, 2, 2])]
    if draw.random() < 0.5:
        lines = [
            line("one", "city_order", "hazards", "emergency", zones=3, cells=[0, 0, 1, 1, 2, 2]),
            line("two", "property", "disputes", "livelihood", zones=2, cells=[0, 0, 0, 1, 1, 1]),
        ]
    mapping["policy"]["layout"]["lines"] = lines
    zones = sum(item["zones"] for item in lines)
    people(mapping, draw, zones)
    world(mapping, draw)
    policy(mapping, draw)
    return mapping


def any_need(draw: Random) -> dict[str, Any]:
    """A need of any kind, with what may follow from it."""
    kind = draw.choice(["call"] * 5 + ["latent", "recurring"])
    urgency = draw.choice(URGENCIES)
    more: dict[str, Any] = {"kind": kind}
    if draw.random() < 0.3:
        more["desk_min"] = tens(draw, 1, 20)
    if draw.random() < 0.3:
        more["part"] = then(draw.choice(DOMAINS), tens(draw, 1, 6))
    if draw.random() < 0.2:
        more["again"] = then(draw.choice(DOMAINS), 20.0)
    if kind == "latent":
        more["known_after_min"] = tens(draw, 0, 60)
        more["known_by"] = draw.choice(["residents", "riders", "ignition"])
    return need(
        tens(draw, 0, 144 * DAYS),
        draw.randrange(CELLS),
        draw.choice(DOMAINS),
        "routine" if kind == "recurring" else urgency,
        tens(draw, 1, 13),
        **more,
    )


def people(mapping: dict[str, Any], draw: Random, zones: int) -> None:
    """Three roles, and a handful of workers in one or two zones each."""
    skills = {domain: draw.choice(["own", "cross"]) for domain in DOMAINS}
    hire(mapping, "day", skills, draw.choice(ROTAS[:2]), speed_kmh=NO_TIME)
    able: dict[Domain, str] = dict.fromkeys(DOMAINS, "cross") | {"emergency": "own"}
    hire(mapping, "police", able, draw.choice(ROTAS), speed_kmh=NO_TIME, responder=True)
    shifts = [("06:00", "14:00", 0.5), ("14:00", "22:00", 0.5)]
    other: dict[Domain, str] = {"property": "own", "city_order": "cross"}
    hire(mapping, "other", other, shifts, speed_kmh=draw.choice([6.0, NO_TIME]))
    mapping["policy"]["staffing"]["posts"] = [
        post(
            draw.choice(["day", "day", "police", "other"]),
            *sorted(draw.sample(range(zones), draw.choice([1, 1, 2]))),
            home=draw.randrange(CELLS),
        )
        for _ in range(draw.randrange(3, 8))
    ]


def world(mapping: dict[str, Any], draw: Random) -> None:
    """Hours, cover, and what residents make of waiting."""
    service, reaction = mapping["world"]["service"], mapping["world"]["people"]["reaction"]
    service["cover"] |= {"neighbours": draw.randrange(2), "night": draw.randrange(2)}
    service["hours"]["routine"] = draw.choice(
        [{"opens": "00:00", "closes": "24:00"}, {"opens": "08:00", "closes": "17:00"}]
    )
    service["reopen_after_min"] = 60.0
    mapping["world"]["demand"]["misnamed"] = 0.2
    if draw.random() < 0.5:
        reaction |= {"impatient_share": 0.7, "patience_median_min": 40.0}
        reaction |= {"patience_sigma": 0.0, "abandon_share": 0.4}
    if draw.random() < 0.4:
        reaction |= {"trust_gain": 0.5, "in_time_min": 30.0}
        service["roles"]["other"]["turnout"] = 1


def policy(mapping: dict[str, Any], draw: Random) -> None:
    """Dispatch, surge, leaders, letters and handoffs."""
    levers = mapping["policy"]
    levers["dispatch"] |= {
        "overflow": draw.randrange(2),
        "overflow_reach": draw.choice(["neighbours", "line"]),
        "chain": draw.randrange(2),
        "preempts": draw.choice([[], ["emergency"], ["emergency", "urgent"]]),
        "after_job": draw.choice(["stay", "home"]),
        "ageing_per_h": draw.choice([0.0, 0.0, 0.5, 6.0]),
        "queue_capacity": draw.choice([float("inf"), float("inf"), 2.0]),
    }
    if draw.random() < 0.5:
        levers["surge"] = {"rate": 0.7, "roles": ["police"], "open_at": 2, "close_at": 1}
    levers["staffing"]["leaders"] = {"zones_each": 2, "approval_min": tens(draw, 0, 4)}
    levers["whistle"] |= {"rate": 0.5, "letter_sigma": 0.0, "whistle_sigma": 0.0}
    for delays in (levers["whistle"]["letter"], levers["whistle"]["whistle"]):
        for name in delays:
            delays[name] = {"median_min": tens(draw, 0, 7), "office_hours": draw.randrange(2)}
    for name in levers["routing"]["handoff"]:
        delay = {"median_min": tens(draw, 0, 2), "office_hours": draw.randrange(2)}
        levers["routing"]["handoff"][name] = delay


def tens(draw: Random, low: int, high: int) -> float:
    """Some tens of minutes [min]."""
    return 10.0 * draw.randrange(low, high)
