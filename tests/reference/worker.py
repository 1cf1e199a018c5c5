"""A worker: shifts, background tasks, patrol, and the job in hand."""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import simpy

from tests.reference.clock import LOOK_FOR_WORK, TASK_END, Clock, Process, Rank
from tests.reference.lattice import Lattice
from tests.reference.request import NOT_YET, Request
from tests.reference.spans import Span, Spans
from tests.reference.zone import Zone


@dataclass
class Task:
    """A background duty: when it falls due, how long it takes, and what is left [min]."""

    due: float
    length: float
    left: float


@dataclass(frozen=True)
class Gait:
    """How somebody gets about: start-up and time per cell [min]."""

    startup: float
    per_cell: float


@dataclass(eq=False)
class Leg:
    """One way to a request and the work there: setting out, arrival, end [min].

    An interruption cuts it short; ``resumed`` if the request had been begun before.
    """

    request: Request
    origin: int
    left: float
    there: float
    done: float
    resumed: bool = False
    arrived: bool = True
    cut: bool = False

    def cut_short(self, now: float) -> None:
        """End it now, on the way or at the scene."""
        self.arrived, self.cut = self.there <= now, True
        self.there, self.done = min(self.there, now), now


@dataclass(eq=False)
class Worker:
    """One person.

    Attributes
    ----------
    number : settles ties and keys the luck
    unit : the set of zones he is posted to, as a number, and the cells it covers
    skills : "own" or "cross" by domain; what is missing he cannot do
    responder : whether his role answers emergencies citywide
    switches : whether he leaves all but emergencies to others in a surge
    visible : whether he wears a uniform
    yields_to : classes that interrupt his tasks
    duty : the shifts on his rota; ``attended`` those he came to
    comes : whether he comes to the shift that begins
    called_again : whether he is sent elsewhere before he goes back to the request he holds
    look_for_work : called when a task or the way to work is behind him
    visit_over : called when a job is done
    freedom_changed : called when he is no longer or again free of requests
    held : the request he was called away from
    present : he has come and not gone yet: those who relieve him have come before he goes
    late : his shift has begun while he is still on a job
    """

    clock: Clock
    lattice: Lattice
    number: int
    role: str
    home: int
    unit: int
    beat: frozenset[int]
    zones: frozenset[Zone]
    skills: dict[int, str]
    gait: Gait
    responder: bool
    switches: bool
    visible: bool
    yields_to: frozenset[int]
    duty: Spans
    tasks: list[Task]
    returns_home: bool
    comes: "Callable[[Worker], bool]" = lambda _: True
    called_again: "Callable[[Worker, Request], bool]" = lambda *_: False
    look_for_work: "Callable[[Worker], None]" = lambda _: None
    visit_over: "Callable[[Worker, Request], None]" = lambda *_: None
    freedom_changed: "Callable[[Worker], None]" = lambda _: None
    cell: int = 0
    request: Request | None = None
    held: Request | None = None
    present: bool = False
    late: bool = False
    task: Task | None = None
    backlog: deque[Task] = field(default_factory=deque)
    legs: list[Leg] = field(default_factory=list)
    attended: list[Span] = field(default_factory=list)
    on_tasks: list[Span] = field(default_factory=list)
    task_began: float = 0.0
    _until: float = -math.inf
    _working: simpy.Process | None = None

    def start(self) -> None:
        """Begin to live."""
        self.clock.process(self._go_on_and_off_duty())
        self.clock.process(self._receive_tasks())

    # --- what he can do and is free for ---------------------------------------------

    @property
    def on_duty(self) -> bool:
        """Duty is [start, end): somebody whose shift ends now has gone."""
        return self.clock.now < self._until

    @property
    def free_of_requests(self) -> bool:
        """On duty and not on a request; a task does not count."""
        return self.on_duty and self.request is None

    @property
    def idle(self) -> bool:
        """On duty with neither a request nor a task."""
        return self.free_of_requests and self.task is None

    def can_do(self, domain: int) -> bool:
        """Whether he has the skill for a domain."""
        return domain in self.skills

    def available_for(self, urgency: int) -> bool:
        """On duty, not on a request, and idle or in a task that this class interrupts."""
        return self.free_of_requests and (self.task is None or urgency in self.yields_to)

    # --- shifts -----------------------------------------------------------------------

    def _go_on_and_off_duty(self) -> Process:
        """All who come and go at an instant do so before anybody looks for work."""
        for start, end in self.duty.spans:
            yield self.clock.at(start, Rank.SHIFT_START, 0, self.number)
            if not self.comes(self):
                continue
            self.present, self._until = True, end
            self.attended.append((start, end))
            self.late = self.request is not None
            if not self.late:
                self.cell = self.home
                self.freedom_changed(self)
                yield self.clock.at(start, Rank.SHIFT_END, LOOK_FOR_WORK, self.number)
                self.look_for_work(self)
            yield self.clock.at(end, Rank.SHIFT_END, 0, self.number)
            self.present = False
            self.lay_down()
            self.freedom_changed(self)

    # --- jobs -------------------------------------------------------------------------

    def travel_minutes(self, cell: int) -> float:
        """Start-up and the way from where he is [min]."""
        return self.gait.startup + self.lattice.steps(self.place, cell) * self.gait.per_cell

    @property
    def place(self) -> int:
        """The cell he is in; on his way he has made whole steps, x first.

        The start-up counts as a part of the way: at half the time he is half way.
        """
        if self.request is None:
            return self.cell
        leg, now = self.legs[-1], self.clock.now
        if now >= leg.there:
            return leg.request.cell
        share = (now - leg.left) / (leg.there - leg.left)
        steps = self.lattice.steps(leg.origin, leg.request.cell)
        return self.lattice.along(leg.origin, leg.request.cell, int(share * steps))

    def go(self, request: Request, service_min: float) -> None:
        """Lay down what is in hand and set off; the job is finished whatever the hour."""
        self.lay_down()
        if self.request is not None:
            self._call_away()
        request.t_dispatch, request.work_left = self.clock.now, service_min
        self._set_out(request)
        self.freedom_changed(self)

    def _set_out(self, request: Request) -> None:
        """On the way to a request, for the first time or back to it; first arrival stands."""
        now = self.clock.now
        there = now + self.travel_minutes(request.cell)
        leg = Leg(request, self.place, now, there, there + request.work_left, bool(request.legs))
        self.request = request
        self.legs.append(leg)
        request.legs.append(leg)
        if math.isnan(request.t_arrive):
            request.t_arrive = leg.there
        request.t_served = leg.done
        self.clock.process(self._serve(leg))

    def _call_away(self) -> None:
        """Keep what is left of the job for later; an arrival that did not come is void."""
        leg, now = self.legs[-1], self.clock.now
        request, self.cell = leg.request, self.place
        request.work_left = leg.done - max(leg.there, now)
        if request.t_arrive > now:
            request.t_arrive = NOT_YET
        request.t_served = NOT_YET
        leg.cut_short(now)
        self.request, self.held = None, request

    def _serve(self, leg: Leg) -> Process:
        yield self.clock.at(leg.done, Rank.END, leg.request.urgency, leg.request.number)
        if not leg.cut:
            self.visit_over(self, leg.request)

    def put_down_job(self) -> None:
        """After a job: back to the one he was called from, or a shift that waited for him."""
        if self.request is None:
            return
        self.cell, self.request = self.request.cell, None
        if self.held is not None:
            if self.called_again(self, self.held):
                return
            held, self.held = self.held, None
            self._set_out(held)
            return
        if self.returns_home or (self.late and self.on_duty):
            self.cell = self.home
        self.late = False
        self.freedom_changed(self)

    # --- background tasks -------------------------------------------------------------

    def _receive_tasks(self) -> Process:
        for task in self.tasks:
            yield self.clock.at(task.due, Rank.DUE, 0, self.number)
            self.backlog.append(task)
            self._begin_task()

    def carry_on(self) -> None:
        """Go on with the backlog, once all else that happens at this instant has happened."""
        if self.idle and self.backlog:
            self.clock.process(self._carry_on())

    def _carry_on(self) -> Process:
        yield self.clock.at(self.clock.now, Rank.DUE, 0, self.number)
        self._begin_task()

    def _begin_task(self) -> None:
        """Take up the first task of the backlog, if there is nothing else to do."""
        if self.idle and self.backlog:
            self.task, self.task_began = self.backlog.popleft(), self.clock.now
            self._working = self.clock.process(self._work_on(self.task))

    def _work_on(self, task: Task) -> Process:
        try:
            end = self.clock.now + task.left
            yield self.clock.at(end, Rank.END, TASK_END, self.number)
        except simpy.Interrupt:
            return
        self._put_away(task)
        self.look_for_work(self)

    def lay_down(self) -> None:
        """Interrupt the task in hand; what is left of it goes to the head of the backlog."""
        if self.task is None or self._working is None:
            return
        task = self.task
        self._put_away(task)
        self.backlog.appendleft(task)
        self._working.interrupt()

    def _put_away(self, task: Task) -> None:
        now = self.clock.now
        self.on_tasks.append((self.task_began, now))
        task.left -= now - self.task_began
        self.task = None
