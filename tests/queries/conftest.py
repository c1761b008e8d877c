"""A real Neo4j of these tests' own, started once."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from graphwatch.errors import ConfigurationError, UnavailableError
from graphwatch.settings import Neo4jSettings
from graphwatch.store import Access, LocalServer, Store, access_of, connect

SETTINGS = Neo4jSettings(
    batch_rows=10_000, retry_s=5, connect_s=10, query_s=300, quick_start=True, version=os.environ.get("NEO4J_LINE", "5.26")
)


@pytest.fixture(scope="session")
def access(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Access]:
    """Say where the server is."""
    server = LocalServer(tmp_path_factory.mktemp("queries") / "server")
    try:
        server.up(SETTINGS)
    except (ConfigurationError, UnavailableError) as error:
        reason = f"no Neo4j could be started, so no query was run on it: {error}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    try:
        yield access_of(SETTINGS, folder=server.home)
    finally:
        server.down()


@pytest.fixture(scope="session")
def query_store(access: Access) -> Iterator[Store]:
    """Give an open store."""
    with connect(access, SETTINGS) as store:
        yield store
