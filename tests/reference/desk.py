"""Who may take what, who is asked first, and what is picked first.

One question decides everything: :meth:`Desk.tier`, as what a worker may take a request now.
A request that becomes ready asks the workers; a worker who becomes free looks through the
requests. Both ask that question, so no ready request of an open class waits while somebody
may take it.
"""

from collections.abc import Callable, Iterable
from enum import IntEnum
from operator import attrgetter

from sim.base import CLASSES
from sim.keyed import Purpose
from sim.policy.dispatch import Dispatch
from sim.world.service import Cover
from tests.reference.clock import Clock
from tests.reference.luck import Luck
from tests.reference.request import Request
from tests.reference.spans import Spans
from tests.reference.worker import Worker
from tests.reference.zone import Zone

EMERGENCY, URGENT = CLASSES.index("emergency"), CLASSES.index("urgent")


class Tier(IntEnum):
    """As what somebody comes: the order in which he looks after requests of a class."""

    OWN = 0
    COVER = 1
    OVERFLOW = 2


class Desk:
    """Brings requests and workers together.

    Parameters
    ----------
    steps : cells between two cells
    hours : by class, when it is served
    """

    def __init__(
        self,
        clock: Clock,
        luck: Luck,
        dispatch: Dispatch,
        cover: Cover,
        hours: list[Spans],
        workers: list[Worker],
        zones: list[Zone],
        steps: Callable[[int, int], int],
    ) -> None:
        self.clock, self.luck, self.steps = clock, luck, steps
        self.dispatch, self.cover, self.hours = dispatch, cover, hours
        self.workers, self.zones = workers, zones

    # --- what happens -----------------------------------------------------------------

    def receive(self, request: Request) -> None:
        """A request is ready: somebody goes, or it waits, or the queue is full."""
        request.status = "waiting"
        if self.ask(request):
            return
        waiting = request.zone.waiting
        if len(waiting) >= self.dispatch.queue_capacity:
            request.status = "lost"
            return
        waiting.append(request)
        self.ask_for(waiting)  # it may have made its zone overflow, and then all may be helped

    def ask_again(self) -> None:
        """A class opens, or the last shift to end now has ended: whoever waits asks again."""
        self.ask_for(self.waiting())

    def offer(self, worker: Worker) -> None:
        """Somebody is free: he picks a request, or carries on with his own duties."""
        choices = [
            (request.urgency, tier, request.t_ready, request.number, request)
            for request in self.waiting()
            if (tier := self.tier(worker, request)) is not None
        ]
        if choices:
            _, tier, _, _, request = min(choices, key=lambda choice: choice[:4])
            self.send(worker, request, tier)
        else:
            worker.carry_on()

    def ask_for(self, requests: Iterable[Request]) -> None:
        """Let requests ask in turn: classes in order, first come first served within."""
        for request in sorted(requests, key=attrgetter("place_in_line")):
            self.ask(request)

    def waiting(self) -> Iterable[Request]:
        """Everybody in a queue."""
        return (request for zone in self.zones for request in zone.waiting)

    # --- who comes --------------------------------------------------------------------

    def ask(self, request: Request) -> bool:
        """The best of the first tier that has somebody available goes; whether one did."""
        tiers = [(self.tier(worker, request), worker) for worker in self.workers]
        offers = [(tier, worker) for tier, worker in tiers if tier is not None]
        if not offers:
            return False
        first = min(self._turn(request, tier) for tier, _ in offers)
        asked = {w: tier for tier, w in offers if self._turn(request, tier) == first}
        best = min(asked, key=lambda worker: self._preference(request, worker))
        self.send(best, request, asked[best])
        return True

    @staticmethod
    def _turn(request: Request, tier: Tier) -> Tier:
        """In which round a tier is asked: an emergency goes to the nearest, whatever his beat."""
        return Tier.OWN if request.urgency == EMERGENCY and tier == Tier.COVER else tier

    def _preference(self, request: Request, worker: Worker) -> tuple[float, ...]:
        """By the cell's list, or by travel time in whole seconds; ties by luck."""
        seconds = int(60 * worker.travel_minutes(self.steps(worker.cell, request.cell)) + 0.5)
        tie = self.luck.u(Purpose.TIE, request.key, worker.number)
        if self.dispatch.rule == "preference":
            order = self.dispatch.preference[request.cell]
            place = order.index(worker.number) if worker.number in order else len(order)
            return place, seconds, tie
        return seconds, tie

    def send(self, worker: Worker, request: Request, tier: Tier) -> None:
        """A worker sets off to a request."""
        if request in request.zone.waiting:
            request.zone.waiting.remove(request)
        request.status, request.worker, request.tier = "taken", worker, tier.name.lower()
        worker.go(request, self.steps(worker.cell, request.cell))

    # --- who may take what ------------------------------------------------------------

    def tier(self, worker: Worker, request: Request) -> Tier | None:
        """As what a worker may take a request now; None if not at all."""
        if not self.hours[request.urgency].holds(self.clock.now):
            return None
        if not worker.available_for(request.urgency) or self.kept_back(worker, request):
            return None
        if request.zone in worker.zones and worker.can_do(request.domain):
            return Tier.OWN
        if self.responds(worker, request) or self.stands_in(worker, request):
            return Tier.COVER
        if self.relieves(worker, request):
            return Tier.OVERFLOW
        return None

    def kept_back(self, worker: Worker, request: Request) -> bool:
        """Whether he is the reserve of his unit: too few others stay free of requests."""
        kept = self.dispatch.reserve.get(worker.role, 0)
        if request.urgency == EMERGENCY or kept == 0:
            return False
        others = (
            other
            for other in self.workers
            if other is not worker and (other.role, other.unit) == (worker.role, worker.unit)
        )
        return sum(other.free_of_requests for other in others) < kept

    def responds(self, worker: Worker, request: Request) -> bool:
        """Whether he may come because his role responds citywide, whatever his skill.

        Responders answer every emergency, and urgent requests outside all shifts of those of
        the owning line who can do the domain.
        """
        if not worker.responder:
            return False
        if request.urgency == EMERGENCY:
            return True
        off = not request.zone.line.manned[request.domain].holds(self.clock.now)
        return bool(self.cover.night) and request.urgency == URGENT and off

    def stands_in(self, worker: Worker, request: Request) -> bool:
        """Whether he may come from next door: nobody eligible of the zone is on duty."""
        if not self.cover.neighbours or not worker.can_do(request.domain):
            return False
        if request.zone.manned[request.domain].holds(self.clock.now):
            return False
        return not request.zone.neighbours.isdisjoint(worker.zones)

    def relieves(self, worker: Worker, request: Request) -> bool:
        """Whether he may help a zone where another waits, having none of his own to serve."""
        if not self.dispatch.overflow or not worker.can_do(request.domain):
            return False
        if not self.overflows(request) or not self.reaches(worker, request.zone):
            return False
        return not any(self.is_own(worker, other) for other in self.waiting())

    def overflows(self, request: Request) -> bool:
        """Whether another request already waits in the zone, doors being open for it."""
        return any(
            other is not request and self.hours[other.urgency].holds(self.clock.now)
            for other in request.zone.waiting
        )

    def reaches(self, worker: Worker, zone: Zone) -> bool:
        """Whether a zone is near enough to be helped: a neighbour, or of the same line."""
        if self.dispatch.overflow_reach == "line":
            return worker in zone.line.workers
        return not zone.neighbours.isdisjoint(worker.zones)

    def is_own(self, worker: Worker, request: Request) -> bool:
        """Whether a request of an open class is his own business."""
        return (
            request.zone in worker.zones
            and worker.can_do(request.domain)
            and self.hours[request.urgency].holds(self.clock.now)
        )
