"""Published studies in a folder of their own, into which pages may be written."""

from pathlib import Path

import pytest

from experiments.compose import CONFIGS
from sim.report import report

PUBLISHED = CONFIGS.parent / "results" / "published"


def lend(study: str, root: Path) -> Path:
    """A published study's folder below ``root``, its files by reference."""
    folder = root / study
    folder.mkdir(parents=True)
    for path in (PUBLISHED / study).iterdir():
        if not path.name.startswith("report_"):
            (folder / path.name).symlink_to(path)
    return folder


@pytest.fixture(scope="session")
def chibi(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The comparison of Chibi with every study of the same name beside it, pages written."""
    root = tmp_path_factory.mktemp("published")
    for kind in ("multiverse", "ladder", "shapley", "phase", "breakeven", "sobol"):
        if (PUBLISHED / kind / "chibi").is_dir():
            lend(f"{kind}/chibi", root)
    folder = lend("compare/chibi", root)
    report(folder)
    return folder
