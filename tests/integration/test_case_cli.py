"""The verbs of the case folder, as an analyst and a scheduled job use them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from graphwatch.cli import app
from graphwatch.cli.app import main
from graphwatch.cli.case import days_of
from graphwatch.errors import ConfigurationError, GraphwatchError
from graphwatch.tables import Case
from tests.tables.village import GONE, records, side_tables, traces, who, write_lines


@pytest.fixture
def verb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a verb in this process, wide, in an empty folder; errors that are meant come back as their exit code."""
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> Result:
        return CliRunner(env={"GRAPHWATCH_PSEUDONYM_KEY": "a key for tests only"}).invoke(app, list(map(str, words)))

    return run


def code_of(result: Result) -> int:
    return result.exception.exit_code if isinstance(result.exception, GraphwatchError) else result.exit_code


def test_the_life_of_a_case(verb: Callable[..., Result], tmp_path: Path) -> None:
    file = write_lines(records(), tmp_path / "acts.ndjson")
    side = [word for name, path in side_tables(tmp_path).items() for word in (f"--{name}", str(path))]
    assert "case village" in verb("init", "c", "--name", "village").output
    assert code_of(verb("init", "c")) == 78
    loaded = json.loads(verb("load", "c", file, *side, "--json").stdout)
    assert loaded["tables"]["interactions"]["added"] == 120
    assert "nothing new" in verb("load", "c", file, *side).output
    told = json.loads(verb("status", "c", "--json").stdout)
    assert told["interactions"]["acts"] == 120
    assert told["interactions"]["gaps"] == []
    shown = verb("status", "c").output
    assert "120 from 2024-03-01 00:00 to 2024-03-10 22:00 UTC" in shown
    assert "forum 120" in shown
    assert code_of(verb("verify", "c")) == 0
    assert json.loads(verb("compact", "c", "--set", "case.keep_versions_days=0", "--json").stdout)["version"] == 1
    held = json.loads(verb("hold", "c", "--account", who(5), "--reason", "file 12", "--json").stdout)[0]
    assert "file 12" in verb("status", "c").output
    assert code_of(verb("forget", "c", "--account", who(5), "--reason", "request")) == 78
    assert code_of(verb("hold", "c", "--release", held["hold_id"])) == 78  # no reason
    assert "released" in verb("hold", "c", "--release", held["hold_id"], "--reason", "closed").output
    assert "released" in verb("hold", "c").output
    assert code_of(verb("forget", "c", "--account", GONE)) == 78  # no reason
    gone = verb("forget", "c", "--account", GONE, "--platform", "forum", "--reason", "request 7")
    assert "12 interactions" in gone.output
    assert "cannot be read" in verb("status", "c").output
    assert traces(tmp_path / "c", GONE) == []
    assert json.loads(verb("forget", "c", "--older-than", "26w", "--json").stdout)["rows"]["interactions"] == 108
    assert code_of(verb("forget", "c")) == 78  # no limit is set
    assert "rows deleted: none" in verb("forget", "c", "--set", "case.retention_days=100").output


def test_exports_name_nobody_unless_asked(verb: Callable[..., Result], tmp_path: Path) -> None:
    verb("init", "c")
    verb("load", "c", write_lines(records(), tmp_path / "acts.ndjson"))
    assert "pseudonyms, without texts" in verb("export", "c", "--out", "o", "--format", "ndjson").output
    assert traces(tmp_path / "o", "villager", "name-") == []
    full = json.loads(verb("export", "c", "--out", "o", "--ids", "--texts", "--table", "interactions", "--json").stdout)
    assert (full["key_id"], full["texts"], full["rows"]) == (None, True, {"interactions": 120})
    assert traces(tmp_path / "o", GONE)
    verb("init", "d")
    verb("load", "d", "o/interactions.parquet")
    same = [Case(name).scan("interactions").collect().sort("interaction_id").drop("source") for name in ("c", "d")]
    assert same[0].equals(same[1])
    assert code_of(verb("export", "c", "--out", "o", "--format", "xlsx")) == 78
    assert code_of(verb("export", "c", "--out", "o", "--version", "9")) == 78


def test_damage_exits_with_65(verb: Callable[..., Result], tmp_path: Path) -> None:
    verb("init", "c")
    verb("load", "c", write_lines(records(), tmp_path / "acts.ndjson"))
    file = sorted((tmp_path / "c" / "tables" / "interactions").rglob("part-*.parquet"))[0]
    file.write_bytes(file.read_bytes()[:-1])
    found = verb("verify", "c")
    assert code_of(found) == 65
    assert "interactions 2024-03-01" in found.output
    assert "ATTENTION" in verb("status", "c").output
    assert json.loads(verb("verify", "c", "--json").stdout)["damaged"] is True
    assert code_of(verb("verify", "c", "--set-aside")) == 0
    assert "interactions: 12 added" in verb("load", "c", "acts.ndjson").output
    assert code_of(verb("verify", "c")) == 0


def test_what_is_no_case(
    verb: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["graphwatch", "status", str(tmp_path)])
    with pytest.raises(SystemExit) as left:
        main()
    told = capsys.readouterr()
    assert (left.value.code, "is no case" in told.err, told.out) == (78, True, "")
    verb("init", "c")
    (tmp_path / "c" / "state.json").rename(tmp_path / "state.json")
    assert "state.json: is missing" in str(verb("load", "c", write_lines(records(), tmp_path / "acts.ndjson")).exception)
    assert code_of(verb("status", "c")) == 65
    newer = (tmp_path / "state.json").read_text().replace('"format": 1', '"format": 2')
    (tmp_path / "c" / "state.json").write_text(newer)
    assert [code_of(verb(name, "c")) for name in ("status", "verify")] == [78, 78]
    (tmp_path / "c" / "state.json").write_text(newer.replace('"format": 2', '"format": 1').replace("init", "load"))
    assert [code_of(verb(name, "c")) for name in ("status", "verify")] == [65, 65]


def test_rosters_of_names_are_told_and_are_no_affiliations(verb: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "names.csv").write_text("name,agency_id,agency_name\nMira,m1,One\n", encoding="utf-8")
    verb("init", "c")
    assert "1 rows name no account id and are no affiliations" in verb("load", "c", "--affiliations", "names.csv").output


def test_values_that_look_wrong_are_told(verb: Callable[..., Result], tmp_path: Path) -> None:
    codes = "".join(f"m{k},9111000060003734{k:02d}\n" for k in range(11))
    (tmp_path / "wrong.csv").write_text(f"agency_id,company_id\nm,91110000600037341M\nn,91110000600037341L\n{codes}", encoding="utf-8")
    verb("init", "c")
    told = verb("load", "c", "--agencies", "wrong.csv").output
    assert "looks wrong, kept: wrong.csv row 2: company_id '91110000600037341M' looks like a unified social credit code, but its" in told
    assert "91110000600037341L" not in told
    assert told.count("looks wrong, kept") == 11
    assert "more; --json gives all" in told
    assert "check digit is wrong" not in verb("load", "c", "--agencies", "wrong.csv").output


def test_a_limit_that_finds_nothing_leaves_old_versions(verb: Callable[..., Result], tmp_path: Path) -> None:
    verb("init", "c")
    verb("load", "c", write_lines(records(), tmp_path / "acts.ndjson"))
    assert "version 0 is the oldest" in verb("forget", "c", "--older-than", "30y").output
    assert Case("c").at(1).scan("interactions").collect().height == 120
    old = {**records()[0], "at": "1991-01-01T00:00:00Z", "interaction_id": "old"}
    assert "1 forgotten" in verb("load", "c", write_lines([old], tmp_path / "old.ndjson")).output


def test_ages() -> None:
    assert [days_of(age) for age in ("180d", "26w", "1y", "0.5", "90")] == [180, 182, 365, 0.5, 90]
    for age in ("", "0d", "-3d", "3 months", "nan", "1e9"):
        with pytest.raises(ConfigurationError, match="expected an age"):
            days_of(age)


def test_one_thing_at_a_time(verb: Callable[..., Result], tmp_path: Path) -> None:
    verb("init", tmp_path / "c")
    assert code_of(verb("forget", "c", "--account", "x", "--older-than", "3d", "--reason", "r")) == 78
    assert code_of(verb("hold", "c", "--account", "x", "--whole-case", "--reason", "r")) == 78
    assert "no legal hold" in verb("hold", "c").output
    assert code_of(verb("load", "c")) == 78
