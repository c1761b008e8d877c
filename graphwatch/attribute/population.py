"""The base population: the accounts that could have taken part, in strata of equal platform, topic and ordinary activity."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from graphwatch.attribute.topics import Topics, account_topics
from graphwatch.model import I16, I32, I64, Bools, Events, Pileons
from graphwatch.settings import AttributeSettings


@dataclass(frozen=True, slots=True)
class Population:
    """Accounts that act in the data, each in one stratum.

    Attributes
    ----------
    stratum
        Stratum of each account code; -1: it never acts (it is only acted upon).
    platform, topic
        Of each stratum: platform, as a code into ``Events.platforms`` (-1: not given), and topic (-1: none, or too few accounts of one).
    size
        Accounts in each stratum.
    plain, plain_size
        Stratum of each account by platform and activity only, numbered by itself (-1: it never acts), and accounts in each.
    topics
        The topics that the strata are of.
    """

    stratum: I32
    platform: I16
    topic: I16
    size: I64
    plain: I32
    plain_size: I64
    topics: Topics = field(repr=False)

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


def inside_pileons(events: Events, pileons: Pileons) -> Bools:
    """Mask of the interactions that lie in any pile-on; pile-ons of different targets may share one."""
    inside = np.zeros(len(events), bool)
    inside[pileons.rows.values] = True
    return inside


def base_population(events: Events, pileons: Pileons, settings: AttributeSettings, seed: int) -> Population:
    """Stratify the accounts of the data by platform, topic and ordinary activity.

    Ordinary are the interactions outside of every pile-on, so that a burst does not define how active its accounts are, nor on what.

    Notes
    -----
    An account key lies on one platform (:func:`graphwatch.graph.encode.encode` puts the platform before ids that are used on several).
    Strata of a topic with fewer than ``min_stratum`` accounts are merged with those of like activity, over two doublings at most; what
    then still is too small goes to the accounts without a topic of the same platform and activity. Matching on platform and activity
    never gets coarser for accounts without a topic.
    What matching does not remove: accounts of one agency may share hours or fans, or a topic finer than these.
    """
    inside = inside_pileons(events, pileons)
    ordinary = np.bincount(events.actor[~inside], minlength=len(events.accounts)).astype(np.int64)
    bins = activity_bins(ordinary, settings.bins_per_doubling)
    platform = np.full(len(events.accounts), -2, np.int64)
    platform[events.actor] = events.platform
    topics = account_topics(events, inside, settings.topics, settings.topic_items, seed)
    return stratify(platform, topics, bins, settings.min_stratum, 2 * settings.bins_per_doubling)


def stratify(platform: I64, topics: Topics, bins: I64, fewest: int, span: int) -> Population:
    """Put accounts into strata.

    Parameters
    ----------
    platform, bins : (accounts,)
        Platform code (-1: not given, -2: it never acts) and activity bin.
    topics
        Of the same accounts.
    fewest
        Accounts that a stratum of a topic must have.
    span
        Bins that may be merged for that.
    """
    acts = platform >= -1
    width = int(bins.max()) + 1 if len(bins) else 1
    number = len(topics.objects)
    shape = (int(platform.max()) + 2 if len(platform) else 1, number + 1, width)
    place = np.ravel_multi_index((platform[acts] + 1, topics.topic[acts] + 1, bins[acts]), shape)
    merged = _merge(np.bincount(place, minlength=int(np.prod(shape))).reshape(shape), fewest, span)
    used, code = np.unique(merged.ravel()[place], return_inverse=True)
    plain_size, plain_code = np.unique((platform[acts] + 1) * width + bins[acts], return_inverse=True, return_counts=True)[1:][::-1]
    stratum, plain = np.full(len(platform), -1, np.int32), np.full(len(platform), -1, np.int32)
    stratum[acts], plain[acts] = code, plain_code
    of_platform, of_topic, _ = np.unravel_index(used, shape)
    return Population(
        stratum=stratum,
        platform=(of_platform - 1).astype(np.int16),
        topic=(of_topic - 1).astype(np.int16),
        size=np.bincount(code, minlength=len(used)),
        plain=plain,
        plain_size=plain_size,
        topics=topics,
    )


def _merge(count: I64, fewest: int, span: int) -> I64:
    """Give for each cell (platform, topic + 1, bin) the number of the cell that stands for its stratum."""
    shape = count.shape
    cell = np.arange(count.size).reshape(shape)
    merged = np.broadcast_to(cell[:, :1, :], shape).copy()
    for i, k in np.ndindex(shape[0], shape[1] - 1):
        row, topic = count[i, k + 1], k + 1
        first = 0
        closed = -1  # where the last stratum begins
        for b in range(shape[2]):
            if b - first >= span:
                first += 1
            if row[first : b + 1].sum() >= fewest:
                merged[i, topic, first : b + 1] = cell[i, topic, first]
                closed, first = first, b + 1
        if closed >= 0 and first < shape[2]:  # a rest too small joins the stratum below it
            rest = slice(first, min(shape[2], closed + 2 * span))
            if merged[i, topic, first - 1] == cell[i, topic, closed]:
                merged[i, topic, rest] = cell[i, topic, closed]
    return merged
