"""A study that the very same command has finished: shown again without composing it anew.

Light on purpose: ten thousand worlds take seconds to compose, and the engine, the figures and
the page take seconds to import. Whoever asks the same thing in other words goes the whole way.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from experiments.compose import CONFIGS, folders
from experiments.folder import MANIFEST, whole_manifest
from sim.ledger import Ledger
from sim.provenance import code_version, package_version

PAGES = 2  # one per language


def asked_by(words: Iterable[str]) -> str:
    """Digest of a command: its words, in order, and all the code and configs behind them."""
    own = [path for folder in folders() if folder != CONFIGS for path in folder.rglob("*.yaml")]
    parts = [code_version(), package_version(), *words, *map(str, sorted(own))]
    whole = hashlib.sha256(json.dumps(parts).encode())
    for path in sorted(own):
        whole.update(path.read_bytes())
    return whole.hexdigest()


def finished_by(resolved: dict[str, Any], words: list[str], results: Path) -> list[str]:
    """Where the results of a command are, in lines; none unless this very command left them all.

    Parameters
    ----------
    resolved : the config that the words compose
    results : the folder of all results
    """
    study = resolved["study"]
    if resolved["executor"]["part"] != "1/1" or any(map(_is_file, _leaves(study))):
        return []
    folder = results / str(study["kind"]) / str(study["name"])
    manifest = whole_manifest(folder, package_version())
    ledger = Ledger(folder.with_name(f"{folder.name}.ledger"))
    if manifest is None or not ledger.is_sealed(asked=asked_by(words)):
        return []
    made = (folder / MANIFEST).stat().st_mtime
    pages = [page for page in folder.glob("report_*.html") if page.stat().st_mtime >= made]
    if len(pages) < PAGES:
        return []
    where = f"All {manifest['runs']} runs were there. Tables, figures and manifest: {folder}"
    return ["", where, *(f"Page: {page}" for page in sorted(pages))]


def _leaves(node: Any) -> Iterator[Any]:
    """Every value of a nested config."""
    match node:
        case dict():
            for value in node.values():
                yield from _leaves(value)
        case list():
            for value in node:
                yield from _leaves(value)
        case _:
            yield node


def _is_file(value: Any) -> bool:
    """Whether a value may name a file that was read, and may have changed."""
    return isinstance(value, str) and os.path.isfile(value)  # noqa: PTH113  Path's raises at long ones
