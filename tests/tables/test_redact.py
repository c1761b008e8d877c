"""Names and ids leave words, lists and columns, and nothing else does."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphwatch.tables.redact import Named, redact, word_tokens
from graphwatch.tables.tombstones import Digests, Tombstones, tombstone_rows

SALT = b"the salt of a case in a test"
ACCOUNT = "uid12345"


def named(*words: str, platform: str | None = None) -> Named:
    digests = Digests(SALT)
    stand_in = digests.stand_in("account", platform, ACCOUNT)
    return Named({(platform, ACCOUNT): stand_in}, {}, dict.fromkeys((ACCOUNT, *words), stand_in))


@pytest.mark.parametrize(
    ("text", "words", "changed"),
    [
        ("see @uid12345, please", (), True),
        ("转发@uid12345你好", (), True),
        ("uid12345说", (), True),
        ("uid123456 and xuid12345 and uid12345_b", (), False),
        ("//@李 四://@李:no", ("@李",), True),
        ("李 alone is an ordinary word", ("@李",), False),
        ("@李四 is somebody else", ("@李",), False),
        ("@a.b: and @a.b.c:", ("@a.b",), True),
        ("$1 \\1 (uid12345)", (), True),
    ],
)
def test_words(text: str, words: tuple[str, ...], changed: bool) -> None:
    frame = pl.DataFrame({"actor_id": ["somebody"], "text": [text]})
    after = redact(frame, "interactions", named(*words))[0]["text"][0]
    assert (after != text) == changed
    assert (ACCOUNT in after.replace("uid123456", "").replace("xuid12345", "").replace("uid12345_b", "")) is False


def test_adjacent_names_are_all_replaced() -> None:
    frame = pl.DataFrame({"actor_id": ["x"], "text": ["@uid12345@uid12345 uid12345 uid12345,uid12345"]})
    assert ACCOUNT not in redact(frame, "interactions", named())[0]["text"][0]


@given(st.lists(st.text(alphabet=f"@/:. 李x_-{ACCOUNT}", max_size=60).map(lambda t: t.replace("x", ACCOUNT)), min_size=1, max_size=5))
def test_a_tombstone_finds_in_words_what_forgetting_replaced(texts: list[str]) -> None:
    """A later load of the same text must give the same row, though only digests are left of the names."""
    frame = pl.DataFrame({"actor_id": "y", "text": texts})
    gone = named("@李", "@李.x")
    stones = Tombstones(tombstone_rows(gone, Digests(SALT)), SALT)
    assert stones.screen(frame, "interactions")[0].equals(redact(frame, "interactions", gone)[0])


def test_only_the_platform_that_was_named() -> None:
    rows = pl.DataFrame({"platform": ["a", "b", None], "actor_id": [ACCOUNT] * 3, "target_ids": [[ACCOUNT, "z"]] * 3})
    assert redact(rows, "interactions", named(platform="a"))[0]["platform"].to_list() == ["b", None]
    assert redact(rows, "interactions", named())[0].is_empty()
    both = pl.DataFrame({"platform": ["a", "b"], "actor_id": ["x", "x"], "target_ids": [[ACCOUNT, "z"], [ACCOUNT, "z"]]})
    lists = redact(both, "interactions", named(platform="a"))[0]["target_ids"].to_list()
    assert lists[0][0].startswith("forgotten-")
    assert lists[1] == [ACCOUNT, "z"]


def test_results_put_the_platform_before_an_id() -> None:
    rows = pl.DataFrame({"pileon_id": ["p", "p"], "actor_id": [f"a:{ACCOUNT}", f"b:{ACCOUNT}"]})
    assert redact(rows, "members", named(platform="a"))[0]["actor_id"].to_list() == [f"b:{ACCOUNT}"]


def test_digests_tell_nothing_without_the_salt() -> None:
    rows = tombstone_rows(named(), Digests(SALT))
    assert ACCOUNT not in repr(rows.rows())
    other = Tombstones(rows, b"another salt of another case")
    frame = pl.DataFrame({"platform": ["a"], "actor_id": [ACCOUNT]})
    assert other.screen(frame, "interactions") == (frame, 0) or other.screen(frame, "interactions")[1] == 0


def test_tokens_of_nothing() -> None:
    assert word_tokens(pl.Series([None, ""], dtype=pl.String)).to_list() == []
    assert word_tokens(pl.Series([[], None], dtype=pl.List(pl.String))).to_list() == []
