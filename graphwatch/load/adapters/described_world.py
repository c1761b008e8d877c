"""Declarations of formats that code reads: twarc2, Jetstream, Reddit, Telegram, Mastodon, yt-dlp."""

from __future__ import annotations

from typing import Final

from graphwatch.load.declared import Declared, Example, Field, Shape

_AT: Final = "2024-05-01T12:00:00.000Z"


def at(column: str, *sources: str, note: str = "") -> Field:
    """Declare where a column stands."""
    return Field(column, sources, note)


TWARC: Final = Declared(
    "twarc", "twarc2 JSONL: pages with includes, or flattened tweets", "x", "UTC", "DocNow/twarc", "2 (Twitter API v2)",
    "what `twarc2 search`, `timeline`, `conversation`, … write; also after `twarc2 flatten`", ("lines",),
    (
        Shape(
            "tweets",
            (
                at("interaction_id", "id"), at("at", "created_at"), at("actor_id", "author_id"),
                at("target_ids", "in_reply_to_user_id", note="and the author of the referenced tweet where the line has it"),
                at("target_ids", "entities.mentions[].id", note="else by `username` among the users of the page; not of retweets"),
                at("parent_id", "referenced_tweets[].id"), at("root_id", "conversation_id"), at("text", "text"),
                at("objects", "entities.urls[].expanded_url", note="`unwound_url` where there is one"), at("objects",
                "entities.hashtags[].tag"),
                at("objects", "attachments.media_keys[]"),
                at("followers", "author.public_metrics.followers_count", note="or `includes.users`"),
                at("actor_created_at", "author.created_at"), at("observed_at", "__twarc.retrieved_at"),
                at("accounts.name", "author.username"), at("accounts.verified", "author.verified"),
            ),
            kinds="`repost`, `reply` or `quote` by `referenced_tweets[].type`, else `reply`, `mention` or `post`", surface="feed",
            within=("", "data[]", "includes.tweets[]"),
        ),
    ),
    (
        "A line is a page of tweets with `includes`, or one flat tweet; both are read, also mixed.",
        "Tweets that come along because others answer or quote them are interactions as well and are counted as `context`.",
        "Mentions without an id are looked up by name on the same page; the rest is counted as `unresolved_mentions`.",
        "`&amp;`, `&lt;` and `&gt;`, as the platform gives them, become the characters that were written.",
    ),
    (
        Example("tweets.jsonl", (
            {
                "id": "1785000000000000002", "created_at": _AT, "author_id": "502", "conversation_id": "1785000000000000001", "text": "no",
                "in_reply_to_user_id": "501", "referenced_tweets": [{"type": "replied_to", "id": "1785000000000000001"}],
                "entities": {
                    "mentions": [{"id": "503", "username": "c"}], "urls": [{"expanded_url": "https://n.example/1"}],
                    "hashtags": [{"tag": "run"}],
                },
                "attachments": {"media_keys": ["3_1"]},
                "author": {
                    "id": "502", "username": "b", "created_at": "2015-03-01T00:00:00.000Z", "verified": False,
                    "public_metrics": {"followers_count": 7},
                },
                "__twarc": {"retrieved_at": "2024-05-02T00:00:00+00:00"},
            },
        )),
    ),
)  # fmt: skip

JETSTREAM: Final = Declared(
    "jetstream", "Bluesky Jetstream JSONL: posts, replies, quotes, reposts, follows, deletions", "bluesky", "UTC",
    "bluesky-social/jetstream", "v1 (9a30def)", "what a websocket client wrote down, one event a line", ("lines",),
    (
        Shape(
            "posts",
            (
                at("interaction_id", "commit.rkey", note="`at://<did>/<collection>/<rkey>`"),
                at("at", "time_us", note="when the relay saw it; `createdAt` is what the client claims"), at("actor_id", "did"),
                at("parent_id", "commit.record.reply.parent.uri", note="else what an embed quotes"),
                at("root_id", "commit.record.reply.root.uri"),
                at("target_ids", "commit.record.reply.parent.uri", note="the DID in it"),
                at("target_ids", "commit.record.facets[].features[].did"),
                at("objects", "commit.record.facets[].features[].uri"), at("objects", "commit.record.facets[].features[].tag"),
                at("objects", "commit.record.embed.external.uri"),
                at("deleted", "commit.operation", note="`delete`, in an event of its own"),
                at("text", "commit.record.text"), at("observed_at", "time_us"),
            ),
            kinds="`reply`, `quote`, `mention`, `post`", surface="feed",
        ),
        Shape(
            "reposts",
            (
                at("interaction_id", "commit.rkey"), at("at", "time_us"), at("actor_id", "did"),
                at("parent_id", "commit.record.subject.uri"), at("target_ids", "commit.record.subject.uri", note="the DID in it"),
            ),
            kinds="`repost`", surface="feed",
        ),
        Shape("follows", (at("follows.follower_id", "did"), at("follows.followed_id", "commit.record.subject"),
                          at("follows.observed_at", "time_us"))),
        Shape("identities", (at("accounts.account_id", "did"), at("accounts.name", "identity.handle"),
                             at("accounts.observed_at", "time_us"))),
    ),
    (
        "Likes, other collections, and events about accounts are counted and left out; of events about identities the handle is kept.",
        "A deletion (`operation` is `delete`) marks the post as `deleted`, also when the post came in another file.",
    ),
    (
        Example("events.jsonl", (
            {
                "did": "did:plc:bbb", "time_us": 1714564860000000, "kind": "commit",
                "commit": {
                    "operation": "create", "collection": "app.bsky.feed.post", "rkey": "r2",
                    "record": {
                        "text": "no", "createdAt": _AT,
                        "reply": {
                            "root": {"uri": "at://did:plc:aaa/app.bsky.feed.post/r0"},
                            "parent": {"uri": "at://did:plc:ccc/app.bsky.feed.post/r1"},
                        },
                        "facets": [{"features": [{"did": "did:plc:ddd", "uri": "https://n.example/1", "tag": "run"}]}],
                        "embed": {"external": {"uri": "https://n.example/2"}},
                    },
                },
            },
            {
                "did": "did:plc:fff", "time_us": 1714564865000000, "kind": "commit",
                "commit": {
                    "operation": "create", "collection": "app.bsky.feed.repost", "rkey": "s1",
                    "record": {"subject": {"uri": "at://did:plc:aaa/app.bsky.feed.post/r0"}, "createdAt": _AT},
                },
            },
            {
                "did": "did:plc:eee", "time_us": 1714564870000000, "kind": "commit",
                "commit": {
                    "operation": "create", "collection": "app.bsky.graph.follow", "rkey": "f1",
                    "record": {"subject": "did:plc:aaa", "createdAt": _AT},
                },
            },
            {
                "did": "did:plc:eee", "time_us": 1714564880000000, "kind": "identity",
                "identity": {"did": "did:plc:eee", "handle": "e.example", "seq": 1},
            },
        )),
    ),
)  # fmt: skip

REDDIT: Final = Declared(
    "reddit", "Reddit dumps: comments (RC) and submissions (RS)", "reddit", "UTC", "Arctic Shift and Pushshift dumps", "2026-01 (c66cbbe)",
    "`RC_<month>.zst`, `RS_<month>.zst` (windows up to 2 GiB), or parts of them", ("lines",),
    (
        Shape(
            "comments",
            (
                at("interaction_id", "name", "id", note="the full name, `t1_…`"), at("at", "created_utc"),
                at("actor_id", "author_fullname", "author", note="a name stands for the account where there is no number"),
                at("parent_id", "parent_id"), at("root_id", "link_id"), at("text", "body", note="null where it was removed"),
                at("deleted", "_meta.removal_type", note="also where the text says so"), at("observed_at", "retrieved_on"),
                at("accounts.name", "author"),
            ),
            kinds="`reply` to a comment (`t1_`), `comment` on a submission (`t3_`)", surface="comment",
        ),
        Shape(
            "submissions",
            (
                at("interaction_id", "name", "id", note="the full name, `t3_…`"), at("at", "created_utc"), at("actor_id",
                "author_fullname", "author"),
                at("parent_id", "crosspost_parent"), at("target_ids", "crosspost_parent_list[].author_fullname"),
                at("objects", "url_overridden_by_dest", "url", note="not of texts"), at("text", "title", note="and `selftext`"),
                at("deleted", "_meta.removal_type", "removed_by_category"), at("observed_at", "retrieved_on"), at("accounts.name",
                "author"),
            ),
            kinds="`repost` where it is a crosspost, else `post`", surface="group",
        ),
    ),
    (
        "Acts of `[deleted]` are left out and counted as `deleted_authors`, because they would all be one account; what an "
        "earlier dump has of them becomes `deleted`.",
        "Where `author_fullname` is missing the name stands for the account and `named_actors` counts it: old dumps and new ones then "
        "disagree "
        "about who is who.",
        "A removed text is null and its act marked `deleted`.",
        "`&amp;`, `&lt;` and `&gt;`, as the platform gives them, become the characters that were written.",
    ),
    (
        Example("RC_2024-05", (
            {
                "id": "c1", "name": "t1_c1", "author": "aaa", "author_fullname": "t2_a", "subreddit": "s", "created_utc": 1714564860,
                "body": "no", "link_id": "t3_p0", "parent_id": "t1_c0", "retrieved_on": 1714568400, "_meta": {"removal_type": "deleted"},
            },
        )),
        Example("RS_2024-05", (
            {
                "id": "p1", "name": "t3_p1", "author": "bbb", "author_fullname": "t2_b", "subreddit": "s", "created_utc": 1714564800,
                "title": "see", "selftext": "", "is_self": False, "url_overridden_by_dest": "https://n.example/1",
                "crosspost_parent": "t3_p0", "crosspost_parent_list": [{"author_fullname": "t2_c"}], "retrieved_on": 1714568400,
                "_meta": {"removal_type": "moderator"},
            },
        )),
    ),
)  # fmt: skip

TELEGRAM: Final = Declared(
    "telegram", "Telegram Desktop result.json: one chat or all", "telegram", "UTC", "Telegram Desktop", "export_output_json.cpp, 2024",
    "`result.json` of “Export chat history” or “Export Telegram data”, machine-readable JSON", ("document", "lines"),
    (
        Shape(
            "messages",
            (
                at("interaction_id", "id", note="`<chat>:<message>`"), at("at", "date_unixtime", "date", note="`date` is local time"),
                at("actor_id", "from_id"), at("target_ids", "forwarded_from_id"), at("target_ids", "text_entities[].user_id",
                note="`mention_name`"),
                at("parent_id", "reply_to_message_id", note="in the chat of `reply_to_peer_id`, where there is one"),
                at("text", "text", note="a text, or a list of texts and marked pieces"),
                at("objects", "text_entities[].href", note="or the `text` of links and hashtags"), at("accounts.name", "from"),
            ),
            kinds="`private_message` in chats of two; else `reply`, `repost`, `mention`, `post`", surface="group", within=("messages[]",
            "chats.list[].messages[]"),
        ),
    ),
    (
        "Numbers of messages count within a chat, so an id is `<chat>:<message>` and the thread `chat:<chat>`.",
        "A message in a chat of two is a `private_message` to the other side.",
        "Whose message was forwarded is often a name only (`unresolved_forwards`), and so is who is mentioned (`unresolved_mentions`).",
        "Service messages are counted and left out.",
        "Times without `date_unixtime` are the local time of whoever exported: set `load.timezone`.",
    ),
    (
        Example("result.json", (
            {
                "name": "n", "type": "private_supergroup", "id": 5,
                "messages": [
                    {
                        "id": 2, "type": "message", "date": "2024-05-01T14:01:00", "date_unixtime": "1714564860", "from": "B",
                        "from_id": "user502", "reply_to_message_id": 1, "forwarded_from": "C", "forwarded_from_id": "user503",
                        "text": "see",
                        "text_entities": [
                            {"type": "mention_name", "text": "D", "user_id": 504},
                            {"type": "text_link", "text": "x", "href": "https://n.example/1"},
                        ],
                    },
                ],
            },
        )),
    ),
)  # fmt: skip

MASTODON: Final = Declared(
    "mastodon", "Mastodon API: statuses, boosts, replies", "mastodon", "UTC", "Mastodon's API", "entities as of docs 2903485d",
    "statuses as a server gives them (timelines, contexts, searches), one a line or in one array", ("lines", "document"),
    (
        Shape(
            "statuses",
            (
                at("interaction_id", "uri"), at("at", "created_at"), at("actor_id", "account.id", note="number on the server asked"),
                at("target_ids", "in_reply_to_account_id"), at("target_ids", "mentions[].id"),
                at("parent_id", "in_reply_to_id", note="or the status boosted or quoted; becomes the `uri` where the file has it"),
                at("text", "content", note="HTML, of which the text is taken"), at("objects", "tags[].name", note="and links"),
                at("objects", "media_attachments[].url"), at("followers", "account.followers_count"),
                at("actor_created_at", "account.created_at"), at("accounts.name", "account.acct"),
            ),
            kinds="`private_message` where `visibility` is `direct`; else `repost`, `reply`, `quote`, `mention`, `post`", surface="feed",
            within=("", "reblog", "quote.quoted_status"),
        ),
    ),
    (
        "What a status answers is named by a number of the server that was asked, which becomes the `uri` when the status answered is "
        "in the file.",
        "Accounts have the numbers of that server: do not mix files of several servers in one run.",
        "Boosted and quoted statuses are interactions too and are counted as `context`.",
    ),
    (
        Example("statuses.jsonl", (
            {
                "id": "2", "uri": "https://h.example/2", "created_at": _AT, "in_reply_to_id": "1", "in_reply_to_account_id": "501",
                "visibility": "public", "content": "<p>no</p>", "mentions": [{"id": "503"}], "tags": [{"name": "run"}],
                "media_attachments": [{"url": "https://f.example/1.jpg"}],
                "account": {"id": "502", "acct": "b@h.example", "created_at": "2020-01-01T00:00:00.000Z", "followers_count": 7},
            },
        )),
    ),
    lacks=("The root of a thread is not given; it is walked up to where the file has the statuses between.",),
)  # fmt: skip

YTDLP_INFO: Final = Declared(
    "ytdlp-info", "yt-dlp .info.json: a video and its comments", "youtube", "UTC", "yt-dlp", "81ecd58",
    "`<video>.info.json` of `yt-dlp --write-comments --write-info-json`", ("document", "lines"),
    (
        Shape(
            "videos",
            (
                at("interaction_id", "id"), at("at", "timestamp", "release_timestamp"), at("actor_id", "channel_id", "uploader_id"),
                at("text", "fulltitle", "title"), at("followers", "channel_follower_count"), at("observed_at", "epoch"),
                at("accounts.name", "channel", "uploader"), at("accounts.verified", "channel_is_verified"),
            ),
            kinds="`post`", surface="feed",
        ),
        Shape(
            "comments",
            (
                at("interaction_id", "id"), at("at", "timestamp", note="rounded, see below"), at("actor_id", "author_id"),
                at("parent_id", "parent", note="`root` is the video"), at("text", "text"), at("accounts.name", "author"),
                at("accounts.verified", "author_is_verified"),
            ),
            kinds="`reply`, else `comment`, aimed at the channel", surface="comment", within=("comments[]",),
        ),
    ),
    (
        "YouTube shows the age of a comment in words (“2 years ago”), and yt-dlp makes a time of that: `approximate_times` counts such "
        "rows, "
        "and no wave can be timed by them.",
        "The platform is the extractor's: `.info.json` of other sites are read too.",
    ),
    (
        Example("video.info.json", (
            {
                "id": "v1", "title": "T", "channel_id": "UCo", "channel": "o", "timestamp": 1714561200, "channel_follower_count": 9,
                "channel_is_verified": True, "extractor_key": "Youtube", "epoch": 1714568400,
                "comments": [
                    {
                        "id": "c.d", "author": "@a", "author_id": "UCa", "text": "no", "timestamp": 1714564800, "parent": "c",
                        "author_is_verified": False,
                    },
                ],
            },
        )),
    ),
)  # fmt: skip

YTDLP_CHAT: Final = Declared(
    "ytdlp-chat", "yt-dlp .live_chat.json: messages of a live chat", "youtube", "UTC", "yt-dlp", "81ecd58",
    "`<video>.live_chat.json` of `yt-dlp --write-subs --sub-langs live_chat`", ("lines",),
    (
        Shape(
            "messages",
            (
                at("interaction_id", "id"), at("at", "timestampUsec"), at("actor_id", "authorExternalChannelId"),
                at("text", "message.runs[].text", note="and emoji"),
                at("deleted", "markChatItemAsDeletedAction.targetItemId", note="in an action of its own"),
                at("accounts.name", "authorName.simpleText"),
            ),
            kinds="`live_chat`", surface="live",
            within=("replayChatItemAction.actions[].addChatItemAction.item.liveChatTextMessageRenderer",),
        ),
    ),
    (
        "The file does not name the video: give `--root` and `--target`, else `no_root` counts the rows.",
        "Messages that were taken away, one by one or all of an author's so far, are `deleted`.",
        "What the page shows besides messages is counted as `other_actions`.",
    ),
    (
        Example("video.live_chat.json", (
            {
                "replayChatItemAction": {"actions": [{"addChatItemAction": {"item": {"liveChatTextMessageRenderer": {
                    "id": "m1", "authorExternalChannelId": "UCa", "timestampUsec": "1714564800123456", "authorName": {"simpleText": "@a"},
                    "message": {"runs": [{"text": "hi"}]},
                }}}}]},
                "videoOffsetTimeMsec": "1000",
            },
        ), root="v1", target="UCo"),
    ),
)  # fmt: skip
