"""Switching between patrol and rapid response while many emergencies are open."""

from collections.abc import Callable

from sim.base import CLASSES
from sim.policy.surge import Surge
from tests.reference.request import Request
from tests.reference.worker import Worker

EMERGENCY = CLASSES.index("emergency")


class Alarm:
    """Counts open emergencies: begun, and neither served nor lost nor abandoned."""

    def __init__(
        self, surge: Surge, workers: list[Worker], look_for_work: Callable[[Worker], None]
    ) -> None:
        self.surge, self.workers, self.look_for_work = surge, workers, look_for_work
        self.open, self.on = 0, False

    def begun(self, request: Request) -> None:
        """One more may put the surge on."""
        if request.urgency == EMERGENCY:
            self.open += 1
            self.on = self.on or self.open >= self.surge.open_at

    def settled(self, request: Request) -> None:
        """One less may end it; then those who had switched look for work."""
        if request.urgency != EMERGENCY:
            return
        self.open -= 1
        if self.on and self.open <= self.surge.close_at:
            self.on = False
            for worker in self.workers:
                if worker.switches and worker.free_of_requests:
                    self.look_for_work(worker)

    def leaves_to_others(self, worker: Worker, urgency: int) -> bool:
        """Whether a worker takes emergencies only now, and this is none."""
        return self.on and worker.switches and urgency != EMERGENCY
