"""CrowdTangle CSV: posts of Facebook pages and Instagram accounts.

Times carry the abbreviation of a zone. Those with one meaning (EST, PDT, CET, UTC, …) are read; of the others (CST is Chicago or Shanghai)
only date and time are taken, in the zone that ``load.timezone`` names. An Instagram account is its name, because its number is not given.
"""

from __future__ import annotations

import re
from typing import Final

from graphwatch.load.adapters.fields import first, reference
from graphwatch.load.harvest import Harvest, Scalar
from graphwatch.load.objects import distinct, url
from graphwatch.load.records import Options, Record, RecordFormat

_FACEBOOK: Final = frozenset({"Page Name", "Facebook Id", "Post Created", "URL", "Message", "Followers at Posting"})
_INSTAGRAM: Final = frozenset({"Account", "User Name", "Post Created", "URL", "Description", "Followers at Posting"})
_ZONED: Final = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) ([A-Z]{3,4})")
_OFFSETS: Final = {
    "UTC": "+0000", "GMT": "+0000", "EST": "-0500", "EDT": "-0400", "CDT": "-0500", "MST": "-0700", "MDT": "-0600", "PST": "-0800",
    "PDT": "-0700", "CET": "+0100", "CEST": "+0200", "EET": "+0200", "EEST": "+0300", "WEST": "+0100", "JST": "+0900", "KST": "+0900",
    "AEST": "+1000", "AEDT": "+1100", "NZST": "+1200", "NZDT": "+1300",
}  # fmt: skip
_TAIL: Final = re.compile(r"([^/?=]+)/?(?:\?.*)?$")
_PERMALINK: Final = re.compile(r"https?://(?:www\.|m\.)?facebook\.com/(?:.*/)?(?:posts|videos|permalink|photos)/.+")


def recognise(record: Record) -> bool:
    """Whether a row is of this format.

    Examples
    --------
    >>> recognise(dict.fromkeys(["Page Name", "Facebook Id", "Post Created", "URL", "Message", "Followers at Posting"]))
    True
    """
    return record.keys() >= _FACEBOOK or record.keys() >= _INSTAGRAM


def take(record: Record, line: int, harvest: Harvest, options: Options) -> None:
    """Put one row into the harvest."""
    facebook = "Facebook Id" in record
    harvest.platform = "facebook" if facebook else "instagram"
    actor = reference(record.get("Facebook Id")) if facebook else reference(record.get("User Name"))
    own, address = tail(record.get("URL")), first(record, ("Final Link", "Link"))
    shared = isinstance(address, str) and address != record.get("URL")
    passed_on = tail(address) if facebook and isinstance(address, str) and _PERMALINK.fullmatch(address) else None
    origin = passed_on if passed_on != own else None
    at, fans = zoned(first(record, ("Post Created",))), first(record, ("Followers at Posting",))
    created = zoned(first(record, ("Page Created",)))
    parts = (record.get("Message"),) if facebook else (record.get("Title"), record.get("Description"))
    text = "\n".join(part for part in parts if isinstance(part, str) and part.strip()) or None
    harvest.interaction(
        line,
        own,
        at,
        actor,
        "repost" if origin else "post",
        surface="feed",
        target_ids=[options.target] if options.target is not None else None,
        parent_id=origin,
        objects=distinct([url(address)]) if shared and isinstance(address, str) and origin is None else [],
        text=text,
        followers=fans,
        actor_created_at=created,
    )
    name = first(record, ("Page Name",) if facebook else ("User Name", "Account"))
    harvest.account(actor, name, created, fans, None, at)


def zoned(value: Scalar) -> Scalar:
    """Give a time with the offset for its zone, or without a zone when the abbreviation has several meanings.

    Examples
    --------
    >>> zoned("2022-05-01 08:00:00 EDT"), zoned("2022-05-01 08:00:00 CST")
    ('2022-05-01 08:00:00 -0400', '2022-05-01 08:00:00')
    """
    found = _ZONED.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return value
    time, name = found.groups()
    return f"{time} {_OFFSETS[name]}" if name in _OFFSETS else time


def tail(address: object) -> str | None:
    """Give the last part of an address, which is the id of a post.

    Examples
    --------
    >>> tail("https://www.facebook.com/7/posts/123"), tail("https://www.instagram.com/p/Ab_1/"), tail(None)
    ('123', 'Ab_1', None)
    """
    found = _TAIL.search(address.strip()) if isinstance(address, str) else None
    return found.group(1) if found else None


CROWDTANGLE: Final = RecordFormat(
    "crowdtangle", "facebook", "UTC", "CrowdTangle CSV: posts of Facebook pages and Instagram accounts", recognise, take, ("csv",)
)
