"""Pure functions of a record: what happened to requests and who carried the work.

A new metric is an entry in ``METRICS`` (unit, direction, meaning) and a line in the
function that computes its table. Times count every request that was reported: one not
answered within the follow-up enters with the length of the follow-up, so that leaving
requests unanswered can never look fast. Without a follow-up the same holds for the time in
which each request was seen (:func:`_longest`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import CensoredData, ecdf

from sim.record import PARTS, Record
from sim.units import DAY, WEEK

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

DAYTIME = (9 * 60.0, 17 * 60.0)
LIMIT_MIN = 60.0
HEADLINE = (
    "response_median",
    "response_daytime_mean",
    "unclosed_7d",
    "gini_request_work",
    "response_p90_emergency",
)


@dataclass(frozen=True)
class Metric:
    """What a metric means: its unit, which way is better, and its words."""

    unit: str
    better: Literal["lower", "higher", "neither"]
    words: str


METRICS: dict[str, Metric] = {
    "response_median": Metric("min", "lower", "report to arrival, median"),
    "response_daytime_mean": Metric("min", "lower", "report to arrival, mean, reported 9-17 h"),
    "unclosed_7d": Metric("share", "lower", "not closed 7 days after report"),
    "gini_request_work": Metric("gini", "lower", "inequality of request work per paid hour"),
    "response_p90_emergency": Metric("min", "lower", "report to arrival, 90 %, emergencies"),
    "response_mean": Metric("min", "lower", "report to arrival, mean"),
    "response_p90": Metric("min", "lower", "report to arrival, 90 %"),
    "response_within_60": Metric("share", "higher", "arrived within 60 min of report"),
    "closure_median": Metric("min", "lower", "report to closure, median"),
    "closure_mean": Metric("min", "lower", "report to closure, mean"),
    **{
        f"part_{name}": Metric("min", "lower", f"mean of the part: {name.replace('_', ' ')}")
        for name in PARTS
    },
    "handoffs": Metric("count", "lower", "handoffs per request"),
    "covered": Metric("share", "neither", "answered by cover or overflow"),
    "lost": Metric("share", "lower", "turned away at a full queue"),
    "abandoned": Metric("share", "lower", "given up by the caller before anybody set out"),
    "repeats": Metric("count", "lower", "calls made again, per request"),
    "centre_work": Metric("h", "lower", "triage of calls and of calls made again"),
    "referred": Metric("share", "neither", "passed to a department after the visit"),
    "desk_wait": Metric("min", "lower", "mean wait at a department, letter arrived to attended"),
    "detection_median": Metric("min", "lower", "hidden problems, onset to report, median"),
    "detection_mean": Metric("min", "lower", "hidden problems, onset to report, mean"),
    "detection_outdoor_mean": Metric("min", "lower", "same, where riders can see it"),
    "latent_issue_hours": Metric("h", "lower", "mean hours from onset to closure, hidden problems"),
    "found_by_staff": Metric("share", "higher", "hidden problems found on patrol"),
    "found_by_riders": Metric("share", "neither", "hidden problems reported by riders"),
    "ignited": Metric("share", "lower", "hidden problems that became emergencies"),
    "hidden_problems": Metric("count", "neither", "problems that began unseen"),
    "visible_cells": Metric("share", "higher", "cells that see a uniform on a day"),
    "visible_residents": Metric("share", "higher", "residents who see a uniform on a day"),
    "trust": Metric("share", "higher", "residents' trust at the end"),
    "requests": Metric("count", "neither", "requests reported"),
    "utilisation": Metric("share", "neither", "request work and background over paid time"),
    "request_work": Metric("share", "neither", "request work over paid time"),
    "gini_all_work": Metric("gini", "lower", "inequality of all work per paid hour"),
    "max_request_work": Metric("share", "lower", "request work over paid time, 99 % point"),
    "overtime": Metric("h", "lower", "overtime, all workers"),
    "undone_background": Metric("h", "lower", "background work left undone, all workers"),
    "paid": Metric("h", "neither", "paid hours, all workers"),
}


def measure(record: Record) -> pd.DataFrame:
    """Every metric of a record, one row each.

    Returns
    -------
    DataFrame with ``metric``, ``group`` and ``value``; the unit is ``METRICS[metric].unit``.
    """
    rows: list[tuple[str, str, float]] = []
    calls = measured(record, "call")
    times = _Times(calls, record.facts)
    for group, chosen in _request_groups(calls):
        rows.extend((name, group, value) for name, value in times.metrics(chosen, group))
    rows.extend((name, "all", value) for name, value in _hidden(record))
    rows.extend((name, "all", record.facts[name]) for name in _FACTS)
    for group, work in _work_groups(record.work):
        rows.extend((name, group, value) for name, value in _workload(work))
    return pd.DataFrame(rows, columns=["metric", "group", "value"])


_FACTS = ("visible_cells", "visible_residents", "trust")


def measured(record: Record, kind: str) -> pd.DataFrame:
    """The requests of one kind that began in the measured part."""
    rows = record.requests
    return rows[rows.measured.to_numpy() & (rows.kind == kind).to_numpy()]


def _hidden(record: Record) -> Iterator[tuple[str, float]]:
    """What became of problems nobody called about at first; one still hidden counts as others."""
    rows = measured(record, "latent")
    onset = rows.t_onset.to_numpy()
    limit = _longest(onset, record.facts)
    found = _within(rows.t_reported.to_numpy() - onset, limit)
    by = rows.found_by.astype("object").to_numpy()
    lit = rows.found_by.notna().to_numpy()
    itself = np.isin(by, ("residents", "riders", "ignition"))
    yield "hidden_problems", float(len(rows))
    yield "detection_median", _quantile(found, 0.5)
    yield "detection_mean", _mean(found)
    yield "detection_outdoor_mean", _mean(found[rows.outdoor.to_numpy()])
    yield "latent_issue_hours", _mean(_within(rows.t_close.to_numpy() - onset, limit)) / 60
    yield "found_by_staff", _mean(lit & ~itself)
    yield "found_by_riders", _mean(by == "riders")
    yield "ignited", _mean(by == "ignition")


def _request_groups(requests: pd.DataFrame) -> Iterator[tuple[str, Bools]]:
    yield "all", np.ones(len(requests), dtype=np.bool_)
    for column in ("domain", "urgency", "community"):
        codes = requests[column].cat.codes.to_numpy()
        for code, name in enumerate(requests[column].cat.categories):
            yield f"{column}:{name}", codes == code
    vulnerable = requests.vulnerable.to_numpy()
    yield "residents:vulnerable", vulnerable
    yield "residents:other", ~vulnerable
    elderly, home = requests.elderly.to_numpy(), requests.home.cat.codes.to_numpy()
    yield "age:60_and_over", elderly
    yield "age:under_60", ~elderly & (home >= 0)
    for code, name in enumerate(requests.home.cat.categories):
        yield f"home:{name}", home == code


def _work_groups(work: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    yield "all", work
    for name in work.role.cat.categories:
        yield f"role:{name}", work[(work.role == name).to_numpy()]


class _Times:
    """The columns of the measured requests as arrays."""

    def __init__(self, requests: pd.DataFrame, facts: dict[str, Any]) -> None:
        reported = requests.t_reported.to_numpy()
        limit = _longest(reported, facts)
        self.response = _within(requests.t_arrive.to_numpy() - reported, limit)
        self.closed = requests.t_close.to_numpy() - reported
        self.closure = _within(self.closed, limit)
        self.left = facts["end_min"] - reported
        minute = reported % DAY
        self.daytime = (minute >= DAYTIME[0]) & (minute < DAYTIME[1])
        self.parts = {name: requests[name].to_numpy() for name in PARTS}
        self.handoffs = requests.handoffs.to_numpy()
        self.covered = requests.tier.cat.codes.to_numpy() > 0
        self.lost = (requests.status == "lost").to_numpy()
        self.abandoned = (requests.status == "abandoned").to_numpy()
        gone = self.lost | self.abandoned
        self.left = np.where(gone, 2 * WEEK, self.left)  # at risk for good, not censored
        self.repeats = requests.repeats.to_numpy()
        self.desk_wait = (requests.t_attended - requests.t_desk).to_numpy()

    def metrics(self, chosen: Bools, group: str) -> Iterator[tuple[str, float]]:
        """The metrics of a group; the full set for all, the times for the others."""
        yield "requests", float(chosen.sum())
        yield from self._response(chosen)
        yield "unclosed_7d", self._unclosed(chosen)
        if group == "urgency:emergency":
            yield "response_p90_emergency", _quantile(self.response[chosen], 0.9)
        done = chosen & ~np.isnan(self.closed)
        if group.partition(":")[0] in ("all", "urgency", "domain"):
            for name, part in self.parts.items():
                yield f"part_{name}", _mean(part[done])
        if group != "all":
            return
        yield "closure_median", _quantile(self.closure, 0.5)
        yield "closure_mean", _mean(self.closure)
        yield "handoffs", _mean(self.handoffs)
        yield "covered", _mean(self.covered)
        yield "lost", _mean(self.lost)
        yield "abandoned", _mean(self.abandoned)
        yield "repeats", _mean(self.repeats)
        triage = np.nan_to_num(self.parts["triage"])
        yield "centre_work", float((triage * (1 + self.repeats)).sum()) / 60
        yield "referred", _mean(~np.isnan(self.desk_wait))
        yield "desk_wait", _mean(self.desk_wait[~np.isnan(self.desk_wait)])

    def _response(self, chosen: Bools) -> Iterator[tuple[str, float]]:
        response = self.response[chosen]
        yield "response_median", _quantile(response, 0.5)
        yield "response_mean", _mean(response)
        yield "response_daytime_mean", _mean(self.response[chosen & self.daytime])
        yield "response_p90", _quantile(response, 0.9)
        yield "response_within_60", _mean(response <= LIMIT_MIN)

    def _unclosed(self, chosen: Bools) -> float:
        """Product-limit estimate (Kaplan and Meier 1958) of not being closed after a week."""
        closed, left = self.closed[chosen], self.left[chosen]
        if not closed.size:
            return float("nan")
        if (~np.isnan(closed) | (left >= WEEK)).all():  # nothing is censored before a week
            return 1.0 - _mean(closed <= WEEK)
        seen = np.isnan(closed)
        data = CensoredData.right_censored(np.where(seen, left, closed), seen)
        return float(ecdf(data).sf.evaluate([WEEK])[0])


def _longest(reported: Floats, facts: dict[str, Any]) -> Floats:
    """The longest time with which each request can enter [min].

    The follow-up, in which every request is seen: late and early ones count alike. A clock
    without one leaves no such time, and the only one at which no answer that was seen is cut
    and no request gains by being left is what was left of the run when it was reported. Means
    of such a run are too low by what came after its end; those of a follow-up are not.
    """
    follow_up = facts["follow_up_min"]
    return np.full(len(reported), follow_up) if follow_up > 0 else facts["end_min"] - reported


def _within(minutes: Floats, limit: Floats) -> Floats:
    """Times cut at the longest that counts; what never happened counts as long as that."""
    return np.where(np.isnan(minutes), limit, np.minimum(minutes, limit))


def _mean(values: NDArray[Any]) -> float:
    return float(values.mean()) if values.size else float("nan")


def _quantile(values: Floats, q: float) -> float:
    return float(np.quantile(values, q)) if values.size else float("nan")


def _workload(work: pd.DataFrame) -> Iterator[tuple[str, float]]:
    paid = work.paid.to_numpy()
    request = work.travel.to_numpy() + work.service.to_numpy()
    every = request + work.background.to_numpy()
    total = float(paid.sum())
    share = total if total > 0 else float("nan")
    yield "utilisation", float(every.sum()) / share
    yield "request_work", float(request.sum()) / share
    yield "overtime", float(work.overtime.sum()) / 60
    yield "undone_background", float(work.undone.sum()) / 60
    yield "paid", total / 60
    on = paid > 0
    yield "gini_request_work", gini(request[on] / paid[on])
    yield "gini_all_work", gini(every[on] / paid[on])
    yield "max_request_work", _quantile(request[on] / paid[on], 0.99)


def gini(values: Floats) -> float:
    """Gini coefficient of values >= 0: 0 all equal, 1 one has all.

    Half the relative mean absolute difference; 0 when all are 0, NaN when there are none.
    """
    if not values.size:
        return float("nan")
    ordered = np.sort(values)
    total = ordered.sum()
    if total <= 0:
        return 0.0
    count = len(ordered)
    rank = np.arange(1, count + 1)
    return float(2 * (rank * ordered).sum() / (count * total) - (count + 1) / count)


ECDF_MIN: Floats = np.concatenate([[0.0], np.geomspace(1.0, 7 * DAY, 120)])
LORENZ: Floats = np.linspace(0, 1, 101)
BLOCK = 4  # cells along the side of a block of the difference map


def curves(record: Record, width: int) -> pd.DataFrame:
    """What the figures need beyond the metrics: ``curve``, ``x``, ``y``, ``n``.

    ``response``: share answered (y) within x minutes. ``lorenz``: share of request work
    (y) carried by the share x of workers who carry least, per paid hour. ``block``: mean
    response (y) [min] of the n requests in block x of the map; ``block_first`` and
    ``block_second`` the same of the two halves of the measured time.
    """
    requests = measured(record, "call")
    reported = requests.t_reported.to_numpy()
    response = requests.t_arrive.to_numpy() - reported
    answered = np.sort(np.where(np.isnan(response), np.inf, response))
    share = np.searchsorted(answered, ECDF_MIN, side="right") / max(len(answered), 1)
    cell = requests.cell.to_numpy()
    across = -(-width // BLOCK)
    block = (cell // width // BLOCK) * across + cell % width // BLOCK
    response = _within(response, _longest(reported, record.facts))
    first = reported < _middle(record.facts)
    work = record.work[(record.work.paid > 0).to_numpy()]
    carried = np.sort((work.travel + work.service).to_numpy() / work.paid.to_numpy())
    heaped = np.concatenate([[0.0], np.cumsum(carried)]) / max(carried.sum(), 1e-12)
    place = np.linspace(0, 1, len(heaped))
    parts = [
        pd.DataFrame({"curve": "response", "x": ECDF_MIN, "y": share, "n": len(answered)}),
        pd.DataFrame(
            {"curve": "lorenz", "x": LORENZ, "y": np.interp(LORENZ, place, heaped), "n": len(work)}
        ),
        _by_block("block", block, response),
        _by_block("block_first", block[first], response[first]),
        _by_block("block_second", block[~first], response[~first]),
    ]
    return pd.concat(parts, ignore_index=True)


def _middle(facts: dict[str, Any]) -> float:
    """The moment halfway through the measured time [min]."""
    return float(facts["end_min"] - facts["follow_up_min"] - facts["measured_min"] / 2)


def _by_block(curve: str, block: NDArray[np.int64], response: Floats) -> pd.DataFrame:
    """Mean response of the requests in each block that has any."""
    count = np.bincount(block)
    used = np.flatnonzero(count)
    mean = np.bincount(block, weights=response)[used] / count[used]
    return pd.DataFrame({"curve": curve, "x": used * 1.0, "y": mean, "n": count[used]})
