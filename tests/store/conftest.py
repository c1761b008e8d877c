"""A real Neo4j, started once, in the folder of a case; nothing about it is mocked. NEO4J_LINE chooses 5.26 (when not set) or 2026."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from graphwatch.errors import ConfigurationError, UnavailableError
from graphwatch.settings import Neo4jSettings
from graphwatch.store import LocalServer, Projection, Store, access_of, connect
from graphwatch.store.source import CaseSource
from graphwatch.tables import Case
from tests.store.village import make_case

LINE = os.environ.get("NEO4J_LINE", "5.26")
SETTINGS = Neo4jSettings(batch_rows=100, retry_s=5, connect_s=10, quick_start=True, version=LINE)


@pytest.fixture(scope="session")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Give a case that no test changes."""
    return make_case(tmp_path_factory.mktemp("store") / "case")


@pytest.fixture(scope="session")
def server(case: Case) -> Iterator[LocalServer]:
    """Give the case's own server, running."""
    server = LocalServer(case.root)
    try:
        server.up(SETTINGS)
    except (ConfigurationError, UnavailableError) as error:
        reason = f"no Neo4j could be started, so nothing about the store was tested: {error}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    yield server
    server.down()


@pytest.fixture
def store(server: LocalServer) -> Iterator[Store]:
    """Give an open store that holds nothing."""
    server.up(SETTINGS)
    with connect(access_of(SETTINGS, folder=server.home), SETTINGS) as opened:
        empty(opened)
        yield opened


def empty(store: Store) -> None:
    """Take everything out of a store; constraints stay."""
    store.write(("MATCH (n) DETACH DELETE n", {}))


@pytest.fixture(scope="session")
def projection(case: Case) -> Projection:
    """Give the graph of the case."""
    return Projection(CaseSource(case), texts=True)


@pytest.fixture
def own_case(tmp_path: Path) -> Case:
    """Give a case that the test may change."""
    return make_case(tmp_path / "own")
