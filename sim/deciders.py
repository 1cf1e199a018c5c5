"""Three who decide by the hour or the day, in plain Python.

Each looks at the city, compares two numbers and acts through one verb of
:class:`sim.model.CityModel`. Replace one by a subclass that overrides ``decide`` or a class
attribute.
"""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.base import DOMAINS
from sim.model import Decider

Ints = NDArray[np.int64]


class BranchSecretary(Decider):
    """Moves volunteers to where the backlog is, at the end of each day.

    Attributes
    ----------
    role : whose people are moved
    movers : how many at most per day [persons]
    gap : how much longer the queue must be there than here [requests]
    """

    every_min = 1440.0
    role: ClassVar[str] = "volunteer"
    movers: ClassVar[int] = 5
    gap: ClassVar[int] = 2

    def decide(self) -> None:
        """One by one, from the unit with the shortest queue to the one with the longest."""
        people = self._people()
        for _ in range(self.movers):
            backlog = self._backlog(people)
            if len(backlog) < 2:
                return
            least = min(backlog, key=backlog.__getitem__)
            most = max(backlog, key=backlog.__getitem__)
            if backlog[most] - backlog[least] < self.gap:
                return
            mover = int(people[self.model.state.worker.unit[people] == least][0])
            self.model.move({mover: most})

    def _people(self) -> Ints:
        number = self.model.plan.roles.index(self.role)
        return np.flatnonzero(self.model.plan.posting.role == number)

    def _backlog(self, people: Ints) -> dict[int, float]:
        """Waiting requests per head, by unit that has somebody of the role."""
        waiting = self.model.backlog().sum(axis=1)
        posting = self.model.plan.posting
        unit = self.model.state.worker.unit[people]
        heads = {int(u): int((unit == u).sum()) for u in np.unique(unit)}
        zones = {u: posting.zones[[int(people[unit == u][0])]].indices for u in heads}
        return {u: float(waiting[zones[u]].sum()) / heads[u] for u in heads}


class PoliceCommand(Decider):
    """Calls and ends rapid response by the emergencies that wait, every hour.

    For a policy whose ``surge.rate`` says who switches; the command then overrides its
    thresholds.
    """

    every_min = 60.0
    call_at: ClassVar[int] = 2
    end_at: ClassVar[int] = 0

    def decide(self) -> None:
        """Hysteresis on the emergencies that nobody has been sent to."""
        waiting = int(self.model.backlog()[:, 0].sum())
        if waiting >= self.call_at:
            self.model.declare_surge(True)
        elif waiting <= self.end_at:
            self.model.declare_surge(False)


class DepartmentDesk(Decider):
    """Lends an officer of the shortest desk to the longest, once a day."""

    every_min = 1440.0
    gap: ClassVar[int] = 3

    def decide(self) -> None:
        """Compare what waits per officer; nobody gives his last officer away."""
        desk = self.model.state.desk[: len(DOMAINS)]
        load = self.model.at_desks() / np.maximum(desk.officers, 1)
        giver = int(np.argmin(np.where(desk.officers > 1, load, np.inf)))
        taker = int(np.argmax(load))
        if desk.officers[giver] < 2 or load[taker] - load[giver] < self.gap:
            return
        self.model.keep_officers(DOMAINS[giver], int(desk.officers[giver]) - 1)
        self.model.keep_officers(DOMAINS[taker], int(desk.officers[taker]) + 1)
