"""twarc-csv: tweets of the Twitter API v2, one a row, with lists as JSON in their cells."""

from __future__ import annotations

from typing import Final

import orjson

from graphwatch.load.adapters.fields import truth
from graphwatch.load.declared import Declared, Example, Field, Items, Relation, Shape
from graphwatch.load.harvest import id_of, mappings_of
from graphwatch.load.interpret import record_format
from graphwatch.load.objects import media, tag, url


def cell(value: object) -> object:
    """Give the JSON in a cell; None: it holds none.

    Examples
    --------
    >>> cell('[{"tag": "x"}]'), cell("nan"), cell("[{")
    ([{'tag': 'x'}], None, None)
    """
    if not isinstance(value, str) or not value.startswith(("[", "{")):
        return None
    try:
        found: object = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    return found


def mentioned_ids(value: object) -> list[str | None]:
    """Give the ids of the accounts mentioned."""
    return [id_of(mention.get("id")) for mention in mappings_of(cell(value))]


def mentioned_names(value: object) -> list[str | None]:
    """Give the names of the accounts that are mentioned without an id."""
    unknown = (mention for mention in mappings_of(cell(value)) if not id_of(mention.get("id")))
    return [name for mention in unknown if isinstance(name := mention.get("username"), str)]


def links(value: object) -> list[str | None]:
    """Give the addresses in a tweet, but not those of its own media."""
    found = (
        link.get("unwound_url") or link.get("expanded_url") or link.get("url")
        for link in mappings_of(cell(value))
        if "media_key" not in link
    )
    return [url(address) for address in found if isinstance(address, str)]


def hashtags(value: object) -> list[str | None]:
    """Give the hashtags of a tweet."""
    return [tag(word) for item in mappings_of(cell(value)) if isinstance(word := item.get("tag"), str)]


def media_keys(value: object) -> list[str | None]:
    """Give the media of a tweet."""
    keys = cell(value)
    return [media(key) for key in keys if isinstance(key, str)] if isinstance(keys, list) else []


_REFERENCED: Final = "referenced_tweets.{}.id"

TWARC_CSV_DECLARED: Final = Declared(
    name="twarc-csv",
    meaning="twarc-csv: tweets of the Twitter API v2, one a row",
    platform="x",
    zone="UTC",
    tool="DocNow/twarc-csv",
    version="d77da93",
    files="what `twarc2 csv` writes (tweets; not `--output-columns` without the columns below)",
    containers=("csv",),
    escaped=True,
    nested=False,
    shapes=(
        Shape(
            "tweets",
            (
                Field("interaction_id", ("id",)),
                Field("at", ("created_at",)),
                Field("actor_id", ("author_id",)),
                Items("target_ids", ("entities.mentions",), mentioned_ids, "ids; not of retweets, whose mentions are the original's"),
                Items("target_ids", ("entities.mentions",), mentioned_names, "names where there is no id", by_name=True),
                Field("root_id", ("conversation_id",), "not where it is the tweet itself"),
                Items("objects", ("entities.urls",), links),
                Items("objects", ("entities.hashtags",), hashtags),
                Items("objects", ("attachments.media_keys",), media_keys),
                Field("text", ("text",)),
                Field("followers", ("author.public_metrics.followers_count",)),
                Field("actor_created_at", ("author.created_at",)),
                Field("observed_at", ("__twarc.retrieved_at",)),
                Field("accounts.name", ("author.username",)),
                Field("accounts.verified", ("author.verified",), read=truth),
            ),
            (
                Relation("repost", (_REFERENCED.format("retweeted"),), ("retweeted_user_id",)),
                Relation("reply", (_REFERENCED.format("replied_to"),), ("in_reply_to_user_id",)),
                Relation("quote", (_REFERENCED.format("quoted"),), ("quoted_user_id",)),
            ),
            keys=frozenset({"id", "author_id", "created_at", "text", *map(_REFERENCED.format, ("retweeted", "replied_to", "quoted"))}),
            kind="post",
            surface="feed",
            says_nobody=True,
        ),
    ),
    traps=(
        "What a tweet does to another follows from which of the three referenced ids is filled; a retweet comes first, then an answer.",
        "Lists are JSON in a cell. A damaged cell loses its list only.",
        "`&amp;`, `&lt;` and `&gt;`, as the platform gives them, become the characters that were written.",
        "Ids that a spreadsheet has rounded (`1.78E+18`) are lost, and their rows set aside.",
    ),
    examples=(Example(
        "tweets.csv",
        (
            {
                "id": "1785000000000000001", "conversation_id": "1785000000000000001", "author_id": "501", "text": "see https://n.example/1",
                "created_at": "2024-05-01T12:00:00.000Z", "entities.mentions": '[{"id": "503", "username": "c"}, {"username": "b"}]',
                "entities.urls": '[{"expanded_url": "https://n.example/1"}]', "entities.hashtags": '[{"tag": "run"}]',
                "attachments.media_keys": '["3_1"]', "author.username": "a", "author.created_at": "2015-03-01T00:00:00.000Z",
                "author.public_metrics.followers_count": "120", "author.verified": "True",
                "__twarc.retrieved_at": "2024-05-02T00:00:00+00:00",
            },
            {
                "id": "1785000000000000002", "conversation_id": "1785000000000000001", "author_id": "502", "author.username": "b",
                "text": "no", "created_at": "2024-05-01T12:01:00.000Z", "referenced_tweets.replied_to.id": "1785000000000000001",
                "in_reply_to_user_id": "501",
            },
            {
                "id": "1785000000000000003", "author_id": "504", "text": "RT", "created_at": "2024-05-01T12:02:00.000Z",
                "referenced_tweets.retweeted.id": "1784000000000000009", "retweeted_user_id": "505",
            },
            {
                "id": "1785000000000000004", "author_id": "506", "text": "look", "created_at": "2024-05-01T12:03:00.000Z",
                "referenced_tweets.quoted.id": "1785000000000000001", "quoted_user_id": "501",
            },
        ),
    ),),
)  # fmt: skip
TWARC_CSV: Final = record_format(TWARC_CSV_DECLARED)
