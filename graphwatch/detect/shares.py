"""Who shared which object when: the entries that co-action is counted over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import polars as pl

from graphwatch.detect.pairs import group_by_object
from graphwatch.graph.encode import look_up
from graphwatch.model import I16, I32, I64, Bools, Lists

SORTS: Final = 15


class Acts(Protocol):
    """What co-action needs to know of interactions, ascending in time; attributes as of :class:`graphwatch.model.Events`."""

    @property
    def at(self) -> I64:
        """Times, µs."""

    @property
    def actor(self) -> I32:
        """Codes into ``accounts``."""

    @property
    def objects(self) -> Lists:
        """Codes into ``object_names``."""

    @property
    def accounts(self) -> pl.Series:
        """Account of each code, ascending."""

    @property
    def object_names(self) -> pl.Series:
        """Object of each code, ascending."""

    @property
    def ids(self) -> pl.Series:
        """Interaction id of each row."""

    @property
    def platform(self) -> I16:
        """Platform of each row."""

    def __len__(self) -> int:
        """Give the number of interactions."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares grouped by object and ascending in time; see :mod:`graphwatch.detect.pairs`.

    Attributes
    ----------
    first : (objects + 1,)
        Where each object's shares begin.
    row
        Row of each share's interaction in the events.
    at, account, content, item, own, sort : (shares,)
        Time (µs), account, code of the interaction's id, object, whether the object is the interaction itself, sort of the object.
    """

    first: I64
    row: I32
    at: I64
    account: I32
    content: I32
    item: I32
    own: Bools
    sort: I32

    @property
    def join(self) -> tuple[I64, I64, I32, I32, Bools]:
        """What the kernels of the join take, in their order."""
        return self.first, self.at, self.account, self.content, self.own


def build_shares(events: Acts, min_participation: int, *, unique_ids: bool, objects: tuple[str, ...] = ()) -> Shares:
    """Give the shares of active accounts.

    Parameters
    ----------
    events
        Interactions with their objects.
    min_participation
        Accounts with fewer shares of a sort of object are left out for that sort, as if each sort were a run of its own.
    unique_ids
        Each row is an interaction of its own. False: rows with one id are one content, as CooRTweet counts.
    objects
        Sorts of object to use (``url``, ``tag``, …: the word before the colon); none named: all.
    """
    sort_of, sorts = _sorts(events.object_names)
    used = np.ones(len(events.objects.values), np.bool_)
    if objects:
        used = selected(events.object_names, objects)[events.objects.values]
    if min_participation > 1:
        key = events.actor[events.objects.rows()].astype(np.int64) * sorts + sort_of[events.objects.values]
        used &= (np.bincount(key[used], minlength=len(events.accounts) * sorts) >= min_participation)[key]
    first, row = group_by_object(events.objects.start, events.objects.values, len(events.object_names), used)
    item = np.repeat(np.arange(len(events.object_names), dtype=np.int32), np.diff(first))
    content, own = (row, np.zeros(len(row), np.bool_)) if unique_ids else _contents(events, row, item)
    return Shares(first, row, events.at[row], events.actor[row], content, item, own, sort_of[item])


def _words(object_names: pl.Series) -> pl.Series:
    return object_names.str.extract(r"^(\w+):").fill_null("")


def selected(object_names: pl.Series, sorts: tuple[str, ...]) -> Bools:
    """Mark the objects whose word before the colon is one of ``sorts``.

    Examples
    --------
    >>> selected(pl.Series(["url:x", "tag:y", "z"]), ("tag",)).tolist()
    [False, True, False]
    """
    return np.asarray(_words(object_names).is_in(list(sorts)).to_numpy(), dtype=np.bool_)


def _sorts(object_names: pl.Series) -> tuple[I32, int]:
    """Sort of each object, the word before its colon; the sorts past the most common few are one."""
    words = pl.DataFrame({"word": _words(object_names)})
    common = words.group_by("word").len().sort("len", "word", descending=[True, False]).head(SORTS)["word"].sort()
    return look_up(words["word"], common) + 1, len(common) + 1


def _contents(events: Acts, row: I32, item: I32) -> tuple[I32, Bools]:
    """Codes of the interactions' ids, and whether the object of a share is the interaction itself.

    Codes need to tell contents apart and no more, so they are given in order of first appearance, without sorting any id.
    """
    code = np.arange(len(events), dtype=np.int32)
    named = pl.DataFrame({"platform": events.platform, "id": events.ids})
    if named["id"].hash().n_unique() < len(named):  # equal ids have equal hashes; most data have neither
        first = named.with_row_index("row").group_by("platform", "id").agg(pl.col("row").min())
        code = named.join(first, on=["platform", "id"], how="left", maintain_order="left")["row"].cast(pl.Int32).to_numpy()
    own = np.zeros(len(row), np.bool_)
    maybe = np.flatnonzero(events.ids.is_in(events.object_names.implode()).to_numpy()[row])
    own[maybe] = (events.ids.gather(row[maybe]) == events.object_names.gather(item[maybe])).to_numpy()
    return code[row], own
