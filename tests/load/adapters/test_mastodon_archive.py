from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graphwatch.errors import FormatError
from graphwatch.load import load_interactions, sniff
from graphwatch.load.adapters.mastodonarchive import recognise

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
ME = "https://h.example/users/a"
BOB = "https://o.example/users/b"


def note(number: int, content: str = "<p>t</p>", **more: object) -> dict[str, Any]:
    written = {"id": f"{ME}/statuses/{number}", "type": "Note", "published": "2024-05-01T12:00:00Z", "attributedTo": ME, "content": content}
    return written | {"inReplyTo": None, "tag": [], "attachment": []} | more


def create(written: dict[str, Any], *to: str) -> dict[str, Any]:
    act = {"id": written["id"] + "/activity", "type": "Create", "actor": ME, "published": written["published"]}
    return act | {"to": list(to or (PUBLIC,)), "cc": [], "object": written}


def outbox(path: Path, *acts: dict[str, Any], indent: int | None = None) -> Path:
    whole = {"@context": "https://www.w3.org/ns/activitystreams", "id": "outbox.json", "type": "OrderedCollection", "totalItems": len(acts)}
    path.write_text(json.dumps(whole | {"orderedItems": list(acts)}, indent=indent), encoding="utf-8")
    return path


def test_notes_boosts_and_what_is_for_some_only(tmp_path: Path, load: Any) -> None:
    named = [{"type": "Mention", "href": BOB, "name": "@b@o.example"}]
    html = '<p>1 &lt; 2</p><p><a href="https://n.example/a?utm_source=m">n</a> <a href="https://h.example/tags/Run" class="x">#Run</a></p>'
    path = outbox(
        tmp_path / "export.txt",
        create(note(1, html, inReplyTo=f"{BOB}/statuses/9", tag=[*named, {"type": "Hashtag", "name": "#Run", "href": "x"}])),
        create(note(2, tag=named), f"{ME}/followers"),
        create(note(3, tag=named), BOB),
        create(note(4, quote=f"{BOB}/statuses/8", attachment=[{"url": "https://i.example/1.jpg"}])),
        {"id": f"{ME}/statuses/5/activity", "type": "Announce", "actor": ME, "published": "2024-05-01T12:00:00Z", "object": f"{BOB}/1"},
        {"id": f"{ME}#delete", "type": "Delete", "actor": ME, "object": f"{ME}/statuses/0"},
        indent=2,
    )
    assert sniff(path).format == "mastodon-archive"
    rows, loaded = load(path)
    columns = ("kind", "surface", "parent_id", "target_ids")
    found = {key.removeprefix(f"{ME}/statuses/"): tuple(row[name] for name in columns) for key, row in rows.items()}
    assert found == {
        "1": ("reply", "feed", f"{BOB}/statuses/9", [BOB]),
        "2": ("mention", "feed", None, [BOB]),
        "3": ("private_message", "private", None, [BOB]),
        "4": ("quote", "feed", f"{BOB}/statuses/8", None),
        "5/activity": ("repost", "feed", f"{BOB}/1", None),
    }
    first = rows[f"{ME}/statuses/1"]
    assert first["text"] == "1 < 2\nn #Run"
    assert first["objects"] == ["url:https://n.example/a", "tag:run"]
    assert {row["actor_id"] for row in rows.values()} == {ME}
    assert loaded.counts["other_activities"] == 1
    assert [row["source"].partition("#")[2] for row in rows.values()] == ["1", "2", "3", "4", "5"]


def test_the_actor_is_an_account(tmp_path: Path) -> None:
    actor = {"type": "Person", "id": ME, "preferredUsername": "a", "published": "2020-01-02T00:00:00Z", "outbox": "outbox.json"}
    path = tmp_path / "x.json"
    path.write_text(json.dumps(actor), encoding="utf-8")
    accounts = load_interactions(path).accounts
    assert accounts is not None
    assert accounts.select("account_id", "name").rows() == [(ME, "a@h.example")]


def test_a_list_of_likes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "likes.json"
    path.write_text(json.dumps({"type": "OrderedCollection", "id": "likes.json", "orderedItems": [f"{BOB}/1"]}), encoding="utf-8")
    with pytest.raises(FormatError, match="give --format"):
        sniff(path)


@pytest.mark.parametrize("sort", [[], {}, ["Create"]])
def test_a_type_that_is_no_word_is_not_of_an_archive(sort: object) -> None:
    assert not recognise({"type": sort, "id": "x", "preferredUsername": "x", "outbox": "x"})
    assert not recognise({"orderedItems": [{"type": sort, "actor": "x"}]})
