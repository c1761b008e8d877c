"""The files that the importer reads, by themselves; what it makes of them is in test_faults."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphwatch.store.bulk import in_words, write_file

START = datetime(2025, 3, 2, 16, 0, 5, tzinfo=UTC)
TIMES = st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 30), timezones=st.just(UTC))


@given(st.lists(st.none() | TIMES))
def test_times_are_written_to_the_microsecond_in_the_form_that_is_read_fastest(times: list[datetime | None]) -> None:
    told = in_words(pl.Series("at", times, pl.Datetime("us", "UTC"))).to_list()
    forms = [f"%Y%m%dT%H:%M:%S{'.%f' if '.' in (word or '') else ''}Z" for word in told]
    read = [word and datetime.strptime(word, form).replace(tzinfo=UTC) for word, form in zip(told, forms, strict=True)]
    assert read == times


@pytest.mark.parametrize(("moved", "word"), [(0, "2025-03-02T16:00:05Z"), (7, "2025-03-02T16:00:05.000007Z")])
def test_years_of_five_digits_have_dashes_and_so_has_all_their_column(moved: int, word: str) -> None:
    far = 253402300800 * 10**6  # the first microsecond of the year 10000
    late = pl.Series([int(START.timestamp()) * 10**6 + moved, None, far]).cast(pl.Datetime("us", "UTC"))
    assert in_words(late).to_list() == [word, None, "+10000-01-01T00:00:00Z"]


@pytest.mark.parametrize(("words", "several"), [(["a", None, ""], False), (["a\nb"], True), (["a\rb"], True)])
def test_only_files_with_values_of_several_lines_say_so(tmp_path: Path, words: list[str | None], several: bool) -> None:
    frame = pl.DataFrame({":ID": range(len(words)), "name": words, "at": [START] * len(words)})
    assert write_file(tmp_path / "a.csv", frame) is several
    told = (tmp_path / "a.csv").read_text(encoding="utf-8")
    assert told.startswith('":ID","name:string","at:datetime"\n0,"a')
    if not several:
        assert told.endswith('\n1,,"20250302T16:00:05Z"\n2,"","20250302T16:00:05Z"\n')
