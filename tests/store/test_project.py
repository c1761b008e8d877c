"""The graph of a case, against the tables row by row."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphwatch.errors import DataError
from graphwatch.graph.encode import encode
from graphwatch.store import Projection
from graphwatch.store.keys import LONGEST, interaction_keys, short_keys
from graphwatch.store.shape import BY_LABEL, EDGES, KINDS, Edge, Kind, Node, columns_of
from graphwatch.store.source import CaseSource, FileSource
from graphwatch.tables import Case
from tests.store.village import LONG, frame_of, interactions, rows

WORDS = st.text(alphabet="ab:\\-…#0", max_size=4)


def kind_of(name: str) -> Kind:
    return next(kind for kind in KINDS if kind.name == name)


@given(st.lists(st.tuples(st.none() | WORDS, WORDS), unique=True, min_size=1))
def test_no_two_interactions_have_one_key(pairs: list[tuple[str | None, str]]) -> None:
    frame = pl.DataFrame(pairs, schema={"platform": pl.String, "id": pl.String}, orient="row")
    assert interaction_keys(frame["platform"], frame["id"]).n_unique() == len(pairs)


@given(st.lists(st.text(max_size=5), unique=True, min_size=1))
def test_long_keys_are_short_and_distinct_even_from_those_that_look_cut(words: list[str]) -> None:
    values = pl.Series([*words, *(word + "x" * (LONGEST + 1) for word in words)])
    cut = short_keys(values)
    again = short_keys(pl.concat([values, cut.filter(cut != values)]))
    assert cut.n_unique() == values.n_unique()
    assert again.n_unique() == 2 * len(words) + len(words)
    assert (cut.str.len_bytes() <= LONGEST).all()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_row_is_there_once_and_links_what_is_there(kind: Kind, projection: Projection) -> None:
    frame = projection.frame(kind)
    assert frame.columns == columns_of(kind)
    if isinstance(kind, Node):
        assert frame[kind.key.name].is_unique().all()
        return
    assert frame.select(pl.struct(c for c in frame.columns if c in ("start", "end", "tells_apart")).is_unique().all()).item()
    for column, label in kind.sides:
        known = projection.frame(BY_LABEL[label])[BY_LABEL[label].key.name]
        assert set(frame[column]) <= set(known)


def test_relationships_of_interactions_are_those_that_every_stage_sees(case: Case, projection: Projection) -> None:
    events = encode(case.scan("interactions"))
    names, ids = events.accounts.to_list(), events.ids.to_list()
    targets = {(ids[row], names[code]) for row, code in zip(events.targets.rows().tolist(), events.targets.values.tolist(), strict=True)}
    found = projection.frame(kind_of("Interaction TARGETS Account"))
    told = {(start.rpartition(":")[2], end) for start, end in found.select("start", "end").rows() if not end.startswith("v")}
    assert told == {(act, name) for act, name in targets if len(act) < 100}


def test_answers_go_by_kind_to_parents_in_the_data(projection: Projection) -> None:
    given = rows()
    held = {(row["platform"], row["interaction_id"]) for row in given}
    wanted = Counter(
        {"repost": "REPOSTS", "quote": "QUOTES"}.get(str(row["kind"]), "REPLIES_TO")
        for row in given
        if row.get("parent_id") and (row["platform"], row["parent_id"]) in held
    )
    found = {name: len(projection.frame(kind_of(f"Interaction {name} Interaction"))) for name in wanted}
    assert found == dict(wanted)
    assert set(found) == {"REPLIES_TO", "REPOSTS", "QUOTES"}


def test_accounts_are_named_as_in_results(projection: Projection) -> None:
    accounts = projection.frame(kind_of("Account"))
    held = dict(accounts.select("account_id", "followers").rows())
    assert held["a:u1"] == 9
    assert {"b:c:u1", "silent", "x1", "x2"} <= set(held)
    assert accounts.filter(pl.col("account_id") == "a:u1")["verified"].item() is True


def test_accounts_were_created_when_their_table_or_else_their_acts_say() -> None:
    days = [datetime(2020, 1, day, tzinfo=UTC) for day in range(1, 6)]
    acts = (
        interactions()
        .head(5)
        .with_columns(
            actor_id=pl.Series(["u1", "u1", "u2", "u3", "u3"]),
            actor_created_at=pl.Series([days[2], days[1], days[3], None, None], dtype=pl.Datetime("us", "UTC")),
            platform=pl.lit("a"),
        )
    )
    facts = frame_of("accounts", [{"account_id": "u2", "platform": "a", "created_at": days[0]}])
    accounts = Projection(FileSource(acts, tables={"accounts": facts})).frame(kind_of("Account"))
    told = dict(accounts.select("account_id", "created_at").rows())
    assert (told["u1"], told["u2"], told["u3"]) == (days[1], days[0], None)


def test_numbers_tell_the_same_relationships_as_keys(projection: Projection) -> None:
    for kind in EDGES:
        numbers = projection.numbered(kind)
        ends = [projection.keys(BY_LABEL[label]).gather(numbers[side]).alias(side) for side, label in kind.sides]
        assert numbers.with_columns(ends).equals(projection.frame(kind)), kind.name


class Lacking(Projection):
    """A graph that lacks accounts."""

    def keys(self, kind: Node) -> pl.Series:
        """Give the keys of a kind's nodes, but not of all accounts."""
        return super().keys(kind)[: -3 if kind.label == "Account" else None]


def test_no_number_stands_for_a_node_that_is_not_there(case: Case) -> None:
    with pytest.raises(DataError, match="name a node Account that is not among"):
        Lacking(CaseSource(case)).numbered(next(edge for edge in EDGES if edge.type == "POSTED"))


def test_several_contracts_of_one_account_with_one_agency_stay_apart(projection: Projection) -> None:
    frame = projection.frame(kind_of("Account SIGNED_WITH Agency"))
    assert frame.filter(pl.col("end") == "g1")["tells_apart"].to_list() == ["2024-05-01T00:00:00.000000Z", "2024-05-21T00:00:00.000000Z"]
    assert frame.filter(pl.col("end") == "g2")["tells_apart"].to_list() == [""]


def test_results_that_point_to_nothing_are_left_out(projection: Projection) -> None:
    assert projection.frame(kind_of("Account MEMBER_OF PileOn"))["end"].unique().to_list() == ["p1"]
    assert projection.frame(kind_of("PileOn PART_OF Campaign")).rows() == [("p1", "k1")]
    evidence = projection.frame(kind_of("PileOn EVIDENCE Interaction"))
    assert evidence["end"].to_list() == ["a:i1", "a:i41"]


def test_the_graph_does_not_hang_on_the_order_of_rows() -> None:
    frame = interactions()
    for kind in KINDS:
        one = Projection(FileSource(frame)).frame(kind)
        other = Projection(FileSource(frame.sample(fraction=1, shuffle=True, seed=1))).frame(kind)
        assert one.equals(other), kind.name


def test_tokens_tell_what_can_have_changed(own_case: Case) -> None:
    before = Projection(CaseSource(own_case))
    own_case.write_results("run-2", {}, {"version": own_case.version, "settings_digest": "-", "window": {}})
    after = Projection(CaseSource(own_case))
    changed = {kind.name for kind in KINDS if before.token(kind) != after.token(kind)}
    assert {"PileOn", "Account MEMBER_OF PileOn", "Alert"} <= changed
    assert changed.isdisjoint({"Interaction", "Account POSTED Interaction", "Company OWNS Company"})


def test_texts_stay_out_unless_asked(case: Case) -> None:
    kind = kind_of("Interaction")
    assert "text" not in Projection(CaseSource(case)).frame(kind).columns
    assert LONG not in Projection(CaseSource(case)).frame(kind_of("Object"))["object"].to_list()


def test_edges_and_nodes_have_names_of_their_own() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    assert all(edge.start in BY_LABEL and edge.end in BY_LABEL for edge in KINDS if isinstance(edge, Edge))
