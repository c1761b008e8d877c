"""The result as Python users meet it."""

from __future__ import annotations

from typing import Any, cast

import pytest

import graphwatch as gw


def test_an_unknown_pileon_is_a_key_error_and_the_result_prints_short() -> None:
    columns = {"interaction_id": ["1", "2"], "at": ["2024-05-01", "2024-05-02"], "actor_id": ["a", "b"], "kind": ["post", "comment"]}
    result = gw.analyze(columns)
    for unknown in ("p-0", None, 5):
        with pytest.raises(KeyError, match="there are 0, see"):
            result.pileon(cast(Any, unknown))
    assert repr(result) == "Result(2 interactions; pile-ons: none; alerts: 0)"
    with pytest.raises(gw.ConfigurationError, match="expected a time such as"):
        gw.detect_coactions(columns, window=cast(Any, True))
