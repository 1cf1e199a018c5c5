"""The command as a user meets it: words in; an exit code, lines and files out."""

from dataclasses import dataclass

import pytest

from experiments.cli import main
from tests.support import TOY

SMALL = (
    *TOY,
    "clock.days=2",
    "world.demand.needs_per_1000_per_day=30",  # a request in every community
    "study.replications=3",
    "executor=serial",
)
ARMS = (
    "study.arms={fragmented_layered: [policy=fragmented_layered], merged: [policy=merged]}",
    "+study.arms.overflow=[policy=overflow]",
    "+study.arms.narrow=[policy=narrow]",
    "study.contrasts=[[overflow,merged]]",
)


@dataclass(frozen=True)
class Answer:
    """What a command leaves: its exit code and what it printed."""

    code: int
    out: str
    err: str


def ask(capfd: pytest.CaptureFixture[str], *words: str) -> Answer:
    """Run the command in this process."""
    capfd.readouterr()
    try:
        code = main(list(words))
    except SystemExit as left:  # argparse leaves on its own
        code = int(left.code or 0)
    return Answer(code, *capfd.readouterr())
