"""An open case folder: what it is called, which versions it has, and which of them is looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import orjson

from graphwatch.errors import ConfigurationError, DataError, Place
from graphwatch.load.sources import PathInput
from graphwatch.tables.layout import CASE_FILE, FORMAT, SALT_FILE
from graphwatch.tables.manifest import State, read_state
from graphwatch.tables.seals import digest_of, unseal


class OpenCase:
    """What every function on a case needs of it; :class:`graphwatch.tables.Case` puts the functions on top.

    Parameters
    ----------
    path
        The folder.

    Raises
    ------
    ConfigurationError
        It is no case, or one that a newer graphwatch made.
    """

    def __init__(self, path: PathInput) -> None:
        self.root = Path(path).resolve()
        about = _read_about(self.root, Path(path))
        self.id: str = about["id"]
        self.name: str = about["name"]
        self.created: str = about["created"]
        self.seed: int = int(about["hash_seed"])
        self.salt_digest: str = about["salt_sha256"]
        self._at: int | None = None

    def __repr__(self) -> str:
        """Give folder and version."""
        return f"{type(self).__name__}({str(self.root)!r}, version={self.version})"

    @property
    def state(self) -> State:
        """All versions, read anew."""
        return read_state(self.root)

    @property
    def version(self) -> int:
        """The version that this object reads: the newest one, or the one given to :meth:`at`."""
        return self.state.version if self._at is None else self._at

    @property
    def data_version(self) -> int:
        """The newest version, up to :attr:`version`, that changed what a run can see; runs and compaction do not."""
        return self.state.data_version(self._at)

    @property
    def read_only(self) -> bool:
        """Whether this object looks at a fixed version."""
        return self._at is not None

    @property
    def salt(self) -> bytes:
        """The case's secret, for digests that nobody outside can guess back."""
        path = self.root / SALT_FILE
        if not path.exists() or digest_of(path) != self.salt_digest:
            raise DataError("is missing or changed, so forgotten accounts would come back; put it back from a backup", Place(path))
        return path.read_bytes()

    def tables(self) -> dict[str, int]:
        """Give the Delta version of each table as of :attr:`version`."""
        return self.state.tables(self._at)

    def at(self, version: int) -> Self:
        """Give the case as it was at a version, to be read only.

        Raises
        ------
        ConfigurationError
            There is no such version.
        """
        state = self.state
        if not 0 <= version <= state.version:
            raise ConfigurationError(f"there is no version {version}; the newest is {state.version}", Place(self.root))
        if state.entries[version].gone:
            raise ConfigurationError(f"version {version} cannot be read any more: {state.why_gone(version)}", Place(self.root))
        other = type(self)(self.root)
        other._at = version
        return other

    def require_writable(self) -> None:
        """Refuse to change a case that is looked at as it was.

        Raises
        ------
        ConfigurationError
            This object was made by :meth:`at`.
        """
        if self.read_only:
            raise ConfigurationError(f"version {self._at} is read only; open the case without a version to change it", Place(self.root))


def _read_about(root: Path, given: Path) -> dict[str, str]:
    path = root / CASE_FILE
    try:
        about: dict[str, str] = orjson.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ConfigurationError("is no case: it holds no case.json; 'graphwatch init' makes one", Place(given)) from error
    except OSError as error:
        raise ConfigurationError(f"cannot be read: {error.strerror}", Place(path)) from error
    except orjson.JSONDecodeError as error:
        raise DataError(f"is damaged: {error}; put it back from a backup", Place(path)) from error
    if not isinstance(about, dict) or not {"format", "id", "name", "created", "hash_seed", "salt_sha256"} <= set(about):
        raise ConfigurationError("is no case file of graphwatch", Place(path))
    if int(about["format"]) > FORMAT:
        raise ConfigurationError(f"was made by a newer graphwatch (format {about['format']}; this one knows {FORMAT})", Place(path))
    unseal(about, path)
    return about
