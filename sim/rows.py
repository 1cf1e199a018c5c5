"""What runs leave, as rows of one long table: one row per number (:data:`SCHEMA`).

A run's rows stand together under its id; a run that failed has one row, with its error.
"""

from collections.abc import Iterable, Mapping

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

WORDS = pa.dictionary(pa.int32(), pa.string())
SCHEMA = pa.schema(
    [
        ("run", WORDS),  # id of the run
        ("table", WORDS),  # which of the tables it leaves: metrics, curves, ..., or FAILURE
        ("name", WORDS),  # metric, curve, ...; of a failure, the error
        ("group", WORDS),  # of the metric
        ("x", pa.float64()),  # of a curve
        ("value", pa.float64()),
        ("n", pa.int64()),  # of a curve
    ]
)
FAILURE = "failure"


def rows_of(run: str, tables: Mapping[str, pd.DataFrame]) -> pa.Table:
    """What a run leaves, in long form.

    Parameters
    ----------
    tables : by name; columns among ``name``, ``group``, ``x``, ``value``, ``n``
    """
    parts = []
    for table, frame in tables.items():
        count = len(frame)
        columns = {
            "run": pa.DictionaryArray.from_arrays(pa.array([0] * count, pa.int32()), [run]),
            "table": pa.DictionaryArray.from_arrays(pa.array([0] * count, pa.int32()), [table]),
        }
        for field in SCHEMA:
            if field.name not in columns:
                columns[field.name] = _column(frame, field, count)
        parts.append(pa.table(columns, schema=SCHEMA))
    return pa.concat_tables(parts)


def failure_of(run: str, error: str) -> pa.Table:
    """The row of a run that failed."""
    return rows_of(run, {FAILURE: pd.DataFrame({"name": [error]})})


def runs_in(rows: pa.Table) -> pd.DataFrame:
    """Id of every run in a table of rows, and its error, "" when it is finished."""
    ids = rows["run"].combine_chunks().cast(WORDS) if rows.num_rows else None
    if ids is None:
        return pd.DataFrame({"run": pd.Series(dtype=str), "error": pd.Series(dtype=str)})
    failed = rows.filter(_is(rows["table"], FAILURE))
    errors = dict(zip(failed["run"].to_pylist(), failed["name"].to_pylist(), strict=True))
    names = pc.unique(rows["run"].cast(pa.string())).to_pylist()
    return pd.DataFrame({"run": names, "error": [errors.get(name, "") for name in names]})


def frame_of(rows: pa.Table, table: str) -> pd.DataFrame:
    """The rows of one table."""
    chosen: pd.DataFrame = rows.filter(_is(rows["table"], table)).to_pandas(use_threads=False)
    return chosen


def _column(frame: pd.DataFrame, field: pa.Field, count: int) -> pa.Array:
    if field.name not in frame:
        return pa.nulls(count, field.type)
    if field.type == WORDS:
        return pa.array(frame[field.name].astype(str), pa.string()).dictionary_encode()
    return pa.array(frame[field.name].to_numpy(), field.type)


def each_once(shards: Iterable[pa.Table]) -> pa.Table:
    """The shards below each other, with every run from the first that has it finished."""
    kept, failed, seen, known = [], [], set[str](), set[str]()
    for shard in shards:
        runs = runs_in(shard)
        new = [run for run in runs.run[runs.error == ""] if run not in seen]
        seen.update(new)
        if new:
            kept.append(shard if len(new) == len(runs) else _only(shard, new))
        if len(wrong := runs.run[runs.error != ""]):
            failed.append(_only(shard, list(wrong)))
    for rows in failed:
        last = [run for run in runs_in(rows).run if run not in seen | known]
        known.update(last)
        kept.append(_only(rows, last))
    return pa.concat_tables(kept).unify_dictionaries() if kept else SCHEMA.empty_table()


def _only(rows: pa.Table, runs: list[str]) -> pa.Table:
    wanted = pc.is_in(rows["run"].cast(pa.string()), value_set=pa.array(runs, pa.string()))
    return rows.filter(wanted)


def _is(words: pa.ChunkedArray, word: str) -> pa.ChunkedArray:
    return pc.equal(words.cast(pa.string()), word)
