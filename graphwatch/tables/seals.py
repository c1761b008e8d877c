"""Digests of what a case consists of, taken when it is written, so that a bit that flips later is found."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from graphwatch.errors import DataError, Place

SEALS_FILE: Final = "digests.ndjson"


@dataclass(frozen=True, slots=True)
class Seals:
    """What is known of the data files and the logs.

    Attributes
    ----------
    digests
        Path within the case folder → SHA-256 in hexadecimal digits.
    damaged
        Lines of the list that cannot be read.
    """

    digests: dict[str, str]
    damaged: int


def digest_of(path: Path) -> str:
    """Give the SHA-256 of a file."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def sealed(content: Mapping[str, object]) -> bytes:
    """Give a JSON object as the bytes of a file, with a digest of its content in it."""
    return orjson.dumps({**content, "sha256": _digest(content)}, option=orjson.OPT_INDENT_2)


def unseal(held: Mapping[str, object], path: Path) -> dict[str, object]:
    """Give the content of such an object.

    Raises
    ------
    DataError
        It changed since it was written.

    Examples
    --------
    >>> unseal(orjson.loads(sealed({"format": 1})), Path("state.json"))
    {'format': 1}
    """
    content = {name: value for name, value in held.items() if name != "sha256"}
    if held.get("sha256") != _digest(content):
        raise DataError("is damaged: it changed since it was written (SHA-256 differs); put it back from a backup", Place(path))
    return content


def _digest(content: Mapping[str, object]) -> str:
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def seal(root: Path, paths: Iterable[Path]) -> None:
    """Keep the digests of data files, and of entries of logs, that are complete; the lock of the case must be held.

    A process that is killed leaves digests of files that never became part of the case, and perhaps half a line: both do no harm.
    """
    lines = [orjson.dumps({"path": path.relative_to(root).as_posix(), "sha256": digest_of(path)}) + b"\n" for path in paths]
    if not lines:
        return
    handle = os.open(root / SEALS_FILE, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
    with os.fdopen(handle, "r+b") as file:
        end = file.seek(0, os.SEEK_END)
        if end:
            file.seek(end - 1)
            if file.read(1) != b"\n":
                lines.insert(0, b"\n")
        file.write(b"".join(lines))
        file.flush()
        os.fsync(file.fileno())


def read_seals(root: Path) -> Seals:
    """Read all digests."""
    path = root / SEALS_FILE
    digests: dict[str, str] = {}
    damaged = 0
    for line in path.read_bytes().splitlines() if path.exists() else []:
        try:
            held = orjson.loads(line)
            digests[str(held["path"])] = str(held["sha256"])
        except (orjson.JSONDecodeError, KeyError, TypeError):
            damaged += bool(line.strip())
    return Seals(digests, damaged)
