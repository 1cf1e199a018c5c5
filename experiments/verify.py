"""``onegrid verify``: published studies against their digests, without running anything.

Every manifest holds the SHA-256 of each file beside it, but for pages, which are made of the rest.
The index of the published studies (``index.csv``) holds the SHA-256 of each manifest and of the
pages that are published with it. So a changed table, figure, caption, page or manifest shows, as
does a file that is missing or was added. The index itself is signed off by whoever commits it.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.compose import CONFIGS, ConfigError
from experiments.folder import MANIFEST, is_page
from sim.provenance import sha256

PUBLISHED = CONFIGS.parent / "results" / "published"
INDEX = "index.csv"
COLUMNS = ["study", "kind", "name", "files", "manifest_sha256", "pages", "pages_sha256"]
BESIDE = {
    INDEX,
    "studies.yaml",
    "readme.yaml",
    "environment.txt",
    "mutation.csv",
}  # files of the published folder itself


@dataclass(frozen=True)
class Checked:
    """What was found of one study: an empty list of problems where all is as signed off."""

    study: str
    files: int
    problems: list[str] = field(default_factory=list)


def studies_in(folder: Path) -> list[str]:
    """The studies below a folder, as ``kind/name``."""
    return sorted(
        path.parent.relative_to(folder).as_posix() for path in folder.glob("*/*/" + MANIFEST)
    )


def manifest_of(folder: Path) -> dict[str, Any]:
    """What a study's manifest says.

    Raises
    ------
    ConfigError
    """
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        outputs = found["outputs"]
    except (OSError, ValueError, KeyError, TypeError):
        outputs = None
    if not isinstance(outputs, dict):
        raise ConfigError(f"{folder / MANIFEST}: no manifest of a study; allowed: one it wrote")
    return dict(found)


def check_study(folder: Path) -> list[str]:
    """What differs between a study's files and its manifest."""
    try:
        held = manifest_of(folder)["outputs"]
    except ConfigError:
        return [f"{MANIFEST}: cannot be read"]
    there = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path != folder / MANIFEST and not is_page(path)
    }
    problems = [f"{name}: missing" for name in sorted(held.keys() - there)]
    problems += [f"{name}: not in the manifest" for name in sorted(there - held.keys())]
    return problems + [
        f"{name}: altered"
        for name in sorted(there & held.keys())
        if sha256(folder / name) != held[name]
    ]


def index_of(folder: Path) -> pd.DataFrame:
    """The index of the studies below a folder as they are now."""
    rows = []
    for study in studies_in(folder):
        place = folder / study
        files = len(manifest_of(place)["outputs"])
        whole = sha256(place / MANIFEST)
        rows.append((study, *study.split("/"), files, whole, *pages_of(place)))
    return pd.DataFrame(rows, columns=COLUMNS)


def pages_of(folder: Path) -> tuple[int, str]:
    """How many pages a folder holds, and one digest of their names and contents; or 0 and ""."""
    pages = sorted(path for path in folder.iterdir() if is_page(path))
    content = "".join(f"{path.name} {sha256(path)}\n" for path in pages)
    return len(pages), hashlib.sha256(content.encode()).hexdigest() if pages else ""


def sign_off(folder: Path) -> Path:
    """Write the index of what is there now; returns its file."""
    index_of(folder).to_csv(folder / INDEX, index=False)
    return folder / INDEX


def verify(arguments: argparse.Namespace) -> int:
    """Check and print a line per study; returns 0 where all is as signed off, else 1."""
    found = check(arguments.folder)
    for item in found:
        problems = f": {'; '.join(item.problems)}" if item.problems else ""
        sys.stdout.write(
            f"{'FAIL' if problems else 'PASS'}  {item.study}  {item.files} files{problems}\n"
        )
    wrong = sum(bool(item.problems) for item in found)
    sys.stdout.write(f"{len(found) - wrong} of {len(found)} studies as signed off\n")
    return 1 if wrong else 0


def options(parser: argparse.ArgumentParser) -> None:
    """What ``onegrid verify`` takes."""
    words = "a study's folder, or one of studies with an index; default: the published ones"
    parser.add_argument("folder", nargs="?", type=Path, default=PUBLISHED, help=words)


def check(folder: Path) -> list[Checked]:
    """Check one study, or every study below a folder and the index that signs them off.

    Raises
    ------
    ConfigError
        There is nothing to check.
    """
    if (folder / MANIFEST).is_file():
        files = len(manifest_of(folder)["outputs"])
        return [Checked(f"{folder.parent.name}/{folder.name}", files, check_study(folder))]
    if not (folder / INDEX).is_file() and not studies_in(folder):
        raise ConfigError(f"{folder}: no study; allowed: a study's folder, or one with {INDEX}")
    return list(_checked(folder))


def _checked(folder: Path) -> Iterator[Checked]:
    signed = _signed(folder)
    for study in sorted({*signed, *studies_in(folder)}):
        place = folder / study
        if not (place / MANIFEST).is_file():
            yield Checked(study, 0, [f"{MANIFEST}: missing"])
            continue
        problems = check_study(place)
        if study not in signed:
            problems.insert(0, f"{MANIFEST}: not in {INDEX}")
        else:
            manifest, pages = signed[study]
            if manifest != sha256(place / MANIFEST):
                problems.insert(0, f"{MANIFEST}: altered")
            if pages != pages_of(place)[1]:
                problems.append("pages: not those that were signed off")
        yield Checked(study, len(manifest_of(place)["outputs"]), problems)
    if strays := list(_strays(folder)):
        yield Checked(".", 0, strays)


def _signed(folder: Path) -> dict[str, tuple[str, str]]:
    """Digests of manifest and pages by study, as signed off."""
    if not (folder / INDEX).is_file():
        raise ConfigError(f"{folder / INDEX}: missing; allowed: the index of onegrid publish")
    try:
        table = pd.read_csv(folder / INDEX, dtype=str, keep_default_na=False)
        pairs = zip(table.manifest_sha256, table.pages_sha256, strict=True)
        return dict(zip(table.study, pairs, strict=True))
    except (ValueError, AttributeError):
        raise ConfigError(
            f"{folder / INDEX}: cannot be read; allowed: {', '.join(COLUMNS)}"
        ) from None


def _strays(folder: Path) -> Iterator[str]:
    """Files below a folder that belong to no study."""
    places = [folder / study for study in studies_in(folder)]
    for path in sorted(folder.rglob("*")):
        inside = any(path.is_relative_to(place) for place in places)
        if path.is_file() and not inside and path.relative_to(folder).as_posix() not in BESIDE:
            yield f"{path.relative_to(folder).as_posix()}: belongs to no study"
