"""Rows of the test as they come, and the q-values over all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from scipy.stats import false_discovery_control

from graphwatch.attribute.control import Control
from graphwatch.attribute.counts import Counts
from graphwatch.attribute.enrichment import enrichment_of_groups, permutation_p_value
from graphwatch.attribute.odds import odds_of_groups
from graphwatch.attribute.scopes import Scope
from graphwatch.settings import AttributeSettings


class Findings:
    """Tests of groups in scopes, and how many there were; the rows are kept as columns."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.tests = 0
        names = ("scope", key, "agencies", "accounts", "expected", "odds_ratio", "odds_low", "odds_high", "p_value", "credit")
        self._columns: dict[str, list[object]] = {name: [] for name in names}
        self._p_values: list[float] = []

    def add(self, scope: Scope, counts: Counts, settings: AttributeSettings, rng: np.random.Generator) -> None:
        """Test every group with an account in the scope; the others are tests with p = 1."""
        self.tests += int(np.count_nonzero(counts.roster))
        present = np.flatnonzero(counts.present)
        group, both = counts.group[present], counts.both[present]
        ratio, low, high = odds_of_groups(counts.size, counts.drawn, group, both)
        expected, p_value = enrichment_of_groups(counts.size, counts.drawn, group, both)
        if settings.p_value != "exact":
            p_value = np.array([_permuted(counts, i, settings.permutations, rng) for i in present.tolist()], np.float64)
        self._p_values += p_value.tolist()
        self._extend(
            {
                "scope": [scope.name] * len(present),
                self.key: [counts.names[i] for i in present.tolist()],
                "agencies": [list(counts.agencies[i]) for i in present.tolist()],
                "accounts": both.sum(axis=1).tolist(),
                "expected": expected.tolist(),
                "odds_ratio": ratio.tolist(),
                "odds_low": low.tolist(),
                "odds_high": high.tolist(),
                "p_value": p_value.tolist(),
                "credit": np.minimum(counts.credit[present], 1.0).tolist(),
            }
        )

    def describe(self, companies: Mapping[str, str], controls: Mapping[str, Control]) -> None:
        """Put company, controller and chain to the rows that lack them."""
        done = len(self._columns.setdefault("path", []))
        company = [companies.get(str(name)) for name in self._columns[self.key][done:]]
        control = [controls.get(name or "") for name in company]
        self._extend(
            {
                "company_id": company,
                "controller_id": [c.controller_id if c else None for c in control],
                "path": [list(c.path) if c else [] for c in control],
            }
        )

    def _extend(self, more: Mapping[str, Sequence[object]]) -> None:
        for name, values in more.items():
            self._columns.setdefault(name, []).extend(values)

    def table(self, dtypes: Mapping[str, pl.DataType]) -> pl.DataFrame:
        """Give the rows as a frame, ordered by scope and group, with q-values over all tests."""
        q_values = over_tests(self._p_values, self.tests)
        missing = [None] * len(self._p_values)
        columns = {name: self._columns.get(name, missing) for name in dtypes} | {"q_value": list(q_values)}
        return frame_of(columns, dtypes).fill_nan(None).sort("scope", self.key)


def _permuted(counts: Counts, i: int, permutations: int, rng: np.random.Generator) -> float:
    held = counts.group[i] > 0
    size, drawn, group = counts.size[held], counts.drawn[held], counts.group[i, held]
    return permutation_p_value(size, group, drawn, int(counts.both[i, held].sum()), permutations, rng)


def frame_of(columns: Mapping[str, Sequence[Any]], dtypes: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Make a frame of columns; those of lists from their flat values, since polars would make a series of each list first.

    Examples
    --------
    >>> frame_of({"a": [["x"], []]}, {"a": pl.List(pl.String())})["a"].to_list()
    [['x'], []]
    """
    made = []
    for name, dtype in dtypes.items():
        values = columns[name]
        if isinstance(dtype, pl.List):
            ends = np.cumsum([0, *(len(value) for value in values)], dtype=np.int64)
            flat = pl.Series([part for value in values for part in value], dtype=dtype.inner)
            made.append(pl.Series(name, pa.LargeListArray.from_arrays(pa.array(ends, pa.int64()), flat.to_arrow()), dtype=dtype))
        else:
            made.append(pl.Series(name, values, dtype=dtype))
    return pl.DataFrame(made)


def over_tests(p_values: list[float], tests: int) -> list[float]:
    """Benjamini–Hochberg q-values over ``tests`` tests, of which those not given have p = 1.

    Examples
    --------
    >>> over_tests([0.01, 0.04], 4)
    [0.04, 0.08]
    """
    if not p_values:
        return []
    padded = np.ones(max(tests, len(p_values)))
    padded[: len(p_values)] = p_values
    q_values: list[float] = false_discovery_control(padded)[: len(p_values)].tolist()
    return q_values
