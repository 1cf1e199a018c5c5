"""Which open quantity the spread of a difference comes from."""

import pandas as pd

from sim.metrics import HEADLINE
from sim.report.blocks import Block, Cell, Points, Table, Words
from sim.report.contrasts import LEAD
from sim.report.figures import by_metric
from sim.report.kinds.sweep import limits
from sim.report.rows import records
from sim.report.saved import Saved
from sim.report.voice import Scale, Voice, plain
from sim.report.worlds import lead_of, range_of, range_table

FIRST = 3  # quantities that the finding names
INDEX = Scale(1.0, 2, "")


def answers(voice: Voice, saved: Saved) -> list[Block]:
    """The quantities with the largest share, and how much of it is noise."""
    indices = saved.table("indices")
    if indices is None:
        return []
    return [
        Words(voice.say("ask.hangs"), "ask"),
        Words(finding(voice, indices, LEAD), "lead"),
        Words(lead_of(voice, saved, range_of(saved.main, LEAD), LEAD)),
        Words(voice.say("ask.whom"), "ask"),
        Points(limits(voice, saved)),
        Words(voice.say("ask.sure"), "ask"),
        Points(_sureness(voice, indices)),
    ]


def finding(voice: Voice, indices: pd.DataFrame, metric: str) -> str:
    """Which quantities a metric's difference hangs on."""
    total = indices[(indices.metric == metric) & (indices["index"] == "total")]
    first = total.sort_values("value", ascending=False).head(FIRST)
    items = [
        voice.say(
            "carried.item",
            name=voice.name("quantity", row["parameter"]),
            share=voice.percent(row["value"]),
        )
        for row in records(first)
    ]
    return voice.say("lead.sobol", metric=voice.metric(metric), items=voice.listed(items))


def _sureness(voice: Voice, indices: pd.DataFrame) -> list[str]:
    found = []
    for metric, rows in indices.groupby("metric", sort=False):
        shaky = rows[rows.unstable.astype(bool)].parameter.nunique()
        noise = voice.percent(float(rows.noise_share.iloc[0]))
        name = voice.metric_head(str(metric))
        found.append(voice.say("sure.sobol", metric=name, noise=noise, unstable=shaky))
    return found


def blocks(voice: Voice, saved: Saved) -> list[Block]:
    """Total and first indices, the range of the difference, and the bars."""
    pairs = [(saved.baseline, saved.focus, saved.main)]
    spread = range_table(voice, pairs, voice.say("table.range", arm=voice.arm(saved.focus)))
    made = table(voice, saved)
    return [*(each for each in (made, spread) if each), *by_metric(voice, saved, "indices")]


def table(voice: Voice, saved: Saved) -> Table | None:
    """A row per quantity: its total index, with interval and first index, per metric."""
    indices = saved.table("indices")
    if indices is None:
        return None
    metrics = [metric for metric in HEADLINE if metric in set(indices.metric)]
    head = [
        Cell(voice.say("head.quantity"), role="name"),
        *(Cell(voice.metric_head(metric), role="number") for metric in metrics),
    ]
    body = []
    for name, rows in indices.groupby("parameter", sort=False):
        cells = [_cell(voice, rows[rows.metric == metric]) for metric in metrics]
        body.append([Cell(voice.name("quantity", str(name)), role="name"), *cells])
    return Table(voice.say("table.sobol"), head, body)


def _cell(voice: Voice, rows: pd.DataFrame) -> Cell:
    by = {row["index"]: row for row in records(rows)}
    if not by:
        return Cell("–", role="number")
    total, first = by["total"], by["first"]
    mark = "~" if total["unstable"] or first["unstable"] else ""
    small = voice.say("first_index", value=plain(first["value"], INDEX))
    between = f"[{plain(total['lo'], INDEX)}, {plain(total['hi'], INDEX)}]"
    text = mark + plain(total["value"], INDEX)
    return Cell(text, total["value"], f"{between} {small}", "number")
