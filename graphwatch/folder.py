"""A folder of results that is complete or absent, never half-written."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from graphwatch.errors import OutputError, Place

_SUFFIX: Final = ".part"
_CASE_FILES: Final = ("case.json", "state.json")


def is_case(folder: Path) -> bool:
    """Say whether a folder is a case."""
    return all((folder / name).is_file() for name in _CASE_FILES)


def refuse_in_case(out: Path) -> None:
    """Refuse a place inside of a case folder, where only the case itself may write.

    Raises
    ------
    OutputError
        It is, or lies in, a case folder.
    """
    place = out.resolve()
    case = next((folder for folder in (place, *place.parents) if is_case(folder)), None)
    if case is not None:
        where = "is a case folder" if case == place else f"lies in the case folder {case}"
        raise OutputError(f"{where}; choose a place outside of it", Place(out))


def check_folder(out: Path, marker: str) -> Path:
    """Say whether results may be written to ``out``, before any work is done for them.

    Parameters
    ----------
    out
        The folder to make. One that graphwatch wrote before (it holds ``marker``) or an empty one may be replaced.
    marker
        File that tells a folder of ours.

    Returns
    -------
    pathlib.Path
        The folder, absolute and without links.

    Raises
    ------
    OutputError
        ``out`` is something else, lies in a case folder or holds one, or the place cannot be written.
    """
    place = out.resolve()
    try:
        refuse_in_case(out)
        if place.is_dir() and (case := next((p.parent for p in sorted(place.rglob(_CASE_FILES[0])) if is_case(p.parent)), None)):
            raise OutputError(f"holds the case folder {case}, which would be lost; choose another folder", Place(out))
        if place.exists() and not place.is_dir():
            raise OutputError("is a file; expected a folder to write into", Place(out))
        if place.is_dir() and any(place.iterdir()) and not (place / marker).is_file():
            raise OutputError(f"is not empty and holds no {marker} of an earlier run; choose another folder", Place(out))
        above = next(folder for folder in (*place.parents, place) if folder.exists())
        if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
            raise OutputError(f"cannot be written: {above} is {'not writable' if above.is_dir() else 'a file'}", Place(out))
        if Path.cwd().is_relative_to(place):
            raise OutputError("is the working folder, which cannot be replaced; choose a folder in it", Place(out))
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror or error}", Place(out)) from error
    return place


@contextmanager
def whole_folder(out: Path, marker: str) -> Iterator[Path]:
    """Give an empty folder to write into, which takes the place of ``out`` only when all went well.

    It lies beside ``out``, hidden and locked. One that a killed process left there is removed by the next run.

    Parameters
    ----------
    out, marker
        See :func:`check_folder`.

    Raises
    ------
    OutputError
        ``out`` is something else, or the place cannot be written.
    """
    place = check_folder(out, marker)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        _sweep(place)
        work, lock = _open_work(place)
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror or error}", Place(out)) from error
    try:
        fresh = work / "new"
        fresh.mkdir()
        yield fresh
        _swap(fresh, place, work / "old")
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror or error}", Place(out)) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
        os.close(lock)


def _swap(fresh: Path, place: Path, old: Path) -> None:
    if not place.exists():
        fresh.rename(place)
        return
    place.rename(old)
    try:
        fresh.rename(place)
    except OSError:
        old.rename(place)
        raise


def _open_work(place: Path) -> tuple[Path, int]:
    """Make the hidden folder and lock it; the kernel takes the lock away when the process dies, however it dies."""
    while True:
        work = Path(tempfile.mkdtemp(prefix=f".{place.name}.", suffix=_SUFFIX, dir=place.parent))
        with suppress(FileNotFoundError):  # another run swept it before it was locked
            lock = os.open(work, os.O_RDONLY)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if work.exists():
                return work, lock
            os.close(lock)


def _sweep(place: Path) -> None:
    """Remove what killed runs left; give back the earlier result if one died while it took its place."""
    start = f".{place.name}."
    for work in sorted(place.parent.iterdir()):
        if not (work.name.startswith(start) and work.name.endswith(_SUFFIX) and work.is_dir()) or work.is_symlink():
            continue
        with suppress(OSError):  # in use, or gone meanwhile
            lock = os.open(work, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if not place.exists() and (work / "old").is_dir():
                    (work / "old").rename(place)
                shutil.rmtree(work, ignore_errors=True)
            finally:
                os.close(lock)
