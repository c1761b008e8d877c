"""The running scan against its definition, and that it never looks ahead."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphwatch.detect.online import running_scan
from graphwatch.detect.scan import log_likelihood_ratio
from graphwatch.detect.streams import link_repeats

HOUR = 3_600_000_000
FLAT = np.arange(169.0)


def scanned(at: np.ndarray, actor: np.ndarray, widths: np.ndarray, least: int) -> np.ndarray:
    start = np.array([0, len(at)], np.int64)
    previous, following = link_repeats(start, actor, int(actor.max()) + 1 if len(actor) else 1)
    return running_scan(at, previous, following, 0, widths, FLAT, 1.0, 0.5, np.full(len(widths), 0.1), least)


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 5)), min_size=1, max_size=30),
    st.lists(st.integers(1, 15), min_size=1, max_size=3, unique=True),
    st.integers(1, 4),
)
def test_it_is_what_its_definition_says(acts: list[tuple[int, int]], widths: list[int], least: int) -> None:
    acts = sorted(acts)
    at = np.array([a * HOUR for a, _ in acts], np.int64)
    actor = np.array([b for _, b in acts], np.int32)
    got = scanned(at, actor, np.array(sorted(widths), np.int64) * HOUR, least)
    for i, (now, _) in enumerate(acts):
        best = 0.0
        for width in widths:
            count = len({b for a, b in acts[: i + 1] if now - width < a <= now})
            if count < least or now - width < 0:
                continue
            before = sum(1 for a, _ in acts[: i + 1] if a <= now - width)
            mean = (before + 1.0) / (now - width + 1.0 / 0.5) * width
            best = max(best, log_likelihood_ratio(float(count), mean, 0.1 + 1.0 / (before + 1.0)))
        assert got[i] == pytest.approx(best)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 4)), min_size=2, max_size=40), st.data())
def test_what_comes_later_changes_nothing(acts: list[tuple[int, int]], data: st.DataObject) -> None:
    acts = sorted(acts)
    cut = data.draw(st.integers(1, len(acts)))
    widths = np.array([2, 7], np.int64) * HOUR
    at, actor = np.array([a * HOUR for a, _ in acts], np.int64), np.array([b for _, b in acts], np.int32)
    assert scanned(at, actor, widths, 2)[:cut].tobytes() == scanned(at[:cut], actor[:cut], widths, 2).tobytes()
