"""Who gains and who loses: groups of residents, of places and of workers, one reform.

Groups are fixed before the reform can touch them. A community is where the need arose; home,
age and vulnerability are the resident's; domain and urgency are the need's own; a role is the
worker's. *Waited* are the fifths of the city's blocks by how long they waited **under the
baseline in the first half** of the measured time; they are followed in the second half, in both
arms. Fifths formed on the very answers that are then compared would seem to gain by chance
alone, because whoever waited longest was partly unlucky (regression to the mean); formed on
another half they do not, and the rows ``no_reform`` show how much they change anyway.

What is tested. Every quantity here is better for the one concerned when it is lower (for who
carries it, request work is a burden). For each group the null hypothesis is "on average worse by
at least the smallest difference that matters" (``margin``; one-sided paired t-test). The
p-values of a family, one kind of group in one metric, are adjusted by Holm (1979). All rejected:
no group is made worse by as much as matters. A group is shown worse where its difference is not 0
(two-sided, Holm) and at least the margin; it is named. Whoever is neither is undecided, and named
too. For the joint claim alone every unadjusted test would do (intersection-union, Berger 1982);
Holm makes each group's own verdict hold beside all the others.

A new family is an entry in ``FAMILIES``.
"""

import numpy as np
import pandas as pd

from sim.comparison import ALPHA, contrast, holm, margin, reach_of, tail
from sim.metrics import METRICS

TIMES = ("response_median", "response_daytime_mean", "unclosed_7d")
LOAD = ("request_work", "overtime", "max_request_work")
FAMILIES: dict[str, tuple[str, ...]] = {
    "residents": TIMES,
    "age": TIMES,
    "community": TIMES,
    "home": TIMES,
    "domain": TIMES,
    "urgency": (*TIMES, "response_p90_emergency"),
    "waited": ("response_mean",),
    "role": LOAD,
    "gap": (*TIMES, "response_mean"),
}
WORKERS, DIFFERENCES = ("role",), ("gap",)
GAPS = {
    "gap:vulnerable": ("residents:vulnerable", "residents:other"),
    "gap:60_and_over": ("age:60_and_over", "age:under_60"),
    "gap:waited_longest": ("waited:5", "waited:1"),
}
FIFTHS = 5
HALVES = ("block_first", "block_second")
NO_REFORM = "no_reform"
VERDICTS = ("better", "equivalent", "not_worse", "undecided", "worse")
CONCLUSIONS = ("none_worse", "some_worse", "undecided")
COLUMNS = ["kind", "group", "metric", "unit", "n", "baseline", "alternative", "difference"]
COLUMNS += ["lo", "hi", "margin", "p_holm", "verdict"]
FAMILY_COLUMNS = ["family", "metric", "groups", "conclusion", "worse", "undecided", "worst_group"]
FAMILY_COLUMNS += ["worst_metric", "unit", "difference", "lo", "hi", "margin"]


def equity(metrics: pd.DataFrame, curves: pd.DataFrame, before: str, after: str) -> pd.DataFrame:
    """Every group's paired difference, its interval and its verdict within its family.

    Parameters
    ----------
    metrics : ``metric``, ``group``, ``value``, ``arm``, ``replication``, of one world
    curves : ``curve``, ``x``, ``y``, ``n``, ``arm``, ``replication``; may be empty
    before, after : baseline and alternative arm

    Returns
    -------
    ``kind``, ``group``, ``metric``, ``unit``, ``n`` (pairs of runs), ``baseline``,
    ``alternative``, ``difference``, ``lo``, ``hi`` (95 % interval of the group's own mean paired
    difference, Student's t), ``margin``, ``p_holm`` (of "worse by at least the margin", adjusted
    within the family), ``verdict`` (see ``VERDICTS``; empty in the rows ``no_reform``, which
    hold the baseline's first half against its second: no reform is in them). Of a kind ``gap``
    the difference is that of two groups' differences: below 0 the first of them gains more.
    """
    curves = curves[curves.curve.isin(HALVES)] if len(curves) else curves
    asked = {metric for names in FAMILIES.values() for metric in names}
    shown = metrics[metrics.metric.isin(asked)]
    arms = [_stack(shown, curves, arm, before) for arm in (before, after)]
    found = _differences(arms[0], arms[1])
    tables = [_verdicts(part) for _, part in found.groupby(["kind", "metric"], sort=False)]
    if not curves.empty:
        tables.append(_without_reform(curves, before))
    return pd.concat(tables, ignore_index=True)[COLUMNS] if tables else pd.DataFrame()


def equity_families(table: pd.DataFrame) -> pd.DataFrame:
    """One conclusion per family, and one over all groups of residents and of workers.

    Returns
    -------
    ``family``, ``metric``, ``groups`` (their number), ``conclusion`` (see ``CONCLUSIONS``),
    ``worse`` and ``undecided`` (names, separated by ``; ``), and of the group that fares worst,
    counted in margins: ``worst_group``, ``worst_metric``, ``unit``, ``difference``, ``lo``,
    ``hi``, ``margin``. The families ``any_resident`` and ``any_worker`` each share one Holm
    correction over all their groups and metrics; of their undecided they give the number.
    """
    tested = table[table.kind.isin(list(FAMILIES))]
    rows = [
        _conclusion(str(kind), str(metric), part)
        for (kind, metric), part in tested.groupby(["kind", "metric"], sort=False)
    ]
    carried = tested.kind.isin(WORKERS)
    for family, part in (
        ("any_resident", tested[~carried & ~tested.kind.isin(DIFFERENCES)]),
        ("any_worker", tested[carried]),
    ):
        if len(part):
            rows.append(_conclusion(family, "all", _verdicts(part)))
    return pd.DataFrame(rows, columns=FAMILY_COLUMNS)


def equity_tables(
    metrics: pd.DataFrame, curves: pd.DataFrame, before: str, after: str
) -> dict[str, pd.DataFrame]:
    """Both tables by the names of their files; none where groups were not kept."""
    table = equity(metrics, curves, before, after)
    if table.empty or not (table.kind == "residents").any():
        return {}
    return {"equity": table, "equity_families": equity_families(table)}


# --- groups -------------------------------------------------------------------------------


def _stack(metrics: pd.DataFrame, curves: pd.DataFrame, arm: str, before: str) -> pd.DataFrame:
    """One arm's values: a row per (metric, group), a column per replication."""
    own = metrics[metrics.arm == arm]
    stack = own.pivot(index=["metric", "group"], columns="replication", values="value")
    stack = stack.reindex(pd.MultiIndex.from_frame(own[["metric", "group"]].drop_duplicates()))
    if not curves.empty:
        stack = pd.concat([stack, _by_wait(curves, before, arm, "block_second", "waited")])
    wide = [
        _label(_of(stack, one) - _of(stack, other), name) for name, (one, other) in GAPS.items()
    ]
    return pd.concat([stack, *wide])


def _of(stack: pd.DataFrame, group: str) -> pd.DataFrame:
    """The rows of one group, by metric."""
    return stack[stack.index.get_level_values("group") == group].droplevel("group")


def _label(rows: pd.DataFrame, group: str) -> pd.DataFrame:
    """Rows by metric as those of a group."""
    index = pd.MultiIndex.from_product([rows.index, [group]], names=["metric", "group"])
    return rows.set_axis(index)


def _by_wait(curves: pd.DataFrame, before: str, arm: str, curve: str, kind: str) -> pd.DataFrame:
    """Mean response of the fifths of blocks that the baseline's first half forms."""
    formed = curves[(curves.curve == "block_first") & (curves.arm == before)]
    followed = curves[(curves.curve == curve) & (curves.arm == arm)]
    fifths = pd.concat([_fifths(part) for _, part in formed.groupby("replication")])
    joined = followed.merge(fifths, on=["replication", "x"])
    joined["total"] = joined.y * joined.n
    sums = joined.groupby(["fifth", "replication"])[["total", "n"]].sum()
    wide = (sums.total / sums.n).unstack("replication")
    names = [("response_mean", f"{kind}:{fifth}") for fifth in wide.index]
    return wide.set_axis(pd.MultiIndex.from_tuples(names, names=["metric", "group"]))


def _fifths(blocks: pd.DataFrame) -> pd.DataFrame:
    """Blocks of one replication in fifths of its requests, shortest wait first."""
    ordered = blocks.sort_values(["y", "x"])
    middle = ordered.n.cumsum() - ordered.n / 2
    fifth = (middle / ordered.n.sum() * FIFTHS).astype(int) + 1
    return ordered.assign(fifth=fifth)[["replication", "x", "fifth"]]


def _without_reform(curves: pd.DataFrame, before: str) -> pd.DataFrame:
    """What becomes of the fifths under the baseline: the half that formed them, then the other."""
    first = _by_wait(curves, before, before, "block_first", NO_REFORM)
    second = _by_wait(curves, before, before, "block_second", NO_REFORM)
    table = contrast(first, second, before, before).table
    return table.assign(kind=NO_REFORM, p_holm=np.nan, verdict="")


# --- tests --------------------------------------------------------------------------------


def _differences(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Paired differences of all groups of the families that hold anything."""
    table = contrast(before, after, "", "").table
    table["kind"] = table.group.str.partition(":")[0]
    whole = table[table.group == "all"].set_index("metric").baseline
    gap = table.kind.isin(DIFFERENCES)
    table.loc[gap, "margin"] = [
        margin(METRICS[metric].unit, float(whole.get(metric, np.nan)))
        for metric in table.metric[gap]
    ]
    order = {
        (kind, metric): (place, number)
        for place, (kind, metrics) in enumerate(FAMILIES.items())
        for number, metric in enumerate(metrics)
    }
    family = pd.Series(list(zip(table.kind, table.metric, strict=True)), index=table.index)
    nothing = (table.margin == 0) & (table.difference == 0)  # no overtime in either arm
    kept = table[family.isin(list(order)) & (table.n > 0) & ~nothing]
    ranks = family[kept.index].map(order)
    return kept.loc[ranks.sort_values(kind="stable").index]


def _verdicts(family: pd.DataFrame) -> pd.DataFrame:
    """With Holm's p-value of "worse by at least the margin" and a verdict, group by group."""
    gap, least = family.difference.to_numpy(), family.margin.to_numpy()
    degrees = np.maximum(family.n.to_numpy() - 1, 1)
    error = (family.hi - family.difference).to_numpy() / reach_of(np.float64(1.0), degrees)
    certain = error == 0
    p_worse = np.where(certain & (gap <= least), 0.0, tail(least - gap, error, degrees))
    both = np.where(
        certain & (np.abs(gap) <= least), 0.0, tail(least - np.abs(gap), error, degrees)
    )
    p_differs = holm(2 * tail(np.abs(gap), error, degrees))
    p_holm, p_equal = holm(p_worse), holm(both)
    words = [_verdict(*row) for row in zip(gap, least, p_holm, p_differs, p_equal, strict=True)]
    return family.assign(p_holm=p_holm, verdict=words)


def _verdict(gap: float, least: float, p_worse: float, p_differs: float, p_equal: float) -> str:
    matters = p_differs < ALPHA and abs(gap) >= least
    if p_worse < ALPHA:  # shown not to be worse by as much as matters
        if matters and gap < 0:
            return "better"
        return "equivalent" if p_equal < ALPHA else "not_worse"
    return "worse" if matters and gap > 0 else "undecided"


def _conclusion(family: str, metric: str, part: pd.DataFrame) -> dict[str, object]:
    """What a family's verdicts come to, and who fares worst."""
    worse, undecided = (part[part.verdict == verdict] for verdict in ("worse", "undecided"))
    names = {"worse": _names(worse, metric), "undecided": _names(undecided, metric)}
    if metric == "all" and len(undecided):
        names["undecided"] = f"{len(undecided)} of {len(part)}"
    with np.errstate(divide="ignore", invalid="ignore"):
        harm = np.nan_to_num((part.difference / part.margin).to_numpy())
    worst = part.to_dict("records")[int(harm.argmax())]
    return {
        "family": family,
        "metric": metric,
        "groups": len(part),
        "conclusion": (
            "some_worse" if names["worse"] else "undecided" if names["undecided"] else "none_worse"
        ),
        **names,
        "worst_group": worst["group"],
        "worst_metric": worst["metric"],
        **{name: worst[name] for name in ("unit", "difference", "lo", "hi", "margin")},
    }


def _names(rows: pd.DataFrame, metric: str) -> str:
    """Groups by name; with their metric where there are several."""
    if metric != "all":
        return "; ".join(rows.group)
    return "; ".join(f"{row.group} ({row.metric})" for row in rows.itertuples())
