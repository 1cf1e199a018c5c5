"""``onegrid evidence``: every number of a study with unit, grade, source and range."""

import argparse
import sys
from pathlib import Path

import pandas as pd
from rich.table import Table

from experiments.assembly import Composer
from experiments.compose import ConfigError, resolve, session
from experiments.evidence import evidence_of
from experiments.kinds import load_study
from experiments.sources import GRADES
from experiments.terminal import Screen

SHOWN = ("key", "value", "unit", "grade", "low", "high", "source")


def options(parser: argparse.ArgumentParser) -> None:
    """What ``onegrid evidence`` takes."""
    parser.add_argument("words", nargs="*", metavar="key=value", help="of a study, as to run it")
    parser.add_argument("--config-dir", type=Path, help="a folder of your own configs")
    parser.add_argument("--csv", type=Path, help="a file for all columns; - for the screen")


def evidence(arguments: argparse.Namespace) -> int:
    """Print the numbers of a study, or write them; returns the exit code."""
    with session(arguments.config_dir):
        study = load_study(resolve(arguments.words)["study"])
        ledger = evidence_of(study, Composer(arguments.words))["evidence"]
    if arguments.csv is not None:
        _write(ledger, arguments.csv)
        return 0
    screen = Screen()
    screen.out.print(_table(ledger))
    counts = ledger.grade.value_counts()
    parts = [f"{counts.get(letter, 0)} {words}" for letter, words in GRADES.items()]
    screen.out.print(f"{len(ledger)} numbers: {', '.join(parts)}")
    return 0


def _write(ledger: pd.DataFrame, path: Path) -> None:
    if str(path) == "-":
        ledger.to_csv(sys.stdout, index=False, float_format="%.6g")
        return
    try:
        ledger.to_csv(path, index=False, float_format="%.6g")
    except OSError as error:
        raise ConfigError(f"--csv = {path}: {error.strerror}; allowed: a file to write") from None


def _table(ledger: pd.DataFrame) -> Table:
    table = Table(title="Every number; arms are named where they differ")
    for name in SHOWN:
        table.add_column(name, overflow="fold")
    for row in ledger.to_dict("records"):
        key = str(row["key"]) if row["arms"] == "all" else f"{row['key']} ({row['arms']})"
        table.add_row(key, *(_cell(row[name]) for name in SHOWN[1:]))
    return table


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if pd.isna(value) else f"{value:g}"
    return str(value)
