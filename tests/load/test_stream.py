from __future__ import annotations

import gc
import json
import subprocess
import sys
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from graphwatch.errors import DataError, FormatError
from graphwatch.load import Batch, load_interactions, stream_interactions, write_csv, write_ndjson, write_parquet
from graphwatch.load.rejected import REJECTED
from graphwatch.load.spill import Spill, remove_spilled
from graphwatch.schema import ACCOUNTS, FOLLOWS, INTERACTIONS
from graphwatch.settings import LoadSettings

Write = Callable[..., Path]
TINY = LoadSettings(held_bytes=1)


def canonical(rows: int) -> pl.DataFrame:
    rng = np.random.default_rng(7)
    ids = pl.Series([f"i{n}" for n in range(rows)])
    frame = pl.DataFrame(
        {
            "interaction_id": ids,
            "at": pl.Series(1_714_521_600_000_000 + np.arange(rows) * 1_000_000).cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
            "actor_id": pl.Series([f"a{n}" for n in rng.integers(50, size=rows)]),
            "kind": ["comment"] * rows,
            "platform": ["weibo"] * rows,
            "text": [f"text {n}" for n in range(rows)],
            "objects": [[]] * rows,
        },
        schema_overrides={"objects": pl.List(pl.String)},
    )
    return INTERACTIONS.conform(frame)


def tweets(count: int) -> list[dict[str, object]]:
    """Pages of one tweet; each repost passes on the tweet before, which is in another page, and account 3 is seen in each."""
    user = {"id": "3", "username": "c", "public_metrics": {"followers_count": 5}}
    return [
        {
            "data": [
                {
                    "id": str(n),
                    "author_id": str(n % 5),
                    "created_at": "2024-05-01T00:00:00.000Z",
                    "text": f"t{n}",
                    "conversation_id": "0",
                    **({"referenced_tweets": [{"type": "retweeted", "id": str(n - 1)}]} if n % 2 else {}),
                    "entities": {"mentions": [{"id": "9", "username": "x"}]},
                }
            ],
            "includes": {"users": [user]},
            "__twarc": {"retrieved_at": f"2024-05-02T00:00:{n % 60:02d}+00:00"},
        }
        for n in range(count)
    ]


def total(batches: list[Batch]) -> dict[str, int]:
    return dict(sum((Counter(batch.counts) for batch in batches), Counter[str]()))


def check_schemas(batch: Batch) -> None:
    for frame, table in ((batch.interactions, INTERACTIONS), (batch.accounts, ACCOUNTS), (batch.follows, FOLLOWS)):
        assert frame.schema == pl.Schema(table.dtypes)
    assert batch.rejected.schema == REJECTED
    assert batch.tombstones.schema == pl.Schema({"platform": pl.String, "interaction_id": pl.String})


@pytest.mark.parametrize(("write", "name"), [(write_parquet, "parquet"), (write_ndjson, "ndjson"), (write_csv, "csv")])
def test_batches_of_a_table_are_what_is_loaded(
    write: Callable[[pl.DataFrame, Path], None], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphwatch.load.parts.BLOCK", 20_000)
    monkeypatch.setattr("graphwatch.load.parquet.PIECE_ROWS", 500)
    path = tmp_path / f"x.{name}"
    write(canonical(2000), path)
    batches = list(stream_interactions(path))
    for batch in batches:
        check_schemas(batch)
    loaded = load_interactions(path)
    assert pl.concat([batch.interactions for batch in batches]).equals(loaded.interactions.collect())
    assert total(batches) == loaded.counts
    assert name == "csv" or len(batches) > 3


@pytest.mark.parametrize("settings", [LoadSettings(), TINY], ids=["in memory", "on disk"])
def test_records_are_settled_over_all_files(settings: LoadSettings, lines: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphwatch.load.containers.BATCH", 3)
    monkeypatch.setattr("graphwatch.load.parts.SIDE_ROWS", 2)
    pages = tweets(40)
    paths = [lines(pages[:20], "a.jsonl"), lines(pages[20:], "b.jsonl")]
    whole = load_interactions(paths)
    rows = {row["interaction_id"]: row for row in whole.interactions.collect().to_dicts()}
    assert (rows["1"]["target_ids"], rows["21"]["target_ids"], rows["2"]["target_ids"]) == (None, None, ["9"])
    loaded = load_interactions(paths, settings=settings)
    assert loaded.interactions.collect().sort("interaction_id").equals(whole.interactions.collect().sort("interaction_id"))
    assert whole.accounts is not None
    assert loaded.accounts is not None
    assert loaded.accounts.equals(whole.accounts)
    batches = list(stream_interactions(paths, settings=settings))
    streamed = pl.concat([batch.interactions for batch in batches])
    assert streamed.sort("interaction_id").equals(whole.interactions.collect().sort("interaction_id"))
    assert pl.concat([batch.accounts for batch in batches]).unique().height == len(whole.accounts)
    assert total(batches) == {name: count for name, count in whole.counts.items() if name != "accounts"}


def test_what_does_not_fit_lies_in_files_that_go(tmp_path: Path) -> None:
    frame = canonical(1000)
    path = tmp_path / "x.ndjson"
    write_ndjson(frame, path)
    spilled = tmp_path / "spilled"
    spilled.mkdir()
    settings = LoadSettings(held_bytes=1, spill_folder=str(spilled))
    loaded = load_interactions(path, settings=settings)
    files = list(spilled.glob("graphwatch-rows-*/*.parquet"))
    assert files
    assert files[0].parent.stat().st_mode & 0o077 == 0
    assert loaded.interactions.collect()["interaction_id"].equals(frame["interaction_id"])
    remove_spilled()
    assert not list(spilled.iterdir())


def test_files_go_on_an_error_and_when_the_iterator_is_left(lines: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphwatch.load.containers.BATCH", 3)
    spilled = tmp_path / "spilled"
    spilled.mkdir()
    settings = LoadSettings(held_bytes=1, spill_folder=str(spilled))
    bad = lines([*map(json.dumps, tweets(10)), *["{"] * 30])
    with pytest.raises(DataError, match="cannot be used"):
        load_interactions(bad, format="twarc", settings=settings)
    good = lines(tweets(30), "good.jsonl")
    batches = stream_interactions(good, settings=settings)
    next(batches)
    del batches
    gc.collect()
    assert not list(spilled.glob("*/*.parquet"))


def test_files_go_when_the_interpreter_ends(tmp_path: Path) -> None:
    path = tmp_path / "x.ndjson"
    write_ndjson(canonical(100), path)
    spilled = tmp_path / "spilled"
    spilled.mkdir()
    code = (
        "import sys; from pathlib import Path\n"
        "from graphwatch.load import load_interactions; from graphwatch.settings import LoadSettings\n"
        "loaded = load_interactions(sys.argv[1], settings=LoadSettings(held_bytes=1, spill_folder=sys.argv[2]))\n"
        "print(loaded.interactions.collect().height, len(list(Path(sys.argv[2]).iterdir())))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path), str(spilled)], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.split() == ["100", "1"]
    assert not list(spilled.iterdir())


def test_an_error_comes_after_the_batches_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphwatch.load.parts.BLOCK", 20_000)
    path = tmp_path / "x.ndjson.gz"
    write_ndjson(canonical(2000), tmp_path / "x.ndjson")
    packer = zlib.compressobj(wbits=31)
    packed = packer.compress((tmp_path / "x.ndjson").read_bytes()) + packer.flush()
    path.write_bytes(packed[:-20])
    batches = stream_interactions(path, format="ndjson")
    assert len(next(batches).interactions) > 0
    with pytest.raises(FormatError, match="damaged or cut off"):
        list(batches)


def test_deletions_are_handed_on_unapplied(lines: Write) -> None:
    post = {"did": "did:plc:a", "time_us": 1714521600000000, "kind": "commit"}
    body = {"collection": "app.bsky.feed.post", "rkey": "1"}
    made = {**post, "commit": {**body, "operation": "create", "record": {"text": "x"}}}
    gone = {**post, "commit": {**body, "operation": "delete"}}
    batches = list(stream_interactions(lines([made, gone])))
    rows = pl.concat([batch.interactions for batch in batches])
    stones = pl.concat([batch.tombstones for batch in batches])
    assert stones.rows() == [("bluesky", "at://did:plc:a/app.bsky.feed.post/1")]
    assert rows["deleted"].to_list() == [None]


def test_arguments_are_checked_at_once(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        stream_interactions(tmp_path / "absent")


def test_a_spill_keeps_order_and_lets_go(tmp_path: Path) -> None:
    spill = Spill(LoadSettings(held_bytes=100, spill_folder=str(tmp_path)))
    assert spill.scan() is None
    for n in range(10):
        spill.add(pl.DataFrame({"n": range(n * 10, n * 10 + 10)}))
    assert spill.on_disk
    scan = spill.scan()
    assert scan is not None
    assert scan.collect()["n"].to_list() == list(range(100))
    assert pl.concat(list(spill.drain()))["n"].to_list() == list(range(100))
    assert not list(tmp_path.glob("*/*"))
    spill.add(pl.DataFrame({"n": [1]}))
    spill.clear()
    assert len(spill) == 0
