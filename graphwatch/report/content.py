"""What the report shows, with pseudonyms already in place: no account id gets past this form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from graphwatch.model import F64, I32, I64, Bools
from graphwatch.report.beside import Beside, Crowd
from graphwatch.report.traceback import Origin
from graphwatch.schema.profiles import ACCOUNT_PROFILES, AGENCY_PROFILES

TARGET = -1
NO_CAUSE = -1


@dataclass(frozen=True, slots=True)
class Network:
    """Accounts of a pile-on, and what most probably set each off.

    Attributes
    ----------
    name, role, credit
        Pseudonym, primary role and credit of each account, highest credit first.
    cause
        Place of the account that most probably set it off; ``TARGET``: no other account did.
    weight
        Acts of the account that are put down to that cause, as an expectation.
    left_out
        Accounts that are not drawn, since there are too many.
    """

    name: tuple[str, ...]
    role: tuple[str, ...]
    credit: F64
    cause: I32
    weight: F64
    left_out: int


@dataclass(frozen=True, slots=True)
class Descent:
    """Acts of a pile-on over time, each with its most probable cause: the pile-on's own cascade.

    Attributes
    ----------
    at
        µs, ascending.
    hostile
        Mask.
    cause
        Place of the cause, always an earlier one; ``NO_CAUSE``: most probably nothing in the data.
    left_out
        Acts that are not drawn.
    """

    at: I64
    hostile: Bools
    cause: I32
    left_out: int


@dataclass(frozen=True, slots=True)
class Member:
    """One account of a pile-on as the report lists it.

    Attributes
    ----------
    evidence
        One line per interaction that the role rests on: time, kind, surface, and the interaction's pseudonym.
    rules
        One line per role that it holds: the rule, and its counts beside those that are needed.
    against
        What speaks against the finding, in words.
    """

    name: str
    row: Mapping[str, object]
    evidence: tuple[str, ...]
    against: tuple[str, ...]
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PileonDetail:
    """One pile-on that is shown in full.

    Attributes
    ----------
    row
        Its row of the ``pileons`` table, target as pseudonym.
    notes
        What its nature rests on and how well the tracing fits, in words.
    times, hostile
        Interactions on the target around it: µs, ascending, and mask.
    onset, peak, end
        µs.
    roles
        Accounts by primary role.
    members
        Accounts of the highest credit, those with a role before followers.
    agencies
        Its rows of the ``agencies`` table.
    fit
        Row of the tracing's ``fits``, or empty.
    origins
        Earliest acts from which it can have come.
    crowd
        What kind of crowd it is.
    """

    row: Mapping[str, object]
    notes: tuple[str, ...]
    times: I64
    hostile: Bools
    onset: int
    peak: int
    end: int
    roles: Mapping[str, int]
    members: tuple[Member, ...]
    member_count: int
    agencies: pl.DataFrame
    fit: Mapping[str, object]
    network: Network | None
    descent: Descent | None
    origins: tuple[Origin, ...] = ()
    crowd: Crowd = field(default_factory=Crowd)


@dataclass(frozen=True, slots=True)
class ReportContent:
    """Everything that :func:`graphwatch.report.render.render_report` needs; frames are polars, with pseudonyms for accounts.

    Attributes
    ----------
    pileons
        The whole table, strongest evidence first.
    campaigns, agencies, controllers, alerts, cascades
        Result tables; ``agencies`` with the columns of ``agency_details``, ``alerts`` most urgent first, ``cascades`` largest first.
    coaction_groups
        The whole table, largest first.
    details
        The pile-ons shown in full, attacks and criticism first.
    period
        First and last interaction, µs; None: no interaction.
    volume_only
        No hostility was known.
    missing, notes
        In words: absent inputs; remarks of the stages.
    key_id, key_warning
        Of the pseudonyms.
    accounts
        Table ``account_profiles``: accounts that are hostile in two or more attacks.
    account_months
        ``month, days, attacks, accounts, repeated, rate``: of all accounts, the base of any single one's figures.
    agency_profiles
        Table ``agency_profiles``.
    beside
        What stands beside the findings.
    """

    counts: Mapping[str, int]
    period: tuple[int, int] | None
    pileons: pl.DataFrame
    details: tuple[PileonDetail, ...]
    campaigns: pl.DataFrame
    agencies: pl.DataFrame
    controllers: pl.DataFrame
    all_counted: frozenset[str]
    alerts: pl.DataFrame
    cascades: pl.DataFrame
    coaction_groups: pl.DataFrame
    volume_only: bool
    missing: tuple[str, ...]
    notes: tuple[str, ...]
    fdr: float
    seed: int
    settings_digest: str
    model_version: str
    versions: Mapping[str, str]
    key_id: str
    key_warning: str | None
    table_sizes: Mapping[str, int] = field(default_factory=dict)
    accounts: pl.DataFrame = field(default_factory=ACCOUNT_PROFILES.empty)
    account_months: pl.DataFrame = field(default_factory=pl.DataFrame)
    agency_profiles: pl.DataFrame = field(default_factory=AGENCY_PROFILES.empty)
    beside: Beside = field(default_factory=Beside)
