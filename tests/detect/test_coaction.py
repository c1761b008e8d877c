"""Co-action against brute force, under saturation, and with planted rings."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.detect import coaction
from graphwatch.detect.coaction import Coactions, coactions_frame, find_coactions
from graphwatch.graph.encode import encode
from graphwatch.model import Events, Lists
from graphwatch.schema import COACTIONS
from graphwatch.settings import DetectSettings

DEFAULT = DetectSettings()
Share = tuple[str, str, int, str]  # interaction, account, second, object


def frame(shares: list[Share]) -> pl.DataFrame:
    """One row per share, so that one interaction id may stand several times."""
    raw = pl.DataFrame(shares, schema={"interaction_id": pl.String, "actor_id": pl.String, "s": pl.Int64, "o": pl.String}, orient="row")
    at = pl.from_epoch("s", time_unit="s").cast(pl.Datetime("us", "UTC"))
    return raw.select("interaction_id", at.alias("at"), "actor_id", pl.lit("repost").alias("kind"), pl.concat_list("o").alias("objects"))


def counted(shares: list[Share], seconds: int = 60, least: int = 1, settings: DetectSettings = DEFAULT) -> Coactions:
    return coactions_frame(encode(frame(shares)), window_us=seconds * 10**6, min_participation=least, null=False, settings=settings)


def brute_force(shares: list[Share], seconds: int, least: int) -> dict[tuple[str, str], tuple[int, int, float, int, int]]:
    """CooRTweet's rule, once per sort of object, over plain lists."""
    pairs: dict[tuple[str, str], list[tuple[Share, Share]]] = defaultdict(list)
    for sort in {share[3].split(":")[0] for share in shares}:
        mine = [share for share in shares if share[3].split(":")[0] == sort]
        active = Counter(share[1] for share in mine)
        mine = [share for share in mine if active[share[1]] >= least]
        met = [
            (x, y)
            for x, y in combinations(mine, 2)
            if x[3] == y[3] and abs(x[2] - y[2]) <= seconds and x[1] != y[1] and x[0] != y[0] and x[3] not in (x[0], y[0])
        ]
        contents = {z[0] for pair in met for z in pair}
        again = Counter(share[1] for share in mine if share[0] in contents)
        enough = {share[0] for share in mine if share[0] in contents and again[share[1]] >= least}
        for x, y in met:
            if x[0] in enough or y[0] in enough:
                pairs[min(x[1], y[1]), max(x[1], y[1])].append((x, y))
    return {
        key: (
            len(held),
            len({x[3] for x, _ in held}),
            sum(abs(x[2] - y[2]) for x, y in held) / len(held),
            min(z[2] for pair in held for z in pair),
            max(z[2] for pair in held for z in pair),
        )
        for key, held in pairs.items()
    }


def as_dict(found: pl.DataFrame) -> dict[tuple[str, str], tuple[int, int, float, int, int]]:
    return {
        (r["a"], r["b"]): (r["weight"], r["objects"], r["mean_delay_s"], int(r["first_at"].timestamp()), int(r["last_at"].timestamp()))
        for r in found.to_dicts()
    }


share = st.tuples(
    st.integers(0, 15).map(lambda k: f"url:{k}" if k < 2 else f"i{k}"),
    st.sampled_from("abcde"),
    st.integers(0, 40),
    st.sampled_from(["url:0", "url:1", "url:2", "tag:0"]),
)


@given(st.lists(share, max_size=30), st.integers(1, 15), st.integers(1, 4))
@settings(max_examples=150, deadline=None)
def test_counts_equal_brute_force(shares: list[Share], seconds: int, least: int) -> None:
    found = counted(shares, seconds, least)
    expected = brute_force(shares, seconds, least)
    assert as_dict(found.frame) == {key: pytest.approx(value) for key, value in expected.items()}
    assert found.counts["pairs"] == sum(value[0] for value in expected.values())
    assert found.frame["p_value"].null_count() == len(found.frame)


@given(st.lists(share, min_size=5, max_size=30))
@settings(max_examples=20, deadline=None)
def test_small_blocks_and_row_order_change_nothing(shares: list[Share]) -> None:
    whole = counted(shares, 20)
    mixed = [shares[k] for k in np.random.default_rng(len(shares)).permutation(len(shares))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coaction, "BLOCK", 3)
        parts = counted(mixed, 20)
    assert parts.frame.equals(whole.frame)


def test_the_window_is_inclusive_and_loops_are_left_out() -> None:
    shares = [("1", "a", 0, "url:x"), ("2", "b", 60, "url:x"), ("3", "a", 30, "url:x"), ("4", "c", 121, "url:x")]
    assert as_dict(counted(shares).frame) == {("a", "b"): (2, 1, 45.0, 0, 60)}


def test_several_objects_of_one_interaction_count_each_but_meet_once() -> None:
    times = pl.Series([0, 10, 5000, 5010]).cast(pl.Int64) * 10**6
    rows = pl.DataFrame(
        {
            "interaction_id": ["1", "2", "3", "4"],
            "at": times.cast(pl.Datetime("us", "UTC")),
            "actor_id": ["a", "b", "c", "d"],
            "kind": "post",
            "objects": [["url:x", "tag:y"], ["tag:y", "url:x"], ["url:x"], []],
        }
    )
    found = coactions_frame(encode(rows), window_us=60 * 10**6, min_participation=1, null=False, settings=DEFAULT)
    assert as_dict(found.frame) == {("a", "b"): (2, 2, 10.0, 0, 10)}
    tested = coactions_frame(encode(rows), window_us=60 * 10**6, min_participation=1, null=True, settings=DEFAULT)
    assert len(tested.frame) == 0  # they met once, which is never evidence


def test_a_saturated_object_is_joined_with_a_narrower_window_and_listed() -> None:
    n = 3000
    shares = [(f"i{k}", f"u{k}", 0 if k < 10 else k // 100, "url:burst") for k in range(n)]
    shares += [("x1", "u1", 9000, "url:calm"), ("x2", "u2", 9010, "url:calm")]
    found = counted(shares, 60, settings=DEFAULT.model_copy(update={"coaction_cap": 200_000}))
    assert found.counts["saturated"] == 1
    row = found.saturated.row(0, named=True)
    assert (row["object"], row["shares"], row["pairs"]) == ("url:burst", n, n * (n - 1) // 2)
    assert 0 <= row["window_s"] < 1
    assert found.counts["pairs"] == 30 * (100 * 99 // 2) + 1  # only acts of the same second are joined
    assert as_dict(found.frame)["u1", "u2"] == (2, 2, 5.0, 0, 9010)


def test_an_object_with_too_many_acts_at_one_moment_is_left_out_and_listed() -> None:
    shares = [(f"i{k}", f"u{k}", 7, "url:burst") for k in range(100)]
    found = counted(shares, settings=DEFAULT.model_copy(update={"coaction_cap": 1000}))
    assert len(found.frame) == 0
    assert found.saturated.row(0) == ("url:burst", 100, 4950, None)


def world(seed: int, rows: int, users: int, objects: int, rings: int, exponent: float) -> tuple[Events, npt.NDArray[np.int64]]:
    """Background of Zipf users and objects over a day, with rings of 20 accounts that share 30 objects together within half a minute."""
    rng = np.random.default_rng(seed)
    by_user, by_object = (np.arange(1, n + 1) ** -exponent for n in (users, objects))
    actor = [rng.choice(users, rows, p=by_user / by_user.sum())]
    item = [rng.choice(objects, rows, p=by_object / by_object.sum())]
    at = [rng.integers(0, 86400 * 10**6, rows)]
    ring = np.full(users, -1)
    for number, members in enumerate(rng.choice(users, (rings, 20), replace=False)):
        ring[members] = number
        for chosen in rng.choice(objects, 30, replace=False, p=by_object / by_object.sum()):
            actor.append(members)
            item.append(np.full(20, chosen))
            at.append(rng.integers(0, 86400 * 10**6) + rng.integers(0, 30 * 10**6, 20))
    return events_of(np.concatenate(at), np.concatenate(actor), np.concatenate(item), users, objects), ring


def events_of(at: npt.NDArray[np.int64], actor: npt.NDArray[np.int64], item: npt.NDArray[np.int64], users: int, objects: int) -> Events:
    order = np.argsort(at, kind="stable")
    n = len(order)
    small, whole, zero = np.zeros(n, np.int8), np.zeros(n, np.int64), np.full(n, -1, np.int32)
    return Events(
        at=at[order],
        actor=actor[order].astype(np.int32),
        kind=small,
        surface=small,
        category=small,
        parent=zero,
        parent_given=zero > 0,
        thread=np.arange(n, dtype=np.int32),
        root=zero,
        targets=Lists.empty(n),
        objects=Lists(np.arange(n + 1), item[order].astype(np.int32)),
        hostility=np.zeros(n, np.float32),
        followers=whole,
        actor_created=whole,
        deleted=zero > 0,
        platform=small.astype(np.int16),
        accounts=pl.Series("account", [f"u{k:06d}" for k in range(users)]),
        object_names=pl.Series("object", [f"url:{k}" for k in range(objects)]),
        platforms=("x",),
        ids=pl.Series(range(n)).cast(pl.String),
    )


@pytest.mark.parametrize("exponent", [0.5, 0.7])
def test_rings_are_found_and_hyperactive_pairs_are_not(exponent: float) -> None:
    events, ring = world(seed=3, rows=200_000, users=1000, objects=500, rings=5, exponent=exponent)
    found = find_coactions(events, DEFAULT, seed=1)
    true = (ring[found.a] >= 0) & (ring[found.a] == ring[found.b])
    accounts = np.unique(np.concatenate([found.a, found.b]))
    assert true.sum() / (5 * 190) >= 0.98
    assert true.mean() >= 0.98
    assert (ring[accounts] >= 0).mean() >= 0.95
    raw = coactions_frame(events, window_us=60 * 10**6, min_participation=2, null=False, settings=DEFAULT)
    heavy = raw.frame["weight"].to_numpy() >= 20
    by_weight = ((ring[raw.a] >= 0) & (ring[raw.a] == ring[raw.b]))[heavy].mean()
    if exponent == 0.7:
        assert by_weight < 0.7  # raw weights take hyperactive pairs for rings
    groups = {tuple(np.flatnonzero(ring == number).tolist()): number for number in range(5)}
    sets = [tuple(np.flatnonzero(found.group == g).tolist()) for g in range(len(found.groups))]
    assert sum(members in groups for members in sets) == 5


def test_groups_are_stable_and_named_by_their_members() -> None:
    events, _ = world(seed=4, rows=20_000, users=1000, objects=300, rings=2, exponent=0.5)
    first = find_coactions(events, DEFAULT, seed=1)
    again = find_coactions(events, DEFAULT, seed=1)
    assert first.frame.equals(again.frame)
    assert first.groups == again.groups
    assert all(name.startswith("g-") for name in first.groups)
    assert first.frame.select("a", "b").equals(first.frame.select("a", "b").sort("a", "b"))
    assert (first.frame["a"] < first.frame["b"]).all()


def test_empty_inputs() -> None:
    for null in (True, False):
        found = coactions_frame(encode(frame([])), window_us=1, min_participation=2, null=null, settings=DEFAULT)
        assert found.frame.schema == pl.Schema(COACTIONS.dtypes)
        assert (len(found.frame), found.counts["pairs"], found.counts["pairs_tested"]) == (0, 0, 0)
    assert len(find_coactions(encode(frame([("1", "a", 0, "url:x")]).drop("objects")), DEFAULT, 0).frame) == 0
