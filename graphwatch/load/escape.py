"""Cells that a spreadsheet would run as formulas, made harmless in CSV and read back as they were.

A cell that begins with ``= + - @``, their full-width forms, a tab or a line end gets an apostrophe in front; so does a cell
that begins with apostrophes before such a character, so that taking one apostrophe away on reading gives the text back exactly.
"""

from __future__ import annotations

from typing import Final

import polars as pl

_RISKY: Final = r"^('*[=+\-@＝＋－＠\t\r\n])"
_ESCAPED: Final = r"^'('*[=+\-@＝＋－＠\t\r\n])"


def escape(frame: pl.DataFrame) -> pl.DataFrame:
    """Make the text columns of a frame safe to open in a spreadsheet.

    Examples
    --------
    >>> escape(pl.DataFrame({"text": ["=1+1", "'=1", "fine", None], "n": [-1, 2, 3, 4]})).rows()
    [("'=1+1", -1), ("''=1", 2), ('fine', 3), (None, 4)]
    """
    return frame.with_columns(pl.col(pl.String).str.replace(_RISKY, "'$1"))


def unescape(frame: pl.DataFrame) -> pl.DataFrame:
    """Undo :func:`escape`. In a file that somebody else wrote, one apostrophe before such a character is lost.

    Examples
    --------
    >>> unescape(escape(pl.DataFrame({"text": ["=1+1", "'=1", "it's"]})))["text"].to_list()
    ['=1+1', "'=1", "it's"]
    """
    quoted = pl.col(pl.String).str.starts_with("'").any()
    names = [name for name, found in frame.select(quoted).to_dict(as_series=False).items() if found[0]]
    return frame.with_columns(pl.col(name).str.replace(_ESCAPED, "$1") for name in names) if names else frame
