"""The data contract: names and order of columns are fixed, because users and outside checks rely on them."""

from __future__ import annotations

import polars as pl
import pytest

from graphwatch.schema import INPUTS, RESULTS, TRUTHS

CONTRACT = {
    "interactions": "interaction_id at actor_id kind platform surface target_ids parent_id root_id objects text hostility category "
    "followers actor_created_at deleted observed_at source",
    "accounts": "account_id platform name created_at followers verified observed_at protected",
    "follows": "follower_id followed_id observed_at",
    "affiliations": "account_id agency_id valid_from valid_to source confidence observed_at",
    "agencies": "agency_id name company_id",
    "ownership": "owner_id owned_id share valid_from valid_to source",
}
RESULT_CONTRACT = {
    "pileons": "pileon_id target_id onset peak end interactions hostile actors hostile_actors newcomers expected log_likelihood_ratio "
    "p_value q_value nature nature_probability campaign_id surfaces top_categories",
    "members": "pileon_id actor_id interactions hostile first_at role roles role_probability credit credit_low credit_high newcomer "
    "agency_id evidence",
    "cascades": "root_id root_actor_id started size depth max_breadth structural_virality duration_s actors inferred_edges",
    "coactions": "a b weight objects first_at last_at mean_delay_s p_value q_value group_id",
    "campaigns": "campaign_id pileons targets actors first_at last_at link_reasons",
    "agencies": "scope agency_id accounts expected odds_ratio odds_low odds_high p_value q_value credit company_id controller_id path",
    "alerts": "alert_id target_id at horizon_s probability level state reasons missing_features expected_final model_version",
}


def test_input_columns() -> None:
    assert {name: " ".join(table.names) for name, table in INPUTS.items()} == CONTRACT
    assert INPUTS["interactions"].required == ("interaction_id", "at", "actor_id", "kind")


def test_result_columns() -> None:
    assert {name: " ".join(table.names) for name, table in RESULTS.items()} == RESULT_CONTRACT


@pytest.mark.parametrize("table", [*INPUTS.values(), *RESULTS.values(), *TRUTHS.values()], ids=lambda table: table.name)
def test_declarations(table: object) -> None:
    from graphwatch.schema import Table

    assert isinstance(table, Table)
    assert set(table.key) <= set(table.names)
    assert all(column.meaning for column in table.columns)
    frame = table.empty()
    assert frame.schema == pl.Schema(table.dtypes)
    assert table.conform(pl.DataFrame()).columns == list(table.names)
