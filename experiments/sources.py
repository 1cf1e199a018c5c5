"""Where every number of the configs comes from, read from the comment beside it.

A comment is ``# unit · [G] what explains it``; the grades are those of ``GRADES``. It stands on
the line of the number or, for a list or table, on the line of its key or directly above, and
may go on below in comments that begin in the same column.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from experiments.compose import CONFIGS, folders

type Choices = tuple[tuple[str, str], ...]

GRADES = {"A": "article", "D": "derived", "L": "literature", "G": "guess"}
_COMMENT = re.compile(r"(?:^|\s)#\s?(?P<unit>[^·]*?\S) · (?P<rest>\[[ADLG]\].*)$")
_TIME = re.compile(r"^\d\d:\d\d$")
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


@dataclass(frozen=True)
class Source:
    """What a config says of one of its values.

    Attributes
    ----------
    units : of the line; several where it holds several numbers
    place : which number of its line this is, from 0
    grades : letters of ``GRADES`` in order of appearance
    words : source or reason, as written
    """

    units: tuple[str, ...]
    place: int
    grades: str
    words: str

    @property
    def unit(self) -> str:
        """The unit of this number: the last one holds for all that follow."""
        return self.units[min(self.place, len(self.units) - 1)] if self.units else ""


@dataclass(frozen=True)
class Setting:
    """A value that a file sets, with its key inside the file."""

    key: str
    value: Any
    source: Source | None


def settings(path: Path) -> list[Setting]:
    """What a file itself sets: a row for whatever its author wrote on one line."""
    text, root = _read(path)
    if not isinstance(root, MappingNode):
        return []
    page = _Page(text.splitlines(), root)
    loaded = yaml.load(text, yaml.CSafeLoader)
    return [
        Setting(".".join(keys), _at(loaded, keys), page.source_of(_numbers_in(node)))
        for keys, node in _rows(root, ())
        if keys[0] != "defaults"
    ]


def sources(path: Path, prefix: str = "", chosen: Choices = ()) -> dict[str, Source]:
    """The source of every number that a file sets or takes over, by dotted key.

    Parameters
    ----------
    chosen : group and option, where another is taken than the file says
    """
    found: dict[str, Source] = {}
    for part, where in _parts(path, prefix, chosen):
        found |= sources(part, where, chosen)
    own = {_joined(prefix, *keys): source for keys, source in _own(path).items()}
    return found | own  # every file that sets something comes after what it takes over


def tellers(path: Path, prefix: str = "", chosen: Choices = ()) -> dict[str, Path]:
    """The file that sets each value, or table or list in brackets, by dotted key."""
    found: dict[str, Path] = {}
    for part, where in _parts(path, prefix, chosen):
        found |= tellers(part, where, chosen)
    return found | {_joined(prefix, *keys): path for keys in _set_by(path)}


@lru_cache(maxsize=256)
def _read(path: Path) -> tuple[str, Node | None]:
    """Text and tree of a file."""
    text = path.read_text(encoding="utf-8")
    return text, yaml.compose(text, Loader=yaml.CSafeLoader)


@lru_cache(maxsize=256)
def _own(path: Path) -> dict[tuple[str, ...], Source]:
    """The source of every number that a file itself sets."""
    text, root = _read(path)
    if not isinstance(root, MappingNode):
        return {}
    page = _Page(text.splitlines(), root)
    return {
        keys: source
        for keys, node in _scalars(root, ())
        if keys[0] != "defaults" and (source := page.source_of([node]))
    }


@lru_cache(maxsize=256)
def _set_by(path: Path) -> tuple[tuple[str, ...], ...]:
    """The keys of what a file itself sets."""
    _, root = _read(path)
    if not isinstance(root, MappingNode):
        return ()
    return tuple(keys for keys, _ in _rows(root, ()) if keys and keys[0] != "defaults")


@lru_cache(maxsize=8)
def files(path: Path) -> frozenset[Path]:
    """A file and all those it takes over."""
    return frozenset([path]).union(*(files(part) for part, _ in _parts(path, "")))


def first_words(path: Path) -> str:
    """What a file says of itself in its first line."""
    line = path.read_text(encoding="utf-8").partition("\n")[0]
    return line.removeprefix("#").strip() if line.startswith("#") else ""


def choices(path: Path) -> dict[str, str]:
    """The option a file takes of each group, by group; what it builds upon comes first."""
    found: dict[str, str] = {}
    for entry in _entries(path):
        if isinstance(entry, dict):
            found |= entry
        elif entry != "_self_":
            found |= choices(path.parent / f"{entry}.yaml")
    return found


@lru_cache(maxsize=256)
def _entries(path: Path) -> list[Any]:
    """The defaults list of a file; shared, do not change it."""
    return list(
        (yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader) or {}).get("defaults", [])
    )


def _parts(path: Path, prefix: str, chosen: Choices = ()) -> Iterator[tuple[Path, str]]:
    """What a file takes over, each with its prefix."""
    for entry in _entries(path):
        if isinstance(entry, dict):
            ((group, option),) = entry.items()
            yield _part(path, prefix, group, option, dict(chosen))
        elif entry != "_self_":
            yield file_at(_place(path).parent / f"{entry}.yaml"), prefix


def _part(
    path: Path, prefix: str, group: str, option: str, chosen: dict[str, str]
) -> tuple[Path, str]:
    """File and prefix of an entry ``group: option`` of a defaults list."""
    group, _, package = group.partition("@")
    name = Path(group.strip("/"))
    whole = name if group.startswith("/") else _place(path).parent / name
    where = prefix if package == "_here_" else _joined(prefix, *name.parts)
    if where == ".".join(whole.parts):  # not one that stands elsewhere, as the policy before
        option = chosen.get(whole.as_posix(), option)
    return file_at(whole / f"{option}.yaml"), where


def _place(path: Path) -> Path:
    """Where a file stands among the configs."""
    return next(path.relative_to(folder) for folder in folders() if path.is_relative_to(folder))


def file_at(place: Path | str) -> Path:
    """The file at a place among the configs, a user's own before ours."""
    return next(
        (path for folder in folders() if (path := folder / place).is_file()), CONFIGS / place
    )


def _joined(*parts: str) -> str:
    return ".".join(part for part in parts if part)


def _at(value: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value


def _children(node: Node) -> Iterator[tuple[str, Node]]:
    if isinstance(node, MappingNode):
        yield from ((key.value, value) for key, value in node.value)
    elif isinstance(node, SequenceNode):
        yield from ((str(number), value) for number, value in enumerate(node.value))


def _scalars(node: Node, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Node]]:
    """Every number and time of day below a node."""
    if isinstance(node, ScalarNode):
        if node.tag in _NUMBERS or _TIME.match(node.value):
            yield keys, node
        return
    for key, value in _children(node):
        yield from _scalars(value, (*keys, key))


def _rows(node: Node, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Node]]:
    """Scalars, and tables and lists in brackets: what an author writes as one."""
    if isinstance(node, ScalarNode) or getattr(node, "flow_style", False):
        yield keys, node
        return
    for key, value in _children(node):
        yield from _rows(value, (*keys, key))


def _numbers_in(node: Node) -> list[Node]:
    return [scalar for _, scalar in _scalars(node, ())]


class _Page:
    """The lines of a file, and the lines of the keys above each of its numbers."""

    def __init__(self, lines: list[str], root: Node) -> None:
        self.lines = lines
        self.above: dict[int, list[int]] = {}
        self.on_line: dict[int, list[int]] = {}
        self._walk(root, [])

    def _walk(self, node: Node, keys: list[int]) -> None:
        if isinstance(node, ScalarNode):
            if node.tag in _NUMBERS or _TIME.match(node.value):
                self.above[id(node)] = keys
                self.on_line.setdefault(node.start_mark.line, []).append(id(node))
        elif isinstance(node, MappingNode):
            for key, value in node.value:
                self._walk(value, [key.start_mark.line, *keys])
        else:
            for value in node.value:
                self._walk(value, keys)

    def source_of(self, nodes: list[Node]) -> Source | None:
        """Of the first of these numbers."""
        if not nodes or id(nodes[0]) not in self.above:
            return None
        node = nodes[0]
        line = node.start_mark.line
        key = self.above[id(node)][:1]  # the nearest key; a table's numbers have theirs inside it
        outer = self.above[id(node)][1:2]
        for place in (line, *key, *(at - 1 for at in key), *outer):
            if place >= 0 and (found := _COMMENT.search(self.lines[place])):
                return self._read(found, place, node)
        return None

    def _read(self, found: re.Match[str], line: int, node: Node) -> Source:
        grades = "".join(dict.fromkeys(re.findall(r"\[([ADLG])\]", found["rest"])))
        column = self.lines[line].index("#", found.start())
        words = [re.sub(r"^\[[ADLG]\]\s*", "", found["rest"])]
        for below in self.lines[line + 1 :]:
            if len(below) <= column or below[column] != "#" or below[:column].strip():
                break
            if column == 0 or _COMMENT.search(below):
                break
            words.append(below[column + 1 :].strip())
        if not any(words):
            words = self._above(node)
        units = tuple(part.strip() for part in found["unit"].split(","))
        same_line = self.on_line.get(node.start_mark.line, [])
        place = same_line.index(id(node)) if line == node.start_mark.line else 0
        return Source(units, place, grades, " ".join(words).strip())

    def _above(self, node: Node) -> list[str]:
        """Comments of their own above the key of a number, but not those that open the file."""
        keys = self.above[id(node)]
        outer = keys[1:2] if len(keys) > 1 and keys[0] == keys[1] else keys[:1]
        at, words = (outer[0] if outer else 0) - 1, list[str]()
        while at > 0 and self.lines[at].startswith("#"):
            words.insert(0, self.lines[at].removeprefix("#").strip())
            at -= 1
        return words if at > 0 else []
