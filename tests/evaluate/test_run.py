"""The whole evaluation on a world, and its errors."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from graphwatch.errors import DataError
from graphwatch.evaluate import Evaluation, evaluate_run
from graphwatch.schema import NATURES
from graphwatch.simulate import World


@pytest.fixture(scope="module")
def perfect(perfect_dir: Path, world_dir: Path) -> Evaluation:
    return evaluate_run(perfect_dir, world_dir, baselines=False)


def test_a_perfect_run_gets_full_marks(perfect: Evaluation, world: World) -> None:
    p, t, a = perfect.pileons, perfect.tracing, perfect.agencies
    assert [p.precision, p.recall, p.found, p.any_precision, p.any_recall, p.nature_macro_f1] == [1] * 6
    assert [p.negatives_called_attack, p.split, p.onset_error_p90_min] == [0, 0, 0]
    assert set(p.recall_by_scenario.values()) == {1.0}
    assert sum(p.confusion[nature][nature] for nature in NATURES) == len(world.truth_pileons)
    assert [t.role_macro_f1, t.coverage, t.initiator_is_originator] == [1] * 3
    assert t.recall_at[3] == t.recall_at_of_all[3] == 1
    assert t.traced == t.planted > 5
    assert [a.recall, a.precision, a.controller, a.false_flag_rate] == pytest.approx([1, 1, 1, float("nan")], nan_ok=True)
    assert perfect.alerts[0].method == "alerts"
    assert perfect.alerts[0].recall == 1
    assert perfect.alerts[0].false_per_1000 == 0


def test_a_worse_run_gets_lower_marks(perfect_dir: Path, world_dir: Path, tmp_path: Path, perfect: Evaluation) -> None:
    worse = shutil.copytree(perfect_dir, tmp_path / "worse")
    pileons = pl.read_parquet(worse / "pileons.parquet")
    broken = pileons.with_columns(
        nature=pl.when(pl.int_range(pl.len()) % 3 == 0).then(pl.lit("attack")).otherwise("nature"),
        onset=pl.col("onset") + pl.duration(minutes=40),
    ).filter(pl.col("onset") < pl.col("end"))
    broken.head(len(broken) - 4).write_parquet(worse / "pileons.parquet")
    judged = evaluate_run(worse, world_dir, baselines=False)
    assert judged.pileons.precision < perfect.pileons.precision
    assert judged.pileons.any_recall < 1
    assert judged.pileons.onset_bias_min == pytest.approx(40)
    assert judged.tracing.recall_at_of_all[10] < judged.tracing.recall_at[10]


def test_rows_and_json_tell_the_same(perfect: Evaluation) -> None:
    rows = perfect.rows()
    assert {row[0] for row in rows} >= {"pile-ons", "tracing", "agencies", "alerts"}
    assert all(len(row) == 4 and all(isinstance(cell, str) for cell in row) for row in rows)
    assert not any("nan" in cell for row in rows for cell in row)
    told = json.loads(json.dumps(perfect.to_dict(), allow_nan=False))
    assert told["pileons"]["precision"] == 1
    assert told["tracing"]["recall_at"]["3"] == 1
    assert told["agencies"]["false_flag_rate"] is None
    assert set(told["alerts"]) == {"alerts"}


def test_baselines_stand_beside_the_model(perfect_dir: Path, world_dir: Path) -> None:
    judged = evaluate_run(perfect_dir, world_dir)
    methods = {one.method: one for one in judged.alerts}
    assert set(methods) == {"alerts", "model", "volume", "poisson_z", "ears_c2", "hawkes"}
    for name, one in methods.items():
        if name != "alerts":
            assert 0 <= one.prevalence < one.auprc <= 1 or name == "ears_c2"
            assert one.false_per_1000 <= 1
    assert 0 <= methods["model"].brier <= 1


def test_truth_may_be_the_inner_folder_or_stand_alone(perfect_dir: Path, world_dir: Path, tmp_path: Path, perfect: Evaluation) -> None:
    assert evaluate_run(perfect_dir, world_dir / "truth", baselines=False).to_dict() == perfect.to_dict()
    alone = shutil.copytree(world_dir / "truth", tmp_path / "lone" / "truth")
    judged = evaluate_run(perfect_dir, alone)
    assert judged.pileons == perfect.pileons
    assert math.isnan(judged.alerts[0].false_per_1000)  # target-days are not known


def lose(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def spoil(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).write_bytes(b"not parquet")

    return change


def strip(name: str, column: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        pl.read_parquet(folder / name).drop(column).write_parquet(folder / name)

    return change


def summary(text: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / "summary.json").write_text(text, encoding="utf-8")

    return change


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lose("pileons.parquet"), "pileons.parquet"),
        (lose("alerts.parquet"), "alerts.parquet"),
        (spoil("members.parquet"), "members.parquet"),
        (strip("members.parquet", "credit"), "credit"),
        (summary("{"), "summary.json"),
        (summary('{"settings": {"detect": {"fdr": 7}}}'), "summary.json"),
    ],
)
def test_bad_results_are_named(perfect_dir: Path, world_dir: Path, tmp_path: Path, change: Callable[[Path], None], named: str) -> None:
    broken = shutil.copytree(perfect_dir, tmp_path / "broken")
    change(broken)
    with pytest.raises(DataError, match=named):
        evaluate_run(broken, world_dir, baselines=False)


def test_folders_that_are_not_there(perfect_dir: Path, world_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere"):
        evaluate_run(tmp_path / "nowhere", world_dir)
    with pytest.raises(DataError, match="nowhere"):
        evaluate_run(perfect_dir, tmp_path / "nowhere")
    (tmp_path / "hollow").mkdir()
    with pytest.raises(DataError, match=r"pileons\.parquet"):
        evaluate_run(perfect_dir, tmp_path / "hollow")
