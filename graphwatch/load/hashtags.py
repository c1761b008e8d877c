"""Hashtags and topics as words in one spelling."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

MAX_WORD: Final = 140  # characters
_INVISIBLE: Final = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff]"
)
_MARK: Final = re.compile(r"\[(?:话题|話題)\]$")
_SUPER: Final = re.compile(r"\[(?:超话|超話)\]$")


@lru_cache(maxsize=65_536)
def tag(text: str) -> str | None:
    """Hashtag without ``#``, width and case folded; a Weibo super topic is a ``topic:``; None: nothing is left.

    Examples
    --------
    >>> tag("#ＡＢＣ "), tag("#夜跑[话题]#"), tag("#夜跑[超话]#"), tag("#")
    ('tag:abc', 'tag:夜跑', 'topic:夜跑', None)
    """
    word = folded_word(text)
    if _SUPER.search(word):
        return topic(_SUPER.sub("", word))
    word = folded_word(_MARK.sub("", word))
    return f"tag:{word}" if word else None


def topic(text: str) -> str | None:
    """Topic, folded as hashtags are; None: nothing is left.

    Examples
    --------
    >>> topic("reddit/Python"), topic(" ")
    ('topic:reddit/python', None)
    """
    word = folded_word(text)
    return f"topic:{word}" if word else None


def folded_word(text: str) -> str:
    """Fold width, case and forms that look alike (NFKC), take out what cannot be seen; what is left folds to itself.

    Examples
    --------
    >>> folded_word("# Ｎｉｇｈｔ\u200b  RUN#")
    'night run'
    """
    word, before = text, None
    while word != before:  # case folding and NFKC can each undo the other, once or twice
        before = word
        word = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", word).casefold())
        shown = "".join(char if char.isprintable() else " " for char in _INVISIBLE.sub("", word))
        word = " ".join(shown.split())[:MAX_WORD].strip("# ")
    return word
