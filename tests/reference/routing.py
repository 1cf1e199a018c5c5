"""The way of a request to its owner: triage, unclear areas, handoffs."""

from collections.abc import Callable
from itertools import count

from sim.base import CLASSES, DOMAINS
from sim.keyed import Purpose
from sim.policy.routing import Delay, Routing
from tests.reference.clock import BEGIN, Clock, Process, Rank
from tests.reference.luck import Lognormal, Luck
from tests.reference.request import Request
from tests.reference.zone import Zone


class Office:
    """Where requests come in and are passed on until they reach their owner.

    Parameters
    ----------
    owner : zone by domain and cell
    disputed : cells over which lines dispute
    misnamed : chance per hop of naming a wrong domain
    is_made : whether a resident makes a call
    begun : told of every request that begins
    deliver : what happens to a request that has reached its owner
    """

    def __init__(
        self,
        clock: Clock,
        luck: Luck,
        routing: Routing,
        owner: list[list[Zone]],
        disputed: frozenset[int],
        misnamed: float,
        *,
        is_made: Callable[[Request], bool],
        begun: Callable[[Request], None],
        deliver: Callable[[Request], None],
    ) -> None:
        self.clock, self.luck = clock, luck
        self.owner, self.disputed, self.misnamed = owner, disputed, misnamed
        self.is_made, self.begun, self.deliver = is_made, begun, deliver
        self._handoff = [routing.handoff[name] for name in CLASSES]
        self._unclear = [routing.unclear[name] for name in CLASSES]
        self._handoff_delays = Lognormal(luck, Purpose.HANDOFF, routing.handoff_sigma)
        self._unclear_delays = Lognormal(luck, Purpose.UNCLEAR, routing.unclear_sigma)

    # --- what begins ------------------------------------------------------------------

    def call(self, request: Request) -> Process:
        """A resident calls, if he is ready to; the call is triaged when it enters."""
        yield self.clock.at(request.t_enter, Rank.ARRIVAL, request.urgency, request.number)
        if not self.is_made(request):
            request.status = "unreported"
            return
        self._begin(request)
        yield from self._pass_on(request)

    def fall_due(self, request: Request) -> Process:
        """Scheduled work goes straight to its owner."""
        yield self.clock.at(request.t_enter, Rank.ARRIVAL, request.urgency, request.number)
        self.follow(request)

    def take_in(self, request: Request) -> Process:
        """A hidden problem that was found goes the way of a call, once it is triaged."""
        request.zone = self.owner[request.domain][request.cell]
        request.t_reported = self.clock.now
        request.t_triaged = request.t_reported + request.triage
        yield self.clock.at(request.t_triaged, Rank.RELEASE, BEGIN, request.number)
        self._begin(request)
        yield from self._pass_on(request)

    def follow(self, request: Request, sender: Zone | None = None) -> None:
        """What follows from something else is known at once, and so is its owner.

        If the owner is not the one who sends it, it is handed off once.
        """
        request.t_triaged = request.t_reported = self.clock.now
        request.zone = self.owner[request.domain][request.cell]
        self._begin(request)
        if sender is None or sender is request.zone:
            self._arrive(request)
        else:
            self.clock.process(self._hand_over(request))

    def _begin(self, request: Request) -> None:
        request.status = "moving"
        self.begun(request)

    # --- on its way -------------------------------------------------------------------

    def _pass_on(self, request: Request) -> Process:
        """One delay in a disputed area, then handed off until somebody names the owner."""
        if request.cell in self.disputed:
            over = self._over(request, self._unclear, self._unclear_delays, 0)
            request.unclear = over - self.clock.now
            yield self.clock.at(over, Rank.RELEASE, request.urgency, request.number)
        for hop in count():
            if request.status != "moving":
                return
            if self.owner[self.named(request, hop)][request.cell] is request.zone:
                break
            yield from self._hand_off(request, hop)
        self._arrive(request)

    def _hand_over(self, request: Request) -> Process:
        yield from self._hand_off(request, 0)
        if request.status == "moving":
            self._arrive(request)

    def _hand_off(self, request: Request, hop: int) -> Process:
        request.handoffs += 1
        over = self._over(request, self._handoff, self._handoff_delays, hop)
        request.handoff += over - self.clock.now
        yield self.clock.at(over, Rank.RELEASE, request.urgency, request.number)

    def _over(self, request: Request, medians: list[Delay], delays: Lognormal, k: int) -> float:
        return delays.over(medians[request.urgency], self.clock.now, request.key, k)

    def _arrive(self, request: Request) -> None:
        request.t_ready = self.clock.now
        self.deliver(request)

    def named(self, request: Request, hop: int) -> int:
        """The domain named at a hop: right, or one of the other five with equal chance."""
        u = self.luck.u(Purpose.NAMED, request.key, hop)
        if u >= self.misnamed:
            return request.domain
        others = [domain for domain in range(len(DOMAINS)) if domain != request.domain]
        return others[int(u / self.misnamed * len(others))]
