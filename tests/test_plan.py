"""The plan: what a run is called by, and that every run is done once, by somebody."""

from collections import Counter
from typing import Any

import pandas as pd
import pytest

import sim
from experiments import plan as planning
from experiments.plan import TOGETHER, Job, Plan
from experiments.study import WorldCases
from tests.support import case_of

ARMS = {
    "layered": ("policy=fragmented_layered",),
    "merged": ("policy=merged",),
    "twin": ("policy=merged",),
}
WORLDS = {"default": (), "busy": ("world.demand.needs_per_1000_per_day=5",), "again": ()}
Run = tuple[str, str, int]


class Keep:
    """As much of a study as a plan looks at."""

    def __init__(self, keep: str = "headline") -> None:
        self.keep = keep


def plan_of(
    arms: dict[str, tuple[str, ...]] = ARMS,
    worlds: dict[str, tuple[str, ...]] = WORLDS,
    keep: str = "headline",
    *words: str,
) -> Plan:
    """A plan over worlds and arms; ``merged`` and ``twin`` are the same, two worlds as well."""
    made = []
    for name, laid in worlds.items():
        cases = {arm: case_of(*words, *own, *laid) for arm, own in arms.items()}
        digests = {arm: sim.digest(case) for arm, case in cases.items()}
        made.append(WorldCases(name, {}, cases, digests))
    study: Any = Keep(keep)
    return Plan(study, made)


def ids(plan: Plan, replications: int = 3) -> dict[tuple[int, str, int], str]:
    """The id of every world, arm and replication."""
    table = plan.table(replications)
    keys = table[["world", "arm", "replication"]].itertuples(index=False, name=None)
    return dict(zip(keys, table.run, strict=True))


def runs(jobs: list[Job]) -> list[Run]:
    """Id, case and replication of every run of jobs."""
    return [(name, sim.digest(case), job.replication) for job in jobs for name, case in job.runs]


def test_an_id_depends_on_case_replication_what_is_kept_and_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each of the four, and nothing else: the same plan again has the same ids."""
    found = ids(plan_of())
    assert ids(plan_of()) == found
    assert len(set(found.values())) == 2 * 2 * 3  # two cases in two worlds, three replications
    assert not set(ids(plan_of(keep="all")).values()) & set(found.values())
    assert not set(ids(plan_of(ARMS, WORLDS, "headline", "draws.seed=3")).values()) & set(
        found.values()
    )
    monkeypatch.setattr(planning, "code_version", lambda: "other")
    assert not set(ids(plan_of()).values()) & set(found.values())


def test_what_is_the_same_has_one_id_and_is_run_once() -> None:
    plan = plan_of()
    found = ids(plan)
    assert found[0, "merged", 1] == found[0, "twin", 1] == found[2, "merged", 1]
    assert found[0, "merged", 1] != found[1, "merged", 1] != found[0, "layered", 1]
    done = runs(plan.jobs(3, set(), (0, 1)))
    assert Counter(name for name, _, _ in done) == dict.fromkeys(found.values(), 1)


def test_a_run_goes_with_its_case_and_its_replication() -> None:
    plan = plan_of()
    table = plan.table(2)
    by_id = {
        name: (case, replication) for name, case, replication in runs(plan.jobs(2, set(), (0, 1)))
    }
    for row in table.itertuples():
        case = plan.worlds[row.world].cases[row.arm]
        assert by_id[row.run] == (sim.digest(case), row.replication)


def test_what_is_done_is_not_done_again() -> None:
    plan = plan_of()
    everything = {name for name, _, _ in runs(plan.jobs(3, set(), (0, 1)))}
    done = set(sorted(everything)[:5])
    assert {name for name, _, _ in runs(plan.jobs(3, done, (0, 1)))} == everything - done
    assert plan.jobs(3, everything, (0, 1)) == []


@pytest.mark.parametrize("parts", [1, 2, 3, 5, 40])
@pytest.mark.parametrize("finished", [0, 5])
def test_the_parts_together_are_the_whole_and_share_nothing(parts: int, finished: int) -> None:
    """Whatever each of them has done already, and where a case occurs in several worlds."""
    plan = plan_of()
    everything = sorted({name for name, _, _ in runs(plan.jobs(3, set(), (0, 1)))})
    found: list[str] = []
    for part in range(parts):
        mine = [name for name, _, _ in runs(plan.jobs(3, set(), (part, parts)))]
        left = [
            name for name, _, _ in runs(plan.jobs(3, set(everything[:finished]), (part, parts)))
        ]
        assert left == [name for name in mine if name not in everything[:finished]]
        found.extend(mine)
    assert sorted(found) == everything


def test_more_replications_keep_the_earlier_ids() -> None:
    few, many = ids(plan_of(), 2), ids(plan_of(), 5)
    assert few == {key: many[key] for key in few}


@pytest.mark.parametrize("first", [True, False])
def test_a_new_arm_or_world_moves_nobodys_id(first: bool) -> None:  # noqa: FBT001
    new = {"new": ("policy=overflow",)}
    arms = new | ARMS if first else ARMS | new
    more = ids(plan_of(arms))
    assert {key: more[key] for key in ids(plan_of())} == ids(plan_of())
    worlds = plan_of(ARMS, WORLDS | {"quiet": ("world.demand.needs_per_1000_per_day=1",)})
    assert {key: ids(worlds)[key] for key in ids(plan_of())} == ids(plan_of())


def test_the_table_has_a_row_for_every_world_arm_and_replication() -> None:
    table = plan_of().table(4)
    assert len(table) == 3 * 3 * 4
    assert not table.duplicated(["world", "arm", "replication"]).any()
    assert pd.api.types.is_integer_dtype(table.replication)


def test_a_job_is_of_one_replication_and_not_too_long() -> None:
    """So that its runs share their city, and little is lost where one is stopped."""
    arms = {f"arm {number}": (f"policy.staffing.slowdown={number / 100}",) for number in range(40)}
    jobs = plan_of(arms, {"default": ()}).jobs(2, set(), (0, 1))
    assert [len(job.runs) for job in jobs] == [TOGETHER, TOGETHER, 40 - 2 * TOGETHER] * 2
    assert [job.replication for job in jobs] == [0, 0, 0, 1, 1, 1]
    apart = jobs[0].apart()
    assert runs(apart) == runs(jobs[:1])
    assert {len(job.runs) for job in apart} == {1}
