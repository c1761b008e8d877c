from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from graphwatch.content import fill as fill_module
from graphwatch.content import fill_hostility, score
from graphwatch.errors import ConfigurationError
from graphwatch.settings import ContentSettings

SETTINGS = ContentSettings()
TEXTS = ["You are an idiot.", "lovely day", None, "对这次处理很失望", "привет", "kill yourself"]


def _frame(hostility: list[float | None], category: list[str | None] | None = None) -> pl.DataFrame:
    frame = pl.DataFrame(
        {"interaction_id": [str(i) for i in range(6)], "text": TEXTS, "hostility": hostility}, schema_overrides={"hostility": pl.Float64}
    )
    return frame if category is None else frame.with_columns(pl.Series("category", category, dtype=pl.String))


def test_fills_only_what_is_missing() -> None:
    frame = _frame([None, 0.9, None, float("nan"), None, 0.0], ["other tool's", None, None, None, "kept", None])
    filled = fill_hostility(frame.lazy(), SETTINGS).collect()
    scored = score(TEXTS, reasons=False)["hostility"]
    assert filled["hostility"].to_list() == [scored[0], 0.9, None, scored[3], None, 0.0]
    assert filled["category"].to_list() == ["other tool's", None, None, "criticism", "kept", None]
    assert_frame_equal(filled.drop("hostility", "category"), frame.drop("hostility", "category"))
    assert filled.columns == frame.columns


def test_without_a_hostility_or_category_column() -> None:
    frame = _frame([None] * 6).drop("hostility")
    filled = fill_hostility(frame.lazy(), SETTINGS).collect()
    scored = score(TEXTS, reasons=False)
    assert filled["hostility"].to_list() == scored["hostility"].to_list()
    assert filled["category"].to_list() == scored["category"].to_list()
    assert filled.schema["category"] == pl.String


class _Forbidden:
    def score(self, texts: pl.Series | Sequence[str | None], *, reasons: bool = True) -> pl.DataFrame:
        raise AssertionError(f"nothing is to be scored, not {len(texts)} texts, {reasons=}")


@pytest.mark.parametrize(
    "frame",
    [
        _frame([0.1] * 6),
        _frame([None] * 6).drop("text"),
        _frame([None] * 6).with_columns(pl.lit(None, pl.String).alias("text")),
        _frame([None] * 6).clear(),
    ],
)
def test_nothing_to_do(frame: pl.DataFrame) -> None:
    lazy = frame.lazy()
    assert fill_hostility(lazy, SETTINGS, _Forbidden()) is lazy


def test_switched_off() -> None:
    lazy = _frame([None] * 6).lazy()
    assert fill_hostility(lazy, ContentSettings(score_missing=False), _Forbidden()) is lazy


class _Length:
    """A scorer whose answer tells which text it saw."""

    def score(self, texts: pl.Series | Sequence[str | None], *, reasons: bool = True) -> pl.DataFrame:
        assert not reasons
        series = pl.Series(texts)
        kind = pl.select(pl.when(series.is_not_null()).then(pl.lit("abuse"))).to_series()
        return pl.DataFrame({"hostility": series.str.len_chars() / 128, "category": kind})


def test_any_scorer_fills_in_row_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fill_module, "BATCH", 100)
    texts = ["x" * (i * 7 % 90 + 1) if i % 5 else None for i in range(5_000)]
    frame = pl.DataFrame({"row": range(5_000), "text": texts, "hostility": [0.5 if i % 11 == 0 else None for i in range(5_000)]})
    frame.write_parquet(tmp_path / "a.parquet", row_group_size=333)
    filled = fill_hostility(pl.scan_parquet(tmp_path / "a.parquet"), SETTINGS, _Length())
    expected = [0.5 if i % 11 == 0 else len(t) / 128 if t else None for i, t in enumerate(texts)]
    assert filled.collect()["hostility"].to_list() == expected
    assert filled.select("row").collect()["row"].to_list() == list(range(5_000))
    assert filled.select("hostility").collect()["hostility"].to_list() == expected  # columns may be read one by one
    assert filled.filter(pl.col("row") >= 4_990).collect()["hostility"].to_list() == expected[4_990:]


def test_rule_file_of_the_settings(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.toml"):
        fill_hostility(_frame([None] * 6).lazy(), ContentSettings(lexicon=str(tmp_path / "none.toml")))
