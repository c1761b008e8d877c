from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from graphwatch.errors import ConfigurationError
from graphwatch.graph.encode import encode
from graphwatch.load import load_interactions, write_csv, write_ndjson, write_parquet
from graphwatch.settings import LoadSettings

Write = Callable[..., Path]


def table(keys: list[str], **more: object) -> pl.DataFrame:
    frame = pl.DataFrame(
        {"interaction_id": keys, "at": ["2022-01-01T00:00:00Z"] * len(keys), "actor_id": keys, "kind": ["post"] * len(keys)}
    )
    return frame.with_columns(pl.lit(value).alias(name) for name, value in more.items())


@pytest.fixture
def files(tmp_path: Path, lines: Write) -> list[Path]:
    write_parquet(table(["1", "2"], platform="x", text="a"), tmp_path / "a.parquet")
    write_csv(table(["2", "3"], platform="x", text="a"), tmp_path / "b.csv")
    write_ndjson(table(["3", "4"], platform="x", text="b"), tmp_path / "c.ndjson")
    tweet = {"id": "4", "author_id": "4", "created_at": "2022-01-01T00:00:00Z", "text": "b", "conversation_id": "4"}
    return [tmp_path / "a.parquet", tmp_path / "b.csv", tmp_path / "c.ndjson", lines([tweet], "d.jsonl")]


def test_files_of_different_formats_and_their_overlaps(files: list[Path]) -> None:
    seen: list[tuple[str, int]] = []
    loaded = load_interactions(files, progress=lambda file, rows: seen.append((Path(file).name, rows)))
    rows = loaded.interactions.sort("interaction_id").collect()
    assert rows["interaction_id"].to_list() == ["1", "2", "3", "4"]
    assert loaded.counts["duplicates"] == 2  # 2 in the first and second file, 4 in the last two
    assert loaded.counts["duplicate_conflicts"] == 1  # 3 with two texts
    assert set(loaded.rejected["reason"].to_list()) == {"duplicate id with different content"}
    assert list(dict.fromkeys(name for name, _ in seen)) == ["a.parquet", "b.csv", "c.ndjson", "d.jsonl"]


def test_the_order_of_files_does_not_matter(files: list[Path]) -> None:
    forward, backward = load_interactions(files), load_interactions(files[::-1])
    assert forward.counts == backward.counts
    assert forward.rejected.equals(backward.rejected)
    key = ["platform", "interaction_id"]
    assert forward.interactions.sort(key).collect().equals(backward.interactions.sort(key).collect())


def test_the_same_file_twice_changes_nothing(files: list[Path], tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.write_bytes(files[0].read_bytes())
    once, twice = load_interactions(files[0]), load_interactions([files[0], str(files[0]), copy])
    assert once.interactions.collect().equals(twice.interactions.collect())
    assert twice.counts == dict(once.counts) | {"repeated_files": 2}


def test_the_root_and_target_that_the_user_names(tmp_path: Path) -> None:
    frame = table(["p", "1", "2"]).with_columns(
        parent_id=pl.Series([None, "p", "1"]), target_ids=pl.Series([None, None, None], dtype=pl.List(pl.String))
    )
    write_parquet(frame, tmp_path / "x.parquet")
    rows = load_interactions(tmp_path / "x.parquet", root="p", target="T").interactions.sort("interaction_id").collect()
    assert rows.select("interaction_id", "root_id", "target_ids").rows() == [("1", "p", ["T"]), ("2", "p", None), ("p", None, ["T"])]


def test_wrong_options() -> None:
    with pytest.raises(ConfigurationError, match="no input file"):
        load_interactions([])
    with pytest.raises(ConfigurationError, match="Mars"):
        load_interactions(__file__, format="csv", settings=LoadSettings(timezone="Mars"))


def test_what_is_loaded_becomes_events(files: list[Path]) -> None:
    events = encode(load_interactions(files).interactions)
    assert len(events) == 4
    assert events.accounts.to_list() == ["1", "2", "3", "4"]


def test_a_scan_with_bad_rows_and_doubles_reads_column_by_column(tmp_path: Path) -> None:
    frame = table(["1", "2", "2", "nan", "3"], text="a").with_columns(pl.Series("hostility", [0.1, 0.2, 0.2, 0.3, 7.0]))
    frame.write_parquet(tmp_path / "x.parquet")
    loaded = load_interactions(tmp_path / "x.parquet")
    assert loaded.counts == {"duplicates": 1, "rejected": 2, "rows": 5}
    whole = loaded.interactions.collect()
    assert sorted(whole["interaction_id"].to_list()) == ["1", "2"]
    for name in whole.columns:
        assert loaded.interactions.select(name).collect().to_series().equals(whole[name], null_equal=True)
