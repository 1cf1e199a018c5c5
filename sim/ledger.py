"""The ledger: what runs have left, on disk, so that nothing finished is ever lost.

A ledger is a folder of shards. A shard is a Parquet table of rows (``sim/rows.py``). It is
written whole or not at all, and its name is the digest of its bytes: a half-written or altered
shard does not fit its name, is set aside, and what it held is run again. A run's rows are always
in one shard, under an id that is a digest of the case and of the code; so rows that are there
are right, wherever they were computed.
"""

import hashlib
import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from sim.rows import SCHEMA, each_once, runs_in

IDENTITY, LOCK, DAMAGED, SUFFIX = "ledger.json", "lock", "damaged", ".parquet"
SEAL = "sealed.json"
DIGITS = 32  # of a digest, as the name of a shard


class LedgerError(Exception):
    """A ledger that cannot be used now; one line that says why and what is allowed."""


class LockedError(LedgerError):
    """Somebody else is writing."""


class OtherStudyError(LedgerError):
    """The ledger was made with another study, or by other code."""


@dataclass(frozen=True)
class Status:
    """What a ledger holds: runs finished and failed, shards, bytes, and what was set aside."""

    finished: int
    failed: int
    shards: int
    size: int
    damaged: int


class Ledger:
    """A folder of shards.

    Parameters
    ----------
    folder : made by :meth:`claim`
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.set_aside: list[str] = []

    # --- whose it is ----------------------------------------------------------------------

    @property
    def identity(self) -> dict[str, str] | None:
        """What the ledger was made with, or None if there is no ledger."""
        try:
            found = json.loads((self.folder / IDENTITY).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            found = None
        if not isinstance(found, dict):
            raise LedgerError(f"{self.folder / IDENTITY}: cannot be read; allowed: a ledger")
        return {str(key): str(value) for key, value in found.items()}

    def check(self, identity: Mapping[str, str]) -> None:
        """Refuse a ledger that was made with anything else.

        Raises
        ------
        OtherStudyError
            Names what differs.
        """
        held = self.identity
        if held is None:
            if self.folder.exists() and (
                not self.folder.is_dir() or any(self.folder.glob(f"*{SUFFIX}"))
            ):
                raise LedgerError(f"{self.folder}: no ledger; allowed: a folder made by a study")
            return
        for key, value in identity.items():
            if held.get(key) != value:
                was = held.get(key, "nothing")
                raise OtherStudyError(f"{self.folder}: holds runs of another {key} ({was[:16]})")

    def adopt(self, identity: Mapping[str, str]) -> None:
        """Keep the runs for another study or code: those whose ids fit will be used.

        Raises
        ------
        LockedError
        """
        if self.identity is not None:
            with self._locked():
                self._write(IDENTITY, _text(identity))

    def put_aside(self) -> Path:
        """Give the folder another name, so that a new ledger can begin; returns its new place.

        Raises
        ------
        LockedError
        """
        with self._locked():
            pass  # nobody is writing
        place = self.folder.with_name(f"{self.folder.name}.{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
        self.folder.replace(place)
        return place

    @contextmanager
    def claim(self, identity: Mapping[str, str]) -> Iterator[None]:
        """Be the only one who writes, for a while.

        Raises
        ------
        LockedError, OtherStudyError
        """
        self.check(identity)
        with self._locked():
            self.check(identity)
            for path in self.folder.glob(".*.tmp"):
                path.unlink()  # of a writer that was killed
            if self.identity is None:
                self._write(IDENTITY, _text(identity))
            yield

    @contextmanager
    def _locked(self) -> Iterator[None]:
        lock = FileLock(self.folder / LOCK, timeout=0)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except Timeout:
            raise LockedError(
                f"{self.folder}: another process is writing; allowed: wait for it, or another "
                "study.name"
            ) from None
        except OSError as error:
            raise _refused(self.folder, error) from None
        try:
            yield
        finally:
            lock.release()

    # --- writing --------------------------------------------------------------------------

    def append(self, rows: pa.Table) -> Path:
        """Write one shard: all of it is there afterwards, or nothing; returns its place.

        Raises
        ------
        LedgerError
            The system refuses: no space left, no permission.
        """
        buffer = io.BytesIO()
        pq.write_table(rows.cast(SCHEMA).unify_dictionaries(), buffer, compression="zstd")
        content = buffer.getvalue()
        return self._write(_digest(content) + SUFFIX, content)

    def _write(self, name: str, content: bytes) -> Path:
        temporary = self.folder / f".{uuid4().hex}.tmp"
        try:
            with temporary.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.folder / name)
            _settle(self.folder)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise _refused(self.folder, error) from None
        return self.folder / name

    def compact(self) -> None:
        """Put everything into one shard; a second copy of a run is dropped.

        The old shards go when the new one is there: whenever it is stopped, nothing is lost.
        """
        paths = self.paths()
        if len(paths) < 2:
            return
        rows = self.read()
        if not rows.num_rows:
            return
        whole = self.append(rows)
        for path in paths:
            if path != whole:
                path.unlink(missing_ok=True)
        _settle(self.folder)

    def seal(self, **wanted: str) -> None:
        """Note that these shards, and no others, hold all that somebody wanted.

        Parameters
        ----------
        wanted : names of what was wanted, each of which says it all
        """
        note = {**wanted, "shards": self._stems()}
        if self._seal() != note:
            self._write(SEAL, _text(note))

    def is_sealed(self, **wanted: str) -> bool:
        """Whether all that was wanted is there, unaltered; nothing is read but bytes."""
        note = {**wanted, "shards": self._stems()}
        try:
            sealed = note.items() <= self._seal().items()
            return sealed and all(_fits(path, path.read_bytes()) for path in self.paths())
        except OSError:
            return False

    def _stems(self) -> str:
        return " ".join(path.stem for path in self.paths())

    def _seal(self) -> dict[str, str]:
        try:
            note = json.loads((self.folder / SEAL).read_bytes())
        except (OSError, ValueError):
            return {}
        return note if isinstance(note, dict) else {}

    def absorb(self, other: "Ledger") -> int:
        """Take over the shards of another ledger; returns how many are new.

        What is damaged there is left there, and noted in ``set_aside``.

        Raises
        ------
        OtherStudyError
            It was made with another study, or by other code.
        """
        theirs = other.identity
        if theirs is None:
            raise LedgerError(f"{other.folder}: no ledger; allowed: a folder made by a study")
        self.check(theirs)
        new = 0
        for path in other.paths():
            content = path.read_bytes()
            if not _fits(path, content):
                self.set_aside.append(path.name)
            elif not (self.folder / path.name).exists():
                self._write(path.name, content)
                new += 1
        return new

    # --- reading --------------------------------------------------------------------------

    def read(self) -> pa.Table:
        """Every row of every run, each run once; what does not fit its name is set aside.

        A failure counts only where the run has not succeeded since.
        """
        while True:
            try:
                found = [self._shard(path) for path in self.paths()]
            except FileNotFoundError:  # whoever writes has put them together meanwhile
                continue
            return each_once([shard for shard in found if shard is not None])

    def runs(self) -> pd.DataFrame:
        """Id of every run there is, and its error, "" when it is finished."""
        rows = self.read()
        return runs_in(rows)

    def status(self) -> Status:
        """What is there."""
        runs = self.runs()
        paths = self.paths()
        aside = self.folder / DAMAGED
        return Status(
            finished=int((runs.error == "").sum()),
            failed=int((runs.error != "").sum()),
            shards=len(paths),
            size=sum(_size(path) for path in paths),
            damaged=len(list(aside.glob(f"*{SUFFIX}"))) if aside.is_dir() else 0,
        )

    def paths(self) -> list[Path]:
        """The shards."""
        return sorted(self.folder.glob(f"[0-9a-f]*{SUFFIX}"))

    def _shard(self, path: Path) -> pa.Table | None:
        content = path.read_bytes()
        if _fits(path, content):
            # in this thread alone: threads of the dataset reader may outlive the interpreter
            shard = pq.ParquetFile(pa.BufferReader(content)).read(use_threads=False)
            return shard.cast(SCHEMA)
        aside = self.folder / DAMAGED
        aside.mkdir(exist_ok=True)
        path.replace(aside / path.name)
        self.set_aside.append(path.name)
        return None


def _text(identity: Mapping[str, str]) -> bytes:
    return (json.dumps(dict(identity), indent=1) + "\n").encode()


def _refused(folder: Path, error: OSError) -> LedgerError:
    return LedgerError(
        f"{folder}: cannot be written: {error.strerror}; what is finished is kept, the same "
        "command goes on"
    )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:DIGITS]


def _fits(path: Path, content: bytes) -> bool:
    return path.stem == _digest(content)


def _settle(folder: Path) -> None:
    """Make renames last through a power cut, where the system can."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
