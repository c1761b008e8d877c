"""The result folder is complete or absent, whatever stops the run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from graphwatch.errors import OutputError
from graphwatch.folder import check_folder, whole_folder

DIES = """
import os, signal, sys
from pathlib import Path
from graphwatch import folder
if sys.argv[2] == "swap":
    real = folder.Path.rename
    def rename(self, target):
        moved = real(self, target)
        os.kill(os.getpid(), signal.SIGKILL)
        return moved
    folder.Path.rename = rename
with folder.whole_folder(Path(sys.argv[1]), "mark") as fresh:
    (fresh / "mark").write_text("new")
    if sys.argv[2] == "write":
        os.kill(os.getpid(), signal.SIGKILL)
"""


def write(out: Path, text: str) -> None:
    with whole_folder(out, "mark") as fresh:
        (fresh / "mark").write_text(text)


def die(out: Path, when: str) -> None:
    done = subprocess.run([sys.executable, "-c", DIES, str(out), when], check=False)  # noqa: S603
    assert done.returncode == -signal.SIGKILL


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_is_made_and_replaced_as_a_whole(tmp_path: Path) -> None:
    out = tmp_path / "a b" / "out"
    write(out, "one")
    (out / "stale").touch()
    write(out, "two")
    assert names(out) == ["mark"]
    assert names(out.parent) == ["out"]
    assert (out / "mark").read_text() == "two"


def test_an_error_leaves_the_earlier_folder(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, "one")
    with pytest.raises(OutputError, match="cannot be written: No space"), whole_folder(out, "mark"):
        raise OSError(28, "No space left on device")
    with pytest.raises(OutputError, match="odd"), whole_folder(out, "mark"):
        raise OSError("odd")
    with pytest.raises(ValueError, match="inside"), whole_folder(out, "mark"):
        raise ValueError("inside")
    assert (out / "mark").read_text() == "one"
    assert names(tmp_path) == ["out"]


def test_what_a_killed_run_leaves_is_hidden_and_goes_with_the_next(tmp_path: Path) -> None:
    out = tmp_path / "out"
    die(out, "write")
    assert not out.exists()
    assert [name[0] for name in names(tmp_path)] == ["."]
    write(out, "next")
    assert names(tmp_path) == ["out"]


def test_a_run_killed_while_it_replaces_does_not_lose_the_earlier_result(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, "one")
    die(out, "swap")
    assert not out.exists()
    with pytest.raises(ValueError, match="inside"), whole_folder(out, "mark"):
        raise ValueError("inside")
    assert (out / "mark").read_text() == "one"
    assert names(tmp_path) == ["out"]


def test_a_run_at_the_same_time_is_left_alone(tmp_path: Path) -> None:
    out, other = tmp_path / "out", tmp_path / ".out.not-ours"
    other.mkdir()
    with whole_folder(out, "mark") as first:
        (first / "mark").write_text("first")
        write(out, "second")
        assert first.is_dir()
    assert (out / "mark").read_text() == "first"
    assert names(tmp_path) == [".out.not-ours", "out"]


def test_a_link_is_followed(tmp_path: Path) -> None:
    out, link = tmp_path / "out", tmp_path / "link"
    write(out, "one")
    link.symlink_to(out)
    write(link, "two")
    assert link.is_symlink()
    assert (out / "mark").read_text() == "two"
    assert names(tmp_path) == ["link", "out"]


def test_other_places_are_refused_before_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, full = tmp_path / "file", tmp_path / "full"
    file.touch()
    full.mkdir()
    (full / "thesis.txt").touch()
    monkeypatch.chdir(tmp_path)
    for out, reason in ((file, "is a file"), (file / "sub", "is a file"), (full, "is not empty"), (Path("new/../full"), "is not empty")):
        with pytest.raises(OutputError, match=reason):
            check_folder(out, "mark")
    monkeypatch.chdir(full)
    (full / "thesis.txt").rename(full / "mark")
    with pytest.raises(OutputError, match="working folder"):
        check_folder(Path(), "mark")
    assert check_folder(Path("new"), "mark") == full / "new"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_place_without_permission_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with pytest.raises(OutputError, match="not writable"):
        check_folder(tmp_path / "out", "mark")
    tmp_path.chmod(0o755)
