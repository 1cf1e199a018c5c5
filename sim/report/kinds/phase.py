"""Over two quantities: where merging pays and where it does not."""

from collections import Counter

import pandas as pd

from sim.metrics import HEADLINE
from sim.report.blocks import Block, Cell, Points, Table, Words
from sim.report.contrasts import LEAD, verdict_of
from sim.report.figures import by_metric
from sim.report.limits import worse_points
from sim.report.rows import each
from sim.report.saved import Saved
from sim.report.voice import Voice
from sim.report.worlds import lead_of, range_of

VERDICTS = ("better", "equivalent", "no_difference_seen", "undecided", "worse")


def answers(voice: Voice, saved: Saved) -> list[Block]:
    """At how many points it is better, and where it becomes worse."""
    rows = saved.main
    return [
        Words(voice.say("ask.worth"), "ask"),
        Words(lead_of(voice, saved, range_of(rows, LEAD), LEAD), "lead"),
        Words(voice.say("ask.whom"), "ask"),
        Points(worse_points(voice, saved, rows) or [voice.say("limit.none")]),
        Words(voice.say("ask.sure"), "ask"),
        Points([voice.say("sure.points", points=rows.world.nunique(), n=saved.replications)]),
    ]


def blocks(voice: Voice, saved: Saved) -> list[Block]:
    """Verdicts over the points, and a map per headline metric."""
    return [table(voice, saved), *by_metric(voice, saved, "phase")]


def table(voice: Voice, saved: Saved) -> Table:
    """A row per metric: at how many points each verdict was reached."""
    rows, contour = saved.main, saved.table("contour")
    y = list(saved.study["varying"])[1]
    quantity = voice.name("quantity", y)
    head = [
        Cell(voice.say("head.metric"), role="name"),
        *(Cell(voice.say(f"verdict.{name}"), role="number") for name in VERDICTS),
        Cell(voice.say("head.line", quantity=quantity), role="number"),
    ]
    body = []
    for metric in HEADLINE:
        part = rows[rows.metric == metric]
        if part.empty:
            continue
        seen = Counter(map(verdict_of, each(part)))
        counts = [seen[name] for name in VERDICTS]
        body.append(
            [
                Cell(voice.metric_head(metric), role="name"),
                *(Cell(str(count), count, role="number") for count in counts),
                Cell(_line(contour, metric, y), role="number"),
            ]
        )
    return Table(voice.say("table.phase", points=rows.world.nunique()), head, body)


def _line(contour: pd.DataFrame | None, metric: str, y: str) -> str:
    """Where the difference is 0, along one quantity."""
    if contour is None or y not in contour:
        return "–"
    values = contour[contour.metric == metric][y]
    if values.empty:
        return "–"
    low, high = f"{values.min():.2g}", f"{values.max():.2g}"
    return low if low == high else f"{low}–{high}"
