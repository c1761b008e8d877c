"""Writers of small files, and the place of the real samples."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Write = Callable[..., Path]


@pytest.fixture
def lines(tmp_path: Path) -> Write:
    """Write records as JSON lines; a text or bytes is written as it is."""

    def write(records: Iterable[Mapping[str, object] | str | bytes], name: str = "data.jsonl") -> Path:
        path = tmp_path / name
        with path.open("wb") as out:
            for record in records:
                raw = record if isinstance(record, (str, bytes)) else json.dumps(record, ensure_ascii=False)
                out.write((raw.encode() if isinstance(raw, str) else raw) + b"\n")
        return path

    return write


@pytest.fixture
def samples() -> Path:
    """Folder of the real samples; skips when it is not there."""
    folder = Path(os.environ.get("GRAPHWATCH_DATA", ROOT.parent / "shared" / "data")) / "samples"
    if not folder.is_dir():
        pytest.skip(f"real data not found in {folder}; set GRAPHWATCH_DATA")
    return folder
