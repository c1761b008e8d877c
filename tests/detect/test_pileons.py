"""Pile-ons end to end on small streams with known bursts."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from graphwatch.detect import find_pileons
from graphwatch.detect.baseline import Span
from graphwatch.detect.bursts import find_bursts, window_widths
from graphwatch.detect.candidates import find_candidates
from graphwatch.detect.profile import cumulative, flat_profile
from graphwatch.detect.segment import bursts_of_groups
from graphwatch.detect.streams import Stream, all_stream
from graphwatch.graph.encode import encode
from graphwatch.model import DAY, F64, HOUR, I64, MINUTE, Pileons
from graphwatch.schema import PILEONS
from graphwatch.settings import DetectSettings

Make = Callable[..., pl.DataFrame]
SETTINGS = DetectSettings()


def detect(frame: pl.DataFrame, settings: DetectSettings = SETTINGS) -> Pileons:
    return find_pileons(encode(frame), settings, 0)


def test_attack_criticism_and_crowd_are_found_and_told_apart(make_background: Make, make_burst: Make, number: Make, start: int) -> None:
    truth = {"t0003": ("attack", "abuse", 5.5), "t0010": ("criticism", "criticism", 9.3), "t0020": ("attention", "praise", 14.2)}
    bursts = [
        make_burst(1, t, day=day, accounts=220, hours=5, tone=tone, first=10**6 + k * 1000)
        for k, (t, (_, tone, day)) in enumerate(truth.items())
    ]
    found = detect(number(make_background(1), *bursts))
    frame = found.frame
    assert dict(zip(frame["target_id"], frame["nature"], strict=True)) == {t: nature for t, (nature, _, _) in truth.items()}
    for row, notes in zip(frame.iter_rows(named=True), found.notes, strict=True):
        onset = start + truth[row["target_id"]][2] * DAY
        assert abs(row["onset"].timestamp() * 1e6 - onset) < 20 * MINUTE
        assert row["onset"] <= row["peak"] <= row["end"]
        assert row["newcomers"] >= 200
        assert row["actors"] <= 240
        assert row["expected"] < 20
        assert row["q_value"] <= 0.05
        assert row["nature_probability"] > 0.6
        assert row["surfaces"] == ["comment"]
        assert row["campaign_id"] is None
        assert len(notes) >= 3
    attack = frame.filter(pl.col("nature") == "attack").row(0, named=True)
    assert attack["top_categories"] == ["abuse"]
    assert attack["hostile_actors"] > 150


def test_the_result_keeps_its_contract(make_background: Make, make_burst: Make, number: Make) -> None:
    frame = number(
        make_background(2, targets=20),
        make_burst(2, "t0001", day=4, accounts=60, hours=3),
        make_burst(2, "t0002", day=2, accounts=60, hours=3),
    )
    events = encode(frame)
    found = find_pileons(events, SETTINGS, 0)
    assert dict(found.frame.schema) == PILEONS.dtypes
    assert found.onset.tolist() == sorted(found.onset.tolist())
    assert found.frame["pileon_id"].n_unique() == len(found) == 2
    assert found.frame["pileon_id"].str.contains("^p-[0-9a-f]{12}$").all()
    for k in range(len(found)):
        rows = found.rows.row(k)
        aimed = [
            i for i in range(len(events)) if found.target[k] in events.targets.row(i) and found.onset[k] <= events.at[i] <= found.end[k]
        ]
        assert rows.tolist() == aimed
        assert events.at[rows[-1]] == found.end[k]
        assert len(aimed) == found.frame["interactions"][k]
        assert len(set(events.actor[rows])) == found.frame["actors"][k]
    assert events.accounts.gather(found.target).to_list() == found.frame["target_id"].to_list()
    assert not found.volume_only


def test_ordinary_traffic_has_no_pileons(make_background: Make, number: Make) -> None:
    for seed in (11, 12, 13):
        assert len(detect(number(make_background(seed, targets=150, per_day=8.0, hostile=0.08)))) == 0


def test_row_order_and_account_names_change_nothing(make_background: Make, make_burst: Make, number: Make) -> None:
    frame = number(make_background(3, targets=30), *(make_burst(3, f"t000{k}", day=3 + k, accounts=50, hours=4) for k in range(4)))
    found = detect(frame)
    shuffled = detect(frame.sample(fraction=1, shuffle=True, seed=5))
    assert found.frame.equals(shuffled.frame)
    assert found.notes == shuffled.notes

    def renamed(name: pl.Expr) -> pl.Expr:
        return name.str.reverse() + "x"

    other = frame.with_columns(renamed(pl.col("actor_id")), pl.col("target_ids").list.eval(renamed(pl.element())))
    again = detect(other).frame.with_columns(renamed(pl.col("target_id").str.strip_suffix("x")).str.strip_suffix("x"))
    columns = [name for name in found.frame.columns if name != "pileon_id"]
    assert found.frame.select(columns).sort("target_id").equals(again.select(columns).sort("target_id"))


def test_bursts_of_a_target_do_not_depend_on_which_targets_are_scanned_with_it(
    make_background: Make, make_burst: Make, number: Make
) -> None:
    """The kernel sees one target and a few global numbers: one by one it gives the same bytes as all at once."""
    bursts = [make_burst(4, f"t000{k}", day=6 + k, accounts=80, hours=3) for k in range(6)]
    _, whole = all_stream(encode(number(make_background(4, targets=25), *bursts)))
    widths, running = np.array([15, 60, 1440]) * MINUTE, cumulative(flat_profile())
    opened, closed = int(whole.at.min()), int(whole.at.max()) + 1
    rates, alpha = np.full((whole.groups, 3), 0.2), np.full(3, 0.3)

    def run(chosen: list[int]) -> tuple[I64, F64]:
        return bursts_of_groups(
            np.array(chosen), whole.start, whole.at, whole.previous, whole.following, opened, closed, widths, running,
            0.5, rates, np.full((whole.groups, 3), 0.3), alpha, np.zeros(3), 5, 2.0, 0.5, 12 * HOUR,
        )  # fmt: skip

    together = run(list(range(whole.groups)))
    alone = [run([g]) for g in range(whole.groups)]
    assert len(together[0]) >= 6
    assert together[0].tobytes() == np.concatenate([extent for extent, _ in alone]).tobytes()
    assert together[1].tobytes() == np.concatenate([figures for _, figures in alone]).tobytes()


@pytest.mark.parametrize("gap", [14, 18, 22])
@pytest.mark.parametrize("same", [False, True])
def test_two_raids_in_one_day_are_two_pile_ons(make_background: Make, make_burst: Make, number: Make, gap: int, *, same: bool) -> None:
    """A window of a day holds both and is the likeliest; the quiet between them parts them, whoever comes back."""
    first = make_burst(11, "t0003", day=9.0, accounts=60, hours=2.0)
    second = make_burst(12, "t0003", day=9.0 + (2 + gap) / 24, accounts=60, hours=2.0, first=1_000_000 if same else 2_000_000)
    found = find_pileons(encode(number(make_background(9), first, second)), DetectSettings())
    assert found.frame["nature"].to_list() == ["attack", "attack"]
    for k, raid in enumerate((first, second)):
        at = raid["at"].dt.epoch("us").to_numpy()
        assert abs(found.onset[k] - at.min()) <= 10 * MINUTE
        assert found.end[k] <= at.max() + HOUR
    together = find_pileons(encode(number(make_background(9), first, second)), DetectSettings(quiet_h=36))
    assert len(together) == 1


def test_a_hundred_hostile_acts_over_a_year_are_no_pileon(make_background: Make, make_burst: Make, number: Make) -> None:
    slow = make_burst(5, "t0001", day=5, accounts=100, hours=340 * 24)
    assert len(detect(number(make_background(5, targets=15, days=350, per_day=1.0), slow))) == 0


def test_a_slow_attack_over_two_days_is_one_pileon(make_background: Make, make_burst: Make, number: Make) -> None:
    found = detect(number(make_background(6), make_burst(6, "t0004", day=8, accounts=70, hours=44)))
    assert found.frame["target_id"].to_list() == ["t0004"]
    assert found.frame["hostile_actors"][0] > 45


def test_bursts_with_a_quiet_day_between_are_two_and_with_a_quiet_hour_one(make_background: Make, make_burst: Make, number: Make) -> None:
    def parts(gap_days: float) -> int:
        second = make_burst(8, "t0002", day=7 + gap_days, accounts=80, hours=3, first=2_000_000)
        return len(detect(number(make_background(7), make_burst(7, "t0002", day=7, accounts=80, hours=3), second)))

    assert parts(0.2) == 1
    assert parts(1.5) == 2


def test_a_crowd_that_carries_an_attack_is_one_pileon(make_background: Make, make_burst: Make, number: Make, start: int) -> None:
    news = make_burst(9, "t0006", day=10, accounts=400, hours=8, tone="news")
    attack = make_burst(10, "t0006", day=10.15, accounts=250, hours=5, first=3_000_000)
    found = detect(number(make_background(8), news, attack))
    assert len(found) == 1
    assert found.frame["nature"].to_list() == ["attack"]
    assert abs(found.onset[0] - start - 10.15 * DAY) < HOUR


def test_few_accounts_are_no_pileon(make_background: Make, make_burst: Make, number: Make) -> None:
    frame = number(make_background(14), make_burst(11, "t0007", day=6, accounts=9, hours=1, acts=12))
    assert len(detect(frame)) == 0
    assert len(detect(frame, DetectSettings(min_actors=5))) == 1


def test_a_newcomer_had_not_been_there_before(make_background: Make, make_burst: Make, number: Make) -> None:
    known = make_burst(12, "t0003", day=1, accounts=6, hours=400, tone="praise", acts=1)
    attack = make_burst(12, "t0003", day=18.5, accounts=60, hours=2, acts=1)  # the first six are the same accounts
    found = detect(number(make_background(9, per_day=1.0), known, attack)).frame.row(0, named=True)
    assert found["target_id"] == "t0003"
    assert found["actors"] - found["newcomers"] >= 6


def test_without_hostility_there_is_attention_only(make_background: Make, make_burst: Make, number: Make) -> None:
    frame = number(make_background(10), make_burst(13, "t0001", day=6, accounts=200, hours=4)).with_columns(hostility=None, category=None)
    found = detect(frame)
    assert found.volume_only
    assert found.frame["nature"].to_list() == ["attention"]
    assert found.frame["nature_probability"].to_list() == [None]
    assert found.frame["hostile"].to_list() == [None]
    assert "volume" in found.notes[0][0]


def test_rows_of_unknown_hostility_are_noted(make_background: Make, make_burst: Make, number: Make) -> None:
    frame = number(make_background(10), make_burst(13, "t0001", day=6, accounts=300, hours=4))
    hidden = pl.when(pl.int_range(pl.len()) % 5 > 1).then(None).otherwise(pl.col("hostility"))
    found = detect(frame.with_columns(hostility=hidden))
    assert found.frame["nature"].to_list() == ["attack"]
    assert any("known for" in note for note in found.notes[0])


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_next_to_nothing(make_burst: Make, number: Make, rows: int) -> None:
    found = detect(number(make_burst(1, "t", day=0, accounts=3, hours=1)).head(rows))
    assert len(found) == 0
    assert dict(found.frame.schema) == PILEONS.dtypes


def test_everything_at_one_moment(make_burst: Make, number: Make, start: int) -> None:
    frame = number(make_burst(1, "t", day=0, accounts=50, hours=1)).with_columns(at=pl.lit(start).cast(pl.Datetime("us", "UTC")))
    assert len(detect(frame)) == 0  # there is nothing to compare it with


def test_no_targets(make_burst: Make, number: Make) -> None:
    frame = number(make_burst(1, "t", day=0, accounts=50, hours=1)).with_columns(target_ids=pl.lit([], dtype=pl.List(pl.String)))
    found = detect(frame)
    assert len(found) == 0
    assert find_candidates(encode(frame), SETTINGS, 0) is None


def test_one_target_and_a_day_and_a_half(make_burst: Make, number: Make) -> None:
    quiet = make_burst(1, "t", day=0, accounts=60, hours=34, tone="news", first=5_000_000)
    found = detect(number(quiet, make_burst(2, "t", day=0.7, accounts=400, hours=6)))
    assert found.frame["nature"].to_list() == ["attack"]


def test_an_impossible_time_stamp_is_survived(make_background: Make, make_burst: Make, number: Make) -> None:
    stray = make_burst(3, "t0001", day=900_000, accounts=1, hours=1)
    found = detect(number(make_background(15, targets=20), make_burst(3, "t0002", day=5, accounts=80, hours=2), stray))
    assert "t0002" in found.frame["target_id"]


def test_all_pileons_of_one_settings_window(make_null: Callable[..., Stream]) -> None:
    stream = make_null(1, groups=20)
    span = Span(int(stream.at.min()), int(stream.at.max()) + 1, cumulative(flat_profile()))
    assert window_widths((60.0,), span).tolist() == [HOUR]
    assert len(find_bursts(stream, span, window_widths((60.0,), span), None, 10, 0.05, seed=(0,)).null_p) == 20


def test_two_attacks_on_one_of_few_targets_are_both_found(make_background: Make, make_burst: Make, number: Make) -> None:
    for seed in range(3):
        waves = (make_burst(seed, "t0003", day=day, accounts=40, hours=2, tone="abuse") for day in (5, 7))
        rows = number(make_background(40 + seed, targets=20, days=10, per_day=20.0), *waves)
        found = find_pileons(encode(rows), DetectSettings(), 0).frame
        assert found.select("target_id", "nature").rows() == [("t0003", "attack")] * 2
