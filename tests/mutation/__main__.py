"""Break the engine in every named way and say which test caught it."""

import argparse
import csv
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.mutation import MutationError, Verdict, check
from tests.mutation.mutants import MUTANTS


def main(words: list[str] | None = None) -> int:
    """Try the mutants named, or all; 1 if any survived."""
    by_name = {mutant.name: mutant for mutant in MUTANTS}
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(by_name))
    parser.add_argument("--table", type=Path, metavar="FILE", help="write the verdicts as CSV")
    given = parser.parse_args(words)
    strangers = [name for name in given.names if name not in by_name]
    if strangers:
        parser.error(f"no mutant {strangers[0]!r}; allowed: {', '.join(by_name)}")
    chosen = [by_name[name] for name in given.names] or list(MUTANTS)
    verdicts = []
    try:
        for verdict in check(chosen):
            said = f"caught by {verdict.caught_by}" if verdict.caught_by else "SURVIVED"
            print(f"{verdict.mutant.name}: {said}", flush=True)  # noqa: T201
            verdicts.append(verdict)
    except MutationError as error:
        sys.exit(str(error))
    if given.table:
        write(given.table, verdicts)
    caught = sum(bool(verdict.caught_by) for verdict in verdicts)
    print(f"{caught} of {len(verdicts)} caught")  # noqa: T201
    return int(caught < len(verdicts))


def write(path: Path, verdicts: Iterable[Verdict]) -> None:
    """One row per mutant: what is broken, where, which test says so, and how long it took."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["name", "file", "what", "caught_by", "seconds"])
        for item in verdicts:
            mutant = item.mutant
            caught_by = item.caught_by or "survived"
            rows.writerow(
                [mutant.name, mutant.file, mutant.words, caught_by, f"{item.seconds:.1f}"]
            )


if __name__ == "__main__":
    sys.exit(main())
