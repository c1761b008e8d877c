"""What stands in texts: an account's own words, addresses, hashtags, and the words folded to what copies have in common."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

import polars as pl

from graphwatch.load.addresses import bundled_rules

# For Python and for the engine of polars, which has no look-around.
ADDRESS: Final = r"(?i:https?://|www\.)[^\s<>\"'`，。；！？、（）【】《》「」『』“”‘’…]+"
PAIRED_TAG: Final = r"[#＃][^#＃\n\r]{1,140}[#＃]"
_LONE_TAG: Final = r"(?:^|[^\p{L}\p{N}\p{M}_&/])[#＃][\p{L}\p{N}\p{M}_·]+"
_CHAIN: Final = r"(?s)(^|[^:])//\s?[@＠].*$"
_NAME: Final = r"[@＠][\p{L}\p{N}\p{M}_\-·.]+"
_NOISE: Final = r"[^\p{L}\p{N}\p{Mn}\p{Mc}]+|[\x{034F}\x{115F}\x{1160}\x{180B}-\x{180F}\x{FE00}-\x{FE0F}\x{E0100}-\x{E01EF}]+"
_CJK: Final = r"\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff"
_AFTER: Final = re.compile(rf"(?<![/=_{_CJK}-])[{_CJK}].*", re.DOTALL)
_AFTER_HOST: Final = re.compile(rf"(?<=[A-Za-z0-9])[{_CJK}][^.]*$", re.DOTALL)
_CLOSING: Final = {")": "(", "]": "[", "}": "{"}
_LETTER: Final = re.compile(r"[^\W\d_]")
_TAG_AT: Final = re.compile(r"[#＃]")


def own_words(text: pl.Expr) -> pl.Expr:
    """Give what the acting account itself wrote: the text before the first ``//@``, from which on Weibo repeats what is passed on.

    Examples
    --------
    >>> pl.DataFrame({"text": ["so true //@bob: no//@amy: hm", "see http://a.example//x", "//@bob: no", None]}).select(
    ...     own_words(pl.col("text"))
    ... ).to_series().to_list()
    ['so true', 'see http://a.example//x', '', None]
    """
    chained = text.str.contains("//", literal=True)
    return pl.when(chained).then(text.str.replace(_CHAIN, "${1}").str.strip_chars_end()).otherwise(text)


def unescaped(text: pl.Expr) -> pl.Expr:
    """Give texts as they were written, of platforms that escape three characters for HTML.

    Examples
    --------
    >>> pl.DataFrame({"text": ["a &lt; b &amp;amp; c", None]}).select(unescaped(pl.col("text"))).to_series().to_list()
    ['a < b &amp; c', None]
    """
    return text.str.replace_many(["&amp;", "&lt;", "&gt;"], ["&", "<", ">"])


def addresses(text: pl.Expr) -> pl.Expr:
    """Give the addresses in texts, as they stand there, as lists."""
    return text.str.extract_all(_address_pattern())


def without_addresses(text: pl.Expr) -> pl.Expr:
    """Give texts with a space for each address."""
    return text.str.replace_all(_address_pattern(), " ")


def may_have_addresses(text: pl.Expr) -> pl.Expr:
    """Whether it is worth looking for addresses."""
    return text.str.contains_any(["http", "www.", *(f"{host}/" for host in bundled_rules().short_hosts)], ascii_case_insensitive=True)


def _address_pattern() -> str:
    hosts = "|".join(re.escape(host) for host in bundled_rules().short_hosts)
    return rf"{ADDRESS}|(?-u:\b)(?:{hosts})/[!-~]+"  # a boundary between any letters would make the engine take its slow way


def spelled_out(found: str) -> str:
    """Address that a text means: without what stands after it, and with a scheme.

    Examples
    --------
    >>> spelled_out("http://t.cn/A1看这里"), spelled_out("www.example.org/a_(b))."), spelled_out("http://例え.jp/x")
    ('http://t.cn/A1', 'https://www.example.org/a_(b)', 'http://例え.jp/x')
    """
    schemed = found[:8].lower().startswith(("http://", "https://"))
    scheme, mark, rest = found.partition("://") if schemed else ("https", "://", found)
    host, slash, path = rest.partition("/")
    short = _AFTER_HOST.sub("", host)
    if short != host:
        host, slash, path = short, "", ""
    path = _AFTER.sub("", path)
    address = f"{scheme}{mark}{host}{slash}{path}"
    while address and (
        address[-1] in ".,;:!?*~|\\^" or (address[-1] in _CLOSING and address.count(_CLOSING[address[-1]]) < address.count(address[-1]))
    ):
        address = address[:-1]
    return address


def hashtags(text: pl.Expr, *, paired: bool) -> pl.Expr:
    """Give the hashtags in texts, as they stand there, as lists: ``#words#``, or ``#word`` that begins after no letter."""
    return text.str.extract_all(PAIRED_TAG if paired else _LONE_TAG)


def tag_word(found: str, *, paired: bool) -> str:
    """Word of a hashtag as it stands in a text; empty: ``#1`` is a number, not a hashtag.

    Examples
    --------
    >>> tag_word(" #go", paired=False), tag_word("#1", paired=False), tag_word("#夜 跑#", paired=True)
    ('go', '', '夜 跑')
    """
    word = found[1:-1] if paired else _TAG_AT.split(found, maxsplit=1)[-1]
    return word if _LETTER.search(word) else ""


def folded(text: pl.Expr) -> pl.Expr:
    """Give what copies of a text have in common: letters and digits in one width and case, without ``@names`` and all else.

    Notes
    -----
    NFKC and lower case by the Unicode tables of polars. Copies in traditional and in simplified characters stay apart.

    Examples
    --------
    >>> pl.DataFrame({"text": ["＠bob ＲＵＮ, Bob! 🏃", "run.bob"]}).select(folded(pl.col("text"))).to_series().to_list()
    ['runbob', 'runbob']
    """
    return text.str.replace_all(_NAME, " ").str.normalize("NFKC").str.to_lowercase().str.replace_all(_NOISE, "")


def text_object(words: str, min_chars: int) -> str | None:
    """Object of a folded text; None: it is shorter, or begins with so few different characters that many would write it unasked.

    Examples
    --------
    >>> text_object("runbobrunfaster", 12), text_object("hahahahahahaha", 12)
    ('text:aa68095f08071659', None)
    """
    if len(words) < min_chars or 2 * len(set(words[: 2 * min_chars])) < min_chars:
        return None
    return "text:" + sha256(words.encode(), usedforsecurity=False).hexdigest()[:16]
