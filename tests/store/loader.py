"""Loads a case into a store, as a process of its own that a test can kill."""

from __future__ import annotations

import sys

from graphwatch.settings import Neo4jSettings
from graphwatch.store import access_of, connect, open_projection
from graphwatch.store.write import load


def tell(kind: str, rows: int, of: int) -> None:
    """Say what is written."""
    sys.stdout.write(f"{kind} {rows} {of}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    folder, home = sys.argv[1:3]
    settings = Neo4jSettings(batch_rows=100)
    with connect(access_of(settings, folder=home), settings) as store:
        load(store, open_projection([folder], texts=True), tell)
