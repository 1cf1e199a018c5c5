"""The recording of a replay: it leaves the run alone and shows what the record says."""

import base64
import json
import re
import zlib
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import sim
from experiments.compose import resolve, session
from experiments.kinds import load_study
from experiments.outcome import Results
from experiments.study import plan_worlds
from sim.agents import worker_cells
from sim.engine.build import plan
from sim.figures import Facts
from sim.replay import Stretch, record_pair, write
from sim.replay.watch import watch
from sim.report.replay import replay_block
from sim.runner import begin, proceed
from sim.words import LANGS, Lang, catalogue, say
from tests.cli import SMALL, ask
from tests.support import TOY, toy

BUSY = (
    "world.demand.needs_per_1000_per_day=12",
    "world.demand.misnamed=0.4",
    "world.city.disputed_share=0.1",
)
STRETCH = Stretch(replication=1, measured_day=0, starts="08:00", hours=30.0, every_min=5.0)
CLOCK_TIMES = ("triaged", "cleared", "ready", "dispatch", "arrive", "served", "close")
ARMS = ("fragmented_layered", "merged")
COMPARED = (
    "study.arms={fragmented_layered: [policy=fragmented_layered], merged: [policy=merged]}",
    "study.contrasts=[]",
)


def arms(*words: str) -> dict[str, sim.Case]:
    return {name: toy(*BUSY, f"policy={name}", *words) for name in ARMS}


@pytest.fixture(scope="module")
def replay() -> dict[str, Any]:
    return record_pair(arms(), STRETCH)


@pytest.fixture(scope="module", params=range(2), ids=ARMS)
def arm(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="module")
def record(arm: int) -> sim.Record:
    """Of the same run, at which nobody looked."""
    return sim.run(arms()[ARMS[arm]].replicate(1))


def seconds(replay: dict[str, Any], minutes: pd.Series) -> list[int | None]:
    """Moments of a record as the replay gives them."""
    value = np.rint((minutes.to_numpy(dtype=float) - replay["start_min"]) * 60)
    return [int(v) if np.isfinite(v) else None for v in value]


def places(replay: dict[str, Any], arm: int) -> np.ndarray:
    """Cells by look and worker from the letters of the tracks; -1 is not there."""
    tracks, width = replay["arms"][arm]["tracks"], replay["ground"]["width"]
    step = {"0": 0, "1": 1, "2": -1, "3": width, "4": -width}
    found = np.full((replay["looks"], len(tracks["role"])), -1)
    for worker, look, cell, letters in tracks["stretches"]:
        here, at = cell, look
        found[at, worker] = here
        for letter in re.findall(r"\((\d+)\)|([0-4])", letters):
            here = int(letter[0]) if letter[0] else here + step[letter[1]]
            at += 1
            found[at, worker] = here
    return found


def test_looking_leaves_the_run_alone(arm: int, record: sim.Record) -> None:
    clock = arms()[ARMS[arm]].clock
    seen = watch(arms()[ARMS[arm]].replicate(1), np.array(STRETCH.moments(clock)))
    assert_frame_equal(seen.record.requests, record.requests, check_exact=True)
    assert_frame_equal(seen.record.work, record.work, check_exact=True)
    assert seen.record.facts == record.facts


def test_the_same_cases_give_the_same_bytes(replay: dict[str, Any], tmp_path: Path) -> None:
    write(tmp_path / "one.json", replay)
    write(tmp_path / "two.json", record_pair(arms(), STRETCH))
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    assert json.loads((tmp_path / "one.json").read_text(encoding="utf-8")) == replay


def test_workers_are_where_the_engine_has_them(replay: dict[str, Any], arm: int) -> None:
    """At looks near the start, in the night and at the end, of a run looked at only then."""
    planned = plan(arms()[ARMS[arm]].replicate(1))
    drawn, state = places(replay, arm), begin(planned)
    for look in (3, 60, 180, replay["looks"] - 1):
        state = proceed(state, replay["start_min"] + look * replay["every_min"])
        there = (state.worker.on_duty == 1) | (state.worker.job >= 0)
        expected = np.where(there, worker_cells(state), -1)
        assert drawn[look].tolist() == expected.tolist()
    assert (drawn >= 0).any(axis=1).all()


@pytest.fixture(scope="module")
def shown() -> np.ndarray:
    """Names of the requests that must be in the replay, in its order."""
    start, end, rows = 0.0, 0.0, []
    for case in arms().values():
        start = STRETCH.start_min(case.clock)
        end = start + STRETCH.hours * 60
        requests = sim.run(case.replicate(1)).requests
        assert not requests.status.isin(["abandoned", "lost"]).any()
        rows.append(requests[(requests.t_reported <= end) & ~(requests.t_served <= start)])
    first = pd.concat(rows).groupby("request").t_reported.min().reset_index()
    return first.sort_values(["t_reported", "request"]).request.to_numpy()


def test_every_request_that_is_open_or_comes_is_there_as_the_record_has_it(
    replay: dict[str, Any], arm: int, record: sim.Record, shown: np.ndarray
) -> None:
    """Every moment, who came, and how often it was handed on."""
    rows, lives = record.requests.set_index("request").reindex(shown), replay["arms"][arm]["lives"]
    assert len(shown) == replay["requests"]["count"] > 100
    times = {"reported": rows.t_reported, "triaged": rows.t_reported + rows.triage}
    names = ("ready", "dispatch", "arrive", "served", "desk", "attended", "close")
    times |= {name: rows[f"t_{name}"] for name in names}
    for name, minutes in times.items():
        assert lives[name] == seconds(replay, minutes), name
    told = rows.t_reported.notna().to_numpy()
    for name in ("worker", "cell"):
        held = lives[name] if name in lives else replay["requests"][name]
        expected = rows[name].to_numpy(dtype=float)
        assert [h for h, t in zip(held, told, strict=True) if t] == expected[told].tolist(), name
    finders = [*replay["requests"]["finders"], None]
    found_by = [finders[number] for number in lives["found_by"] if number is not None]
    assert found_by == rows.found_by[told].astype(object).where(lambda v: v.notna(), None).tolist()
    hops = [len(hops) // 2 for hops in lives["hops"] if hops is not None]
    assert hops == rows.handoffs[told].tolist()


def test_waits_are_those_of_the_record(
    replay: dict[str, Any], arm: int, record: sim.Record, shown: np.ndarray
) -> None:
    """Closed doors and empty duty rooms, to the second that rounding may cost."""
    rows, lives = record.requests.set_index("request").reindex(shown), replay["arms"][arm]["lives"]
    sent = rows.t_dispatch.notna().to_numpy()
    for name in ("deferred", "off_duty"):
        held = np.array([v or 0 for v in lives[name]])[sent]
        assert np.abs(held - 60 * rows[name].to_numpy()[sent]).max() <= 1.0
        assert held.max() > 0


def test_the_parts_of_a_life_follow_one_another_and_sum_up(
    replay: dict[str, Any], arm: int
) -> None:
    """From report to closure nothing is left over: every stage starts where the last ended."""
    lives = replay["arms"][arm]["lives"]
    for number, reported in enumerate(lives["reported"]):
        if reported is None:
            continue
        hops = lives["hops"][number][1::2]
        times = [reported, *(lives[name][number] for name in ("triaged", "cleared"))]
        times += [*hops, *(lives[name][number] for name in CLOCK_TIMES[2:])]
        known = [value for value in times if value is not None]
        assert known == sorted(known)
        if lives["dispatch"][number] is not None:
            wait = lives["dispatch"][number] - lives["ready"][number]
            assert 0 <= lives["deferred"][number] + lives["off_duty"][number] <= wait


def test_the_last_handoff_ends_at_the_owners_door(replay: dict[str, Any], arm: int) -> None:
    """The record only counts handoffs: looked up one by one they must end when it is ready."""
    lives, lines = replay["arms"][arm]["lives"], replay["arms"][arm]["lines"]
    several, elsewhere = 0, 0
    for number, hops in enumerate(lives["hops"]):
        if not hops or lives["ready"][number] is None:
            continue
        several += len(hops) > 2
        elsewhere += len(set(hops[0::2])) > 1
        assert hops[-1] == lives["ready"][number]
        for line in hops[0::2]:
            assert 0 <= line < len(lines)
            assert line != lives["line"][number]
    if ARMS[arm] == "merged":
        assert not any(lives["hops"])
    else:
        assert several > elsewhere > 0  # every hop is named anew


def test_both_arms_tell_of_the_same_requests(replay: dict[str, Any]) -> None:
    """One column per arm, in one order; calls are made at the same moment in both."""
    count, (one, other) = replay["requests"]["count"], (arm["lives"] for arm in replay["arms"])
    assert {len(column) for lives in (one, other) for column in lives.values()} == {count}
    call = replay["requests"]["kinds"].index("call")
    for number, kind in enumerate(replay["requests"]["kind"]):
        if kind == call and None not in (one["reported"][number], other["reported"][number]):
            assert one["reported"][number] == other["reported"][number]
            assert one["domain"][number] == other["domain"][number]


def test_whoever_is_at_a_request_is_drawn_in_its_cell(replay: dict[str, Any], arm: int) -> None:
    """Between arrival and the end of the visit, at every look."""
    lives, drawn, every = replay["arms"][arm]["lives"], places(replay, arm), 300
    checked = 0
    for number, cell in enumerate(replay["requests"]["cell"]):
        there, served = lives["arrive"][number], lives["served"][number]
        if there is None or served is None:
            continue
        first, last = max(there // every + 1, 0), min(served // every, replay["looks"])
        for look in range(first, last):
            assert drawn[look, lives["worker"][number]] == cell
            checked += 1
    assert checked > 500


def test_zones_cover_the_city_line_by_line(replay: dict[str, Any], arm: int) -> None:
    """Every cell has a zone in every line, and every domain a line."""
    ground, lines = replay["ground"], replay["arms"][arm]["lines"]
    cells = ground["width"] * ground["height"]
    for line in lines:
        runs = line["zone"]
        assert sum(runs[1::2]) == cells
        assert set(runs[0::2]) == set(range(line["zones"]))
        assert all(one != other for one, other in pairwise(runs[0::2]))
    owned = [domain for line in lines for domain in line["domains"]]
    assert sorted(owned) == sorted(replay["requests"]["domains"])


def test_a_stretch_ends_with_the_run() -> None:
    case = toy("clock.days=1", "clock.follow_up_days=0")
    moments = STRETCH.model_copy(update={"hours": 300.0}).moments(case.clock)
    assert moments[-1] == case.clock.total_days * 1440
    assert moments[0] == case.clock.warmup_days * 1440 + 480


def test_a_reform_in_mid_run_is_watched_from_its_day_on() -> None:
    """Owners of before the reform are not named by the lines of after it."""
    heads = TOY[-1].removeprefix("policy.")
    words = ("before=fragmented_layered", f"before.{heads}", "clock.reform_day=1.0")
    cases = {"stays": toy(*BUSY, "policy=fragmented_layered"), "merges": toy(*BUSY, *words)}
    merges = record_pair(cases, STRETCH)["arms"][1]
    assert len(merges["lines"]) == 1
    owners = {line for line in merges["lives"]["line"] if line is not None}
    assert owners <= {-1, 0}
    begun = [hops for hops in merges["lives"]["hops"] if hops]
    assert {line for hops in begun for line in hops[0::2]} == {-1}


WRONG = {
    "study.replay.replication=2": "study.replay.replication = 2: allowed: 0 to 1",
    "study.replay.measured_day=2": "study.replay.measured_day = 2: allowed: 0 to 1",
    "study.replay.hours=0": "study.replay.hours = 0",
    "study.replay.starts=8": "study.replay.starts = 8",
}


@pytest.mark.parametrize("word", WRONG)
def test_a_stretch_that_is_not_run_is_refused_in_one_line(
    word: str, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Nothing is written."""
    words = (*SMALL, *COMPARED, "study.replications=2", word, "--results", str(tmp_path))
    answer = ask(capfd, *words)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"onegrid: {WRONG[word]}")
    assert answer.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("said", [(), ("study.replay=null",)], ids=["shipped", "null"])
def test_a_comparison_leaves_a_replay_of_baseline_and_focus(
    said: tuple[str, ...], tmp_path: Path
) -> None:
    """Unless its config says null."""
    words = ["study=compare", *SMALL, *COMPARED, *said]
    with session(None):
        study = load_study(resolve(words)["study"])
        worlds = list(plan_worlds(study, words))
    none = pd.DataFrame()
    facts = Facts(study.baseline, study.focus, ARMS, 2, "0")
    study.leave(tmp_path, Results(worlds, none, none, none, facts))
    left = [path.name for path in tmp_path.iterdir()]
    assert left == ([] if said else ["replay.json"])
    for name in left:
        kept = json.loads((tmp_path / name).read_text(encoding="utf-8"))
        assert [arm["name"] for arm in kept["arms"]] == list(ARMS)


@pytest.mark.parametrize("lang", LANGS)
def test_the_block_holds_all_it_needs_and_no_markup_of_others(
    replay: dict[str, Any], lang: Lang, tmp_path: Path
) -> None:
    """Names from configs are escaped, no address is in it, and the recording comes out whole."""
    name = "<img src=x>"
    arms_of = [{**arm, "name": name} for arm in replay["arms"]]
    ground = {**replay["ground"], "communities": ["</script>" + name] * 99}
    write(tmp_path / "replay.json", {**replay, "arms": arms_of, "ground": ground})
    block = replay_block(tmp_path, lang)
    assert block is not None
    assert "<img" not in block
    assert "http" not in block
    assert block.count("<script") == block.count("</script>") == 3
    packed = json.loads(block.split('class="replay-data">')[1].split("</script>")[0])
    assert zlib.decompress(base64.b64decode(packed)) == (tmp_path / "replay.json").read_bytes()
    assert json.loads(block.split('class="replay-words">')[1].split("</script>")[0])["arms"] == [
        name,
        name,
    ]
    assert say(lang, "replay.next") in block


def test_no_recording_no_block(tmp_path: Path) -> None:
    assert replay_block(tmp_path, "zh") is None


def test_every_word_the_script_asks_for_is_in_the_catalogue() -> None:
    """What is asked for by a whole name; the rest is composed of names of stages and tiers."""
    script = (Path(sim.__file__).parent / "report" / "replay.js").read_text(encoding="utf-8")
    asked = set(re.findall(r"say\(\"([\w.]+)\"", script))
    assert len(asked) > 30
    assert asked <= {key.removeprefix("replay.") for key in catalogue()}
