"""The decorator that compiles a mechanism, and where the compiled code is kept.

Numba notices a change in the file of a cached function, but not in a helper it calls from
another module. So the cache lives in a folder named after the digest of every source the
engine is made of: another version of the code is another folder.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import platformdirs

_SIM = Path(__file__).parents[1]


def engine_digest() -> str:
    """Digest of the sources that end up in compiled code."""
    parts = [*sorted((_SIM / "engine").glob("*.py")), _SIM / "keyed.py", _SIM / "units.py"]
    text = "".join(path.read_text(encoding="utf-8") for path in parts)
    return hashlib.sha256((text + numba.__version__).encode()).hexdigest()[:16]


CACHE = platformdirs.user_cache_path("onegrid") / f"engine-{engine_digest()}"
config: Any = numba.config
if not config.CACHE_DIR:
    config.CACHE_DIR = str(CACHE)


def is_cached() -> bool:
    """Whether a compiled engine of this version is already on disk."""
    return bool(config.DISABLE_JIT) or any(Path(config.CACHE_DIR).rglob("loop.advance*.nbi"))


def kernel[F: Callable[..., Any]](function: F) -> F:
    """Compile a mechanism; ``NUMBA_DISABLE_JIT=1`` leaves it ordinary Python.

    Mechanisms only read and write arrays that the caller keeps alive, so they are compiled
    without reference counts: with them a run takes fifteen times as long.
    """
    options: dict[str, Any] = {
        "cache": True,
        "nogil": True,
        "error_model": "numpy",
        "_nrt": False,
        "no_cfunc_wrapper": True,
    }
    compiled: F = numba.njit(**options)(function)
    return compiled
