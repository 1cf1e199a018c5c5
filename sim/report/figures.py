"""Figures of a study as blocks of the page, and the line that stands where one is missing."""

from collections.abc import Iterable

from sim.metrics import HEADLINE
from sim.report.blocks import Block, Words
from sim.report.picture import picture
from sim.report.saved import Saved
from sim.report.voice import Voice


def shown(voice: Voice, saved: Saved, names: Iterable[str], folder: str = "") -> list[Block]:
    """Figures by name, those there are."""
    paths = [saved.figure(name, folder) for name in names]
    return [picture(path, voice.lang, saved.folder) for path in paths if path is not None]


def by_metric(
    voice: Voice, saved: Saved, name: str, metrics: Iterable[str] = HEADLINE
) -> list[Block]:
    """The figure of a name in the subfolder of each metric."""
    return [block for metric in metrics for block in shown(voice, saved, [name], metric)]


def missing(voice: Voice, saved: Saved, kind: str) -> Words:
    """Which command fills what is missing."""
    return Words(voice.say("missing.study", command=saved.command(kind)), "note")
