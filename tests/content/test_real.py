from __future__ import annotations

import os
from pathlib import Path

import polars as pl
import pytest
from scipy.stats import mannwhitneyu

from graphwatch.content import score

DATA = Path(os.environ.get("GRAPHWATCH_DATA", Path(__file__).parents[3] / "shared" / "data"))


@pytest.mark.real
def test_offensive_chinese_texts() -> None:
    """The lexicon is precise and far from complete on COLD's development set; ``benchmarks/content.py`` prints the figures."""
    path = DATA / "cold" / "dev.csv.gz"
    if not path.is_file():
        pytest.skip(f"COLD is not there: {path} (set GRAPHWATCH_DATA)")
    frame = pl.read_csv(path)
    hostility = score(frame["TEXT"], reasons=False)["hostility"].fill_null(0)
    offensive = (frame["label"] == 1).to_numpy()
    values = hostility.to_numpy()
    auroc = mannwhitneyu(values[offensive], values[~offensive]).statistic / (offensive.sum() * (~offensive).sum())
    assert auroc >= 0.62
    called = values >= 0.5
    assert offensive[called].mean() >= 0.85
    assert called[offensive].mean() >= 0.09
