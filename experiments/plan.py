"""The plan of a study: every run, with an id that is a digest of its case and of the code."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import batched

import pandas as pd

from experiments.study import Study, WorldCases
from sim.case import Case
from sim.provenance import code_version

TOGETHER = 16  # runs of one replication that one process does in a row
DIGITS = 24  # of an id


@dataclass(frozen=True)
class Job:
    """Runs of one replication that share their city where they can: id and case of each."""

    replication: int
    runs: tuple[tuple[str, Case], ...]
    keep: str

    def apart(self) -> "list[Job]":
        """A job for each run: where a process dies, only the run that killed it is lost."""
        return [Job(self.replication, (run,), self.keep) for run in self.runs]


class Plan:
    """The runs of a study.

    Parameters
    ----------
    worlds : with a case per arm
    """

    def __init__(self, study: Study, worlds: list[WorldCases]) -> None:
        self.study, self.worlds = study, worlds
        self._stems = [
            (number, arm, _stem(world.digests[arm], study.keep), case)
            for number, world in enumerate(worlds)
            for arm, case in world.cases.items()
        ]

    def table(self, replications: int) -> pd.DataFrame:
        """Every run: world, arm, replication and id; an id may occur more than once."""
        rows = [
            (number, arm, replication, _run_id(stem, replication))
            for number, arm, stem, _ in self._stems
            for replication in range(replications)
        ]
        return pd.DataFrame(rows, columns=["world", "arm", "replication", "run"])

    def jobs(self, replications: int, done: set[str], share: tuple[int, int]) -> list[Job]:
        """What remains to be run here: each id once, replication by replication.

        Parameters
        ----------
        share : number of this part of the runs, from 0, and the number of parts
        """
        return [
            Job(replication, runs, self.study.keep)
            for replication in range(replications)
            for runs in self._grouped(replication, done, share)
        ]

    def _grouped(
        self, replication: int, done: set[str], share: tuple[int, int]
    ) -> Iterator[tuple[tuple[str, Case], ...]]:
        """The runs of a replication, world by world; parts share them out by world."""
        part, parts = share
        known: set[str] = set()
        for number, world in enumerate(self._by_world()):
            fresh = {_run_id(stem, replication): case for stem, case in world}
            mine = (number + replication * len(self.worlds)) % parts == part
            wanted = [(run, case) for run, case in fresh.items() if run not in known]
            known.update(fresh)
            if mine:
                yield from batched((item for item in wanted if item[0] not in done), TOGETHER)

    def _by_world(self) -> Iterable[list[tuple[str, Case]]]:
        worlds: list[list[tuple[str, Case]]] = [[] for _ in self.worlds]
        for number, _, stem, case in self._stems:
            worlds[number].append((stem, case))
        return worlds


def _stem(digest: str, keep: str) -> str:
    """What the ids of a case's replications have in common."""
    return f"{digest}:{keep}:{code_version()}"


def _run_id(stem: str, replication: int) -> str:
    return hashlib.sha256(f"{stem}:{replication}".encode()).hexdigest()[:DIGITS]
