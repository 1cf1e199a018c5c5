"""``onegrid ledger``: what a study's runs have left, and joining what several machines ran."""

from pathlib import Path

from experiments.compose import ConfigError
from sim.ledger import Ledger

USE = "onegrid ledger status FOLDER, failures FOLDER, or merge FOLDER FROM ..."


def answer(words: list[str]) -> str:
    """What a ledger command says.

    Raises
    ------
    ConfigError
        A word that means nothing here.
    LedgerError
        A folder that is no ledger, or one of another study.
    """
    command, *places = words or [""]
    if command not in COMMANDS:
        raise ConfigError(f"ledger {command}: no such command; allowed: {USE}")
    if not places or (command == "merge") != (len(places) > 1):
        raise ConfigError(f"ledger {command}: {len(places)} folders; allowed: {USE}")
    ledgers = [_found(Path(place)) for place in places]
    return COMMANDS[command](*ledgers)


def status(ledger: Ledger) -> str:
    """How much is there."""
    found, identity = ledger.status(), ledger.identity or {}
    lines = [
        f"{found.finished} runs finished, {found.failed} failed",
        f"{found.shards} shards, {found.size / 1e6:.1f} MB; {found.damaged} set aside as damaged",
        *(f"{key} {value}" for key, value in identity.items()),
    ]
    return "\n".join(lines)


def failures(ledger: Ledger) -> str:
    """Every run that failed and has not succeeded since, with its error."""
    failed = ledger.runs().query("error != ''")
    if failed.empty:
        return "no run failed"
    return "\n".join(f"{row.run}  {row.error}" for row in failed.itertuples())


def merge(ledger: Ledger, *others: Ledger) -> str:
    """Take over what other machines have finished."""
    with ledger.claim(ledger.identity or {}):
        new = sum(ledger.absorb(other) for other in others)
        ledger.compact()
    damaged = f", {len(ledger.set_aside)} damaged ones left out" if ledger.set_aside else ""
    return f"{new} shards taken over{damaged}\n{status(ledger)}"


def _found(place: Path) -> Ledger:
    """The ledger at a place: its own folder, or the results folder of its study."""
    for folder in (place, place.with_name(f"{place.name}.ledger")):
        ledger = Ledger(folder)
        if ledger.identity is not None:
            return ledger
    raise ConfigError(f"{place}: no ledger; allowed: a folder NAME.ledger made by a study")


COMMANDS = {"status": status, "failures": failures, "merge": merge}
