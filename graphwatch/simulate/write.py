"""Write a world to a folder: Parquet tables and the truth, complete or absent."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Final

import orjson

from graphwatch.errors import OutputError, Place
from graphwatch.schema import INPUTS
from graphwatch.simulate.world import World

TRUTH: Final = "truth"
MARKER: Final = "world.json"
TRUTH_FILES: Final = {"truth_pileons": "pileons", "truth_roles": "roles", "truth_agencies": "agencies"}
_ROW_GROUP: Final = 500_000


def write_world(world: World, directory: str | Path) -> Path:
    """Write ``<table>.parquet`` for each input table, ``truth/*.parquet`` and ``truth/world.json``.

    Parameters
    ----------
    directory
        A folder that does not exist, is empty, or holds an earlier world, which is replaced as a whole.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    OutputError
        The folder holds something else or cannot be written; nothing is left half-written.

    Examples
    --------
    >>> from graphwatch.simulate import simulate_world
    >>> with tempfile.TemporaryDirectory() as place:
    ...     folder = write_world(simulate_world(1_000, seed=1, days=7, scenarios={}), Path(place) / "world")
    ...     sorted(path.name for path in (folder / "truth").iterdir())
    ['agencies.parquet', 'pileons.parquet', 'roles.parquet', 'world.json']
    """
    out = Path(directory)
    if out.exists() and not out.is_dir():
        raise OutputError("is a file; expected a folder for the world", Place(out))
    if out.is_dir() and any(out.iterdir()) and not (out / TRUTH / MARKER).is_file():
        raise OutputError("is not empty and holds no earlier world; choose another folder", Place(out))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror}", Place(out)) from error
    try:
        _fill(world, fresh)
        _put_in_place(fresh, out)
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror}", Place(out)) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return out


def _fill(world: World, folder: Path) -> None:
    truth = folder / TRUTH
    truth.mkdir()
    for name in INPUTS:
        getattr(world, name).write_parquet(folder / f"{name}.parquet", row_group_size=_ROW_GROUP)
    for attribute, name in TRUTH_FILES.items():
        getattr(world, attribute).write_parquet(truth / f"{name}.parquet")
    (truth / MARKER).write_bytes(orjson.dumps(world.parameters, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")


def _put_in_place(fresh: Path, out: Path) -> None:
    fresh.chmod(0o755)
    if not out.exists():
        fresh.rename(out)
        return
    old = fresh.with_name(fresh.name + ".old")
    out.rename(old)
    try:
        fresh.rename(out)
    except OSError:
        old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)
