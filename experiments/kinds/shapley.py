"""Shapley: what each part of a reform adds, over all orders of adding them."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
from pydantic import Field
from rich.table import Table

from experiments.compose import ConfigError
from experiments.kinds.kind import Kind
from experiments.outcome import Results, Tables, compare_arms, is_headline, seen_enough, summary_of
from experiments.study import Laying, MappingOf, Words
from experiments.terminal import Screen
from sim.base import Name
from sim.figures import draw_shapley
from sim.metrics import HEADLINE, METRICS
from sim.shapley import MOST_PARTS, Order, coalitions, exact, needed, orders, sampled
from sim.shapley import Shapley as Values

NONE, ALL = "none", "all parts"
JOINT = " + "


class Shapley(Kind):
    """Every coalition of the parts is an arm; ``arms`` holds the one without any."""

    kind: Literal["shapley"]
    parts: dict[Name, Words] = Field(min_length=2, description="words laid over those of none")
    orders: Annotated[int, Field(ge=4, multiple_of=2)] = Field(
        description=f"of adding the parts, sampled where there are more than {MOST_PARTS}"
    )
    seed: Annotated[int, Field(ge=0, lt=2**63)] = Field(description="of the orders")

    def check(self) -> None:
        """Also that there is one arm to start from."""
        if list(self.arms) != [NONE]:
            raise ConfigError(f"study.arms: {list(self.arms)}; allowed of shapley: {NONE} alone")
        super().check()

    @cached_property
    def members(self) -> pd.DataFrame:
        """The coalitions that are run: ``coalition``, ``size`` and a column per part."""
        names = list(self.parts)
        return needed(names, self.chosen) if self.chosen else coalitions(names)

    @cached_property
    def chosen(self) -> tuple[Order, ...]:
        """The orders that are sampled; none where every coalition is run."""
        if len(self.parts) <= MOST_PARTS:
            return ()
        return orders(list(self.parts), self.orders, self.seed)

    def all_arms(self) -> dict[str, Words]:
        """An arm per coalition."""
        start = self.arms[NONE]
        found = {}
        for row in self.members.to_dict("records"):
            inside = [name for name in self.parts if row[name]]
            words = [word for name in inside for word in self.parts[name]]
            found[self._name(inside)] = (*start, *words)
        return found

    def _name(self, inside: list[str]) -> str:
        if not inside:
            return NONE
        return ALL if len(inside) == len(self.parts) else JOINT.join(inside)

    def pairs(self) -> list[tuple[str, str]]:
        """The whole against nothing."""
        return [(self.baseline, self.focus)]

    def layings(self, _: MappingOf) -> Iterator[Laying]:
        """One world."""
        yield Laying("default", {}, ())

    def tables(self, results: Results) -> Tables:
        """Effects, interactions and ends in every headline metric, and the whole contrast."""
        found = self.shared_out(results)
        return {
            "summary": summary_of(compare_arms(self, results.metrics)),
            "effects": _joined({metric: each.effects for metric, each in found.items()}),
            "interactions": _joined({metric: each.interactions for metric, each in found.items()}),
            "ends": _joined({metric: each.ends for metric, each in found.items()}),
        }

    def shared_out(self, results: Results) -> dict[str, Values]:
        """The headline metrics shared out among the parts."""
        numbers = dict(zip(self.all_arms(), self.members.coalition, strict=True))
        chosen = results.metrics[is_headline(results.metrics)]
        chosen = chosen.assign(coalition=chosen.arm.map(numbers))
        names, found = list(self.parts), {}
        for metric, rows in chosen.groupby("metric", sort=False):
            if seen_enough(rows, "arm"):
                few = not self.chosen
                found[str(metric)] = (
                    exact(names, rows) if few else sampled(names, rows, self.chosen)
                )
        return found

    def draw(self, folder: Path, results: Results, _: Tables) -> None:
        """A waterfall and a matrix of interactions per headline metric."""
        for metric, found in self.shared_out(results).items():
            draw_shapley(folder / metric, results.facts, found, metric)

    def show(self, screen: Screen, tables: Tables) -> None:
        """What each part adds."""
        table = Table(title="What each part adds, over all orders (Shapley), with 95 % intervals")
        table.add_column("part")
        for metric in HEADLINE:
            table.add_column(f"{metric}\n\\[{METRICS[metric].unit}]", justify="right")
        shapley = tables["effects"].query("what == 'shapley'")
        for part in self.parts:
            rows = shapley[shapley.part == part].set_index("metric")
            table.add_row(part, *(_cell(rows, metric) for metric in HEADLINE))
        table.add_section()
        whole = tables["ends"].query("what == 'difference'").set_index("metric")
        table.add_row("all together", *(_cell(whole, metric) for metric in HEADLINE))
        screen.out.print(table)


def _joined(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    parts = [table.assign(metric=metric) for metric, table in tables.items()]
    return pd.concat(parts, ignore_index=True)


def _cell(rows: pd.DataFrame, metric: str) -> str:
    if metric not in rows.index:
        return "-"
    row = rows.loc[metric]
    digits = 3 if METRICS[metric].unit in ("share", "gini") else 1
    return f"{row['value']:+.{digits}f}\n[{row.lo:+.{digits}f}, {row.hi:+.{digits}f}]"
