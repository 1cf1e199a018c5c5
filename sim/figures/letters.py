"""Letters of an SVG in a third of the bytes, drawn the same to the eye.

Text is written as outlines, so that it looks the same where the font is missing, and a Chinese
character has a hundred points on a raster far finer than any print: 330 kB in a figure that names
29 communities. Here points lie on a coarser one, 0.012 mm in a label, and are told from the one
before; names of letters are short, and groups that hold nothing are left out.
"""

import re

FINE, COARSE, STEP = "scale(0.015625)", "scale(.5)", 32
OUTLINE = re.compile(rf'(<path id="[^"]+" d=")(M [^"]*)(" transform="){re.escape(FINE)}')
COMMAND = re.compile(r"([MLQC]) ([-\d ]+)|(z)")
WHOLE = re.compile(r"[MLQCz\d\s-]*")
NAMES = {"NotoSansSC-Regular-": "n-", "DejaVuSans-Bold-": "b-", "DejaVuSans-": "d-"}
SHIFT = r'(<use xlink:href="#[a-z]-\w+") transform="translate\((-?\d+)(\.\d\d)?\d* 0\)"'
SHORTER = {
    SHIFT: r'\1 x="\2\3"',
    r"\n +": "\n",
    r'\n<g id="\w+"/>': "",
    r"<defs>\n</defs>\n": "",
}


def shorten_letters(svg: str) -> str:
    """The same drawing; outlines that are not in whole numbers stay as they are."""
    svg = OUTLINE.sub(_coarser, svg)
    for name, short in NAMES.items():
        svg = svg.replace(f'="{name}', f'="{short}').replace(f"#{name}", f"#{short}")
    for pattern, short in SHORTER.items():
        svg = re.sub(pattern, short, svg)
    return svg


def _coarser(found: re.Match[str]) -> str:
    """An outline on the coarser raster."""
    if not WHOLE.fullmatch(found[2]):
        return found[0]
    return found[1] + _relative(found[2]) + found[3] + COARSE


def _relative(outline: str) -> str:
    """An outline whose points are told from the one before."""
    parts, x, y, start = [], 0, 0, (0, 0)
    for letter, numbers, close in COMMAND.findall(outline):
        if close:
            parts.append("z")
            x, y = start
            continue
        points = [round(int(number) / STEP) for number in numbers.split()]
        steps = [value - (y if place % 2 else x) for place, value in enumerate(points)]
        x, y = points[-2:]
        start = (x, y) if letter == "M" else start
        parts.append(_step(letter.lower(), steps))
    return "".join(parts)


def _step(letter: str, steps: list[int]) -> str:
    """One step of an outline; a bend of half a point of the raster is a straight line."""
    if letter == "q" and max(abs(2 * steps[0] - steps[2]), abs(2 * steps[1] - steps[3])) <= 2:
        return _step("l", steps[2:])
    if letter == "l" and 0 in steps:
        across = steps[1] == 0
        return f"{'h' if across else 'v'}{steps[0 if across else 1]}"
    return letter + " ".join(map(str, steps)).replace(" -", "-")
