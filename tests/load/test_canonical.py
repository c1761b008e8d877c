from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pytest
import zstandard

from graphwatch.errors import ColumnError, DataError, FormatError
from graphwatch.load import RejectedRows, load_interactions, read_affiliations, read_interactions, read_ownership
from graphwatch.load.delimited import read_header
from graphwatch.settings import LoadSettings

HEAD = "interaction_id,at,actor_id,kind,text,target_ids\n"
SMALL = LoadSettings(max_line_bytes=200, max_rejected_share=1.0)


def csv(tmp_path: Path, body: str, head: str = HEAD) -> Path:
    path = tmp_path / "x.csv"
    path.write_text(head + body, encoding="utf-8", newline="")
    return path


def test_csv_with_everything_quoting_allows(tmp_path: Path) -> None:
    body = '1,1640995200,a,post,"two\nlines, ""quoted""","[""x"",""y""]"\r\n'
    body += '2,2022-01-01,b,reply,it\'s 5" tall,x\r\n3,1640995200,c,post,"",\r\n'
    rows = read_interactions(csv(tmp_path, body))
    assert rows["text"].to_list() == ['two\nlines, "quoted"', "it's 5\" tall", ""]
    assert rows["target_ids"].to_list() == [["x", "y"], ["x"], None]


def test_csv_rows_with_too_few_or_many_cells_are_set_aside_with_their_number(tmp_path: Path) -> None:
    loaded = load_interactions(
        csv(tmp_path, "1,1640995200,a,post,x,\n2,3\n3,1640995200,a,nope,x,\n4,1640995200,a,post,x,,,\n5,1640995200,a,post,x,\n"),
        settings=SMALL,
    )
    assert loaded.interactions.select("interaction_id").collect().to_series().to_list() == ["1", "5"]
    assert loaded.rejected.select("line", "field").rows() == [(3, None), (4, "kind"), (5, None)]
    assert loaded.rejected["reason"].to_list()[0] == "2 cells; the header has 6"
    assert loaded.rejected["record"].to_list()[2] == "4,1640995200,a,post,x,,,"
    assert loaded.counts == {"rejected": 3, "rows": 5}


def test_a_long_line_in_csv_is_rejected(tmp_path: Path) -> None:
    loaded = load_interactions(
        csv(tmp_path, "1,1640995200,a,post,x,\n2,1640995200,a,post," + "x" * 500 + ",\n3,1640995200,a,post,x,\n"), settings=SMALL
    )
    assert loaded.rejected.select("line", "reason").rows() == [(3, "line is longer than load.max_line_bytes")]
    assert len(loaded.interactions.collect()) == 2


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_separators_are_found(mark: str, tmp_path: Path) -> None:
    path = csv(tmp_path, f"1{mark}1640995200{mark}a{mark}post\n", mark.join(["interaction_id", "at", "actor_id", "kind"]) + "\n")
    assert read_interactions(path)["actor_id"].to_list() == ["a"]


def test_a_header_that_names_a_column_twice(tmp_path: Path) -> None:
    with pytest.raises(ColumnError, match=r"column at stands twice"):
        load_interactions(csv(tmp_path, "", "interaction_id,at,at,actor_id,kind\n"), format="csv")
    assert read_header("a,,b\n", "f").names == ["a", "column_2", "b"]


def test_a_header_alone_is_an_empty_table(tmp_path: Path) -> None:
    loaded = load_interactions(csv(tmp_path, ""))
    assert len(loaded.interactions.collect()) == 0
    assert loaded.counts == {}


def test_a_quote_that_never_ends(tmp_path: Path) -> None:
    body = '1,1640995200,a,post,"never ends,\n' + "2,1640995200,a,post,x,\n" * 300_000
    with pytest.raises(DataError, match=r"never ends|cannot be used"):
        load_interactions(csv(tmp_path, body), settings=LoadSettings(max_line_bytes=1000))


def test_missing_columns_in_each_container(tmp_path: Path) -> None:
    pl.DataFrame({"interaction_id": ["1"], "at": [1640995200], "kind": ["post"], "author": ["a"]}).write_parquet(tmp_path / "x.parquet")
    (tmp_path / "x.jsonl").write_text('{"interaction_id":"1","at":1640995200,"kind":"post","author":"a"}\n')
    (tmp_path / "x.csv").write_text("interaction_id,at,kind,author\n1,1640995200,post,a\n")
    for name, form in (("x.parquet", None), ("x.csv", None), ("x.jsonl", "ndjson")):
        with pytest.raises(ColumnError, match=rf"{name}: required column actor_id missing; found: .*author.*; expected for interactions"):
            load_interactions(tmp_path / name, format=form)


REGULAR = '{"interaction_id":"%d","at":"2022-01-01T00:00:00Z","actor_id":"a","kind":"post","text":"t","target_ids":["b"],"extra":1}\n'


def test_ndjson_bad_lines_are_set_aside_one_by_one(tmp_path: Path) -> None:
    odd = [
        "not json\n",
        "[1, 2]\n",
        '{"interaction_id": 7, "at": 1640995200000, "actor_id": NaN, "kind": "post"}\n',
        '{"interaction_id": 8.0, "at": 1640995200, "actor_id": 12345678901234567890, "kind": "post"}\n',
        '{"interaction_id": 1234567890123456789.0, "at": 1640995200, "actor_id": "a", "kind": "post"}\n',
        '{"interaction_id": "9", "at": "2022-01-01", "actor_id": "a", "kind": "post", "text": "half \\ud83d", "target_ids": "b"}\n',
        "\n",
        "[" * 100_000 + "\n",
        b'{"interaction_id": "\xff"}\n'.decode("latin-1"),
    ]
    path = tmp_path / "x.jsonl"
    path.write_bytes((REGULAR % 1).encode() + "".join(odd[:-1]).encode() + odd[-1].encode("latin-1") + (REGULAR % 2).encode())
    loaded = load_interactions(path, settings=LoadSettings(max_rejected_share=0.9))
    rows = loaded.interactions.select("interaction_id", "actor_id", "text", "target_ids").collect().rows()
    assert rows == [
        ("1", "a", "t", ["b"]),
        ("8", "12345678901234567890", None, None),
        ("9", "a", "half \ufffd", ["b"]),
        ("2", "a", "t", ["b"]),
    ]
    reasons = {line: reason.split(":")[0] for line, reason in loaded.rejected.select("line", "reason").iter_rows()}
    assert reasons == {
        2: "not valid JSON",
        3: "not a JSON object",
        4: "missing",
        6: "id is in scientific notation",
        9: "not valid JSON",
        10: "not valid JSON",
    }
    assert loaded.counts["ignored_columns"] == 1
    assert all(len(record) <= 2001 for record in loaded.rejected["record"].to_list())


def test_regular_and_irregular_blocks_agree(tmp_path: Path) -> None:
    regular, irregular = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    body = "".join(REGULAR % i for i in range(500))
    regular.write_text(body)
    irregular.write_text(body + "no json\n")
    first, second = load_interactions(regular), load_interactions(irregular)
    assert first.interactions.drop("source").collect().equals(second.interactions.drop("source").collect())
    assert first.counts == {"ignored_columns": 1, "rows": 500}
    assert second.counts == {"ignored_columns": 1, "rejected": 1, "rows": 501}


def test_a_file_that_is_mostly_bad_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(REGULAR % 1 + "bad\nbad\n")
    with pytest.raises(DataError, match=r"2 of 3 rows cannot be used .*not valid JSON"):
        load_interactions(path, format="ndjson")


def test_mixed_epochs_and_forms_in_one_file(tmp_path: Path) -> None:
    moments = ["1640995200", "1640995200000", "1640995200000000", "1640995200000000000", "2022-01-01T08:00:00+08:00", "2022-01-01 00:00:00"]
    loaded = load_interactions(csv(tmp_path, "".join(f"{i},{moment},a,post,x,\n" for i, moment in enumerate(moments))))
    assert loaded.interactions.select(pl.col("at").n_unique()).collect().item() == 1
    assert loaded.counts["naive_times"] == 1
    shanghai = load_interactions(tmp_path / "x.csv", settings=LoadSettings(timezone="Asia/Shanghai"))
    assert shanghai.interactions.select(pl.col("at").n_unique()).collect().item() == 2


def test_absent_parents_and_time_running_backwards_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    head = "interaction_id,at,actor_id,kind,parent_id\n"
    body = [f"{i},{1640995200 + i},a,reply,{i + 1000}\n" for i in range(50)]
    path.write_text(head + "".join(body))
    forward = load_interactions(path)
    path.write_text(head + "".join(reversed(body)))
    backward = load_interactions(path)
    assert forward.counts == backward.counts == {"rows": 50}
    assert forward.interactions.drop("source").sort("at").collect().equals(backward.interactions.drop("source").sort("at").collect())


def test_source_names_file_and_line_unless_the_file_brings_one(tmp_path: Path) -> None:
    path = csv(tmp_path, "1,1640995200,a,post,x,\n2,1640995200,a,post,x,\n")
    sources = read_interactions(path)["source"].to_list()
    assert [source.split("#")[1] for source in sources] == ["2", "3"]
    assert len(sources[0].split("#")[0]) == 16
    read_interactions(path).with_columns(pl.Series("source", ["own", None])).write_parquet(tmp_path / "x.parquet")
    again = read_interactions(tmp_path / "x.parquet")["source"].to_list()
    assert again[0] == "own"
    assert again[1].endswith("#2")


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress], ids=["gzip", "zstd"])
def test_packed_tables(pack: object, tmp_path: Path) -> None:
    assert callable(pack)
    plain = csv(tmp_path, "1,1640995200,a,post,x,\n")
    packed = tmp_path / "packed"
    packed.write_bytes(pack(plain.read_bytes()))
    assert read_interactions(packed).drop("source").equals(read_interactions(plain).drop("source"))


def test_rosters_and_registers(tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text(
        "\ufeffaccount_id,agency_id,valid_from,confidence\nu1,m1,2020-01-01,0.9\nu1,m1,2020-01-01,0.9\nu2,m1,,2\nu3,m2,,\n",
        encoding="utf-8",
    )
    with pytest.warns(RejectedRows, match="1 of 4 rows"):
        rows = read_affiliations(roster)
    assert rows.select("account_id", "agency_id", "confidence").rows() == [("u1", "m1", 0.9), ("u3", "m2", None)]
    register = tmp_path / "own.jsonl"
    register.write_text('{"owner_id": "c1", "owned_id": "c2", "share": 0.5}\n')
    assert read_ownership(register)["share"].to_list() == [0.5]
    register.write_text('{"account_id": "c1"}\n')
    with pytest.raises(ColumnError, match="required column agency_id missing"):
        read_affiliations(register)


def test_one_json_array_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('[{"interaction_id": 1},\n {"interaction_id": 2}]')
    with pytest.raises(FormatError, match="one JSON array"):
        load_interactions(path)
