"""A small case that has one of everything, and what is hard to write: odd ids, quotes, line breaks, long keys, early times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from graphwatch.schema import INPUTS, INTERACTIONS, RESULTS
from graphwatch.tables import Case

START = datetime(2024, 5, 1, tzinfo=UTC)
LONG = "url:https://example.org/" + "x" * 9000
ODD = 'line\nbreak, "quote", \\ back; slash\t{brace} \x1f 你好 🙂 \'); MATCH (n) DETACH DELETE n //'


def rows() -> list[dict[str, object]]:
    """Give 400 interactions of 40 accounts on two platforms: threads, reposts, quotes, mentions, shared objects."""
    made: list[dict[str, object]] = []
    for number in range(400):
        platform = "a" if number % 4 else "b:c"
        above = number - 4 * (1 + number % 3) if number >= 16 else None
        kind = ("post", "comment", "repost", "quote", "mention")[number % 5] if above is not None else "post"
        made.append(
            {
                "interaction_id": f"i{number}",
                "at": START + timedelta(seconds=37 * number, microseconds=number),
                "actor_id": f"u{(number * 7) % 40}",
                "kind": kind,
                "platform": platform,
                "surface": "comment" if number % 2 else "feed",
                "target_ids": [f"u{(number * 11) % 40}", "u1"] if number % 3 == 0 else ([] if number % 7 == 0 else None),
                "parent_id": None if above is None else f"i{above}",
                "objects": [f"tag:t{number % 9}", LONG] if number % 10 == 0 else [],
                "text": ODD if number % 11 == 0 else f"words {number}",
                "hostility": None if number % 13 == 0 else (number % 10) / 10,
                "category": "abuse" if number % 5 == 0 else None,
                "followers": number if number % 2 else None,
                "deleted": number % 50 == 0,
            }
        )
    odd = {"kind": "post", "surface": "feed", "target_ids": [], "objects": [ODD, ""], "text": "", "hostility": 1.0, "deleted": False}
    made.append(
        {**odd, "interaction_id": "z" * 9000, "at": datetime(1969, 12, 31, 23, 59, 59, 5, tzinfo=UTC), "actor_id": ODD, "platform": "a"}
    )
    made.append({**odd, "interaction_id": "i1", "at": START, "actor_id": "v" * 9000, "platform": None})
    return made


def interactions() -> pl.DataFrame:
    """Give them as a canonical frame."""
    return INTERACTIONS.conform(pl.DataFrame(rows(), schema_overrides=INTERACTIONS.dtypes, infer_schema_length=None))


def side() -> dict[str, pl.DataFrame]:
    """Give side tables: facts, follows, contracts of one account with one agency twice, a chain of owners, an identity."""
    tables: dict[str, list[dict[str, object]]] = {
        "accounts": [
            {"account_id": "u1", "platform": "a", "name": ODD, "followers": 5, "verified": True, "observed_at": START},
            {"account_id": "u1", "platform": "a", "name": None, "followers": 9, "verified": None, "observed_at": START + timedelta(days=1)},
            {"account_id": "silent", "platform": "a", "name": "never acts", "created_at": datetime(1960, 1, 1, tzinfo=UTC)},
        ],
        "follows": [{"follower_id": "u2", "followed_id": "silent", "observed_at": START}, {"follower_id": "x1", "followed_id": "x2"}],
        "affiliations": [
            {"account_id": "u3", "agency_id": "g1", "valid_from": START, "valid_to": START + timedelta(days=9), "confidence": 0.5},
            {"account_id": "u3", "agency_id": "g1", "valid_from": START + timedelta(days=20), "source": ODD},
            {"account_id": "u4", "agency_id": "g2", "valid_from": None},
        ],
        "agencies": [{"agency_id": "g1", "name": ODD, "company_id": "c1"}, {"agency_id": "g3", "name": None, "company_id": None}],
        "ownership": [
            {"owner_id": "p", "owned_id": "c1", "share": 0.75, "valid_from": None},
            {"owner_id": "p", "owned_id": "c1", "valid_from": START},
        ],
        "identities": [{"account_id": "u5", "platform": "a", "other_id": "u5", "other_platform": "b:c", "confidence": 0.9}],
    }
    return {name: frame_of(name, made) for name, made in tables.items()}


def frame_of(table: str, made: list[dict[str, object]], *, result: bool = False) -> pl.DataFrame:
    """Give rows as a frame of that table."""
    declared = RESULTS[table] if result else INPUTS[table]
    return declared.conform(
        pl.DataFrame(made, schema_overrides={n: t for n, t in declared.dtypes.items() if any(n in row for row in made)})
    )


def results() -> dict[str, pl.DataFrame]:
    """Give results that name accounts as a run does: ids that are used on two platforms with the platform before them."""
    tables: dict[str, list[dict[str, object]]] = {
        "pileons": [
            {
                "pileon_id": "p1",
                "target_id": "a:u1",
                "onset": START,
                "end": START + timedelta(hours=1),
                "q_value": 1e-9,
                "surfaces": ["feed"],
                "top_categories": [],
            }
        ],
        "members": [
            {
                "pileon_id": "p1",
                "actor_id": "u7",
                "role": "follower",
                "roles": ["follower", ODD],
                "credit": 0.25,
                "evidence": ["i1", "i41", "gone"],
            },
            {"pileon_id": "p1", "actor_id": "u14", "role": "initiator", "roles": ["initiator"], "credit": 0.5, "evidence": None},
            {"pileon_id": "lost", "actor_id": "u14", "role": "initiator", "roles": [], "credit": 0.5, "evidence": []},
        ],
        "coactions": [{"a": "u7", "b": "u14", "weight": 3, "q_value": 0.001, "first_at": START}],
        "campaigns": [{"campaign_id": "k1", "pileons": ["p1", "lost"], "targets": ["a:u1"], "actors": 2, "link_reasons": ["accounts"]}],
        "agencies": [
            {"scope": "p1", "agency_id": "g1", "accounts": 1, "odds_ratio": float("inf"), "path": ["c1", "p"]},
            {"scope": "k1", "agency_id": "g1"},
        ],
        "alerts": [{"alert_id": "w1", "target_id": "a:u1", "at": START, "probability": 0.5, "level": "watch", "reasons": ["growth", ODD]}],
    }
    return {name: frame_of(name, made, result=True) for name, made in tables.items()}


def make_case(folder: Path) -> Case:
    """Make the case, with one run."""
    case = Case.create(folder)
    sources = folder.parent / f"{folder.name}-sources"
    sources.mkdir()
    load_more(case, interactions(), "first", side())
    case.write_results("run-1", results(), {"version": case.version, "settings_digest": "-", "window": {}})
    return case


def load_more(case: Case, frame: pl.DataFrame, name: str, tables: dict[str, pl.DataFrame] | None = None) -> None:
    """Load rows into the case."""
    sources = case.root.parent / f"{case.root.name}-sources"
    path = sources / f"{name}.parquet"
    frame.drop("source").write_parquet(path)
    given = {}
    for table, rows_of_it in (tables or {}).items():
        given[table] = sources / f"{name}-{table}.parquet"
        rows_of_it.write_parquet(given[table])
    case.load(path, side=given)
