"""Words on figures: names of parameters with their units, and lines that fit, in any script."""

import re
import unicodedata
from collections.abc import Mapping
from itertools import pairwise

from sim.figures.style import shown, unit_label
from sim.metrics import METRICS
from sim.words import Lang, catalogue, say, term

UNITS = ("min", "m", "per_day", "share", "days")
OPENING, CLOSING = "（([《“", " ，。、）：；)]》”"  # end no line, begin no line
SUFFIX = re.compile(rf"(?:^|_)({'|'.join(UNITS)})$")
FILLED: dict[Lang, float] = {"en": 1.0, "zh": 1.15}
Labels = Mapping[str, str] | None


def parameter_label(lang: Lang, key: str, labels: Labels = None) -> str:
    """What names a parameter, with its unit: the catalogue's words, those given, or its key.

    The unit is that of the words given, the catalogue's, or that of the key's suffix (``_min``,
    ``_m``, ``_per_day``, ``_share``, ``_days``), else ``value``.
    """
    given = labels[key] if labels and key in labels else ""
    entry = catalogue().get(f"terms.quantity.{key}")
    names = key.replace("/", ".").split(".")
    found = SUFFIX.search(names[-1])
    names[-1] = SUFFIX.sub("", names[-1])
    unit = found[1] if found else "value"
    if entry is not None:
        words, unit = getattr(entry, lang), entry.unit or unit
    else:
        words = bare(given) or shown(" ".join(name for name in names[-3:] if name))
    if given:
        unit = given[len(bare(given)) + 2 : -1]
    return f"{words} [{term(lang, 'unit', unit)}]" if unit else words


def bare(label: str) -> str:
    """A label without the unit in brackets at its end."""
    return re.sub(r" \[[^][]*\]$", "", label)


def part_label(lang: Lang, part: str, labels: Labels = None) -> str:
    """What names a part, an arm or a role: the words given, the catalogue's, or its own name."""
    if labels and part in labels:
        return labels[part]
    keys = (f"terms.{kind}.{part}" for kind in ("lever", "arm", "role"))
    return next((say(lang, key) for key in keys if key in catalogue()), shown(part))


def difference_label(lang: Lang, metric: str) -> str:
    """The axis of a difference: which way is which, around the unit."""
    unit = METRICS[metric].unit
    way = f"figures.style.way.{unit}"
    way = way if f"{way}.low" in catalogue() else "figures.style.way.other"
    low, high = (say(lang, f"{way}.{end}") for end in ("low", "high"))
    middle = unit_label(lang, metric)
    return f"{low} \N{LEFTWARDS ARROW} [{middle}] \N{RIGHTWARDS ARROW} {high}"


def columns_of(text: str) -> int:
    """Width of a text in narrow letters; a Chinese character is two wide."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def fold(text: str, width: int, lang: Lang = "en") -> str:
    """Text on lines of at most ``width`` narrow letters; Chinese breaks between any two signs.

    Numbers stay with their units, and what stands in brackets on one line; a word longer than a
    line is cut. In Chinese lines hold more, as a sign is narrower than two letters.
    """
    width = int(width * FILLED[lang])
    whole = re.sub(r"(?<=\d) (?=[%hd]|min)|(?<=\[)[^]]*(?=\])", _unbroken, text)
    lines = [""]
    for word in _words(whole):
        if columns_of(lines[-1] + word.rstrip(" ")) > width and lines[-1]:
            lines.append("")
        lines[-1] += word
        while columns_of(lines[-1].rstrip(" ")) > width:
            kept = _fitting(lines[-1], width)
            lines[-1:] = [kept, lines[-1][len(kept) :]]
    return "\n".join(line.strip(" ") for line in lines)


def _unbroken(found: re.Match[str]) -> str:
    return found[0].replace(" ", "\N{NO-BREAK SPACE}")


def _words(text: str) -> list[str]:
    """Pieces between which a line may end, each with the spaces after it."""
    places, inside = [0], False
    for place, (one, other) in enumerate(pairwise(text), start=1):
        wide = columns_of(one) == 2 or columns_of(other) == 2
        inside = (one not in "）]") and (inside or one in "（[")
        free = one not in OPENING and other not in CLOSING and not inside
        if (one == " " and other != " ") or (wide and free):
            places.append(place)
    return [text[start:end] for start, end in pairwise([*places, len(text)])]


def _fitting(text: str, width: int) -> str:
    """The beginning of a text that fits on a line, at least one sign."""
    kept = text[:1]
    while len(kept) < len(text) and columns_of(kept + text[len(kept)]) <= width:
        kept = text[: len(kept) + 1]
    return kept
