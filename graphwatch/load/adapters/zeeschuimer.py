"""Zeeschuimer NDJSON: what a browser saw of TikTok and Xiaohongshu comments.

An envelope says when something was collected and where; ``data`` is the platform's own object. Items of other platforms are counted as
``other_platforms``.
"""

from __future__ import annotations

from typing import Final

from graphwatch.load.adapters.fields import first, reference
from graphwatch.load.harvest import Harvest, Scalar, id_of, mapping_of, mappings_of, scalar_of
from graphwatch.load.objects import objects_of_weibo
from graphwatch.load.records import Options, Record, RecordFormat


def recognise(record: Record) -> bool:
    """Whether a record is of this format.

    Examples
    --------
    >>> recognise({"item_id": "1", "source_platform": "tiktok-comments", "timestamp_collected": 1, "data": {}})
    True
    """
    return record.keys() >= {"item_id", "source_platform", "timestamp_collected", "data"}


def take(record: Record, line: int, harvest: Harvest, options: Options) -> None:
    """Put one item into the harvest."""
    source = str(record.get("source_platform"))
    data, seen = mapping_of(record.get("data")), scalar_of(record.get("timestamp_collected"))
    if "comments" in source and "tiktok" in source:
        harvest.platform = "tiktok"
        _tiktok(data, line, harvest, options, seen)
    elif "comments" in source and ("xiaohongshu" in source or "rednote" in source):
        harvest.platform = "xiaohongshu"
        _xiaohongshu(data, None, line, harvest, options, seen)
    else:
        harvest.counts["other_platforms"] += 1


def _tiktok(data: Record, line: int, harvest: Harvest, options: Options, seen: Scalar) -> None:
    user = mapping_of(data.get("user"))
    answered = reference(data.get("reply_to_reply_id")) or reference(data.get("reply_id"))
    _add(
        harvest, options, line, key=id_of(data.get("cid")), at=scalar_of(data.get("create_time")), author=reference(user.get("uid")),
        name=first(user, ("unique_id", "nickname")), answered=answered, acted_on=None, post=reference(data.get("aweme_id")),
        text=data.get("text"), seen=seen,
    )  # fmt: skip


def _xiaohongshu(data: Record, top: Record | None, line: int, harvest: Harvest, options: Options, seen: Scalar) -> None:
    user, answered = mapping_of(data.get("user_info")), mapping_of(data.get("target_comment")) or top or {}
    _add(
        harvest, options, line, key=id_of(data.get("id")), at=scalar_of(data.get("create_time")),
        author=id_of(first(user, ("user_id", "userid"))), name=first(user, ("nickname",)), answered=reference(answered.get("id")),
        acted_on=id_of(mapping_of(answered.get("user_info")).get("user_id")),
        post=reference(data.get("note_id")) or reference((top or {}).get("note_id")), text=data.get("content"), seen=seen,
    )  # fmt: skip
    if top is None:
        for below in mappings_of(data.get("sub_comments")):
            _xiaohongshu(below, data, line, harvest, options, seen)


def _add(
    harvest: Harvest,
    options: Options,
    line: int,
    *,
    key: str | None,
    at: Scalar,
    author: str | None,
    name: Scalar,
    answered: str | None,
    acted_on: str | None,
    post: str | None,
    text: object,
    seen: Scalar,
) -> None:
    target = acted_on or (options.target if not answered else None)
    harvest.interaction(
        line,
        key,
        at,
        author,
        "reply" if answered else "comment",
        surface="comment",
        target_ids=[target] if target else None,
        parent_id=answered or post,
        root_id=post,
        objects=objects_of_weibo(text) if isinstance(text, str) else None,
        text=text,
        observed_at=seen,
    )
    harvest.account(author, name, None, None, None, seen)


ZEESCHUIMER: Final = RecordFormat("zeeschuimer", "tiktok", "UTC", "Zeeschuimer NDJSON: comments of TikTok and Xiaohongshu", recognise, take)
