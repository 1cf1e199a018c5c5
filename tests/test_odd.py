"""The protocol says what the model is now: every part of it is there, and every name exists."""

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from pathlib import Path

import pytest

from experiments import odd_engine
from experiments.compose import CONFIGS, ConfigError, groups, resolve, session
from experiments.odd import ODD, REGION, main, rewritten, tables
from experiments.odd_cases import leaves
from experiments.odd_text import OddError, split_unit
from experiments.odd_words import EVENTS, MEMBERS, PARAMETERS, PURPOSES, STATE
from experiments.sources import Source, settings, sources
from sim.base import CLASSES, DOMAINS
from sim.engine import state
from sim.keyed import Purpose
from sim.metrics import METRICS
from sim.record import PARTS, STATUS, TIERS
from tests.support import mapping_of

ROOT = ODD.parents[1]
TEXT = ODD.read_text(encoding="utf-8")
REGIONS = {found["name"]: found[0] for found in REGION.finditer(TEXT)}
PROSE = re.sub(r"^```.*?^```", "", REGION.sub("", TEXT), flags=re.DOTALL | re.MULTILINE)
HEADINGS = (
    "1 Purpose and patterns",
    "2 Entities, state variables and scales",
    "3 Process overview and scheduling",
    "4 Design concepts",
    "5 Initialization",
    "6 Input data",
    "7 Submodels",
)
CONCEPTS = (
    *("Basic principles", "Emergence", "Adaptation", "Objectives", "Learning", "Prediction"),
    *("Sensing", "Interaction", "Stochasticity", "Collectives", "Observation"),
)
TERMS = ("网格", "条线", "转办", "吹哨", "报到", "下沉", "平战结合", "流动探头", "专属网格")
ROLES = list(mapping_of()["world"]["service"]["roles"])
WIDTH = 100


def section(number: int) -> str:
    """One of the seven elements, tables included."""
    after = TEXT.split(f"\n## {HEADINGS[number - 1]}\n")[1]
    return after.split("\n## ")[0]


# --- the form -----------------------------------------------------------------------


def test_the_seven_elements_stand_in_their_order() -> None:
    """Exactly these headings, and behind them the references."""
    assert re.findall(r"^## (.*)$", TEXT, re.MULTILINE) == [*HEADINGS, "References"]


def test_the_eleven_design_concepts_stand_in_their_order() -> None:
    expected = [f"4.{number} {name}" for number, name in enumerate(CONCEPTS, start=1)]
    assert re.findall(r"^### (.*)$", section(4), re.MULTILINE) == expected


@pytest.mark.parametrize("name", CONCEPTS)
def test_a_concept_that_does_not_apply_says_why(name: str) -> None:
    text = section(4).split(f" {name}\n")[1].split("\n### ")[0].strip()
    assert len(text) > 100
    assert not text.startswith("Not applicable") or ":" in text.splitlines()[0]


@pytest.mark.parametrize("term", TERMS)
def test_the_chinese_terms_are_there(term: str) -> None:
    assert term in PROSE


def test_prose_keeps_to_the_width() -> None:
    """Tables are as wide as they must be."""
    lines = [line for line in PROSE.splitlines() if not line.startswith("|")]
    assert [line for line in lines if len(line) > WIDTH] == []


# --- the tables ---------------------------------------------------------------------


def test_every_table_has_its_region_once() -> None:
    found = [match["name"] for match in REGION.finditer(TEXT)]
    assert sorted(found) == sorted(tables())


@pytest.mark.parametrize("name", tables())
def test_a_table_is_what_the_code_makes_now(name: str) -> None:
    """If this fails: ``python -m experiments.odd``, and read what has changed."""
    made = f"<!-- table: {name} -->\n\n{tables()[name]()}\n\n<!-- end -->"
    assert made.splitlines() == REGIONS[name].splitlines()


def test_writing_the_tables_twice_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And leaves every word between them alone."""
    path = tmp_path / "ODD.md"
    path.write_text(TEXT.replace("| --- |", "| old |"), encoding="utf-8")
    monkeypatch.setattr("experiments.odd.ODD", path)
    main()
    once = path.read_text(encoding="utf-8")
    main()
    assert path.read_text(encoding="utf-8") == once == rewritten(once)
    assert REGION.sub("", once) == REGION.sub("", TEXT.replace("| --- |", "| old |"))


def test_a_region_of_no_table_is_refused() -> None:
    with pytest.raises(OddError, match="no table 'nothing'; allowed: "):
        rewritten("<!-- table: nothing -->\n<!-- end -->")


# --- nothing is missing -------------------------------------------------------------


def first_cells(name: str) -> list[str]:
    """The names in the first column of a table."""
    return re.findall(r"^\| `([^`]+)` \|", REGIONS[name], re.MULTILINE)


@pytest.mark.parametrize("name", odd_engine.dtypes())
def test_every_state_variable_is_there(name: str) -> None:
    """With type, unit and meaning."""
    assert first_cells(f"state {name}") == list(getattr(state, name).names)
    for line in REGIONS[f"state {name}"].splitlines()[4:-2]:
        assert all(cell.strip() for cell in line.strip("|").split("|")), line


def test_every_table_of_the_state_is_there() -> None:
    assert first_cells("members") == list(state.State._fields)


def test_every_parameter_is_there() -> None:
    """Every value of the default case, names and places in lists aside."""
    said = set(first_cells("parameters"))
    assert said == {leaf.key for leaf in leaves()}
    for path in paths_of(mapping_of()):
        assert any(matches(key, path) for key in said), path


def paths_of(node: object, path: str = "") -> Iterator[str]:
    """Every value of a mapping by dotted path."""
    if isinstance(node, dict | list):
        pairs = node.items() if isinstance(node, dict) else enumerate(node)
        for key, item in pairs:
            yield from paths_of(item, f"{path}.{key}".strip("."))
    elif path != "before":
        yield path


def matches(key: str, path: str) -> bool:
    """Whether a path is one of those a key with ``*`` and ``[]`` stands for."""
    pattern = re.escape(key).replace(r"\*", r"[^.]+").replace(r"\[\]", r"\.\d+")
    return re.fullmatch(pattern + r"(\..+)?", path) is not None


def test_every_parameter_with_numbers_has_unit_and_grade() -> None:
    for line in REGIONS["parameters"].splitlines():
        if not line.startswith("| `"):
            continue
        key, default, unit, _, grade, meaning, _ = (
            cell.strip() for cell in line[1:-1].split(" | ")
        )
        assert meaning, line
        has_number = any(matches(key.strip("`"), path) for path in sources(CONFIGS / "config.yaml"))
        assert has_number == bool(grade) or default == "none", line
        assert unit or not has_number, line


def test_every_event_is_there() -> None:
    """Every constant that orders events, and every kernel the loop calls for one."""
    ranks = ("JOB_END", "SHIFT_START", "SHIFT_END", "RELEASE", "ARRIVAL")
    tree = ast.parse((ROOT / "sim/engine/loop.py").read_text(encoding="utf-8"))
    imported = {
        name.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "sim.engine.state"
        for name in node.names
    }
    constants = imported - {"DONE", "GROW", "State"}
    assert constants >= set(ranks)
    for name in constants | set(EVENTS):
        assert f"`{name}`" in REGIONS["events"], name
    assert {event.kernel for event in odd_engine.event_list()} == set(EVENTS)


def test_every_mechanism_is_there() -> None:
    kernels = [name for _, _, pairs in odd_engine.kernel_list() for name, _ in pairs]
    assert len(kernels) > 100
    for name in kernels:
        assert f"| `{name}` |" in REGIONS["kernels"], name


@pytest.mark.parametrize("module", sorted(path.stem for path in odd_engine.ENGINE.glob("*.py")))
def test_every_module_of_the_engine_is_a_submodel(module: str) -> None:
    """Named by its file in the prose of section 7."""
    written = REGION.sub("", section(7))
    assert module == "__init__" or f"`sim/engine/{module}.py`" in written


def test_every_metric_is_there() -> None:
    assert first_cells("metrics") == list(METRICS)


def test_every_purpose_is_there_with_its_seed() -> None:
    """The hundreds name the seed, in the order of the code."""
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (\w+) \|", REGIONS["purposes"], re.MULTILINE)
    assert [(name, int(number)) for name, number, _ in rows] == [(p.name, p.value) for p in Purpose]
    seeds = ("city", "layout", "rota", "demand")
    assert [seed for _, _, seed in rows] == [seeds[p.value // 100 - 1] for p in Purpose]


def test_every_policy_that_ships_is_there() -> None:
    assert first_cells("arms") == [name for name in groups()["policy"] if name != "lab"]


def test_no_word_is_left_over() -> None:
    """What the code no longer holds needs no words."""
    dtypes = odd_engine.dtypes()
    assert set(STATE) <= set(dtypes)
    for name, words in STATE.items():
        assert set(words) <= set(dtypes[name].names or ()), name
    assert set(MEMBERS) == set(state.State._fields)
    assert set(PURPOSES) == {purpose.name for purpose in Purpose}
    assert set(PARAMETERS) <= {leaf.key for leaf in leaves()}


# --- every name exists --------------------------------------------------------------

NAMES = sorted(set(re.findall(r"`([^`]+)`", PROSE)))


@lru_cache(maxsize=1)
def known_names() -> frozenset[str]:
    """Bare names that the prose may use: of code, state, configs, record and metrics."""
    found = {*DOMAINS, *CLASSES, *ROLES, *PARTS, *STATUS, *TIERS, *METRICS, *PURPOSES, *MEMBERS}
    found |= {"inf", "nan", *odd_engine.dtypes()}
    for dtype in odd_engine.dtypes().values():
        found |= set(dtype.names or ())
    for leaf in leaves():
        found |= set(re.split(r"[.*\[\]]+", leaf.key))
    for group, options in groups().items():
        found |= {group, *options}
    for path in CONFIGS.glob("policy/layout/*.yaml"):
        found |= set(re.findall(r"name: (\w+)", path.read_text(encoding="utf-8")))
    for folder in ("sim", "experiments"):
        for path in (ROOT / folder).rglob("*.py"):
            found |= names_in(path)
    return frozenset(found)


def names_in(path: Path) -> set[str]:
    """Functions, classes, methods and constants of a module."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


def exists(name: str) -> bool:
    """Whether a name stands for a file, a choice of the command line, a symbol or a key."""
    if "=" in name:
        return is_choice(name)
    if "/" in name:
        return (ROOT / name).exists()
    if name.startswith("sim."):
        return is_symbol(name)
    if "." in name:
        return any(re.match(re.escape(name) + r"(\.|\[|$)", leaf.key) for leaf in leaves())
    return name in known_names()


def is_choice(name: str) -> bool:
    try:
        with session(None):
            resolve([name])
    except ConfigError:
        return False
    return True


def is_symbol(name: str) -> bool:
    *parts, last = name.split(".")
    try:
        owner = import_module(".".join(parts))
    except ModuleNotFoundError:
        return False
    return hasattr(owner, last) or (ROOT / "/".join(parts) / f"{last}.py").exists()


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_the_prose_exists(name: str) -> None:
    assert exists(name)


@pytest.mark.parametrize(
    "name",
    [
        "sim/engine/nothing.py",
        "sim.runner.nothing",
        "policy=nothing",
        "world.demand.nothing",
        "nothing_at_all",
        "study=nothing",
    ],
)
def test_a_name_that_does_not_exist_is_found(name: str) -> None:
    assert not exists(name)


# --- reading the configs ------------------------------------------------------------


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "option.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def source(units: str, grades: str, words: str, place: int = 0) -> Source:
    return Source(tuple(units.split(", ")), place, grades, words)


SOURCES = [
    ("a: 1  # min · [G] why", "a", source("min", "G", "why")),
    ("a: {b: 1, c: 2}  # km/h, min · [L] x", "a.c", source("km/h, min", "L", "x", place=1)),
    ("# all · [G] no\n# share · [A] both\na: [\n  1,\n  2]", "a.1", source("share", "A", "both")),
    ("a:  # share · [D] key\n  {b: 1}", "a.b", source("share", "D", "key")),
    ("a: 1  # h · [L] one [G]\n      # two", "a", source("h", "LG", "one [G] two")),
    ('a: "08:30"  # time · [G]', "a", source("time", "G", "")),
    ("# file\n\n# reason\na: 1  # min · [G]", "a", source("min", "G", "reason")),
    ("# file\na: 1  # min · [G]", "a", source("min", "G", "")),
]


@pytest.mark.parametrize(("text", "key", "expected"), SOURCES)
def test_a_comment_is_read_where_it_stands(
    tmp_path: Path, text: str, key: str, expected: Source
) -> None:
    assert sources(write(tmp_path, text))[key] == expected


def test_every_number_of_the_default_case_has_a_source() -> None:
    known = sources(CONFIGS / "config.yaml")
    numbers = {
        path
        for path in paths_of(mapping_of())
        if isinstance(value_at(path), int | float) and not isinstance(value_at(path), bool)
    }
    assert numbers <= set(known)


def value_at(path: str) -> object:
    node: object = mapping_of()
    for part in path.split("."):
        if isinstance(node, dict):
            node = node[part] if part in node else node[int(part)]
        elif isinstance(node, list):
            node = node[int(part)]
    return node


def test_what_an_author_writes_on_one_line_is_one_setting(tmp_path: Path) -> None:
    text = "defaults: [_self_]\na: {b: 1, c: 2}  # m · [G]\nd:\n  e: words\n"
    found = [(item.key, item.value) for item in settings(write(tmp_path, text))]
    assert found == [("a", {"b": 1, "c": 2}), ("d.e", "words")]


@pytest.mark.parametrize(
    ("text", "words", "unit"),
    [
        ("a delay [min]", "a delay", "min"),
        ("[km/h]; .inf travels in no time", ".inf travels in no time", "km/h"),
        ("no unit", "no unit", ""),
        ("x [a] and y [b]", "x [a] and y", "b"),
    ],
)
def test_a_meaning_ends_with_its_unit(text: str, words: str, unit: str) -> None:
    assert split_unit(text) == (words, unit)


def test_a_state_variable_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a comment beside it, or in the words; neither twice nor not at all."""
    monkeypatch.setitem(STATE["UNIT"], "free", "twice [workers]")
    with pytest.raises(OddError, match=r"UNIT.free: said in state.py and in experiments.odd_words"):
        tables()["state UNIT"]()
    monkeypatch.delitem(STATE["ZONE"], "line")
    with pytest.raises(OddError, match=r"ZONE.line: no meaning and unit"):
        tables()["state ZONE"]()
