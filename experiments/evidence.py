"""The evidence ledger: every parameter of a study with value, unit, grade, source and range.

Values are those of the arms as they are run, without the points of a design; what the config
files say of a number comes with it (:mod:`experiments.sources`). Ranges are those that the study
itself varies, or those of ``configs/evidence.yaml``. A quantity rests on a guess where its value
or its range does.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from experiments.assembly import Composer
from experiments.compose import CASE, is_group, read, session
from experiments.sources import Choices, Source, file_at, settings, sources, tellers
from experiments.study import Study, Words
from sim.metrics import HEADLINE

COLUMNS = [
    *("key", "arms", "value", "unit", "grade", "source"),
    *("low", "high", "range_grade", "range_source", "variance_share"),
]
CHOICES = ["key", "arms", "value", "source"]
WEAKEST_FIRST = "GDLA"
MANY = 12  # arms that are named; more are counted
GUESS = "G"
RESTS = "rests_on_guesses"  # the table of a Sobol study
CHOICE = "choice"  # the unit of what is no number
MAIN, RANGES = "config.yaml", "evidence.yaml"
VARIED = "varied by this study"


class Entry(NamedTuple):
    """What one arm holds at a key."""

    value: str
    unit: str
    grade: str
    source: str


@dataclass(frozen=True)
class Range:
    """From where to where a quantity may lie."""

    low: float
    high: float
    grade: str
    source: str


def evidence_of(
    study: Study, composer: Composer, tables: Mapping[str, pd.DataFrame] | None = None
) -> dict[str, pd.DataFrame]:
    """The ledger of a study: a row per key, several where arms differ.

    A line with numbers of several grades is graded by the weakest.

    Parameters
    ----------
    composer : of the words of the command line; what it has composed is used
    tables : of the study; where ``indices`` is among them, shares of variance are read there

    Returns
    -------
    ``evidence``, every number, with ``COLUMNS``, and ``choices``, what is no number: who may do
    what, which rule holds, with the words of the file that says so. ``arms`` names who has the
    value, ``low`` and ``high`` are NaN where there is no range; ``variance_share`` is the
    first-order index of the median response, NaN for all that a Sobol study did not vary.
    """
    own = Composer(composer.words, composer.known)
    first = _first_world(study, own)
    order = [study.focus, *(name for name in study.all_arms() if name != study.focus)]
    words = {arm: [*study.all_arms()[arm], *first(arm)] for arm in order}
    ledger = _ledger(words, own, [*_varied(study).items(), *_known().items()])
    if tables is not None and "indices" in tables:
        shares = _shares(study, tables["indices"])
        ledger = ledger.assign(variance_share=ledger.key.map(shares).astype(float))
    return _apart(ledger)


def evidence_of_arms(arms: Mapping[str, Sequence[str]]) -> dict[str, pd.DataFrame]:
    """The same of arms that belong to no study: words by arm, the first one first."""
    with session(None):
        words = {arm: list(own) for arm, own in arms.items()}
        return _apart(_ledger(words, Composer([]), list(_known().items())))


def _ledger(
    words: Mapping[str, list[str]], composer: Composer, ranges: list[tuple[str, Range]]
) -> pd.DataFrame:
    """A row per key and value."""
    plain = [text for text in composer.words if is_group(text)]
    bare = composer if plain == composer.words else Composer(plain)
    held = {arm: _entries(composer, bare, own) for arm, own in words.items()}
    rows = []
    for key in dict.fromkeys(key for entries in held.values() for key in entries):
        found = next((item for name, item in ranges if fnmatchcase(key, name)), None)
        for entry, arms in _by_entry(key, held).items():
            rows.append((key, _named(arms, len(words)), *entry, *_columns(found), float("nan")))
    return pd.DataFrame(rows, columns=COLUMNS)


def _apart(ledger: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Numbers, and what is none."""
    chosen = ledger.unit == CHOICE
    return {"evidence": ledger[~chosen], "choices": ledger.loc[chosen, CHOICES]}


def _first_world(study: Study, composer: Composer) -> Any:
    """The words of a study's first world by arm, unless it is a point of a design."""
    laying = next(study.layings(lambda own: composer.mapping(list(own))))

    def laid(arm: str) -> Iterator[str]:
        for part in () if laying.options else laying.words:
            yield from part.get(arm, ()) if isinstance(part, dict) else part

    return laid


def _by_entry(key: str, held: Mapping[str, dict[str, Entry]]) -> dict[Entry, list[str]]:
    """The arms by what they hold at a key; a choice is the same wherever it was written."""
    found: dict[tuple[str, ...], tuple[Entry, list[str]]] = {}
    for arm, entries in held.items():
        if key in entries:
            entry = entries[key]
            same = entry[:3] if entry.unit == CHOICE else entry
            found.setdefault(same, (entry, []))[1].append(arm)
    return dict(found.values())


def _named(arms: list[str], count: int) -> str:
    if len(arms) == count:
        return "all"
    return ", ".join(arms) if len(arms) <= MANY else f"{arms[0]} and {len(arms) - 1} others"


def _columns(found: Range | None) -> tuple[float, float, str, str]:
    if found is None:
        return float("nan"), float("nan"), "", ""
    return found.low, found.high, found.grade, found.source


# --- what an arm holds ----------------------------------------------------------------


def _entries(composer: Composer, bare: Composer, words: list[str]) -> dict[str, Entry]:
    """Every parameter of an arm.

    Parameters
    ----------
    bare : gives the values of the files, without any that are set by word
    """
    groups = [text for text in words if is_group(text)]
    read_groups = (read(text) for text in (*bare.words, *groups))
    chosen: Choices = tuple((word.key, word.shown) for word in read_groups)
    shipped = dict(_leaves(bare.mapping(groups)))
    known, told = sources(file_at(MAIN), "", chosen), tellers(file_at(MAIN), "", chosen)
    return {
        key: _entry(key, value, shipped.get(key), known, told)
        for key, value in _leaves(composer.mapping(words))
    }


def _entry(
    key: str, value: Any, shipped: Any, known: dict[str, Source], told: dict[str, Path]
) -> Entry:
    source = next((known[name] for name in (key, f"{key}.0") if name in known), None)
    unit = source.unit if source else "" if _is_number(value) else CHOICE
    if value != shipped:
        return Entry(_shown(value), unit, GUESS if unit != CHOICE else "", "set by the study")
    if source:
        return Entry(_shown(value), unit, _weakest(source.grades), source.words)
    if _is_number(value):
        return Entry(_shown(value), unit, GUESS, "not stated")
    file = next((told[name] for name in _upwards(key) if name in told), None)
    return Entry(_shown(value), unit, "", _opening(file) if file else "")


def _weakest(grades: str) -> str:
    return next(letter for letter in WEAKEST_FIRST if letter in grades)


@lru_cache(maxsize=256)
def _opening(file: Path) -> str:
    """The first sentences of the comment that opens a file."""
    lines = takewhile(lambda line: line.startswith("#"), file.read_text("utf-8").splitlines())
    return " ".join(line.removeprefix("#").strip() for line in lines)


def _upwards(key: str) -> Iterator[str]:
    """A key and what it stands in, from the inside."""
    while key:
        yield key
        key = key.rpartition(".")[0]


def _leaves(mapping: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every value, and every list of plain values, by dotted key."""
    for part in CASE:
        if mapping[part] is not None:
            yield from _below(part, mapping[part])


def _below(key: str, node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict) and node:
        for name, inner in node.items():
            yield from _below(f"{key}.{name}", inner)
    elif isinstance(node, list) and any(isinstance(item, dict | list) for item in node):
        for number, inner in enumerate(node):
            yield from _below(f"{key}.{number}", inner)
    else:
        yield key, node


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_shown(item) for item in value) or "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.12g}"
    return "none" if value in (None, {}) else str(value)


# --- what the variance rests on -------------------------------------------------------


def _shares(study: Study, indices: pd.DataFrame) -> dict[str, float]:
    """The first-order index of the median response by key that was varied."""
    wanted = indices[(indices["index"] == "first") & (indices.metric == HEADLINE[0])]
    by_name = dict(zip(wanted.parameter, wanted.value, strict=True))
    return {
        key: float(by_name[name])
        for name, each in getattr(study, "varying", {}).items()
        for key in each.keys
        if name in by_name
    }


def shares_for(folder: Path) -> tuple[pd.DataFrame, Path] | None:
    """What share of each headline's variance rests on guesses, for the study in ``folder``.

    Returns
    -------
    The table ``rests_on_guesses`` of the Sobol study of the same name below the same root or,
    without one, of that of the default world, with its folder; None where there is neither.
    """
    root = folder.parent.parent
    for name in (folder.name, "chibi"):
        place = root / "sobol" / name
        if (place / f"{RESTS}.csv").is_file():
            return pd.read_csv(place / f"{RESTS}.csv"), place
    return None


# --- ranges -----------------------------------------------------------------------------


def _known() -> dict[str, Range]:
    """The ranges that evidence or sense gives, by key; a key may hold ``*``."""
    found = {}
    for item in settings(file_at(RANGES)):
        if item.source is not None:
            low, high = item.value
            key = item.key.removeprefix("ranges.")
            found[key] = Range(float(low), float(high), item.source.grades, item.source.words)
    return found


def _varied(study: Study) -> dict[str, Range]:
    """The ranges that a study varies, by key."""
    found = {}
    for each in getattr(study, "varying", {}).values():
        takes = each.takes.model_dump()
        values = takes.get("values") or (takes["low"], takes["high"])
        if all(_is_number(value) for value in values):
            grade = _grades(each.keys)
            for key in each.keys:
                found[key] = Range(float(min(values)), float(max(values)), grade, VARIED)
    return found


def _grades(keys: Words) -> str:
    """Grades of the value and of the known range of the keys, in the shipped configs."""
    known, ranges = sources(file_at(MAIN)), _known()
    letters = [known[key].grades for key in keys if key in known]
    letters += [
        item.grade for key in keys for name, item in ranges.items() if fnmatchcase(key, name)
    ]
    return "".join(dict.fromkeys("".join(letters))) or GUESS


def guessed(varying: Mapping[str, Any]) -> list[str]:
    """The quantities of a design that rest on a guess, by their value or their range."""
    return [name for name, each in varying.items() if GUESS in _grades(each.keys)]
