"""What the README says, as a table: numbers, command, file and digest, read from what is published.

``readme.yaml`` in the published folder lists the statements and where each is read. The table is a
section of ``results/README.md``, beside the published folder; ``onegrid publish`` writes it anew.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import yaml
from pydantic import Field, TypeAdapter, ValidationError

from experiments.compose import ConfigError
from experiments.folder import read_manifest
from experiments.outcome import read_table
from sim.base import Spec

SAYINGS = "readme.yaml"
BEGIN, END = "<!-- table: what the README says -->", "<!-- end -->"
HEAD = ("what the README says", "read from the file", "command", "file", "SHA-256")
DIGITS = 12  # of a digest


class Saying(Spec):
    """A statement of the README, and where it is read."""

    says: Annotated[str, Field(min_length=1)]
    study: str
    file: str = Field(description="a table of the study, without its ending")
    rows: str = Field(description="a query of pandas")
    columns: Annotated[tuple[str, ...], Field(min_length=1)]
    spread: bool = Field(default=False, description="lowest, middle and highest of all rows")
    distinct: bool = Field(default=False, description="each row once")


def sayings(published: Path) -> list[Saying]:
    """The statements that are listed.

    Raises
    ------
    ConfigError
    """
    path = published / SAYINGS
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
        return TypeAdapter(list[Saying]).validate_python(found, strict=False)
    except (OSError, yaml.YAMLError, ValidationError) as error:
        said = str(error).splitlines()[0]
        raise ConfigError(f"{path}: {said}; allowed: a list of statements") from None


def table_of(published: Path) -> str:
    """The table, for the statements whose studies are published."""
    rows = [HEAD, ("---",) * len(HEAD)]
    rows += [
        _row(item, published) for item in sayings(published) if (published / item.study).is_dir()
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def _row(item: Saying, published: Path) -> tuple[str, ...]:
    folder = published / item.study
    manifest = read_manifest(folder)
    name = next((n for n in manifest["outputs"] if re.fullmatch(rf"{item.file}\.\w+", n)), "")
    if not name:
        raise ConfigError(f"{SAYINGS}: {item.study} has no table {item.file}; allowed: its tables")
    chosen = read_table(folder, item.file).query(item.rows)
    if chosen.empty:
        raise ConfigError(f"{SAYINGS}: {item.says}: no row; allowed: a query that finds some")
    command = " ".join(manifest["command"])
    link = f"[{item.study}/{name}](published/{item.study}/{name})"
    digest = str(manifest["outputs"][name])[:DIGITS]
    return item.says, _shown(item, chosen), f"`{command}`", link, f"`{digest}`"


def _shown(item: Saying, rows: pd.DataFrame) -> str:
    if item.spread:
        values = rows[item.columns[0]].astype(float)
        ends = (values.min(), values.median(), values.max())
        return f"{item.columns[0]} {' / '.join(map(_number, ends))} (lowest, middle, highest)"
    table = rows[list(item.columns)]
    if item.distinct:
        table = table.drop_duplicates()
    return "; ".join(_cells(row) for row in table.to_dict("records"))


def _cells(row: Mapping[Any, object]) -> str:
    """Names and numbers of a row: an arrow between two arms, brackets around an interval."""
    words = {name: _number(value) for name, value in row.items()}
    if {"baseline", "alternative"} <= words.keys():
        words["alternative"] = f"→ {words['alternative']}"
        words["alternative"] += "," if "difference" in words else ""
    if {"lo", "hi"} <= words.keys():
        words["lo"] = f"[{words['lo']}, {words.pop('hi')}]"
    return " ".join(words.values())


def _number(value: object) -> str:
    if not isinstance(value, float):
        return str(value).replace("|", "/")
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def write_table(published: Path) -> None:
    """Put the table of now into the README beside the published folder, where it has a place."""
    path = published.parent / "README.md"
    if not path.is_file() or not (published / SAYINGS).is_file():
        return
    text = path.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    if begin:
        after = rest.partition(END)[2]
        path.write_text(f"{before}{section(published)}{after}", encoding="utf-8")


def section(published: Path) -> str:
    """The section as the README should hold it."""
    return f"{BEGIN}\n\n{table_of(published)}\n\n{END}"
