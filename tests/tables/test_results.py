"""Results kept in a case."""

from __future__ import annotations

import polars as pl
import pytest

from graphwatch.errors import ConfigurationError
from graphwatch.schema import RESULTS
from graphwatch.tables import Case
from graphwatch.tables.results import run_id_of
from tests.tables.acts import WriteRows, acts


def frames(marker: str) -> dict[str, pl.DataFrame]:
    rows = pl.DataFrame({"pileon_id": [f"{marker}2", f"{marker}1"], "target_id": ["t", "t"], "surfaces": [["feed"], []]})
    return {name: table.conform(rows) if name == "pileons" else table.empty() for name, table in RESULTS.items()}


def test_results_come_back_as_they_were(case: Case) -> None:
    assert case.write_results("r1", frames("a"), {"version": 0, "settings_digest": "s", "window": {"since": None}})
    assert case.write_results("r2", frames("b"), {"version": 0})
    back = case.results("r1")
    assert set(back) == set(RESULTS)
    assert all(back[name].equals(frame) for name, frame in frames("a").items())
    assert case.runs()["run_id"].to_list() == ["r1", "r2"]
    assert case.data_version == 0


def test_a_run_is_kept_once(case: Case) -> None:
    case.write_results("r1", frames("a"), {})
    state = (case.root / "state.json").read_bytes()
    assert not case.write_results("r1", frames("a"), {})
    assert (case.root / "state.json").read_bytes() == state


def test_an_unknown_run(case: Case) -> None:
    with pytest.raises(ConfigurationError, match="no run 'r9'"):
        case.results("r9")


def test_a_run_is_named_by_what_it_follows_from(case: Case, write: WriteRows) -> None:
    window = {"since": None, "until": None, "target": None}
    names = {run_id_of(case, window, "s"), run_id_of(case, window | {"target": "t"}, "s"), run_id_of(case, window, "other")}
    case.load(write(acts(10), "a"))
    loaded = run_id_of(case, window, "s")
    names.add(loaded)
    assert len(names) == 4
    case.write_results(loaded, frames("a"), {})
    assert run_id_of(case, window, "s") == loaded
    case.load(write(acts(10), "same rows as another file").rename(case.root.parent / "b.parquet"))
    assert run_id_of(case, window, "s") == loaded
    assert run_id_of(case.at(1), window, "s") == loaded
