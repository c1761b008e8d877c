"""Code points → symbols: the context-free part of the normalisation, as lookup tables.

A code point is folded alone (NFKD, case fold, combining marks dropped, traditional → simplified for the lexicon's characters), so each
symbol knows the code point that it came from and offsets into the original text cost nothing. The rest of Unicode's NFKC (composition,
order of marks) has no effect once marks are gone.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from graphwatch.content.lexicon import Variants
from graphwatch.model import I32

U8 = npt.NDArray[np.uint8]

SIZE: Final = 0x30000  # code points above are tags (ignored) or rare ideographs (other)

# What a code point does to the reader.
SYMBOL, IGNORED, SPACE, SOFT, CLAUSE, SENTENCE, QUOTE, QUOTE_OPEN, QUOTE_CLOSE, AT, DOT, LONG = range(12)
# Script of a symbol, for word boundaries and to tell what the lexicon can read.
SIGN, LATIN, HAN, KANA, FOREIGN, DIGIT = range(6)

OTHER: Final = 0  # a symbol that no term has
FIRST_LETTER: Final = 1  # a
FIRST_DIGIT: Final = 27  # 0
FIRST_OTHER: Final = 37

_CLAUSE: Final = ",;:、，；：()[]{}<>《》〈〉【】（）〔〕…—–"
_SENTENCE: Final = "!?。！？؟\n\r\u2028\u2029\u0085"
_ACTIONS: Final = (
    dict.fromkeys(_CLAUSE, CLAUSE)
    | dict.fromkeys(_SENTENCE, SENTENCE)
    | dict.fromkeys("'’‘`´\u00ad", IGNORED)  # don't = dont
    | dict.fromkeys("\t\v\f", SPACE)
    | dict.fromkeys(".．", DOT)
    | dict.fromkeys("@＠", AT)
    | {'"': QUOTE, "“": QUOTE_OPEN, "”": QUOTE_CLOSE, "「": QUOTE_OPEN, "」": QUOTE_CLOSE, "『": QUOTE_OPEN, "』": QUOTE_CLOSE}
)
_IDENTITY: Final = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0x20000, 0x2FA20))  # ideographs: nothing to fold
_HANGUL: Final = (0xAC00, 0xD7A4)


class Symbols(NamedTuple):
    """Lookup tables over code points, and over ASCII for digits that stand for letters.

    Attributes
    ----------
    action : (SIZE,)
        What the code point does.
    code : (SIZE,)
        Its symbol; for ``LONG`` the place in ``long_start``.
    script : (SIZE,)
        Its script.
    long_start, long_codes
        Symbols of the code points that fold to several ones, as compressed lists.
    leet : (128,)
        Symbol that the ASCII character stands for inside a Latin word; 0: none.
    """

    action: U8
    code: I32
    script: U8
    long_start: I32
    long_codes: I32
    leet: I32


def fold_character(character: str) -> str:
    """Fold one character: compatibility decomposition, case fold, marks dropped.

    Examples
    --------
    >>> fold_character("Ｆ"), fold_character("é"), fold_character("ﬁ"), fold_character("罵")
    ('f', 'e', 'fi', '罵')
    """
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    return "".join(c for c in decomposed if unicodedata.category(c) not in {"Mn", "Me", "Cf"})


def build_symbols(characters: Iterable[str], variants: Variants) -> tuple[Symbols, int]:
    """Build the tables for the characters that a lexicon uses.

    Parameters
    ----------
    characters
        Characters of the lexicon's terms, in any order; folded here.
    variants
        Traditional → simplified and 1337 pairs.

    Returns
    -------
    symbols, size
        The tables, and the number of symbols (the automaton's alphabet).
    """
    to_simplified = dict(zip(variants.traditional, variants.simplified, strict=True))
    codes = {chr(ord("a") + i): FIRST_LETTER + i for i in range(26)} | {str(i): FIRST_DIGIT + i for i in range(10)}
    folded = {to_simplified.get(c, c) for character in characters for c in fold_character(character)}
    used = sorted(c for c in folded - codes.keys() if _action(c) == SYMBOL)
    codes |= {c: FIRST_OTHER + i for i, c in enumerate(used)}
    table = Symbols(
        action=np.zeros(SIZE, np.uint8),
        code=np.zeros(SIZE, np.int32),
        script=np.zeros(SIZE, np.uint8),
        long_start=np.zeros(1, np.int32),
        long_codes=np.zeros(0, np.int32),
        leet=np.zeros(128, np.int32),
    )
    for start, stop in _IDENTITY:
        table.script[start:stop] = HAN
    table.script[slice(*_HANGUL)] = FOREIGN
    for c, symbol in codes.items():
        table.code[ord(c)] = symbol
    for c, simple in to_simplified.items():
        table.code[ord(c)] = codes.get(simple, OTHER)
    for c, letter in zip(variants.leet_from, variants.leet_to, strict=True):
        table.leet[ord(c)] = codes[letter]
    long = list(_fill(table, codes, to_simplified))
    sizes = [len(symbols) for symbols in long]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32) if long else np.zeros(1, np.int32)
    flat = np.array([s for symbols in long for s in symbols], np.int32)
    return table._replace(long_start=starts, long_codes=flat), FIRST_OTHER + len(used)


def _fill(table: Symbols, codes: dict[str, int], to_simplified: dict[str, str]) -> Iterator[list[int]]:
    """Fill the tables for all code points but plain ideographs; yield the symbols of those that fold to several."""
    held = [range(*span) for span in (*_IDENTITY, _HANGUL)]
    place = 0
    for point in range(SIZE):
        span = next((r for r in held if point in r), None) if point >= 0x3400 else None
        if span is not None or 0xD800 <= point < 0xF900:
            continue
        character = chr(point)
        action = _action(character)
        table.action[point] = action
        if action != SYMBOL:
            continue
        folded = fold_character(character)
        table.script[point] = _script(folded[:1] or character)
        symbols = [codes.get(to_simplified.get(c, c), OTHER) for c in folded if _action(c) == SYMBOL]
        if not folded:
            table.action[point] = IGNORED
        elif len(symbols) == 1:
            table.code[point] = symbols[0]
        elif symbols:
            table.action[point] = LONG
            table.code[point] = place
            place += 1
            yield symbols
        else:
            table.action[point] = _action(folded[0])


def _action(character: str) -> int:
    if character in _ACTIONS:
        return _ACTIONS[character]
    category = unicodedata.category(character)
    if category in {"Mn", "Me", "Cf", "Cc"}:
        return IGNORED
    if category.startswith("Z"):
        return SPACE
    return SOFT if category.startswith("P") or category in {"Sk", "Sm", "Sc"} else SYMBOL


def _script(character: str) -> int:
    category = unicodedata.category(character)
    if category.startswith("N"):
        return DIGIT
    if not category.startswith("L"):
        return SIGN
    name = unicodedata.name(character, "")
    if name.startswith("LATIN"):
        return LATIN
    if name.startswith("CJK"):
        return HAN
    return KANA if name.startswith(("HIRAGANA", "KATAKANA")) else FOREIGN
