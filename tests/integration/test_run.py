"""The main job through the command line: tables, exit codes, a second run, output that is complete or absent."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import networkx
import polars as pl
import pytest

from graphwatch.schema import RESULTS

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if path.name != "summary.json"}


def test_every_table_is_there_as_declared(result: Path) -> None:
    for name, table in RESULTS.items():
        frame = pl.read_parquet(result / f"{name}.parquet")
        assert frame.schema == pl.Schema(table.dtypes), name
        assert not frame.select(table.key).is_duplicated().any(), name
        assert (result / f"{name}.csv").is_file()
    summary = json.loads((result / "summary.json").read_text(encoding="utf-8"))
    assert summary["tables"]["pileons"] == len(pl.read_parquet(result / "pileons.parquet")) > 0
    assert summary["settings_digest"]
    assert (result / "rejected.ndjson").read_bytes() == b""


def test_members_belong_to_pileons_and_rest_on_evidence(result: Path, world: Path) -> None:
    pileons = pl.read_parquet(result / "pileons.parquet")
    members = pl.read_parquet(result / "members.parquet")
    known = pl.read_parquet(world / "interactions.parquet")["interaction_id"]
    assert set(members["pileon_id"]) == set(pileons["pileon_id"])
    assert members.filter(pl.col("role").is_null()).is_empty()
    assert members.select(pl.col("credit").is_between(pl.col("credit_low") - 1e-9, 1).all()).item()
    evidence = members["evidence"].explode().drop_nulls()
    assert len(evidence)
    assert evidence.is_in(known.implode()).all()


def test_the_attacks_are_found_and_no_hard_negative_is_called_attack(graphwatch: Command, result: Path, world: Path) -> None:
    done = graphwatch("evaluate", result, "--truth", world, "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures


def test_the_report_opens_offline(result: Path) -> None:
    html = (result / "report.html").read_text(encoding="utf-8")
    assert "<script" not in html
    outside = re.findall(r"""(?:src|href)\s*=\s*["'](?!#|data:)([^"']+)""", html)
    assert outside == []
    ids = pl.read_parquet(result / "members.parquet")["actor_id"].unique()
    assert [name for name in ids if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", html)] == []


def test_a_second_run_changes_nothing(graphwatch: Command, result: Path, world: Path, side_tables: list[str]) -> None:
    before = digests(result)
    again = world.parent / "again"
    for _ in range(2):
        done = graphwatch("run", world / "interactions.parquet", "--out", again, "--csv", *side_tables, PYTHONHASHSEED="77")
        assert done.returncode == 0, done.stderr
    assert digests(again) == before
    assert sorted(path.name for path in world.parent.iterdir()) == ["again", "result", "world"]


def test_row_order_and_threads_change_nothing(
    graphwatch: Command, result: Path, world: Path, side_tables: list[str], tmp_path: Path
) -> None:
    shuffled = tmp_path / "shuffled.parquet"
    pl.read_parquet(world / "interactions.parquet").sample(fraction=1, shuffle=True, seed=5).write_parquet(shuffled)
    out = tmp_path / "out"
    done = graphwatch("run", shuffled, "--out", out, "--csv", *side_tables, POLARS_MAX_THREADS="1", PYTHONHASHSEED="5")
    assert done.returncode == 0, done.stderr
    assert digests(out) == digests(result)


def test_exit_code_speaks_of_alerts_only_when_asked(graphwatch: Command, world: Path, tmp_path: Path) -> None:
    words = ("run", world / "interactions.parquet", "--out", tmp_path / "out", "--level", "watch")
    assert graphwatch(*words).returncode == 0
    assert graphwatch(*words, "--exit-code").returncode == 10


def test_a_folder_of_somebody_else_is_refused(graphwatch: Command, world: Path, tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine", encoding="utf-8")
    done = graphwatch("run", world / "interactions.parquet", "--out", tmp_path)
    assert done.returncode == 78
    assert "not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["precious.txt"]


BAD = {
    "empty.csv": (b"", 65),
    "missing.csv": (b"interaction_id,at\n1,2026-01-01T00:00:00Z\n", 65),
    "zip.parquet": (b"PK\x03\x04" + b"\0" * 40, 65),
    "noise.bin": (bytes(range(256)) * 4, 65),
    "cut.parquet": (b"PAR1" + b"\0" * 100, 65),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_errors_that_name_the_file_and_leave_nothing(graphwatch: Command, tmp_path: Path, name: str) -> None:
    content, code = BAD[name]
    (tmp_path / name).write_bytes(content)
    done = graphwatch("run", tmp_path / name, "--out", tmp_path / "out")
    assert done.returncode == code, done.stderr
    assert name in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_no_input_file_is_a_clear_error(graphwatch: Command, tmp_path: Path) -> None:
    done = graphwatch("run", tmp_path / "absent.csv", "--out", tmp_path / "out")
    assert done.returncode in (2, 65)
    assert "absent.csv" in done.stderr


def test_usage_errors(graphwatch: Command) -> None:
    assert graphwatch("run").returncode == 2
    assert graphwatch("run", "x", "--nope").returncode == 2
    assert graphwatch("settings", "--set", "detect.fdr=7").returncode == 78


def test_bad_rows_are_set_aside_and_counted(graphwatch: Command, tmp_path: Path) -> None:
    rows = [f"i{k},2026-01-01T00:{k % 60:02d}:00Z,u{k},reply" for k in range(100)]
    rows[10] = "i10,not a time,u10,reply"
    rows[20] = "i20,2026-01-01T00:00:00Z,u20,shouting"
    rows[30] = "i30,2026-01-01T00:00:00Z,,reply"
    (tmp_path / "rows.csv").write_text("interaction_id,at,actor_id,kind\n" + "\n".join(rows) + "\n", encoding="utf-8")
    done = graphwatch("run", tmp_path / "rows.csv", "--out", tmp_path / "out", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rejected"] == 3
    rejected = pl.read_ndjson(tmp_path / "out" / "rejected.ndjson")
    assert sorted(rejected["line"].to_list()) == [12, 22, 32]
    assert sorted(rejected["field"].to_list()) == ["actor_id", "at", "kind"]


def test_settings_are_printed_with_their_source(graphwatch: Command) -> None:
    done = graphwatch("settings", "--set", "detect.fdr=0.01", "--json", GRAPHWATCH_SEED="4")
    shown = json.loads(done.stdout)
    assert shown["detect.fdr"] == {"value": 0.01, "source": "flag"}
    assert shown["seed"] == {"value": 4, "source": "environment"}
    assert shown["trace.samples"]["source"] == "default"


def test_schema_is_printed(graphwatch: Command) -> None:
    shown = json.loads(graphwatch("schema", "interactions", "--json").stdout)
    assert shown[0]["columns"][0]["name"] == "interaction_id"
    assert "interaction_id" in graphwatch("schema").stdout


def test_networks_too_large_to_draw_are_exported_under_pseudonyms(graphwatch: Command, world: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = graphwatch("run", world / "interactions.parquet", "--out", out, "--set", "report.max_nodes=20")
    assert done.returncode == 0, done.stderr
    pileons = pl.read_parquet(out / "pileons.parquet").filter(pl.col("actors") > 20)
    files = sorted((out / "networks").iterdir())
    assert sorted(path.stem for path in files) == sorted(pileons["pileon_id"]) != []
    graph = networkx.read_graphml(files[0])
    names = {str(data["name"]) for _, data in graph.nodes(data=True)}
    assert names
    assert all(name.startswith("acc-") for name in names)
