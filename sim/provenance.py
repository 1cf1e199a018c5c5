"""Which code and which libraries made a result."""

import hashlib
import importlib.metadata
import platform
import subprocess
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
NUMERIC = ("numba", "numpy", "pandas", "pymetis", "scipy")
SHOWN = (*NUMERIC, "hydra-core", "matplotlib", "mesa", "pyarrow", "pydantic")


@lru_cache(maxsize=1)
def code_version() -> str:
    """Digest of the package's sources and of the libraries that touch numbers."""
    parts = [path.read_bytes() for path in sorted((ROOT / "sim").rglob("*.py"))]
    parts += [f"{name}=={importlib.metadata.version(name)}".encode() for name in NUMERIC]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


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
