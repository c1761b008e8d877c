"""Detectors are functions of one group and a few global figures: scanned in parts, in any order, they give the same bytes."""

from collections.abc import Callable

import numpy as np
import pytest

from graphwatch.detect.baseline import Span
from graphwatch.detect.bursts import fit_null, scan_by_group, window_widths
from graphwatch.detect.profile import cumulative, hour_of_week_profile
from graphwatch.detect.streams import Stream
from graphwatch.model import DAY, HOUR, I64

WINDOWS = (5.0, 15.0, 60.0, 180.0, 360.0, 1440.0)


def part(stream: Stream, groups: I64) -> Stream:
    """Give the stream of some groups alone, as a distributed group-by would hand it over."""
    pieces = [np.arange(stream.start[g], stream.start[g + 1]) for g in groups]
    positions = np.concatenate([*pieces, np.zeros(0, np.int64)])
    new = np.zeros(len(stream) + 1, np.int32)
    new[positions] = np.arange(len(positions))
    new[-1] = len(positions)  # "none" of ``following``
    start = np.concatenate([[0], np.cumsum([len(piece) for piece in pieces])]).astype(np.int64)
    previous = np.where(stream.previous[positions] >= 0, new[stream.previous[positions]], -1).astype(np.int32)
    return Stream(start, stream.at[positions], stream.row[positions], previous, new[stream.following[positions]])


def planted(make_null: Callable[..., Stream]) -> Stream:
    """Thirty ordinary targets, three of them with a burst."""
    calm = make_null(11, groups=30, spread=0.4, block_h=24, rate=1.0)
    rng = np.random.default_rng(1)
    extra = {3: 400, 17: 150, 29: 90}
    at, sizes = [], []
    for g in range(calm.groups):
        own = calm.at[calm.start[g] : calm.start[g + 1]]
        burst = own[0] + 9 * DAY + rng.integers(0, 3 * HOUR, extra.get(g, 0))
        at.append(np.sort(np.concatenate([own, burst])))
        sizes.append(len(at[-1]))
    start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    n = int(start[-1])
    nobody, beyond = np.full(n, -1, np.int32), np.full(n, n, np.int32)
    return Stream(start, np.concatenate(at), np.arange(n, dtype=np.int32), nobody, beyond)


@pytest.mark.parametrize("own", [False, True])
def test_the_scan_in_parts_is_the_scan(make_null: Callable[..., Stream], own: bool) -> None:
    stream = planted(make_null)
    at = np.sort(stream.at)
    span = Span(int(at[0]), int(at[-1]) + 1, cumulative(hour_of_week_profile(at)))
    null = fit_null(stream, span, window_widths(WINDOWS, span), None, 5, 0.05, seed=(0,), own=own)
    whole = scan_by_group(stream, null, 0.05)
    assert {3, 17, 29} <= set(whole.group.tolist())
    parts = np.array_split(np.random.default_rng(2).permutation(stream.groups), 4)
    fields = ("onset", "end", "statistic", "expected", "p_value")
    for groups in parts:
        chosen = scan_by_group(part(stream, groups), null.of(groups), 0.05)
        assert chosen.null_p.tobytes() == whole.null_p[groups].tobytes()
        for place, group in enumerate(groups):
            mine, theirs = chosen.group == place, whole.group == group
            for name in fields:
                assert getattr(chosen, name)[mine].tobytes() == getattr(whole, name)[theirs].tobytes(), name
