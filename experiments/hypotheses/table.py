"""The answers as a person reads them in the terminal."""

from typing import Any

import pandas as pd
from rich.table import Table

ANSWERS = [
    *("number", "claim", "quantity", "unit", "threshold", "estimate", "lo", "hi", "n"),
    *("verdict", "answer", "note"),
]
STYLES = {"holds": "green", "fails": "red", "undecided": "yellow", "context": "dim"}


def table_of(answers: pd.DataFrame) -> Table:
    """A section per hypothesis, a row per quantity."""
    table = Table(title="Hypotheses: 95 % intervals against what was claimed beforehand")
    for name in ("", "quantity", "claimed", "found", "verdict"):
        table.add_column(name, justify="right" if name in ("claimed", "found") else "left")
    for number, part in answers.groupby("number", sort=True):
        first = part.iloc[0]
        table.add_row(
            f"[bold]{number}[/]", f"[bold]{first.claim}[/]", "", "", _styled(first.answer)
        )
        for row in part.to_dict("records"):
            claimed = f"{row['threshold']} {_unit(row)}" if row["threshold"] else ""
            found = f"{_short(row['estimate'])} [{_short(row['lo'])}, {_short(row['hi'])}]"
            table.add_row(
                "", row["quantity"], claimed, f"{found} {_unit(row)}", _styled(row["verdict"])
            )
        table.add_row("", f"[dim]{first.note}[/]", "", "", "", end_section=True)
    return table


def _unit(row: dict[Any, Any]) -> str:
    return "" if row["unit"] in ("ratio", "share", "relative") else str(row["unit"])


def _short(value: float) -> str:
    return f"{value:.3g}"


def _styled(verdict: Any) -> str:
    return f"[{STYLES[str(verdict)]}]{verdict}[/]"
