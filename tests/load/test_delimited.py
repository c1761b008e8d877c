"""CSV that is parsed ahead: records that are set aside keep their line, in whichever block they stand."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from graphwatch.errors import FormatError
from graphwatch.load import load_interactions, stream_interactions
from graphwatch.settings import LoadSettings

HEADER = "interaction_id,at,actor_id,kind,text\n"
LIMITS = LoadSettings(max_line_bytes=2**20)


def written(folder: Path, bad: set[int], rows: int) -> Path:
    filler = "x" * 2_000  # several blocks of 4 MiB
    lines = [f"{k},2024-05-01T00:00:00Z,a,post" + ("" if k in bad else f",{filler}") for k in range(2, rows + 2)]
    path = folder / "rows.csv"
    path.write_text(HEADER + "\n".join(lines), encoding="utf-8")
    return path


def test_records_set_aside_in_any_block_are_told_once_with_their_line(tmp_path: Path) -> None:
    bad = {2, 3, 2_500, 5_000, 6_001}
    loaded = load_interactions(written(tmp_path, bad, 6_000), settings=LIMITS)
    assert loaded.rejected["line"].to_list() == sorted(bad)
    assert set(loaded.rejected["reason"]) == {"4 cells; the header has 5"}
    assert loaded.counts["rows"] == 6_000
    assert loaded.counts["rejected"] == len(bad)
    rows = loaded.interactions.select("interaction_id", "source").collect()
    assert rows["source"].str.extract(r"#(\d+)$").to_list() == rows["interaction_id"].to_list()  # the id of each row is its line


def test_an_error_of_a_later_block_reaches_the_reader_and_no_thread_stays(tmp_path: Path) -> None:
    before = threading.active_count()
    path = written(tmp_path, set(), 9_000)
    batches = stream_interactions(path, settings=LIMITS)
    next(batches)
    del batches
    path.write_text(path.read_text(encoding="utf-8").replace("\n4000,", '\n4000,"'), encoding="utf-8")
    with pytest.raises(FormatError, match="quoted cell that never ends"):
        load_interactions(path, settings=LIMITS)
    assert threading.active_count() == before
