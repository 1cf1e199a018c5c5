"""Who gains and who loses: the right group is named, nobody is named by luck."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from sim.comparison import ALPHA, MARGIN_ABSOLUTE, MARGIN_SHARE, mean_intervals
from sim.equity import (
    CONCLUSIONS,
    FAMILIES,
    FIFTHS,
    NO_REFORM,
    VERDICTS,
    _verdicts,
    equity,
    equity_families,
    equity_tables,
)
from sim.metrics import METRICS

COMMUNITIES = [f"community:{number}" for number in range(29)]
GROUPS = ["all", "residents:vulnerable", "residents:other", *COMMUNITIES]
ROLES = ["role:police", "role:cadre"]
NOTHING = pd.DataFrame()


def metrics_of(gains: dict[str, float], replications: int = 20, noise: float = 1.0) -> pd.DataFrame:
    """Two arms: 100 in the baseline; in the alternative more by the group's gain, with luck.

    Shares are a thousandth of that.
    """
    rng = np.random.default_rng(1)
    rows = []
    drawn = rng.standard_normal(replications)
    drawn -= drawn.mean()  # the mean difference is the gain itself
    names = [("response_median", group) for group in GROUPS]
    names += [("request_work", group) for group in ROLES]
    for (metric, group), replication in product(names, range(replications)):
        scale = 1.0 if METRICS[metric].unit == "min" else 0.001
        luck = noise * drawn[replication]
        both = {"before": 100.0, "after": 100.0 + gains.get(group, 0.0) + luck}
        rows += [(metric, group, scale * y, arm, replication) for arm, y in both.items()]
    return pd.DataFrame(rows, columns=["metric", "group", "value", "arm", "replication"])


def verdicts_of(gains: dict[str, float], **how: float) -> dict[str, str]:
    """The verdict of each group."""
    table = equity(metrics_of(gains, **how), NOTHING, "before", "after")  # type: ignore[arg-type]
    return dict(zip(table.group, table.verdict, strict=True))


def family(table: pd.DataFrame, name: str) -> pd.Series:
    """One family's conclusion."""
    return equity_families(table).set_index("family").loc[name]


def test_whoever_is_made_worse_is_named_and_nobody_else_is() -> None:
    """One community of 29 waits ten minutes longer while all others gain."""
    gains = dict.fromkeys(GROUPS, -10.0) | {"community:7": 10.0}
    table = equity(metrics_of(gains), NOTHING, "before", "after")
    found = family(table, "community")
    assert found.conclusion == "some_worse"
    assert found.worse == found.worst_group == "community:7"
    assert found.undecided == ""
    assert found.lo < 10.0 < found.hi
    rest = table[(table.kind == "community") & (table.group != "community:7")]
    assert set(rest.verdict) == {"better"}
    assert family(table, "any_resident").worse == "community:7 (response_median)"


def test_the_same_arm_twice_makes_nobody_worse() -> None:
    """Differences of exactly 0 are equivalent, whatever the margin."""
    table = equity(metrics_of({}), NOTHING, "before", "before")
    assert (table.difference == 0).all()
    assert set(table.verdict) <= {"equivalent", "not_worse"}
    assert set(equity_families(table).conclusion) == {"none_worse"}


@pytest.mark.parametrize(
    ("gain", "noise", "verdict"),
    [
        (-10.0, 1.0, "better"),
        (0.0, 1.0, "equivalent"),
        (-4.9, 1.0, "not_worse"),  # shown to gain, but whether by enough is open
        (4.9, 1.0, "undecided"),
        (10.0, 1.0, "worse"),
        (0.0, 40.0, "undecided"),
    ],
)
def test_a_verdict_follows_from_the_difference_the_margin_and_the_luck(
    gain: float, noise: float, verdict: str
) -> None:
    """The margin is 5 % of 100 minutes."""
    assert pytest.approx(5.0) == MARGIN_SHARE * 100
    assert verdicts_of({"community:3": gain}, noise=noise)["community:3"] == verdict


def family_of(means: list[float], pairs: int, seed: int) -> pd.DataFrame:
    """A family of groups with a margin of 5, their differences drawn with a spread of 6."""
    drawn = np.random.default_rng(seed).normal(means, 6.0, (pairs, len(means)))
    ends = mean_intervals(drawn.T)
    return _verdicts(ends.rename(columns={"value": "difference"}).assign(margin=5.0))


def test_that_a_group_is_not_worse_is_claimed_wrongly_in_one_of_twenty_at_most() -> None:
    """All of ten groups are worse by exactly the margin: any claim among them is wrong."""
    trials = 200
    wrong = sum((family_of([5.0] * 10, 5, seed).p_holm < ALPHA).any() for seed in range(trials))
    assert wrong <= binom.ppf(0.995, trials, ALPHA)


def test_nobody_of_many_who_stay_as_they_were_is_named_worse_by_luck() -> None:
    """29 groups with luck as large as the margin: uncorrected, some would often be named."""
    trials = 200
    named = sum(
        (family_of([0.0] * 29, 4, 1000 + seed).verdict == "worse").any() for seed in range(trials)
    )
    assert named <= binom.ppf(0.995, trials, ALPHA)


def test_a_family_that_is_undecided_says_who() -> None:
    """By name; of all groups together the number."""
    table = equity(metrics_of({"community:3": 4.8, "community:5": 4.9}), NOTHING, "before", "after")
    assert family(table, "community").conclusion == "undecided"
    assert family(table, "community").undecided == "community:3; community:5"
    assert family(table, "any_resident").undecided == "2 of 31"


def test_more_work_is_a_burden_for_who_carries_it() -> None:
    """.02 more of paid time matters."""
    gains = {"role:police": 60.0, "role:cadre": -60.0}
    table = equity(metrics_of(gains), NOTHING, "before", "after").set_index("group")
    assert table.margin["role:police"] == MARGIN_ABSOLUTE
    assert table.verdict["role:police"] == "worse"
    assert table.verdict["role:cadre"] == "better"
    assert family(table.reset_index(), "any_worker").worse == "role:police (request_work)"


@pytest.mark.parametrize(
    ("vulnerable", "other", "verdict"),
    [(-20.0, -40.0, "worse"), (-40.0, -20.0, "better"), (-30.0, -30.0, "equivalent")],
)
def test_whether_the_vulnerable_gain_as_much_is_a_difference_of_differences(
    vulnerable: float, other: float, verdict: str
) -> None:
    """Measured against the margin of everybody's time, paired within replications."""
    gains = {"residents:vulnerable": vulnerable, "residents:other": other}
    metrics = metrics_of(gains, noise=0.5)
    row = equity(metrics, NOTHING, "before", "after").set_index("group").loc["gap:vulnerable"]
    wide = metrics[metrics.metric == "response_median"].pivot(
        index="replication", columns=["group", "arm"], values="value"
    )
    each = [wide[group]["after"] - wide[group]["before"] for group in gains]
    assert row.difference == pytest.approx((each[0] - each[1]).mean())
    assert row.margin == pytest.approx(5.0)
    assert row.verdict == verdict


def waits(gain: float = 0.0, replications: int = 12) -> pd.DataFrame:
    """Blocks that are all alike, so that whoever waited long had bad luck, in both halves."""
    rng = np.random.default_rng(5)
    rows = []
    for replication in range(replications):
        for curve in ("block_first", "block_second"):
            before = 100.0 + 30.0 * rng.standard_normal(100)
            for arm, y in (("before", before), ("after", before + gain)):
                table = pd.DataFrame({"x": np.arange(100.0), "y": y, "n": 20})
                rows.append(table.assign(curve=curve, arm=arm, replication=replication))
    return pd.concat(rows, ignore_index=True)


def test_those_who_waited_longest_do_not_seem_to_gain_by_regression_to_the_mean() -> None:
    """Followed in another half than formed them, alike blocks gain alike; the rows say the rest."""
    table = equity(metrics_of({}), waits(gain=-10.0), "before", "after").set_index("group")
    fifths = table[table.kind == "waited"]
    assert len(fifths) == FIFTHS
    assert fifths.difference.tolist() == pytest.approx([-10.0] * FIFTHS)
    assert fifths.baseline.tolist() == pytest.approx([100.0] * FIFTHS, abs=5.0)
    alone = table[table.kind == NO_REFORM]
    assert alone.difference.iloc[0] > 20.0  # the luckiest fall back
    assert alone.difference.iloc[-1] < -20.0  # the unluckiest seem to gain, without any reform
    assert set(alone.verdict) == {""}
    assert table.difference["gap:waited_longest"] == pytest.approx(0.0, abs=1e-9)


def test_fifths_are_formed_by_the_baseline_and_hold_a_fifth_of_the_requests() -> None:
    """What the alternative does to a block moves it into no other fifth."""
    one = waits()
    turned = one.assign(y=one.y.where(one.arm == "before", 300.0 - one.y))
    first, second = (
        equity(metrics_of({}), curves, "before", "after").query("kind == 'waited'").baseline
        for curves in (one, turned)
    )
    assert first.tolist() == second.tolist()
    heavy = one.assign(n=np.where(one.x == 0, 2000, 20))
    assert (
        len(equity(metrics_of({}), heavy, "before", "after").query("kind == 'waited'")) < FIFTHS + 1
    )


def test_a_group_that_holds_nothing_is_not_tested() -> None:
    """No overtime in either arm, or no value in any replication: no row and no verdict."""
    metrics = metrics_of({})
    idle = metrics[metrics.group == "role:cadre"].assign(metric="overtime", value=0.0)
    nobody = metrics[metrics.group == "role:cadre"].assign(group="role:none", value=np.nan)
    table = equity(pd.concat([metrics, idle, nobody]), NOTHING, "before", "after")
    assert set(table[table.kind == "role"].metric) == {"request_work"}
    assert set(table[table.kind == "role"].group) == set(ROLES)


def test_a_study_that_kept_no_groups_has_no_tables() -> None:
    """Only headlines of everybody: nothing is said about anyone."""
    metrics = metrics_of({})
    assert equity_tables(metrics[metrics.group == "all"], NOTHING, "before", "after") == {}
    assert set(equity_tables(metrics, waits(), "before", "after")) == {"equity", "equity_families"}


def test_words_of_the_tables_are_the_published_ones() -> None:
    """Whatever reads them can rely on them; everything tested is better when lower."""
    table = equity(metrics_of({"community:1": 9.0}), waits(), "before", "after")
    assert set(table.verdict) - {""} <= set(VERDICTS)
    assert set(equity_families(table).conclusion) <= set(CONCLUSIONS)
    metrics = {metric for names in FAMILIES.values() for metric in names}
    assert all(METRICS[metric].better in ("lower", "neither") for metric in metrics)
