"""What goes wrong, and what is said then: wrong passwords and addresses, a server that dies, one that only lets read; and the importer."""

from __future__ import annotations

import os
import signal
import socket
import stat
import threading
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from graphwatch.cli import app
from graphwatch.errors import ConfigurationError, UnavailableError
from graphwatch.settings import Neo4jSettings
from graphwatch.store import CaseSource, LocalServer, Projection, Store, access_of, connect
from graphwatch.store.bulk import by_import, import_case
from graphwatch.store.connection import PASSWORD_VARIABLE, check_version
from graphwatch.store.shape import KINDS, Edge
from graphwatch.store.verify import verify
from graphwatch.store.write import checkpoints, load, sync
from graphwatch.tables import Case
from tests.store.conftest import LINE, SETTINGS

pytestmark = pytest.mark.neo4j


def test_the_server_is_for_this_machine_only_and_its_password_for_this_user(server: LocalServer) -> None:
    running = server.running()
    assert running is not None
    for address in (running.uri, running.browser):
        assert "//127.0.0.1:" in address
    path = server.home / "password"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(server.password) == 40
    configured = (server.home / "conf" / "neo4j.conf").read_text(encoding="utf-8")
    assert server.password not in configured
    for told in (Path(f"/proc/{running.pid}/cmdline"), Path(f"/proc/{running.pid}/environ")):
        assert not told.exists() or server.password.encode() not in told.read_bytes()
    assert server.up(SETTINGS) == running  # once is enough


def test_a_wrong_password_is_named(server: LocalServer) -> None:
    access = replace(access_of(SETTINGS, folder=server.home), password="wrong")  # noqa: S106
    with pytest.raises(ConfigurationError, match="does not let 'neo4j' in") as caught, connect(access, SETTINGS):
        pass
    assert caught.value.exit_code == 78
    assert "wrong" not in str(caught.value)


def test_nobody_at_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        uri = f"bolt://user:secret@127.0.0.1:{held.getsockname()[1]}"
    monkeypatch.setenv(PASSWORD_VARIABLE, "x")
    hasty = Neo4jSettings(connect_s=1, retry_s=0)
    plain = uri.replace("user:secret@", "")
    with pytest.raises(UnavailableError, match="cannot be reached") as caught, connect(access_of(hasty, uri=plain), hasty):
        pass
    assert caught.value.exit_code == 75
    for wrong in (uri, "http://127.0.0.1:1", "nonsense"):
        with pytest.raises(ConfigurationError) as refused, connect(access_of(hasty, uri=wrong), hasty):
            pass
        assert "secret" not in str(refused.value)


def test_no_address_or_no_password(monkeypatch: pytest.MonkeyPatch, own_case: Case) -> None:
    monkeypatch.delenv(PASSWORD_VARIABLE, raising=False)
    with pytest.raises(ConfigurationError, match="neo4j up"):
        access_of(SETTINGS, folder=own_case.root)
    with pytest.raises(ConfigurationError, match=PASSWORD_VARIABLE):
        access_of(SETTINGS, uri="neo4j+s://somewhere:7687")


@pytest.mark.parametrize("agent", ["Neo4j/4.4.40", "Neo4j/5.25.1", "Memgraph/3.0", ""])
def test_servers_that_are_too_old(agent: str) -> None:
    with pytest.raises(ConfigurationError, match=r"5\.26"):
        check_version(agent)


def test_the_server_dies_in_the_middle_and_then_only_lets_read(server: LocalServer, store: Store, projection: Projection) -> None:
    reached = threading.Event()
    running = server.running()
    assert running is not None

    def kill(kind: str, rows: int, _: int) -> None:
        if kind == "Account POSTED Interaction" and rows >= 200 and not reached.is_set():
            reached.set()
            os.kill(running.pid, signal.SIGKILL)

    with pytest.raises(UnavailableError) as caught:
        load(store, projection, kill)
    assert caught.value.exit_code == 75
    assert server.running() is None
    again = server.up(SETTINGS)
    assert again.uri == running.uri
    access = access_of(SETTINGS, folder=server.home)
    with connect(access, SETTINGS) as own:
        assert checkpoints(own)["Account POSTED Interaction"].rows >= 200
        done = load(own, projection)
        assert done.written["Account POSTED Interaction"] <= len(projection.source.interactions().collect()) - 200
        assert all(found.sound for found in verify(own, projection))
    assert server.down()  # what the kill left is recovered by now; a store that only lets read could not do that
    assert not server.down()
    extra = server.home / "extra.conf"
    extra.write_text("server.databases.default_to_read_only=true\n", encoding="utf-8")  # Community has no roles; this refuses all who write
    try:
        server.up(SETTINGS)
        with connect(access, SETTINGS) as own:
            with pytest.raises(ConfigurationError, match="may not write") as refused:
                sync(own, projection)
            assert refused.value.exit_code == 78
            assert all(found.sound for found in verify(own, projection))
    finally:
        extra.unlink()
        server.down()


def test_the_importer_gives_the_same_store(
    server: LocalServer, projection: Projection, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    load(store, projection)
    with pytest.raises(ConfigurationError, match="holds data"):
        import_case(server, projection, SETTINGS)
    done = import_case(server, projection, SETTINGS, overwrite=True)
    assert done.written == {kind.name: rows for kind in KINDS if (rows := len(projection.frame(kind)))}
    assert any(by_import(kind) for kind in KINDS)
    assert list(tmp_path.iterdir()) == []  # the importer leaves no report where the user happens to be
    whole = SETTINGS.model_copy(update={"sample": 10_000})
    with connect(access_of(SETTINGS, folder=server.home), whole) as own:
        found = verify(own, projection)
        assert [item for item in found if not item.sound or not item.current] == []
        assert not load(own, projection).changed


class Lacking(Projection):
    """A graph with relationships that do not say where they start."""

    def numbered(self, kind: Edge) -> pl.DataFrame:
        """Give a kind's rows, but not their starts."""
        return super().numbered(kind).with_columns(start=pl.lit(None, pl.Int64))


def test_an_importer_that_fails_says_why_and_leaves_nothing_where_the_user_is(
    tmp_path: Path, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    own = LocalServer(tmp_path / "own")
    try:
        with pytest.raises(UnavailableError, match=r"the importer failed.*missing START_ID"):
            import_case(own, Lacking(CaseSource(case)), SETTINGS)
    finally:
        was_running = own.down()  # a test that fails leaves no server behind
    assert not was_running
    assert list(Path.cwd().iterdir()) == []
    assert not (own.home / "import").exists()  # texts and names are not left lying about


def test_every_verb_on_the_command_line(server: LocalServer, store: Store, case: Case) -> None:
    assert store.value("MATCH (n) RETURN count(n)") == 0
    runner = CliRunner()
    quick = ["--set", "neo4j.quick_start=true", "--set", "neo4j.batch_rows=200", "--set", f"neo4j.version={LINE}"]

    def call(*words: str, code: int = 0) -> str:
        done = runner.invoke(app, ["neo4j", *words])
        assert done.exit_code == code, done.output
        return done.stdout

    folder = str(case.root)
    assert server.home.parent == case.root
    assert "127.0.0.1" in call("up", folder, *quick)
    assert '"running": true' in call("status", folder, "--json").replace('"running":true', '"running": true')
    assert "Interaction: 400 written" in call("load", folder, *quick)
    assert "nothing to write" in call("load", folder, *quick)
    assert "nothing to write" in call("sync", folder, *quick)
    assert "as in the tables" in call("verify", folder)
    store.write(("MATCH (n:PileOn) DETACH DELETE n", {}))
    assert "PileOn: 0, 1 in the tables" in call("verify", folder, code=65)
    assert "PileOn: 1 written" in call("sync", folder, *quick)
    assert call("logs", folder, "--lines", "3").count("\n") == 3
    newest = Projection(CaseSource(case))
    assert all(item.sound for item in verify(store, newest))
