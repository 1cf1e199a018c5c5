"""The tables of the answers: what the files hold, what the figure plots, what is printed."""

from typing import Any

import pandas as pd
from rich.table import Table

from experiments.hypotheses.statistic import CONTEXT, Finding, answer
from experiments.hypotheses.ten import TEN
from experiments.hypotheses.why import WHY

Findings = dict[int, list[Finding]]

ANSWERS = [
    *("number", "claim", "quantity", "unit", "threshold", "estimate", "lo", "hi", "n"),
    *("verdict", "answer", "note"),
]
PLOTTED = [
    *("number", "topic", "answer", "quantity", "low", "high", "estimate", "lo", "hi", "n"),
    "verdict",
]
POINTS = ["number", "quantity", "unit", "replication", "value"]
STYLES = {"holds": "green", "fails": "red", "undecided": "yellow", "context": "dim"}


def answers_of(findings: Findings) -> pd.DataFrame:
    """Every quantity with its interval and verdict, and the answer to the whole hypothesis."""
    rows = []
    for number, item in _each(findings):
        claim = item.claim
        what = (number, TEN[number].claim, claim.quantity, claim.unit, claim.threshold)
        found = (item.estimate, item.lo, item.hi, len(item.points), item.verdict)
        rows.append((*what, *found, answer(findings[number]), WHY[number]))
    return pd.DataFrame(rows, columns=ANSWERS)


def points_of(findings: Findings) -> pd.DataFrame:
    """Every quantity in every replication."""
    rows = [
        (number, item.claim.quantity, item.claim.unit, replication, value)
        for number, item in _each(findings)
        for replication, value in enumerate(item.points)
    ]
    return pd.DataFrame(rows, columns=POINTS)


def plotted(findings: Findings) -> pd.DataFrame:
    """What the figure shows: the quantities with a claim, in every replication."""
    rows = []
    for number, item in _each(findings):
        claim = item.claim
        if item.verdict != CONTEXT:
            what = (number, TEN[number].topic, answer(findings[number]), claim.quantity)
            found = (item.estimate, item.lo, item.hi, len(item.points), item.verdict)
            rows.append((*what, claim.low, claim.high, *found))
    claims = pd.DataFrame(rows, columns=PLOTTED)
    return claims.merge(points_of(findings), on=["number", "quantity"], how="left")


def _each(findings: Findings) -> list[tuple[int, Finding]]:
    return [(number, item) for number, found in findings.items() for item in found]


def table_of(answers: pd.DataFrame) -> Table:
    """What is printed: a section per hypothesis, a row per quantity, and why."""
    table = Table(title="Hypotheses: 95 % intervals against what was claimed beforehand")
    for name in ("", "quantity", "claimed", "found", "verdict"):
        table.add_column(name, justify="right" if name in ("claimed", "found") else "left")
    for number, part in answers.groupby("number", sort=True):
        first = part.iloc[0]
        claim = f"[bold]{first.claim}[/]"
        table.add_row(f"[bold]{number}[/]", claim, "", "", _styled(first.answer))
        for row in part.to_dict("records"):
            table.add_row("", row["quantity"], *_numbers(row), _styled(row["verdict"]))
        table.add_row("", f"[dim]{first.note}[/]", "", "", "", end_section=True)
    return table


def _numbers(row: dict[Any, Any]) -> tuple[str, str]:
    """The range claimed and what was found, with the unit where numbers need one."""
    unit = "" if row["unit"] in ("ratio", "share", "relative") else f" {row['unit']}"
    claimed = f"{row['threshold']}{unit}" if row["threshold"] else ""
    found = f"{row['estimate']:.3g} [{row['lo']:.3g}, {row['hi']:.3g}]"
    return claimed, f"{found}{unit}"


def _styled(verdict: Any) -> str:
    return f"[{STYLES[str(verdict)]}]{verdict}[/]"
