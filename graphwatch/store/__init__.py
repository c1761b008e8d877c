"""Stage store: Neo4j as a projection of the tables that can be rebuilt at any time, and a server of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from graphwatch.settings import LoadSettings
from graphwatch.store.connection import Access, Store, access_of, connect
from graphwatch.store.local import LocalServer, Running
from graphwatch.store.project import Projection
from graphwatch.store.source import CaseSource, FileSource, Source, open_source

__all__ = [
    "Access",
    "CaseSource",
    "FileSource",
    "LocalServer",
    "Projection",
    "Running",
    "Source",
    "Store",
    "access_of",
    "connect",
    "open_projection",
    "open_source",
]


def open_projection(
    paths: Sequence[str | Path], *, run: str | None = None, texts: bool = False, settings: LoadSettings | None = None
) -> Projection:
    """Open what is to be written: one case folder; or files of interactions, folders of tables, a result folder.

    Parameters
    ----------
    paths
        A case; or files in any format that graphwatch reads, folders with canonical tables, and the result folder of a run.
    run
        Run of the case whose results are written; the newest one when not given.
    texts
        Whether the words of interactions become properties.
    settings
        Limits of reading files.

    Raises
    ------
    ConfigurationError
        A folder is none of these, or the case holds no such run.
    """
    return Projection(open_source(paths, run=run, settings=settings), texts=texts)
