"""Peak memory of one run: a process of its own plans the case, runs it and says.

Counted is resident memory, libraries and the drawn city included, as the system counts it
for the process (``VmHWM`` on Linux; elsewhere ``ru_maxrss``, which a process may inherit from
the one that started it).
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from experiments.benchmark.contestants import CONTESTANTS
from sim.case import Case, load
from sim.engine.build import build, plan
from sim.metrics import measure
from sim.runner import run

_STATUS = Path("/proc/self/status")
MEGABYTE = 1e6
NOTHING, WHOLE = "libraries", "onegrid"


def peak_of(contestant: str, case: Case) -> float:
    """Peak of a process that runs a contestant on a case [MB].

    Parameters
    ----------
    contestant : its name; ``WHOLE`` runs the case and measures it, ``NOTHING`` only loads what
        the others load too

    Raises
    ------
    RuntimeError
        The process failed.
    """
    words = [sys.executable, "-m", "experiments.benchmark.memory", contestant]
    told = json.dumps(case.model_dump())
    done = subprocess.run(words, input=told, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"memory of {contestant}: {done.stderr.strip()[-500:]}")
    return float(done.stdout.splitlines()[-1])


def peak() -> float:
    """The most this process has held so far [MB]."""
    if _STATUS.exists():
        for line in _STATUS.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM"):
                return float(line.split()[1]) * 1024 / MEGABYTE
    import resource  # noqa: PLC0415 - not on every system

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most * (1 if sys.platform == "darwin" else 1024) / MEGABYTE


def _run(name: str, mapping: dict[str, Any]) -> None:
    case = load(mapping)
    if name == NOTHING:
        return
    if name == WHOLE:
        measure(run(case))
        return
    planned = plan(case)
    CONTESTANTS[name].prepare(build(planned), planned.end_min).run()


if __name__ == "__main__":
    _run(sys.argv[1], json.load(sys.stdin))
    sys.stdout.write(f"{peak()}\n")
