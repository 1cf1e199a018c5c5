"""Letters of a figure in fewer bytes: most of an SVG file is outlines of letters.

Matplotlib writes the outline of each once, with thousands of units to its height and places from a
common origin, and 80 bytes wherever it stands. Here 800 units make a letter, every place is counted
from the one before, and a letter stands where it does in 35 bytes.
"""

import re
from collections.abc import Iterator

GLYPH = re.compile(
    r'<path id="([\w-]+-[0-9a-f]+)" d="([^"]*)" transform="scale\(0\.015625\)"\s*/>', re.DOTALL
)
LETTER = re.compile(
    r'<use xlink:href="#([\w-]+-[0-9a-f]+)"(?: transform="translate\(([^ )]+) 0\)")?/>'
)
STEP = re.compile(r"([MLQCz])([^MLQCz]*)")
COARSE = 8  # units of an outline that become one


def shorten_letters(svg: str) -> str:
    """The same letters, written shorter, and lines that begin at their beginning."""
    svg = GLYPH.sub(_outline, svg)
    svg = LETTER.sub(_place, svg)
    return re.sub(r"\n\s+", "\n", svg)


def _place(found: re.Match[str]) -> str:
    at = f' x="{float(found[2]):.1f}"' if found[2] else ""
    return f'<use xlink:href="#{_name(found[1])}"{at}/>'


def _name(glyph: str) -> str:
    """The name of a glyph, the same in every figure: capitals of its font, and its number."""
    font, sign = glyph.rsplit("-", 1)
    return f"{''.join(re.findall('[A-Z]', font))}{sign}"


def _outline(found: re.Match[str]) -> str:
    steps = "".join(_steps(found[2])).replace(" -", "-")
    return f'<path id="{_name(found[1])}" d="{steps}" transform="scale({COARSE / 64:g})"/>'


def _steps(outline: str) -> Iterator[str]:
    """An outline on a coarser grid, every place counted from the one before."""
    x = y = 0
    start = (0, 0)
    for command, words in STEP.findall(outline):
        if command == "z":
            x, y = start
            yield "z"
            continue
        numbers = [round(float(word) / COARSE) for word in words.split()]
        moved = [value - (y if at % 2 else x) for at, value in enumerate(numbers)]
        x, y = numbers[-2:]
        if command == "M":
            start = (x, y)
        yield command.lower() + " ".join(map(str, moved))
