"""The events of a run as one digest: two runs with the same one did the same, event by event."""

import hashlib

import numpy as np
import pandas as pd

from sim.record import Record

INTEGERS = ("request", "cell", "zone", "worker", "handoffs", "repeats")
NAMES = ("domain", "urgency", "line", "tier", "status", "found_by")


def events_of(record: Record) -> str:
    """SHA-256 of whose, where, by whom and how each request was handled, in order.

    Columns of names enter as places in their list of names, -1 where there is none.
    """
    rows, digest = record.requests, hashlib.sha256()
    for name in INTEGERS:
        digest.update(np.ascontiguousarray(rows[name].to_numpy(), dtype="<i8"))
    for name in NAMES:
        digest.update(np.ascontiguousarray(rows[name].cat.codes.to_numpy(), dtype="<i8"))
    return digest.hexdigest()


def events_table(record: Record) -> pd.DataFrame:
    """The same as a table for the ledger: the digest, and how many requests it is of."""
    return pd.DataFrame({"name": [events_of(record)], "value": [float(len(record.requests))]})


def first_events(table: pd.DataFrame) -> dict[str, str]:
    """The digest of each arm in a study's first world and first replication.

    Parameters
    ----------
    table : of all runs: ``name`` (the digest), ``arm``, ``world``, ``replication``
    """
    if table.empty:
        return {}
    first = table[(table.world == 0) & (table.replication == 0)]
    return dict(zip(first.arm.astype(str), first["name"].astype(str), strict=True))
