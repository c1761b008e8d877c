"""Side tables: what null means, and that nothing is set aside in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphwatch.load import RejectedRows, load_table, read_affiliations, read_interactions
from graphwatch.schema import ACCOUNTS, AFFILIATIONS, OWNERSHIP


def test_an_unreadable_contract_date_does_not_become_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(
        "account_id,agency_id,valid_from,valid_to\na,m,2025-01-01,\nb,m,next spring,\nc,m,,2025-06-01\nd,m,,soon\n", encoding="utf-8"
    )
    rows, rejected, counts = load_table(path, AFFILIATIONS)
    assert rows["account_id"].to_list() == ["a", "c"]
    assert rejected.select("line", "field").rows() == [(3, "valid_from"), (5, "valid_to")]
    assert counts["rejected"] == 2
    with pytest.warns(RejectedRows, match=r"2 of 4 rows were set aside; first: row 3, valid_from"):
        assert len(read_affiliations(path)) == 2


def test_an_unreadable_end_of_ownership_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "owners.csv"
    path.write_text("owner_id,owned_id,share,valid_to\np,c,0.5,\nq,c,0.5,?\n", encoding="utf-8")
    rows, rejected, _ = load_table(path, OWNERSHIP)
    assert rows["owner_id"].to_list() == ["p"]
    assert rejected["field"].to_list() == ["valid_to"]


def test_row_numbers_of_two_files_are_different_ids(tmp_path: Path) -> None:
    rules = tmp_path / "map.toml"
    rules.write_text(
        '[columns]\n_line = "interaction_id"\nwho = "actor_id"\nwhen = "at"\n[constants]\nkind = "comment"\n', encoding="utf-8"
    )
    for folder, who in (("one", "a"), ("two", "b")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.csv").write_text(f"who,when\n{who},2026-01-01\n{who},2026-01-02\n", encoding="utf-8")
    files = [tmp_path / "one" / "x.csv", tmp_path / "two" / "x.csv"]
    both = read_interactions(files, mapping=rules)
    assert both["interaction_id"].n_unique() == len(both) == 4
    assert read_interactions(files[0], mapping=rules)["interaction_id"].to_list() == both.filter(actor_id="a")["interaction_id"].to_list()


def test_an_account_observed_twice_at_once_is_merged(tmp_path: Path) -> None:
    """The time of observation is part of the key of accounts, and null in most exports."""
    path = tmp_path / "accounts.csv"
    path.write_text("account_id,followers,name\na,3,A\na,,A\nb,5,B\nb,5,other\n", encoding="utf-8")
    rows, rejected, counts = load_table(path, ACCOUNTS)
    assert rows.select("account_id", "followers").rows() == [("a", 3), ("b", 5)]
    assert rejected["reason"].to_list() == ["duplicate id with different content"]
    assert (counts["duplicates"], counts["duplicate_conflicts"]) == (1, 1)
