"""A connection to Neo4j, and what its answers mean: try again later (75), or set something right first (78)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from graphwatch.errors import ConfigurationError, GraphwatchError, UnavailableError
from graphwatch.settings import Neo4jSettings
from graphwatch.store.local import LocalServer
from graphwatch.store.runtime import EXTRA

if TYPE_CHECKING:
    from neo4j import Driver, ManagedTransaction

PASSWORD_VARIABLE: Final = "GRAPHWATCH_NEO4J_PASSWORD"  # noqa: S105 - the name of a variable
OLDEST: Final = (5, 26)
SCHEMES: Final = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")
_READ_ONLY: Final = ("Neo.ClientError.Security.Forbidden", "ReadOnly", "AccessMode")
_FULL: Final = ("OutOfDisk", "No space left", "DatabaseUnavailable", "TransactionLogError", "MemoryPoolOutOfMemory")
_SLOW_WRITE: Final = "Raise neo4j.timeout_s or lower neo4j.batch_rows"
_SLOW_READ: Final = "Ask for less, or raise neo4j.query_s (named queries) or neo4j.timeout_s (all else)"
_DOUBLE: Final = "ConstraintValidationFailed"
Work = tuple[str, Mapping[str, object]]


class ChangedError(UnavailableError):
    """The store does not hold what its checkpoints say; nothing of the transaction is kept."""


@dataclass(frozen=True, slots=True)
class Access:
    """Where a store is, and as whom it is entered. The password is not shown."""

    uri: str
    user: str
    password: str
    database: str

    def __repr__(self) -> str:
        """Give all but the password."""
        return f"Access({self.uri!r}, user={self.user!r}, database={self.database!r})"


def access_of(settings: Neo4jSettings, *, uri: str | None = None, folder: str | Path | None = None) -> Access:
    """Find out where to connect: the address given, that of the settings, or the folder's own server.

    Parameters
    ----------
    uri
        Address that wins over ``neo4j.uri``.
    folder
        Case whose own server is meant when there is no address.

    Raises
    ------
    ConfigurationError
        There is no address, or no password for it.
    """
    address = uri or settings.uri
    if address != _shown(address):
        raise ConfigurationError(
            f"{_shown(address)}: user and password do not belong into an address; see neo4j.user and {PASSWORD_VARIABLE}"
        )
    if address:
        if address.partition("://")[0] not in SCHEMES:
            raise ConfigurationError(f"{address!r} is no address of Neo4j; expected {', '.join(SCHEMES)}, then ://host:port")
        password = os.environ.get(PASSWORD_VARIABLE, "")
        if not password:
            raise ConfigurationError(f"{PASSWORD_VARIABLE} is not set; it is the password of {settings.user!r} at {_shown(address)}")
        return Access(address, settings.user, password, settings.database)
    server = None if folder is None else LocalServer(folder)
    running = None if server is None else server.running()
    if server is None or running is None:
        told = "no Neo4j is known, or that of the case does not run"
        raise ConfigurationError(f"{told}: give its address (neo4j.uri), or start one with 'graphwatch neo4j up CASE'")
    return Access(running.uri, running.user, server.password, "neo4j")


def _shown(uri: str) -> str:
    """Give an address without user and password, which do not belong into it but may be there."""
    return re.sub(r"//[^/@]*@", "//", uri)


@contextmanager
def connect(access: Access, settings: Neo4jSettings | None = None) -> Iterator[Store]:
    """Open a store.

    Raises
    ------
    UnavailableError
        Nobody answers there.
    ConfigurationError
        The extra is not installed; the address, user or password is wrong; the server is too old.
    """
    if find_spec("neo4j") is None:
        raise ConfigurationError(f"Neo4j needs its driver: {EXTRA}")
    import neo4j  # noqa: PLC0415 - an extra

    limits = settings or Neo4jSettings()
    with _told(access):
        driver = neo4j.GraphDatabase.driver(
            access.uri,
            auth=(access.user, access.password),
            connection_timeout=limits.connect_s,
            connection_acquisition_timeout=limits.connect_s,
            max_transaction_retry_time=limits.retry_s,
            notifications_min_severity="OFF",
            user_agent="graphwatch",
            telemetry_disabled=True,
        )
    with driver:
        with _told(access):
            check_version(driver.get_server_info().agent)
        yield Store(driver, access, limits)


def check_version(agent: str) -> None:
    """Refuse servers that are too old.

    Parameters
    ----------
    agent
        As the server tells it, e.g. ``Neo4j/5.26.30``.

    Raises
    ------
    ConfigurationError
        It is older than 5.26, or no Neo4j.

    Examples
    --------
    >>> check_version("Neo4j/5.26.30"), check_version("Neo4j/2026.08.1")
    (None, None)
    """
    found = re.fullmatch(r"Neo4j/(\d+)\.(\d+).*", agent)
    if found is None or (int(found[1]), int(found[2])) < OLDEST:
        raise ConfigurationError(f"the server is {agent or 'of an unknown kind'}; graphwatch works with Neo4j 5.26 and newer")


class Store:
    """An open store. Each write is one transaction, tried again when it was cut off or ran into another one.

    Parameters
    ----------
    driver
        Open driver.
    access
        Where it leads.
    settings
        Limits.
    """

    def __init__(self, driver: Driver, access: Access, settings: Neo4jSettings) -> None:
        self._driver = driver
        self._access = access
        self.settings = settings

    def write(self, *work: Work, claim: Work | None = None) -> bool:
        """Run statements with their parameters in one transaction.

        Parameters
        ----------
        claim
            Statement that comes first and takes a lock; where it gives no row, the others are left out.

        Returns
        -------
        bool
            Whether the others were run.

        Raises
        ------
        ChangedError
            One of the others gave false, or made a node whose key is there already.
        """
        import neo4j  # noqa: PLC0415 - an extra

        @neo4j.unit_of_work(timeout=self.settings.timeout_s)
        def run(transaction: ManagedTransaction) -> bool:
            """Run them in turn; the driver calls this again when the transaction did not hold."""
            if claim is not None and transaction.run(claim[0], dict(claim[1])).single() is None:
                return False
            for statement, parameters in work:
                row = transaction.run(statement, dict(parameters)).single()
                if row is not None and row[0] is False:
                    raise ChangedError("the store lacks nodes that its checkpoints tell of; sync sets it right")
            return True

        with _told(self._access), self._driver.session(database=self._access.database) as session:
            return session.execute_write(run)

    def run(self, statement: str) -> None:
        """Run one statement by itself, as changes of the schema want it."""
        with _told(self._access), self._driver.session(database=self._access.database) as session:
            session.run(statement).consume()

    def read(
        self, statement: str, parameters: Mapping[str, object] | None = None, *, limit_s: float | None = None
    ) -> Iterator[tuple[Any, ...]]:
        """Read rows as they come; the whole answer is never held.

        Parameters
        ----------
        limit_s
            Longest time, in seconds; ``neo4j.timeout_s`` when not given, 0 for none.

        Raises
        ------
        UnavailableError
            It took longer, or the server went away.
        """
        import neo4j  # noqa: PLC0415 - an extra

        query = neo4j.Query(statement, timeout=self.settings.timeout_s if limit_s is None else limit_s)
        with (
            _told(self._access, _SLOW_READ),
            self._driver.session(database=self._access.database, default_access_mode="READ", fetch_size=20_000) as session,
        ):
            for record in session.run(query, dict(parameters or {})):
                yield tuple(record.values())

    def value(self, statement: str, parameters: Mapping[str, object] | None = None) -> Any:
        """Read a single value; None when there is no row."""
        return next((row[0] for row in self.read(statement, parameters)), None)

    def rows(
        self, statement: str, parameters: Mapping[str, object] | None = None, *, limit_s: float | None = None
    ) -> Sequence[tuple[Any, ...]]:
        """Read all rows; see :meth:`read`."""
        return list(self.read(statement, parameters, limit_s=limit_s))


@contextmanager
def _told(access: Access, slow: str = _SLOW_WRITE) -> Iterator[None]:
    """Turn what the driver raises into our errors, with what to do about it."""
    from neo4j import exceptions as wrong  # noqa: PLC0415 - an extra

    place = _shown(access.uri)
    try:
        yield
    except GraphwatchError:
        raise
    except wrong.AuthError as error:
        raise ConfigurationError(f"{place} does not let {access.user!r} in: {error.message or error}; see {PASSWORD_VARIABLE}") from error
    except wrong.Neo4jError as error:
        raise _meaning(error.code or "", error.message or str(error), access, slow) from error
    except (wrong.ConfigurationError, ValueError) as error:
        raise ConfigurationError(f"{place}: {_shown(str(error))}") from error
    except (wrong.DriverError, OSError) as error:
        raise UnavailableError(f"{place} cannot be reached: {_shown(str(error))}") from error


def _meaning(code: str, message: str, access: Access, slow: str) -> GraphwatchError:
    place = _shown(access.uri)
    if _DOUBLE in code:
        return ChangedError(f"{place} holds nodes that its checkpoints do not tell of: {message}; sync sets it right")
    if "DatabaseNotFound" in code:
        return ConfigurationError(f"{place} has no database {access.database!r}")
    if any(word in code for word in _READ_ONLY):
        return ConfigurationError(f"{access.user!r} may not write to {access.database!r} at {place}: {message}")
    if "TransactionTimedOut" in code:
        return UnavailableError(f"{place} took too long: {message} {slow}")
    if any(word in code or word in message for word in _FULL):
        return UnavailableError(f"{place} has no room or is not in order: {message}; what was written stays, the same command goes on")
    return UnavailableError(f"{place}: {code}: {message}")
