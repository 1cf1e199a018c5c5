"""A case is everything one run needs: world, policy, clock and seeds."""

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Annotated, Any, Self, get_args

from pydantic import BaseModel, Field, ValidationError, model_validator

from sim.base import CaseError, Positive, Spec
from sim.policy import Policy
from sim.world import Seeds, World

_Flag = Annotated[int, Field(ge=0, le=1)]


class Clock(Spec):
    """The stretch of time that is simulated and the part of it that is measured."""

    warmup_days: Annotated[int, Field(ge=0, le=3650)] = Field(description="not measured [days]")
    days: Annotated[int, Field(ge=1, le=3650)] = Field(description="measured [days]")
    follow_up_days: Annotated[int, Field(ge=0, le=3650)] = Field(
        description="demand goes on, so that late requests can still be closed [days]"
    )
    reform_day: Annotated[float, Field(ge=0)] = Field(
        description="first day of the policy, after that of ``before``; .inf: no reform [day]"
    )
    tick_min: Positive = Field(description="one step of the Mesa model [min]")

    @property
    def total_days(self) -> int:
        """Days simulated."""
        return self.warmup_days + self.days + self.follow_up_days


class Redraw(Spec):
    """Which parts of the world a new replication draws anew (1) or keeps (0)."""

    city: _Flag
    layout: _Flag
    rota: _Flag
    demand: _Flag


class Draws(Spec):
    """Where the luck of a run comes from."""

    seed: Annotated[int, Field(ge=0, lt=2**63)]
    replication: Annotated[int, Field(ge=0, lt=2**31)]
    redraw: Redraw

    @property
    def seeds(self) -> Seeds:
        """The replication that each part of the world follows."""
        kept = {name: self.replication * flag for name, flag in self.redraw.model_dump().items()}
        return Seeds(seed=self.seed, **kept)


class Case(Spec):
    """One run.

    ``before`` is the policy up to ``clock.reform_day``; without a reform there is none.
    """

    world: World
    before: Policy | None
    policy: Policy
    clock: Clock
    draws: Draws

    @model_validator(mode="after")
    def _one_reform(self) -> Self:
        day = self.clock.reform_day
        if (self.before is None) != math.isinf(day):
            raise ValueError(
                "clock.reform_day and the policy before it must be given together "
                "(policy@before=NAME clock.reform_day=DAY)"
            )
        if not math.isinf(day) and (day != round(day) or not 0 < day < self.clock.total_days):
            raise ValueError(
                f"clock.reform_day = {day:g}: a whole day from 1 to {self.clock.total_days - 1}"
            )
        return self

    @property
    def earlier(self) -> "Case":
        """The same run under the policy before the reform, which never comes."""
        clock = self.clock.model_copy(update={"reform_day": math.inf})
        return self.model_copy(
            update={"clock": clock, "policy": self.before or self.policy, "before": None}
        )

    def replicate(self, replication: int) -> "Case":
        """The same case with the luck of another replication.

        Raises
        ------
        CaseError
            A replication that ``draws.replication`` could not be.
        """
        draws = self.draws.model_dump() | {"replication": replication}
        try:
            return self.model_copy(update={"draws": Draws.model_validate(draws)})
        except ValidationError as error:
            raise CaseError(f"draws.{explain(error, Draws)}") from None


def load(mapping: Mapping[str, Any]) -> Case:
    """Validate a nested mapping into a case.

    Raises
    ------
    CaseError
        One line that names the key, the value, and what is allowed.
    """
    try:
        return Case.model_validate_json(json.dumps(mapping))
    except ValidationError as error:
        raise CaseError(explain(error, Case)) from None
    except (TypeError, ValueError) as error:
        raise CaseError(f"case is not a plain mapping: {error}") from None


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """The first problem of a validation as one line: key, value, what is allowed."""
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        owner = _model_at(model, first["loc"][:-1])
        return f"{key}: unknown key; allowed: {', '.join(sorted(owner.model_fields))}"
    if first["type"] == "missing":
        return f"{key}: missing; it must be given"
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "too_short":
        message = f"{first['ctx']['min_length']} or more are needed"
    if first["type"] == "string_pattern_mismatch":
        message = "allowed: letters, digits, _ - and ., a letter or digit first, at most 60"
    value = first["input"]
    shown = "" if isinstance(value, dict | list) else f" = {value!r}"
    if not key:
        return message
    return f"{key}{shown}: {message[:1].lower()}{message[1:]}"


def _model_at(model: type[BaseModel], path: tuple[int | str, ...]) -> type[BaseModel]:
    """The spec that sits at a path of keys."""
    for part in path:
        if not isinstance(part, str) or part not in model.model_fields:
            continue
        for kind in _kinds(model.model_fields[part].annotation):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                model = kind
    return model


def _kinds(annotation: Any) -> list[Any]:
    inner = [kind for part in get_args(annotation) for kind in _kinds(part)]
    return [annotation, *inner]


def digest(case: Spec) -> str:
    """SHA-256 of a spec's resolved values, independent of key order."""
    plain = json.dumps(case.model_dump(), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()
