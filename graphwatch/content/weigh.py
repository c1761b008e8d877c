"""Kernels that find a lexicon's terms in a folded text and weigh them into log-odds of hostility."""

from __future__ import annotations

from typing import Final, NamedTuple

import numba
import numpy as np

from graphwatch.content.automaton import Automaton
from graphwatch.content.fold import (
    BROKEN,
    IDENTITY_AT,
    JOINED,
    N_FOREIGN,
    N_HAN,
    N_KANA,
    N_LATIN,
    N_MENTIONS,
    N_VISIBLE,
    PHONE_AT,
    SEPARATED,
    SPACED,
    Folded,
    fold_text,
)
from graphwatch.content.symbols import DIGIT, FIRST_LETTER, HAN, LATIN, U8, Symbols
from graphwatch.model import F64, I8, I32, I64

MAX_MATCHES: Final = 512  # of one text; what comes after is not weighed

# What a pattern is. Attack categories come first, in the order of schema.CATEGORIES; criticism is the eighth.
CRITICISM: Final = 7
NONE: Final = 8
SECOND_PERSON, THIRD_PERSON, POSSESSIVE, INTENSIFIER, NEGATION, SELF, REPORT, COUNTER, AFFECTION, HARMLESS = range(9, 19)

# Places of the numbers of lexicon.Weights in the kernel's array, in the order of its fields.
(
    W_BIAS, W_SECOND, W_THIRD, W_POSSESSIVE, W_MENTION, W_WHOLE, W_ELSEWHERE, W_DIRECTED, W_INTENSIFIER, W_SECOND_TERM, W_THIRD_TERM,
    W_CRITICISM, W_NEGATED, W_SELF, W_REPORTED, W_QUOTED, W_COUNTER, W_AFFECTION, W_PHONE, W_IDENTITY,
) = range(20)  # fmt: skip

# What changed a term's value, as bits.
F_NEGATED, F_SELF, F_REPORTED, F_QUOTED, F_COUNTER, F_AFFECTION, F_INTENSIFIED = (1 << k for k in range(7))
F_SECOND, F_THIRD, F_POSSESSIVE, F_MENTION, F_WHOLE, F_ELSEWHERE, F_DIRECTED = (1 << k for k in range(7, 14))

STRONG: Final = 1.5  # value from which a term alone names the category
FULL: Final = 2.0  # weight from which a term gets the whole person bonus
NEAR_HAN: Final = 4  # reach of a cue before a Chinese term, in symbols
NEAR_LATIN: Final = 14
REPORT_REACH: Final = 40


class Patterns(NamedTuple):
    """Terms as compressed lists of symbols, and what each is.

    Attributes
    ----------
    start : (patterns + 1,)
    run, gap : (start[-1],)
        Repetitions and gaps of each symbol of the term itself.
    kind : (patterns,)
        Category, cue or harmless.
    weight : (patterns,)
    directed, needs_han : (patterns,)
        1: addresses somebody by itself; 1: counts only in a text with Chinese characters.
    """

    start: I64
    run: I32
    gap: I8
    kind: I8
    weight: F64
    directed: U8
    needs_han: U8


class Matches(NamedTuple):
    """Matches in one text (a workspace).

    Attributes
    ----------
    pattern, first, last : (MAX_MATCHES,)
        Pattern, and first and last symbol.
    value : (MAX_MATCHES,)
        Log-odds that the term adds, person bonus included.
    flags : (MAX_MATCHES,)
        What changed the value.
    used : (MAX_MATCHES,)
        1: the match is a term or a cue that changed one.
    """

    pattern: I32
    first: I32
    last: I32
    value: F64
    flags: I32
    used: U8


def match_workspace() -> Matches:
    """Give an empty workspace."""
    whole = np.zeros((4, MAX_MATCHES), np.int32)
    return Matches(whole[0], whole[1], whole[2], np.zeros(MAX_MATCHES), whole[3], np.zeros(MAX_MATCHES, np.uint8))


@numba.njit(cache=True)
def _fits(text: Folded, n: int, first: int, p: int, patterns: Patterns) -> bool:
    """Whether the symbols from ``first`` on, equal to the pattern's, are really the term: repetitions, gaps and word boundaries."""
    base = patterns.start[p]
    size = patterns.start[p + 1] - base
    last = first + size - 1
    if size == 1 and text.script[first] == LATIN and (text.gap[first] == SEPARATED or (last + 1 < n and text.gap[last + 1] == SEPARATED)):
        return False  # a letter of a word with separators in it
    separated = 0
    spaced = 0
    expected = 0
    for k in range(size):
        run = patterns.run[base + k]
        found = text.run[first + k]
        long_word = size >= 5 and text.script[first + k] == LATIN
        if found != run and found < 3 and not (long_word and found > run):
            return False
        if k == 0:
            continue
        if patterns.gap[base + k] != JOINED:
            expected += 1
        elif text.gap[first + k] != JOINED:
            separated += 1
            if text.gap[first + k] == SPACED and text.script[first + k] == LATIN:
                spaced += 1
    if separated and text.script[first] == LATIN and (size < 4 or (spaced and separated != size - 1 - expected)):
        return False
    if text.script[first] == LATIN and first > 0 and text.gap[first] == JOINED and text.script[first - 1] in (LATIN, DIGIT):
        return False
    if text.script[last] != LATIN or last + 1 >= n or text.gap[last + 1] != JOINED or text.script[last + 1] not in (LATIN, DIGIT):
        return True
    plural = size >= 4 and text.code[last + 1] == FIRST_LETTER + 18
    return plural and (last + 2 >= n or text.gap[last + 2] != JOINED or text.script[last + 2] not in (LATIN, DIGIT))


@numba.njit(cache=True)
def find_terms(text: Folded, n: int, automaton: Automaton, patterns: Patterns, out: Matches) -> int:
    """Find the terms in a folded text, by ascending end, longest first; return their number."""
    state = 0
    m = 0
    for k in range(n):
        if text.gap[k] == BROKEN:
            state = 0
        state = automaton.step[state, text.code[k]]
        node = state if automaton.first[state] >= 0 else automaton.suffix[state]
        while node >= 0:
            p = automaton.first[node]
            while p >= 0:
                first = k + 1 - (patterns.start[p + 1] - patterns.start[p])
                if m < MAX_MATCHES and not (patterns.needs_han[p] and text.counts[N_HAN] == 0) and _fits(text, n, first, p, patterns):
                    out.pattern[m] = p
                    out.first[m] = first
                    out.last[m] = k
                    m += 1
                p = automaton.same[p]
            node = automaton.suffix[node]
    return m


@numba.njit(cache=True)
def _hides(outer: int, inner: int) -> bool:
    """Whether a longer match of kind ``outer`` hides a match of kind ``inner`` inside it."""
    if outer == HARMLESS:
        return True
    if inner == HARMLESS:
        return False
    if outer < NONE:  # a term: person cues in it still say whom it is about
        return inner < NONE or inner in (INTENSIFIER, NEGATION, SELF)
    return inner > NONE


@numba.njit(cache=True)
def drop_nested(m: int, patterns: Patterns, found: Matches) -> int:
    """Drop matches inside longer ones that hide them; return how many are left."""
    kept = 0
    found.used[:m] = 0
    for i in range(m):
        kind = patterns.kind[found.pattern[i]]
        j = i - 1
        hidden = False
        while j >= 0 and found.last[j] == found.last[i] and not hidden:
            hidden = found.first[j] < found.first[i] and _hides(patterns.kind[found.pattern[j]], kind)
            j -= 1
        j = i + 1
        while j < m and not hidden and found.last[j] - found.last[i] < 40:
            longer = found.last[j] > found.last[i] or found.first[j] < found.first[i]
            hidden = longer and found.first[j] <= found.first[i] and _hides(patterns.kind[found.pattern[j]], kind)
            j += 1
        found.used[i] = 0 if hidden else 1
    for i in range(m):
        if found.used[i]:
            found.pattern[kept] = found.pattern[i]
            found.first[kept] = found.first[i]
            found.last[kept] = found.last[i]
            kept += 1
    found.used[:kept] = 0
    return kept


@numba.njit(cache=True)
def _reduce(i: int, m: int, text: Folded, patterns: Patterns, found: Matches, weights: F64) -> float:
    """Factor that the cues around match ``i`` put on its weight; sets its flags and marks the cues used."""
    first = found.first[i]
    han = text.script[first] == HAN
    near = NEAR_HAN if han else NEAR_LATIN
    category = patterns.kind[found.pattern[i]]
    factor = 1.0
    flags = 0
    person_before = -1  # nearest second or third person cue before the term in its clause
    addressed = False
    for j in range(m):
        kind = patterns.kind[found.pattern[j]]
        if kind in (SECOND_PERSON, THIRD_PERSON) and found.last[j] < first and text.clause[found.last[j]] == text.clause[first]:
            person_before = max(person_before, found.last[j])
            addressed = addressed or (kind == SECOND_PERSON and first - found.last[j] <= near)
    addressed = addressed and text.quoted[first] == 0
    for j in range(m):
        kind = patterns.kind[found.pattern[j]]
        if kind < SECOND_PERSON or kind == HARMLESS:
            continue
        distance = first - found.last[j] - 1
        before = distance >= 0 and text.clause[found.last[j]] == text.clause[first]
        size = found.last[j] - found.first[j] + 1
        flag = 0
        if kind == NEGATION and before and distance <= (near if size > 1 or not han else 1) - (1 if han else 0):
            flag, change = F_NEGATED, weights[W_NEGATED]
        elif kind == SELF and category != CRITICISM and before and distance <= 2 * near and person_before < found.first[j]:
            flag, change = F_SELF, weights[W_SELF]
        elif kind == REPORT and text.sentence[found.last[j]] == text.sentence[first] and abs(distance) <= REPORT_REACH:
            flag, change = F_REPORTED, weights[W_REPORTED]
        elif kind == COUNTER and not addressed:
            flag, change = F_COUNTER, weights[W_COUNTER]
        elif kind == AFFECTION and category in (1, 3):
            flag, change = F_AFFECTION, weights[W_AFFECTION]
        elif kind == INTENSIFIER and before and distance <= near - 1:
            flag, change = F_INTENSIFIED, 1.0 + weights[W_INTENSIFIER]
        if flag:
            found.used[j] = 1
            if not flags & flag:
                flags |= flag
                factor *= change
    if text.quoted[first]:
        flags |= F_QUOTED
        factor *= weights[W_QUOTED]
    found.flags[i] = flags
    return factor


@numba.njit(cache=True)
def _is_clause(i: int, n: int, text: Folded, found: Matches) -> bool:
    """Whether the match is all of its clause but for one symbol (a particle, an emoji)."""
    first, last = found.first[i], found.last[i]
    clause = text.clause[first]
    free = 1
    for side in (first - 1, first - 2, last + 1, last + 2):
        if 0 <= side < n and text.clause[side] == clause:
            free -= 1
    return free >= 0


@numba.njit(cache=True)
def _address(i: int, m: int, whole: bool, text: Folded, patterns: Patterns, found: Matches, weights: F64) -> float:
    """Person bonus of match ``i``: the strongest sign that it is about somebody; sets its flag and marks the cue used."""
    best = 0.0
    flag = 0
    cue = -1
    if patterns.directed[found.pattern[i]]:
        best, flag = weights[W_DIRECTED], F_DIRECTED
    if whole and weights[W_WHOLE] > best:
        best, flag = weights[W_WHOLE], F_WHOLE
    if text.counts[N_MENTIONS] and weights[W_MENTION] > best:
        best, flag = weights[W_MENTION], F_MENTION
    for j in range(m):
        kind = patterns.kind[found.pattern[j]]
        if kind < SECOND_PERSON or kind > POSSESSIVE:
            continue
        bonus = weights[W_SECOND + kind - SECOND_PERSON]
        sign = F_SECOND << (kind - SECOND_PERSON)
        if text.sentence[found.last[j]] != text.sentence[found.first[i]]:
            bonus *= weights[W_ELSEWHERE]
            sign |= F_ELSEWHERE
        if bonus > best:
            best, flag, cue = bonus, sign, j
    if cue >= 0:
        found.used[cue] = 1
    found.flags[i] |= flag
    return best


@numba.njit(cache=True)
def weigh_terms(n: int, m: int, text: Folded, patterns: Patterns, found: Matches, weights: F64) -> tuple[float, int]:
    """Combine the matches of a text.

    Returns
    -------
    log_odds
        Of hostility; higher is more hostile.
    category
        Index into ``schema.CATEGORIES``.
    """
    covered = 0
    for i in range(m):
        if patterns.kind[found.pattern[i]] < CRITICISM and patterns.weight[found.pattern[i]] >= STRONG:
            covered += found.last[i] - found.first[i] + 1
    whole = covered * 5 >= n * 3
    top = second = third = best_value = criticism = 0.0
    category = NONE
    for i in range(m):
        p = found.pattern[i]
        if patterns.kind[p] > CRITICISM:
            continue
        factor = _reduce(i, m, text, patterns, found, weights)
        value = patterns.weight[p] * factor
        found.used[i] = 1
        found.value[i] = value
        if patterns.kind[p] == CRITICISM:
            criticism += value * weights[W_CRITICISM]
            found.value[i] *= weights[W_CRITICISM]
            continue
        bonus = _address(i, m, whole or (patterns.weight[p] >= FULL and _is_clause(i, n, text, found)), text, patterns, found, weights)
        total = value + bonus * factor * min(1.0, patterns.weight[p] / FULL)
        found.value[i] = total
        if total > top:
            top, second, third = total, top, second
        elif total > second:
            second, third = total, second
        elif total > third:
            third = total
        if value > best_value:
            best_value, category = value, int(patterns.kind[p])
    for kind in range(2):
        if text.counts[IDENTITY_AT if kind else PHONE_AT] >= 0:
            value = weights[W_IDENTITY if kind else W_PHONE]
            top, second, third = max(top, value), max(second, min(top, value)), second
            if value > best_value:
                best_value, category = value, 0
    log_odds = weights[W_BIAS] + top + weights[W_SECOND_TERM] * second + weights[W_THIRD_TERM] * third + min(criticism, 1.5)
    if criticism > 0.3 and log_odds < 0 and best_value < FULL:
        return log_odds, CRITICISM
    return log_odds, category if best_value >= STRONG or log_odds >= 0 else NONE


@numba.njit(cache=True)
def readable(counts: I64) -> bool:
    """Whether the lexicon can say anything: something visible, and most letters Chinese or Latin, not Japanese or another script."""
    if counts[N_VISIBLE] == 0:
        return False
    if counts[N_KANA] >= 3 and counts[N_KANA] * 3 >= counts[N_HAN]:
        return False
    return bool(counts[N_LATIN] + counts[N_HAN] >= counts[N_FOREIGN] + counts[N_KANA])


@numba.njit(cache=True, nogil=True)
def score_texts(
    data: U8, offsets: I64, symbols: Symbols, automaton: Automaton, patterns: Patterns, weights: F64, text: Folded, found: Matches
) -> tuple[F64, I8]:
    """Score UTF-8 texts laid end to end.

    Parameters
    ----------
    data, offsets
        Text i is ``data[offsets[i]:offsets[i + 1]]``; null texts are empty.
    text, found
        Workspaces.

    Returns
    -------
    hostility : (texts,)
        In (0, 1), higher is more hostile; NaN where nothing can be said.
    category : (texts,)
        Index into ``schema.CATEGORIES``; -1 where nothing can be said.
    """
    size = len(offsets) - 1
    hostility = np.full(size, np.nan)
    category = np.full(size, -1, np.int8)
    for i in range(size):
        n = fold_text(data, offsets[i], offsets[i + 1], symbols, text)
        if not readable(text.counts):
            continue
        m = drop_nested(find_terms(text, n, automaton, patterns, found), patterns, found)
        log_odds, kind = weigh_terms(n, m, text, patterns, found, weights)
        hostility[i] = 1.0 / (1.0 + np.exp(-log_odds))
        category[i] = kind
    return hostility, category
