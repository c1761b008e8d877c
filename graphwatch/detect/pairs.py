"""Kernels of the time-window join: who acted on the same object as whom, within a window.

A *share* is one (interaction, object) entry. All arrays per share are grouped by object and ascending in time within one; ``first``
says where each object's shares begin. A *valid* pair is two shares of one object, at most the object's window apart, by different
accounts and of different contents, neither of which is the object itself. No list of all pairs is ever held: kernels count first, and
fill one block of accounts at a time.
"""

from __future__ import annotations

import numba
import numpy as np

from graphwatch.model import I32, I64, Bools


@numba.njit(cache=True)
def group_by_object(start: I64, values: I32, objects: int, keep: Bools) -> tuple[I64, I32]:
    """Group shares by object, in the order of rows.

    Parameters
    ----------
    start, values
        Objects of each row as compressed lists.
    objects
        Number of objects.
    keep : (values,)
        Entries to use.

    Returns
    -------
    first : (objects + 1,)
    row : (shares,)
        Row of each share.
    """
    first = np.zeros(objects + 1, np.int64)
    for i in range(len(start) - 1):
        for k in range(start[i], start[i + 1]):
            if keep[k]:
                first[values[k] + 1] += 1
    for o in range(objects):
        first[o + 1] += first[o]
    fill = first[:-1].copy()
    row = np.empty(first[objects], np.int32)
    for i in range(len(start) - 1):
        for k in range(start[i], start[i + 1]):
            if keep[k]:
                o = values[k]
                row[fill[o]] = i
                fill[o] += 1
    return first, row


@numba.njit(cache=True)
def _candidates(at: I64, begin: int, end: int, window: int | np.int64) -> int:
    """Count pairs of shares begin…end that are at most ``window`` apart, loops included."""
    pairs = 0
    low = begin
    for j in range(begin, end):
        while at[j] - at[low] > window:
            low += 1
        pairs += j - low
    return pairs


@numba.njit(cache=True)
def limit_windows(first: I64, at: I64, window: int, cap: int) -> tuple[I64, I64]:
    """Give each object the widest window, up to the wanted one, that makes at most ``cap`` candidate pairs.

    Returns
    -------
    windows : (objects,)
        µs; -1: even acts at the very same time make too many pairs, the object is left out.
    candidates : (objects,)
        Candidate pairs in the wanted window.
    """
    n = len(first) - 1
    windows = np.full(n, window, np.int64)
    candidates = np.zeros(n, np.int64)
    for o in range(n):
        begin, end = first[o], first[o + 1]
        candidates[o] = _candidates(at, begin, end, window)
        if candidates[o] <= cap:
            continue
        low, high = np.int64(-1), np.int64(window)  # low is within the cap (or nothing), high is not
        while high - low > 1:
            middle = (low + high) // 2
            if _candidates(at, begin, end, middle) <= cap:
                low = middle
            else:
                high = middle
        windows[o] = low
    return windows, candidates


@numba.njit(cache=True)
def mark_pairs(first: I64, at: I64, account: I32, content: I32, own: Bools, windows: I64) -> Bools:
    """Mark the shares that stand in a valid pair.

    Parameters
    ----------
    first, at, account, content
        As everywhere here; ``content`` is the code of the share's interaction.
    own : (shares,)
        The share's object is its interaction itself.
    windows : (objects,)

    Returns
    -------
    marked : (shares,)
    """
    marked = np.zeros(len(at), np.bool_)
    for o in range(len(first) - 1):
        low = first[o]
        for j in range(first[o], first[o + 1]):
            while low < j and at[j] - at[low] > windows[o]:
                low += 1
            if own[j] or windows[o] < 0:
                continue
            for i in range(low, j):
                if account[i] != account[j] and content[i] != content[j] and not own[i]:
                    marked[i] = True
                    marked[j] = True
    return marked


@numba.njit(cache=True)
def count_pairs(
    first: I64, at: I64, account: I32, content: I32, own: Bools, windows: I64, kept: Bools, accounts: int, stratum: I32
) -> tuple[I64, I32, I32, I64]:
    """Count valid pairs by account, and by object and stratum.

    Parameters
    ----------
    kept : (shares,)
        A pair counts by account when one of its two shares is kept.
    stratum : (shares,)
        Stratum of each share; a pair belongs to that of its later share.

    Returns
    -------
    of_account : (accounts,)
        Pairs by the lower account code of the two.
    run_object, run_stratum, run_pairs : (runs,)
        All valid pairs, whether kept or not, of each object in each stratum where it has any.
    """
    of_account = np.zeros(accounts, np.int64)
    run_object = np.empty(len(at), np.int32)
    run_stratum = np.empty(len(at), np.int32)
    run_pairs = np.empty(len(at), np.int64)
    n = 0
    for o in range(len(first) - 1):
        low = first[o]
        opened = n
        for j in range(first[o], first[o + 1]):
            while low < j and at[j] - at[low] > windows[o]:
                low += 1
            if own[j] or windows[o] < 0:
                continue
            valid = 0
            for i in range(low, j):
                if account[i] == account[j] or content[i] == content[j] or own[i]:
                    continue
                valid += 1
                if kept[i] or kept[j]:
                    of_account[min(account[i], account[j])] += 1
            if valid and (n == opened or run_stratum[n - 1] != stratum[j]):
                run_object[n], run_stratum[n], run_pairs[n] = o, stratum[j], 0
                n += 1
            if valid:
                run_pairs[n - 1] += valid
    return of_account, run_object[:n].copy(), run_stratum[:n].copy(), run_pairs[:n].copy()


@numba.njit(cache=True, nogil=True)
def fill_pairs(
    first: I64, at: I64, account: I32, content: I32, own: Bools, windows: I64, kept: Bools, wanted: Bools, begin: int, end: int, size: int
) -> tuple[I32, I32]:
    """List the kept valid pairs whose lower account code is in begin…end, sorted by (lower account, higher account, object, time).

    Parameters
    ----------
    wanted : (accounts,)
        Lower accounts to list pairs of.
    size
        How many there are.

    Returns
    -------
    x, y : (size,)
        Shares of the account with the lower and with the higher code.
    """
    x = np.empty(size, np.int32)
    y = np.empty(size, np.int32)
    n = 0
    for o in range(len(first) - 1):
        low = first[o]
        for j in range(first[o], first[o + 1]):
            while low < j and at[j] - at[low] > windows[o]:
                low += 1
            if own[j] or windows[o] < 0:
                continue
            for i in range(low, j):
                if account[i] == account[j] or content[i] == content[j] or own[i]:
                    continue
                if not (kept[i] or kept[j]):
                    continue
                a, b = (i, j) if account[i] < account[j] else (j, i)
                if begin <= account[a] < end and wanted[account[a]]:
                    x[n] = a
                    y[n] = b
                    n += 1
    x, y = _sort_by(account, y, x, y)
    return _sort_by(account, x, x, y)


@numba.njit(cache=True, nogil=True)
def _sort_by(account: I32, key: I32, x: I32, y: I32) -> tuple[I32, I32]:
    """Stable counting sort of pairs by the account of the share ``key``."""
    if len(key) == 0:
        return x, y
    low, high = account[key[0]], account[key[0]]
    for k in key:
        low = min(low, account[k])
        high = max(high, account[k])
    place = np.zeros(high - low + 2, np.int64)
    for k in key:
        place[account[k] - low + 1] += 1
    for c in range(high - low + 1):
        place[c + 1] += place[c]
    sorted_x = np.empty_like(x)
    sorted_y = np.empty_like(y)
    for k in range(len(key)):
        c = account[key[k]] - low
        sorted_x[place[c]] = x[k]
        sorted_y[place[c]] = y[k]
        place[c] += 1
    return sorted_x, sorted_y


@numba.njit(cache=True, nogil=True)
def _distinct(content: I32, shares: I32) -> int:
    values = np.sort(content[shares])
    n = 1
    for k in range(1, len(values)):
        if values[k] != values[k - 1]:
            n += 1
    return n


@numba.njit(cache=True, nogil=True)
def aggregate_pairs(x: I32, y: I32, at: I64, account: I32, content: I32, item: I32, least: int) -> tuple[I32, I32, I64, I64, I64]:
    """Sum up sorted pairs by (lower account, higher account).

    Parameters
    ----------
    x, y
        From :func:`fill_pairs`.
    item : (shares,)
        Object of each share.
    least
        Edges with fewer ``acts`` are left out.

    Returns
    -------
    a, b : (edges,)
        Account codes, a < b, ascending.
    counts : (edges, 3)
        Weight (pairs), distinct objects, and ``acts``: the least of distinct objects, contents of a and contents of b, that is how
        often the two met independently at most (just the objects when ``least`` is below 2).
    span : (edges, 2)
        First and last time, µs.
    delay : (edges,)
        Sum of the times between the two acts, µs.
    """
    edges = 0
    for k in range(len(x)):
        if k == 0 or account[x[k]] != account[x[k - 1]] or account[y[k]] != account[y[k - 1]]:
            edges += 1
    a = np.empty(edges, np.int32)
    b = np.empty(edges, np.int32)
    counts = np.empty((edges, 3), np.int64)
    span = np.empty((edges, 2), np.int64)
    delay = np.zeros(edges, np.int64)
    n = 0
    k = 0
    while k < len(x):
        begin = k
        objects = 0
        earliest = min(at[x[k]], at[y[k]])
        latest = max(at[x[k]], at[y[k]])
        apart = 0
        while k < len(x) and account[x[k]] == account[x[begin]] and account[y[k]] == account[y[begin]]:
            if k == begin or item[x[k]] != item[x[k - 1]]:
                objects += 1
            earliest = min(earliest, at[x[k]], at[y[k]])
            latest = max(latest, at[x[k]], at[y[k]])
            apart += abs(at[x[k]] - at[y[k]])
            k += 1
        acts = objects
        if objects > 1 and least > 1:  # without a null nobody asks
            acts = min(acts, _distinct(content, x[begin:k]), _distinct(content, y[begin:k]))
        if acts < least:
            continue
        a[n] = account[x[begin]]
        b[n] = account[y[begin]]
        counts[n, 0] = k - begin
        counts[n, 1] = objects
        counts[n, 2] = acts
        span[n, 0] = earliest
        span[n, 1] = latest
        delay[n] = apart
        n += 1
    return a[:n].copy(), b[:n].copy(), counts[:n].copy(), span[:n].copy(), delay[:n].copy()
