"""What stands beside the findings: shown where it is needed, under pseudonyms, bounded, and as no finding of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from typing import Any

import polars as pl

from graphwatch.report import gather, render_report
from graphwatch.report.details import rule_line
from graphwatch.review.pseudonyms import Pseudonyms
from graphwatch.schema import RESULTS
from graphwatch.settings import ReportSettings

Make = Callable[..., Any]
BESIDE = (
    "object_pileons",
    "surface_pileons",
    "pileon_statistics",
    "prior_coactions",
    "campaign_accounts",
    "role_evidence",
    "agency_details",
    "agency_contracts",
    "agency_links",
    "affiliation_candidates",
)


def page(made: Any, names: Pseudonyms) -> str:
    return render_report(gather(made, names), made.settings.report)


def words(html: str) -> str:
    """Give the text of a piece of the page, white space folded."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).replace("\N{NARROW NO-BREAK SPACE}", " ")


def section(html: str, name: str) -> str:
    return words(html[html.index(f'id="{name}"') :].split("</section>", maxsplit=1)[0])


def pileon(html: str, name: str) -> str:
    return words(re.split(r'<details class="pileon"|</section>', html[html.index(f'<details class="pileon" id="{name}"') :])[1])


def test_a_pileon_tells_of_its_crowd(make: Make, names: Pseudonyms) -> None:
    html = page(make(), names)
    first, second = pileon(html, "p-0"), pileon(html, "p-1")
    for line in ("Newcomer share 91 %", "Entropy 0.93", "Synchrony 3.3", "Private share 7 %"):
        assert line in first
    assert "9 had shared an object before the onset; 17 pairs of them acted together then, where 1.4 would be expected" in first
    assert "q = 0.012" in first
    assert "Surfaces on which it stands out" in first
    assert "What kind of crowd" not in second


def test_accounts_tell_what_their_role_rests_on_and_what_speaks_against(make: Make, names: Pseudonyms) -> None:
    first = pileon(page(make(), names), "p-0")
    assert "initiator in 80 % of the sampled histories: word; 12 descendants (3 needed)" in first
    assert "counter:word" in first


def test_a_rule_names_only_the_counts_that_are_known() -> None:
    row = dict.fromkeys(RESULTS["role_evidence"].names)
    assert rule_line(row | {"role": "repeat_offender", "attacks": 4}) == "repeat offender: no rule given; 4 attacks"
    line = rule_line(row | {"role": "inciter", "rule": "r", "offspring": 9.6, "offspring_needed": 8, "mobilising_acts": 0})
    assert line == "inciter: r; 9.6 set off directly (8 needed); 0 mobilising acts"


def test_core_accounts_stand_in_their_campaign(make: Make, names: Pseudonyms) -> None:
    told = section(page(make(), names), "campaigns")
    first, second = names.of("who:word:1"), names.of("who:word:0")
    assert f"2 of 2 {first} : in 3, 5 hostile acts {second} : in 2, 5 hostile acts" in told


def test_agencies_show_bounds_contracts_and_weak_links_apart(make: Make, names: Pseudonyms) -> None:
    html = page(make(), names)
    told = section(html, "agencies")
    assert "holds 60 % to 90 %, as shares are unknown" in told
    assert "possible only if unknown shares are large: word" in told
    assert "contracts around then: 15 begin, 4 end (11 usual)" in told
    assert "synchrony 2.5 (q = 0.2)" in told
    contracts, links = told.split("Weak links, kept apart")
    assert f"{names.of('who:word:1')} begins 2024-03-01 00:00 −3.5 yes" in contracts
    assert "A contract that begins is no order" in contracts
    assert "weak firm0:word" in links
    assert "neither control nor evidence" in links
    assert "Candidates only" in links
    assert f"{names.of('who:word:2')} candidate" in links


def test_bursts_on_objects_come_attacks_first_and_under_pseudonyms(make: Make, names: Pseudonyms) -> None:
    html = page(make(), names)
    told = section(html, "bursts")
    assert told.index("o-1") < told.index("o-0")
    thing = names.of("tag:thing1:word", "interaction")
    assert f"tag:{thing}" in told
    assert "and 2 more" in told
    assert "Weak bursts on one surface" in told
    assert told.count(" feed ") == 1
    assert 'href="#bursts"' in html


def test_names_objects_and_shared_values_stay_out(make: Make, names: Pseudonyms) -> None:
    html = page(make("zebra"), names)
    assert not re.search(r"(who|aim\d|thing\d|person|street):zebra", html)


def test_an_object_without_a_sort_is_hidden_whole(make: Make, names: Pseudonyms) -> None:
    made = make()
    bare = made.frames["object_pileons"].with_columns(object=pl.lit("secret"))
    html = page(replace(made, frames={**made.frames, "object_pileons": bare}), names)
    assert "secret" not in html
    assert names.of("secret", "interaction") in html


def test_empty_tables_show_nothing(make: Make, names: Pseudonyms) -> None:
    made = make()
    html = page(replace(made, frames={**made.frames, **{name: RESULTS[name].empty() for name in BESIDE}}), names)
    for heading in (
        "<h3>What kind of crowd",
        "<b>Together before",
        "Other bursts",
        "Weak links",
        "Contracts that begin",
        "Candidates of affiliation",
    ):
        assert heading not in html
    assert "#bursts" not in html


def test_rows_are_bounded_by_the_settings_and_that_is_said(make: Make, names: Pseudonyms) -> None:
    made = make(settings=ReportSettings(table_rows=10, accounts_shown=1))
    many = {name: pl.concat([made.frames[name]] * 12) for name in ("object_pileons", "surface_pileons", "affiliation_candidates")}
    beside = gather(replace(made, frames={**made.frames, **many}), names).beside
    assert (beside.objects.height, beside.surfaces.height, beside.candidates.height) == (10, 10, 10)
    html = page(replace(made, frames={**made.frames, **many}), names)
    assert "The first 10 of 24; all are in <code>object_pileons.parquet" in html
    assert "1 of 2" in section(html, "campaigns")


def test_contracts_of_agencies_that_are_not_listed_are_left_out(make: Make, names: Pseudonyms) -> None:
    made = make()
    other = made.frames["agency_contracts"].with_columns(agency_id=pl.lit("elsewhere"))
    frames = {**made.frames, "agency_contracts": pl.concat([made.frames["agency_contracts"], other])}
    assert "elsewhere" not in page(replace(made, frames=frames), names)
