"""Hydra's part: from words on the command line to validated cases.

Only this module imports Hydra. It composes without ``hydra.main``, which writes folders
and changes the working directory before anything has been checked.
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import yaml
from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.plugins import Plugins
from hydra.errors import HydraException
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from sim.base import CaseError
from sim.case import Case, load

CASE = ("world", "policy", "clock", "draws")
CONFIGS = Path(__file__).parents[1] / "configs"


class ConfigError(CaseError):
    """A wrong word on the command line or in a config file; one line."""


@lru_cache(maxsize=8)
def groups(folder: Path = CONFIGS) -> dict[str, list[str]]:
    """Every config group and its options."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("*.yaml")):
        group = path.parent.relative_to(folder).as_posix()
        if group != ".":
            found.setdefault(group, []).append(path.stem)
    return found


@contextmanager
def session(config_dir: Path | None) -> Iterator[None]:
    """Hydra, initialised for a while; a user's folder is searched before ours."""
    folder = CONFIGS if config_dir is None else config_dir.resolve()
    if not folder.is_dir():
        raise ConfigError(f"--config-dir = {folder}: no such folder")
    if config_dir is not None:
        _search_ours_too()
    with initialize_config_dir(config_dir=str(folder), version_base="1.3"):
        yield


def _search_ours_too() -> None:
    class Ours(SearchPathPlugin):
        def manipulate_search_path(self, search_path: Any) -> None:
            search_path.append(provider="onegrid", path=f"file://{CONFIGS}")

    Plugins.instance().register(Ours)


def resolve(words: list[str], config_dir: Path | None = None) -> dict[str, Any]:
    """Compose the default config with overrides into a plain mapping.

    Raises
    ------
    ConfigError
        One line: the word, and what is allowed instead.
    """
    _check_words(words, config_dir)
    try:
        config = compose("config", overrides=words)
        plain = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(_one_line(error, words)) from None
    return dict(cast("dict[str, Any]", plain))


class Composer:
    """Composes many cases cheaply: Hydra once per choice of groups, the rest laid over.

    Hydra takes a tenth of a second; a study over thousands of worlds changes mostly single
    values, which are set on the resolved mapping and validated with it.
    """

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.known: dict[tuple[str, ...], dict[str, Any]] = {}

    def mapping(self, extra: list[str]) -> dict[str, Any]:
        """The mapping of one case: world, policy, clock and draws."""
        choices = tuple(word for word in extra if "/" in word.partition("=")[0] or is_group(word))
        if choices not in self.known:
            resolved = resolve([*self.words, *choices])
            self.known[choices] = {key: resolved[key] for key in CASE}
        mapping = copy.deepcopy(self.known[choices])
        for word in extra:
            if word not in choices:
                _set(mapping, word)
        return mapping


def is_group(word: str) -> bool:
    """Whether a word chooses an option of a config group."""
    return word.partition("=")[0] in groups()


def _set(mapping: dict[str, Any], word: str) -> None:
    """Lay one ``a.b.c=value`` over a resolved mapping."""
    key, sign, text = word.partition("=")
    node: Any = mapping
    *path, last = key.split(".")
    for part in [*path, last]:
        if not isinstance(node, dict) or part not in node:
            known = ", ".join(str(name) for name in node) if isinstance(node, dict) else "nothing"
            raise ConfigError(f"{word}: no such key {part!r}; allowed there: {known}")
        if part is not last:
            node = node[part]
    if not sign:
        raise ConfigError(f"{word}: allowed: key=value")
    node[last] = yaml.safe_load(text)


def _check_words(words: list[str], config_dir: Path | None) -> None:
    known = groups()
    if config_dir is not None:
        for group, options in groups(config_dir).items():
            known[group] = sorted({*known.get(group, []), *options})
    try:
        parsed = OverridesParser.create().parse_overrides(words)
    except HydraException as error:
        raise ConfigError(_one_line(error, words)) from None
    for item in parsed:
        key, value = item.key_or_group, item.value()
        if item.is_sweep_override():
            raise ConfigError(
                f"{item.input_line}: one value at a time; a study runs many (study=multiverse)"
            )
        if key not in known or item.is_delete():
            continue
        if not isinstance(value, str) or value not in known[key]:
            raise ConfigError(f"{key} = {value}: allowed: {', '.join(known[key])}")


def _one_line(error: Exception, words: list[str]) -> str:
    """The gist of a Hydra error, with the word that caused it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    blamed = [word for word in words if word.partition("=")[0].lstrip("+~") in str(error)]
    allowed = f"; allowed groups: {', '.join(groups())}" if "group" in text.lower() else ""
    if "Could not override" in text and blamed:
        key = blamed[0].split("=")[0]
        return f"{key}: no such key{_siblings(key)}"
    return f"{blamed[0]}: {text}{allowed}" if blamed else f"{text}{allowed}"


def _siblings(key: str) -> str:
    """The keys that exist where a key was looked for."""
    node: Any = compose("config")
    parts = key.split(".")
    for depth, part in enumerate(parts):
        if part not in node:
            where = ".".join(parts[:depth]) or "the top level"
            return f"; allowed at {where}: {', '.join(str(name) for name in node)}"
        node = node[part]
        if not OmegaConf.is_dict(node):
            return ""
    return ""


def case(*words: str, config_dir: Path | None = None) -> Case:
    """One case from overrides of the default config, as on the command line.

    Raises
    ------
    CaseError
        One line: key, value, what is allowed.
    """
    with session(config_dir):
        resolved = resolve(list(words), config_dir)
    return load({key: resolved[key] for key in CASE})
