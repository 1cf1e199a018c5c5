"""Tables of the protocol that are read from the engine: entities, processes, luck, outcomes."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from experiments.odd_text import OddError, split_unit, table
from experiments.odd_words import EVENTS, MEMBERS, PURPOSES, STATE
from sim.base import CLASSES
from sim.engine import state
from sim.keyed import Purpose
from sim.metrics import HEADLINE, METRICS

ENGINE = Path(state.__file__).parent
KINDS = {"f": "number", "i": "whole", "u": "whole", "b": "flag"}
SEEDS = {1: "city", 2: "layout", 3: "rota", 4: "demand"}  # by the hundreds of a purpose


# --- entities ---------------------------------------------------------------------------


def dtypes() -> dict[str, np.dtype[Any]]:
    """The rows of the engine's tables by name."""
    return {name: item for name, item in vars(state).items() if isinstance(item, np.dtype)}


def variables(name: str) -> str:
    """The state variables of one kind of entity."""
    said, written = _comments()[name], _written()
    rows = []
    for field, item in (dtypes()[name].fields or {}).items():
        words, unit = _said(name, field, said.get(field, ""))
        moves = any((member, field) in written for member in _members_of(name))
        shown = "in the run" if moves else "fixed"
        rows.append((f"`{field}`", KINDS[item[0].base.kind], unit, shown, words))
    return table(("variable", "type", "unit", "changes", "meaning"), rows)


def members() -> str:
    """The tables of the state."""
    said = _comments()["State"]
    rows = []
    for name in state.State._fields:
        if name not in MEMBERS:
            raise OddError(f"MEMBERS of experiments.odd_words: no word for the state's {name}")
        kind, words = MEMBERS[name]
        holds = ", ".join(filter(None, (words, said.get(name, ""))))
        if not holds:
            raise OddError(f"State.{name}: no words in state.py or in experiments.odd_words")
        rows.append((f"`{name}`", f"`{kind}`" if kind else "numbers", holds))
    return table(("table", "row", "what it holds"), rows)


def _said(table: str, field: str, comment: str) -> tuple[str, str]:
    """Meaning and unit of a state variable, from the comment beside it or from the words."""
    own, unit = split_unit(comment)
    word, word_unit = split_unit(STATE.get(table, {}).get(field, ""))
    if (own and word) or (unit and word_unit):
        raise OddError(f"{table}.{field}: said in state.py and in experiments.odd_words; keep one")
    if not (own or word) or not (unit or word_unit):
        raise OddError(f"{table}.{field}: no meaning and unit in state.py or experiments.odd_words")
    return own or word, unit or word_unit


def _members_of(name: str) -> list[str]:
    return [member for member, (kind, _) in MEMBERS.items() if kind == name]


@lru_cache(maxsize=1)
def _comments() -> dict[str, dict[str, str]]:
    """Comments beside the fields of dtypes and of the state, by table and field."""
    text = (ENGINE / "state.py").read_text(encoding="utf-8")
    lines = text.splitlines()
    found: dict[str, dict[str, str]] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            pairs = [item for item in ast.walk(node) if isinstance(item, ast.Tuple)]
            fields = {
                str(pair.elts[0].value): _comment(lines, pair.lineno)
                for pair in pairs
                if len(pair.elts) == 2 and isinstance(pair.elts[0], ast.Constant)
            }
            found[node.targets[0].id] = fields
        elif isinstance(node, ast.ClassDef) and node.name == "State":
            found[node.name] = {
                item.target.id: _comment(lines, item.lineno)
                for item in node.body
                if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
            }
    return found


def _comment(lines: list[str], number: int) -> str:
    return lines[number - 1].partition("  # ")[2].strip()


@lru_cache(maxsize=1)
def _written() -> set[tuple[str, str]]:
    """What the kernels write: (table, field) of every assignment to ``s.table.field[...]``."""
    found = set()
    for _, tree in _modules():
        for function in _kernels_of(tree):
            for target in _targets(function):
                if not isinstance(target, ast.Subscript):
                    continue
                field = target.value
                if isinstance(field, ast.Attribute):
                    owner = field.value
                    name = owner.attr if isinstance(owner, ast.Attribute) else ""
                    name = owner.id if isinstance(owner, ast.Name) else name
                    found.add((name, field.attr))
    return found


def _targets(function: ast.FunctionDef) -> Iterator[ast.AST]:
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield from target.elts if isinstance(target, ast.Tuple) else [target]
        elif isinstance(node, ast.AugAssign):
            yield node.target


# --- processes --------------------------------------------------------------------------


@dataclass(frozen=True)
class Event:
    """One kind of event: where it stands at an instant and what it calls."""

    rank: str
    kind: str
    kernel: str


def events() -> str:
    """Every kind of event in the order in which it happens at one instant."""
    does = {name: words for _, _, pairs in kernel_list() for name, words in pairs}
    rows = []
    for event in sorted(event_list(), key=_place):
        if event.kernel not in EVENTS:
            raise OddError(f"EVENTS of experiments.odd_words: no word for {event.kernel}")
        number, set_off = EVENTS[event.kernel]
        rank, kind = _place(event)
        shown = f"{kind}, `{event.kind}`" if event.kind else _plain_class(event)
        name = f"{rank}, `{event.rank}`"
        rows.append((name, shown, number, f"`{event.kernel}`", does[event.kernel], set_off))
    return table(("rank", "class", "number", "kernel", "what happens", "set off by"), rows)


def event_list() -> list[Event]:
    """What the loop does with each rank and class, read from its branches."""
    tree = dict(_modules())["loop"]
    functions = {node.name: node for node in _kernels_of(tree)}
    found = []
    for rank, kernel in _branches(functions["happen"]):
        if kernel not in functions:
            found.append(Event(rank, "", kernel))
            continue
        found += [Event(rank, kind, inner) for kind, inner in _branches(functions[kernel])]
    return found


def _branches(function: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    """(constant, what is called) of an if chain; no constant where it compares with none."""
    todo: list[tuple[str, ast.stmt]] = [("", item) for item in function.body]
    while todo:
        name, node = todo.pop(0)
        if isinstance(node, ast.If):
            test = node.test
            right = test.comparators[0] if isinstance(test, ast.Compare) else None
            inner = right.id if isinstance(right, ast.Name) else name
            todo = [
                *((inner, item) for item in node.body),
                *((name, i) for i in node.orelse),
                *todo,
            ]
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            yield name, ast.unparse(node.value.func)


def _place(event: Event) -> tuple[int, int]:
    rank = int(getattr(state, event.rank))
    return rank, int(getattr(state, event.kind)) if event.kind else 0


def _plain_class(event: Event) -> str:
    by_class = event.rank in ("JOB_END", "RELEASE", "ARRIVAL")
    return f"0 to {len(CLASSES) - 1}, the request's" if by_class else "0"


def kernels() -> str:
    """Every compiled mechanism by module."""
    rows = []
    for module, _, pairs in kernel_list():
        rows += [(f"`sim/engine/{module}.py`", f"`{name}`", words) for name, words in pairs]
    return table(("module", "kernel", "what it does"), rows)


def kernel_list() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """(module, what it is for, its kernels with what they do), for modules that have any."""
    found = []
    for name, tree in _modules():
        pairs = [(item.name, _first_line(item)) for item in _kernels_of(tree)]
        if pairs:
            found.append((name, _first_line(tree), pairs))
    return found


@lru_cache(maxsize=1)
def _modules() -> list[tuple[str, ast.Module]]:
    paths = sorted(path for path in ENGINE.glob("*.py") if path.stem != "__init__")
    return [(path.stem, ast.parse(path.read_text(encoding="utf-8"))) for path in paths]


def _kernels_of(tree: ast.Module) -> list[ast.FunctionDef]:
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return [
        item
        for item in functions
        if any(isinstance(mark, ast.Name) and mark.id == "kernel" for mark in item.decorator_list)
    ]


def _first_line(node: ast.Module | ast.FunctionDef) -> str:
    return (ast.get_docstring(node) or "").partition("\n")[0].replace("``", "`")


# --- luck and outcomes ------------------------------------------------------------------


def purposes() -> str:
    """What is drawn, from which seed, and by what it is looked up."""
    rows = []
    for purpose in Purpose:
        if purpose.name not in PURPOSES:
            raise OddError(f"PURPOSES of experiments.odd_words: no word for {purpose.name}")
        words, entity, counter = PURPOSES[purpose.name]
        seed = SEEDS[purpose.value // 100]
        rows.append((f"`{purpose.name}`", str(purpose.value), seed, words, entity, counter or "0"))
    return table(("purpose", "number", "seed", "what is drawn", "entity", "k"), rows)


def metrics() -> str:
    """What is measured."""
    rows = [
        (f"`{name}`", item.unit, item.better, "yes" if name in HEADLINE else "", item.words)
        for name, item in METRICS.items()
    ]
    return table(("metric", "unit", "better", "headline", "meaning"), rows)
