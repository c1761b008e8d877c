"""Several processes load at once; readers read meanwhile; others write to the same Delta tables."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from deltalake import DeltaTable, write_deltalake

from graphwatch.tables import Case
from tests.tables.acts import WriteRows, acts, current, data_files, edited
from tests.tables.killed import start

HURRY = 120.0


def test_the_same_and_other_files_at_once(tmp_path: Path, write: WriteRows) -> None:
    paths = [write(acts(400, first=200 * part), f"part{part}") for part in range(3)]
    case = Case.create(tmp_path / "case")
    processes = [start(case.root, [path]) for path in (*paths, paths[0], paths[1])]
    sizes = []
    while any(process.is_alive() for process in processes):
        rows = current(case)
        sizes.append(len(rows))
        assert rows["interaction_id"].n_unique() == len(rows)
    for process in processes:
        process.join(HURRY)
        assert process.exitcode == 0
    assert current(case).equals(acts(800).drop("source").sort("platform", "interaction_id"))
    assert sizes == sorted(sizes)
    assert case.version == 3
    assert case.table("loads")["load_id"].n_unique() == 3
    assert len(data_files(case)) == len(DeltaTable(case.root / "tables" / "interactions").file_uris())


def foreign(case: Case, rows: pl.DataFrame) -> None:
    """Append as Spark would: canonical columns and the day, nothing that only graphwatch knows."""
    path = case.root / "tables" / "interactions"
    schema = case.scan("interactions").collect_schema()
    own = [pl.lit(None, dtype=pl.Int64).alias("key"), pl.lit(None, dtype=pl.Int64).alias("observation")]
    own.append(pl.lit(None, dtype=pl.String).alias("load_id"))
    frame = rows.select(list(schema)).with_columns(*own, pl.col("at").dt.date().alias("day"))
    write_deltalake(path, frame, mode="append", partition_by=["day"])


def test_rows_that_spark_appended_are_adopted(case: Case, write: WriteRows) -> None:
    rows = acts(50)
    case.load(write(rows, "a"))
    foreign(case, pl.concat([acts(30, first=40), edited(rows.head(5), text="changed elsewhere")]))
    assert len(current(case)) == 50  # not before a writer has looked at them
    case.load(write(acts(5, first=70), "b"))
    now = current(case)
    assert len(now) == 75
    assert now.filter(pl.col("interaction_id").is_in([f"i{n}" for n in range(5)]))["text"].unique().to_list() == ["changed elsewhere"]
    assert [entry.kind for entry in case.state.entries] == ["init", "load", "adopt", "load"]
    assert len(case.history("i45")) == 1
    assert len(case.at(1).scan("interactions").collect()) == 50


def test_side_rows_of_others(case: Case, tmp_path: Path) -> None:
    pl.DataFrame({"agency_id": ["m1"], "name": ["one"]}).write_csv(tmp_path / "m.csv")
    case.load([], side={"agencies": tmp_path / "m.csv"})
    table = case.root / "tables" / "agencies"
    schema = pl.DataFrame(DeltaTable(table).to_pyarrow_table()).schema
    extra = pl.DataFrame({"agency_id": ["m1", "m2", None], "name": ["one", "two", "three"]})
    rest = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in schema.items() if name not in extra.columns]
    write_deltalake(table, extra.with_columns(rest).select(list(schema)), mode="append")
    pl.DataFrame({"agency_id": ["m3"], "name": ["new"]}).write_csv(tmp_path / "n.csv")
    case.load([], side={"agencies": tmp_path / "n.csv"})
    assert case.table("agencies").select("agency_id", "name").rows() == [("m1", "one"), ("m2", "two"), ("m3", "new")]
    assert case.state.entries[2].facts["agencies_unusable"] == 1
