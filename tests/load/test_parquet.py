from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graphwatch.errors import FormatError, HostileInputError
from graphwatch.load import load_interactions, stream_interactions
from graphwatch.load.parquet import longest_row, read_parquet, scan_parquet
from graphwatch.schema import INTERACTIONS
from graphwatch.settings import LoadSettings

ROW = {"interaction_id": "1", "actor_id": "a", "kind": "post", "at": "2024-05-01T00:00:00Z"}


def test_a_value_that_stands_once_and_counts_a_million_times(tmp_path: Path) -> None:
    path = tmp_path / "bomb.parquet"
    rows = 200_000
    text = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array(["x" * 10_000]))
    constant = {name: pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array([value])) for name, value in ROW.items()}
    pq.write_table(pa.table({**constant, "text": text}), path, compression="zstd")
    assert path.stat().st_size < 100_000
    for act in (load_interactions, lambda place: list(stream_interactions(place, format="parquet"))):
        with pytest.raises(HostileInputError, match=r"load\.max_expansion"):
            act(path)


def test_rows_of_nothing(tmp_path: Path) -> None:
    path = tmp_path / "bomb.parquet"
    pq.write_table(pa.table({"interaction_id": pa.nulls(20_000_000, pa.int8())}), path, compression="zstd")
    with pytest.raises(HostileInputError, match="20,000,000 rows"):
        scan_parquet(path)


def test_deep_and_wide_columns(tmp_path: Path) -> None:
    deep: pa.Array[pa.Scalar[pa.DataType]] = pa.array([1])
    for _ in range(40):
        deep = pa.ListArray.from_arrays(pa.array([0, 1], pa.int32()), deep)
    pq.write_table(pa.table({"x": deep}), tmp_path / "deep.parquet")
    with pytest.raises(HostileInputError, match="deep"):
        scan_parquet(tmp_path / "deep.parquet")
    pq.write_table(pa.table({f"c{n}": [1] for n in range(10_001)}), tmp_path / "wide.parquet")
    with pytest.raises(HostileInputError, match="columns"):
        scan_parquet(tmp_path / "wide.parquet")


def test_one_row_group_comes_in_pieces_of_bounded_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.parquet"
    frame = pl.DataFrame(
        {"interaction_id": [str(n) for n in range(1000)], "text": ["y" * 100] * 1000, "z": 1, "target_ids": [["a", "bb"]] * 1000}
    )
    frame.write_parquet(path, row_group_size=1000)
    assert longest_row(scan_parquet(path), path, LoadSettings()) == 3 + 100 + 4
    monkeypatch.setattr("graphwatch.load.parquet._PIECE_BYTES", 107 * 64)
    pieces = list(read_parquet(path, INTERACTIONS.columns, LoadSettings()))
    assert max(map(len, pieces)) <= 64
    joined = pl.concat(pieces)
    assert joined["_line"].to_list() == list(range(1, 1001))
    assert joined.select("interaction_id", "text", "target_ids").equals(frame.select("interaction_id", "text", "target_ids"))
    assert joined["z"].null_count() == 1000


def test_empty_and_damaged_files(tmp_path: Path) -> None:
    pl.DataFrame(schema={"interaction_id": pl.String, "text": pl.String}).write_parquet(tmp_path / "x.parquet")
    pieces = list(read_parquet(tmp_path / "x.parquet", INTERACTIONS.columns, LoadSettings()))
    assert [len(piece) for piece in pieces] == [0]
    whole = (tmp_path / "x.parquet").read_bytes()
    (tmp_path / "y.parquet").write_bytes(whole[:-10])
    with pytest.raises(FormatError, match="damaged"):
        scan_parquet(tmp_path / "y.parquet")
