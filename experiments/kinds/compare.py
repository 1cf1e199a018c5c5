"""Compare: arms in one world, every metric, every group."""

import math
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from pydantic import Field
from rich.table import Table

from experiments.compose import ConfigError
from experiments.kinds.kind import NamedWorlds
from experiments.outcome import Results, Tables, compare_arms, summary_of
from experiments.study import Laying, MappingOf
from experiments.terminal import MARKS, STYLES, Screen, headline, pair, unit, value
from sim.equity import equity_tables
from sim.figures import draw_compare
from sim.metrics import HEADLINE, METRICS
from sim.replay import Stretch, record_pair, write

WORDS = """\
Differences are alternative minus baseline over {replications} paired replications, 95 % \
intervals; verdicts by Holm over these five.
better or worse: differs and by enough to matter (5 % and 1 min; .02 for shares and Gini). \
equivalent: shown to differ by less.
undecided: neither shown. These are one world's numbers: study=multiverse shows the range over \
what nobody wrote down."""


class Compare(NamedWorlds):
    """Arms in one world."""

    kind: Literal["compare"]
    replay: Stretch | None = Field(description="of baseline and focus, to be watched; null: none")

    def check(self) -> None:
        """Also that there is one world, and that what is kept to be watched is run."""
        super().check()
        if self.replay and self.replay.replication >= self.replications:
            raise ConfigError(
                f"study.replay.replication = {self.replay.replication}: allowed: 0 to "
                f"{self.replications - 1}, those that are run"
            )
        if len(self.worlds) != 1:
            raise ConfigError(
                f"study.worlds: {len(self.worlds)} worlds; allowed: at most 1 (study=ladder "
                "takes several)"
            )

    def layings(self, mapping: MappingOf) -> Iterator[Laying]:
        """Also that the stretch to be watched lies in the run, and after the reform."""
        for laying in super().layings(mapping):
            yield laying
            if self.replay:
                self._check_day(self.replay.measured_day, laying, mapping)

    def _check_day(self, day: int, laying: Laying, mapping: MappingOf) -> None:
        for arm in (self.baseline, self.focus):
            laid = (part.get(arm, ()) if isinstance(part, dict) else part for part in laying.words)
            clock = mapping((*self.all_arms()[arm], *chain.from_iterable(laid)))["clock"]
            reform, last = float(clock["reform_day"]), clock["days"] - 1
            first = int(reform) - clock["warmup_days"] if math.isfinite(reform) else 0
            if last >= 0 and not max(first, 0) <= day <= last:
                raise ConfigError(
                    f"study.replay.measured_day = {day}: allowed: {max(first, 0)} to {last}, the "
                    f"measured days of {arm} under its policy, or study.replay=null"
                )

    def leave(self, folder: Path, results: Results) -> None:
        """The stretch of one replication that the page replays."""
        if self.replay:
            cases = results.worlds[0].cases
            pair = {arm: cases[arm] for arm in (self.baseline, self.focus)}
            write(folder / "replay.json", record_pair(pair, self.replay))

    def tables(self, results: Results) -> Tables:
        """Every contrast of every metric and group; who gains and who loses."""
        fair = equity_tables(results.metrics, results.curves, self.baseline, self.focus)
        return {"summary": summary_of(compare_arms(self, results.metrics)), **fair}

    def draw(self, folder: Path, results: Results, tables: Tables) -> None:
        """Response, waiting, workload, pairs, map."""
        city = next(iter(results.worlds[0].cases.values())).world.city
        draw_compare(
            folder,
            results.facts,
            tables["summary"],
            results.metrics,
            results.curves,
            city.width,
            city.cell_m,
        )

    def show(self, screen: Screen, tables: Tables) -> None:
        """Each arm against the baseline, and the focus with intervals."""
        screen.out.print(self._arms_table(tables))
        screen.out.print(self._focus_table(tables))
        count = int(tables["summary"].n.max())
        screen.out.print(WORDS.format(replications=count), soft_wrap=True)

    def _arms_table(self, tables: Tables) -> Table:
        summary = tables["summary"]
        table = Table(title=f"Each arm against {self.baseline}")
        table.add_column("arm", no_wrap=True)
        for metric in HEADLINE:
            head = METRICS[metric].words.replace(", ", ",\n")
            table.add_column(f"{head}\n{unit(metric)}", justify="right")
        first = headline(pair(summary, self.baseline, self.focus)).set_index("metric")
        table.add_row(
            self.baseline,
            *(value(first.loc[name].baseline, first.loc[name].unit) for name in HEADLINE),
        )
        for arm in self.all_arms():
            if arm != self.baseline:
                rows = headline(pair(summary, self.baseline, arm)).set_index("metric")
                table.add_row(arm, *(_cell(rows.loc[name]) for name in HEADLINE))
        return table

    def _focus_table(self, tables: Tables) -> Table:
        table = Table(title=f"{self.focus} against each of the others")
        for name in ("against", "metric", "unit"):
            table.add_column(name)
        for name in ("baseline", self.focus, "difference [95 %]"):
            table.add_column(name, justify="right")
        table.add_column("verdict")
        for before, after in self.pairs():
            if after == self.focus:
                rows = headline(pair(tables["summary"], before, after))
                for number, row in enumerate(rows.itertuples()):
                    last = number == len(rows) - 1
                    table.add_row(*_focus_row("" if number else before, row), end_section=last)
        return table


def _focus_row(before: str, row: Any) -> tuple[str, ...]:
    digits = 3 if row.unit in ("share", "gini") else 1
    return (
        before,
        str(row.metric),
        str(row.unit),
        value(row.baseline, row.unit),
        value(row.alternative, row.unit),
        f"{row.difference:+.{digits}f} [{row.lo:+.{digits}f}, {row.hi:+.{digits}f}]",
        f"[{STYLES[str(row.verdict)]}]{row.verdict!s}[/]",
    )


def _cell(row: Any) -> str:
    mark = MARKS.get(row.verdict, "? undecided")
    return f"{value(row.alternative, row.unit)}\n[{STYLES[row.verdict]}]{mark}[/]"
