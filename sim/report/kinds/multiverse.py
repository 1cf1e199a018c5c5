"""Over everything nobody wrote down: the range, who is best where, and what carries it."""

from sim.metrics import HEADLINE
from sim.report.blocks import Block, Cell, Points, Table, Words
from sim.report.contrasts import LEAD
from sim.report.figures import shown
from sim.report.rows import records
from sim.report.saved import Saved
from sim.report.voice import Voice
from sim.report.worlds import (
    beaten,
    carried_words,
    lead_of,
    other_is_best,
    range_of,
    range_table,
)


def answers(voice: Voice, saved: Saved) -> list[Block]:
    """The range of the difference, where it is not an improvement, and what carries it."""
    blocks: list[Block] = [
        Words(voice.say("ask.better"), "ask"),
        Words(lead_of(voice, saved, range_of(saved.main, LEAD), LEAD), "lead"),
        Words(voice.say("ask.whom"), "ask"),
        Points(_limits(voice, saved)),
        Words(voice.say("ask.sure"), "ask"),
        Points(_sureness(voice, saved)),
    ]
    carried = saved.table("carried")
    if carried is not None and len(carried):
        blocks += [
            Words(voice.say("ask.assumed"), "ask"),
            Points([carried_words(voice, carried, metric) for metric in HEADLINE[:2]]),
        ]
    return blocks


def _limits(voice: Voice, saved: Saved) -> list[str]:
    found, best = [], saved.table("best")
    for metric in HEADLINE:
        spread = range_of(saved.main, metric)
        if spread is None or spread.lower == 1:
            continue
        span = voice.span(spread.least, spread.most, spread.scale)
        share = voice.percent(spread.lower)
        found.append(
            voice.say("limit.range", metric=voice.metric_head(metric), span=span, share=share)
        )
    if best is not None:
        found += [other_is_best(voice, row) for row in beaten(best, saved.focus)]
    return found or [voice.say("limit.none")]


def _sureness(voice: Voice, saved: Saved) -> list[str]:
    worlds = saved.main.world.nunique()
    return [voice.say("sure.grid", worlds=worlds, n=saved.replications)]


def blocks(voice: Voice, saved: Saved) -> list[Block]:
    """The range against each arm, the best arms, what carries the difference."""
    tables = [make(voice, saved) for make in (_range, _others, _best, _carried)]
    figures = shown(voice, saved, ["worlds", "best", "carried"])
    return [*(table for table in tables if table is not None), *figures]


def _range(voice: Voice, saved: Saved) -> Table | None:
    """The range against the baseline."""
    pairs = [(saved.baseline, saved.focus, saved.main)]
    arms = {"focus": voice.arm(saved.focus), "baseline": voice.arm(saved.baseline)}
    return range_table(voice, pairs, voice.say("table.range_one", **arms))


def _others(voice: Voice, saved: Saved) -> Table | None:
    """The range against every other arm that the study sets the focus against."""
    named = [pair[0] for pair in saved.study.get("contrasts", []) if pair[1] == saved.focus]
    pairs = [(before, saved.focus, saved.contrast(before, saved.focus)) for before in named]
    caption = voice.say("table.range_others", arm=voice.arm(saved.focus))
    return range_table(voice, pairs, caption, folded=True)


def _best(voice: Voice, saved: Saved) -> Table | None:
    best = saved.table("best")
    if best is None:
        return None
    arms = [str(name) for name in best if name not in ("metric", "worlds")]
    head = [
        Cell(voice.say("head.metric"), role="name"),
        *(Cell(voice.arm(arm), role="number") for arm in arms),
    ]
    rows = [
        [
            Cell(voice.metric_head(row["metric"]), role="name"),
            *(Cell(voice.percent(row[arm]), row[arm], role="number") for arm in arms),
        ]
        for row in records(best)
    ]
    caption = voice.say("table.best", worlds=int(best.worlds.iloc[0]))
    return Table(caption, head, rows)


def _carried(voice: Voice, saved: Saved) -> Table | None:
    carried = saved.table("carried")
    if carried is None or carried.empty:
        return None
    once = carried.drop_duplicates(["factor", "metric"])
    wide = once.pivot(index="factor", columns="metric", values="share_of_variance")
    metrics = [metric for metric in HEADLINE if metric in wide]
    head = [
        Cell(voice.say("head.choice"), role="name"),
        *(Cell(voice.metric_head(metric), role="number") for metric in metrics),
    ]
    rows = [
        [
            Cell(voice.name("factor", factor), role="name"),
            *(
                Cell(voice.percent(value), float(value), role="number")
                for value in wide.loc[factor, metrics]
            ),
        ]
        for factor in dict.fromkeys(once.factor)
    ]
    return Table(voice.say("table.carried"), head, rows)
