"""How long a request takes to reach its owner when it starts at the wrong one."""

from typing import Annotated

from pydantic import Field

from sim.base import Class, NonNegative, Spec


class Delay(Spec):
    """A lognormal delay, given as its median."""

    median_min: NonNegative = Field(description="[min]")
    office_hours: Annotated[int, Field(ge=0, le=1)] = Field(
        description="1: runs on office hours only; 0: round the clock"
    )


class Routing(Spec):
    """Delays of a handoff (转办) and of a dispute over an unclear area."""

    handoff: dict[Class, Delay] = Field(description="per hop, by class")
    handoff_sigma: NonNegative = Field(description="[ln]")
    unclear: dict[Class, Delay] = Field(description="before the first owner, by class")
    unclear_sigma: NonNegative = Field(description="[ln]")
