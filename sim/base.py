"""The frozen base of every spec, and the types its fields share.

A new spec derives from :class:`Spec`, gives every field a bound and a unit in its
description, and has no silent default: defaults live in ``configs/``.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

Domain = Literal["city_order", "property", "disputes", "hazards", "livelihood", "emergency"]
Class = Literal["emergency", "urgent", "routine"]

DOMAINS: tuple[Domain, ...] = (
    "city_order",
    "property",
    "disputes",
    "hazards",
    "livelihood",
    "emergency",
)
CLASSES: tuple[Class, ...] = ("emergency", "urgent", "routine")


class Spec(BaseModel):
    """Immutable, strict, and closed: an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def __hash__(self) -> int:
        """By value, tables included, so that what is drawn from a spec can be cached."""
        return hash(self.model_dump_json())


def minute_of_day(text: str) -> float:
    """Minutes after midnight of ``"HH:MM"`` [min]."""
    hours, minutes = text.split(":")
    return 60.0 * int(hours) + int(minutes)


def _quoted(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError('a quoted time of day is allowed, "HH:MM" from "00:00" to "24:00"')  # noqa: TRY004 - pydantic reports ValueError
    return value


def _legal_time(text: str) -> str:
    hours, _, minutes = text.partition(":")
    legal = hours.isdigit() and minutes.isdigit() and len(hours) == len(minutes) == 2
    if not legal or int(minutes) > 59 or minute_of_day(text) > 1440:
        raise ValueError('a quoted time of day "HH:MM" from "00:00" to "24:00"')
    return text


TimeOfDay = Annotated[str, BeforeValidator(_quoted), AfterValidator(_legal_time)]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1, max_length=80)]


class CaseError(ValueError):
    """A case that cannot be simulated; the message is one line a user can act on."""
