"""What a person sees while a study runs and when it is done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from experiments.study import Study
from sim.metrics import HEADLINE, METRICS

MARKS = {"better": "▲ better", "worse": "▼ worse", "equivalent": "= equivalent"}
STYLES = {"better": "green", "worse": "red", "equivalent": "cyan", "undecided": "yellow"}
WIDE = 120


class Screen:
    """Progress on the error stream, results on the output stream."""

    def __init__(self) -> None:
        width = None if Console().is_terminal else WIDE
        self.out = Console(width=width, highlight=False)
        self.err = Console(stderr=True, highlight=False)

    def say(self, line: str) -> None:
        """One line about what happens now, for a person."""
        self.err.print(line, soft_wrap=True)

    @contextmanager
    def progress(self, jobs: int, arms: int) -> Iterator[Callable[[], None]]:
        """A bar with rate and time left; silent when nobody watches."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]:.1f} runs/s"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self.err, disable=not self.err.is_terminal) as bar:
            task = bar.add_task("replications", total=jobs, rate=0.0)

            def step() -> None:
                speed = bar.tasks[task].speed or 0.0
                bar.update(task, advance=1, rate=speed * arms)

            yield step

    def outcome(
        self, study: Study, tables: dict[str, Any], folder: Path, seconds: float, jobs: int
    ) -> None:
        """The tables a person reads, and where the rest is."""
        show = {"compare": self._compare, "ladder": self._ladder, "multiverse": self._multiverse}
        show[study.kind](study, tables)
        runs = jobs * len(study.arms)
        self.out.print(f"\n{runs} runs in {seconds:.0f} s. Tables, figures and manifest: {folder}")

    def _compare(self, study: Study, tables: dict[str, Any]) -> None:
        summary = tables["summary"]
        self.out.print(_arms_table(study, summary))
        self.out.print(_focus_table(study, summary))
        self.out.print(
            f"Differences are alternative minus baseline over {study.replications} paired "
            "replications, 95 % intervals; verdicts by Holm over these five.\nbetter or worse: "
            "differs and by enough to matter (5 % and 1 min; .02 for shares and Gini). "
            "equivalent: shown to differ by less.\nundecided: neither shown. These are one "
            "world's numbers: study=multiverse shows the range over what nobody wrote down.",
            soft_wrap=True,
        )

    def _ladder(self, study: Study, tables: dict[str, Any]) -> None:
        summary = tables["summary"]
        table = Table(
            title=f"{study.focus} minus {study.baseline}, one change of the world at a time"
        )
        table.add_column("world", min_width=30)
        for metric in HEADLINE:
            table.add_column(f"{metric}\n{_unit(metric)}", justify="right", overflow="fold")
        chosen = _pair(summary, study.baseline, study.focus)
        for world, part in chosen.groupby("world", sort=False):
            rows = part.set_index("metric")
            table.add_row(str(world), *(_difference(rows.loc[metric]) for metric in HEADLINE))
        self.out.print(table)

    def _multiverse(self, study: Study, tables: dict[str, Any]) -> None:
        best = tables["best"]
        table = Table(title=f"Share of {int(best.worlds.iloc[0])} worlds in which each arm is best")
        table.add_column("metric")
        for arm in study.arms:
            table.add_column(arm, justify="right")
        for row in best.to_dict("records"):
            table.add_row(row["metric"], *(f"{row[arm]:.0%}" for arm in study.arms))
        self.out.print(table)
        self.out.print(_range_table(study, tables["summary"]))
        self.out.print(_carried_table(study, tables["carried"]))


def _unit(metric: str) -> str:
    return f"\\[{METRICS[metric].unit}]"


def _pair(summary: pd.DataFrame, before: str, after: str) -> pd.DataFrame:
    return summary[(summary.baseline_arm == before) & (summary.alternative_arm == after)]


def _headline(summary: pd.DataFrame) -> pd.DataFrame:
    return summary[summary.headline]


def _value(value: Any, unit: Any) -> str:
    return f"{value:.3f}" if unit in ("share", "gini") else f"{value:.1f}"


def _difference(row: Any) -> str:
    digits = 3 if row.unit in ("share", "gini") else 1
    style = STYLES[row.verdict]
    return f"[{style}]{row.difference:+.{digits}f}[/]"


def _arms_table(study: Study, summary: pd.DataFrame) -> Table:
    table = Table(title=f"Each arm against {study.baseline}")
    table.add_column("arm", no_wrap=True)
    for metric in HEADLINE:
        head = METRICS[metric].words.replace(", ", ",\n")
        table.add_column(f"{head}\n{_unit(metric)}", justify="right")
    first = _headline(_pair(summary, study.baseline, study.focus)).set_index("metric")
    table.add_row(
        study.baseline,
        *(_value(first.loc[name].baseline, first.loc[name].unit) for name in HEADLINE),
    )
    for arm in study.arms:
        if arm == study.baseline:
            continue
        rows = _headline(_pair(summary, study.baseline, arm)).set_index("metric")
        table.add_row(arm, *(_cell(rows.loc[name]) for name in HEADLINE))
    return table


def _cell(row: Any) -> str:
    mark = MARKS.get(row.verdict, "? undecided")
    return f"{_value(row.alternative, row.unit)}\n[{STYLES[row.verdict]}]{mark}[/]"


def _focus_table(study: Study, summary: pd.DataFrame) -> Table:
    table = Table(title=f"{study.focus} against each of the others")
    for name, justify in (
        ("against", "left"),
        ("metric", "left"),
        ("unit", "left"),
        ("baseline", "right"),
        (study.focus, "right"),
        ("difference [95 %]", "right"),
        ("verdict", "left"),
    ):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for before, after in study.pairs():
        if after != study.focus:
            continue
        for number, row in enumerate(_headline(_pair(summary, before, after)).itertuples()):
            digits = 3 if row.unit in ("share", "gini") else 1
            table.add_row(
                before if number == 0 else "",
                str(row.metric),
                str(row.unit),
                _value(row.baseline, row.unit),
                _value(row.alternative, row.unit),
                f"{row.difference:+.{digits}f} [{row.lo:+.{digits}f}, {row.hi:+.{digits}f}]",
                f"[{STYLES[str(row.verdict)]}]{row.verdict!s}[/]",
                end_section=number == len(HEADLINE) - 1,
            )
    return table


def _range_table(study: Study, summary: pd.DataFrame) -> Table:
    table = Table(title=f"{study.focus} against each arm over all worlds")
    for name in ("against", "metric", "smallest", "median", "largest", "better", "worse"):
        table.add_column(name, justify="left" if name in ("against", "metric") else "right")
    for before, after in study.pairs():
        if after != study.focus:
            continue
        for metric, part in _headline(_pair(summary, before, after)).groupby("metric", sort=False):
            digits = 3 if METRICS[str(metric)].unit in ("share", "gini") else 1
            low, middle, high = part.difference.quantile([0, 0.5, 1])
            table.add_row(
                before,
                str(metric),
                *(f"{value:+.{digits}f}" for value in (low, middle, high)),
                f"{(part.verdict == 'better').mean():.0%}",
                f"{(part.verdict == 'worse').mean():.0%}",
            )
    return table


def _carried_table(study: Study, carried: pd.DataFrame) -> Table:
    table = Table(title=f"What carries {study.focus} minus {study.baseline}: share of variance")
    table.add_column("choice")
    for metric in HEADLINE:
        table.add_column(metric, justify="right")
    once = carried.drop_duplicates(["factor", "metric"])
    wide = once.pivot(index="factor", columns="metric", values="share_of_variance")
    for factor in study.factors:
        table.add_row(factor, *(f"{share:.0%}" for share in wide.loc[factor, list(HEADLINE)]))
    return table
