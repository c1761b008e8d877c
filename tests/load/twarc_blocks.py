"""What a block of twarc lines must say: just what its lines say one by one, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import polars as pl

from graphwatch.load.harvest import Harvest
from graphwatch.load.open import Lines
from graphwatch.load.records import Options, parsed_lines
from graphwatch.load.twarc import take

TakeBlock = Callable[[Lines, Harvest, Options], pl.DataFrame | None]


def by_line(block: Lines) -> tuple[pl.DataFrame, set[tuple[object, ...]], dict[str, int]]:
    harvest = Harvest("f", "x")
    for line, record in parsed_lines(block, harvest.faults):
        take(record, line, harvest, Options())
    return harvest.take_interactions(), set(harvest.take_accounts().iter_rows()), dict(+harvest.counts)


def check_says_what_lines_say(take_block: TakeBlock, records: list[dict[str, Any]]) -> None:
    block = Lines(7, b"\n".join(map(orjson.dumps, records)))
    harvest = Harvest("f", "x")
    found = take_block(block, harvest, Options())
    assert found is not None
    rows, accounts, counts = by_line(block)
    assert found.columns == rows.columns
    for name in rows.columns:
        assert found[name].to_list() == rows[name].to_list(), name
    assert {row for frame in harvest.take_account_rows() for row in frame.iter_rows()} == accounts
    assert dict(+harvest.counts) == counts


def check_left_to_single_lines(take_block: TakeBlock, data: bytes) -> None:
    harvest = Harvest("f", "x")
    assert take_block(Lines(1, data), harvest, Options()) is None
    assert not harvest.counts
    assert not harvest.side_rows
