"""Company ids that have a check digit: unified social credit codes and LEIs, recognised by shape and checked with python-stdnum.

A failed check is a warning, never a rejection: an id of eighteen characters may be something else, and a mistyped one is still what the
source says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import polars as pl
from stdnum import lei
from stdnum.cn import ric, uscc

from graphwatch.load.validate import FILE, LINE

WARNINGS: Final = pl.Schema({"file": pl.String, "line": pl.Int64, "field": pl.String, "value": pl.String, "reason": pl.String})
_USCC: Final = r"^[0-9]{8}[0-9A-Z]{10}$"
_LEI: Final = r"^[0-9A-Z]{18}[0-9]{2}$"
_SPACED: Final = r"[\s-]"
_ROUNDED: Final = r"^(?:\d{15}0|\d{15}00|\d{17}0+)$"
_LONG: Final = r"^\d{16,}$"


def doubt(value: str) -> str | None:
    """Say what is wrong with an id that has the shape of a code with a check digit; None: nothing, or it has no such shape.

    Resident identity numbers of persons have the same shape as a social credit code; valid ones are let pass.

    Examples
    --------
    >>> doubt("91110000600037341L"), doubt("213800KUD8LAJWSQ9D15"), doubt("m-12")
    (None, None, None)
    >>> doubt("91110000600037341M")
    'looks like a unified social credit code, but its check digit is wrong'
    """
    compact = "".join(value.split()).replace("-", "").upper()
    if not _shaped(compact):
        return None
    if len(compact) == 18:
        if ric.is_valid(compact):
            return None
        name, valid, wrong = "unified social credit code", uscc.is_valid(compact), "check digit is"
    else:
        if not any(char.isalpha() for char in compact):
            return None
        name, valid, wrong = "LEI", lei.is_valid(compact), "check digits are"
    if not valid:
        return f"looks like a {name.replace('LEI', 'legal entity identifier (LEI)')}, but its {wrong} wrong"
    return (
        None if value == compact else f"is a {name} with blanks, hyphens or small letters; ids are compared as they are written: {compact}"
    )


def _shaped(compact: str) -> bool:
    return re.fullmatch(f"{_USCC}|{_LEI}", compact) is not None


def check_identifiers(rows: pl.DataFrame, columns: Iterable[str]) -> pl.DataFrame:
    """Check the ids in some columns.

    Parameters
    ----------
    rows
        Columns of texts, with ``_file`` and ``_line``.

    Returns
    -------
    polars.DataFrame
        One row per doubtful value: file, line, field, value, reason; in the order of file, line and field.
    """
    found = [WARNINGS.to_frame()]
    for name in columns:
        values = rows[name].drop_nulls().unique().sort()
        compact = values.str.replace_all(_SPACED, "").str.to_uppercase()
        shaped = values.filter(compact.str.contains(_USCC) | compact.str.contains(_LEI))
        reasons = {value: reason for value in shaped if (reason := doubt(value)) is not None}
        found.append(_places(rows, name, reasons))
    return pl.concat(found).sort("file", "line", "field", "value", "reason")


def check_digits(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Name ids that a spreadsheet may have rounded: 16 digits or more that end in the zeros which rounding leaves.

    A spreadsheet keeps 15 digits of a number that is typed in. Ids that end in zeros exist too, so nothing is said as long as they are no
    more than a fifth of the long ids.
    """
    long = rows.filter(pl.col(name).str.contains(_LONG))
    rounded = long.filter(pl.col(name).str.contains(_ROUNDED))
    if not len(rounded) or len(rounded) * 5 <= len(long):
        return WARNINGS.to_frame()
    reason = "has the zeros at its end that a spreadsheet leaves when it rounds a long number; format the column as text before typing ids"
    return _places(rounded, name, dict.fromkeys(rounded[name], reason))


def _places(rows: pl.DataFrame, name: str, reasons: dict[str, str]) -> pl.DataFrame:
    if not reasons:
        return WARNINGS.to_frame()
    table = pl.DataFrame({"value": list(reasons), "reason": list(reasons.values())})
    held = rows.select(pl.col(FILE).alias("file"), pl.col(LINE).alias("line"), pl.lit(name).alias("field"), pl.col(name).alias("value"))
    return held.join(table, on="value", how="inner").select(WARNINGS.names()).cast(WARNINGS).sort("file", "line", "value")
