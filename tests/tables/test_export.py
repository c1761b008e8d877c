"""An export loads into a new case as the same case; with pseudonyms nobody is named and everything still joins."""

from __future__ import annotations

from pathlib import Path

import orjson
import polars as pl
import pytest

from graphwatch.errors import ConfigurationError, DataError, OutputError
from graphwatch.review.pseudonyms import Pseudonyms
from graphwatch.schema import INPUTS
from graphwatch.tables import Case
from graphwatch.tables.export import FORMATS, hide
from tests.tables.village import GONE, GONE_NAME, PEOPLE, START, checksum, traces, village, who

NAMES = Pseudonyms(b"an example key of a test")


@pytest.mark.parametrize("form", ["parquet", "csv", "ndjson"])
def test_round_trip(tmp_path: Path, form: str) -> None:
    case = village(tmp_path)
    told = case.export(tmp_path / "out", format=form)
    assert told.rows == {"interactions": 120, "accounts": 11, "follows": 10, "affiliations": 10, "identities": 2}
    assert orjson.loads((tmp_path / "out" / "export.json").read_bytes())["case_id"] == case.id
    other = Case.create(tmp_path / "other")
    side = {name: tmp_path / "out" / f"{name}.{form}" for name in told.rows if name != "interactions"}
    other.load(tmp_path / "out" / f"interactions.{form}", side=side)
    assert checksum(other) == checksum(case)


def test_pseudonyms(tmp_path: Path) -> None:
    case = village(tmp_path)
    told = case.export(tmp_path / "out", texts=False, names=NAMES)
    assert traces(tmp_path / "out", GONE, GONE_NAME, "name-1", "villager", "example.org") == []
    assert told.key_id == NAMES.key_id
    frames = {name: pl.read_parquet(tmp_path / "out" / f"{name}.parquet") for name in told.rows}
    acts = frames["interactions"]
    assert acts["actor_id"].n_unique() == PEOPLE
    assert acts["text"].null_count() == 120
    assert set(acts["parent_id"].drop_nulls()) <= set(acts["interaction_id"])
    assert set(acts["target_ids"].explode()) == set(frames["accounts"]["account_id"]) == set(frames["follows"]["follower_id"])
    assert acts["objects"].explode().n_unique() == PEOPLE + 1
    assert set(frames["identities"]["other_id"]) == {NAMES.of(GONE), NAMES.of(who(6))}
    for name, frame in frames.items():
        assert frame.equals(INPUTS[name].conform(frame))


def test_window_version_and_tables(tmp_path: Path) -> None:
    case = village(tmp_path)
    told = case.export(tmp_path / "out", since="2024-03-02", until="2024-03-03", tables=["interactions", "agencies"])
    assert told.rows == {"interactions": 12, "agencies": 0}
    acts = pl.read_parquet(tmp_path / "out" / "interactions.parquet")
    assert acts["at"].dt.date().unique().to_list() == [START.date().replace(day=2)]
    assert not (tmp_path / "out" / "accounts.parquet").exists()
    assert case.export(tmp_path / "out", version=1).rows["interactions"] == 70
    assert (tmp_path / "out" / "accounts.parquet").exists()


def test_what_is_refused(tmp_path: Path) -> None:
    case = Case.create(tmp_path / "case")
    with pytest.raises(ConfigurationError, match="no format"):
        case.export(tmp_path / "out", format="xlsx")
    with pytest.raises(ConfigurationError, match="no table"):
        case.export(tmp_path / "out", tables=["salt"])
    full = tmp_path / "full"
    full.mkdir()
    (full / "thesis.txt").touch()
    with pytest.raises(OutputError, match="not empty"):
        case.export(full)
    assert case.export(tmp_path / "out").rows == {"interactions": 0}


def in_memory(case: Case, out: Path, *, texts: bool, hidden: bool) -> pl.DataFrame:
    """Write interactions as one frame."""
    table = INPUTS["interactions"]
    frame = table.conform(case.window(since="2024-03-02").collect()).sort(table.key, nulls_last=True)
    frame = frame if texts else frame.with_columns(pl.lit(None, dtype=pl.String).alias("text"))
    frame = hide({"interactions": frame}, NAMES)["interactions"] if hidden else frame
    FORMATS[out.suffix[1:]](frame, out)
    return frame


@pytest.mark.parametrize("form", ["parquet", "csv", "ndjson"])
@pytest.mark.parametrize(("texts", "hidden"), [(True, False), (False, True)])
def test_batches_write_what_one_frame_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, *, texts: bool, hidden: bool
) -> None:
    case = village(tmp_path, results=False)
    one = tmp_path / f"one.{form}"
    frame = in_memory(case, one, texts=texts, hidden=hidden)
    assert len(frame) == 108
    written = []
    for batch in (250_000, 17):
        monkeypatch.setattr("graphwatch.tables.export.BATCH", batch)
        told = case.export(
            tmp_path / "out", since="2024-03-02", tables=["interactions"], format=form, texts=texts, names=NAMES if hidden else None
        )
        assert told.rows == {"interactions": 108}
        assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["export.json", f"interactions.{form}"]
        written.append((tmp_path / "out" / f"interactions.{form}").read_bytes())
    assert written[0] == one.read_bytes()
    assert pl.read_parquet(written[1]).equals(frame) if form == "parquet" else written[1] == written[0]
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_an_export_that_fails_leaves_the_earlier_one(tmp_path: Path) -> None:
    case = village(tmp_path, results=False)
    case.export(tmp_path / "out", format="csv")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    for path in (case.root / "tables" / "interactions").rglob("*.parquet"):
        path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DataError, match="is damaged"):
        case.export(tmp_path / "out", format="csv")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]
