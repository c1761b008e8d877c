"""The public function on contact graphs: who began, where only contacts and the infected, or a few times, are known."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Final, TypeAlias

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from graphwatch.errors import ColumnError, DataError, Place
from graphwatch.graph.encode import look_up
from graphwatch.load import Frame
from graphwatch.model import F64, I64
from graphwatch.trace.source import Contacts, locate

Moment: TypeAlias = float | int | str | date | datetime
Times: TypeAlias = Mapping[str, Moment | None] | Mapping[int, Moment | None] | pd.Series
_ENDS: Final = (("a", "b"), ("source", "target"), ("follower_id", "followed_id"))
_PLACE: Final = Place("contacts")


def locate_source(
    contacts: Frame | Iterable[tuple[object, object]],
    infected: Iterable[object],
    times: Times | None = None,
    method: str = "ensemble",
    *,
    seed: int = 0,
) -> pd.DataFrame:
    """Rank infected accounts by how likely each is where it began, from who is in contact with whom.

    Parameters
    ----------
    contacts
        Pairs of accounts: a frame with columns ``a``, ``b`` (as in ``coactions``), ``follower_id``, ``followed_id`` (as in ``follows``),
        ``source``, ``target``, or with just two columns; or pairs, such as the edges of a networkx graph. Direction, repeats and pairs of
        an account with itself do not count.
    infected
        All accounts that are known to have taken part (each once or more).
    times
        Time of some of them by account: numbers, or times (without a zone in UTC). An account with a time counts as infected.
    method
        ``ensemble``, or one of ``rumour`` (rumour centrality), ``jordan`` (Jordan centre), ``netsleuth``, ``label_propagation``, ``times``
        (time–distance correlation), ``posterior`` (sampled times of a susceptible–infected spread).
    seed
        Of the sampling in ``posterior``.

    Returns
    -------
    pandas.DataFrame
        One row per infected account with contacts, likeliest first: ``node``, ``rank`` (ties share the first), ``score``, ``component``
        (connected part of the infected, 1 the largest), ``degree`` (contacts), and a column per method used. In every score column higher
        is likelier the source; empty: the method could not tell. ``attrs["notes"]`` says what must be known to read it, with a warning
        where hubs mislead, ``attrs["agreement"]`` how far the methods agree. A list to look through, not a finding about an account.

    Raises
    ------
    ColumnError
        It is not clear which columns of ``contacts`` are the two accounts.
    ConfigurationError
        No such method, or ``times`` without three times that are not all equal.
    DataError
        ``contacts`` is no frame and no pairs, or a time cannot be read.

    See Also
    --------
    graphwatch.trace.source.locate : how the parts of the infected are treated.

    Notes
    -----
    Assumes one source (per connected part) and that ``infected`` is complete; sources and limits of each method are in
    ``graphwatch.trace.source`` and on the page source-localisation of the docs.

    Examples
    --------
    >>> tree = [(1, 2), (1, 3), (2, 4), (2, 5)]
    >>> found = locate_source(tree, [1, 2, 3, 4, 5], method="rumour")
    >>> dict(zip(found["node"], found["rumour"].map(math.exp).round().astype(int)))
    {'2': 12, '1': 8, '4': 3, '5': 3, '3': 2}
    """
    pairs = _pairs(contacts)
    when = _moments(times)
    names = pl.concat([pairs["a"], pairs["b"]]).unique().sort()
    graph = Contacts.of(len(names), look_up(pairs["a"], names), look_up(pairs["b"], names))
    given = pl.Series("node", [*_names(infected), *when], dtype=pl.String).unique().sort()
    codes = look_up(given, names)
    kept: I64 = codes[codes >= 0].astype(np.int64)
    accounts = names.gather(kept)
    at: F64 = np.array([when.get(name, math.nan) for name in accounts.to_list()], np.float64)
    found = locate(graph, kept, at, method, seed)
    frame = found.frame.with_columns(names.gather(found.frame["node"]).alias("node")).to_pandas()
    absent = len(given) - len(accounts)
    notes = list(found.notes)
    if absent:
        notes.append(f"{absent} of {len(given)} infected accounts have no contacts in the graph and were left out")
    frame.attrs |= {"notes": notes, "agreement": None if found.agreement is None else asdict(found.agreement)}
    return frame


def _pairs(contacts: Frame | Iterable[tuple[object, object]]) -> pl.DataFrame:
    """Give two columns of account ids as text, without nulls and self-loops."""
    if isinstance(contacts, pl.LazyFrame):
        contacts = contacts.collect()
    if isinstance(contacts, pd.DataFrame) or (isinstance(contacts, Mapping) and all(isinstance(name, str) for name in contacts)):
        a, b = _ends([name for name in contacts if isinstance(name, str)])
        first, second = (_names(contacts[name], keep_missing=True) for name in (a, b))
    elif isinstance(contacts, pl.DataFrame | pa.Table | pa.RecordBatch):
        table = contacts if isinstance(contacts, pl.DataFrame) else pl.DataFrame(pl.from_arrow(contacts))
        a, b = _ends(table.columns)
        first, second = table[a].cast(pl.String).to_list(), table[b].cast(pl.String).to_list()
    else:
        first, second = _of_tuples(contacts)
    if len(first) != len(second):
        raise DataError(f"the two columns have {len(first)} and {len(second)} entries", _PLACE)
    pairs = pl.DataFrame({"a": first, "b": second}, schema={"a": pl.String, "b": pl.String})
    return pairs.drop_nulls().filter(pl.col("a") != pl.col("b"))


def _of_tuples(contacts: Iterable[object]) -> tuple[list[str | None], list[str | None]]:
    if isinstance(contacts, str | bytes) or not isinstance(contacts, Iterable):
        raise DataError(f"expected a frame or pairs of accounts; got {type(contacts).__name__}", _PLACE)
    try:
        listed = [_two(pair) for pair in contacts]
    except (TypeError, ValueError) as error:
        raise DataError("expected pairs of accounts", _PLACE) from error
    return _names((a for a, _ in listed), keep_missing=True), _names((b for _, b in listed), keep_missing=True)


def _two(pair: object) -> tuple[object, object]:
    if not isinstance(pair, Sequence) or isinstance(pair, str):
        raise TypeError(pair)
    a, b = pair
    return a, b


def _ends(columns: list[str]) -> tuple[str, str]:
    for a, b in _ENDS:
        if a in columns and b in columns:
            return a, b
    if len(columns) == 2:
        return columns[0], columns[1]
    known = " or ".join(f"{a}, {b}" for a, b in _ENDS)
    raise ColumnError(f"expected two columns, or {known}; found {', '.join(columns[:10]) or 'none'}", _PLACE)


def _names(values: Iterable[object], *, keep_missing: bool = False) -> list[str | None]:
    """Give ids as text; a missing one is None, or left out."""
    if isinstance(values, str | bytes):
        raise DataError(f"expected several accounts; got {values!r}", Place("infected"))
    texts = [None if value is None or value is pd.NA or value != value else str(value) for value in values]  # noqa: PLR0124 - NaN
    return texts if keep_missing else [text for text in texts if text is not None]


def _moments(times: Times | None) -> dict[str, float]:
    """Give seconds (or the numbers as they are) by account; missing ones are left out."""
    if times is None:
        return {}
    out = {str(name): _seconds(value) for name, value in times.items()}
    return {name: value for name, value in out.items() if not math.isnan(value)}


def _seconds(value: object) -> float:
    if value is None or value is pd.NaT or value is pd.NA:
        return math.nan
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        number = float(value)
        if math.isinf(number):
            raise DataError("a time is infinite", Place("times"))
        return number
    moment = pd.to_datetime(str(value), errors="coerce", utc=True)
    if pd.isna(moment):
        raise DataError(f"time {value!r}: expected a number or a time such as '2024-05-01 12:00'", Place("times"))
    return float((moment - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1))
