"""Comparisons: intervals that cover, verdicts that were fixed beforehand, and no false effects."""

from functools import lru_cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, ttest_1samp, ttest_rel

import sim
from sim.comparison import VERDICTS, Comparison, contrast, holm, margin, stack
from sim.metrics import HEADLINE, METRICS, measure
from tests.support import toy
from tests.world import Floats

COUNT = 12


def table(rows: dict[tuple[str, str], Floats | list[float]]) -> pd.DataFrame:
    """Stacked metrics: a row per (metric, group), a column per replication."""
    index = pd.MultiIndex.from_tuples(list(rows), names=["metric", "group"])
    return pd.DataFrame(np.array(list(rows.values())), index=index)


def one(before: list[float] | Floats, after: list[float] | Floats, metric: str) -> pd.Series:
    """The row of a comparison of a single metric; not of the headline, so without Holm."""
    key = (metric, "domain:hazards")
    frame = contrast(table({key: before}), table({key: after}), "a", "b").table
    return frame.iloc[0]


def noise(seed: int, *shape: int) -> Floats:
    """Independent standard normal numbers."""
    return np.random.default_rng(seed).standard_normal(shape)


# --- the interval -------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("count", [2, 3, 20])
def test_the_interval_is_that_of_the_paired_t_test(seed: int, count: int) -> None:
    """As scipy gives it, difference and count included."""
    before = 100 + noise(seed, count)
    after = before + 3 + 0.5 * noise(seed + 100, count)
    row = one(before, after, "response_mean")
    expected = ttest_rel(after, before).confidence_interval(0.95)
    assert (row.lo, row.hi) == pytest.approx((expected.low, expected.high))
    assert row.difference == pytest.approx((after - before).mean())
    assert (row.baseline, row.alternative) == pytest.approx((before.mean(), after.mean()))
    assert row.n == count


def test_a_missing_replication_leaves_the_others_paired() -> None:
    """A group without requests in one replication counts one less; without any it has no row."""
    before, after = 100 + noise(1, 8), 90 + noise(2, 8)
    before[3], after[5] = np.nan, np.nan
    row = one(before, after, "response_mean")
    kept = ~np.isnan(before + after)
    expected = ttest_rel(after[kept], before[kept]).confidence_interval(0.95)
    assert (row.lo, row.hi) == pytest.approx((expected.low, expected.high))
    assert row.n == 6


def test_the_means_of_both_arms_are_over_the_pairs() -> None:
    """Else an arm without a value in a bad replication would seem the better one."""
    before, after = np.array([10.0, 20.0, 600.0, 30.0]), np.array([11.0, 19.0, np.nan, 33.0])
    row = one(before, after, "response_mean")
    assert (row.baseline, row.alternative, row.difference) == pytest.approx((20.0, 21.0, 1.0))
    assert row.margin == pytest.approx(1.0)
    assert row.pairing == pytest.approx(4.0 / (100.0 + 124.0))


def test_replications_are_paired_by_their_number() -> None:
    """Whatever the order of the columns."""
    key = ("response_mean", "all")
    before = table({key: [1.0, 2.0, 4.0]})
    after = table({key: [5.0, 2.0, 3.0]})[[2, 0, 1]]
    after.columns = pd.Index([2, 0, 1])
    frame = contrast(before, after, "a", "b").table
    assert frame.difference[0] == pytest.approx((4.0 + 0.0 - 1.0) / 3)


def test_the_interval_covers_in_95_of_100_studies() -> None:
    """Of 2,000 studies of ten pairs the share that holds the truth is .95, at 99 %."""
    studies, truth = 2000, 2.0
    shared = 10 * noise(11, studies, 10)
    before = 50 + shared + noise(12, studies, 10)
    after = 50 + truth + shared + noise(13, studies, 10)
    keys = [("response_mean", f"study {number}") for number in range(studies)]
    frame = contrast(
        table(dict(zip(keys, before, strict=True))),
        table(dict(zip(keys, after, strict=True))),
        "a",
        "b",
    ).table
    held = int(((frame.lo <= truth) & (truth <= frame.hi)).sum())
    low, high = binom.interval(0.99, studies, 0.95)
    assert low <= held <= high
    assert frame.pairing.median() == pytest.approx(2 / 202, rel=0.3)


def test_pairing_is_the_variance_ratio() -> None:
    """Below 1 shared luck helped, about 1 it did not, 2 for opposite luck."""
    luck = noise(21, 400)
    assert one(luck, luck + 0.1 * noise(22, 400), "response_mean").pairing < 0.01
    assert one(luck, noise(23, 400), "response_mean").pairing == pytest.approx(1, abs=0.15)
    assert one(luck, -luck, "response_mean").pairing == pytest.approx(2)


# --- verdicts -----------------------------------------------------------------------


def shifted(by: float, spread: float) -> tuple[Floats, Floats]:
    """Twelve pairs around 100 whose differences have this mean and this spread, exactly."""
    luck = noise(31, COUNT)
    luck = (luck - luck.mean()) / luck.std(ddof=1)
    before = 100 + noise(32, COUNT)
    before += 100 - before.mean()
    return before, before + by + spread * luck


VERDICT_OF = [
    ("response_mean", -10.0, 1.0, "better"),
    ("response_mean", 10.0, 1.0, "worse"),
    ("response_within_60", 10.0, 1.0, "better"),
    ("response_within_60", -10.0, 1.0, "worse"),
    ("response_mean", 0.5, 1.0, "equivalent"),
    ("response_mean", -2.0, 1.0, "equivalent"),
    ("response_mean", 10.0, 40.0, "undecided"),
    ("response_mean", 4.9, 0.3, "undecided"),
    ("requests", -10.0, 1.0, "undecided"),
    ("requests", 1.0, 1.0, "equivalent"),
]


@pytest.mark.parametrize(("metric", "by", "spread", "expected"), VERDICT_OF)
def test_each_verdict_has_its_reason(metric: str, by: float, spread: float, expected: str) -> None:
    """Better or worse: shown to differ, by at least the margin of 5. Equivalent: shown within.

    Undecided: too vague, or shown to differ by less than matters but not shown within, or a
    metric that has no better direction.
    """
    row = one(*shifted(by, spread), metric)
    if METRICS[metric].unit == "min":
        assert row.margin == pytest.approx(5.0)
    assert row.verdict == expected
    assert row.verdict in VERDICTS


@pytest.mark.parametrize(("by", "expected"), [(3.9, "equivalent"), (4.1, "undecided")])
def test_equivalence_is_two_one_sided_tests(by: float, expected: str) -> None:
    """Equivalent as soon as both one-sided tests of the margin pass at 5 % (Schuirmann 1987)."""
    before, after = shifted(by, 2.0)
    difference = after - before
    upper = ttest_1samp(difference, 5.0, alternative="less").pvalue
    lower = ttest_1samp(difference, -5.0, alternative="greater").pvalue
    assert (max(upper, lower) < 0.05) == (expected == "equivalent")
    assert one(before, after, "response_mean").verdict == expected


@pytest.mark.parametrize(
    ("unit", "baseline", "expected"),
    [
        ("min", 100.0, 5.0),
        ("min", 10.0, 1.0),
        ("min", 0.0, 1.0),
        ("share", 0.9, 0.02),
        ("gini", 0.5, 0.02),
        ("count", 200.0, 10.0),
        ("h", -40.0, 2.0),
    ],
)
def test_the_smallest_difference_that_matters_was_fixed(
    unit: str, baseline: float, expected: float
) -> None:
    """5 % and 1 minute for times, .02 for Gini and shares (sim/ODD.md)."""
    assert margin(unit, baseline) == pytest.approx(expected)


def test_the_same_numbers_twice_are_equivalent() -> None:
    """A/A: a difference of exactly 0, an interval of no width, in every metric with a scale."""
    before = table({(name, "all"): 50 + noise(41, 6) for name in METRICS})
    frame = contrast(before, before.copy(), "a", "a again").table
    assert (frame.difference == 0).all()
    assert (frame.lo == 0).all()
    assert (frame.hi == 0).all()
    assert (frame.verdict == "equivalent").all()


def test_nothing_twice_is_equivalent_too() -> None:
    """Handoffs of a merged city against themselves: 0 and 0."""
    before = table({("handoffs", "all"): [0.0] * 4})
    assert contrast(before, before.copy(), "a", "a again").table.verdict[0] == "equivalent"


def test_a_difference_that_never_varies_is_certain() -> None:
    """No spread, no doubt: better if it matters, equivalent if not."""
    luck = 100 + noise(51, 5).round(3)
    assert one(luck, luck - 50.0, "response_mean").verdict == "better"
    assert one(luck, luck + 0.25, "response_mean").verdict == "equivalent"


def test_one_replication_decides_nothing() -> None:
    """Where a group exists once, there is a difference and no interval."""
    row = one([100.0, np.nan, 7.0], [50.0, 6.0, np.nan], "response_mean")
    assert row.n == 1
    assert row.difference == -50.0
    assert np.isnan(row.lo)
    assert row.verdict == "undecided"


# --- Holm ---------------------------------------------------------------------------


def test_holm_adjusts_as_published() -> None:
    """Abdi 2010, Holm's sequential Bonferroni procedure, three tests."""
    adjusted = holm(np.array([0.000040, 0.016100, 0.612300]))
    assert adjusted == pytest.approx([0.000120, 0.032200, 0.612300])


def test_holm_never_turns_the_order_around() -> None:
    """A larger p never gets a smaller adjusted one; none exceeds 1; order of entry is free."""
    p = np.array([0.03, 0.01, 0.04, 0.005])
    assert holm(p) == pytest.approx([0.06, 0.03, 0.06, 0.02])
    assert holm(p[::-1]) == pytest.approx(holm(p)[::-1])
    assert holm(np.array([0.9, 0.8])).tolist() == [1.0, 1.0]


def test_holm_leaves_out_what_is_unknown() -> None:
    """NaN stays NaN and does not count as a test."""
    adjusted = holm(np.array([0.01, np.nan, 0.02]))
    assert adjusted[[0, 2]] == pytest.approx([0.02, 0.02])
    assert np.isnan(adjusted[1])


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_lies_between_none_and_bonferroni(p: list[float]) -> None:
    """At least p, at most as many times p as there are tests."""
    array = np.array(p)
    adjusted = holm(array)
    assert (adjusted >= array).all()
    assert (adjusted <= np.minimum(array * array.size, 1.0) + 1e-12).all()


def headline(p_like: float) -> Comparison:
    """A comparison in which the first headline metric is borderline and the others differ not."""
    groups = {"response_p90_emergency": "urgency:emergency"}
    before, after = {}, {}
    for number, name in enumerate(HEADLINE):
        key = (name, groups.get(name, "all"))
        pair = shifted(10.0, p_like) if number == 0 else shifted(0.0, 900.0)
        before[key], after[key] = pair
    return contrast(table(before), table(after), "a", "b")


def test_headline_metrics_share_holms_correction() -> None:
    """What passes alone at 5 % must pass at 1 % among five."""
    before, after = shifted(10.0, 13.0)
    p = ttest_rel(after, before).pvalue
    assert 0.01 < p < 0.05
    assert one(before, after, "response_median").verdict == "worse"
    among_five = headline(13.0)
    assert among_five.table.headline.all()
    assert among_five.row("response_median").verdict == "undecided"
    assert headline(8.0).row("response_median").verdict == "worse"


def test_only_the_headline_group_of_a_metric_is_headline() -> None:
    """The city's, and for emergencies their own."""
    keys = [
        ("response_median", "all"),
        ("response_median", "domain:hazards"),
        ("response_p90_emergency", "urgency:emergency"),
        ("response_mean", "all"),
    ]
    rows = {key: 100 + noise(61, 4) for key in keys}
    frame = contrast(table(rows), table(rows), "a", "b").table
    assert frame.headline.tolist() == [True, False, True, False]


# --- what a comparison answers ------------------------------------------------------


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    """A made-up comparison with every headline metric."""
    return headline(8.0)


def test_a_comparison_gives_its_interval(comparison: Comparison) -> None:
    """By name, in the metric's unit; the headline group unless another is asked for."""
    row = comparison.row("response_median")
    interval = comparison.confidence_interval("response_median")
    assert interval == (row.lo, row.hi)
    assert interval.low < 10.0 < interval.high
    emergencies = comparison.row("response_p90_emergency")
    assert emergencies.group == "urgency:emergency"


def test_a_metric_that_is_not_there_is_named_with_those_that_are(comparison: Comparison) -> None:
    """Instead of an empty row."""
    with pytest.raises(KeyError, match=r"no metric 'speed' of group 'all'.*'response_median'"):
        comparison.row("speed")


def test_a_group_that_is_not_there_is_named_with_those_of_its_metric(
    comparison: Comparison,
) -> None:
    wrong = r"no metric 'response_median' of group 'domain:hazards'; metrics: \[.*'unclosed_7d'.*\]"
    with pytest.raises(KeyError, match=rf"{wrong}; groups of response_median: \['all'\]"):
        comparison.confidence_interval("response_median", "domain:hazards")
    with pytest.raises(KeyError, match=r"groups of response_p90_.*: \['urgency:emergency'\]"):
        comparison.row("response_p90_emergency", "all")


def test_a_comparison_says_what_it_found(comparison: Comparison) -> None:
    """Arms, number of pairs, kind of interval, units, figures and verdicts of the headline."""
    text = repr(comparison)
    first, *rows = text.splitlines()
    assert first == (
        "b minus a, n = 12 paired replications, 95 % interval of the mean difference (Student's t)"
    )
    assert len(rows) == len(HEADLINE)
    for name, line in zip(HEADLINE, rows, strict=True):
        row = comparison.row(name)
        assert name in line
        assert line.endswith(row.verdict)
        assert f"[{row.lo:+.3g}, {row.hi:+.3g}]" in line
        assert (" min" in line) == (METRICS[name].unit == "min")


# --- of runs ------------------------------------------------------------------------


@lru_cache
def compared(baseline: str, alternative: str, replications: int = 3) -> Comparison:
    """Two shipped arms of a small city with a request or more in every community."""
    arms = (
        toy(f"policy={name}", "world.demand.needs_per_1000_per_day=40")
        for name in (baseline, alternative)
    )
    return sim.compare(*arms, replications)


def test_two_arms_can_be_compared() -> None:
    """Every metric and group of the baseline has a row, with as many pairs as asked for."""
    found = compared("fragmented_layered", "merged")
    assert set(found.table.metric) == set(METRICS)
    assert found.table.n.max() == 3
    city = found.table[found.table.group == "all"]
    assert (city.n == 3).all()
    assert (city.lo <= city.difference).all()
    assert (city.difference <= city.hi).all()
    assert set(found.table.verdict) <= set(VERDICTS)


def test_a_comparison_is_made_of_paired_runs() -> None:
    """Replication i of both arms has the luck of replication i."""
    found = compared("fragmented_layered", "merged")
    words = "world.demand.needs_per_1000_per_day=40"
    runs = [
        stack([measure(sim.run(toy(f"policy={name}", words).replicate(i))) for i in range(3)])
        for name in ("fragmented_layered", "merged")
    ]
    key = ("response_median", "all")
    expected = (runs[1].loc[key] - runs[0].loc[key]).mean()
    assert found.row("response_median").difference == pytest.approx(expected)
    assert (found.row("requests").difference, found.row("paid").difference) == (0, 0)


def test_an_arm_against_itself_differs_by_exactly_nothing() -> None:
    """A/A over runs: no difference in any metric, no width; the headline is equivalent."""
    table = compared("merged", "merged").table
    known = table[table.difference.notna()]
    assert (known.difference == 0).all()
    assert (known.hi - known.lo == 0).all()
    assert (known.verdict[known.headline] == "equivalent").all()


def test_a_group_that_is_empty_in_a_replication_does_no_harm() -> None:
    """In a small city most communities have no emergency in most replications."""
    found = sim.compare(toy("policy=fragmented_layered"), toy("policy=merged"), 2)
    assert found.row("response_median").n == 2


@pytest.mark.parametrize("replications", [1, 0, -3])
def test_fewer_than_two_replications_are_refused(replications: int) -> None:
    """Before anything is run."""
    with pytest.raises(ValueError, match=rf"replications = {replications}: allowed: 2 or more"):
        sim.compare(toy(), toy(), replications)
