"""Agencies whose signed accounts are over-represented in two attacks link them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np
import polars as pl

from graphwatch.detect.backbone import false_discovery_rates, poisson_tail
from graphwatch.detect.campaign_links import Crowd, Link, enough, figure
from graphwatch.graph.encode import look_up
from graphwatch.model import F64, I32, I64, Events
from graphwatch.schema import AFFILIATIONS
from graphwatch.settings import DetectSettings

SURE: Final = 0.5
"""Affiliations below this confidence are candidates, and link nothing."""

_ALWAYS: Final = np.iinfo(np.int64)


def signed_accounts(events: Events, affiliations: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """Give the contracts of accounts in the data, and the agencies' ids, ascending.

    Returns
    -------
    contracts
        ``account``, ``agency`` (codes), ``valid_from``, ``valid_to`` (µs; null: open). Of several observations of one contract (account,
        agency, start) the latest counts.
    agencies
    """
    table = AFFILIATIONS.conform(affiliations).drop_nulls(["account_id", "agency_id"]).filter(pl.col("confidence").fill_null(1.0) >= SURE)
    contract = ("account_id", "agency_id", "valid_from")
    newest = table.sort(*contract, "observed_at", "valid_to", nulls_last=False).unique(contract, keep="last", maintain_order=True)
    agencies = newest["agency_id"].unique().sort()
    coded = newest.select(
        pl.Series("account", look_up(newest["account_id"], events.accounts)),
        pl.Series("agency", look_up(newest["agency_id"], agencies)),
        pl.col("valid_from", "valid_to").to_physical(),
    )
    return coded.filter(pl.col("account") >= 0), agencies


def _over_represented(crowd: Crowd, onset: I64, contracts: pl.DataFrame, agencies: int) -> tuple[I64, I64, F64]:
    """For each (attack, agency): telling accounts, signed accounts as of the onset, and telling accounts expected by activity."""
    count = np.zeros((len(onset), agencies), np.int64)
    size, expected = count.copy(), np.zeros(count.shape)
    ordered = contracts.sort("agency", "account")
    agency, account = ordered["agency"].to_numpy(), ordered["account"].to_numpy()
    start = ordered["valid_from"].fill_null(_ALWAYS.min).to_numpy()
    end = ordered["valid_to"].fill_null(_ALWAYS.max).to_numpy()
    of_bin = crowd.bin[account]
    telling = np.zeros(crowd.members.shape[1], np.bool_)
    for k, at in enumerate(onset.tolist()):
        held = np.flatnonzero((start <= at) & (end > at))
        again = (np.diff(agency[held]) == 0) & (np.diff(account[held]) == 0)
        held = held[np.concatenate([[True], ~again])[: len(held)]]  # an account with two contracts counts once
        row = crowd.telling.indices[crowd.telling.indptr[k] : crowd.telling.indptr[k + 1]]
        telling[row] = True
        count[k] = np.bincount(agency[held][telling[account[held]]], minlength=agencies)
        telling[row] = False
        size[k] = np.bincount(agency[held], minlength=agencies)
        known = held[of_bin[held] >= 0]
        expected[k] = np.bincount(agency[known], weights=crowd.chance[k][of_bin[known]], minlength=agencies)
    return count, size, expected


def agency_links(events: Events, crowd: Crowd, onset: I64, affiliations: pl.DataFrame, settings: DetectSettings) -> Iterator[Link]:
    """Link attacks in which accounts of the same agency take part beyond chance, in each of the two.

    Parameters
    ----------
    onset
        Of each attack, µs; contracts are read as of it.
    affiliations
        Table ``affiliations``.

    Notes
    -----
    As for a co-action group: the signed accounts among the hostile ones are compared with Poisson(Σ_a p_ia) over the agency's accounts,
    p_ia following from each account's number of hostile targets. So a large agency is expected with many accounts everywhere, and its mere
    presence links nothing. What breaks it: an agency whose talents share one community of fans, who are not its accounts' doing.
    """
    contracts, agencies = signed_accounts(events, affiliations)
    if not len(contracts):
        return
    count, size, expected = _over_represented(crowd, onset, contracts, len(agencies))
    pile, agency = (indices.astype(np.int32) for indices in np.nonzero(count))
    held, fair = count[pile, agency], expected[pile, agency]
    q_values = false_discovery_rates(poisson_tail(held, fair), count.size)
    many = enough(held, np.minimum(size[pile, agency], crowd.sizes[pile]), fair, settings)
    found = np.flatnonzero(many & (q_values <= settings.campaign_fdr))
    found = found[np.lexsort((pile[found], agency[found]))]
    for x, y in pairwise(found.tolist()):
        if agency[x] == agency[y]:
            words = f"agency {agencies[int(agency[x])]} has {_told(x, pile, size[pile, agency], held, fair, crowd)}"
            words += f" and {_told(y, pile, size[pile, agency], held, fair, crowd)}"
            q_value = float(max(q_values[x], q_values[y]))
            yield Link(int(pile[x]), int(pile[y]), q_value, f"{words} (q = {q_value:.1e})")


def _told(x: int, pile: I32, size: I64, held: I64, fair: F64, crowd: Crowd) -> str:
    return f"{held[x]} of {size[x]} signed accounts in {crowd.names[pile[x]]} ({figure(fair[x])} expected)"
