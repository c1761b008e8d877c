"""Column names of rosters, in CSV, NDJSON and Parquet; canonical files stay as they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from graphwatch.errors import ColumnError
from graphwatch.load import load_side_table, read_accounts, read_affiliations, read_ownership
from graphwatch.load.headers import SYNONYMS, TABLES, columns_of, mapping_of_names
from graphwatch.load.periods import end_text, read_period
from graphwatch.load.sheets import plain_name
from graphwatch.schema import AFFILIATIONS, OWNERSHIP

Write = Callable[..., Path]


def test_synonyms_are_declared_for_columns_that_exist_folded_and_once() -> None:
    for name, columns in SYNONYMS.items():
        assert set(columns) <= set(TABLES[name].names)
        for words in columns.values():
            assert [word for word in words if word != plain_name(word)] == []
            assert len(set(words)) == len(words)


def test_canonical_names_win_and_need_no_mapping() -> None:
    assert mapping_of_names(AFFILIATIONS.names, AFFILIATIONS) is None
    assert columns_of(["uid", "account_id", "agency_id"], AFFILIATIONS)["account_id"] == "account_id"
    assert columns_of(["MCN机构", "机构ID", "uid"], AFFILIATIONS)["agency_id"] == "机构ID"


def test_one_roster_in_three_containers(tmp_path: Path, lines: Write) -> None:
    rows = [{"用户ID": "1", "签约机构": "m", "签约日期": "2021-03", "合同到期日期": "2022"}, {"用户ID": "2", "签约机构": "m"}]
    frame = pl.DataFrame(rows)
    frame.write_csv(tmp_path / "a.csv")
    frame.write_parquet(tmp_path / "a.parquet")
    found = [read_affiliations(path) for path in (tmp_path / "a.csv", tmp_path / "a.parquet", lines(rows))]
    assert found[0].equals(found[1])
    assert found[0].equals(found[2])
    assert found[0]["valid_to"].dt.strftime("%F").to_list() == ["2023-01-01", None]


def test_accounts_and_owners_by_their_usual_names(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("UID,昵称,粉丝数\n5,a,1.2万\n", encoding="utf-8")
    assert read_accounts(tmp_path / "a.csv").select("account_id", "name", "followers").rows() == [("5", "a", 12000)]
    (tmp_path / "o.csv").write_text("shareholder,company,percentage\nh,c,60\nk,c,40\n", encoding="gb18030")
    assert read_ownership(tmp_path / "o.csv").select("owner_id", "share").rows() == [("h", 0.6), ("k", 0.4)]


def test_a_canonical_share_keeps_its_scale(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("owner_id,owned_id,share\nh,c,60\nk,c,0.4\n", encoding="utf-8")
    held = load_side_table(tmp_path / "o.csv", OWNERSHIP)
    assert held.rows["owner_id"].to_list() == ["k"]
    assert held.rejected.select("line", "field", "reason").rows() == [(2, "share", "outside 0 to 1")]


def test_rows_with_a_name_only_are_no_affiliations(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("uid,昵称,MCN机构,平台\n1,a,m,weibo\n,b,m,weibo\n,,m,weibo\n", encoding="utf-8")
    held = load_side_table(path, AFFILIATIONS)
    assert held.rows["account_id"].to_list() == ["1"]
    assert held.named.rows() == [("b", "m", "m", "weibo", None)]
    assert held.rejected.select("line", "field", "reason").rows() == [(4, "account_id", "missing")]
    assert (held.counts["name_only"], held.counts["rejected"], held.counts["rows"]) == (1, 1, 3)


def test_a_roster_of_names_is_no_table_of_affiliations(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("昵称,MCN机构\na,m\n", encoding="utf-8")
    assert load_side_table(path, AFFILIATIONS).named["name"].to_list() == ["a"]
    with pytest.raises(ColumnError, match="by name only"):
        read_affiliations(path)


@pytest.mark.parametrize("text", ["2021-13", "2021-02-30", "99999", "0", "spring", "2021-03-05 14:00", "1e5"])
def test_what_is_no_period_is_left_to_validation(text: str) -> None:
    assert read_period(text) is None
    assert end_text(text, inclusive=True) == text
