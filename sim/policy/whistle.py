"""Letters and whistles (吹哨): calls from a zone to a department.

The lever exists so that every policy states it; its mechanism is not in this version, so
its rate can only be 0.
"""

from typing import Annotated

from pydantic import Field

from sim.base import Spec


class Whistle(Spec):
    """The lever, off."""

    rate: Annotated[float, Field(ge=0, le=0)] = Field(description="0: off, in every arm")
