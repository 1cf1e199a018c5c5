"""Where runs are executed, as a config says it: here, on every core, or on a cluster."""

import json
import os
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError

from experiments.compose import ConfigError
from sim.base import Spec
from sim.case import explain

PART = re.compile(r"[1-9]\d{0,4}/[1-9]\d{0,4}")
WALLTIME = re.compile(r"(\d+-)?\d+:\d\d:\d\d")
MEMORY = re.compile(r"\d+(\.\d+)? ?([kKMGT]i?)?B")


def _is_part(text: str) -> str:
    number, of = (int(word) for word in text.split("/")) if PART.fullmatch(text) else (1, 0)
    if number > of:
        raise ValueError("allowed: NUMBER/PARTS, as in 2/5")
    return text


def _is_walltime(text: str) -> str:
    if not WALLTIME.fullmatch(text):
        raise ValueError("allowed: HH:MM:SS or D-HH:MM:SS, as in 04:00:00")
    return text


def _is_memory(text: str) -> str:
    if not MEMORY.fullmatch(text):
        raise ValueError("allowed: a number and a unit, as in 8GiB")
    return text


def _is_local_memory(text: str) -> str:
    return text if text == "auto" else _is_memory(text)


Memory = Annotated[str, AfterValidator(_is_memory)]
LocalMemory = Annotated[str, AfterValidator(_is_local_memory)]


class _Executor(Spec):
    """What executors share."""

    part: Annotated[str, AfterValidator(_is_part)] = Field(
        description="which part of the runs is done here, as in 2/5; merge the ledgers afterwards"
    )

    @property
    def share(self) -> tuple[int, int]:
        """Number of the part, from 0, and the number of parts."""
        number, _, of = self.part.partition("/")
        return int(number) - 1, int(of)


class Serial(_Executor):
    """One run after the other, in this process."""

    kind: Literal["serial"]


class Local(_Executor):
    """Processes of this machine (dask's LocalCluster)."""

    kind: Literal["local"]
    processes: Annotated[int, Field(ge=0, le=1024)] = Field(description="0: one per core")
    memory: LocalMemory = Field(
        description="limit of a process, as in 4GiB; auto: its share of the whole"
    )
    dashboard: Annotated[int, Field(ge=0, le=1)] = Field(
        description="1: dask's dashboard, on this machine only"
    )


class Slurm(_Executor):
    """Jobs of a SLURM cluster (dask-jobqueue's SLURMCluster), spoken to over TLS."""

    kind: Literal["slurm"]
    jobs: Annotated[int, Field(ge=1, le=10_000)] = Field(description="SLURM jobs")
    processes: Annotated[int, Field(ge=1, le=1024)] = Field(description="processes of each job")
    memory: Memory = Field(description="of each job, as in 8GiB")
    walltime: Annotated[str, AfterValidator(_is_walltime)] = Field(
        description="of each job, as in 04:00:00"
    )
    partition: str | None = Field(description="queue; null: the cluster's default")
    account: str | None = Field(description="who pays; null: the cluster's default")
    interface: str | None = Field(description="network between nodes, as in ib0; null: the default")
    loopback: Annotated[int, Field(ge=0, le=1)] = Field(
        description="1: everything on this machine, without TLS"
    )
    directives: tuple[str, ...] = Field(description="further lines for #SBATCH")
    prologue: tuple[str, ...] = Field(description="commands before a worker starts, as in module")


type Executor = Serial | Local | Slurm
KINDS: dict[str, type[Serial | Local | Slurm]] = {"serial": Serial, "local": Local, "slurm": Slurm}


def load_executor(node: Any) -> Executor:
    """Validate the config's ``executor``."""
    kind = node.get("kind") if isinstance(node, dict) else None
    if kind not in KINDS:
        raise ConfigError(f"executor.kind = {kind!r}: no such kind; allowed: {', '.join(KINDS)}")
    try:
        return KINDS[kind].model_validate_json(json.dumps(node))
    except ValidationError as error:
        raise ConfigError(f"executor.{explain(error, KINDS[kind])}") from None


def processes_of(executor: Executor) -> int:
    """How many processes share the runs."""
    match executor:
        case Local():
            return executor.processes or available_cores()
        case Slurm():
            return executor.jobs * executor.processes
    return 1


def available_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
