"""What a run leaves behind: one row per request, one row per worker.

``requests`` (times in minutes from Monday 00:00 of day 0; NaN is not yet)
    ``request`` name of the need; ``kind`` call, latent (a problem hidden at first),
    recurring (scheduled work), part (second half of a joint case) or again (reopened);
    ``t_onset`` of a hidden problem; ``t_reported``; ``measured`` whether a call was made, or a
    problem began, in the measured part; ``cell``, ``community``, ``domain``, ``urgency``,
    ``vulnerable``, ``home`` (his community; missing for a non-resident) and ``elderly`` (60 and
    over) of the resident; ``zone``, ``line`` of the owner; ``worker``, ``role`` who came; ``tier``
    own, cover, overflow or chain; ``status`` (see ``STATUS``); ``handoffs`` [count];
    ``repeats`` calls made again [count]; ``outdoor`` seen from the street; ``found_by`` a
    role, residents, riders or ignition;
    ``t_ready``, ``t_dispatch``, ``t_arrive``, ``t_served`` (end of the visit), ``t_desk`` and
    ``t_attended`` (a department has it, an officer begins), ``t_close``; and the parts of the
    time ``triage``, ``unclear``, ``handoff``, ``deferred``, ``off_duty``, ``queue`` (with what
    an interruption took), ``travel``, ``service``, ``coordination`` (from the end of the visit
    to closure) [min].

``work`` (minutes in the measured part)
    ``worker``, ``role``, ``unit``; ``requests`` begun [count]; ``travel``, ``service``,
    ``background``, ``overtime``, ``paid`` [min]; ``undone`` background work fallen due and
    not done at the end [min].
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.base import CLASSES, DOMAINS

PARTS = (
    *("triage", "unclear", "handoff", "deferred", "off_duty", "queue", "travel", "service"),
    "coordination",
)
STATUS = (
    *("unborn", "moving", "waiting", "taken", "closed", "lost"),
    *("hidden", "referred", "parted", "abandoned", "unreported"),
)
TIERS = ("own", "cover", "overflow", "chain")


@dataclass(frozen=True)
class Record:
    """The outcome of one run.

    Attributes
    ----------
    requests, work : the two tables described above
    balance : heaviest zone over the mean, per line
    facts : what metrics need to know of the case: ``measured_min``, ``follow_up_min`` and
        ``end_min`` of the run [min]
    """

    requests: pd.DataFrame
    work: pd.DataFrame
    balance: dict[str, float]
    facts: dict[str, Any] = field(default_factory=dict)

    def save(self, folder: Path) -> None:
        """Write the tables as Parquet and the rest as JSON into ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        self.requests.to_parquet(folder / "requests.parquet")
        self.work.to_parquet(folder / "work.parquet")
        rest = {"balance": self.balance, "facts": self.facts}
        (folder / "record.json").write_text(json.dumps(rest, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Record":
        """Read what :meth:`save` wrote."""
        rest = json.loads((folder / "record.json").read_text(encoding="utf-8"))
        return cls(
            pd.read_parquet(folder / "requests.parquet"),
            pd.read_parquet(folder / "work.parquet"),
            rest["balance"],
            rest["facts"],
        )


def named(codes: Any, names: tuple[str, ...]) -> Any:
    """A column of names from a column of numbers; -1 is missing."""
    return pd.Categorical.from_codes(np.asarray(codes, dtype=np.int64), pd.Index(names))


def class_names(codes: Any) -> Any:
    """The column ``urgency``."""
    return named(codes, CLASSES)


def domain_names(codes: Any) -> Any:
    """The column ``domain``."""
    return named(codes, DOMAINS)
