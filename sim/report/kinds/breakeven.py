"""How many more people the baseline would need to be as good."""

import math
from typing import Any

import pandas as pd

from sim.metrics import HEADLINE, METRICS
from sim.report.blocks import Block, Cell, Points, Table, Words
from sim.report.contrasts import LEAD
from sim.report.figures import by_metric
from sim.report.rows import records
from sim.report.saved import Saved
from sim.report.voice import Voice, scale_of

REACHED = "within the range"


def answers(voice: Voice, saved: Saved) -> list[Block]:
    """The multiple of everybody's heads that makes up for the reform, and what none makes up."""
    found = saved.table("crossings")
    if found is None:
        return []
    return [
        Words(voice.say("ask.worth"), "ask"),
        Words(finding(voice, saved, found), "lead"),
        Words(voice.say("ask.whom"), "ask"),
        Points([_not_made_up(voice, found, metric) for metric in HEADLINE]),
        Words(voice.say("ask.sure"), "ask"),
        Points([voice.say("sure.points", points=saved.main.world.nunique(), n=saved.replications)]),
    ]


def finding(voice: Voice, saved: Saved, found: pd.DataFrame) -> str:
    """What the same could be had for."""
    row = found[(found.metric == LEAD) & (found.role == "all")].iloc[0]
    arms = {"focus": voice.arm(saved.focus), "baseline": voice.arm(saved.baseline)}
    metric = voice.metric(LEAD)
    if row.answer != REACHED:
        return voice.say("lead.not_made_up", metric=metric, most=f"{row.high:g}", **arms)
    return voice.say(
        "lead.made_up",
        metric=metric,
        times=f"{row.x:.1f}",
        lo=f"{row.lo:.1f}",
        hi=f"{row.hi:.1f}",
        persons=f"{row.more_persons:,.0f}",
        hours=f"{row.more_paid_hours:,.0f}",
        **arms,
    )


def _not_made_up(voice: Voice, found: pd.DataFrame, metric: str) -> str:
    rows = found[found.metric == metric]
    names = [
        voice.say("everybody_more") if role == "all" else voice.name("role", role)
        for role in rows[rows.answer == REACHED].role
    ]
    key = "limit.made_up_by" if names else "limit.made_up_by_none"
    most = f"{rows.high.max():g}"
    return voice.say(key, metric=voice.metric_head(metric), names=voice.listed(names), most=most)


def _between(lo: float, hi: float) -> str:
    ends = (f"{end:.1f}" if math.isfinite(end) else "–" for end in (lo, hi))
    return "[{}, {}]".format(*ends)


def blocks(voice: Voice, saved: Saved) -> list[Block]:
    """Multiples by role and metric, and the curves they come from."""
    made = table(voice, saved)
    return [*([made] if made else []), *by_metric(voice, saved, "breakeven")]


def table(voice: Voice, saved: Saved) -> Table | None:
    """A row per role, a column per headline metric."""
    found = saved.table("crossings")
    if found is None:
        return None
    metrics = [metric for metric in HEADLINE if metric in set(found.metric)]
    head = [
        Cell(voice.say("head.more_of"), role="name"),
        *(Cell(voice.metric_head(metric), role="number") for metric in metrics),
    ]
    body = []
    for role, rows in found.groupby("role", sort=False):
        by: dict[str, Any] = {row["metric"]: row for row in records(rows)}
        name = voice.say("everybody_more") if role == "all" else voice.name("role", str(role))
        cells = [_cell(voice, by[metric]) for metric in metrics]
        body.append([Cell(name, role="name"), *cells])
    return Table(voice.say("table.breakeven"), head, body)


def _cell(voice: Voice, row: dict[str, Any]) -> Cell:
    """The multiple at which nothing is left, or what is left at the most."""
    if row["answer"] == REACHED:
        between = _between(row["lo"], row["hi"])
        return Cell(voice.say("times", times=f"{row['x']:.2f}"), row["x"], between, role="number")
    scale = scale_of(METRICS[row["metric"]].unit, row["left"], row["right"])
    left = voice.change(row["right"], scale)
    most = f"{row['high']:g}"
    return Cell("–", small=voice.say("left_over", most=most, left=left), role="number")
