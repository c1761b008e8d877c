"""Where the compiled kernels are kept when neither the package's folder nor the user's cache can be written."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from pathlib import Path
from typing import Final

VARIABLE: Final = "NUMBA_CACHE_DIR"


def provide_cache() -> Path | None:
    """Give numba a folder of this user in the temporary one, where it would otherwise refuse to import the kernels.

    That is so for a package installed by another user with a home that is read-only or absent, as in containers. What lies in the
    folder is run as code, so one that anybody else could have written is not used.

    Returns
    -------
    pathlib.Path or None
        The folder; None when numba finds one by itself.
    """
    if os.environ.get(VARIABLE) or _may_write(Path(__file__).parent / "__pycache__") or _may_write(_user_cache()):
        return None
    folder = Path(tempfile.gettempdir()) / f"graphwatch-kernels-{os.geteuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
    except OSError:
        ours = False
    if not ours:
        folder = Path(tempfile.mkdtemp(prefix="graphwatch-kernels-"))
    os.environ[VARIABLE] = str(folder)
    config = sys.modules.get("numba.core.config")
    if config is not None:  # it has read the environment already
        vars(config)["CACHE_DIR"] = str(folder)
    return folder


def _user_cache() -> Path:
    if sys.platform == "darwin":
        return Path("~/Library/Caches").expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()


def _may_write(folder: Path) -> bool:
    """Say whether files can be made in a folder, by making one: permissions alone do not tell."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
