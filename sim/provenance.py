"""Which code and which libraries made a result."""

import hashlib
import importlib.metadata
import platform
import subprocess
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUN = (  # what a run goes through, from the case to its metrics
    *(
        "base.py",
        "units.py",
        "keyed.py",
        "shelf.py",
        "world",
        "policy",
        "case.py",
        "record.py",
        "engine",
    ),
    *("runner.py", "metrics.py"),
)
NUMERIC = ("numba", "numpy", "pandas", "pymetis", "scipy")
SHOWN = (*NUMERIC, "hydra-core", "matplotlib", "mesa", "pyarrow", "pydantic")


@lru_cache(maxsize=1)
def code_version() -> str:
    """Digest of the sources that a run goes through and of the libraries that touch numbers."""
    parts = [path.read_bytes() for name in RUN for path in _sources(ROOT / "sim" / name)]
    parts += [f"{name}=={importlib.metadata.version(name)}".encode() for name in NUMERIC]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


@lru_cache(maxsize=1)
def package_version() -> str:
    """Digest of all sources and configs: what was also drawn and written the same way."""
    paths = [path for name in ("sim", "experiments") for path in _sources(ROOT / name)]
    paths += sorted((ROOT / "configs").rglob("*.yaml"))
    content = b"\0".join(path.read_bytes() for path in paths)
    return hashlib.sha256(content).hexdigest()[:16]


def _sources(path: Path) -> list[Path]:
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


def versions() -> dict[str, str]:
    """Python, platform and the libraries behind a result."""
    found = {name: importlib.metadata.version(name) for name in SHOWN}
    return {"python": platform.python_version(), "platform": platform.platform(), **found}


def commit() -> dict[str, str | bool]:
    """The commit of a checkout and whether its files were changed; empty outside one."""

    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=ROOT, capture_output=True, text=True, check=False
        )
        return done.stdout.strip() if done.returncode == 0 else ""

    head = git("rev-parse", "HEAD")
    return {"commit": head, "dirty": bool(git("status", "--porcelain"))} if head else {}


def sha256(path: Path) -> str:
    """Digest of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
