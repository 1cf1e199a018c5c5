"""Tables of the protocol that are read from the specs and the configs."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from experiments.compose import CASE, CONFIGS, resolve, session
from experiments.odd_text import OddError, split_unit, table
from experiments.odd_words import PARAMETERS
from experiments.sources import (
    GRADES,
    Setting,
    Source,
    choices,
    files,
    first_words,
    settings,
    sources,
)
from sim.base import CLASSES, DOMAINS
from sim.case import Case
from sim.policy import Policy

MAIN = CONFIGS / "config.yaml"
LONG = 24  # a list of so many values has a table of its own
TIMES = "00:00 to 24:00"
LABORATORY = "lab"  # options for theory: not part of the model of a city


# --- parameters -------------------------------------------------------------------------


@dataclass(frozen=True)
class Leaf:
    """A field of a spec at one place of the default case.

    Attributes
    ----------
    key : dotted, ``*`` for a name and ``[]`` for a place in a list
    names : what stands for them here
    path : dotted, as in the config
    value : its default; None where the default case has no such place
    """

    key: str
    names: tuple[str, ...]
    path: str
    spec: type[BaseModel]
    field: str
    value: Any


@lru_cache(maxsize=1)
def _default() -> dict[str, Any]:
    with session(None):
        resolved = resolve([])
    return {key: resolved[key] for key in CASE}


@lru_cache(maxsize=1)
def leaves() -> tuple[Leaf, ...]:
    """Every parameter of the default case, in the order of the specs."""
    return tuple(_leaves(Case, _default(), "", "", ()))


def _leaves(
    spec: type[BaseModel], node: Any, key: str, path: str, names: tuple[str, ...]
) -> Iterator[Leaf]:
    for name, field in spec.model_fields.items():
        inner, many = _inner(field.annotation)
        value = None if node is None else node.get(name)
        here, there = f"{key}.{name}".strip("."), f"{path}.{name}".strip(".")
        if inner is Policy and name == "before":
            continue  # the same seven levers
        if inner is None:
            yield Leaf(here, names, there, spec, name, value)
        elif many == "":
            yield from _leaves(inner, value, here, there, names)
        elif many == "*":
            for label, item in (value or {"": None}).items():
                yield from _leaves(inner, item, f"{here}.*", f"{there}.{label}", (*names, label))
        else:
            for number, item in enumerate(value or [None]):
                label = str((item or {}).get("name", number))
                below = f"{there}.{number}"
                yield from _leaves(inner, item, f"{here}[]", below, (*names, label))


def _inner(annotation: Any) -> tuple[type[BaseModel] | None, str]:
    """The spec inside an annotation, and whether by name (*) or in a list ([])."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, ""
    origin, parts = get_origin(annotation), get_args(annotation)
    for part in parts:
        inner, _ = _inner(part)
        if inner is not None:
            return inner, "*" if origin is dict else "[]" if origin is tuple else ""
    return None, ""


def parameters() -> str:
    """Every parameter with its default, by group."""
    groups: dict[str, list[tuple[str, ...]]] = {}
    grouped = {key: list(same) for key, same in groupby(_in_order(), key=lambda leaf: leaf.key)}
    for key, same in grouped.items():
        depth = 2 if key.startswith(("world.", "policy.")) else 1
        group = ".".join(key.split(".")[:depth])
        groups.setdefault(group, []).append(_parameter(key, same))
    head = ("key", "default", "unit", "bounds", "grade", "meaning", "source or reason")
    return "\n\n".join(f"**{group}**\n\n{table(head, rows)}" for group, rows in groups.items())


def _in_order() -> list[Leaf]:
    """All leaves, those of one key together, keys in order of appearance."""
    first = {leaf.key: number for number, leaf in reversed(list(enumerate(leaves())))}
    return sorted(leaves(), key=lambda leaf: first[leaf.key])


def _parameter(key: str, same: list[Leaf]) -> tuple[str, ...]:
    leaf = same[0]
    schema = leaf.spec.model_json_schema()["properties"][leaf.field]
    words, unit = split_unit(schema.get("description", ""))
    if bool(words) == (key in PARAMETERS):
        raise OddError(f"{key}: say once what it is, in its spec or in experiments.odd_words")
    found = [pair for item in same for pair in _sources_of(item)]
    grades = ", ".join(dict.fromkeys("".join(source.grades for _, source in found)))
    unit = unit or _unit(schema, [source for _, source in found])
    words = (words or PARAMETERS[key]).replace("``", "`")
    said = _reasons(found)
    reasons = "" if said == words else said
    return f"`{key}`", _values(same), unit, _bounds(schema), grades, words, reasons


def _sources_of(leaf: Leaf) -> list[tuple[str, Source]]:
    """Sources of the numbers at a place, each with the names that lead to it."""
    found = []
    for path, item in sources(MAIN).items():
        if path != leaf.path and not path.startswith(f"{leaf.path}."):
            continue
        inner = path[len(leaf.path) :].strip(".") if isinstance(leaf.value, dict) else ""
        found.append((" ".join(filter(None, (*leaf.names, inner))), item))
    return found


def _unit(schema: dict[str, Any], found: list[Source]) -> str:
    if schema.get("type") == "integer" and schema.get("maximum") == 1:
        return "flag"
    if _bounds(schema) == TIMES:
        return "time of day"
    units = dict.fromkeys(source.unit for source in found)
    return "flag" if list(units) == ["flags"] else ", ".join(units)


def _reasons(found: list[tuple[str, Source]]) -> str:
    """Each reason once, with the names it holds for where there are several."""
    by_words: dict[str, list[str]] = {}
    for name, source in found:
        if source.words:
            by_words.setdefault(source.words, []).append(name)
    if len(by_words) == 1:
        return next(iter(by_words))
    parts = []
    for words, names in by_words.items():
        named = ", ".join(dict.fromkeys(name for name in names if name))
        parts.append(f"{named}: {words}" if named else words)
    return "; ".join(parts)


def _values(same: list[Leaf]) -> str:
    """The default, or each value with the names it holds for."""
    by_value: dict[str, list[str]] = {}
    for leaf in same:
        if leaf.value is not None:
            by_value.setdefault(_shown(leaf.value), []).append(" ".join(leaf.names))
    if not by_value:
        return "none"
    if len(by_value) == 1 or all([value] == names for value, names in by_value.items()):
        return ", ".join(by_value)
    return "; ".join(f"{value} ({', '.join(names)})" for value, names in by_value.items())


def _shown(value: Any, *, inside: bool = False) -> str:
    """A value as the configs write it, without the brackets around the whole."""
    if isinstance(value, dict):
        text = ", ".join(f"{key}: {_shown(item, inside=True)}" for key, item in value.items())
        return f"{{{text}}}" if inside else text or "none"
    if isinstance(value, list):
        if len(value) >= LONG and not isinstance(value[0], str):
            return f"{len(value)} values, section 6"
        text = ", ".join(_shown(item, inside=True) for item in value)
        return f"[{text}]" if inside else text or "none"
    if isinstance(value, float):
        return f"{value:.12g}".replace("inf", ".inf")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _bounds(schema: dict[str, Any]) -> str:
    """What is allowed."""
    if "enum" in schema:
        lists = {tuple(DOMAINS): "a domain", tuple(CLASSES): "a class"}
        return lists.get(tuple(schema["enum"]), " or ".join(schema["enum"]))
    for inner in ("additionalProperties", "items"):
        if isinstance(schema.get(inner), dict):
            least, most = schema.get("minItems"), schema.get("maxItems")
            each = _bounds(schema[inner])
            count = f"{least} of them, " if least and least == most else ""
            return f"{count}each {each.removeprefix('each ')}" if each else count.rstrip(", ")
    low, above = schema.get("minimum"), schema.get("exclusiveMinimum")
    high, below = schema.get("maximum"), schema.get("exclusiveMaximum")
    parts = [
        *([f"from {_big(low)}"] if low is not None else []),
        *([f"above {_big(above)}"] if above is not None else []),
        *([f"to {_big(high)}"] if high is not None else []),
        *([f"below {_big(below)}"] if below is not None else []),
    ]
    if parts:
        return " ".join(parts)
    if schema.get("type") == "boolean":
        return "true or false"
    if schema.get("type") == "string":
        return "a name" if "minLength" in schema else TIMES
    return ""


def _big(number: float) -> str:
    power = int(number).bit_length() - 1
    return f"2^{power}" if number >= 2**31 and number == 2**power else f"{number:.12g}"


def grades() -> str:
    """How many numbers of the default case rest on what."""
    keys = tuple(f"{name}." for name in CASE)
    known = [item for path, item in sources(MAIN).items() if path.startswith(keys)]
    rows = [
        (f"[{letter}]", words, str(sum(item.grades[0] == letter for item in known)))
        for letter, words in GRADES.items()
    ]
    return table(("grade", "rests on", "numbers of the default case"), rows)


# --- configs ----------------------------------------------------------------------------


def arms() -> str:
    """Every policy that ships, with the option it takes of each lever."""
    levers = list(Policy.model_fields)
    rows = []
    for path in _option_files("policy"):
        taken, own = choices(path), settings(path)
        also = "".join(f"; `{item.key}` {_shown(item.value)}" for item in own)
        rows.append(
            (
                f"`{path.stem}`",
                *(taken[lever] for lever in levers),
                first_words(path).rstrip(".") + also,
            )
        )
    return table(("policy", *levers, "what it is"), rows)


def options() -> str:
    """What every other option sets, beside those of the default case."""
    parts = []
    head = ("key", "value", "unit", "grade", "source or reason")
    for path in sorted(CONFIGS.rglob("*.yaml")):
        name = path.relative_to(CONFIGS).with_suffix("").as_posix()
        if name.split("/")[0] not in ("world", "policy", "clock") or not name.count("/"):
            continue
        rows = [_setting(item) for item in settings(path)]
        if rows and path not in files(MAIN) and path.stem != LABORATORY and name.count("/") >= 1:
            parts.append(f"**{name}**: {first_words(path)}\n\n{table(head, rows)}")
    return "\n\n".join(parts)


def _setting(item: Setting) -> tuple[str, ...]:
    source = item.source
    if source is None:
        return f"`{item.key}`", _shown(item.value), "", "", ""
    unit = ", ".join(source.units) if isinstance(item.value, dict | list) else source.unit
    return f"`{item.key}`", _shown(item.value), unit, ", ".join(source.grades), source.words


def _option_files(group: str) -> list[Path]:
    return [
        path for path in sorted((CONFIGS / group).glob("[!_]*.yaml")) if path.stem != LABORATORY
    ]


def profiles() -> str:
    """The hourly and daily profiles as numbers, each normed as the config has it."""
    names = [item["name"] for item in _default()["world"]["demand"]["profiles"]]
    demand = _default()["world"]["demand"]["profiles"]
    riders = _default()["policy"]["sensing"]["riders_by_hour"]
    hours = [
        (f"{hour}:00", *(_shown(item["hours"][hour]) for item in demand), _shown(riders[hour]))
        for hour in range(24)
    ]
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    week = [
        (day, *(_shown(item["weekdays"][number]) for item in demand), "")
        for number, day in enumerate(days)
    ]
    return table(("from", *names, "riders"), [*hours, *week])
