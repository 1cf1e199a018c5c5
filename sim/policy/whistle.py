"""Letters and whistles (吹哨): how a zone calls a department, and when it must report in.

A case that needs a specialist is closed by a department. The zone sends a letter, or it
whistles: the delay is another one, a limit may hold, and a whistled case goes before those
that came by letter.
"""

from typing import Annotated

from pydantic import Field

from sim.base import Class, NonNegative, Share, Spec
from sim.policy.routing import Delay


class Whistle(Spec):
    """How departments are called."""

    rate: Share = Field(description="specialist cases called by whistle; 0: letters only")
    letter: dict[Class, Delay] = Field(description="until the department has it, by class")
    letter_sigma: NonNegative = Field(description="[ln]")
    whistle: dict[Class, Delay] = Field(description="same, by whistle")
    whistle_sigma: NonNegative = Field(description="[ln]")
    report_in_min: Annotated[float, Field(gt=0)] = Field(
        description="a whistled department reports in within this delay; .inf: no limit [min]"
    )
