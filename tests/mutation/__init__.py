"""The mutation check: the engine is broken on purpose, and some test has to notice.

``python -m tests.mutation`` tries every mutant in a folder of its own, where the tests that
ought to catch it run against the broken engine. A mutant that survives is a promise that no
test keeps. A new mutant is one more entry of :data:`tests.mutation.mutants.MUTANTS`.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from shutil import copy, copytree, ignore_patterns
from tempfile import TemporaryDirectory
from time import monotonic

from tests.mutation.mutants import Mutant

ROOT = Path(__file__).parents[2]
COPIED = ("sim", "configs", "experiments", "tests", "pyproject.toml")
AT_A_TIME = 2
PATIENCE_S = 600  # the slowest selection takes a tenth of that
GREEN, RED = 0, 1  # exit codes of pytest: passed, and some failed
_PYTEST = """
import sys
import pytest
import sim
if not sim.__file__.startswith(sys.argv[1]):
    sys.exit(f"{sim.__file__} was imported, not the copy in {sys.argv[1]}")
sys.exit(pytest.main(sys.argv[2:]))
"""


class MutationError(RuntimeError):
    """The check could not be made: nothing can be said about the tests."""


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant: the test that caught it, or "" if it survived."""

    mutant: Mutant
    caught_by: str
    seconds: float


def check(mutants: Iterable[Mutant]) -> Iterator[Verdict]:
    """Try mutants, a few at a time, and yield the verdicts in their order.

    Raises
    ------
    MutationError
        The tests fail with nothing broken, or a mutant is no engine at all.
    """
    chosen = tuple(mutants)
    selection = sorted({test for mutant in chosen for test in mutant.tests})
    with TemporaryDirectory() as place:
        done = _run(_copied(Path(place)), selection)
    if done.returncode != GREEN:
        raise MutationError(f"the tests fail with nothing broken:\n{done.stdout}{done.stderr}")
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        yield from pool.map(_try, chosen)


def broken(mutant: Mutant, source: str) -> str:
    """The source of the mutant's file with the defect in it.

    Raises
    ------
    MutationError
        What it replaces does not occur exactly once.
    """
    if source.count(mutant.old) != 1:
        raise MutationError(f"{mutant.name}: {source.count(mutant.old)} places in {mutant.file}")
    return source.replace(mutant.old, mutant.new)


def _try(mutant: Mutant) -> Verdict:
    start = monotonic()
    with TemporaryDirectory() as place:
        folder = _copied(Path(place))
        path = folder / mutant.file
        path.write_text(broken(mutant, path.read_text(encoding="utf-8")), encoding="utf-8")
        done = _run(folder, mutant.tests)
    caught = re.search(r"^FAILED (.+?)(?: - |$)", done.stdout, re.MULTILINE)
    if done.returncode not in (GREEN, RED) or (done.returncode == RED) != bool(caught):
        raise MutationError(f"{mutant.name}: no verdict\n{done.stdout}{done.stderr}")
    return Verdict(mutant, caught[1] if caught else "", monotonic() - start)


def _copied(folder: Path) -> Path:
    """The folder, with everything in it that the tests need."""
    for name in COPIED:
        source, target = ROOT / name, folder / name
        if source.is_dir():
            copytree(source, target, ignore=ignore_patterns("__pycache__"))
        else:
            copy(source, target)
    return folder


def _run(folder: Path, tests: Iterable[str]) -> subprocess.CompletedProcess[str]:
    """Run tests against the engine in a folder, uncompiled, up to the first failure."""
    words = ("-x", "-q", "-p", "no:cacheprovider", "-n0", "--tb=line", "-m", "again or not slow")
    return subprocess.run(
        [sys.executable, "-c", _PYTEST, str(folder), *words, *tests],
        cwd=folder,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
