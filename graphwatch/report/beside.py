"""What stands beside the findings and decides none of them: the crowd's figures, bursts elsewhere, contracts, weak links, candidates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from graphwatch.report.traceback import hidden_thing
from graphwatch.review.pseudonyms import Pseudonyms
from graphwatch.schema import AFFILIATION_CANDIDATES, AGENCY_CONTRACTS, AGENCY_LINKS, OBJECT_PILEONS, SURFACE_PILEONS

_NATURE_ORDER: Final = {"attack": 0, "criticism": 1, "attention": 2}
_BURSTS_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Crowd:
    """What kind of crowd one pile-on is.

    Attributes
    ----------
    figures, prior
        Its rows of ``pileon_statistics`` and ``prior_coactions``, or empty.
    surfaces
        Its rows of ``surface_pileons``, by onset.
    """

    figures: Mapping[str, object] = field(default_factory=dict)
    prior: Mapping[str, object] = field(default_factory=dict)
    surfaces: pl.DataFrame = field(default_factory=SURFACE_PILEONS.empty)


@dataclass(frozen=True, slots=True)
class Beside:
    """Tables that stand beside the findings, cut to what is shown; ``sizes`` says how many rows there were to choose from.

    Attributes
    ----------
    objects
        Of ``object_pileons``: attacks first, then by the scan statistic; objects and targets under pseudonyms.
    surfaces
        Of ``surface_pileons``: those that belong to no pile-on over all surfaces; targets under pseudonyms.
    contracts, links
        Of ``agency_contracts`` and ``agency_links``: those of the agencies listed; accounts under pseudonyms, without shared values.
    candidates
        Of ``affiliation_candidates``, accounts under pseudonyms and without names.
    core
        Core accounts by campaign id: pseudonym, pile-ons in which it is hostile, its hostile acts; ``core_sizes``: how many there are.
    """

    objects: pl.DataFrame = field(default_factory=OBJECT_PILEONS.empty)
    surfaces: pl.DataFrame = field(default_factory=SURFACE_PILEONS.empty)
    contracts: pl.DataFrame = field(default_factory=AGENCY_CONTRACTS.empty)
    links: pl.DataFrame = field(default_factory=AGENCY_LINKS.empty)
    candidates: pl.DataFrame = field(default_factory=AFFILIATION_CANDIDATES.empty)
    core: Mapping[str, tuple[tuple[str, int, int], ...]] = field(default_factory=dict)
    core_sizes: Mapping[str, int] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)


def crowd_of(frames: Mapping[str, pl.DataFrame], pileon_id: str, most: int) -> Crowd:
    """Gather what is known of one pile-on's crowd; of its bursts on single surfaces ``most`` at most."""
    mine = pl.col("pileon_id") == pileon_id
    figures, prior = (frames[name].filter(mine).head(1).rows(named=True) for name in ("pileon_statistics", "prior_coactions"))
    surfaces = frames["surface_pileons"].filter(mine).sort("onset", "surface_pileon_id").head(most)
    return Crowd(figures[0] if figures else {}, prior[0] if prior else {}, surfaces)


def gather_beside(frames: Mapping[str, pl.DataFrame], listed: pl.DataFrame, names: Pseudonyms, rows: int, accounts: int) -> Beside:
    """Choose what stands beside the findings.

    Parameters
    ----------
    frames
        Result tables of a run.
    listed
        Rows of ``agencies`` that the report lists; contracts and links of others are left out.
    names
        Put in the place of accounts and objects.
    rows, accounts
        Most rows of a table, most accounts of a campaign.

    Returns
    -------
    Beside
        No row is a finding of its own.
    """
    bursts, alone = frames["object_pileons"], frames["surface_pileons"].filter(pl.col("pileon_id").is_null())
    keys = listed.select("scope", "agency_id")
    contracts, links = (
        frames[name].join(keys, on=["scope", "agency_id"], how="semi", maintain_order="left")
        for name in ("agency_contracts", "agency_links")
    )
    few_contracts = contracts.sort("scope", "agency_id", "at", "account_id", "change").head(rows)
    links = links.sort("scope", "agency_id", "companies_sharing", "company_id", "other_company_id", "kind", "value", nulls_last=True)
    candidates = frames["affiliation_candidates"]
    few = candidates.sort("agency_id", "roster_name", "platform", "account_id").head(rows)
    core = frames["campaign_accounts"]
    return Beside(
        objects=_hide_objects(_strongest(bursts, "object_pileon_id").head(min(rows, _BURSTS_SHOWN)), names),
        surfaces=_hide_target(_strongest(alone, "surface_pileon_id").head(min(rows, _BURSTS_SHOWN)), names),
        contracts=few_contracts.with_columns(names.series(few_contracts["account_id"])),
        links=links.drop("value").head(rows),
        candidates=few.drop("name", "roster_name").with_columns(names.series(few["account_id"])),
        core=_core(core, names, accounts),
        core_sizes=dict(core.group_by("campaign_id").len().sort("campaign_id").iter_rows()),
        sizes={
            "objects": len(bursts),
            "surfaces": len(alone),
            "candidates": len(candidates),
            "links": len(links),
            "contracts": len(contracts),
        },
    )


def _strongest(bursts: pl.DataFrame, key: str) -> pl.DataFrame:
    order = pl.col("nature").replace_strict(_NATURE_ORDER, default=3, return_dtype=pl.Int8)
    ranked = bursts.with_columns(order=order).sort("order", "log_likelihood_ratio", key, descending=[False, True, False], nulls_last=True)
    return ranked.drop("order")


def _hide_target(bursts: pl.DataFrame, names: Pseudonyms) -> pl.DataFrame:
    return bursts.with_columns(names.series(bursts["target_id"]))


def _hide_objects(bursts: pl.DataFrame, names: Pseudonyms) -> pl.DataFrame:
    things = [None if thing is None else hidden_thing(thing, names) for thing in bursts["object"].to_list()]
    targets = [names.series(targets).to_list() for targets in bursts["targets"].fill_null([])]
    return bursts.with_columns(pl.Series("object", things, dtype=pl.String), pl.Series("targets", targets, dtype=pl.List(pl.String)))


def _core(core: pl.DataFrame, names: Pseudonyms, most: int) -> dict[str, tuple[tuple[str, int, int], ...]]:
    ranked = core.sort("campaign_id", "attacks", "hostile", "actor_id", descending=[False, True, True, False], nulls_last=True)
    shown = ranked.group_by("campaign_id", maintain_order=True).head(most)
    shown = shown.with_columns(names.series(shown["actor_id"]))
    parts = shown.partition_by("campaign_id", as_dict=True, maintain_order=True)
    return {str(key): tuple(part.select("actor_id", "attacks", "hostile").iter_rows()) for (key,), part in parts.items()}
