"""Names are candidates: exact and close matches against brute force, homonyms counted."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphwatch.errors import ColumnError
from graphwatch.load.names import fold_names, match_names
from graphwatch.schema import AFFILIATION_CANDIDATES


def distance(a: str, b: str) -> int:
    """Optimal string alignment distance, by its recurrence."""
    rows = [[i + j if i * j == 0 else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]))
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


NAMES = st.lists(st.text("ab", min_size=1, max_size=7), min_size=1, max_size=8)


@given(roster=NAMES, accounts=NAMES, least=st.sampled_from([0.5, 0.75, 0.8, 1.0]))
def test_all_pairs_within_one_edit_and_no_others(roster: list[str], accounts: list[str], least: float) -> None:
    listed = pl.DataFrame({"name": roster, "agency_id": ["m"] * len(roster)})
    known = pl.DataFrame({"account_id": [str(n) for n in range(len(accounts))], "name": accounts})
    found = set(match_names(listed, known, min_similarity=least).select("roster_name", "account_id", "similarity").rows())
    expected = set()
    for name in set(roster):
        for number, other in enumerate(accounts):
            edits, longest = distance(name, other), max(len(name), len(other))
            if edits == 0 or (edits == 1 and 1 - 1 / longest >= least):
                expected.add((name, str(number), 1 - edits / longest))
    assert found == expected


def test_homonyms_are_counted_and_platforms_kept_apart() -> None:
    roster = pl.DataFrame({"name": ["同名"], "agency_id": ["m"], "platform": ["Weibo"], "source": ["list"], "agency_name": ["M"]})
    accounts = pl.DataFrame(
        {
            "account_id": ["1", "2", "3", "1"],
            "platform": ["weibo", "weibo", "bilibili", "weibo"],
            "name": ["同名", "＠同 名", "同名", "同名"],
        }
    )
    found = match_names(roster, accounts)
    assert found.columns == list(AFFILIATION_CANDIDATES.names)
    assert found.select("account_id", "platform", "accounts_with_name", "method", "source", "agency_name").rows() == [
        ("1", "weibo", 3, "exact", "list", "M"),
        ("2", "weibo", 3, "exact", "list", "M"),
    ]


def test_short_names_must_be_equal() -> None:
    roster = pl.DataFrame({"name": ["王小明", "moonlight"], "agency_id": ["m", "m"]})
    accounts = pl.DataFrame({"account_id": ["1", "2"], "name": ["王大明", "moonlihgt"]})
    assert match_names(roster, accounts).select("account_id", "method").rows() == [("2", "close")]


def test_row_order_plays_no_part_and_nothing_gives_an_empty_table() -> None:
    roster = pl.DataFrame({"name": ["abcde", "abcdf", "abcdef"], "agency_id": ["m", "n", "m"]})
    accounts = pl.DataFrame({"account_id": ["1", "2", "3"], "name": ["abcde", "abcdf", "xbcde"]})
    assert match_names(roster, accounts).equals(match_names(roster[::-1], accounts[::-1]))
    assert match_names(roster, accounts[:0]).equals(AFFILIATION_CANDIDATES.empty())
    assert match_names(roster[:0], accounts).equals(AFFILIATION_CANDIDATES.empty())
    assert match_names(roster, pl.DataFrame({"account_id": ["1"], "name": [None]})).is_empty()
    with pytest.raises(ColumnError, match="agency_id missing"):
        match_names(pl.DataFrame({"name": ["a"]}), accounts)


def test_folding_leaves_nothing_of_names_that_are_nothing() -> None:
    assert fold_names(pl.Series(["", "@", "\u200b", None, "Ｎｏ．１"])).to_list() == [None, None, None, None, "no.1"]
