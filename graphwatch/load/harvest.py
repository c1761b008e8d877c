"""What a mapper of records brings in: interactions, accounts, follows, tombstones, and counts of what it passed over."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
import orjson
import polars as pl

from graphwatch.load.lists import list_series
from graphwatch.load.rejected import Faults
from graphwatch.load.validate import LINE
from graphwatch.schema import ACCOUNTS, FOLLOWS, INTERACTIONS, STRINGS, Column

FILLED: Final = tuple(name for name in INTERACTIONS.names if name not in {"hostility", "category", "deleted", "source"})

_MAX_NAME: Final = 200

Scalar = str | int | float | bool | None


class Harvest:
    """Collects rows until they are taken away as frames.

    Attributes
    ----------
    faults
        Records that could not become a row.
    counts
        What was met and not loaded, by name.
    tombstones
        ``(platform, interaction_id)`` of acts that were deleted afterwards.
    names
        Account of each name in the file (folded); None: several accounts have it.
    aliases
        Id of an act by another id under which the file refers to it.
    owner
        Account that the file as a whole is of, where that is not in its records; empty: it cannot be told; None: not asked yet.
    refers
        Whether anything refers to such a name or id.
    acts
        Ids of the acts of each account so far, kept by formats that delete all acts of an account at once.
    """

    def __init__(self, file: str, platform: str) -> None:
        self.platform = platform
        self.faults = Faults(file)
        self.counts: Counter[str] = Counter()
        self.tombstones: set[tuple[str, str]] = set()
        self.names: dict[str, str | None] = {}
        self.aliases: dict[str, str] = {}
        self.refers = False
        self.acts: dict[str, list[str]] = {}
        self.owner: str | None = None
        self._rows: list[tuple[object, ...]] = []
        self._accounts: dict[tuple[object, ...], None] = {}
        self._account_frames: list[pl.DataFrame] = []
        self._follows: dict[tuple[object, ...], None] = {}

    def __len__(self) -> int:
        """Give the number of interactions held."""
        return len(self._rows)

    def interaction(
        self,
        line: int,
        interaction_id: Scalar,
        at: Scalar,
        actor_id: Scalar,
        kind: str,
        *,
        surface: str | None = None,
        target_ids: list[str] | None = None,
        parent_id: Scalar = None,
        root_id: Scalar = None,
        objects: list[str] | None = None,
        text: object = None,
        followers: object = None,
        actor_created_at: Scalar = None,
        observed_at: Scalar = None,
    ) -> None:
        """Add one interaction, values as the source has them; validation comes later."""
        self._rows.append(
            (
                line,
                interaction_id,
                at,
                actor_id,
                kind,
                self.platform,
                surface,
                target_ids,
                parent_id,
                root_id,
                objects,
                text,
                followers,
                actor_created_at,
                observed_at,
            )
        )

    def account(
        self, account_id: Scalar, name: object, created_at: Scalar, followers: object, verified: object, observed_at: Scalar
    ) -> None:
        """Add what is known of an account; the same again is dropped."""
        row = (account_id, self.platform, name, created_at, followers, verified, observed_at)
        try:
            self._accounts[row] = None
        except TypeError:  # a list or an object where a value should be
            self.counts["damaged_accounts"] += 1

    def account_rows(self, accounts: pl.DataFrame) -> None:
        """Add what is known of many accounts: columns of the table ``accounts``, values as the source has them."""
        self._account_frames.append(accounts.unique(maintain_order=True))

    def follow(self, follower_id: Scalar, followed_id: Scalar, observed_at: Scalar) -> None:
        """Add one follow edge."""
        self._follows[follower_id, followed_id, observed_at] = None

    def name(self, name: object, account_id: str | None) -> None:
        """Note whose name this is, so that mentions of it anywhere in the file can be resolved."""
        if isinstance(name, str) and account_id:
            key = name.strip().lstrip("@").casefold()
            self.names[key] = account_id if self.names.get(key, account_id) == account_id else None

    def alias(self, other: str, interaction_id: str) -> None:
        """Note another id under which the file may refer to an act."""
        self.aliases[other] = interaction_id
        self.refers = True

    def mentions(self, names: Iterable[str]) -> list[str]:
        """Give names as targets (``@name``) that :func:`graphwatch.load.settle.resolve` replaces by ids when the file is read."""
        self.refers = True
        folded = (name.strip().lstrip("@").casefold() for name in names)
        return [f"@{name}" for name in dict.fromkeys(folded) if name and name.isprintable() and len(name) <= _MAX_NAME]

    def take_interactions(self) -> pl.DataFrame:
        """Give the interactions gathered so far, and forget them."""
        rows, self._rows = self._rows, []
        columns = [INTERACTIONS.column(name) for name in FILLED]
        fields = list(zip(*rows, strict=True)) if rows else [()] * (len(columns) + 1)
        lines = pl.Series(LINE, fields[0], dtype=pl.Int64)
        return pl.DataFrame([lines, *(series_of(values, column) for values, column in zip(fields[1:], columns, strict=True))])

    def take_account_rows(self) -> list[pl.DataFrame]:
        """Give the accounts that came many at a time, and forget them; the types of columns may differ between frames."""
        frames, self._account_frames = self._account_frames, []
        return frames

    def take_accounts(self) -> pl.DataFrame:
        """Give the accounts that came one by one, and forget them."""
        rows, self._accounts = list(self._accounts), {}
        names = ("account_id", "platform", "name", "created_at", "followers", "verified", "observed_at")
        fields = list(zip(*rows, strict=True)) if rows else [()] * len(names)
        return pl.DataFrame([series_of(values, ACCOUNTS.column(name)) for values, name in zip(fields, names, strict=True)])

    @property
    def side_rows(self) -> int:
        """Number of accounts, follow edges and tombstones held."""
        return len(self._accounts) + sum(map(len, self._account_frames)) + len(self._follows) + len(self.tombstones)

    def take_tombstones(self) -> set[tuple[str, str]]:
        """Give the tombstones gathered so far, and forget them."""
        stones, self.tombstones = self.tombstones, set()
        return stones

    def take_follows(self) -> pl.DataFrame:
        """Give the follow edges gathered so far, and forget them."""
        rows, self._follows = list(self._follows), {}
        fields = list(zip(*rows, strict=True)) if rows else [()] * 3
        return pl.DataFrame([series_of(values, column) for values, column in zip(fields, FOLLOWS.columns, strict=True)])


def series_of(values: Sequence[object], column: Column) -> pl.Series:
    """Make a column of Python values: in the declared type where they all have it, else as texts for validation to read.

    Examples
    --------
    >>> series_of([1, "2", None], INTERACTIONS.column("parent_id")).to_list()
    ['1', '2', None]
    """
    try:
        if column.dtype == STRINGS:
            return list_series(column.name, values)
        if column.dtype.is_numeric():
            if bool not in set(map(type, values)):
                return pl.Series(column.name, values, dtype=column.dtype, strict=True)
        elif column.dtype == pl.Boolean:
            return pl.Series(column.name, values, dtype=pl.Boolean, strict=True)
        elif isinstance(column.dtype, pl.Datetime) and isinstance(next((v for v in values if v is not None), None), int):
            return pl.Series(column.name, values, dtype=pl.Int64, strict=True)
        else:
            return pl.Series(column.name, values, dtype=pl.String, strict=True)
    except (TypeError, OverflowError, pl.exceptions.PolarsError):
        pass
    return pl.Series(column.name, [text_of(value) for value in values], dtype=pl.String)


def text_of(value: object) -> str | None:
    """Give a value as the text that validation reads: NaN is nothing, lists and objects are JSON, the rest is as ``str`` has it.

    Examples
    --------
    >>> text_of(float("nan")), text_of(3), text_of(["a"]), text_of(True)
    (None, '3', '["a"]', 'true')
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and math.isnan(value):
        return None
    if not isinstance(value, (Mapping, list, tuple, np.ndarray)):
        return str(value)  # a number, an id such as a UUID, a date
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_SERIALIZE_NUMPY).decode()
    except (TypeError, orjson.JSONEncodeError):
        return str(value)


def parse_json(line: bytes) -> object:
    """Read one line of JSON.

    Raises
    ------
    ValueError
        It is not valid, even when ``NaN`` and lone surrogates, which programs do write, are let pass.

    Examples
    --------
    >>> parse_json(b'{"a": NaN}')
    {'a': nan}
    """
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        if b"NaN" not in line and b"Infinity" not in line and b"\\ud" not in line and b"\\uD" not in line:
            raise
        try:
            return _mend(json.loads(line.decode("utf-8")))
        except (UnicodeDecodeError, RecursionError):
            raise error from None


def _mend(value: object) -> object:
    """Replace half characters, which no UTF-8 text can hold."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_mend(item) for item in value]
    if isinstance(value, dict):
        return {_mend(key): _mend(item) for key, item in value.items()}
    return value


def mapping_of(value: object) -> dict[str, object]:
    """Give the value when it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def mappings_of(value: object) -> Iterable[dict[str, object]]:
    """Give the JSON objects of a list; of anything else none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else ()


def scalar_of(value: object) -> Scalar:
    """Give a JSON value when it is no list and no object.

    Examples
    --------
    >>> scalar_of("a"), scalar_of([1])
    ('a', None)
    """
    return value if isinstance(value, (str, int, float, bool)) else None


def id_of(value: object) -> str | None:
    """Give an id as a text; None: there is none.

    Examples
    --------
    >>> id_of(12), id_of(""), id_of("0012")
    ('12', None, '0012')
    """
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None
