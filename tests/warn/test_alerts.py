"""What alerts say, when they are raised, and when not."""

import itertools
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from graphwatch.errors import ConfigurationError
from graphwatch.graph.encode import encode
from graphwatch.schema import ALERTS, LEVELS
from graphwatch.settings import DetectSettings, WarnSettings
from graphwatch.warn import Warnings, score_targets
from graphwatch.warn.features import FEATURES
from graphwatch.warn.model import Model, model_from_text, rules_of, shipped_model

Stream = Callable[..., pl.DataFrame]


def scored(frame: pl.DataFrame, with_settings: WarnSettings | None = None, model: Model | None = None) -> Warnings:
    return score_targets(encode(frame), with_settings or WarnSettings(), DetectSettings(), 0, model=model)


def bursts(frame: pl.DataFrame) -> pl.DataFrame:
    """Onset and hostile accounts of each planted burst."""
    planted = frame.filter(pl.col("actor_id").str.len_chars() > 5).explode("target_ids")
    return planted.group_by(target_id="target_ids").agg(onset=pl.col("at").min(), hostile=(pl.col("hostility") >= 0.5).sum())


def test_large_attacks_are_warned_of_soon_after_their_onset(stream: Stream) -> None:
    for seed in range(3):
        frame = stream(seed, attacks=4, crowds=0)
        large = bursts(frame).filter(pl.col("hostile") >= 60)
        assert large.height >= 2
        first = scored(frame).alerts.filter(pl.col("level") != "watch").group_by("target_id").agg(pl.col("at").min())
        found = large.join(first, on="target_id", how="inner")
        assert found.height == large.height
        delays = (found["at"] - found["onset"]).dt.total_minutes().to_numpy()
        assert np.median(delays) < 90
        assert delays.max() < 8 * 60  # those that smoulder before they grow


def test_friendly_crowds_and_quiet_traffic_raise_next_to_nothing(stream: Stream) -> None:
    for seed in range(3):
        assert (
            scored(stream(seed, targets=150, attacks=0, crowds=4)).alerts.filter(pl.col("level").is_in(["warning", "critical"])).is_empty()
        )


def test_without_hostility_attention_is_watched_but_never_urgent(stream: Stream) -> None:
    frame = stream(1, attacks=4, crowds=2).drop("hostility", "category")
    alerts = scored(frame).alerts
    assert alerts.height >= 3
    assert set(alerts["level"]) == {"watch"}
    assert all(reasons[0].startswith("volume only") for reasons in alerts["reasons"])
    assert all(missing[0].startswith("hostility") for missing in alerts["missing_features"])


def test_levels_rise_within_an_episode_and_ids_are_stable(stream: Stream) -> None:
    frame = stream(2)
    alerts = scored(frame).alerts
    assert alerts.schema == ALERTS.empty().schema
    assert alerts["alert_id"].is_unique().all()
    assert (alerts["state"] == "open").all()
    assert alerts.equals(alerts.sort("at", "target_id", maintain_order=True))
    rank = {level: k for k, level in enumerate(LEVELS)}
    for _, of_target in alerts.group_by("target_id"):
        rows = of_target.sort("at").select("at", "level").rows()
        for (earlier, low), (later, high) in itertools.pairwise(rows):
            assert rank[high] > rank[low] or (later - earlier).total_seconds() > 6 * 3600
    assert scored(frame).alerts["alert_id"].equals(alerts["alert_id"])
    renamed = frame.with_columns(pl.col("target_ids").list.eval(pl.element() + "z"))
    assert not set(scored(renamed).alerts["alert_id"]) & set(alerts["alert_id"])


def test_probability_agrees_with_level_and_thresholds(stream: Stream) -> None:
    settings = WarnSettings(watch_at=0.1, warning_at=0.3, critical_at=0.6)
    alerts = scored(stream(0), settings).alerts
    edges = {"watch": (0.1, 0.3), "warning": (0.3, 0.6), "critical": (0.6, 1.0)}
    for probability, level in alerts.select("probability", "level").rows():
        low, high = edges[level]
        assert low <= probability <= high


def test_reasons_add_up_to_the_log_odds(stream: Stream) -> None:
    model = shipped_model()
    alerts = scored(stream(0)).alerts.filter(pl.col("level") == "critical")
    assert alerts.height
    for probability, reasons in alerts.select("probability", "reasons").rows():
        parts = [float(reason.rsplit("(", 1)[1].rstrip(")")) for reason in reasons]
        assert [abs(part) for part in parts] == sorted((abs(part) for part in parts), reverse=True)
        said = sum(parts) + model.intercept[1]
        assert said == pytest.approx(np.log(probability / (1 - probability)), abs=0.7)  # rounding, and parts below .1 are not said


def test_missing_features_are_listed_and_contribute_nothing(stream: Stream) -> None:
    frame = stream(0)
    bare = frame.drop("followers", "objects", "category", "surface")
    alerts = scored(bare).alerts
    assert alerts.height
    expected = ["followers of the accounts", "surfaces", "shared objects and templates", "categories of hostility", "agency concentration"]
    assert all(missing == expected for missing in alerts["missing_features"].to_list())
    said = " ".join(itertools.chain.from_iterable(alerts["reasons"].to_list()))
    assert not any(word in said for word in ("reach", "repeat", "incite", "private"))
    assert scored(frame).alerts["missing_features"].to_list()[0] == ["agency concentration"]


def test_an_episode_ends_after_the_cool_down(stream: Stream) -> None:
    frame = stream(3, targets=10, attacks=1)
    times = frame["at"]
    again = frame.with_columns(pl.col("at") + pl.duration(days=8), pl.col("interaction_id") + "b", pl.col("actor_id") + "b")
    both = scored(pl.concat([frame, again])).alerts.filter(pl.col("target_id") == "t0")
    once = both.filter(pl.col("at") <= times.max())
    assert once.height >= 1
    assert both.height > once.height
    never = WarnSettings(cooldown_h=24 * 30)
    assert scored(pl.concat([frame, again]), never).alerts.filter(pl.col("target_id") == "t0")["level"].is_unique().all()


def test_expected_final_is_of_the_right_size_at_a_critical_alert(stream: Stream) -> None:
    ratios: list[float] = []
    for seed in range(6):
        frame = stream(seed)
        critical = scored(frame).alerts.filter(pl.col("level") == "critical").join(bursts(frame), on="target_id")
        ratios += (critical["expected_final"] / critical["hostile"]).to_list()
    assert len(ratios) >= 6
    assert 0.25 < np.median(ratios) < 4


def test_more_hostile_accounts_wanted_is_less_probable(stream: Stream) -> None:
    frame = stream(1)
    few = scored(frame, WarnSettings(hostile_accounts=10, score_from=0.0)).scores
    many = scored(frame, WarnSettings(hostile_accounts=40, score_from=0.0)).scores
    assert few.select("target", "at").equals(many.select("target", "at"))
    assert (few["probability"] > many["probability"]).all()


def test_models_and_thresholds_are_checked() -> None:
    model = shipped_model()
    assert model.weights.shape == model.usual.shape == (2, len(FEATURES))
    assert (model.weights[:, :-2] >= 0).all()  # silence must not raise a probability
    with pytest.raises(ConfigurationError, match="another set of features"):
        model_from_text('{"features": ["x"]}')
    with pytest.raises(ConfigurationError, match="cannot be read"):
        model_from_text("[]")
    with pytest.raises(ConfigurationError, match="ascend"):
        rules_of(model, WarnSettings(watch_at=0.6), 0.0)
