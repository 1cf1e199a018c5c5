"""What each part of a reform adds, over all orders of adding them."""

from typing import Any

import pandas as pd

from sim.metrics import HEADLINE, METRICS
from sim.report.blocks import Block, Cell, Points, Table, Words
from sim.report.contrasts import LEAD
from sim.report.figures import by_metric
from sim.report.rows import each, largest, records
from sim.report.saved import Saved
from sim.report.voice import Voice, scale_of

FIRST = 2  # parts that the finding names
NOTED = 0.1  # of the largest share, from which on one that works against it is named


def answers(voice: Voice, saved: Saved) -> list[Block]:
    """Which parts bring the difference, which bring nothing, and which need each other."""
    effects, ends = saved.table("effects"), saved.table("ends")
    if effects is None or ends is None:
        return []
    return [
        Words(voice.say("ask.part"), "ask"),
        Words(finding(voice, effects, ends), "lead"),
        Words(voice.say("ask.whom"), "ask"),
        Points(_limits(voice, saved, effects)),
        Words(voice.say("ask.sure"), "ask"),
        Points([voice.say("sure.shapley", n=int(effects.n.max()))]),
    ]


def finding(voice: Voice, effects: pd.DataFrame, ends: pd.DataFrame) -> str:
    """The whole difference and the parts that carry most of it."""
    parts = _shares(effects, LEAD)
    whole = ends[(ends.metric == LEAD) & (ends.what == "difference")].iloc[0]
    scale = scale_of(METRICS[LEAD].unit, whole["value"])
    first = parts.loc[parts["value"].abs().sort_values(ascending=False).index[:FIRST]]
    items = [
        voice.say(
            "part.item",
            part=voice.name("lever", row.part),
            change=voice.change(row.value, scale),
            interval=voice.interval(row.lo, row.hi, scale),
        )
        for row in each(first)
    ]
    return voice.say(
        "lead.shapley",
        metric=voice.metric(LEAD),
        whole=voice.change(whole["value"], scale),
        interval=voice.interval(whole.lo, whole.hi, scale),
        items=voice.listed(items),
    )


def _shares(effects: pd.DataFrame, metric: str) -> pd.DataFrame:
    return effects[(effects.metric == metric) & (effects.what == "shapley")]


def _limits(voice: Voice, saved: Saved, effects: pd.DataFrame) -> list[str]:
    found = []
    for metric in HEADLINE:
        parts = _shares(effects, metric)
        least = NOTED * float(parts["value"].abs().max())
        against = [row for row in each(parts) if row.lo > 0 and row.value >= least]
        if against:
            scale = scale_of(METRICS[metric].unit, *parts["value"])
            items = [
                voice.say(
                    "part.item",
                    part=voice.name("lever", row.part),
                    change=voice.change(row.value, scale),
                    interval=voice.interval(row.lo, row.hi, scale),
                )
                for row in against
            ]
            found.append(
                voice.say("limit.parts", metric=voice.metric(metric), items=voice.listed(items))
            )
    return [*found, *_alone(voice, effects), *_needs(voice, saved)]


def _alone(voice: Voice, effects: pd.DataFrame) -> list[str]:
    """Parts that, alone, make a headline metric worse."""
    alone = effects[(effects.what == "first") & (effects.lo > 0)]
    found = []
    for metric in HEADLINE[:2]:
        rows = alone[alone.metric == metric].sort_values("value", ascending=False).head(1)
        for row in each(rows):
            scale = scale_of(METRICS[metric].unit, row.value)
            found.append(
                voice.say(
                    "limit.alone",
                    part=voice.name("lever", row.part),
                    metric=voice.metric(metric),
                    change=voice.change(row.value, scale),
                )
            )
    return found


def _needs(voice: Voice, saved: Saved) -> list[str]:
    """The two parts that need each other most."""
    pairs = saved.table("interactions")
    if pairs is None or pairs.empty:
        return []
    rows = pairs[(pairs.metric == LEAD) & ((pairs.lo > 0) | (pairs.hi < 0))]
    if rows.empty:
        return []
    row = largest(rows, "value")
    scale = scale_of(METRICS[LEAD].unit, row.value)
    key = "limit.need" if row.value < 0 else "limit.replace"
    return [
        voice.say(
            key,
            one=voice.name("lever", row.part),
            other=voice.name("lever", row.other),
            metric=voice.metric(LEAD),
            change=voice.change(row.value, scale),
        )
    ]


def blocks(voice: Voice, saved: Saved) -> list[Block]:
    """What each part adds in every headline metric, and the waterfalls."""
    return [*tables(voice, saved), *by_metric(voice, saved, "shapley")]


def tables(voice: Voice, saved: Saved) -> list[Block]:
    """A row per part, a column per headline metric, the whole below."""
    effects, ends = saved.table("effects"), saved.table("ends")
    if effects is None or ends is None:
        return []
    shares = effects[effects.what == "shapley"]
    metrics = [metric for metric in HEADLINE if metric in set(shares.metric)]
    whole = ends[ends.what == "difference"].assign(part=voice.say("part.all"))
    rows = [
        _row(voice, shares[shares.part == part], voice.name("lever", str(part)), metrics)
        for part in dict.fromkeys(shares.part)
    ]
    rows.append(_row(voice, whole, voice.say("part.all"), metrics))
    head = [
        Cell(voice.say("head.part"), role="name"),
        *(Cell(voice.metric_head(metric), role="number") for metric in metrics),
    ]
    return [Table(voice.say("table.shapley"), head, rows)]


def _row(voice: Voice, rows: pd.DataFrame, name: str, metrics: list[str]) -> list[Cell]:
    by: dict[str, Any] = {row["metric"]: row for row in records(rows)}
    return [Cell(name, role="name"), *(_cell(voice, by.get(metric), metric) for metric in metrics)]


def _cell(voice: Voice, row: dict[str, Any] | None, metric: str) -> Cell:
    if row is None:
        return Cell("–", role="number")
    scale = scale_of(METRICS[metric].unit, row["value"], row["lo"], row["hi"])
    between = voice.interval(row["lo"], row["hi"], scale)
    return Cell(voice.change(row["value"], scale), row["value"], between, role="number")
