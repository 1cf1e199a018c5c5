"""The tape: everything that may happen to a city, drawn before the run and moved by no policy.

Every need has a name, (kind, stream, day, hour, ordinal), and every draw about it is keyed
by that name: more demand adds needs and leaves those that were there untouched. The tape is
a superset. A call is made if its own number lies below the readiness to report; a hidden
problem is found or not; the second part of a joint case and a case opened again wait until
what comes before them is done.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.keyed import Floats

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

KINDS = ("call", "latent", "recurring", "part", "again")
KNOWN_BY = ("residents", "riders", "ignition")
CALL, LATENT, RECURRING, PART, AGAIN = range(5)
NOTICED, RIDER, IGNITED = range(3)


@dataclass(frozen=True)
class Tape:
    """The needs of one replication in order of entry, what follows from them at the end.

    Arrays are by need.

    Attributes
    ----------
    key : the need's name, packed into an integer
    kind : index into ``KINDS``
    t_enter : a call is triaged, a problem begins, a task falls due; NaN for what follows [min]
    t_reported : of calls and scheduled tasks; NaN for the rest [min]
    triage : report to triaged [min]
    resident : number of the resident, -1 for a non-resident
    cell, domain, urgency : where, about what, how urgent (indices)
    work : work of a worker in his own domain [min]
    vulnerable : whether the resident is
    ready_if : a call is made if this lies below the readiness to report
    reported : whether it is a call made at the base readiness
    desk_work : work of a department, travel included; 0 where none is needed [min]
    parent, part, again : what this follows from, its second part, its reopening; -1 none
    t_known, known_by : when a hidden problem shows by itself, index into ``KNOWN_BY``
    outdoor : whether it can be seen from the street
    ignites_work : work of the emergency it becomes [min]
    """

    key: Ints
    kind: Ints
    t_enter: Floats
    t_reported: Floats
    triage: Floats
    resident: Ints
    cell: Ints
    domain: Ints
    urgency: Ints
    work: Floats
    vulnerable: Bools
    ready_if: Floats
    reported: Bools
    desk_work: Floats
    parent: Ints
    part: Ints
    again: Ints
    t_known: Floats
    known_by: Ints
    outdoor: Bools
    ignites_work: Floats

    def __len__(self) -> int:
        return len(self.key)

    @property
    def t_triaged(self) -> Floats:
        """When calls are triaged [min]."""
        return self.t_reported + self.triage


_BLANK: dict[str, Any] = {
    "kind": CALL,
    "t_reported": np.nan,
    "triage": 0.0,
    "resident": -1,
    "vulnerable": False,
    "ready_if": 0.0,
    "reported": False,
    "desk_work": 0.0,
    "parent": -1,
    "part": -1,
    "again": -1,
    "t_known": np.inf,
    "known_by": NOTICED,
    "outdoor": False,
    "ignites_work": 0.0,
}


def tape_of(table: pd.DataFrame) -> Tape:
    """A tape from rows."""
    fields = Tape.__dataclass_fields__
    kinds = {"Ints": np.int64, "Floats": np.float64, "Bools": np.bool_}
    return Tape(
        **{
            name: np.ascontiguousarray(table[name].to_numpy(dtype=kinds[_kind(field.type)]))
            for name, field in fields.items()
        }
    )


def _kind(annotation: Any) -> str:
    return {Ints: "Ints", Floats: "Floats", Bools: "Bools"}[annotation]


def tape_rows(**columns: Any) -> pd.DataFrame:
    """Rows of the tape; columns that are not given are blank."""
    blank = {name: value for name, value in _BLANK.items() if name not in columns}
    return pd.DataFrame({**columns, **blank})
