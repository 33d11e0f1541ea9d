"""Bytes into text, with the encoding that was used. Pure; never guesses where the guess would show as wrong letters."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from racto_nb.exceptions import UnreadableFileError, UsageError

FALLBACK = "cp1252"
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
# Words of western languages have no four accented letters in a row; other scripts, misread, have almost nothing else.
_MISREAD = re.compile(r"[\u0192\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u00c0-\u00ff]{4}")
_FOREIGN = re.compile(r"[^\x00-\x7f]")
_MOST_FOREIGN = 4  # one character in four


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, the encoding by which it was read, and whether that was a guess."""

    text: str
    encoding: str
    guessed: bool = False


def checked_encoding(encoding: str) -> str:
    """Python's name of `encoding`. UsageError when Python knows no such encoding of text."""
    try:
        "".encode(encoding)
        return codecs.lookup(encoding).name
    except (LookupError, TypeError, ValueError) as error:
        raise UsageError(f"Python knows no encoding {encoding!r}. Write one such as 'utf-8', 'cp1252' or 'shift_jis'.") from error


def decoded(data: bytes, encoding: str, *, source: str) -> Decoded:
    """The text in `data`: by its byte order mark, else in `encoding`; where that is UTF-8 and does not fit, in Windows-1252.

    The fallback is taken only for what looks like a western language; all else is an UnreadableFileError that asks for the
    encoding, as is what holds bytes that no text has. Line ends become "\\n".
    """
    marked = next((name for mark, name in _BYTE_ORDER_MARKS if data.startswith(mark)), None)
    named = marked or encoding
    try:
        text = data.decode(named)
    except (UnicodeDecodeError, LookupError) as error:
        if marked or encoding != "utf-8":
            raise _misfit(source, named, error) from error
        return _by_fallback(data, source)
    if "\x00" in text or (not marked and _is_binary(data, encoding)):
        raise _binary(source)
    return Decoded(unified(text), "utf-8" if named == "utf-8-sig" else named)


def unified(text: str) -> str:
    """`text` with "\\n" for every end of a line.

    >>> unified("one\\r\\ntwo\\rthree")
    'one\\ntwo\\nthree'
    """
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _is_binary(data: bytes, encoding: str) -> bool:
    # Some encodings of east Asia and UTF-16 use these bytes as parts of characters.
    return encoding in {"utf-8", FALLBACK, "iso8859-1", "ascii"} and len(_BINARY.findall(data[:65536])) * 50 > len(data[:65536])


def _by_fallback(data: bytes, source: str) -> Decoded:
    if _BINARY.search(data):
        raise _binary(source)
    try:
        text = data.decode(FALLBACK)
    except UnicodeDecodeError as error:
        raise _unknown(source) from error
    if _MISREAD.search(text) or len(_FOREIGN.findall(text)) * _MOST_FOREIGN > len(text):
        raise _unknown(source)
    return Decoded(unified(text), FALLBACK, guessed=True)


def _binary(source: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"The file {source!r} holds bytes that no text has. Give it the ending of what it is; if it is UTF-16, give its reader "
        f"encoding='utf-16-le'.",
        source,
    )


def _unknown(source: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"The text in {source!r} is neither UTF-8 nor a western language in Windows-1252. Name its encoding: "
        f"TextReader(encoding='shift_jis'), 'cp1251', 'gb18030', …",
        source,
    )


def _misfit(source: str, encoding: str, error: Exception) -> UnreadableFileError:
    where = f" (byte {error.start:,})" if isinstance(error, UnicodeDecodeError) else ""
    return UnreadableFileError(f"The text in {source!r} is not {encoding}{where}. Give its reader the right encoding.", source)
