"""How to make a study again and how to check it: command, digests, seeds, versions."""

import shlex
from collections.abc import Iterator
from typing import Any

from sim.report.blocks import Block, Cell, Table, Words
from sim.report.saved import KINDS, Saved
from sim.report.voice import Voice

SHOWN = 12  # signs of a digest in a sentence; tables hold it whole


def origin(voice: Voice, saved: Saved, beside: list[Saved]) -> list[Block]:
    """What made the study, what it left, and the studies whose tables stand beside it.

    Parameters
    ----------
    beside : the other studies that the page draws on
    """
    facts = Table(
        voice.say("table.origin"),
        [Cell(voice.say("head.what")), Cell(voice.say("head.is"))],
        [[Cell(name, role="name"), Cell(text, role="key")] for name, text in _facts(voice, saved)],
    )
    blocks: list[Block] = [Words(voice.say("origin.check"), "plain"), facts]
    if beside:
        blocks.append(_beside(voice, saved, beside))
    return [*blocks, _cases(voice, saved), _files(voice, saved)]


def _facts(voice: Voice, saved: Saved) -> Iterator[tuple[str, str]]:
    made = saved.manifest
    yield voice.say("origin.command"), shlex.join(made["command"])
    yield voice.say("origin.study"), saved.digest
    if "seed" in made:
        yield voice.say("origin.seed"), str(made["seed"])
    numbers = made["replications"]
    yield voice.say("origin.replications"), f"{len(numbers)} ({numbers[0]}–{numbers[-1]})"
    for key in ("runs", "failures", "code_version", "package_version", "commit", "started"):
        if key in made:
            value = made[key]
            yield voice.say(f"origin.{key}"), str(len(value) if key == "failures" else value)
    if made.get("dirty"):
        yield voice.say("origin.dirty"), voice.say("origin.dirty_yes")
    versions = ", ".join(f"{name} {text}" for name, text in made.get("versions", {}).items())
    yield voice.say("origin.versions"), versions
    guards = [
        voice.say(
            "origin.guard", name=voice.name("guard", name), found=voice.name("guard_found", text)
        )
        for name, text in made.get("guards", {}).items()
    ]
    yield voice.say("origin.guards"), voice.listed(guards)


def _beside(voice: Voice, saved: Saved, beside: list[Saved]) -> Table:
    """The studies that the page draws on, and whether the same engine made them."""
    head = [Cell(voice.say(f"head.{name}")) for name in ("study", "digest", "n", "engine")]
    engine = saved.manifest.get("code_version")
    rows = []
    for other in beside:
        same = other.manifest.get("code_version") == engine
        rows.append(
            [
                Cell(f"{other.kind}/{other.name}", role="key"),
                Cell(other.digest, role="key"),
                Cell(str(other.replications), role="number"),
                Cell(voice.say("origin.same" if same else "origin.other"), role="words"),
            ]
        )
    return Table(voice.say("table.beside"), head, rows)


def _cases(voice: Voice, saved: Saved) -> Table:
    found: Any = next(iter(saved.manifest.get("case_digests", {}).values()), {})
    first = found if isinstance(found, dict) else {voice.say("everybody"): found}
    head = [Cell(voice.say("head.arm")), Cell(voice.say("head.digest"))]
    rows = [
        [Cell(voice.arm(arm), small=arm, role="name"), Cell(digest, role="key")]
        for arm, digest in first.items()
    ]
    return Table(voice.say("table.cases"), head, rows, folded=True)


def _files(voice: Voice, saved: Saved) -> Table:
    head = [Cell(voice.say("head.file")), Cell("SHA-256")]
    rows = [
        [Cell(name, role="key"), Cell(digest, role="key")]
        for name, digest in saved.manifest["outputs"].items()
    ]
    return Table(voice.say("table.files"), head, rows, folded=True)


def studies_beside(saved: Saved) -> list[Saved]:
    """Every study of the same name beside this one."""
    found = (saved.beside(kind) for kind in KINDS if kind != saved.kind)
    return [study for study in found if study is not None]
