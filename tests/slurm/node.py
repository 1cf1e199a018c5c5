"""Start and stop a SLURM of one node, without systemd."""

import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "sinfo")
CONF = """\
ClusterName=toy
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={daemon}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={place}/munge.socket
StateSaveLocation={place}/state
SlurmdSpoolDir={place}/spool
SlurmctldPidFile={place}/slurmctld.pid
SlurmdPidFile={place}/slurmd.pid
SlurmctldLogFile={place}/slurmctld.log
SlurmdLogFile={place}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
MpiDefault=none
KillWait=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} RealMemory={memory} State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


class CannotStartError(RuntimeError):
    """A machine on which SLURM's daemons do not come up."""


def missing() -> list[str]:
    """What a SLURM lacks here."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    lacking = [name for name in NEEDED if not shutil.which(name, path=path)]
    return lacking + ([] if os.geteuid() == 0 else ["root"])


@contextmanager
def slurm(place: Path) -> Iterator[dict[str, str]]:
    """A cluster of this machine; yields the environment in which its commands find it."""
    for name in ("state", "spool"):
        (place / name).mkdir()
    _write_conf(place)
    path = os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/sbin"])
    given = {**os.environ, "PATH": path, "SLURM_CONF": str(place / "slurm.conf")}
    with ExitStack() as stack:
        for words in (_munged(place), ["slurmctld", "-D"], ["slurmd", "-D"]):
            stack.enter_context(_daemon(words, given, place / f"{words[0]}.out"))
            time.sleep(0.5)
        _wait_until_idle(given)
        yield given
        subprocess.run(["scancel", "--user=root"], env=given, check=False)
        wait_for_no_jobs(given)


def jobs(given: dict[str, str]) -> list[str]:
    """The jobs of the cluster."""
    words = ["squeue", "--noheader", "--format=%i %T"]
    done = subprocess.run(words, env=given, capture_output=True, text=True, check=True)
    return done.stdout.split("\n")[:-1]


def wait_for_no_jobs(given: dict[str, str], seconds: float = 60.0) -> None:
    """Wait until no job is left."""
    for _ in range(int(seconds / 0.5)):
        if not jobs(given):
            return
        time.sleep(0.5)
    raise AssertionError(f"jobs are left: {jobs(given)}")


def _write_conf(place: Path) -> None:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    text = CONF.format(
        host=socket.gethostname().partition(".")[0],
        place=place,
        cores=len(os.sched_getaffinity(0)),
        memory=memory - 64,
        controller=_free_port(),
        daemon=_free_port(),
    )
    (place / "slurm.conf").write_text(text, encoding="utf-8")


def _munged(place: Path) -> list[str]:
    key = place / "munge.key"
    key.write_bytes(secrets.token_bytes(1024))
    key.chmod(0o600)
    places = {name: place / f"munge.{name}" for name in ("socket", "pid", "log", "seed")}
    files = [
        f"--{'socket' if name == 'socket' else name + '-file'}={p}" for name, p in places.items()
    ]
    return ["munged", "--force", "--foreground", f"--key-file={key}", *files]


@contextmanager
def _daemon(words: list[str], given: dict[str, str], log: Path) -> Iterator[None]:
    with (
        log.open("wb") as out,
        subprocess.Popen(words, env=given, stdout=out, stderr=out) as running,
    ):
        try:
            yield
        finally:
            running.terminate()
            try:
                running.wait(20)
            except subprocess.TimeoutExpired:
                running.kill()


def _wait_until_idle(given: dict[str, str]) -> None:
    words = ["sinfo", "--noheader", "--format=%T"]
    for _ in range(120):
        done = subprocess.run(words, env=given, capture_output=True, text=True, check=False)
        if done.stdout.strip() == "idle":
            return
        time.sleep(0.5)
    raise CannotStartError(f"no node: {done.stdout}{done.stderr}")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
