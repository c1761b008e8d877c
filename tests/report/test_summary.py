"""The lines for a terminal."""

from __future__ import annotations

import polars as pl
import pytest

from graphwatch.report.summary import headline
from graphwatch.schema import RESULTS


@pytest.mark.parametrize(
    ("pileons", "rows", "expected"),
    [
        (0, 0, "0 interactions, no time: no pile-on; 0 alerts"),
        (1, 1, "1 interaction, 2024-05-01T00:00 to 2024-05-01T00:00 UTC: 1 pile-on on 1 target (1 attack); 1 alert, 1 of"),
        (2, 1000, "1,000 interactions, 2024-05-01T00:00 to 2024-05-01T00:00 UTC: 2 pile-ons on 2 targets (2 attack); 2 alerts, 2 of"),
    ],
)
def test_headline_counts_in_words_that_fit(pileons: int, rows: int, expected: str) -> None:
    held = pl.DataFrame(
        {"nature": ["attack"] * pileons, "target_id": [str(n) for n in range(pileons)]}, schema_overrides={"nature": pl.String}
    )
    alerts = pl.DataFrame({"level": ["warning"] * pileons}, schema={"level": pl.String})
    frames = {name: table.empty() for name, table in RESULTS.items()} | {"pileons": held, "alerts": alerts}
    at = "2024-05-01T00:00:00+00:00"
    assert headline(frames, {"counts": {"interactions": rows}, "first_at": at, "last_at": at}).startswith(expected)
