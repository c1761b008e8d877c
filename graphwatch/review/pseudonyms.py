"""Keyed pseudonyms: stand-ins for account ids in everything that leaves the machine.

An account id can be guessed, so a plain hash of it hides nothing: whoever holds a list of accounts can hash it. A keyed hash can be
undone only by who holds the key. The same key gives the same pseudonyms over months, so that reports stay comparable.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

import polars as pl

from graphwatch.errors import ConfigurationError, Place

KEY_VARIABLE: Final = "GRAPHWATCH_PSEUDONYM_KEY"
KEY_FILE: Final = Path("graphwatch") / "pseudonym.key"
_SHORTEST: Final = 16
_PREFIX: Final = {"account": "acc-", "interaction": "act-"}
Kind = Literal["account", "interaction"]


class Pseudonyms:
    """Give pseudonyms by keyed BLAKE2b (RFC 7693).

    Parameters
    ----------
    key
        Secret of at least 16 bytes.
    length
        Characters of a pseudonym after its prefix, 5 bits each. The default, 12, makes two of a million accounts collide in
        one of two million cases.
    warning
        Why the pseudonyms may not be the same next time, in words; None: they will.

    Raises
    ------
    ConfigurationError
        The key is too short to withstand guessing. The message never holds it.

    Examples
    --------
    >>> names = Pseudonyms(b"only an example key")
    >>> names.of("weibo:123")
    'acc-royeovdjrgyk'
    >>> names.series(pl.Series(["b", None, "b"])).n_unique()
    2
    """

    __slots__ = ("_key", "_length", "_named", "warning")

    def __init__(self, key: bytes, *, length: int = 12, warning: str | None = None) -> None:
        if len(key) < _SHORTEST:
            raise ConfigurationError(f"the pseudonym key has {len(key)} bytes; expected at least {_SHORTEST}")
        self._key = hashlib.blake2b(key, digest_size=32, person=b"graphwatch key").digest()
        self._length = length
        self._named: frozenset[str] = frozenset()
        self.warning = warning

    def __repr__(self) -> str:
        return f"Pseudonyms(key_id={self.key_id!r})"

    def __reduce__(self) -> str:
        raise TypeError("pseudonyms are not pickled, since they hold a secret key")

    @property
    def key_id(self) -> str:
        """Tell whether two reports used the same key, without telling the key."""
        return self._digest("key id", "")[:8]

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> Pseudonyms:
        """Take the key from the environment, else from the user's key file, which is made if need be, else a fresh one in memory.

        Parameters
        ----------
        environ
            Environment; the process's when not given. Read are ``GRAPHWATCH_PSEUDONYM_KEY``, ``XDG_CONFIG_HOME`` and ``HOME``.

        Raises
        ------
        ConfigurationError
            The key in the environment is too short, or the key file is damaged.
        """
        env = os.environ if environ is None else environ
        given = env.get(KEY_VARIABLE, "")
        if given:
            return cls(given.encode("utf-8", "surrogateescape"))
        folder = env.get("XDG_CONFIG_HOME") or (str(Path(env["HOME"]) / ".config") if env.get("HOME") else "")
        reason = "there is no home folder"
        if folder:
            path = Path(folder) / KEY_FILE
            try:
                return cls(_stored_key(path), warning=_readable_by_others(path))
            except OSError as error:
                reason = f"the key file {path} cannot be used ({error.strerror})"
        return cls(secrets.token_bytes(32), warning=f"{reason}: pseudonyms of this run differ from those of other runs; set {KEY_VARIABLE}")

    def but(self, named: frozenset[str]) -> Pseudonyms:
        """Give the same pseudonyms, but these accounts as their ids: those that a review allows to name.

        Examples
        --------
        >>> names = Pseudonyms(b"only an example key").but(frozenset({"b"}))
        >>> names.of("b"), names.of("b", "interaction")[:4], names.of("a")[:4]
        ('b', 'act-', 'acc-')
        """
        other = object.__new__(Pseudonyms)
        other._key, other._length, other._named, other.warning = self._key, self._length, named, self.warning
        return other

    def of(self, identifier: str, kind: Kind = "account") -> str:
        """Give the pseudonym of one id; the same id as account and as interaction gets unrelated ones."""
        if kind == "account" and identifier in self._named:
            return identifier
        return _PREFIX[kind] + self._digest(kind, identifier)[: self._length]

    def series(self, identifiers: pl.Series, kind: Kind = "account") -> pl.Series:
        """Give the pseudonyms of many ids; null stays null.

        Ids of the series whose pseudonyms collide get longer ones, so that no two accounts of one table are ever taken for one.
        """
        distinct = identifiers.drop_nulls().unique().sort()
        short = [self.of(identifier, kind) for identifier in distinct.to_list()]
        names = pl.DataFrame({"id": distinct, "name": pl.Series(short, dtype=pl.String)})
        if names["name"].n_unique() < len(names):
            clash = set(names.filter(pl.col("name").is_duplicated())["id"].to_list())
            full = [_PREFIX[kind] + self._digest(kind, i) if i in clash else s for i, s in zip(distinct.to_list(), short, strict=True)]
            names = names.with_columns(name=pl.Series(full, dtype=pl.String))
        left = pl.DataFrame({"id": identifiers.cast(pl.String)})
        return left.join(names, on="id", how="left", maintain_order="left")["name"].alias(identifiers.name)

    def _digest(self, kind: str, identifier: str) -> str:
        data = identifier.encode("utf-8", "surrogatepass")
        digest = hashlib.blake2b(data, key=self._key, digest_size=20, person=kind.encode()).digest()
        return base64.b32encode(digest).decode("ascii").lower()


def _stored_key(path: Path) -> bytes:
    if not path.exists():
        _create(path)
    try:
        key = binascii.unhexlify(path.read_bytes().strip())
    except binascii.Error as error:
        raise ConfigurationError("is damaged: expected a key in hexadecimal digits", Place(path)) from error
    if len(key) < _SHORTEST:
        raise ConfigurationError(f"is damaged: expected a key of at least {_SHORTEST} bytes", Place(path))
    return key


def _create(path: Path) -> None:
    """Write a fresh key, whole or not at all; of two processes at once the first wins and both use its key."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".pseudonym-")  # made with mode 600
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_hex(32).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)  # unlike a rename, never takes the place of a key that is there
        except FileExistsError:
            return
    finally:
        fresh.unlink()


def _readable_by_others(path: Path) -> str | None:
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return f"the key file {path} can be read by others; run chmod 600 on it"
    return None
