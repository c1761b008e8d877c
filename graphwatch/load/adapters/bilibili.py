"""Bilibili's comment API: pages of comments, or one comment a line, with the answers that are shown under them.

Ids are taken from ``rpid_str`` and its likes: a program that read the numbers as floats has lost their last digits. What the comments stand
under is ``video:<id>``, ``article:<id>``, ``dynamic:<id>`` or ``<type>:<id>``, because its numbers are also those of comments.
"""

from __future__ import annotations

from typing import Final

from graphwatch.load.adapters.fields import first, reference
from graphwatch.load.harvest import Harvest, id_of, mapping_of, mappings_of, scalar_of
from graphwatch.load.objects import distinct, objects_of_weibo
from graphwatch.load.records import Options, Record, RecordFormat

_TYPES: Final = {"1": "video", "8": "live", "12": "article", "17": "dynamic"}
_DEEPEST: Final = 3


def recognise(record: Record) -> bool:
    """Whether a record is of this format.

    Examples
    --------
    >>> recognise({"rpid": 1, "oid": 2, "mid": 3, "ctime": 4}), recognise({"data": {"replies": None, "cursor": {}}})
    (True, True)
    """
    if record.keys() >= {"rpid", "oid", "mid", "ctime"}:
        return True
    data = mapping_of(record.get("data"))
    return "replies" in data and ("cursor" in data or "page" in data or "upper" in data)


def take(record: Record, line: int, harvest: Harvest, options: Options) -> None:
    """Put one page or one comment into the harvest."""
    if "rpid" in record:
        _comment(record, options.target, line, harvest, 0)
    elif recognise(record):
        data = mapping_of(record["data"])
        upper = mapping_of(data.get("upper"))
        owner = reference(upper.get("mid")) or options.target
        harvest.counts["pages"] += 1
        pinned = [comment for value in (upper.get("top"), data.get("root")) if (comment := mapping_of(value))]
        for comment in [*pinned, *mappings_of(data.get("top_replies")), *mappings_of(data.get("replies"))]:
            _comment(comment, owner, line, harvest, 0)
    else:
        harvest.faults.add(line, "neither a comment (rpid, oid, mid, ctime) nor a page of them (data.replies)", str(record))


def _comment(comment: Record, owner: str | None, line: int, harvest: Harvest, depth: int) -> None:
    parent = reference(first(comment, ("parent_str", "parent")))
    oid, content = reference(first(comment, ("oid_str", "oid"))), mapping_of(comment.get("content"))
    kind = str(comment.get("type", 1))
    root = f"{_TYPES.get(kind, kind)}:{oid}" if oid else None
    author, member = reference(first(comment, ("mid_str", "mid"))), mapping_of(comment.get("member"))
    mentioned = [reference(user.get("mid")) for user in mappings_of(content.get("members"))]
    text = content.get("message")
    harvest.interaction(
        line,
        reference(first(comment, ("rpid_str", "rpid"))),
        scalar_of(comment.get("ctime")),
        author,
        "reply" if parent else "comment",
        surface="comment",
        target_ids=distinct([None if parent else owner, *mentioned]) or None,
        parent_id=parent or root,
        root_id=root,
        objects=objects_of_weibo(text) if isinstance(text, str) else None,
        text=text,
    )
    verified = mapping_of(member.get("official_verify")).get("type")
    harvest.account(author, id_of(member.get("uname")), None, None, verified >= 0 if isinstance(verified, int) else None, None)
    if depth < _DEEPEST:
        for answer in mappings_of(comment.get("replies")):
            _comment(answer, owner, line, harvest, depth + 1)


BILIBILI: Final = RecordFormat(
    "bilibili-comments", "bilibili", "UTC", "Bilibili comment API: pages, or one comment a line", recognise, take, ("lines", "document")
)
