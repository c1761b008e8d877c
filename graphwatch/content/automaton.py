"""Aho–Corasick automaton (Aho & Corasick 1975) over symbols, as dense transition tables for the kernels."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from graphwatch.model import I32

I16 = npt.NDArray[np.int16]


class Automaton(NamedTuple):
    """Transitions and outputs.

    Attributes
    ----------
    step : (states, alphabet)
        Next state.
    first : (states,)
        First pattern that ends in the state; -1: none.
    suffix : (states,)
        Nearest shorter state (a suffix) with an output; -1: none.
    same : (patterns,)
        Next pattern with the same symbols; -1: none.
    """

    step: I16
    first: I32
    suffix: I32
    same: I32


def build_automaton(patterns: Sequence[Sequence[int]], alphabet: int) -> Automaton:
    """Build the automaton that finds all occurrences of the patterns, overlapping ones too.

    Parameters
    ----------
    patterns
        Symbols of each pattern, none empty; together fewer than 32,767, so that the table stays small enough for the cache.
    alphabet
        Number of symbols; symbol 0 leads to the root unless a pattern has it.

    Examples
    --------
    >>> a = build_automaton([[1, 2], [2]], 3)
    >>> state = a.step[a.step[0, 1], 2]
    >>> int(a.first[state]), int(a.first[a.suffix[state]])
    (0, 1)
    """
    children: list[dict[int, int]] = [{}]
    ends: list[int] = [-1]
    same = np.full(len(patterns), -1, np.int32)
    for number, pattern in enumerate(patterns):
        if not pattern:
            raise ValueError(f"pattern {number} is empty")
        state = 0
        for symbol in pattern:
            if symbol not in children[state]:
                children[state][symbol] = len(children)
                children.append({})
                ends.append(-1)
            state = children[state][symbol]
        same[number] = ends[state]
        ends[state] = number
    first = np.array(ends, np.int32)
    if len(children) > np.iinfo(np.int16).max:
        raise ValueError(f"the patterns need {len(children)} states; the automaton has room for {np.iinfo(np.int16).max}")
    step = np.zeros((len(children), alphabet), np.int16)
    suffix = np.full(len(children), -1, np.int32)
    fail = np.zeros(len(children), np.int32)
    queue = deque([0])
    while queue:
        state = queue.popleft()
        if state:
            step[state] = step[fail[state]]
            suffix[state] = fail[state] if first[fail[state]] >= 0 else suffix[fail[state]]
        for symbol, child in children[state].items():
            fail[child] = step[state, symbol] if state else 0
            step[state, symbol] = child
            queue.append(child)
    return Automaton(step, first, suffix, same)
