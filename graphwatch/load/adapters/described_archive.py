"""Declaration of the archive of X, which code reads."""

from __future__ import annotations

from typing import Final

from graphwatch.load.adapters.described_world import at
from graphwatch.load.declared import Declared, Example, Shape

_AT: Final = "2024-05-01T12:00:00.000Z"

XARCHIVE: Final = Declared(
    "x-archive", "X archive: tweets.js, deleted-tweets.js, direct-messages.js, follower.js, …", "x", "UTC", "X, “Download your data”",
    "2024",
    "`data/tweets.js`, `tweet.js`, `tweets-part*.js`, `deleted-tweets.js`, `direct-messages.js`, `follower.js`, `following.js`, "
    "`account.js`",
    ("document",),
    (
        Shape(
            "tweets",
            (
                at("interaction_id", "id_str", "id"), at("at", "created_at"), at("target_ids", "in_reply_to_user_id_str",
                "in_reply_to_user_id"),
                at("target_ids", "entities.user_mentions[].id_str"), at("parent_id", "in_reply_to_status_id_str", "in_reply_to_status_id"),
                at("objects", "entities.urls[].expanded_url"), at("objects", "entities.hashtags[].text"), at("text", "full_text"),
                at("deleted", "deleted_at", note="of `deleted-tweets.js`"),
            ),
            kinds="`repost` where the text begins with `RT @`; else `reply`, `mention`, `post`", surface="feed", within=("tweet",),
        ),
        Shape(
            "direct messages",
            (
                at("interaction_id", "id"), at("at", "createdAt"), at("actor_id", "senderId"), at("target_ids", "recipientId"), at("text",
                "text"),
            ),
            kinds="`private_message`", surface="private", within=("dmConversation.messages[].messageCreate",),
        ),
        Shape("followers", (at("follows.follower_id", "accountId"),), within=("follower",)),
        Shape("accounts", (at("accounts.account_id", "accountId"), at("accounts.name", "username"), at("accounts.created_at", "createdAt")),
              within=("account",)),
    ),
    (
        "Tweets and followers do not say whose they are: leave `account.js` in the same folder.",
        "Reposts are texts that begin with `RT @name:`; they are aimed at the first account mentioned, and which tweet they pass on is "
        "not known.",
        "Deleted tweets are `deleted`. Accounts that are gone are all called `-1` and are no targets.",
    ),
    (
        Example("tweets.js", (
            {"tweet": {
                "id_str": "1785000000000000002", "created_at": "Wed May 01 12:00:00 +0000 2024", "full_text": "no",
                "in_reply_to_status_id_str": "1785000000000000001", "in_reply_to_user_id_str": "501",
                "entities": {
                    "user_mentions": [{"id_str": "503"}], "urls": [{"expanded_url": "https://n.example/1"}], "hashtags": [{"text": "run"}],
                },
            }},
        ), before="window.YTD.tweets.part0 = ", beside={"account.js": 'window.YTD.account.part0 = [{"account": {"accountId": "42"}}]'}),
        Example("direct-messages.js", (
            {"dmConversation": {"conversationId": "7-42", "messages": [{"messageCreate": {
                "id": "5", "senderId": "7", "recipientId": "42", "text": "hi", "createdAt": _AT,
            }}]}},
        ), before="window.YTD.direct_messages.part0 = "),
        Example("follower.js", ({"follower": {"accountId": "7"}},), before="window.YTD.follower.part0 = ",
                beside={"account.js": 'window.YTD.account.part0 = [{"account": {"accountId": "42"}}]'}),
        Example("account.js", ({"account": {"accountId": "42", "username": "me", "createdAt": "2012-01-01T00:00:00.000Z"}},),
                before="window.YTD.account.part0 = "),
    ),
)  # fmt: skip

MASTODON_ARCHIVE: Final = Declared(
    "mastodon-archive", "archive of a Mastodon account: outbox.json, actor.json", "mastodon", "UTC", "Mastodon (request an archive)", "4",
    "`outbox.json` and `actor.json` of the archive, unpacked", ("lines", "document"),
    (
        Shape(
            "notes",
            (
                at("interaction_id", "id"), at("at", "published"), at("actor_id", "attributedTo", note="else the `actor` of the activity"),
                at("parent_id", "inReplyTo", "quote", note="and older fields for quotes"),
                at("target_ids", "tag[].href", note="of type `Mention`"), at("objects", "attachment[].url"),
                at("objects", "tag[].name", note="of type `Hashtag`"), at("text", "content", note="HTML, of which the text is taken"),
            ),
            kinds="`reply`, `quote`, `mention`, `post`; `private_message` where neither the public nor followers are addressed",
            surface="feed", within=("orderedItems[].object",),
        ),
        Shape(
            "boosts",
            (
                at("interaction_id", "id"), at("at", "published"), at("actor_id", "actor"), at("parent_id", "object"),
            ),
            kinds="`repost`", surface="feed", within=("orderedItems[]",),
        ),
        Shape("actor", (at("accounts.account_id", "id"), at("accounts.name", "preferredUsername", note="and the host of the id"),
                        at("accounts.created_at", "published"))),
    ),
    (
        "Accounts are addresses here and numbers of one server in Mastodon's API: the two are different accounts.",
        "Other activities are counted as `other_activities`; likes and bookmarks are files of their own and are refused.",
    ),
    (
        Example("outbox.json", (
            {
                "type": "OrderedCollection", "id": "outbox.json", "totalItems": 2,
                "orderedItems": [
                    {
                        "id": "https://h.example/users/a/statuses/1/activity", "type": "Create", "actor": "https://h.example/users/a",
                        "published": _AT, "to": ["https://www.w3.org/ns/activitystreams#Public"],
                        "object": {
                            "id": "https://h.example/users/a/statuses/1", "type": "Note", "published": _AT,
                            "attributedTo": "https://h.example/users/a", "inReplyTo": "https://o.example/users/b/statuses/9",
                            "content": "<p>no</p>", "attachment": [{"url": "https://i.example/1.jpg"}],
                            "tag": [
                                {"type": "Mention", "href": "https://o.example/users/b", "name": "@b@o.example"},
                                {"type": "Hashtag", "href": "https://h.example/tags/run", "name": "#run"},
                            ],
                        },
                    },
                ],
            },
            {
                "type": "OrderedCollection", "id": "outbox.json", "totalItems": 2,
                "orderedItems": [
                    {
                        "id": "https://h.example/users/a/statuses/2/activity", "type": "Announce", "actor": "https://h.example/users/a",
                        "published": _AT, "object": "https://o.example/users/b/statuses/8",
                    },
                    {
                        "id": "https://h.example/users/a/statuses/3/activity", "type": "Create", "actor": "https://h.example/users/a",
                        "published": _AT, "to": ["https://www.w3.org/ns/activitystreams#Public"],
                        "object": {
                            "id": "https://h.example/users/a/statuses/3", "type": "Note", "published": _AT,
                            "attributedTo": "https://h.example/users/a", "quote": "https://o.example/users/b/statuses/9", "content": "see",
                        },
                    },
                ],
            },
        )),
        Example("actor.json", (
            {"type": "Person", "id": "https://h.example/users/a", "preferredUsername": "a", "published": _AT, "outbox": "outbox.json"},
        )),
    ),
)  # fmt: skip
