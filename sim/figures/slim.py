"""A drawing in fewer bytes: what no eye can see is left out of an SVG file.

matplotlib writes places to a millionth of a point, one by one from the corner of the sheet, a
letter on a field of 6,400 by 6,400, and a dotted hatch as 600 circles of eight curves each, 250
kB. Here a place is told from the one before it and to a hundredth of a point (4 micrometres), a
letter to an eight-hundredth of its height, a bend flatter than a twentieth of a point is straight,
and a dot is a stroke without length and with round ends.
"""

import re

import numpy as np
from matplotlib.path import Path
from numpy.typing import NDArray

PLACES = 2  # decimals of a point
FLAT = 0.05  # pt
COARSE = 8  # of a letter's own steps
STEP = 0.015625  # matplotlib's scale of a letter
LETTER = re.compile(rf'(<path id="[^"]*" d=")([^"]*)(" transform="scale\(){STEP}(?=\))')
LINE = re.compile(r'(<path (?:id="[^"]*" )?d=")([^"]*)("(?! transform))')
PLACE = re.compile(r'(?<=translate\()[^)]*|(?<= [xy]=")[^"]*')
DECIMALS = re.compile(r"-?\d+\.\d+")
CURVE = re.compile(r"M [-\d. ]+\n(?:L [-\d. ]+\n){20,}(z\n)?")  # shorter ones are not worth it
PART = re.compile(r"([MLQCzh])([^MLQCzh]*)")
USED = re.compile(r'<use xlink:href="#([\w-]+)" transform="translate\(([\d.]+) 0\)"/>')
FONT = re.compile(r'(?<=["#])[A-Z][A-Za-z]+(?:-[A-Z]\w+)?(?=-[0-9a-f]+")')
PATTERN = re.compile(r"<pattern.*?</pattern>", re.DOTALL)
DOT = re.compile(r"M [^MLz]*C [^MLz]*z\s*")
WEIGHT = re.compile(r"stroke-width: ([\d.]+); stroke-linecap: butt")


def slim(svg: str) -> str:
    """The same picture, written shorter."""
    svg = PATTERN.sub(lambda found: _dotted(found[0]), svg)
    svg = LINE.sub(lambda found: found[1] + _told(_straightened(found[2])) + found[3], svg)
    svg = LETTER.sub(
        lambda found: f"{found[1]}{_told(found[2], 1 / COARSE, 0)}{found[3]}{STEP * COARSE}", svg
    )
    svg = PLACE.sub(lambda found: DECIMALS.sub(_shorter, found[0]), svg)
    svg = USED.sub(r'<use xlink:href="#\1" x="\2"/>', svg)  # where each letter of a word stands
    svg = FONT.sub(lambda found: "".join(re.findall("[A-Z]", found[0])), svg)
    return re.sub(r"\n\s+", "\n", svg)


def _shorter(found: re.Match[str]) -> str:
    return _written(round(float(found[0]) * 10**PLACES), PLACES)


def _written(number: int, places: int) -> str:
    """A whole number of the last decimal place."""
    if not places:
        return str(number)
    text = f"{abs(number) / 10**places:.{places}f}".rstrip("0").rstrip(".")
    return ("-" if number < 0 else "") + (text.removeprefix("0") or "0")


def _told(path: str, scale: float = 1.0, places: int = PLACES) -> str:
    """A path whose points are told from the point before; rounding does not add up."""
    parts, here = [], np.zeros(2, dtype=np.int64)
    for command, numbers in PART.findall(path):
        points = _points(numbers) * scale * 10**places
        whole = np.rint(points).astype(np.int64)
        if command in ("z", "h"):
            parts.append(command + numbers.strip())
        elif command == "M":
            parts.append("M" + _joined(whole, places))
        else:
            parts.append(command.lower() + _joined(whole - here, places))
        here = whole[-1] if len(whole) else here
    return "".join(parts)


def _joined(whole: NDArray[np.int64], places: int) -> str:
    """Numbers with a space between them where a minus does not do."""
    words = [_written(number, places) for number in whole.ravel().tolist()]
    return words[0] + "".join(word if word.startswith("-") else f" {word}" for word in words[1:])


def _points(text: str) -> NDArray[np.float64]:
    """The places in a text, a row each."""
    numbers = [float(word) for word in text.split() if word not in ("M", "L", "C", "z")]
    return np.reshape(np.array(numbers), (-1, 2)) if len(numbers) > 1 else np.empty((0, 2))


def _straightened(path: str) -> str:
    """A curve without the points that lie on a straight line between others."""
    found = CURVE.fullmatch(path)
    if found is None:
        return path
    whole = Path(_points(path))
    whole.simplify_threshold = FLAT
    kept = whole.cleaned(simplify=True)
    places = np.asarray(kept.vertices)[np.asarray(kept.codes) != Path.STOP]
    first, *others = (f"{x:f} {y:f} \n" for x, y in places.tolist())
    return "".join([f"M {first}", *(f"L {other}" for other in others), found[1] or ""])


def _dotted(pattern: str) -> str:
    """A hatch of filled circles as one of dots; any other as it is."""
    found = DOT.search(pattern)
    if found is None:
        return pattern
    across = float(np.ptp(_points(found[0])[:, 0]))
    dots = DOT.sub(lambda dot: _stroke(_points(dot[0])), pattern)
    return WEIGHT.sub(
        lambda weight: f"stroke-width: {across + float(weight[1]):.2g}; stroke-linecap: round", dots
    )


def _stroke(outline: NDArray[np.float64]) -> str:
    """A stroke without length in the middle of a circle."""
    x, y = (outline.min(axis=0) + outline.max(axis=0)) / 2
    return f"M {x} {y}h0"
