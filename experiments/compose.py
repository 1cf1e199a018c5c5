"""Hydra's part: from words on the command line to validated cases.

Only this module imports Hydra. It composes without ``hydra.main``, which writes folders
and changes the working directory before anything has been checked. Hydra chooses the
options of groups and reads values; values are then laid over the composed mapping here, so
that ``key=value`` means the same on the command line and in an arm: exactly that value,
also where it is a table (Hydra would merge tables, and ``reserve={}`` would change nothing).
"""

import difflib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
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

CASE = ("world", "before", "policy", "clock", "draws")
CONFIGS = Path(__file__).parents[1] / "configs"
UNREADABLE = (HydraException, OmegaConfBaseException, yaml.YAMLError, UnicodeDecodeError)
NUMBERS = {".inf": float("inf"), "-.inf": float("-inf"), ".nan": float("nan")}
GROWING = re.compile(r"study\.(arms|worlds|factors)|(world|policy)\.\w+\.\w+")  # may gain names
MISSING = re.compile(r"Could not find '(.*?)'\s+Available options in '.*?':([^:]*?)(?:Config|$)")
UNFIT = re.compile(r"[^\w./-]")  # in a key
WHOLE = re.compile(r"-?(0|[1-9]\d*)")
DECIMAL = re.compile(r"-?(0|[1-9]\d*)(\.\d+(e-?\d+)?|e-\d+)")

_folder: ContextVar[Path] = ContextVar("_folder", default=CONFIGS)


class ConfigError(CaseError):
    """A wrong word on the command line or in a config file; one line."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


@dataclass(frozen=True)
class Word:
    """One ``key=value``; ``sign`` is ``+`` where it adds a key, ``~`` where it takes one out."""

    text: str
    sign: str
    key: str
    shown: str
    value: Any

    def wrong(self, problem: str) -> ConfigError:
        """The error that names this word."""
        return ConfigError(f"{self.key} = {self.shown}: {problem}")


@lru_cache(maxsize=8)
def groups(folder: Path = CONFIGS) -> dict[str, list[str]]:
    """Every config group and its options; a file ``_name.yaml`` is a part of others only."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("[!_]*.yaml")):
        group = path.parent.relative_to(folder).as_posix()
        if group != ".":
            found.setdefault(group, []).append(path.stem)
    return found


def is_group(word: str) -> bool:
    """Whether a word chooses an option of a config group."""
    return word.partition("=")[0] in groups()


@contextmanager
def session(config_dir: Path | None) -> Iterator[None]:
    """Hydra, initialised for a while; a user's folder is searched before ours."""
    folder = CONFIGS if config_dir is None else config_dir.resolve()
    if not folder.is_dir():
        raise ConfigError(f"--config-dir = {config_dir}: no such folder; allowed: a folder")
    token = _folder.set(folder)
    Plugins.instance().register(_OursToo)
    try:
        with initialize_config_dir(config_dir=str(folder), version_base="1.3"):
            yield
    finally:
        _folder.reset(token)


def folders() -> tuple[Path, ...]:
    """Where configs are looked for: a user's folder, if there is one, and ours."""
    own = _folder.get()
    return (CONFIGS,) if own == CONFIGS else (own, CONFIGS)


class _OursToo(SearchPathPlugin):
    """Ours come after the folder of a user."""

    def manipulate_search_path(self, search_path: Any) -> None:
        if _folder.get() != CONFIGS:
            search_path.append(provider="onegrid", path=f"file://{CONFIGS}")


def resolve(words: list[str], config_dir: Path | None = None) -> dict[str, Any]:
    """Compose the default config with overrides into a plain mapping; the last word wins.

    Raises
    ------
    ConfigError
        One line: the key, the value, and what is allowed instead.
    """
    parsed = [read(text) for text in words]
    choices = {word.key: word.value for word in parsed if chooses(word, config_dir)}
    mapping = _compose(tuple(choices.items()), _folder.get())
    mapping = {**mapping, "before": mapping.get("before") or None}
    for word in parsed:
        if word.key not in choices:
            mapping = lay(mapping, word)
    return mapping


# --- reading one word ---------------------------------------------------------------


@lru_cache(maxsize=4096)
def read(text: str) -> Word:
    """Take a word apart."""
    bare = text.lstrip("+~")
    sign = text[: len(text) - len(bare)]
    key, equals, shown = bare.partition("=")
    if not key:
        raise ConfigError(f"{text}: no key before '='; allowed: key=value, as in clock.days=7")
    if wrong := UNFIT.search(key):
        raise ConfigError(
            f"{text}: {wrong[0]!r} in the key; allowed: key=value, as in clock.days=7"
        )
    if not equals and sign != "~":
        raise ConfigError(f"{text}: no value; allowed: {text}=value")
    if sign not in ("", "+", "++", "~"):
        raise ConfigError(f"{text}: {sign} before the key; allowed: key=value, +key=value, ~key")
    return Word(text, sign, key, shown, _value(key, shown))


def _value(key: str, shown: str) -> Any:
    """The value a text stands for; in brackets, ``a=b`` needs no quotes."""
    if WHOLE.fullmatch(shown):  # plain numbers, of which a design has thousands
        return int(shown)
    if DECIMAL.fullmatch(shown):
        return float(shown)
    try:
        found = _parser().parse_override(f"value={shown}")
    except HydraException:
        return _in_brackets(key, shown)
    if found.is_sweep_override():
        raise ConfigError(
            f"{key} = {shown}: several values; allowed: one (a study runs many: study=ladder, "
            "study=multiverse), a list in brackets, or text in quotes"
        )
    return _numbers(found.value())


@lru_cache(maxsize=1)
def _parser() -> OverridesParser:
    return OverridesParser.create()


def _in_brackets(key: str, shown: str) -> Any:
    if shown[:1] in "[{" or not shown.isascii():
        try:
            return _numbers(OmegaConf.to_container(OmegaConf.create(f"[{shown}]")))[0]
        except UNREADABLE:
            pass
    problem = "cannot be read"
    if "=" in shown and shown[:1] not in "[{":
        problem = "more than one '='"
    elif shown.count('"') % 2 or shown.count("'") % 2:
        problem = "a quote is not closed"
    elif any(shown.count(pair[0]) != shown.count(pair[1]) for pair in ("[]", "{}", "()")):
        problem = "a bracket is not closed"
    raise ConfigError(
        f"{key} = {shown}: {problem}; allowed: a number, a word, text in quotes, [a, b] or "
        "{key: value}"
    )


def _numbers(value: Any) -> Any:
    """The value with ``.inf``, as the configs write it, read as a number."""
    if isinstance(value, dict):
        return {str(key): _numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    return NUMBERS.get(value, value) if isinstance(value, str) else value


# --- choosing options of groups -----------------------------------------------------


@lru_cache(maxsize=8)
def _options(folder: Path) -> dict[str, list[str]]:
    """Options of our groups, a user's own among them."""
    own = groups(folder)
    return {name: sorted({*ours, *own.get(name, [])}) for name, ours in groups().items()}


def chooses(word: Word, config_dir: Path | None = None) -> bool:
    """Whether a word chooses an option of a group; if it does, it must be a legal one."""
    known = _options(config_dir.resolve() if config_dir else _folder.get())
    if word.key not in known:
        if "/" in word.key:
            raise word.wrong(f"no such group; allowed: {', '.join(known)}")
        return False
    allowed = f"allowed: {', '.join(known[word.key])}"
    if word.sign:
        raise ConfigError(
            f"{word.text}: a group, chosen without {word.sign}: {word.key}=OPTION; {allowed}"
        )
    if isinstance(word.value, list):
        raise word.wrong(f"a list; {allowed} (one of them)")
    if word.value not in known[word.key]:
        raise word.wrong(f"no such option; {allowed}{_closest(word.value, known[word.key])}")
    return True


@lru_cache(maxsize=256)
def _compose(choices: tuple[tuple[str, str], ...], folder: Path) -> dict[str, Any]:
    """Let Hydra compose the groups; the mapping is shared, do not change it in place."""
    words = [f"{key}={option}" for key, option in choices]
    try:
        config = compose("config", overrides=words)
        plain = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except UNREADABLE as error:
        files = [folder / group / f"{option}.yaml" for group, option in choices]
        names = [str(path) for path in files if path.is_file()] or [str(folder)]
        raise ConfigError(f"{', '.join(names)}: {_gist(error)}") from None
    return cast("dict[str, Any]", plain)


def _gist(error: Exception) -> str:
    """What is wrong in a config file, which only a user's own can cause."""
    if isinstance(error, UnicodeDecodeError | yaml.reader.ReaderError):
        return "not text; allowed: YAML in UTF-8"
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"line {error.problem_mark.line + 1}: {error.problem}; allowed: YAML"
    if found := MISSING.search(str(error)):
        return f"no {found[1]}; allowed: {', '.join(found[2].split())}"
    return str(error).partition("Config search path")[0]


# --- laying values over a mapping ---------------------------------------------------


def lay(mapping: dict[str, Any], word: Word) -> dict[str, Any]:
    """Lay one value over a resolved mapping; what lies beside it is shared, not copied."""
    laid: dict[str, Any] = dict(mapping)
    node: Any = laid
    *path, last = word.key.split(".")
    for depth, part in enumerate(path):
        at = _index(node, part, word, ".".join(path[:depth]))
        inner = node[at]
        if isinstance(inner, dict | list):
            node[at] = inner = inner.copy()
        node = inner
    where = ".".join(path)
    if word.sign == "+" and isinstance(node, dict) and last in node:
        raise word.wrong(f"is there already; allowed: {word.key}=... without +")
    if "+" in word.sign and path and isinstance(node, dict):
        node[last] = word.value
        return laid
    at = _index(node, last, word, where)
    if word.sign == "~":
        _take_out(node, at, word, where)
        return laid
    _check_kind(node[at], word)
    node[at] = word.value
    return laid


def _index(node: Any, part: str, word: Word, where: str) -> Any:
    """The key or place of ``part`` in a node."""
    if isinstance(node, dict) and part in node:
        return part
    if isinstance(node, list) and part.isdecimal() and int(part) < len(node):
        return int(part)
    at = f" at {where}" if where else ""
    if isinstance(node, list):
        raise word.wrong(f"no item {part!r}{at}; allowed: 0..{len(node) - 1}")
    if not isinstance(node, dict):
        raise word.wrong(f"no such key; {where} is a value without keys; allowed: {where}=...")
    names = [str(name) for name in node]
    adds = f", or +{word.key}=... to add one" if GROWING.fullmatch(where) else ""
    known = ", ".join(names) or "nothing"
    raise word.wrong(f"no such key; allowed{at}: {known}{adds}{_closest(part, names)}")


def _take_out(node: Any, at: Any, word: Word, where: str) -> None:
    if not GROWING.fullmatch(where):
        raise ConfigError(f"{word.text}: cannot be left out; allowed: {word.key}=...")
    del node[at]


def _check_kind(old: Any, word: Word) -> None:
    """Refuse one word for a whole group: it is chosen with a slash, or set key by key."""
    group = word.key.replace(".", "/")
    if group not in groups() or isinstance(word.value, dict):
        return
    keys = ", ".join(f".{name}" for name in old)
    options = ", ".join(_options(_folder.get())[group])
    raise word.wrong(f"a group; allowed: {group}=OPTION ({options}), or {word.key} with {keys}")


def _closest(name: Any, known: list[str]) -> str:
    """A hint where one of the known names looks meant."""
    found = difflib.get_close_matches(str(name), known, n=1)
    return f"; closest: {found[0]}" if found else ""
