"""No output of a traceback or a profile names an account unless asked to, and nothing public speaks a verdict."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

import graphwatch as gw
from graphwatch.cli import app
from graphwatch.result import Result
from graphwatch.review.pseudonyms import Pseudonyms
from graphwatch.schema import INPUTS, RESULTS, TRUTHS
from graphwatch.schema.profiles import ACCOUNT_PROFILES, ACCOUNT_TABLES, AGENCY_PROFILES, AGENCY_TABLES

VERDICT = re.compile(
    r"\b(?:guilt\w*|culprits?|perpetrat\w*|criminals?|mastermind\w*|convict\w*|to blame|blame[ds]?|villains?|offence|masterminded)\b"
    r"|有罪|罪犯|凶手|元凶|真凶|主犯|幕后黑手|罪魁",
    re.IGNORECASE,
)
PACKAGE = Path(gw.__file__).parent


def run(*arguments: str | Path) -> str:
    done = CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def ids_of(result: Result) -> set[str]:
    return set(result.events.accounts.to_list()) | set(result.events.ids.to_list())


def told(text: str, ids: set[str]) -> set[str]:
    return ids & set(re.findall(r"[\w-]+", text))


def test_no_column_function_or_word_on_a_page_is_a_verdict(folder: Path) -> None:
    tables = [*INPUTS.values(), *RESULTS.values(), *TRUTHS.values(), ACCOUNT_PROFILES, AGENCY_PROFILES]
    for table in [*tables, *ACCOUNT_TABLES.values(), *AGENCY_TABLES.values()]:
        for column in table.columns:
            assert not VERDICT.search(f"{column.name} {column.meaning} {' '.join(column.choices)}".replace("_", " ")), (
                table.name,
                column.name,
            )
    for name in gw.__all__:
        members = [member for member, _ in inspect.getmembers(getattr(gw, name)) if not member.startswith("_")]
        assert not VERDICT.search(" ".join([name, *members]).replace("_", " ")), name
    for page in (PACKAGE / "report" / "templates").iterdir():
        assert not VERDICT.search(page.read_text(encoding="utf-8")), page.name
    words = re.sub(r"data:[^\"]+", "", (folder / "report.html").read_text(encoding="utf-8"))
    assert not VERDICT.search(words)
    for verb in ("trace", "profile", "run", "evaluate"):
        assert not VERDICT.search(run(verb, "--help"))


@pytest.mark.parametrize("word", ["guilty", "the Culprit", "perpetrators", "有罪"])
def test_the_words_would_be_found(word: str) -> None:
    assert VERDICT.search(f"account x is {word}.")


def test_the_report_and_the_pages_say_how_to_read_them(folder: Path) -> None:
    report = (folder / "report.html").read_text(encoding="utf-8")
    for words in ("Nothing here is a verdict", "Membership is no direction", "not reviewed", "Base rate", "says nothing of intent"):
        assert words in report
    docs = PACKAGE.parent / "docs"
    page = (docs / "profiles.md").read_text(encoding="utf-8")
    for table in (ACCOUNT_PROFILES, AGENCY_PROFILES, *ACCOUNT_TABLES.values(), *AGENCY_TABLES.values()):
        assert [c.name for c in table.columns if f"`{c.name}`" not in page] == [], table.name
    reading = (docs / "methods" / "origins.md").read_text(encoding="utf-8")
    for column in RESULTS["origins"].names:
        assert f"`{column}`" in reading, column


def test_tracebacks_and_profiles_name_nobody_unless_asked(result: Result, folder: Path, tmp_path: Path) -> None:
    ids = ids_of(result)
    pileon = str(result.pileons.sort_values("hostile_actors").pileon_id.iloc[-1])
    members = result.frames["members"].filter(pl.col("pileon_id") == pileon)
    account = members.sort("credit", "actor_id", descending=True)["actor_id"][0]
    shown = Pseudonyms.load().of(account)
    svg, html = tmp_path / "t.svg", tmp_path / "t.html"
    texts = [run("trace", pileon, "--account", account, "--result", folder, "--svg", svg, "--html", html)]
    texts += [svg.read_text(encoding="utf-8"), html.read_text(encoding="utf-8")]
    texts.append(run("trace", pileon, "--account", shown, "--result", folder, "--json"))
    texts.append(run("profile", "account", account, "--result", folder))
    texts.append(run("profile", "account", shown, "--result", folder, "--json"))
    texts.append(run("profile", "account", "--result", folder))
    agency = str(gw.agency_profiles(folder).agency_id.iloc[0])
    texts += [run("profile", "agency", agency, "--result", folder), run("profile", "agency", agency, "--result", folder, "--json")]
    texts.append((folder / "report.html").read_text(encoding="utf-8"))
    for text in texts:
        assert told(text, ids) == set()
        assert not VERDICT.search(re.sub(r"data:[^\"]+", "", text))
    assert all("not reviewed" in text.lower() or 'reviewed": false' in text for text in texts)
    assert all(shown in texts[k] for k in range(6))
    assert account in run("trace", pileon, "--account", account, "--result", folder, "--names")
    assert account in run("profile", "account", account, "--result", folder, "--names")


def test_a_review_names_an_account_and_another_decision_hides_it_again(tmp_path: Path) -> None:
    world = tmp_path / "world.parquet"
    gw.simulate_world(8_000, seed=3).interactions.write_parquet(world)
    place = tmp_path / "storm"
    run("init", place)
    run("load", place, world)
    run("run", place, "--out", tmp_path / "out")
    members = pl.read_parquet(tmp_path / "out" / "members.parquet")
    origins = pl.read_parquet(tmp_path / "out" / "origins.parquet")
    first = origins.filter(pl.col("rank") == 1, "in_data").row(0, named=True)
    pileon, account = first["pileon_id"], first["actor_id"]
    others = set(members.filter(pl.col("pileon_id") == pileon)["actor_id"]) - {account}

    def traced(*more: str) -> str:
        return run("trace", pileon, "--case", place, *more)

    assert "Not reviewed by a person." in traced()
    assert account not in traced("--reviewed-names")
    case = gw.Case(place)
    case.add_review("origin", pileon, outcome="confirmed", reviewer="k", account=account)
    assert account not in traced()
    assert f"Reviewed by a person: origin of {account} confirmed" in traced("--reviewed-names")
    assert told(traced("--reviewed-names"), others) == set()
    assert account in str(gw.trace_pileon(place, pileon, reviewed_names=True))
    case.add_review("role", pileon, outcome="journalism", reviewer="k", account=account)
    assert account not in traced("--reviewed-names")
    refused = CliRunner().invoke(app, ["trace", pileon, "--result", str(tmp_path / "out"), "--reviewed-names"])
    assert refused.exit_code == 2


def test_a_traceback_is_a_drawing_that_runs_nothing(folder: Path, result: Result, tmp_path: Path) -> None:
    html, svg = tmp_path / "t.html", tmp_path / "t.svg"
    run("trace", str(result.pileons.pileon_id[0]), "--result", folder, "--html", html, "--svg", svg)
    page = html.read_text(encoding="utf-8")
    assert "<script" not in page
    assert "default-src 'none'" in page
    assert not re.search(r"(?:src|href)=", page)
    assert svg.read_text(encoding="utf-8").startswith("<svg xmlns=")


def test_json_of_a_traceback_holds_the_table(folder: Path, result: Result) -> None:
    pileon = str(result.pileons.pileon_id[0])
    done = json.loads(run("trace", pileon, "--result", folder, "--json", "--names"))
    rows = result.frames["origins"].filter(pl.col("pileon_id") == pileon)
    assert done["key_id"] is None
    assert done["pileon"]["pileon_id"] == pileon
    assert {o["interaction"] for o in done["origins"]} == set(rows["interaction_id"])
    for origin in done["origins"]:
        for chain in origin["chains"]:
            product = 1.0
            for hop in chain["hops"][1:]:
                product *= hop["probability"]
            assert chain["probability"] == pytest.approx(product)
            assert chain["hops"][0]["link"] is None


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("trace", "p-nothing"), 78, "no pile-on"),
        (("trace", "p-"), 78, "pile-ons 'p-'"),
        (("trace", ""), 78, "no pile-on"),
        (("profile", "account", "nobody"), 78, "'nobody'"),
        (("profile", "agency", "nobody"), 78, "'nobody'"),
        (("profile", "account", "--run", "x"), 2, "--run is for a case"),
        (("profile", "person"), 2, "person"),
    ],
)
def test_wrong_questions_are_answered_with_what_there_is(folder: Path, arguments: tuple[str, ...], code: int, words: str) -> None:
    done = CliRunner().invoke(app, [*arguments, "--result", str(folder)])
    if code == 2:
        assert done.exit_code == 2
        assert words in re.sub(r"\s+", " ", done.output)
    else:
        assert getattr(done.exception, "exit_code", None) == code
        assert words in str(done.exception)


def test_schema_is_printed() -> None:
    assert json.loads(run("profile", "agency", "--schema"))["title"] == "graphwatch agency profile"
