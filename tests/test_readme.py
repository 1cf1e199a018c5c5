"""The README works as written."""

import argparse
import re
import shlex
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from experiments.cli import parser
from experiments.compose import resolve, session
from experiments.kinds import load_study
from experiments.own_words import COMMANDS as COMMANDS_ALONE
from experiments.study import plan_worlds
from tests.support import AGAIN

README = Path(__file__).parents[1] / "README.md"
TEXT = README.read_text(encoding="utf-8")
PYTHON = [
    block for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL) if "@kernel" not in block
]
COMMANDS = [
    shlex.split(line, comments=True)[3:]
    for line in re.findall(r"^uv run onegrid.*$", TEXT, re.MULTILINE)
]


def once(words: list[str]) -> Any:
    """A command; one that is a shipped study and no more is composed by other tests, too."""
    plain = len(words) == 1 and words[0].startswith("study=")
    return pytest.param(words, id=" ".join(words), marks=[AGAIN] if plain else [])


@pytest.mark.parametrize("block", PYTHON, ids=range(len(PYTHON)))
def test_example_runs(block: str) -> None:
    exec(compile(block, str(README), "exec"), {})  # noqa: S102 - our own text


@pytest.mark.parametrize("words", [once(words) for words in COMMANDS])
def test_command_is_understood(words: list[str]) -> None:
    if "--help" in words:
        assert "groups" in parser().format_help()
        return
    if words[:1] and words[0] in COMMANDS_ALONE:
        name, *options = words
        module = import_module(COMMANDS_ALONE[name].module)
        known = argparse.ArgumentParser()
        module.options(known)
        assert known.parse_args(options)
        return
    options = parser().parse_args(words)
    with session(None):
        resolved = resolve(options.overrides)
        study = load_study(resolved["study"])
        assert next(plan_worlds(study, options.overrides)).cases


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#:]+)\)", TEXT))
def test_link_leads_somewhere(link: str) -> None:
    assert (README.parent / link).exists()
