"""What a comparison finds, in sentences made from its tables.

Five questions: is it better, by how much, for whom not, how sure, what is assumed. Nothing here
knows the answer: every clause is chosen by a verdict or a sign, and filled from a table.
"""

from typing import Any

import pandas as pd

from sim.metrics import HEADLINE
from sim.report.blocks import Block, Numbers, Points, Words
from sim.report.caveats import size
from sim.report.contrasts import LEAD, headline_rows, key_number, verdict_of
from sim.report.evidence import graded
from sim.report.limits import limits
from sim.report.rows import each, records
from sim.report.saved import Saved
from sim.report.voice import Voice, plain, row_scale
from sim.report.worlds import Range, carried_words, lead_of, range_of, range_words


def answers(voice: Voice, saved: Saved) -> list[Block]:
    """The five answers of a comparison."""
    worlds = saved.beside("multiverse")
    rows = headline_rows(saved.main)
    ranges = _ranges(saved, worlds)
    numbers = [key_number(voice, row, _between(voice, ranges, row.metric)) for row in rows]
    return [
        Words(voice.say("ask.better"), "ask"),
        Words(lead(voice, saved, rows[0], ranges.get(rows[0].metric)), "lead"),
        *(Words(words, "warning") for words in size(voice, saved)),
        Words(_score(voice, saved, rows)),
        Words(voice.say("ask.much"), "ask"),
        Numbers(numbers, voice.arm(saved.baseline), voice.arm(saved.focus)),
        Words(voice.say("ask.whom"), "ask"),
        *limits(voice, saved, rows),
        Words(voice.say("ask.sure"), "ask"),
        Points(sureness(voice, saved, rows[0], worlds, ranges.get(rows[0].metric))),
        Words(voice.say("ask.assumed"), "ask"),
        Points(assumed(voice, saved, worlds)),
    ]


def _score(voice: Voice, saved: Saved, rows: list[Any]) -> str:
    """How many headline metrics are better, worse, neither; and that an answer is no closure."""
    verdicts = [verdict_of(row) for row in rows]
    better, worse = verdicts.count("better"), verdicts.count("worse")
    rest = len(rows) - better - worse
    said = {"count": len(rows), "better": better, "worse": worse, "rest": rest}
    return voice.say("score.words", closed=_closed(voice, saved), **said)


def _closed(voice: Voice, saved: Saved) -> str:
    """Median and mean time to closure, before and after."""
    items = []
    for metric in ("closure_median", "closure_mean"):
        for row in each(saved.main.query("group == 'all' and metric == @metric")):
            before = plain(row.baseline, row_scale(row))
            after = voice.value(row.alternative, row_scale(row))
            name = voice.metric(metric)
            items.append(voice.say("score.closed", metric=name, before=before, after=after))
    return voice.listed(items)


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
        between=voice.span(row.lo, row.hi, scale),
    )


def sureness(
    voice: Voice, saved: Saved, row: Any, worlds: Saved | None, found_over: Range | None
) -> list[str]:
    """How much is guessed, what the open choices do, what chance could do; the guards last.

    The largest doubt comes first.
    """
    scale = row_scale(row)
    reach = plain((row.hi - row.lo) / 2, scale) + voice.unit(scale.unit, change=True)
    metric = voice.metric(row.metric)
    found = _guessed(voice, saved)
    if worlds is None:
        found.append(voice.say("sure.no_range", command=saved.command("multiverse")))
    else:
        if found_over is not None:
            found.append(_span_words(voice, found_over, metric))
        best = worlds.table("best")
        if best is not None and saved.focus in best:
            found.append(_best_words(voice, best, saved.focus))
    found.append(voice.say("sure.chance", n=int(row.n), metric=metric, reach=reach))
    if saved.manifest.get("guards"):
        found.append(voice.say("sure.guards"))
    return found


def _guessed(voice: Voice, saved: Saved) -> list[str]:
    evidence = saved.table("evidence")
    if evidence is None or "grade" not in evidence:
        return []
    guesses = (graded(evidence).grade == "G").mean()
    return [voice.say("sure.guesses", share=voice.percent(guesses))]


def _span_words(voice: Voice, found: Range, metric: str) -> str:
    low, high = (voice.change(value, found.scale) for value in (found.most, found.least))
    return voice.say("sure.span", worlds=f"{found.worlds:,}", metric=metric, low=low, high=high)


def _best_words(voice: Voice, best: pd.DataFrame, focus: str) -> str:
    items = [f"{voice.metric(row['metric'])} {voice.percent(row[focus])}" for row in records(best)]
    worlds = int(best.worlds.iloc[0])
    names = [str(name) for name in best if name not in ("metric", "worlds")]
    return voice.say(
        "sure.best",
        arm=voice.arm(focus),
        worlds=worlds,
        arms=len(names),
        names=voice.listed([voice.say("quoted", name=voice.arm(name)) for name in names]),
        items=voice.listed(items),
    )


def assumed(voice: Voice, saved: Saved, worlds: Saved | None) -> list[str]:
    """What is the same in both arms, how much is guessed, and what the result hangs on."""
    found = _same_in_both(voice, saved)
    evidence = saved.table("evidence")
    if evidence is not None and "grade" in evidence:
        evidence = graded(evidence)
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


def _same_in_both(voice: Voice, saved: Saved) -> list[str]:
    """Residents, demand, people: what both arms share."""
    rows = saved.main.query("group == 'all'").set_index("metric")
    if not saved.setting or "requests" not in rows.index:
        return [voice.say("assumed.same_people")]
    days = saved.setting["clock"]["days"]
    return [
        voice.say(
            "assumed.same",
            residents=f"{saved.setting['world']['city']['residents']:,}",
            requests=f"{rows.baseline['requests'] / days:,.0f}",
            days=f"{days:g}",
        )
    ]
