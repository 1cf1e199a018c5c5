"""Who answers, and which request comes next."""

from typing import Annotated, Literal

from pydantic import Field

from sim.base import Class, Name, Spec


class Dispatch(Spec):
    """The rule that picks a worker, and who may help whom.

    A new rule is a function in ``sim/engine/rules.py`` and its name here.
    """

    rule: Literal["nearest", "preference"]
    preference: tuple[tuple[int, ...], ...] = Field(
        description="workers in order of preference, one row per cell (rule: preference)"
    )
    after_job: Literal["stay", "home"] = Field(description="where a worker waits after a job")
    overflow: Annotated[int, Field(ge=0, le=1)] = Field(
        description="1: helpers take a request when another already waits in its zone"
    )
    overflow_reach: Literal["neighbours", "line"] = Field(
        description="helpers: neighbouring zones, or one desk for the whole line"
    )
    chain: Annotated[int, Field(ge=0, le=1)] = Field(
        description="1: each zone has one backup in its line, closing a ring"
    )
    preempts: tuple[Class, ...] = Field(
        description="classes that call a worker off a job of a lower class; he resumes later"
    )
    reserve: dict[Name, Annotated[int, Field(ge=0)]] = Field(
        description="workers of a role a unit keeps free of non-emergencies [persons]"
    )
    ageing_per_h: Annotated[float, Field(ge=0, le=1000)] = Field(
        description="classes a request moves up per hour it waits, never into one that is answered "
        "from anywhere in the city; 0: classes in order [classes per hour]"
    )
    queue_capacity: Annotated[float, Field(ge=0)] = Field(
        description="requests that may wait in a zone; more are lost (.inf: no limit)"
    )
