"""Commands with options of their own: one line each, loaded when it is called."""

import argparse
from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple, NoReturn

from experiments.compose import ConfigError


class Command(NamedTuple):
    """A command: where it is, and what it does in a few words.

    The module has ``options(parser)``, and a function of the command's name that takes what was
    parsed and returns the exit code.
    """

    module: str
    words: str


COMMANDS = {
    "claims": Command("experiments.claims", "the article's checkable statements, one by one"),
    "evidence": Command("experiments.evidence_list", "every number with its grade and source"),
    "publish": Command("experiments.publish", "run the studies of the README and sign them off"),
    "reproduce": Command("experiments.reproduce", "run them again from nothing and compare"),
    "verify": Command("experiments.verify", "published studies against their digests, offline"),
}


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"{self.prog.partition(' ')[2]}: {message}; allowed: see --help")


def run_command(name: str, arguments: list[str]) -> int:
    """Run a command of ``COMMANDS``; returns its exit code.

    Raises
    ------
    ConfigError
        An option that is not one of the command's.
    """
    module = import_module(COMMANDS[name].module)
    parser = _Parser(prog=f"onegrid {name}", description=COMMANDS[name].words)
    module.options(parser)
    act: Callable[[argparse.Namespace], int] = getattr(module, name)
    return act(parser.parse_intermixed_args(arguments))
