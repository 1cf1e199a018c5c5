"""Sobol: what share of the variance of a difference rests on which quantity."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
from pydantic import Field
from rich.table import Table

from experiments.designs import saltelli
from experiments.evidence import RESTS, guessed
from experiments.kinds.kind import Kind
from experiments.kinds.sweep import range_table
from experiments.kinds.varied import Varying, arms_of, check_varying, labels_of, lay_points
from experiments.outcome import Results, Tables, by_point, paired_differences, seen_enough
from experiments.study import Laying, MappingOf
from experiments.terminal import Screen
from sim.figures import draw_indices
from sim.indices import NOISE_LIMIT, WIDEST, share_of, sobol_table
from sim.metrics import HEADLINE

RESTING = ["metric", "share", "lo", "hi", "noise_share", "unstable", "guesses"]


class Sobol(Kind):
    """Arms over a Saltelli design."""

    kind: Literal["sobol"]
    base: Annotated[int, Field(ge=2)] = Field(description="samples, a power of two")
    seed: Annotated[int, Field(ge=0, lt=2**63)] = Field(description="of the points, not the runs")
    varying: Annotated[Varying, Field(min_length=2)]

    def check(self) -> None:
        """Also the quantities."""
        super().check()
        check_varying("study.varying", self.varying)

    def named(self) -> Iterator[tuple[str, str]]:
        """Also the arms that quantities name."""
        yield from super().named()
        yield from arms_of("study.varying", self.varying)

    def layings(self, _: MappingOf) -> Iterator[Laying]:
        """The points of the design."""
        yield from lay_points(self.varying, self.points())

    def points(self) -> pd.DataFrame:
        """The design: ``matrix``, ``sample`` and a column per quantity."""
        takes = {name: each.takes for name, each in self.varying.items()}
        return saltelli(takes, self.base, self.seed)

    def tables(self, results: Results) -> Tables:
        """Indices of the difference in every headline metric."""
        differences = paired_differences(results.metrics, self.baseline, self.focus)
        design, guesses = self.points(), guessed(self.varying)
        indices, rests = [], []
        for metric, rows in differences.groupby("metric", sort=False):
            if seen_enough(rows, "world"):
                values = rows.rename(columns={"world": "point"})
                table = sobol_table(design, values, seed=self.seed)
                indices.append(table.assign(metric=metric))
                share = share_of(design, values, guesses, seed=self.seed)
                noise = float(table.noise_share[0])
                unstable = noise > NOISE_LIMIT or share[2] - share[1] > 2 * WIDEST
                rests.append((metric, *share, noise, unstable, ", ".join(guesses)))
        return {
            "summary": by_point(self, results),
            "indices": pd.concat(indices, ignore_index=True),
            RESTS: pd.DataFrame(rests, columns=RESTING),
        }

    def draw(self, folder: Path, results: Results, tables: Tables) -> None:
        """Bars of first and total indices."""
        for metric, rows in tables["indices"].groupby("metric", sort=False):
            name = str(metric)
            draw_indices(folder / name, results.facts, rows, name, labels_of(self.varying))

    def show(self, screen: Screen, tables: Tables) -> None:
        """Total indices by quantity and metric; unstable ones are marked."""
        screen.out.print(range_table(self.baseline, self.focus, tables["summary"]))
        indices = tables["indices"]
        table = Table(title="Total index (first), ~ where unstable")
        table.add_column("quantity")
        for metric in HEADLINE:
            table.add_column(metric, justify="right")
        for name, rows in indices.groupby("parameter", sort=False):
            table.add_row(str(name), *(_cell(rows[rows.metric == m]) for m in HEADLINE))
        noise = indices.drop_duplicates("metric").set_index("metric").noise_share
        table.add_section()
        shares = (f"{noise[m]:.0%}" if m in noise.index else "-" for m in HEADLINE)
        table.add_row("noise of replications", *shares)
        screen.out.print(table)


def _cell(rows: pd.DataFrame) -> str:
    if rows.empty:
        return "-"
    both = rows.set_index("index")
    mark = "~" if both.unstable.any() else ""
    return f"{mark}{both.value['total']:.2f} ({both.value['first']:.2f})"
