"""Profiles of accounts and agencies, and tracebacks of pile-ons, from a result, a result folder or a case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphwatch.findings import Source, latest_run, read_runs, reviews_of
from graphwatch.profiles import (
    AccountProfile,
    AgencyProfile,
    combine,
    describe_account,
    describe_agency,
    list_accounts,
    list_agencies,
)
from graphwatch.report.chain_drawing import draw_traceback, traceback_page
from graphwatch.report.chain_words import traceback_lines
from graphwatch.report.traceback import Traceback, make_traceback
from graphwatch.review.pseudonyms import Pseudonyms

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, repr=False)
class PileonTrace:
    """Where one pile-on came from, ready to be shown.

    Attributes
    ----------
    content
        Origins, chains and, where one was asked for, the account.
    """

    content: Traceback

    def __str__(self) -> str:
        """Say it in lines, as ``graphwatch trace`` does."""
        return "\n".join(traceback_lines(self.content))

    def __repr__(self) -> str:
        """Count, without a name."""
        return f"PileonTrace({self.content.pileon['pileon_id']!r}, {len(self.content.origins)} origins)"

    def _repr_html_(self) -> str:
        return self.svg()

    def svg(self) -> str:
        """Draw the likeliest chains."""
        return draw_traceback(self.content)

    def html(self) -> str:
        """Give drawing and words as one page that opens offline."""
        return traceback_page(self.content)

    def told(self) -> dict[str, object]:
        """Give it as plain values, for JSON."""
        return self.content.told()


def account_profile(source: Source, account: str, *, run: str | None = None) -> AccountProfile:
    """Give all that was found of one account: roles, pile-ons, targets, groups, agencies, month by month beside base rates.

    Parameters
    ----------
    source
        What :func:`graphwatch.analyze` gave, a result folder, or a case: then over all of its runs.
    account
        Its id, or its pseudonym as reports show it.
    run
        In a case, one run only, by its id or ``latest``.

    Returns
    -------
    AccountProfile
        Frames with real ids as the result tables have them; ``json()`` has pseudonyms.

    Raises
    ------
    DataError
        The source is no result and no case.
    ConfigurationError
        The account is in no pile-on and in no group.
    """
    return describe_account(combine(read_runs(source, run)), account, Pseudonyms.load())


def agency_profile(source: Source, agency: str, *, run: str | None = None, fdr: float = 0.05) -> AgencyProfile:
    """Give all that was found of one agency: accounts, pile-ons, credit, roles, odds. Membership is no direction.

    Parameters
    ----------
    source, run
        See :func:`account_profile`.
    agency
        Its id.
    fdr
        q-value below which its accounts count as more than chance explains.

    Raises
    ------
    DataError, ConfigurationError
        As for :func:`account_profile`.
    """
    return describe_agency(combine(read_runs(source, run)), agency, fdr)


def account_profiles(source: Source, *, run: str | None = None) -> pd.DataFrame:
    """Give one row per account of any pile-on, beside the base rate, most attacks first.

    Returns
    -------
    pandas.DataFrame
        Table ``account_profiles`` of :mod:`graphwatch.schema.profiles`.
    """
    return list_accounts(combine(read_runs(source, run))).to_pandas()


def agency_profiles(source: Source, *, run: str | None = None, fdr: float = 0.05) -> pd.DataFrame:
    """Give one row per agency with an account in a pile-on, beside the base of all agencies.

    Returns
    -------
    pandas.DataFrame
        Table ``agency_profiles`` of :mod:`graphwatch.schema.profiles`.
    """
    return list_agencies(combine(read_runs(source, run)), fdr).to_pandas()


def trace_pileon(
    source: Source,
    pileon: str,
    *,
    account: str | None = None,
    run: str | None = None,
    names: Pseudonyms | None = None,
    real_ids: bool = False,
    reviewed_names: bool = False,
) -> PileonTrace:
    """Give where a pile-on came from: its earliest sources and the chains from them to the peak.

    Parameters
    ----------
    source, run
        See :func:`account_profile`; of a case the latest run when none is named.
    pileon
        Its id, or the beginning of one.
    account
        Id or pseudonym of an account to trace back, too.
    names
        Pseudonyms; the user's own when not given.
    real_ids
        Show ids in place of pseudonyms; they are personal data.
    reviewed_names
        Show the ids of the accounts whose role or origin in this pile-on a review confirmed; the others stay pseudonyms. Needs a case.

    Returns
    -------
    PileonTrace
        In a notebook it shows as its drawing; printed, in lines.

    Raises
    ------
    DataError, ConfigurationError
        As for :func:`account_profile`; also when there is no such pile-on.
    """
    shown = None if real_ids else names or Pseudonyms.load()
    frames, reviews = latest_run(source, run).frames, reviews_of(source)
    return PileonTrace(make_traceback(frames, pileon, account, shown, reviews, reviewed_names=reviewed_names))
