"""Two arms over the same replications: paired differences, intervals, verdicts.

What counts was fixed before any result was seen: the headline metrics, the smallest
difference that matters, equivalence by two one-sided tests (Schuirmann 1987) and Holm's
correction (1979) over the headline set.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t as student

from sim.case import Case
from sim.guards import check_null_reform, check_one_world, check_same_twice
from sim.metrics import HEADLINE, METRICS, measure
from sim.runner import run

Floats = NDArray[np.float64]
Degrees = int | np.float64 | NDArray[np.int64]

LEVEL = 0.95
ALPHA = 0.05
MARGIN_SHARE = 0.05  # of the baseline, for times and counts
MARGIN_MIN = 1.0  # and at least a minute, for times
MARGIN_ABSOLUTE = 0.02  # for shares and Gini coefficients
HEADLINE_GROUP = {"response_p90_emergency": "urgency:emergency"}
MEANING = {
    "better": "shown to differ for the better, by enough to matter",
    "worse": "shown to differ for the worse, by enough to matter",
    "equivalent": "shown to differ by less than it takes to matter",
    "undecided": "neither shown to differ by enough to matter, nor shown not to",
}
VERDICTS = tuple(MEANING)


class Interval(NamedTuple):
    """An interval of the mean paired difference."""

    low: float
    high: float


@dataclass(frozen=True, repr=False)
class Comparison:
    """An alternative against a baseline; differences are alternative minus baseline.

    Attributes
    ----------
    table : one row per metric and group: ``metric``, ``group``, ``unit``, ``baseline``,
        ``alternative``, ``difference``, ``lo``, ``hi`` (95 % interval of the mean paired
        difference, Student's t), ``n`` (replications), ``margin`` (smallest difference
        that matters), ``verdict``, ``headline``, ``sd`` (of the paired difference between
        replications), ``pairing`` (its variance over that of an unpaired difference; below
        1 pairing helped)
    """

    baseline: str
    alternative: str
    table: pd.DataFrame

    def row(self, metric: str, group: str | None = None) -> pd.Series:
        """One row of the table.

        Raises
        ------
        KeyError
            No such metric, or no such group of it; the message lists those there are.
        """
        group = HEADLINE_GROUP.get(metric, "all") if group is None else group
        found = self.table[(self.table.metric == metric) & (self.table.group == group)]
        if len(found) != 1:
            there = f"metrics: {sorted(set(self.table.metric))}"
            if groups := list(self.table[self.table.metric == metric].group):
                there += f"; groups of {metric}: {groups}"
            raise KeyError(f"no metric {metric!r} of group {group!r}; {there}")
        return found.iloc[0]

    def confidence_interval(self, metric: str, group: str | None = None) -> Interval:
        """The 95 % interval of the mean paired difference, in the metric's unit."""
        row = self.row(metric, group)
        return Interval(float(row.lo), float(row.hi))

    def __repr__(self) -> str:
        head = self.table[self.table.headline]
        count = int(head.n.max()) if len(head) else 0
        head_line = f"{self.alternative} minus {self.baseline}, n = {count} paired replications"
        lines = [f"{head_line}, 95 % interval of the mean difference (Student's t)"]
        for row in head.itertuples():
            unit = "" if row.unit in ("gini", "share") else f" {row.unit}"
            lines.append(
                f"  {row.metric:<24} {row.baseline:9.3g} -> {row.alternative:9.3g}{unit}   "
                f"{row.difference:+.3g} [{row.lo:+.3g}, {row.hi:+.3g}]{unit}   {row.verdict}"
            )
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """The headline metrics as a table, for a notebook; names are escaped."""
        head = self.table[self.table.headline]
        rows = "".join(_html_row(row) for row in head.to_dict("records"))
        n = int(head.n.max()) if len(head) else 0
        names = ("metric", self.baseline, self.alternative, "difference [95 %]", "n", "verdict")
        titles = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
        minus = f"{self.alternative} minus {self.baseline}"
        return (
            f"<table><caption>{escape(minus)}: mean paired difference and its 95 % interval "
            f"(Student's t) over n = {n} paired replications; verdicts share Holm's correction"
            f"</caption><thead><tr>{titles}</tr></thead><tbody>{rows}</tbody></table>"
        )


def _html_row(row: dict[Hashable, Any]) -> str:
    """One metric: its words, both values, the difference, and what the verdict means."""
    unit = "" if row["unit"] in ("gini", "share") else f" {row['unit']}"
    gap = f"{row['difference']:+.3g}{unit} [{row['lo']:+.3g}, {row['hi']:+.3g}]"
    cells = [f"{row['baseline']:.3g}{unit}", f"{row['alternative']:.3g}{unit}", gap, str(row["n"])]
    numbers = "".join(f"<td>{escape(cell)}</td>" for cell in cells).replace("-", "\N{MINUS SIGN}")
    name = escape(METRICS[row["metric"]].words)
    said = f"<b>{escape(row['verdict'])}</b>: {escape(MEANING[row['verdict']])}"
    return f'<tr><th scope="row">{name}</th>{numbers}<td>{said}</td></tr>'


def compare(baseline: Case, alternative: Case, replications: int = 20) -> Comparison:
    """Run two cases over the same replications and compare them.

    Parameters
    ----------
    replications : at least 2; replication i of both cases shares all its luck

    Raises
    ------
    ValueError
        Fewer than two replications.
    CaseError
        The cases differ in more than their policy; nothing is run.
    GuardError
        The comparison violates A/A or the null reform; no effect is returned.
    """
    if replications < 2:
        raise ValueError(f"replications = {replications}: allowed: 2 or more")
    check_one_world({"baseline": baseline, "alternative": alternative})
    check_same_twice(baseline)
    check_null_reform([baseline, alternative])
    tables = []
    for case in (baseline, alternative):
        runs = [measure(run(case.replicate(i))) for i in range(replications)]
        tables.append(stack(runs))
    return contrast(tables[0], tables[1], "baseline", "alternative")


def stack(runs: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Tables of metrics side by side: a row per (metric, group), a column per run."""
    indexed = [table.set_index(["metric", "group"])["value"] for table in runs]
    return pd.concat(indexed, axis=1, keys=range(len(indexed)))


def contrast(
    baseline: pd.DataFrame, alternative: pd.DataFrame, name: str, other: str
) -> Comparison:
    """Compare stacked metrics, column by column.

    Groups are those of the baseline; both tables have one column per replication. A
    replication in which either arm has no value is left out of both means, so that
    alternative minus baseline is the difference.
    """
    alternative = alternative.reindex(index=baseline.index, columns=baseline.columns)
    before, after = _pairs(baseline.to_numpy(), alternative.to_numpy())
    metric = baseline.index.get_level_values("metric")
    group = baseline.index.get_level_values("group")
    frame = pd.DataFrame({"metric": metric, "group": group})
    frame["unit"] = [METRICS[item].unit for item in metric]
    frame["baseline"], frame["alternative"] = _means(before), _means(after)
    paired = after - before
    frame["difference"] = _means(paired)
    frame["n"] = (~np.isnan(paired)).sum(axis=1)
    error = _errors(paired)
    reach = reach_of(error, np.maximum(frame.n.to_numpy() - 1, 1))
    frame["lo"], frame["hi"] = frame.difference - reach, frame.difference + reach
    frame["margin"] = [
        margin(unit, value) for unit, value in zip(frame.unit, frame.baseline, strict=True)
    ]
    frame["headline"] = [
        name in HEADLINE and where == HEADLINE_GROUP.get(name, "all")
        for name, where in zip(metric, group, strict=True)
    ]
    frame["verdict"] = _verdicts(frame, error)
    frame["sd"] = error * np.sqrt(frame.n)
    unpaired = _variances(before) + _variances(after)
    with np.errstate(divide="ignore", invalid="ignore"):
        frame["pairing"] = _variances(paired) / unpaired
    return Comparison(name, other, frame)


def mean_intervals(rows: Floats) -> pd.DataFrame:
    """The mean over replications of each row and its 95 % interval (Student's t).

    Parameters
    ----------
    rows : a row per quantity, a column per replication; NaN is left out

    Returns
    -------
    DataFrame with ``value``, ``lo``, ``hi``, ``se`` (standard error) and ``n``.
    """
    mean, error = _means(rows), _errors(rows)
    n = (~np.isnan(rows)).sum(axis=1)
    reach = reach_of(error, np.maximum(n - 1, 1))
    ends = {"lo": mean - reach, "hi": mean + reach}
    return pd.DataFrame({"value": mean, **ends, "se": error, "n": n})


def reach_of(error: Floats | np.float64, degrees: Degrees) -> Floats:
    """From a mean to an end of its interval, by standard error and degrees of freedom."""
    return np.asarray(student.ppf(0.5 + LEVEL / 2, degrees) * error, dtype=np.float64)


def _pairs(before: Floats, after: Floats) -> tuple[Floats, Floats]:
    """Both with NaN wherever one of them has no value."""
    alone = np.isnan(before) | np.isnan(after)
    return np.where(alone, np.nan, before), np.where(alone, np.nan, after)


def _means(values: Floats) -> Floats:
    count = (~np.isnan(values)).sum(axis=1)
    return np.where(count > 0, np.nansum(values, axis=1) / np.maximum(count, 1), np.nan)


def _errors(paired: Floats) -> Floats:
    """Standard error of the mean of each row, NaN with fewer than two values."""
    count = (~np.isnan(paired)).sum(axis=1)
    centred = paired - _means(paired)[:, None]
    variance = np.nansum(centred**2, axis=1) / np.maximum(count - 1, 1)
    return np.where(count > 1, np.sqrt(variance / np.maximum(count, 1)), np.nan)


def _variances(values: Floats) -> Floats:
    """Variance of each row, NaN with fewer than two values."""
    spread: Floats = _errors(values) ** 2 * (~np.isnan(values)).sum(axis=1)
    return spread


def margin(unit: str, baseline: float) -> float:
    """The smallest difference that matters, fixed before results were seen."""
    if unit in ("share", "gini"):
        return MARGIN_ABSOLUTE
    relative = MARGIN_SHARE * abs(baseline)
    return max(relative, MARGIN_MIN) if unit == "min" else relative


def _verdicts(frame: pd.DataFrame, error: Floats) -> list[str]:
    """A verdict per row; the headline rows share Holm's correction."""
    degrees = np.maximum(frame.n.to_numpy() - 1, 1)
    difference, limit = frame.difference.to_numpy(), frame.margin.to_numpy()
    p_zero = 2 * tail(np.abs(difference), error, degrees)
    p_equal = tail(limit - np.abs(difference), error, degrees)
    p_equal = np.where((error == 0) & (np.abs(difference) <= limit), 0.0, p_equal)
    head = frame.headline.to_numpy()
    p_zero[head], p_equal[head] = holm(p_zero[head]), holm(p_equal[head])
    return [
        verdict(name, gap, size, zero, equal)
        for name, gap, size, zero, equal in zip(
            frame.metric, difference, limit, p_zero, p_equal, strict=True
        )
    ]


def tail(distance: Floats, error: Floats, degrees: NDArray[np.int64]) -> Floats:
    """One-sided p-value of a distance in standard errors; certain when there is no error."""
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.asarray(student.sf(distance / error, degrees), dtype=np.float64)
    return np.where(error == 0, np.where(distance > 0, 0.0, 0.5), p)


def holm(p: Floats) -> Floats:
    """Holm's step-down adjusted p-values."""
    known = np.flatnonzero(~np.isnan(p))
    adjusted = p.copy()
    order = known[np.argsort(p[known], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * factors), 1.0)
    return adjusted


def verdict(metric: str, difference: float, limit: float, p_zero: float, p_equal: float) -> str:
    """Better or worse: shown to differ, and by enough; equivalent: shown not to."""
    if p_equal < ALPHA:
        return "equivalent"
    direction = METRICS[metric].better
    if not (p_zero < ALPHA and abs(difference) >= limit) or direction == "neither":
        return "undecided"
    return "better" if (difference < 0) == (direction == "lower") else "worse"
