"""The live view without a browser: two cities on one clock, dials that turn both."""

import math

import numpy as np
import pytest

import experiments.view as command
from experiments.cli import main
from sim.case import Case
from sim.figures.style import styled
from sim.view.pair import DIALS, OPENS_MIN, PairModel, dials_of, running_median, turned, value_at
from tests.support import toy

pytest.importorskip("solara", reason="the live view is an extra")


def cases() -> tuple[Case, Case]:
    """A small city before and after; the handoff takes half as long before."""
    quick = "policy.routing.handoff.routine.median_min=60"
    words = ("world.demand.needs_per_1000_per_day=10", "clock.days=2")
    return toy("policy=fragmented_layered", quick, *words), toy("policy=merged", *words)


def test_both_cities_stand_at_the_same_minute_with_the_same_calls() -> None:
    """They open at nine and go on tick by tick, up to the end of the clock."""
    pair = PairModel(cases())
    assert pair.minute == OPENS_MIN
    for _ in range(8):
        pair.step()
    first, second = pair.cities
    assert first.minute == second.minute == OPENS_MIN + 8 * 15
    assert first.tally.reported == second.tally.reported > 0
    assert len(pair.minutes) == len(pair.medians) == first.tick
    while pair.running:
        pair.step()
    assert first.minute == first.end_min


def test_a_dial_left_alone_leaves_each_city_its_own_value() -> None:
    """One that is moved is the same in both; what it is not about stays."""
    pair = cases()
    start = dials_of(pair)
    key = DIALS["handoff_min"].key
    moved = start | {"misnamed": 0.25}
    first, second = (turned(case, moved, start) for case in pair)
    assert value_at(first, DIALS["misnamed"].key) == value_at(second, DIALS["misnamed"].key) == 0.25
    assert (value_at(first, key), value_at(second, key)) == (60.0, start["handoff_min"])
    first, second = (turned(case, start | {"handoff_min": 90.0}, start) for case in pair)
    assert value_at(first, key) == value_at(second, key) == 90.0
    assert turned(pair[0], start, start) == pair[0]


@pytest.mark.parametrize("name", DIALS)
def test_every_dial_begins_on_its_scale_and_may_be_turned_to_both_ends(name: str) -> None:
    """The ends are values that a case may have."""
    pair = cases()
    start, dial = dials_of(pair), DIALS[name]
    for value in (dial.low, dial.high):
        assert value_at(turned(pair[0], start | {name: value}, start), dial.key) == value


def test_the_running_median_counts_who_still_waits() -> None:
    """Calls without an answer are the longest; while they are half of all there is no median."""
    pair = PairModel(cases())
    for _ in range(12):
        pair.step()
    city = pair.cities[0]
    tape, rows, now = city.plan.world.tape, city.state.request, city.minute
    called = (tape.kind == 0) & tape.reported & (tape.t_reported <= now)
    known = np.sort((rows.t_arrive - rows.t_reported)[called & (rows.t_arrive <= now)])
    assert running_median(city) == known[(called.sum() - 1) // 2]
    assert running_median(city) > np.median(known)
    rows.t_arrive[called] = np.inf
    assert math.isnan(running_median(city))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_picture_moves_its_own_dots_and_lines(lang: str) -> None:
    """One figure, whose artists stay the same; both maps show somebody and name their arm."""
    from sim.view.picture import Picture  # noqa: PLC0415 - with the extra only

    pair = PairModel(cases())
    with styled():
        picture = Picture(pair, ("fragmented_layered", "merged"), lang)  # type: ignore[arg-type]
        artists = [set(map(id, ax.get_children())) for ax in picture.figure.axes]
        titles = [place.ax.get_title() for place in picture.maps]
        for _ in range(6):
            pair.step()
        picture.move(pair)
    assert [set(map(id, ax.get_children())) for ax in picture.figure.axes] == artists
    assert [place.ax.get_title() for place in picture.maps] != titles
    assert all(len(place.free.get_offsets()) for place in picture.maps)
    assert len(picture.lines[0].get_xdata()) == len(pair.minutes)


def test_without_the_extra_one_line_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2, nothing composed."""
    monkeypatch.setattr(command, "find_spec", lambda _: None)
    assert main(["view"]) == 2
    said = capsys.readouterr().err
    assert said == "onegrid: view: the live view is an extra; to get it: uv sync --extra view\n"


@pytest.mark.parametrize("port", ["80", "70000"])
def test_a_port_that_cannot_be_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With what is allowed."""
    assert main(["view", "--port", port]) == 2
    assert capsys.readouterr().err == f"onegrid: --port = {port}: allowed: 1024 to 65535\n"
