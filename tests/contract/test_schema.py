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
    "company_links": "company_a company_b kind value source confidence valid_from valid_to",
}
RESULT_CONTRACT = {
    "pileons": "pileon_id target_id onset peak end interactions hostile actors hostile_actors newcomers expected log_likelihood_ratio "
    "p_value q_value nature nature_probability campaign_id surfaces top_categories only_surface",
    "members": "pileon_id actor_id interactions hostile first_at role roles role_probability credit credit_low credit_high newcomer "
    "agency_id evidence",
    "role_evidence": "pileon_id actor_id role probability needed_probability given rule eligible_acts first_place descendants "
    "descendants_needed offspring offspring_needed mobilising_acts attacks attacks_needed counter_evidence",
    "trace_fits": "pileon_id branching_ratio kernel scale_s tail spontaneous linked_share log_likelihood iterations converged "
    "ks_p_value notes",
    "origins": "pileon_id rank sort object interaction_id platform actor_id at lead_s accounts accounts_elsewhere reached_share "
    "expected_share chain chain_probability deleted in_data notes",
    "origin_chains": "pileon_id rank chain chain_probability hop interaction_id platform actor_id at kind surface hostile link basis "
    "probability deleted in_data",
    "origin_links": "pileon_id interaction_id platform actor_id at kind member hostile deleted in_data cause_id cause_platform link basis "
    "probability",
    "cascades": "root_id root_actor_id started size depth max_breadth structural_virality duration_s actors inferred_edges",
    "coactions": "a b weight objects first_at last_at mean_delay_s p_value q_value group_id",
    "campaigns": "campaign_id pileons targets actors first_at last_at link_reasons",
    "agencies": "scope agency_id accounts expected odds_ratio odds_low odds_high p_value q_value credit company_id controller_id path",
    "agency_details": "scope agency_id roster base participants strata in_topic topic expected_by_size expected_by_activity "
    "synchrony_pairs synchrony synchrony_others synchrony_ratio synchrony_p_value synchrony_q_value contracts_begun "
    "contracts_ended contracts_usual "
    "control_low control_high controllers possible_controllers group weak_links",
    "agency_controllers": "scope controller_id agencies accounts expected odds_ratio odds_low odds_high p_value q_value credit",
    "agency_contracts": "scope agency_id account_id change at days counted",
    "agency_links": "scope agency_id company_id other_company_id other_agency_id other_present kind value companies_sharing source "
    "confidence",
    "alerts": "alert_id target_id at horizon_s probability level state reasons missing_features expected_final model_version",
}


def test_input_columns() -> None:
    assert {name: " ".join(INPUTS[name].names) for name in CONTRACT} == CONTRACT
    assert INPUTS["interactions"].required == ("interaction_id", "at", "actor_id", "kind")


def test_result_columns() -> None:
    """Further tables may come and change; their columns are on the reference page, which is checked for drift."""
    assert {name: " ".join(RESULTS[name].names) for name in RESULT_CONTRACT} == RESULT_CONTRACT


@pytest.mark.parametrize("table", [*INPUTS.values(), *RESULTS.values(), *TRUTHS.values()], ids=lambda table: table.name)
def test_declarations(table: object) -> None:
    from graphwatch.schema import Table

    assert isinstance(table, Table)
    assert set(table.key) <= set(table.names)
    assert all(column.meaning for column in table.columns)
    frame = table.empty()
    assert frame.schema == pl.Schema(table.dtypes)
    assert table.conform(pl.DataFrame()).columns == list(table.names)
