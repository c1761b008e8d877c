"""The formats that can be read, in the order in which they are tried."""

from __future__ import annotations

from typing import Final

from graphwatch.errors import ConfigurationError
from graphwatch.load.adapters.bilibili import BILIBILI
from graphwatch.load.adapters.crowdtangle import CROWDTANGLE
from graphwatch.load.adapters.danmaku import DANMAKU
from graphwatch.load.adapters.fourcat import FOURCAT
from graphwatch.load.adapters.mastodon import MASTODON
from graphwatch.load.adapters.mediacrawler import MEDIACRAWLER
from graphwatch.load.adapters.reddit import REDDIT
from graphwatch.load.adapters.telegram import TELEGRAM
from graphwatch.load.adapters.twarccsv import TWARC_CSV
from graphwatch.load.adapters.weibocrawler import WEIBOCRAWLER
from graphwatch.load.adapters.weibosearch import WEIBOSEARCH
from graphwatch.load.adapters.xarchive import XARCHIVE
from graphwatch.load.adapters.youtube import YOUTUBE
from graphwatch.load.adapters.ytdlp import YTDLP
from graphwatch.load.adapters.zeeschuimer import ZEESCHUIMER
from graphwatch.load.jetstream import JETSTREAM
from graphwatch.load.records import RecordFormat
from graphwatch.load.twarc import TWARC
from graphwatch.load.weibospider import WEIBOSPIDER

RECORD_FORMATS: Final = (
    WEIBOSPIDER,
    TWARC,
    JETSTREAM,
    DANMAKU,
    *MEDIACRAWLER,
    WEIBOSEARCH,
    REDDIT,
    TELEGRAM,
    MASTODON,
    *FOURCAT,
    TWARC_CSV,
    *YTDLP,
    YOUTUBE,
    BILIBILI,
    ZEESCHUIMER,
    XARCHIVE,
    WEIBOCRAWLER,
    CROWDTANGLE,
)
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
