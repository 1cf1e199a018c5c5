"""Who gains and who loses: residents, communities, kinds of request, workers."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from sim.report.blocks import Block, Cell, Points, Table
from sim.report.contrasts import LEAD, contrast_cells, contrast_head, verdict_of
from sim.report.figures import shown
from sim.report.rows import each
from sim.report.saved import Saved
from sim.report.voice import Voice

SHOWN = {  # what is told of each kind of group, in this order
    "residents": ("response_median", "response_daytime_mean", "unclosed_7d"),
    "urgency": ("response_median", "response_p90_emergency"),
    "domain": ("response_median",),
    "role": ("request_work", "overtime", "gini_request_work"),
    "community": ("response_median",),
}
FOLDED = ("community",)


def winners(voice: Voice, saved: Saved) -> list[Block]:
    """How many groups of each kind gain and lose, then each of them."""
    rows = groups_of(saved)
    if rows.empty:
        return []
    blocks: list[Block] = [Points(list(_counts(voice, rows)))]
    blocks += shown(voice, saved, ["winners"])
    for kind in dict.fromkeys([*SHOWN, *rows.kind]):
        part = rows[rows.kind == kind]
        if len(part):
            blocks.append(_table(voice, saved, kind, part))
    return blocks


def groups_of(saved: Saved) -> pd.DataFrame:
    """The contrasts of groups: those of the test of groups where there is one, then the rest.

    Returns
    -------
    The columns of ``summary.csv`` with ``kind`` and ``group`` apart.
    """
    rows = saved.main
    split = rows.group.str.partition(":")
    rows = rows.assign(kind=split[0], group=split[2])
    wanted = [(rows.kind == kind) & rows.metric.isin(metrics) for kind, metrics in SHOWN.items()]
    rows = rows[pd.concat(wanted, axis=1).any(axis=1)] if len(rows) else rows
    tested = saved.table("equity")
    if tested is None or tested.empty:
        return rows
    if "alternative_arm" in tested:
        own = (tested.baseline_arm == saved.baseline) & (tested.alternative_arm == saved.focus)
        tested = tested[own]
    tested = tested.assign(margin=tested.get("margin", float("nan")))
    return pd.concat([tested, rows[~rows.kind.isin(tested.kind)]], ignore_index=True)


def _counts(voice: Voice, rows: pd.DataFrame) -> Iterator[str]:
    """A sentence per kind: how many groups are better off, worse off, neither shown."""
    for kind in ("residents", "community", "domain", "role"):
        metric = "overtime" if kind == "role" else LEAD
        part = rows[(rows.kind == kind) & (rows.metric == metric)]
        if part.empty:
            continue
        verdicts = {row.group: verdict_of(row) for row in each(part)}
        worse = [
            _name(voice, kind, str(name)) for name, each in verdicts.items() if each == "worse"
        ]
        better = sum(each == "better" for each in verdicts.values())
        yield voice.say(
            "groups.worse" if worse else "groups.none_worse",
            kind=voice.name("group", kind),
            metric=voice.metric(metric),
            count=len(part),
            better=better,
            worse=len(worse),
            names=voice.listed(worse[:6]),
        )


def _name(voice: Voice, kind: str, group: str) -> str:
    return group if kind == "community" else voice.name(kind, group)


def _table(voice: Voice, saved: Saved, kind: str, rows: pd.DataFrame) -> Table:
    head = contrast_head(voice, voice.name("group", kind).capitalize(), saved.baseline, saved.focus)
    order = {name: place for place, name in enumerate(SHOWN.get(kind, ()))}
    rows = rows.assign(place=rows.metric.map(order).fillna(len(order)))
    rows = rows.sort_values("place", kind="stable") if kind != "community" else rows
    several = len(set(rows.metric)) > 1
    body = [_row(voice, kind, row, several=several) for row in each(rows) if _there(row)]
    metric = "" if several else voice.say("of_metric", metric=voice.metric(rows.metric.iloc[0]))
    caption = voice.say("table.groups", kind=voice.name("group", kind), metric=metric)
    return Table(caption, head, body, folded=kind in FOLDED)


def _there(row: Any) -> bool:
    """Whether a group has any value: roles without people have none, or only zeros."""
    if pd.isna(row.baseline) and pd.isna(row.alternative):
        return False
    return not (row.kind == "role" and row.baseline == row.alternative == 0)


def _row(voice: Voice, kind: str, row: Any, *, several: bool) -> list[Cell]:
    small = voice.metric(row.metric) if several else ""
    return [
        Cell(_name(voice, kind, str(row.group)), small=small, role="name"),
        *contrast_cells(voice, row),
    ]
