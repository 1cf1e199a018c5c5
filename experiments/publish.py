"""``onegrid publish``: make the published studies, each by its own command, and sign them off.

``studies.yaml`` in the published folder lists them: kind and name, and the words of the command.
Each runs below ``--results``, where its ledger stays: stopped and given again, ``publish`` goes
on where it was. What is finished and whole replaces the published folder of its name; the index
of all is written anew after each.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from experiments.compose import ConfigError
from experiments.publish_table import write_table
from experiments.terminal import Screen
from experiments.verify import PUBLISHED, check_study, sign_off

LIST = "studies.yaml"


def listed(published: Path) -> dict[str, list[str]]:
    """The published studies, ``kind/name``, with the words of their commands.

    Raises
    ------
    ConfigError
    """
    path = published / LIST
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError):
        raise ConfigError(f"{path}: cannot be read; allowed: kind/name: [words]") from None
    if not isinstance(found, dict) or not all(isinstance(words, list) for words in found.values()):
        raise ConfigError(f"{path}: no list of studies; allowed: kind/name: [words]")
    return {str(study): [str(word) for word in words] for study, words in found.items()}


def chosen(studies: list[str], known: list[str], command: str) -> list[str]:
    """The studies asked for, all when none is.

    Raises
    ------
    ConfigError
    """
    for study in studies:
        if study not in known:
            raise ConfigError(f"{command} {study}: no such study; allowed: {', '.join(known)}")
    return studies or known


def publish(arguments: argparse.Namespace) -> int:
    """Run the studies asked for and publish those that are whole; returns the exit code."""
    screen, published = Screen(), arguments.published
    known = listed(published)
    if arguments.index:
        _sign(published)
        return 0
    failed = []
    for study in chosen(arguments.studies, list(known), "publish"):
        begun = time.perf_counter()
        screen.say(f"--- {study}: onegrid {' '.join(known[study])}")
        if problem := _publish(study, known[study], arguments.results, published):
            failed.append(study)
            screen.say(f"--- {study}: not published: {problem}")
            continue
        screen.say(f"--- {study}: published, {time.perf_counter() - begun:.0f} s")
    if failed:
        screen.say(f"Not published: {', '.join(failed)}; the same command goes on")
    return 1 if failed else 0


def _publish(study: str, words: list[str], results: Path, published: Path) -> str:
    """Run one study and put it among the published ones; returns what is wrong, if anything."""
    code = run_words(words, results)
    if code:
        return f"the command ended with {code}"
    place = results / study
    if not place.is_dir():
        return f"the command left no {place}"
    if problems := check_study(place):
        return problems[0]
    replace_folder(place, published / study)
    _sign(published)
    return ""


def _sign(published: Path) -> None:
    """Write the index and the table of what the README says from what is there."""
    sign_off(published)
    write_table(published)


def run_words(words: list[str], results: Path, log: Path | None = None) -> int:
    """Run ``onegrid`` with words in a process of its own; returns its exit code.

    Parameters
    ----------
    log : where its lines go; without one they are shown
    """
    command = [sys.executable, "-m", "experiments.cli", *words, "--results", str(results)]
    if log is None:
        return subprocess.run(command, check=False).returncode
    with log.open("a", encoding="utf-8") as file:
        return subprocess.run(
            command, check=False, stdout=file, stderr=subprocess.STDOUT, env={**os.environ}
        ).returncode


def replace_folder(source: Path, target: Path) -> None:
    """Put a copy of a folder in the place of another, whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    desk = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        shutil.copytree(source, desk / "new")
        if target.exists():
            target.replace(desk / "old")
        (desk / "new").replace(target)
    finally:
        if (desk / "old").exists() and not target.exists():
            (desk / "old").replace(target)
        shutil.rmtree(desk, ignore_errors=True)


def options(parser: argparse.ArgumentParser) -> None:
    """What ``onegrid publish`` takes."""
    parser.add_argument("studies", nargs="*", metavar="KIND/NAME", help="default: all")
    parser.add_argument("--results", type=Path, default=Path("results"), help="where they run")
    parser.add_argument(
        "--index", action="store_true", help="run nothing: sign off what is there, once looked at"
    )
    parser.add_argument("--published", type=Path, default=PUBLISHED, help="where they go")
