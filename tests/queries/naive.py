"""The graph queries once more, as plain loops over rows: slow, and obviously right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

from graphwatch.graph.encode import encode
from tests.queries.worlds import World

Row = dict[str, Any]
HOUR_S = 3600


def second(moment: datetime) -> int:
    """Whole seconds since 1970."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)


class Acts:
    """Interactions as objects with a parent, targets and an author, named as the graph names them."""

    def __init__(self, world: World) -> None:
        events = encode(world.interactions)
        frame = world.interactions.sort("at", "platform", "interaction_id")
        self.rows: list[Row] = frame.select("interaction_id", "platform", "at", "kind", "hostility", "surface").to_dicts()
        self.world = world
        self.names = events.accounts.to_list()
        self.author = [self.names[code] for code in events.actor]
        self.targets = [{self.names[code] for code in events.targets.row(k)} for k in range(len(events))]
        place = {(row["platform"], row["interaction_id"]): k for k, row in enumerate(self.rows)}
        parents = frame["parent_id"].to_list()
        found = [place.get((row["platform"], parent)) for row, parent in zip(self.rows, parents, strict=True)]
        self.parent = [None if above == k else above for k, above in enumerate(found)]

    def at(self, k: int) -> datetime:
        """Time of an act."""
        moment = self.rows[k]["at"]
        assert isinstance(moment, datetime)
        return moment

    def pileon(self, name: object) -> Row | None:
        """Row of a pile-on."""
        return next((row for row in self.world.results["pileons"].to_dicts() if row["pileon_id"] == name), None)

    def of(self, name: object) -> list[int]:
        """Acts of a pile-on."""
        row = self.pileon(name)
        if row is None:
            return []
        only = row["only_surface"]
        rows = [k for k in range(len(self.rows)) if row["target_id"] in self.targets[k] and row["onset"] <= self.at(k) <= row["end"]]
        return [k for k in rows if only is None or self.rows[k]["surface"] == only]

    def above(self, k: int, depth: int = 100) -> Iterator[tuple[int, int]]:
        """The act and those above it, with the steps to each."""
        place: int | None = k
        for steps in range(depth + 1):
            if place is None:
                return
            yield place, steps
            place = self.parent[place]

    def told(self, k: int, **more: object) -> Row:
        """What a query says of an act."""
        row = self.rows[k]
        return {"interaction_id": row["interaction_id"], "platform": row["platform"], "account_id": self.author[k], "at": row["at"], **more}


def earliest_sources(acts: Acts, given: Row) -> list[Row]:
    """Tops of threads."""
    below: dict[int, list[int]] = {}
    for k in acts.of(given["pileon"]):
        tops = [place for place, _ in acts.above(k) if acts.parent[place] is None]
        if tops:
            below.setdefault(tops[0], []).append(k)
    pileon = acts.pileon(given["pileon"])
    rows = []
    for top, members in sorted(below.items()):
        if len(members) >= int(str(given.get("min_acts", 1))) and pileon is not None:
            lead = second(pileon["onset"]) - second(acts.at(top))
            counts = {"acts": len(members), "accounts": len({acts.author[k] for k in members})}
            rows.append(acts.told(top, kind=acts.rows[top]["kind"], lead_s=lead, **counts))
    return rows


def path_to_peak(acts: Acts, given: Row) -> list[Row]:
    """All ways from the account to the peak, and the first of them."""
    pileon = acts.pileon(given["pileon"])
    if pileon is None:
        return []
    ways = []
    for k in acts.of(given["pileon"]):
        if abs(acts.at(k) - pileon["peak"]) <= timedelta(seconds=450):
            ways += [(place, steps, k) for place, steps in acts.above(k) if acts.author[place] == given["account"]]
    if not ways:
        return []
    _, steps, k = min(ways)
    path = [place for place, distance in acts.above(k) if distance <= steps][::-1]
    return [acts.told(place, hop=hop, kind=acts.rows[place]["kind"]) for hop, place in enumerate(path)]


def activated_by(acts: Acts, given: Row) -> list[Row]:
    """Acts with one of the account above them."""
    led: dict[str, list[tuple[datetime, int]]] = {}
    for k in acts.of(given["pileon"]):
        steps = [distance for place, distance in acts.above(k) if distance and acts.author[place] == given["account"]]
        if steps and acts.author[k] != given["account"]:
            led.setdefault(acts.author[k], []).append((acts.at(k), min(steps)))
    members = {row["actor_id"]: row for row in acts.world.results["members"].to_dicts() if row["pileon_id"] == given["pileon"]}
    rows = []
    for name, found in led.items():
        first = min(at for at, _ in found)
        member = members.get(name)
        told = {"began_so": None if member is None else first == member["first_at"], "role": None if member is None else member["role"]}
        rows.append({"account_id": name, "first_at": first, "hops": min(steps for _, steps in found), "acts": len(found), **told})
    return sorted(rows, key=lambda row: (row["first_at"], row["account_id"]))


def private_floods(acts: Acts, given: Row) -> list[Row]:
    """Look at every message and at everything before it."""
    target = str(given["target"])
    raw = acts.world.side["follows"].to_dicts()
    follows = {row["followed_id"] for row in raw if row["follower_id"] == target}
    hours: dict[datetime, list[int]] = {}
    for k, row in enumerate(acts.rows):
        if row["kind"] != "private_message" or target not in acts.targets[k] or acts.author[k] in follows:
            continue
        before = [e for e in range(len(acts.rows)) if acts.at(e) < acts.at(k)]
        openly = any(
            acts.author[e] == acts.author[k] and target in acts.targets[e] and acts.rows[e]["kind"] != "private_message" for e in before
        )
        answered = any(acts.author[e] == target and acts.author[k] in acts.targets[e] for e in before)
        if not openly and not answered:
            hours.setdefault(acts.at(k).replace(minute=0, second=0, microsecond=0), []).append(k)
    rows = []
    for hour, found in sorted(hours.items()):
        strangers = len({acts.author[k] for k in found})
        if strangers >= int(str(given.get("min_strangers", 5))):
            hostile = sum(1 for k in found if acts.rows[k]["hostility"] is not None and float(str(acts.rows[k]["hostility"])) >= 0.5)
            rows.append({"at": hour, "strangers": strangers, "messages": len(found), "hostile": hostile})
    return rows


def _valid(row: Row, at: object) -> bool:
    moment = datetime.fromisoformat(str(at)) if at is not None else None
    if moment is None:
        return True
    begun = row["valid_from"] is None or row["valid_from"] <= moment
    return begun and (row["valid_to"] is None or moment < row["valid_to"])


def ownership_chain(acts: Acts, given: Row) -> list[Row]:
    """Try all chains by recursion."""
    stakes = [row for row in acts.world.side["ownership"].to_dicts() if _valid(row, given.get("at"))]
    company = next((row["company_id"] for row in acts.world.side["agencies"].to_dicts() if row["agency_id"] == given["agency"]), None)

    def climb(path: list[object], share: float | None) -> Iterator[tuple[list[object], float | None]]:
        yield path, share
        if len(path) <= 8:
            for row in stakes:
                if row["owned_id"] == path[-1] and row["owner_id"] not in path:
                    product = None if share is None or row["share"] is None else share * row["share"]
                    yield from climb([*path, row["owner_id"]], product)

    rows = []
    for path, share in climb([company], 1.0) if company is not None else []:
        if share is None or share >= float(str(given.get("min_share", 0.0))) - 1e-12:
            top = not any(row["owned_id"] == path[-1] and row["owner_id"] != path[-1] for row in stakes)
            rows.append({"path": path, "owner_id": path[-1], "hops": len(path) - 1, "share": share, "is_top": top})
    return rows


def accounts_under(acts: Acts, given: Row) -> list[Row]:
    """Widen the set of companies until nothing is added."""
    at = given.get("at")
    stakes = [row for row in acts.world.side["ownership"].to_dicts() if _valid(row, at)]
    agencies = [row for row in acts.world.side["agencies"].to_dicts() if row["company_id"] is not None]
    known = set(chain.from_iterable((row["owner_id"], row["owned_id"]) for row in acts.world.side["ownership"].to_dicts()))
    known |= {row["company_id"] for row in agencies}
    hops: dict[object, int] = {given["controller"]: 0} if given["controller"] in known else {}
    for step in range(1, 9):
        for row in stakes:
            if hops.get(row["owner_id"]) == step - 1:
                hops.setdefault(row["owned_id"], step)
    rows = []
    for contract in acts.world.side["affiliations"].to_dicts():
        company = next((row["company_id"] for row in agencies if row["agency_id"] == contract["agency_id"]), None)
        if company in hops and _valid(contract, at):
            told = {key: contract[key] for key in ("account_id", "agency_id", "valid_from", "valid_to", "confidence")}
            rows.append({**told, "company_id": company, "hops": hops[company]})
    return rows


def coacting_before(acts: Acts, given: Row) -> list[Row]:
    """Look at every pair."""
    pileon = acts.pileon(given["pileon"])
    members = {row["actor_id"] for row in acts.world.results["members"].to_dicts() if row["pileon_id"] == given["pileon"]}
    rows = []
    for pair in acts.world.results["coactions"].to_dicts() if pileon is not None else []:
        inside = [name for name in sorted((pair["a"], pair["b"])) if name in members]
        if inside and pileon is not None and pair["first_at"] < pileon["onset"]:
            other = pair["b"] if inside[0] == pair["a"] else pair["a"]
            told = {key: pair[key] for key in ("weight", "objects", "first_at", "q_value")}
            rows.append({"account_id": inside[0], "other_id": other, "other_is_member": len(inside) == 2, **told})
    return rows


def pileon_network(acts: Acts, given: Row) -> list[Row]:
    """Look at every act, at what it answers, and at every pair."""
    pileon = acts.pileon(given["pileon"])
    if pileon is None:
        return []
    members = {row["actor_id"]: row for row in acts.world.results["members"].to_dicts() if row["pileon_id"] == given["pileon"]}
    found: dict[tuple[str, str, str], list[datetime]] = {}
    for k in acts.of(given["pileon"]):
        above = acts.parent[k]
        ends = [("TARGETS", str(pileon["target_id"]))] + ([("ANSWERS", acts.author[above])] if above is not None else [])
        for link, other in ends:
            if other != acts.author[k]:
                found.setdefault((acts.author[k], link, other), []).append(acts.at(k))
    rows = [{"account_id": a, "link": link, "other_id": b, "acts": len(at), "first_at": min(at)} for (a, link, b), at in found.items()]
    for pair in acts.world.results["coactions"].to_dicts():
        if pair["a"] in members and pair["b"] in members:
            a, b = sorted((pair["a"], pair["b"]))
            rows.append({"account_id": a, "link": "CO_ACTED", "other_id": b, "acts": pair["weight"], "first_at": pair["first_at"]})
    nobody: Row = {"role": None, "agency_id": None}
    for row in rows:
        one, other = members.get(row["account_id"], nobody), members.get(row["other_id"], nobody)
        row |= {"role": one["role"], "agency_id": one["agency_id"], "other_role": other["role"], "other_agency_id": other["agency_id"]}
    return rows


def cross_platform_siblings(acts: Acts, given: Row) -> list[Row]:
    """Widen the set of accounts until nothing is added; names are those of the interactions, found by platform and id."""
    pairs: list[tuple[str, str]] = []
    names = set(acts.names)

    def named(account: object, platform: object) -> str:
        with_platform = f"{platform}:{account}"
        return with_platform if with_platform in names else str(account)

    for row in acts.world.side["identities"].to_dicts():
        if row["confidence"] is None or row["confidence"] >= float(str(given.get("min_confidence", 0.0))):
            pairs.append((named(row["account_id"], row["platform"]), named(row["other_id"], row["other_platform"])))
    hops = {str(given["account"]): 0}
    for step in range(1, 5):
        for one, other in [*pairs, *((b, a) for a, b in pairs)]:
            if hops.get(one) == step - 1:
                hops.setdefault(other, step)
    rows = []
    for name, steps in hops.items():
        own = [k for k in range(len(acts.rows)) if acts.author[k] == name]
        times = [acts.at(k) for k in own]
        told = {"platforms": sorted({str(p) for k in own if (p := acts.rows[k]["platform"]) is not None}), "acts": len(own)}
        if steps:
            rows.append(
                {"account_id": name, "hops": steps, **told, "first_at": min(times, default=None), "last_at": max(times, default=None)}
            )
    return rows


NAIVE: dict[str, Callable[[Acts, Row], list[Row]]] = {
    "trace/earliest_sources": earliest_sources,
    "trace/path_to_peak": path_to_peak,
    "trace/activated_by": activated_by,
    "trace/pileon_network": pileon_network,
    "trace/cross_platform_siblings": cross_platform_siblings,
    "detect/private_floods": private_floods,
    "detect/coacting_before": coacting_before,
    "attribute/ownership_chain": ownership_chain,
    "attribute/accounts_under": accounts_under,
}
