"""Designs: the points at which a study runs its worlds, over named parameters.

A design is a function that returns a DataFrame with a row per point and a column per
dotted key of the config. A new way to spread points over a range is a branch of
:meth:`Range.at`; a new design is a function from parameters to such a table.
"""

import csv
import itertools
import json
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field, ValidationError, model_validator
from scipy.stats import qmc

from experiments.compose import ConfigError
from sim.base import Spec
from sim.case import explain

Floats = NDArray[np.float64]
Value = int | float | str | bool

KEY = re.compile(r"[A-Za-z_]\w*([./@][A-Za-z_]\w*)*")
INTEGER = re.compile(r"[+-]?\d+")
MOST_POINTS = 2**20


class Range(Spec):
    """Numbers between two ends."""

    low: Annotated[float, Field(allow_inf_nan=False)]
    high: Annotated[float, Field(allow_inf_nan=False)]
    scale: Literal["linear", "log", "integer"] = Field(
        description="equal steps, equal ratios, or whole numbers with both ends"
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"low = {self.low:g}, high = {self.high:g}: low must be below high")
        if self.scale == "log" and self.low <= 0:
            raise ValueError(f"low = {self.low:g}: a log scale is allowed above 0 only")
        if self.scale == "integer" and (self.low % 1 or self.high % 1):
            raise ValueError(
                f"low = {self.low:g}, high = {self.high:g}: scale integer allows whole ends only"
            )
        return self

    def at(self, share: Floats) -> list[Value]:
        """The values at shares of the range from 0 up to, not including, 1."""
        if self.scale == "integer":
            values = self.low + np.floor(share * (self.high - self.low + 1))
            return [int(value) for value in values]
        if self.scale == "log":
            logs = np.log(self.low) + share * np.log(self.high / self.low)
            return _plain(np.clip(np.exp(logs), self.low, self.high))
        return _plain(self.low + share * (self.high - self.low))

    def levels(self, count: int) -> list[Value]:
        """Values from one end to the other, equally far apart on the scale."""
        if self.scale == "log":
            return _plain(np.geomspace(self.low, self.high, count))
        values = np.linspace(self.low, self.high, count)
        if self.scale == "integer":
            return list(dict.fromkeys(int(value) for value in np.rint(values)))
        return _plain(values)


class Choices(Spec):
    """Some values, each as likely as the others."""

    values: Annotated[tuple[Value, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        if len(set(self.values)) < len(self.values):
            raise ValueError(f"values = {list(self.values)}: allowed: each value once")
        return self

    def at(self, share: Floats) -> list[Value]:
        """The values at shares of the list from 0 up to, not including, 1."""
        return [self.values[int(place)] for place in share * len(self.values)]

    def levels(self, count: int) -> list[Value]:  # noqa: ARG002 - every value is a level
        """Every value, whatever the count."""
        return list(self.values)


def _spec(value: Any) -> Range | Choices:
    """What a config says of a parameter, told apart by the key ``values``."""
    if isinstance(value, Range | Choices):
        return value
    if not isinstance(value, dict):
        raise ValueError("allowed: {low, high, scale} or {values}")  # noqa: TRY004 - pydantic reports ValueError
    kind = Choices if "values" in value else Range
    try:
        return kind.model_validate_json(json.dumps(value))
    except ValidationError as error:
        raise ValueError(explain(error, kind)) from None


Parameter = Annotated[Range | Choices, BeforeValidator(_spec)]
"""What a study's config gives per key: ``{low, high, scale}`` or ``{values}``."""
Parameters = Mapping[str, Range | Choices]


def grid(parameters: Parameters, levels: int | Mapping[str, int]) -> pd.DataFrame:
    """Every combination of levels; the last key changes fastest.

    Parameters
    ----------
    levels : number of levels of every key, or of each key by name; a list of choices is
        taken whole. Whole numbers closer than the levels fall together.

    Returns
    -------
    DataFrame with a column per key and a row per point.

    Raises
    ------
    ConfigError
        Fewer than two levels of a range, a key without levels, or more than 2**20 points.
    """
    found = [each.levels(_level(levels, key, each)) for key, each in parameters.items()]
    _check_count("levels", math.prod(len(values) for values in found), 1)
    columns = zip(*itertools.product(*found), strict=True)
    return _frame(dict(zip(parameters, map(list, columns), strict=True)))


def _level(levels: int | Mapping[str, int], key: str, parameter: Range | Choices) -> int:
    if isinstance(parameter, Choices):
        return len(parameter.values)
    if not isinstance(levels, int) and key not in levels:
        raise ConfigError(f"levels: none for {key}; allowed: a number of 2 or more")
    level = levels if isinstance(levels, int) else levels[key]
    if level < 2:
        raise ConfigError(f"levels = {level} of {key}: allowed: 2 or more")
    return level


def latin_hypercube(parameters: Parameters, count: int, seed: int) -> pd.DataFrame:
    """Points of which each lies in a slice of its own of every range (McKay et al. 1979).

    Parameters
    ----------
    count : points
    seed : of the study; the same seed gives the same points, but more points are all new

    Returns
    -------
    DataFrame with a column per key and a row per point.

    Raises
    ------
    ConfigError
        Fewer than two points.
    """
    _check_count("count", count, 2)
    shares = qmc.LatinHypercube(d=len(parameters), rng=seed).random(count)
    return _scaled(parameters, shares)


def sobol(parameters: Parameters, count: int, seed: int) -> pd.DataFrame:
    """A scrambled Sobol sequence, which fills the ranges evenly (Owen 1998).

    Parameters
    ----------
    count : points, a power of two
    seed : of the study; with twice the points the first half stays as it was

    Returns
    -------
    DataFrame with a column per key and a row per point.

    Raises
    ------
    ConfigError
        The count is no power of two.
    """
    return _scaled(parameters, _sobol_shares(len(parameters), count, seed))


def saltelli(parameters: Parameters, count: int, seed: int) -> pd.DataFrame:
    """The points from which Sobol indices are estimated (Saltelli et al. 2010, section 5).

    Two tables A and B of points, and for each key A with that one column taken from B.
    A and B are the halves of one scrambled Sobol sequence of twice the dimension.

    Parameters
    ----------
    count : points of A, a power of two; the design has ``count * (keys + 2)`` points
    seed : of the study; with twice the count the first points of every table stay

    Returns
    -------
    DataFrame with ``matrix`` (``A``, ``B`` or ``AB:KEY``), ``sample`` (row of the matrix,
    from 0) and a column per key; A first, then B, then AB key by key.

    Raises
    ------
    ConfigError
        The count is no power of two.
    """
    shares = _sobol_shares(2 * len(parameters), count, seed)
    first, second = np.hsplit(shares, 2)
    tables = {"A": first, "B": second}
    for place, key in enumerate(parameters):
        tables[f"AB:{key}"] = first.copy()
        tables[f"AB:{key}"][:, place] = second[:, place]
    points = _scaled(parameters, np.concatenate(list(tables.values())))
    points.insert(0, "matrix", np.repeat(list(tables), count))
    points.insert(1, "sample", np.tile(np.arange(count), len(tables)))
    return points


def from_csv(path: Path) -> pd.DataFrame:
    """Points written by hand: a header of dotted keys and a row per point.

    A cell is a whole number, a number, ``true``, ``false``, or else text.

    Returns
    -------
    DataFrame with a column per key and a row per point.

    Raises
    ------
    ConfigError
        One line with file, row (the header is row 1) and column: a header that is no
        dotted key or stands twice, an empty cell, a number that is not finite, a row that
        is too short or too long, no row at all, or a file that cannot be read.
    """
    rows = list(_rows(path))
    if not rows:
        raise ConfigError(f"{path}: empty; allowed: a header of dotted keys and a row per point")
    keys = _header(path, rows[0][1])
    columns: dict[str, list[Value]] = {key: [] for key in keys}
    for line, cells in rows[1:]:
        if len(cells) != len(keys):
            raise ConfigError(f"{path}, row {line}: {len(cells)} cells; allowed: {len(keys)}")
        for key, cell in zip(keys, cells, strict=True):
            columns[key].append(_value(cell.strip(), f"{path}, row {line}, column {key}"))
    if not columns[keys[0]]:
        raise ConfigError(f"{path}: no row below the header; allowed: one or more points")
    return _frame(columns)


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, with their line in the file."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            yield from ((reader.line_num, cells) for cells in reader if any(cells))
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not UTF-8 text; allowed: a CSV file in UTF-8") from None
    except (OSError, csv.Error) as error:
        raise ConfigError(f"{path}: cannot be read ({error}); allowed: a CSV file") from None


def _header(path: Path, cells: list[str]) -> list[str]:
    keys = [cell.strip() for cell in cells]
    for place, key in enumerate(keys, start=1):
        where = f"{path}, row 1, column {place} = {key!r}"
        if not KEY.fullmatch(key):
            raise ConfigError(f"{where}: allowed: a dotted key such as world.demand.misnamed")
        if key in keys[: place - 1]:
            raise ConfigError(f"{where}: the key stands twice; allowed: once")
    return keys


def _value(cell: str, where: str) -> Value:
    if not cell:
        raise ConfigError(f"{where}: empty; allowed: a number, true, false or text")
    if cell.lower() in ("true", "false"):
        return cell.lower() == "true"
    if INTEGER.fullmatch(cell):
        return int(cell)
    try:
        number = float(cell)
    except ValueError:
        return cell
    if not math.isfinite(number):
        raise ConfigError(f"{where} = {cell!r}: not a finite number; allowed: a finite one")
    return number


def _check_count(key: str, count: int, least: int) -> None:
    if not least <= count <= MOST_POINTS:
        raise ConfigError(f"{key}: {count} points; allowed: {least} to {MOST_POINTS}")


def _sobol_shares(dimensions: int, count: int, seed: int) -> Floats:
    _check_count("count", count, 2)
    if count & (count - 1):
        near = 2 ** round(math.log2(count))
        raise ConfigError(f"count = {count}: allowed: a power of two; closest: {near}")
    return qmc.Sobol(d=dimensions, rng=seed).random(count)


def _scaled(parameters: Parameters, shares: Floats) -> pd.DataFrame:
    columns = zip(parameters.items(), shares.T, strict=True)
    return _frame({key: parameter.at(share) for (key, parameter), share in columns})


def _frame(columns: Mapping[str, list[Value]]) -> pd.DataFrame:
    """Columns of one type each; a mixed column keeps its own values."""
    return pd.DataFrame({key: _column(values) for key, values in columns.items()})


def _column(values: list[Value]) -> pd.Series:
    kinds = {type(value) for value in values}
    whole = len(kinds) == 1 and str not in kinds
    return pd.Series(values) if whole else pd.Series(values, dtype="object")


def _plain(values: Floats) -> list[Value]:
    return [float(value) for value in values]
