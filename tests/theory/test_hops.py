"""Misnamed requests against the geometric law."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import chisquare, lognorm

import sim
from sim.base import DOMAINS, Domain
from tests.theory import Floats, arrivals, confirm_each, lab_mapping, replicated

REPLICATIONS = 30
SIXTH = 1 / 6


def lines(*owned: tuple[Domain, ...]) -> list[dict[str, Any]]:
    """Lines of one zone each that own these domains."""
    return [
        {"name": "+".join(own), "domains": list(own), "zones": 1, "dedicated": [], "cells": []}
        for own in owned
    ]


def misnamed(seed: int, chance: float, owners: list[dict[str, Any]], *words: str) -> sim.Case:
    """Six equal domains under these owners, everybody skilled in everything."""
    mapping = lab_mapping(seed, *arrivals(1 / 15), "policy.staffing.reach=city", *words)
    demand = mapping["world"]["demand"]
    demand["misnamed"] = chance
    demand["shares"] = dict.fromkeys(DOMAINS, SIXTH)
    demand["urgency"] = dict.fromkeys(DOMAINS, "routine")
    mapping["world"]["service"]["work"]["median_min"] = dict.fromkeys(DOMAINS, 1.0)
    mapping["policy"]["layout"]["lines"] = owners
    return sim.load(mapping)


def each_its_own(seed: int, chance: float, *words: str) -> sim.Case:
    """Six lines of one domain each."""
    return misnamed(seed, chance, lines(*((name,) for name in DOMAINS)), *words)


def hops(record: sim.Record) -> Floats:
    """Handoffs of the measured requests [count]."""
    rows = record.requests
    return rows.handoffs[rows.measured].to_numpy()


@pytest.mark.parametrize(
    ("chance", "seed"), [(0.04, 1031), pytest.param(0.4, 1032, marks=pytest.mark.slow)]
)
def test_misnaming_adds_geometrically_many_hops(chance: float, seed: int) -> None:
    """Where every domain has its own owner, k hops have chance (1 - p) p^k, p / (1 - p) in mean.

    Source: geometric law; every hop names anew and errs with chance p (sim/ODD.md).
    """
    case = each_its_own(seed, chance)

    def measure(record: sim.Record) -> list[float]:
        found = hops(record)
        return [found.mean(), *(float((found == k).mean()) for k in range(2))]

    theory = [chance / (1 - chance), 1 - chance, (1 - chance) * chance]
    confirm_each(theory, replicated(case, REPLICATIONS, measure), precision=0.03)


def test_the_number_of_hops_has_the_geometric_distribution() -> None:
    """Counts of 0, 1, ... hops agree with (1 - p) p^k in a chi-square test at 1 %.

    Source: Pearson 1900; hops of different requests are independent.
    """
    chance, last = 0.3, 7
    found = np.concatenate(
        [hops(sim.run(each_its_own(1033, chance).replicate(number))) for number in range(12)]
    )
    seen = np.bincount(np.minimum(found, last).astype(int), minlength=last + 1)
    law = (1 - chance) * chance ** np.arange(last)
    expected = found.size * np.append(law, chance**last)
    assert found.size > 100_000
    assert expected.min() > 10
    assert chisquare(seen, expected).pvalue > 0.01


@pytest.mark.again
def test_an_owner_of_several_domains_takes_some_wrong_names_for_right() -> None:
    """A line of m domains passes on a request with chance p (6 - m) / 5 at every hop.

    Source: geometric law; a wrong name is any of the other five with equal chance, and m - 1
    of them have the same owner. Lines of one, two and three domains in one city.
    """
    chance = 0.5
    owners = lines(DOMAINS[:1], DOMAINS[1:3], DOMAINS[3:])
    case = misnamed(1034, chance, owners)

    def measure(record: sim.Record) -> list[float]:
        rows = record.requests[record.requests.measured]
        return [float(rows.handoffs[rows.line == line["name"]].mean()) for line in owners]

    passed = [chance * (6 - m) / 5 for m in (1, 2, 3)]
    theory = [p / (1 - p) for p in passed]
    confirm_each(theory, replicated(case, REPLICATIONS, measure), precision=0.02)


def test_one_owner_of_everything_never_hands_off() -> None:
    """With a single line no name is wrong: no hop, no delay, in any request.

    Source: sim/ODD.md: equal rows of ``owner`` make handoffs vanish.
    """
    found = sim.run(misnamed(1035, 0.5, lines(DOMAINS))).requests
    assert len(found) > 10_000
    assert not found.handoffs.any()
    assert not found.handoff.any()


@pytest.mark.again
def test_every_hop_costs_a_lognormal_delay_of_its_own() -> None:
    """Time in handoffs has mean E[H] E[D] and variance E[H] Var[D] + Var[H] E[D]^2.

    Source: sums of a random number of independent terms (Ross 2014, 3.4); H is geometric, D
    lognormal. The variance tells a fresh delay per hop from one delay repeated.
    """
    chance, median, sigma = 0.4, 60.0, 0.7
    case = each_its_own(
        1036,
        chance,
        f"policy.routing.handoff.routine.median_min={median}",
        f"policy.routing.handoff_sigma={sigma}",
    )

    def measure(record: sim.Record) -> list[float]:
        rows = record.requests
        spent = rows.handoff[rows.measured]
        return [spent.mean(), spent.var()]

    hops_mean, hops_variance = chance / (1 - chance), chance / (1 - chance) ** 2
    delay = lognorm(s=sigma, scale=median)
    theory = [
        hops_mean * delay.mean(),
        hops_mean * delay.var() + hops_variance * delay.mean() ** 2,
    ]
    confirm_each(theory, replicated(case, REPLICATIONS, measure), precision=0.02)
