"""Cases put together from parts are the cases themselves, to the digest."""

from typing import Any

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st

import sim
from experiments.assembly import Assembly, Composer
from experiments.compose import ConfigError, read, resolve, session
from experiments.kinds import load_study
from experiments.study import lay_worlds, plan_worlds, study_digest
from sim.base import CaseError
from tests.support import first

STUDIES: dict[str, tuple[str, ...]] = {
    "sweep": ("study.design.count=6",),
    "sobol": ("study.base=2",),
    "breakeven": (),
    "mechanisms": (),
    "transition": (),
    "shapley": (),
}
MISNAMED = "world.demand.misnamed"
SHARES = "world.demand.domain_share"


@pytest.mark.parametrize("name", first(5, STUDIES))
def test_every_case_of_a_shipped_study_is_what_loading_its_mapping_gives(name: str) -> None:
    """All words of it: choices, numbers, tables, keys that are added, a policy before."""
    words = [f"study={name}", *STUDIES[name]]
    with session(None):
        study = load_study(resolve(words)["study"])
        composer = Composer(words)
        laid = list(lay_worlds(study, composer))[:5]
        for asked, made in zip(laid, plan_worlds(study, words), strict=False):
            for arm in list(asked.words)[:5]:
                case = sim.load(composer.mapping(asked.words[arm]))
                assert made.cases[arm] == case
                assert made.digests[arm] == sim.digest(case)


def put_together(*words: str) -> sim.Case:
    with session(None):
        made = Assembly(Composer([])).case(list(words))
    assert made.digest == sim.digest(made.case)
    return made.case


def test_whole_numbers_become_what_the_key_holds() -> None:
    """A share of 0 and of 0.0 is one case, whichever way it is laid."""
    assert put_together(f"{MISNAMED}=0") == put_together(f"{MISNAMED}=0.0")


@pytest.mark.parametrize(
    "words",
    [
        ("world.service.hours.routine.opens=09:00",),
        ("world.service.background.share=0.25", "world.service.dilution=0.1"),
        (f"{MISNAMED}=0.1", f"{MISNAMED}=0.2"),
        ("policy.staffing.heads.police=7", "policy.staffing.heads={cadre: 3}"),
        ("policy.layout.lines.0.name=mine",),
        ("policy=narrow", "+policy.staffing.skills.police.disputes=cross", "clock.days=9"),
        ("policy.dispatch.queue_capacity=.inf",),
        ("draws.redraw.city=0", "draws.seed=7"),
    ],
)
def test_words_of_any_kind_are_laid_as_they_are_over_a_mapping(words: tuple[str, ...]) -> None:
    with session(None):
        mapping = Composer([]).mapping(list(words))
    assert put_together(*words) == sim.load(mapping)


@pytest.mark.parametrize(
    ("word", "says"),
    [
        (f"{MISNAMED}=2", f"{MISNAMED} = 2"),
        (f"{MISNAMED}=often", f"{MISNAMED} = 'often'"),
        ("world.demand.misnamd=0.1", "closest: misnamed"),
        ("clock.days.more=1", "clock.days is a value without keys"),
        ("clock.reform_day=3", "must be given together"),
    ],
)
def test_what_is_wrong_is_said_as_loading_says_it(word: str, says: str) -> None:
    with session(None):
        with pytest.raises((CaseError, ConfigError)) as loaded:
            sim.load(Composer([]).mapping([word]))
        with pytest.raises((CaseError, ConfigError)) as made:
            Assembly(Composer([])).case([word])
    assert str(made.value) == str(loaded.value)
    assert says in str(made.value)


@given(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_a_number_is_read_as_hydra_reads_it(number: float) -> None:
    theirs: Any = OverridesParser.create().parse_override(f"value={number!r}").value()
    ours = read(f"key={number!r}").value
    assert (ours, type(ours)) == (theirs, type(theirs)) == (number, type(number))


@pytest.mark.parametrize("text", ["1_000", "007", "+5", "1.", ".5", "1e5", "0x1", "-0", "1-2"])
def test_what_looks_like_a_number_is_read_as_hydra_reads_it(text: str) -> None:
    theirs: Any = OverridesParser.create().parse_override(f"value={text}").value()
    ours = read(f"key={text}").value
    assert (ours, type(ours)) == (theirs, type(theirs))


# --- what a study is called by --------------------------------------------------------------


def called(*words: str) -> str:
    given = ["study=sweep", "study.design.count=4", *words]
    with session(None):
        study, composer = load_study(resolve(given)["study"]), Composer(given)
        return study_digest(study, lay_worlds(study, composer), composer)


def test_a_study_is_called_by_all_that_it_asks_and_not_by_how_often() -> None:
    plain = called()
    assert called("study.replications=7") == plain
    assert called("executor=serial") == plain
    assert called("world.demand.misnamed=0.04") == plain  # as it is
    others = {
        called(word)
        for word in (
            "world.demand.misnamed=0.05",
            "study.design.seed=2",
            "study.design.count=5",
            "study.arms.merged=[policy=merged,clock.days=3]",
            "draws.seed=3",
            "study.keep=all",
        )
    }
    assert len(others - {plain}) == 6
