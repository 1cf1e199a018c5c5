"""The command ``onegrid report``: the page of a study from its folder."""

import argparse
from pathlib import Path

from experiments.compose import ConfigError
from experiments.terminal import Screen
from sim.report import ReportError, languages, pages_of, print_pdf, report
from sim.words import LANGS, Lang

WORDS: dict[str, tuple[Lang, ...]] = {**{lang: (lang,) for lang in LANGS}, "both": LANGS}


def answer(options: argparse.Namespace, screen: Screen) -> list[Path]:
    """Write the pages of the folders named after ``report``; returns what was written.

    Raises
    ------
    ConfigError
        One line: no folder is named, or one has no page.
    """
    folders = [Path(word) for word in options.overrides[1:]]
    if not folders:
        raise ConfigError("report: no folder; allowed: onegrid report FOLDER ... [--lang, --pdf]")
    langs, message = languages(WORDS[options.lang])
    if message:
        screen.say(f"onegrid: {message}")
    try:
        pages = [page for folder in folders for page in report(folder, langs)]
        return pages + ([print_pdf(page) for page in pages] if options.pdf else [])
    except ReportError as error:
        raise ConfigError(str(error)) from None


def leave_pages(folder: Path, screen: Screen) -> None:
    """Write the pages of a study that is finished, unless they are there, and say where."""
    langs, message = languages()
    if message:
        screen.say(message)
    for page in pages_of(folder, langs) or report(folder, langs):
        screen.out.print(f"Page: {page}", soft_wrap=True)
