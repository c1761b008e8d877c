"""Small random worlds: threads with cycles and missing parents, ids on two platforms, repeated links, results that name lost things."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from graphwatch.ask import Ground, Query, catalogue, open_tables
from graphwatch.graph.encode import encode
from graphwatch.schema import INPUTS, INTERACTIONS, KINDS, RESULTS, ROLES, SURFACES

START = datetime(2024, 5, 1, tzinfo=UTC)
Rows = list[dict[str, object]]
OWNERSHIP_STEP = 30


@dataclass(frozen=True)
class World:
    """Canonical frames."""

    interactions: pl.DataFrame
    side: dict[str, pl.DataFrame]
    results: dict[str, pl.DataFrame]

    def ground(self) -> Ground:
        """Give them opened."""
        return open_tables(interactions=self.interactions, side=self.side, results=self.results)


def random_world(seed: int, *, acts: int = 120, accounts: int = 6) -> World:
    """Draw a world.

    Names of accounts in results are those that the interactions give, as in a real run.
    """
    rng = np.random.default_rng([seed, acts, accounts])
    rows = _interactions(rng, acts, accounts)
    interactions = INTERACTIONS.conform(pl.DataFrame(rows, schema_overrides=INTERACTIONS.dtypes, infer_schema_length=None))
    names = encode(interactions).accounts.to_list()
    side = {name: _frame(INPUTS[name].dtypes, made) for name, made in _side(rng, accounts).items()}
    results = {name: RESULTS[name].conform(_frame(RESULTS[name].dtypes, made)) for name, made in _results(rng, names).items()}
    return World(interactions, {name: INPUTS[name].conform(frame) for name, frame in side.items()}, results)


def _frame(dtypes: dict[str, pl.DataType], made: Rows) -> pl.DataFrame:
    names = [name for name in dtypes if any(name in row for row in made)]
    return pl.DataFrame(made, schema={name: dtypes[name] for name in names})


def _moment(rng: np.random.Generator, seconds: int = 4000) -> datetime:
    return START + timedelta(seconds=int(rng.integers(seconds)), microseconds=int(rng.integers(0, 3)))


def _maybe(rng: np.random.Generator, value: object, share: float = 0.3) -> object:
    return None if rng.random() < share else value


def _interactions(rng: np.random.Generator, acts: int, accounts: int) -> Rows:
    rows: Rows = []
    for number in range(acts):
        at = _moment(rng)
        targets = sorted({f"u{k}" for k in rng.integers(0, 3, rng.integers(0, 3))})
        rows.append(
            {
                "interaction_id": f"i{number % (acts - 3)}",  # the last ones have ids of the first, on another platform
                "at": at,
                "actor_id": f"u{rng.integers(accounts)}",
                "kind": "private_message" if rng.random() < 0.3 else KINDS[rng.integers(len(KINDS))],
                "platform": None if number >= acts - 3 else ("a", "b:c")[int(rng.random() < 0.2)],
                "surface": _maybe(rng, SURFACES[rng.integers(3)]),
                "target_ids": _maybe(rng, targets, 0.4),
                "parent_id": _maybe(rng, f"i{rng.integers(acts + 5)}", 0.25),  # later ones, itself, and some that are not there
                "objects": sorted({f"tag:t{k}" for k in rng.integers(0, 4, rng.integers(0, 3))}),
                "hostility": _maybe(rng, float(rng.integers(0, 11)) / 10),
                "observed_at": _maybe(rng, at + timedelta(seconds=int(rng.integers(0, 2000)))),
            }
        )
    return rows


def _side(rng: np.random.Generator, accounts: int) -> dict[str, Rows]:
    def account() -> str:
        return f"u{rng.integers(accounts + 2)}"

    def span() -> dict[str, object]:
        start = START + timedelta(days=int(rng.integers(-OWNERSHIP_STEP, OWNERSHIP_STEP)))
        return {"valid_from": _maybe(rng, start), "valid_to": _maybe(rng, start + timedelta(days=int(rng.integers(1, 40))))}

    affiliations: Rows = [
        {"account_id": account(), "agency_id": f"g{rng.integers(4)}", "source": f"s{rng.integers(3)}", "confidence": 0.5, **span()}
        for _ in range(12)
    ]
    ownership: Rows = [
        {
            "owner_id": f"c{rng.integers(6)}",
            "owned_id": f"c{rng.integers(6)}",
            "share": _maybe(rng, float(rng.integers(1, 10)) / 10),
            **span(),
        }
        for _ in range(9)
    ]
    identities: Rows = [
        {
            "account_id": account(),
            "platform": "a",
            "other_id": account(),
            "other_platform": ("a", "b:c")[rng.integers(2)],
            "source": f"s{k % 2}",
        }
        | {"confidence": _maybe(rng, float(rng.integers(0, 11)) / 10), "observed_at": _maybe(rng, _moment(rng))}
        for k in range(6)
    ]
    follows: Rows = [{"follower_id": account(), "followed_id": account(), "observed_at": _maybe(rng, _moment(rng))} for _ in range(10)]
    return {
        "affiliations": _unlike(affiliations, "account_id", "agency_id", "valid_from"),
        "agencies": [
            {"agency_id": f"g{k}", "name": f"agency {k}", "company_id": _maybe(rng, f"c{rng.integers(6)}", 0.2)} for k in range(4)
        ],
        "ownership": _unlike(ownership, "owner_id", "owned_id", "valid_from"),
        "identities": _unlike(identities, "account_id", "other_id", "other_platform"),
        "follows": _unlike(follows, "follower_id", "followed_id"),
    }


def _unlike(rows: Rows, *key: str) -> Rows:
    return list({tuple(row[name] for name in key): row for row in rows}.values())


def _results(rng: np.random.Generator, names: list[str]) -> dict[str, Rows]:
    def account() -> str:
        return names[rng.integers(len(names))]

    def target() -> str:
        return names[(0, 1, 2, len(names) // 2)[rng.integers(4)]]

    pileons: Rows = []
    members: Rows = []
    for number in range(5):
        onset = _moment(rng, 2000)
        peak = onset + timedelta(seconds=int(rng.integers(1000)))
        nature = ("attack", "attack", "criticism")[rng.integers(3)]
        only = SURFACES[number - 3] if number > 3 else None  # the last one is on one surface alone
        told: dict[str, object] = {
            "only_surface": only,
            "nature": nature,
            "nature_probability": 0.75,
            "hostile_actors": 3,
            "newcomers": 2,
            "campaign_id": None,
            "surfaces": [],
        }
        pileons.append(
            {"pileon_id": f"p{number}", "target_id": target(), "onset": onset, "peak": peak, "end": peak + timedelta(seconds=1500), **told}
        )
        for name in sorted({account() for _ in range(9)}):
            role = ROLES[rng.integers(len(ROLES))]
            counts = {"interactions": int(rng.integers(1, 5)), "hostile": int(rng.integers(0, 3)), "evidence": []}
            agency = _maybe(rng, f"g{rng.integers(3)}")
            members.append(
                {"pileon_id": f"p{number}", "actor_id": name, "role": role, "agency_id": agency, "first_at": _moment(rng), **counts}
            )
    members.append({"pileon_id": "lost", "actor_id": account(), "role": "follower", "hostile": 2, "interactions": 2, "first_at": START})
    pairs = {tuple(sorted((account(), account()))) for _ in range(30)}
    coactions: Rows = [
        {"a": a, "b": b, "weight": int(rng.integers(1, 4)), "objects": 1, "first_at": _moment(rng), "q_value": _maybe(rng, 0.01)}
        for a, b in sorted(pairs)
        if a != b
    ]
    campaigns: Rows = [
        {"campaign_id": f"k{k}", "pileons": sorted({f"p{n}" for n in rng.integers(0, 6, 3)}), "targets": []} for k in range(3)
    ]
    agencies: Rows = [
        {
            "scope": scope,
            "agency_id": f"g{k}",
            "accounts": k,
            "expected": 0.5,
            "odds_ratio": float("inf"),
            "p_value": 0.1,
            "q_value": _maybe(rng, 0.2),
        }
        | {"company_id": f"c{k}", "controller_id": None, "path": []}
        for scope in ("p0", "k1", "lost")
        for k in range(3)
    ]
    alerts: Rows = [
        {"alert_id": f"w{k}", "target_id": account(), "at": _moment(rng, 2500), "horizon_s": 900.0, "probability": 0.5, "level": "watch"}
        | {"state": "open", "reasons": ["growth", "newcomers"], "missing_features": [], "model_version": "1"}
        for k in range(6)
    ]
    return {
        "pileons": pileons,
        "members": members,
        "coactions": coactions,
        "campaigns": campaigns,
        "agencies": agencies,
        "alerts": alerts,
    }


def questions(query: Query, world: World) -> list[dict[str, object]]:
    """Give values of the required parameters: several for each query, existing things and one that does not exist."""
    pileons = world.results["pileons"]["pileon_id"].to_list()[:3]
    names = world.ground().accounts.to_list()
    members = world.results["members"]["actor_id"].unique(maintain_order=True).to_list()[:2]
    accounts = [*members, *names[:: max(1, len(names) // 5)], "nobody"]
    targets = [*world.results["pileons"]["target_id"].unique().sort().to_list()[:4], *accounts[:3]]
    choices: dict[str, list[object]] = {
        "pileon": [*pileons, "nothing"],
        "first": [*pileons[:1], "nothing"],
        "second": [*pileons[1:], *pileons[:1]],
        "scope": [*pileons[:1], *world.results["campaigns"]["campaign_id"].to_list()[:2], "lost"],
        "account": list(accounts),
        "target": list(targets),
        "object": [*world.ground().events.object_names.to_list()[:3], "tag:none"],
        "agency": [*_side_of(world, "agencies")["agency_id"].to_list()[:4], "nothing"],
        "controller": [*_side_of(world, "ownership")["owner_id"].unique().sort().to_list()[:4], "nothing"],
        "at": [str(START + timedelta(seconds=1500))],
    }
    asked: list[dict[str, object]] = [{}]
    for parameter in query.parameters:
        if parameter.required:
            asked = [{**given, parameter.name: value} for given in asked for value in choices[parameter.name]]
    if any(parameter.name == "at" and not parameter.required for parameter in query.parameters):
        asked += [{**given, "at": str(START)} for given in asked]
    for name, value in (("min_strangers", 1), ("min_acts", 2), ("min_confidence", 0.5), ("min_share", 0.1), ("bin_s", 60), ("limit", 2)):
        if any(parameter.name == name for parameter in query.parameters):
            asked += [{**asked[k], name: value} for k in range(len(asked)) if name == "min_strangers" or k < 2]
    return asked


def _side_of(world: World, table: str) -> pl.DataFrame:
    return world.side.get(table, INPUTS[table].empty())


ALL_QUERIES = list(catalogue().values())
