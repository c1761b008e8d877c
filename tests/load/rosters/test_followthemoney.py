"""FollowTheMoney: representations, ownership, dates of any precision, shares of any form, accounts of persons."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphwatch.errors import DataError
from graphwatch.load import load_interactions, load_side_table, preview, read_affiliations, read_agencies, read_ownership, sniff
from graphwatch.load.stakes import fractions, read_stake
from graphwatch.schema import AFFILIATIONS, AGENCIES, COMPANY_LINKS, OWNERSHIP, Table

Write = Callable[..., Path]
Entity = dict[str, object]


def entity(key: str, schema: str, **properties: object) -> Entity:
    return {"id": key, "schema": schema, "properties": properties}


REGISTER = [
    entity("p1", "Person", name=["Fictional One"]),
    entity("p2", "Person", name=["Fictional Two"]),
    entity("a1", "UserAccount", owner=["p1"], service=["weibo"], username=["1001"]),
    entity("a2", "UserAccount", owner=["p1"], service=["bilibili"], username=["2002"]),
    entity("m1", "Organization", name=["Invented Stars"]),
    entity("m2", "Company", name=["Made-up Media"], uscCode=["91110000600037341L"]),
    entity("h1", "Company", name=["Holding"]),
    entity("r1", "Representation", agent=["m1"], client=["p1"], startDate=["2021"], endDate=["2022-06"], role=["MCN"]),
    entity("r2", "Representation", agent=["m2"], client=["p2"], startDate=["2021-03-05"], sourceUrl=["https://register.invalid/2"]),
    entity("o1", "Ownership", owner=["h1"], asset=["m2"], percentage=["60 %"], startDate=["2019-05"]),
    entity("o2", "Ownership", owner=["p2"], asset=["h1"], percentage=["0.25"], endDate=["2020-12-31"]),
    entity("d1", "Directorship", director=["p2"], organization=["h1"]),
]


def days(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("valid_from", "valid_to").dt.strftime("%F"))


def test_representations_become_affiliations_of_the_clients_accounts(lines: Write) -> None:
    held = load_side_table(lines(REGISTER, "register.ftm.json"), AFFILIATIONS)
    shown = days(held.rows).select("account_id", "agency_id", "valid_from", "valid_to", "source").rows()
    assert shown == [
        ("1001", "m1", "2021-01-01", "2022-07-01", "ftm:r1"),
        ("2002", "m1", "2021-01-01", "2022-07-01", "ftm:r1"),
        ("p2", "m2", "2021-03-05", None, "https://register.invalid/2"),
    ]
    assert held.counts["clients_without_account"] == 1
    assert held.named.rows() == [("Fictional Two", "m2", "Made-up Media", None, "https://register.invalid/2")]
    assert held.rejected.is_empty()


def test_agents_become_agencies_with_their_company(lines: Write) -> None:
    assert read_agencies(lines(REGISTER)).rows() == [("m1", "Invented Stars", "m1"), ("m2", "Made-up Media", "m2")]


def test_ownership_has_fractions_and_dates(lines: Write) -> None:
    shown = days(read_ownership(lines(REGISTER))).select("owner_id", "owned_id", "share", "valid_from", "valid_to").rows()
    assert shown == [("h1", "m2", 0.6, "2019-05-01", None), ("p2", "h1", 0.25, None, "2021-01-01")]


@pytest.mark.parametrize("table", [AFFILIATIONS, AGENCIES, OWNERSHIP, COMPANY_LINKS], ids=lambda table: table.name)
def test_order_and_packing_of_entities_play_no_part(lines: Write, tmp_path: Path, table: Table) -> None:
    first = load_side_table(lines(REGISTER, "a.json"), table)
    second = load_side_table(lines(REGISTER[::-1], "b.json"), table)
    document = tmp_path / "c.json"
    document.write_text(json.dumps(REGISTER), encoding="utf-8")
    third = load_side_table(document, table)
    assert first.rows.equals(second.rows)
    assert first.rows.equals(third.rows)
    assert dict(first.counts) == dict(second.counts) == dict(third.counts)


def test_parts_of_one_entity_are_put_together_and_nested_ones_count_as_ids(lines: Write) -> None:
    parts = [
        entity("r", "Representation", agent=[entity("m", "Company", name=["M"])]),
        entity("r", "Representation", client=["p"], startDate=["2021", "2021-04-02"], endDate=["2023", "2023-05"]),
        entity("u", "UserAccount", owner=["p"], username=["7"]),
    ]
    held = load_side_table(lines(parts), AFFILIATIONS)
    assert days(held.rows).select("account_id", "agency_id", "valid_from", "valid_to").rows() == [("7", "m", "2021-04-02", "2023-06-01")]
    assert held.counts["several_dates"] == 2


def test_a_client_may_be_the_account_itself(lines: Write) -> None:
    parts = [entity("u", "UserAccount", username=["7"]), entity("r", "Representation", agent=["m"], client=["u"])]
    assert read_affiliations(lines(parts)).select("account_id", "agency_id").rows() == [("7", "m")]


def test_what_is_missing_or_unreadable_is_set_aside(lines: Write) -> None:
    parts = [
        *REGISTER,
        entity("r3", "Representation", agent=["m1"]),
        entity("r4", "Representation", agent=["m1"], client=["p1"], startDate=["spring"]),
        {"id": "x", "schema": "Representation"},
        "not json",
    ]
    held = load_side_table(lines(parts), AFFILIATIONS)
    faults = held.rejected.select("line", "field").rows()
    assert faults == [(13, "account_id"), (14, "valid_from"), (14, "valid_from"), (15, None), (16, None)]
    assert len(held.rows) == 3
    owners = [*REGISTER, entity("o3", "Ownership", owner=["h1"], asset=["q"], percentage=["the majority"])]
    unread = load_side_table(lines(owners), OWNERSHIP)
    assert unread.rows.filter(owned_id="q")["share"].to_list() == [None]
    assert unread.counts["nulled_share"] == 1


def test_shares_of_one_file_are_on_one_scale(lines: Write) -> None:
    def owner(number: int, percentage: str) -> Entity:
        return entity(f"o{number}", "Ownership", owner=[f"w{number}"], asset=["c"], percentage=[percentage])

    held = load_side_table(lines([owner(n, text) for n, text in enumerate(["60", "0.5", "25 %", "10-20", "<5%", ">50 %"])]), OWNERSHIP)
    assert held.rows["share"].to_list() == [0.6, 0.005, 0.25, 0.1, None, 0.5]
    assert held.warnings.select("line", "value").rows() == [(2, "0.5"), (4, "10-20"), (5, "<5%"), (6, ">50 %")]
    assert (held.counts["share_ranges"], held.counts["ambiguous_shares"]) == (3, 1)


def test_codes_of_companies_are_checked(lines: Write) -> None:
    parts = [entity("m", "Company", uscCode=["91110000600037341M"]), entity("r", "Representation", agent=["m"], client=["p"])]
    held = load_side_table(lines(parts), AGENCIES)
    assert held.warnings.select("line", "field", "value").rows() == [(1, "uscCode", "91110000600037341M")]
    assert held.rows["agency_id"].to_list() == ["m"]


def test_sniff_preview_and_interactions(lines: Write) -> None:
    path = lines(REGISTER, "x.txt")
    assert (sniff(path).format, sniff(path).confidence) == ("followthemoney", 1.0)
    assert preview(path)["account_id"].to_list() == ["1001", "2002", "p2"]
    with pytest.raises(DataError, match="no interactions"):
        load_interactions(path)


@given(share=st.floats(0.0001, 1), spaces=st.sampled_from(["", " "]))
def test_a_share_comes_back_from_any_form(share: float, spaces: str) -> None:
    percent = f"{100 * share:.6f}{spaces}%"
    assert fractions([percent]).texts == [repr(round(float(f"{100 * share:.6f}") / 100, 12))]
    assert float(fractions([f"{share:.9f}"]).texts[0] or "nan") == pytest.approx(share, abs=1e-9)


@given(st.text(max_size=12))
def test_any_text_is_a_share_or_none(text: str) -> None:
    found = read_stake(text)
    assert found is None or found.value is None or found.value >= 0


def test_companies_that_share_a_director_or_an_address_are_linked(lines: Write) -> None:
    firms = [
        entity("c1", "Company", name=["One"], address=["1  Invented Road"], phone=["555"]),
        entity("c2", "Company", name=["Two"], address=["1 invented road"], addressEntity=["adr"]),
        entity("c3", "LegalEntity", name=["Three"], addressEntity=["adr"]),
        entity("p", "Person", name=["Fictional"], address=["1 Invented Road"]),
        entity("d1", "Directorship", director=["p"], organization=["c1"], startDate=["2020"], endDate=["2021"]),
        entity("d2", "Directorship", director=["p"], organization=["c2"], startDate=["2021-06"]),
        entity("d3", "Directorship", director=["p"], organization=["c3"], startDate=["2023"]),
    ]
    held = load_side_table(lines(firms), COMPANY_LINKS)
    shown = days(held.rows).select("company_a", "company_b", "kind", "value", "valid_from", "valid_to").rows()
    assert shown == [
        ("c1", "c2", "address", "1 invented road", None, None),
        ("c1", "c2", "director", "p", "2021-06-01", "2022-01-01"),
        ("c2", "c3", "address", "adr", None, None),
        ("c2", "c3", "director", "p", "2023-01-01", None),
    ]
    crowd = [entity(f"c{i:02}", "Company", email=["agent@registrations.invalid"]) for i in range(51)]
    many = load_side_table(lines(crowd, "many.json"), COMPANY_LINKS)
    assert many.rows.is_empty()
    assert many.counts["shared_by_too_many"] == 1
