"""Stretches of time that do not overlap: shifts, opening hours, and what they have in common."""

from bisect import bisect_right
from collections.abc import Iterable

from sim.base import minute_of_day
from sim.units import DAY
from sim.world.service import Hours

Span = tuple[float, float]


class Spans:
    """Stretches ``[start, end)`` [min], sorted, those that touch or overlap joined."""

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self.spans: list[Span] = []
        for start, end in sorted(spans):
            if self.spans and start <= self.spans[-1][1]:
                first, last = self.spans.pop()
                self.spans.append((first, max(last, end)))
            elif end > start:
                self.spans.append((start, end))
        self._starts = [start for start, _ in self.spans]

    def holds(self, t: float) -> bool:
        """Whether ``t`` lies in a stretch."""
        at = bisect_right(self._starts, t) - 1
        return at >= 0 and t < self.spans[at][1]

    def minutes(self, since: float, until: float) -> float:
        """How much of ``[since, until)`` lies in the stretches [min]."""
        return sum(
            max(0.0, min(end, until) - max(start, since))
            for start, end in self.spans
            if start < until and end > since
        )

    def __and__(self, other: "Spans") -> "Spans":
        """What both have in common."""
        return Spans(
            (max(start, since), min(end, until))
            for start, end in self.spans
            for since, until in other.spans
            if max(start, since) < min(end, until)
        )


def union(parts: Iterable[Spans]) -> Spans:
    """What any of ``parts`` holds."""
    return Spans(span for part in parts for span in part.spans)


def daily(hours: Hours, days: int) -> Spans:
    """Opening hours on each of ``days`` days."""
    opens, closes = minute_of_day(hours.opens), minute_of_day(hours.closes)
    return Spans((day * DAY + opens, day * DAY + closes) for day in range(days))
