"""Phase: over two quantities, where merging pays and where it does not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
from pydantic import Field

from experiments.compose import ConfigError
from experiments.designs import Choices, grid
from experiments.kinds.kind import Kind
from experiments.kinds.sweep import range_table
from experiments.kinds.varied import Varying, arms_of, check_varying, labels_of, lay_points, logs_of
from experiments.outcome import Results, Tables, by_point
from experiments.study import Laying, MappingOf
from experiments.terminal import Screen, pair
from sim.figures import draw_phase
from sim.metrics import HEADLINE
from sim.phase import zero_contour


class Phase(Kind):
    """Arms over a grid of two quantities; the first goes along x."""

    kind: Literal["phase"]
    levels: Annotated[int, Field(ge=3, le=100)] = Field(description="of each quantity")
    varying: Annotated[Varying, Field(min_length=2, max_length=2)]

    def check(self) -> None:
        """Also the two quantities."""
        super().check()
        check_varying("study.varying", self.varying)
        for name, each in self.varying.items():
            values = each.takes.values if isinstance(each.takes, Choices) else ()
            if any(isinstance(value, str | bool) for value in values):
                raise ConfigError(
                    f"study.varying.{name}.takes: a contour needs numbers; allowed: numbers"
                )

    def named(self) -> Iterator[tuple[str, str]]:
        """Also the arms that quantities name."""
        yield from super().named()
        yield from arms_of("study.varying", self.varying)

    def layings(self, _: MappingOf) -> Iterator[Laying]:
        """The nodes of the grid."""
        takes = {name: each.takes for name, each in self.varying.items()}
        yield from lay_points(self.varying, grid(takes, self.levels))

    def tables(self, results: Results) -> Tables:
        """The contrasts at every node, and the lines where the focus makes no difference."""
        summary = by_point(self, results)
        x, y = self.varying
        lines = [
            zero_contour(rows, x, y, log=logs_of(self.varying)).assign(metric=metric)
            for metric, rows in pair(summary, self.baseline, self.focus).groupby(
                "metric", sort=False
            )
        ]
        return {"summary": summary, "contour": pd.concat(lines, ignore_index=True)}

    def draw(self, folder: Path, results: Results, tables: Tables) -> None:
        """One map per headline metric."""
        x, y = self.varying
        nodes = pair(tables["summary"], self.baseline, self.focus)
        for metric, rows in nodes.groupby("metric", sort=False):
            lines = tables["contour"].query("metric == @metric")
            draw_phase(
                folder / str(metric),
                results.facts,
                rows,
                lines,
                str(metric),
                x,
                y,
                logs_of(self.varying),
                labels_of(self.varying),
            )

    def show(self, screen: Screen, tables: Tables) -> None:
        """The range of each difference, and where it passes zero."""
        screen.out.print(range_table(self.baseline, self.focus, tables["summary"]))
        crossed = set(tables["contour"].metric)
        passes = [metric for metric in HEADLINE if metric in crossed]
        screen.out.print(f"Passes zero inside the grid: {', '.join(passes) or 'no metric'}")
