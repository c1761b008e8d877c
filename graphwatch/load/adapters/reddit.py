"""Reddit dumps (Pushshift, Arctic Shift): comments (RC) and submissions (RS), one JSON object a line.

Acts of accounts that are ``[deleted]`` are left out and counted as ``deleted_authors``: they would all be one account. A text that was
removed or deleted is null, and the act is marked as deleted, also where it was read before, with its author. Where a record has no
``author_fullname``, the name stands for the account (``named_actors``): old dumps and new ones then disagree about who is who.
"""

from __future__ import annotations

from typing import Final

from graphwatch.load.adapters.fields import first
from graphwatch.load.harvest import Harvest, id_of, mapping_of, mappings_of, scalar_of
from graphwatch.load.objects import distinct, url
from graphwatch.load.records import Options, Record, RecordFormat

PLATFORM: Final = "reddit"
_GONE: Final = frozenset({"[deleted]", "[removed]", "[ Removed by Reddit ]", "[deleted by user]"})


def recognise(record: Record) -> bool:
    """Whether a record is of this format.

    Examples
    --------
    >>> recognise({"id": "x", "author": "a", "subreddit": "s", "created_utc": 1, "body": "", "link_id": "t3_y"})
    True
    """
    if not record.keys() >= {"id", "author", "subreddit", "created_utc"}:
        return False
    return ("body" in record and "link_id" in record) or ("title" in record and "selftext" in record)


def take(record: Record, line: int, harvest: Harvest, options: Options) -> None:
    """Put one comment or submission into the harvest."""
    comment = "body" in record and "link_id" in record
    key = _full(record.get("name")) or _full(record.get("id"), "t1_" if comment else "t3_")
    gone = mapping_of(record.get("_meta")).get("removal_type") is not None or bool(record.get("removed_by_category"))
    texts = [record.get(name) for name in (("body",) if comment else ("title", "selftext"))]
    gone = gone or any(text in _GONE for text in texts if isinstance(text, str))
    if gone and key is not None:
        harvest.tombstones.add((PLATFORM, key))
    author = first(record, ("author",))
    if author is None or author in _GONE:
        harvest.counts["deleted_authors"] += 1
        return
    actor = id_of(record.get("author_fullname"))
    if actor is None:
        harvest.counts["named_actors"] += 1
        actor = id_of(author)
    text = "\n\n".join(text for text in texts if isinstance(text, str) and text and text not in _GONE) or None
    seen = first(record, ("retrieved_on", "retrieved_utc"))
    parent = _full(record.get("parent_id")) if comment else _full(record.get("crosspost_parent"))
    original = next(iter(mappings_of(record.get("crosspost_parent_list"))), {})
    acted_on = None if comment else id_of(original.get("author_fullname"))
    top = options.target if options.target is not None and (parent is None or parent.startswith("t3_")) else None
    answered = "reply" if parent is not None and parent.startswith("t1_") else "comment"
    harvest.interaction(
        line,
        key,
        scalar_of(record.get("created_utc")),
        actor,
        answered if comment else "repost" if parent else "post",
        surface="comment" if comment else "group",
        target_ids=[acted_on] if acted_on else [top] if top else None,
        parent_id=parent,
        root_id=_full(record.get("link_id")) if comment else None,
        objects=None if comment else _shared(record),
        text=text,
        observed_at=seen,
    )
    harvest.account(actor, author, None, None, None, seen)


def _full(value: object, prefix: str = "") -> str | None:
    """Name with its prefix; without one a number or name alone does not say of what."""
    key = id_of(value)
    if key is None or not (prefix or key.startswith(("t1_", "t3_"))):
        return None
    return key if key.startswith(("t1_", "t3_")) else prefix + key


def _shared(record: Record) -> list[str]:
    """Address that a submission links to; that of a text is its own."""
    address = first(record, ("url_overridden_by_dest", "url"))
    return distinct([url(address)]) if isinstance(address, str) and record.get("is_self") is not True else []


REDDIT: Final = RecordFormat("reddit", PLATFORM, "UTC", "Reddit dumps: comments (RC) and submissions (RS)", recognise, take, escaped=True)
