"""The multiverse: differences in every world, who is best, and which choice carries it."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from sim.figures.labels import difference_label, fold
from sim.figures.style import (
    TICK,
    TWO_COLUMNS,
    Drawing,
    Facts,
    caption,
    contrast_rows,
    head,
    in_percent,
    look_of,
    most_lines,
    number,
    percent,
    sheet,
    shown,
    unit_of,
)
from sim.metrics import HEADLINE, METRICS

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
        head(ax, name, fold(METRICS[metric].words, 34), above=5 + LINE * len(against))
        _specification(ax, facts, rows, metric)
    _key(axes.flat[-1], facts, against)
    worlds = int(table.groupby(["metric", "against"], sort=False).size().max())
    text = caption(
        facts,
        f"n = {worlds} worlds with {facts.replications} paired replications in each",
        f"Mean paired difference of {shown(facts.focus)} minus each of "
        f"{' and '.join(shown(arm) for arm in against)} in every world, sorted: each curve is "
        "one contrast, each point a world; shading: the world's 95 % interval of the mean "
        "difference (Student's t), cut at the frame.",
        _range_words(table),
        "Better and worse are the verdicts in the single worlds; the other worlds are "
        "equivalent or undecided.",
    )
    title = "Differences in every world, sorted"
    return Drawing("worlds", title, figure, table, text)


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


def _range_words(table: pd.DataFrame) -> str:
    words = []
    for letter, metric in zip("abcde", HEADLINE, strict=True):
        parts = []
        for arm, rows in table[table.metric == metric].groupby("against", sort=False):
            better, worse = _verdict_shares(rows)
            low, high = rows.difference.min(), rows.difference.max()
            unit = f" {unit_of('en', metric)}" if unit_of("en", metric) else ""
            parts.append(
                f"against {shown(str(arm))} {number(low, signed=True)} to "
                f"{number(high, signed=True)}{unit}, better in {percent('en', better)} and worse "
                f"in {percent('en', worse)} of worlds"
            )
        words.append(f"({letter}) {METRICS[metric].words}: {'; '.join(parts)}")
    return ". ".join(words) + "."


def _specification(ax: Axes, facts: Facts, rows: pd.DataFrame, metric: str) -> None:
    ax.axhline(0, color="black", linewidth=0.6)
    ends = [0.0, *rows.difference.dropna()]
    room = 0.12 * (max(ends) - min(ends)) or 1.0
    ax.set_ylim(min(ends) - room, max(ends) + room)
    line = 3 + LINE * rows.against.nunique()
    for arm, part in rows.groupby("against", sort=False):
        look = look_of(facts, str(arm))
        how = {**look.line(), "markersize": 2.8}
        ax.fill_between(part.place, part.lo, part.hi, color=look.color, alpha=0.15, linewidth=0)
        ax.plot(part.place, part.difference, markevery=0.12, **how)
        better, worse = _verdict_shares(part)
        words = f"better {percent('en', better)}, worse {percent('en', worse)} of worlds"
        line -= LINE
        ax.annotate(
            words,
            (0, 1),
            (0, line),
            xycoords="axes fraction",
            textcoords="offset points",
            color=look.text,
            fontsize=TICK,
        )
    in_percent(ax, "x")
    ax.yaxis.set_major_locator(MaxNLocator(5))
    ax.yaxis.set_major_formatter(lambda value, _: number(value))
    ax.set_xlabel("worlds, sorted [%]")
    ax.set_ylabel(difference_label("en", metric))


def _key(ax: Axes, facts: Facts, against: list[str]) -> None:
    """What the curves are, in the place that is left."""
    ax.set_axis_off()
    handles = [
        Line2D(
            [],
            [],
            label=fold(f"{shown(facts.focus)} minus {shown(arm)}", 30),
            **look_of(facts, arm).line(),
        )
        for arm in against
    ]
    ax.legend(handles=handles, loc="center left", frameon=False, fontsize=TICK, handlelength=3.2)


def best_arm(facts: Facts, best: pd.DataFrame) -> Drawing:
    """The share of worlds in which each arm is best, per headline metric."""
    arms = [arm for arm in facts.arms if arm in best.columns]
    table = best.melt(["metric", "worlds"], arms, "arm", "share_of_worlds")
    names = [fold(shown(arm), 24) for arm in arms]
    figure = sheet(TWO_COLUMNS, 26 + max(5.2, 3.2 * most_lines(names)) * len(arms))
    axes = figure.subplots(1, len(HEADLINE), sharex=True, sharey=True)
    for ax, metric, name in zip(axes, HEADLINE, "abcde", strict=True):
        shares = table[table.metric == metric].set_index("arm").share_of_worlds
        for place, arm in enumerate(arms):
            look = look_of(facts, arm)
            ax.barh(place, shares[arm], 0.6, facecolor=look.face, edgecolor=look.color)
        _bars(ax, shares.loc[arms].tolist(), names)
        head(ax, name, fold(METRICS[metric].words, 19))
    for label, arm in zip(axes[0].get_yticklabels(), arms, strict=True):
        label.set_color(look_of(facts, arm).text)
    axes[len(axes) // 2].set_xlabel("worlds in which the arm is best [%]")
    worlds = int(best.worlds.iloc[0])
    text = caption(
        facts,
        f"n = {worlds} worlds with {facts.replications} paired replications in each",
        "Share of worlds in which each arm has the best mean, per headline metric; arms that "
        "tie share the world.",
        _best_words(facts, table),
        "The worlds are every combination of the open choices and no sample, so the shares "
        "have no interval; a small difference counts as much as a large one.",
    )
    title = "Share of worlds in which each arm is best"
    return Drawing("best", title, figure, table, text)


def _best_words(facts: Facts, table: pd.DataFrame) -> str:
    shares = table[table.arm == facts.focus].set_index("metric").share_of_worlds
    words = [f"{METRICS[metric].words}: {percent('en', shares[metric])}" for metric in HEADLINE]
    return f"Share of {shown(facts.focus)}: {'; '.join(words)}."


def what_carries(facts: Facts, carried: pd.DataFrame, worlds: int) -> Drawing:
    """The share of the variance between worlds that each open choice carries by itself."""
    table = _carried_table(carried)
    factors = list(dict.fromkeys(table.factor))
    names = [fold(factor, 22) for factor in factors]
    figure = sheet(TWO_COLUMNS, 26 + max(6.4, 3.2 * most_lines(names)) * len(factors))
    axes = figure.subplots(1, len(HEADLINE), sharex=True, sharey=True)
    for ax, metric, name in zip(axes, HEADLINE, "abcde", strict=True):
        shares = table[table.metric == metric].set_index("factor").share_of_variance
        for place, factor in enumerate(factors):
            hollow = factor == REST
            ax.barh(place, shares[factor], 0.6, facecolor="white" if hollow else BAR, edgecolor=BAR)
        _bars(ax, shares.loc[factors].tolist(), names)
        head(ax, name, fold(METRICS[metric].words, 19))
    axes[len(axes) // 2].set_xlabel("variance of the difference between worlds [%]")
    text = caption(
        facts,
        f"n = {worlds} worlds with {facts.replications} paired replications in each",
        f"How much of the variance between worlds of {shown(facts.focus)} minus "
        f"{shown(facts.baseline)} each open choice carries by itself, by the means of its "
        "options over the full grid; open bars: what choices do only together, and the luck "
        "of the replications.",
        _carrier_words(table),
        "The grid is complete and no sample, so the shares have no interval; a large share of "
        "a small variance is still small.",
    )
    title = "Which open choice carries the difference"
    return Drawing("carried", title, figure, table, text)


def _carried_table(carried: pd.DataFrame) -> pd.DataFrame:
    """Share per metric and factor, and what is left over."""
    once = carried.drop_duplicates(["metric", "factor"])
    wide = once.pivot(index="metric", columns="factor", values="share_of_variance")
    wide = wide.loc[list(HEADLINE), list(dict.fromkeys(once.factor))]
    total = wide.sum(axis=1)
    wide[REST] = (1.0 - total).clip(lower=0.0).where(total > 0, 0.0)
    return wide.reset_index().melt("metric", var_name="factor", value_name="share_of_variance")


def _carrier_words(table: pd.DataFrame) -> str:
    words = []
    for metric in HEADLINE:
        shares = table[(table.metric == metric) & (table.factor != REST)]
        row = shares.sort_values("share_of_variance", kind="stable").to_dict("records")[-1]
        share = percent("en", row["share_of_variance"])
        words.append(f"{METRICS[metric].words}: {row['factor']} ({share})")
    return f"Largest by metric: {'; '.join(words)}."


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
