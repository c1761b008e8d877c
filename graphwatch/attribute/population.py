"""The base population: the accounts that could have taken part, in strata of equal platform and ordinary activity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphwatch.model import I16, I32, I64, Bools, Events, Pileons


@dataclass(frozen=True, slots=True)
class Population:
    """Accounts that act in the data, each in one stratum.

    Attributes
    ----------
    stratum
        Stratum of each account code; -1: it never acts (it is only acted upon).
    platform
        Platform of each stratum, as a code into ``Events.platforms``; -1: not given.
    size
        Accounts in each stratum.
    """

    stratum: I32
    platform: I16
    size: I64

    def on(self, platforms: I16) -> Bools:
        """Mask of the strata on any of the platforms."""
        mask: Bools = np.isin(self.platform, platforms)
        return mask


def activity_bins(activity: I64, per_doubling: int) -> I64:
    """Give logarithmic bins of activity: 0 for up to 2 acts, then ``per_doubling`` bins for each doubling.

    Accounts without any ordinary act share the lowest bin with those of one or two. In a bin of their own, accounts that are seen
    in the pile-on only would all be participants by construction and could tell nothing.

    Examples
    --------
    >>> activity_bins(np.array([0, 1, 2, 3, 4, 8, 100]), 2).tolist()
    [0, 0, 0, 1, 2, 4, 11]
    """
    bins: I64 = np.floor(per_doubling * np.log2(np.maximum(activity, 2) / 2)).astype(np.int64)
    return bins


def ordinary_activity(events: Events, pileons: Pileons) -> I64:
    """Count each account's interactions outside of every pile-on, so that a burst does not define how active its accounts are."""
    total = np.bincount(events.actor, minlength=len(events.accounts))
    inside = np.unique(pileons.rows.values)  # pile-ons of different targets may share a row
    activity: I64 = total - np.bincount(events.actor[inside], minlength=len(events.accounts))
    return activity


def base_population(events: Events, pileons: Pileons, per_doubling: int) -> Population:
    """Stratify the accounts of the data by platform and ordinary activity.

    Parameters
    ----------
    per_doubling
        Bins per doubling of the activity; more bins match more closely but leave fewer accounts in each.

    Notes
    -----
    An account key lies on one platform (:func:`graphwatch.graph.encode.encode` puts the platform before ids that are used on several).
    What matching on activity does not remove: accounts of one agency may share interests, hours or fans and meet at one target for
    that reason.
    """
    bins = activity_bins(ordinary_activity(events, pileons), per_doubling)
    of_account = np.full(len(events.accounts), -2, np.int64)
    of_account[events.actor] = events.platform
    acts = of_account >= -1
    width = int(bins.max()) + 1 if len(bins) else 1
    stratum = np.where(acts, (of_account + 1) * width + bins, -1).astype(np.int32)
    strata = (len(events.platforms) + 1) * width
    platform = (np.arange(strata) // width - 1).astype(np.int16)
    return Population(stratum, platform, np.bincount(stratum[acts], minlength=strata))
