"""The kernels compile wherever the package lies and whatever home the user has."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import pytest

from graphwatch import compiled


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make everything but the temporary folder read-only."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    may_write = compiled._may_write
    monkeypatch.setattr(compiled, "_may_write", lambda folder: folder.is_relative_to(temporary) and may_write(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setenv(compiled.VARIABLE, "")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    return temporary


def test_a_private_folder_is_made_and_found_again(nowhere: Path) -> None:
    folder = compiled.provide_cache()
    assert folder is not None
    assert folder.parent == nowhere
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert os.environ[compiled.VARIABLE] == str(folder)
    os.environ[compiled.VARIABLE] = ""
    assert compiled.provide_cache() == folder


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize("trap", ["open", "link", "file"])
def test_a_folder_that_others_could_write_is_not_used(tmp_path: Path, trap: str) -> None:
    """Its files are unpickled and run."""
    folder = compiled.provide_cache()
    assert folder is not None
    if trap == "open":
        folder.chmod(0o777)
    else:
        folder.rmdir()
    if trap == "link":
        (tmp_path / "theirs").mkdir(mode=0o700)
        folder.symlink_to(tmp_path / "theirs")
    if trap == "file":
        folder.touch()
    os.environ[compiled.VARIABLE] = ""
    other = compiled.provide_cache()
    assert other is not None
    assert other != folder
    assert stat.S_IMODE(other.stat().st_mode) == 0o700


def test_nothing_is_done_where_numba_finds_a_place(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(nowhere / "cache"))
    assert compiled.provide_cache() is None
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv(compiled.VARIABLE, str(nowhere))
    assert compiled.provide_cache() is None
    assert [path.name for path in nowhere.iterdir()] == ["cache"]


def test_a_folder_can_be_written_when_a_file_can_be_made(tmp_path: Path) -> None:
    assert compiled._may_write(tmp_path / "new" / "er")
    (tmp_path / "file").touch()
    assert not compiled._may_write(tmp_path / "file" / "sub")
    assert not compiled._may_write(Path("/proc/nothing"))
