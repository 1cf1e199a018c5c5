"""``onegrid calibrate``: the rates in the configs are the ones it finds."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments import calibrate
from experiments.cli import main
from experiments.terminal import Screen
from sim.engine.build import plan
from tests.support import case_of, toy

PUBLISHED = Path(__file__).parents[2] / "results/published/calibration/chibi/rates.csv"


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """The published calibration, by quantity."""
    return pd.read_csv(PUBLISHED).set_index("quantity")


@pytest.mark.parametrize(
    ("quantity", "policy", "value"),
    [
        ("world.service.roles.volunteer.sweep", "merged", "volunteer"),
        ("policy.sensing.riders_per_hour", "reform", "riders"),
    ],
)
def test_the_configs_hold_what_was_found(
    table: pd.DataFrame, quantity: str, policy: str, value: str
) -> None:
    """To the digits that the configs give."""
    case = case_of(f"policy={policy}")
    held = {
        "volunteer": case.world.service.roles["volunteer"].sweep,
        "riders": case.policy.sensing.riders_per_hour,
    }[value]
    row = table.loc[quantity]
    assert row.lo <= held <= row.hi


def test_the_counts_of_the_article_lie_in_the_intervals(table: pd.DataFrame) -> None:
    """189 hazards in 2,100 hours, and of the order of 132 reports by riders."""
    hazards, riders = table.loc["hazards per patrol hour"], table.loc["riders' reports"]
    assert hazards.target == pytest.approx(189 / 2100, abs=1e-5)
    assert hazards.lo <= hazards.target <= hazards.hi
    assert riders.target == 132
    assert riders.lo <= riders.target <= riders.hi


def test_it_leaves_a_table_with_residuals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a small city: rates above 0, and what is left of each target."""
    monkeypatch.setattr(calibrate, "case", toy)
    monkeypatch.setattr(calibrate, "REPLICATIONS", 2)
    path = calibrate.calibrate(tmp_path, Screen())
    found = pd.read_csv(path).set_index("quantity")
    assert (found.reached.iloc[:2] > 0).all()
    aims = found[found.target.notna()]
    assert np.allclose(aims.residual, aims.reached - aims.target, rtol=1e-4)


def test_everybody_walks_his_own_unit_evenly() -> None:
    """The shares of the cells that volunteers walk sum to one."""
    assert calibrate._walked(plan(toy("policy=merged"))).sum() == pytest.approx(1.0)


def test_it_takes_no_words(capsys: pytest.CaptureFixture[str]) -> None:
    """A word behind it is refused in one line, and nothing is run."""
    assert main(["calibrate", "clock=week"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "clock=week" in error
