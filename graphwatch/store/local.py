"""A Neo4j server of one's own, without Docker: on the loopback address only, its data in one folder, a password that nobody chose.

Whether the server runs is told by a lock: the server holds an open file that is locked (``flock``), and the kernel takes the lock away when
the process dies, however it dies. So a process id that another program has got since is never taken for the server.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import orjson

from graphwatch.errors import ConfigurationError, OutputError, Place, UnavailableError
from graphwatch.settings import Neo4jSettings
from graphwatch.store.runtime import Release, find_jars, find_java, java_command, release_of

HOST: Final = "127.0.0.1"
USER: Final = "neo4j"
_FOLDER: Final = "neo4j"
_LAST, _PASSWORD, _LOCK, _BUSY = "server.json", "password", "running.lock", "starting.lock"
_ADMIN: Final = "org.neo4j.cli.AdminTool"
_TRIES: Final = 3
_POLL_S: Final = 0.1
_ASK_S: Final = 5.0
_CHILDREN: Final[
    dict[int, subprocess.Popen[bytes]]
] = {}  # servers that outlive the objects which started them, but are reaped when they end


@dataclass(frozen=True, slots=True)
class Running:
    """A server that runs: its release, process, addresses."""

    version: str
    pid: int
    uri: str
    browser: str
    user: str = USER


class LocalServer:
    """The server of a folder.

    Parameters
    ----------
    folder
        A case: then all that belongs to the server lies in its folder ``neo4j``. Else the folder itself is the server's.
    """

    def __init__(self, folder: str | Path) -> None:
        given = Path(folder).resolve()
        self.home = given / _FOLDER if (given / "case.json").is_file() else given

    @property
    def password(self) -> str:
        """The generated password.

        Raises
        ------
        ConfigurationError
            The server was never started here.
        """
        try:
            return (self.home / _PASSWORD).read_text(encoding="ascii")
        except FileNotFoundError as error:
            raise ConfigurationError("no server was started here; 'graphwatch neo4j up' does", Place(self.home)) from error
        except OSError as error:
            raise ConfigurationError(f"cannot be read: {error.strerror}", Place(self.home / _PASSWORD)) from error

    def running(self) -> Running | None:
        """Say what runs; None: nothing does."""
        if not self._is_locked():
            return None
        try:
            return Running(**orjson.loads((self.home / _LAST).read_bytes()))
        except (OSError, orjson.JSONDecodeError, TypeError):
            return None  # it is just being started

    def up(self, settings: Neo4jSettings, version: str = "", progress: Callable[[str], None] | None = None) -> Running:
        """Start the server, or leave it alone where it runs.

        Parameters
        ----------
        version
            Release or line; that of ``neo4j.version`` when not given.

        Raises
        ------
        ConfigurationError
            The release, Java, or an extra is not there, or the data was written by a later release.
        UnavailableError
            It did not start.
        """
        wanted = release_of(version or settings.version)
        tell = progress or _silent
        self.make_home()
        with self._alone():
            held = self.running()
            if held is not None:
                if held.version != wanted.version and version:
                    raise ConfigurationError(
                        f"Neo4j {held.version} runs here; stop it before {wanted.version} is started", Place(self.home)
                    )
                return held
            tell(f"jars of Neo4j {wanted.version} (fetched once)")
            tools = _Tools(wanted, find_java(wanted), find_jars(wanted), self.home)
            self._set_password(tools)
            for attempt in range(_TRIES):
                tell(f"starting Neo4j {wanted.version}")
                started = self._start(tools, settings)
                if started is not None:
                    return started
                tell(f"a port was taken meanwhile, attempt {attempt + 2}")
        raise UnavailableError(f"no free ports were found on {HOST}", Place(self.home))

    def down(self, timeout_s: float = 60.0) -> bool:
        """Stop the server and wait until it is gone.

        Returns
        -------
        bool
            Whether one was running.

        Raises
        ------
        UnavailableError
            It does not stop in that time.
        """
        held = self.running()
        if held is None:
            return False
        with suppress(ProcessLookupError):
            os.kill(held.pid, signal.SIGTERM)
        limit = time.monotonic() + timeout_s
        while self._is_locked():
            if time.monotonic() > limit:
                raise UnavailableError(f"process {held.pid} does not stop; its log is {self.log}", Place(self.home))
            time.sleep(_POLL_S)
        child = _CHILDREN.pop(held.pid, None)
        if child is not None:
            child.wait()
        return True

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.home / "logs" / "neo4j.log"

    def logs(self, lines: int = 50) -> list[str]:
        """Give the last lines of the server's log, and of what it printed before it had one."""
        told: list[str] = []
        for path in (self.home / "logs" / "console.log", self.log):
            with suppress(OSError):
                told += path.read_text(encoding="utf-8", errors="replace").splitlines()
        return told[-lines:]

    def admin(self, arguments: list[str], release: Release) -> subprocess.CompletedProcess[str]:
        """Run Neo4j's admin tool on the folder of a server that does not run."""
        return _Tools(release, find_java(release), find_jars(release), self.home).admin(arguments)

    def make_home(self) -> None:
        """Make the folders that the server wants.

        Raises
        ------
        OutputError
            They cannot be written.
        """
        try:
            self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
            for name in ("data", "logs", "conf", "run", "import"):
                (self.home / name).mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise OutputError(f"cannot be written: {error.strerror}", Place(self.home)) from error

    def _is_locked(self) -> bool:
        try:
            handle = os.open(self.home / _LOCK, os.O_RDONLY)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Wait for another process that is starting the server."""
        handle = os.open(self.home / _BUSY, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _set_password(self, tools: _Tools) -> None:
        """Make a password and give it to the server before its first start, so that it never runs with the known one."""
        path = self.home / _PASSWORD
        if (self.home / "data" / "databases" / "system").exists():
            _ = self.password  # the server knows it; without the file nobody does
            return
        with suppress(FileNotFoundError):
            path.unlink()
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(20))
        done = tools.admin(["dbms", "set-initial-password", f"@{path}"])  # by file: other users see command lines
        if done.returncode:
            raise UnavailableError(f"Neo4j did not take the password: {done.stderr.strip()[-500:]}", Place(self.home))

    def _start(self, tools: _Tools, settings: Neo4jSettings) -> Running | None:
        bolt, http = _free_ports(self._last_ports())
        (self.home / _LAST).unlink(missing_ok=True)  # what is being started does not run yet
        (self.home / "conf" / "neo4j.conf").write_text(_configuration(self.home, bolt, http, settings.pagecache_mb), encoding="utf-8")
        handle = os.open(self.home / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            with (self.home / "logs" / "console.log").open("wb") as console:
                process = subprocess.Popen(  # noqa: S603
                    tools.server(settings.heap_mb, quick=settings.quick_start),
                    stdin=subprocess.DEVNULL,
                    stdout=console,
                    stderr=console,
                    env=tools.environment,
                    pass_fds=[handle],
                    start_new_session=True,
                )
        finally:
            os.close(handle)  # ours; the server holds its own
        _reap()
        _CHILDREN[process.pid] = process
        running = Running(tools.release.version, process.pid, f"bolt://{HOST}:{bolt}", f"http://{HOST}:{http}")
        try:
            self._wait(process, running, settings.start_s)
        except BaseException:
            process.kill()
            process.wait()
            if any("Address already in use" in line or "BindException" in line for line in self.logs(200)):
                return None
            raise
        part = self.home / f"{_LAST}.part"
        part.write_bytes(orjson.dumps(asdict(running)))
        part.replace(self.home / _LAST)
        return running

    def _last_ports(self) -> tuple[int, int]:
        """Give the ports of the last time, so that an address stays good over a restart; 0: any."""
        try:
            held = Running(**orjson.loads((self.home / _LAST).read_bytes()))
            return int(held.uri.rpartition(":")[2]), int(held.browser.rpartition(":")[2])
        except (OSError, ValueError, TypeError):
            return 0, 0

    def _wait(self, process: subprocess.Popen[bytes], running: Running, limit_s: float) -> None:
        limit = time.monotonic() + limit_s
        port = int(running.uri.rpartition(":")[2])
        while time.monotonic() < limit:
            if process.poll() is not None:
                raise UnavailableError(f"Neo4j stopped while it started: {' | '.join(self.logs(5))}", Place(self.home))
            if _answers(port) and _serves(running, self.password):
                return
            time.sleep(_POLL_S)
        raise UnavailableError(f"Neo4j did not answer within {limit_s:g} s; its log is {self.log}", Place(self.home))


@dataclass(frozen=True, slots=True)
class _Tools:
    """Java, jars and place of one server."""

    release: Release
    java: Path
    jars: list[Path]
    home: Path

    @property
    def environment(self) -> dict[str, str]:
        """Environment without what would change how the server runs, secrets of ours among it."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("NEO4J_", "GRAPHWATCH_", "JAVA_TOOL", "JDK_JAVA"))
        }
        return kept | {"NEO4J_HOME": str(self.home), "NEO4J_CONF": str(self.home / "conf")}

    def server(self, heap_mb: int, *, quick: bool) -> list[str]:
        """Give the command that runs the server."""
        main = [self.release.main_class, f"--home-dir={self.home}", f"--config-dir={self.home / 'conf'}"]
        return java_command(self.java, self.jars, heap_mb, main, quick=quick)

    def admin(self, arguments: list[str]) -> subprocess.CompletedProcess[str]:
        """Run the admin tool."""
        command = java_command(self.java, self.jars, 1024, [_ADMIN, *arguments], quick=arguments[0] == "dbms")
        return subprocess.run(command, capture_output=True, text=True, env=self.environment, check=False)  # noqa: S603


def _configuration(home: Path, bolt: int, http: int, pagecache_mb: int) -> str:
    lines = {
        "server.default_listen_address": HOST,
        "server.default_advertised_address": HOST,
        "server.bolt.listen_address": f"{HOST}:{bolt}",
        "server.bolt.advertised_address": f"{HOST}:{bolt}",
        "server.http.listen_address": f"{HOST}:{http}",
        "server.https.enabled": "false",
        "server.directories.data": home / "data",
        "server.directories.logs": home / "logs",
        "server.directories.run": home / "run",
        "server.directories.import": home / "import",
        "server.memory.pagecache.size": f"{pagecache_mb}m",
        "db.tx_log.rotation.retention_policy": "keep_none",  # what was deleted is not to live on in logs
        "db.logs.query.enabled": "OFF",  # texts and names are no matter for logs
        "dbms.usage_report.enabled": "false",
        "internal.dbms.bolt.netty_server_shutdown_quiet_period": "0",  # else stopping takes ten seconds, of listening to nobody
    }
    own = home / "extra.conf"
    return "".join(f"{name}={value}\n" for name, value in lines.items()) + (own.read_text(encoding="utf-8") if own.is_file() else "")


def _free_ports(wished: tuple[int, int]) -> list[int]:
    """Give free ports, the wished ones if they are; another process can still take one before the server does."""
    found: list[int] = []
    held: list[socket.socket] = []
    try:
        for port in wished:
            one = socket.socket()
            held.append(one)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                one.bind((HOST, port))
            except OSError:
                one.bind((HOST, 0))
            found.append(int(one.getsockname()[1]))
    finally:
        for one in held:
            one.close()
    return found


def _answers(port: int) -> bool:
    """Say whether a Bolt server answers: it chooses one of the protocol versions that it is offered (Bolt handshake, here 5.x to 4.4)."""
    try:
        with socket.create_connection((HOST, port), timeout=5) as link:
            link.sendall(bytes.fromhex("6060b01700080805000004050000040500000404"))
            return len(link.recv(4)) == 4
    except OSError:
        return False


def _serves(running: Running, password: str) -> bool:
    """Whether the database answers, too: after a crash it recovers while the port is open. Without the driver that cannot be asked."""
    if find_spec("neo4j") is None:
        return True
    import neo4j  # noqa: PLC0415 - an extra
    from neo4j import exceptions  # noqa: PLC0415

    try:
        with neo4j.GraphDatabase.driver(
            running.uri, auth=(running.user, password), connection_timeout=_ASK_S, max_transaction_retry_time=0, telemetry_disabled=True
        ) as driver:
            driver.execute_query("RETURN 1", database_="neo4j")
    except (exceptions.TransientError, exceptions.ServiceUnavailable, exceptions.SessionExpired):
        return False
    except exceptions.Neo4jError:  # another password, say: it serves, though not us
        return True
    return True


def _reap() -> None:
    """Forget children that have ended."""
    for pid in [pid for pid, child in _CHILDREN.items() if child.poll() is not None]:
        del _CHILDREN[pid]


def _silent(_: str) -> None:
    return
