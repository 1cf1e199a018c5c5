"""Sobol indices of parameters: which of them the spread of a result comes from.

The result of interest is the mean over replications, f(x) = E[Y(x)] (the index of a
quantity of interest of a stochastic simulator: Zhu and Sudret 2021, section 3.2).
"""

import pandas as pd

WIDEST = 0.2  # interval of a stable index
NOISE_LIMIT = 0.2  # share of the variance of means over points that is replication noise


def sobol_table(
    design: pd.DataFrame,
    values: pd.DataFrame,
    *,
    seed: int,
    resamples: int = 999,
    noise_limit: float = NOISE_LIMIT,
) -> pd.DataFrame:
    """First and total Sobol indices of every parameter.

    Parameters
    ----------
    design : points of a Saltelli design in its order: ``matrix`` (``A``, ``B`` or
        ``AB:KEY``) and ``sample``; other columns are not read
    values : ``point`` (row of the design, from 0), ``replication``, ``value``; every point
        has the same two or more replications, which share their luck over points
    seed : of the bootstrap
    resamples : of the bootstrap over samples

    Returns
    -------
    DataFrame with a row per parameter and index: ``parameter``, ``index`` (``first`` or
    ``total``), ``value`` (corrected for noise), ``lo``, ``hi`` (95 % bootstrap interval
    over samples, the replications kept), ``plain`` (of the mean over replications, not
    corrected), ``least``, ``most`` (lowest and highest index of a single replication),
    ``noise_share``, ``samples``, ``replications``, ``unstable``, ``why`` (reasons, joined
    by ``"; "``; empty where stable).

    Raises
    ------
    ValueError
        A point without a value, fewer than two replications, or nothing varies.
    """
    raise NotImplementedError
