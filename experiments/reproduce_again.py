"""What a study's tables and figures are, made again from the runs that it has published."""

from pathlib import Path

import pandas as pd

from experiments.folder import read_manifest
from experiments.manifest import rebuild
from experiments.outcome import Results, read_table, write_tables
from experiments.reproduce_tiers import FLOATS, TOLERANCE, Item, compare_files, compare_tables
from sim.figures import Facts


def draw_again(folder: Path, into: Path) -> None:
    """Tables and figures of a published study from its own runs, into another folder."""
    manifest = read_manifest(folder)
    study, worlds = rebuild(folder)
    curves = folder / "curves.parquet"
    facts = Facts(
        study.baseline,
        study.focus,
        tuple(study.all_arms()),
        len(manifest["replications"]),
        manifest["study_digest"],
    )
    results = Results(
        worlds,
        pd.read_parquet(folder / "replications.parquet"),
        pd.read_parquet(curves) if curves.is_file() else pd.DataFrame(),
        read_table(folder, "balance"),
        facts,
    )
    tables = study.tables(results)
    write_tables(into, tables)
    study.draw(into / "figures", results, tables)


def compare_again(folder: Path, into: Path) -> list[Item]:
    """Everything that :func:`draw_again` has made, against what was published."""
    made = sorted(path.relative_to(into).as_posix() for path in into.rglob("*") if path.is_file())
    return [compare_files(folder, into, name) for name in made]


def compare_first(published: Path, made: Path, name: str, replications: int) -> Item:
    """The first replications of a published table of runs against those made again."""
    one, other = pd.read_parquet(published / name), pd.read_parquet(made / name)
    first = one[one.replication < replications].reset_index(drop=True)
    order = [str(column) for column in first if column not in ("value", "y")]
    worst, where = compare_tables(
        first.sort_values(order, ignore_index=True), other.sort_values(order, ignore_index=True)
    )
    return Item(FLOATS, f"{name}, {replications} replications", worst <= TOLERANCE, worst, where)
