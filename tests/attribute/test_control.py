"""Ownership: chains, cross-holdings, cycles, unknown shares, dates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import numpy as np
import polars as pl
import pytest

from graphwatch.attribute.control import MOST_ABOVE, Control, Controllers, find_controllers
from graphwatch.attribute.holdings import read_holdings
from graphwatch.schema import OWNERSHIP

Link = tuple[str, str, float | None]


def table(links: list[Link]) -> pl.DataFrame:
    return OWNERSHIP.conform(pl.DataFrame(links, schema=["owner_id", "owned_id", "share"], orient="row"))


def control(links: list[Link], company: str = "firm", cutoff: float = 0.25) -> Control:
    found, _ = find_controllers(read_holdings(table(links)).at(0), [company], cutoff)
    reversed_rows, _ = find_controllers(read_holdings(table(links[::-1])).at(0), [company], cutoff)
    assert str(found[company]) == str(reversed_rows[company])  # as text, since an unknown share is NaN
    return found[company]


def test_behind_two_shell_companies() -> None:
    found = control([("shell 1", "firm", 1.0), ("shell 2", "shell 1", 0.9), ("person", "shell 2", 0.8), ("other", "shell 2", 0.2)])
    assert found.controller_id == "person"
    assert found.path == ("firm", "shell 1", "shell 2", "person")
    assert found.share == pytest.approx(0.72)


def test_shares_along_several_chains_add_up() -> None:
    links: list[Link] = [("x", "firm", 0.2), ("y", "firm", 0.2), ("top", "x", 1.0), ("top", "y", 0.9), ("z", "firm", 0.3)]
    found = control(links)
    assert found.controller_id == "top"
    assert found.share == pytest.approx(0.38)
    assert found.path == ("firm", "x", "top")


def test_nobody_reaches_the_cutoff() -> None:
    assert control([(f"o{i}", "firm", 0.1) for i in range(10)]) == Control("firm", "firm", ("firm",), 1.0, 1.0)
    widely_held: list[Link] = [("parent", "firm", 0.8), *((f"o{i}", "parent", 0.1) for i in range(10))]
    assert control(widely_held).controller_id == "parent"


def test_company_without_owners_and_unknown_company() -> None:
    assert control([("a", "b", 1.0)], "a").controller_id == "a"
    assert control([("a", "b", 1.0)], "elsewhere").path == ("elsewhere",)
    assert control([], "alone").controller_id == "alone"


def test_cross_holding_is_solved_not_walked() -> None:
    """A and B hold 40 % of each other; the person holds 60 % of A: everything of A and B beyond the mutual part is theirs."""
    found = control([("a", "b", 0.4), ("b", "a", 0.4), ("person", "a", 0.6), ("a", "firm", 1.0), ("rest", "b", 0.6)])
    assert found.controller_id == "person"
    assert found.share == pytest.approx(0.6 / (1 - 0.16))


def test_closed_circle_ends() -> None:
    found = control([("a", "b", 1.0), ("b", "a", 1.0), ("a", "firm", 1.0)])
    assert found.controller_id == "a"
    assert found.share == pytest.approx(1.0, abs=1e-6)
    assert control([("firm", "firm", 1.0)]).controller_id == "firm"


def test_own_shares_through_a_subsidiary_do_not_make_a_controller_of_itself() -> None:
    found = control([("sub", "firm", 0.6), ("firm", "sub", 1.0), ("person", "firm", 0.4)])
    assert found.controller_id == "person"
    assert found.share == pytest.approx(1.0, abs=1e-6)


def test_unknown_share_shows_the_chain_and_concludes_nothing() -> None:
    found = control([("holding", "firm", None), ("person", "holding", 0.9)])
    assert found.controller_id is None
    assert found.path == ("firm", "holding", "person")
    assert np.isnan(found.share)
    _, notes = find_controllers(read_holdings(table([("holding", "firm", None)])).at(0), ["firm"], 0.25)
    assert notes == ("holding holds an unknown share of firm",)
    assert control([("holding", "firm", None), ("known", "firm", 0.7)]).controller_id == "known"


def test_shares_beyond_the_whole_are_scaled_and_noted() -> None:
    controls, notes = find_controllers(read_holdings(table([("a", "firm", 0.9), ("b", "firm", 0.6)])).at(0), ["firm"], 0.25)
    assert controls["firm"].controller_id == "a"
    assert controls["firm"].share == pytest.approx(0.6)
    assert notes == ("shares of firm add up to 1.5; scaled down to 1",)


def test_as_of(day: Callable[[float], datetime]) -> None:
    rows = [
        {"owner_id": "old", "owned_id": "firm", "share": 0.8, "valid_from": day(0), "valid_to": day(5)},
        {"owner_id": "new", "owned_id": "firm", "share": 0.8, "valid_from": day(5), "valid_to": None},
        {"owner_id": "steady", "owned_id": "firm", "share": 0.2, "valid_from": day(0), "valid_to": None},
        {"owner_id": "steady", "owned_id": "firm", "share": 0.1, "valid_from": day(6), "valid_to": None},
    ]
    holdings = read_holdings(OWNERSHIP.conform(pl.DataFrame(rows)))
    controllers = Controllers(holdings, ["firm"], 0.25)
    stamps = pl.Series([day(4.999), day(5)]).dt.cast_time_unit("us").to_physical().to_list()
    before, after = (controllers.at(int(t))[0]["firm"].controller_id for t in stamps)
    assert (before, after) == ("old", "new")
    shares = holdings.at(int(stamps[1]) + 2 * 86_400_000_000)
    assert dict(zip(shares.names.gather(shares.owner).to_list(), shares.share.tolist(), strict=True)) == {"new": 0.8, "steady": 0.1}


def test_all_ultimate_controllers_are_named() -> None:
    """Two families hold half each, one of them through a holding: both are ultimate, the holding is not."""
    found = control([("a", "firm", 0.5), ("holding", "firm", 0.5), ("b", "holding", 0.9)])
    assert found.ultimate == ("a", "b")
    assert found.controller_id == "a"
    assert found.high == pytest.approx(found.share)


def test_owners_who_control_each_other_are_both_ultimate() -> None:
    found = control([("a", "b", 0.6), ("b", "a", 0.6), ("a", "firm", 0.5), ("b", "firm", 0.5)])
    assert set(found.ultimate) == {"a", "b"}


def test_unknown_shares_give_an_upper_bound_and_possible_controllers() -> None:
    found = control([("known", "firm", 0.3), ("holding", "firm", None), ("person", "holding", 0.9), ("tiny", "holding", 0.1)])
    assert found.controller_id == "known"
    assert found.share == found.high == pytest.approx(0.3)
    assert found.possible == ("person",)  # .63 at most; tiny .07; holding is the person's
    both = control([("known", "firm", 0.3), ("known", "holding", 0.5), ("holding", "firm", None)])
    assert both.share == pytest.approx(0.3)
    assert both.high == pytest.approx(0.3 + 0.7 * 0.5)


def test_a_closed_circle_is_noted_and_direct_own_shares_are_counted() -> None:
    held = read_holdings(table([("a", "b", 1.0), ("b", "a", 1.0), ("a", "firm", 0.5), ("firm", "firm", 0.5)]))
    controls, notes = find_controllers(held.at(0), ["firm"], 0.25)
    assert controls["firm"].share == pytest.approx(0.5)
    assert set(controls["firm"].ultimate) == {"a", "b"}
    assert notes == ("a, b own each other wholly, in a circle that nobody outside owns a part of",)
    assert held.selves == 1


def test_an_unknown_share_far_up_still_counts_for_the_bound() -> None:
    """Known links lead to a holding of which only an unknown share is known, and behind that holder another one."""
    links: list[Link] = [("holding", "firm", 0.8), ("trust", "holding", None), ("person", "trust", None), ("bank", "firm", 0.2)]
    found = control(links)
    assert found.controller_id == "holding"
    assert found.possible == ("person", "trust")
    assert control([("holding", "firm", 1.0), ("trust", "firm", None)]).possible == ()  # the known share leaves nothing


def test_bounds_are_not_known_where_too_many_stand_above() -> None:
    links: list[Link] = [("top", "firm", 0.5), ("other", "firm", None), *((f"o{i}", "top", 0.001) for i in range(MOST_ABOVE))]
    found = control(links)
    assert found.controller_id == "top"
    assert np.isnan(found.high)
    assert found.possible == ()


def test_notes_are_not_without_end() -> None:
    links: list[Link] = [(f"o{i:03}", "firm", None) for i in range(80)]
    _, notes = find_controllers(read_holdings(table(links)).at(0), ["firm"], 0.25)
    assert len(notes) == 51
    assert notes[-1] == "30 more remarks on shares"
