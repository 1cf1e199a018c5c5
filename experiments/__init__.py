"""The command line and the studies: thin, no model logic."""

from pathlib import Path

from experiments.compose import CASE, resolve, session
from sim.case import Case, load

__all__ = ["case"]


def case(*words: str, config_dir: Path | None = None) -> Case:
    """One case from changes to the default config, as on the command line.

    Raises
    ------
    CaseError
        One line: key, value, what is allowed.
    """
    with session(config_dir):
        resolved = resolve(list(words), config_dir)
    return load({key: resolved[key] for key in CASE})
