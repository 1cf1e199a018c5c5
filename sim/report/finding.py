"""What a comparison finds, in sentences made from its tables.

Five questions: is it better, by how much, for whom not, how sure, what is assumed. Nothing here
knows the answer: every clause is chosen by a verdict or a sign, and filled from a table.
"""

from typing import Any

import pandas as pd

from sim.metrics import HEADLINE, METRICS
from sim.report.blocks import Block, Numbers, Points, Words
from sim.report.contrasts import headline_rows, key_number, verdict_of, verdict_words
from sim.report.saved import Saved
from sim.report.voice import Voice, plain, row_scale
from sim.report.worlds import Range, lead_of, range_of, range_words

COSTS = 3  # of what gets worse besides the headline, the largest are named
LEAD = HEADLINE[0]


def answers(voice: Voice, saved: Saved) -> list[Block]:
    """The five answers of a comparison."""
    worlds = saved.beside("multiverse")
    rows = headline_rows(saved.main)
    ranges = _ranges(saved, worlds)
    numbers = [key_number(voice, row, _between(voice, ranges, row.metric)) for row in rows]
    return [
        Words(voice.say("ask.better"), "ask"),
        Words(lead(voice, saved, rows[0], ranges.get(rows[0].metric)), "lead"),
        Words(voice.say("ask.much"), "ask"),
        Numbers(numbers, voice.arm(saved.baseline), voice.arm(saved.focus)),
        Words(voice.say("ask.whom"), "ask"),
        Points(limits(voice, saved, rows)),
        Words(voice.say("ask.sure"), "ask"),
        Points(sureness(voice, saved, rows[0], worlds)),
        Words(voice.say("ask.assumed"), "ask"),
        Points(assumed(voice, saved, worlds)),
    ]


def _ranges(saved: Saved, worlds: Saved | None) -> dict[str, Range]:
    if worlds is None:
        return {}
    rows = worlds.contrast(saved.baseline, saved.focus)
    found = {metric: range_of(rows, metric) for metric in HEADLINE}
    return {metric: each for metric, each in found.items() if each is not None}


def _between(voice: Voice, ranges: dict[str, Range], metric: str) -> str:
    return range_words(voice, ranges[metric]) if metric in ranges else ""


def lead(voice: Voice, saved: Saved, row: Any, found: Range | None) -> str:
    """The finding in one sentence, with its range where many worlds were run."""
    here = change_words(voice, row)
    arms = {"focus": voice.arm(saved.focus), "baseline": voice.arm(saved.baseline)}
    if found is None:
        return voice.say("lead.one_world", metric=voice.metric(row.metric), here=here, **arms)
    return lead_of(voice, saved, found, row.metric) + voice.say("lead.here", here=here)


def change_words(voice: Voice, row: Any) -> str:
    """From baseline to alternative, or that no difference is seen."""
    scale = row_scale(row)
    unit = voice.unit(scale.unit)
    key = {"better": "changed", "worse": "changed"}.get(verdict_of(row), verdict_of(row))
    way = voice.say("way.falls" if row.difference < 0 else "way.rises")
    return voice.say(
        f"here.{key}",
        way=way,
        before=plain(row.baseline, scale) + unit,
        after=plain(row.alternative, scale) + unit,
        change=voice.change(row.difference, scale),
        lo=voice.interval(row.lo, row.hi, scale),
    )


def limits(voice: Voice, saved: Saved, rows: list[Any]) -> list[str]:
    """Where, for whom and in what the finding does not hold."""
    found = [_not_better(voice, row) for row in rows if verdict_of(row) != "better"]
    found += _where_load_is_high(voice, saved)
    found += _costs(voice, saved)
    found += _groups(voice, saved)
    return found or [voice.say("limit.none")]


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
    return worse_points(voice, phase, phase.contrast(saved.baseline, saved.focus))


def worse_points(voice: Voice, phase: Saved, rows: pd.DataFrame) -> list[str]:
    """A sentence for each headline metric that is worse somewhere over two quantities."""
    x, y = phase.study["varying"]
    unit = phase.study["varying"][y]["unit"]
    found = []
    for metric in HEADLINE:
        part = rows[rows.metric == metric]
        worse = part[part.verdict == "worse"]
        if worse.empty:
            continue
        last = worse.loc[worse.difference.abs().idxmax()]
        found.append(
            voice.say(
                "limit.worse_points",
                metric=voice.metric(metric),
                count=len(worse),
                points=len(part),
                x=voice.name("quantity", x),
                y=voice.name("quantity", y),
                start=f"{worse[y].min():.3g}",
                unit=voice.name("quantity_unit", unit),
                most=voice.change(last.difference, row_scale(last)),
            )
        )
    return found


def _costs(voice: Voice, saved: Saved) -> list[str]:
    """What gets worse besides the headline, the largest relative changes first."""
    rows = saved.main
    worse = rows[(rows.group == "all") & (rows.verdict == "worse") & ~rows.metric.isin(HEADLINE)]
    worse = worse[worse.metric.isin(METRICS)]
    size = (worse.difference / worse.baseline.where(worse.baseline != 0)).abs()
    chosen = worse.loc[size.sort_values(ascending=False).index[:COSTS]]
    words = [_cost(voice, row) for row in chosen.itertuples()]
    return [voice.say("limit.costs", costs=voice.listed(words))] if words else []


def _cost(voice: Voice, row: Any) -> str:
    scale = row_scale(row)
    return voice.say(
        "limit.cost",
        metric=voice.metric(row.metric),
        before=plain(row.baseline, scale),
        after=voice.value(row.alternative, scale),
    )


def _groups(voice: Voice, saved: Saved) -> list[str]:
    """Communities and residents whose median response is shown to be longer."""
    rows = saved.main
    found = []
    for kind in ("community", "residents"):
        part = rows[rows.group.str.startswith(f"{kind}:") & (rows.metric == LEAD)]
        if part.empty:
            continue
        names = [voice.of_group(name) for name in part[part.verdict == "worse"].group]
        key = "limit.groups" if names else "limit.no_group"
        found.append(
            voice.say(
                key,
                count=len(part),
                kind=voice.name("group", kind),
                metric=voice.metric(LEAD),
                names=voice.listed(names),
            )
        )
    return found


def sureness(voice: Voice, saved: Saved, row: Any, worlds: Saved | None) -> list[str]:
    """What chance could do, what the open choices do, and that the guards hold."""
    scale = row_scale(row)
    reach = plain((row.hi - row.lo) / 2, scale) + voice.unit(scale.unit, change=True)
    metric = voice.metric(row.metric)
    found = [voice.say("sure.chance", n=int(row.n), metric=metric, reach=reach)]
    if worlds is None:
        found.append(voice.say("sure.no_range", command=saved.command("multiverse")))
    else:
        best = worlds.table("best")
        if best is not None and saved.focus in best:
            found.append(_best_words(voice, best, saved.focus))
    if saved.manifest.get("guards"):
        found.append(voice.say("sure.guards"))
    return found


def _best_words(voice: Voice, best: pd.DataFrame, focus: str) -> str:
    items = [
        f"{voice.metric(row['metric'])} {voice.percent(row[focus])}"
        for row in best.to_dict("records")
    ]
    worlds = int(best.worlds.iloc[0])
    return voice.say("sure.best", arm=voice.arm(focus), worlds=worlds, items=voice.listed(items))


def assumed(voice: Voice, saved: Saved, worlds: Saved | None) -> list[str]:
    """What is the same in both arms, how much is guessed, and what the result hangs on."""
    case = saved.manifest["cases"][saved.baseline]
    rows = saved.main.query("group == 'all'").set_index("metric")
    requests = float(rows.baseline.get("requests", float("nan"))) / case["clock"]["days"]
    found = [
        voice.say(
            "assumed.same",
            residents=f"{case['world']['city']['residents']:,}",
            requests=f"{requests:,.0f}",
            days=case["clock"]["days"],
        )
    ]
    evidence = saved.table("evidence")
    if evidence is not None and "grade" in evidence:
        guesses = int((evidence.grade == "G").sum())
        found.append(
            voice.say(
                "assumed.guesses",
                total=len(evidence),
                guesses=guesses,
                share=voice.percent(guesses / max(len(evidence), 1)),
                section=10,
            )
        )
    carried = worlds.table("carried") if worlds is not None else None
    if carried is not None and len(carried):
        found.append(carried_words(voice, carried, LEAD))
    return found


def carried_words(voice: Voice, carried: pd.DataFrame, metric: str) -> str:
    """The open choices that carry most of a difference's variance between worlds."""
    once = carried[carried.metric == metric].drop_duplicates("factor")
    first = once.sort_values("share_of_variance", ascending=False).head(2)
    items = [
        voice.say("carried.item", name=voice.name("factor", name), share=voice.percent(share))
        for name, share in zip(first.factor, first.share_of_variance, strict=True)
    ]
    return voice.say("carried.words", metric=voice.metric(metric), items=voice.listed(items))
