"""Who may report what: sensing beyond one's own domains.

The lever exists so that every policy states it; its mechanism is not in this version, so
its rate can only be 0.
"""

from typing import Annotated

from pydantic import Field

from sim.base import Spec


class Sensing(Spec):
    """The lever, off."""

    rate: Annotated[float, Field(ge=0, le=0)] = Field(description="0: off, in every arm")
