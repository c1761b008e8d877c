"""Numbers that platforms write in two ways, and the conversion between them."""

from __future__ import annotations

from typing import Final

_BASE62: Final = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BASE58: Final = "FcwAPNKTMug3GV5Lj7EJnHpWsx4tb8haYeviqBz6rkCy12mUSDQX9RdoZf"
_MASK: Final = 23442827791579
_LIMIT: Final = 1 << 51
_GROUP: Final = 10**7


def weibo_status(text: str) -> str | None:
    """Give the number of a Weibo post (``mid``), also from the short form in addresses (``mblogid``); None: it is neither.

    Notes
    -----
    Four characters to base 62 stand for seven decimal digits, from the right.

    Examples
    --------
    >>> weibo_status("MzVRA2E8G"), weibo_status("4885639100630954"), weibo_status("-")
    ('4885639100630954', '4885639100630954', None)
    """
    if text.isascii() and text.isdigit() and len(text) >= 16:
        return text
    if not text or any(char not in _BASE62 for char in text):
        return None
    number, end = 0, len(text) % 4 or 4
    groups = [text[:end], *(text[i : i + 4] for i in range(end, len(text), 4))]
    for group in groups:
        value = 0
        for char in group:
            value = value * 62 + _BASE62.index(char)
        if value >= _GROUP:
            return None
        number = number * _GROUP + value
    return str(number)


def bilibili_video(text: str) -> str | None:
    """Give the ``BV`` id of a Bilibili video, also from its number (``av…``); None: it is neither.

    Notes
    -----
    The number, with a bit above it, is exclusive-or'd with a constant and written to base 58 with two pairs of digits swapped (as the site
    itself has done since 2020; bilibili-API-collect describes it).

    Examples
    --------
    >>> bilibili_video("av170001"), bilibili_video("bv17x411w7KC"), bilibili_video("av9999999999999999")
    ('BV17x411w7KC', 'BV17x411w7KC', None)
    """
    sort, rest = text[:2].lower(), text[2:]
    if sort == "bv" and len(rest) == 10 and rest.isascii() and rest.isalnum():
        return "BV" + rest
    if sort != "av" or not (rest.isascii() and rest.isdigit()) or not 0 < int(rest) < _LIMIT:
        return None
    value, digits = (_LIMIT | int(rest)) ^ _MASK, ["B", "V", "1", *"000000000"]
    for place in range(11, 2, -1):
        value, digit = divmod(value, 58)
        digits[place] = _BASE58[digit]
    digits[3], digits[9] = digits[9], digits[3]
    digits[4], digits[7] = digits[7], digits[4]
    return "".join(digits)
