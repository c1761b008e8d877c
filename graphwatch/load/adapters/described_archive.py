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
        "Deleted tweets are `deleted`.",
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
