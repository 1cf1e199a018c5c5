"""The sections of a page, in their order, for every kind of study."""

import importlib
from collections.abc import Callable
from typing import Any

import pandas as pd

from sim.metrics import HEADLINE
from sim.report.blocks import Block, Cell, Points, Ready, Section, Table, Words
from sim.report.caveats import caveats
from sim.report.contrasts import arms_table, headline_rows, metrics_table
from sim.report.evidence import assumptions, claims
from sim.report.figures import by_metric, missing, shown
from sim.report.finding import answers
from sim.report.kinds import KIND, breakeven, ladder, multiverse, phase, shapley
from sim.report.origin import origin, studies_beside
from sim.report.rows import each
from sim.report.saved import Saved
from sim.report.voice import Voice
from sim.report.winners import winners
from sim.words import catalogue

type Told = Callable[[Voice, Saved], list[Block]]
DRAWN_OF_MANY = (HEADLINE[0], HEADLINE[4])  # metrics whose figures another study's page lends


def sections(voice: Voice, saved: Saved) -> list[Section]:
    """Every section of the page of a study."""
    told = COMPARE if saved.kind == "compare" else _of_kind(saved.kind)
    made = [Section(key, voice.say(f"section.{key}"), blocks(voice, saved)) for key, blocks in told]
    return [section for section in made if section.blocks]


def _of_kind(kind: str) -> list[tuple[str, Told]]:
    """The sections of a study that is no comparison in one world."""
    telling = KIND[kind]
    return [
        ("finding", telling.answers),
        ("caveats", _caveats),
        (f"of_{kind}", telling.blocks),
        ("assumptions", assumptions),
        ("origin", _origin_alone),
    ]


def _caveats(voice: Voice, saved: Saved) -> list[Block]:
    return [Points(caveats(voice, saved))]


def _tables(voice: Voice, saved: Saved) -> list[Block]:
    """The headline contrast, the focus against every arm, and all other metrics."""
    before, after = saved.baseline, saved.focus
    arms = {"baseline": voice.arm(before), "focus": voice.arm(after)}
    rows = headline_rows(saved.main)
    blocks: list[Block] = [
        metrics_table(voice, rows, voice.say("table.headline", **arms), before, after),
        Words(voice.say("how_to_read", n=saved.replications), "note"),
        *_some(_what_arms_are(voice, [before, *_arms(saved)])),
    ]
    named = [pair[0] for pair in saved.study.get("contrasts", []) if pair[1] == after]
    others = [saved.contrast(name, after) for name in named]
    blocks += _some(
        arms_table(voice, others, "baseline_arm", voice.say("table.against", arm=arms["focus"]))
    )
    rest = [saved.contrast(before, arm) for arm in _arms(saved) if arm != after]
    blocks += _some(
        arms_table(voice, rest, "alternative_arm", voice.say("table.arms", arm=arms["baseline"]))
    )
    whole = saved.main.query("group == 'all'")
    whole = whole[~whole.metric.isin(HEADLINE) & whole.baseline.notna()]
    caption = voice.say("table.all", **arms)
    return [*blocks, metrics_table(voice, each(whole), caption, before, after, folded=True)]


def _some(block: Block | None) -> list[Block]:
    return [block] if block is not None else []


def _arms(saved: Saved) -> list[str]:
    """Every arm but the baseline."""
    summary = saved.table("summary")
    found = [] if summary is None else list(dict.fromkeys(summary.alternative_arm))
    return [arm for arm in found if arm != saved.baseline]


def _what_arms_are(voice: Voice, arms: list[str]) -> Table | None:
    """A sentence for each arm that the page has words for; one of the reader's own has none."""
    known = [arm for arm in arms if f"page.arm_is.{arm}" in catalogue()]
    rows = [[Cell(voice.arm(arm), role="name"), Cell(voice.say(f"arm_is.{arm}"))] for arm in known]
    head = [Cell(voice.say("arms_are.arm"), role="name"), Cell(voice.say("arms_are.is"))]
    return Table(voice.say("arms_are.title"), head, rows) if rows else None


def _replay(voice: Voice, saved: Saved) -> list[Block]:
    """One recorded run of both layouts, where it was kept."""
    try:
        replay: Any = importlib.import_module("sim.report.replay")
    except ModuleNotFoundError:
        return [Words(voice.say("missing.replay"), "note")]
    markup = replay.replay_block(saved.folder, voice.lang)
    if markup is None:
        return [Words(voice.say("missing.replay"), "note")]
    return [Ready(markup, voice.say("replay.printed"))]


def _shape(voice: Voice, saved: Saved) -> list[Block]:
    return shown(voice, saved, ["response", "waiting", "map", "workload"])


def _scenarios(voice: Voice, saved: Saved) -> list[Block]:
    blocks = shown(voice, saved, ["pairs"])
    beside = saved.beside("ladder")
    if beside is None:
        return [*blocks, missing(voice, saved, "ladder")]
    table = ladder.table(voice, beside, folded=True)
    return [*blocks, _from(voice, beside), *shown(voice, beside, ["ladder"]), table]


def _parts(voice: Voice, saved: Saved) -> list[Block]:
    beside = saved.beside("shapley")
    effects, ends = (beside.table(name) if beside else None for name in ("effects", "ends"))
    if beside is None or effects is None or ends is None:
        return [missing(voice, saved, "shapley")]
    return [
        _from(voice, beside),
        Words(shapley.finding(voice, effects, ends)),
        *shapley.tables(voice, beside),
        *by_metric(voice, beside, "shapley", HEADLINE[:1]),
    ]


def _worth(voice: Voice, saved: Saved) -> list[Block]:
    """Over two quantities, against more people, and over everything nobody wrote down."""
    blocks: list[Block] = []
    for kind, told in {"phase": _phase, "breakeven": _breakeven, "multiverse": _multiverse}.items():
        blocks.append(Words(voice.say(f"worth.{kind}"), "sub"))
        beside = saved.beside(kind)
        if beside is None or beside.main.empty:
            blocks.append(missing(voice, saved, kind))
        else:
            blocks += [_from(voice, beside), *told(voice, beside)]
    return blocks


def _phase(voice: Voice, beside: Saved) -> list[Block]:
    figures = by_metric(voice, beside, "phase", DRAWN_OF_MANY)
    return [phase.table(voice, beside), *figures]


def _breakeven(voice: Voice, beside: Saved) -> list[Block]:
    found: pd.DataFrame | None = beside.table("crossings")
    if found is None:
        return []
    return [
        Words(breakeven.finding(voice, beside, found)),
        *_some(breakeven.table(voice, beside)),
        *by_metric(voice, beside, "breakeven", HEADLINE[:1]),
    ]


def _multiverse(voice: Voice, beside: Saved) -> list[Block]:
    return multiverse.blocks(voice, beside)


def _from(voice: Voice, beside: Saved) -> Words:
    """Which study the next tables and figures come from."""
    text = voice.say(
        "from_study",
        kind=voice.say(f"kind.{beside.kind}"),
        name=voice.name("study_name", beside.name),
        digest=beside.digest[:12],
        n=beside.replications,
    )
    return Words(text, "source")


def _assumptions(voice: Voice, saved: Saved) -> list[Block]:
    return [*assumptions(voice, saved), *claims(voice, saved)]


def _origin(voice: Voice, saved: Saved) -> list[Block]:
    return origin(voice, saved, studies_beside(saved))


def _origin_alone(voice: Voice, saved: Saved) -> list[Block]:
    return origin(voice, saved, [])


COMPARE: list[tuple[str, Told]] = [
    ("finding", answers),
    ("caveats", _caveats),
    ("tables", _tables),
    ("replay", _replay),
    ("shape", _shape),
    ("scenarios", _scenarios),
    ("parts", _parts),
    ("worth", _worth),
    ("winners", winners),
    ("assumptions", _assumptions),
    ("origin", _origin),
]
