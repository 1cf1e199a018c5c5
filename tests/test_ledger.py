"""The ledger: what was finished is there, whole and once, whatever happens around it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sim import ledger
from sim.ledger import (
    DAMAGED,
    Ledger,
    LedgerError,
    LockedError,
    OtherStudyError,
)
from sim.rows import FAILURE, failure_of, frame_of, rows_of

MINE = {"study": "a" * 64, "code": "b" * 16}


def rows(run: str, *values: float) -> Any:
    """What a run leaves: a metric of this value."""
    metrics = {"name": "wait", "group": "all", "value": list(values or (1.0,))}
    return rows_of(run, {"metrics": pd.DataFrame(metrics)})


@pytest.fixture
def held(tmp_path: Path) -> Ledger:
    """A ledger with two shards, of one run each."""
    made = Ledger(tmp_path / "toy.ledger")
    with made.claim(MINE):
        made.append(rows("one", 1.0, 2.0))
        made.append(rows("two", 3.0))
    return made


def values(of: Ledger) -> dict[str, list[float]]:
    """Every run with its numbers."""
    frame = frame_of(of.read(), "metrics")
    return {str(run): list(part.value) for run, part in frame.groupby("run", observed=True)}


def hidden(of: Ledger) -> list[Path]:
    return list(of.folder.glob(".*"))


def test_what_is_written_is_read(held: Ledger) -> None:
    assert values(held) == {"one": [1.0, 2.0], "two": [3.0]}
    assert dict(held.runs().values.tolist()) == {"one": "", "two": ""}
    status = held.status()
    assert (status.finished, status.failed, status.shards, status.damaged) == (2, 0, 2, 0)
    assert status.size == sum(path.stat().st_size for path in held.paths())


def test_a_curve_keeps_its_columns_and_what_it_lacks_is_missing(held: Ledger) -> None:
    line = pd.DataFrame({"name": ["km"] * 2, "x": [0.0, 1.5], "value": [1.0, 0.5], "n": [9, 8]})
    with held.claim(MINE):
        held.append(rows_of("three", {"curves": line}))
    found = frame_of(held.read(), "curves")
    assert list(found.n) == [9, 8]
    assert list(found.x) == [0.0, 1.5]
    assert found.group.isna().all()


def test_an_empty_place_holds_nothing(tmp_path: Path) -> None:
    nothing = Ledger(tmp_path / "none")
    assert nothing.identity is None
    assert nothing.read().num_rows == 0
    assert list(nothing.runs().columns) == ["run", "error"]
    assert not (tmp_path / "none").exists()


# --- writing ------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["os.fsync", "pathlib.Path.replace"])
def test_a_write_that_fails_leaves_nothing(
    place: str, held: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No space when the bytes go out, or no permission for the name."""
    before = held.paths()

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with held.claim(MINE):
        monkeypatch.setattr(place, refuse)
        with pytest.raises(LedgerError, match=r"No space left on device; what is finished is kept"):
            held.append(rows("three"))
        monkeypatch.undo()
    assert held.paths() == before
    assert not hidden(held)


def test_what_a_killed_writer_left_is_removed(held: Ledger) -> None:
    left = held.folder / ".0123.tmp"
    left.write_bytes(b"half")
    assert values(held) == {"one": [1.0, 2.0], "two": [3.0]}
    with held.claim(MINE):
        assert not left.exists()


def damage(path: Path, how: str) -> None:
    """Cut a file in half, empty it, or flip one of its bits."""
    content = bytearray(path.read_bytes())
    if how == "bit":
        content[len(content) // 2] ^= 1
    else:
        del content[0 if how == "empty" else len(content) // 2 :]
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("how", ["half", "empty", "bit"])
def test_a_damaged_shard_is_set_aside_and_never_read(how: str, held: Ledger) -> None:
    path = next(path for path in held.paths() if "two" in str(ledger.pq.read_table(path)["run"]))
    damage(path, how)
    assert values(held) == {"one": [1.0, 2.0]}
    assert held.set_aside == [path.name]
    assert (held.folder / DAMAGED / path.name).exists()
    assert (held.status().damaged, held.status().shards) == (1, 1)
    with held.claim(MINE):
        held.append(rows("two", 3.0))
    assert values(held) == {"one": [1.0, 2.0], "two": [3.0]}


# --- whose it is --------------------------------------------------------------------


@pytest.mark.parametrize("key", ["study", "code"])
def test_another_study_or_code_is_refused_and_nothing_changes(key: str, held: Ledger) -> None:
    other = MINE | {key: "c" * 16}
    before = {path: path.read_bytes() for path in held.folder.iterdir()}
    with pytest.raises(OtherStudyError, match=f"runs of another {key}"), held.claim(other):
        pytest.fail("claimed")
    assert {path: path.read_bytes() for path in held.folder.iterdir()} == before


def test_a_ledger_can_be_adopted_or_put_aside(held: Ledger, tmp_path: Path) -> None:
    other = MINE | {"study": "c" * 16}
    held.adopt(other)
    with held.claim(other):
        assert values(held) == {"one": [1.0, 2.0], "two": [3.0]}
    place = held.put_aside()
    assert place.parent == tmp_path
    assert values(Ledger(place)) == {"one": [1.0, 2.0], "two": [3.0]}
    with held.claim(MINE):
        assert held.paths() == []


def test_nothing_is_adopted_where_nothing_is(tmp_path: Path) -> None:
    Ledger(tmp_path / "none").adopt(MINE)
    assert not (tmp_path / "none").exists()


def test_shards_without_a_sign_are_no_ledger(held: Ledger) -> None:
    (held.folder / ledger.IDENTITY).unlink()
    with pytest.raises(LedgerError, match="no ledger; allowed: a folder made by a study"):
        held.check(MINE)


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_a_sign_that_cannot_be_read_is_refused(text: str, held: Ledger) -> None:
    (held.folder / ledger.IDENTITY).write_text(text, encoding="utf-8")
    with pytest.raises(LedgerError, match=r"cannot be read; allowed: a ledger"):
        held.check(MINE)


HOLD = """
import sys
from pathlib import Path
from sim.ledger import Ledger
with Ledger(Path(sys.argv[1])).claim({"study": "a" * 64, "code": "b" * 16}):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_two_processes_do_not_write_at_once(held: Ledger) -> None:
    """Nor puts one aside what the other writes; reading is free, and a lock dies with its owner."""
    words = [sys.executable, "-c", HOLD, str(held.folder)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(LockedError, match="another process is writing"), held.claim(MINE):
            pytest.fail("claimed")
        for change in (held.put_aside, lambda: held.adopt({"study": "c"})):
            with pytest.raises(LockedError):
                change()
        assert len(values(held)) == 2
        other.kill()
    with held.claim(MINE):
        assert held.identity == MINE


# --- putting together ---------------------------------------------------------------


def test_compact_keeps_every_run_once(held: Ledger) -> None:
    with held.claim(MINE):
        held.append(rows_of("x", {"metrics": pd.DataFrame({"value": []})}))
        both = ledger.pa.concat_tables([rows("two", 3.0), rows("three", 4.0)])
        held.append(both)  # a second copy of two
        held.compact()
    assert len(held.paths()) == 1
    assert values(held) == {"one": [1.0, 2.0], "two": [3.0], "three": [4.0]}
    assert held.read().num_rows == 4


def test_compact_twice_is_compact_once(held: Ledger) -> None:
    held.compact()
    before = {path: path.read_bytes() for path in held.paths()}
    held.compact()
    assert {path: path.read_bytes() for path in held.paths()} == before


@pytest.mark.parametrize("unlinked", [0, 1])
def test_killed_while_it_is_put_together_nothing_is_lost(
    unlinked: int, held: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the new shard and the end of the old ones; afterwards it is put together anew."""
    unlink, gone = Path.unlink, []

    def stop(path: Path, *, missing_ok: bool = False) -> None:
        if len(gone) == unlinked:
            raise KeyboardInterrupt
        gone.append(path)
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", stop)
    with pytest.raises(KeyboardInterrupt):
        held.compact()
    monkeypatch.undo()
    assert len(held.paths()) == 3 - unlinked
    assert values(held) == {"one": [1.0, 2.0], "two": [3.0]}
    held.compact()
    assert len(held.paths()) == 1
    assert values(held) == {"one": [1.0, 2.0], "two": [3.0]}


def test_a_reader_waits_for_nobody_who_puts_together(
    held: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shard that goes away between the listing and the reading: it is listed again."""
    read, calls = Path.read_bytes, []

    def read_late(path: Path) -> bytes:
        calls.append(path)
        if len(calls) == 1:
            held.compact()
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", read_late)
    assert values(held) == {"one": [1.0, 2.0], "two": [3.0]}


def test_a_failure_counts_until_the_run_succeeds(held: Ledger) -> None:
    with held.claim(MINE):
        held.append(failure_of("three", "RunError: lost"))
        held.append(failure_of("three", "RunError: doubled"))
        assert dict(held.runs().values.tolist())["three"].startswith("RunError: ")
        assert (held.status().finished, held.status().failed) == (2, 1)
        held.append(rows("three", 4.0))
        assert dict(held.runs().values.tolist())["three"] == ""
        assert held.status().failed == 0
        held.compact()
    assert frame_of(held.read(), FAILURE).empty
    assert values(held)["three"] == [4.0]


def test_a_shard_of_runs_and_failures_gives_both(tmp_path: Path) -> None:
    made = Ledger(tmp_path / "toy.ledger")
    with made.claim(MINE):
        made.append(ledger.pa.concat_tables([failure_of("bad", "no"), rows("good", 1.0)]))
    assert dict(made.runs().values.tolist()) == {"good": "", "bad": "no"}
    assert values(made) == {"good": [1.0]}


# --- several machines ---------------------------------------------------------------


def test_what_another_machine_has_finished_is_taken_over_once(held: Ledger, tmp_path: Path) -> None:
    other = Ledger(tmp_path / "other.ledger")
    with other.claim(MINE):
        other.append(rows("two", 3.0))
        other.append(rows("three", 4.0))
        broken = other.append(rows("four", 5.0))
    damage(broken, "bit")
    with held.claim(MINE):
        assert held.absorb(other) == 1  # two is there, byte by byte
        assert held.absorb(other) == 0
    assert held.set_aside[0] == broken.name
    assert values(held) == {"one": [1.0, 2.0], "two": [3.0], "three": [4.0]}
    assert broken.exists()  # left as it was


def test_another_studys_runs_are_not_taken_over(held: Ledger, tmp_path: Path) -> None:
    other = Ledger(tmp_path / "other.ledger")
    with other.claim(MINE | {"code": "c"}):
        other.append(rows("three", 4.0))
    with pytest.raises(OtherStudyError, match="runs of another code"):
        held.absorb(other)
    with pytest.raises(LedgerError, match="no ledger"):
        held.absorb(Ledger(tmp_path / "none"))
    assert len(held.paths()) == 2
