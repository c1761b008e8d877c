"""What the verb ``profile`` says, in lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import polars as pl

from graphwatch.profiles import AccountProfile, AgencyProfile
from graphwatch.profiles.profile import READING, hide_accounts
from graphwatch.report.wording import ABSENT, chance, clean, number, share, stamp
from graphwatch.review.pseudonyms import Pseudonyms

_MOST: Final = 25
_SHARES: Final = frozenset({"credit", "mean_credit", "max_credit", "role_probability", "stability", "nature_probability"})
_SHOWN: Final = {
    "account": {
        "months": ("month", "days", "attacks_seen", "attacks", "rate", "base_rate", "targets", "initiator", "inciter", "mean_credit"),
        "pileons": ("pileon_id", "nature", "onset", "target_id", "hostile", "role", "role_probability", "credit", "agency_id"),
        "targets": ("target_id", "pileons", "attacks", "hostile", "first_at", "last_at"),
        "groups": ("run_id", "group_id", "accounts", "stability", "co_actions", "partners"),
        "agencies": ("agency_id", "pileons", "attacks", "first_at", "last_at"),
    },
    "agency": {
        "months": (
            "month",
            "days",
            "attacks_seen",
            "attacks",
            "rate",
            "base_rate",
            "observed",
            "expected",
            "ratio",
            "base_ratio",
            "findings",
        ),
        "pileons": ("pileon_id", "nature", "onset", "accounts", "expected", "odds_ratio", "q_value", "credit", "controller_id"),
        "accounts": ("account_id", "pileons", "attacks", "roles", "mean_credit", "first_at", "last_at"),
    },
}
_LISTED: Final = {
    "account": (
        "account_id",
        "attacks",
        "rate",
        "base_rate",
        "targets",
        "initiator",
        "inciter",
        "repeat_offender",
        "mean_credit",
        "agencies",
    ),
    "agency": ("agency_id", "attacks", "findings", "accounts", "observed", "expected", "ratio", "base_ratio", "best_q", "controllers"),
}


def profile_lines(profile: AccountProfile | AgencyProfile, names: Pseudonyms | None) -> Iterator[str]:
    """Say a profile: months first, since they can be compared, then the rest."""
    account = profile.sort == "account"
    shown = profile.identifier if names is None or not account else names.of(profile.identifier)
    summary = profile.summary
    yield f"{profile.sort} {clean(shown)}: {summary.get('pileons', 0)} pile-ons, {summary.get('attacks', 0)} attacks"
    for name, columns in _SHOWN[profile.sort].items():
        frame = hide_accounts(profile.frames[name], names)
        yield ""
        yield f"{name}{'' if len(frame) else ': none'}"
        yield from (f"  {line}" for line in table_lines(frame, columns))
    yield ""
    yield from reading_lines(names)


def listing_lines(frame: pl.DataFrame, sort: str, names: Pseudonyms | None) -> Iterator[str]:
    """Say the first rows of the table of all profiles."""
    shown = hide_accounts(frame.head(_MOST), names)
    yield from table_lines(shown, _LISTED[sort]) if len(shown) else ("none",)
    if len(frame) > _MOST:
        yield f"and {len(frame) - _MOST} more; --json gives all"
    yield ""
    yield from reading_lines(names)


def reading_lines(names: Pseudonyms | None) -> Iterator[str]:
    """Say what the figures do not."""
    yield from (f"{sentence}." for sentence in READING.rstrip(".").split(". "))
    yield "Accounts: " + ("real ids are shown: personal data." if names is None else f"pseudonyms (key {names.key_id}).")


def table_lines(frame: pl.DataFrame, columns: Sequence[str]) -> list[str]:
    """Give the first rows of a frame as aligned columns."""
    rows = [[name.replace("_", " ") for name in columns]] if len(frame) else []
    rows += [
        [_cell(name, value) for name, value in zip(columns, row, strict=True)] for row in frame.select(columns).head(_MOST).iter_rows()
    ]
    widths = [max(len(row[k]) for row in rows) for k in range(len(columns))] if rows else []
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return lines if len(frame) <= _MOST else [*lines, f"and {len(frame) - _MOST} more; --json gives all"]


def _cell(name: str, value: object) -> str:
    if value is None:
        return ABSENT
    if isinstance(value, datetime):
        return stamp(value)[:7] if name == "month" else stamp(value)
    if isinstance(value, float):
        return share(value) if name in _SHARES else chance(value) if name.endswith(("_q", "q_value")) else number(value)
    if isinstance(value, list):
        return ", ".join(clean(str(item)).replace("_", " ") for item in value[:4]) + (", …" if len(value) > 4 else "") or ABSENT
    return clean(str(value)).replace("_", " ") if name == "role" else clean(str(value))
