"""twarc2 JSONL (Twitter API v2): a line is a page of tweets with includes, or one flattened tweet.

Included tweets (answered, quoted, retweeted) are interactions as well and counted as ``context``. Users give accounts, and followers
and creation date of each actor, as of when the page was retrieved. Mentions without an id are looked up by name among the
users of the same page; those not found there are counted as ``unresolved_mentions``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from graphwatch.load.canonical import first_line
from graphwatch.load.harvest import Harvest, Scalar, id_of, mapping_of, mappings_of, parse_json, scalar_of
from graphwatch.load.objects import distinct, media, tag, url
from graphwatch.load.open import Lines
from graphwatch.load.records import Options, Record, RecordFormat
from graphwatch.load.twarcflat import take_flat
from graphwatch.load.twarcpages import take_pages

PLATFORM: Final = "x"
_NOBODY: Final[Record] = {}
_KIND: Final = {"retweeted": "repost", "replied_to": "reply", "quoted": "quote"}


@dataclass(slots=True)
class _Page:
    """What a line knows beside its tweets."""

    observed_at: Scalar
    users: Mapping[str, Record] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    authors: Mapping[str, str] = field(default_factory=dict)


def recognise(record: Record) -> bool:
    """Whether a record is of this format.

    Examples
    --------
    >>> recognise({"data": [], "meta": {}}), recognise({"id": "1", "author_id": "2", "created_at": "", "text": ""})
    (True, True)
    """
    if "data" in record and ("includes" in record or "meta" in record or "__twarc" in record):
        return True
    if "meta" in record and "__twarc" in record:  # the last page of a search is often empty
        return True
    return "author_id" in record and "id" in record and "text" in record and ("conversation_id" in record or "created_at" in record)


def take(record: Record, line: int, harvest: Harvest, options: Options) -> None:  # noqa: ARG001
    """Put one page or one flat tweet into the harvest."""
    observed = scalar_of(mapping_of(record.get("__twarc")).get("retrieved_at"))
    if "author_id" in record and "data" not in record:
        tweets = _unfold(record)
        included = tweets[1:]
        users = [user for tweet in tweets for user in _flat_users(tweet)]
        tweets = tweets[:1]
    else:
        data = record.get("data")
        tweets = [data] if isinstance(data, dict) else list(mappings_of(data))
        includes = mapping_of(record.get("includes"))
        included, users = list(mappings_of(includes.get("tweets"))), list(mappings_of(includes.get("users")))
        harvest.counts["pages"] += 1
        harvest.counts["empty_pages"] += not tweets
    page = _page(tweets + included, users, observed)
    for key, user in page.users.items():
        _account(key, user, observed, harvest)
    for tweet in tweets:
        _tweet(tweet, page, line, harvest)
    for tweet in included:
        _tweet(tweet, page, line, harvest)
    harvest.counts["context"] += len(included)


def take_block(block: Lines, harvest: Harvest, options: Options) -> pl.DataFrame | None:
    """Put a block of pages or of flattened tweets into the harvest, but for the tweets, which it gives; None: it is neither."""
    try:
        first = mapping_of(parse_json(first_line(block.raw)))
    except ValueError:
        return None
    flat = "author_id" in first and "data" not in first
    return (take_flat if flat else take_pages)(block, harvest, options)


def _unfold(tweet: Record) -> list[Record]:
    """Give a flat tweet and the tweets written into its references, innermost last."""
    found = [tweet]
    for reference in mappings_of(tweet.get("referenced_tweets")):
        if reference.get("author_id") is not None:
            found += _unfold(reference)
    return found


def _flat_users(tweet: Record) -> list[Record]:
    """Users written into a flat tweet: its author, whom it answers, whom it mentions."""
    mentioned = mappings_of(mapping_of(tweet.get("entities")).get("mentions"))
    named = [mapping_of(tweet.get("author")), mapping_of(tweet.get("in_reply_to_user")), *mentioned]
    return [user for user in named if "id" in user and user.get("public_metrics") is not None]


def _page(tweets: list[Record], users: list[Record], observed: Scalar) -> _Page:
    known = {key: user for user in users if (key := id_of(user.get("id")))}
    names = {name.lower(): key for key, user in known.items() if isinstance(name := user.get("username"), str)}
    authors = {key: author for tweet in tweets if (key := id_of(tweet.get("id"))) and (author := id_of(tweet.get("author_id")))}
    return _Page(observed, known, names, authors)


def _tweet(tweet: Record, page: _Page, line: int, harvest: Harvest) -> None:
    """Put one tweet into the harvest; fields are mostly what they should be, so that is looked at before anything is called."""
    get = tweet.get
    references = _references(get("referenced_tweets"))
    relation = next((name for name in _KIND if name in references), None) if references else None
    author = given if type(given := get("author_id")) is str and given else id_of(given)
    key = given if type(given := get("id")) is str and given else id_of(given)
    thread = given if type(given := get("conversation_id")) is str and given else id_of(given)
    entities = mapping_of(get("entities"))
    mentions = _mentions(named, page, harvest) if (named := entities.get("mentions")) else []
    answered = id_of(get("in_reply_to_user_id"))
    kind = _KIND[relation] if relation else "reply" if answered else "mention" if mentions else "post"
    acted_on = page.authors.get(references.get(relation) or "") if relation else None
    targets = distinct([acted_on or (mentions[0] if mentions else None)] if kind == "repost" else [answered, acted_on, *mentions])
    actor = page.users.get(author or "", _NOBODY)
    metrics = actor.get("public_metrics")
    harvest.interaction(
        line,
        key,
        scalar_of(get("created_at")),
        author,
        kind,
        surface="feed",
        target_ids=targets if targets or relation is None else None,  # null: the parent's author, who may come in another line
        parent_id=references[relation] if relation else None,
        root_id=thread,
        objects=_objects(entities, get("attachments")),
        text=get("text"),
        followers=metrics.get("followers_count") if isinstance(metrics, dict) else None,
        actor_created_at=scalar_of(actor.get("created_at")),
        observed_at=page.observed_at,
    )


def _references(value: object) -> dict[str, str | None]:
    """Give the tweets that a tweet refers to, by how it does."""
    return {str(r.get("type")): id_of(r.get("id")) for r in value if isinstance(r, dict)} if isinstance(value, list) else {}


def _mentions(named: object, page: _Page, harvest: Harvest) -> list[str]:
    found = []
    for mention in mappings_of(named):
        key = id_of(mention.get("id"))
        if key is None and isinstance(name := mention.get("username"), str):
            key = page.names.get(name.lower())
        if key:
            found.append(key)
        else:
            harvest.counts["unresolved_mentions"] += 1
    return found


def _objects(entities: Record, attachments: object) -> list[str]:
    found: list[str | None] = []
    if urls := entities.get("urls"):
        for link in mappings_of(urls):
            address = link.get("unwound_url") or link.get("expanded_url") or link.get("url")
            if isinstance(address, str) and "media_key" not in link:
                found.append(url(address))
    if hashtags := entities.get("hashtags"):
        found += [tag(word) for item in mappings_of(hashtags) if isinstance(word := item.get("tag"), str)]
    if attachments:
        keys = mapping_of(attachments).get("media_keys")
        found += [media(key) for key in keys if isinstance(key, str)] if isinstance(keys, list) else []
    return distinct(found) if found else []


def _account(key: str, user: Record, observed: Scalar, harvest: Harvest) -> None:
    metrics = user.get("public_metrics")
    followers = metrics.get("followers_count") if isinstance(metrics, dict) else None
    harvest.account(key, user.get("username"), scalar_of(user.get("created_at")), followers, user.get("verified"), observed)


TWARC: Final = RecordFormat(
    "twarc", PLATFORM, "UTC", "twarc2 JSONL: pages with includes, or flattened tweets", recognise, take, take_block=take_block, escaped=True
)
