"""The multiverse: differences in every world, who is best, and which choice carries it."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from sim.figures.labels import difference_label, fold
from sim.figures.names import named, told
from sim.figures.style import (
    TICK,
    TWO_COLUMNS,
    Drawing,
    Facts,
    caption,
    contrast_rows,
    head,
    in_percent,
    listed,
    look_of,
    metric_words,
    most_lines,
    number,
    percent,
    sheet,
    unit_of,
)
from sim.metrics import HEADLINE

REST = "choices jointly, luck"
BAR = "#737373"
LINE = 9.5  # pt · from one line of words over a panel to the next


def every_world(facts: Facts, summary: pd.DataFrame) -> Drawing:
    """The sorted differences of all worlds, against the baseline and against the rival."""
    table = _sorted_table(facts, summary)
    against = list(dict.fromkeys(table.against))
    figure = sheet(TWO_COLUMNS, 112)
    axes = figure.subplots(2, 3)
    for ax, metric, name in zip(axes.flat, HEADLINE, "abcde", strict=False):
        rows = table[table.metric == metric]
        words = fold(metric_words(facts.lang, metric), 28)
        head(ax, name, words, above=5 + LINE * len(against))
        _specification(ax, facts, rows, metric)
    _key(axes.flat[-1], facts, against)
    worlds = int(table.groupby(["metric", "against"], sort=False).size().max())
    before = told(facts, "say.and").join(facts.name(arm) for arm in against)
    text = caption(
        facts,
        told(facts, "multiverse.n", worlds=worlds, n=facts.replications),
        told(facts, "multiverse.worlds", after=facts.name(facts.focus), before=before),
        _range_told(facts, table),
        told(facts, "multiverse.verdicts"),
    )
    return Drawing("worlds", told(facts, "multiverse.worlds_title"), figure, table, text)


def _sorted_table(facts: Facts, summary: pd.DataFrame) -> pd.DataFrame:
    """A row per metric, contrast and world, with its place in the order of differences."""
    tables = []
    for arm in dict.fromkeys((facts.baseline, facts.rival)):
        rows = contrast_rows(summary, arm, facts.focus).assign(against=arm)
        for metric in HEADLINE:
            part = rows[rows.metric == metric].sort_values("difference", kind="stable")
            tables.append(part.assign(place=(np.arange(len(part)) + 0.5) / max(len(part), 1)))
    columns = ["metric", "against", "world", "place", "difference", "lo", "hi", "n", "verdict"]
    return pd.concat(tables, ignore_index=True)[columns]


def _verdict_shares(rows: pd.DataFrame) -> tuple[float, float]:
    return float((rows.verdict == "better").mean()), float((rows.verdict == "worse").mean())


def _range_told(facts: Facts, table: pd.DataFrame) -> str:
    """Range and verdicts of every metric and contrast."""
    words = []
    for letter, metric in zip("abcde", HEADLINE, strict=True):
        chosen = table[table.metric == metric]
        parts = [
            told(facts, "multiverse.against", arm=facts.name(str(arm)), **_found(facts, rows, unit))
            for arm, rows in chosen.groupby("against", sort=False)
            for unit in [unit_of(facts.lang, metric)]
        ]
        what = f"({letter}) {metric_words(facts.lang, metric)}"
        found = listed(facts.lang, parts, long=True)
        words.append(told(facts, "say.colon", what=what, told=found))
    return told(facts, "say.stop").join(words) + told(facts, "say.end")


def _found(facts: Facts, rows: pd.DataFrame, unit: str = "") -> dict[str, str]:
    """Smallest and largest difference, and the shares of worlds that are better and worse."""
    better, worse = _verdict_shares(rows)
    return {
        "low": number(rows.difference.min(), signed=True),
        "high": number(rows.difference.max(), signed=True) + (f" {unit}" if unit else ""),
        "better": percent(facts.lang, better),
        "worse": percent(facts.lang, worse),
    }


def _specification(ax: Axes, facts: Facts, rows: pd.DataFrame, metric: str) -> None:
    ax.axhline(0, color="black", linewidth=0.6)
    ends = [0.0, *rows.difference.dropna()]
    room = 0.12 * (max(ends) - min(ends)) or 1.0
    ax.set_ylim(min(ends) - room, max(ends) + room)
    line = 3 + LINE * rows.against.nunique()
    for arm, part in rows.groupby("against", sort=False):
        look = look_of(facts, str(arm))
        how: dict[str, Any] = {"color": look.color, "alpha": 0.15, "linewidth": 0}
        ax.fill_between(part.place, part.lo, part.hi, rasterized=True, **how)
        ax.plot(part.place, part.difference, markevery=0.12, **{**look.line(), "markersize": 2.8})
        line -= LINE
        where: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points"}
        better, worse = (percent(facts.lang, share) for share in _verdict_shares(part))
        words = told(facts, "multiverse.line", better=better, worse=worse)
        ax.annotate(words, (0, 1), (0, line), color=look.text, fontsize=TICK, **where)
    in_percent(ax, "x")
    ax.yaxis.set_major_locator(MaxNLocator(5))
    ax.yaxis.set_major_formatter(lambda value, _: number(value))
    ax.set_xlabel(told(facts, "multiverse.sorted"))
    ax.set_ylabel(difference_label(facts.lang, metric))


def _key(ax: Axes, facts: Facts, against: list[str]) -> None:
    """What the curves and the words over them are, in the place that is left."""
    ax.set_axis_off()
    handles = [
        Line2D([], [], label=fold(facts.minus(arm), 24), **look_of(facts, arm).line())
        for arm in against
    ]
    words = told(facts, "multiverse.line_key", after=facts.name(facts.focus))
    handles.append(Line2D([], [], ls="", label=fold(words, 24)))
    ax.legend(handles=handles, loc="center left", frameon=False, fontsize=TICK, handlelength=3.2)


def best_arm(facts: Facts, best: pd.DataFrame) -> Drawing:
    """The share of worlds in which each arm is best, per headline metric."""
    arms = [arm for arm in facts.arms if arm in best.columns]
    table = best.melt(["metric", "worlds"], arms, "arm", "share_of_worlds")
    names = [fold(facts.name(arm), 24) for arm in arms]
    figure = sheet(TWO_COLUMNS, 26 + max(5.2, 3.2 * most_lines(names)) * len(arms))
    axes = figure.subplots(1, len(HEADLINE), sharex=True, sharey=True)
    for ax, metric, name in zip(axes, HEADLINE, "abcde", strict=True):
        shares = table[table.metric == metric].set_index("arm").share_of_worlds
        for place, arm in enumerate(arms):
            look = look_of(facts, arm)
            ax.barh(place, shares[arm], 0.6, facecolor=look.face, edgecolor=look.color)
        _bars(ax, shares.loc[arms].tolist(), names)
        head(ax, name, fold(metric_words(facts.lang, metric), 19))
    for label, arm in zip(axes[0].get_yticklabels(), arms, strict=True):
        label.set_color(look_of(facts, arm).text)
    axes[len(axes) // 2].set_xlabel(told(facts, "multiverse.best_axis"))
    worlds = int(best.worlds.iloc[0])
    text = caption(
        facts,
        told(facts, "multiverse.n", worlds=worlds, n=facts.replications),
        told(facts, "multiverse.best"),
        _best_told(facts, table),
        told(facts, "multiverse.best_note"),
    )
    return Drawing("best", told(facts, "multiverse.best_title"), figure, table, text)


def _best_told(facts: Facts, table: pd.DataFrame) -> str:
    shares = table[table.arm == facts.focus].set_index("metric").share_of_worlds
    words = [
        told(facts, "say.colon", what=what, told=percent(facts.lang, float(shares[metric])))
        for metric in HEADLINE
        for what in [metric_words(facts.lang, metric)]
    ]
    found = listed(facts.lang, words, long=True)
    return told(facts, "multiverse.best_share", arm=facts.name(facts.focus), told=found)


def what_carries(facts: Facts, carried: pd.DataFrame, worlds: int) -> Drawing:
    """The share of the variance between worlds that each open choice carries by itself."""
    table = _carried_table(carried)
    factors = list(dict.fromkeys(table.factor))
    names = [fold(_factor(facts, factor), 26) for factor in factors]
    figure = sheet(TWO_COLUMNS, 26 + max(6.4, 3.2 * most_lines(names)) * len(factors))
    axes = figure.subplots(1, len(HEADLINE), sharex=True, sharey=True)
    for ax, metric, name in zip(axes, HEADLINE, "abcde", strict=True):
        shares = table[table.metric == metric].set_index("factor").share_of_variance
        for place, factor in enumerate(factors):
            hollow = factor == REST
            ax.barh(place, shares[factor], 0.6, facecolor="white" if hollow else BAR, edgecolor=BAR)
        _bars(ax, shares.loc[factors].tolist(), names)
        head(ax, name, fold(metric_words(facts.lang, metric), 19))
    axes[len(axes) // 2].set_xlabel(told(facts, "multiverse.carried_axis"))
    text = caption(
        facts,
        told(facts, "multiverse.n", worlds=worlds, n=facts.replications),
        told(facts, "multiverse.carried", pair=facts.difference),
        _carrier_told(facts, table),
        told(facts, "multiverse.carried_note"),
    )
    return Drawing("carried", told(facts, "multiverse.carried_title"), figure, table, text)


def _factor(facts: Facts, factor: str) -> str:
    if factor == REST:
        return told(facts, "multiverse.rest")
    return named(facts.lang, "quantity", factor)


def _carried_table(carried: pd.DataFrame) -> pd.DataFrame:
    """Share per metric and factor, what carries most first, and what is left over."""
    once = carried.drop_duplicates(["metric", "factor"])
    wide = once.pivot(index="metric", columns="factor", values="share_of_variance")
    wide = wide.loc[list(HEADLINE), list(dict.fromkeys(once.factor))]
    total = wide.sum(axis=1)
    wide = wide[wide.sum().sort_values(ascending=False, kind="stable").index]
    wide[REST] = (1.0 - total).clip(lower=0.0).where(total > 0, 0.0)
    return wide.reset_index().melt("metric", var_name="factor", value_name="share_of_variance")


def _carrier_told(facts: Facts, table: pd.DataFrame) -> str:
    words = []
    for metric in HEADLINE:
        shares = table[(table.metric == metric) & (table.factor != REST)]
        row = shares.sort_values("share_of_variance", kind="stable").to_dict("records")[-1]
        share = percent(facts.lang, row["share_of_variance"])
        found = told(facts, "say.bracketed", what=_factor(facts, row["factor"]), told=share)
        what = metric_words(facts.lang, metric)
        words.append(told(facts, "say.colon", what=what, told=found))
    return told(facts, "multiverse.largest", told=listed(facts.lang, words, long=True))


def _bars(ax: Axes, shares: list[float], names: list[str]) -> None:
    """What panels of bars from 0 to 100 % share: numbers, names, axes."""
    for place, share in enumerate(shares):
        ax.annotate(
            f"{100 * share:.0f}",
            (share, place),
            (3, 0),
            textcoords="offset points",
            va="center_baseline",
            fontsize=TICK,
        )
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    in_percent(ax, "x")
    ax.set_xlim(0, 1.28)  # room for the number of a full bar
    ax.set_xticks([0, 0.5, 1])
    ax.spines.bottom.set_bounds(0, 1)
