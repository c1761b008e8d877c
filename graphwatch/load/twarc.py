"""twarc2 JSONL (Twitter API v2): a line is a page of tweets with includes, or one flattened tweet.

Included tweets (answered, quoted, retweeted) are interactions as well and counted as ``context``. Users give accounts, and followers
and creation date of each actor, as of when the page was retrieved. Mentions without an id are looked up by name among the
users of the same page; those not found there are counted as ``unresolved_mentions``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from graphwatch.load.harvest import Harvest, Scalar, id_of, mapping_of, mappings_of, scalar_of
from graphwatch.load.objects import distinct, media, tag, url
from graphwatch.load.records import Options, Record, RecordFormat

PLATFORM: Final = "x"
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
    for user in page.users.values():
        _account(user, observed, harvest)
    for tweet in tweets + included:
        _tweet(tweet, page, line, harvest)
    harvest.counts["context"] += len(included)


def _unfold(tweet: Record) -> list[Record]:
    """Give a flat tweet and the tweets written into its references, innermost last."""
    found = [tweet]
    for reference in mappings_of(tweet.get("referenced_tweets")):
        if "author_id" in reference:
            found += _unfold(reference)
    return found


def _flat_users(tweet: Record) -> list[Record]:
    """Users written into a flat tweet: its author, whom it answers, whom it mentions."""
    mentioned = mappings_of(mapping_of(tweet.get("entities")).get("mentions"))
    named = [mapping_of(tweet.get("author")), mapping_of(tweet.get("in_reply_to_user")), *mentioned]
    return [user for user in named if "id" in user and "public_metrics" in user]


def _page(tweets: list[Record], users: list[Record], observed: Scalar) -> _Page:
    known = {key: user for user in users if (key := id_of(user.get("id")))}
    names = {name.lower(): key for key, user in known.items() if isinstance(name := user.get("username"), str)}
    authors = {key: author for tweet in tweets if (key := id_of(tweet.get("id"))) and (author := id_of(tweet.get("author_id")))}
    return _Page(observed, known, names, authors)


def _tweet(tweet: Record, page: _Page, line: int, harvest: Harvest) -> None:
    references = {str(r.get("type")): id_of(r.get("id")) for r in mappings_of(tweet.get("referenced_tweets"))}
    relation = next((name for name in _KIND if name in references), None)
    author = id_of(tweet.get("author_id"))
    entities = mapping_of(tweet.get("entities"))
    mentions = _mentions(entities, page, harvest)
    answered = id_of(tweet.get("in_reply_to_user_id"))
    kind = _KIND[relation] if relation else "reply" if answered else "mention" if mentions else "post"
    acted_on = page.authors.get(references.get(relation) or "") if relation else None
    targets = distinct([acted_on or (mentions[0] if mentions else None)] if kind == "repost" else [answered, acted_on, *mentions])
    actor = mapping_of(page.users.get(author or ""))
    harvest.interaction(
        line,
        id_of(tweet.get("id")),
        scalar_of(tweet.get("created_at")),
        author,
        kind,
        surface="feed",
        target_ids=targets if targets or relation is None else None,  # null: the parent's author, who may come in another line
        parent_id=references[relation] if relation else None,
        root_id=id_of(tweet.get("conversation_id")),
        objects=_objects(tweet, entities),
        text=tweet.get("text"),
        followers=mapping_of(actor.get("public_metrics")).get("followers_count"),
        actor_created_at=scalar_of(actor.get("created_at")),
        observed_at=page.observed_at,
    )


def _mentions(entities: Record, page: _Page, harvest: Harvest) -> list[str]:
    found = []
    for mention in mappings_of(entities.get("mentions")):
        name = mention.get("username")
        key = id_of(mention.get("id")) or (page.names.get(name.lower()) if isinstance(name, str) else None)
        if key:
            found.append(key)
        else:
            harvest.counts["unresolved_mentions"] += 1
    return found


def _objects(tweet: Record, entities: Record) -> list[str]:
    found: list[str | None] = []
    for link in mappings_of(entities.get("urls")):
        address = link.get("unwound_url") or link.get("expanded_url") or link.get("url")
        if isinstance(address, str) and "media_key" not in link:
            found.append(url(address))
    found += [tag(word) for item in mappings_of(entities.get("hashtags")) if isinstance(word := item.get("tag"), str)]
    keys = mapping_of(tweet.get("attachments")).get("media_keys")
    found += [media(key) for key in keys if isinstance(key, str)] if isinstance(keys, list) else []
    return distinct(found)


def _account(user: Record, observed: Scalar, harvest: Harvest) -> None:
    harvest.account(
        id_of(user.get("id")),
        user.get("username"),
        scalar_of(user.get("created_at")),
        mapping_of(user.get("public_metrics")).get("followers_count"),
        user.get("verified"),
        observed,
    )


TWARC: Final = RecordFormat("twarc", PLATFORM, "UTC", "twarc2 JSONL: pages with includes, or flattened tweets", recognise, take)
