"""Over everything nobody wrote down: the range, who is best where, and what carries it."""

import pandas as pd

from sim.metrics import HEADLINE
from sim.report.blocks import Block, Cell, Points, Table, Words
from sim.report.figures import shown
from sim.report.finding import LEAD, carried_words
from sim.report.saved import Saved
from sim.report.voice import Voice
from sim.report.worlds import lead_of, range_of, range_table


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
        found += [_other_is_best(voice, row) for row in _beaten(best, saved.focus)]
    return found or [voice.say("limit.none")]


def _beaten(best: pd.DataFrame, focus: str) -> list[tuple[str, str, float]]:
    """Metrics in which another arm is best in more worlds: metric, arm, share."""
    arms = [name for name in best if name not in ("metric", "worlds")]
    found = []
    for row in best.to_dict("records"):
        first = max(arms, key=lambda arm: float(row[arm]))
        if first != focus and row[first] > row.get(focus, 0.0):
            found.append((str(row["metric"]), first, float(row[first])))
    return found


def _other_is_best(voice: Voice, row: tuple[str, str, float]) -> str:
    metric, arm, share = row
    return voice.say(
        "limit.other_best",
        metric=voice.metric(metric),
        arm=voice.arm(arm),
        share=voice.percent(share),
    )


def _sureness(voice: Voice, saved: Saved) -> list[str]:
    worlds = saved.main.world.nunique()
    return [voice.say("sure.grid", worlds=worlds, n=saved.replications)]


def blocks(voice: Voice, saved: Saved) -> list[Block]:
    """The range against each arm, the best arms, what carries the difference."""
    tables = [_range(voice, saved), _best(voice, saved), _carried(voice, saved)]
    figures = shown(voice, saved, ["worlds", "best", "carried"])
    return [*(table for table in tables if table is not None), *figures]


def _range(voice: Voice, saved: Saved) -> Table | None:
    study = saved.study
    others = [pair[0] for pair in study.get("contrasts", []) if pair[1] == saved.focus]
    pairs = [
        (before, saved.focus, saved.contrast(before, saved.focus))
        for before in (saved.baseline, *others)
    ]
    return range_table(voice, pairs, voice.say("table.range", arm=voice.arm(saved.focus)))


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
        for row in best.to_dict("records")
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
