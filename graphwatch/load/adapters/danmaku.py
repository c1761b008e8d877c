"""Bilibili danmaku XML: the comments that fly over a video.

``p`` of each ``d`` element holds seconds into the video, mode, size, colour, time sent, pool, hash of the sender, id. The hash is a CRC32
of the account's number: eight hexadecimal digits, which several accounts share and which may look like a number. Accounts are therefore
``midhash:…``, and are never the account of that number. Whose video it is the file does not say: ``target`` does.
"""

from __future__ import annotations

import re
from typing import Final

from graphwatch.load.harvest import Harvest, mapping_of
from graphwatch.load.records import Options, Record, RecordFormat

PLATFORM: Final = "bilibili"
_HASH: Final = re.compile(r"[0-9a-fA-F]{1,8}")
_FIELDS: Final = 8


def recognise(record: Record) -> bool:
    """Whether an element is of this format.

    Examples
    --------
    >>> recognise({"root": "i", "element": "d", "attributes": {"p": "1,1,25,0,1714564800,0,ab,9,10"}})
    True
    """
    attributes = mapping_of(record.get("attributes"))
    return record.get("root") == "i" and (record.get("element") != "d" or str(attributes.get("p")).count(",") >= _FIELDS - 1)


def take(record: Record, line: int, harvest: Harvest, options: Options) -> None:
    """Put one element into the harvest; those that are no danmaku (server, limits) are passed over."""
    if record.get("element") != "d":
        return
    parts = str(mapping_of(record.get("attributes")).get("p")).split(",")
    if len(parts) < _FIELDS or not parts[7].strip("0 ") or not _HASH.fullmatch(parts[6]):
        harvest.faults.add(line, "attribute p is not eight fields with a sender's hash and an id (of a live recording?)", str(record)[:500])
        return
    if options.target is None:
        harvest.counts["no_target"] += 1
    chat = str(mapping_of(record.get("siblings")).get("chatid") or "").strip()
    root = options.root or (f"cid:{chat}" if chat else None)
    harvest.interaction(
        line,
        f"danmaku:{parts[7].strip()}",  # numbers of comments and of danmaku overlap
        parts[4],
        f"midhash:{parts[6].lower()}",
        "danmaku",
        surface="danmaku",
        target_ids=[options.target] if options.target is not None else None,
        parent_id=root,
        root_id=root,
        text=record.get("text"),
    )


DANMAKU: Final = RecordFormat(
    "bilibili-danmaku", PLATFORM, "UTC", "Bilibili danmaku XML: comments over a video, senders as hashes", recognise, take, ("xml",)
)
