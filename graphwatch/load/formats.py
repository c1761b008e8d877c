"""The formats that can be read, in the order in which they are tried."""

from __future__ import annotations

from typing import Final

from graphwatch.errors import ConfigurationError
from graphwatch.load.jetstream import JETSTREAM
from graphwatch.load.records import RecordFormat
from graphwatch.load.twarc import TWARC
from graphwatch.load.weibospider import WEIBOSPIDER

RECORD_FORMATS: Final = (WEIBOSPIDER, TWARC, JETSTREAM)
TABLE_FORMATS: Final = {
    "parquet": "canonical Parquet",
    "csv": "canonical CSV, or any with a mapping file",
    "ndjson": "canonical NDJSON, or any with a mapping file",
}
FORMATS: Final = (*TABLE_FORMATS, *(form.name for form in RECORD_FORMATS))


def record_format(name: str) -> RecordFormat | None:
    """Give the format of that name; None: it is one of the table formats.

    Raises
    ------
    ConfigurationError
        There is no such format.

    Examples
    --------
    >>> record_format("twarc").platform
    'x'
    """
    if name not in FORMATS:
        raise ConfigurationError(f"format {name!r} is not known; expected one of {', '.join(FORMATS)}")
    return next((form for form in RECORD_FORMATS if form.name == name), None)
