"""The public functions on missing parents: frames in, pandas out. Who answered whom, and through whom others came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphwatch import detect
from graphwatch.graph.encode import encode
from graphwatch.load import Frame, as_interactions, as_table
from graphwatch.model import Events
from graphwatch.schema import ACCOUNTS, FOLLOWS
from graphwatch.settings import Settings

if TYPE_CHECKING:
    import pandas as pd


def infer_parents(
    interactions: Frame, *, accounts: Frame | None = None, follows: Frame | None = None, settings: Settings | None = None
) -> pd.DataFrame:
    """Infer the parents that interactions of known threads do not bring.

    Parameters
    ----------
    interactions
        Table ``interactions``. Where ``parent_id`` is empty and ``root_id`` is not, the parent is inferred; given parents stay.
    accounts
        Table ``accounts``, for the names in repost chains (``//@name:``).
    follows
        Table ``follows``.

    Returns
    -------
    pandas.DataFrame
        One row per inferred edge, by time: ``interaction_id``, ``parent_id`` (the likeliest), ``root_id``, ``probability`` (that it is the
        parent; higher is surer; empty where the given parent is not in the data), ``method`` (``root``, ``timing``, ``follow``,
        ``chain``, ``absent``), and averages over all trees: ``expected_depth``, ``expected_children``, ``expected_descendants``.

    See Also
    --------
    graphwatch.detect.parents : the method, its source, and what breaks it.

    Examples
    --------
    >>> rows = {"interaction_id": ["1", "2", "3"], "at": [1.7e9, 1.7e9 + 60, 1.7e9 + 90], "actor_id": ["ann", "bob", "cat"]}
    >>> rows |= {"kind": ["post", "repost", "repost"], "root_id": [None, "1", "1"], "text": ["news", "sad", "yes//@bob: sad"]}
    >>> infer_parents(rows)[["interaction_id", "parent_id", "method"]].values.tolist()
    [['2', '1', 'root'], ['3', '2', 'chain']]
    """
    events, parents = _inferred(interactions, accounts, follows, settings or Settings())
    return detect.inferred_edges(events, parents).to_pandas()


def rank_amplifiers(
    interactions: Frame,
    top: int = 10,
    *,
    accounts: Frame | None = None,
    follows: Frame | None = None,
    settings: Settings | None = None,
) -> pd.DataFrame:
    """Rank the accounts of each thread with missing parents by how many others came through them, averaged over all possible trees.

    Parameters
    ----------
    top
        Accounts per thread.

    Returns
    -------
    pandas.DataFrame
        ``root_id``, ``rank``, ``actor_id``, ``acts``, ``expected_children``, ``expected_descendants`` (higher is more influence). A list to
        look through, not a finding about an account.

    See Also
    --------
    infer_parents : the single edges.
    """
    events, parents = _inferred(interactions, accounts, follows, settings or Settings())
    return detect.rank_amplifiers(events, parents, top).to_pandas()


def _inferred(interactions: Frame, accounts: Frame | None, follows: Frame | None, settings: Settings) -> tuple[Events, detect.Parents]:
    checked = as_interactions(interactions, settings=settings.load)
    events = encode(checked)
    known = None if accounts is None else as_table(accounts, ACCOUNTS, settings=settings.load)
    graph = None if follows is None else as_table(follows, FOLLOWS, settings=settings.load)
    return events, detect.infer_parents(events, detect.gather_evidence(checked, events, known, graph))
