"""A difference over many worlds: multiverse, ladder, sweep and phase share how it is told."""

from typing import NamedTuple

import pandas as pd

from sim.metrics import HEADLINE
from sim.report.blocks import Cell, Table
from sim.report.contrasts import change_cell
from sim.report.rows import each, records
from sim.report.saved import Saved
from sim.report.voice import Scale, Voice, plain, scale_of

NAMED = 2  # open choices that a sentence names


class Range(NamedTuple):
    """A difference over worlds.

    Attributes
    ----------
    lower : share of worlds in which the difference is below 0
    """

    worlds: int
    least: float
    middle: float
    most: float
    lower: float
    scale: Scale


def range_of(rows: pd.DataFrame, metric: str) -> Range | None:
    """The range of a metric's difference; ``rows`` are those of one contrast in every world."""
    chosen = rows[rows.metric == metric]
    if "group" in chosen and metric in HEADLINE and len(chosen):
        chosen = chosen[chosen.group == chosen.group.iloc[0]]
    if chosen.empty:
        return None
    low, middle, high = (float(value) for value in chosen.difference.quantile([0, 0.5, 1]))
    scale = scale_of(str(chosen.unit.iloc[0]), low, middle, high)
    share = float((chosen.difference < 0).mean())
    return Range(len(chosen), low, middle, high, share, scale)


def range_words(voice: Voice, found: Range) -> str:
    """A range for a key number: from, to, in how many worlds."""
    span = voice.span(found.least, found.most, found.scale)
    return voice.say("range.short", worlds=found.worlds, span=span)


def range_table(
    voice: Voice,
    pairs: list[tuple[str, str, pd.DataFrame]],
    caption: str,
    *,
    folded: bool = False,
) -> Table | None:
    """Smallest, middle and largest difference over worlds, and the shares of verdicts.

    Parameters
    ----------
    pairs : baseline, alternative, rows of the contrast in every world
    """
    body = []
    for before, _, rows in pairs:
        for metric in HEADLINE:
            found = range_of(rows, metric)
            if found is not None:
                name = Cell(voice.metric_head(metric), role="name")
                if folded:
                    against = voice.say("against", arm=voice.arm(before))
                    name = Cell(name.text, small=against, role="name")
                body.append([name, *_range_cells(voice, found, rows[rows.metric == metric])])
    if not body:
        return None
    names = ("metric", "least", "middle", "most", "better", "worse", "unshown")
    head = [
        Cell(voice.say(f"head.{name}"), role="name" if name == "metric" else "number")
        for name in names
    ]
    return Table(caption, head, body, folded)


def _range_cells(voice: Voice, found: Range, rows: pd.DataFrame) -> list[Cell]:
    ends = [
        Cell(voice.change(value, found.scale), value, role="number")
        for value in (found.least, found.middle, found.most)
    ]
    better, worse = ((rows.verdict == name).mean() for name in ("better", "worse"))
    shares = [float(better), float(worse), float(1 - better - worse)]
    return [*ends, *(Cell(voice.percent(share), share, role="number") for share in shares)]


def worlds_table(
    voice: Voice, rows: pd.DataFrame, metrics: list[str], caption: str, *, folded: bool = False
) -> Table:
    """A row per world, a column per metric, each with interval and verdict."""
    body = []
    for world, part in rows.groupby("world", sort=False):
        by = {row.metric: row for row in each(part)}
        cells = [change_cell(voice, by[name]) for name in metrics if name in by]
        body.append([Cell(voice.name("world", str(world)), role="name"), *cells])
    head = [
        Cell(voice.say("head.world"), role="name"),
        *(Cell(voice.metric_head(name), role="number") for name in metrics),
    ]
    return Table(caption, head, body, folded)


def lead_of(voice: Voice, saved: Saved, found: Range | None, metric: str) -> str:
    """The range of a difference over worlds in one sentence."""
    arms = {"focus": voice.arm(saved.focus), "baseline": voice.arm(saved.baseline)}
    if found is None:
        return voice.say("lead.nothing", **arms)
    said = {"metric": voice.metric(metric), "over": over_what(voice, saved, metric), **arms}
    return voice.say(f"lead.{way_of(found)}", **said, **ends_of(voice, found))


def over_what(voice: Voice, saved: Saved, metric: str) -> str:
    """What differs between the worlds; of many open choices the ones that move the metric most."""
    if saved.kind == "phase":
        x, y = (voice.name("quantity", name) for name in saved.study["varying"])
        return voice.say("over.two", x=x, y=y)
    if saved.kind in ("sweep", "sobol"):
        return voice.say("over.points")
    worlds = saved if saved.kind == "multiverse" else saved.beside("multiverse")
    carried = worlds.table("carried") if worlds is not None else None
    if carried is None or carried.empty:
        return voice.say("over.worlds")
    names = [voice.name("factor", name) for name, _ in _most_carried(carried, metric)]
    return voice.say("over.open", items=voice.listed(names))


def way_of(found: Range) -> str:
    """Whether a difference is below 0 in every world, above it, or either."""
    if found.lower == 1:
        return "falls"
    return "rises" if found.least > 0 else "mixed"


def ends_of(voice: Voice, found: Range) -> dict[str, object]:
    """What sentences about a range are filled with."""
    low, high = sorted((abs(found.least), abs(found.most)))
    return {
        "worlds": f"{found.worlds:,}",
        "low": plain(low, found.scale),
        "high": plain(high, found.scale) + voice.unit(found.scale.unit, change=True),
        "span": voice.span(found.least, found.most, found.scale),
        "share": voice.percent(found.lower),
    }


def carried_words(voice: Voice, carried: pd.DataFrame, metric: str) -> str:
    """The open choices that carry most of a difference's variance between worlds."""
    items = [
        voice.say("carried.item", name=voice.name("factor", name), share=voice.percent(share))
        for name, share in _most_carried(carried, metric)
    ]
    return voice.say("carried.words", metric=voice.metric(metric), items=voice.listed(items))


def _most_carried(carried: pd.DataFrame, metric: str) -> list[tuple[str, float]]:
    once = carried[carried.metric == metric].drop_duplicates("factor")
    first = once.sort_values("share_of_variance", ascending=False).head(NAMED)
    return list(zip(first.factor, first.share_of_variance, strict=True))


def beaten(best: pd.DataFrame, focus: str) -> list[tuple[str, str, float]]:
    """Metrics in which another arm is best in more worlds: metric, arm, share."""
    arms = [str(name) for name in best if name not in ("metric", "worlds")]
    found = []
    for row in records(best):
        first = max(arms, key=lambda arm: float(row[arm]))
        if first != focus and row[first] > row.get(focus, 0.0):
            found.append((str(row["metric"]), first, float(row[first])))
    return found


def other_is_best(voice: Voice, row: tuple[str, str, float]) -> str:
    """That another arm does more in a metric."""
    metric, arm, share = row
    return voice.say(
        "limit.other_best",
        metric=voice.metric(metric),
        arm=voice.arm(arm),
        share=voice.percent(share),
    )
