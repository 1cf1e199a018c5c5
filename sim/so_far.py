"""A run that has not ended: counts kept up tick by tick, and the record up to now."""

import math

import numpy as np
import pandas as pd

from sim.case import Case
from sim.engine.build import Plan
from sim.engine.state import ABANDONED, CLOSED, LOST, UNREPORTED, State
from sim.units import DAY


class Tally:
    """Counts of requests, kept up tick by tick: a tick costs what is open, not the past.

    Attributes
    ----------
    reported, closed, lost : calls up to now; given up or turned away is lost [requests]
    unreported : among the reported, calls that lower trust kept from being made [requests]
    open : numbers of those reported and neither closed nor lost
    reached : requests at which somebody has arrived [requests]
    response : from report to arrival, summed over those reached [min]
    """

    def __init__(self, planned: Plan) -> None:
        coming = np.flatnonzero(planned.world.tape.reported)
        self._coming = coming[np.argsort(planned.world.tape.t_reported[coming], kind="stable")]
        self._t_reported = planned.world.tape.t_reported[self._coming]
        self.open = self._coming[:0]
        self.reported, self.closed, self.lost, self.reached = 0, 0, 0, 0
        self.unreported = 0
        self.response, self._response_of_closed = 0.0, 0.0

    def count(self, s: State) -> None:
        """Bring the counts up to the moment of the state."""
        now, before = s.run.now[0], self.reported
        self.reported = int(np.searchsorted(self._t_reported, now, side="right"))
        self.open = np.concatenate([self.open, self._coming[before : self.reported]])
        rows = s.request[self.open]
        reached, closed = rows.t_arrive <= now, rows.status == CLOSED
        response = np.where(reached, rows.t_arrive - rows.t_reported, 0.0)
        self.reached = self.closed + int(reached.sum())
        self.response = self._response_of_closed + float(response.sum())
        self._response_of_closed += float(response[closed].sum())
        gone = (rows.status == LOST) | (rows.status == ABANDONED)
        silent = rows.status == UNREPORTED
        self.closed += int(closed.sum())
        self.lost += int(gone.sum())
        self.unreported += int(silent.sum())
        self.open = self.open[~closed & ~gone & ~silent]

    @property
    def mean_response_min(self) -> float:
        """Mean time from report to arrival; NaN before the first arrival [min]."""
        return self.response / self.reached if self.reached else math.nan


def requests_so_far(requests: pd.DataFrame, minute: float) -> pd.DataFrame:
    """Without those still to begin and what is still to come to the others."""
    rows = requests[(requests.t_onset.fillna(requests.t_reported) <= minute).to_numpy()]
    return rows.reset_index(drop=True).assign(
        t_served=rows.t_served.where(rows.t_served <= minute).to_numpy(),
        t_arrive=rows.t_arrive.where(rows.t_arrive <= minute).to_numpy(),
        t_close=rows.t_close.where(rows.t_close <= minute).to_numpy(),
    )


def work_so_far(work: pd.DataFrame, planned: Plan, minute: float) -> pd.DataFrame:
    """Without the hours still to be paid and the tasks still to fall due."""
    duty, tasks, clock = planned.duty, planned.tasks, planned.case.clock
    start = np.maximum(duty.start, clock.warmup_days * DAY)
    end = np.minimum(duty.end, min(minute, (clock.warmup_days + clock.days) * DAY))
    paid = np.bincount(duty.worker, np.maximum(end - start, 0.0), minlength=len(work))
    ahead = np.where(tasks.t > minute, tasks.minutes, 0.0)
    owner = np.repeat(np.arange(len(work)), np.diff(tasks.first))
    undone = work.undone - np.bincount(owner, ahead, minlength=len(work))
    return work.assign(paid=paid, undone=undone.clip(lower=0.0))


def facts_so_far(case: Case, minute: float) -> dict[str, float]:
    """What metrics need to know, as if the clock ended now [min]."""
    start, length = case.clock.warmup_days * DAY, case.clock.days * DAY
    return {
        "measured_min": min(max(minute - start, 0.0), length),
        "follow_up_min": max(minute - start - length, 0.0),
        "end_min": minute,
    }
