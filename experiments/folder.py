"""A study's results folder: written whole or not at all, and never over another study."""

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from experiments.compose import ConfigError
from sim.provenance import sha256

MANIFEST = "manifest.json"
PAGE = re.compile(r"report_.*\.(html|pdf)")


def check_folder(folder: Path, digest: str, *, refuse: bool = True) -> None:
    """Refuse a folder that cannot be written or that holds something else.

    Parameters
    ----------
    refuse : also a folder with the results of another study

    Raises
    ------
    ConfigError
    """
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"{folder}: is a file; allowed: a folder for results")
    parent = folder
    while not parent.exists():
        parent = parent.parent
    try:  # asking for permission is no answer: an administrator always has it
        Path(tempfile.mkdtemp(prefix=".onegrid.", dir=parent)).rmdir()
    except OSError:
        raise ConfigError(
            f"{folder}: cannot be written; allowed: a writable folder (--results)"
        ) from None
    if not folder.exists() or not any(folder.iterdir()):
        return
    held = study_in(folder)
    if held is None:
        raise ConfigError(f"{folder}: holds files of something else; allowed: study.name=ANOTHER")
    if held != digest and refuse:
        raise ConfigError(
            f"{folder}: holds another study ({held[:12]}, not {digest[:12]}); allowed: "
            "study.name=ANOTHER, or --extend or --fresh, which replace it"
        )


def is_whole(folder: Path, package: str, replications: int) -> bool:
    """Whether a folder holds all results of so many replications, unaltered, from this code."""
    found = whole_manifest(folder, package)
    return found is not None and len(found["replications"]) == replications


def whole_manifest(folder: Path, package: str) -> dict[str, Any] | None:
    """The manifest of a folder whose results are there, unaltered, from this code."""
    try:
        manifest: dict[str, Any] = read_manifest(folder)
        held = manifest["outputs"].items()
        same = manifest["package_version"] == package and "replications" in manifest
        return manifest if same and all(sha256(folder / n) == one for n, one in held) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def read_manifest(folder: Path) -> Any:
    """What the manifest of a folder says."""
    return json.loads((folder / MANIFEST).read_text(encoding="utf-8"))


def study_in(folder: Path) -> str | None:
    """The digest of the study a folder holds, or None."""
    try:
        return str(read_manifest(folder)["study_digest"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextmanager
def filling(folder: Path) -> Iterator[Path]:
    """A temporary folder beside ``folder`` that replaces it when all went well.

    Whatever stops it, ``folder`` holds afterwards what it held before, or all that is new.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    desk = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    draft, old = desk / "new", desk / "old"
    try:
        draft.mkdir()
        yield draft
        if folder.exists():
            folder.replace(old)
        draft.replace(folder)
    finally:
        if old.exists() and not folder.exists():  # stopped between the two moves
            old.replace(folder)
        shutil.rmtree(desk, ignore_errors=True)


def write_manifest(folder: Path, content: dict[str, Any]) -> None:
    """Write the manifest last, with the digest of every other file but pages about them."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not is_page(path))
    outputs = {path.relative_to(folder).as_posix(): sha256(path) for path in files}
    text = json.dumps({**content, "outputs": outputs}, ensure_ascii=False, indent=1)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def is_page(path: Path) -> bool:
    """Whether a file is a page that is made from the results, and may be made again."""
    return PAGE.fullmatch(path.name) is not None
