"""A study as its folder holds it: manifest, tables, figures, and the studies beside it."""

import json
import shlex
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

MANIFEST = "manifest.json"
KINDS = (
    *("compare", "ladder", "multiverse", "sweep", "shapley", "sobol", "phase", "breakeven"),
)  # kinds of study that have a page


class ReportError(ValueError):
    """A page that cannot be written; the message is one line a user can act on."""


@dataclass(frozen=True)
class Saved:
    """What a study has left.

    Attributes
    ----------
    manifest : as ``manifest.json`` holds it
    """

    folder: Path
    manifest: dict[str, Any]
    _read: dict[str, pd.DataFrame | None] = field(default_factory=dict, compare=False)
    _beside: "dict[str, Saved | None]" = field(default_factory=dict, compare=False)

    @property
    def study(self) -> dict[str, Any]:
        """What was asked: kind, name, arms and what the kind varies."""
        found: dict[str, Any] = self.manifest["study"]
        return found

    @property
    def kind(self) -> str:
        """``compare``, ``multiverse``, ..."""
        return str(self.study["kind"])

    @property
    def name(self) -> str:
        """The study's name, shared by the studies of one city."""
        return str(self.study["name"])

    @property
    def baseline(self) -> str:
        """The arm that others are held against."""
        return str(self.study["baseline"])

    @property
    def focus(self) -> str:
        """The arm whose difference to the baseline is shown first."""
        return str(self.study["focus"])

    @property
    def digest(self) -> str:
        """Digest of everything the study asks."""
        return str(self.manifest["study_digest"])

    @property
    def replications(self) -> int:
        """Paired replications, in each world."""
        return len(self.manifest["replications"])

    def table(self, name: str) -> pd.DataFrame | None:
        """A table of the folder as it is written, CSV or Parquet; None where there is none.

        The options of a design stay the words they are in the config.
        """
        if name not in self._read:
            words = {"world": str, **dict.fromkeys(self.study.get("factors", ()), str)}
            self._read[name] = _read_table(self.folder / name, words)
        return self._read[name]

    @cached_property
    def setting(self) -> dict[str, Any]:
        """World, policy and clock of the first case as they were composed; empty if not kept."""
        cases = self.manifest["cases"]
        first = cases[0] if isinstance(cases, list) and cases else {}
        found: dict[str, Any] = first.get("values", {})
        return found

    def contrast(self, before: str, after: str) -> pd.DataFrame:
        """The rows of ``summary.csv`` of one contrast; empty where there are none."""
        summary = self.table("summary")
        if summary is None:
            return pd.DataFrame(columns=["metric", "group"])
        rows = (summary.baseline_arm == before) & (summary.alternative_arm == after)
        return summary[rows]

    @cached_property
    def main(self) -> pd.DataFrame:
        """The focus against the baseline."""
        return self.contrast(self.baseline, self.focus)

    def beside(self, kind: str) -> "Saved | None":
        """The study of another kind with the same name, where its folder is whole."""
        if kind not in self._beside:
            try:
                self._beside[kind] = open_study(self.folder.parent.parent / kind / self.name)
            except ReportError:
                self._beside[kind] = None
        return self._beside[kind]

    def command(self, kind: str) -> str:
        """The command that makes the study of another kind with this one's changes."""
        words = [word for word in self.manifest["command"][1:] if not _is_own(word)]
        named = [] if self.name == "chibi" else [f"study.name={self.name}"]
        return shlex.join(["onegrid", f"study={kind}", *words, *named])

    def figure(self, name: str, folder: str = "") -> Path | None:
        """The SVG of the figure ``figN_<name>``, in the subfolder of a metric if one is named."""
        found = sorted((self.folder / "figures" / folder).glob(f"fig*_{name}.svg"))
        return found[0] if found else None


def _read_table(stem: Path, words: dict[str, type[str]]) -> pd.DataFrame | None:
    long, short = stem.with_suffix(".parquet"), stem.with_suffix(".csv")
    if long.is_file():
        table = pd.read_parquet(long)
        return table.astype({name: kind for name, kind in words.items() if name in table})
    return pd.read_csv(short, dtype=words) if short.is_file() else None


def _is_own(word: str) -> bool:
    """Whether a word of a command belongs to the study that was run, not to what it runs."""
    key = word.lstrip("+~").partition("=")[0]
    return key.partition(".")[0] in ("study", "executor") or word.startswith("-")


def open_study(folder: Path) -> Saved:
    """The study in a folder.

    Raises
    ------
    ReportError
        There is no folder, no manifest in it, or a study without a page.
    """
    if not folder.is_dir():
        raise ReportError(f"report {folder}: no such folder; allowed: a study's results folder")
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ReportError(
            f"report {folder}: no readable {MANIFEST}; allowed: a study's results folder"
        ) from None
    study = manifest.get("study") if isinstance(manifest, dict) else None
    kind = study.get("kind") if isinstance(study, dict) else None
    if kind not in KINDS:
        raise ReportError(
            f"report {folder}: kind {kind!r} has no page; allowed: {', '.join(KINDS)}"
        )
    for key in ("study_digest", "replications", "command", "cases", "outputs"):
        if key not in manifest:
            raise ReportError(f"report {folder}: {MANIFEST} has no {key!r}; allowed: a whole study")
    return Saved(folder, manifest)
