"""A zone: what it owns, who is posted to it, and who waits in it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.reference.request import Request

if TYPE_CHECKING:
    from tests.reference.worker import Worker


def anybody(workers: "Iterable[Worker]", domain: int) -> bool:
    """Whether any of these workers who can do a domain is on duty, busy or not."""
    return any(worker.present and worker.can_do(domain) for worker in workers)


@dataclass(eq=False)
class Line:
    """A chain of command and everybody posted in it."""

    name: str
    domains: frozenset[int]
    workers: "set[Worker]" = field(default_factory=set)


@dataclass(eq=False)
class Zone:
    """A governance grid of one line.

    Attributes
    ----------
    neighbours : zones of the same domains that share a cell edge
    backup : the one zone whose team helps out in a chain
    workers : everybody posted here
    waiting : requests in the queue
    """

    number: int
    line: Line
    neighbours: "set[Zone]" = field(default_factory=set)
    backup: "Zone | None" = None
    workers: "set[Worker]" = field(default_factory=set)
    waiting: list[Request] = field(default_factory=list)

    def able(self, domain: int) -> int:
        """How many are posted here who can do a domain, whatever their shifts."""
        return sum(worker.can_do(domain) for worker in self.workers)
