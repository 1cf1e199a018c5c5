"""The page of a study: one file that opens from disk, in English or Chinese, from saved results.

``report(folder)`` reads a study's folder and writes ``report_en.html`` and ``report_zh.html`` into
it. Nothing is simulated and no figure is drawn: a page shows what the folder holds, and says which
command makes what is missing. The pages are no part of the study's manifest.
"""

from collections.abc import Iterable
from pathlib import Path

from sim.report.pdf import print_pdf
from sim.report.saved import ReportError, open_study
from sim.report.write import languages, pages_of, write_pages
from sim.words import LANGS, Lang

__all__ = ["ReportError", "languages", "pages_of", "print_pdf", "report"]


def report(folder: Path, langs: Iterable[Lang] = LANGS) -> list[Path]:
    """Write the page of a study into its folder, in each language; returns the files.

    Raises
    ------
    ReportError
        One line: the folder holds no study that has a page.
    """
    return write_pages(open_study(folder), languages(langs)[0])
