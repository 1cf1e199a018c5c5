"""A saved figure, made fit to stand in a page: small, named, and with ids of its own.

Only elements that draw are kept, so that a figure can bring neither script nor address.
"""

import hashlib
import re
from pathlib import Path
from xml.etree import ElementTree as ET

from markupsafe import Markup

from sim.report.blocks import Picture
from sim.words import Lang

SVG, XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"
DRAWS = {
    *("svg", "g", "defs", "path", "use", "clipPath", "rect", "circle", "ellipse", "line"),
    *("polygon", "polyline", "pattern", "linearGradient", "stop", "text", "tspan", "image"),
}
NARROW = 300  # pt · two such figures stand side by side
LONG = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")
INNER = re.compile(r"url\(#([^)]+)\)")


def picture(path: Path, lang: Lang, root: Path) -> Picture:
    """A figure with its caption, in a language where it has been drawn in it.

    Parameters
    ----------
    path : the English ``.svg``; the Chinese one is ``.zh.svg`` beside it
    root : the study's folder, from which the file is named
    """
    own = path.with_suffix(f".{lang}.svg")
    drawn = own if own.is_file() else path
    words = drawn.with_suffix(".txt")
    caption = words.read_text(encoding="utf-8").strip() if words.is_file() else ""
    file = path.relative_to(root).as_posix()
    prefix = "f" + hashlib.sha256(f"{root.parent.name}/{file}".encode()).hexdigest()[:5]
    first = re.split(r"(?<=[a-z]\.) |(?<=。)", caption, maxsplit=1)[0]
    svg = inline_svg(drawn.read_bytes(), prefix, first)
    width = re.search(r'width="([\d.]+)pt"', svg)
    return Picture(svg, caption, file, first, narrow=width is not None and float(width[1]) < NARROW)


def inline_svg(content: bytes, prefix: str, described: str) -> Markup:
    """An SVG as part of a page.

    Parameters
    ----------
    prefix : what makes its ids differ from those of any other figure
    described : what a screen reader says after the title
    """
    drawing = ET.fromstring(content)  # noqa: S314 - the parser bounds entities; see DRAWS
    title = drawing.findtext(f"{SVG}title") or prefix
    _keep_what_draws(drawing)
    own = {name: f"{prefix}-{place}" for place, name in enumerate(_inner_names(drawing))}
    for element in drawing.iter():
        _tidy(element, own)
    _merge_groups(drawing)
    drawing.attrib.pop("height", None)
    names = {"title": f"{prefix}-title", "desc": f"{prefix}-desc"}
    drawing.set("role", "img")
    drawing.set("aria-labelledby", names["title"])
    drawing.set("aria-describedby", names["desc"])
    for place, (tag, text) in enumerate({"title": title, "desc": described}.items()):
        said = ET.Element(f"{SVG}{tag}", {"id": names[tag]})
        said.text = text
        drawing.insert(place, said)
    text = ET.tostring(drawing, encoding="unicode", short_empty_elements=True)
    return Markup(re.sub(r"<(/?)ns\d+:", r"<\1", re.sub(r' xmlns:ns\d+="[^"]*"', "", text)))  # noqa: S704 - only what draws is left


def _keep_what_draws(element: ET.Element) -> None:
    for child in list(element):
        if not isinstance(child.tag, str) or child.tag.removeprefix(SVG) not in DRAWS:
            element.remove(child)
        else:
            _keep_what_draws(child)


def _inner_names(drawing: ET.Element) -> list[str]:
    """Ids that something in the drawing refers to."""
    found: list[str] = []
    for element in drawing.iter():
        for key, value in element.attrib.items():
            if key.removeprefix(XLINK) == "href" and value.startswith("#"):
                found.append(value[1:])
            found.extend(INNER.findall(value))
    return list(dict.fromkeys(found))


def _tidy(element: ET.Element, own: dict[str, str]) -> None:
    """Attributes that draw, with fewer digits and with ids of this figure alone."""
    for key, value in list(element.attrib.items()):
        name = key.removeprefix(XLINK)
        del element.attrib[key]
        if name.lower().startswith("on") or "}" in name or (name == "id" and value not in own):
            continue
        if name == "href" and not value.startswith(("#", "data:image/")):
            continue
        if name == "id":
            text = own[value]
        elif name == "href":
            text = f"#{own[value[1:]]}" if value.startswith("#") else value
        else:
            text = INNER.sub(lambda found: f"url(#{own[found[1]]})", value)
        element.set(name, _short(text, 2) if name in ("d", "points") else _shorter(name, text))
    element.text = element.text if element.tag in (f"{SVG}text", f"{SVG}tspan") else None
    element.tail = None


def _shorter(name: str, text: str) -> str:
    if name in ("x", "y", "x1", "x2", "y1", "y2", "width", "cx", "cy", "r"):
        return _short(text, 3)
    return text.replace(": ", ":").replace("; ", ";") if name == "style" else text


def _short(text: str, digits: int) -> str:
    """Numbers with few decimals and single spaces; 2 after the point are 4 micrometres."""
    rounded = LONG.sub(lambda found: _round(found[0], digits), text)
    return " ".join(rounded.split())


def _round(text: str, digits: int) -> str:
    return f"{float(text):.{digits}f}".rstrip("0").rstrip(".") or "0"


def _merge_groups(element: ET.Element) -> None:
    """Take out groups that say nothing."""
    for place in reversed(range(len(element))):
        child = element[place]
        _merge_groups(child)
        if child.tag == f"{SVG}g" and not child.attrib:
            element.remove(child)
            for inner in reversed(list(child)):
                element.insert(place, inner)
