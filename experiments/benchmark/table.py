"""What a benchmark shows on the terminal, and the marks of its figure."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
from rich.table import Table

from experiments.benchmark.cases import GROWTH
from experiments.benchmark.goals import RATIOS, Goal
from experiments.benchmark.growth import STAGES


def ratios_table(ratios: pd.DataFrame, ticks: pd.DataFrame) -> Table:
    """Who takes how long."""
    table = Table(
        title="CPU time over the engine's on the same work: median and range of interleaved rounds",
        caption=_drift_words(ticks),
    )
    table.add_column("contestant")
    for name in ("layout", "patrol"):
        table.add_column(name)
    for name in ("days", "requests", "CPU s", "requests per CPU s", "times the engine"):
        table.add_column(name, justify="right")
    last = None
    for row in _rows(ratios):
        setting = (row.layout, row.patrol)
        if last not in (None, setting):
            table.add_section()
        last = setting
        times = "1" if row.contestant == "engine" else _between(row.ratio, row.lo, row.hi)
        words = (row.contestant, row.layout, "on" if row.patrol else "off", f"{row.days:g}")
        counts = (f"{row.requests:,}", f"{row.seconds:.3g}", f"{row.per_second:,.0f}")
        table.add_row(*words, *counts, times)
    return table


def _drift_words(ticks: pd.DataFrame) -> str:
    words = [
        f"{row.contestant}, {row.layout}: {100 * row.near:.0f} % of requests dispatched within "
        f"a tick of the engine's time, mean time to arrival {100 * row.response:+.1f} %"
        for row in _rows(ticks)
    ]
    return "Times rounded to ticks drift from exact ones. " + "; ".join(words)


def stages_table(stages: pd.DataFrame) -> Table:
    """The default model by its parts."""
    table = Table(
        title="A month with everything on, a further replication: CPU s, median and range"
    )
    table.add_column("arm")
    for name in ("requests", *STAGES):
        table.add_column(name, justify="right")
    for arm, rows in stages.groupby("arm", sort=False):
        parts = [
            _between(rows[name].median(), rows[name].min(), rows[name].max()) for name in STAGES
        ]
        table.add_row(str(arm), f"{rows.requests.median():,.0f}", *parts)
    return table


def growth_table(growth: pd.DataFrame) -> Table:
    """What ten times as much costs."""
    table = Table(title="The engine on ten times as much, everything on: times as long")
    table.add_column("growth")
    table.add_column("what grows")
    table.add_column("layout")
    for name in ("requests", "CPU time", "per request"):
        table.add_column(name, justify="right")
    for key, rows in growth.groupby(["growth", "layout"], sort=False):
        how, layout = map(str, key)
        times, each = rows.cpu, rows.cpu / rows.requests
        table.add_row(
            *(f"{how} x 10", GROWTH[how], layout, f"{rows.requests.median():.2f}"),
            *(_between(column.median(), column.min(), column.max()) for column in (times, each)),
        )
    return table


def memory_table(memory: pd.DataFrame) -> Table:
    """What processes of their own held."""
    table = Table(title="Peak memory of a process of its own, libraries and city included")
    table.add_column("process")
    table.add_column("case")
    table.add_column("MB", justify="right")
    for row in _rows(memory):
        table.add_row(row.contestant, row.what, f"{row.peak:,.0f}")
    return table


def goals_table(goals: list[Goal]) -> Table:
    """Goals, met or not."""
    table = Table(title="Goals, each at its worst")
    table.add_column("goal")
    for name in ("aim", "measured"):
        table.add_column(name, justify="right")
    table.add_column("")
    for goal in goals:
        aim = f"{'>=' if goal.at_least else '<='} {goal.target:g}"
        verdict = "[green]met[/]" if goal.met else "[red]missed[/]"
        table.add_row(goal.name, aim, f"{goal.measured:.3g}", verdict)
    return table


def _rows(table: pd.DataFrame) -> Iterator[Any]:
    """Rows whose columns are attributes; no stub knows their types."""
    yield from table.itertuples()


def _between(middle: float, low: float, high: float) -> str:
    return f"{middle:.3g} \\[{low:.3g}, {high:.3g}]"


def points(ratios: pd.DataFrame, growth: pd.DataFrame) -> pd.DataFrame:
    """The marks of the figure: ratios, then growth."""
    rivals = ratios[ratios.contestant != "engine"]
    left = pd.DataFrame(
        {
            "panel": "ratio",
            "name": rivals.contestant,
            "layout": rivals.layout,
            "patrol": rivals.patrol,
            "median": rivals.ratio,
            "lo": rivals.lo,
            "hi": rivals.hi,
            "rounds": rivals.rounds,
            "target": rivals.contestant.map(RATIOS),
        }
    )
    grouped = growth.groupby(["growth", "layout"], sort=False).cpu
    right = grouped.agg(["median", "min", "max", "count"]).reset_index()
    renamed = {"growth": "name", "min": "lo", "max": "hi", "count": "rounds"}
    right = right.rename(columns=renamed).assign(panel="growth", patrol=True, target=float("nan"))
    return pd.concat([left, right[list(left)]], ignore_index=True)
