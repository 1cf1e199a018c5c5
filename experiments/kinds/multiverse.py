"""Multiverse: every combination of what nobody wrote down."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from pydantic import Field
from rich.table import Table

from experiments.kinds.kind import Kind
from experiments.outcome import Results, Tables, by_world, is_headline
from experiments.study import Laid, Laying, MappingOf, arms_in
from experiments.terminal import Screen, headline, pair
from sim.base import Name
from sim.figures import draw_multiverse
from sim.metrics import HEADLINE, METRICS


class Multiverse(Kind):
    """Arms over a full grid of open choices."""

    kind: Literal["multiverse"]
    factors: dict[Name, dict[Name, Laid]] = Field(min_length=1)

    def layings(self, _: MappingOf) -> Iterator[Laying]:
        """One world for every combination of options."""
        for choice in itertools.product(*(options.items() for options in self.factors.values())):
            options = dict(zip(self.factors, (name for name, _ in choice), strict=True))
            name = ", ".join(f"{factor}={option}" for factor, option in options.items())
            yield Laying(name, options, tuple(words for _, words in choice))

    def named(self) -> Iterator[tuple[str, str]]:
        """Also the arms that options name."""
        yield from super().named()
        for factor, choices in self.factors.items():
            yield from arms_in(f"study.factors.{factor}", choices)

    def tables(self, results: Results) -> Tables:
        """Contrasts in every world, which arm is best where, and what carries the difference."""
        summary = by_world(self, results)
        return {
            "summary": summary,
            "best": best_shares(len(results.worlds), results.metrics),
            "carried": self.carried_by(summary),
        }

    def draw(self, folder: Path, results: Results, tables: Tables) -> None:
        """Every world, the best arm, what carries it."""
        draw_multiverse(folder, results.facts, tables["summary"], tables["best"], tables["carried"])

    def show(self, screen: Screen, tables: Tables) -> None:
        """Who is best, the range of the differences, and what carries them."""
        best = tables["best"]
        table = Table(title=f"Share of {int(best.worlds.iloc[0])} worlds in which each arm is best")
        table.add_column("metric")
        for arm in self.arms:
            table.add_column(arm, justify="right")
        for row in best.to_dict("records"):
            table.add_row(row["metric"], *(f"{row[arm]:.0%}" for arm in self.arms))
        screen.out.print(table)
        screen.out.print(self._range_table(tables["summary"]))
        screen.out.print(self._carried_table(tables["carried"]))

    def carried_by(self, summary: pd.DataFrame) -> pd.DataFrame:
        """Which open choice carries the result: the share of the variance between worlds.

        First-order share of each factor over the full grid, by the means of its options
        (balanced analysis of variance), for the focus against the baseline.
        """
        rows: list[tuple[Any, ...]] = []
        for metric, part in pair(summary, self.baseline, self.focus).groupby("metric", sort=False):
            total = part.difference.var(ddof=0)
            for factor in self.factors:
                means = part.difference.groupby(part[factor], sort=False).mean()
                share = means.var(ddof=0) / total if total > 0 else 0.0
                rows.extend((metric, factor, share, option, mean) for option, mean in means.items())
        names = ["metric", "factor", "share_of_variance", "option", "mean_difference"]
        return pd.DataFrame(rows, columns=names)

    def _range_table(self, summary: pd.DataFrame) -> Table:
        table = Table(title=f"{self.focus} against each arm over all worlds")
        for name in ("against", "metric", "smallest", "median", "largest", "better", "worse"):
            table.add_column(name, justify="left" if name in ("against", "metric") else "right")
        for before, after in self.pairs():
            if after == self.focus:
                rows = headline(pair(summary, before, after))
                for metric, part in rows.groupby("metric", sort=False):
                    table.add_row(before, str(metric), *_range(str(metric), part))
        return table

    def _carried_table(self, carried: pd.DataFrame) -> Table:
        table = Table(title=f"What carries {self.focus} minus {self.baseline}: share of variance")
        table.add_column("choice")
        for metric in HEADLINE:
            table.add_column(metric, justify="right")
        once = carried.drop_duplicates(["factor", "metric"])
        wide = once.pivot(index="factor", columns="metric", values="share_of_variance")
        for factor in self.factors:
            table.add_row(factor, *(f"{share:.0%}" for share in wide.loc[factor, list(HEADLINE)]))
        return table


def best_shares(worlds: int, metrics: pd.DataFrame) -> pd.DataFrame:
    """Share of worlds in which each arm has the best mean, per headline metric; ties split."""
    chosen = metrics[is_headline(metrics)]
    means = chosen.groupby(["metric", "world", "arm"], sort=False).value.mean().unstack()
    best = means.eq(means.min(axis=1), axis=0)
    shares = best.div(best.sum(axis=1), axis=0).groupby("metric", sort=False).mean()
    return shares.assign(worlds=worlds).reset_index()


def _range(metric: str, part: pd.DataFrame) -> tuple[str, ...]:
    digits = 3 if METRICS[metric].unit in ("share", "gini") else 1
    low, middle, high = part.difference.quantile([0, 0.5, 1])
    return (
        *(f"{value:+.{digits}f}" for value in (low, middle, high)),
        f"{(part.verdict == 'better').mean():.0%}",
        f"{(part.verdict == 'worse').mean():.0%}",
    )
