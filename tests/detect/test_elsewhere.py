"""Bursts on objects and on single surfaces; pile-ons on one person over two platforms."""

from collections.abc import Callable

import polars as pl

from graphwatch.detect import describe_crowds, find_cascades, find_object_pileons, find_pileons, find_surface_pileons
from graphwatch.graph.encode import encode
from graphwatch.graph.identities import with_identities
from graphwatch.settings import DetectSettings

Make = Callable[..., pl.DataFrame]
SETTINGS = DetectSettings()


def test_a_hashtag_is_attacked_through_many_targets(make_background: Make, make_burst: Make, number: Make) -> None:
    calm = make_background(1).with_columns(objects=pl.lit([], dtype=pl.List(pl.String)))
    tags = make_background(2, targets=30).with_columns(objects=pl.concat_list(pl.lit("tag:") + pl.col("target_ids").list.first()))
    spread = [make_burst(k, f"victim{k}", day=12.0, accounts=6, hours=2.0, first=2_000_000 + 100 * k) for k in range(20)]
    crowd = pl.concat(spread).with_columns(objects=pl.lit(["tag:hunt"]))
    events = encode(number(calm, tags, crowd))
    pileons = find_pileons(events, SETTINGS)
    assert not any(target.startswith("victim") for target in pileons.frame["target_id"])
    found = find_object_pileons(events, pileons, SETTINGS)
    assert found["object"].to_list() == ["tag:hunt"]
    row = found.row(0, named=True)
    assert row["nature"] == "attack"
    assert row["actors"] == 120
    assert len(row["targets"]) == 5
    assert row["pileons"] == []


def test_an_account_and_its_hashtag_belong_together(make_background: Make, make_burst: Make, number: Make) -> None:
    tags = make_background(3).with_columns(objects=pl.concat_list(pl.lit("tag:") + pl.col("target_ids").list.first()))
    crowd = make_burst(1, "t0003", day=10.0, accounts=80, hours=3.0).with_columns(objects=pl.lit(["tag:t0003"]))
    events = encode(number(tags, crowd))
    pileons = find_pileons(events, SETTINGS)
    found = find_object_pileons(events, pileons, SETTINGS)
    assert found["object"].to_list() == ["tag:t0003"]
    assert found["pileons"].to_list() == [pileons.frame["pileon_id"].to_list()]
    assert found["targets"][0].to_list() == ["t0003"]


def test_a_thread_that_is_nobodys(make_background: Make, make_burst: Make, number: Make) -> None:
    """Danmaku under videos whose uploaders are not known act on no account; the video is what is attacked."""
    calm, crowd = make_background(4, targets=40), make_burst(2, "t0001", day=9.0, accounts=60, hours=1.0)
    rows = pl.concat([calm, crowd]).with_columns(
        root_id=pl.lit("video:") + pl.col("target_ids").list.first(),
        target_ids=pl.lit([], dtype=pl.List(pl.String)),
        kind=pl.lit("danmaku"),
    )
    events = encode(number(rows))
    assert not len(find_pileons(events, SETTINGS))
    found = find_object_pileons(events, find_pileons(events, SETTINGS), SETTINGS)
    assert found.select("object", "nature").rows() == [("thread:video:t0001", "attack")]


def test_organic_virality_of_a_hashtag_is_attention(make_background: Make, make_burst: Make, number: Make) -> None:
    calm = make_background(5).with_columns(objects=pl.concat_list(pl.lit("tag:") + pl.col("target_ids").list.first()))
    tones = {"praise": "tag:fans", "news": "tag:quake", "criticism": "tag:recall"}
    parts = [
        make_burst(k, f"t000{k}", day=8.0 + 2 * k, accounts=120, hours=4.0, tone=tone, first=3_000_000 + 1000 * k).with_columns(
            objects=pl.lit([name])
        )
        for k, (tone, name) in enumerate(tones.items())
    ]
    events = encode(number(calm, *parts))
    found = find_object_pileons(events, find_pileons(events, SETTINGS), SETTINGS)
    natures = dict(found.select("object", "nature").rows())
    assert natures == {"tag:fans": "attention", "tag:quake": "attention", "tag:recall": "criticism"}


def test_a_flood_of_messages_behind_praise(make_background: Make, make_burst: Make, number: Make) -> None:
    """Twenty strangers write hostile messages while hundreds praise in the comments: seen on the surface, lost in the whole."""
    messages = make_background(6, targets=50, per_day=1.0, hostile=0.01).with_columns(
        surface=pl.lit("private"), kind=pl.lit("private_message")
    )
    praise = make_burst(3, "t0002", day=11.0, accounts=1500, hours=6.0, tone="praise")
    flood = make_burst(4, "t0002", day=11.05, accounts=25, hours=3.0, first=5_000_000, surface="private")
    events = encode(number(make_background(7), messages, praise, flood))
    pileons = find_pileons(events, SETTINGS)
    found = find_surface_pileons(events, pileons, SETTINGS)
    assert found.select("target_id", "surface", "nature").rows() == [("t0002", "private", "attack")]
    assert found["hostile_actors"][0] >= 15
    ids = dict(pileons.frame.select("pileon_id", "nature").rows())
    assert ids.get(found["pileon_id"][0]) != "attack"


def test_one_person_on_two_platforms(make_background: Make, make_burst: Make, number: Make) -> None:
    one = pl.concat([make_background(8), make_burst(5, "t0004", day=9.0, accounts=9, hours=1.0)]).with_columns(platform=pl.lit("weibo"))
    other = make_burst(6, "alias", day=9.01, accounts=9, hours=1.0, first=7_000_000).with_columns(platform=pl.lit("bilibili"))
    events = encode(number(one, other))
    apart = find_pileons(events, SETTINGS)
    assert not len(apart)
    declared = pl.DataFrame({"account_id": ["t0004"], "platform": ["weibo"], "other_id": ["alias"], "other_platform": ["bilibili"]})
    joined = with_identities(events, declared, SETTINGS.identity_confidence)
    found = find_pileons(joined, SETTINGS)
    assert found.frame["target_id"].to_list() == ["alias"]
    assert 15 <= found.frame["actors"][0] <= 18
    figures = describe_crowds(joined, found, find_cascades(joined))
    assert figures["platforms"].to_list() == [2]
    assert figures["newcomer_share"][0] > 0.9


def test_nothing_in_nothing_out() -> None:
    rows = {"interaction_id": ["1"], "at": [0], "actor_id": ["a"], "kind": ["post"]}
    events = encode(pl.DataFrame(rows).with_columns(pl.col("at").cast(pl.Datetime("us", "UTC"))))
    pileons = find_pileons(events, SETTINGS)
    assert find_object_pileons(events, pileons, SETTINGS).is_empty()
    assert find_surface_pileons(events, pileons, SETTINGS).is_empty()
    assert describe_crowds(events, pileons, find_cascades(events)).is_empty()
