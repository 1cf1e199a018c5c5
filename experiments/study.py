"""A study: arms, the worlds they are compared in, and the replications of each."""

import hashlib
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from experiments.compose import Composer, ConfigError
from sim.base import CaseError, Name, Spec
from sim.case import Case, digest, explain, load

Words = tuple[str, ...]


class Study(Spec):
    """What is run and what is set against what.

    ``worlds`` are named lists of overrides laid over every arm; ``factors`` span a grid of
    worlds, and an option may hold overrides for some arms only.
    """

    kind: Literal["compare", "ladder", "multiverse"]
    name: Annotated[str, Field(pattern=r"^\w[\w.-]{0,59}$")]
    replications: Annotated[int, Field(ge=2, le=100_000)]
    baseline: Name
    focus: Name = Field(description="the arm whose difference to the baseline is shown first")
    arms: dict[Name, Words] = Field(min_length=2)
    contrasts: tuple[Annotated[tuple[Name, ...], Field(min_length=2, max_length=2)], ...]
    worlds: dict[Name, Words | dict[Name, Words]]
    factors: dict[Name, dict[Name, Words | dict[Name, Words]]]

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
        study = Study.model_validate_json(json.dumps(node))
    except ValidationError as error:
        raise ConfigError(f"study.{explain(error, Study)}") from None
    for key, name in _named_arms(study):
        if name not in study.arms:
            known = ", ".join(study.arms)
            raise ConfigError(f"{key} = {name!r}: {name!r} is not an arm; allowed: {known}")
    if study.baseline == study.focus:
        raise ConfigError(
            f"study.focus = {study.focus!r}: baseline and focus must be two arms; "
            f"allowed: {', '.join(name for name in study.arms if name != study.baseline)}"
        )
    if not study.worlds and not study.factors:
        raise ConfigError("study.worlds: no world and no factor; allowed: one or more of either")
    return study


def _named_arms(study: Study) -> Iterator[tuple[str, str]]:
    """Every place of a study that names an arm, with the name."""
    yield "study.baseline", study.baseline
    yield "study.focus", study.focus
    for number, pair in enumerate(study.contrasts):
        for name in pair:
            yield f"study.contrasts.{number}", name
    options = [(f"study.worlds.{name}", words) for name, words in study.worlds.items()]
    for factor, choices in study.factors.items():
        options += [(f"study.factors.{factor}.{name}", words) for name, words in choices.items()]
    for key, words in options:
        if isinstance(words, dict):
            for name in words:
                yield key, name


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
            cases[arm] = _load_arm(composer, arm, [*own, *laid])
        yield WorldCases(name, options, cases)


def _load_arm(composer: Composer, arm: str, words: list[str]) -> Case:
    """The case of one arm; an error that its own words caused names the arm."""
    try:
        return load(composer.mapping(words))
    except CaseError as error:
        if any(word.partition("=")[0] in str(error) for word in words):
            raise ConfigError(f"study.arms.{arm}: {error}") from None
        raise


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
