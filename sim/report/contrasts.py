"""Tables of contrasts: baseline, alternative, difference with its interval, verdict in words."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from sim.metrics import HEADLINE, METRICS
from sim.report.blocks import Cell, Number, Table
from sim.report.rows import each
from sim.report.voice import Scale, Voice, plain, row_scale

MARKS = {
    "better": "✓",
    "worse": "✗",
    "equivalent": "＝",
    "no_difference_seen": "○",
    "undecided": "？",
    "not_worse": "＝",
    "neither": "·",
}
LEAD = HEADLINE[0]  # what the finding is about
HEADLINE_GROUP = {"response_p90_emergency": "urgency:emergency"}


def headline_rows(rows: pd.DataFrame) -> list[Any]:
    """The rows of the headline metrics, in their order."""
    found = []
    for metric in HEADLINE:
        chosen = rows[rows.metric == metric]
        if "group" in chosen:
            chosen = chosen[chosen.group == HEADLINE_GROUP.get(metric, "all")]
        found.extend(each(chosen.head(1)))
    return found


def verdict_of(row: Any) -> str:
    """The verdict a reader sees: an interval that holds 0 shows no difference, not none."""
    metric = METRICS.get(row.metric)
    tested = hasattr(row, "p_holm")  # whoever carries work is worse off with more of it
    if metric is not None and metric.better == "neither" and not tested:
        return "neither"
    if row.verdict in ("equivalent", "undecided") and row.lo <= 0 <= row.hi:
        return "no_difference_seen"
    return str(row.verdict)


def verdict_words(voice: Voice, row: Any) -> str:
    """A verdict, and what it rests on."""
    verdict = verdict_of(row)
    if verdict == "no_difference_seen" and row.verdict == "equivalent":
        return voice.say("verdict.unseen_and_small")
    return voice.say(f"verdict.{verdict}")


def verdict_cell(voice: Voice, row: Any) -> Cell:
    """A verdict with its mark and colour, and the smallest difference that matters."""
    verdict = verdict_of(row)
    scale = row_scale(row)
    margin = Scale(scale.factor, max(scale.digits, 1), scale.unit)
    small = ""
    if verdict in ("equivalent", "no_difference_seen") and row.verdict == "equivalent":
        size = plain(row.margin, margin)
        if size.strip("0."):
            unit = voice.unit(scale.unit, change=True)
            small = voice.say("verdict.margin", margin=size + unit)
    return Cell("", None, small, "verdict", verdict, verdict_words(voice, row))


def contrast_cells(voice: Voice, row: Any) -> list[Cell]:
    """Baseline, alternative, difference with interval, verdict."""
    scale = row_scale(row)
    reach = voice.interval(row.lo, row.hi, scale)
    return [
        Cell(voice.value(row.baseline, scale), row.baseline, role="baseline"),
        Cell(voice.value(row.alternative, scale), row.alternative, role="focus"),
        Cell(voice.change(row.difference, scale), row.difference, small=reach, role="number"),
        verdict_cell(voice, row),
    ]


def contrast_head(voice: Voice, first: str, before: str, after: str) -> list[Cell]:
    """The head of a table of contrasts.

    Parameters
    ----------
    first : what the rows are
    """
    return [
        Cell(first, role="name"),
        Cell(voice.say("head.baseline"), small=voice.arm(before), role="baseline"),
        Cell(voice.say("head.alternative"), small=voice.arm(after), role="focus"),
        Cell(voice.say("head.difference"), small=voice.say("head.interval"), role="number"),
        Cell(voice.say("head.verdict"), role="verdict"),
    ]


def metrics_table(
    voice: Voice,
    rows: Iterable[Any],
    caption: str,
    before: str,
    after: str,
    *,
    folded: bool = False,
) -> Table:
    """A row per metric of one contrast."""
    body = [
        [Cell(voice.metric_head(row.metric), role="name"), *contrast_cells(voice, row)]
        for row in rows
    ]
    head = contrast_head(voice, voice.say("head.metric"), before, after)
    return Table(caption, head, body, folded)


def arms_table(
    voice: Voice, pairs: Iterable[pd.DataFrame], varies: str, caption: str
) -> Table | None:
    """Contrasts one below the other, a column per headline metric.

    Parameters
    ----------
    pairs : the rows of each contrast
    varies : ``baseline_arm`` or ``alternative_arm``, by which the rows are named
    """
    body, metrics = [], list[str]()
    for rows in pairs:
        found = headline_rows(rows)
        if not found:
            continue
        metrics = metrics or [row.metric for row in found]
        name = Cell(voice.arm(getattr(found[0], varies)), role="name")
        body.append([name, *(change_cell(voice, row) for row in found)])
    if not body:
        return None
    head = [
        Cell(voice.say(f"head.{varies}"), role="name"),
        *(Cell(voice.metric_head(name), role="number") for name in metrics),
    ]
    return Table(caption, head, body)


def change_cell(voice: Voice, row: Any) -> Cell:
    """A difference with its interval and verdict."""
    scale = row_scale(row)
    reach = voice.interval(row.lo, row.hi, scale)
    text = voice.change(row.difference, scale)
    judged = verdict_words(voice, row)
    return Cell(text, row.difference, reach, "number", verdict_of(row), judged)


def key_number(voice: Voice, row: Any, between: str = "") -> Number:
    """A headline number, large."""
    scale = row_scale(row)
    before, after = plain(row.baseline, scale), plain(row.alternative, scale)
    change = f"{voice.change(row.difference, scale)} {voice.interval(row.lo, row.hi, scale)}"
    return Number(
        voice.metric_head(row.metric),
        before,
        after,
        voice.unit(scale.unit).strip("\N{NO-BREAK SPACE}"),
        change,
        verdict_of(row),
        verdict_words(voice, row),
        between,
    )
