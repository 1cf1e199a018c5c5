"""The front door: what ``sim`` offers, and that nobody waits for what he does not use."""

import pkgutil
import subprocess
import sys
from importlib import import_module

import pytest

import sim

HEAVY = ("mesa", "numba", "pandas", "pymetis", "scipy", "matplotlib")


def loaded_by(code: str) -> set[str]:
    """The heavy libraries that a fresh Python has loaded after some code."""
    told = f"{code}\nimport sys\nprint(*[name for name in {HEAVY} if name in sys.modules])"
    words = [sys.executable, "-c", told]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("name", sim.__all__)
def test_a_public_name_is_that_of_its_module(name: str) -> None:
    """Every name that is promised is there, and the table sends it where it is defined."""
    assert getattr(sim, name) is getattr(import_module(sim._HOME[name]), name)
    assert getattr(sim, name).__module__ == sim._HOME[name]


def test_what_is_promised_and_what_is_listed_are_the_same() -> None:
    assert set(sim.__all__) == set(sim._HOME)
    assert set(sim.__all__) <= set(dir(sim))
    assert "__version__" in dir(sim)


def test_names_can_be_imported_one_by_one_and_all_together() -> None:
    found: dict[str, object] = {}
    exec("from sim import *\nfrom sim import run as simulate", found)  # noqa: S102
    assert set(sim.__all__) <= set(found)
    assert found["simulate"] is sim.run


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'sim' has no attribute 'simulate'"):
        _ = sim.simulate  # type: ignore[attr-defined]


def test_no_module_is_named_like_a_public_name() -> None:
    """Else what ``sim.compare`` is would hang on what was imported before."""
    assert not {module.name for module in pkgutil.iter_modules(sim.__path__)} & set(sim.__all__)


@pytest.mark.parametrize(
    "code",
    [
        "import sim; sim.__version__",
        "from sim import CaseError",
        "from experiments.cli import parser; parser().format_help()",
        "from experiments.cli import main\ntry: main(['--version'])\nexcept SystemExit: pass",
    ],
)
def test_cheap_answers_load_no_heavy_library(code: str) -> None:
    """``onegrid --version`` took five seconds of CPU, four of them for these."""
    assert not loaded_by(code)


def test_a_name_loads_what_it_needs() -> None:
    """So that the test above can tell."""
    assert {"numba", "pandas", "scipy"} <= loaded_by("from sim import run")
