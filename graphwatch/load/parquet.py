"""Parquet: scanned whole or read in pieces, after a look at what it would unpack to.

A Parquet file of some kilobytes may claim, and give, any number of rows: repeated values are stored once. Bounds are therefore put on
rows for bytes, on bytes of text for bytes, on columns and on how deep they nest, before anything is read into memory.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from graphwatch.errors import FormatError, HostileInputError, Place
from graphwatch.load.open import FREE_EXPANSION
from graphwatch.load.validate import LINE
from graphwatch.schema import STRINGS, Column
from graphwatch.settings import LoadSettings

PIECE_ROWS: Final = 65_536
_PIECE_BYTES: Final = 256 * 2**20
_ROW_BYTES: Final = 8  # what a row counts for at least, so that rows of nothing are bounded, too
_COLUMNS: Final = 10_000
_LEVELS: Final = 32
_FOOTER: Final = 64 * 2**20


def scan_parquet(path: Path, settings: LoadSettings | None = None) -> pl.LazyFrame:
    """Scan a Parquet file; ``_line`` is the row number from 1.

    Raises
    ------
    FormatError
        It is damaged or cut off.
    HostileInputError
        It would unpack to more than ``max_expansion`` times its size (past 64 MiB), has over 10,000 columns or nests over 32 deep.
    """
    return _checked(path, settings or LoadSettings())[0]


def column_names(path: Path, settings: LoadSettings) -> list[str]:
    """Give the names of the columns, from the file's description alone; errors as of :func:`scan_parquet`, but for texts."""
    check_metadata(path, settings)
    try:
        return list(pl.read_parquet_schema(path))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise FormatError(f"is damaged or no Parquet file: {str(error).splitlines()[0]}", Place(path)) from error


def _checked(path: Path, settings: LoadSettings) -> tuple[pl.LazyFrame, int]:
    """Give a scan of a file that may be read, and a bound on the text of a row in bytes."""
    check_metadata(path, settings)
    lazy = pl.scan_parquet(path, row_index_name=LINE, row_index_offset=1, glob=False)
    try:
        lazy.collect_schema()
        return lazy, longest_row(lazy, path, settings)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise FormatError(f"is damaged or no Parquet file: {str(error).splitlines()[0]}", Place(path)) from error


def read_parquet(path: Path, columns: Collection[Column], settings: LoadSettings) -> Iterator[pl.DataFrame]:
    """Give the named columns of a Parquet file in pieces of bounded rows and bytes, with ``_line``; others are null.

    Notes
    -----
    Pages are read as they are needed, so that a file of one row group takes no more memory than one of many.
    """
    lazy, size = _checked(path, settings)
    heads = {column.name.partition(".")[0] for column in columns} | {column.name for column in columns}
    names = [name for name in lazy.collect_schema().names() if name != LINE]
    wanted = [name for name in names if name in heads]
    ignored = [pl.lit(None).alias(name) for name in names if name not in heads]
    following = 1
    rows = max(1, min(PIECE_ROWS, _PIECE_BYTES // max(size, 1)))
    try:
        with pq.ParquetFile(path, buffer_size=2**20, pre_buffer=False) as file:
            for batch in file.iter_batches(batch_size=rows, columns=wanted, use_threads=False):
                frame = pl.DataFrame(pl.from_arrow(batch)) if wanted else pl.DataFrame(height=len(batch))
                lines = pl.int_range(following, following + len(frame), dtype=pl.Int64, eager=True).alias(LINE)
                following += len(frame)
                yield frame.with_columns(lines, *ignored)
        if following == 1:
            yield lazy.head(0).collect()
    except (pa.ArrowException, OSError) as error:
        raise FormatError(f"is damaged: {str(error).splitlines()[0]}", Place(path)) from error


def check_metadata(path: Path, settings: LoadSettings) -> None:
    """Refuse a file whose own description says that it is built to exhaust the reader."""
    place = Place(path)
    try:
        with pq.ParquetFile(path, thrift_string_size_limit=_FOOTER, thrift_container_size_limit=10**6) as file:
            about = file.metadata
            schema = about.schema
            levels = max((schema.column(k).max_definition_level for k in range(min(about.num_columns, _COLUMNS))), default=0)
            claimed = sum(about.row_group(k).total_byte_size for k in range(about.num_row_groups))
    except (pa.ArrowException, OSError) as error:
        raise FormatError(f"is damaged or no Parquet file: {str(error).splitlines()[0]}", place) from error
    if about.num_columns > _COLUMNS:
        raise HostileInputError(f"has {about.num_columns:,} columns; expected at most {_COLUMNS:,}", place)
    if levels > _LEVELS:
        raise HostileInputError(f"nests columns {levels} deep; expected at most {_LEVELS}", place)
    _check_size(max(claimed, about.num_rows * _ROW_BYTES), path, settings, f"{about.num_rows:,} rows")


def longest_row(lazy: pl.LazyFrame, path: Path, settings: LoadSettings) -> int:
    """Bound the bytes of text of any row, and refuse a file that holds more text than it may for its size.

    Notes
    -----
    One pass over the text columns. It reads references to the values, which polars keeps once however often they stand.
    """
    schema = lazy.collect_schema()
    texts = [pl.col(name).str.len_bytes() for name, dtype in schema.items() if dtype == pl.String]
    texts += [pl.col(name).cat.len_bytes() for name, dtype in schema.items() if isinstance(dtype, (pl.Categorical, pl.Enum))]
    lists = [pl.col(name) for name, dtype in schema.items() if dtype == STRINGS]
    sizes = texts + [column.explode(empty_as_null=False, keep_nulls=False).str.len_bytes() for column in lists]
    if not sizes:
        return 0
    totals = [size.cast(pl.Int64).sum().alias(f"sum{k}") for k, size in enumerate(sizes)]
    longest = [size.max().cast(pl.Int64).fill_null(0).alias(f"max{k}") for k, size in enumerate(sizes)]
    counts = [column.list.len().max().cast(pl.Int64).fill_null(0).alias(f"len{k}") for k, column in enumerate(lists)]
    found = lazy.select(*totals, *longest, *counts).collect(engine="streaming").row(0, named=True)
    _check_size(sum(found[f"sum{k}"] for k in range(len(sizes))), path, settings, "text")
    parts = [found[f"max{k}"] * (found[f"len{k - len(texts)}"] if k >= len(texts) else 1) for k in range(len(sizes))]
    return int(sum(parts))


def _check_size(unpacked: int, path: Path, settings: LoadSettings, what: str) -> None:
    packed = path.stat().st_size
    if unpacked > FREE_EXPANSION and unpacked > settings.max_expansion * packed:
        raise HostileInputError(
            f"unpacks to {what} of {unpacked // 2**20:,} MiB, more than {settings.max_expansion:g} times its size "
            "(if it is genuine, raise load.max_expansion)",
            Place(path),
        )
