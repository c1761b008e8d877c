"""The data files of one version of a table, and scans over them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import polars as pl
from deltalake import DeltaTable

from graphwatch.errors import ConfigurationError, Place
from graphwatch.schema import TIMESTAMP
from graphwatch.tables.layout import STORED, Stored
from graphwatch.tables.logs import open_delta

_READER: Final = 1


def open_table(root: Path, name: str, version: int) -> DeltaTable:
    """Open a table at a version.

    Raises
    ------
    DataError
        The version cannot be read: the log is damaged, or the version was taken away.
    ConfigurationError
        Somebody switched on a feature of Delta that graphwatch does not read.
    """
    path = STORED[name].path(root)
    table = open_delta(root, name, version)
    if table.protocol().min_reader_version > _READER:
        raise ConfigurationError("uses features of Delta that graphwatch does not read (deletion vectors, column mapping)", Place(path))
    return table


def files_of(root: Path, name: str, version: int) -> pl.DataFrame:
    """List the data files of a table: path, size, modified, rows, low and high (bounds of ``at``), partition values.

    Returns
    -------
    polars.DataFrame
        By path; ``path`` is absolute. ``low`` and ``high`` are null where the writer did not say.
    """
    stored = STORED[name]
    columns = {"path": pl.String(), "size": pl.Int64(), "rows": pl.Int64(), "low": TIMESTAMP, "high": TIMESTAMP}
    partitions = {column: stored.dtypes[column] for column in stored.partition_by}
    if version == 0:  # as it was made: empty; perhaps this case is even older than the table
        return pl.DataFrame(schema={**columns, **partitions})
    actions = pl.DataFrame(open_table(root, name, version).get_add_actions(flatten=True))
    if actions.is_empty():
        return pl.DataFrame(schema={**columns, **partitions})
    given = {"size": "size_bytes", "rows": "num_records", "low": "min.at", "high": "max.at"}
    found = [
        (pl.col(source) if source in actions.columns else pl.lit(None)).cast(columns[name]).alias(name) for name, source in given.items()
    ]
    folder = stored.path(root)
    paths = pl.Series("path", [str(folder / unquote(path)) for path in actions["path"].to_list()], dtype=pl.String)
    values = [pl.col(f"partition.{column}").cast(dtype).alias(column) for column, dtype in partitions.items()]
    return actions.select(paths, *found, *values).sort("path")


def scan_files(stored: Stored, paths: Sequence[str | Path]) -> pl.LazyFrame:
    """Scan data files; columns that an older graphwatch did not write are null."""
    if not paths:
        return pl.LazyFrame(schema=stored.file_dtypes)
    return pl.scan_parquet(
        [str(path) for path in paths],
        schema=stored.file_dtypes,
        missing_columns="insert",
        extra_columns="ignore",
        hive_partitioning=False,
        glob=False,
    )


def scan_table(root: Path, name: str, version: int) -> pl.LazyFrame:
    """Scan all data files of a table at a version; partition columns are not in them."""
    return scan_files(STORED[name], files_of(root, name, version)["path"].to_list())
