"""Blocks of flat records that are read at once: what comes out is what single records give, or the block is left alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from graphwatch.load import load_interactions
from graphwatch.load.adapters.mediacrawler import MEDIACRAWLER
from graphwatch.load.harvest import Harvest
from graphwatch.load.open import Lines
from graphwatch.load.records import Options, Record, RecordFormat
from graphwatch.load.validate import Reading, validate
from graphwatch.schema import ACCOUNTS, INTERACTIONS

FAST = tuple(form for form in MEDIACRAWLER if form.take_block is not None)
_ID = st.sampled_from(["1", "2", "", "0", " 7 ", "null", "a\u00a0", "\u3000", "x\ty", None, 5, 0, -3, 2**53, "\x1cz", "1.0"])
_TEXT = st.sampled_from(["#tag# hi http://a.example", "", " ", "@bob //@amy: no", "😀\u2028", None, 7])
_TIME = st.sampled_from([1_714_521_600, 1_714_521_600_000, "2024-05-01 20:00:00", "", None, "never", 0])


@st.composite
def records(draw: st.DrawFn) -> list[Record]:
    """Comments of a site, whose fields are of one type or of several."""
    wild = draw(st.booleans())
    names = (
        "comment_id",
        "note_id",
        "aweme_id",
        "video_id",
        "parent_comment_id",
        "user_id",
        "creator_hash",
        "content",
        "nickname",
        "user_name",
    )
    times = ("create_time", "create_date_time", "time", "publish_time", "last_modify_ts", "add_ts", "user_link")
    absent = draw(st.sets(st.sampled_from((*names[1:], *times))))
    found = []
    for _ in range(draw(st.integers(1, 5))):
        record: Record = {}
        for name in (*names, *times):
            values = _TEXT if name in {"content", "nickname", "user_name"} else _TIME if "time" in name or "ts" in name else _ID
            if name == "comment_id" and not wild:
                values = st.sampled_from(["1", "2", "30", " 4", ""])
            if name == "user_link":
                values = st.sampled_from(["", None, "https://tieba.baidu.com/home/main?id=q"])
            if name not in absent:
                value = draw(values)
                record[name] = value if wild or name.endswith(("time", "ts")) else value if value is None else str(value)
        record["other"] = draw(st.sampled_from([None, [1], {"a": {}}]))
        found.append(record)
    return found


def both(form: RecordFormat, found: list[Record], options: Options) -> list[tuple[Harvest, pl.DataFrame, list[pl.DataFrame]]]:
    raw = b"\n".join(orjson.dumps(record) for record in found)
    fast, slow = Harvest("f", form.platform), Harvest("f", form.platform)
    assert form.take_block is not None
    frame = form.take_block(Lines(3, raw), fast, options)
    if frame is None:
        assert not fast.counts
        assert not fast.side_rows
        return []
    for number, record in enumerate(found, 3):
        form.take(record, number, slow, options)
    return [(fast, frame, fast.take_account_rows()), (slow, slow.take_interactions(), [slow.take_accounts()])]


@given(st.data(), st.sampled_from(FAST), st.sampled_from([None, "9"]))
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_block_says_what_its_records_say(data: st.DataObject, form: RecordFormat, target: str | None) -> None:
    outcomes = both(form, data.draw(records()), Options(target=target))
    if not outcomes:
        return
    (fast, rows, accounts), (slow, wanted, known) = outcomes
    assert rows.columns == wanted.columns
    assert +fast.counts == +slow.counts
    read, expected = (validate(frame, INTERACTIONS, Reading("f", form.zone)) for frame in (rows, wanted))
    assert_frame_equal(read.rows.collect(), expected.rows.collect())
    assert_frame_equal(read.rejected.drop("record"), expected.rejected.drop("record"))
    assert read.counts == expected.counts
    sides = [[validate(frame, ACCOUNTS, Reading("f", form.zone)) for frame in frames] for frames in (accounts, known)]
    held, named = (pl.concat([side.rows for side in part]).drop("_line").collect() for part in sides)
    assert_frame_equal(held.unique(maintain_order=True), named.unique(maintain_order=True))


def _comment(key: int, **other: object) -> Record:
    return {
        "comment_id": str(key), "note_id": "77", "content": f"word {key} of a text", "create_time": 1_714_521_600 + key,
        "sub_comment_count": "0", "comment_like_count": "1", "user_id": str(key % 3 + 1), "nickname": f"n{key % 3}",
        "parent_comment_id": "", "last_modify_ts": 1_714_600_000_000,
    } | other  # fmt: skip


def test_plain_comments_are_read_as_a_block() -> None:
    form = next(form for form in FAST if form.platform == "weibo")
    assert len(both(form, [_comment(1), _comment(2, parent_comment_id="1")], Options())) == 2


@pytest.mark.parametrize(
    "odd", [{"comment_id": 5}, {"create_time": "never"}, {"content": ["x"]}, {"note_id": None}, {"other": float("nan")}]
)
def test_a_file_gives_the_same_either_way(tmp_path: Path, odd: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "comments.jsonl"
    lines = [orjson.dumps(_comment(k)) for k in range(40)] + [orjson.dumps(_comment(99) | odd), b"{broken", b'"text"', b""]
    path.write_bytes(b"\n".join(lines) + b"\n")
    given_now = load_interactions(path)
    monkeypatch.setattr(
        "graphwatch.load.sources.record_format", lambda name: replace(next(f for f in MEDIACRAWLER if f.name == name), take_block=None)
    )
    one_by_one = load_interactions(path)
    assert_frame_equal(given_now.interactions.collect(), one_by_one.interactions.collect())
    assert_frame_equal(given_now.rejected, one_by_one.rejected)
    assert given_now.counts == one_by_one.counts
    assert given_now.accounts is not None
    assert one_by_one.accounts is not None
    assert_frame_equal(given_now.accounts, one_by_one.accounts)
