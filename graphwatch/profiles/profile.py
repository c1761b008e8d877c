"""A profile: its tables for pandas, and its JSON, in which accounts are pseudonyms unless asked for otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Literal

import orjson
import polars as pl

from graphwatch.review.pseudonyms import Pseudonyms
from graphwatch.schema import STRINGS, Table
from graphwatch.schema.profiles import ACCOUNT_PROFILES, ACCOUNT_TABLES, AGENCY_PROFILES, AGENCY_TABLES

if TYPE_CHECKING:
    import pandas as pd

READING: Final = (
    "Counts of findings of a program, not reviewed by a person. A role or a credit is influence on the course of events, not intent; "
    "membership in an agency is no direction. Compare rates with the base rate beside them, never alone."
)
_ACCOUNTS: Final = frozenset({"account_id", "target_id", "partners"})
_TYPES: Final = {pl.String: "string", pl.Int64: "integer", pl.Float64: "number", pl.Boolean: "boolean"}


@dataclass(frozen=True, slots=True, repr=False)
class _Profile:
    """What account and agency profiles share.

    Attributes
    ----------
    identifier
        The account or agency.
    summary_frame
        Its row of the table of all profiles.
    frames
        Its tables as polars; the properties give them as pandas.
    """

    identifier: str
    summary_frame: pl.DataFrame
    frames: Mapping[str, pl.DataFrame]
    sort: ClassVar[Literal["account", "agency"]]

    def __repr__(self) -> str:
        """Count, without a name."""
        return f"{type(self).__name__}({len(self.frames['pileons'])} pile-ons in {len(self.frames['months'])} months)"

    @property
    def summary(self) -> dict[str, object]:
        """Sum it up: the row of the table of all profiles."""
        return self.summary_frame.row(0, named=True) if len(self.summary_frame) else {}

    @property
    def pileons(self) -> pd.DataFrame:
        """Pile-ons, by onset."""
        return self.frames["pileons"].to_pandas()

    @property
    def months(self) -> pd.DataFrame:
        """Every month that the data cover, beside the base rate."""
        return self.frames["months"].to_pandas()

    def told(self, names: Pseudonyms | None) -> dict[str, object]:
        """Give it as plain values; see :func:`json_schema`.

        Parameters
        ----------
        names
            Pseudonyms to put in the place of account ids; None: real ids, which are personal data.
        """
        shown = {name: hide_accounts(frame, names) for name, frame in {"summary": self.summary_frame, **self.frames}.items()}
        summary = shown.pop("summary").rows(named=True)
        told: dict[str, object] = {"profile": self.sort, "reading": READING, "reviewed": False}
        told["key_id"] = None if names is None else names.key_id
        told["summary"] = summary[0] if summary else {}
        return told | {name: frame.rows(named=True) for name, frame in shown.items()}

    def json(self, names: Pseudonyms | None = None, *, real_ids: bool = False) -> str:
        """Give it as JSON; accounts under pseudonyms, by the user's key when none are given, unless ``real_ids``."""
        chosen = None if real_ids else names or Pseudonyms.load()
        return orjson.dumps(self.told(chosen), option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z).decode()


class AccountProfile(_Profile):
    """One account over time: roles, pile-ons, targets, groups of co-action, agencies as of its acts."""

    __slots__ = ()
    sort = "account"

    @property
    def targets(self) -> pd.DataFrame:
        """Targets of its pile-ons, by its first act."""
        return self.frames["targets"].to_pandas()

    @property
    def groups(self) -> pd.DataFrame:
        """Groups of co-action that it is in, by run."""
        return self.frames["groups"].to_pandas()

    @property
    def agencies(self) -> pd.DataFrame:
        """Agencies as of its acts; membership is no direction."""
        return self.frames["agencies"].to_pandas()


class AgencyProfile(_Profile):
    """One agency over time: accounts, pile-ons, credit, roles, odds. Membership is no direction."""

    __slots__ = ()
    sort = "agency"

    @property
    def accounts(self) -> pd.DataFrame:
        """Its accounts in pile-ons, most attacks first."""
        return self.frames["accounts"].to_pandas()


def hide_accounts(frame: pl.DataFrame, names: Pseudonyms | None) -> pl.DataFrame:
    """Put pseudonyms in the place of account ids.

    Examples
    --------
    >>> hide_accounts(pl.DataFrame({"account_id": ["a"], "role": ["follower"]}), Pseudonyms(b"only an example key")).rows()
    [('acc-oaowust6trn5', 'follower')]
    """
    if names is None:
        return frame
    changes = []
    for column, dtype in frame.schema.items():
        if column in _ACCOUNTS and dtype == STRINGS:
            hidden = [None if row is None else names.series(row).to_list() for row in frame[column]]
            changes.append(pl.Series(column, hidden, dtype=STRINGS))
        elif column in _ACCOUNTS:
            changes.append(names.series(frame[column]))
    return frame.with_columns(changes)


def json_schema(sort: Literal["account", "agency"]) -> dict[str, object]:
    """Describe the JSON of a profile, as JSON Schema (draft 2020-12), from the declarations of its tables.

    Examples
    --------
    >>> sorted(json_schema("agency")["properties"])
    ['accounts', 'key_id', 'months', 'pileons', 'profile', 'reading', 'reviewed', 'summary']
    """
    summary, tables = (ACCOUNT_PROFILES, ACCOUNT_TABLES) if sort == "account" else (AGENCY_PROFILES, AGENCY_TABLES)
    properties: dict[str, object] = {
        "profile": {"const": sort},
        "reading": {"type": "string", "description": "what the figures do not say"},
        "reviewed": {"const": False, "description": "no person has reviewed these findings"},
        "key_id": {"type": ["string", "null"], "description": "key of the pseudonyms; null: real ids"},
        "summary": {**_row(summary), "description": summary.meaning},
    }
    properties |= {name: {"type": "array", "description": table.meaning, "items": _row(table)} for name, table in tables.items()}
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"graphwatch {sort} profile", "type": "object"}
    return schema | {"required": list(properties), "properties": properties, "additionalProperties": False}


def _row(table: Table) -> dict[str, object]:
    properties = {}
    for column in table.columns:
        unit = f" ({column.unit})" if column.unit else ""
        told: dict[str, object] = {"description": column.meaning + unit}
        if column.dtype == STRINGS:
            told |= {"type": ["array", "null"], "items": {"type": "string"}}
        elif isinstance(column.dtype, pl.Datetime):
            told |= {"type": ["string", "null"], "format": "date-time"}
        else:
            told["type"] = [_TYPES[type(column.dtype)], "null"]
        properties[column.name] = told
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
