"""The evidence ledger: every number of a study, with grade, source and range."""

import re
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.assembly import Composer
from experiments.cli import main
from experiments.compose import groups, resolve, session
from experiments.designs import saltelli
from experiments.evidence import (
    COLUMNS,
    RANGES,
    RESTS,
    VARIED,
    evidence_of,
    evidence_of_arms,
    guessed,
    shares_for,
)
from experiments.kinds import load_study
from experiments.kinds.sobol import Sobol
from experiments.sources import GRADES, file_at, settings
from sim.indices import share_of


@lru_cache(maxsize=16)
def tables_of(*words: str) -> dict[str, pd.DataFrame]:
    """The ledger of a study, by its words."""
    with session(None):
        study = load_study(resolve(list(words))["study"])
        return evidence_of(study, Composer(list(words)))


def rows(key: str, *words: str) -> pd.DataFrame:
    """What a study's ledger says of a key."""
    ledger = tables_of(*words)["evidence"]
    return ledger[ledger.key == key]


TWO = "study.arms={fragmented_layered: [policy=fragmented_layered], merged: [policy=merged]}"
PAIR = (TWO, "study.contrasts=[]")


@pytest.mark.parametrize("words", [(), ("study=transition",), ("study=sobol",)])
def test_every_number_has_a_unit_a_grade_and_arms(words: tuple[str, ...]) -> None:
    """None is left out of the case, and the columns are those that are promised."""
    ledger = tables_of(*words)["evidence"]
    assert list(ledger.columns) == COLUMNS
    assert set(ledger.grade) <= set(GRADES)
    assert (ledger.unit != "").all()
    assert (ledger.arms != "").all()
    assert not ledger.duplicated(["key", "arms"]).any()


def test_values_are_those_of_the_arms() -> None:
    """One row where they agree, and one for each value where they do not."""
    zones = rows("policy.layout.lines.0.zones")
    by_value = {row.value: row.arms for row in zones.itertuples()}
    assert list(by_value) == ["160", "74", "296", "148"]  # the focus first
    assert by_value["296"] == "fragmented_partition"
    assert "merged_reserve" in by_value["160"]
    assert dict(zip(zones.value, zones.grade, strict=True))["74"] == "D"
    misnamed = rows("world.demand.misnamed")
    assert list(misnamed.arms) == ["all"]
    assert list(misnamed.value) == ["0.04"]


def test_a_source_is_that_of_the_file_an_arm_takes() -> None:
    """Not that of the option that another arm has."""
    riders = rows("policy.sensing.riders_per_hour")
    said = {row.value: (row.grade, row.source, row.arms) for row in riders.itertuples()}
    assert said["0"][0] == "G"
    assert said["0.00028"][0] == "D"
    assert "calibrate" in said["0.00028"][1]
    assert said["0.00028"][2] == "reform, reform_plus"


def test_what_a_study_sets_is_a_guess_unless_it_is_what_the_file_says() -> None:
    """By a word of the command, and by one of an arm."""
    set_so = rows("world.demand.misnamed", *PAIR, "world.demand.misnamed=0.1").iloc[0]
    assert (set_so.value, set_so.grade, set_so.source) == ("0.1", "G", "set by the study")
    assert set_so.unit == "probability per hop"
    same = rows("world.demand.misnamed", *PAIR, "world.demand.misnamed=0.04").iloc[0]
    assert same.grade == "L"
    dip = rows("policy.staffing.practice.dip", "study=transition")
    assert dict(zip(dip.value, dip.source, strict=True))["0.5"] == "set by the study"


def test_choices_are_apart_and_say_which_file_made_them() -> None:
    """Who may do what is no number, and decides much."""
    chosen = tables_of()["choices"]
    skill = chosen[chosen.key == "policy.staffing.skills.police.disputes"].iloc[0]
    assert skill.value == "cross"
    assert skill.source.startswith("Cross-trained.")
    assert "merged" in skill.arms


def test_a_user_s_number_without_a_comment_is_a_guess_that_is_not_stated(tmp_path: Path) -> None:
    """From a folder of configs of his own, which also may explain itself."""
    folder = tmp_path / "clock"
    folder.mkdir()
    text = "warmup_days: 1\ndays: 3   # days · [L] a book\nfollow_up_days: 1\n"
    (folder / "mine.yaml").write_text(f"{text}reform_day: .inf\ntick_min: 15.0\n", "utf-8")
    with session(tmp_path):
        words = [*PAIR, "clock=mine"]
        ledger = evidence_of(load_study(resolve(words)["study"]), Composer(words))["evidence"]
    found = ledger.set_index("key")
    assert tuple(found.loc["clock.days", ["value", "grade", "source"]]) == ("3", "L", "a book")
    assert tuple(found.loc["clock.warmup_days", ["grade", "source"]]) == ("G", "not stated")


def test_arms_of_no_study_have_a_ledger_too() -> None:
    """By their words."""
    arms = {"a": ("policy=merged", "clock=week"), "b": ("policy=merged", "clock=month")}
    ledger = evidence_of_arms(arms)["evidence"]
    days = ledger[ledger.key == "clock.days"]
    assert dict(zip(days.arms, days.value, strict=True)) == {"a": "7", "b": "28"}


# --- ranges -------------------------------------------------------------------------------


def test_every_range_is_of_a_parameter_and_has_a_grade() -> None:
    """Of one that some arm that ships has."""
    keys = set(tables_of()["evidence"].key)
    for item in settings(file_at(RANGES)):
        pattern = item.key.removeprefix("ranges.")
        assert any(fnmatchcase(key, pattern) for key in keys), pattern
        assert item.source is not None
        low, high = item.value
        assert low < high, pattern


def test_a_default_lies_in_its_range_unless_it_is_off() -> None:
    """A default outside of what literature has would need a word."""
    ledger = tables_of()["evidence"]
    ranged = ledger[ledger.low.notna()]
    values = ranged.value.astype(float)
    off = (values == 0) | np.isinf(values)
    outside = ranged[~off & ((values < ranged.low) | (values > ranged.high))]
    assert list(outside.key) == []
    assert len(ranged) > 40


def test_no_range_is_a_pattern_for_two_keys_of_another_unit() -> None:
    """The unit beside a range is that of the parameter."""
    units = tables_of()["evidence"].drop_duplicates("key").set_index("key").unit
    for item in settings(file_at(RANGES)):
        pattern = item.key.removeprefix("ranges.")
        for key in (key for key in units.index if fnmatchcase(key, pattern)):
            assert item.source is not None
            assert item.source.unit == units[key], key


def test_what_a_study_varies_has_the_range_of_the_study() -> None:
    """In the place of that of the literature."""
    row = rows("world.demand.misnamed", "study=sobol").iloc[0]
    assert (row.low, row.high, row.range_source) == (0.0, 0.1, VARIED)


# --- what the variance rests on -------------------------------------------------------------


def test_a_quantity_rests_on_a_guess_by_its_value_or_by_its_range() -> None:
    """Dilution has a book for both; how often somebody misnames has one for the value only."""
    with session(None):
        study = load_study(resolve(["study=sobol"])["study"])
        assert isinstance(study, Sobol)
        found = guessed(study.varying)
    assert "dilution" not in found
    assert {"misnamed", "handoff", "cover"} <= set(found)


def test_the_share_of_some_quantities_is_the_sum_of_what_each_holds() -> None:
    """y = 3 a + 2 b + c of equal spread: a holds 9/14, a and c 10/14."""
    with session(None):
        study = load_study(resolve(["study=sobol"])["study"])
        assert isinstance(study, Sobol)
        takes = next(iter(study.varying.values())).takes
    design = saltelli(dict.fromkeys("abc", takes), 512, 1)
    result = 3 * design.a + 2 * design.b + design.c
    both = [
        pd.DataFrame({"point": range(len(design)), "replication": r, "value": result})
        for r in (0, 1)
    ]
    values = pd.concat(both, ignore_index=True)
    share, low, high = share_of(design, values, ["a", "c"], seed=1)
    assert low <= 10 / 14 <= high
    assert share == pytest.approx(10 / 14, abs=0.02)
    assert share_of(design, values, ["a", "b", "c"], seed=1)[0] == pytest.approx(1, abs=0.02)
    assert share_of(design, values, [], seed=1) == (0, 0, 0)


def test_a_study_finds_the_shares_of_its_name_or_those_of_the_default(tmp_path: Path) -> None:
    """Below the same root; nothing where there are none."""
    assert shares_for(tmp_path / "compare" / "mine") is None
    for name in ("chibi", "mine"):
        place = tmp_path / "sobol" / name
        place.mkdir(parents=True)
        pd.DataFrame({"metric": [name]}).to_csv(place / f"{RESTS}.csv", index=False)
        found = shares_for(tmp_path / "compare" / "mine")
        assert found is not None
        assert found[1] == place


# --- the command ----------------------------------------------------------------------------


def test_the_command_writes_what_a_study_writes(tmp_path: Path) -> None:
    """All columns; the screen has the most important."""
    path = tmp_path / "evidence.csv"
    assert main(["evidence", *PAIR, "--csv", str(path)]) == 0
    written = pd.read_csv(path)
    assert list(written.columns) == COLUMNS
    assert len(written) == len(tables_of(*PAIR)["evidence"])


def test_the_command_prints_and_counts(capsys: pytest.CaptureFixture[str]) -> None:
    """How many numbers rest on what."""
    assert main(["evidence", *PAIR]) == 0
    last = capsys.readouterr().out.strip().splitlines()[-1]
    counts = [int(number) for number in re.findall(r"\d+", last)]
    assert counts[0] == sum(counts[1:])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["study=nope"], "no such option"),
        (["--csv", "no/such/folder/e.csv"], "--csv = no/such/folder/e.csv"),
    ],
)
def test_a_wrong_word_is_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2."""
    assert main(["evidence", *words]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_ranges_are_no_group() -> None:
    """The table of ranges is not something to choose."""
    assert "" not in groups()
    assert "evidence" not in groups()
