"""The model can say that merging makes things worse, and for whom.

A world at its least friendly to a merger: nothing is misnamed, no cell is in dispute, a
handoff would take no time, roles have the hours their load asks for, requests fill most of
the day, and generalists are slower outside their own domains. What is left of a merger is
pooling, against that loss of speed. Expected at the time of writing (week, 4 replications):
emergencies' p90 8 min in overflow, 21 to 23 in merged, 9 in merged_reserve. Only signs are
asserted, each with the 95 % interval of the paired difference on that side of 0.
"""

from collections.abc import Callable

import pytest

import sim
from sim.comparison import Comparison, contrast, stack
from sim.metrics import measure
from tests.support import case_of, first

REPLICATIONS = 4
FLOORS = tuple(
    f"policy.routing.{stage}.{urgency}.median_min=0.0"
    for stage in ("handoff", "unclear")
    for urgency in ("emergency", "urgent", "routine")
)
WORLD = (
    "clock=week",
    "world.demand.misnamed=0.0",
    "world.city.disputed_share=0.0",
    "world.demand.needs_per_1000_per_day=12",
    "world.service.background.share=0.1",
    "policy.staffing.balance=1.0",
    *FLOORS,
)
ARMS = {
    "overflow": ("policy=overflow", "policy.staffing.slowdown=0.5"),
    "merged": ("policy=merged", "policy.staffing.slowdown=0.5"),
    "merged_reserve": ("policy=merged_reserve", "policy.staffing.slowdown=0.5"),
    "merged, twice as slow": ("policy=merged", "policy.staffing.slowdown=1.0"),
    "merged, as by default": ("policy=merged", "policy.staffing.slowdown=0.15"),
}
P90 = ("response_p90_emergency", None)
Against = Callable[[str, str], Comparison]


@pytest.fixture(scope="module")
def against() -> Against:
    """Any two of the arms, compared over the same replications."""
    cases = {name: case_of(*words, *WORLD) for name, words in ARMS.items()}
    runs = [
        {name: measure(sim.run(case.replicate(number))) for name, case in cases.items()}
        for number in range(REPLICATIONS)
    ]
    tables = {name: stack([run[name] for run in runs]) for name in ARMS}

    def compared(baseline: str, alternative: str) -> Comparison:
        return contrast(tables[baseline], tables[alternative], baseline, alternative)

    return compared


def assert_longer(found: Comparison, metric: str, group: str | None = None) -> None:
    """The alternative's time is longer, the interval all above 0."""
    assert found.confidence_interval(metric, group).low > 0, found


def assert_shorter(found: Comparison, metric: str, group: str | None = None) -> None:
    """The alternative's time is shorter, the interval all below 0."""
    assert found.confidence_interval(metric, group).high < 0, found


@pytest.mark.parametrize(
    "merged", first(1, ["merged, as by default", "merged", "merged, twice as slow"])
)
def test_emergencies_wait_longer_when_police_do_other_work(merged: str, against: Against) -> None:
    """Expected: p90 doubles or triples, whatever the generalists' loss of speed."""
    found = against("overflow", merged)
    assert_longer(found, *P90)
    assert found.row(*P90).verdict == "worse"


@pytest.mark.parametrize("metric", ["response_median", "response_daytime_mean", "response_mean"])
def test_everybody_waits_longer_when_generalists_take_twice_as_long(
    metric: str, against: Against
) -> None:
    """Overflow, which merges nothing, answers sooner: pooling cannot make up for half speed."""
    assert_longer(against("overflow", "merged, twice as slow"), metric)


@pytest.mark.parametrize("metric", ["response_median", "response_daytime_mean", "response_mean"])
def test_it_is_the_loss_of_speed_that_decides(metric: str, against: Against) -> None:
    """The same world, the same people, at the default loss: now pooling wins for most."""
    assert_shorter(against("overflow", "merged, as by default"), metric)


@pytest.mark.parametrize("metric", ["response_median", "response_daytime_mean"])
def test_a_greater_loss_of_speed_is_never_for_the_better(metric: str, against: Against) -> None:
    assert_longer(against("merged, as by default", "merged"), metric)
    assert_longer(against("merged", "merged, twice as slow"), metric)


def test_a_reserve_gives_emergencies_their_police_back(against: Against) -> None:
    """Expected: p90 more than halved."""
    found = against("merged", "merged_reserve")
    assert_shorter(found, *P90)
    assert found.row(*P90).verdict == "better"


@pytest.mark.parametrize("group", ["urgency:urgent", "urgency:routine"])
def test_a_reserve_is_paid_for_by_everybody_else(group: str, against: Against) -> None:
    """Urgent and routine requests lose the help of police who now stand by."""
    assert_longer(against("merged", "merged_reserve"), "response_mean", group)
