"""Text encodings: UTF-8 first and strictly, UTF-16 by its mark, else GB18030 when what comes out is Chinese."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Final

from graphwatch.errors import FormatError, Place
from graphwatch.load.open import read_chunks
from graphwatch.settings import LoadSettings

UTF8: Final = "utf-8"
GB18030: Final = "gb18030"
_PLAUSIBLE: Final = 0.7
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def marked_encoding(head: bytes) -> str | None:
    """Give the encoding that a byte order mark at the start names; None: there is none."""
    return next((name for mark, name in _MARKS if head.startswith(mark)), None)


def detect_encoding(path: Path, settings: LoadSettings) -> str:
    """Find the encoding of a text file by reading it once.

    Returns
    -------
    str
        ``utf-8``, ``utf-8-sig``, ``utf-16`` or ``gb18030``.

    Raises
    ------
    FormatError
        It is none of them; the message says where the first byte is that is not UTF-8.

    Notes
    -----
    Bytes of Latin-1 often pass as GB18030. It is therefore accepted only when at least 70 % of the characters beyond ASCII are in
    GB 2312, the set of common Chinese characters and punctuation; a text of rare characters alone would be refused.
    """
    decoder = codecs.getincrementaldecoder(UTF8)()
    name = None
    done = 0
    for chunk in read_chunks(path, settings):
        if done == 0:
            name = marked_encoding(chunk)
            if name == "utf-16":
                return name
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as error:
            bad = done - held + error.start
            break
        done += len(chunk)
    else:
        if decoder.getstate()[0]:
            raise FormatError(f"is cut off in the middle of a character at byte {done:,}", Place(path))
        return name or UTF8
    if name is None and _is_chinese(path, settings):
        return GB18030
    raise FormatError(f"is neither UTF-8 (byte {bad:,} is not), nor UTF-16 with a mark, nor GB18030; save it as UTF-8", Place(path))


def _is_chinese(path: Path, settings: LoadSettings) -> bool:
    decoder = codecs.getincrementaldecoder(GB18030)()
    beyond = common = 0
    try:
        for chunk in chain(read_chunks(path, settings), [b""]):
            characters = [c for c in decoder.decode(chunk, final=not chunk) if c > "\x7f"]
            beyond += len(characters)
            common += len("".join(characters).encode("gb2312", "ignore")) // 2
    except UnicodeDecodeError:
        return False
    return common >= _PLAUSIBLE * beyond


def to_utf8(chunks: Iterator[bytes], encoding: str, path: Path) -> Iterator[bytes]:
    """Give the same text as UTF-8 without a byte order mark.

    Raises
    ------
    FormatError
        A byte does not fit the encoding. UTF-8 itself is passed on unchecked.
    """
    if encoding in {UTF8, "utf-8-sig"}:
        first = next(chunks, b"")
        yield first.removeprefix(codecs.BOM_UTF8)
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in chunks:
            yield decoder.decode(chunk).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError as error:
        raise FormatError(f"is not valid {encoding}: {error}", Place(path)) from error
