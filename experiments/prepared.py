"""A study before it runs: composed, checked, and set against what is there already."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from experiments.assembly import Composer
from experiments.compose import ConfigError
from experiments.executor import Executor
from experiments.finished import asked_by
from experiments.folder import check_folder, whole_manifest
from experiments.kinds import Kind
from experiments.plan import Plan
from experiments.study import WorldWords, compose_worlds, lay_worlds, study_digest
from sim.case import digest
from sim.engine.build import build, plan
from sim.guards import check_one_world
from sim.ledger import Ledger, LedgerError, OtherStudyError
from sim.provenance import code_version, package_version

type OnChange = Literal["refuse", "extend", "fresh"]


@dataclass(frozen=True)
class Prepared:
    """A study that has been composed and checked, and may run."""

    study: Kind
    laid: list[WorldWords]
    composer: Composer
    digest: str
    folder: Path
    ledger: Ledger
    executor: Executor

    @property
    def identity(self) -> dict[str, str]:
        """What the ledger is made with."""
        return {"study": self.digest, "code": code_version()}

    @property
    def seal(self) -> dict[str, str]:
        """What seals the ledger when the study is finished, replications and all."""
        return {
            "study": ":".join([*self.identity.values(), digest(self.study)]),
            "asked": asked_by(self.composer.words),
        }

    @cached_property
    def plan(self) -> Plan:
        """Every run; a finished study needs none of them.

        Raises
        ------
        CaseError
            One line: key, value, what is allowed.
        """
        worlds = list(compose_worlds(self.laid, self.composer))
        for world in worlds:
            check_one_world(world.cases)
        return Plan(self.study, worlds)

    @property
    def finished(self) -> int:
        """How many runs there are, where all were there and shown before; or else 0."""
        if self.executor.share[1] > 1 or not self.ledger.is_sealed(study=self.seal["study"]):
            return 0
        found = whole_manifest(self.folder, package_version())
        if found is None or found["study_digest"] != self.digest:
            return 0
        same = found["study"] == json.loads(self.study.model_dump_json())
        return int(found["runs"]) if same else 0


def prepare(
    study: Kind,
    words: list[str],
    results: Path,
    executor: Executor,
    on_change: OnChange = "refuse",
) -> Prepared:
    """Compose and check everything that can be wrong before anything runs.

    Parameters
    ----------
    on_change : what to do with runs of another study or of other code in the same place

    Raises
    ------
    CaseError
        One line: key, value, what is allowed.
    """
    composer = Composer(words)
    laid = list(lay_worlds(study, composer))
    whole = study_digest(study, laid, composer)
    folder = results / study.kind / study.name
    ledger = Ledger(folder.with_name(f"{study.name}.ledger"))
    prepared = Prepared(study, laid, composer, whole, folder, ledger, executor)
    cases = {} if prepared.finished else prepared.plan.worlds[0].cases
    check_folder(folder, whole, refuse=on_change == "refuse")
    other = _holds_other(prepared, on_change)
    if other or not ledger.paths():
        for case in cases.values():
            build(plan(case))  # finds what shows once a layout is drawn: posts, areas, preferences
    if other:
        _make_room(prepared, on_change)
    return prepared


def _holds_other(prepared: Prepared, on_change: OnChange) -> bool:
    """Whether the ledger is of another study or code, where that is not refused."""
    try:
        prepared.ledger.check(prepared.identity)
    except OtherStudyError as error:
        if on_change == "refuse":
            raise ConfigError(
                f"{error}; allowed: study.name=ANOTHER, --extend (use the runs that still "
                "hold), or --fresh (put them aside)"
            ) from None
        return True
    except LedgerError as error:
        raise ConfigError(str(error)) from None
    return False


def _make_room(prepared: Prepared, on_change: OnChange) -> None:
    """Put another study's runs aside, or take them over."""
    try:
        if on_change == "fresh":
            prepared.ledger.put_aside()
        else:
            prepared.ledger.adopt(prepared.identity)
    except LedgerError as error:
        raise ConfigError(str(error)) from None
