"""The tables of ``sim/ODD.md``, made from the code and the configs.

``python -m experiments.odd`` rewrites every region ``<!-- table: NAME -->`` to ``<!-- end -->``
in place; what lies between is never written by hand. A new table is a line in :func:`tables`
and a region of its name. Words that the code does not hold are in :mod:`experiments.odd_words`.
"""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from experiments import odd_cases, odd_engine
from experiments.odd_text import OddError

ODD = Path(__file__).parents[1] / "sim" / "ODD.md"
REGION = re.compile(r"(<!-- table: (?P<name>[^>]+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def tables() -> dict[str, Callable[[], str]]:
    """Every table by the name of its region."""
    made: dict[str, Callable[[], str]] = {
        "members": odd_engine.members,
        "events": odd_engine.events,
        "kernels": odd_engine.kernels,
        "purposes": odd_engine.purposes,
        "metrics": odd_engine.metrics,
        "profiles": odd_cases.profiles,
        "parameters": odd_cases.parameters,
        "grades": odd_cases.grades,
        "arms": odd_cases.arms,
        "options": odd_cases.options,
    }
    names = odd_engine.dtypes()
    return made | {f"state {name}": partial(odd_engine.variables, name) for name in names}


def rewritten(text: str) -> str:
    """The text with every table made anew.

    Raises
    ------
    OddError
        A region of no table, or something in the model that has no words.
    """
    known = tables()

    def fill(found: re.Match[str]) -> str:
        if found["name"] not in known:
            raise OddError(f"no table {found['name']!r}; allowed: {', '.join(known)}")
        return f"{found[1]}\n{known[found['name']]()}\n\n{found[3]}"

    return REGION.sub(fill, text)


def main() -> None:
    """Rewrite the tables of the protocol in place."""
    text = ODD.read_text(encoding="utf-8")
    if (made := rewritten(text)) != text:
        ODD.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main()
