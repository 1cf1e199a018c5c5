"""Who may be sent: the tests that the choice of a worker and of a request share."""

from sim.engine.compiled import kernel
from sim.engine.duty import catch_up
from sim.engine.queue import class_open, first_for
from sim.engine.state import State


@kernel
def here(s: State, w: int, t: float) -> bool:
    """Whether a worker is on duty: [start, end)."""
    return s.worker.on_duty[w] == 1 and s.worker.until[w] > t


@kernel
def available(s: State, w: int, c: int, t: float) -> bool:
    """On duty, not on a request, idle or in a task this class interrupts, not reserved."""
    if not here(s, w, t) or s.worker.job[w] >= 0 or reserved(s, w, c):
        return False
    catch_up(s, w, t)
    return s.worker.in_task[w] == 0 or s.urgency.interrupts[c] == 1


@kernel
def reserved(s: State, w: int, c: int) -> bool:
    """Whether he is kept for emergencies: by the reserve of his unit, or by a surge."""
    if leaves_to_others(s, w, c):
        return True
    if s.urgency.citywide[c] == 1:
        return False
    return s.unit.free[s.worker.unit[w]] - 1 < s.role.reserve[s.worker.role[w]]


@kernel
def leaves_to_others(s: State, w: int, c: int) -> bool:
    """Whether he has switched to rapid response, and this class is not for that."""
    return s.run.surge[0] == 1 and s.worker.switches[w] == 1 and s.urgency.citywide[c] == 0


@kernel
def may_be_kept(s: State, w: int) -> bool:
    """Whether anything but a task can keep him, free as he is, from a request that waits."""
    if s.run.overflow[0] == 1 or s.run.chain[0] == 1:
        return True
    return s.role.reserve[s.worker.role[w]] > 0


@kernel
def night_open(s: State, zone: int, domain: int, c: int) -> bool:
    """Whether responders take this class because the owner's whole line is off."""
    return s.urgency.night[c] == 1 and s.line_present[s.zone.line[zone], domain] == 0


@kernel
def has_own_waiting(s: State, w: int, t: float) -> bool:
    """Whether a request of his own zones waits for this worker."""
    for at in range(s.worker.post_first[w], s.worker.post_last[w]):
        for c in range(len(s.urgency)):
            if s.queue.length[s.links[at], c] > 0 and class_open(s, c, t):
                if first_for(s, s.links[at], c, s.worker.role[w]) >= 0:
                    return True
    return False
