"""Data files of a Delta table: written by polars, described to the log with the bounds that let a reader pass them over."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

import orjson
import polars as pl
from deltalake.transaction import AddAction

ROW_GROUP: Final = 1 << 16  # an hour of a day's file lies in few of them


def place_of(partition: Mapping[str, str], name: str) -> str:
    """Give a data file's place within its table's folder."""
    return "/".join([*(f"{column}={value}" for column, value in partition.items()), f"{name}.parquet"])


def write_file(frame: pl.DataFrame, table: Path, partition: Mapping[str, str], name: str) -> Path:
    """Write one data file into a table's folder; no reader sees it before the log names it."""
    path = table / place_of(partition, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_data(frame, path)
    return path


def write_data(frame: pl.DataFrame, path: Path) -> None:
    """Write the rows of a data file, in place of what is there."""
    frame.write_parquet(path, compression="zstd", compression_level=1, row_group_size=ROW_GROUP, statistics=True)
    sync(path)


def add_of(path: Path, table: Path, frame: pl.DataFrame | pl.LazyFrame, partition: Mapping[str, str]) -> AddAction:
    """Describe a data file to the log."""
    status = path.stat()
    return AddAction(
        path=quote(path.relative_to(table).as_posix(), safe="/=-_.~"),
        size=status.st_size,
        partition_values=dict(partition),
        modification_time=status.st_mtime_ns // 1_000_000,
        data_change=True,
        stats=statistics_of(frame),
    )


def statistics_of(frame: pl.DataFrame | pl.LazyFrame) -> str:
    """Give row count and the bounds of ``at``, as the Delta log holds them."""
    rows = frame.lazy()
    if "at" not in rows.collect_schema():
        return orjson.dumps({"numRecords": rows.select(pl.len()).collect().item()}).decode()
    at = pl.col("at")
    told = rows.select(pl.len(), at.null_count().alias("nulls"), _iso(at.min()).alias("low"), _iso(at.max()).alias("high")).collect()
    count, nulls, low, high = told.row(0)
    bounds = ({"at": low}, {"at": high}) if low is not None else ({}, {})
    return orjson.dumps({"numRecords": count, "minValues": bounds[0], "maxValues": bounds[1], "nullCount": {"at": nulls}}).decode()


def _iso(at: pl.Expr) -> pl.Expr:
    return at.dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")


def replace_file(path: Path, body: bytes, mode: int = 0o666) -> None:
    """Write a file beside its place and rename it, so that a reader sees the old or the new one, also after a loss of power."""
    fresh = path.with_name(f".{path.name}.part")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as handle:
        handle.write(body)
        handle.flush()
        os.fsync(handle.fileno())
    fresh.rename(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Make a file's content, or the names in a folder, outlast a loss of power."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
