"""YouTube Data API: comment threads and comments, as pages or one a line.

``textOriginal`` is given to the author of a comment only; else the text is taken from ``textDisplay``, which is HTML. Comments of
accounts that are gone have no author: they are left out and counted as ``deleted_authors``, because they would all be one account.
"""

from __future__ import annotations

from typing import Final

from graphwatch.load.adapters.fields import first
from graphwatch.load.adapters.mastodon import read_content
from graphwatch.load.harvest import Harvest, id_of, mapping_of, mappings_of, scalar_of
from graphwatch.load.records import Options, Record, RecordFormat


def recognise(record: Record) -> bool:
    """Whether a record is of this format.

    Examples
    --------
    >>> recognise({"kind": "youtube#commentThreadListResponse", "items": []})
    True
    """
    return str(record.get("kind")).startswith("youtube#comment")


def take(record: Record, line: int, harvest: Harvest, options: Options) -> None:
    """Put one page, thread or comment into the harvest."""
    if not recognise(record):
        harvest.faults.add(line, "not a comment, thread or page of them (kind is not youtube#comment…)", str(record))
        return
    if isinstance(record.get("items"), list):
        harvest.counts["pages"] += 1
        items = list(mappings_of(record["items"]))
    else:
        items = [record]
    for item in items:
        snippet = mapping_of(item.get("snippet"))
        video, channel = id_of(snippet.get("videoId")), id_of(snippet.get("channelId"))
        if "topLevelComment" in snippet:
            _comment(mapping_of(snippet["topLevelComment"]), video, channel, line, harvest, options)
            for reply in mappings_of(mapping_of(item.get("replies")).get("comments")):
                _comment(reply, video, channel, line, harvest, options)
        else:
            _comment(item, video, channel, line, harvest, options)


def _comment(comment: Record, video: str | None, channel: str | None, line: int, harvest: Harvest, options: Options) -> None:
    snippet = mapping_of(comment.get("snippet"))
    author = id_of(mapping_of(snippet.get("authorChannelId")).get("value"))
    if author is None:
        harvest.counts["deleted_authors"] += 1
        return
    parent = id_of(snippet.get("parentId"))
    root = video or id_of(snippet.get("videoId")) or options.root
    owner = channel or id_of(snippet.get("channelId")) or options.target
    text, display = snippet.get("textOriginal"), snippet.get("textDisplay")
    harvest.interaction(
        line,
        id_of(comment.get("id")),
        scalar_of(snippet.get("publishedAt")),
        author,
        "reply" if parent else "comment",
        surface="comment",
        target_ids=[owner] if owner and not parent else None,
        parent_id=parent or root,
        root_id=root,
        text=text if isinstance(text, str) else read_content(display)[0] if isinstance(display, str) else None,
    )
    harvest.account(author, first(snippet, ("authorDisplayName",)), None, None, None, None)


YOUTUBE: Final = RecordFormat(
    "youtube-api", "youtube", "UTC", "YouTube Data API: comment threads and comments", recognise, take, ("lines", "document")
)
