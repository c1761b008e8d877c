"""Numbers, times and strings of the data in the form in which a page shows them."""

from __future__ import annotations

import math
import unicodedata
from datetime import UTC, datetime
from typing import Final

_LONGEST: Final = 300
_SUPERSCRIPTS: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_PERCENT: Final = "\N{NARROW NO-BREAK SPACE}%"
ABSENT: Final = "–"


def clean(text: str) -> str:
    r"""Make characters visible that could hide or turn text (controls, marks of direction, zero width), and cut what is very long.

    Examples
    --------
    >>> clean("a\x00b\u202ec")
    'a⟨U+0000⟩b⟨U+202E⟩c'
    """
    cut = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    if cut.isprintable():  # nothing of those, and of the separators the space only
        return cut
    return "".join(f"⟨U+{ord(c):04X}⟩" if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") else c for c in cut)


def moment(micros: int | None) -> str:
    """Give a time in µs as UTC to the minute.

    Examples
    --------
    >>> moment(1_700_000_000_000_000)
    '2023-11-14 22:13'
    """
    return ABSENT if micros is None else datetime.fromtimestamp(micros // 1_000_000, UTC).strftime("%Y-%m-%d %H:%M")


def stamp(time: datetime | None) -> str:
    """Give a time of a frame as UTC to the minute."""
    return ABSENT if time is None else time.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def duration(seconds: float | None) -> str:
    """Give a length of time in its two largest units.

    Examples
    --------
    >>> duration(90), duration(3_700), duration(200_000), duration(5)
    ('1 min', '1 h 1 min', '2 d 7 h', '5 s')
    """
    if seconds is None or not math.isfinite(seconds):
        return ABSENT
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes = whole // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def count(value: float | None) -> str:
    """Give a count with thin spaces between thousands.

    Examples
    --------
    >>> count(1234567), count(None)
    ('1\u202f234\u202f567', '–')
    """
    return ABSENT if value is None else f"{value:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def number(value: float | None) -> str:
    """Give a number with about two significant digits.

    Examples
    --------
    >>> number(0.1234), number(12.34), number(1234.5), number(float("inf")), number(0.0)
    ('0.12', '12', '1\u202f234', '∞', '0')
    """
    if value is None or math.isnan(value):
        return ABSENT
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 100:
        return count(value)
    return f"{value:.0f}" if size >= 10 else f"{value:.1f}" if size >= 1 else chance(value)


def share(value: float | None) -> str:
    """Give a fraction in per cent.

    Examples
    --------
    >>> share(0.256), share(0.004), share(1.0), share(0.9999)
    ('26\u202f%', '0.4\u202f%', '100\u202f%', '>\u202f99\u202f%')
    """
    if value is None or math.isnan(value):
        return ABSENT
    percent = 100 * value
    if 99.5 <= percent < 100:
        return ">\N{NARROW NO-BREAK SPACE}99" + _PERCENT
    return (f"{percent:.0f}" if percent >= 1 or percent == 0 else f"{percent:.1g}") + _PERCENT


def chance(value: float | None) -> str:
    """Give a p- or q-value: plain down to 0.001, then as a power of ten.

    Examples
    --------
    >>> chance(0.0312), chance(2.3e-7), chance(1.0)
    ('0.031', '2.3 × 10⁻⁷', '1')
    """
    if value is None or math.isnan(value):
        return ABSENT
    if value >= 0.001 or value == 0:
        return f"{value:.2g}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa} × 10{str(int(exponent)).translate(_SUPERSCRIPTS)}"


def interval(middle: str, low: str, high: str) -> str:
    """Give a value with its interval; a unit that all have is given once.

    Examples
    --------
    >>> interval("2.1", "1.5", "3.0"), interval(share(0.5), share(0.4), share(0.6))
    ('2.1 (1.5–3.0)', '50\u202f% (40–60\u202f%)')
    """
    if low == high == ABSENT:
        return middle
    return f"{middle} ({low.removesuffix(_PERCENT)}–{high})" if high.endswith(_PERCENT) else f"{middle} ({low}–{high})"
