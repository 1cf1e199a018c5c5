"""Heads, rotas, skills and units as they are written down, and what is wrong with them."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from sim.base import CaseError, Domain, Name, NonNegative, Positive, Share, Spec, TimeOfDay

if TYPE_CHECKING:
    from sim.policy.layout import Zones
    from sim.world import Drawn

Skill = Literal["own", "cross", "none"]


class Shift(Spec):
    """One shift of a role's rota; one that ends before it starts runs past midnight."""

    start: TimeOfDay
    end: TimeOfDay
    share: Share = Field(description="of the role's people")


class Rota(Spec):
    """The shifts of a role and its days of work."""

    shifts: tuple[Shift, ...] = Field(min_length=1)
    days_on: Annotated[int, Field(ge=1, le=7)] = Field(description="of every seven [days]")
    from_day: Annotated[int, Field(ge=-1, le=6)] = Field(
        description="first of the days on, Monday 0; -1: spread evenly over the people"
    )


class Post(Spec):
    """An explicit posting of one worker."""

    role: Name
    zones: tuple[Annotated[int, Field(ge=0)], ...] = Field(min_length=1)
    home: Annotated[int, Field(ge=0)] = Field(description="cell")


class Practice(Spec):
    """How work outside one's own domains becomes one's own, and the dip after a reform."""

    learning_days: Annotated[float, Field(gt=0)] = Field(
        description="e-folding time of the slowdown since the reform; .inf: no learning [days]"
    )
    dip: NonNegative = Field(description="longer work by everybody on the day of the reform")
    dip_days: Positive = Field(description="e-folding time of the dip [days]")


class Leaders(Spec):
    """Those who sign what leaves a zone."""

    zones_each: Annotated[int, Field(ge=1)] = Field(description="span of a leader [zones]")
    approval_min: NonNegative = Field(
        description="office time a leader spends on each case for a department; 0: none [min]"
    )


class Staffing(Spec):
    """Heads, rotas, skills and units."""

    heads: dict[Name, Annotated[int, Field(ge=0, le=100_000)]] = Field(description="[persons]")
    participation: dict[Name, Share] = Field(description="of a role's heads who take part")
    balance: Share = Field(description="0: heads as given; 1: paid hours follow line load")
    balanced: dict[Name, tuple[Domain, ...]] = Field(
        description="roles whose hours may move, and the domains whose load draws them"
    )
    rotas: dict[Name, Rota]
    skills: dict[Name, dict[Domain, Skill]] = Field(description="what is missing is none")
    slowdown: NonNegative = Field(description="longer work outside one's own domains")
    practice: Practice
    leaders: Leaders
    units: dict[Name, Annotated[int, Field(ge=0)]] = Field(
        description="units per line, each of many zones; 0: one unit per zone"
    )
    reach: Literal["unit", "city"] = Field(description="city: posted to every zone")
    posts: tuple[Post, ...] = Field(description="replaces heads and units when not empty")


def check_staffing(spec: Staffing, zones: "Zones", drawn: "Drawn", roles: tuple[str, ...]) -> None:
    """Everything named in it exists.

    Raises
    ------
    CaseError
    """
    tables: dict[str, dict[str, Any]] = {
        "heads": spec.heads,
        "participation": spec.participation,
        "balanced": spec.balanced,
        "rotas": spec.rotas,
        "skills": spec.skills,
        "units": spec.units,
    }
    for name, table in tables.items():
        for role in table:
            if role not in roles:
                raise CaseError(
                    f"policy.staffing.{name}.{role}: not a role; allowed: {list(roles)}"
                )
    for role in spec.heads:
        if role not in spec.rotas:
            raise CaseError(f"policy.staffing.rotas.{role} is missing; {role} has heads")
        _check_rota(role, spec.rotas[role])
    for number, item in enumerate(spec.posts):
        _check_post(f"policy.staffing.posts.{number}", item, spec, zones, drawn, roles)


def _check_post(
    where: str, item: Post, spec: Staffing, zones: "Zones", drawn: "Drawn", roles: tuple[str, ...]
) -> None:
    if item.role not in roles:
        raise CaseError(f"{where}.role = {item.role!r}: allowed: {list(roles)}")
    if item.role not in spec.rotas:
        raise CaseError(f"{where}.role = {item.role!r}: allowed: one of {list(spec.rotas)}")
    if max(item.zones) >= zones.count:
        raise CaseError(
            f"{where}.zones = {max(item.zones)}: no such zone; allowed: 0..{zones.count - 1}"
        )
    if item.home >= drawn.city.cells:
        raise CaseError(
            f"{where}.home = {item.home}: no such cell; allowed: 0..{drawn.city.cells - 1}"
        )


def _check_rota(role: str, rota: Rota) -> None:
    total = sum(shift.share for shift in rota.shifts)
    if abs(total - 1) > 1e-9:
        raise CaseError(f"policy.staffing.rotas.{role}.shifts: shares sum to {total:g}; allowed: 1")
