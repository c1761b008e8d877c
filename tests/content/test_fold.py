from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.content.automaton import build_automaton
from graphwatch.content.fold import BROKEN, JOINED, N_HAN, N_VISIBLE, SEPARATED, SPACED, Folded, fold_text, workspace
from graphwatch.content.lexicon import Variants
from graphwatch.content.symbols import FIRST_LETTER, FIRST_OTHER, SIZE, build_symbols, fold_character

SYMBOLS, ALPHABET = build_symbols("傻骂é", Variants(traditional="罵", simplified="骂", leet_from="01@", leet_to="oia"))


def _fold(text: str) -> tuple[str, Folded, int]:
    data = np.frombuffer(text.encode(), np.uint8)
    out = workspace(20_000)
    n = fold_text(data, 0, len(data), SYMBOLS, out)
    letters = {FIRST_LETTER + i: chr(97 + i) for i in range(26)} | {FIRST_LETTER + 26 + i: str(i) for i in range(10)}
    letters |= {FIRST_OTHER: "傻", FIRST_OTHER + 1: "骂", 0: "?"}
    return "".join(letters[code] for code in out.code[:n].tolist()), out, n


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ABC", "abc"),
        ("ＡＢ１", "ab1"),
        ("e\u0301é", "e"),  # a repeated letter is one symbol
        ("ﬁx", "fix"),
        ("罵傻", "骂傻"),
        ("st\u200bu\u00adp", "stup"),
        ("x@y c@d", "xaycad"),
        ("don't", "dont"),
        ("heeeello", "helo"),
        ("i1l l10n", "illion"),
        ("10 01", "1001"),
        ("@name.x_y: hi", "hi"),
        ("@name hi", "hi"),
        ("go http://x.yz/abc?q=1 on", "goon"),
        ("go https://x.yz/abc下", "go?"),
        ("ab//@c: d", "ab"),
        ("日本", "??"),
        ("", ""),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert _fold(text)[0] == folded


def test_gaps_and_clauses() -> None:
    _, out, n = _fold("a b-c, d.e. f\ng“h”i")
    assert out.gap[:n].tolist() == [BROKEN, SPACED, SEPARATED, BROKEN, SEPARATED, BROKEN, BROKEN, BROKEN, BROKEN]
    assert out.clause[:n].tolist() == [0, 0, 0, 1, 1, 2, 3, 4, 5]
    assert out.sentence[:n].tolist() == [0, 0, 0, 0, 0, 1, 2, 2, 2]
    assert out.quoted[:n].tolist() == [0, 0, 0, 0, 0, 0, 0, 1, 0]


def test_runs() -> None:
    _, out, n = _fold("aaab b")
    assert out.run[:n].tolist() == [3, 1, 1]
    assert (out.at[:n].tolist(), out.end[:n].tolist()) == ([0, 3, 5], [3, 4, 6])
    assert out.gap[:n].tolist() == [BROKEN, JOINED, SPACED]


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.characters(exclude_characters="@/:", exclude_categories=["Cs"]), max_size=40))
def test_offsets_lead_to_the_character(text: str) -> None:
    folded, out, n = _fold(text)
    ends = out.end[:n].tolist()
    starts = out.at[:n].tolist()
    assert starts == sorted(starts)
    assert ends == sorted(ends)
    for symbol, start, end in zip(folded, starts, ends, strict=True):
        assert 0 <= start < end <= len(text)
        if symbol != "?" and symbol not in "oia":  # those may be 0, 1 and @
            assert symbol in "".join("骂" if c == "罵" else c for c in fold_character(text[start]))
    assert out.counts[N_VISIBLE] <= len(text)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.characters(categories=["Lu", "Ll", "Lo", "Mn", "Zs"], max_codepoint=SIZE - 1), max_size=30))
def test_folding_agrees_with_unicode(text: str) -> None:
    """Folding by code point gives what folding the whole string by the standard library gives."""
    whole = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kept = [c for c in whole if unicodedata.category(c) not in {"Mn", "Me", "Cf"} and not c.isspace()]
    letters = [c for c in kept if c.isascii() and c.isalpha()]
    folded, out, n = _fold(text)
    mine = "".join(c * int(r) for c, r in zip(folded, out.run[:n].tolist(), strict=True) if c.isascii() and c.isalpha())
    assert mine == "".join(letters)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=4), min_size=1, max_size=6),
    st.lists(st.integers(0, 3), max_size=30),
)
def test_automaton_finds_every_occurrence(patterns: list[list[int]], text: list[int]) -> None:
    automaton = build_automaton(patterns, 4)
    found: list[tuple[int, int]] = []
    state = 0
    for end, symbol in enumerate(text, start=1):
        state = int(automaton.step[state, symbol])
        node = state if automaton.first[state] >= 0 else int(automaton.suffix[state])
        while node >= 0:
            pattern = int(automaton.first[node])
            while pattern >= 0:
                found.append((end - len(patterns[pattern]), pattern))
                pattern = int(automaton.same[pattern])
            node = int(automaton.suffix[node])
    expected = [
        (start, number)
        for number, pattern in enumerate(patterns)
        for start in range(len(text) - len(pattern) + 1)
        if text[start : start + len(pattern)] == pattern
    ]
    assert sorted(found) == sorted(expected)


def test_automaton_refuses_empty_patterns() -> None:
    with pytest.raises(ValueError, match="pattern 1 is empty"):
        build_automaton([[1], []], 2)


def test_han_beyond_the_table_counts_as_han() -> None:
    _, out, n = _fold("\U00030000傻\U000e0041")
    assert n == 2
    assert out.counts[N_HAN] == 2
