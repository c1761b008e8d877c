"""Who began, from a contact graph and the infected: every method, their ensemble, and what must be known to read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from scipy.stats import rankdata

from graphwatch.errors import ConfigurationError
from graphwatch.model import F64, I64
from graphwatch.trace.source.contacts import Contacts, Outbreak, outbreaks
from graphwatch.trace.source.correlation import FEWEST_OBSERVED, time_distance_correlation
from graphwatch.trace.source.ensemble import Agreement, agreement, reciprocal_rank_fusion
from graphwatch.trace.source.hubs import HUB_HEAVY, degree_heterogeneity, rank_correlation
from graphwatch.trace.source.jordan import jordan_centrality
from graphwatch.trace.source.netsleuth import netsleuth
from graphwatch.trace.source.posterior import source_posterior
from graphwatch.trace.source.propagation import label_propagation
from graphwatch.trace.source.rumour import rumour_centrality

SNAPSHOT: Final = ("rumour", "jordan", "netsleuth", "label_propagation")
METHODS: Final = (*SNAPSHOT, "times", "posterior")
# Of the ensemble. Methods that do not look at the times count little where there are times; the posterior uses all that is given.
WEIGHTS: Final = dict.fromkeys(SNAPSHOT, 1.0) | {"times": 2.0, "posterior": 4.0}
WEIGHTS_WITH_TIMES: Final = dict.fromkeys(SNAPSHOT, 0.25) | {"times": 2.0, "posterior": 8.0}


@dataclass(frozen=True, slots=True)
class Located:
    """Candidates for the source.

    Attributes
    ----------
    frame
        One row per infected node, likeliest first: ``node`` (its number), ``rank``, ``score``, ``component`` (1: the largest), ``degree``
        and a column per method used; everywhere higher is likelier the source.
    notes
        What must be known to read them.
    agreement
        Of the methods within the largest component; None where one method was asked for.
    """

    frame: pl.DataFrame
    notes: tuple[str, ...]
    agreement: Agreement | None


def locate(contacts: Contacts, infected: I64, at: F64, method: str = "ensemble", seed: int = 0) -> Located:
    """Rank the infected nodes by how likely each is where it began.

    Parameters
    ----------
    contacts
        Who can infect whom.
    infected
        Infected nodes, ascending, distinct.
    at : (len(infected),)
        Times of infection, any unit; NaN: not known.
    method
        One of ``METHODS``, or ``ensemble``: all for which there is enough.
    seed
        Of the sampling in ``posterior``.

    Returns
    -------
    Located

    Raises
    ------
    ConfigurationError
        No such method, or ``times`` with fewer than three times, or with times that are all equal.

    Notes
    -----
    The infected part of the graph is split into connected components. Each is scored by itself, and the larger come first. The scores of
    different components say nothing about each other.

    Examples
    --------
    >>> path = Contacts.of(5, np.arange(4), np.arange(1, 5))
    >>> locate(path, np.arange(1, 4), np.full(3, np.nan), "jordan").frame["node"].to_list()
    [2, 1, 3]
    """
    chosen = _methods(method, at)
    parts = list(outbreaks(contacts, infected, at))
    size, component = len(infected), np.empty(len(infected), np.int32)
    scores = {name: np.full(size, np.nan) for name in chosen}
    joint, agreed = np.full(size, np.nan), None
    healthy = label_propagation(contacts, infected) if "label_propagation" in chosen else np.empty(0)
    together = time_distance_correlation(contacts, infected, at) if parts and _timed(at) else np.full(size, np.nan)
    for number, part in enumerate(parts):
        rows = np.searchsorted(infected, part.nodes)
        component[rows] = number + 1
        begin = together[rows] if np.isfinite(together[rows]).any() else jordan_centrality(part.contacts)
        ranks = {}
        for name in chosen:
            scores[name][rows] = _score(name, part, healthy, together, rows, begin, seed)
            if np.isfinite(scores[name][rows]).any():
                ranks[name] = rankdata(-np.nan_to_num(scores[name][rows], nan=-np.inf))
        joint[rows] = _joined(ranks, "times" in ranks) if method == "ensemble" else scores[method][rows]
        if number == 0 and method == "ensemble":
            agreed = agreement(ranks, int(joint[rows].argmax()))
    degree = contacts.degree[infected]
    frame = _frame(infected, component, degree, joint, scores)
    return Located(frame, tuple(_notes(contacts, parts, at, frame, agreed)), agreed)


def _methods(method: str, at: F64) -> tuple[str, ...]:
    if method != "ensemble" and method not in METHODS:
        raise ConfigurationError(f"method={method!r}: expected ensemble or one of {', '.join(METHODS)}")
    if method == "times" and not _timed(at):
        raise ConfigurationError(f"method='times' needs at least {FEWEST_OBSERVED} times of infected accounts, not all equal")
    if method != "ensemble":
        return (method,)
    return METHODS if _timed(at) else tuple(name for name in METHODS if name != "times")


def _timed(at: F64) -> bool:
    known = at[~np.isnan(at)]
    return len(known) >= FEWEST_OBSERVED and float(np.ptp(known)) > 0


def _score(name: str, part: Outbreak, healthy: F64, together: F64, rows: I64, begin: F64, seed: int) -> F64:
    if name == "rumour":
        return rumour_centrality(part.contacts)
    if name == "jordan":
        return jordan_centrality(part.contacts)
    if name == "netsleuth":
        return netsleuth(part.contacts, part.outside)
    if name == "label_propagation":
        return healthy[rows]
    return together[rows] if name == "times" else source_posterior(part, begin, seed)


def _joined(ranks: dict[str, F64], timed: bool) -> F64:
    return reciprocal_rank_fusion(ranks, WEIGHTS_WITH_TIMES if timed else WEIGHTS)


def _frame(
    infected: I64, component: np.ndarray[tuple[int], np.dtype[np.int32]], degree: I64, joint: F64, scores: dict[str, F64]
) -> pl.DataFrame:
    compared = np.nan_to_num(joint, nan=-np.inf)
    order = np.lexsort((infected, -compared, component))
    new = np.ones(len(order), np.bool_)
    new[1:] = (np.diff(component[order]) != 0) | (compared[order][1:] != compared[order][:-1])
    rank = np.maximum.accumulate(np.where(new, np.arange(1, len(order) + 1), 0))
    columns = {"node": infected[order], "rank": rank, "score": joint[order], "component": component[order], "degree": degree[order]}
    return pl.DataFrame(columns | {name: score[order] for name, score in scores.items()})


def _notes(contacts: Contacts, parts: list[Outbreak], at: F64, frame: pl.DataFrame, agreed: Agreement | None) -> list[str]:
    if not parts:
        return ["no infected account is in the contact graph"]
    notes = []
    uneven = degree_heterogeneity(contacts.degree)
    if uneven >= HUB_HEAVY:
        notes.append(_of_hubs(contacts, frame, uneven, _timed(at)))
    if not _timed(at):
        notes.append(f"fewer than {FEWEST_OBSERVED} different times: the order rests on who is infected alone")
    if len(parts) > 1:
        notes.append(
            f"the infected form {len(parts)} separate parts, the largest with {len(parts[0])} of {len(frame)}: several sources, or "
            "infected accounts that are not known; each part is ranked by itself, and ranks of different parts do not compare"
        )
    if not any(part.outside.any() for part in parts):
        notes.append("every contact of the infected is infected: netsleuth cannot tell them apart, the others hardly")
    if agreed is not None and not np.isnan(agreed.concordance):
        notes.append(
            f"agreement of the methods: Kendall's W {agreed.concordance:.2f} (0 none, 1 the same order); "
            f"{agreed.top_shared:.0%} of them have the first within their own ten"
        )
    return notes


def _of_hubs(contacts: Contacts, frame: pl.DataFrame, uneven: float, timed: bool) -> str:
    first = frame.filter(pl.col("component") == 1)
    degree = first["degree"].to_numpy().astype(np.float64)
    names = [name for name in METHODS if name in first.columns]
    correlations = {name: rank_correlation(np.nan_to_num(first[name].to_numpy(), nan=-np.inf), degree) for name in names}
    followed = ", ".join(f"{name} {value:.2f}" for name, value in correlations.items() if not np.isnan(value))
    text = (
        f"hub-heavy contacts: ⟨k²⟩/⟨k⟩² is {uneven:.1f} (from {HUB_HEAVY:g} on), the largest hub has {contacts.degree.max()} contacts. "
        "Hubs are infected early whoever began: rumour and jordan are misled then, and who is infected says less of who began"
    )
    if followed:
        text += f"; rank correlation of the scores with the number of contacts: {followed}"
    return text if timed else text + ". Times of some of the infected would help"
