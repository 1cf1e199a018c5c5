"""A hypothesis as a small study: its arms, what is read from a run, and how that answers.

A new hypothesis is a :class:`Hypothesis` in the list of :mod:`experiments.hypotheses.ten`
and a sentence in :mod:`experiments.hypotheses.why`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.assembly import Composer
from experiments.compose import session
from experiments.hypotheses.statistic import Finding, Floats
from sim.case import Case, load
from sim.metrics import measure
from sim.record import Record

Words = tuple[str, ...]
Reader = Callable[[Case, Record], dict[str, float]]
READINGS = ("fragmented_layered", "fragmented_partition", "fragmented_mixed")


class Sample:
    """What was read from every run.

    Parameters
    ----------
    table : ``arm``, ``metric``, ``replication``, ``value``
    """

    def __init__(self, table: pd.DataFrame) -> None:
        wide = table.pivot(index=["arm", "metric"], columns="replication", values="value")
        self.rows = wide.sort_index(axis=1)

    @property
    def count(self) -> int:
        """How many replications there are."""
        return self.rows.shape[1]

    def of(self, arm: str, metric: str) -> Floats:
        """One number per replication, in their order."""
        return np.asarray(self.rows.loc[(arm, metric)], dtype=np.float64)

    def all_of(self, arms: list[str], metric: str) -> Floats:
        """One row per arm."""
        return np.array([self.of(arm, metric) for arm in arms])


def as_it_is(case: Case) -> Case:
    """The case of a replication, unchanged."""
    return case


@dataclass(frozen=True)
class Hypothesis:
    """One hypothesis, and the small study that answers it.

    Attributes
    ----------
    topic : what it is about, in a few words
    claim : what was expected, in a sentence, with its number
    clock : words for every arm, which those of an arm may change
    arms : words by arm; all arms of a replication share its luck
    read : what is kept of a run
    answer : from that to the findings
    lay : a last change of an arm's case, once the replication is known
    """

    number: int
    topic: str
    claim: str
    replications: int
    clock: Words
    arms: dict[str, Words]
    read: Reader
    answer: Callable[[Sample], list[Finding]]
    lay: Callable[[Case], Case] = as_it_is


def compose(hypothesis: Hypothesis, extra: Words = ()) -> dict[str, Case]:
    """Every case of a hypothesis; an arm's own words come after ``extra``.

    Raises
    ------
    CaseError
        One line: key, value, what is allowed.
    """
    return compose_arms((*hypothesis.clock, *extra), hypothesis.arms)


def compose_arms(first: Words, arms: dict[str, Words]) -> dict[str, Case]:
    """A case per arm from words for all and words of its own."""
    with session(None):
        composer = Composer([])
        return {arm: load(composer.mapping([*first, *words])) for arm, words in arms.items()}


def policies(*names: str, words: Words = ()) -> dict[str, Words]:
    """Shipped policies as arms of their own names, in a world changed by ``words``."""
    return {name: (f"policy={name}", *words) for name in names}


def metrics(*names: str) -> Reader:
    """A reader of metrics over everybody, or of a group: ``metric@group``."""
    wanted = [(name.partition("@")[0], name.partition("@")[2] or "all") for name in names]

    def read(_: Case, record: Record) -> dict[str, float]:
        table = measure(record).set_index(["metric", "group"]).value
        return {name: float(table[pair]) for name, pair in zip(names, wanted, strict=True)}

    return read
