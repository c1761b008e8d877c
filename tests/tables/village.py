"""A case in which one account is everywhere: as actor, target, name in texts, link, contract, follower, finding, and in rows set aside."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
import zlib
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import polars as pl

from graphwatch.schema import RESULTS
from graphwatch.tables import Case

START = datetime(2024, 3, 1, tzinfo=UTC)
PEOPLE = 10
GONE = "villager00003"
GONE_NAME = "Mira·李"


def who(number: int) -> str:
    return f"villager{number % PEOPLE:05d}"


def name_of(number: int) -> str:
    return GONE_NAME if number % PEOPLE == 3 else f"name-{number % PEOPLE}"


def records(count: int = 120, platform: str = "forum") -> list[dict[str, object]]:
    """Give acts over ten days, each answering the one before; ids hold the account's id, as some platforms' do."""
    rows: list[dict[str, object]] = []
    for number in range(count):
        rows.append(
            {
                "interaction_id": f"{who(number)}/post/{number}",
                "at": (START + timedelta(hours=2 * number)).isoformat(),
                "actor_id": who(number),
                "kind": "reply" if number else "post",
                "platform": platform,
                "target_ids": [who(number + 1), who(number + 2)],
                "parent_id": rows[-1]["interaction_id"] if rows else None,
                "root_id": rows[0]["interaction_id"] if rows else None,
                "objects": [f"url:https://example.org/u/{who(number + 4)}", "tag:same"],
                "text": f"回复@{name_of(number + 5)}:no. //@{name_of(number + 6)}: {who(number + 7)}说 name-{number}",
                "observed_at": (START + timedelta(days=11)).isoformat(),
            }
        )
    return rows


def write_lines(rows: list[dict[str, object]], path: Path) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n", encoding="utf-8")
    return path


def side_tables(folder: Path) -> dict[str, Path]:
    """Write accounts (with a former name), follows, contracts and identities."""
    people = range(PEOPLE)
    seen = START + timedelta(days=9)
    frames = {
        "accounts": pl.concat(
            [
                pl.DataFrame({"account_id": [who(n) for n in people], "name": [name_of(n) for n in people], "observed_at": seen}),
                pl.DataFrame({"account_id": [GONE], "name": ["formerly-Mira"], "observed_at": [START]}),
            ],
            how="vertical_relaxed",
        ).with_columns(platform=pl.lit("forum")),
        "follows": pl.DataFrame({"follower_id": [who(n) for n in people], "followed_id": [who(n + 1) for n in people]}),
        "affiliations": pl.DataFrame({"account_id": [who(n) for n in people], "agency_id": "mcn1"}),
        "identities": pl.DataFrame(
            {"account_id": [who(1), who(5)], "platform": "forum", "other_id": [GONE, who(6)], "other_platform": ["forum", "forum"]}
        ),
    }
    paths = {}
    for name, frame in frames.items():
        paths[name] = folder / f"{name}.parquet"
        frame.write_parquet(paths[name])
    return paths


def findings() -> dict[str, pl.DataFrame]:
    """Give result tables in which the account is a member, a target, a pair's half, a root, and somebody's evidence."""
    others = who(4)
    rows: dict[str, list[dict[str, object]]] = {
        "pileons": [{"pileon_id": "p-on-gone", "target_id": GONE, "end": START}, {"pileon_id": "p-2", "target_id": others, "end": START}],
        "members": [
            {"pileon_id": "p-2", "actor_id": GONE, "evidence": [f"{GONE}/post/3"], "first_at": START},
            {"pileon_id": "p-2", "actor_id": who(5), "evidence": [f"{GONE}/post/13", f"{who(5)}/post/5"], "first_at": START},
            {"pileon_id": "p-on-gone", "actor_id": who(6), "evidence": [], "first_at": START},
        ],
        "cascades": [{"root_id": f"{GONE}/post/3", "root_actor_id": GONE}, {"root_id": f"{who(0)}/post/0", "root_actor_id": who(0)}],
        "coactions": [{"a": who(1), "b": GONE}, {"a": who(1), "b": who(2)}],
        "campaigns": [{"campaign_id": "c-1", "targets": [GONE, others], "link_reasons": [f"shared accounts, {GONE} among them"]}],
        "alerts": [{"alert_id": "al-1", "target_id": GONE}, {"alert_id": "al-2", "target_id": others, "reasons": [f"reach of @{GONE}"]}],
    }
    return {name: RESULTS[name].conform(pl.DataFrame(held)) for name, held in rows.items()}


def village(folder: Path, *, results: bool = True) -> Case:
    """Give the case in a folder: two files, rows set aside among them, side tables, and one run; a copy of one that is built once."""
    shutil.copytree(_built(results=results), folder, dirs_exist_ok=True)
    return Case(folder / "case")


@cache
def _built(*, results: bool) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="village-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    if results:
        case = village(folder, results=False)
        case.write_results("run-1", findings(), {"version": case.version, "window": {"target": GONE}, "settings_digest": "d"})
        return folder
    rows = records()
    bad: list[dict[str, object]] = [{**rows[3], "interaction_id": f"{GONE}/bad", "at": "never"}, {**rows[4], "at": "never", "text": "x"}]
    first = write_lines([*rows[:70], *bad], folder / f"{GONE}.ndjson")
    case = Case.create(folder / "case")
    case.load(first, side=side_tables(folder))
    case.load(write_lines(rows[60:], folder / "second.ndjson"))
    later = [{**row, "text": "edited", "observed_at": (START + timedelta(days=12)).isoformat()} for row in rows[3:5]]
    case.load(write_lines(later, folder / "edited.ndjson"))
    return folder


def traces(root: Path, *needles: str) -> list[str]:
    """Say which files of a folder hold one of the words, in their bytes or in what Parquet decompresses to."""
    found = []
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        data = path.read_bytes()
        if path.suffix == ".parquet":
            data += repr(pl.read_parquet(path, hive_partitioning=False, glob=False).to_dicts()).encode()
        found += [f"{path.relative_to(root)}: {word}" for word in needles if word.encode() in data or word in str(path.relative_to(root))]
    return found


def checksum(case: Case) -> int:
    """Give one number for all current rows of the input tables."""
    names = ("interactions", "accounts", "follows", "affiliations", "identities")
    frames = [case.table(name) for name in names]
    return zlib.crc32(repr([frame.drop("source", strict=False).rows() for frame in frames]).encode())
