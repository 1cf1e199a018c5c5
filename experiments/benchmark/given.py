"""What every reference reads: the tables of a state before its run, as plain lists.

The engine and the references start from the same :class:`sim.engine.state.State`, so that
what is compared is the loop and not the drawing of a city. Turning tables into lists is
set-up, and not timed.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.state import State

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Outcome:
    """What happened to every request: who came, and when [min]; -1 and NaN where nobody did."""

    worker: Ints
    t_dispatch: Floats
    t_arrive: Floats
    t_close: Floats


@dataclass(frozen=True)
class Sparse:
    """Rows of different lengths: row i is ``members[first[i] : first[i + 1]]``."""

    first: Ints
    members: Ints

    def row(self, number: int) -> list[int]:
        """One row."""
        part = self.members[self.first[number] : self.first[number + 1]]
        return [int(member) for member in part]


def eligible(s: State) -> Sparse:
    """Who may be sent, by zone and domain: row ``zone * domains + domain``."""
    zones, domains = s.presence.shape
    rows: list[Any] = []
    for zone in range(zones):
        units = s.links[s.zone.team_first[zone] : s.zone.team_last[zone]]
        team = np.concatenate([_members(s, int(unit)) for unit in units] or [units])
        able = s.skill.able[s.worker.role[team]]
        rows.extend(team[able[:, domain]] for domain in range(domains))
    return _sparse(rows)


def _members(s: State, unit: int) -> Any:
    """The workers of a unit."""
    return s.links[s.unit.member_first[unit] : s.unit.member_last[unit]]


def posts(s: State) -> Sparse:
    """The zones of every worker."""
    ends = zip(s.worker.post_first, s.worker.post_last, strict=True)
    return _sparse([s.links[first:last] for first, last in ends])


def stretches(s: State) -> Ints:
    """Where each worker's stretches of duty begin in the table of stretches."""
    return np.append(s.worker.stretch, len(s.duty)).astype(np.int64)


def _sparse(rows: list[Any]) -> Sparse:
    first = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    return Sparse(first.astype(np.int64), np.concatenate(rows).astype(np.int64))


class Given:
    """The tables as lists, by request, worker, class, role and zone.

    Attributes
    ----------
    agenda : moments at which shifts change or a class opens, each with its events in order
    """

    def __init__(self, s: State) -> None:
        self.width = int(s.run.width[0])
        self.height = s.unit_at.shape[1] // self.width
        self._requests(s)
        self._workers(s)
        self._rules(s)

    def _requests(self, s: State) -> None:
        rows = s.request
        self.key = [int(key) for key in rows.key]
        self.keys: NDArray[np.uint64] = rows.key.copy()
        self.t_enter: list[float] = rows.t_enter.tolist()
        self.x: list[int] = (rows.cell % self.width).tolist()
        self.y: list[int] = (rows.cell // self.width).tolist()
        self.cell: list[int] = rows.cell.tolist()
        self.domain: list[int] = rows.domain.tolist()
        self.urgency: list[int] = rows.urgency.tolist()
        self.work: list[float] = rows.work.tolist()
        self.arrivals: list[int] = s.arrivals.tolist()

    def _workers(self, s: State) -> None:
        zones, domains = s.presence.shape
        self.worker = s.worker.copy()
        self.stretch = stretches(s)
        self.duty_start: Floats = s.duty.start.copy()
        self.duty_end: Floats = s.duty.end.copy()
        self.posts = posts(s)
        found = eligible(s)
        self.eligible = [
            [found.row(zone * domains + domain) for domain in range(domains)]
            for zone in range(zones)
        ]
        self.unit_at: list[list[int]] = s.unit_at.tolist()

    def _rules(self, s: State) -> None:
        self.zones, self.domains = int(s.presence.shape[0]), int(s.presence.shape[1])
        self.classes = len(s.urgency)
        self.owner: list[list[int]] = s.owner.tolist()
        self.able: list[list[bool]] = s.skill.able.tolist()
        self.slower: list[list[float]] = (1.0 + s.skill.extra * s.daily.learning[0]).tolist()
        self.dilution: list[list[float]] = s.presence.dilution.tolist()
        self.startup: list[float] = s.role.startup.tolist()
        self.metres_per_min: list[float] = s.role.metres_per_min.tolist()
        self.metres = float(s.run.metres[0])
        self.opens: list[float] = s.urgency.opens.tolist()
        self.closes: list[float] = s.urgency.closes.tolist()
        self.handoff: list[float] = s.urgency.handoff.tolist()
        self.office: list[int] = s.urgency.handoff_office.tolist()
        self.delays: list[float] = s.delay.handoff.tolist()
        self.misnamed = float(s.run.misnamed[0])
        self.patrol_min = float(s.run.patrol_min[0])
        self.lucky_name, self.lucky_handoff = int(s.run.lucky_name[0]), int(s.run.lucky_handoff[0])
        self.lucky_tie, self.lucky_patrol = int(s.run.lucky_tie[0]), int(s.run.lucky_patrol[0])
        self.agenda: list[tuple[float, list[int]]] = []
        for t, code in zip(s.calendar.t.tolist(), s.calendar.code.tolist(), strict=True):
            if not self.agenda or self.agenda[-1][0] != t:
                self.agenda.append((t, []))
            self.agenda[-1][1].append(code)
