"""The real samples load with the counts that a look at them gives; nothing of their content is named here."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from graphwatch.graph.encode import encode
from graphwatch.load import load_interactions, preview, sniff

pytestmark = pytest.mark.real


def kinds(loaded_rows: pl.DataFrame) -> dict[str, int]:
    return dict(loaded_rows["kind"].value_counts().sort("kind").iter_rows())


@pytest.mark.parametrize(
    ("name", "rows", "kept", "context", "accounts"),
    [
        ("twarc2_two_tweets.jsonl", 2, 2, 1, 2),
        ("twarc2_search_page.jsonl", 166, 164, 66, 178),
        ("twarc2_kpop_page.jsonl", 123, 121, 23, 112),
        ("twarc2_flat_head20.jsonl", 35, 33, 15, 38),
    ],
)
def test_twarc(samples: Path, name: str, rows: int, kept: int, context: int, accounts: int) -> None:
    assert sniff(samples / name).format == "twarc"
    loaded = load_interactions(samples / name)
    assert loaded.rejected.is_empty()
    assert (loaded.counts["rows"], loaded.counts["context"], loaded.counts["accounts"]) == (rows, context, accounts)
    table = loaded.interactions.collect()
    assert len(table) == kept == rows - loaded.counts.get("duplicates", 0)
    known = ["at", "actor_id", "followers", "actor_created_at", "root_id", "observed_at", "source"]
    assert table.select(pl.col(known).null_count().sum()).row(0) == (0,) * len(known)
    events = encode(loaded.interactions)
    reposts = table.filter(pl.col("kind") == "repost")
    assert len(reposts) > 0
    assert events.counts["orphans"] <= len(table) // 3


def test_jetstream(samples: Path) -> None:
    path = samples / "jetstream_v1_152events.jsonl"
    loaded = load_interactions(path)
    table = loaded.interactions.collect()
    assert kinds(table) == {"post": 9, "reply": 8, "repost": 15}
    assert (loaded.counts["likes"], loaded.counts["other_collections"], loaded.counts["unfollows"]) == (105, 3, 3)
    assert (loaded.counts["identity_events"], loaded.counts["account_events"], loaded.counts["deletions_of_unknown"]) == (1, 1, 1)
    assert loaded.follows is not None
    assert len(loaded.follows) == 6
    assert table.filter(pl.col("kind") != "post").select((pl.col("target_ids").list.len() > 0).all()).item()
    span = table.select(pl.col("at").max() - pl.col("at").min()).to_series()
    assert span.dt.total_seconds().item() < 1
    assert preview(path, 3).height == 3


def test_weibospider(samples: Path, tmp_path: Path) -> None:
    wrapped = (samples / "weibospider_readme_records.jsonl").read_text(encoding="utf-8").splitlines()
    path = tmp_path / "records.jsonl"
    path.write_text("\n".join(json.dumps(json.loads(line)["record"]) for line in wrapped), encoding="utf-8")
    assert sniff(path).format == "weibospider"
    loaded = load_interactions(path)
    assert loaded.rejected.is_empty()
    table = loaded.interactions.collect()
    assert kinds(table) == {"comment": 1, "post": 3}  # one post stands in two spiders' records
    assert loaded.counts["no_root"] == 1
    assert loaded.follows is not None
    assert len(loaded.follows) == 2
    assert loaded.accounts is not None
    assert len(loaded.accounts) == 7
    assert table["actor_id"].null_count() == 0


STORM = """
[columns]
"_line" = "interaction_id"
time_utc = "at"
user = "actor_id"
type = "kind"
target = "target_ids"
text = "text"
sentimentA = "hostility"
followerCount = "followers"
[values.hostility]
"Negative" = 1.0
"Very Negative" = 1.0
"*" = 0.0
"""

HIGGS = """
[columns]
"_line" = "interaction_id"
ts = "at"
user_a = "actor_id"
user_b = "target_ids"
kind = "kind"
[kinds]
RT = "repost"
MT = "mention"
RE = "reply"
"""


def test_tables_with_their_own_columns(samples: Path, tmp_path: Path) -> None:
    rules = tmp_path / "map.toml"
    rules.write_text(STORM, encoding="utf-8")
    storm = load_interactions(samples.parent / "storm" / "tweets.csv.gz", mapping=rules)
    rows = storm.interactions.collect()
    assert len(rows) == 4843
    assert rows.select(pl.col("target_ids").list.len().unique()).to_series().to_list() == [1]
    assert rows["hostility"].sum() == 315 + 813
    rules.write_text(HIGGS, encoding="utf-8")
    higgs = load_interactions(samples.parent / "higgs" / "activity_time.parquet", mapping=rules)
    assert higgs.counts == {"rows": 563_069}
    assert len(encode(higgs.interactions)) == 563_069
