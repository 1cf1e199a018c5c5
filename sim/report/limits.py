"""Where, for whom and in what a finding does not hold, in sentences made from the tables."""

from typing import Any

import pandas as pd

from sim.metrics import HEADLINE, METRICS
from sim.report.blocks import Block, Points, Words
from sim.report.contrasts import LEAD, verdict_of, verdict_words
from sim.report.rows import each, largest
from sim.report.saved import Saved
from sim.report.voice import Voice, plain, row_scale
from sim.report.winners import conclusions
from sim.report.worlds import beaten, other_is_best

COSTS = 3  # of what gets worse besides the headline, the largest are named
ORDER = ("worse", "undecided", "no_difference_seen", "equivalent")


def limits(voice: Voice, saved: Saved, rows: list[Any]) -> list[Block]:
    """Where, for whom and in what the finding does not hold; then what was tested and holds."""
    others = [row for row in rows if verdict_of(row) != "better"]
    others.sort(key=lambda row: ORDER.index(verdict_of(row)))
    found = [_not_better(voice, row) for row in others]
    found += _where_load_is_high(voice, saved)
    found += _where_another_is_best(voice, saved)
    found += _costs(voice, saved)
    found += _overtime(voice, saved)
    worse, others_of = _groups(voice, saved)
    blocks: list[Block] = [Points([*found, *worse] or [voice.say("limit.none")])]
    if others_of:
        blocks += [Words(voice.say("limit.tested")), Points(others_of)]
    return blocks


def _not_better(voice: Voice, row: Any) -> str:
    scale = row_scale(row)
    return voice.say(
        "limit.not_better",
        metric=voice.metric_head(row.metric),
        before=voice.value(row.baseline, scale),
        after=voice.value(row.alternative, scale),
        verdict=verdict_words(voice, row),
    )


def _where_load_is_high(voice: Voice, saved: Saved) -> list[str]:
    """Points of the phase study at which a headline metric is shown to be worse."""
    phase = saved.beside("phase")
    if phase is None:
        return []
    found = worse_points(voice, phase, phase.contrast(saved.baseline, saved.focus))
    if saved.beside("multiverse") is None:
        return found
    return [words + voice.say("limit.not_in_worlds") for words in found]


def _where_another_is_best(voice: Voice, saved: Saved) -> list[str]:
    """Headline metrics in which another arm is best in more worlds."""
    worlds = saved.beside("multiverse")
    best = worlds.table("best") if worlds is not None else None
    if best is None or saved.focus not in best:
        return []
    return [other_is_best(voice, row) for row in beaten(best, saved.focus)]


def worse_points(voice: Voice, phase: Saved, rows: pd.DataFrame) -> list[str]:
    """A sentence for each headline metric that is worse somewhere over two quantities."""
    x, y = phase.study["varying"]
    unit = voice.name("unit", phase.study["varying"][y]["unit"])
    usual = _usual(voice, phase, y)
    found = []
    for metric in HEADLINE:
        part = rows[rows.metric == metric]
        worse = part[part.verdict == "worse"]
        if worse.empty:
            continue
        last = largest(worse, "difference")
        everywhere = len(worse) == (part[y] >= worse[y].min()).sum()
        found.append(
            voice.say(
                "limit.worse_above" if everywhere else "limit.worse_points",
                metric=voice.metric(metric),
                count=len(worse),
                points=len(part),
                x=voice.name("quantity", x),
                y=voice.name("quantity", y),
                start=f"{worse[y].min():.3g}",
                unit=unit,
                usual=usual,
                most=voice.change(last.difference, row_scale(last)),
            )
        )
    return found


def _usual(voice: Voice, phase: Saved, quantity: str) -> str:
    """What a quantity is where it does not vary, where the study keeps it."""
    value: Any = phase.setting
    for name in phase.study["varying"][quantity]["keys"][0].split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return "" if value is None else voice.say("limit.usual", value=f"{value:g}")


def _costs(voice: Voice, saved: Saved) -> list[str]:
    """What gets worse besides the headline, the largest relative changes first."""
    rows = saved.main
    worse = rows[(rows.group == "all") & (rows.verdict == "worse") & ~rows.metric.isin(HEADLINE)]
    worse = worse[worse.metric.isin(METRICS)]
    size = (worse.difference / worse.baseline.where(worse.baseline != 0)).abs()
    chosen = worse.loc[size.sort_values(ascending=False).index[:COSTS]]
    words = [_cost(voice, row) for row in each(chosen)]
    return [voice.say("limit.costs", costs=voice.listed(words))] if words else []


def _cost(voice: Voice, row: Any) -> str:
    scale = row_scale(row)
    return voice.say(
        "limit.cost",
        metric=voice.metric(row.metric),
        before=plain(row.baseline, scale),
        after=voice.value(row.alternative, scale),
    )


def _overtime(voice: Voice, saved: Saved) -> list[str]:
    """Roles whose overtime grows, and falls, by the test of groups where there is one."""
    tested = saved.table("equity")
    rows = saved.main if tested is None else tested
    rows = rows[rows.group.str.startswith("role:") & (rows.metric == "overtime")]
    grows = _changes(voice, rows[rows.verdict == "worse"])
    falls = _changes(voice, rows[rows.verdict == "better"])
    if not grows or not saved.setting:
        return []
    words = voice.say("limit.overtime", items=grows, days=f"{saved.setting['clock']['days']:g}")
    return [voice.say("limit.overtime_less", grows=words, items=falls) if falls else words]


def _changes(voice: Voice, rows: pd.DataFrame) -> str:
    """Roles with what was and is, the largest change first."""
    order = rows.difference.abs().sort_values(ascending=False).index
    items = [
        voice.say(
            "limit.role_change",
            role=voice.of_group(row.group),
            before=plain(row.baseline, row_scale(row)),
            after=voice.value(row.alternative, row_scale(row)),
        )
        for row in each(rows.loc[order])
    ]
    return voice.listed(items)


def _groups(voice: Voice, saved: Saved) -> tuple[list[str], list[str]]:
    """Residents and communities: who waits longer in the median, and of whom that is not shown."""
    families = saved.table("equity_families")
    if families is not None:
        chosen = families.family.isin(("residents", "age", "community")) & (families.metric == LEAD)
        some = families.worse.notna() & (families.worse != "")
        worse, others = (families[chosen & part] for part in (some, ~some))
        return list(conclusions(voice, worse)), list(conclusions(voice, others))
    found: tuple[list[str], list[str]] = ([], [])
    for kind in ("community", "residents"):
        rows = saved.main
        part = rows[rows.group.str.startswith(f"{kind}:") & (rows.metric == LEAD)]
        names = [voice.of_group(name) for name in part[part.verdict == "worse"].group]
        said = {"count": len(part), "kind": voice.name("group", kind), "metric": voice.metric(LEAD)}
        if len(part):
            key = "limit.groups" if names else "limit.no_group"
            found[not names].append(voice.say(key, names=voice.listed(names), **said))
    return found
