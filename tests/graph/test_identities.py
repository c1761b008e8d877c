"""Accounts of one person as one target."""

from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from graphwatch.graph.encode import encode
from graphwatch.graph.identities import with_identities

NAMES = ["a", "b", "c", "d", "e"]


def events_of(acts: list[tuple[str, list[str]]], platforms: list[str] | None = None) -> Any:
    rows = pl.DataFrame(
        {
            "interaction_id": [str(k) for k in range(len(acts))],
            "at": list(range(len(acts))),
            "actor_id": [actor for actor, _ in acts],
            "kind": ["mention"] * len(acts),
            "target_ids": [targets for _, targets in acts],
            "platform": platforms or [None] * len(acts),
        },
        schema_overrides={"target_ids": pl.List(pl.String), "platform": pl.String},
    )
    return encode(rows.with_columns(pl.col("at").cast(pl.Datetime("us", "UTC"))))


def identities(*pairs: tuple[str, str], confidence: float | None = None) -> pl.DataFrame:
    return pl.DataFrame({"account_id": [a for a, _ in pairs], "other_id": [b for _, b in pairs], "confidence": [confidence] * len(pairs)})


@given(
    st.lists(st.tuples(st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES), max_size=4)), min_size=1, max_size=12),
    st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=4),
)
def test_joined_targets_are_what_a_search_by_hand_finds(acts: list[tuple[str, list[str]]], pairs: list[tuple[str, str]]) -> None:
    events = events_of(acts)
    known = set(events.accounts)
    person = {name: name for name in known}
    for _ in NAMES:
        for a, b in pairs:
            if a in known and b in known:
                person[a] = person[b] = min(person[a], person[b])
    joined = with_identities(events, identities(*pairs))
    for k in range(len(events)):
        before = events.accounts.gather(events.targets.row(k)).to_list()
        actor = person[events.accounts[int(events.actor[k])]]
        expected = sorted({person[name] for name in before} - {actor})
        assert joined.accounts.gather(joined.targets.row(k)).to_list() == expected


def test_an_id_on_two_platforms_is_told_by_its_platform() -> None:
    events = events_of([("x", ["t"]), ("y", ["t"])], ["weibo", "bilibili"])
    declared = pl.DataFrame({"account_id": ["t"], "platform": ["weibo"], "other_id": ["t"], "other_platform": ["bilibili"]})
    joined = with_identities(events, declared)
    assert set(joined.accounts.gather(joined.targets.values)) == {"bilibili:t"}
    assert set(events.accounts.gather(events.targets.values)) == {"bilibili:t", "weibo:t"}


def test_a_doubtful_declaration_joins_nothing() -> None:
    events = events_of([("x", ["a"]), ("y", ["b"])])
    assert with_identities(events, identities(("a", "b"), confidence=0.3)) is events
    assert with_identities(events, identities(("a", "b"), confidence=0.3), 0.2) is not events
