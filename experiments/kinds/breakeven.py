"""Break-even: how many more people the baseline needs to be as good as the focus."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field
from rich.table import Table

from experiments.compose import ConfigError
from experiments.kinds.kind import Kind
from experiments.outcome import (
    Results,
    Tables,
    by_point,
    options_of,
    paired_differences,
    seen_enough,
)
from experiments.study import Laying, MappingOf
from experiments.terminal import Screen
from sim.breakeven import crossings, difference_curve
from sim.figures import draw_breakeven
from sim.metrics import HEADLINE

ALL = "all"
PAID = "paid"  # the metric: paid hours of all workers in the measured days


class Breakeven(Kind):
    """The baseline with more heads, role by role and in all roles at once."""

    kind: Literal["breakeven"]
    multiples: Annotated[tuple[Annotated[float, Field(gt=0)], ...], Field(min_length=2)] = Field(
        description="of the heads of the baseline"
    )
    roles: Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        description=f"one at a time; {ALL}: every role together"
    )

    def layings(self, mapping: MappingOf) -> Iterator[Laying]:
        """A world per role and multiple."""
        heads = mapping(self.arms[self.baseline])["policy"]["staffing"]["heads"]
        for role in self.roles:
            if role != ALL and role not in heads:
                known = ", ".join([ALL, *heads])
                raise ConfigError(f"study.roles: {role!r} has no heads; allowed: {known}")
            chosen = heads if role == ALL else {role: heads[role]}
            seen: set[int] = set()
            for multiple in self.multiples:
                more = {name: round(count * multiple) for name, count in chosen.items()}
                if sum(more.values()) in seen:  # of a few heads, two multiples are the same
                    continue
                seen.add(sum(more.values()))
                words = tuple(
                    f"policy.staffing.heads.{name}={count}" for name, count in more.items()
                )
                persons = sum(more.values())
                options = {
                    "role": role,
                    "multiple": persons / sum(chosen.values()),
                    "persons": persons,
                }
                yield Laying(f"{role} x {multiple:g}", options, ({self.baseline: words},))

    def tables(self, results: Results) -> Tables:
        """Contrasts at every multiple, the curves, and where they cross zero."""
        values = paired_differences(results.metrics, self.baseline, self.focus)
        values = values.groupby("metric", sort=False).filter(
            lambda rows: seen_enough(rows, "world")
        )
        values = values.merge(options_of(results), on="world")
        values = values.rename(columns={"multiple": "x", "value": "difference"})
        by = ["metric", "role"]
        return {
            "summary": by_point(self, results),
            "curve": difference_curve(values, by),
            "crossings": self._in_persons(crossings(values, by), results),
        }

    def _in_persons(self, found: pd.DataFrame, results: Results) -> pd.DataFrame:
        """Multiples as persons and paid hours beyond those there are."""
        options = options_of(results)
        paid = results.metrics[
            (results.metrics.metric == PAID) & (results.metrics.arm == self.baseline)
        ]
        hours = paid.groupby("world").value.mean()
        rows = []
        for row in found.to_dict("records"):
            mine = options[options.role == row["role"]].sort_values("multiple")
            paid_hours = hours.loc[mine.world].to_numpy()
            multiples = mine.multiple.to_numpy()
            persons = _beyond(row, "more_persons", multiples, mine.persons.to_numpy())
            paid_for = _beyond(row, "more_paid_hours", multiples, paid_hours)
            rows.append(dict(row) | persons | paid_for)
        return pd.DataFrame(rows)

    def draw(self, folder: Path, results: Results, tables: Tables) -> None:
        """The difference against staffing, by role."""
        for metric, curves in tables["curve"].groupby("metric", sort=False):
            found = tables["crossings"].query("metric == @metric")
            draw_breakeven(folder / str(metric), results.facts, curves, found, str(metric))

    def show(self, screen: Screen, tables: Tables) -> None:
        """The multiple at which it makes no difference any more."""
        table = Table(title=f"Heads of {self.baseline}, as a multiple, that equal {self.focus}")
        table.add_column("role")
        for metric in HEADLINE:
            table.add_column(metric, justify="right")
        for role in self.roles:
            rows = tables["crossings"].query("role == @role").set_index("metric")
            table.add_row(role, *(_cell(rows, metric) for metric in HEADLINE))
        screen.out.print(table)
        screen.out.print(
            f"-: not within {min(self.multiples):g} to {max(self.multiples):g} times the heads"
        )


def _beyond(row: Mapping[Any, Any], name: str, at: Any, level: Any) -> dict[str, float]:
    """What a crossing and its interval mean beyond the multiple 1, linear between multiples."""
    now = np.interp(1.0, at, level)
    found = {}
    for end, suffix in (("x", ""), ("lo", "_lo"), ("hi", "_hi")):
        x = float(row[end])
        inside = np.isfinite(x)
        found[f"{name}{suffix}"] = float(np.interp(x, at, level) - now) if inside else x
    return found


def _cell(rows: pd.DataFrame, metric: str) -> str:
    row: Any = rows.loc[metric] if metric in rows.index else None
    if row is None or not np.isfinite(row.x):
        return "-"
    return f"{row.x:.2f}\n[{row.lo:.2f}, {row.hi:.2f}]"
