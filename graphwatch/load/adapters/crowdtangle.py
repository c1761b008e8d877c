"""CrowdTangle CSV: posts of Facebook pages and Instagram accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from graphwatch.load.adapters.fields import first, given
from graphwatch.load.declared import Declared, Example, Field, Items, Relation, Shape
from graphwatch.load.harvest import Harvest, Scalar
from graphwatch.load.interpret import record_format
from graphwatch.load.objects import url
from graphwatch.load.records import Options, Record

_ZONED: Final = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) ([A-Z]{3,4})")
_OFFSETS: Final = {
    "UTC": "+0000", "GMT": "+0000", "EST": "-0500", "EDT": "-0400", "CDT": "-0500", "MST": "-0700", "MDT": "-0600", "PST": "-0800",
    "PDT": "-0700", "CET": "+0100", "CEST": "+0200", "EET": "+0200", "EEST": "+0300", "WEST": "+0100", "JST": "+0900", "KST": "+0900",
    "AEST": "+1000", "AEDT": "+1100", "NZST": "+1200", "NZDT": "+1300",
}  # fmt: skip
_TAIL: Final = re.compile(r"([^/?=]+)/?(?:\?.*)?$")
_PERMALINK: Final = re.compile(r"https?://(?:www\.|m\.)?facebook\.com/(?:.*/)?(?:posts|videos|permalink|photos)/.+")
_LINKS: Final = ("Final Link", "Link")


def zoned(value: object) -> Scalar:
    """Give a time with the offset for its zone, or without a zone when the abbreviation has several meanings.

    Examples
    --------
    >>> zoned("2022-05-01 08:00:00 EDT"), zoned("2022-05-01 08:00:00 CST")
    ('2022-05-01 08:00:00 -0400', '2022-05-01 08:00:00')
    """
    held = given(value)
    found = _ZONED.fullmatch(held.strip()) if isinstance(held, str) else None
    if found is None:
        return held
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


def shared_post(address: object) -> str | None:
    """Give the Facebook post that an address is of; None: it is of none.

    Examples
    --------
    >>> shared_post("https://www.facebook.com/7/posts/123"), shared_post("https://n.example/posts/1")
    ('123', None)
    """
    return tail(address) if isinstance(address, str) and _PERMALINK.fullmatch(address) else None


def outside(address: object) -> list[str | None]:
    """Give the object that an address is, unless it is of a Facebook post."""
    return [url(address)] if isinstance(address, str) and shared_post(address) is None else []


def unfold(record: Record, line: int, harvest: Harvest, options: Options) -> Iterator[Record]:  # noqa: ARG001
    """Leave one link in a row, and none where it is that of the post itself."""
    address = first(record, _LINKS)
    own = record.get("URL")
    same = address == own or shared_post(address) == tail(own)
    yield record | {"Final Link": None, "Link": None if same else address}


CROWDTANGLE_DECLARED: Final = Declared(
    name="crowdtangle",
    meaning="CrowdTangle CSV: posts of Facebook pages and Instagram accounts",
    platform="facebook",
    zone="UTC",
    tool="CrowdTangle (closed in August 2024)",
    version="columns after 4CAT's importer, 227bead1d",
    files="the CSV that CrowdTangle mailed for a list or a search, of Facebook or of Instagram",
    containers=("csv",),
    nested=False,
    unfold=unfold,
    shapes=(
        Shape(
            "posts of Facebook pages",
            (
                Field("interaction_id", ("URL",), "its last part", tail),
                Field("at", ("Post Created",), read=zoned),
                Field("actor_id", ("Facebook Id",)),
                Items("objects", _LINKS, outside, "unless it is of a Facebook post"),
                Field("text", ("Message",)),
                Field("followers", ("Followers at Posting",)),
                Field("actor_created_at", ("Page Created",), read=zoned),
                Field("accounts.name", ("Page Name",)),
                Field("accounts.observed_at", ("Post Created",), "followers are those at posting", zoned),
            ),
            (Relation("repost", _LINKS, read=shared_post, note="a link to another Facebook post, its last part"),),
            keys=frozenset({"Page Name", "Facebook Id", "Post Created", "URL", "Message", "Followers at Posting"}),
            kind="post",
            surface="feed",
            platform="facebook",
            aimed="all",
        ),
        Shape(
            "posts of Instagram accounts",
            (
                Field("interaction_id", ("URL",), "its last part", tail),
                Field("at", ("Post Created",), read=zoned),
                Field("actor_id", ("User Name",), "the name stands for the account, whose number is not given"),
                Items("objects", _LINKS, outside),
                Field("text", ("Title",)),
                Field("text", ("Description",)),
                Field("followers", ("Followers at Posting",)),
                Field("accounts.name", ("User Name", "Account")),
                Field("accounts.observed_at", ("Post Created",), "followers are those at posting", zoned),
            ),
            keys=frozenset({"Account", "User Name", "Post Created", "URL", "Description", "Followers at Posting"}),
            without=frozenset({"Facebook Id"}),
            kind="post",
            surface="feed",
            platform="instagram",
            aimed="all",
            joins_text=True,
        ),
    ),
    traps=(
        "Times carry the abbreviation of a zone. Those with one meaning (EST, PDT, CET, UTC, …) are read. CST, IST and other ambiguous "
        "ones are not trusted: the time is taken to be in `load.timezone` and counted as `naive_times`.",
        "A post that links to another Facebook post is a repost of it.",
        "An export may hold pages of a list only: who is not on the list did not necessarily keep silent.",
    ),
    examples=(Example(
        "facebook.csv",
        (
            {
                "Page Name": "A", "User Name": "aaa", "Facebook Id": "501", "Page Created": "2012-01-01 00:00:00",
                "Followers at Posting": "1,234", "Post Created": "2024-05-01 08:00:00 EDT", "Type": "Link", "Message": "see",
                "URL": "https://www.facebook.com/501/posts/9001", "Link": "https://n.example/1", "Final Link": "",
            },
            {
                "Page Name": "B", "User Name": "bbb", "Facebook Id": "502", "Page Created": "2013-01-01 00:00:00",
                "Followers at Posting": "7", "Post Created": "2024-05-01 08:05:00 EDT", "Type": "Link", "Message": "shared",
                "URL": "https://www.facebook.com/502/posts/9002", "Link": "https://www.facebook.com/501/posts/9001",
            },
            {
                "Page Name": "C", "User Name": "ccc", "Facebook Id": "503", "Page Created": "2014-01-01 00:00:00",
                "Followers at Posting": "9", "Post Created": "2024-05-01 08:07:00 EDT", "Type": "Link", "Message": "look",
                "URL": "https://www.facebook.com/503/posts/9003", "Link": "https://short.example/x", "Final Link": "https://n.example/3",
            },
        ),
    ), Example(
        "instagram.csv",
        (
            {
                "Account": "A", "User Name": "aaa", "Followers at Posting": "1,234", "Post Created": "2024-05-01 12:00:00 UTC",
                "Type": "Photo", "URL": "https://www.instagram.com/p/Ab_1/", "Final Link": "https://n.example/2", "Link": "",
                "Title": "morning",
                "Description": "good",
            },
        ),
    )),
)  # fmt: skip
CROWDTANGLE: Final = record_format(CROWDTANGLE_DECLARED)
