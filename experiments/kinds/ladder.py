"""Ladder: one change of the world, or of a lever, at a time."""

from pathlib import Path
from typing import Literal

from rich.table import Table

from experiments.kinds.kind import NamedWorlds
from experiments.outcome import Results, Tables, by_world
from experiments.terminal import Screen, difference, pair, unit
from sim.figures import draw_ladder
from sim.metrics import HEADLINE


class Ladder(NamedWorlds):
    """Arms in several named worlds."""

    kind: Literal["ladder"]

    def tables(self, results: Results) -> Tables:
        """The headline contrasts in every world."""
        return {"summary": by_world(self, results)}

    def draw(self, folder: Path, results: Results, tables: Tables) -> None:
        """The rungs."""
        draw_ladder(folder, results.facts, tables["summary"])

    def show(self, screen: Screen, tables: Tables) -> None:
        """The focus against the baseline, world by world."""
        table = Table(
            title=f"{self.focus} minus {self.baseline}, one change of the world at a time"
        )
        table.add_column("world", min_width=30)
        for metric in HEADLINE:
            table.add_column(f"{metric}\n{unit(metric)}", justify="right", overflow="fold")
        chosen = pair(tables["summary"], self.baseline, self.focus)
        for world, part in chosen.groupby("world", sort=False):
            rows = part.set_index("metric")
            table.add_row(str(world), *(difference(rows.loc[metric]) for metric in HEADLINE))
        screen.out.print(table)
