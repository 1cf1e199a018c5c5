"""From report to the owner's door: disputes, misnaming, handoffs, and the queue."""

import numpy as np

from sim.engine.calendar import code_of, drop, number_of, push, schedule
from sim.engine.compiled import kernel
from sim.engine.delays import delayed, quantile
from sim.engine.dispatch import find_worker, wake_later
from sim.engine.presence import absent_minutes
from sim.engine.queue import class_open, join_queue, waiting_in
from sim.engine.residents import ready_to_report, start_waiting
from sim.engine.sensing import hide
from sim.engine.state import LOST, MOVING, PARTED, RELEASE, UNREPORTED, State
from sim.engine.surge import emergency_closes, emergency_opens
from sim.keyed import uniform
from sim.world.tape import CALL, LATENT


@kernel
def take_in(s: State, r: int, t: float) -> None:
    """A triaged call, a scheduled task, or the beginning of a problem nobody knows of."""
    if s.request.kind[r] == LATENT:
        hide(s, r, t)
        return
    if s.request.kind[r] == CALL:
        if not ready_to_report(s, r):
            s.request.status[r] = UNREPORTED
            return
        start_waiting(s, r, t)
    begin(s, r, t)


@kernel
def begin(s: State, r: int, t: float) -> None:
    """A request sets off, or waits until lines agree whose it is."""
    s.request.status[r] = MOVING
    c = s.request.urgency[r]
    if s.urgency.citywide[c] == 1:
        emergency_opens(s)
    if s.disputed[s.request.cell[r]] and s.urgency.unclear[c] > 0.0 and by_name(s, r):
        luck = uniform(s.run.lucky_unclear[0], s.request.key[r], np.uint64(0))
        minutes = s.urgency.unclear[c] * quantile(s.delay.unclear, luck)
        until = delayed(t, minutes, s.urgency.unclear_office[c])
        s.request.unclear[r] = until - t
        schedule(s, until, code_of(RELEASE, c, r + 1))
        return
    seek_owner(s, r, t)


@kernel
def by_name(s: State, r: int) -> bool:
    """Whether somebody has to name the domain: not where the owner knows already."""
    return s.request.kind[r] == CALL or s.request.kind[r] == LATENT


@kernel
def seek_owner(s: State, r: int, t: float) -> None:
    """Hand the request to the owner it names; a wrong one passes it on after a delay."""
    if s.request.status[r] != MOVING:
        return  # the caller has given up
    domain, cell = s.request.domain[r], s.request.cell[r]
    owner = s.owner[domain, cell]
    if s.owner[named(s, r), cell] == owner:
        be_ready(s, r, owner, t)
    else:
        pass_on(s, r, t)


@kernel
def pass_on(s: State, r: int, t: float) -> None:
    """A handoff: one more hop, after a delay."""
    c = s.request.urgency[r]
    luck = uniform(s.run.lucky_handoff[0], s.request.key[r], np.uint64(s.request.hops[r]))
    minutes = s.urgency.handoff[c] * quantile(s.delay.handoff, luck)
    until = delayed(t, minutes, s.urgency.handoff_office[c])
    s.request.hops[r] += 1
    s.request.handoff[r] += until - t
    schedule(s, until, code_of(RELEASE, c, r + 1))


@kernel
def named(s: State, r: int) -> int:
    """The domain named at this hop: right, or any of the others with equal chance."""
    domain, wrong = s.request.domain[r], s.run.misnamed[0]
    if not by_name(s, r):
        return domain
    luck = uniform(s.run.lucky_name[0], s.request.key[r], np.uint64(s.request.hops[r]))
    if luck >= wrong:
        return domain
    others = s.owner.shape[0] - 1
    other = min(int(luck / wrong * others), others - 1)
    return other if other < domain else other + 1


@kernel
def be_ready(s: State, r: int, zone: int, t: float) -> None:
    """At the owner's: a worker is sent, or the request queues, or it is lost."""
    domain, c = s.request.domain[r], s.request.urgency[r]
    s.request.zone[r], s.request.t_ready[r] = zone, t
    s.request.era[r] = s.run.era[0]
    s.request.absent_mark[r] = absent_minutes(s, zone, domain, c, t)
    opened = class_open(s, c, t)
    if opened and find_worker(s, r, t) >= 0:
        return
    waiting = 0
    for other in range(len(s.urgency)):
        waiting += s.queue.length[zone, other]
    if waiting >= s.run.capacity[0]:
        s.request.status[r] = LOST
        if s.urgency.citywide[c] == 1:
            emergency_closes(s, t)
        return
    join_queue(s, r)
    if opened:
        wake_later(s, r, t)
        if s.run.overflow[0] == 1 and waiting_in(s, zone, t) == 2:
            ask_zone(s, zone, t)  # the one that waited alone may now be helped


@kernel
def ask_zone(s: State, zone: int, t: float) -> None:
    """Whatever waits in a zone and is served now asks for a worker."""
    for c in range(len(s.urgency)):
        if class_open(s, c, t):
            ask_in_order(s, gather(s, zone, c, 0), t)


@kernel
def hand_on(s: State, r: int, t: float) -> None:
    """The first half of a joint case is done: the owner of the second is next."""
    part = s.request.part[r]
    s.request.status[r], s.request.status[part] = PARTED, MOVING
    s.request.t_reported[part], s.request.t_triaged[part] = t, t
    if s.urgency.citywide[s.request.urgency[part]] == 1:
        emergency_opens(s)
    owner = s.owner[s.request.domain[part], s.request.cell[part]]
    if owner == s.request.zone[r]:
        be_ready(s, part, owner, t)
    else:
        pass_on(s, part, t)


@kernel
def reopen(s: State, r: int, t: float) -> None:
    """A closed case comes back to its owner."""
    s.request.t_reported[r], s.request.t_triaged[r] = t, t
    begin(s, r, t)


@kernel
def open_class(s: State, c: int, t: float) -> None:
    """A class opens: whatever waits asks for a worker, in order of readiness.

    With overflow a zone may now hold two that are served, so other classes ask as well.
    """
    for other in range(len(s.urgency)):
        if other == c or (s.run.overflow[0] == 1 and class_open(s, other, t)):
            size = 0
            for zone in range(len(s.zone)):
                size = gather(s, zone, other, size)
            ask_in_order(s, size, t)


@kernel
def gather(s: State, zone: int, c: int, size: int) -> int:
    """Add the first of a zone's queues of a class to the sorter; returns its new size."""
    if s.queue.length[zone, c] > 0:
        for domain in range(s.owner.shape[0]):
            size = sort_in(s, s.queue.head[zone, c, domain], size)
    return size


@kernel
def gather_uncovered(s: State, zone: int, c: int, size: int) -> int:
    """Add the first of those queues for which nobody eligible is on duty."""
    if s.queue.length[zone, c] > 0:
        for domain in range(s.owner.shape[0]):
            if s.presence.count[zone, domain] == 0:
                size = sort_in(s, s.queue.head[zone, c, domain], size)
    return size


@kernel
def sort_in(s: State, r: int, size: int) -> int:
    """Add a request to the sorter, if there is one; returns the new size."""
    if r < 0:
        return size
    return push(s.sorter, size, s.request.t_ready[r], code_of(0, s.request.urgency[r], r))


@kernel
def ask_in_order(s: State, size: int, t: float) -> None:
    """Let the gathered queues ask for workers, request by request, the earliest ready first.

    Where one asks in vain, those behind it would as well, for at one instant people only
    become busier. A helper is the exception: he becomes free of his own queue once nobody
    is left in it. From then on all ask again.
    """
    helped = s.run.overflow[0] == 1 or s.run.chain[0] == 1
    s.run.rounds[0] += 1
    while size > 0:
        r = number_of(s.sorter.code[0])
        size = drop(s.sorter, size)
        following = s.request.after[r]
        if asks(s, r, t) or helped:
            size = sort_in(s, following, size)


@kernel
def asks(s: State, r: int, t: float) -> bool:
    """Send somebody to a request unless its queue has asked in vain in this round."""
    zone, domain, c = s.request.zone[r], s.request.domain[r], s.request.urgency[r]
    if s.queue.vain[zone, c, domain] == s.run.rounds[0]:
        return False
    if find_worker(s, r, t) < 0:
        s.queue.vain[zone, c, domain] = s.run.rounds[0]
        wake_later(s, r, t)
        return False
    if s.queue.head[zone, c, domain] < 0:
        s.run.rounds[0] += 1
    return True
