"""Side tables of a run: hashes of MediaCrawler, candidates, warnings."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import orjson
import polars as pl
import pytest
from typer.testing import CliRunner

from graphwatch.cli import app
from graphwatch.errors import ConfigurationError
from graphwatch.load import creator_hash, hash_accounts, load_given, load_interactions, load_side_table
from graphwatch.pipeline import analyze_tables, load_tables
from graphwatch.schema import AFFILIATIONS
from graphwatch.settings import LoadSettings, Settings

Write = Callable[..., Path]


def comment(number: int, uid: str, **more: object) -> dict[str, object]:
    return {
        "comment_id": str(number),
        "note_id": "n1",
        "content": "fictional",
        "create_time": 1_700_000_000 + number,
        "sub_comment_count": "0",
        "comment_like_count": "0",
        "parent_comment_id": "0",
        "creator_hash": hashlib.sha256(uid.encode()).hexdigest()[:16],
        "nickname": "a***z",
        **more,
    }


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    path = tmp_path / "roster.csv"
    path.write_text("uid,昵称,MCN机构\n1001,a,m\n1002,b,m\n,night owl,m\n", encoding="utf-8")
    return path


def test_a_roster_meets_hashed_actors_only_when_asked(lines: Write, roster: Path) -> None:
    acts = lines([comment(1, "1001"), comment(2, "5555")])
    plain = load_tables([acts], {"affiliations": roster}, Settings())
    hashed = load_tables([acts], {"affiliations": roster}, Settings(), match="creator-hash")
    actors = set(hashed.interactions.collect()["actor_id"])
    assert plain.affiliations is not None
    assert hashed.affiliations is not None
    assert actors.isdisjoint(plain.affiliations["account_id"])
    assert actors & set(hashed.affiliations["account_id"]) == {creator_hash("1001")}
    assert hashed.counts["affiliations_hashed"] == 2


def test_hashing_is_refused_where_there_are_no_hashes(lines: Write, roster: Path) -> None:
    acts = lines([{"interaction_id": "1", "at": "2024-01-01", "actor_id": "1001", "kind": "post", "platform": "weibo"}])
    loaded = load_interactions(acts)
    with pytest.raises(ConfigurationError, match="no interaction is by an account that MediaCrawler 2 has hashed"):
        load_given({"affiliations": roster}, LoadSettings(), match="creator-hash", interactions=loaded.interactions)
    with pytest.raises(ConfigurationError, match="'md5' is not known"):
        load_given({"affiliations": roster}, LoadSettings(), match="md5")


def test_hashing_leaves_the_frame_alone() -> None:
    frame = pl.DataFrame({"account_id": ["1", "1", None], "agency_id": ["m", "n", "m"]})
    hashed = hash_accounts(frame)
    assert frame["account_id"].to_list() == ["1", "1", None]
    assert hashed["account_id"].to_list() == [creator_hash("1"), creator_hash("1"), None]


def test_names_become_candidates_of_a_run_and_never_affiliations(lines: Write, roster: Path, tmp_path: Path) -> None:
    acts = lines(
        [
            {"interaction_id": str(n), "at": f"2024-01-01 00:{n:02d}", "actor_id": f"u{n}", "kind": "post", "hostility": 0.9}
            for n in range(20)
        ]
    )
    known = tmp_path / "accounts.csv"
    known.write_text("account_id,name\nu1,Night Owl\nu2,NightOwl\nu3,other\n", encoding="utf-8")
    tables = load_tables([acts], {"affiliations": roster, "accounts": known}, Settings())
    assert tables.affiliations is not None
    assert set(tables.affiliations["account_id"]) == {"1001", "1002"}
    result = analyze_tables(tables, Settings())
    shown = result.affiliation_candidates[["account_id", "agency_id", "accounts_with_name"]]
    assert shown.to_numpy().tolist() == [["u1", "m", 2], ["u2", "m", 2]]
    only_names = tmp_path / "names.csv"
    only_names.write_text("昵称,MCN机构\nNight Owl,m\n", encoding="utf-8")
    named = load_tables([acts], {"affiliations": only_names, "accounts": known}, Settings())
    assert named.affiliations is None
    assert named.candidates is not None
    assert len(named.candidates) == 2


def test_no_stage_of_the_analysis_reads_the_candidates() -> None:
    package = Path(__file__).parents[3] / "graphwatch"
    readers = [
        path.relative_to(package).as_posix()
        for stage in ("attribute", "detect", "trace", "warn", "graph", "content")
        for path in (package / stage).rglob("*.py")
        if "affiliation_candidates" in path.read_text(encoding="utf-8").lower()
    ]
    assert readers == []


def test_a_run_takes_a_workbook_and_a_register_and_writes_what_it_doubts(
    lines: Write, tmp_path: Path, book_writer: Callable[..., Path]
) -> None:
    acts = lines([{"interaction_id": str(n), "at": f"2024-01-01 00:{n:02d}", "actor_id": f"u{n}", "kind": "post"} for n in range(5)])
    rows = [["名单"], ["账号ID", "昵称", "MCN机构", "统一社会信用代码"], ["u1", "a", "m", "91110000600037341M"], [None, "b", "m", None]]
    roster = book_writer(tmp_path / "roster.xlsx", {"s": rows})
    held = {"id": "o", "schema": "Ownership", "properties": {"owner": ["h"], "asset": ["91110000600037341M"], "percentage": ["60 %"]}}
    register = lines([held], "register.ftm.json")
    out = tmp_path / "out"
    arguments = ["run", acts, "--affiliations", roster, "--agencies", roster, "--ownership", register, "--out", out, "--json"]
    done = CliRunner().invoke(app, [str(word) for word in arguments], catch_exceptions=False)
    assert done.exit_code == 0
    summary = orjson.loads((out / "summary.json").read_bytes())
    assert summary["counts"]["affiliations_name_only"] == 1
    assert summary["input_warnings"] == 2
    doubts = pl.read_ndjson(out / "warnings.ndjson")
    assert doubts.select("line", "field", "value").rows() == [
        (3, "company_id", "91110000600037341M"),
        (1, "owned_id", "91110000600037341M"),
    ]
    assert pl.read_parquet(out / "affiliation_candidates.parquet").is_empty()
    shown = CliRunner().invoke(app, ["sniff", str(roster), "--json"], catch_exceptions=False)
    assert orjson.loads(shown.stdout)["format"] == "spreadsheet"


def test_contracts_that_end_before_they_begin_are_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(
        "账号ID,MCN机构,签约日期,解约日期\n1,星河,2025-01-01,2024-01-01\n2,星河,2024-01-01,2025-01-01\n3,星河,2024-01-01,至今\n", "utf-8"
    )
    found = load_side_table(path, AFFILIATIONS)
    assert len(found.rows) == 3
    assert found.warnings.select("line", "field", "value").rows() == [(2, "valid_to", "2024-01-01")]
