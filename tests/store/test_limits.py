"""Limits of a store: questions that take too long, transactions that wait for each other, a disk that is full."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from graphwatch.ask import find_query
from graphwatch.ask.parameters import check
from graphwatch.ask.run import answer_from_store
from graphwatch.errors import UnavailableError
from graphwatch.settings import Neo4jSettings
from graphwatch.store import LocalServer, Projection, Store, access_of, connect
from graphwatch.store.verify import verify
from graphwatch.store.write import load, prepare
from tests.store.conftest import SETTINGS

pytestmark = pytest.mark.neo4j
ENDLESS = "UNWIND range(1, 2000000000) AS i RETURN sum(i) AS account_id"
HASTY = Neo4jSettings(query_s=0.5, timeout_s=1, retry_s=0, connect_s=10)


class Meeting(Mapping[str, object]):
    """Parameters that wait, when they are read for the first time, until another transaction has come as far."""

    def __init__(self, name: str, barrier: threading.Barrier) -> None:
        self.read = 0
        self._name = name
        self._barrier = barrier

    def __getitem__(self, key: str) -> object:
        return {"name": self._name}[key]

    def __iter__(self) -> Iterator[str]:
        self.read += 1
        if self.read == 1:
            self._barrier.wait(30)
        return iter(("name",))

    def __len__(self) -> int:
        return 1


def test_a_question_that_takes_too_long_is_given_up(server: LocalServer, store: Store) -> None:
    with connect(access_of(HASTY, folder=server.home), HASTY) as hasty:
        with pytest.raises(UnavailableError, match=r"took too long.*neo4j\.query_s") as caught:
            hasty.rows(ENDLESS, limit_s=0.5)
        assert caught.value.exit_code == 75
        with pytest.raises(UnavailableError, match=r"neo4j\.timeout_s"):  # what is no named query has the limit of transactions
            hasty.value(ENDLESS)
        found = replace(find_query("trace/first_posts"), cypher=ENDLESS)
        with pytest.raises(UnavailableError, match=r"neo4j\.query_s"):
            answer_from_store(found, check(found, {"object": "tag:a"}), hasty)
    running = "SHOW TRANSACTIONS YIELD currentQuery WHERE currentQuery STARTS WITH 'UNWIND range' RETURN count(*)"
    assert store.value(running) == 0  # the server has given it up, too, not only the driver


def cross(store: Store) -> list[int]:
    """Let two transactions lock two nodes, one each, and then want the other's; give how often each was begun."""
    store.write(("CREATE (:Lock {name: 'a', n: 0}), (:Lock {name: 'b', n: 0})", {}))
    barrier = threading.Barrier(2)
    change = "MATCH (n:Lock {name: $name}) SET n.n = n.n + 1"
    meetings = [Meeting("b", barrier), Meeting("a", barrier)]
    wrong: list[UnavailableError] = []

    def one(first: str, second: Meeting) -> None:
        try:
            store.write((change, {"name": first}), (change, second))
        except UnavailableError as error:
            wrong.append(error)

    threads = [threading.Thread(target=one, args=given) for given in zip("ab", meetings, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise wrong[0]
    return sorted(meeting.read for meeting in meetings)


def test_a_deadlock_is_broken_and_tried_again(store: Store) -> None:
    assert cross(store) == [1, 2]
    assert store.rows("MATCH (n:Lock) RETURN n.name, n.n ORDER BY n.name") == [("a", 2), ("b", 2)]


def test_a_deadlock_without_time_for_another_try_is_told(server: LocalServer, store: Store) -> None:
    once = SETTINGS.model_copy(update={"retry_s": 0})
    with connect(access_of(once, folder=server.home), once) as own, pytest.raises(UnavailableError, match="Deadlock") as caught:
        cross(own)
    assert caught.value.exit_code == 75
    assert store.rows("MATCH (n:Lock) RETURN n.n") == [(1,), (1,)]  # the other one went through, this one left nothing


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a file system of its own with room for an empty store and little more."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", "size=256m,mode=0700", "tmpfs", str(folder)]
    if mount is None or os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:  # noqa: S603
        pytest.skip("a small file system needs the right to mount one, so a full disk was not tried")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S603, S607


def fill(path: Path, spare: int) -> None:
    """Leave so many bytes of a file system."""
    room = os.statvfs(path.parent)
    with path.open("wb") as file:
        file.write(bytes(room.f_bavail * room.f_frsize - spare))


@pytest.mark.slow
def test_a_disk_that_is_full_is_told_and_a_new_store_takes_all(small_disk: Path, projection: Projection) -> None:
    server = LocalServer(small_disk)
    server.make_home()
    grows = "db.tx_log.preallocate=false\ndb.tx_log.rotation.size=128k\n"  # as it is, Neo4j takes 512 MiB for its logs at once
    (server.home / "extra.conf").write_text(grows, encoding="utf-8")
    ballast = small_disk / "ballast"
    server.up(SETTINGS)
    try:
        with connect(access_of(SETTINGS, folder=server.home), SETTINGS) as store:
            prepare(store, projection)  # an index that is being built waits for room for ever, which is Neo4j's own way
            fill(ballast, 64 * 1024)
            release = threading.Timer(60, partial(ballast.unlink, missing_ok=True))  # where nothing is told, let the load end, and fail
            release.start()
            with pytest.raises(UnavailableError) as caught:
                load(store, projection)
            release.cancel()
        assert caught.value.exit_code == 75
        ballast.unlink()
        server.down()
        shutil.rmtree(server.home / "data")  # a log that was cut in the middle may be beyond Neo4j's own recovery: the store is a copy
        server.up(SETTINGS)
        with connect(access_of(SETTINGS, folder=server.home), SETTINGS) as store:
            load(store, projection)
            assert [found for found in verify(store, projection) if not found.sound or not found.current] == []
            assert not load(store, projection).changed
    finally:
        ballast.unlink(missing_ok=True)
        server.down()
