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
from tests.reference.practice import Pace
from tests.reference.request import Request
from tests.reference.spans import Spans
from tests.reference.surge import EMERGENCY
from tests.reference.worker import Worker
from tests.reference.zone import Zone, anybody

URGENT = CLASSES.index("urgent")


class Tier(IntEnum):
    """As what somebody comes: the order in which he looks after requests of a class."""

    OWN = 0
    COVER = 1
    OVERFLOW = 2
    CHAIN = 3


class Desk:
    """Brings requests and workers together.

    Parameters
    ----------
    hours : by class, when it is served
    sent : told of every request somebody sets off to

    Attributes
    ----------
    settled : told of every request that nobody will set off to
    leaves_to_others : whether a surge keeps a worker from a class
    """

    settled: Callable[[Request], None]
    leaves_to_others: Callable[[Worker, int], bool]

    def __init__(
        self,
        clock: Clock,
        luck: Luck,
        dispatch: Dispatch,
        cover: Cover,
        pace: Pace,
        hours: list[Spans],
        workers: list[Worker],
        zones: list[Zone],
        sent: Callable[[Request], None],
    ) -> None:
        self.clock, self.luck, self.pace, self.sent = clock, luck, pace, sent
        self.dispatch, self.cover, self.hours = dispatch, cover, hours
        self.workers, self.zones = workers, zones
        self.called_away_by = [name in dispatch.preempts for name in CLASSES]

    # --- what happens -----------------------------------------------------------------

    def receive(self, request: Request) -> None:
        """A request is ready: somebody goes, or it waits, or the queue is full."""
        request.status = "waiting"
        if self.ask(request):
            return
        waiting = request.zone.waiting
        if len(waiting) >= self.dispatch.queue_capacity:
            request.status = "lost"
            self.settled(request)
            return
        alone = sum(self.is_open(other.urgency) for other in waiting) == 1
        waiting.append(request)
        if self.dispatch.overflow and alone and self.is_open(request.urgency):
            self.ask_for(waiting)  # now the zone overflows, and all may be helped

    def withdraw(self, request: Request) -> None:
        """A request is given up."""
        if request in request.zone.waiting:
            request.zone.waiting.remove(request)
        request.status = "abandoned"
        self.settled(request)

    def open_class(self, urgency: int) -> None:
        """A class opens: what waits of it asks again, and all that it made overflow."""
        self.ask_for(
            request
            for request in self.waiting()
            if request.urgency == urgency or self.dispatch.overflow
        )

    def cover_for_absent(self) -> None:
        """Shifts have ended: where nobody is left on duty, requests ask those who stand in."""
        self.ask_for(
            request
            for request in self.waiting()
            if not anybody(request.zone.workers, request.domain)
        )

    def offer(self, worker: Worker) -> None:
        """Somebody is free: he picks a request, or carries on with his own duties."""
        choices = [
            (self.rank(request), tier, request.t_ready, request.number, request)
            for request in self.waiting()
            if (tier := self.tier(worker, request)) is not None
        ]
        if choices:
            _, tier, _, _, request = min(choices, key=lambda choice: choice[:4])
            self.send(worker, request, tier)
        else:
            worker.carry_on()

    def rank(self, request: Request) -> int:
        """The class as which it is picked: waiting moves it up, but never to an emergency."""
        if request.urgency == EMERGENCY:
            return EMERGENCY
        hours = (self.clock.now - request.t_ready) / 60
        return max(EMERGENCY + 1, request.urgency - int(hours * self.dispatch.ageing_per_h))

    def call_again(self, worker: Worker, held: Request) -> bool:
        """Before he goes back to a job: what waits and would call him off it comes first."""
        choices = [
            (request.urgency, tier, request.t_ready, request.number, request)
            for request in self.waiting()
            if (tier := self.called_off(worker, held, request)) is not None
        ]
        if choices:
            _, tier, _, _, request = min(choices, key=lambda choice: choice[:4])
            self.send(worker, request, tier)
        return bool(choices)

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
        return self._ask(request, self.tier) or self._ask(request, self.called_away)

    def _ask(self, request: Request, question: Callable[[Worker, Request], Tier | None]) -> bool:
        tiers = [(question(worker, request), worker) for worker in self.workers]
        offers = [(tier, worker) for tier, worker in tiers if tier is not None]
        if not offers:
            return False
        first = min(self._turn(request, tier, worker) for tier, worker in offers)
        asked = {w: tier for tier, w in offers if self._turn(request, tier, w) == first}
        best = min(asked, key=lambda worker: self._preference(request, worker))
        self.send(best, request, asked[best])
        return True

    @staticmethod
    def _turn(request: Request, tier: Tier, worker: Worker) -> Tier:
        """In which round somebody is asked: responders to emergencies at once, with the team."""
        return Tier.OWN if request.urgency == EMERGENCY and worker.responder else tier

    def _preference(self, request: Request, worker: Worker) -> tuple[float, ...]:
        """By the cell's list, or by travel time in whole seconds; ties by luck."""
        seconds = int(60 * worker.travel_minutes(request.cell) + 0.5)
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
        worker.go(request, self.pace.minutes(worker, request, self.clock.now))
        self.sent(request)

    # --- who may take what ------------------------------------------------------------

    def is_open(self, urgency: int) -> bool:
        """Whether a class is served now."""
        return self.hours[urgency].holds(self.clock.now)

    def tier(self, worker: Worker, request: Request) -> Tier | None:
        """As what a worker may take a request now; None if not at all."""
        if not worker.available_for(request.urgency) or not self.is_open(request.urgency):
            return None
        if self.leaves_to_others(worker, request.urgency) or self.kept_back(worker, request):
            return None
        ways = (
            (Tier.OWN, self.owns),
            (Tier.COVER, self.covers),
            (Tier.OVERFLOW, self.relieves),
            (Tier.CHAIN, self.backs_up),
        )
        return next((tier for tier, may in ways if may(worker, request)), None)

    def called_away(self, worker: Worker, request: Request) -> Tier | None:
        """As what a worker may be called away from what he does, if he holds no other job."""
        if worker.request is None or worker.held is not None:
            return None
        return self.called_off(worker, worker.request, request)

    def called_off(self, worker: Worker, job: Request, request: Request) -> Tier | None:
        """As what a request calls him off a job of a lower class.

        The team is, and for emergencies the responders.
        """
        if not self.called_away_by[request.urgency] or not self.is_open(request.urgency):
            return None
        if not worker.on_duty or job.urgency <= request.urgency:
            return None
        if self.leaves_to_others(worker, request.urgency):
            return None
        if self.owns(worker, request):
            return Tier.OWN
        return Tier.COVER if request.urgency == EMERGENCY and worker.responder else None

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

    def owns(self, worker: Worker, request: Request) -> bool:
        """Whether it is the business of his own zones, and he has the skill."""
        return request.zone in worker.zones and worker.can_do(request.domain)

    def covers(self, worker: Worker, request: Request) -> bool:
        """Whether he comes in place of the owner's team."""
        return self.responds(worker, request) or self.stands_in(worker, request)

    def responds(self, worker: Worker, request: Request) -> bool:
        """Whether he may come because his role responds citywide, whatever his skill.

        Responders answer every emergency, and urgent requests while nobody of the owning line
        who can do the domain is on duty.
        """
        if not worker.responder:
            return False
        if request.urgency == EMERGENCY:
            return True
        if request.urgency != URGENT or not self.cover.night:
            return False
        return not anybody(request.zone.line.workers, request.domain)

    def stands_in(self, worker: Worker, request: Request) -> bool:
        """Whether he may come from next door: nobody eligible of the zone is on duty."""
        if not self.cover.neighbours or not worker.can_do(request.domain):
            return False
        if request.zone.neighbours.isdisjoint(worker.zones):
            return False
        return not anybody(request.zone.workers, request.domain)

    def relieves(self, worker: Worker, request: Request) -> bool:
        """Whether he may help a zone where another waits, having none of his own to serve."""
        if not self.dispatch.overflow or not worker.can_do(request.domain):
            return False
        if not self.overflows(request) or not self.reaches(worker, request.zone):
            return False
        return not self.has_own_waiting(worker)

    def overflows(self, request: Request) -> bool:
        """Whether another request already waits in the zone, doors being open for it."""
        return any(
            other is not request and self.is_open(other.urgency) for other in request.zone.waiting
        )

    def reaches(self, worker: Worker, zone: Zone) -> bool:
        """Whether a zone is near enough to be helped: a neighbour, or of the same line."""
        if self.dispatch.overflow_reach == "line":
            return worker in zone.line.workers
        return not zone.neighbours.isdisjoint(worker.zones)

    def backs_up(self, worker: Worker, request: Request) -> bool:
        """Whether he belongs to the one backup of the zone, having none of his own to serve."""
        backup = request.zone.backup
        if not self.dispatch.chain or backup is None or backup not in worker.zones:
            return False
        return worker.can_do(request.domain) and not self.has_own_waiting(worker)

    def has_own_waiting(self, worker: Worker) -> bool:
        """Whether a request of an open class in his own zones waits that he can do."""
        return any(
            worker.can_do(request.domain) and self.is_open(request.urgency)
            for zone in worker.zones
            for request in zone.waiting
        )
