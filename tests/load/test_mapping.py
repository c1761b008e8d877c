from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from graphwatch.errors import ColumnError, ConfigurationError
from graphwatch.load import load_interactions, preview, read_affiliations, read_mapping

TOML = """
[columns]
"评论id" = "interaction_id"
"发布时间" = "at"
"用户.id" = "actor_id"
"作者" = "actor_id"
"类型" = "kind"
"艾特" = "target_ids"
"帖子" = ["root_id", "parent_id"]
"情绪" = "hostility"
[constants]
platform = "weibo"
kind = "comment"
[kinds]
"转发" = "repost"
"评论" = "comment"
[values.hostility]
"很差" = 1.0
"*" = 0
[times]
zone = "Asia/Shanghai"
[lists]
separator = "、"
"""
CSV = "评论id,发布时间,作者,类型,艾特,帖子,情绪\n1,2022-10-27 17:38,a,转发,x、 y、,p,很差\n"
CSV += "2,2022-10-27 17:39,b,,,p,好\n3,2022-10-27 17:40,c,别的,,p,\n"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "map.toml"
    path.write_text(TOML, encoding="utf-8")
    return path


def test_a_table_with_its_own_words(rules: Path, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(CSV, encoding="gb18030")
    loaded = load_interactions(tmp_path / "x.csv", mapping=rules)
    rows = loaded.interactions.collect().to_dicts()
    assert [row["kind"] for row in rows] == ["repost", "comment"]
    assert rows[0]["at"] == datetime(2022, 10, 27, 9, 38, tzinfo=UTC)
    assert (rows[0]["target_ids"], rows[1]["target_ids"]) == (["x", "y"], None)
    assert {row["platform"] for row in rows} == {"weibo"}
    assert (rows[0]["root_id"], rows[0]["parent_id"]) == ("p", "p")
    assert [row["hostility"] for row in rows] == [1.0, 0.0]
    assert loaded.rejected.select("line", "field").rows() == [(4, "kind")]
    assert preview(tmp_path / "x.csv", 1, mapping=rules)["interaction_id"].to_list() == ["1"]


def test_nested_records_and_parquet(rules: Path, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(
        '{"评论id": 1, "发布时间": 1666863485, "用户": {"id": 7}, "帖子": 5}\n{"评论id": 2, "发布时间": "2022-10-27", "作者": "z"}\n',
        encoding="utf-8",
    )
    slim = rules.with_name("slim.toml")
    slim.write_text("\n".join(line for line in TOML.splitlines() if not line.startswith(('"类型', '"艾特', '"情绪'))), encoding="utf-8")
    rows = load_interactions(tmp_path / "x.jsonl", mapping=slim).interactions.collect()
    assert rows.select("interaction_id", "actor_id", "root_id", "kind").rows() == [("1", "7", "5", "comment"), ("2", "z", None, "comment")]
    frame = pl.DataFrame({"评论id": [1], "发布时间": [1666863485], "用户": [{"id": 7}], "帖子": [5]})
    frame.write_parquet(tmp_path / "x.parquet")
    again = load_interactions(tmp_path / "x.parquet", mapping=slim).interactions.collect()
    assert again.select("interaction_id", "actor_id", "root_id", "kind").rows() == [("1", "7", "5", "comment")]


@pytest.mark.parametrize(
    ("old", "new", "key", "message"),
    [
        ('"interaction_id"', '"id"', "columns.id", "has no column 'id'"),
        ('"发布时间" = "at"\n', "", "columns", "nothing gives at"),
        ('"转发" = "repost"', '"转发" = "share"', "kinds", "'share' is no kind"),
        ("[lists]", "[list]", "list", "Extra inputs"),
        ('zone = "Asia/Shanghai"', 'zone = "Asia/Nowhere"', "times.zone", "Asia/Nowhere"),
        ('separator = "、"', "separator = 3", "lists.separator", "valid string"),
        ("[columns]", "[columns", "", "not valid TOML"),
        ("[values.hostility]", "[values.anger]", "values.anger", "has no column 'anger'"),
    ],
)
def test_a_wrong_mapping_names_file_and_key(rules: Path, old: str, new: str, key: str, message: str) -> None:
    rules.write_text(TOML.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"map\.toml") as caught:
        read_mapping(rules)
    assert key in str(caught.value)
    assert message in str(caught.value)
    assert caught.value.exit_code == 78


def test_a_mapped_column_that_is_not_there(rules: Path, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(CSV.replace("发布时间", "时间"), encoding="utf-8")
    with pytest.raises(ColumnError, match=r"x\.csv: column 发布时间, which the mapping gives as at, is not there; found: "):
        load_interactions(tmp_path / "x.csv", mapping=rules)
    with pytest.raises(ConfigurationError, match="for tables"):
        load_interactions(tmp_path / "x.csv", mapping=rules, format="twarc")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_interactions(tmp_path / "x.csv", mapping=tmp_path / "absent.toml")


def test_an_own_time_pattern(rules: Path, tmp_path: Path) -> None:
    rules.write_text(TOML.replace("[lists]", 'format = "%d.%m.%Y %Hh%M"\n[lists]'), encoding="utf-8")
    (tmp_path / "x.csv").write_text(CSV.splitlines()[0] + "\n1,27.10.2022 17h38,a,转发,,p,好\n", encoding="utf-8")
    assert load_interactions(tmp_path / "x.csv", mapping=rules).interactions.collect()["at"].to_list() == [
        datetime(2022, 10, 27, 9, 38, tzinfo=UTC)
    ]


def test_rosters_can_be_mapped(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text('[columns]\n"账号" = "account_id"\n"机构" = "agency_id"\n', encoding="utf-8")
    (tmp_path / "r.csv").write_text("账号,机构\nu1,m1\n", encoding="utf-8")
    assert read_affiliations(tmp_path / "r.csv", mapping=tmp_path / "m.toml").select("account_id", "agency_id").rows() == [("u1", "m1")]
