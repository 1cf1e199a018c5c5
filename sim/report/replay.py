"""The replay in the page: a recorded run of two layouts, drawn by a script of its own.

:func:`replay_block` returns markup that needs nothing from outside: words and data as JSON, the
recording packed (deflate, base64), ``replay.css`` and ``replay.js``. Names from configs pass
through Jinja's escaping or stand in JSON in which ``<``, ``>`` and ``&`` are written as escapes.
"""

import base64
import json
import zlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from sim.record import PARTS
from sim.units import DAY
from sim.words import Lang, catalogue, say, term

FOLDER = Path(__file__).parent
FILE = "replay.json"


def replay_block(folder: Path, lang: Lang) -> Markup | None:
    """The replay of a study's results.

    Parameters
    ----------
    folder : of the results; ``replay.json`` in it is what :func:`sim.replay.write` wrote

    Returns
    -------
    HTML with its style and scripts, to be put into a page as it is; None if nothing was recorded.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    packed = path.read_bytes()
    replay = json.loads(packed)
    first, last = _ends(replay)
    html = _template().render(
        say=lambda key, **fields: say(lang, f"replay.{key}", **fields),
        arms=[term(lang, "arm", arm["name"]) for arm in replay["arms"]],
        first=_moment(lang, first),
        last=_moment(lang, last),
        length=round((last - first) * 60),
        words=_json(_words(lang, replay)),
        data=_json(base64.b64encode(zlib.compress(packed, 9)).decode()),
        style=_file("replay.css"),
        script=_file("replay.js"),
    )
    return Markup(html)  # noqa: S704 - rendered with escaping


def _ends(replay: dict[str, Any]) -> tuple[float, float]:
    start = float(replay["start_min"])
    return start, start + (replay["looks"] - 1) * float(replay["every_min"])


def _moment(lang: Lang, minute: float) -> str:
    day, rest = divmod(minute, DAY)
    time = f"{int(rest // 60):02d}:{int(rest % 60):02d}"
    return say(lang, "replay.moment", day=say(lang, f"replay.day.d{int(day) % 7}"), time=time)


def _words(lang: Lang, replay: dict[str, Any]) -> dict[str, Any]:
    """Everything the script says, and the names of what the recording counts by number."""
    ground, requests, arms = replay["ground"], replay["requests"], replay["arms"]
    said = {key.removeprefix("replay."): say(lang, key) for key in catalogue() if _is_ours(key)}
    finders = [_name(lang, "finder", name, "role") for name in requests["finders"]]
    return {
        "lang": lang,
        "say": said,
        "arms": [term(lang, "arm", arm["name"]) for arm in arms],
        "lines": [[_name(lang, "line", line["name"]) for line in arm["lines"]] for arm in arms],
        "roles": [
            [_name(lang, "role", role, "role") for role in arm["tracks"]["roles"]] for arm in arms
        ],
        "who": [
            [_name(lang, "who", role, "role") for role in arm["tracks"]["roles"]] for arm in arms
        ],
        "domains": [term(lang, "domain", name) for name in requests["domains"]],
        "urgencies": [term(lang, "urgency", name) for name in requests["urgencies"]],
        "parts": {name: say(lang, f"replay.part.{name}") for name in PARTS},
        "communities": ground["communities"],
        "areas": [_name(lang, "area", name) for name in ground["areas"]],
        "finders": finders,
    }


def _is_ours(key: str) -> bool:
    return key.startswith("replay.")


def _name(lang: Lang, group: str, name: str, otherwise: str = "name") -> str:
    """What something is called here; else as anywhere; else as the config has it."""
    key = f"replay.{group}.{name}"
    return say(lang, key) if key in catalogue() else term(lang, otherwise, name)


def _json(content: object) -> Markup:
    """JSON that may stand inside a script element."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 - nothing in it ends the element


@cache
def _template() -> Template:
    env = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return env.get_template("replay.html")


def _file(name: str) -> Markup:
    return Markup((FOLDER / name).read_text(encoding="utf-8"))  # noqa: S704 - our own file
