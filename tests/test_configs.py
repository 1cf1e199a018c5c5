"""What ships as configuration: every number is explained, every option runs, every name is one."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

import sim
from experiments.compose import CASE, CONFIGS, groups, resolve, session
from experiments.kinds import load_study
from experiments.study import plan_worlds
from sim.base import Spec
from sim.policy import Policy
from sim.world import World
from tests.policy import POLICIES
from tests.support import AGAIN, TOY, case_of, mapping_of, toy


def name_of(path: Path) -> str:
    """A config file as ``group/option``."""
    return path.relative_to(CONFIGS).as_posix()


FILES = sorted(CONFIGS.rglob("*.yaml"))
GROUPS = groups()
OPTIONS = [(group, option) for group, options in GROUPS.items() for option in options]
PARTS = [path for path in FILES if path.name.startswith("_")]
NUMBER_TAGS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
TIME = re.compile(r"^\d\d:\d\d$")
UNIT = re.compile(r"\bunit: \w")
GRADES = {"A", "D", "L", "G"}


# --- every number has a unit and a grade --------------------------------------------


def comment_of(text: str) -> str:
    """What a line of YAML says behind a # that is not inside quotes."""
    quote = ""
    for at, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"" and (at == 0 or text[at - 1] in " [{,:("):
            quote = letter
        elif letter == "#" and (at == 0 or text[at - 1].isspace()):
            return text[at + 1 :].strip()
    return ""


def graded(comment: str) -> bool:
    """Whether a comment is ``unit · [grade]`` and what it may add: one of the four grades."""
    unit, dot, rest = comment.partition(" · ")
    grades = re.findall(r"\[(\w+)\]", rest)
    return bool(dot and unit.strip()) and rest.startswith("[") and set(grades) <= GRADES


def explained(line: str) -> bool:
    """Whether a line's comment explains it, or grades what names its unit beside the number."""
    comment = comment_of(line)
    return graded(comment) or (bool(UNIT.search(line)) and graded(f"unit · {comment}"))


def numbers(node: Node, key_line: int, list_line: int | None) -> Iterator[tuple[int, int | None]]:
    """The line of every number and, inside a list, the line where the list's key stands."""
    if isinstance(node, MappingNode):
        for key, value in node.value:
            yield from numbers(key, key.start_mark.line, None)
            yield from numbers(value, key.start_mark.line, None)
    elif isinstance(node, SequenceNode):
        for item in node.value:
            inside = key_line if isinstance(item, ScalarNode) else None
            yield from numbers(item, item.start_mark.line, inside)
    elif isinstance(node, ScalarNode) and (node.tag in NUMBER_TAGS or TIME.match(node.value)):
        yield node.start_mark.line, list_line


def unexplained(text: str) -> list[str]:
    """The lines of a config that hold a number without unit and grade."""
    lines = text.splitlines()
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    found = []
    for line, list_line in numbers(root, 0, None) if root else ():
        places = [line] if list_line is None else [list_line, list_line - 1]
        if not any(explained(lines[place]) for place in places if place >= 0):
            found.append(f"{line + 1}: {lines[line].strip()}")
    return found


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_every_number_carries_its_unit_and_grade(path: Path) -> None:
    """On its line; for a list, on the line of its key or directly above.

    The form is ``# unit · [A]rticle, [D]erived, [L]iterature or [G]uess`` and what explains it.
    Times of day count as numbers.
    """
    assert unexplained(path.read_text(encoding="utf-8")) == []


EXPLAINED = [
    "a: 1   # min · [G] why",
    "a: {b: 1, c: 2.5}   # km/h, min · [L] source",
    "a:\n  # share · [A] both\n  b: [\n    1, 2,\n    3]",
    "b: [1, 2]  # share · [D]",
    "{unit: office min, high: 240.0}  # [G]",
    'a: "08:30"  # time · [G]',
    "a: words\nb: [words, '#1']",
    "- {x: 1}  # m · [G]",
]
UNEXPLAINED = [
    "a: 1",
    "a: 1   # min",
    "a: 1   # [G] no unit",
    "a: 1   # · [G] no unit",
    "a: 1   # min · [X] no such grade",
    "a: 1   # min [G] no dot",
    "# min · [G] above a number that is no list\na: 1",
    'a: "08:30"',
    "a: {b: .inf}",
    "a:\n  b: [1,\n  2]  # share · [G] after the list",
    "# share · [G]\n\na: [1]",
    "a: [{x: 1}]\nb: 2  # m · [G]",
    "'a # min · [G]': 1",
]


@pytest.mark.parametrize("text", EXPLAINED)
def test_what_is_explained_passes(text: str) -> None:
    """The reading of comments knows where they may stand."""
    assert unexplained(text) == []


@pytest.mark.parametrize("text", UNEXPLAINED)
def test_what_is_not_explained_is_found(text: str) -> None:
    """And where they may not."""
    assert len(unexplained(text)) >= 1


# --- every option composes and runs -------------------------------------------------


def completed(group: str, option: str) -> list[str]:
    """The words that choose an option, with the laboratory around what belongs to it."""
    around = {"world": ["policy=lab"], "policy": ["world=lab"]}
    if group == "before" and option != "none":
        return [f"{group}={option}", "clock.reform_day=14"]
    if option != "lab":
        return [f"{group}={option}"]
    return [*around.get(group, ["world=lab", "policy=lab"]), f"{group}={option}"]


@pytest.mark.again
@pytest.mark.parametrize(
    ("group", "option"), [pytest.param(*pair, id="=".join(pair)) for pair in OPTIONS]
)
def test_every_option_composes_and_validates(group: str, option: str) -> None:
    """Alone, with everything else as it ships."""
    with session(None):
        resolved = resolve(completed(group, option))
    case = sim.load({key: resolved[key] for key in CASE})
    assert case.clock.total_days >= 1
    assert load_study(resolved["study"]).arms


@pytest.mark.parametrize("path", PARTS, ids=name_of)
def test_what_others_build_upon_cannot_be_chosen(path: Path) -> None:
    """A file ``_name.yaml`` is a part, not an option, and some option uses it."""
    group = path.parent.relative_to(CONFIGS).as_posix()
    with session(None), pytest.raises(sim.CaseError, match="no such option; allowed: "):
        resolve([f"{group}={path.stem}"])
    texts = [other.read_text(encoding="utf-8") for other in path.parent.glob("[!_]*.yaml")]
    assert any(f"- {path.stem}" in text for text in texts)


@pytest.mark.parametrize("name", POLICIES)
def test_every_policy_runs(name: str) -> None:
    """At toy size: requests come, are answered, and are closed."""
    record = sim.run(toy(f"policy={name}"))
    assert len(record.requests) > 100
    assert (record.requests.status == "closed").mean() > 0.5
    assert len(record.work) > 80


@pytest.mark.parametrize("lever", list(Policy.model_fields))
def test_every_option_of_a_lever_runs(lever: str) -> None:
    """Laid over an arm of Chibi at toy size, the laboratory's over the laboratory."""
    for option in (option for group, option in OPTIONS if group == f"policy/{lever}"):
        base = ("world=lab", "policy=lab", "clock=week") if option == "lab" else TOY
        record = sim.run(case_of(*base, f"policy/{lever}={option}"))
        assert record.requests.t_dispatch.notna().any()


def test_the_laboratory_runs() -> None:
    """One zone, one server, no frictions."""
    record = sim.run(case_of("world=lab", "policy=lab", "clock=week"))
    assert (record.requests.travel.dropna() == 0).all()


LARGEST = pytest.param("shapley", marks=AGAIN)  # 128 arms
STUDIES = [option for group, option in OPTIONS if group == "study"]


@pytest.mark.parametrize("name", [LARGEST if name == "shapley" else name for name in STUDIES])
def test_every_study_plans_its_worlds(name: str) -> None:
    """Its first world composes and validates a case per arm."""
    with session(None):
        study = load_study(resolve([f"study={name}"])["study"])
        world = next(plan_worlds(study, [*TOY, "clock.warmup_days=20"]))
    assert list(world.cases) == list(study.all_arms())


def test_an_arm_says_in_its_first_line_what_it_is() -> None:
    """Policies, their parts and studies begin with a comment."""
    told = {"policy", "study", "before", *Policy.model_fields}
    for path in FILES:
        if path.parent.name in told:
            first = path.read_text(encoding="utf-8").splitlines()[0]
            assert path.stem == "lab" or first.startswith("# "), name_of(path)


def test_the_defaults_are_the_ones_of_the_model() -> None:
    """Figures that sim/ODD.md states for Chibi."""
    world, staffing = (mapping_of()[key] for key in ("world", "policy"))
    demand, service = world["demand"], world["service"]
    assert demand["needs_per_1000_per_day"] == 2.5
    assert demand["misnamed"] == 0.04
    assert demand["urgent_share"] == 0.15
    assert service["background"] == {
        "share": 0.5,
        "task_min": 25.0,
        "interrupted_by": ["emergency", "urgent"],
    }
    assert list(service["work"]["median_min"].values()) == [12, 25, 30, 25, 30, 18]
    assert staffing["staffing"]["heads"] == {
        "cadre": 300,
        "police": 200,
        "city_officer": 90,
        "property_staff": 150,
        "volunteer": 278,
    }
    assert staffing["staffing"]["slowdown"] == 0.15


# --- one name ------------------------------------------------------------------------


def concepts_in(package: str) -> set[str]:
    """Modules of a package that define the spec they are named for."""
    folder = Path(sim.__file__).parent / package
    names = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    return {name for name in names if defines_its_spec(f"sim.{package}.{name}")}


def defines_its_spec(module: str) -> bool:
    """Whether ``sim.world.city`` defines the spec ``City``."""
    spec = getattr(import_module(module), module.rpartition(".")[2].title(), None)
    return isinstance(spec, type) and issubclass(spec, Spec) and spec.__module__ == module


@pytest.mark.parametrize(("package", "root"), [("world", World), ("policy", Policy)])
def test_a_concept_has_one_name(package: str, root: type[Spec]) -> None:
    """Config group, module, spec and test file are four views of one set.

    A test file may also be that of a module which draws from several specs.
    """
    specs = set(root.model_fields)
    tests = (Path(__file__).parent / package).glob("test_*.py")
    modules = (Path(sim.__file__).parent / package).glob("*.py")
    assert {group.split("/")[1] for group in GROUPS if group.startswith(f"{package}/")} == specs
    assert concepts_in(package) == specs
    named = {path.stem.removeprefix("test_") for path in tests}
    assert specs <= named <= {path.stem for path in modules}
    for name, field in root.model_fields.items():
        assert getattr(field.annotation, "__name__", "") == name.title()
