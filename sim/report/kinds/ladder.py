"""One change of the world, or of a lever, at a time."""

import pandas as pd

from sim.metrics import HEADLINE
from sim.report.blocks import Block, Points, Table, Words
from sim.report.contrasts import LEAD, headline_rows, verdict_of
from sim.report.figures import shown
from sim.report.finding import change_words
from sim.report.rows import each
from sim.report.saved import Saved
from sim.report.voice import Voice, scale_of
from sim.report.worlds import worlds_table

NAMED = 3  # worlds that a sentence names


def answers(voice: Voice, saved: Saved) -> list[Block]:
    """The difference in the first world, how far one change moves it, and where it is lost."""
    rows = saved.main
    return [
        Words(voice.say("ask.better"), "ask"),
        Words(_lead(voice, saved, rows[rows.metric == LEAD]), "lead"),
        Words(voice.say("ask.whom"), "ask"),
        Points([_where(voice, rows[rows.metric == metric], metric) for metric in HEADLINE]),
        Words(voice.say("ask.sure"), "ask"),
        Points([voice.say("sure.ladder", worlds=rows.world.nunique(), n=saved.replications)]),
    ]


def _lead(voice: Voice, saved: Saved, rows: pd.DataFrame) -> str:
    first = headline_rows(rows)[0]
    ordered = rows.sort_values("difference")
    low, high = ordered.iloc[0], ordered.iloc[-1]
    scale = scale_of(first.unit, low.difference, high.difference)
    return voice.say(
        "lead.ladder",
        metric=voice.metric(LEAD),
        baseline=voice.arm(saved.baseline),
        focus=voice.arm(saved.focus),
        here=change_words(voice, first),
        worlds=len(rows),
        low=voice.change(low.difference, scale),
        low_world=voice.name("world", low.world),
        high=voice.change(high.difference, scale),
        high_world=voice.name("world", high.world),
    )


def _where(voice: Voice, rows: pd.DataFrame, metric: str) -> str:
    """In which worlds a metric is not shown to be better."""
    verdicts = {row.world: verdict_of(row) for row in each(rows)}
    worse = [_quoted(voice, str(world)) for world, name in verdicts.items() if name == "worse"]
    better = sum(name == "better" for name in verdicts.values())
    named = voice.listed(worse[:NAMED]) if worse else ""
    key = "limit.ladder_worse" if worse else "limit.ladder"
    return voice.say(
        key,
        metric=voice.metric_head(metric),
        better=better,
        worlds=len(verdicts),
        worse=len(worse),
        names=named,
    )


def _quoted(voice: Voice, world: str) -> str:
    """A world's name, which may hold commas."""
    return voice.say("quoted", name=voice.name("world", world))


def blocks(voice: Voice, saved: Saved) -> list[Block]:
    """A row per world, and the rungs as a figure."""
    return [table(voice, saved), *shown(voice, saved, ["ladder"])]


def table(voice: Voice, saved: Saved, *, folded: bool = False) -> Table:
    """The difference in every world."""
    arms = {"focus": voice.arm(saved.focus), "baseline": voice.arm(saved.baseline)}
    caption = voice.say("table.ladder", **arms)
    there = [metric for metric in HEADLINE if metric in set(saved.main.metric)]
    return worlds_table(voice, saved.main, there, caption, folded=folded)
