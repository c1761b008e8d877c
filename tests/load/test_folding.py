"""Fast folding of texts: the same as the slow one, whatever the characters."""

from __future__ import annotations

import unicodedata

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.load.folding import AT, DROP, KEEP, LINK, LOWER, SIMPLE, text_objects
from graphwatch.load.texts import folded, text_object

_ALPHABET = "abcAZ019 ,.!@＠_-#＃，。！？…“”ＡΣσς\u0301\u0327e한ㅎ\u11a8가あガｶﾞﾞ汉字漢éÉяЯ😀🇨🇳\u200d\ufe0f\u034f\u3099ﬁİıß\x00\u9fff"


def slow(texts: list[str], least: int) -> list[str | None]:
    words = pl.DataFrame({"text": pl.Series(texts, dtype=pl.String)}).select(folded(pl.col("text"))).to_series().to_list()
    return [text_object(word, least) for word in words]


@given(
    st.lists(st.text(st.sampled_from(_ALPHABET), max_size=40) | st.text(max_size=30) | st.text("ab汉 ", max_size=30), max_size=8),
    st.sampled_from([1, 2, 5, 12, 128, 129, 500]),
)
@settings(max_examples=200)
def test_fast_and_slow_folding_agree(texts: list[str], least: int) -> None:
    assert text_objects(pl.Series(texts, dtype=pl.String), least).to_list() == slow(texts, least)


def test_slices_and_chunks_of_a_column_are_folded_from_their_own_place() -> None:
    texts = [f"text number {k}, {'x' * k} for all of us, 汉字 @name{k}"[: 20 + k] for k in range(40)]
    whole = pl.concat([pl.Series(texts[:15]), pl.Series(texts[15:])], rechunk=False)
    assert text_objects(whole.slice(7, 20), 12).to_list() == slow(texts[7:27], 12)


@pytest.mark.parametrize(("start", "stop", "action"), SIMPLE)
def test_simple_characters_fold_by_themselves(start: int, stop: int, action: int) -> None:
    chars = [chr(code) for code in range(start, stop + 1)]
    words = pl.DataFrame({"text": chars}).select(folded(pl.col("text"))).to_series().to_list()
    wanted = {KEEP: chars, LOWER: [char.lower() for char in chars]}.get(action, [""] * len(chars))
    assert words == wanted
    named = pl.DataFrame({"text": ["@a" + char + "b" for char in chars]}).select(folded(pl.col("text"))).to_series().to_list()
    assert named == ["b" if action == DROP else ""] * len(chars)
    led = pl.DataFrame({"text": [char + "ab c" for char in chars]}).select(folded(pl.col("text"))).to_series().to_list()
    assert led == [("c" if action == AT else word + "abc") for word in wanted]
    for char in chars:  # a starter that the one before or after it does not take in
        assert unicodedata.combining(char) == 0
        assert unicodedata.normalize("NFKC", "e" + char + "か") == "e" + unicodedata.normalize("NFKC", char) + "か"
        assert not unicodedata.category(char).startswith("M") or action == LINK
