from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from graphwatch.load import load_interactions

Write = Callable[..., Path]
RETRIEVED = {"retrieved_at": "2022-10-28T00:00:00+00:00"}


def user(key: str, followers: int = 1) -> dict[str, Any]:
    return {
        "id": key,
        "username": f"Name{key}",
        "created_at": "2015-01-01T00:00:00.000Z",
        "public_metrics": {"followers_count": followers},
        "verified": False,
    }


def tweet(key: str, author: str, reference: tuple[str, str] | None = None, **more: object) -> dict[str, Any]:
    base = {"id": key, "author_id": author, "created_at": "2022-10-27T09:38:05.000Z", "text": "t", "conversation_id": "1"}
    references = {} if reference is None else {"referenced_tweets": [{"type": reference[0], "id": reference[1]}]}
    return base | references | more


def page(data: list[dict[str, Any]], tweets: list[dict[str, Any]], users: list[dict[str, Any]]) -> dict[str, Any]:
    return {"data": data, "includes": {"tweets": tweets, "users": users}, "meta": {"result_count": len(data)}, "__twarc": RETRIEVED}


def by_id(path: Path, **options: Any) -> dict[str, dict[str, Any]]:
    return {row["interaction_id"]: row for row in load_interactions(path, **options).interactions.collect().to_dicts()}


def test_a_page_with_every_kind(lines: Write) -> None:
    mention: dict[str, Any] = {"entities": {"mentions": [{"username": "NAME4"}, {"username": "unknown"}, {"id": "3", "username": "x"}]}}
    data = [
        tweet("2", "20", ("replied_to", "1"), in_reply_to_user_id="10", **mention),
        tweet("3", "21", ("retweeted", "1")),
        tweet("4", "22", ("quoted", "1")),
        tweet("5", "23", ("retweeted", "999"), entities={"mentions": [{"username": "gone", "id": "77"}]}),
        tweet("6", "24", **mention),
        tweet("7", "25", in_reply_to_user_id="10"),
    ]
    loaded = load_interactions(lines([page(data, [tweet("1", "10")], [user("20", 7), user("4"), user("10")])]))
    rows = {row["interaction_id"]: row for row in loaded.interactions.collect().to_dicts()}
    assert {key: row["kind"] for key, row in rows.items()} == {
        "1": "post",
        "2": "reply",
        "3": "repost",
        "4": "quote",
        "5": "repost",
        "6": "mention",
        "7": "reply",
    }
    assert rows["2"]["target_ids"] == ["10", "4", "3"]
    assert rows["3"]["target_ids"] is None  # from the parent, which is in the page
    assert rows["4"]["target_ids"] == ["10"]
    assert rows["5"]["target_ids"] == ["77"]
    assert rows["1"]["target_ids"] == []
    assert [rows[key]["parent_id"] for key in "1234567"] == [None, "1", "1", "1", "999", None, None]
    assert (rows["2"]["followers"], rows["3"]["followers"]) == (7, None)
    assert {row["root_id"] for row in rows.values()} == {"1"}
    assert loaded.counts == {"accounts": 3, "context": 1, "pages": 1, "rows": 7, "unresolved_mentions": 2}


def test_an_answer_that_quotes_keeps_both(lines: Write) -> None:
    both = tweet("3", "20") | {"referenced_tweets": [{"type": "quoted", "id": "2"}, {"type": "replied_to", "id": "1"}]}
    rows = by_id(lines([page([both], [tweet("1", "10"), tweet("2", "11")], [])]))
    assert (rows["3"]["kind"], rows["3"]["parent_id"], rows["3"]["target_ids"]) == ("reply", "1", ["10"])


def test_flat_tweets_and_pages_agree(lines: Write) -> None:
    original = tweet(
        "1",
        "10",
        entities={"hashtags": [{"tag": "Ｔag"}], "urls": [{"url": "https://t.co/1", "expanded_url": "https://A.example/?utm_source=x"}]},
    )
    answer = tweet("2", "20", ("replied_to", "1"), in_reply_to_user_id="10", attachments={"media_keys": ["3_1"]})
    paged = by_id(lines([page([answer], [original], [user("10", 3), user("20", 4)])], "page.jsonl"))
    flat = answer | {"author": user("20", 4), "in_reply_to_user": user("10", 3), "__twarc": RETRIEVED}
    flat["referenced_tweets"] = [original | {"type": "replied_to", "author": user("10", 3)}]
    flattened = by_id(lines([flat], "flat.jsonl"))
    for key in "12":
        assert {n: v for n, v in paged[key].items() if n != "source"} == {n: v for n, v in flattened[key].items() if n != "source"}
    assert paged["1"]["objects"] == ["url:https://a.example", "tag:tag"]
    assert paged["2"]["objects"] == ["media:3_1"]


def test_one_tweet_in_several_pages_is_one_row(lines: Write) -> None:
    pages = [page([tweet("2", "20", ("replied_to", "1"))], [tweet("1", "10")], [user("10", n), user("20")]) for n in (5, 6)]
    pages[1]["__twarc"] = {"retrieved_at": "2022-10-29T00:00:00+00:00"}
    loaded = load_interactions(lines(pages))
    rows = {row["interaction_id"]: row for row in loaded.interactions.collect().to_dicts()}
    assert rows["1"]["followers"] == 6
    assert loaded.counts["duplicates"] == 2
    assert loaded.rejected.is_empty()
    assert loaded.accounts is not None
    assert len(loaded.accounts) == 4  # two observations each


def test_empty_and_damaged_pages(lines: Write) -> None:
    empty = {"meta": {"result_count": 0}, "data": [], "__twarc": RETRIEVED}
    single = {"data": tweet("1", "10"), "includes": {"users": "none", "tweets": [3, None]}, "__twarc": RETRIEVED}
    broken = page([tweet("2", "11", created_at=None), {"id": ["x"], "entities": [], "text": {"a": 1}}], [], [{"id": None}, {}])
    loaded = load_interactions(lines([empty, single, broken, page([tweet("3", "12"), tweet("4", "13")], [], [])]))
    assert sorted(loaded.interactions.collect()["interaction_id"].to_list()) == ["1", "3", "4"]
    assert loaded.counts["empty_pages"] == 1
    assert loaded.counts["rejected"] == 2


def test_a_flat_quote_of_a_tweet_in_another_line_leaves_its_target_open(lines: Write) -> None:
    """An empty list would say *nobody*; null lets the graph take the author of the quoted tweet."""
    rows = by_id(lines([tweet("1", "10"), tweet("2", "20", ("quoted", "1")), tweet("3", "30", ("retweeted", "1"))]))
    assert [rows[key]["target_ids"] for key in "123"] == [[], None, None]
