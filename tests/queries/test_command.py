"""Verbs ``queries`` and ``query``, and ``gw.query``, over a case, a result folder and files."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest
from rich.console import Console
from typer.testing import CliRunner

import graphwatch as gw
from graphwatch.ask import ParameterError
from graphwatch.cli import app
from graphwatch.errors import ConfigurationError, DataError
from graphwatch.review.pseudonyms import KEY_VARIABLE, Pseudonyms
from graphwatch.schema import RESULTS
from graphwatch.tables import Case
from tests.queries.worlds import World, random_world

ODD = "=cmd|'x'!A1"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "an example key of enough bytes for a test")


@pytest.fixture(scope="module")
def world() -> World:
    made = random_world(1)
    odd = made.interactions.head(1).with_columns(interaction_id=pl.lit(ODD), objects=pl.lit(["tag:odd"], pl.List(pl.String)))
    return World(pl.concat([made.interactions, odd]), made.side, made.results)


@pytest.fixture(scope="module")
def folder(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with tables in ``data``, results in ``result`` and both in ``case``."""
    place = tmp_path_factory.mktemp("ask")
    (place / "data").mkdir()
    (place / "result").mkdir()
    world.interactions.drop("source").write_parquet(place / "data" / "interactions.parquet")
    for name, frame in world.side.items():
        frame.write_parquet(place / "data" / f"{name}.parquet")
    for name, table in RESULTS.items():
        world.results.get(name, table.empty()).write_parquet(place / "result" / f"{name}.parquet")
    (place / "result" / "summary.json").write_text("{}")
    case = Case.create(place / "case")
    side = {name: place / "data" / f"{name}.parquet" for name in ("affiliations", "agencies", "ownership", "follows")}
    case.load(place / "data" / "interactions.parquet", side=side)
    case.write_results("run-1", world.results, {})
    return place


def run(*words: object, code: int = 0) -> tuple[str, str]:
    ran = CliRunner().invoke(app, [str(word) for word in words])
    assert ran.exit_code == code, ran.output
    return ran.stdout, ran.stderr


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("trace/earliest_sources", {"pileon": "p0"}),
        ("attribute/roles_by_agency", {"pileon": "p1"}),
        ("attribute/accounts_under", {"controller": "c1"}),
        ("trace/first_posts", {"object": "tag:t1"}),
        ("review/about_account", {"account": "a:u1"}),
    ],
)
def test_case_folder_and_frames_say_the_same(folder: Path, world: World, name: str, words: dict[str, Any]) -> None:
    without = {table: frame for table, frame in world.side.items() if table != "identities"}
    expected = gw.query(name, tables=World(world.interactions, without, world.results).ground(), **words)
    assert len(expected)
    data = [folder / "data" / "interactions.parquet", *_side_folder(folder)]
    assert gw.query(name, case=folder / "case", **words).equals(expected)
    assert gw.query(name, case=Case(folder / "case"), run="run-1", **words).equals(expected)
    assert gw.query(name, result=folder / "result", data=data, **words).equals(expected)


def _side_folder(folder: Path) -> list[Path]:
    """A folder without identities, which the case was not given either."""
    place = folder / "side"
    if not place.is_dir():
        place.mkdir()
        for name in ("affiliations", "agencies", "ownership", "follows"):
            pl.read_parquet(folder / "data" / f"{name}.parquet").write_parquet(place / f"{name}.parquet")
    return [place]


def test_forms_hold_the_same_rows(folder: Path) -> None:
    words = (
        "query",
        "first_posts",
        "--result",
        folder / "result",
        "--data",
        folder / "data",
        "-p",
        "object=tag:odd",
        "--names",
        "--format",
    )
    expected = gw.query("first_posts", result=folder / "result", data=folder / "data", object="tag:odd")
    assert expected["interaction_id"].tolist() == [ODD]
    told = orjson.loads(run(*words, "json")[0])
    assert [row["interaction_id"] for row in told] == [ODD]
    ran = CliRunner().invoke(app, [str(word) for word in (*words, "parquet")])
    assert pl.read_parquet(io.BytesIO(ran.stdout_bytes)).to_pandas().equals(expected)
    assert ODD in run(*words, "table")[0]
    csv = run(*words, "csv")[0]
    assert "'=cmd" in csv


def test_ids_are_hidden_unless_asked_for_and_pseudonyms_lead_back(folder: Path) -> None:
    names = Pseudonyms.load()
    words = ("query", "about_account", "--case", folder / "case", "--format", "json")
    real = orjson.loads(run(*words, "--names", "-p", "account=a:u1")[0])
    out, err = run(*words, "-p", f"account={names.of('a:u1')}")
    hidden = orjson.loads(out)
    assert "real ids" not in err
    assert len(hidden) == len(real) > 10
    assert sorted({row["other_id"] for row in hidden if row["other_id"]}) == sorted(
        {names.of(row["other_id"]) for row in real if row["other_id"]}
    )
    acts = {row["interaction_id"] for row in hidden if row["interaction_id"]}
    assert acts == {names.of(row["interaction_id"], "interaction") for row in real if row["interaction_id"]}
    lists = orjson.loads(run("query", "repeat_offenders", "--case", folder / "case", "--format", "json", "-p", "min_pileons=1")[0])
    assert lists
    assert all(name.startswith("acc-") for row in lists for name in [row["account_id"], *row["targets"]])


@pytest.mark.parametrize(("width", "below"), [(60, True), (400, False)])
def test_rows_stand_one_below_the_other_in_a_narrow_terminal(
    folder: Path, monkeypatch: pytest.MonkeyPatch, width: int, *, below: bool
) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=width, highlight=False, color_system=None)
    monkeypatch.setattr("graphwatch.cli.query.out", console)
    words = ("query", "alerts_and_reasons", "--case", folder / "case", "-p", "limit=2")
    run(*words)
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    assert ("row 2" in shown) is below
    rows = orjson.loads(run(*words, "--format", "json")[0])
    assert [row["alert_id"] in shown for row in rows] == [True, True]
    assert shown.count("level") == (2 if below else 1)


def test_a_file_is_written_whole(folder: Path, tmp_path: Path) -> None:
    words = ("query", "warn/alerts_and_reasons", "--case", folder / "case", "--format", "parquet", "--out", tmp_path / "a.parquet")
    assert "wrote" in run(*words)[1]
    assert pl.read_parquet(tmp_path / "a.parquet").height == 6
    run(*words[:-1], tmp_path / "none" / "a.parquet", code=1)


def test_cut_and_empty_answers_are_told(folder: Path) -> None:
    assert "cut at 2 rows" in run("query", "alerts_and_reasons", "--case", folder / "case", "-p", "limit=2")[1]
    assert "no rows" in run("query", "first_posts", "--case", folder / "case", "-p", "object=tag:none")[1]


@pytest.mark.parametrize(
    "words",
    [
        ("query", "nothing"),
        ("query", "first_posts", "--case", "CASE"),
        ("query", "first_posts", "--case", "CASE", "-p", "object"),
        ("query", "first_posts", "--case", "CASE", "-p", "object=a", "-p", "limit=x"),
        ("query", "first_posts", "-p", "object=a"),
        ("query", "first_posts", "--case", "CASE", "--result", "CASE", "-p", "object=a"),
        ("query", "first_posts", "--result", "CASE", "--run", "x", "-p", "object=a"),
        ("query", "first_posts", "--neo4j", "bolt://127.0.0.1:1", "--result", "CASE", "-p", "object=a"),
        ("queries", "nothing"),
        ("queries", "--cypher"),
    ],
)
def test_wrong_use_ends_with_2(folder: Path, words: tuple[str, ...]) -> None:
    run(*(folder / "case" if word == "CASE" else word for word in words), code=2)


def test_wrong_places_are_errors(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not exist"):
        gw.open_tables(data=tmp_path / "nothing")
    with pytest.raises(ConfigurationError, match="--case"):
        gw.open_tables(data=folder / "case")
    with pytest.raises(ConfigurationError, match="no table"):
        gw.open_tables(data=tmp_path)
    with pytest.raises(ConfigurationError, match="no run"):
        gw.open_tables(case=folder / "case", run="other")
    with pytest.raises(DataError, match="no result folder"):
        gw.open_tables(result=tmp_path)
    with pytest.raises(ParameterError):
        gw.open_tables()


def test_the_list_names_all() -> None:
    assert "trace/earliest_sources" in run("queries")[0]
    told = orjson.loads(run("queries", "--json")[0])
    assert [row["name"] for row in told] == gw.query_list()["name"].tolist()
    assert "min_acts" in run("queries", "earliest_sources")[0]
    assert run("queries", "earliest_sources", "--cypher")[0].startswith("MATCH")
