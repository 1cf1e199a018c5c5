"""From sections to one file: template, font, policy, and how large it may be."""

import base64
import hashlib
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from sim.report.blocks import Block, Picture, Ready, Section, Words
from sim.report.contrasts import MARKS
from sim.report.page import sections
from sim.report.saved import MANIFEST, Saved
from sim.report.voice import Voice
from sim.words import LANGS, Lang
from sim.words.font import font_part, font_path

TEMPLATE = Path(__file__).parent / "template"
TAGS: dict[Lang, str] = {"en": "en", "zh": "zh-CN"}
RANGES: dict[Lang, str] = {  # signs taken from the font that comes along
    "en": "U+0-B0,U+B2-B6,U+B8-2012,U+2190-2FFF,U+3000-FFFF",  # quotes and dots are wide in it
    "zh": "U+0-FFFF",
}
MOST = 2_850_000  # bytes of a page; 3 MB with what a printer or mail adds
SCRIPT = re.compile(r"<script(?![^>]*\btype=\"application/json\")[^>]*>(.*?)</script>", re.DOTALL)


class Drafted(NamedTuple):
    """A page without its font."""

    lang: Lang
    text: str


def file_of(folder: Path, lang: Lang) -> Path:
    """Where the page of a study lies."""
    return folder / f"report_{lang}.html"


def pages_of(folder: Path, langs: Iterable[Lang]) -> list[Path]:
    """The pages of a study in these languages; none if one is missing or older than its results."""
    paths = [file_of(folder, lang) for lang in langs]
    made = (folder / MANIFEST).stat().st_mtime
    whole = all(path.is_file() and path.stat().st_mtime >= made for path in paths)
    return paths if whole else []


def languages(asked: Iterable[Lang] = LANGS) -> tuple[list[Lang], str]:
    """The languages that can be written, and one line if that is not what was asked.

    Chinese needs the font: without it there would be boxes on machines that have none either.
    """
    wanted = list(asked)
    if "zh" not in wanted or font_path() is not None:
        return wanted, ""
    return ["en"], (
        "no Chinese font (package zhplot is not installed): the page is written in English"
    )


def write_pages(saved: Saved, langs: Iterable[Lang]) -> list[Path]:
    """Write the page in each language into the study's folder; returns the files."""
    asked = list(langs)
    drafts = [_draft(saved, lang, asked) for lang in asked]
    glyphs = font_part(text for _, text in drafts)
    paths = []
    for lang, text in drafts:
        path = file_of(saved.folder, lang)
        draft = path.with_name(f".{path.name}.part")
        draft.write_text(
            text.replace("/*FONT*/", _face(glyphs, lang), 1), encoding="utf-8", newline="\n"
        )
        draft.replace(path)
        paths.append(path)
    return paths


def _draft(saved: Saved, lang: Lang, langs: list[Lang]) -> Drafted:
    voice = Voice(lang)
    made = fitted(sections(voice, saved), voice)
    others = [other for other in langs if other != lang]
    script = _file("page.js")
    text = _template().render(
        voice=voice,
        tag=TAGS[lang],
        title=_first_large(
            voice.say("title", focus=voice.arm(saved.focus), baseline=voice.arm(saved.baseline))
        ),
        subtitle=voice.say(
            "subtitle",
            kind=voice.say(f"kind.{saved.kind}"),
            name=voice.name("study_name", saved.name),
            n=saved.replications,
            digest=saved.digest[:12],
        ),
        other={"file": file_of(saved.folder, others[0]).name, "tag": TAGS[others[0]]}
        if others
        else None,
        sections=made,
        marks=MARKS,
        style=Markup("/*FONT*/\n" + _file("page.css")),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        policy=policy_of([script, *_scripts(made)]),
    )
    return Drafted(lang, text)


def _first_large(text: str) -> str:
    return text[:1].upper() + text[1:]


@cache
def _template() -> Template:
    env = Environment(
        loader=FileSystemLoader(TEMPLATE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return env.get_template("page.html.j2")


def _file(name: str) -> str:
    return (TEMPLATE / name).read_text(encoding="utf-8")


def _scripts(made: Iterable[Section]) -> list[str]:
    """The scripts that blocks bring along."""
    ready = (block for section in made for block in section.blocks if isinstance(block, Ready))
    return [script for block in ready for script in SCRIPT.findall(str(block.markup))]


def policy_of(scripts: Iterable[str]) -> str:
    """A content policy: nothing from outside, and of scripts only these.

    Parameters
    ----------
    scripts : what stands between the tags of each
    """
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    allowed = " ".join(f"'sha256-{base64.b64encode(each).decode()}'" for each in digests)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; font-src data:; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _face(glyphs: tuple[str, bytes] | None, lang: Lang) -> str:
    """The style that brings glyphs along; empty where the font is missing."""
    if glyphs is None:
        return ""
    kind, file = glyphs
    content = base64.b64encode(file).decode()
    source = f"url(data:font/{kind};base64,{content}) format('{kind}')"
    return f'@font-face{{font-family:"OneGrid Sans";src:{source};unicode-range:{RANGES[lang]}}}'


def fitted(made: list[Section], voice: Voice, most: int = MOST) -> list[Section]:
    """The sections with so many figures as fit: the largest are left out first, and named."""
    pictures = [block for section in made for block in section.blocks if isinstance(block, Picture)]
    spare = most - 700_000  # tables, font and words
    spare -= sum(
        len(str(block.markup).encode())
        for section in made
        for block in section.blocks
        if isinstance(block, Ready)
    )
    dropped: set[int] = set()
    for one in sorted(pictures, key=lambda each: -each.size):
        if sum(each.size for each in pictures if id(each) not in dropped) <= spare:
            break
        dropped.add(id(one))

    def kept(block: Block) -> Block:
        if isinstance(block, Picture) and id(block) in dropped:
            return Words(voice.say("left_out", file=block.file), "note")
        return block

    return [
        Section(section.key, section.title, [kept(block) for block in section.blocks])
        for section in made
    ]
