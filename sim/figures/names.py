"""What names from configs are called: of quantities, parts, worlds, claims.

A name may hold numbers, which the catalogue writes as ``#``, and several names with commas
between them, each of which is looked up by itself. What the catalogue does not know is shown as
it is written.
"""

import re
from collections.abc import Iterable

import pandas as pd

from sim.figures.style import Facts, listed, percent, shown, verdict_words
from sim.words import Lang, catalogue, say

NUMBER = re.compile(r"(?<![\w.])(?:\d+(?:[.,]\d+)*|\.\d+)(?![\w])")


def named(lang: Lang, kind: str, name: str) -> str:
    """What something of a kind is called.

    Parameters
    ----------
    kind : a group of ``terms.yaml``

    Examples
    --------
    >>> named("en", "world", "demand x 2.5, background .30")
    'demand × 2.5, background tasks take 0.30'
    """
    found = _known(lang, kind, name)
    if found is not None:
        return found
    pieces = [_known(lang, kind, piece) for piece in name.split(", ")]
    told = [piece for piece in pieces if piece is not None]
    return listed(lang, told) if len(told) == len(pieces) > 1 else shown(name)


def _known(lang: Lang, kind: str, name: str) -> str | None:
    """The catalogue's words for a name, with its numbers in them."""
    if f"terms.{kind}.{name}" in catalogue():
        return say(lang, f"terms.{kind}.{name}")
    key = f"terms.{kind}.{NUMBER.sub('#', name)}"
    if key not in catalogue():
        return None
    numbers = (f"0{each}" if each.startswith(".") else each for each in NUMBER.findall(name))
    return re.sub("#", lambda _: next(numbers), say(lang, key))


def told(facts: Facts, key: str, **fields: object) -> str:
    """The words of a key of ``studies.yaml`` in the language of a figure."""
    return say(facts.lang, f"studies.{key}", **fields)


def counts(facts: Facts, numbers: Iterable[int]) -> str:
    """Numbers of replications: one, or the least to the most."""
    ends = sorted({min(values := list(numbers)), max(values)})
    return told(facts, "say.to").join(str(end) for end in ends)


def shares_told(facts: Facts, verdicts: pd.Series) -> str:
    """The share of each verdict that occurs."""
    shares = verdicts.value_counts(normalize=True, sort=False)
    return listed(
        facts.lang,
        (
            told(
                facts,
                "say.verdict_at",
                verdict=verdict_words(facts.lang, str(verdict)),
                share=percent(facts.lang, float(share)),
            )
            for verdict, share in shares.items()
        ),
    )
