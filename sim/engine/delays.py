"""Delays: a median, a quantile, and a clock that may rest at night."""

import numpy as np

from sim.engine.compiled import kernel
from sim.units import add_office_minutes


@kernel
def quantile(table: np.ndarray, luck: float) -> float:
    """A number from a table of quantiles."""
    return table[int(luck * len(table))]


@kernel
def delayed(t: float, minutes: float, office: int) -> float:
    """The moment after a delay, on office hours or round the clock."""
    if office == 1:
        return add_office_minutes(t, minutes)
    return t + minutes
