"""Co-action through the public function: kinds of frame, sorts of object, near-duplicate texts, direction and evidence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import cast

import numpy as np
import polars as pl
import pytest

import graphwatch as gw
from graphwatch.detect.coaction import Coactions, coactions_frame
from graphwatch.errors import ConfigurationError
from graphwatch.graph.encode import encode
from graphwatch.load import Frame
from graphwatch.schema import COACTION_EVIDENCE, COACTION_GROUPS, COACTIONS
from graphwatch.settings import DetectSettings, Settings

START = 1_700_000_000
DEFAULT = DetectSettings()


def rows(shares: list[tuple[str, str, float, list[str]]], texts: list[str | None] | None = None) -> pl.DataFrame:
    """Interaction, account, second, objects."""
    frame = pl.DataFrame(
        {
            "interaction_id": [share[0] for share in shares],
            "at": [int((START + share[2]) * 10**6) for share in shares],
            "actor_id": [share[1] for share in shares],
            "kind": "post",
            "objects": pl.Series([share[3] for share in shares], dtype=pl.List(pl.String)),
        }
    ).with_columns(pl.col("at").cast(pl.Datetime("us", "UTC")))
    return frame if texts is None else frame.with_columns(text=pl.Series(texts, dtype=pl.String))


def counted(frame: Frame, **options: object) -> dict[tuple[str, str], int]:
    found = gw.detect_coactions(frame, "60s", 1, null=False, objects=cast("tuple[str, ...] | None", options.get("objects")))
    return {(a, b): weight for a, b, weight in zip(found["a"], found["b"], found["weight"], strict=True)}


MIXED = rows(
    [
        ("1", "a", 0, ["url:x", "tag:t"]),
        ("2", "b", 10, ["url:x", "tag:t"]),
        ("3", "c", 20, ["tag:t"]),
        ("4", "a", 500, ["media:m"]),
        ("5", "c", 530, ["media:m"]),
    ]
)


def test_every_kind_of_frame_counts_the_same() -> None:
    expected = {("a", "b"): 2, ("a", "c"): 2, ("b", "c"): 1}
    columns = {name: MIXED[name].to_list() for name in MIXED.columns}
    frames: list[Frame] = [
        MIXED,
        MIXED.lazy(),
        MIXED.to_pandas(),
        MIXED.to_arrow(),
        columns,
        MIXED.sample(fraction=1, shuffle=True, seed=1),
    ]
    assert [counted(frame) for frame in frames] == [expected] * len(frames)
    found = gw.detect_coactions(MIXED, "60s", 1, null=False)
    assert tuple(found.columns) == COACTIONS.names


def test_sorts_of_object_are_selected_alone_and_together() -> None:
    assert counted(MIXED, objects=("url",)) == {("a", "b"): 1}
    assert counted(MIXED, objects=("tag:", "media")) == {("a", "b"): 1, ("a", "c"): 2, ("b", "c"): 1}
    assert counted(MIXED, objects=("topic",)) == {}
    chosen = Settings(detect=DetectSettings(coaction_objects=("url",)))
    assert len(gw.detect_coactions(MIXED, "60s", 1, null=False, settings=chosen)) == 1


def test_participation_counts_the_selected_sorts_only() -> None:
    found = gw.detect_coactions(MIXED, "60s", 2, null=False, objects=("url",))
    assert len(found) == 0


@pytest.mark.parametrize("objects", [(), "url", ("",)])
def test_wrong_sorts_are_refused(objects: object) -> None:
    with pytest.raises(ConfigurationError, match="sorts of object"):
        gw.detect_coactions(MIXED, objects=cast("tuple[str, ...]", objects))


def test_near_duplicate_texts_are_objects_when_asked_for() -> None:
    words = "the brand insulted our city and must apologise today"
    texts: list[str | None] = [words, words.upper() + " 🔥 http://x.example/1", "something else that nobody else has written today"]
    frame = rows([("1", "a", 0, []), ("2", "b", 30, []), ("3", "c", 40, [])], texts)
    assert len(gw.detect_coactions(frame, "60s", 1, null=False)) == 0
    found = gw.detect_coactions(frame.to_arrow(), "60s", 1, null=False, near_text=True)
    assert found[["a", "b", "weight"]].to_dict("records") == [{"a": "a", "b": "b", "weight": 1}]
    by_setting = Settings(detect=DetectSettings(coaction_near_text=True))
    assert len(gw.detect_coactions(frame, "60s", 1, null=False, settings=by_setting)) == 1


def led(seed: int) -> pl.DataFrame:
    """``a`` posts 12 links, ``b`` follows each after 7 s; ``c`` and ``d`` post 12 others in turns."""
    shares = []
    for k in range(12):
        shares += [(f"a{k}", "a", 1000 * k, [f"url:{k}"]), (f"b{k}", "b", 1000 * k + 7, [f"url:{k}"])]
        first, second = ("c", "d") if k % 2 else ("d", "c")
        shares += [(f"{first}{k}", first, 1000 * k + 300, [f"url:x{k}"]), (f"{second}{k}", second, 1000 * k + 305, [f"url:x{k}"])]
    order = np.random.default_rng(seed).permutation(len(shares))
    return rows([shares[k] for k in order])


def test_who_acts_first_and_on_what_it_rests() -> None:
    found = pl.from_pandas(gw.detect_coactions(led(1), "60s", 2, null=False, evidence=True))
    leader, turns = found.row(0, named=True), found.row(1, named=True)
    assert [leader[name] for name in ("a", "b", "first", "a_first", "b_first", "same_time")] == ["a", "b", "a", 12, 0, 0]
    assert leader["median_lag_s"] == 7.0
    assert leader["direction_p_value"] == pytest.approx(2 * 0.5**12)
    assert leader["direction_q_value"] == pytest.approx(4 * 0.5**12)
    assert leader["evidence"] == [f"{who}{k}" for k in range(10) for who in "ab"]  # ten meetings, the earliest first
    assert [turns[name] for name in ("a", "b", "first", "a_first", "b_first", "direction_p_value")] == ["c", "d", None, 6, 6, 1.0]


def test_one_pair_of_posts_with_many_objects_is_one_occasion() -> None:
    many = [f"url:{k}" for k in range(20)]
    found = gw.detect_coactions(rows([("1", "a", 0, many), ("2", "b", 9, many)]), "60s", 1, null=False, evidence=True)
    assert found[["weight", "a_first", "b_first", "direction_p_value"]].iloc[0].tolist() == [20, 1, 0, 1.0]
    assert list(found["evidence"][0]) == ["1", "2"]


def test_evidence_is_of_the_pairs_in_the_table_whatever_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    events = encode(led(2))
    whole = describe(events)
    monkeypatch.setattr("graphwatch.detect.coaction.BLOCK", 5)
    parts = describe(encode(led(3)))
    assert parts.evidence.equals(whole.evidence)
    assert whole.evidence.select("a", "b").equals(whole.frame.select("a", "b"))
    assert whole.evidence.schema == pl.Schema(COACTION_EVIDENCE.dtypes)
    assert whole.group_table.schema == pl.Schema(COACTION_GROUPS.dtypes)


def describe(events: object) -> Coactions:
    from graphwatch.model import Events

    assert isinstance(events, Events)
    return coactions_frame(events, window_us=60 * 10**6, min_participation=2, null=False, settings=DEFAULT, evidence=True)


def test_the_main_job_writes_the_tables() -> None:
    world = gw.simulate_world(8_000, seed=5)
    result = gw.analyze(world.interactions)
    assert len(result.coaction_evidence) == len(result.coactions)
    assert set(result.coaction_groups["group_id"]) == set(result.coactions["group_id"].dropna())
    assert result.prior_coactions["pileon_id"].tolist() == result.pileons["pileon_id"].tolist()
    assert result.prior_coactions["p_value"].between(0, 1).all()


@pytest.mark.parametrize("window", [60, 60.0, np.int64(60), "60s", "1min", timedelta(minutes=1)])
def test_a_number_is_seconds(window: str | float | timedelta) -> None:
    found = gw.detect_coactions(MIXED, window, 1, null=False)
    assert found["weight"].tolist() == [2, 2, 1]
    assert gw.acted_together_before(MIXED, ["a", "b"], datetime(2030, 1, 1, tzinfo=UTC), window).pairs >= 0


@pytest.mark.parametrize("window", [True, 0, -1, float("nan"), float("inf"), 1e300, np.timedelta64(60, "s"), None, "x", "NaT"])
def test_what_is_no_window_is_refused(window: object) -> None:
    with pytest.raises(ConfigurationError, match="window"):
        gw.detect_coactions(MIXED, cast(str, window), 1, null=False)
