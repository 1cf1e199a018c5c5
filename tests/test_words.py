"""The catalogue is whole: both languages, the same placeholders, and signs the font has."""

import string
from importlib import metadata
from pathlib import Path

import pandas as pd
import pytest
from fontTools.ttLib import TTFont

from sim.metrics import METRICS
from sim.record import PARTS
from sim.words import catalogue, say, term

PUBLISHED = Path(__file__).parents[1] / "results/published"


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_both_languages_have_the_same_placeholders() -> None:
    for key, entry in catalogue().items():
        assert _fields(entry.en) == _fields(entry.zh), key


def test_every_unit_is_named() -> None:
    for key, entry in catalogue().items():
        assert not entry.unit or f"terms.unit.{entry.unit}" in catalogue(), key


@pytest.mark.parametrize(
    ("table", "kind"), [("evidence", "evidence_unit"), ("claims", "claim_unit")]
)
def test_every_unit_of_a_published_table_is_said_in_both_languages(table: str, kind: str) -> None:
    found = [pd.read_csv(path).unit.dropna() for path in PUBLISHED.glob(f"*/*/{table}.csv")]
    assert found
    units = set(pd.concat(found))
    assert not [unit for unit in units if f"page.{kind}.{unit}" not in catalogue()]


def test_every_sign_is_in_the_font() -> None:
    files = metadata.files("zhplot") or []
    path = next(file for file in files if file.suffix == ".ttf")
    signs = TTFont(path.locate()).getBestCmap()
    for key, entry in catalogue().items():
        missing = {sign for sign in entry.zh if ord(sign) not in signs and sign != "\n"}
        assert not missing, f"{key}: {missing}"


def test_no_minus_stands_beside_the_sign_for_one() -> None:
    for key, entry in catalogue().items():
        assert not any(pair in entry.zh for pair in ("一−", "−一", "一-", "-一")), key


def test_a_name_from_a_config_is_shown_as_it_is() -> None:
    assert term("zh", "arm", "my_arm") == "my arm"


def test_an_unknown_key_is_a_defect() -> None:
    with pytest.raises(KeyError):
        say("en", "terms.verdict.splendid")


def test_every_metric_has_a_name_and_its_unit() -> None:
    for name, metric in METRICS.items():
        assert catalogue()[f"terms.metric.{name}"].unit == metric.unit, name


def test_every_part_of_a_request_has_a_name() -> None:
    for part in PARTS:
        assert f"terms.part.{part}" in catalogue(), part
