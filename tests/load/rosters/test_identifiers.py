"""Check digits: warned of, never a reason to set a row aside."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc
from stdnum.iso7064 import mod_97_10

from graphwatch.load import DoubtfulValues, load_side_table, read_agencies
from graphwatch.load.identifiers import doubt
from graphwatch.schema import AGENCIES, OWNERSHIP

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
BODIES = st.tuples(st.from_regex(r"9[123][0-9]{6}", fullmatch=True), st.text(ALPHABET, min_size=9, max_size=9)).map("".join)


@given(body=BODIES, wrong=st.integers(1, 30))
def test_every_wrong_check_digit_of_a_social_credit_code_is_seen(body: str, wrong: int) -> None:
    right = uscc.calc_check_digit(body)
    assert doubt(body + right) is None
    other = ALPHABET[(ALPHABET.index(right) + wrong) % 31]
    if (body + other).isdigit():
        return  # may be a resident identity number
    assert doubt(body + other) == "looks like a unified social credit code, but its check digit is wrong"


@given(body=st.from_regex(r"[0-9]{4}00[A-Z][0-9A-Z]{11}", fullmatch=True), wrong=st.integers(1, 96))
def test_every_wrong_check_of_an_lei_is_seen(body: str, wrong: int) -> None:
    right = mod_97_10.calc_check_digits(body)
    assert doubt(body + right) is None
    other = (int(right) + wrong) % 100
    if other % 97 != int(right) % 97:
        assert "LEI" in (doubt(f"{body}{other:02d}") or "")


@pytest.mark.parametrize("value", ["m-1", "", "12345678901234567890", "110105199001011234567", "11010519491231002X", "星河传媒有限公司"])
def test_other_ids_are_let_pass(value: str) -> None:
    assert doubt(value) is None


def test_codes_in_another_form_are_named_because_ids_are_compared_as_texts() -> None:
    assert "91110000600037341L" in (doubt("9111 0000 6000 3734 1l") or "")


def test_a_failed_check_keeps_the_row_and_says_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "agencies.csv"
    path.write_text("agency_id,name,company_id\nm1,a,91110000600037341L\nm2,b,91110000600037341M\n", encoding="utf-8")
    held = load_side_table(path, AGENCIES)
    assert held.rows["company_id"].to_list() == ["91110000600037341L", "91110000600037341M"]
    assert held.warnings.select("file", "line", "field", "value").rows() == [(str(path), 3, "company_id", "91110000600037341M")]
    assert held.counts["doubtful_values"] == 1
    assert held.rejected.is_empty()
    with pytest.warns(DoubtfulValues, match=r"1 values look wrong and were kept; first: row 3, company_id '91110000600037341M'"):
        assert len(read_agencies(path)) == 2


def test_owners_and_what_they_own_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "owners.csv"
    path.write_text("owner_id,owned_id,share\n213800KUD8LXJWSQ9D15,91110000600037341M,0.5\n", encoding="utf-8")
    assert load_side_table(path, OWNERSHIP).warnings["field"].to_list() == ["owned_id", "owner_id"]
