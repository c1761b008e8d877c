"""Rows of the test as they come, and the q-values over all of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
from scipy.stats import false_discovery_control

from graphwatch.attribute.control import Control
from graphwatch.attribute.counts import Counts
from graphwatch.attribute.enrichment import exact_p_value, expected_both, permutation_p_value
from graphwatch.attribute.odds import mantel_haenszel
from graphwatch.attribute.scopes import Scope
from graphwatch.settings import AttributeSettings


class Findings:
    """Tests of groups in scopes, and how many there were."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.rows: list[dict[str, object]] = []
        self.p_values: list[float] = []
        self.tests = 0

    def add(self, scope: Scope, counts: Counts, settings: AttributeSettings, rng: np.random.Generator) -> None:
        """Test every group with an account in the scope; the others are tests with p = 1."""
        self.tests += int(np.count_nonzero(counts.roster))
        for i in np.flatnonzero(counts.present).tolist():
            held = counts.group[i] > 0
            size, drawn, group, both = counts.size[held], counts.drawn[held], counts.group[i, held], counts.both[i, held]
            odds = mantel_haenszel(size, group, drawn, both)
            total = int(both.sum())
            if settings.p_value == "exact":
                p_value = exact_p_value(size, group, drawn, total)
            else:
                p_value = permutation_p_value(size, group, drawn, total, settings.permutations, rng)
            self.p_values.append(p_value)
            self.rows.append(
                {
                    "scope": scope.name,
                    self.key: counts.names[i],
                    "agencies": list(counts.agencies[i]),
                    "accounts": total,
                    "expected": expected_both(size, group, drawn),
                    "odds_ratio": odds.ratio,
                    "odds_low": odds.low,
                    "odds_high": odds.high,
                    "p_value": p_value,
                    "credit": min(1.0, float(counts.credit[i])),
                }
            )

    def describe(self, companies: Mapping[str, str], controls: Mapping[str, Control]) -> None:
        """Put company, controller and chain to the rows that lack them."""
        for row in reversed(self.rows):
            if "path" in row:
                break
            company = companies.get(str(row[self.key]))
            control = controls.get(company or "")
            row["company_id"] = company
            row["controller_id"] = control.controller_id if control else None
            row["path"] = list(control.path) if control else []

    def table(self, dtypes: Mapping[str, pl.DataType]) -> pl.DataFrame:
        """Give the rows as a frame, ordered by scope and group, with q-values over all tests."""
        n = len(self.rows)
        q_values = over_tests(self.p_values, self.tests)
        schema = {name: dtype for name, dtype in dtypes.items() if name != "q_value"}
        rows = [{name: row.get(name) for name in schema} for row in self.rows]
        frame = pl.DataFrame(rows, schema=schema).with_columns(q_value=pl.Series(q_values[:n], dtype=pl.Float64)).fill_nan(None)
        return frame.select(*dtypes).sort("scope", self.key)


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
