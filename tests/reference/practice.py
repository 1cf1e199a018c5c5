"""How long a visit takes: skill, practice, and how many share the work of a zone."""

from math import exp

from sim.policy.staffing import Practice
from sim.units import DAY
from tests.reference.request import Request
from tests.reference.worker import Worker


class Pace:
    """Work at the pace of a worker, on the day on which he sets out.

    Parameters
    ----------
    slowdown : longer work outside one's own domains, which practice takes away
    dilution : longer work where many share the work of a zone
    since : day on which practice and the dip begin
    """

    def __init__(
        self, slowdown: float, practice: Practice, dilution: float, since: float = 0.0
    ) -> None:
        self.slowdown, self.practice, self.dilution = slowdown, practice, dilution
        self.since = since

    def minutes(self, worker: Worker, request: Request, now: float) -> float:
        """The work, and what makes it longer [min]."""
        days = now // DAY - self.since
        own = worker.skills.get(request.domain) == "own"
        foreign = 0.0 if own else self.slowdown * exp(-days / self.practice.learning_days)
        many = max(1, request.zone.able(request.domain))
        shared = self.dilution * (1 - 1 / many)
        dip = self.practice.dip * exp(-days / self.practice.dip_days)
        return request.work * (1 + foreign) * (1 + shared) * (1 + dip)
