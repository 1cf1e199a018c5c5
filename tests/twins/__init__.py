"""Runs that must be the same to the bit, each as the digest of everything it leaves.

Run as a program, ``python -m tests.twins``, it prints the digests of that process, so that
a test can set them against those of a process started differently.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

import sim
from experiments.compose import resolve, session
from experiments.executor import load_executor
from experiments.kinds import load_study
from experiments.prepared import Prepared, prepare
from experiments.run_study import _run_all
from experiments.terminal import Screen
from experiments.written import frames_of
from tests.support import case_of

ROOT = Path(__file__).parents[2]
TINY = (
    "clock=week",
    "clock.warmup_days=0",
    "clock.days=2",
    "clock.follow_up_days=1",
    "world.city.width=12",
    "world.city.height=10",
    "world.city.residents=3000",
    "world.city.disputed_share=0.2",
    "world.demand.needs_per_1000_per_day=30",
    "world.demand.misnamed=0.2",
    "world.service.background.share=0.6",
    "policy.staffing.balance=1.0",
    "policy.staffing.heads={cadre:16,police:14,city_officer:9,property_staff:9,volunteer:9}",
)
LAYERED = tuple(f"policy.layout.lines.{number}.zones=4" for number in range(4))
POOLED = (
    "policy.layout.lines.0.zones=6",
    "policy.layout.lines.0.dedicated=[]",  # the park would be all of this city
    "policy.staffing.units.police=2",
)
POLICIES = {
    "layered": ("policy=fragmented_layered", "policy.dispatch.after_job=home", *LAYERED),
    "partition": ("policy=fragmented_partition", *LAYERED[:3]),
    "overflow": ("policy=overflow", "world.service.background.interrupted_by=[]", *LAYERED),
    "central": ("policy=central", *LAYERED),
    "merged": ("policy=merged", "policy.dispatch.queue_capacity=6", *POOLED),
    "merged_reserve": ("policy=merged_reserve", "policy/staffing=merged_first_aid", *POOLED),
}


def tiny(name: str) -> sim.Case:
    """A very small city under a policy: an uncompiled engine must get through it."""
    return case_of(*POLICIES[name], *TINY)


def digest_of(record: sim.Record) -> str:
    """Digest of both tables of a record, to the bit."""
    with TemporaryDirectory() as place:
        record.save(Path(place))
        return digest_of_files(Path(place).iterdir())


def digest_of_files(paths: Iterable[Path]) -> str:
    """Digest of what files hold, in the order of their names."""
    parts = [path.name.encode() + path.read_bytes() for path in sorted(paths)]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def prepared(place: Path, *words: str) -> Prepared:
    """A study of two arms in the very small city, checked and ready to run."""
    given = [
        "study.arms={fragmented_layered: [policy=fragmented_layered], central: [policy=central]}",
        "study.contrasts=[]",
        "study.focus=central",
        "study.replications=2",
        *TINY,
        *words,
    ]
    serial = load_executor({"kind": "serial", "part": "1/1"})
    with session(None):
        return prepare(load_study(resolve(given)["study"]), given, place, serial)


def replications(*words: str) -> pd.DataFrame:
    """Every metric of every run of that study, as ``replications.parquet`` holds them."""
    with TemporaryDirectory() as place:
        study = prepared(Path(place), *words)
        with study.ledger.claim(study.identity):
            rows, count, _ = _run_all(study, Screen())
        return frames_of(study, rows, count)["metrics"]


def digests() -> dict[str, str]:
    """What this process makes of every policy, and of a study from its words on."""
    found = {name: digest_of(sim.run(tiny(name))) for name in POLICIES}
    with TemporaryDirectory() as place:
        found["study as composed"] = prepared(Path(place)).digest
    found["study as run"] = hashlib.sha256(replications().to_parquet(index=False)).hexdigest()
    return found


def process(**environment: str) -> subprocess.Popen[str]:
    """Start a process that prints its digests."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tests.twins"],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
    )
