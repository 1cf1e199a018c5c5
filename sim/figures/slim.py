"""A drawing in fewer bytes: what no eye can see is left out of an SVG file.

matplotlib writes places to a millionth of a point, and a dotted hatch as 600 circles of eight
curves each: 250 kB. Here places end at a hundredth of a point (4 micrometres), a bend of a curve
that is flatter than a twentieth of a point is straight, and a dot is a stroke without length and
with round ends. Files are a half to two thirds smaller.
"""

import re

import numpy as np
from matplotlib.path import Path
from numpy.typing import NDArray

PLACES = 2  # decimals of a point
FLAT = 0.05  # pt
PATH = re.compile(r'(?<= d=")[^"]*')
PLACE = re.compile(r'(?<=translate\()[^)]*|(?<= [xy]=")[^"]*|(?<= points=")[^"]*')
CURVE = re.compile(r"M [-\d. ]+\n(?:L [-\d. ]+\n){20,}(z\n)?")  # shorter ones are not worth it
LETTER = re.compile(r'<path id="[^"]*-[0-9a-f]+" d="[^"]*"')
DECIMALS = re.compile(r"-?\d+\.\d+")
PATTERN = re.compile(r"<pattern.*?</pattern>", re.DOTALL)
DOT = re.compile(r"M [^MLz]*C [^MLz]*z\s*")
WEIGHT = re.compile(r"stroke-width: ([\d.]+); stroke-linecap: butt")


def slim(svg: str) -> str:
    """The same picture, written shorter."""
    svg = PATTERN.sub(lambda found: _dotted(found[0]), svg)
    svg = LETTER.sub(lambda found: _rounded(found[0], 0), svg)
    svg = PATH.sub(lambda found: _rounded(_straightened(found[0]), PLACES), svg)
    return PLACE.sub(lambda found: _rounded(found[0], PLACES), svg)


def _rounded(text: str, places: int) -> str:
    """A text whose numbers have no more than so many decimals, and no zeros at their end."""

    def shorter(found: re.Match[str]) -> str:
        number = f"{float(found[0]):.{places}f}"
        number = number.rstrip("0").rstrip(".") if places else number
        return "0" if number in ("-0", "") else number

    return DECIMALS.sub(shorter, text)


def _straightened(path: str) -> str:
    """A curve without the points that lie on a straight line between others."""
    found = CURVE.fullmatch(path)
    if found is None:
        return path
    whole = Path(_corners(path))
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
    across = float(np.ptp(_corners(found[0])[:, 0]))
    dots = DOT.sub(lambda dot: _stroke(_corners(dot[0])), pattern)
    return WEIGHT.sub(
        lambda weight: f"stroke-width: {across + float(weight[1]):.2g}; stroke-linecap: round", dots
    )


def _stroke(corners: NDArray[np.float64]) -> str:
    """A stroke without length in the middle of a circle."""
    x, y = (corners.min(axis=0) + corners.max(axis=0)) / 2
    return f"M {x} {y}h0"


def _corners(path: str) -> NDArray[np.float64]:
    """The points of an outline; those of a circle have its outermost among them."""
    numbers = [float(word) for word in path.split() if word not in ("M", "L", "C", "z")]
    return np.reshape(np.array(numbers), (-1, 2))
