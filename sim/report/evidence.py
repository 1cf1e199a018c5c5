"""Every assumption with unit, grade and source, and what became of published claims."""

import math
from typing import Any

import pandas as pd

from sim.indices import NOISE_LIMIT
from sim.report.blocks import Block, Cell, Points, Table, Words
from sim.report.rows import records
from sim.report.saved import Saved
from sim.report.voice import MINUS, Voice
from sim.words import say

COLUMNS = ("key", "arms", "value", "unit", "grade", "source", "low", "high", "variance_share")
GRADES = ("A", "D", "L", "G")


def assumptions(voice: Voice, saved: Saved) -> list[Block]:
    """How many numbers are guesses, then all of them."""
    rows = saved.table("evidence")
    if rows is None or rows.empty:
        return [Words(voice.say("missing.evidence"), "note")]
    return [Points([*_grades(voice, rows), *_resting(voice, saved)]), _table(voice, rows)]


def graded(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that are numbers; choices between words have no grade."""
    return rows[rows.grade.isin(GRADES)]


def _resting(voice: Voice, saved: Saved) -> list[str]:
    """The share of each headline's variance that rests on guesses, where a study has it."""
    sobol = saved if saved.kind == "sobol" else saved.beside("sobol")
    rests = sobol.table("rests_on_guesses") if sobol is not None else None
    if rests is None:
        return (
            []
            if saved.kind == "sobol"
            else [voice.say("missing.sobol", command=saved.command("sobol"))]
        )
    clear = rests[rests.share.notna() & (rests.noise_share <= NOISE_LIMIT)]
    noisy = rests[~rests.metric.isin(clear.metric)]
    found = []
    if len(clear):
        items = [_share_words(voice, row) for row in records(clear)]
        found.append(voice.say("rests", items=voice.listed(items)))
    if len(noisy):
        names = [voice.metric(row["metric"]) for row in records(noisy)]
        found.append(voice.say("rests_noisy", items=voice.listed(names)))
    return found


def _share_words(voice: Voice, row: dict[str, Any]) -> str:
    share = f"{voice.percent(row['share'])} [{100 * row['lo']:.0f}, {100 * row['hi']:.0f}]"
    return voice.say("carried.item", name=voice.metric(row["metric"]), share=share)


def _grades(voice: Voice, rows: pd.DataFrame) -> list[str]:
    """A sentence per grade: how many numbers, and how much of the variance rests on them."""
    found, rows = [], graded(rows)
    for grade in GRADES:
        part = rows[rows.grade == grade]
        if part.empty:
            continue
        words = voice.say(
            "grade.count",
            grade=voice.name("grade", grade),
            count=len(part),
            share=voice.percent(len(part) / len(rows)),
        )
        if "variance_share" in part and part.variance_share.notna().any():
            carried = voice.percent(float(part.variance_share.sum()))
            words += voice.say("grade.variance", share=carried)
        found.append(words)
    return found


def _table(voice: Voice, rows: pd.DataFrame) -> Table:
    there = [name for name in COLUMNS if name in rows and rows[name].notna().any()]
    head = [Cell(voice.say(f"evidence.{name}"), role=_role(name)) for name in there]
    body = [[_cell(voice, name, row[name]) for name in there] for row in records(rows)]
    return Table(voice.say("table.evidence", count=len(rows)), head, body, folded=True)


def _role(name: str) -> str:
    return {"key": "key", "source": "words"}.get(name, "short")


def _cell(voice: Voice, name: str, value: Any) -> Cell:
    if pd.isna(value):
        return Cell("", role=_role(name))
    if name == "grade":
        return Cell(voice.name("grade", str(value)), role="short")
    if name == "unit":
        return Cell(voice.name("evidence_unit", str(value)), role="short")
    if name == "arms":
        arms = [
            voice.arm(arm) if arm != "all" else voice.say("evidence.every_arm")
            for arm in str(value).split(", ")
        ]
        return Cell(voice.listed(arms), role="short")
    if name == "variance_share":
        return Cell(voice.percent(float(value)), float(value), role="short")
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return Cell(text, role=_role(name))


def claims(voice: Voice, saved: Saved) -> list[Block]:
    """The checkable statements of the article, each with what the model says of it."""
    path = saved.folder.parent.parent / "claims" / saved.name / "claims.csv"
    title = Words(voice.say("claims.title"), "sub")
    if not path.is_file():
        return [title, Words(voice.say("missing.claims"), "note")]
    names = ("statement", "article", "model", "verdict", "why")
    head = [
        Cell(voice.say(f"claims.{name}"), role="name" if name == "statement" else "words")
        for name in names
    ]
    body = [_claim(voice, row) for row in records(pd.read_csv(path, keep_default_na=True))]
    return [title, Table(voice.say("table.claims"), head, body)]


def _claim(voice: Voice, row: dict[str, Any]) -> list[Cell]:
    """A statement: the article's number, the model's, and the verdict in words."""
    key, verdict = row["claim"], row["verdict"]
    numbers = {name: _three(row[name]) for name in ("model", "lo", "hi", "region_lo", "region_hi")}
    shares = {f"{name}_pct": _three(100 * row[name]) for name in numbers}
    found = f"{numbers['model']} [{numbers['lo']}, {numbers['hi']}]" if row["n"] else "–"
    article = voice.say(f"claim_unit.{row['unit']}", number=_three(row["article"]))
    return [
        Cell(say(voice.lang, f"claims.{key}.name"), role="name"),
        Cell(article, row["article"]),
        Cell(found, row["model"] if row["n"] else None),
        Cell(say(voice.lang, f"claims.verdict.{verdict}")),
        Cell(say(voice.lang, f"claims.{key}.{verdict}", **numbers, **shares)),
    ]


def _three(number: float) -> str:
    """Three significant digits, large numbers in full, with a real minus sign."""
    if math.isnan(number):
        return "–"
    text = f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"
    return text.replace("-", MINUS)
