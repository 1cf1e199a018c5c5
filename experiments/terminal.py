"""What a person sees while a study runs and when it is done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
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

from sim.metrics import METRICS

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
        self.err.print(line, soft_wrap=True, markup=False)

    @contextmanager
    def progress(self, runs: int, done: int = 0) -> Iterator[Callable[[int], None]]:
        """A bar with rate and time left; silent when nobody watches."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]:.1f}/s"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self.err, disable=not self.err.is_terminal) as bar:
            task = bar.add_task("runs", total=runs, completed=done, rate=0.0)

            def step(count: int) -> None:
                bar.update(task, advance=count, rate=bar.tasks[task].speed or 0.0)

            yield step


def unit(metric: str) -> str:
    """A metric's unit in brackets."""
    return f"\\[{METRICS[metric].unit}]"


def pair(summary: pd.DataFrame, before: str, after: str) -> pd.DataFrame:
    """The rows of one contrast."""
    return summary[(summary.baseline_arm == before) & (summary.alternative_arm == after)]


def headline(summary: pd.DataFrame) -> pd.DataFrame:
    """The rows of headline metrics."""
    return summary[summary.headline]


def value(number: Any, of: Any) -> str:
    """A number of a metric with this unit."""
    return f"{number:.3f}" if of in ("share", "gini") else f"{number:.1f}"


def difference(row: Any) -> str:
    """A difference in the colour of its verdict."""
    digits = 3 if row.unit in ("share", "gini") else 1
    style = STYLES[row.verdict]
    return f"[{style}]{row.difference:+.{digits}f}[/]"
