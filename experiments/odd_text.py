"""Markdown tables, and meanings that end with their unit in brackets."""

import re
from collections.abc import Sequence

_UNIT = re.compile(r"\s*\[(?P<unit>[^\[\]]+)\]")


class OddError(LookupError):
    """Something the model holds and the tables cannot say; one line names it."""


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Rows as Markdown."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")


def split_unit(text: str) -> tuple[str, str]:
    """Words and unit of a meaning: the unit is its last bracket."""
    found = list(_UNIT.finditer(text))
    if not found:
        return text.strip(), ""
    last = found[-1]
    words = (text[: last.start()] + text[last.end() :]).strip(" ;")
    return words, last["unit"]
