"""The public function: what comes out of odd input, and that planted sources are found."""

from __future__ import annotations

import heapq
import math

import networkx as nx
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphwatch as gw
from graphwatch.load import Frame
from graphwatch.trace.source import METHODS

SCORES = ["rumour", "jordan", "netsleuth", "label_propagation", "posterior"]


def spread(network: nx.Graph[int], source: int, size: int, seed: int) -> dict[int, float]:
    """Spread at rate 1 per contact until ``size`` are infected."""
    rng, done, heap = np.random.default_rng(seed), dict[int, float](), [(0.0, source)]
    while heap and len(done) < size:
        at, node = heapq.heappop(heap)
        if node not in done:
            done[node] = at
            for other in network[node]:
                heapq.heappush(heap, (at + rng.exponential(), other))
    return done


@pytest.mark.parametrize("kind", ["hubs", "even"])
def test_planted_sources_are_found(kind: str) -> None:
    ranks = []
    for seed in range(6):
        network = nx.barabasi_albert_graph(1_000, 3, seed=seed) if kind == "hubs" else nx.watts_strogatz_graph(1_000, 8, 0.1, seed=seed)
        times = spread(network, 500 + seed, 100, seed)
        observed = dict(list(times.items())[5::7])
        found = gw.locate_source(network.edges, times, observed)
        ranks.append(found["rank"].tolist()[found["node"].tolist().index(str(500 + seed))])
        assert any("hub-heavy" in note for note in found.attrs["notes"]) == (kind == "hubs")
    assert np.median(ranks) <= 8


def test_warning_of_hubs_gives_no_correlation_where_there_is_none() -> None:
    star = [("hub", f"leaf {i}") for i in range(12)]
    alone, several = (gw.locate_source(star, infected) for infected in (["hub"], ["hub", "leaf 1", "leaf 2"]))
    assert all("nan" not in note for note in (*alone.attrs["notes"], *several.attrs["notes"]))
    assert "rank correlation" not in alone.attrs["notes"][0]
    assert "rumour 1.00" in several.attrs["notes"][0]


def test_frame_and_attributes() -> None:
    found = gw.locate_source([("a", "b"), ("b", "c"), ("c", "d"), ("d", "e")], ["b", "c", "d"])
    assert list(found.columns) == ["node", "rank", "score", "component", "degree", *SCORES]
    assert found["node"].tolist()[0] == "c"
    assert found["rank"].is_monotonic_increasing
    assert 0 <= found.attrs["agreement"]["concordance"] <= 1
    assert any("rests on who is infected alone" in note for note in found.attrs["notes"])
    one = gw.locate_source([("a", "b"), ("b", "c"), ("c", "d")], ["a", "b", "c"], method="jordan")
    assert list(one.columns) == ["node", "rank", "score", "component", "degree", "jordan"]
    assert one.attrs["agreement"] is None


def test_order_repeats_loops_and_direction_change_nothing() -> None:
    edges = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "a"), ("d", "e"), ("e", "f")]
    times = {"a": 3.0, "e": 1.0, "c": 2.5}
    plain = gw.locate_source(edges, list("abcde"), times)
    odd = [(b, a) for a, b in reversed(edges)] + edges + [("a", "a"), ("z", "z")]
    again = gw.locate_source(odd, list("edcbaa"), dict(reversed(times.items())))
    pd.testing.assert_frame_equal(plain, again)


def test_any_frame_of_pairs() -> None:
    columns: dict[str, list[object]] = {"a": ["x", "y", None], "b": ["y", "z", "x"], "weight": [1, 2, 3]}
    wanted = gw.locate_source([("x", "y"), ("y", "z")], ["x", "y", "z"], method="rumour")
    frames: list[Frame] = [
        columns,
        pd.DataFrame(columns),
        pl.DataFrame(columns),
        pl.DataFrame(columns).lazy(),
        pl.DataFrame(columns).to_arrow(),
    ]
    for frame in frames:
        pd.testing.assert_frame_equal(gw.locate_source(frame, ["x", "y", "z"], method="rumour"), wanted)
    renamed = pd.DataFrame(columns).rename(columns={"a": "follower_id", "b": "followed_id"})
    pd.testing.assert_frame_equal(gw.locate_source(renamed, ["x", "y", "z"], method="rumour"), wanted)
    numbers = gw.locate_source(pd.DataFrame({"p": [1, 2], "q": [2, 3]}), [1, 2, 3], method="jordan")
    assert numbers["node"].tolist() == ["2", "1", "3"]


def test_infected_that_are_not_in_the_graph_are_left_out_and_counted() -> None:
    found = gw.locate_source([("a", "b"), ("b", "c")], ["a", "b", "nobody"])
    assert set(found["node"]) == {"a", "b"}
    assert "1 of 3 infected accounts have no contacts in the graph and were left out" in found.attrs["notes"]
    none = gw.locate_source([("a", "b")], ["nobody"])
    assert len(none) == 0
    assert "no infected account is in the contact graph" in none.attrs["notes"]
    assert len(gw.locate_source([], [])) == 0


def test_one_infected_account() -> None:
    found = gw.locate_source([("a", "b"), ("b", "c")], ["b"])
    assert (found["node"].tolist(), found["rank"].tolist()) == (["b"], [1])
    assert found["posterior"].tolist() == [1.0]
    assert found["rumour"].tolist() == [0.0]


def test_parts_are_ranked_one_after_the_other() -> None:
    edges = [("a", "b"), ("b", "c"), ("x", "y"), ("c", "h"), ("y", "h")]
    found = gw.locate_source(edges, ["x", "y", "a", "b", "c"])
    assert found["component"].tolist() == [1, 1, 1, 2, 2]
    assert set(found["node"][:3]) == {"a", "b", "c"}
    assert found["rank"].tolist()[3] == 4
    assert any("2 separate parts, the largest with 3 of 5" in note for note in found.attrs["notes"])


def test_times_in_any_form_and_of_accounts_not_listed() -> None:
    edges = [(str(i), str(i + 1)) for i in range(6)]
    numbers = {"0": 0.0, "2": 7200.0, "5": 18000.0}
    wanted = gw.locate_source(edges, [str(i) for i in range(6)], numbers)
    moments: dict[str, str | pd.Timestamp | None] = {
        "0": "2024-05-01 12:00",
        "2": pd.Timestamp("2024-05-01 14:00", tz="UTC"),
        "5": pd.Timestamp("2024-05-01 17:00"),
        "3": None,
    }
    texts = gw.locate_source(edges, ["1", "3", "4"], moments)
    assert wanted["node"].tolist()[0] == "0"
    assert texts["node"].tolist() == wanted["node"].tolist()
    assert texts["times"].to_numpy() == pytest.approx(wanted["times"].to_numpy())
    series = gw.locate_source(edges, ["1", "3", "4"], pd.Series(numbers))
    pd.testing.assert_frame_equal(series, wanted)


def test_what_cannot_be_read_is_said() -> None:
    edges = [("a", "b"), ("b", "c")]
    with pytest.raises(gw.ConfigurationError, match="expected ensemble or one of rumour"):
        gw.locate_source(edges, ["a"], method="guess")
    with pytest.raises(gw.ConfigurationError, match="at least 3 times"):
        gw.locate_source(edges, ["a", "b", "c"], {"a": 1.0, "b": 2.0}, method="times")
    with pytest.raises(gw.DataError, match="expected two columns"):
        gw.locate_source({"a": ["x"], "c": ["y"], "d": ["z"]}, ["x"])
    with pytest.raises(gw.DataError, match="expected a number or a time"):
        gw.locate_source(edges, ["a"], {"a": "soon"})
    with pytest.raises(gw.DataError, match="infinite"):
        gw.locate_source(edges, ["a"], {"a": math.inf})
    with pytest.raises(gw.DataError, match="pairs"):
        gw.locate_source(pl.DataFrame({"a": ["x"]}).iter_rows(), ["a"])
    with pytest.raises(gw.DataError, match="several accounts"):
        gw.locate_source(edges, "abc")


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=20),
    st.sets(st.integers(0, 9)),
    st.dictionaries(st.integers(0, 9), st.integers(0, 5), max_size=6),
)
def test_any_small_graph(edges: list[tuple[int, int]], infected: set[int], times: dict[int, int]) -> None:
    found = gw.locate_source(edges, infected, times)
    linked = {node for a, b in edges if a != b for node in (a, b)}
    assert set(found["node"]) == {str(node) for node in (infected | set(times)) & linked}
    assert not found["score"].isna().any()
    assert set(found.columns[5:]) <= set(METHODS)
    if len(found):
        assert found["rank"].iloc[0] == 1
        assert found["component"].is_monotonic_increasing
        assert found.groupby("component")["posterior"].sum().to_numpy() == pytest.approx(1)
