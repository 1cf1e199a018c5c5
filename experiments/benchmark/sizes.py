"""How much a benchmark runs: Chibi, or a toy that takes seconds."""

from dataclasses import dataclass

Words = tuple[str, ...]


@dataclass(frozen=True)
class Size:
    """How much is run.

    Attributes
    ----------
    words : for every case, before its own
    days : longest horizon of a reference [days]
    grown_days : horizon of the cases that are made ten times as large [days]
    rounds : how often each reference is timed
    memory : whether processes of their own are started to see what they hold
    """

    words: Words
    days: int
    grown_days: int
    rounds: int
    memory: bool


TOY = (
    *("world.city.width=24", "world.city.height=20", "world.city.residents=12000"),
    "policy.staffing.heads={cadre:30,police:20,city_officer:12,property_staff:16,volunteer:20}",
    "world.demand.needs_per_1000_per_day=15",
)
SIZES = {
    "full": Size((), 28, 7, 5, memory=True),
    "quick": Size((*TOY, "clock=week"), 2, 1, 2, memory=False),
}
