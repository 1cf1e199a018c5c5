"""``onegrid reproduce``: run the published studies again from nothing, and compare item by item.

Each study runs by the words of its published command in a folder of its own, with a ledger of its
own, and is compared in three tiers (:mod:`experiments.reproduce_tiers`). ``--quick`` does what fits
into three minutes on two cores: two replications of the comparison row by row with the events of
its arms, and the tables and figures of the Shapley and phase studies again from their published
runs. Times are of a machine and are not reproduced: the benchmark is left out.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

from experiments.compose import ConfigError
from experiments.folder import MANIFEST, read_manifest
from experiments.publish import chosen, listed, run_words
from experiments.reproduce_again import compare_again, compare_first, draw_again
from experiments.reproduce_tiers import EXACT, FLOATS, Item, compare_events, compare_folders, count
from experiments.verify import PUBLISHED, check

TIMED = "benchmark"  # a kind of study that measures a machine
QUICK_RUN, QUICK_REPLICATIONS = "compare/chibi", 2
QUICK_DRAWN = ("shapley/chibi", "phase/chibi")
LINES = "reproduce.log"


def options(parser: argparse.ArgumentParser) -> None:
    """What ``onegrid reproduce`` takes."""
    parser.add_argument("studies", nargs="*", metavar="KIND/NAME", help="default: all")
    parser.add_argument("--quick", action="store_true", help="a stated part, within three minutes")
    parser.add_argument("--log", type=Path, help="a file for the lines that are printed")
    parser.add_argument("--published", type=Path, default=PUBLISHED, help="what is reproduced")
    parser.add_argument(
        "--results", type=Path, help="where it runs and may go on; default: a temporary folder"
    )


def reproduce(arguments: argparse.Namespace) -> int:
    """Run again, compare and print a line per item; returns 0 where all pass, else 1.

    Raises
    ------
    ConfigError
        No such study, or nothing published.
    """
    published, begun = arguments.published, time.perf_counter()
    known = listed(published)
    if arguments.quick and arguments.studies:
        raise ConfigError("reproduce --quick: takes no studies; allowed: one of the two")
    studies = chosen(arguments.studies, list(known), "reproduce")
    with ExitStack() as stack:
        results = arguments.results or Path(stack.enter_context(TemporaryDirectory()))
        results.mkdir(parents=True, exist_ok=True)
        report = Report(_opened(arguments.log, stack))
        report.signed_off(published, studies)
        if arguments.quick:
            _quick(published, results, known, report)
        else:
            for study in studies:
                _whole(study, known[study], published, results, report)
        return report.end(time.perf_counter() - begun)


def _opened(log: Path | None, stack: ExitStack) -> TextIO | None:
    if log is None:
        return None
    try:
        return stack.enter_context(log.open("w", encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"--log = {log}: {error.strerror}; allowed: a file to write") from None


class Report:
    """The lines, and how many items passed.

    Parameters
    ----------
    log : a file for the same lines
    """

    def __init__(self, log: TextIO | None) -> None:
        self.log = log
        self.passed, self.items, self.studies = 0, 0, 0

    def say(self, line: str) -> None:
        """One line, now."""
        for out in (sys.stdout, self.log):
            if out is not None:
                out.write(f"{line}\n")
                out.flush()

    def signed_off(self, published: Path, studies: list[str]) -> None:
        """Whether what is to be reproduced is what was signed off."""
        for item in check(published):
            if item.study in (*studies, "."):
                self.show(
                    item.study,
                    [
                        Item(
                            EXACT,
                            "as signed off",
                            not item.problems,
                            where="; ".join(item.problems),
                        )
                    ],
                )

    def show(self, study: str, items: Iterable[Item]) -> tuple[int, int]:
        """A line per item; returns how many passed and how many there are."""
        items = list(items)
        for item in items:
            worst = "" if item.worst is None else f"  worst {item.worst:.1e}"
            where = f" ({item.where})" if item.where else ""
            result = "PASS" if item.passed else "FAIL"
            self.say(f"{result}  {study}  {item.tier}  {item.name}{worst}{where}")
        passed, total = count(items)
        self.passed, self.items = self.passed + passed, self.items + total
        return passed, total

    def study(self, study: str, items: Iterable[Item], seconds: float, what: str) -> None:
        """All items of a study, and its own line."""
        passed, total = self.show(study, items)
        self.studies += 1
        self.say(f"----  {study}  {passed} of {total} PASS, {seconds:.0f} s, {what}")

    def end(self, seconds: float) -> int:
        """The last line; returns the exit code."""
        result = "PASS" if self.passed == self.items else "FAIL"
        self.say(
            f"{result}: {self.passed} of {self.items} items of {self.studies} studies, "
            f"{seconds:.0f} s, {_cores()} cores, Python {sys.version.split()[0]}"
        )
        return 0 if result == "PASS" else 1


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _whole(study: str, words: list[str], published: Path, results: Path, report: Report) -> None:
    """One study from nothing."""
    if study.partition("/")[0] == TIMED:
        report.say(
            f"----  {study}  not reproduced: times are of a machine, onegrid verify checks them"
        )
        return
    begun = time.perf_counter()
    items, what = _run_again(study, words, published, results)
    report.study(study, items, time.perf_counter() - begun, what)


def _run_again(
    study: str, words: list[str], published: Path, results: Path
) -> tuple[list[Item], str]:
    folder = published / study
    if not (folder / MANIFEST).is_file():
        return [Item(EXACT, "published", passed=False, where=f"no {MANIFEST}")], "not run"
    command = read_manifest(folder)["command"]
    if command != ["onegrid", *words]:
        return [Item(EXACT, "command", passed=False, where=" ".join(command))], "not run"
    if problem := _run(study, words, results):
        return [Item(EXACT, "the command", passed=False, where=problem)], "not compared"
    processes = read_manifest(results / study).get("processes", 1)
    return compare_folders(folder, results / study), f"{processes} processes"


def _run(study: str, words: list[str], results: Path) -> str:
    """Run a study's command; returns what went wrong, or nothing."""
    lines = results / LINES
    code = run_words(words, results, lines)
    if code or not (results / study / MANIFEST).is_file():
        said = lines.read_text(encoding="utf-8").strip().splitlines() or [""]
        return f"ended with {code}: {said[-1]}"
    return ""


# --- within three minutes -----------------------------------------------------------------


def _quick(published: Path, results: Path, known: dict[str, list[str]], report: Report) -> None:
    begun = time.perf_counter()
    items = list(_first_replications(published, results, known))
    what = f"{QUICK_REPLICATIONS} replications run again"
    report.study(QUICK_RUN, items, time.perf_counter() - begun, what)
    for study in QUICK_DRAWN:
        begun, folder = time.perf_counter(), published / study
        with TemporaryDirectory() as draft:
            draw_again(folder, Path(draft))
            items = compare_again(folder, Path(draft))
        seconds = time.perf_counter() - begun
        report.study(study, items, seconds, "tables and figures from the published runs")


def _first_replications(
    published: Path, results: Path, known: dict[str, list[str]]
) -> Iterator[Item]:
    """Two replications of the comparison: every metric of every run, and the arms' events."""
    words = [*known[QUICK_RUN], f"study.replications={QUICK_REPLICATIONS}"]
    if problem := _run(QUICK_RUN, words, results):
        yield Item(FLOATS, "the command", passed=False, where=problem)
        return
    folder, made = published / QUICK_RUN, results / QUICK_RUN
    events = [read_manifest(place).get("events", {}) for place in (folder, made)]
    yield compare_events(*events)
    for name in ("replications.parquet", "curves.parquet"):
        yield compare_first(folder, made, name, QUICK_REPLICATIONS)
