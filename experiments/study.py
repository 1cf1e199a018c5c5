"""A study: arms, the worlds they are compared in, and the replications of each.

What a kind of study runs and what it leaves is in ``experiments/kinds``; here is what all
kinds share, and the way from words to validated cases.
"""

import hashlib
import json
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field

from experiments.assembly import Assembly, Composed, Composer
from experiments.compose import ConfigError
from sim.base import CaseError, Name, Spec
from sim.case import Case, digest

type Words = tuple[str, ...]
type Laid = Words | dict[Name, Words]
type MappingOf = Callable[[Words], dict[str, Any]]


class Precision(Spec):
    """Replications go on until the interval of a difference is narrow enough."""

    metric: Name = Field(description="of the focus against the baseline")
    group: str = Field(description="of requests or workers; all")
    half_width: Annotated[float, Field(gt=0)] = Field(description="in the metric's unit")
    at_most: Annotated[int, Field(ge=2, le=100_000)] = Field(description="replications")


class Laying(NamedTuple):
    """A world before it is composed: its name, its place in the design, words for the arms."""

    name: str
    options: dict[str, Any]
    words: tuple[Laid, ...]


class Study(Spec):
    """What is run and what is set against what."""

    kind: str
    name: Annotated[str, Field(pattern=r"^\w[\w.-]{0,59}$")]
    replications: Annotated[int, Field(ge=2, le=100_000)]
    precision: Precision | None = Field(description="null: as many as ``replications`` says")
    keep: Literal["all", "headline"] = Field(description="of every run: each group, or totals")
    baseline: Name
    focus: Name = Field(description="the arm whose difference to the baseline is shown first")
    arms: dict[Name, Words] = Field(min_length=1)
    contrasts: tuple[Annotated[tuple[Name, ...], Field(min_length=2, max_length=2)], ...]

    @abstractmethod
    def layings(self, mapping: MappingOf) -> Iterator[Laying]:
        """Every world of the design, in order.

        Parameters
        ----------
        mapping : the resolved mapping of an arm, by its words
        """

    def all_arms(self) -> dict[str, Words]:
        """Every arm that is run, with its words."""
        return self.arms

    def pairs(self) -> list[tuple[str, str]]:
        """Every (baseline, alternative) to be contrasted, the focus first."""
        others = [name for name in self.all_arms() if name not in (self.baseline, self.focus)]
        pairs = [(self.baseline, name) for name in (self.focus, *others)]
        return [*pairs, *((pair[0], pair[1]) for pair in self.contrasts)]

    def check(self) -> None:
        """Refuse what only shows across fields.

        Raises
        ------
        ConfigError
        """
        arms = self.all_arms()
        for key, name in self.named():
            if name not in arms:
                known = ", ".join(arms)
                raise ConfigError(f"{key} = {name!r}: {name!r} is not an arm; allowed: {known}")
        if self.baseline == self.focus:
            raise ConfigError(
                f"study.focus = {self.focus!r}: baseline and focus must be two arms; "
                f"allowed: {', '.join(name for name in arms if name != self.baseline)}"
            )
        if self.precision and self.precision.at_most < self.replications:
            raise ConfigError(
                f"study.precision.at_most = {self.precision.at_most}: allowed: "
                f"study.replications ({self.replications}) or more"
            )

    def named(self) -> Iterator[tuple[str, str]]:
        """Every place of a study that names an arm, with the name."""
        yield "study.baseline", self.baseline
        yield "study.focus", self.focus
        for number, pair in enumerate(self.contrasts):
            for name in pair:
                yield f"study.contrasts.{number}", name


def arms_in(key: str, laid: Mapping[str, Laid]) -> Iterator[tuple[str, str]]:
    """The arms that worlds or options name, each with its key."""
    for name, words in laid.items():
        if isinstance(words, dict):
            for arm in words:
                yield f"{key}.{name}", arm


@dataclass(frozen=True)
class WorldCases:
    """One world: its name, its place in the design, and a case per arm."""

    name: str
    options: dict[str, Any]
    cases: dict[str, Case]
    digests: dict[str, str]


@dataclass(frozen=True)
class WorldWords:
    """One world before anything is validated: its name, its place, and words per arm."""

    name: str
    options: dict[str, Any]
    words: dict[str, list[str]]


def lay_worlds(study: Study, composer: Composer) -> Iterator[WorldWords]:
    """The words of every case of a study, world by world."""
    for word in composer.words:
        if word.split("=")[0] == "policy":
            raise ConfigError(f"{word}: the arms choose the policy; allowed: study.arms.NAME=[...]")
    arms = study.all_arms()
    for laying in study.layings(lambda own: composer.mapping(list(own))):
        words = {
            arm: [*own, *(word for part in laying.words for word in _for_arm(part, arm))]
            for arm, own in arms.items()
        }
        yield WorldWords(laying.name, laying.options, words)


def compose_worlds(laid: Iterable[WorldWords], composer: Composer) -> Iterator[WorldCases]:
    """Validate every case, world by world."""
    assembly = Assembly(composer)
    for world in laid:
        found = {arm: _load_arm(assembly, arm, words) for arm, words in world.words.items()}
        cases = {arm: each.case for arm, each in found.items()}
        digests = {arm: each.digest for arm, each in found.items()}
        yield WorldCases(world.name, world.options, cases, digests)


def plan_worlds(study: Study, words: list[str]) -> Iterator[WorldCases]:
    """Compose and validate every case of a study, world by world."""
    composer = Composer(words)
    return compose_worlds(lay_worlds(study, composer), composer)


def _load_arm(assembly: Assembly, arm: str, words: list[str]) -> Composed:
    with _words_of(arm, words):
        return assembly.case(words)


@contextmanager
def _words_of(arm: str, words: list[str]) -> Iterator[None]:
    """An error that an arm's own words have caused names the arm."""
    try:
        yield
    except CaseError as error:
        if any(word.partition("=")[0] in str(error) for word in words):
            raise ConfigError(f"study.arms.{arm}: {error}") from None
        raise


def _for_arm(words: Laid, arm: str) -> Words:
    return words.get(arm, ()) if isinstance(words, dict) else words


def study_digest(study: Study, laid: Iterable[WorldWords], composer: Composer) -> str:
    """Digest of everything a study asks, but for how often: more replications are the same.

    What it asks is the study, the mappings that its words are laid over, and those words.
    """
    asked = study.model_copy(update={"replications": 0, "precision": None})
    whole = hashlib.sha256(digest(asked).encode())
    bases: dict[tuple[str, ...], str] = {}
    for world in laid:
        for arm, words in world.words.items():
            with _words_of(arm, words):
                choices, values = composer.split(words)
                if choices not in bases:
                    bases[choices] = _plain_digest(composer.base(choices))
            texts = [word.text for word in values]
            whole.update(json.dumps([world.name, arm, bases[choices], texts]).encode())
    return whole.hexdigest()


def _plain_digest(mapping: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(mapping, sort_keys=True).encode()).hexdigest()
