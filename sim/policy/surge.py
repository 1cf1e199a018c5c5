"""Switching police between patrol and rapid response (平战结合).

When many emergencies are open, some of the police leave routine work to others until few
are open again.
"""

from typing import Annotated, Self

from pydantic import Field, model_validator

from sim.base import Name, Share, Spec


class Surge(Spec):
    """Who switches, and when."""

    rate: Share = Field(description="of the roles' people who switch; 0: off")
    roles: tuple[Name, ...] = Field(description="whose people switch")
    open_at: Annotated[int, Field(ge=1)] = Field(description="emergencies open, on [requests]")
    close_at: Annotated[int, Field(ge=0)] = Field(description="emergencies open, off [requests]")

    @model_validator(mode="after")
    def _hysteresis(self) -> Self:
        if self.close_at >= self.open_at:
            raise ValueError(f"close_at = {self.close_at}: allowed: below open_at {self.open_at}")
        return self
