"""Agencies (MCNs), dated contracts with accounts, and who owns the companies behind them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import polars as pl

from graphwatch.model import DAY, I32, I64
from graphwatch.schema import AFFILIATIONS, AGENCIES, OWNERSHIP, TIMESTAMP
from graphwatch.simulate.draws import WORLD_START, Clock, Sampler, choose, flip, generator
from graphwatch.simulate.population import Population

_STAGE: Final = 2
_OPEN: Final = np.iinfo(np.int64).max
BIG_SHARE: Final = 0.25
_FORMER_SHARE: Final = 0.16
_LATE_SHARE: Final = 0.04


@dataclass(frozen=True, slots=True)
class Contracts:
    """Dated contracts, one row each.

    Attributes
    ----------
    account, agency
        Codes.
    start, end
        µs UTC; ``end`` is the largest integer while the contract runs.
    """

    account: I32
    agency: I32
    start: I64
    end: I64


@dataclass(frozen=True, slots=True)
class Agencies:
    """All agencies of a world.

    Attributes
    ----------
    id
        Agency id of each code.
    controller
        Id at the top of each agency's ownership chain.
    contracts
        Running, ended and later contracts.
    roster : {agency code: account codes}
        Accounts that are with the agency during the whole world.
    """

    id: tuple[str, ...]
    controller: tuple[str, ...]
    contracts: Contracts
    roster: dict[int, I32]
    affiliations: pl.DataFrame
    agencies: pl.DataFrame
    ownership: pl.DataFrame


def make_agencies(population: Population, clock: Clock, seed: int) -> Agencies:
    """Draw the agencies: one holds about a quarter of all signed accounts, the others have Zipf sizes.

    Traps for a careless join: contracts that ended before the world, that begin during it, and accounts that moved from one agency to
    another; agencies that share a controller; minority holders and former owners in the chains.
    """
    rng = generator(seed, _STAGE)
    signed = np.flatnonzero(population.signed).astype(np.int32)
    count = int(np.clip(round(len(population) ** 0.45 / 1.6), 8, 400))
    contracts = _contracts(signed, count, clock, rng)
    id_ = tuple(f"mcn-{code:03d}" for code in rng.permutation(count))
    controller, companies, ownership = _owners(count, rng)
    running = (contracts.start <= clock.start) & (contracts.end >= clock.end)
    roster = {agency: np.sort(contracts.account[running & (contracts.agency == agency)]) for agency in range(count)}
    return Agencies(
        id=id_,
        controller=controller,
        contracts=contracts,
        roster=roster,
        affiliations=_affiliations(contracts, id_, population, clock, rng),
        agencies=AGENCIES.conform(
            pl.DataFrame({"agency_id": id_, "name": [f"示例传媒{name[4:]}" for name in id_], "company_id": companies})
        ).sort("agency_id"),
        ownership=ownership,
    )


def _contracts(signed: I32, count: int, clock: Clock, rng: np.random.Generator) -> Contracts:
    weights = (np.arange(count - 1) + 2.0) ** -0.6
    shares = np.concatenate([[BIG_SHARE], weights / weights.sum() * (1 - BIG_SHARE)])
    n = len(signed)
    agency = choose(shares, n, rng)
    fate = rng.random(n)
    former, late = fate < _FORMER_SHARE, (fate >= _FORMER_SHARE) & (fate < _FORMER_SHARE + _LATE_SHARE)
    start = WORLD_START - (rng.uniform(40, 1200, n) * DAY).astype(np.int64)
    end = np.where(flip(0.3, n, rng), clock.end + (rng.uniform(1, 700, n) * DAY).astype(np.int64), _OPEN)
    end = np.where(former, WORLD_START - (rng.uniform(1, 30, n) * DAY).astype(np.int64), end)
    start = np.where(late, WORLD_START + (rng.uniform(0.5, 1.0, n) * clock.days * DAY).astype(np.int64), start)
    moved = np.flatnonzero(~former & ~late & flip(0.15, n, rng))
    before = (agency[moved] + 1 + rng.integers(0, count - 1, len(moved))) % count
    left = start[moved] - (rng.uniform(1, 30, len(moved)) * DAY).astype(np.int64)
    return Contracts(
        account=np.concatenate([signed, signed[moved]]),
        agency=np.concatenate([agency, before]).astype(np.int32),
        start=np.concatenate([start, left - (rng.uniform(90, 700, len(moved)) * DAY).astype(np.int64)]),
        end=np.concatenate([end, left]),
    )


def _affiliations(
    contracts: Contracts, names: tuple[str, ...], population: Population, clock: Clock, rng: np.random.Generator
) -> pl.DataFrame:
    n = len(contracts.account)
    sources = pl.Series(["roster", "profile", "press"])
    kind = choose((0.6, 0.3, 0.1), n, rng)
    frame = pl.DataFrame(
        {
            "account_id": population.id.gather(contracts.account),
            "agency_id": pl.Series(names).gather(contracts.agency),
            "valid_from": pl.Series(contracts.start).cast(TIMESTAMP),
            "valid_to": pl.select(pl.when(pl.Series(contracts.end != _OPEN)).then(pl.Series(contracts.end))).to_series().cast(TIMESTAMP),
            "source": sources.gather(kind),
            "confidence": np.round(np.array([0.98, 0.9, 0.75])[kind] + 0.02 * rng.random(n), 3),
            "observed_at": pl.Series(np.full(n, clock.end)).cast(TIMESTAMP),
        }
    )
    return AFFILIATIONS.conform(frame).sort("account_id", "valid_from", "agency_id")


def _owners(count: int, rng: np.random.Generator) -> tuple[tuple[str, ...], list[str], pl.DataFrame]:
    """Build each agency's chain: controller → 0 to 2 shells → company, with minority and former holders beside it."""
    groups = max(4, round(count * 0.7))
    controllers: list[str] = []
    companies: list[str] = []
    rows: list[tuple[str, str, float, int | None, int | None]] = []
    long_ago = WORLD_START - 2000 * DAY
    for agency in range(count):
        top = f"group-{int(rng.integers(groups)):03d}" if rng.random() < 0.8 else f"person-{agency:03d}"
        shells = int(rng.integers(0, 3))
        chain = [top, *(f"shell-{agency:03d}-{level}" for level in range(shells)), f"co-{agency:03d}"]
        for owner, owned in pairwise(chain):
            share = round(float(rng.uniform(0.72, 1.0)), 3)
            rows.append((owner, owned, share, long_ago if rng.random() < 0.5 else None, None))
            rest = round(1.0 - share, 3)
            if rest > 0.02:
                rows.append((f"holder-{int(rng.integers(10 * count)):04d}", owned, rest, None, None))
        if rng.random() < 0.3:
            rows.append((f"former-{agency:03d}", chain[-1], 0.9, long_ago - 900 * DAY, long_ago))
        controllers.append(top)
        companies.append(chain[-1])
    names = ("owner_id", "owned_id", "share", "valid_from", "valid_to")
    frame = pl.DataFrame(rows, schema=names, orient="row").with_columns(pl.lit("register").alias("source"))
    return tuple(controllers), companies, OWNERSHIP.conform(frame).sort("owner_id", "owned_id", "valid_from")


def driving_agency(agencies: Agencies, low: int, high: int, wanted: int, rng: np.random.Generator) -> int:
    """Choose an agency, not the biggest, with about ``wanted`` accounts or more on the platform whose codes are ``[low, high)``."""
    sizes = np.array([int(((roster >= low) & (roster < high)).sum()) for _, roster in sorted(agencies.roster.items())])
    sizes[0] = 0
    fit = np.flatnonzero(sizes >= min(wanted, np.sort(sizes)[-3]))
    return int(fit[rng.integers(len(fit))])


def draw_from(roster: I32, low: int, high: int, wanted: int, population: Population, rng: np.random.Generator) -> I32:
    """Draw up to ``wanted`` distinct accounts of a roster that are on the platform, the more active the likelier."""
    here = roster[(roster >= low) & (roster < high)]
    if not len(here):
        return here
    sampler = Sampler.of(population.activity[here] ** 0.5)
    return here[sampler.distinct(min(wanted, len(here)), 0, len(here), rng, np.zeros(0, np.int32))]
