"""What a manifest tells of a study, and the way back from it to every case.

The cases of a study are not written out: the mappings that its words are laid over are, the
first in full and each other by what differs (:func:`differences`). With the study itself, they
make every case again, without a config file (:func:`rebuild`).
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiments.assembly import Composer, Known
from experiments.folder import read_manifest
from experiments.kinds import Kind, load_study
from experiments.study import WorldCases, compose_worlds, lay_worlds

MOST_DIGESTS = 500
ALL = "all"

type Composed = list[dict[str, Any]]


def digests_of(worlds: list[WorldCases]) -> dict[str, Any]:
    """The digest of every case, by world and arm; of thousands, one digest of them all."""
    by_world = {world.name: world.digests for world in worlds}
    every = [digest for digests in by_world.values() for digest in digests.values()]
    if len(every) <= MOST_DIGESTS:
        return by_world
    return {ALL: hashlib.sha256("".join(every).encode()).hexdigest()}


def write_down(known: Known) -> Composed:
    """Composed mappings: which groups were chosen, from which one before, and what differs.

    Returns
    -------
    One entry per choice of groups: ``choices``, ``start`` (the number of an entry before, null
    of the first) and ``values`` by dotted key.
    """
    written: Composed = []
    before: list[dict[str, Any]] = []
    for choices, mapping in known.items():
        found = [differences(other, mapping) for other in before] or [differences({}, mapping)]
        start = min(range(len(found)), key=lambda number: len(json.dumps(found[number])))
        written.append(
            {
                "choices": list(choices),
                "start": start if before else None,
                "values": found[start],
            }
        )
        before.append(mapping)
    return written


def read_back(written: Composed) -> Known:
    """The mappings that were written down."""
    found: list[tuple[tuple[str, ...], dict[str, Any]]] = []
    for entry in written:
        start = {} if entry["start"] is None else found[entry["start"]][1]
        found.append((tuple(entry["choices"]), changed(start, entry["values"])))
    return dict(found)


def rebuild(folder: Path) -> tuple[Kind, list[WorldCases]]:
    """The study in a results folder and all its cases, from what the folder holds alone."""
    manifest = read_manifest(folder)
    study = load_study(manifest["study"]).found_in(folder)
    composer = Composer(manifest["command"][1:], read_back(manifest["cases"]))
    return study, list(compose_worlds(lay_worlds(study, composer), composer))


def differences(old: Mapping[str, Any], new: Mapping[str, Any], at: str = "") -> dict[str, Any]:
    """What makes ``new`` of ``old``, by dotted key; a table that lost a key stands in full."""
    found: dict[str, Any] = {}
    for name, value in new.items():
        held = old.get(name)
        if isinstance(value, dict) and isinstance(held, dict) and _grows(held, value):
            found |= differences(held, value, f"{at}{name}.")
        elif name not in old or json.dumps(held) != json.dumps(value):
            found[f"{at}{name}"] = value
    return found


def changed(old: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping with values laid over it by dotted key."""
    made = dict(old)
    for key, value in values.items():
        *path, last = key.split(".")
        node = made
        for name in path:
            node[name] = dict(node[name])
            node = node[name]
        node[last] = value
    return made


def _grows(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether a table only gains keys, none of which would be read as two."""
    return set(old) <= set(new) and not any("." in name for name in new)
