"""Sweep: arms at the points of a design over several quantities."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

import pandas as pd
from pydantic import Field
from rich.table import Table

from experiments.compose import ConfigError
from experiments.designs import from_csv, grid, latin_hypercube, sobol
from experiments.kinds.kind import Kind
from experiments.kinds.varied import (
    Varying,
    arms_of,
    check_varying,
    labels_of,
    lay_points,
    logs_of,
)
from experiments.outcome import Results, Tables, by_point
from experiments.study import Laying, MappingOf, Words
from experiments.terminal import Screen, pair, unit
from sim.base import Name, Spec
from sim.figures import draw_sweep
from sim.metrics import HEADLINE, METRICS

POINTS = "points.csv"


class Design(Spec):
    """How points are spread."""

    kind: Literal["grid", "latin_hypercube", "sobol", "csv"]
    count: Annotated[int, Field(ge=2)] = Field(description="points; of sobol a power of two")
    levels: Annotated[int, Field(ge=2)] = Field(description="per quantity of a grid")
    file: Path | None = Field(description="of csv: a header of config keys, a row per point")
    seed: Annotated[int, Field(ge=0, lt=2**63)] = Field(description="of the points, not the runs")


class Sweep(Kind):
    """Arms over a design."""

    kind: Literal["sweep"]
    design: Design
    varying: Varying

    def check(self) -> None:
        """Also the design."""
        super().check()
        check_varying("study.varying", self.varying)
        if self.design.kind == "csv":
            if self.design.file is None:
                raise ConfigError("study.design.file = null: allowed with csv: a file")
        elif not self.varying:
            raise ConfigError("study.varying: nothing varies; allowed: one quantity or more")

    def named(self) -> Iterator[tuple[str, str]]:
        """Also the arms that quantities name."""
        yield from super().named()
        yield from arms_of("study.varying", self.varying)

    def layings(self, _: MappingOf) -> Iterator[Laying]:
        """The points of the design."""
        points = self.points()
        if self.design.kind == "csv":
            yield from _by_key(points)
        else:
            yield from lay_points(self.varying, points)

    def points(self) -> pd.DataFrame:
        """The design: a row per point."""
        takes = {name: each.takes for name, each in self.varying.items()}
        match self.design.kind:
            case "grid":
                return grid(takes, self.design.levels)
            case "latin_hypercube":
                return latin_hypercube(takes, self.design.count, self.design.seed)
            case "sobol":
                return sobol(takes, self.design.count, self.design.seed)
        assert self.design.file is not None  # noqa: S101 - checked
        return from_csv(self.design.file)

    def files(self) -> dict[str, Path]:
        """The points that were written by hand."""
        file = self.design.file
        return {POINTS: file} if self.design.kind == "csv" and file is not None else {}

    def found_in(self, folder: Path) -> Self:
        """The points as they were when the study ran."""
        if not self.files():
            return self
        design = self.design.model_copy(update={"file": folder / POINTS})
        return self.model_copy(update={"design": design})

    def tables(self, results: Results) -> Tables:
        """The headline contrasts at every point."""
        return {"summary": by_point(self, results)}

    def draw(self, folder: Path, results: Results, tables: Tables) -> None:
        """The difference against every quantity, per headline metric."""
        nodes = pair(tables["summary"], self.baseline, self.focus)
        keys = list(self.varying) or list(results.worlds[0].options)
        for metric, rows in nodes.groupby("metric", sort=False):
            draw_sweep(
                folder / str(metric),
                results.facts,
                rows,
                str(metric),
                keys,
                logs_of(self.varying),
                labels_of(self.varying),
            )

    def show(self, screen: Screen, tables: Tables) -> None:
        """The range of each difference, and how often it is better or worse."""
        screen.out.print(range_table(self.baseline, self.focus, tables["summary"]))


def range_table(baseline: Name, focus: Name, summary: pd.DataFrame) -> Table:
    """Smallest, median and largest difference over points, and the share of verdicts."""
    chosen = pair(summary, baseline, focus)
    table = Table(title=f"{focus} minus {baseline} over {chosen.world.nunique()} points")
    for name in ("metric", "smallest", "median", "largest", "better", "worse", "equivalent"):
        table.add_column(name, justify="left" if name == "metric" else "right")
    for metric in HEADLINE:
        rows = chosen[chosen.metric == metric]
        digits = 3 if METRICS[metric].unit in ("share", "gini") else 1
        spread = (f"{value:+.{digits}f}" for value in rows.difference.quantile([0, 0.5, 1]))
        verdicts = (rows.verdict == name for name in ("better", "worse", "equivalent"))
        table.add_row(f"{metric} {unit(metric)}", *spread, *(f"{v.mean():.0%}" for v in verdicts))
    return table


def _by_key(points: pd.DataFrame) -> Iterator[Laying]:
    """Points whose columns are config keys."""
    for number, row in enumerate(points.to_dict("records")):
        words: Words = tuple(f"{key}={value}" for key, value in row.items())
        yield Laying(f"point {number:04d}", {str(k): v for k, v in row.items()}, (words,))
