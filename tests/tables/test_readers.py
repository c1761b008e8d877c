"""Other readers of Delta tables (Spark with Delta Lake 3 or 4) need no feature beyond the first reader's version."""

from __future__ import annotations

from pathlib import Path

import orjson
import polars as pl
from deltalake import DeltaTable

from graphwatch.tables import Case

ACT = '{"interaction_id": "%d", "at": "2024-05-0%dT00:00:00Z", "actor_id": "a", "kind": "post", "platform": "x", "objects": ["tag:a"]}\n'


def actions(case: Case) -> list[tuple[str, dict[str, object]]]:
    logs = sorted((case.root / "tables").rglob("_delta_log/*.json"))
    return [item for log in logs for line in log.read_bytes().splitlines() for item in orjson.loads(line).items()]


def test_every_table_asks_for_the_first_reader_only(tmp_path: Path) -> None:
    case = Case.create(tmp_path / "case")
    for number in (1, 2):
        path = tmp_path / f"{number}.ndjson"
        path.write_text(ACT % (number, number), encoding="utf-8")
        Case(case.root).load(path)
    Case(case.root).compact(keep_days=0)
    Case(case.root).forget(account="a", reason="asked for")
    found = actions(case)
    for log in (case.root / "tables").rglob("_delta_log"):  # old log files may have become a checkpoint
        protocol = DeltaTable(log.parent).protocol()
        assert (protocol.min_reader_version, protocol.reader_features) == (1, None), log
    protocols = [action for name, action in found if name == "protocol"]
    assert {action["minReaderVersion"] for action in protocols} == {1}
    for name, action in found:
        if name == "metaData":
            options = action["configuration"]
            assert isinstance(options, dict)
            assert not {"delta.columnMapping.mode", "delta.enableDeletionVectors"} & options.keys()
        assert not (name in ("add", "remove") and action.get("deletionVector"))


def test_a_data_file_is_plain_parquet(tmp_path: Path) -> None:
    """Spark 3.4 and later read its types and its packing."""
    case = Case.create(tmp_path / "case")
    path = tmp_path / "a.ndjson"
    path.write_text(ACT % (1, 1), encoding="utf-8")
    case.load(path)
    (file,) = (case.root / "tables" / "interactions").rglob("*.parquet")
    assert pl.read_parquet_schema(file)["at"] == pl.Datetime("us", "UTC")
    assert file.parent.name == "day=2024-05-01"
