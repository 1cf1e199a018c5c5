"""What a kind of study can do."""

from abc import abstractmethod
from pathlib import Path

from experiments.outcome import Results, Tables
from experiments.study import Study
from experiments.terminal import Screen


class Kind(Study):
    """A study that knows what it leaves and what it shows."""

    @abstractmethod
    def tables(self, results: Results) -> Tables:
        """What the runs say; every table is written as a CSV file of its name."""

    @abstractmethod
    def draw(self, folder: Path, results: Results, tables: Tables) -> None:
        """Write the figures."""

    @abstractmethod
    def show(self, screen: Screen, tables: Tables) -> None:
        """Print what a person reads first."""
