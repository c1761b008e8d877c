"""Lists out of texts: the quick way for arrays of one plain text gives what a look at each gives."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from graphwatch.load.lists import parse_list, read_lists

PLAIN = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters='"\\', min_codepoint=32), max_size=6).map(
    lambda text: f'["{text}"]'
)
HARD = st.one_of(
    st.text(st.sampled_from('["]\\,a\n é1{}'), max_size=9),
    st.sampled_from(['["]', '["a","b"]', '["a\\"]', '["\\u0061"]', "[1]", '["a', '"]', '["a"]["b"]', '["a\tb"]', "[]", "null", " "]),
)


@given(st.lists(st.one_of(PLAIN, st.none())), st.lists(HARD, max_size=2))
def test_the_quick_way_gives_what_single_texts_give(plain: list[str | None], hard: list[str]) -> None:
    for texts in (plain, [*plain, *hard]):
        series = pl.Series("objects", texts, dtype=pl.String)
        expected = [None if text is None else parse_list(text) for text in texts]
        assert read_lists(series).values.to_list() == expected
        assert read_lists(pl.concat([series, series])[len(texts) :]).values.to_list() == expected
