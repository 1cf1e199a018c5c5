"""A study: arms, the worlds they are compared in, and the replications of each."""

import hashlib
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from experiments.compose import Composer, ConfigError
from sim.base import Name, Spec
from sim.case import Case, digest, explain, load

Words = tuple[str, ...]


class Study(Spec):
    """What is run and what is set against what.

    ``worlds`` are named lists of overrides laid over every arm; ``factors`` span a grid of
    worlds, and an option may hold overrides for some arms only.
    """

    kind: Literal["compare", "ladder", "multiverse"]
    name: Annotated[str, Field(pattern=r"^[\w.-]{1,60}$")]
    replications: Annotated[int, Field(ge=2, le=100_000)]
    baseline: Name
    focus: Name = Field(description="the arm whose difference to the baseline is shown first")
    arms: dict[Name, Words] = Field(min_length=2)
    contrasts: tuple[Annotated[tuple[Name, ...], Field(min_length=2, max_length=2)], ...]
    worlds: dict[Name, Words | dict[Name, Words]]
    factors: dict[Name, dict[Name, Words | dict[Name, Words]]]

    @model_validator(mode="after")
    def _known_arms(self) -> Self:
        contrasts = [name for pair in self.contrasts for name in pair]
        for name in (self.baseline, self.focus, *contrasts):
            if name not in self.arms:
                raise ValueError(f"{name!r} is not an arm; allowed: {list(self.arms)}")
        if self.baseline == self.focus:
            raise ValueError("baseline and focus must be two arms")
        return self

    def pairs(self) -> list[tuple[str, str]]:
        """Every (baseline, alternative) to be contrasted, the focus first."""
        others = [name for name in self.arms if name not in (self.baseline, self.focus)]
        pairs = [(self.baseline, name) for name in (self.focus, *others)]
        return [*pairs, *((pair[0], pair[1]) for pair in self.contrasts)]


@dataclass(frozen=True)
class WorldCases:
    """One world: its name, the option of each factor, and a case per arm."""

    name: str
    options: dict[str, str]
    cases: dict[str, Case]


def load_study(node: Any) -> Study:
    """Validate the config's ``study``."""
    try:
        return Study.model_validate_json(json.dumps(node))
    except ValidationError as error:
        raise ConfigError(f"study.{explain(error, Study)}") from None


def plan_worlds(study: Study, words: list[str]) -> Iterator[WorldCases]:
    """Compose and validate every case of a study, world by world."""
    for word in words:
        if word.split("=")[0] == "policy":
            raise ConfigError(f"{word}: the arms choose the policy; allowed: study.arms.NAME=[...]")
    composer = Composer(words)
    for name, options, extra in _worlds(study):
        cases = {}
        for arm, own in study.arms.items():
            laid = [word for part in extra for word in _for_arm(part, arm)]
            cases[arm] = load(composer.mapping([*own, *laid]))
        yield WorldCases(name, options, cases)


def _worlds(study: Study) -> Iterator[tuple[str, dict[str, str], list[Any]]]:
    for name, words in study.worlds.items():
        yield name, {}, [words]
    if study.factors:
        for choice in itertools.product(*(options.items() for options in study.factors.values())):
            options = dict(zip(study.factors, (name for name, _ in choice), strict=True))
            yield ", ".join(f"{k}={v}" for k, v in options.items()), options, [w for _, w in choice]


def _for_arm(words: Words | dict[str, Words], arm: str) -> Words:
    return words.get(arm, ()) if isinstance(words, dict) else words


def study_digest(study: Study, worlds: list[WorldCases]) -> str:
    """Digest of everything a study will run."""
    parts = [digest(study)]
    parts += [digest(case) for world in worlds for case in world.cases.values()]
    return hashlib.sha256("".join(parts).encode()).hexdigest()
