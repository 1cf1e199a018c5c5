"""The engine and the references in one run: first whether they agree, then how long they take."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.benchmark.cases import LAYOUTS, NO_PATROL, plain
from experiments.benchmark.contestants import ENGINE, Contestant
from experiments.benchmark.equality import check, drift
from experiments.benchmark.growth import arrived
from experiments.benchmark.sizes import Size, Words
from experiments.benchmark.timing import Entrant, race
from experiments.terminal import Screen
from sim.case import Case
from sim.engine.build import build, plan
from sim.units import DAY

CHECKED_DAYS = 2.0  # of the case in whole ticks


@dataclass(frozen=True)
class Setting:
    """A layout, with or without patrol."""

    layout: str
    patrol: bool

    def case(self, size: Size) -> Case:
        """The plain case on the longest horizon."""
        words: Words = size.words if self.patrol else (*size.words, *NO_PATROL)
        return plain(self.layout, size.days, *words)

    def __str__(self) -> str:
        return f"{self.layout}, {'patrol' if self.patrol else 'no patrol'}"


SETTINGS = tuple(Setting(layout, patrol) for patrol in (True, False) for layout in LAYOUTS)


def entrants(setting: Setting, size: Size, references: tuple[Contestant, ...]) -> list[Entrant]:
    """The references of a setting, each with its horizon; who steps patrol has none without."""
    planned = plan(setting.case(size))
    state = build(planned)
    chosen = [item for item in references if setting.patrol or item.tick_min == 0]
    return [
        Entrant(item, state, until, arrived(state, until))
        for item in chosen
        for until in [min(item.days, size.days) * DAY]
    ]


def check_all(entered: dict[Setting, list[Entrant]], screen: Screen) -> pd.DataFrame:
    """Hold every reference against the engine, request by request.

    Returns
    -------
    What rounding does where there are ticks: a row per layout and tick, with ``near`` (share
    of requests dispatched within a tick of the engine's time) and ``response`` (mean time to
    arrival over the engine's, less 1).

    Raises
    ------
    UnequalError
        One of them does other work.
    """
    for setting, every in entered.items():
        for item in every:
            whole = item.contestant.tick_min > 0
            check(item.contestant, item.state, CHECKED_DAYS * DAY if whole else item.until)
        names = ", ".join(item.contestant.name for item in every)
        screen.say(f"Equal to the engine, request by request ({setting}): {names}.")
    return pd.DataFrame(_drifts(entered), columns=["layout", "contestant", "near", "response"])


def _drifts(entered: dict[Setting, list[Entrant]]) -> Iterator[tuple[str, str, float, float]]:
    for setting, every in entered.items():
        for item in every:
            if item.contestant.tick_min > 0:
                found = drift(item.contestant, item.state, item.until)
                yield setting.layout, item.contestant.name, found.near, found.response


def time_all(entered: dict[Setting, list[Entrant]], size: Size, screen: Screen) -> pd.DataFrame:
    """Time everybody in turns.

    Returns
    -------
    A row per setting and contestant, the engine's first: ``layout``, ``patrol``,
    ``contestant``, ``days`` and ``requests`` of its horizon, ``seconds`` (median CPU time),
    ``per_second`` (requests per CPU second), and over the engine's CPU time on the same
    horizon in the same round ``ratio`` (median), ``lo`` and ``hi`` (range), ``rounds``.
    """
    rows = []
    jobs = size.rounds * sum(map(len, entered.values()))
    with screen.progress(jobs) as step:
        for setting, every in entered.items():
            found = race(every, size.rounds, lambda: step(1))
            longest = max(range(len(every)), key=lambda at: every[at].until)
            rows.append(_row(setting, ENGINE.name, every[longest], found[longest].ours, [1.0]))
            rows.extend(
                _row(setting, item.contestant.name, item, times.theirs, times.ratios)
                for item, times in zip(every, found, strict=True)
            )
    columns = ["layout", "patrol", "contestant", "days", "requests", "seconds", "per_second"]
    table = pd.DataFrame(rows, columns=[*columns, "ratio", "lo", "hi"])
    return table.assign(rounds=size.rounds)


def _row(
    setting: Setting, name: str, item: Entrant, seconds: list[float], ratios: list[float]
) -> tuple[object, ...]:
    middle = float(np.median(seconds))
    return (
        *(setting.layout, setting.patrol, name, item.until / DAY, item.requests, middle),
        *(item.requests / middle, float(np.median(ratios)), min(ratios), max(ratios)),
    )
