"""YouTube comments from the Data API (pages, threads, comments) and from YouTube Data Tools (CSV)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from graphwatch.load.adapters.fields import one_id
from graphwatch.load.adapters.mastodon import read_content
from graphwatch.load.declared import Declared, Example, Field, Items, Relation, Shape
from graphwatch.load.harvest import Harvest, mapping_of, mappings_of
from graphwatch.load.interpret import record_format
from graphwatch.load.records import Options, Record


def envelope(record: Record) -> bool:
    """Whether a record is a comment, a thread or a page of them.

    Examples
    --------
    >>> envelope({"kind": "youtube#commentThreadListResponse", "items": []})
    True
    """
    return str(record.get("kind")).startswith("youtube#comment")


def unfold(record: Record, line: int, harvest: Harvest, options: Options) -> Iterator[Record]:  # noqa: ARG001
    """Give the comments of a page or thread, each with its video and, at the top, the channel; those without an author are counted."""
    items = [record]
    if isinstance(record.get("items"), list):
        harvest.counts["pages"] += 1
        items = list(mappings_of(record["items"]))
    for item in items:
        snippet = mapping_of(item.get("snippet"))
        if "topLevelComment" in snippet:
            below = list(mappings_of(mapping_of(item.get("replies")).get("comments")))
            comments = [mapping_of(snippet["topLevelComment"]), *below]
        else:
            comments = [item]
        for comment in comments:
            inner = mapping_of(comment.get("snippet"))
            if not mapping_of(inner.get("authorChannelId")).get("value") and envelope(record):
                harvest.counts["deleted_authors"] += 1
                continue
            owner = (snippet.get("channelId") or options.target) if inner.get("parentId") is None else None
            yield comment | {"snippet": inner | {"videoId": snippet.get("videoId"), "channelId": owner}}


def display_text(value: object) -> str | None:
    """Give the text of HTML."""
    return read_content(value)[0] if isinstance(value, str) else None


YOUTUBE_DECLARED: Final = Declared(
    name="youtube-api",
    meaning="YouTube Data API: comment threads and comments",
    platform="youtube",
    zone="UTC",
    tool="YouTube Data API v3 (`commentThreads.list`, `comments.list`)",
    version="v3",
    files="answers of the API as they came, one a line or in one array; or one thread or comment a line",
    containers=("lines", "document"),
    unfold=unfold,
    envelope=envelope,
    shapes=(
        Shape(
            "comments",
            (
                Field("interaction_id", ("id",)),
                Field("at", ("snippet.publishedAt",)),
                Field("actor_id", ("snippet.authorChannelId.value",)),
                Items("target_ids", ("snippet.channelId",), one_id, "comments at the top only; else `--target`"),
                Field("root_id", ("snippet.videoId",), "else `--root`"),
                Field("text", ("snippet.textOriginal",), "given to the author of a comment only"),
                Field("text", ("snippet.textDisplay",), "HTML, of which the text is taken", display_text),
                Field("accounts.name", ("snippet.authorDisplayName",)),
            ),
            (Relation("reply", ("snippet.parentId",)),),
            keys=frozenset({"id", "snippet"}),
            kind="comment",
            surface="comment",
            under_root=True,
            asks_root=True,
            within=("", "items[]", "snippet.topLevelComment", "items[].snippet.topLevelComment", "items[].replies.comments[]"),
            test=envelope,
        ),
    ),
    traps=(
        "`textOriginal` is given to the author of a comment only; else the text is taken from `textDisplay`, which is HTML.",
        "Comments of accounts that are gone have no author: they are left out and counted as `deleted_authors`, because they would all be "
        "one account.",
        "`comments.list` does not name the video: give `--root`, else `no_root` counts the rows.",
        "A thread shows at most five answers.",
    ),
    examples=(
        Example(
            "threads.jsonl",
            (
                {
                    "kind": "youtube#comment", "id": "Ugx1",
                    "snippet": {
                        "videoId": "v1", "channelId": "UCo", "authorChannelId": {"value": "UCa"}, "authorDisplayName": "@a",
                        "publishedAt": "2024-05-01T12:00:00Z", "textOriginal": "see", "textDisplay": "see",
                    },
                },
                {
                    "kind": "youtube#comment", "id": "Ugx1.r1",
                    "snippet": {
                        "videoId": "v1", "authorChannelId": {"value": "UCb"}, "authorDisplayName": "@b", "parentId": "Ugx1",
                        "publishedAt": "2024-05-01T12:01:00Z", "textDisplay": "1 &lt; 2",
                    },
                },
            ),
        ),
    ),
)  # fmt: skip
YOUTUBE: Final = record_format(YOUTUBE_DECLARED)

DATA_TOOLS_DECLARED: Final = Declared(
    name="youtube-data-tools",
    meaning="YouTube Data Tools CSV: comments of a video",
    platform="youtube",
    zone="UTC",
    tool="bernorieder/youtube-data-tools (Video Comments)",
    version="columns after 4CAT's importer, 227bead1d",
    files="`videoinfo_<video>_…_comments.csv` or `videocomments_<video>_….csv`",
    containers=("csv",),
    nested=False,
    shapes=(
        Shape(
            "comments",
            (
                Field("interaction_id", ("id",)),
                Field("at", ("publishedAt",)),
                Field("actor_id", ("authorChannelId", "authorName"), "the name stands for the account where there is no number"),
                Field("text", ("text",)),
                Field("accounts.name", ("authorName",)),
            ),
            (Relation("reply", ("isReplyTo",)),),
            keys=frozenset({"id", "isReplyTo", "authorName", "text", "publishedAt"}),
            kind="comment",
            surface="comment",
            under_root=True,
            asks_root=True,
            aimed="top",
        ),
    ),
    traps=(
        "The file does not name the video, nor whose it is: give `--root` and `--target`, else `no_root` counts the rows.",
        "Older exports have no `authorChannelId`: names stand for accounts, and two people of one name become one.",
    ),
    examples=(
        Example(
            "comments.csv",
            (
                {
                    "id": "Ugx1", "isReplyTo": "", "authorName": "@a", "authorChannelId": "UCa", "text": "see https://n.example/1",
                    "publishedAt": "2024-05-01 12:00:00",
                },
                {
                    "id": "Ugx1.r1", "isReplyTo": "Ugx1", "authorName": "@b", "authorChannelId": "UCb", "text": "no",
                    "publishedAt": "2024-05-01 12:01:00",
                },
            ),
            root="v1",
            target="UCo",
        ),
    ),
)  # fmt: skip
DATA_TOOLS: Final = record_format(DATA_TOOLS_DECLARED)
