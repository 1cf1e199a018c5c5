"""Switching police between patrol and rapid response (平战结合).

The lever exists so that every policy states it; its mechanism is not in this version, so
its rate can only be 0.
"""

from typing import Annotated

from pydantic import Field

from sim.base import Spec


class Surge(Spec):
    """The lever, off."""

    rate: Annotated[float, Field(ge=0, le=0)] = Field(description="0: off, in every arm")
