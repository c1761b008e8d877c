"""The public functions on co-action: frames or files in, pandas out. Apart from the others, so that they import little."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from numbers import Real
from os import PathLike
from typing import TYPE_CHECKING

import polars as pl

from graphwatch.detect.acts import COLUMNS, read_acts
from graphwatch.detect.coaction import coactions_frame
from graphwatch.detect.prior_coaction import History, PriorCoaction, prior_coaction
from graphwatch.errors import ConfigurationError
from graphwatch.graph.encode import encode, look_up
from graphwatch.load import Frame, as_interactions, load_interactions
from graphwatch.load.rejected import warn_rejected
from graphwatch.load.sources import PathInput
from graphwatch.settings import Settings

if TYPE_CHECKING:
    import pandas as pd


def detect_coactions(
    interactions: Frame | PathInput,
    window: str | float | timedelta = "60s",
    min_participation: int = 2,
    null: bool = True,
    *,
    objects: Sequence[str] | None = None,
    near_text: bool | None = None,
    evidence: bool = False,
    settings: Settings | None = None,
) -> pd.DataFrame:
    """Find pairs of accounts that acted on the same objects within a time window.

    Parameters
    ----------
    interactions
        A frame, or a file as :func:`graphwatch.read_interactions` takes it: of that only what co-action needs is kept.
    window
        Largest time between the two acts, inclusive: ``"60s"``, ``"5min"``, a ``timedelta``, or a number of seconds.
    min_participation
        Fewest acts on shared objects of an account, counted as CooRTweet counts them.
    null
        True: keep the pairs that chance does not explain, with p and q. False: counts only, nothing filtered, as CooRTweet does.
    objects
        Sorts of object to count, e.g. ``("url", "tag")``; the setting's (all) when not given.
    near_text
        Count near-duplicate texts as one object; the setting's (no) when not given.
    evidence
        Add the columns of ``coaction_evidence`` to each pair: who comes first, by how much, and the interactions behind it.

    Returns
    -------
    pandas.DataFrame
        Table ``coactions``, by (a, b); a lower ``q_value`` is stronger evidence. Its ``attrs`` hold ``counts`` (pairs before loops were
        dropped, and so on), ``saturated``: the objects with so many acts that only a part of their pairs was looked at, and ``groups``:
        the rows of ``coaction_groups``.

    Raises
    ------
    ConfigurationError
        The window is no positive time.

    Examples
    --------
    >>> rows = {"interaction_id": ["1", "2", "3"], "at": [1.7e9, 1.7e9 + 20, 1.7e9 + 90], "actor_id": ["a", "b", "c"]}
    >>> rows |= {"kind": ["post"] * 3, "objects": [["url:x", "tag:y"], ["url:x"], ["url:x"]]}
    >>> detect_coactions(rows, "60s", 1, null=False)[["a", "b", "weight", "mean_delay_s"]].values.tolist()
    [['a', 'b', 1, 20.0]]
    """
    chosen = settings or Settings()
    micros = _micros(window)
    wanted = chosen.detect.coaction_objects if objects is None else _object_sorts(objects)
    detecting = chosen.detect.model_copy(update={"coaction_objects": wanted})
    rows = _rows(interactions, chosen, keep_duplicates=not null)
    if detecting.coaction_near_text if near_text is None else near_text:
        from graphwatch.detect.near_texts import with_near_texts  # noqa: PLC0415 - the content stage takes long to import

        rows = with_near_texts(rows, detecting.coaction_similarity)
    found = coactions_frame(
        encode(rows.select(COLUMNS)) if evidence else read_acts(rows),
        window_us=micros,
        min_participation=min_participation,
        null=null,
        settings=detecting,
        seed=chosen.seed,
        evidence=evidence,
    )
    table = found.frame.join(found.evidence, on=["a", "b"], how="left", maintain_order="left") if evidence else found.frame
    frame = table.to_pandas()
    frame.attrs |= {"counts": dict(found.counts), "saturated": found.saturated.to_dicts(), "groups": found.group_table.to_dicts()}
    return frame


def acted_together_before(
    interactions: Frame | PathInput,
    accounts: Sequence[str],
    before: str | datetime,
    window: str | float | timedelta = "60s",
    *,
    objects: Sequence[str] | None = None,
    settings: Settings | None = None,
) -> PriorCoaction:
    """Test whether accounts acted together before a moment, e.g. those of a pile-on before its onset, more than equally active ones do.

    Parameters
    ----------
    accounts
        Their ids; those that are not in the data are left out.
    before
        Time; without a zone it is UTC. Only acts before it count, and none older than the setting ``detect.coaction_prior_days``.
    window
        Largest time between two acts on one object that makes them a co-action, inclusive; a number is seconds.
    objects
        Sorts of object to count; the setting's (all) when not given.

    Returns
    -------
    PriorCoaction
        Pairs that co-acted, those expected, and a permutation p-value; lower is stronger.

    Raises
    ------
    ConfigurationError
        The window is no positive time, or ``before`` no time.

    See Also
    --------
    graphwatch.detect.prior_coaction : the method, and what breaks it.
    """
    chosen = settings or Settings()
    import pandas as pd  # noqa: PLC0415 - loading a file does not wait for it

    moment = pd.to_datetime(before, errors="coerce", utc=True)
    if pd.isna(moment):
        raise ConfigurationError(f"before {before!r}: expected a time such as '2024-05-01 12:00'")
    wanted = chosen.detect.coaction_objects if objects is None else _object_sorts(objects)
    detecting = chosen.detect.model_copy(update={"coaction_objects": wanted, "coaction_window_s": _micros(window) / 1e6})
    events = encode(_rows(interactions, chosen).select(COLUMNS))
    codes = look_up(pl.Series(list(accounts), dtype=pl.String).unique().sort(), events.accounts)
    micros = (moment - pd.Timestamp(0, tz="UTC")) // pd.Timedelta(microseconds=1)
    history = History.of(events, detecting)
    return prior_coaction(history, codes[codes >= 0], micros, detecting, chosen.seed)


def _rows(interactions: Frame | PathInput, settings: Settings, *, keep_duplicates: bool = False) -> pl.LazyFrame:
    """Give valid rows, of a file read as they are asked for."""
    if not isinstance(interactions, (str, PathLike)):
        return as_interactions(interactions, keep_duplicates=keep_duplicates, settings=settings.load)
    loaded = load_interactions(interactions, settings=settings.load)
    warn_rejected(loaded.rejected, loaded.counts, str(interactions))
    return loaded.interactions


def _object_sorts(objects: Sequence[str]) -> tuple[str, ...]:
    sorts = () if isinstance(objects, str) else tuple(str(sort).removesuffix(":") for sort in objects)
    if not sorts or not all(sorts):
        raise ConfigurationError(f"objects {objects!r}: expected sorts of object such as ('url', 'tag')")
    return sorts


def _micros(window: str | float | timedelta) -> int:
    """Give a window in µs; a number is seconds."""
    wrong = ConfigurationError(f"window {window!r}: expected a time such as '60s' or '5min', or seconds")
    if isinstance(window, bool) or not isinstance(window, str | timedelta | Real):
        raise wrong
    try:
        micros = round(_spelled_out(window) / timedelta(microseconds=1))
    except (TypeError, ValueError, OverflowError) as error:
        raise wrong from error
    if micros <= 0:
        raise ConfigurationError(f"window {window!r}: expected a positive time")
    return micros


def _spelled_out(window: str | float | timedelta) -> timedelta:
    if not isinstance(window, str):
        return window if isinstance(window, timedelta) else timedelta(seconds=float(window))
    import pandas as pd  # noqa: PLC0415 - loading a file does not wait for it

    return pd.Timedelta(window)
