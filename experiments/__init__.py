"""The command line and the studies: thin, no model logic."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.case import Case

__all__ = ["case"]


def case(*words: str, config_dir: Path | None = None) -> "Case":
    """One case from changes to the default config, as on the command line.

    Raises
    ------
    CaseError
        One line: key, value, what is allowed.
    """
    # this file is run before any module of the package: it must not cost all of them
    from experiments.compose import CASE, resolve, session  # noqa: PLC0415
    from sim.case import load  # noqa: PLC0415

    with session(config_dir):
        resolved = resolve(list(words), config_dir)
    return load({key: resolved[key] for key in CASE})
