"""Two folders of the same study, item by item, in three tiers.

``exact``
    What a study was asked (digests of cases, seed, replications), the digest of every arm's
    events, texts and whole numbers: equal, or not.
``floats``
    Tables: every number within ``TOLERANCE`` of the published one, relative to the larger of the
    two, and to a thousandth of the column's largest where both are near 0.
``figures``
    Figures by what they plot: the CSV beside each, as tables; captions as texts. The pictures
    must be there; their bytes change with the version of what draws them.

What tells of a machine or a moment is not compared (``IGNORED``), nor are pages, which are made of
the rest.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.folder import MANIFEST, is_page, read_manifest

TOLERANCE = 1e-6
FLOOR = 1e-3  # of the largest number in a column: below it, differences are held against that
IGNORED = (
    *("started", "seconds", "cpu_seconds_of_runs", "processes", "machine", "versions"),
    *("commit", "dirty", "code_version", "package_version", "outputs", "events", "cases"),
)
EXACT, FLOATS, FIGURES = "exact", "floats", "figures"
TABLES, PICTURES = (".csv", ".parquet"), (".svg", ".png", ".pdf")


@dataclass(frozen=True)
class Item:
    """One thing that was compared.

    Attributes
    ----------
    worst : largest relative deviation, where tables were compared
    where : what differs, or where the largest deviation is
    """

    tier: str
    name: str
    passed: bool
    worst: float | None = None
    where: str = ""


def compare_folders(published: Path, made: Path) -> list[Item]:
    """Every item of a study, published and made again."""
    items = list(compare_manifests(read_manifest(published), read_manifest(made)))
    names = sorted(_files(published) | _files(made))
    return [*items, *(compare_files(published, made, name) for name in names)]


def _files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.name != MANIFEST and not is_page(path)
    }


def compare_manifests(published: Mapping[str, Any], made: Mapping[str, Any]) -> Iterator[Item]:
    """What was asked, key by key, and the events, arm by arm."""
    keys = [key for key in {**published, **made} if key not in IGNORED]
    wrong = [key for key in keys if published.get(key) != made.get(key)]
    yield Item(EXACT, "what was asked", not wrong, where=", ".join(wrong))
    yield compare_events(published.get("events", {}), made.get("events", {}))


def compare_events(published: Mapping[str, str], made: Mapping[str, str]) -> Item:
    """The digest of the events of every arm."""
    wrong = [arm for arm in {**published, **made} if published.get(arm) != made.get(arm)]
    name = f"events of {len(published)} arms"
    return Item(EXACT, name, bool(published) and not wrong, where=", ".join(wrong[:3]))


def compare_files(published: Path, made: Path, name: str) -> Item:
    """One file of a study, as its kind is compared."""
    one, other = published / name, made / name
    tier = FIGURES if name.startswith("figures/") else FLOATS if one.suffix in TABLES else EXACT
    for path, words in ((one, "not published"), (other, "not made again")):
        if not path.is_file():
            return Item(tier, name, passed=False, where=words)
    if one.suffix in PICTURES:
        return Item(tier, name, passed=True, where="is there; compared by what it plots")
    if one.suffix in TABLES:
        worst, where = compare_tables(read_any(one), read_any(other))
        return Item(tier, name, worst <= TOLERANCE, worst, where)
    same = one.read_bytes() == other.read_bytes()
    return Item(tier, name, same, where="" if same else "other content")


def read_any(path: Path) -> pd.DataFrame:
    """A table from CSV or Parquet."""
    return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)


def compare_tables(published: pd.DataFrame, made: pd.DataFrame) -> tuple[float, str]:
    """The largest relative deviation of two tables, and the column and row where it is.

    Infinite where columns, rows, texts or whole numbers differ.
    """
    if list(published.columns) != list(made.columns):
        odd = sorted({*published.columns} ^ {*made.columns}) or ["order"]
        return np.inf, f"columns differ: {', '.join(map(str, odd[:3]))}"
    if len(published) != len(made):
        return np.inf, f"{len(made)} rows, not {len(published)}"
    worst, where = 0.0, ""
    for column in published.columns:
        apart = deviations(published[column], made[column])
        if len(apart) and (largest := float(apart.max())) > worst:
            worst, where = largest, f"{column}, row {int(apart.argmax()) + 1}"
    return worst, where


def deviations(published: pd.Series, made: pd.Series) -> Any:
    """Relative deviation by row: 0 where equal, infinite where texts or whole numbers differ."""
    numbers = _is_number(published) and _is_number(made)
    if not numbers or (_is_whole(published) and _is_whole(made)):
        words = [column.astype("object") for column in (published, made)]
        equal = (words[0] == words[1]) | (published.isna() & made.isna())
        return np.where(equal.to_numpy(dtype=bool), 0.0, np.inf)
    one, other = published.to_numpy(dtype=float), made.to_numpy(dtype=float)
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    size = np.maximum(np.abs(one), np.abs(other))
    finite = size[np.isfinite(size)]
    floor = FLOOR * float(finite.max()) if finite.size else 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = np.abs(one - other) / np.maximum(size, floor)
    return np.where(same, 0.0, np.where(np.isfinite(apart), apart, np.inf))


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _is_whole(column: pd.Series) -> bool:
    return pd.api.types.is_integer_dtype(column)


def count(items: Iterable[Item]) -> tuple[int, int]:
    """How many passed, and how many there are."""
    passed = [item.passed for item in items]
    return sum(passed), len(passed)
