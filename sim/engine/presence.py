"""Who is on duty for what: it opens cover, and it splits waiting from closed doors."""

import numpy as np

from sim.engine.compiled import kernel
from sim.engine.state import State
from sim.units import open_clock


@kernel
def open_minutes(s: State, c: int, start: float, end: float) -> float:
    """Minutes of ``[start, end)`` in which a class is served."""
    opens, closes = s.urgency.opens[c], s.urgency.closes[c]
    return open_clock(end, opens, closes) - open_clock(start, opens, closes)


@kernel
def absent_minutes(s: State, zone: int, domain: int, c: int, t: float) -> float:
    """Open minutes up to ``t`` in which nobody eligible was on duty for a zone."""
    total = s.absent[zone, domain, c]
    if s.presence.count[zone, domain] == 0:
        total += open_minutes(s, c, s.presence.since[zone, domain], t)
    return total


@kernel
def appear(s: State, w: int, t: float) -> None:
    """Count a worker in wherever he is eligible."""
    role = s.worker.role[w]
    for at in range(s.worker.post_first[w], s.worker.post_last[w]):
        zone = s.links[at]
        for domain in range(s.presence.shape[1]):
            if s.presence.holds[zone, domain] and s.skill.able[role, domain]:
                if s.presence.count[zone, domain] == 0:
                    for c in range(len(s.urgency)):
                        s.absent[zone, domain, c] += open_minutes(
                            s, c, s.presence.since[zone, domain], t
                        )
                    s.presence.since[zone, domain] = np.inf
                s.presence.count[zone, domain] += 1
                s.line_present[s.zone.line[zone], domain] += 1


@kernel
def disappear(s: State, w: int, t: float) -> None:
    """Count a worker out."""
    role = s.worker.role[w]
    for at in range(s.worker.post_first[w], s.worker.post_last[w]):
        zone = s.links[at]
        for domain in range(s.presence.shape[1]):
            if s.presence.holds[zone, domain] and s.skill.able[role, domain]:
                s.presence.count[zone, domain] -= 1
                s.line_present[s.zone.line[zone], domain] -= 1
                if s.presence.count[zone, domain] == 0:
                    s.presence.since[zone, domain] = t
