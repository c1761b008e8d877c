"""Where one pile-on came from, as it is shown: pseudonyms in the place of ids unless asked for otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final

import polars as pl

from graphwatch.errors import ConfigurationError
from graphwatch.review.decisions import decisions_in_words, latest_decisions, nameable_accounts
from graphwatch.review.pseudonyms import Pseudonyms
from graphwatch.schema import REVIEWS

READING: Final = (
    "A chain is a candidate, not a proof: links by model or lag are likely, not known. To be early, or in a chain, says nothing of "
    "intent. What is not in the data cannot be seen."
)


@dataclass(frozen=True, slots=True)
class Hop:
    """One act of a chain, and how the act before leads to it (None at the start)."""

    interaction: str
    actor: str | None
    platform: str | None
    at: datetime | None
    kind: str | None
    hostile: bool | None
    deleted: bool
    in_data: bool
    link: str | None
    basis: str | None
    probability: float | None


@dataclass(frozen=True, slots=True)
class Chain:
    """A candidate chain; the probability is the product over its links."""

    probability: float
    hops: tuple[Hop, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """One act from which the pile-on can have come; see table ``origins``.

    Attributes
    ----------
    mentions
        Sort, object, accounts of the pile-on and accounts elsewhere of all that it mentions first.
    """

    rank: int
    interaction: str
    actor: str | None
    platform: str | None
    at: datetime | None
    lead_s: float | None
    mentions: tuple[tuple[str, str, int | None, int | None], ...]
    reached_share: float
    expected_share: float
    deleted: bool
    in_data: bool
    notes: tuple[str, ...]
    chains: tuple[Chain, ...]


@dataclass(frozen=True, slots=True)
class AccountTrace:
    """How one account came into the pile-on.

    Attributes
    ----------
    role
        Its row of ``members``; empty: no member.
    back
        From where its first act most probably comes, to that act.
    after
        Acts of the pile-on whose likeliest causes lead back to an act of the account, others' only.
    """

    name: str
    role: Mapping[str, object]
    back: Chain
    after: int


@dataclass(frozen=True, slots=True)
class Traceback:
    """All that is shown of one pile-on.

    Attributes
    ----------
    pileon
        Its row of ``pileons``, the target as a pseudonym.
    key_id
        Of the pseudonyms; None: real ids are shown.
    reviewed
        A person has decided something about it; ``reading`` says what.
    """

    pileon: Mapping[str, object]
    origins: tuple[Origin, ...]
    account: AccountTrace | None
    key_id: str | None
    reading: str
    reviewed: bool

    def told(self) -> dict[str, object]:
        """Give it as plain values, for JSON."""
        return asdict(self)


def make_traceback(
    frames: Mapping[str, pl.DataFrame],
    pileon: str,
    account: str | None,
    names: Pseudonyms | None,
    reviews: pl.DataFrame | None = None,
    *,
    reviewed_names: bool = False,
) -> Traceback:
    """Gather what is known of where a pile-on came from.

    Parameters
    ----------
    frames
        Result tables of a run.
    pileon
        Id of the pile-on, or the beginning of one.
    account
        Id or pseudonym of an account to trace back.
    names
        Pseudonyms; None: real ids.
    reviews
        Decisions of people, where there is a case that keeps them.
    reviewed_names
        Show the ids of accounts whose role or origin a review confirmed.

    Raises
    ------
    ConfigurationError
        There is no such pile-on, or the account has no act in it or before it.
    """
    row = find_pileon(frames["pileons"], pileon)
    ours = {
        name: frames[name].filter(pl.col("pileon_id") == row["pileon_id"])
        for name in ("origins", "origin_chains", "origin_links", "members")
    }
    latest = latest_decisions(REVIEWS.empty() if reviews is None else reviews, str(row["pileon_id"]))
    if reviewed_names and names is not None:
        names = names.but(nameable_accounts(latest))
    shown = _Names(names)
    origins = tuple(_origins(ours["origins"], ours["origin_chains"], shown))
    traced = None if account is None else _account(ours["origin_links"], ours["members"], account, shown)
    told = {**row, "target_id": shown.account(str(row["target_id"]))}
    reading = f"{READING} {decisions_in_words(latest, names)}."
    return Traceback(told, origins, traced, None if names is None else names.key_id, reading, not latest.is_empty())


def shown_origins(origins: pl.DataFrame, chains: pl.DataFrame, pileon_id: str, names: Pseudonyms, most: int) -> tuple[Origin, ...]:
    """Give the first origins of one pile-on, by rank."""
    mine = pl.col("pileon_id") == pileon_id
    return tuple(islice(_origins(origins.filter(mine), chains.filter(mine), _Names(names)), most))


def find_pileon(pileons: pl.DataFrame, wanted: str) -> dict[str, object]:
    """Give the row of the pile-on with an id, or the only one whose id begins so.

    Raises
    ------
    ConfigurationError
        There is none, or several.
    """
    ids = pileons["pileon_id"]
    exact = pileons.filter(ids == wanted)
    found = exact if len(exact) else pileons.filter(ids.str.starts_with(wanted) if wanted else pl.lit(value=False))
    if len(found) != 1:
        told = ", ".join(ids.head(5).to_list()) + (", …" if len(ids) > 5 else "")
        what = "no pile-on" if found.is_empty() else f"{len(found)} pile-ons"
        raise ConfigurationError(f"{what} {wanted!r}; there are {len(ids)}: {told or 'none'}")
    return found.row(0, named=True)


def hidden_thing(value: str, names: Pseudonyms) -> str:
    """Give the pseudonym of an object, behind what sort of thing it is: links and tags often name an account.

    Examples
    --------
    >>> hidden_thing("tag:someone", Pseudonyms(b"only an example key")).partition("act-")[0]
    'tag:'
    """
    sort, sign, _ = value.partition(":")
    return f"{sort if sign else ''}{sign}{names.of(value, 'interaction')}"


class _Names:
    """Names to show: pseudonyms, or ids as they are."""

    def __init__(self, names: Pseudonyms | None) -> None:
        self._names = names

    def account(self, identifier: str) -> str:
        return identifier if self._names is None else self._names.of(identifier)

    def act(self, identifier: str) -> str:
        return identifier if self._names is None else self._names.of(identifier, "interaction")

    def thing(self, value: str) -> str:
        """Keep what sort of thing it is: links and tags often name an account."""
        return value if self._names is None else hidden_thing(value, self._names)


def _origins(origins: pl.DataFrame, chains: pl.DataFrame, shown: _Names) -> Iterator[Origin]:
    """Give the origins by rank; first mentions of several things in one act are one."""
    of_rank = {key[0]: part for key, part in chains.partition_by("rank", as_dict=True, maintain_order=True).items()}
    rows = origins.sort("rank").rows(named=True)
    done = set()
    for row in rows:
        key = (row["platform"], row["interaction_id"])
        if key in done:
            continue
        done.add(key)
        same = [r for r in rows if (r["platform"], r["interaction_id"]) == key]
        part = of_rank.get(row["rank"])
        yield Origin(
            rank=row["rank"],
            interaction=shown.act(row["interaction_id"]),
            actor=None if row["actor_id"] is None else shown.account(row["actor_id"]),
            platform=row["platform"],
            at=row["at"],
            lead_s=row["lead_s"],
            mentions=tuple((r["sort"], shown.thing(r["object"]), r["accounts"], r["accounts_elsewhere"]) for r in same if r["object"]),
            reached_share=row["reached_share"],
            expected_share=row["expected_share"],
            deleted=row["deleted"],
            in_data=row["in_data"],
            notes=tuple(dict.fromkeys(note for r in same for note in r["notes"] or ())),
            chains=() if part is None else tuple(_chains(part, shown)),
        )


def _chains(part: pl.DataFrame, shown: _Names) -> Iterator[Chain]:
    for _, chain in part.sort("chain", "hop").group_by("chain", maintain_order=True):
        rows = chain.rows(named=True)
        yield Chain(rows[0]["chain_probability"], tuple(_hop(row, shown) for row in rows))


def _hop(row: Mapping[str, Any], shown: _Names, *, first: bool = False) -> Hop:
    actor: str | None = row["actor_id"]
    return Hop(
        interaction=shown.act(row["interaction_id"]),
        actor=None if actor is None else shown.account(actor),
        platform=row["platform"],
        at=row["at"],
        kind=row["kind"],
        hostile=row["hostile"],
        deleted=row["deleted"],
        in_data=row["in_data"],
        link=None if first else row["link"],
        basis=None if first else row["basis"],
        probability=None if first else row["probability"],
    )


def _account(links: pl.DataFrame, members: pl.DataFrame, account: str, shown: _Names) -> AccountTrace:
    acts = {(row["platform"], row["interaction_id"]): row for row in links.iter_rows(named=True)}
    known = sorted({row["actor_id"] for row in acts.values() if row["actor_id"] is not None})
    found = [actor for actor in known if account in (actor, shown.account(actor))]
    if not found:
        raise ConfigurationError(f"account {account!r} has no act in this pile-on, and none that leads to it")
    own = [key for key, row in acts.items() if row["actor_id"] == found[0]]
    first = next((key for key in own if acts[key]["member"]), own[0])
    back = [first]
    while (before := _before(acts[back[-1]])) in acts and before not in back:
        back.append(before)
    rows = [acts[key] for key in reversed(back)]
    hops = tuple(_hop(row, shown, first=k == 0) for k, row in enumerate(rows))
    product = 1.0
    for hop in hops:
        product *= 1.0 if hop.probability is None else hop.probability
    role = members.filter(pl.col("actor_id") == found[0]).drop("pileon_id", "actor_id", "evidence").rows(named=True)
    return AccountTrace(shown.account(found[0]), role[0] if role else {}, Chain(product, hops), _after(acts, set(own), found[0]))


def _before(row: Mapping[str, object]) -> tuple[object, object]:
    return row["cause_platform"], row["cause_id"]


def _after(acts: Mapping[tuple[object, object], Mapping[str, object]], own: set[tuple[object, object]], actor: str) -> int:
    """Count the pile-on's acts by others that lead back to the account; causes come before what they cause."""
    below = set(own)
    for key, row in acts.items():
        if _before(row) in below:
            below.add(key)
    return sum(bool(acts[key]["member"]) and acts[key]["actor_id"] != actor for key in below)
