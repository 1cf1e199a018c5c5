"""How names and numbers are said in one language.

A number keeps the decimals of its row, so that a difference is that of the numbers beside it. A
minus is a real minus sign. Shares are shown in percent, their differences in percentage points.
"""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from sim.figures.names import named
from sim.metrics import METRICS
from sim.words import Lang, catalogue, say, term

MINUS = "\N{MINUS SIGN}"
WIDE = 200  # minutes and hours from here on need no decimals, where their interval is wide


class Scale(NamedTuple):
    """How the numbers of a row are written: times ``factor``, so many decimals."""

    factor: float
    digits: int
    unit: str


def scale_of(unit: str, *values: float, reach: float = math.nan) -> Scale:
    """The scale that suits values of one unit.

    Parameters
    ----------
    reach : half the width of an interval, which decides whether decimals mean anything
    """
    known = [abs(value) for value in values if math.isfinite(value)]
    most = max(known, default=0.0)
    match unit:
        case "share":
            return Scale(100.0, 1 if most >= 0.01 or most == 0 else 2, "percent")
        case "gini":
            return Scale(1.0, 3, "")
        case "count":
            return Scale(1.0, 0 if most >= 100 else 1 if most >= 10 else 3, "")
        case _:
            return Scale(1.0, 0 if most >= WIDE and not reach < 1 else 1, unit)


def plain(value: float, scale: Scale) -> str:
    """A number without its unit."""
    if not math.isfinite(value):
        return "–"
    text = f"{abs(value) * scale.factor:,.{scale.digits}f}"
    return MINUS + text if value < 0 and text.strip("0.,") else text


def signed(value: float, scale: Scale) -> str:
    """A difference without its unit."""
    text = plain(value, scale)
    return f"+{text}" if value > 0 and text.strip("0.,") else text


@dataclass(frozen=True)
class Voice:
    """One language."""

    lang: Lang

    def say(self, key: str, **fields: object) -> str:
        """Words of the page."""
        return say(self.lang, f"page.{key}", **fields)

    def name(self, kind: str, name: str) -> str:
        """What something is called: by the page's own words, or by the shared terms."""
        if f"page.{kind}.{name}" in catalogue():
            return self.say(f"{kind}.{name}")
        return named(self.lang, kind, name)

    def arm(self, name: str) -> str:
        """An arm."""
        return self.name("arm", name)

    def metric(self, name: str) -> str:
        """A metric, as in the middle of a sentence."""
        if name in METRICS and f"terms.metric.{name}" not in catalogue():
            return METRICS[name].words
        return term(self.lang, "metric", name)

    def metric_head(self, name: str) -> str:
        """A metric, as it begins a line."""
        text = self.metric(name)
        return text[:1].upper() + text[1:]

    def of_group(self, group: str) -> str:
        """A group of requests or workers, ``kind:name``."""
        kind, _, name = group.partition(":")
        return (
            self.name(kind, name) if name and kind != "community" else name or self.say("everybody")
        )

    def unit(self, unit: str, *, change: bool = False) -> str:
        """A unit after a number, with the space that belongs before it."""
        if not unit:
            return ""
        if unit == "percent":
            return self.say("unit.points" if change else "unit.percent")
        text = term(self.lang, "unit", unit)
        return f"\N{NO-BREAK SPACE}{text}" if self.lang == "en" else text

    def value(self, value: float, scale: Scale) -> str:
        """A number with its unit."""
        return plain(value, scale) + self.unit(scale.unit)

    def change(self, value: float, scale: Scale) -> str:
        """A difference with its unit."""
        return signed(value, scale) + self.unit(scale.unit, change=True)

    def interval(self, lo: float, hi: float, scale: Scale) -> str:
        """An interval in brackets, without unit."""
        return f"[{signed(lo, scale)}, {signed(hi, scale)}]"

    def span(self, low: float, high: float, scale: Scale) -> str:
        """From the smaller to the larger of two differences, with the unit."""
        ends = {"low": signed(low, scale), "high": signed(high, scale)}
        return self.say("span", **ends) + self.unit(scale.unit, change=True)

    def percent(self, share: float, digits: int = 0) -> str:
        """A share of worlds, of variance, of numbers."""
        return plain(share, Scale(100.0, digits, "")) + self.say("unit.percent")

    def listed(self, items: list[str]) -> str:
        """Names or short clauses, one after the other."""
        if len(items) < 2:
            return "".join(items)
        return self.say(
            "list.last", first=self.say("list.between").join(items[:-1]), last=items[-1]
        )


def row_scale(row: Any) -> Scale:
    """The scale of a row of a contrast."""
    return scale_of(row.unit, row.baseline, row.alternative, reach=(row.hi - row.lo) / 2)


def rows_scale(unit: str, *columns: pd.Series) -> Scale:
    """One scale for columns of numbers that are read together."""
    return scale_of(unit, *(float(value) for column in columns for value in column.dropna()))
