"""The mutation check still fits the engine and the tests it names; a slow test makes it."""

import ast
from collections.abc import Iterator

import pytest

from tests.mutation import ROOT, broken, check
from tests.mutation.mutants import MUTANTS, Mutant

MANY = 24


def functions(path: str) -> set[str]:
    """The tests of a file."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def each() -> Iterator[tuple[str, str, str]]:
    """Every selected test: mutant, file, function."""
    for mutant in MUTANTS:
        for test in mutant.tests:
            path, _, name = test.partition("::")
            yield mutant.name, path, name.partition("[")[0]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_another_program(mutant: Mutant) -> None:
    """What it replaces occurs exactly once in its file, and the result is Python."""
    source = (ROOT / mutant.file).read_text(encoding="utf-8")
    after = broken(mutant, source)
    assert ast.dump(ast.parse(after)) != ast.dump(ast.parse(source))


def test_mutants_are_many_and_have_names_of_their_own() -> None:
    """Each says in a few words what is broken."""
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= MANY
    assert len({mutant.words for mutant in MUTANTS}) == len(MUTANTS)


def test_the_tests_that_ought_to_catch_them_exist() -> None:
    """A file, and in it a function of that name, for every mutant."""
    assert {name for name, _, _ in each()} == {mutant.name for mutant in MUTANTS}
    missing = [item for item in each() if item[2] not in functions(item[1])]
    assert not missing


@pytest.mark.slow
@pytest.mark.timeout(5400)
def test_every_mutant_is_caught() -> None:
    """By one of the tests selected for it, which pass when nothing is broken."""
    survivors = [verdict.mutant.name for verdict in check(MUTANTS) if not verdict.caught_by]
    assert not survivors
