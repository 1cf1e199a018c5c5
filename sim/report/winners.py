"""Who gains and who loses: residents, places, kinds of request, workers.

Where the study has tested its groups (``equity.csv``), its verdicts are shown; else those of the
summary, without correction for the number of groups.
"""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from sim.figures.equity import group_words
from sim.report.blocks import Block, Cell, Points, Table, Words
from sim.report.contrasts import LEAD, contrast_cells, contrast_head
from sim.report.figures import shown
from sim.report.rows import each, records
from sim.report.saved import Saved
from sim.report.voice import Voice
from sim.words import say

SHOWN = {  # what is told of each kind of group, in this order
    "residents": (LEAD, "response_daytime_mean", "unclosed_7d"),
    "age": (LEAD, "response_daytime_mean"),
    "waited": ("response_mean",),
    "urgency": (LEAD, "response_p90_emergency"),
    "domain": (LEAD,),
    "role": ("request_work", "overtime"),
    "community": (LEAD,),
    "home": (LEAD,),
}
FOLDED = ("community", "home")
FAMILIES = ("residents", "age", "waited", "community", "home", "domain", "urgency", "role")
NAMED = 5  # groups of which nothing is known that a sentence names


def winners(voice: Voice, saved: Saved) -> list[Block]:
    """What the test of groups concludes, the figure, then each group."""
    rows = groups_of(saved)
    if rows.empty:
        return []
    families = saved.table("equity_families")
    blocks: list[Block] = []
    if families is None:
        blocks.append(Words(voice.say("groups.untested"), "note"))
    else:
        blocks.append(Points(list(conclusions(voice, families))))
        blocks.append(Words(voice.say("groups.test"), "note"))
    blocks += shown(voice, saved, ["winners"])
    for kind in SHOWN:
        part = rows[rows.kind == kind]
        if len(part):
            blocks.append(_table(voice, saved, kind, part))
    return blocks


def groups_of(saved: Saved) -> pd.DataFrame:
    """The contrasts of groups that are shown, with ``kind``.

    Returns
    -------
    The columns of ``equity.csv`` where groups were tested, else those of ``summary.csv``.
    """
    tested = saved.table("equity")
    if tested is None or tested.empty:
        tested = saved.main.assign(kind=saved.main.group.str.partition(":")[0])
    wanted = [
        (tested.kind == kind) & tested.metric.isin(metrics) for kind, metrics in SHOWN.items()
    ]
    chosen = tested[pd.concat(wanted, axis=1).any(axis=1)]
    return chosen[chosen.verdict.notna()]


def conclusions(voice: Voice, families: pd.DataFrame) -> Iterator[str]:
    """A sentence per kind of group: that none is made worse, or who is, or how many are open."""
    shown_of = {kind: metrics[:2] for kind, metrics in SHOWN.items()}
    for kind in FAMILIES:
        chosen = families[(families.family == kind) & families.metric.isin(shown_of[kind])]
        for row in records(chosen):
            yield _conclusion(voice, row)


def _conclusion(voice: Voice, row: dict[str, Any]) -> str:
    worse, open_ = _members(row["worse"]), _members(row["undecided"])
    said = {
        "kind": _first_large(say(voice.lang, f"equity.kind.{row['family']}")),
        "metric": voice.metric(row["metric"]),
        "count": row["groups"],
    }
    words = voice.say("groups.none_worse", **said)
    if worse:
        words = voice.say("groups.worse", names=_names(voice, worse), **said)
    if open_:
        key = "groups.also_open" if worse else "groups.open"
        key += "_many" if len(open_) > NAMED else ""
        names = _names(voice, open_)
        words = (words if worse else "") + voice.say(key, names=names, open=len(open_), **said)
    return words


def _first_large(text: str) -> str:
    return text[:1].upper() + text[1:]


def _members(text: Any) -> list[str]:
    return text.split("; ") if isinstance(text, str) and text else []


def _names(voice: Voice, groups: list[str]) -> str:
    return voice.listed([group_words(voice.lang, group) for group in groups])


def _table(voice: Voice, saved: Saved, kind: str, rows: pd.DataFrame) -> Table:
    title = voice.name("group", kind)
    head = contrast_head(voice, _first_large(title), saved.baseline, saved.focus)
    order = {name: place for place, name in enumerate(SHOWN[kind])}
    rows = rows.assign(place=rows.metric.map(order)).sort_values("place", kind="stable")
    metrics = list(dict.fromkeys(rows.metric))
    body = [_row(voice, row, several=len(metrics) > 1) for row in each(rows) if _there(row)]
    metric = "" if len(metrics) > 1 else voice.say("of_metric", metric=voice.metric(metrics[0]))
    caption = voice.say("table.groups", kind=title, metric=metric)
    return Table(caption, head, body, folded=kind in FOLDED)


def _there(row: Any) -> bool:
    """Whether a group has any value: roles without people have none, or only zeros."""
    if pd.isna(row.baseline) and pd.isna(row.alternative):
        return False
    return not (row.kind == "role" and row.baseline == row.alternative == 0)


def _row(voice: Voice, row: Any, *, several: bool) -> list[Cell]:
    small = voice.metric(row.metric) if several else ""
    name = Cell(group_words(voice.lang, row.group), small=small, role="name")
    return [name, *contrast_cells(voice, row)]
