"""``onegrid claims``: verdicts follow from numbers, and have words in both languages."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments import claims
from experiments.claims import CHECKS, COLUMNS, check_claims, sentence
from experiments.claims_of import (
    NOT_IDENTIFIABLE,
    NOT_REPRODUCED,
    ONLY_IF,
    REPRODUCED,
    Number,
    Point,
    count_band,
    crossing,
    meets,
    number_of,
    share_band,
    swept,
)
from experiments.cli import main
from experiments.folder import read_manifest
from experiments.terminal import Screen
from experiments.verify import PUBLISHED
from sim.words import catalogue
from tests.support import TOY

RUN = [key for key, check in CHECKS.items() if check.arms]


def near(mean: float, reach: float = 0.1) -> Number:
    """A number with its interval."""
    return Number(mean, mean - reach, mean + reach, 6)


LINE = [Point(value, near(10.0 * value)) for value in (1.0, 2.0, 4.0)]  # 10, 20, 40


# --- bands ------------------------------------------------------------------------------


def test_a_count_speaks_for_the_rates_it_is_likely_under() -> None:
    """Values from tables of exact intervals."""
    assert share_band(11, 1260) == pytest.approx((0.004366, 0.015565), rel=1e-3)
    assert count_band(10) == pytest.approx((4.795, 18.390), rel=1e-3)
    assert count_band(10, 100.0) == pytest.approx((0.04795, 0.18390), rel=1e-3)


# --- verdicts -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mean", "place"),
    [(4.8, "below"), (4.95, "inside"), (5.5, "inside"), (6.05, "inside"), (6.2, "above")],
)
def test_an_interval_meets_a_band_where_they_share_a_point(mean: float, place: str) -> None:
    """From 5 to 6, with a reach of a tenth."""
    assert meets(near(mean), (5.0, 6.0)) is (place == "inside")


def test_a_number_that_meets_the_band_is_reproduced_and_needs_no_region() -> None:
    """Whatever the sweep would say."""
    found = swept(near(15.0), LINE, (14.0, 16.0), "speed", log=False)
    assert found.verdict == REPRODUCED
    assert np.isnan(found.low)


def test_a_region_is_where_the_curve_lies_in_the_band() -> None:
    """Straight between the points that were run."""
    found = swept(near(99.0), LINE, (15.0, 30.0), "speed", log=False)
    assert found.verdict == ONLY_IF
    assert (found.low, found.high) == pytest.approx((1.5, 3.0), rel=1e-3)


def test_over_a_logarithm_the_curve_is_straight_there() -> None:
    """Between 2 and 4 the middle is the root of 8."""
    low, high = crossing(LINE, (29.99, 30.01), log=True)
    assert low == pytest.approx(8**0.5, rel=1e-3)
    assert high == pytest.approx(8**0.5, rel=1e-3)


def test_what_no_value_gives_is_not_reproduced() -> None:
    """And has no region."""
    found = swept(near(99.0), LINE, (50.0, 60.0), "speed", log=False)
    assert found.verdict == NOT_REPRODUCED
    assert np.isnan(found.low)


def test_a_mean_has_student_s_interval() -> None:
    """Of 1, 2, 3: 2 with a reach of 4.303 / sqrt(3)."""
    found = number_of(np.array([1.0, 2.0, 3.0]))
    assert (found.mean, found.n) == (2.0, 3)
    assert found.hi - found.mean == pytest.approx(4.3027 / 3**0.5, rel=1e-3)


FOLDER = PUBLISHED / "claims" / "chibi"

# --- words --------------------------------------------------------------------------------


def test_what_a_claim_depends_on_has_a_name() -> None:
    """Every quantity that is swept, in the published table."""
    for region in pd.read_csv(FOLDER / "claims.csv").region.dropna():
        assert f"claims.region.{region}" in catalogue(), region


@pytest.mark.parametrize("key", list(CHECKS))
def test_every_claim_has_a_name_a_way_and_sentences(key: str) -> None:
    """A sentence for each verdict that it can come to."""
    words = {name.removeprefix(f"claims.{key}.") for name in catalogue() if f".{key}." in name}
    assert {"name", "how"} <= words
    assert words - {"name", "how"} <= {REPRODUCED, ONLY_IF, NOT_REPRODUCED, NOT_IDENTIFIABLE}
    assert len(words) >= 3, words
    for verdict in words - {"name", "how"}:
        row = dict.fromkeys(COLUMNS, 0.123456) | {"claim": key, "verdict": verdict}
        for lang in ("en", "zh"):
            assert "{" not in sentence(lang, row)


def test_numbers_in_a_sentence_have_three_digits_or_all_before_the_point() -> None:
    """237,000 and 0.00873."""
    row = dict.fromkeys(COLUMNS, 123456.7) | {"claim": "city_services", "verdict": REPRODUCED}
    assert "123,457" in sentence("en", row)


# --- runs ---------------------------------------------------------------------------------

SMALL = tuple(word for word in TOY if "clock" not in word and "heads" not in word)


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only two claims: one that runs and one that cannot."""
    few = {key: CHECKS[key] for key in ("eight_minutes", "fees")}
    monkeypatch.setattr(claims, "CHECKS", few)


@pytest.mark.usefixtures("two")
def test_it_leaves_a_table_and_a_manifest_with_events(tmp_path: Path) -> None:
    """In a small city; what cannot be run has no number."""
    folder = check_claims(tmp_path, Screen(), SMALL, most=2, processes=1)
    table = pd.read_csv(folder / "claims.csv").set_index("claim")
    assert list(table.reset_index().columns) == COLUMNS
    eight = table.loc["eight_minutes"]
    assert eight.lo < eight.model < eight.hi
    assert eight.n == 2
    assert (eight.verdict == REPRODUCED) == (eight.lo <= 8)
    assert table.loc["fees", "verdict"] == NOT_IDENTIFIABLE
    assert np.isnan(table.loc["fees", "model"])
    assert len(read_manifest(folder)["events"]) == 5
    assert {"claims.csv", "sweep.csv", "evidence.csv"} <= set(read_manifest(folder)["outputs"])


def test_it_takes_no_words(capsys: pytest.CaptureFixture[str]) -> None:
    """A word behind it is refused in one line, and nothing is run."""
    assert main(["claims", "clock=week"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "clock=week" in error


# --- what is published --------------------------------------------------------------------


def test_the_published_verdicts_follow_from_the_published_numbers() -> None:
    """Reproduced where interval and band meet; only if with a region inside the sweep."""
    table = pd.read_csv(FOLDER / "claims.csv")
    sweep = pd.read_csv(FOLDER / "sweep.csv")
    assert list(table.claim) == list(CHECKS)
    for row in table.to_dict("records"):
        meeting = row["lo"] <= row["article_hi"] and row["hi"] >= row["article_lo"]
        assert row["verdict"] != REPRODUCED or meeting, row["claim"]
        if row["verdict"] == ONLY_IF:
            values = sweep[sweep.claim == row["claim"]].value
            assert not meeting
            assert values.min() <= row["region_lo"] <= row["region_hi"] <= values.max()
        assert all(sentence(lang, row) for lang in ("en", "zh"))
