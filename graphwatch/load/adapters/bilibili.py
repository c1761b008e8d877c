"""Bilibili's comment API: pages of comments, or one comment a line, with the answers that are shown under them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from graphwatch.load.adapters.fields import one_id, reference
from graphwatch.load.declared import Declared, Example, Field, Items, Relation, Shape
from graphwatch.load.harvest import Harvest, mapping_of, mappings_of
from graphwatch.load.interpret import record_format
from graphwatch.load.records import Options, Record

_TYPES: Final = {"1": "video", "8": "live", "12": "article", "17": "dynamic"}
_DEEPEST: Final = 3


def is_page(record: Record) -> bool:
    """Whether a record is a page of comments.

    Examples
    --------
    >>> is_page({"data": {"replies": None, "cursor": {}}}), is_page({"data": {}})
    (True, False)
    """
    data = mapping_of(record.get("data"))
    return "replies" in data and ("cursor" in data or "page" in data or "upper" in data)


def unfold(record: Record, line: int, harvest: Harvest, options: Options) -> Iterator[Record]:  # noqa: ARG001
    """Give the comments of a page, or a comment, and what is shown under each; whose video it is goes with those at the top."""
    owner: Record = {} if options.target is None else {"mid": options.target}
    if not is_page(record) or "rpid" in record:
        yield from _with_answers(record, owner, 0)
        return
    data = mapping_of(record["data"])
    upper = mapping_of(data.get("upper"))
    harvest.counts["pages"] += 1
    owner = upper if reference(upper.get("mid")) else owner
    pinned = [comment for value in (upper.get("top"), data.get("root")) if (comment := mapping_of(value))]
    for comment in [*pinned, *mappings_of(data.get("top_replies")), *mappings_of(data.get("replies"))]:
        yield from _with_answers(comment, owner, 0)


def _with_answers(comment: Record, owner: Record, depth: int) -> Iterator[Record]:
    answers = any(reference(comment.get(name)) for name in ("parent_str", "parent"))
    yield comment if answers or not owner else comment | {"upper": owner}
    if depth < _DEEPEST:
        for answer in mappings_of(comment.get("replies")):
            yield from _with_answers(answer, owner, depth + 1)


def prefix(record: Record) -> str:
    """Give what the numbers of what a comment stands under are numbers of.

    Examples
    --------
    >>> prefix({"type": 12}), prefix({}), prefix({"type": 99})
    ('article:', 'video:', '99:')
    """
    kind = str(record.get("type", 1))
    return f"{_TYPES.get(kind, kind)}:"


def verified(value: object) -> bool | None:
    """Whether a kind of verification is one: 0 a person, 1 an organisation, -1 none."""
    return value >= 0 if isinstance(value, int) else None


BILIBILI_DECLARED: Final = Declared(
    name="bilibili-comments",
    meaning="Bilibili comment API: pages, or one comment a line",
    platform="bilibili",
    zone="UTC",
    tool="Bilibili's comment API (`/x/v2/reply`)",
    version="fields as of 2024",
    files="answers of the API as they came, one a line or in one array; or one comment a line",
    containers=("lines", "document"),
    unfold=unfold,
    envelope=is_page,
    shapes=(
        Shape(
            "comments",
            (
                Field("interaction_id", ("rpid_str", "rpid")),
                Field("at", ("ctime",)),
                Field("actor_id", ("mid_str", "mid")),
                Items("target_ids", ("upper.mid",), one_id, "of the page, `data.upper`; comments at the top only; else `--target`"),
                Items("target_ids", ("content.members[].mid",), one_id),
                Field("root_id", ("oid_str", "oid"), "after `video:`, `article:`, `dynamic:` or `<type>:`, by `type`"),
                Field("text", ("content.message",)),
                Field("accounts.name", ("member.uname",)),
                Field("accounts.verified", ("member.official_verify.type",), "-1 is not verified", verified),
            ),
            (Relation("reply", ("parent_str", "parent"), note='"0" is the video'),),
            keys=frozenset({"rpid", "oid", "mid", "ctime"}),
            kind="comment",
            surface="comment",
            under_root=True,
            prefix=prefix,
            within=("", "data.replies[]", "data.top_replies[]", "data.upper.top", "data.root", "replies[]"),
        ),
    ),
    traps=(
        "Ids are taken from `rpid_str` and its likes: a program that read the numbers as floats has lost their last digits.",
        "What comments stand under is `video:<oid>`, `article:<oid>` or `dynamic:<oid>`, because its numbers are also those of comments.",
        "A page shows three answers under a comment; the others are on pages of their own.",
    ),
    examples=(
        Example(
            "replies.jsonl",
            (
                {
                    "rpid": 11, "rpid_str": "11", "oid": 900, "oid_str": "900", "type": 1, "mid": 501, "mid_str": "501", "root": 0,
                    "parent": 0, "parent_str": "0", "ctime": 1714564800, "upper": {"mid": 77},
                    "member": {"mid": "501", "uname": "甲", "official_verify": {"type": 0}},
                    "content": {"message": "看 https://n.example/1", "members": [{"mid": "503"}]},
                },
                {
                    "rpid": 12, "rpid_str": "12", "oid": 900, "oid_str": "900", "type": 1, "mid": 502, "mid_str": "502", "root": 11,
                    "parent": 11, "parent_str": "11", "ctime": 1714564860,
                    "member": {"mid": "502", "uname": "乙", "official_verify": {"type": -1}},
                    "content": {"message": "嗯"},
                },
            ),
        ),
    ),
)  # fmt: skip
BILIBILI: Final = record_format(BILIBILI_DECLARED)
