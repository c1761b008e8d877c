from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from graphwatch.load import load_interactions, sniff
from graphwatch.settings import LoadSettings


def post(key: str, page: str, **more: str) -> dict[str, str]:
    base = {
        "Page Name": f"P{page}",
        "User Name": "u",
        "Facebook Id": page,
        "Page Created": "2012-01-01 00:00:00",
        "Followers at Posting": "1,234",
    }
    address = f"https://www.facebook.com/{page}/posts/{key}"
    return (
        base
        | {"Post Created": "2024-05-01 08:00:00 EDT", "Type": "Link", "URL": address, "Message": "a\nb", "Link": "", "Final Link": ""}
        | more
    )


def test_facebook(table: Any, load: Any) -> None:
    path = table(
        [
            post("1", "10", Link="https://n.example/a?fbclid=1"),
            post("2", "20", Link="https://www.facebook.com/10/posts/1"),
            post("3", "30", Link="https://www.facebook.com/30/posts/3"),
            post("4", "40", **{"Post Created": "2024-05-01 12:00:00 UTC"}),
        ]
    )
    found = sniff(path)
    assert (found.format, found.candidates) == ("crowdtangle", (("crowdtangle", 1.0),))
    rows, loaded = load(path)
    assert {key: (row["kind"], row["parent_id"], row["objects"]) for key, row in rows.items()} == {
        "1": ("post", None, ["url:https://n.example/a"]),
        "2": ("repost", "1", []),
        "3": ("post", None, []),
        "4": ("post", None, []),
    }
    assert {row["at"] for row in rows.values()} == {datetime(2024, 5, 1, 12, tzinfo=UTC)}
    assert (rows["1"]["followers"], rows["1"]["actor_created_at"].year, rows["1"]["platform"]) == (1234, 2012, "facebook")
    assert loaded.accounts.select("account_id", "followers").row(0) == ("10", 1234)


def test_an_abbreviation_with_two_meanings_needs_a_zone(table: Any) -> None:
    path = table([post("1", "10", **{"Post Created": "2024-05-01 20:00:00 CST"})])
    loaded = load_interactions(path, settings=LoadSettings(timezone="Asia/Shanghai"))
    assert loaded.interactions.collect()["at"].to_list() == [datetime(2024, 5, 1, 12, tzinfo=UTC)]
    assert loaded.counts["naive_times"] >= 1


def test_instagram(table: Any, load: Any) -> None:
    row = {"Account": "A", "User Name": "a.b", "Followers at Posting": "5", "Post Created": "2024-05-01 12:00:00 UTC", "Type": "Photo"}
    path = table([row | {"URL": "https://www.instagram.com/p/Ab_1/", "Title": "", "Description": "d"}])
    assert sniff(path).format == "crowdtangle"
    found = load(path)[0]["Ab_1"]
    assert (found["actor_id"], found["platform"], found["text"], found["followers"]) == ("a.b", "instagram", "d", 5)
