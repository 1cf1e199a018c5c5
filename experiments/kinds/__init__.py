"""The kinds of study: one module each, with its spec, its tables, its figures and its screen.

A new kind is a subclass of :class:`experiments.kinds.kind.Kind` and an entry in ``KINDS``.
"""

import json
from typing import Any

from pydantic import ValidationError

from experiments.compose import ConfigError
from experiments.kinds.breakeven import Breakeven
from experiments.kinds.compare import Compare
from experiments.kinds.kind import Kind
from experiments.kinds.ladder import Ladder
from experiments.kinds.multiverse import Multiverse
from experiments.kinds.phase import Phase
from experiments.kinds.shapley import Shapley
from experiments.kinds.sobol import Sobol
from experiments.kinds.sweep import Sweep
from sim.case import explain

__all__ = ["KINDS", "Kind", "load_study"]

KINDS: dict[str, type[Kind]] = {
    "compare": Compare,
    "ladder": Ladder,
    "multiverse": Multiverse,
    "sweep": Sweep,
    "shapley": Shapley,
    "sobol": Sobol,
    "phase": Phase,
    "breakeven": Breakeven,
}


def load_study(node: Any) -> Kind:
    """Validate the config's ``study``.

    Raises
    ------
    ConfigError
        One line: key, value, what is allowed.
    """
    kind = node.get("kind") if isinstance(node, dict) else None
    if kind not in KINDS:
        raise ConfigError(f"study.kind = {kind!r}: no such kind; allowed: {', '.join(KINDS)}")
    try:
        study = KINDS[kind].model_validate_json(json.dumps(node))
    except ValidationError as error:
        raise ConfigError(f"study.{explain(error, KINDS[kind])}") from None
    study.check()
    return study
