"""Rows of a table one by one, as what they are: numbers and words by column."""

from typing import Any

import pandas as pd


def each(table: pd.DataFrame) -> list[Any]:
    """Every row, its columns as attributes."""
    return list(table.itertuples())


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Every row, by the names of its columns."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def largest(table: pd.DataFrame, column: str) -> Any:
    """The row that is farthest from 0 in a column."""
    return max(each(table), key=lambda row: abs(getattr(row, column)))
