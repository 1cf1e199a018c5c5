"""Words a reader sees, in English and Chinese, from one catalogue.

The catalogue is the YAML files beside this module. ``figures.yaml`` holds what figures say,
``page.yaml`` what the page says around them, ``terms.yaml`` what things are called anywhere. A key
is the file's name and the names inside it, ``terms.metric.response_median``. An entry has ``en``,
``zh`` and, where it names a quantity, ``unit``; both languages have the same ``{placeholders}``.

>>> say("en", "terms.verdict.better")
'better'
>>> term("zh", "domain", "disputes")
'矛盾纠纷'
"""

from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

import yaml
from pydantic import Field

from sim.base import Spec

type Lang = Literal["en", "zh"]
LANGS: tuple[Lang, ...] = get_args(Lang.__value__)
FOLDER = Path(__file__).parent


class Entry(Spec):
    """What one key says."""

    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)
    unit: str = Field(default="", description="key below ``terms.unit``, where it is a quantity")


@lru_cache(maxsize=1)
def catalogue() -> dict[str, Entry]:
    """Every entry by its key."""
    found: dict[str, Entry] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        _gather(path.stem, yaml.load(path.read_bytes(), yaml.CSafeLoader), found)
    return found


def _gather(key: str, node: dict[str, Any], found: dict[str, Entry]) -> None:
    if "en" in node or "zh" in node:
        found[key] = Entry.model_validate(node)
        return
    for name, inner in node.items():
        _gather(f"{key}.{name}", inner, found)


def say(lang: Lang, key: str, **fields: object) -> str:
    """The words of a key, its placeholders filled.

    Raises
    ------
    KeyError
        There is no such key, or a placeholder is not given: a defect, never a user's mistake.
    """
    words: str = getattr(catalogue()[key], lang)
    return words.format(**fields) if fields else words


def term(lang: Lang, kind: str, name: str) -> str:
    """What something is called; a name from a user's config is shown as it is written.

    Parameters
    ----------
    kind : a group of ``terms.yaml``: ``metric``, ``part``, ``arm``, ``role``, ``domain``,
        ``urgency``, ``verdict``, ``group``, ``unit``, ``grade``, ``lever``, ...
    """
    key = f"terms.{kind}.{name}"
    return say(lang, key) if key in catalogue() else name.replace("_", " ")
