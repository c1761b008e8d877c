from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.errors import ConfigurationError
from graphwatch.load.times import CHINA, check_zone, read_times

MOMENT = datetime(2022, 10, 27, 9, 38, 5, tzinfo=UTC)
EPOCH = 1_666_863_485


@pytest.mark.parametrize(
    "text",
    [
        "1666863485",
        "1666863485000",
        "1666863485000000",
        "1666863485000000000",
        "1666863485.0",
        "1.666863485e9",
        " 2022-10-27 17:38:05 ",
        "2022-10-27T17:38:05.000",
        "2022-10-27T09:38:05Z",
        "2022-10-27T17:38:05+08:00",
        "2022-10-27 17:38:05 +0800",
        "2022-10-27 09:38:05 UTC",
        "Thu Oct 27 17:38:05 +0800 2022",
        "Thu, 27 Oct 2022 09:38:05 +0000",
        "2022/10/27 17:38:05",
        "2022年10月27日 17:38:05",
        "20221027173805",
    ],
)
def test_every_form_is_the_same_moment(text: str) -> None:
    assert read_times(pl.Series([text]), CHINA).values.to_list() == [MOMENT]


def test_mixed_epochs_in_one_column_are_told_apart_by_value() -> None:
    mixed = pl.Series([EPOCH, EPOCH * 10**3, EPOCH * 10**6, EPOCH * 10**9, None])
    assert read_times(mixed, "UTC").values.to_list() == [MOMENT] * 4 + [None]
    assert read_times(mixed.cast(pl.Float64), "UTC").values.to_list()[:3] == [MOMENT] * 3


def test_naive_times_take_the_zone_and_are_counted() -> None:
    texts = pl.Series(["2022-10-27 17:38:05", "2022-10-27T09:38:05Z", "2022-10-27"])
    times = read_times(texts, CHINA)
    assert times.naive == 2
    assert times.values.to_list()[:2] == [MOMENT, MOMENT]
    naive = pl.Series([datetime(2022, 10, 27, 17, 38, 5)])
    assert read_times(naive, CHINA).values.to_list() == [MOMENT]
    assert read_times(naive, CHINA).naive == 1


def test_what_is_no_time_is_null() -> None:
    texts = ["昨天", "2022-02-30", "", "25:00", "1e400", "9" * 40, "-", "12 Oct"]
    assert read_times(pl.Series(texts), "UTC").values.null_count() == len(texts)


def test_hours_that_a_clock_change_skips_or_repeats() -> None:
    times = read_times(pl.Series(["2022-03-27 02:30:00", "2022-10-30 02:30:00"]), "Europe/Berlin").values
    assert times.to_list() == [None, datetime(2022, 10, 30, 0, 30, tzinfo=UTC)]


def test_an_own_pattern_is_the_only_one_tried() -> None:
    times = read_times(pl.Series(["27.10.2022 17h38", "2022-10-27 17:38:05"]), CHINA, "%d.%m.%Y %Hh%M")
    assert times.values.to_list() == [datetime(2022, 10, 27, 9, 38, tzinfo=UTC), None]


def test_an_unknown_zone_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match="Mars/Base"):
        check_zone("Mars/Base")


@settings(deadline=None, max_examples=30)
@given(st.lists(st.datetimes(datetime(1991, 1, 1), datetime(2099, 1, 1)), min_size=1, max_size=20))
def test_written_times_come_back(moments: list[datetime]) -> None:
    aware = [moment.replace(tzinfo=UTC) for moment in moments]
    assert read_times(pl.Series([moment.isoformat() for moment in aware]), "UTC").values.to_list() == aware
    whole = [moment.replace(microsecond=0) for moment in aware]
    assert read_times(pl.Series([int(moment.timestamp()) for moment in whole]), "UTC").values.to_list() == whole
