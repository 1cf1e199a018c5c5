"""Cases of a study put together from parts, each of which is validated and written out once.

Between the worlds of a study a few parts of a case change (:data:`PARTS`), and arms share those
of the world. A case put together here equals ``sim.load`` of its mapping, and its digest
``sim.digest`` of it; where anything is wrong, ``sim.load`` finds the words for it.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from pydantic import ValidationError

from experiments.compose import CASE, Word, chooses, lay, read, resolve
from sim.base import CaseError, Spec
from sim.case import Case, digest, load
from sim.policy import Policy

KEPT = 4096  # parts at a time
MARK = "\ue000"  # of no script: in no name and no value


type Known = dict[tuple[str, ...], dict[str, Any]]
type Split = tuple[tuple[str, ...], tuple[Word, ...]]


class Composer:
    """Composes many cases cheaply: Hydra once per choice of groups, the rest laid over.

    Hydra takes a tenth of a second; a study over thousands of worlds changes mostly single
    values, which are laid over the resolved mapping.

    Parameters
    ----------
    words : of the command
    known : what is composed already, by choice of groups
    """

    def __init__(self, words: list[str], known: Known | None = None) -> None:
        self.words = words
        self.known: Known = dict(known or {})
        self.chosen = {text for choices in self.known for text in choices}

    def mapping(self, extra: list[str]) -> dict[str, Any]:
        """The mapping of one case, to be read only: world, policy, clock and draws."""
        choices, values = self.split(extra)
        mapping = self.base(choices)
        for word in values:
            mapping = lay(mapping, word)
        return mapping

    def split(self, extra: list[str]) -> Split:
        """The choices of groups among words, and the values to be laid over them."""
        words = [read(text) for text in extra]
        chosen = {word.text for word in words if word.text in self.chosen or chooses(word)}
        choices = tuple(text for text in extra if text in chosen)
        return choices, tuple(word for word in words if word.text not in chosen)

    def base(self, choices: tuple[str, ...]) -> dict[str, Any]:
        """The mapping of the command's words with a choice of groups."""
        if choices not in self.known:
            resolved = resolve([*self.words, *choices])
            self.known[choices] = {key: resolved[key] for key in CASE}
        return self.known[choices]


class Composed(NamedTuple):
    """A case and its digest."""

    case: Case
    digest: str


@dataclass(frozen=True)
class Part:
    """A validated part of a case, and its text as a digest reads it: the same where that is."""

    key: str
    text: str
    spec: Spec | None = field(compare=False)


def _is_spec(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Spec)


def _parts() -> Iterator[tuple[str, type[Spec]]]:
    """The parts of a case by dotted key: those of world and policy, or else the whole field."""
    for name, held in sorted(Case.model_fields.items()):
        kind: Any = held.annotation if _is_spec(held.annotation) else Policy
        inner = {key: part.annotation for key, part in sorted(kind.model_fields.items())}
        if _is_spec(held.annotation) and all(map(_is_spec, inner.values())):
            yield from ((f"{name}.{key}", part) for key, part in inner.items() if part)
        else:
            yield name, kind


PARTS = dict(_parts())  # in the order of their names, as a digest has them
GROUPS = {
    name: [key for key in PARTS if key.startswith(f"{name}.")] for name in sorted(Case.model_fields)
}


class Assembly:
    """Puts cases together.

    Parameters
    ----------
    composer : gives the mappings that words are laid over
    """

    def __init__(self, composer: Composer) -> None:
        self.composer = composer
        self._base = lru_cache(KEPT)(self._composed)
        self._same = lru_cache(KEPT)(_itself)
        self._patched = lru_cache(KEPT)(_patched)
        self._joined = lru_cache(KEPT)(_joined)

    def case(self, words: list[str]) -> Composed:
        """The case that words make.

        Raises
        ------
        CaseError
            One line: key, value, what is allowed.
        """
        choices, values = self.composer.split(words)
        laid: dict[str, list[str]] = {}
        for word in values:
            laid.setdefault(_part_of(word.key), []).append(word.text)
        try:
            if "" not in laid:
                parts = dict(self._base(choices))
                for key, texts in laid.items():
                    parts[key] = self._same(self._patched(parts[key], tuple(texts)))
                return self._assembled(parts)
        except (ValidationError, CaseError):
            pass  # said in one line below
        case = load(self.composer.mapping(words))
        return Composed(case, digest(case))

    def _composed(self, choices: tuple[str, ...]) -> dict[str, Part]:
        """Every part as a choice of groups has it."""
        mapping = self.composer.base(choices)
        return {key: self._same(_load_part(key, mapping)) for key in PARTS}

    def _assembled(self, parts: dict[str, Part]) -> Composed:
        fields = {
            name: self._joined(name, tuple(parts[key] for key in keys)) if keys else parts[name]
            for name, keys in GROUPS.items()
        }
        case = Case.model_validate({name: part.spec for name, part in fields.items()})
        return Composed(case, hashlib.sha256(_object(fields).encode()).hexdigest())


def _itself(part: Part) -> Part:
    return part


def _part_of(key: str) -> str:
    """The part that a word changes; none where it changes several."""
    first, _, rest = key.partition(".")
    for part in (first, f"{first}.{rest.partition('.')[0]}"):
        if part in PARTS and key != part:
            return part
    return ""


def _load_part(key: str, mapping: dict[str, Any]) -> Part:
    """Validate one part of a mapping."""
    node: Any = mapping
    for name in key.split("."):
        if not isinstance(node, dict) or name not in node:
            load({name: mapping[name] for name in Case.model_fields})  # says what is missing
            raise CaseError(f"{key}: missing; it must be given")
        node = node[name]
    if node is None:
        return Part(key, "null", None)
    spec = PARTS[key].model_validate_json(json.dumps(node))
    return Part(key, _text(spec.model_dump()), spec)


def _text(plain: Any) -> str:
    """As a digest has it."""
    return json.dumps(plain, sort_keys=True, ensure_ascii=False)


def _joined(name: str, parts: tuple[Part, ...]) -> Part:
    """World or policy: its parts together, once for all arms or worlds that share them."""
    named = {part.key.rpartition(".")[2]: part for part in parts}
    kind: Any = Case.model_fields[name].annotation
    spec = kind.model_validate({key: part.spec for key, part in named.items()})
    return Part(name, _object(named), spec)


def _object(named: dict[str, Part]) -> str:
    """Parts as one object of JSON."""
    return "{" + ", ".join(f'"{key}": {part.text}' for key, part in named.items()) + "}"


# --- a part with words laid over it ---------------------------------------------------------


def _patched(part: Part, texts: tuple[str, ...]) -> Part:
    """A part with words laid over it: single values are put in their place, else all is read."""
    words = [read(text) for text in texts]
    depth = part.key.count(".") + 1
    paths = tuple(tuple(word.key.split(".")[depth:]) for word in words)
    try:
        spec: Any = part.spec
        for path, word in zip(paths, words, strict=True):
            spec = _put(spec, path, _single(word))
        return Part(part.key, _written(spec, part, tuple(sorted(set(paths)))), spec)
    except (UnplacedError, ValidationError):
        mapping: Any = json.loads(part.text)
        for name in reversed(part.key.split(".")):
            mapping = {name: mapping}
        for word in words:
            mapping = lay(mapping, word)
        return _load_part(part.key, mapping)


class UnplacedError(Exception):
    """A value that is no single one in a place of its own."""


def _single(word: Word) -> int | float | str:
    if word.sign or not isinstance(word.value, int | float | str):
        raise UnplacedError
    return word.value


def _put(old: Any, path: tuple[str, ...], value: Any) -> Any:
    """A spec, or a table in it, with one value changed; every spec on the way is validated."""
    name, *rest = path
    fields = (
        {key: getattr(old, key) for key in type(old).model_fields} if _is_spec(type(old)) else old
    )
    if not isinstance(fields, dict) or name not in fields:
        raise UnplacedError
    fields = {**fields, name: _put(fields[name], tuple(rest), value) if rest else value}
    return type(old).model_validate(fields) if _is_spec(type(old)) else fields


@lru_cache(KEPT)
def _form(part: Part, paths: tuple[tuple[str, ...], ...]) -> list[str]:
    """The text of a part in pieces, between which stand the numbers of the paths."""
    assert part.spec is not None  # noqa: S101 - or nothing could be put there
    plain = part.spec.model_dump()
    for number, (*path, last) in enumerate(paths):
        node = plain
        for name in path:
            node = node[name]
        node[last] = f"{MARK}{number}{MARK}"
    return re.split(f'"{MARK}([0-9]+){MARK}"', _text(plain))


def _written(spec: Spec, part: Part, paths: tuple[tuple[str, ...], ...]) -> str:
    """The text of a spec that differs from a part at these paths alone."""
    values = []
    for path in paths:
        node: Any = spec
        for name in path:
            node = node[name] if isinstance(node, dict) else getattr(node, name)
        if not isinstance(node, int | float | str):
            raise UnplacedError
        values.append(json.dumps(node, ensure_ascii=False))
    first, *rest = _form(part, paths)
    between = zip(rest[::2], rest[1::2], strict=True)
    return first + "".join(values[int(number)] + piece for number, piece in between)
