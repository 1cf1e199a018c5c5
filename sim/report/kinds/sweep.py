"""Over the points of a design."""

from sim.metrics import HEADLINE
from sim.report.blocks import Block, Points, Words
from sim.report.contrasts import LEAD
from sim.report.figures import by_metric
from sim.report.saved import Saved
from sim.report.voice import Voice
from sim.report.worlds import lead_of, range_of, range_table


def answers(voice: Voice, saved: Saved) -> list[Block]:
    """The range of the difference over the points."""
    return [
        Words(voice.say("ask.better"), "ask"),
        Words(lead_of(voice, saved, range_of(saved.main, LEAD), LEAD), "lead"),
        Words(voice.say("ask.whom"), "ask"),
        Points(limits(voice, saved)),
        Words(voice.say("ask.sure"), "ask"),
        Points([voice.say("sure.points", points=saved.main.world.nunique(), n=saved.replications)]),
    ]


def limits(voice: Voice, saved: Saved) -> list[str]:
    """Headline metrics that do not fall at every point."""
    found = []
    for metric in HEADLINE:
        spread = range_of(saved.main, metric)
        if spread is not None and spread.lower < 1:
            span = voice.span(spread.least, spread.most, spread.scale)
            share = voice.percent(spread.lower)
            found.append(
                voice.say("limit.range", metric=voice.metric_head(metric), span=span, share=share)
            )
    return found or [voice.say("limit.none")]


def blocks(voice: Voice, saved: Saved) -> list[Block]:
    """The range of each headline metric, and the difference against every quantity."""
    pairs = [(saved.baseline, saved.focus, saved.main)]
    table = range_table(voice, pairs, voice.say("table.range", arm=voice.arm(saved.focus)))
    return [*([table] if table else []), *by_metric(voice, saved, "sweep")]
