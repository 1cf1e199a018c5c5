"""What a kind of study can do."""

from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from pydantic import Field

from experiments.outcome import Results, Tables
from experiments.study import Laid, Laying, MappingOf, Study, arms_in
from experiments.terminal import Screen
from sim.base import Name


class Kind(Study):
    """A study that knows what it leaves and what it shows."""

    @abstractmethod
    def tables(self, results: Results) -> Tables:
        """What the runs say; every table is written as a CSV file of its name."""

    @abstractmethod
    def draw(self, folder: Path, results: Results, tables: Tables) -> None:
        """Write the figures."""

    def files(self) -> dict[str, Path]:
        """What the study was read from beside the configs, to be kept with its results."""
        return {}

    def found_in(self, folder: Path) -> Self:  # noqa: ARG002 - for kinds that read files
        """The study with its files where its results are."""
        return self

    def leave(self, folder: Path, results: Results) -> None:
        """Write what is neither a table nor a figure; most kinds have nothing of the sort."""

    @abstractmethod
    def show(self, screen: Screen, tables: Tables) -> None:
        """Print what a person reads first."""


class NamedWorlds(Kind):
    """A study whose worlds stand in its config by name."""

    worlds: dict[Name, Laid] = Field(min_length=1)

    def layings(self, _: MappingOf) -> Iterator[Laying]:
        """The worlds as they are named."""
        for name, words in self.worlds.items():
            yield Laying(name, {}, (words,))

    def named(self) -> Iterator[tuple[str, str]]:
        """Also the arms that worlds name."""
        yield from super().named()
        yield from arms_in("study.worlds", self.worlds)
