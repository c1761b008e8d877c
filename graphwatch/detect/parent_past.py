"""Kernels over all interactions that missing parents need: the rows of their threads, and what their accounts did and got before."""

from __future__ import annotations

import numba
import numpy as np

from graphwatch.model import I32, I64, Bools


@numba.njit(cache=True)
def rows_by_thread(thread: I32, alone: Bools, threads: int) -> tuple[I64, I32]:
    """List the rows of each thread that has a row without a parent: a counting sort, linear.

    Parameters
    ----------
    thread, alone : (n,)
        Thread codes; and whether the row has no parent and is not its thread's root.
    threads
        Number of thread codes, at least n.

    Returns
    -------
    start, rows
        Rows of the k-th such thread, in order of the codes, are ``rows[start[k]:start[k + 1]]``: the row that is the thread's root first,
        the others ascending.

    Examples
    --------
    >>> start, rows = rows_by_thread(np.array([1, 1, 2, 1], np.int32), np.array([True, False, False, False]), 4)
    >>> start.tolist(), rows.tolist()
    ([0, 3], [1, 0, 3])
    """
    n = len(thread)
    size = np.zeros(threads, np.int32)
    opened, total = 0, 0
    for i in range(n):
        if alone[i]:
            size[thread[i]] = 1
    for i in range(n):
        if size[thread[i]] > 0:
            size[thread[i]] += 1  # one too many, so that 0 says that the thread is not wanted
            total += 1
    for t in range(threads):
        if size[t] > 0:
            opened += 1
    start = np.zeros(opened + 1, np.int64)
    rows = np.empty(total, np.int32)
    at = np.int32(0)
    k = 0
    for t in range(threads):
        if size[t] > 0:
            held = size[t] - 1
            start[k] = at
            k += 1
            if t < n and thread[t] == t:
                rows[at] = t
                size[t] = at + 2  # the place of the next row, plus 1
            else:
                size[t] = at + 1
            at += held
    start[k] = at
    for i in range(n):
        t = thread[i]
        if size[t] > 0 and t != i:
            rows[size[t] - 1] = i
            size[t] += 1
    return start, rows


@numba.njit(cache=True)
def told_threads(parent: I32, thread: I32, threads: int, share: float) -> Bools:
    """Tell the threads with at least that share of their answers having their parent in the data.

    Parameters
    ----------
    parent, thread : (n,)
        Row of the parent, -1: none; and thread codes.
    threads
        Number of thread codes.
    """
    answers, given = np.zeros(threads, np.int32), np.zeros(threads, np.int32)
    for i in range(len(parent)):
        if thread[i] != i:
            answers[thread[i]] += 1
        if parent[i] >= 0:
            given[thread[i]] += 1
    told = np.empty(threads, np.bool_)
    for t in range(threads):
        told[t] = given[t] >= share * answers[t]
    return told


@numba.njit(cache=True)
def past_times(
    at: I64, actor: I32, parent: I32, thread: I32, told: Bools, wanted: Bools
) -> tuple[tuple[I64, I64], tuple[I64, I64], tuple[I64, I64], int, int]:
    """List when some accounts answered, when their answers were answered, and when their posts were.

    Parameters
    ----------
    at, actor, parent, thread : (n,)
        In order of time.
    told
        By thread, from :func:`told_threads`: what happens in other threads is left out.
    wanted
        By account: the ones to list.

    Returns
    -------
    acts, answers, posts
        Each ``(start, times)``: ascending times of account ``a`` are ``times[start[a]:start[a + 1]]``.
    answering, answered
        Number of answers of all accounts, and of those among them that answer an answer.
    """
    accounts = len(wanted)
    acts, answers, posts = np.zeros(accounts + 1, np.int64), np.zeros(accounts + 1, np.int64), np.zeros(accounts + 1, np.int64)
    answering, answered = 0, 0
    for i in range(len(at)):
        p = parent[i]
        if p < 0 or not told[thread[i]]:
            continue
        answering += 1
        acts[actor[i] + 1] += wanted[actor[i]]
        if parent[p] >= 0:
            answered += 1
            answers[actor[p] + 1] += wanted[actor[p]]
        else:
            posts[actor[p] + 1] += wanted[actor[p]]
    acts, answers, posts = np.cumsum(acts), np.cumsum(answers), np.cumsum(posts)
    act_times, answer_times, post_times = np.empty(acts[-1], np.int64), np.empty(answers[-1], np.int64), np.empty(posts[-1], np.int64)
    act_end, answer_end, post_end = acts[:-1].copy(), answers[:-1].copy(), posts[:-1].copy()
    for i in range(len(at)):
        p = parent[i]
        if p < 0 or not told[thread[i]]:
            continue
        if wanted[actor[i]]:
            act_times[act_end[actor[i]]] = at[i]
            act_end[actor[i]] += 1
        above = actor[p]
        if not wanted[above]:
            continue
        if parent[p] >= 0:
            answer_times[answer_end[above]] = at[i]
            answer_end[above] += 1
        else:
            post_times[post_end[above]] = at[i]
            post_end[above] += 1
    return (acts, act_times), (answers, answer_times), (posts, post_times), answering, answered


@numba.njit(cache=True)
def count_before(start: I64, times: I64, account: I32, limit: I64) -> I32:
    """Count for each row the entries of an account's ascending times that are before a limit.

    Parameters
    ----------
    start, times
        Times of account ``a`` are ``times[start[a]:start[a + 1]]``.
    account, limit : (n,)
    """
    out = np.empty(len(account), np.int32)
    for i in range(len(account)):
        first = start[account[i]]
        low, high = first, start[account[i] + 1]
        while low < high:
            middle = (low + high) // 2
            if times[middle] < limit[i]:
                low = middle + 1
            else:
                high = middle
        out[i] = low - first
    return out
