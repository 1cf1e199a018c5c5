"""A page as PDF, printed by a Chromium that is installed."""

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from sim.report.saved import ReportError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
LONGEST_S = 120


def browser() -> str | None:
    """The Chromium of this machine, or None."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def _is_root() -> bool:
    """Whether this is the administrator, for whom Chromium's sandbox does not start."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def print_pdf(page: Path) -> Path:
    """Print a page to A4 beside it; returns the PDF.

    Raises
    ------
    ReportError
        There is no Chromium, or it does not print.
    """
    program = browser()
    if program is None:
        raise ReportError(
            f"report --pdf: no Chromium on this machine ({', '.join(BROWSERS)}); the HTML is "
            "written: open it in any browser and print it"
        )
    target = page.with_suffix(".pdf").resolve()
    target.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        words = [
            *(program, "--headless", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
            *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
            *(["--no-sandbox"] if _is_root() else []),
            *(f"--user-data-dir={profile}", "--no-pdf-header-footer"),
            *(f"--print-to-pdf={target}", page.resolve().as_uri()),
        ]
        try:
            code = _ended(words)
        except (OSError, subprocess.TimeoutExpired):
            raise ReportError(f"report --pdf: {program} does not answer; print the HTML") from None
    if code != 0 or not target.is_file():
        raise ReportError(f"report --pdf: {program} could not print {page}; print the HTML instead")
    return target


def _ended(words: list[str]) -> int:
    """Exit code of a program; if it takes too long, it is ended with all it has started.

    Nothing is read from it: a child that outlives it would keep a pipe open for ever.
    """
    quiet = subprocess.DEVNULL
    running = subprocess.Popen(
        words, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
    )
    try:
        return running.wait(LONGEST_S)
    finally:
        running.kill()
        if hasattr(os, "killpg"):  # its children, which are a group of their own
            with suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
        running.wait()
