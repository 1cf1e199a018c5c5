"""What is run: the plain case, the default one, and both ten times as large."""

import math
from copy import deepcopy

import numpy as np

from experiments import case
from sim.case import Case, load
from sim.engine.state import State

LAYOUTS = ("merged", "fragmented_layered")
DEFAULTS = (*LAYOUTS, "reform_plus")
# off: what the references do not have; on: handoffs, shifts, opening hours, teams, patrol
PLAIN = (
    "world.demand.latent.per_1000_per_day=0",
    "world.demand.reopen_share=0",
    *(
        f"world.demand.specialist_share.{domain}=0"
        for domain in ("city_order", "property", "disputes", "hazards", "livelihood")
    ),
    "world.city.disputed_share=0",
    "world.service.background.share=0",
    "world.service.cover.neighbours=0",
    "world.service.cover.night=0",
    "world.service.cover.responders=[]",
    "world.service.roles.police.visible=0",
    "policy/sensing=nobody",
)
NO_PATROL = ("world.service.patrol.steps_per_hour=0",)
GROWTH = {
    "load": "ten times the needs and hidden problems, the same staff",
    "density": "ten times the residents, needs and heads on the same cells and zones",
    "area": "ten times the cells, residents, needs, heads, zones and units",
}
TENFOLD = 10


def clock(days: int) -> tuple[str, ...]:
    """Words for a run of so many days, all of them measured."""
    return ("clock.warmup_days=0", f"clock.days={days}", "clock.follow_up_days=0")


def plain(layout: str, days: int, *words: str) -> Case:
    """The case that the references can run too."""
    return case(f"policy={layout}", *PLAIN, *clock(days), *words)


def in_whole_ticks(s: State, minutes: float) -> State:
    """The same state with every time a whole number of ticks, so that none is rounded.

    Requests come and are worked on in whole ticks, a cell is crossed in one or two, delays
    are their medians, nobody is slower than another.

    Parameters
    ----------
    minutes : length of a tick [min]
    """
    request, role, skill = s.request.copy(), s.role.copy(), s.skill.copy()
    presence, delay, run = s.presence.copy(), s.delay.copy(), s.run.copy()
    request.t_enter = np.ceil(request.t_enter / minutes) * minutes
    request.work = np.ceil(request.work / minutes) * minutes
    run.metres = 64.0 * minutes
    role.metres_per_min = 64.0 / (1 + np.arange(len(role)) % 2)
    role.startup = minutes
    skill.extra, presence.dilution, delay.handoff = 0.0, 1.0, 1.0
    calls = s.arrivals
    order = np.lexsort((calls, request.urgency[calls], request.t_enter[calls]))
    return s._replace(
        run=run,
        request=request,
        role=role,
        skill=skill,
        presence=presence,
        delay=delay,
        arrivals=calls[order],
    )


def tenfold(base: Case, how: str) -> Case:
    """A case ten times as large in one way.

    Parameters
    ----------
    how : a key of ``GROWTH``
    """
    mapping = deepcopy(base.model_dump())
    world, policy = mapping["world"], mapping["policy"]
    if how == "load":
        world["demand"]["needs_per_1000_per_day"] *= TENFOLD
        world["demand"]["latent"]["per_1000_per_day"] *= TENFOLD
        return load(mapping)
    world["city"]["residents"] *= TENFOLD
    staffing = policy["staffing"]
    staffing["heads"] = {role: TENFOLD * heads for role, heads in staffing["heads"].items()}
    if how == "area":
        world["city"]["width"] = world["city"]["width"] * 5 // 2
        world["city"]["height"] *= 4
        world["city"]["gradient_m"] *= math.sqrt(TENFOLD)
        staffing["units"] = {role: TENFOLD * units for role, units in staffing["units"].items()}
        for line in policy["layout"]["lines"]:
            line["zones"] *= TENFOLD
    return load(mapping)
