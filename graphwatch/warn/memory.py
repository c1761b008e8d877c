"""Open-addressing table of what was last seen for a pair (target, account) or (target, object): one probe per event.

The table is three flat arrays, so it can be saved as it is. Its answers do not depend on the codes that accounts happen to have,
which lets a stream that numbers accounts as they come agree with a batch that numbers them by name.
"""

from __future__ import annotations

from typing import Final

import numba
import numpy as np

from graphwatch.model import I32, I64

MAX_LOAD: Final = 0.65
_EMPTY: Final = 0  # (target 0, account 0) cannot occur: nobody is their own target; object keys are negative


def table(pairs: int) -> tuple[I64, I32, I32]:
    """Make an empty table with room for that many pairs.

    Returns
    -------
    keys, first, second : (capacity,)
        ``first`` and ``second`` hold whole seconds + 1 (0: never) or a code.

    Examples
    --------
    >>> [len(a) for a in table(100)]
    [256, 256, 256]
    """
    capacity = 256
    while capacity * MAX_LOAD < pairs:
        capacity *= 2
    return np.zeros(capacity, np.int64), np.zeros(capacity, np.int32), np.zeros(capacity, np.int32)


@numba.njit(cache=True, nogil=True)
def slot_of(keys: I64, key: int) -> int:
    """Slot that holds the key, or the empty one where it belongs (Fibonacci-mixed linear probing)."""
    mask = len(keys) - 1
    h = np.uint64(key)
    h ^= h >> np.uint64(30)
    h *= np.uint64(0xBF58476D1CE4E5B9)
    h ^= h >> np.uint64(27)
    h *= np.uint64(0x94D049BB133111EB)
    h ^= h >> np.uint64(31)
    slot = np.int64(h & np.uint64(mask))
    while keys[slot] not in (_EMPTY, key):
        slot = (slot + 1) & mask
    return int(slot)


@numba.njit(cache=True, nogil=True)
def _move(keys: I64, first: I32, second: I32, keep_from: int, to_keys: I64, to_first: I32, to_second: I32) -> int:
    """Copy the entries seen since ``keep_from`` into an empty table; give their number."""
    n = 0
    for i in range(len(keys)):
        if keys[i] != _EMPTY and first[i] >= keep_from:
            slot = slot_of(to_keys, keys[i])
            to_keys[slot] = keys[i]
            to_first[slot] = first[i]
            to_second[slot] = second[i]
            n += 1
    return n


def grown(keys: I64, first: I32, second: I32, keep_from: int = 0, more: int = 1) -> tuple[I64, I32, I32, int]:
    """Give a table with room for twice the entries that are still of use.

    Parameters
    ----------
    keys, first, second
        A table; not changed.
    keep_from
        Entries whose ``first`` is lower are forgotten.
    more
        Entries to make room for at least.

    Returns
    -------
    keys, first, second
        The new table.
    pairs
        Number of its entries.

    Examples
    --------
    >>> keys, first, second = table(1)
    >>> slot = slot_of(keys, 77)
    >>> keys[slot], first[slot] = 77, 5
    >>> keys, first, second, pairs = grown(keys, first, second)
    >>> pairs, int(first[slot_of(keys, 77)])
    (1, 5)
    """
    kept = int(np.count_nonzero((keys != _EMPTY) & (first >= keep_from)))
    larger = table(kept + max(kept, more))
    return *larger, int(_move(keys, first, second, keep_from, *larger))
