"""4CAT's CSV exports of Twitter (API v2), Bluesky and Telegram, whose rows say who answers whom.

Column names after digitalmethodsinitiative/4cat. 4CAT names users by handle and, on Bluesky, posts by their web address: both become ids
where the file has the user or the post.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from graphwatch.load.adapters.fields import filled, first, media_in, reference, split, tags_in, urls_in
from graphwatch.load.declared import Declared, Example, Field, Items, Relation, Shape, Unfold
from graphwatch.load.harvest import Harvest, Scalar
from graphwatch.load.interpret import record_format
from graphwatch.load.records import Options, Record

TOOL: Final = "digitalmethodsinitiative/4cat"
VERSION: Final = "1.56 (227bead1d)"
FILES: Final = "CSV of a dataset (or the NDJSON dataset converted to CSV in 4CAT)"
UNIX: Final = Field("at", ("unix_timestamp", "timestamp"), "`timestamp` is in the zone of 4CAT's server and only the second choice")
HANDLES: Final = "Users are named by handle. Handles become ids where the file has the user; others are counted as `unresolved_mentions`."

_POST: Final = re.compile(r"https://bsky\.app/profile/([^/\s]+)/post/([^/\s]+)")


def post_of(value: object, root: str | None) -> str | None:
    """Post of a web address: its at:// id where the address or the thread tells it; what is deleted or blocked is words, and none.

    Examples
    --------
    >>> post_of("https://bsky.app/profile/did:plc:a/post/3k", None), post_of("at://did:plc:b/x/3k", None), post_of("DELETED", None)
    ('at://did:plc:a/app.bsky.feed.post/3k', 'at://did:plc:b/x/3k', None)
    """
    if isinstance(value, str) and value.startswith("at://"):
        return value.strip()
    found = _POST.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return None
    owner, post = found.groups()
    if root is not None and root.rpartition("/")[2] == post:
        return root
    return f"at://{owner}/app.bsky.feed.post/{post}" if owner.startswith("did:") else found.group()


def unfold_bluesky(record: Record, line: int, harvest: Harvest, options: Options) -> Iterator[Record]:  # noqa: ARG001
    """Name posts by their ids, and note the address under which others refer to this one."""
    root, key, address = reference(record.get("thread_id")), reference(record.get("id")), first(record, ("link",))
    if key and isinstance(address, str):
        harvest.alias(address, key)
    yield record | {column: post_of(record.get(column), root) for column in ("replied_to_post", "quoted_post")}


def unfold_telegram(record: Record, line: int, harvest: Harvest, options: Options) -> Iterator[Record]:  # noqa: ARG001
    """Put the chat before the number of the message answered, as 4CAT does with the message's own."""
    chat, answered = reference(first(record, ("chat", "thread_id"))), reference(record.get("reply_to"))
    yield record | {"reply_to": f"{chat}-{answered}"} if answered else record


def chat_of(value: object) -> Scalar:
    """Give the thread that a chat is.

    Examples
    --------
    >>> chat_of("c")
    'chat:c'
    """
    chat = reference(value)
    return f"chat:{chat}" if chat else None


def exported(
    source: str,
    title: str,
    platform: str,
    *,
    shapes: tuple[Shape, ...],
    examples: tuple[Example, ...],
    traps: tuple[str, ...] = (),
    lacks: tuple[str, ...] = (),
    unfold: Unfold | None = None,
    escaped: bool = False,
) -> Declared:
    """Declare what 4CAT exports of one of its sources as CSV."""
    return Declared(
        name=f"4cat-{source}",
        meaning=f"4CAT CSV of {title}",
        platform=platform,
        zone="UTC",
        tool=TOOL,
        version=VERSION,
        files=FILES,
        containers=("csv",),
        shapes=shapes,
        traps=traps,
        examples=examples,
        lacks=lacks,
        nested=False,
        unfold=unfold,
        escaped=escaped,
    )


TWITTER: Final = exported(
    "twitter", "Twitter (API v2)", "x",
    escaped=True,
    shapes=(
        Shape(
            "tweets",
            (
                Field("interaction_id", ("id",)),
                UNIX,
                Field("actor_id", ("author_id",)),
                Items("target_ids", ("mentions",), split, "handles; not of retweets", by_name=True),
                Field("root_id", ("thread_id",), "not of retweets"),
                Items("objects", ("urls",), urls_in),
                Items("objects", ("hashtags",), tags_in),
                Items("objects", ("images", "videos"), media_in),
                Field("text", ("body",)),
                Field("followers", ("author_followers",)),
                Field("accounts.name", ("author",)),
            ),
            (
                Relation("repost", name=("retweeted_user",), flag="is_retweet", keeps_root=False),
                Relation("reply", name=("replied_user",), flag="is_reply"),
                Relation("quote", name=("quoted_user",), flag="is_quote_tweet"),
            ),
            keys=frozenset({"id", "thread_id", "author_id", "is_retweet", "is_quote_tweet", "is_reply", "body", "timestamp"}),
            kind="post",
            surface="feed",
            says_nobody=True,
        ),
    ),
    traps=(HANDLES, "Rows say whom they answer but not which tweet: they have no parent, and cascades are inferred."),
    examples=(Example(
        "twitter.csv",
        (
            {
                "id": "1785000000000000001", "thread_id": "1785000000000000001", "timestamp": "2024-05-01 14:00:00",
                "unix_timestamp": "1714564800", "body": "see https://n.example/1", "author": "aaa", "author_id": "501",
                "author_followers": "120", "is_retweet": "no", "is_quote_tweet": "no", "is_reply": "no", "mentions": "bbb",
                "hashtags": "run", "urls": "https://n.example/1", "images": "https://i.example/1.jpg", "videos": "https://v.example/1.mp4",
            },
            {
                "id": "1785000000000000002", "thread_id": "1785000000000000001", "unix_timestamp": "1714564860", "body": "no",
                "author": "bbb", "author_id": "502", "author_followers": "7", "is_retweet": "no", "is_quote_tweet": "no",
                "is_reply": "yes", "replied_user": "aaa",
            },
            {
                "id": "1785000000000000003", "thread_id": "1785000000000000003", "unix_timestamp": "1714564920", "body": "RT",
                "author": "ccc", "author_id": "503", "is_retweet": "yes", "retweeted_user": "aaa", "is_quote_tweet": "no", "is_reply": "no",
            },
            {
                "id": "1785000000000000004", "thread_id": "1785000000000000004", "unix_timestamp": "1714564980", "body": "look",
                "author": "ddd", "author_id": "504", "is_retweet": "no", "is_quote_tweet": "yes", "quoted_user": "aaa", "is_reply": "no",
            },
        ),
    ),),
)  # fmt: skip

BLUESKY: Final = exported(
    "bluesky", "Bluesky", "bluesky",
    unfold=unfold_bluesky,
    shapes=(
        Shape(
            "posts",
            (
                Field("interaction_id", ("id",)),
                Field("at", ("timestamp", "created_at"), "what the client claims"),
                Field("actor_id", ("author_id",)),
                Items("target_ids", ("mentions",), split, "handles or DIDs", by_name=True),
                Field("root_id", ("thread_id",), "not where it is the post itself"),
                Items("objects", ("links",), urls_in),
                Items("objects", ("tags",), tags_in),
                Items("objects", ("images",), media_in),
                Field("text", ("body",)),
                Field("actor_created_at", ("author_created_at",)),
                Field("observed_at", ("collected_at",)),
                Field("accounts.name", ("author",)),
            ),
            (
                Relation("reply", ("replied_to_post",), name=("replied_to_user",), note="a web address, which becomes the id"),
                Relation("quote", ("quoted_post",), name=("quoted_user",), note="a web address, which becomes the id"),
            ),
            keys=frozenset({"id", "thread_id", "author_id", "replied_to_post", "quoted_post", "body", "timestamp"}),
            kind="post",
            surface="feed",
            says_nobody=True,
        ),
    ),
    traps=(
        HANDLES,
        "Posts answered and quoted are web addresses (`https://bsky.app/profile/…`). They become ids where the file has the post, the "
        "thread is it, or the address has a DID in it.",
        "Of a post that is deleted or blocked only words are there, and nobody is answered.",
    ),
    examples=(Example(
        "bluesky.csv",
        (
            {
                "collected_at": "2024-05-02T00:00:00Z", "id": "at://did:plc:aaa/app.bsky.feed.post/r1",
                "thread_id": "at://did:plc:aaa/app.bsky.feed.post/r1", "author": "a.example", "author_id": "did:plc:aaa",
                "body": "see https://n.example/1", "link": "https://bsky.app/profile/a.example/post/r1", "tags": "run",
                "replied_to_post": "", "quoted_post": "", "links": "https://n.example/1", "images": "https://i.example/1.jpg",
                "mentions": "b.example", "author_created_at": "2023-05-01T00:00:00Z", "timestamp": "1714564800",
            },
            {
                "id": "at://did:plc:bbb/app.bsky.feed.post/r2", "thread_id": "at://did:plc:aaa/app.bsky.feed.post/r1",
                "author": "b.example", "author_id": "did:plc:bbb", "body": "no", "link": "https://bsky.app/profile/b.example/post/r2",
                "replied_to_post": "https://bsky.app/profile/a.example/post/r1", "replied_to_user": "a.example", "quoted_post": "",
                "timestamp": "1714564860",
            },
            {
                "id": "at://did:plc:ccc/app.bsky.feed.post/r3", "thread_id": "at://did:plc:ccc/app.bsky.feed.post/r3",
                "author": "c.example", "author_id": "did:plc:ccc", "body": "look", "link": "https://bsky.app/profile/c.example/post/r3",
                "replied_to_post": "", "quoted_post": "https://bsky.app/profile/b.example/post/r2", "quoted_user": "b.example",
                "timestamp": "1714564920",
            },
        ),
    ),),
)  # fmt: skip

TELEGRAM: Final = exported(
    "telegram", "Telegram", "telegram",
    unfold=unfold_telegram,
    shapes=(
        Shape(
            "messages",
            (
                Field("interaction_id", ("id",)),
                UNIX,
                Field("actor_id", ("author", "chat", "thread_id"), "a message without an author is of the chat (a channel) itself"),
                Items("target_ids", ("entities_mentioned",), split, "names; not of forwards", by_name=True),
                Field("root_id", ("chat", "thread_id"), "`chat:<chat>`", chat_of),
                Items("objects", ("link_attached",), urls_in),
                Field("text", ("body",)),
                Field("accounts.name", ("author_username", "author_name")),
            ),
            (
                Relation("reply", ("reply_to",), note="numbers count within a chat, so `<chat>-<number>`"),
                Relation("repost", user=("author_forwarded_from_id",), name=("author_forwarded_from_username",)),
                Relation("repost", flag="author_forwarded_from_name", says=filled, note="a forward of which only a name is known"),
            ),
            keys=frozenset({"id", "thread_id", "chat", "author", "author_is_bot", "reply_to", "body", "timestamp"}),
            kind="post",
            surface="group",
            called=("author_username",),
        ),
    ),
    traps=(
        "Numbers of messages count within a chat; 4CAT puts the chat before a message's own number, not before that of the one answered.",
        "Whose message was forwarded is often a name only, which is no account.",
        "Chats are named as 4CAT names them, not as in Telegram Desktop's `result.json`: do not mix the two in one run.",
    ),
    examples=(Example(
        "telegram.csv",
        (
            {
                "id": "news-1", "thread_id": "news", "chat": "news", "author": "501", "author_username": "aaa", "author_name": "A",
                "author_is_bot": "no", "body": "see", "reply_to": "", "timestamp": "2024-05-01 14:00:00", "unix_timestamp": "1714564800",
                "entities_mentioned": "bbb", "link_attached": "https://n.example/1",
            },
            {
                "id": "news-2", "thread_id": "news", "chat": "news", "author": "502", "author_username": "bbb", "author_is_bot": "no",
                "body": "no", "reply_to": "1", "timestamp": "2024-05-01 14:01:00", "unix_timestamp": "1714564860",
            },
            {
                "id": "news-3", "thread_id": "news", "chat": "news", "author": "503", "author_is_bot": "no", "body": "fwd", "reply_to": "",
                "timestamp": "2024-05-01 14:02:00", "unix_timestamp": "1714564920", "author_forwarded_from_id": "509",
            },
            {
                "id": "news-4", "thread_id": "news", "chat": "news", "author": "504", "author_is_bot": "no", "body": "fwd", "reply_to": "",
                "timestamp": "2024-05-01 14:03:00", "unix_timestamp": "1714564980", "author_forwarded_from_username": "aaa",
            },
            {
                "id": "news-5", "thread_id": "news", "chat": "news", "author": "505", "author_is_bot": "no", "body": "fwd", "reply_to": "",
                "timestamp": "2024-05-01 14:04:00", "unix_timestamp": "1714565040", "author_forwarded_from_name": "A",
            },
        ),
    ),),
)  # fmt: skip

FOURCAT_DECLARED: Final = (TWITTER, BLUESKY, TELEGRAM)
FOURCAT: Final = tuple(map(record_format, FOURCAT_DECLARED))
