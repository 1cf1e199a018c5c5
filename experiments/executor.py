"""Where runs are executed."""

import json
from typing import Annotated, Any

from pydantic import Field, ValidationError

from experiments.compose import ConfigError
from sim.base import Spec
from sim.case import explain


class Executor(Spec):
    """How many processes share the runs."""

    processes: Annotated[int, Field(ge=0, le=1024)] = Field(description="0: one per core")


def load_executor(node: Any) -> Executor:
    """Validate the config's ``executor``."""
    try:
        return Executor.model_validate_json(json.dumps(node))
    except ValidationError as error:
        raise ConfigError(f"executor.{explain(error, Executor)}") from None
