"""The warning model: a logistic regression whose weights are a short table that ships with the package.

Two variants: with hostility (hostile accounts), and volume only (accounts of any kind). ``benchmarks/fit_warning.py`` writes the table;
this module reads and applies it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

import numpy as np

from graphwatch.errors import ConfigurationError
from graphwatch.model import F64
from graphwatch.settings import WarnSettings
from graphwatch.warn.features import FEATURES
from graphwatch.warn.stream import Rules

WEIGHTS_FILE: Final = "weights.json"
VARIANTS: Final = ("volume", "hostility")


@dataclass(frozen=True, slots=True)
class Model:
    """Log-odds = intercept + Σ weight × (feature − usual).

    Attributes
    ----------
    version
        Name that every alert carries.
    weights, usual : (2, number of features)
        Per variant, in the order of :data:`~graphwatch.warn.features.FEATURES`. ``usual`` is the mean on ordinary traffic; a feature that
        is not known takes it, and so contributes nothing.
    intercept : (2,)
        Log-odds of ordinary traffic.
    """

    version: str
    weights: F64
    usual: F64
    intercept: F64


def model_from_text(text: str) -> Model:
    """Read a model from its JSON form.

    Raises
    ------
    ConfigurationError
        The text is no such model, or of another set of features.
    """
    try:
        content = json.loads(text)
        if tuple(content["features"]) != FEATURES:
            raise ConfigurationError("the warning model was fitted to another set of features")
        columns = {name: np.array([content[variant][name] for variant in VARIANTS]) for name in ("weights", "usual", "intercept")}
        return Model(str(content["version"]), **columns)
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(f"the warning model cannot be read: {error}") from error


@cache
def shipped_model() -> Model:
    """Give the model that ships with the package.

    Examples
    --------
    >>> shipped_model().weights.shape == (2, len(FEATURES))
    True
    """
    return model_from_text(resources.files("graphwatch.warn").joinpath(WEIGHTS_FILE).read_text("utf-8"))


def rules_of(model: Model, settings: WarnSettings, score_from: float) -> Rules:
    """Put model and settings into the numbers that the state machine reads.

    Raises
    ------
    ConfigurationError
        The levels' probabilities do not ascend.
    """
    if not settings.watch_at < settings.warning_at < settings.critical_at:
        raise ConfigurationError("the probabilities warn.watch_at, warn.warning_at and warn.critical_at must ascend")
    return Rules(
        accounts=float(settings.hostile_accounts),
        horizon=settings.horizon_h * 3600.0,
        weights=model.weights,
        usual=model.usual,
        intercept=model.intercept,
        levels=np.array([settings.watch_at, settings.warning_at, settings.critical_at]),
        clear=settings.watch_at / 2.0,
        cooldown=settings.cooldown_h * 3600.0,
        memory=settings.memory_days * 86400.0,
        score_from=score_from,
    )
