"""The formats that can be read, in the order in which they are tried."""

from __future__ import annotations

from typing import Final

from graphwatch.errors import ConfigurationError, DataError
from graphwatch.load.adapters import described_archive, described_china, described_world
from graphwatch.load.adapters.bilibili import BILIBILI, BILIBILI_DECLARED
from graphwatch.load.adapters.crowdtangle import CROWDTANGLE, CROWDTANGLE_DECLARED
from graphwatch.load.adapters.danmaku import DANMAKU
from graphwatch.load.adapters.fourcat import FOURCAT, FOURCAT_DECLARED
from graphwatch.load.adapters.fourcat_captured import CAPTURED, CAPTURED_DECLARED
from graphwatch.load.adapters.mastodon import MASTODON
from graphwatch.load.adapters.mastodonarchive import MASTODON_ARCHIVE
from graphwatch.load.adapters.mediacrawler import MEDIACRAWLER
from graphwatch.load.adapters.reddit import REDDIT
from graphwatch.load.adapters.telegram import TELEGRAM
from graphwatch.load.adapters.twarccsv import TWARC_CSV, TWARC_CSV_DECLARED
from graphwatch.load.adapters.weibocrawler import WEIBOCRAWLER
from graphwatch.load.adapters.weibosearch import WEIBOSEARCH, WEIBOSEARCH_DECLARED
from graphwatch.load.adapters.xarchive import XARCHIVE
from graphwatch.load.adapters.youtube import DATA_TOOLS, DATA_TOOLS_DECLARED, YOUTUBE, YOUTUBE_DECLARED
from graphwatch.load.adapters.ytdlp import YTDLP
from graphwatch.load.adapters.zeeschuimer import ZEESCHUIMER, ZEESCHUIMER_DECLARED
from graphwatch.load.declared import Declared
from graphwatch.load.followthemoney import FOLLOWTHEMONEY
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
    MASTODON_ARCHIVE,
    *FOURCAT,
    *CAPTURED,
    TWARC_CSV,
    *YTDLP,
    YOUTUBE,
    DATA_TOOLS,
    BILIBILI,
    ZEESCHUIMER,
    XARCHIVE,
    WEIBOCRAWLER,
    CROWDTANGLE,
)
DECLARED: Final[tuple[Declared, ...]] = (
    described_china.WEIBOSPIDER,
    described_world.TWARC,
    described_world.JETSTREAM,
    described_china.DANMAKU,
    *described_china.MEDIACRAWLER,
    WEIBOSEARCH_DECLARED,
    described_world.REDDIT,
    described_world.TELEGRAM,
    described_world.MASTODON,
    described_archive.MASTODON_ARCHIVE,
    *FOURCAT_DECLARED,
    *CAPTURED_DECLARED,
    TWARC_CSV_DECLARED,
    described_world.YTDLP_INFO,
    described_world.YTDLP_CHAT,
    YOUTUBE_DECLARED,
    DATA_TOOLS_DECLARED,
    BILIBILI_DECLARED,
    ZEESCHUIMER_DECLARED,
    described_archive.XARCHIVE,
    described_china.WEIBOCRAWLER,
    CROWDTANGLE_DECLARED,
)
TABLE_FORMATS: Final = {
    "parquet": "canonical Parquet",
    "csv": "canonical CSV, or any with a mapping file",
    "ndjson": "canonical NDJSON, or any with a mapping file",
    "spreadsheet": "a workbook (.xlsx, .xls, .ods) with canonical columns, or any with a mapping file",
}
FORMATS: Final = (*TABLE_FORMATS, *(form.name for form in RECORD_FORMATS))


def record_format(name: str) -> RecordFormat | None:
    """Give the format of that name; None: it is one of the table formats.

    Raises
    ------
    ConfigurationError
        There is no such format.
    DataError
        It is one of rosters, not of interactions.

    Examples
    --------
    >>> record_format("twarc").platform
    'x'
    """
    if name == FOLLOWTHEMONEY:
        raise DataError("FollowTheMoney entities are no interactions; give the file as affiliations, agencies or ownership")
    if name not in FORMATS:
        raise ConfigurationError(f"format {name!r} is not known; expected one of {', '.join(FORMATS)}")
    return next((form for form in RECORD_FORMATS if form.name == name), None)
