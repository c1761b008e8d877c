"""Bluesky Jetstream JSONL: posts, replies, quotes, reposts, deletions and follows.

The time of an act is ``time_us``, when the relay saw it: ``createdAt`` is what the client claims. The account acted upon is in the
address of what is answered (``at://did/collection/key``).
"""

from __future__ import annotations

from typing import Final

from graphwatch.load.harvest import Harvest, mapping_of, mappings_of, scalar_of
from graphwatch.load.objects import distinct, media, tag, url
from graphwatch.load.records import Options, Record, RecordFormat

PLATFORM: Final = "bluesky"
POST: Final = "app.bsky.feed.post"
REPOST: Final = "app.bsky.feed.repost"
LIKE: Final = "app.bsky.feed.like"
FOLLOW: Final = "app.bsky.graph.follow"
_NO_HANDLE: Final = "handle.invalid"


def recognise(record: Record) -> bool:
    """Whether a record is of this format.

    Examples
    --------
    >>> recognise({"did": "did:plc:a", "time_us": 1, "kind": "commit", "commit": {}})
    True
    """
    return "did" in record and "time_us" in record and scalar_of(record.get("kind")) in {"commit", "identity", "account"}


def take(record: Record, line: int, harvest: Harvest, options: Options) -> None:  # noqa: ARG001
    """Put one event into the harvest."""
    kind = scalar_of(record.get("kind"))
    if kind in {"identity", "account"}:
        harvest.counts[f"{kind}_events"] += 1
        handle = mapping_of(record.get("identity")).get("handle")
        if isinstance(handle, str) and handle != _NO_HANDLE:
            harvest.account(scalar_of(record.get("did")), handle, None, None, None, scalar_of(record.get("time_us")))
        return
    commit = mapping_of(record.get("commit"))
    did = record.get("did")
    if kind != "commit" or not commit or not isinstance(did, str):
        harvest.faults.add(line, "not a Jetstream event (no did, kind or commit)", str(record))
        return
    collection, operation = scalar_of(commit.get("collection")), commit.get("operation")
    address = f"at://{did}/{collection}/{commit.get('rkey')}"
    if collection not in {POST, REPOST, FOLLOW}:
        harvest.counts["likes" if collection == LIKE else "other_collections"] += 1
    elif operation == "delete":
        if collection == FOLLOW:
            harvest.counts["unfollows"] += 1
        else:
            harvest.tombstones.add((PLATFORM, address))
    elif collection == FOLLOW:
        subject = mapping_of(commit.get("record")).get("subject")
        harvest.follow(did, subject if isinstance(subject, str) else None, scalar_of(record.get("time_us")))
    elif collection == REPOST:
        _repost(record, commit, address, line, harvest)
    else:
        _post(record, commit, address, line, harvest)


def _repost(record: Record, commit: Record, address: str, line: int, harvest: Harvest) -> None:
    parent = _uri(mapping_of(commit.get("record")).get("subject"))
    seen = scalar_of(record.get("time_us"))
    harvest.interaction(
        line,
        address,
        seen,
        scalar_of(record["did"]),
        "repost",
        surface="feed",
        target_ids=did_list(parent),
        parent_id=parent,
        observed_at=seen,
    )


def _post(record: Record, commit: Record, address: str, line: int, harvest: Harvest) -> None:
    body = mapping_of(commit.get("record"))
    reply = mapping_of(body.get("reply"))
    parent, root = _uri(reply.get("parent")), _uri(reply.get("root"))
    embed = mapping_of(body.get("embed"))
    quoted = _quoted(embed)
    mentions, objects = _facets(body)
    targets = distinct([*did_list(parent), *did_list(quoted), *mentions])
    kind = "reply" if parent else "quote" if quoted else "mention" if mentions else "post"
    seen = scalar_of(record.get("time_us"))
    harvest.interaction(
        line,
        address,
        seen,
        scalar_of(record["did"]),
        kind,
        surface="feed",
        target_ids=targets,
        parent_id=parent or quoted,
        root_id=root,
        objects=distinct([*objects, *_embedded(embed)]),
        text=body.get("text"),
        observed_at=seen,
    )


def _uri(value: object) -> str | None:
    uri = mapping_of(value).get("uri")
    return uri if isinstance(uri, str) and uri.startswith("at://") else None


def did_list(uri: str | None) -> list[str]:
    """Account that an at:// address names, as a list of one; empty when it names none.

    Examples
    --------
    >>> did_list("at://did:plc:abc/app.bsky.feed.post/3k"), did_list("at://alice.example/x/y"), did_list(None)
    (['did:plc:abc'], [], [])
    """
    if uri is None:
        return []
    owner = uri.removeprefix("at://").partition("/")[0]
    return [owner] if owner.startswith("did:") else []


def _quoted(embed: Record) -> str | None:
    """Post that an embed quotes; lists, feeds and starter packs are embedded the same way and are no posts."""
    inner = mapping_of(embed.get("record"))
    uri = _uri(inner) or _uri(inner.get("record"))
    return uri if uri is not None and f"/{POST}/" in uri else None


def _facets(body: Record) -> tuple[list[str], list[str | None]]:
    """Accounts mentioned and objects linked in the text, and the tags beside it."""
    mentions: list[str] = []
    tags = body.get("tags")
    objects: list[str | None] = [tag(word) for word in tags if isinstance(word, str)] if isinstance(tags, list) else []
    for facet in mappings_of(body.get("facets")):
        for feature in mappings_of(facet.get("features")):
            did, uri, word = feature.get("did"), feature.get("uri"), feature.get("tag")
            if isinstance(did, str):
                mentions.append(did)
            if isinstance(uri, str):
                objects.append(url(uri))
            if isinstance(word, str):
                objects.append(tag(word))
    return mentions, objects


def _embedded(embed: Record) -> list[str | None]:
    """Links, images and videos of an embed, also of one beside a quote."""
    body = mapping_of(embed.get("media")) or embed
    link = mapping_of(body.get("external")).get("uri")
    found: list[str | None] = [url(link)] if isinstance(link, str) else []
    blobs = [image.get("image") for image in mappings_of(body.get("images"))] + [body.get("video")]
    for blob in blobs:
        cid = mapping_of(mapping_of(blob).get("ref")).get("$link")
        if isinstance(cid, str):
            found.append(media(cid))
    return found


JETSTREAM: Final = RecordFormat(
    "jetstream", PLATFORM, "UTC", "Bluesky Jetstream JSONL: posts, replies, quotes, reposts, follows, deletions", recognise, take
)
