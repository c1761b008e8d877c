"""Write a world to a folder: Parquet tables and the truth, complete or absent."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import orjson

from graphwatch.folder import whole_folder
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
    >>> import tempfile
    >>> from graphwatch.simulate import simulate_world
    >>> with tempfile.TemporaryDirectory() as place:
    ...     folder = write_world(simulate_world(1_000, seed=1, days=7, scenarios={}), Path(place) / "world")
    ...     sorted(path.name for path in (folder / "truth").iterdir())
    ['agencies.parquet', 'pileons.parquet', 'roles.parquet', 'world.json']
    """
    out = Path(directory)
    with whole_folder(out, f"{TRUTH}/{MARKER}") as fresh:
        _fill(world, fresh)
    return out


def _fill(world: World, folder: Path) -> None:
    truth = folder / TRUTH
    truth.mkdir()
    for name in INPUTS:
        if not hasattr(world, name):  # no simulated person has two accounts, no company a weak link
            continue
        getattr(world, name).write_parquet(folder / f"{name}.parquet", row_group_size=_ROW_GROUP)
    for attribute, name in TRUTH_FILES.items():
        getattr(world, attribute).write_parquet(truth / f"{name}.parquet")
    (truth / MARKER).write_bytes(orjson.dumps(world.parameters, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
