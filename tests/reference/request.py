"""A request: what it is, and how far it has come."""

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.reference.worker import Leg, Worker
    from tests.reference.zone import Zone

NOT_YET = math.nan


@dataclass(eq=False)
class Request:
    """One case from its beginning to closure.

    Attributes
    ----------
    number : its place on the tape, which settles ties
    key : its name, by which its luck is looked up
    kind : a call, a problem hidden at first, or what follows from another request
    t_enter : when it enters the city: a call is triaged, a hidden problem begins [min]
    cell, domain, urgency : where, about what, how urgent
    work : work of somebody in his own domain [min]
    desk_work : work of a department after the visit, 0 for none [min]
    ready_if : a call is made if this lies below the readiness to report
    zone : its owner
    parent, part, again : what it follows from, its second half, its reopening
    legs : every time somebody set out to it
    unclear, handoff : delays on the way to the owner, each in full once it has begun [min]
    """

    number: int
    key: int
    kind: str
    cell: int
    domain: int
    urgency: int
    work: float
    desk_work: float
    ready_if: float
    t_enter: float
    t_reported: float
    triage: float
    zone: "Zone"
    parent: "Request | None" = None
    part: "Request | None" = None
    again: "Request | None" = None
    status: str = "unborn"
    found_by: str | None = None
    handoffs: int = 0
    repeats: int = 0
    unclear: float = 0.0
    handoff: float = 0.0
    t_triaged: float = NOT_YET
    t_ready: float = NOT_YET
    worker: "Worker | None" = None
    tier: str | None = None
    legs: "list[Leg]" = field(default_factory=list)
    work_left: float = NOT_YET
    t_dispatch: float = NOT_YET
    t_arrive: float = NOT_YET
    t_served: float = NOT_YET
    t_desk: float = NOT_YET
    t_attended: float = NOT_YET
    t_close: float = NOT_YET

    @property
    def place_in_line(self) -> tuple[int, float, int]:
        """Classes in order, first come first served within a class."""
        return self.urgency, self.t_ready, self.number

    @property
    def not_taken_yet(self) -> bool:
        """On its way to the owner or in his queue."""
        return self.status in {"moving", "waiting"}
