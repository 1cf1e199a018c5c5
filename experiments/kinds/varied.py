"""What varies in a design: a name, the keys it sets, and the values it takes."""

import math
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import pandas as pd
from pydantic import Field

from experiments.compose import ConfigError
from experiments.designs import Parameter
from experiments.outcome import SUMMARY
from experiments.study import Laid, Laying
from sim.base import Name, Spec

TAKEN = {*SUMMARY, "world", "matrix", "sample", "point", "replication"}


class Varied(Spec):
    """One quantity of a design."""

    keys: Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        description="config keys that are set to its value, all to the same"
    )
    arms: tuple[Name, ...] = Field(description="in which arms; none named: in all")
    takes: Parameter = Field(description="{low, high, scale} or {values}")
    unit: str = Field(description="as it is shown")

    def words(self, value: Any) -> Laid:
        """The words that set it to a value."""
        laid = tuple(f"{key}={plain(value)}" for key in self.keys)
        return dict.fromkeys(self.arms, laid) if self.arms else laid


type Varying = dict[Name, Varied]


def lay_points(varying: Mapping[str, Varied], points: pd.DataFrame) -> Iterator[Laying]:
    """A world for every row of a design.

    Parameters
    ----------
    points : a column per name of ``varying``; further columns are carried along
    """
    width = max(4, math.ceil(math.log10(len(points) + 1)))
    for number, row in enumerate(points.to_dict("records")):
        words = tuple(each.words(row[name]) for name, each in varying.items())
        options = {str(name): value for name, value in row.items()}
        yield Laying(f"point {number:0{width}d}", options, words)


def labels_of(varying: Mapping[str, Varied]) -> dict[str, str]:
    """Words for the quantities, with the unit in brackets."""
    return {
        name: f"{name.replace('_', ' ')} [{each.unit}]" if each.unit else name.replace("_", " ")
        for name, each in varying.items()
    }


def logs_of(varying: Mapping[str, Varied]) -> list[str]:
    """Quantities on a logarithmic scale."""
    return [name for name, each in varying.items() if getattr(each.takes, "scale", "") == "log"]


def check_varying(key: str, varying: Mapping[str, Varied]) -> None:
    """Refuse names that mean something else in the tables.

    Raises
    ------
    ConfigError
    """
    for name in varying:
        if name in TAKEN:
            raise ConfigError(f"{key}.{name}: the name is taken; allowed: any but {sorted(TAKEN)}")


def arms_of(key: str, varying: Mapping[str, Varied]) -> Iterator[tuple[str, str]]:
    """The arms that quantities name, each with its key."""
    for name, each in varying.items():
        for arm in each.arms:
            yield f"{key}.{name}.arms", arm


def plain(value: Any) -> str:
    """A value as it is written in a word."""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, int | float) else str(value)
