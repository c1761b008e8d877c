"""Shared addresses, directors and the like: weak links between companies, kept apart from ownership and from every test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from graphwatch.attribute.contracts import NEVER
from graphwatch.model import NO_TIME
from graphwatch.schema import COMPANY_LINKS

Link = tuple[str, str, str, str | None, int, str | None, float | None]
"""Company, other company, kind, value, companies that share the value, source, confidence."""


@dataclass(frozen=True, slots=True)
class WeakLinks:
    """The ``company_links`` table, each link in both directions; it is only ever listed."""

    table: pl.DataFrame
    _first: Mapping[str, tuple[int, int]]  # company → first row and number of rows

    def of(self, companies: Iterable[str], time: int) -> list[Link]:
        """Give the links of some companies that are valid at a time in µs, in order."""
        found: dict[tuple[str, str, str, str | None], Link] = {}
        for company in sorted(set(companies) & self._first.keys()):
            for *link, start, end in self.table.slice(*self._first[company]).iter_rows():
                a, b, kind, value, sharing, source, confidence = link
                if start <= time < end:
                    found.setdefault((a, b, kind, value), (a, b, kind, value, sharing, source, confidence))
        return list(found.values())


def read_links(company_links: pl.DataFrame | None) -> WeakLinks:
    """Encode the ``company_links`` table; row order has no influence.

    ``sharing`` counts the companies that share one kind and value at any time; a link without a value counts its two. A thousand
    companies at one address are an agent for registrations, and the link says little.

    Examples
    --------
    >>> table = pl.DataFrame({"company_a": ["x", "y"], "company_b": ["y", "z"], "kind": ["address"] * 2, "value": ["1 Road"] * 2})
    >>> read_links(table).of(["y"], 0)
    [('y', 'x', 'address', '1 Road', 3, None, None), ('y', 'z', 'address', '1 Road', 3, None, None)]
    """
    given = COMPANY_LINKS.empty() if company_links is None else COMPANY_LINKS.conform(company_links)
    real = given.drop_nulls(["company_a", "company_b", "kind"]).filter(pl.col("company_a") != pl.col("company_b"))
    turned = real.select(pl.all().exclude("company_a", "company_b"), company_a="company_b", company_b="company_a").select(real.columns)
    both = pl.concat([real, turned]).with_columns(
        pl.col("valid_from").to_physical().fill_null(int(NO_TIME)), pl.col("valid_to").to_physical().fill_null(int(NEVER))
    )
    known = both.group_by("kind", "value").agg(sharing=pl.col("company_a").n_unique().cast(pl.Int64)).drop_nulls("value")
    counted = both.join(known, on=["kind", "value"], how="left").with_columns(pl.col("sharing").fill_null(2))
    order = ["company_a", "company_b", "kind", "value", "confidence", "source", "valid_from", "valid_to"]
    ordered = counted.sort(order, descending=[False] * 4 + [True] + [False] * 3, nulls_last=True).select(
        "company_a", "company_b", "kind", "value", "sharing", "source", "confidence", "valid_from", "valid_to"
    )
    length = ordered.group_by("company_a", maintain_order=True).len()
    first = (length["len"].cum_sum() - length["len"]).to_list()
    places = {name: (at, rows) for name, at, rows in zip(length["company_a"], first, length["len"], strict=True)}
    return WeakLinks(ordered, places)


def agencies_above(companies: Mapping[str, str], chains: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Give for each company the agencies that it is registered as or stands above, by agency → company and company → those above it."""
    found: dict[str, list[str]] = {}
    for agency, company in sorted(companies.items()):
        for above in dict.fromkeys([company, *chains.get(company, ())]):
            found.setdefault(above, []).append(agency)
    return found
