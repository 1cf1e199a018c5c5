"""A run that is looked at now and then, and what was seen."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.case import Case
from sim.engine.build import Plan, plan
from sim.engine.state import ABANDONED, LOST, State
from sim.record import Record
from sim.runner import begin, proceed, record

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Watched:
    """What was seen of a run, and where it ended.

    Attributes
    ----------
    moments : when somebody looked, shape (looks,) [min]
    places : cell of every worker, -1 who is off duty and on no job, shape (looks, workers)
    gone : the first look at which a request was given up or turned away, -1 none, by state row
    state, record : at the end of the run
    """

    plan: Plan
    moments: Floats
    places: Ints
    gone: Ints
    state: State
    record: Record


def watch(case: Case, moments: Floats) -> Watched:
    """Run a case to its end and look at it at ``moments`` [min].

    A case with a reform in mid-run can be looked at from the day of the reform on.
    """
    from sim.agents import worker_cells  # noqa: PLC0415 - brings Mesa, two seconds

    planned = plan(case)
    state = begin(planned)
    places = np.empty((len(moments), planned.posting.count), dtype=np.int64)
    gone = np.full(len(state.request), -1, dtype=np.int64)
    for look, t in enumerate(moments.tolist()):
        state = proceed(state, t)
        worker, status = state.worker, state.request.status
        there = (worker.on_duty == 1) | (worker.job >= 0)
        places[look] = np.where(there, worker_cells(state), -1)
        gone[((status == ABANDONED) | (status == LOST)) & (gone < 0)] = look
    state = proceed(state, planned.end_min)
    return Watched(planned, moments, places, gone, state, record(planned, state))
